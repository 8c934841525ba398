//! Records, chunks and pieces.
//!
//! A piece is `record ‖ parity chunks root ‖ record proof`. The record is `chunks_per_record` chunks of 32 bytes. The
//! root of a record is the Merkle root over the record's chunks followed by as many parity chunks; its left half is the
//! root over the source chunks, its right half the parity chunks root, so that a piece is checked without erasure
//! coding. The record proof leads from the record root at the piece's position to the segment root.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::bytes::byte_array;
use crate::params::ConsensusParams;
use crate::segments::SegmentIndex;

byte_array! {
    /// 32 bytes of a record: the unit of erasure coding, of masking and of audits.
    pub struct Chunk(32);
}

byte_array! {
    /// A node of a Merkle tree.
    pub struct MerkleNode(32);
}

byte_array! {
    /// Merkle root over the chunks of an erasure-coded record.
    pub struct RecordRoot(32);
}

/// Position of a piece in its segment: source pieces come first, then as many parity pieces.
pub type PiecePosition = u32;

/// Position of a piece in a sector.
pub type PieceOffset = u16;

/// Position of a piece in history: segment index × pieces per segment + position in the segment.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
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
pub struct PieceIndex(pub u64);

impl core::fmt::Display for PieceIndex {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl PieceIndex {
    /// The piece at `position` of segment `segment_index`; `None` above 2^64 pieces.
    pub fn new(
        params: &ConsensusParams,
        segment_index: SegmentIndex,
        position: PiecePosition,
    ) -> Option<Self> {
        segment_index
            .0
            .checked_mul(u64::from(params.pieces_per_segment()))?
            .checked_add(u64::from(position))
            .map(Self)
    }

    /// The segment of the piece.
    pub fn segment_index(self, params: &ConsensusParams) -> SegmentIndex {
        SegmentIndex(
            self.0
                .checked_div(u64::from(params.pieces_per_segment()))
                .unwrap_or(0),
        )
    }

    /// The position of the piece in its segment.
    pub fn position(self, params: &ConsensusParams) -> PiecePosition {
        let position = self
            .0
            .checked_rem(u64::from(params.pieces_per_segment()))
            .unwrap_or(0);
        PiecePosition::try_from(position).unwrap_or(0)
    }

    /// Whether the piece holds history itself and not parity.
    pub fn is_source(self, params: &ConsensusParams) -> bool {
        self.position(params) < params.source_records_per_segment
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{NetworkTag, Preset};

    #[test]
    fn a_piece_index_is_segment_and_position() {
        let params = Preset::Main.params(NetworkTag::default());
        let index = PieceIndex::new(&params, SegmentIndex(3), 130).unwrap();
        assert_eq!(index, PieceIndex(3 * 256 + 130));
        assert_eq!(index.segment_index(&params), SegmentIndex(3));
        assert_eq!(index.position(&params), 130);
        assert!(!index.is_source(&params));
        assert!(PieceIndex(127).is_source(&params));
        assert_eq!(PieceIndex::new(&params, SegmentIndex(u64::MAX), 0), None);
    }
}
