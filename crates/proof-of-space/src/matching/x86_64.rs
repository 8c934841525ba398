//! The search for targets on the vector instructions of x86-64.

#![expect(
    unsafe_code,
    reason = "functions compiled for instructions that the CPU was asked for at run time"
)]

use super::{COLUMNS, Found, Layer, TARGETS, find_targets};
use alloc::vec::Vec;
use core::arch::x86_64::*;
use std::arch::is_x86_feature_detected;

/// AVX2 and the bit instructions of the same age. A value of this type exists only if the CPU has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// `None` if the CPU does not have the instructions.
    pub(super) fn new() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1")).then_some(Self(()))
    }

    /// [`find_targets`].
    pub(super) fn find_targets(
        self,
        target_columns: &[[u8; TARGETS]; COLUMNS],
        left_residues: &[u16],
        layers: &[Layer],
        found: &mut Vec<Found>,
    ) -> usize {
        // SAFETY: `new` has found the features that the function is compiled for.
        unsafe { find_targets_avx2(target_columns, left_residues, layers, found) }
    }
}

#[target_feature(enable = "avx2,bmi1")]
fn find_targets_avx2(
    target_columns: &[[u8; TARGETS]; COLUMNS],
    left_residues: &[u16],
    layers: &[Layer],
    found: &mut Vec<Found>,
) -> usize {
    find_targets(
        target_columns,
        left_residues,
        layers,
        found,
        |layers, row, target_columns| {
            let (first_targets, last_targets) = load_halves(target_columns);
            let mut first = _mm256_setzero_si256();
            let mut last = _mm256_setzero_si256();
            for layer in layers {
                let (first_columns, last_columns) = load_halves(columns(layer, row));
                first = _mm256_or_si256(first, _mm256_cmpeq_epi8(first_columns, first_targets));
                last = _mm256_or_si256(last, _mm256_cmpeq_epi8(last_columns, last_targets));
            }
            let first = _mm256_movemask_epi8(first) as u32;
            let last = _mm256_movemask_epi8(last) as u32;
            u64::from(last) << 32 | u64::from(first)
        },
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_halves(columns: &[u8; TARGETS]) -> (__m256i, __m256i) {
    let (first, last) = columns.split_at(TARGETS / 2);
    // SAFETY: Two slices of 32 bytes; the loads need no alignment.
    unsafe {
        (
            _mm256_loadu_si256(first.as_ptr().cast()),
            _mm256_loadu_si256(last.as_ptr().cast()),
        )
    }
}

/// AVX-512 with instructions on bytes. A value of this type exists only if the CPU has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// `None` if the CPU does not have the instructions.
    pub(super) fn new() -> Option<Self> {
        (is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("bmi1"))
            .then_some(Self(()))
    }

    /// [`find_targets`].
    pub(super) fn find_targets(
        self,
        target_columns: &[[u8; TARGETS]; COLUMNS],
        left_residues: &[u16],
        layers: &[Layer],
        found: &mut Vec<Found>,
    ) -> usize {
        // SAFETY: `new` has found the features that the function is compiled for.
        unsafe { find_targets_avx512(target_columns, left_residues, layers, found) }
    }
}

#[target_feature(enable = "avx512bw,bmi1")]
fn find_targets_avx512(
    target_columns: &[[u8; TARGETS]; COLUMNS],
    left_residues: &[u16],
    layers: &[Layer],
    found: &mut Vec<Found>,
) -> usize {
    find_targets(
        target_columns,
        left_residues,
        layers,
        found,
        |layers, row, target_columns| {
            let target_columns = load(target_columns);
            let mut targets = 0;
            for layer in layers {
                targets |= _mm512_cmpeq_epi8_mask(load(columns(layer, row)), target_columns);
            }
            targets
        },
    )
}

#[inline]
#[target_feature(enable = "avx512bw")]
fn load(columns: &[u8; TARGETS]) -> __m512i {
    // SAFETY: An array of 64 bytes; the load needs no alignment.
    unsafe { _mm512_loadu_si512(columns.as_ptr().cast()) }
}

/// The columns in the rows of all targets of a left entry in `row`.
#[inline(always)]
fn columns(layer: &Layer, row: usize) -> &[u8; TARGETS] {
    layer[row..]
        .first_chunk()
        .expect("an entry has a row of the grid, and a layer goes on for as many rows as there are targets; qed")
}
