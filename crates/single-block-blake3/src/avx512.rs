//! The implementation on 512-bit registers: 16 lanes.

#![expect(
    unsafe_code,
    reason = "functions compiled for instructions that the CPU was asked for at run time"
)]

use crate::compression::{Parameters, Register, compress};
use crate::{GROUP_LANES, Group};
use core::arch::x86_64::*;
use std::arch::is_x86_feature_detected;

const LANES: usize = GROUP_LANES;

/// A value of this type exists only if the CPU has the instructions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// `None` if the CPU does not have the instructions.
    #[inline(always)]
    pub(crate) fn new() -> Option<Self> {
        is_x86_feature_detected!("avx512f").then_some(Self(()))
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

#[target_feature(enable = "avx512f")]
fn keyed_hash<const SIZE: usize>(
    key: &[u8; 32],
    messages: &[[u8; SIZE]; LANES],
    hashes: &mut [[u8; 32]; LANES],
) {
    let mut rows = [_mm512_setzero_si512(); LANES];
    for (row, message) in rows.iter_mut().zip(messages) {
        *row = if SIZE == 64 {
            let bytes = &message[..64];
            // SAFETY: A slice of 64 bytes; the load needs no alignment.
            unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
        } else {
            let bytes = &message[..32];
            // SAFETY: A slice of 32 bytes; the load needs no alignment.
            _mm512_zextsi256_si512(unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) })
        };
    }
    let words = transpose(rows);
    // SAFETY: This function is compiled for the feature.
    let words = unsafe { compress(&Parameters::keyed(key, SIZE), words) };
    let mut rows = [_mm512_setzero_si512(); LANES];
    rows[..8].copy_from_slice(&words);
    for (hash, row) in hashes.iter_mut().zip(transpose(rows)) {
        // SAFETY: An array of 32 bytes; the store needs no alignment.
        unsafe { _mm256_storeu_si256(hash.as_mut_ptr().cast(), _mm512_castsi512_si256(row)) }
    }
}

#[target_feature(enable = "avx512f")]
fn hash_group(length: usize, messages: &Group) -> Group {
    let mut words = [_mm512_setzero_si512(); 16];
    for (register, lanes) in words.iter_mut().zip(&messages.words) {
        // SAFETY: An array of 16 words; the load needs no alignment.
        *register = unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) };
    }
    // SAFETY: This function is compiled for the feature.
    let words = unsafe { compress(&Parameters::unkeyed(length), words) };
    let mut hashes = Group::default();
    for (lanes, register) in hashes.words.iter_mut().zip(words) {
        // SAFETY: An array of 16 words; the store needs no alignment.
        unsafe { _mm512_storeu_si512(lanes.as_mut_ptr().cast(), register) }
    }
    hashes
}

/// Word i of register j to word j of register i.
#[inline]
#[target_feature(enable = "avx512f")]
fn transpose(rows: [__m512i; 16]) -> [__m512i; 16] {
    let mut pairs = rows;
    for i in 0..8 {
        pairs[2 * i] = _mm512_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
        pairs[2 * i + 1] = _mm512_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
    }
    // Register 4 * i + column: in 128-bit quarter q, words 4 * q + `column` of rows 4 * i to 4 * i + 3
    let mut quads = pairs;
    for i in [0, 4, 8, 12] {
        quads[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
        quads[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
        quads[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
        quads[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
    }
    // Quarters: word 4 * q + column of all rows
    let mut columns = quads;
    for column in 0..4 {
        let even_low = _mm512_shuffle_i32x4::<0x88>(quads[column], quads[column + 4]);
        let even_high = _mm512_shuffle_i32x4::<0x88>(quads[column + 8], quads[column + 12]);
        let odd_low = _mm512_shuffle_i32x4::<0xdd>(quads[column], quads[column + 4]);
        let odd_high = _mm512_shuffle_i32x4::<0xdd>(quads[column + 8], quads[column + 12]);
        columns[column] = _mm512_shuffle_i32x4::<0x88>(even_low, even_high);
        columns[column + 4] = _mm512_shuffle_i32x4::<0x88>(odd_low, odd_high);
        columns[column + 8] = _mm512_shuffle_i32x4::<0xdd>(even_low, even_high);
        columns[column + 12] = _mm512_shuffle_i32x4::<0xdd>(odd_low, odd_high);
    }
    columns
}

// SAFETY (of all the functions): As promised by the caller, the CPU has the instructions. Inlining puts them into functions
// that are compiled for the feature.
impl Register for __m512i {
    #[inline(always)]
    unsafe fn splat(word: u32) -> Self {
        // SAFETY: See above.
        unsafe { _mm512_set1_epi32(word as i32) }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: See above.
        unsafe { _mm512_add_epi32(self, other) }
    }

    #[inline(always)]
    unsafe fn xor(self, other: Self) -> Self {
        // SAFETY: See above.
        unsafe { _mm512_xor_si512(self, other) }
    }

    #[inline(always)]
    unsafe fn rotate_right_16(self) -> Self {
        // SAFETY: See above.
        unsafe { _mm512_ror_epi32::<16>(self) }
    }

    #[inline(always)]
    unsafe fn rotate_right_12(self) -> Self {
        // SAFETY: See above.
        unsafe { _mm512_ror_epi32::<12>(self) }
    }

    #[inline(always)]
    unsafe fn rotate_right_8(self) -> Self {
        // SAFETY: See above.
        unsafe { _mm512_ror_epi32::<8>(self) }
    }

    #[inline(always)]
    unsafe fn rotate_right_7(self) -> Self {
        // SAFETY: See above.
        unsafe { _mm512_ror_epi32::<7>(self) }
    }
}
