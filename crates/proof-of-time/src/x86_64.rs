//! The implementations on the AES instructions of x86-64.
//!
//! An AES instruction does one round and takes 3 or 4 cycles until its result can be used, but one or two can start in
//! every cycle. Proving can only wait: it runs at the latency of ten instructions an iteration. Verifying has 16 lanes that
//! do not depend on each other and runs at the throughput of the CPU, if 8 registers or so are in flight: with one block a
//! register that is half the lanes (more would not leave registers for the round keys), with two blocks all of them, with
//! four blocks latency is the limit again.

#![expect(
    unsafe_code,
    reason = "functions compiled for instructions that the CPU was asked for at run time"
)]

use crate::CHECKPOINTS;
use crate::implementation::Block;
use crate::key_schedule::{self, ROUND_KEYS};
use core::arch::x86_64::*;
use std::arch::is_x86_feature_detected;

/// Round keys of one direction, prepared for chained encryption (or decryption).
struct ChainKeys {
    /// Added to a block when it enters the chain and when it leaves it.
    outer: __m128i,
    /// At the end of rounds 1 to 9.
    inner: [__m128i; ROUND_KEYS - 2],
    /// At the end of round 10: the key of that round combined with `outer`.
    last: __m128i,
}

/// AES-128 under one key on 128-bit registers. A value of this type exists only if the CPU has the instructions.
pub(crate) struct Aes {
    encryption: ChainKeys,
    decryption: ChainKeys,
}

impl Aes {
    pub(crate) fn is_available() -> bool {
        is_x86_feature_detected!("aes")
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
        unsafe { meet_128(self, starts, ends, times) }
    }
}

/// AES-128 under one key on 256-bit registers. A value of this type exists only if the CPU has the instructions.
pub(crate) struct Vaes256(Aes);

impl Vaes256 {
    pub(crate) fn is_available() -> bool {
        Aes::is_available() && is_x86_feature_detected!("vaes") && is_x86_feature_detected!("avx2")
    }

    /// `None` if the CPU does not have the instructions.
    pub(crate) fn new(key: Block) -> Option<Self> {
        Self::is_available()
            .then(|| Aes::new(key))
            .flatten()
            .map(Self)
    }

    /// See [`Aes::meet`].
    pub(crate) fn meet(
        &self,
        starts: &[Block; CHECKPOINTS],
        ends: &[Block; CHECKPOINTS],
        times: u32,
    ) -> bool {
        // SAFETY: `new` has found the features that the function is compiled for.
        unsafe { meet_256(&self.0, starts, ends, times) }
    }
}

/// AES-128 under one key on 512-bit registers. A value of this type exists only if the CPU has the instructions.
pub(crate) struct Vaes512(Aes);

impl Vaes512 {
    pub(crate) fn is_available() -> bool {
        Vaes256::is_available() && is_x86_feature_detected!("avx512f")
    }

    /// `None` if the CPU does not have the instructions.
    pub(crate) fn new(key: Block) -> Option<Self> {
        Self::is_available()
            .then(|| Aes::new(key))
            .flatten()
            .map(Self)
    }

    /// See [`Aes::meet`].
    pub(crate) fn meet(
        &self,
        starts: &[Block; CHECKPOINTS],
        ends: &[Block; CHECKPOINTS],
        times: u32,
    ) -> bool {
        // SAFETY: `new` has found the features that the function is compiled for.
        unsafe { meet_512(&self.0, starts, ends, times) }
    }
}

#[target_feature(enable = "aes")]
fn load(block: &Block) -> __m128i {
    let block = u128::from_le_bytes(*block);
    _mm_set_epi64x((block >> 64) as i64, block as i64)
}

#[target_feature(enable = "aes")]
fn store(vector: __m128i) -> Block {
    let low = _mm_cvtsi128_si64(vector) as u64;
    let high = _mm_cvtsi128_si64(_mm_unpackhi_epi64(vector, vector)) as u64;
    (u128::from(high) << 64 | u128::from(low)).to_le_bytes()
}

#[target_feature(enable = "aes")]
fn expand_key(key: Block) -> Aes {
    let keys = key_schedule::expand(key, |word| {
        // The lowest word of the result is the S-box applied to the second lowest word of the argument
        _mm_cvtsi128_si32(_mm_aeskeygenassist_si128::<0>(_mm_set1_epi32(word as i32))) as u32
    })
    .map(|key| load(&key));

    let first = keys[0];
    let last = keys[ROUND_KEYS - 1];
    let mut encryption_inner = [first; ROUND_KEYS - 2];
    let mut decryption_inner = [last; ROUND_KEYS - 2];
    for round in 1..ROUND_KEYS - 1 {
        encryption_inner[round - 1] = keys[round];
        decryption_inner[round - 1] = _mm_aesimc_si128(keys[ROUND_KEYS - 1 - round]);
    }
    let combined = _mm_xor_si128(first, last);

    Aes {
        encryption: ChainKeys {
            outer: first,
            inner: encryption_inner,
            last: combined,
        },
        decryption: ChainKeys {
            outer: last,
            inner: decryption_inner,
            last: combined,
        },
    }
}

#[target_feature(enable = "aes")]
fn encrypt_times(keys: &ChainKeys, block: Block, times: u32) -> Block {
    let mut state = _mm_xor_si128(load(&block), keys.outer);
    for _ in 0..times {
        for key in keys.inner {
            state = _mm_aesenc_si128(state, key);
        }
        state = _mm_aesenclast_si128(state, keys.last);
    }
    store(_mm_xor_si128(state, keys.outer))
}

/// Defines the search for the middle on registers of one width. Each pass takes a number of checkpoints through all
/// iterations, so that the states of a pass stay in registers.
macro_rules! meet_in_the_middle {
    (
        $(#[$attribute:meta])*
        fn $name:ident, $vector:ty, checkpoints per pass: $checkpoints:literal, blocks per register: $blocks:literal,
        $load:ident, $broadcast:ident, $xor:ident, $equal:ident,
        $encrypt:ident, $encrypt_last:ident, $decrypt:ident, $decrypt_last:ident
    ) => {
        $(#[$attribute])*
        fn $name(
            aes: &Aes,
            starts: &[Block; CHECKPOINTS],
            ends: &[Block; CHECKPOINTS],
            times: u32,
        ) -> bool {
            let encryption_keys = aes.encryption.inner.map(|key| $broadcast(key));
            let decryption_keys = aes.decryption.inner.map(|key| $broadcast(key));
            let first = $broadcast(aes.encryption.outer);
            let last = $broadcast(aes.decryption.outer);
            let combined = $broadcast(aes.encryption.last);

            let passes = starts
                .as_chunks::<$checkpoints>()
                .0
                .iter()
                .zip(ends.as_chunks::<$checkpoints>().0);
            for (starts, ends) in passes {
                let mut forward = [first; $checkpoints / $blocks];
                for (state, blocks) in forward.iter_mut().zip(starts.as_chunks::<$blocks>().0) {
                    *state = $xor($load(blocks), first);
                }
                let mut backward = [last; $checkpoints / $blocks];
                for (state, blocks) in backward.iter_mut().zip(ends.as_chunks::<$blocks>().0) {
                    *state = $xor($load(blocks), last);
                }

                for _ in 0..times {
                    for (encryption_key, decryption_key) in
                        encryption_keys.iter().zip(&decryption_keys)
                    {
                        for state in &mut forward {
                            *state = $encrypt(*state, *encryption_key);
                        }
                        for state in &mut backward {
                            *state = $decrypt(*state, *decryption_key);
                        }
                    }
                    for state in &mut forward {
                        *state = $encrypt_last(*state, combined);
                    }
                    for state in &mut backward {
                        *state = $decrypt_last(*state, combined);
                    }
                }

                // One state still has the first key added, the other one the last, and `combined` is both
                for (forward, backward) in forward.into_iter().zip(backward) {
                    if !$equal($xor(forward, backward), combined) {
                        return false;
                    }
                }
            }
            true
        }
    };
}

meet_in_the_middle! {
    #[target_feature(enable = "aes")]
    fn meet_128, __m128i, checkpoints per pass: 4, blocks per register: 1,
    load_1, broadcast_1, _mm_xor_si128, equal_1,
    _mm_aesenc_si128, _mm_aesenclast_si128, _mm_aesdec_si128, _mm_aesdeclast_si128
}

#[target_feature(enable = "aes")]
fn load_1([block]: &[Block; 1]) -> __m128i {
    load(block)
}

#[target_feature(enable = "aes")]
fn broadcast_1(block: __m128i) -> __m128i {
    block
}

#[target_feature(enable = "aes")]
fn equal_1(left: __m128i, right: __m128i) -> bool {
    _mm_movemask_epi8(_mm_cmpeq_epi8(left, right)) == 0xffff
}

meet_in_the_middle! {
    #[target_feature(enable = "aes,vaes,avx2")]
    fn meet_256, __m256i, checkpoints per pass: 8, blocks per register: 2,
    load_2, _mm256_broadcastsi128_si256, _mm256_xor_si256, equal_2,
    _mm256_aesenc_epi128, _mm256_aesenclast_epi128, _mm256_aesdec_epi128, _mm256_aesdeclast_epi128
}

#[target_feature(enable = "aes,avx2")]
fn load_2([low, high]: &[Block; 2]) -> __m256i {
    _mm256_set_m128i(load(high), load(low))
}

#[target_feature(enable = "avx2")]
fn equal_2(left: __m256i, right: __m256i) -> bool {
    _mm256_movemask_epi8(_mm256_cmpeq_epi8(left, right)) == -1
}

meet_in_the_middle! {
    #[target_feature(enable = "aes,vaes,avx2,avx512f")]
    fn meet_512, __m512i, checkpoints per pass: 8, blocks per register: 4,
    load_4, _mm512_broadcast_i32x4, _mm512_xor_si512, equal_4,
    _mm512_aesenc_epi128, _mm512_aesenclast_epi128, _mm512_aesdec_epi128, _mm512_aesdeclast_epi128
}

#[target_feature(enable = "aes,avx2,avx512f")]
fn load_4([a, b, c, d]: &[Block; 4]) -> __m512i {
    let low = _mm256_set_m128i(load(b), load(a));
    let high = _mm256_set_m128i(load(d), load(c));
    _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high)
}

#[target_feature(enable = "avx512f")]
fn equal_4(left: __m512i, right: __m512i) -> bool {
    _mm512_cmpeq_epi64_mask(left, right) == 0xff
}
