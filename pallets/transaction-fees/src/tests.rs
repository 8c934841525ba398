//! Tests of the formula and of where fees go.

use crate::mock::*;
use crate::{ByteFee, CollectedFees, Event, dynamic_byte_fee};
use autonomys_core_primitives::params::StorageFee;
use codec::Encode;
use frame_support::dispatch::GetDispatchInfo;
use pallet_transaction_payment::ChargeTransactionPayment;
use proptest::prelude::*;
use serde_json::Value;
use sp_runtime::traits::DispatchTransaction;
use sp_runtime::transaction_validity::{
    InvalidTransaction, TransactionSource, TransactionValidityError,
};

fn call() -> RuntimeCall {
    RuntimeCall::System(frame_system::Call::remark {
        remark: vec![0; 100],
    })
}

/// Account `who` sends a transaction with `tip`; returns what it paid.
fn transact(who: u64, tip: u128) -> Result<u128, TransactionValidityError> {
    let call = call();
    let info = call.get_dispatch_info();
    let length = call.encoded_size();
    let before = Balances::free_balance(who);
    let extension = ChargeTransactionPayment::<Test>::from(tip);
    extension
        .dispatch_transaction(Some(who).into(), call, &info, length, 0)
        .map(|result| assert!(result.is_ok()))
        .map(|()| before - Balances::free_balance(who))
}

#[test]
fn the_dynamic_fee_is_the_supply_divided_by_free_space() {
    // 10,000 bytes pledged keep 400 bytes 25 times
    assert_eq!(dynamic_byte_fee(1_000_000, 10_000, 0), 2_500);
    assert_eq!(dynamic_byte_fee(1_000_000, 10_000, 200), 5_000);
    assert_eq!(dynamic_byte_fee(1_000_000, 10_024, 200), 5_000);
    assert_eq!(dynamic_byte_fee(1_000_000, 10_025, 200), 4_975);
    assert_eq!(dynamic_byte_fee(1_000_000, 10_000, 399), 1_000_000);
}

#[test]
fn dynamic_fees_are_those_of_the_vectors() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../../test/vectors/economy.json")).unwrap();
    for case in vectors["byteFee"].as_array().unwrap() {
        let number = |index: usize| -> u128 { case[index].as_str().unwrap().parse().unwrap() };
        assert_eq!(
            dynamic_byte_fee(number(0), number(1), number(2)),
            number(3),
            "{case}"
        );
    }
}

#[test]
fn without_free_space_a_byte_costs_the_whole_supply() {
    for history in [400, 401, u128::MAX] {
        assert_eq!(dynamic_byte_fee(1_000_000, 10_000, history), 1_000_000);
    }
}

#[test]
fn the_dynamic_fee_is_never_zero() {
    assert_eq!(dynamic_byte_fee(0, 10_000, 0), 1);
    assert_eq!(dynamic_byte_fee(100, u128::MAX, 0), 1);
}

#[test]
fn the_fee_of_block_1_is_that_of_genesis() {
    run(StorageFee::Dynamic, || {
        assert_eq!(ByteFee::<Test>::get(), 2 * ENDOWMENT / 10);
    });
    run(StorageFee::Fixed(17), || {
        assert_eq!(ByteFee::<Test>::get(), 17);
        assert_eq!(TransactionFees::byte_fee(), 17);
    });
}

#[test]
fn pool_and_block_see_the_same_fee() {
    run(StorageFee::Dynamic, || {
        block(1, || {});
        let in_pool = TransactionPayment::length_to_fee(1);
        block(2, || {
            assert_eq!(TransactionPayment::length_to_fee(1), in_pool);
            // What changes while a block is executed counts from the next one on
            PLEDGED.set((HISTORY + 20) * 25);
            assert_eq!(TransactionPayment::length_to_fee(1), in_pool);
        });
        assert_eq!(TransactionPayment::length_to_fee(1), in_pool / 2);
    });
}

#[test]
fn transactions_pay_for_their_length() {
    run(StorageFee::Fixed(17), || {
        assert_eq!(TransactionPayment::length_to_fee(100), 1_700);
        assert_eq!(TransactionPayment::length_to_fee(0), 0);
        block(1, || {
            let length = call().encoded_size() as u128;
            let info = call().get_dispatch_info();
            let weight_fee = TransactionPayment::weight_to_fee(info.total_weight());
            let base_fee = TransactionPayment::weight_to_fee(
                frame_system::limits::BlockWeights::default()
                    .get(info.class)
                    .base_extrinsic,
            );
            assert_eq!(transact(1, 0), Ok(length * 17 + weight_fee + base_fee));
        });
    });
}

#[test]
fn an_extrinsic_that_cannot_pay_is_refused() {
    run(StorageFee::Fixed(u128::MAX), || {
        block(1, || {
            assert_eq!(transact(1, 0), Err(InvalidTransaction::Payment.into()));
            let call = call();
            let info = call.get_dispatch_info();
            let validity = ChargeTransactionPayment::<Test>::from(0).validate_only(
                Some(1).into(),
                &call,
                &info,
                call.encoded_size(),
                TransactionSource::External,
                0,
            );
            assert!(validity.is_err());
        });
    });
}

#[test]
fn fees_and_tips_go_to_the_farmer_at_the_end_of_the_block() {
    run(StorageFee::Fixed(1), || {
        let issuance = Balances::total_issuance();
        let mut paid = 0;
        block(1, || {
            paid += transact(1, 0).unwrap();
            paid += transact(2, 500).unwrap();
            assert!(paid > 500 + 2 * 100);
            assert_eq!(CollectedFees::<Test>::get(), paid);
            assert_eq!(Balances::free_balance(7), 0);
            assert_eq!(Balances::total_issuance(), issuance - paid);
        });
        assert_eq!(Balances::free_balance(7), paid);
        assert_eq!(Balances::total_issuance(), issuance);
        assert!(System::events().iter().any(|record| {
            record.event
                == Event::BlockFeesPaid {
                    account: 7,
                    amount: paid,
                }
                .into()
        }));
        // And only once
        block(2, || {});
        assert_eq!(Balances::free_balance(7), paid);
    });
}

#[test]
fn fees_that_nobody_can_receive_stay_burned() {
    run(StorageFee::Fixed(0), || {
        let issuance = Balances::total_issuance();
        FARMER.set(None);
        let mut paid = 0;
        block(1, || paid += transact(1, 0).unwrap());
        assert_eq!(Balances::total_issuance(), issuance - paid);
        // Less than the existential deposit for an account that does not exist
        FARMER.set(Some(7));
        block(2, || CollectedFees::<Test>::put(EXISTENTIAL_DEPOSIT - 1));
        assert_eq!(Balances::free_balance(7), 0);
        assert!(System::events().iter().any(|record| {
            record.event
                == Event::BlockFeesBurned {
                    amount: EXISTENTIAL_DEPOSIT - 1,
                }
                .into()
        }));
    });
}

proptest! {
    #[test]
    fn storage_becomes_dear_as_it_becomes_scarce(
        supply: u128,
        pledged: u128,
        history: u128,
        more: u64,
    ) {
        let fee = dynamic_byte_fee(supply, pledged, history);
        prop_assert!((1..=supply.max(1)).contains(&fee));
        prop_assert!(dynamic_byte_fee(supply, pledged, history.saturating_add(more.into())) >= fee);
        prop_assert!(dynamic_byte_fee(supply, pledged.saturating_add(more.into()), history) <= fee);
    }
}
