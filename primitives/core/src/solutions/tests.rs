use super::*;
use crate::params::{NetworkTag, Preset};
use alloc::vec;
use codec::DecodeAll;
use proptest::prelude::*;

fn main() -> ConsensusParams {
    Preset::Main.params(NetworkTag::default())
}

/// A solution with proofs of the lengths of `params`.
fn solution(params: &ConsensusParams) -> Solution {
    Solution {
        public_key: PublicKey([1; 32]),
        reward_address: RewardAddress([2; 32]),
        sector_index: 3,
        history_size: HistorySize::new(4).unwrap(),
        piece_offset: 5,
        record_root: RecordRoot([6; 32]),
        record_proof: vec![MerkleNode([7; 32]); params.record_proof_depth() as usize]
            .try_into()
            .unwrap(),
        chunk: Chunk([8; 32]),
        chunk_proof: vec![MerkleNode([9; 32]); params.chunk_proof_depth() as usize]
            .try_into()
            .unwrap(),
        proof_of_space: PosProof(vec![10; params.proof_of_space_size()].try_into().unwrap()),
    }
}

#[test]
fn solution_range_is_that_of_the_specification() {
    let params = main();
    for (pieces, range) in [
        (1, 6_148_914_691_236_495_360),
        (4, 1_537_228_672_809_123_840),
        (8, 768_614_336_404_561_920),
        (16, 384_307_168_202_280_960),
        (32, 192_153_584_101_140_480),
        (1000, 6_148_914_691_236_495),
    ] {
        assert_eq!(
            params.pieces_to_solution_range(pieces),
            range,
            "{pieces} pieces"
        );
    }
    for pieces in [1, 3, 5] {
        let range = params.pieces_to_solution_range(pieces);
        assert_eq!(params.solution_range_to_pieces(range), pieces);
    }
    assert_eq!(
        params.initial_solution_range,
        params.pieces_to_solution_range(1000)
    );
}

#[test]
fn a_solution_of_main_takes_1072_bytes_and_survives_json() {
    for preset in Preset::ALL {
        let params = preset.params(NetworkTag::default());
        let solution = solution(&params);
        let encoded = solution.encode();
        assert_eq!(Solution::decode(&mut &encoded[..]), Ok(solution.clone()));
        let json = serde_json::to_string(&solution).unwrap();
        assert_eq!(serde_json::from_str::<Solution>(&json).unwrap(), solution);
        if preset == Preset::Main {
            assert_eq!(encoded.len(), 1072);
            assert_eq!(Solution::max_encoded_len(), 1072);
        }
    }
}

#[test]
fn proofs_longer_than_those_of_main_cannot_be_decoded() {
    let too_long = vec![MerkleNode::default(); 17].encode();
    assert!(ChunkProof::decode(&mut &too_long[..]).is_err());
    let too_long = vec![0u8; 161];
    assert!(PosProof::decode(&mut &too_long.encode()[..]).is_err());
    let json = serde_json::to_string(&hex::encode(too_long)).unwrap();
    assert!(serde_json::from_str::<PosProof>(&json).is_err());
    for (nodes, is_accepted) in [(16, true), (17, false)] {
        let json = serde_json::to_string(&vec![MerkleNode::default(); nodes]).unwrap();
        let proof = serde_json::from_str::<ChunkProof>(&json);
        assert_eq!(proof.is_ok(), is_accepted);
    }
    for (nodes, is_accepted) in [(8, true), (9, false)] {
        let nodes = vec![MerkleNode::default(); nodes];
        let json = serde_json::to_string(&nodes).unwrap();
        assert_eq!(
            serde_json::from_str::<RecordProof>(&json).is_ok(),
            is_accepted
        );
        assert_eq!(
            RecordProof::decode(&mut &nodes.encode()[..]).is_ok(),
            is_accepted
        );
    }
}

#[test]
fn a_solution_that_is_cut_off_or_goes_on_is_none() {
    for preset in Preset::ALL {
        let mut encoded = solution(&preset.params(NetworkTag::default())).encode();
        for length in 0..encoded.len() {
            assert!(
                Solution::decode(&mut &encoded[..length]).is_err(),
                "{length} bytes"
            );
        }
        assert!(Solution::decode_all(&mut &encoded[..]).is_ok());
        encoded.push(0);
        assert!(Solution::decode_all(&mut &encoded[..]).is_err());
    }
}

#[test]
fn every_valid_range_weighs_something_and_a_narrower_one_weighs_more() {
    assert!(block_weight(MAX_SOLUTION_RANGE) > 0);
    assert!(block_weight(1) > block_weight(2));
}

#[test]
fn retarget_keeps_a_range_that_gave_the_expected_blocks() {
    let params = main();
    let range = params.initial_solution_range;
    let expected_slots = 6 * u64::from(params.era_blocks);
    assert_eq!(params.next_solution_range(range, expected_slots), range);
    assert_eq!(
        params.next_solution_range(range, 2 * expected_slots),
        2 * range
    );
    assert_eq!(
        params.next_solution_range(range, expected_slots / 2),
        range / 2
    );
    assert_eq!(params.next_solution_range(range, u64::MAX), 4 * range);
    assert_eq!(params.next_solution_range(range, 0), range / 4);
    assert_eq!(params.next_solution_range(1, 0), 1);
    assert_eq!(
        params.next_solution_range(MAX_SOLUTION_RANGE, u64::MAX),
        MAX_SOLUTION_RANGE
    );
}

proptest! {
    #[test]
    fn retarget_stays_within_its_bounds(range in 1..=MAX_SOLUTION_RANGE, slots: u64) {
        for preset in Preset::ALL {
            let next = preset.params(NetworkTag::default()).next_solution_range(range, slots);
            prop_assert!((1..=MAX_SOLUTION_RANGE).contains(&next));
            prop_assert!(next >= range / 4);
            prop_assert!(u128::from(next) <= u128::from(range) * 4);
        }
    }

    #[test]
    fn any_number_of_pieces_has_a_range(pieces: u64) {
        for preset in Preset::ALL {
            let range = preset.params(NetworkTag::default()).pieces_to_solution_range(pieces);
            prop_assert!((1..=MAX_SOLUTION_RANGE).contains(&range));
        }
    }
}
