//! Blocks, made and executed.

use super::*;
use autonomys_runtime_primitives::{AUTO_COIN, AccountId};
use frame_support::storage::with_transaction;
use sp_consensus_poas::{HeaderDigests, InherentError};
use sp_runtime::traits::{Dispatchable, ExtrinsicLike as _, LazyBlock};
use sp_runtime::transaction_validity::{
    InvalidTransaction, TransactionSource, TransactionValidity,
};
use sp_runtime::{DispatchError, TransactionOutcome};

fn transfer(to: Sr25519Keyring, value: Balance) -> RuntimeCall {
    pallet_balances::Call::transfer_keep_alive {
        dest: MultiAddress::Id(to.to_account_id()),
        value,
    }
    .into()
}

fn balance(account: impl Into<AccountId>) -> Balance {
    Balances::free_balance(account.into())
}

/// What the pool says of a transaction; changes nothing, as a call of a runtime API.
fn validate(transaction: UncheckedExtrinsic) -> TransactionValidity {
    let validity = with_transaction(|| {
        TransactionOutcome::Rollback(Ok::<_, DispatchError>(Executive::validate_transaction(
            TransactionSource::External,
            transaction,
            Default::default(),
        )))
    });
    validity.unwrap()
}

fn check_inherents(block: &Block, number: u32) -> Result<(), InherentError> {
    let lazy: <Block as sp_runtime::traits::Block>::LazyBlock = block.clone().into();
    assert_eq!(lazy.header().number, block.header.number);
    let result = inherent_data(number).check_extrinsics(&lazy);
    match result.get_error::<InherentError>(&INHERENT_IDENTIFIER) {
        Ok(Some(error)) => Err(error),
        Ok(None) => {
            assert!(result.ok(), "another inherent is wrong");
            Ok(())
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_block_that_was_made_can_be_executed() {
    let (first, second) = run(|| {
        let first = make_block(
            &genesis_header(),
            vec![sign(
                Sr25519Keyring::Alice,
                0,
                0,
                transfer(Sr25519Keyring::Bob, AUTO_COIN),
            )],
        );
        let second = make_block(&first.header, vec![]);
        (first, second)
    });
    let digests = HeaderDigests::read(&first.header.digest).unwrap();
    assert_eq!(digests.pre_digest.slot, 2);
    assert_eq!(digests.segment_roots.len(), 1);
    assert_eq!(digests.next_solution_range, None);
    run(|| {
        Executive::execute_block(first.clone().into());
        Executive::execute_block(second.into());
        assert_eq!(System::block_number(), 2);
    });
    // A log that execution does not make
    let mut forged = first.clone();
    let log = sp_consensus_poas::ConsensusLog::SolutionRange(1).digest_item();
    forged.header.digest.logs[2] = log;
    assert!(std::panic::catch_unwind(|| run(|| Executive::execute_block(forged.into()))).is_err());
    // A root of a segment that the inherent does not bring
    let mut forged = first;
    forged.header.digest.logs.pop();
    assert!(std::panic::catch_unwind(|| run(|| Executive::execute_block(forged.into()))).is_err());
}

#[test]
fn a_transfer_pays_its_fee_to_the_farmer_and_issuance_grows_by_the_reward() {
    run(|| {
        let issuance = Balances::total_issuance();
        let alice = balance(Sr25519Keyring::Alice.to_account_id());
        let bob = balance(Sr25519Keyring::Bob.to_account_id());
        let tip = AUTO_COIN / 1_000;
        let transaction = sign(
            Sr25519Keyring::Alice,
            0,
            tip,
            transfer(Sr25519Keyring::Bob, AUTO_COIN),
        );
        let length = codec::Encode::encoded_size(&transaction) as u128;
        make_block(&genesis_header(), vec![transaction]);

        let fee = alice - balance(Sr25519Keyring::Alice.to_account_id()) - AUTO_COIN;
        // A billion shannon a byte on this network, and execution
        assert!(fee > tip + length * 1_000_000_000, "{fee}");
        assert!(fee < tip + AUTO_COIN / 1_000, "{fee}");
        assert_eq!(
            balance(Sr25519Keyring::Bob.to_account_id()) - bob,
            AUTO_COIN
        );
        let reward = Balances::total_issuance() - issuance;
        assert!(
            reward > 9 * AUTO_COIN && reward <= 10 * AUTO_COIN,
            "{reward}"
        );
        assert_eq!(balance(FARMER), reward + fee);
    });
}

#[test]
fn inherents_must_be_exactly_those_that_are_due() {
    run(|| {
        let block = make_block(&genesis_header(), vec![]);
        let parent_state = || genesis(UNIT);
        parent_state().execute_with(|| {
            assert_eq!(check_inherents(&block, 1), Ok(()));
            let mut without = block.clone();
            without.extrinsics.pop();
            assert_eq!(check_inherents(&without, 1), Err(InherentError::Missing));
            let mut other = block.clone();
            let mut header = first_segment_header();
            header.segment_root.0[0] ^= 1;
            other.extrinsics[1] = UncheckedExtrinsic::new_bare(
                pallet_poas::Call::store_segment_headers {
                    segment_headers: vec![header].try_into().unwrap(),
                }
                .into(),
            );
            assert_eq!(check_inherents(&other, 1), Err(InherentError::Mismatch));
            // None is due in block 2
            let mut unexpected = block.clone();
            unexpected.extrinsics = vec![block.extrinsics[0].clone(), block.extrinsics[1].clone()];
            let data = {
                let mut data = InherentData::new();
                data.put_data(*b"timstap0", &1_000u64).unwrap();
                data
            };
            let result = data.check_extrinsics(&unexpected.into());
            assert_eq!(
                result
                    .get_error::<InherentError>(&INHERENT_IDENTIFIER)
                    .unwrap(),
                Some(InherentError::Unexpected)
            );
        });
    });
}

/// The clock of a machine may be set back, jump, or just differ from that of the last author.
#[test]
fn a_clock_behind_the_parent_makes_a_block_and_one_far_ahead_is_refused() {
    let data = |millis: u64| {
        let mut data = InherentData::new();
        data.put_data(*b"timstap0", &millis).unwrap();
        let segment_headers = vec![];
        data.put_data(
            INHERENT_IDENTIFIER,
            &SegmentHeadersInherentData { segment_headers },
        )
        .unwrap();
        data
    };
    run(|| {
        let parent = make_block(&genesis_header(), vec![]).header;
        let parent_time = pallet_timestamp::Now::<Runtime>::get();
        // What a node whose clock says `here` makes of a block by one whose clock says `there`
        let is_accepted = |there: u64, here: u64| {
            let block = Block {
                header: new_header(2, &parent),
                extrinsics: data(there).create_extrinsics(),
            };
            data(here).check_extrinsics(&block.into()).ok()
        };
        assert!(is_accepted(parent_time + 29_000, parent_time));
        assert!(!is_accepted(parent_time + 31_000, parent_time));
        assert!(is_accepted(parent_time + 31_000, parent_time + 2_000));
        assert!(is_accepted(1, parent_time));
        assert!(is_accepted(1, 1));

        Executive::initialize_block(&new_header(2, &parent));
        for extrinsic in data(1).create_extrinsics() {
            Executive::apply_extrinsic(extrinsic).unwrap().unwrap();
        }
        Executive::finalize_block();
        assert_eq!(
            pallet_timestamp::Now::<Runtime>::get(),
            parent_time + 1,
            "time goes on by the least step"
        );
    });
}

#[test]
fn bare_extrinsics_that_are_no_inherents_do_nothing() {
    run(|| {
        Executive::initialize_block(&new_header(1, &genesis_header()));
        let calls: [RuntimeCall; 5] = [
            frame_system::Call::remark { remark: vec![1] }.into(),
            frame_system::Call::set_heap_pages { pages: 1 }.into(),
            pallet_poas::Call::set_pot_iterations { iterations: 80 }.into(),
            pallet_rewards::Call::set_subsidy_points {
                points: Default::default(),
            }
            .into(),
            transfer(Sr25519Keyring::Bob, 1),
        ];
        for call in calls {
            let bare = UncheckedExtrinsic::new_bare(call.clone());
            // An author may include calls of pallets that have an inherent; they fail for their origin
            let outcome = Executive::apply_extrinsic(bare);
            assert!(!matches!(outcome, Ok(Ok(_))), "{call:?}");
        }
        assert!(!pallet_poas::RequestedPotIterations::<Runtime>::exists());
        // An inherent that fails makes the block invalid
        let empty = UncheckedExtrinsic::new_bare(
            pallet_poas::Call::store_segment_headers {
                segment_headers: Default::default(),
            }
            .into(),
        );
        assert_eq!(
            Executive::apply_extrinsic(empty),
            Err(InvalidTransaction::BadMandatory.into())
        );
    });
}

#[test]
fn the_pool_accepts_no_inherent() {
    run(|| {
        for call in inherent_data(1).create_extrinsics() {
            assert!(call.is_bare());
            assert!(validate(call).is_err());
        }
    });
}

#[test]
fn an_account_starts_with_the_number_of_the_block_as_nonce() {
    run(|| {
        let mut parent = make_block(&genesis_header(), vec![]).header;
        parent = make_block(&parent, vec![]).header;
        let newcomer = Sr25519Keyring::One;
        let fund: RuntimeCall = transfer(newcomer, AUTO_COIN);
        parent = make_block(&parent, vec![sign(Sr25519Keyring::Alice, 0, 0, fund)]).header;
        assert_eq!(*System::account_nonce(newcomer.to_account_id()), 3);
        // A transaction with nonce 0 is stale, also one signed before the account was reaped and funded again
        let stale = sign(newcomer, 0, 0, transfer(Sr25519Keyring::Bob, 1_000));
        assert_eq!(validate(stale), Err(InvalidTransaction::Stale.into()));
        let good = sign(newcomer, 3, 0, transfer(Sr25519Keyring::Bob, 1_000));
        assert!(validate(good).is_ok());
        make_block(
            &parent,
            vec![sign(newcomer, 3, 0, transfer(Sr25519Keyring::Bob, 1_000))],
        );
        assert_eq!(*System::account_nonce(newcomer.to_account_id()), 4);
    });
}

#[test]
fn sudo_raises_iterations() {
    run(|| {
        let call: RuntimeCall = pallet_sudo::Call::sudo {
            call: Box::new(pallet_poas::Call::set_pot_iterations { iterations: 80 }.into()),
        }
        .into();
        make_block(
            &genesis_header(),
            vec![sign(Sr25519Keyring::Alice, 0, 0, call.clone())],
        );
        assert!(pallet_poas::RequestedPotIterations::<Runtime>::exists());
        let bob = RuntimeOrigin::signed(Sr25519Keyring::Bob.to_account_id());
        assert!(call.dispatch(bob).is_err());
    });
}

#[test]
fn proxies_that_must_not_transfer_do_not() {
    run(|| {
        let proxied = |call: RuntimeCall| -> RuntimeCall {
            pallet_proxy::Call::proxy {
                real: MultiAddress::Id(Sr25519Keyring::Alice.to_account_id()),
                force_proxy_type: None,
                call: Box::new(call),
            }
            .into()
        };
        let alice = RuntimeOrigin::signed(Sr25519Keyring::Alice.to_account_id());
        let bob = || RuntimeOrigin::signed(Sr25519Keyring::Bob.to_account_id());
        let add: RuntimeCall = pallet_proxy::Call::add_proxy {
            delegate: MultiAddress::Id(Sr25519Keyring::Bob.to_account_id()),
            proxy_type: ProxyType::NonTransfer,
            delay: 0,
        }
        .into();
        System::set_block_number(1);
        add.dispatch(alice).unwrap();
        let charlie = Sr25519Keyring::Charlie;
        let before = balance(charlie.to_account_id());
        let batch: RuntimeCall = pallet_utility::Call::batch_all {
            calls: vec![transfer(charlie, AUTO_COIN)],
        }
        .into();
        for call in [transfer(charlie, AUTO_COIN), batch] {
            let _ = proxied(call).dispatch(bob());
        }
        assert_eq!(balance(charlie.to_account_id()), before);
    });
}

#[test]
fn every_part_of_a_runs_state_holds_its_invariants() {
    run(|| {
        let supply =
            || Balances::total_issuance() + pallet_rewards::RemainingIssuance::<Runtime>::get();
        let supply_at_genesis = supply();
        let mut parent = genesis_header();
        for nonce in 0..40 {
            let transaction = sign(
                Sr25519Keyring::Alice,
                nonce,
                nonce.into(),
                transfer(Sr25519Keyring::Bob, AUTO_COIN),
            );
            parent = make_block(&parent, vec![transaction]).header;
        }
        assert_eq!(System::block_number(), 40);
        // Rewards come out of what may still be issued, and fees go from one account to another
        assert_eq!(supply(), supply_at_genesis);
        assert_eq!(Poas::solution_ranges().current, {
            // Two slots a block is just what is expected
            crate::genesis::params(UNIT).unwrap().initial_solution_range
        });
        let accounts: Balance = frame_system::Account::<Runtime>::iter_values()
            .map(|account| account.data.free + account.data.reserved)
            .sum();
        assert_eq!(accounts, Balances::total_issuance());
        #[cfg(feature = "try-runtime")]
        {
            use frame_support::traits::{TryState, TryStateSelect};
            AllPalletsWithSystem::try_state(40, TryStateSelect::All).unwrap();
        }
    });
}
