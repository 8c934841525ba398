//! Verification of what a farmer submits.

use crate::history::PARAMS;
use crate::input::{Input, decode};
use crate::sectors::{PLOTTED, Plotted, candidates, piece_check};
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{
    BlockHash, GlobalChallenge, Preset, PublicKey, RewardAddress, Signature, Solution,
    SolutionRange,
};
use autonomys_farmer_components::{K, Sector, TableGenerator};
use autonomys_verification::{verify_seal, verify_solution};
use codec::Encode;
use std::sync::LazyLock;

/// A challenge, the solution of the best chunk that wins against it, and the narrowest range that it wins under.
struct Won {
    global_challenge: GlobalChallenge,
    solution: Solution,
    solution_range: SolutionRange,
}

static WON: LazyLock<Won> = LazyLock::new(|| {
    let Plotted {
        layout,
        to_plot,
        metadata,
        bytes,
    } = &*PLOTTED;
    let (global_challenge, best) = (0u8..=255)
        .find_map(|byte| {
            let challenge = GlobalChallenge([byte; 32]);
            candidates(&challenge)
                .first()
                .map(|best| (challenge, *best))
        })
        .expect("half of the s-buckets have chunks");
    let solution = Sector::new(layout, &to_plot.public_key, metadata, bytes)
        .prove(
            &best,
            &RewardAddress([6; 32]),
            &mut TableGenerator::new(K::MIN),
        )
        .expect("the sector was plotted");
    Won {
        global_challenge,
        solution,
        solution_range: best.distance * 2,
    }
});

/// A solution against a challenge that one solution wins. No other wins, but the reward can go anywhere: the seal is what
/// binds it.
pub fn solution_verification(data: &[u8]) -> bool {
    let Some(solution) = decode::<Solution>(data) else {
        return false;
    };
    let Won {
        global_challenge,
        solution: won,
        solution_range,
    } = &*WON;
    for preset in Preset::ALL {
        let params = preset.params(NetworkTag::default());
        let result = verify_solution(&params, &solution, global_challenge, u64::MAX, None);
        if let Err(error) = result {
            assert!(!error.to_string().is_empty());
        }
    }
    let result = piece_check(&solution).and_then(|check| {
        verify_solution(
            &PARAMS,
            &solution,
            global_challenge,
            *solution_range,
            Some(&check),
        )
    });
    match result {
        Ok(distance) => {
            assert_eq!(distance, solution_range / 2);
            let rewarded_elsewhere = Solution {
                reward_address: won.reward_address,
                ..solution
            };
            assert_eq!(&rewarded_elsewhere, won);
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

/// Genesis of the network of [`SEAL`].
const GENESIS_HASH: BlockHash = BlockHash([1; 32]);

/// Hash of the header of [`SEAL`].
const PRE_HASH: BlockHash = BlockHash([2; 32]);

/// The schnorrkel key of [`SEAL`]: mini secret of 32 bytes 7, expanded as Ed25519 does.
const SEAL_KEY: PublicKey = PublicKey([
    0x7c, 0x0f, 0x46, 0x9d, 0x3b, 0xd3, 0x40, 0xba, 0xe7, 0x18, 0x20, 0x3f, 0xa3, 0x0c, 0xa0, 0x71,
    0xa5, 0xe3, 0x7c, 0x75, 0x1e, 0x89, 0x1d, 0xbd, 0xed, 0x83, 0x7b, 0x21, 0x3d, 0x45, 0xd9, 0x1d,
]);

/// A seal made once by `sign_seal`, since signing is not deterministic.
const SEAL: Signature = Signature([
    0xf4, 0x09, 0xa8, 0x67, 0xc6, 0xb4, 0xd6, 0x53, 0xa4, 0xfc, 0x5a, 0xde, 0x68, 0xa5, 0x24, 0x68,
    0xe6, 0x43, 0xc2, 0x5d, 0x49, 0xdf, 0x11, 0x88, 0xa9, 0xb8, 0xb9, 0x29, 0x48, 0xb2, 0xe7, 0x04,
    0x7f, 0x7b, 0x26, 0x40, 0x17, 0x0c, 0x83, 0xde, 0x19, 0xdd, 0x7a, 0x59, 0x53, 0xed, 0x5e, 0xf4,
    0xbb, 0xa8, 0x80, 0xc0, 0x49, 0x1e, 0x05, 0xa1, 0xdb, 0x86, 0xf3, 0x12, 0xfa, 0xa1, 0xbd, 0x8f,
]);

/// A key, the hash of a header, and a seal. Of a known key and header, only the seal that was made is valid.
pub fn seal(data: &[u8]) -> bool {
    let mut input = Input(data);
    let public_key = PublicKey(input.array());
    let pre_hash = BlockHash(input.array());
    let seal = Signature(input.array());
    let result = verify_seal(&public_key, &GENESIS_HASH, &pre_hash, &seal);
    if public_key == SEAL_KEY {
        assert_eq!(result.is_ok(), (pre_hash, seal) == (PRE_HASH, SEAL));
    }
    if let Err(error) = &result {
        assert!(!error.to_string().is_empty());
    }
    result.is_ok()
}

pub(crate) mod seeds {
    use super::*;

    pub(crate) fn solution_verification() -> Vec<Vec<u8>> {
        let elsewhere = Solution {
            reward_address: RewardAddress([9; 32]),
            ..WON.solution.clone()
        };
        vec![WON.solution.encode(), elsewhere.encode()]
    }

    pub(crate) fn seal() -> Vec<Vec<u8>> {
        vec![[&SEAL_KEY.0[..], &PRE_HASH.0, &SEAL.0].concat()]
    }
}
