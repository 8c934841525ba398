//! The implementation on the AES instructions of aarch64.
//!
//! `AESE` adds a key before SubBytes and ShiftRows, `AESMC` is MixColumns; CPUs run the pair as one. As the key comes
//! first here, the combined key of a chain (see `key_schedule`) belongs to the first round instead of the last.

#![expect(
    unsafe_code,
    reason = "functions compiled for instructions that the CPU was asked for at run time"
)]

use crate::CHECKPOINTS;
use crate::implementation::Block;
use crate::key_schedule::{self, ROUND_KEYS};
use core::arch::aarch64::*;
use std::arch::is_aarch64_feature_detected;

/// Rounds that mix columns: all but the last.
const INNER_ROUNDS: usize = ROUND_KEYS - 2;

/// Round keys of one direction, prepared for chained encryption (or decryption).
struct ChainKeys {
    /// Added to a block when it enters the chain and when it leaves it.
    outer: uint8x16_t,
    /// At the start of rounds 1 to 9; the first one is combined with `outer`.
    inner: [uint8x16_t; INNER_ROUNDS],
    /// At the start of round 10.
    last: uint8x16_t,
}

/// AES-128 under one key. A value of this type exists only if the CPU has the instructions.
pub(crate) struct Aes {
    encryption: ChainKeys,
    decryption: ChainKeys,
}

impl Aes {
    pub(crate) fn is_available() -> bool {
        is_aarch64_feature_detected!("aes")
    }

    /// `None` if the CPU does not have the instructions.
    pub(crate) fn new(key: Block) -> Option<Self> {
        // SAFETY: The CPU has the features that the function is compiled for.
        Self::is_available().then(|| unsafe { expand_key(key) })
    }

    /// Encrypts `block` `times` times.
    pub(crate) fn encrypt_times(&self, block: Block, times: u32) -> Block {
        // SAFETY: `new` has found the features that the function is compiled for.
        unsafe { encrypt_times(&self.encryption, block, times) }
    }

    /// Whether every start, encrypted `times` times, is its end decrypted `times` times.
    pub(crate) fn meet(
        &self,
        starts: &[Block; CHECKPOINTS],
        ends: &[Block; CHECKPOINTS],
        times: u32,
    ) -> bool {
        // SAFETY: `new` has found the features that the function is compiled for.
        unsafe { meet(self, starts, ends, times) }
    }
}

#[target_feature(enable = "aes")]
fn load(block: &Block) -> uint8x16_t {
    let block = u128::from_le_bytes(*block);
    vreinterpretq_u8_u64(vcombine_u64(
        vcreate_u64(block as u64),
        vcreate_u64((block >> 64) as u64),
    ))
}

#[target_feature(enable = "aes")]
fn store(vector: uint8x16_t) -> Block {
    let vector = vreinterpretq_u64_u8(vector);
    let low = vgetq_lane_u64::<0>(vector);
    let high = vgetq_lane_u64::<1>(vector);
    (u128::from(high) << 64 | u128::from(low)).to_le_bytes()
}

#[target_feature(enable = "aes")]
fn expand_key(key: Block) -> Aes {
    let keys = key_schedule::expand(key, |word| {
        // With the word in every column ShiftRows changes nothing, which leaves SubBytes
        let columns = vreinterpretq_u8_u32(vdupq_n_u32(word));
        vgetq_lane_u32::<0>(vreinterpretq_u32_u8(vaeseq_u8(columns, vdupq_n_u8(0))))
    })
    .map(|key| load(&key));

    let first = keys[0];
    let last = keys[ROUND_KEYS - 1];
    let combined = veorq_u8(first, last);
    let mut encryption_inner = [combined; INNER_ROUNDS];
    let mut decryption_inner = [combined; INNER_ROUNDS];
    for round in 1..INNER_ROUNDS {
        encryption_inner[round] = keys[round];
        decryption_inner[round] = vaesimcq_u8(keys[ROUND_KEYS - 1 - round]);
    }

    Aes {
        encryption: ChainKeys {
            outer: last,
            inner: encryption_inner,
            last: keys[INNER_ROUNDS],
        },
        decryption: ChainKeys {
            outer: first,
            inner: decryption_inner,
            last: vaesimcq_u8(keys[1]),
        },
    }
}

#[target_feature(enable = "aes")]
fn encrypt_times(keys: &ChainKeys, block: Block, times: u32) -> Block {
    let mut state = veorq_u8(load(&block), keys.outer);
    for _ in 0..times {
        for key in keys.inner {
            state = vaesmcq_u8(vaeseq_u8(state, key));
        }
        state = vaeseq_u8(state, keys.last);
    }
    store(veorq_u8(state, keys.outer))
}

/// Takes half of the checkpoints at a time, so that 8 states and the round keys share the 32 registers.
#[target_feature(enable = "aes")]
fn meet(aes: &Aes, starts: &[Block; CHECKPOINTS], ends: &[Block; CHECKPOINTS], times: u32) -> bool {
    const PER_PASS: usize = CHECKPOINTS / 2;

    let encryption = &aes.encryption;
    let decryption = &aes.decryption;
    let combined = veorq_u8(encryption.outer, decryption.outer);

    let passes = starts
        .as_chunks::<PER_PASS>()
        .0
        .iter()
        .zip(ends.as_chunks::<PER_PASS>().0);
    for (starts, ends) in passes {
        let mut forward = [encryption.outer; PER_PASS];
        for (state, block) in forward.iter_mut().zip(starts) {
            *state = veorq_u8(load(block), encryption.outer);
        }
        let mut backward = [decryption.outer; PER_PASS];
        for (state, block) in backward.iter_mut().zip(ends) {
            *state = veorq_u8(load(block), decryption.outer);
        }

        for _ in 0..times {
            for (encryption_key, decryption_key) in encryption.inner.iter().zip(&decryption.inner) {
                for state in &mut forward {
                    *state = vaesmcq_u8(vaeseq_u8(*state, *encryption_key));
                }
                for state in &mut backward {
                    *state = vaesimcq_u8(vaesdq_u8(*state, *decryption_key));
                }
            }
            for state in &mut forward {
                *state = vaeseq_u8(*state, encryption.last);
            }
            for state in &mut backward {
                *state = vaesdq_u8(*state, decryption.last);
            }
        }

        // One state still has the last key added, the other one the first, and `combined` is both
        for (forward, backward) in forward.into_iter().zip(backward) {
            if store(veorq_u8(forward, backward)) != store(combined) {
                return false;
            }
        }
    }
    true
}
