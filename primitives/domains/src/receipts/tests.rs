use codec::DecodeAll;
use proptest::prelude::*;

use super::*;

fn receipt() -> ExecutionReceiptV0 {
    let mut chain_rewards = ChainAmounts::default();
    chain_rewards.add(ChainId::Consensus, 4).unwrap();
    let mut transfers_in = ChainAmounts::default();
    transfers_in.add(ChainId::Consensus, 7).unwrap();
    ExecutionReceiptV0 {
        domain_id: DomainId(1),
        domain_block_number: 3,
        domain_block_hash: Hash::repeat_byte(1),
        domain_block_extrinsics_root: Hash::repeat_byte(2),
        parent_receipt_hash: Hash::repeat_byte(3),
        consensus_block_number: 9,
        consensus_block_hash: Hash::repeat_byte(4),
        inboxed_bundles: vec![
            InboxedBundle {
                status: BundleStatus::Valid(Hash::repeat_byte(5)),
                extrinsics_root: Hash::repeat_byte(6),
            },
            InboxedBundle {
                status: BundleStatus::Invalid(BundleInvalidity::IllegalTx(2)),
                extrinsics_root: Hash::repeat_byte(7),
            },
        ]
        .try_into()
        .unwrap(),
        final_state_root: Hash::repeat_byte(10),
        execution_trace: (8..11)
            .map(Hash::repeat_byte)
            .collect::<Vec<_>>()
            .try_into()
            .unwrap(),
        block_fees: BlockFees {
            consensus_storage_fee: 1,
            domain_execution_fee: 2,
            burned_balance: 3,
            chain_rewards,
        },
        transfers: Transfers {
            transfers_in,
            ..Transfers::default()
        },
    }
}

fn checked(change: impl FnOnce(&mut ExecutionReceiptV0)) -> Result<(), ReceiptError> {
    let mut receipt = receipt();
    change(&mut receipt);
    ExecutionReceipt::V0(receipt).check()
}

#[test]
fn a_receipt_that_contradicts_itself_is_refused_with_the_reason() {
    assert_eq!(checked(|_| {}), Ok(()));
    assert_eq!(
        checked(|receipt| receipt.domain_block_number = 0),
        Err(ReceiptError::Genesis)
    );
    // The trace of a block without any extrinsic, and none
    assert_eq!(
        checked(|receipt| {
            receipt.execution_trace.remove(0);
        }),
        Err(ReceiptError::TraceTooShort(2))
    );
    assert_eq!(
        checked(|receipt| receipt.execution_trace.clear()),
        Err(ReceiptError::TraceTooShort(0))
    );
    assert_eq!(
        checked(|receipt| receipt.final_state_root = Hash::repeat_byte(9)),
        Err(ReceiptError::FinalStateRoot)
    );
    assert_eq!(
        checked(|receipt| receipt.execution_trace.as_mut().swap(1, 2)),
        Err(ReceiptError::FinalStateRoot)
    );
}

#[test]
fn transfers_from_the_domain_to_itself_are_refused_in_every_direction() {
    let directions: [fn(&mut Transfers) -> &mut ChainAmounts; 4] = [
        |transfers| &mut transfers.transfers_in,
        |transfers| &mut transfers.transfers_out,
        |transfers| &mut transfers.rejected_transfers_claimed,
        |transfers| &mut transfers.transfers_rejected,
    ];
    for direction in directions {
        let with = |domain| {
            checked(|receipt| {
                direction(&mut receipt.transfers)
                    .add(DomainId(domain).into(), 1)
                    .unwrap();
            })
        };
        assert_eq!(with(1), Err(ReceiptError::OwnTransfer));
        assert_eq!(with(2), Ok(()));
        assert_eq!(
            checked(|receipt| {
                let amounts = direction(&mut receipt.transfers);
                amounts.add(DomainId(2).into(), Balance::MAX).unwrap();
                amounts.add(DomainId(3).into(), 1).unwrap();
            }),
            Err(ReceiptError::Overflow)
        );
    }
}

#[test]
fn fees_add_up_or_are_refused() {
    assert_eq!(receipt().block_fees.total(), Some(10));
    let fields: [fn(&mut BlockFees); 4] = [
        |fees| fees.consensus_storage_fee = Balance::MAX - 8,
        |fees| fees.domain_execution_fee = Balance::MAX - 7,
        |fees| fees.burned_balance = Balance::MAX - 6,
        |fees| {
            fees.chain_rewards
                .add(ChainId::Consensus, Balance::MAX - 9)
                .unwrap();
        },
    ];
    for field in fields {
        assert_eq!(
            checked(|receipt| field(&mut receipt.block_fees)),
            Err(ReceiptError::Overflow)
        );
    }
}

#[test]
fn the_hash_depends_on_every_field_and_on_the_version() {
    let original = ExecutionReceipt::V0(receipt());
    let changes: [fn(&mut ExecutionReceiptV0); 12] = [
        |receipt| receipt.domain_id = DomainId(2),
        |receipt| receipt.domain_block_number += 1,
        |receipt| receipt.domain_block_hash = Hash::zero(),
        |receipt| receipt.domain_block_extrinsics_root = Hash::zero(),
        |receipt| receipt.parent_receipt_hash = Hash::zero(),
        |receipt| receipt.consensus_block_number += 1,
        |receipt| receipt.consensus_block_hash = Hash::zero(),
        |receipt| receipt.inboxed_bundles[1].status = BundleStatus::Valid(Hash::zero()),
        |receipt| receipt.final_state_root = Hash::zero(),
        |receipt| receipt.execution_trace[0] = Hash::zero(),
        |receipt| receipt.block_fees.burned_balance += 1,
        |receipt| receipt.transfers.transfers_in = ChainAmounts::default(),
    ];
    let mut hashes = vec![
        original.hash(),
        // What a version without a number would have
        BlakeTwo256::hash_of(&receipt()),
    ];
    for change in changes {
        let mut receipt = receipt();
        change(&mut receipt);
        hashes.push(ExecutionReceipt::V0(receipt).hash());
    }
    for (position, hash) in hashes.iter().enumerate() {
        assert!(!hashes[position + 1..].contains(hash), "{position}");
    }
}

#[test]
fn a_receipt_with_too_much_does_not_decode() {
    let with_trace = |length: u32| {
        let mut encoded = vec![0];
        let receipt = receipt();
        (
            receipt.domain_id,
            receipt.domain_block_number,
            receipt.domain_block_hash,
            receipt.domain_block_extrinsics_root,
            receipt.parent_receipt_hash,
            receipt.consensus_block_number,
            receipt.consensus_block_hash,
            receipt.inboxed_bundles,
            receipt.final_state_root,
            vec![receipt.final_state_root; length as usize],
            receipt.block_fees,
            receipt.transfers,
        )
            .encode_to(&mut encoded);
        ExecutionReceipt::decode_all(&mut encoded.as_slice())
    };
    assert_eq!(with_trace(MAX_TRACE_LENGTH).unwrap().check(), Ok(()));
    assert!(with_trace(MAX_TRACE_LENGTH + 1).is_err());
}

#[test]
fn the_genesis_receipt_differs_by_domain_and_claims_one_state() {
    let root = Hash::repeat_byte(1);
    let genesis = ExecutionReceipt::genesis(DomainId(1), root, 5);
    assert_eq!(genesis.domain_block_hash, genesis_header(root).hash());
    assert_eq!(genesis.execution_trace.as_slice(), [root]);
    assert_eq!(genesis.final_state_root, root);
    assert_eq!(genesis.consensus_block_number, 5);
    assert_ne!(
        genesis.hash(),
        ExecutionReceipt::genesis(DomainId(2), root, 5).hash()
    );
    // Nobody can submit it
    assert_eq!(genesis.check(), Err(ReceiptError::Genesis));
}

#[test]
fn json_is_that_of_the_rpc() {
    let receipt = ExecutionReceipt::V0(receipt());
    let json = serde_json::to_value(&receipt).unwrap();
    assert_eq!(json["version"], "v0");
    let fields = &json["receipt"];
    assert_eq!(fields["domainId"], 1);
    assert_eq!(fields["blockFees"]["burnedBalance"], "3");
    assert_eq!(
        fields["blockFees"]["chainRewards"][0],
        serde_json::json!({"chain": "consensus", "amount": "4"})
    );
    assert_eq!(
        fields["inboxedBundles"][1]["status"]["invalid"],
        serde_json::json!({"reason": "illegalTx", "extrinsic": 2})
    );
    assert_eq!(
        serde_json::from_value::<ExecutionReceipt>(json).unwrap(),
        receipt
    );
}

proptest! {
    #[test]
    fn bytes_that_decode_are_encoded_the_same_way(
        position in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut encoded = ExecutionReceipt::V0(receipt()).encode();
        *position.get_mut(&mut encoded) = byte;
        if let Ok(decoded) = ExecutionReceipt::decode_all(&mut encoded.as_slice()) {
            prop_assert_eq!(decoded.encode(), encoded);
        }
    }
}
