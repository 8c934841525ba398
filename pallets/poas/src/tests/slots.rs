//! Slots, genesis, and what other pallets learn of the block.

use crate::mock::*;
use crate::{BlockRandomness, GenesisConfig, Pallet, RewardAccount, Slot};
use frame_support::traits::{Get, Randomness};
use sp_consensus_poas::PreDigest;
use sp_runtime::{AccountId32, Digest, DigestItem};

#[test]
fn a_block_is_of_the_slot_its_pre_digest_claims() {
    run(|| {
        assert_eq!(Slot::<Test>::get(), 0);
        let digests = block(1, 7);
        assert_eq!(digests.pre_digest, pre_digest(7));
        assert_eq!(Slot::<Test>::get(), 7);
        block(2, 8);
        assert_eq!(Slot::<Test>::get(), 8);
    });
}

#[test]
#[should_panic(expected = "Slot 7 of the block is not after slot 7 of its parent")]
fn a_block_of_the_slot_of_its_parent_is_invalid() {
    run(|| {
        block(1, 7);
        block(2, 7);
    });
}

#[test]
#[should_panic(expected = "Slot 6 of the block is not after slot 7 of its parent")]
fn a_block_of_a_slot_that_has_passed_is_invalid() {
    run(|| {
        block(1, 7);
        block(2, 6);
    });
}

#[test]
#[should_panic(expected = "digest has no pre-digest")]
fn a_block_without_a_pre_digest_is_invalid() {
    run(|| start_block(1, Digest::default()));
}

#[test]
#[should_panic(expected = "cannot be decoded")]
fn a_block_with_a_malformed_pre_digest_is_invalid() {
    run(|| {
        let mut encoded = codec::Encode::encode(&PreDigest::genesis());
        encoded.push(0);
        start_block(
            1,
            Digest {
                logs: vec![DigestItem::PreRuntime(
                    sp_consensus_poas::POAS_ENGINE_ID,
                    encoded,
                )],
            },
        );
    });
}

#[test]
#[should_panic(expected = "era must not be zero")]
fn genesis_with_parameters_that_are_no_chain_is_refused() {
    let mut params = params();
    params.era_blocks = 0;
    let _ = genesis_with(params);
}

#[test]
fn genesis_survives_json() {
    let genesis = GenesisConfig::<Test> {
        params: params(),
        ..Default::default()
    };
    let json = serde_json::to_string(&genesis).unwrap();
    let read: GenesisConfig<Test> = serde_json::from_str(&json).unwrap();
    assert_eq!(read.params, params());
}

#[test]
fn the_reward_account_is_that_of_the_solution() {
    run(|| {
        let reward_account = || -> Option<AccountId32> { RewardAccount::<Test>::get() };
        assert_eq!(reward_account(), None);
        for (number, slot) in [(1, 3), (2, 5)] {
            block_with(number, slot, || {
                let expected = pre_digest(slot).solution.reward_address.0;
                assert_eq!(reward_account(), Some(expected.into()));
            });
        }
    });
}

#[test]
fn randomness_follows_from_the_proof_of_time_and_the_subject() {
    run(|| {
        block_with(1, 3, || {
            assert_eq!(
                BlockRandomness::<Test>::get(),
                pre_digest(3).proof_of_time.block_randomness()
            );
            let (random, known_since) = Pallet::<Test>::random(b"one");
            assert_eq!(known_since, 1);
            assert_ne!(random, Pallet::<Test>::random(b"two").0);
            assert_eq!(Pallet::<Test>::slot_and_randomness().0, 3);
        });
        let before = Pallet::<Test>::random(b"one");
        block(2, 4);
        assert_ne!(before, Pallet::<Test>::random(b"one"));
    });
}
