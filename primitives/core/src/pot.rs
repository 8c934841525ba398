//! Proof of time: seeds, outputs and checkpoints. The function itself is in `autonomys-proof-of-time`.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::num::NonZeroU32;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::SlotNumber;
use crate::bytes::byte_array;
use crate::hashes::{
    BLOCK_RANDOMNESS_KEY, GLOBAL_CHALLENGE_KEY, GLOBAL_RANDOMNESS_KEY, HashKey, POT_ENTROPY_KEY,
    POT_GENESIS_SEED_KEY, POT_INJECTED_SEED_KEY, keyed_hash,
};
use crate::pieces::Chunk;
use crate::solutions::GlobalChallenge;

byte_array! {
    /// What the proof of time of a slot starts from.
    pub struct PotSeed(16);
}

byte_array! {
    /// What the proof of time of a slot ends with, or one of the states on the way.
    pub struct PotOutput(16);
}

byte_array! {
    /// Entropy of the chain for proof of time.
    pub struct PotEntropy(32);
}

/// The states of proof of time after each eighth of a slot's iterations: 128 bytes in SCALE.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct PotCheckpoints(pub [PotOutput; 8]);

impl PotCheckpoints {
    /// Checkpoints in a slot.
    pub const COUNT: usize = 8;

    /// The last checkpoint, which is the output of the slot.
    pub const fn output(&self) -> PotOutput {
        let [.., output] = self.0;
        output
    }
}

impl PotSeed {
    /// The seed of slot 1: first half of H(genesis hash ‖ external entropy).
    pub fn genesis(genesis_hash: &[u8; 32], external_entropy: &[u8]) -> Self {
        Self::hash(&POT_GENESIS_SEED_KEY, &[genesis_hash, external_entropy])
    }

    fn hash(key: &HashKey, parts: &[&[u8]]) -> Self {
        let [seed, _] = halves(keyed_hash(key, parts));
        Self(seed)
    }
}

impl PotOutput {
    /// The seed of the next slot where no entropy is injected: the output itself.
    pub const fn seed(self) -> PotSeed {
        PotSeed(self.0)
    }

    /// The seed of the next slot where entropy is injected: first half of H(entropy ‖ output).
    pub fn seed_with_entropy(self, entropy: &PotEntropy) -> PotSeed {
        PotSeed::hash(&POT_INJECTED_SEED_KEY, &[&entropy.0, &self.0])
    }

    /// The challenge that all farmers are audited against in `slot`: H(H(output) ‖ slot).
    pub fn global_challenge(self, slot: SlotNumber) -> GlobalChallenge {
        let randomness = keyed_hash(&GLOBAL_RANDOMNESS_KEY, &[&self.0]);
        GlobalChallenge(keyed_hash(
            &GLOBAL_CHALLENGE_KEY,
            &[&randomness, &slot.to_le_bytes()],
        ))
    }

    /// Randomness of the block of this slot, for applications. The author knows it a few slots ahead and can only
    /// bias it by making no block.
    pub fn block_randomness(self) -> [u8; 32] {
        keyed_hash(&BLOCK_RANDOMNESS_KEY, &[&self.0])
    }
}

impl PotEntropy {
    /// The entropy of a block: H(chunk of its solution ‖ its proof of time).
    pub fn of_block(chunk: &Chunk, proof_of_time: &PotOutput) -> Self {
        Self(keyed_hash(&POT_ENTROPY_KEY, &[&chunk.0, &proof_of_time.0]))
    }
}

/// A change of proof of time at a slot to come.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub struct PotParametersChange {
    /// The first slot it holds for.
    pub slot: SlotNumber,
    /// Iterations from that slot on.
    pub iterations: NonZeroU32,
    /// Entropy mixed into the seed of that slot.
    pub entropy: PotEntropy,
}

/// What the proof of time of a slot is computed from.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub struct PotSlotInput {
    /// The slot.
    pub slot: SlotNumber,
    /// Its iterations.
    pub iterations: NonZeroU32,
    /// Its seed.
    pub seed: PotSeed,
}

impl PotSlotInput {
    /// The input of the slot after `slot`, whose output is `output`. `iterations` holds until `change`. `None` after
    /// the last possible slot.
    pub fn next(
        slot: SlotNumber,
        iterations: NonZeroU32,
        output: PotOutput,
        change: Option<&PotParametersChange>,
    ) -> Option<Self> {
        let next = slot.checked_add(1)?;
        Some(Self {
            slot: next,
            iterations: change
                .filter(|change| change.slot <= next)
                .map_or(iterations, |change| change.iterations),
            seed: change
                .filter(|change| change.slot == next)
                .map_or(output.seed(), |change| {
                    output.seed_with_entropy(&change.entropy)
                }),
        })
    }
}

fn halves(hash: [u8; 32]) -> [[u8; 16]; 2] {
    let mut halves = [[0; 16]; 2];
    for (half, bytes) in halves.iter_mut().zip(hash.chunks_exact(16)) {
        half.copy_from_slice(bytes);
    }
    halves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_sets_the_iterations_from_its_slot_on_and_the_seed_at_its_slot_only() {
        let output = PotOutput([1; 16]);
        let old = NonZeroU32::new(16).unwrap();
        let new = NonZeroU32::new(32).unwrap();
        let change = PotParametersChange {
            slot: 10,
            iterations: new,
            entropy: PotEntropy([2; 32]),
        };
        let input = |slot| PotSlotInput::next(slot, old, output, Some(&change)).unwrap();
        assert_eq!((input(8).iterations, input(8).seed), (old, output.seed()));
        assert_eq!(
            (input(9).iterations, input(9).seed),
            (new, output.seed_with_entropy(&change.entropy))
        );
        assert_eq!((input(10).iterations, input(10).seed), (new, output.seed()));
        assert_eq!(PotSlotInput::next(u64::MAX, old, output, None), None);
    }

    #[test]
    fn seeds_of_different_uses_differ() {
        let zeros = [0; 32];
        let seeds = [
            PotSeed::genesis(&zeros, &[]),
            PotSeed::genesis(&zeros, &[0]),
            PotOutput::default().seed(),
            PotOutput::default().seed_with_entropy(&PotEntropy::default()),
        ];
        for (position, seed) in seeds.iter().enumerate() {
            assert!(seeds[position + 1..].iter().all(|other| other != seed));
        }
    }
}
