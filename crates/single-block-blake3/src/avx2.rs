//! The implementation on 256-bit registers: 8 lanes.

#![expect(
    unsafe_code,
    reason = "functions compiled for instructions that the CPU was asked for at run time"
)]

use crate::Group;
use crate::compression::{Parameters, Register, compress};
use core::arch::x86_64::*;
use std::arch::is_x86_feature_detected;

const LANES: usize = 8;

/// A value of this type exists only if the CPU has the instructions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// `None` if the CPU does not have the instructions.
    #[inline(always)]
    pub(crate) fn new() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    #[inline(always)]
    pub(crate) fn keyed_hash<const SIZE: usize>(
        self,
        key: &[u8; 32],
        messages: &[[u8; SIZE]; LANES],
        hashes: &mut [[u8; 32]; LANES],
    ) {
        // SAFETY: `new` has found the feature that the function is compiled for.
        unsafe { keyed_hash(key, messages, hashes) }
    }

    #[inline(always)]
    pub(crate) fn hash_group(self, length: usize, messages: &Group) -> Group {
        // SAFETY: `new` has found the feature that the function is compiled for.
        unsafe { hash_group(length, messages) }
    }
}

#[target_feature(enable = "avx2")]
fn keyed_hash<const SIZE: usize>(
    key: &[u8; 32],
    messages: &[[u8; SIZE]; LANES],
    hashes: &mut [[u8; 32]; LANES],
) {
    let mut words = [_mm256_setzero_si256(); 16];
    for (block, words) in words.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        if (block + 1) * 32 <= SIZE {
            let mut rows = [_mm256_setzero_si256(); LANES];
            for (row, message) in rows.iter_mut().zip(messages) {
                let bytes = &message[block * 32..][..32];
                // SAFETY: A slice of 32 bytes; the load needs no alignment.
                *row = unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
            }
            *words = transpose(rows);
        }
    }
    // SAFETY: This function is compiled for the feature.
    let words = unsafe { compress(&Parameters::keyed(key, SIZE), words) };
    for (hash, row) in hashes.iter_mut().zip(transpose(words)) {
        // SAFETY: An array of 32 bytes; the store needs no alignment.
        unsafe { _mm256_storeu_si256(hash.as_mut_ptr().cast(), row) }
    }
}

#[target_feature(enable = "avx2")]
fn hash_group(length: usize, messages: &Group) -> Group {
    let parameters = Parameters::unkeyed(length);
    let mut hashes = Group::default();
    for half in 0..2 {
        let mut words = [_mm256_setzero_si256(); 16];
        for (register, lanes) in words.iter_mut().zip(&messages.words) {
            let lanes = &lanes.as_chunks::<LANES>().0[half];
            // SAFETY: An array of 8 words; the load needs no alignment.
            *register = unsafe { _mm256_loadu_si256(lanes.as_ptr().cast()) };
        }
        // SAFETY: This function is compiled for the feature.
        let words = unsafe { compress(&parameters, words) };
        for (lanes, register) in hashes.words.iter_mut().zip(words) {
            let lanes = &mut lanes.as_chunks_mut::<LANES>().0[half];
            // SAFETY: An array of 8 words; the store needs no alignment.
            unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), register) }
        }
    }
    hashes
}

/// Word i of register j to word j of register i.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose(rows: [__m256i; 8]) -> [__m256i; 8] {
    let mut pairs = rows;
    for i in 0..4 {
        pairs[2 * i] = _mm256_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
        pairs[2 * i + 1] = _mm256_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
    }
    // Register 4 * i + column: in each 128-bit half, words `column` and `column + 4` of rows 4 * i to 4 * i + 3
    let mut quads = pairs;
    for i in [0, 4] {
        quads[i] = _mm256_unpacklo_epi64(pairs[i], pairs[i + 2]);
        quads[i + 1] = _mm256_unpackhi_epi64(pairs[i], pairs[i + 2]);
        quads[i + 2] = _mm256_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
        quads[i + 3] = _mm256_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
    }
    let mut columns = quads;
    for i in 0..4 {
        columns[i] = _mm256_permute2x128_si256::<0x20>(quads[i], quads[i + 4]);
        columns[i + 4] = _mm256_permute2x128_si256::<0x31>(quads[i], quads[i + 4]);
    }
    columns
}

// SAFETY (of all the functions): As promised by the caller, the CPU has the instructions. Inlining puts them into functions
// that are compiled for the feature.
impl Register for __m256i {
    #[inline(always)]
    unsafe fn splat(word: u32) -> Self {
        // SAFETY: See above.
        unsafe { _mm256_set1_epi32(word as i32) }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: See above.
        unsafe { _mm256_add_epi32(self, other) }
    }

    #[inline(always)]
    unsafe fn xor(self, other: Self) -> Self {
        // SAFETY: See above.
        unsafe { _mm256_xor_si256(self, other) }
    }

    #[inline(always)]
    unsafe fn rotate_right_16(self) -> Self {
        // SAFETY: See above.
        unsafe {
            let order = _mm256_broadcastsi128_si256(_mm_set_epi8(
                13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2,
            ));
            _mm256_shuffle_epi8(self, order)
        }
    }

    #[inline(always)]
    unsafe fn rotate_right_12(self) -> Self {
        // SAFETY: See above.
        unsafe { _mm256_or_si256(_mm256_srli_epi32::<12>(self), _mm256_slli_epi32::<20>(self)) }
    }

    #[inline(always)]
    unsafe fn rotate_right_8(self) -> Self {
        // SAFETY: See above.
        unsafe {
            let order = _mm256_broadcastsi128_si256(_mm_set_epi8(
                12, 15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3, 2, 1,
            ));
            _mm256_shuffle_epi8(self, order)
        }
    }

    #[inline(always)]
    unsafe fn rotate_right_7(self) -> Self {
        // SAFETY: See above.
        unsafe { _mm256_or_si256(_mm256_srli_epi32::<7>(self), _mm256_slli_epi32::<25>(self)) }
    }
}
