//! The contents map: which record has a chunk in which s-bucket.

#[cfg(test)]
mod tests;

use crate::layout::SectorLayout;
use autonomys_core_primitives::{PieceOffset, SBucket};

/// Bytes of a bitmap that are counted together, a register or a cache line wide.
const BLOCK_SIZE: usize = 64;

/// The bitmaps of all records of a sector, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContentsMap {
    bitmaps: Vec<u8>,
    bitmap_size: usize,
}

impl ContentsMap {
    /// `bitmaps` are as long as the layout says.
    pub(crate) fn new(layout: &SectorLayout, bitmaps: Vec<u8>) -> Self {
        Self {
            bitmaps,
            bitmap_size: layout.bitmap_size(),
        }
    }

    /// The bitmap of a record; empty beyond the last record.
    pub(crate) fn bitmap(&self, piece_offset: PieceOffset) -> &[u8] {
        let start = usize::from(piece_offset) * self.bitmap_size;
        self.bitmaps
            .get(start..start + self.bitmap_size)
            .unwrap_or(&[])
    }

    /// The s-buckets in which a record has a chunk, ascending.
    pub(crate) fn s_buckets(&self, piece_offset: PieceOffset) -> impl Iterator<Item = SBucket> {
        set_bits(self.bitmap(piece_offset))
    }

    /// Number of chunks that a record has.
    pub(crate) fn chunk_count(&self, piece_offset: PieceOffset) -> u32 {
        self.bitmap(piece_offset)
            .iter()
            .map(|byte| byte.count_ones())
            .sum()
    }

    /// The record whose chunk is at `position` of `s_bucket`.
    pub(crate) fn record_at(&self, s_bucket: SBucket, position: u16) -> Option<PieceOffset> {
        self.bitmaps
            .chunks_exact(self.bitmap_size)
            .zip(0..)
            .filter(|(bitmap, _)| is_set(bitmap, s_bucket))
            .nth(usize::from(position))
            .map(|(_, piece_offset)| piece_offset)
    }

    /// For every s-bucket, how many of the first `records` records have a chunk in it.
    ///
    /// A byte holds eight s-buckets. Counters are kept bit-sliced: plane p holds bit p of 512 counters, and a bitmap is
    /// added to all of them with a few logical operations.
    pub(crate) fn occupancy(&self, records: u16) -> Vec<u16> {
        let mut counts = vec![0; self.bitmap_size * 8];
        let plane_count = (u16::BITS - records.leading_zeros()) as usize;
        for (block, counts) in counts.chunks_mut(BLOCK_SIZE * 8).enumerate() {
            let block_size = counts.len() / 8;
            let mut planes = [[0u8; BLOCK_SIZE]; u16::BITS as usize];
            for bitmap in self
                .bitmaps
                .chunks_exact(self.bitmap_size)
                .take(usize::from(records))
            {
                let mut carry = [0; BLOCK_SIZE];
                carry[..block_size].copy_from_slice(&bitmap[block * BLOCK_SIZE..][..block_size]);
                for plane in planes.iter_mut().take(plane_count) {
                    for (plane, carry) in plane.iter_mut().zip(&mut carry) {
                        let overflow = *plane & *carry;
                        *plane ^= *carry;
                        *carry = overflow;
                    }
                }
            }
            for (s_bucket, count) in counts.iter_mut().enumerate() {
                *count = planes.iter().rev().fold(0, |count, plane| {
                    count << 1 | u16::from(plane[s_bucket / 8] >> (s_bucket % 8) & 1)
                });
            }
        }
        counts
    }
}

/// Whether the record with this bitmap has a chunk in `s_bucket`.
pub(crate) fn is_set(bitmap: &[u8], s_bucket: SBucket) -> bool {
    bitmap
        .get(usize::from(s_bucket / 8))
        .is_some_and(|byte| byte >> (s_bucket % 8) & 1 == 1)
}

/// Notes that the record with this bitmap has a chunk in `s_bucket`.
pub(crate) fn set(bitmap: &mut [u8], s_bucket: SBucket) {
    if let Some(byte) = bitmap.get_mut(usize::from(s_bucket / 8)) {
        *byte |= 1 << (s_bucket % 8);
    }
}

fn set_bits(bitmap: &[u8]) -> impl Iterator<Item = SBucket> {
    bitmap
        .iter()
        .zip((0..=SBucket::MAX).step_by(8))
        .flat_map(|(&byte, first)| {
            (0..8)
                .filter(move |bit| byte >> bit & 1 == 1)
                .map(move |bit| first + bit)
        })
}
