//! Segments of history.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::num::NonZeroU64;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::BlockNumber;
use crate::bytes::byte_array;
use crate::hashes::{SEGMENT_HEADER_KEY, keyed_hash};
use crate::params::ConsensusParams;

byte_array! {
    /// Merkle root over the record roots of a segment.
    pub struct SegmentRoot(32);
}

byte_array! {
    /// Hash of a segment header.
    pub struct SegmentHeaderHash(32);
}

/// Number of a segment, from 0.
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
pub struct SegmentIndex(pub u64);

impl core::fmt::Display for SegmentIndex {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl SegmentIndex {
    /// The segment after this one; `None` after the last possible.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

/// Number of archived segments. Never zero: the first segment is made of the genesis block.
#[derive(
    Clone,
    Copy,
    Debug,
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
pub struct HistorySize(pub NonZeroU64);

impl HistorySize {
    /// History of the genesis block only.
    pub const ONE: Self = Self(NonZeroU64::MIN);

    /// `segments` segments; `None` for zero.
    pub const fn new(segments: u64) -> Option<Self> {
        match NonZeroU64::new(segments) {
            Some(segments) => Some(Self(segments)),
            None => None,
        }
    }

    /// Number of segments.
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// The last segment of this history.
    pub const fn last_segment_index(self) -> SegmentIndex {
        SegmentIndex(self.0.get().saturating_sub(1))
    }

    /// Number of pieces, source and parity.
    pub fn pieces(self, params: &ConsensusParams) -> u64 {
        self.get()
            .saturating_mul(u64::from(params.pieces_per_segment()))
    }
}

impl core::fmt::Display for HistorySize {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// How far history was archived when a segment was full.
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
pub struct LastArchivedBlock {
    /// The last block of which the segment holds anything.
    pub number: BlockNumber,
    /// How many bytes of the encoded block are archived so far; 0 when all of them are.
    pub partial_bytes: u32,
}

impl LastArchivedBlock {
    /// Whether all of the block is archived.
    pub const fn is_complete(&self) -> bool {
        self.partial_bytes == 0
    }
}

/// Header of a segment: 80 bytes in SCALE, fields in the order given here.
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
pub struct SegmentHeader {
    /// Number of the segment.
    pub segment_index: SegmentIndex,
    /// Commitment to all its pieces.
    pub segment_root: SegmentRoot,
    /// Hash of the header before it; zeros for segment 0.
    pub prev_segment_header_hash: SegmentHeaderHash,
    /// How far history reaches.
    pub last_archived_block: LastArchivedBlock,
}

impl SegmentHeader {
    /// Length of the encoding.
    pub const ENCODED_SIZE: usize = 80;

    /// Hash of the encoding.
    pub fn hash(&self) -> SegmentHeaderHash {
        SegmentHeaderHash(keyed_hash(&SEGMENT_HEADER_KEY, &[&self.encode()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_header_has_a_fixed_encoding() {
        let header = SegmentHeader {
            segment_index: SegmentIndex(0x0102),
            segment_root: SegmentRoot([3; 32]),
            prev_segment_header_hash: SegmentHeaderHash([4; 32]),
            last_archived_block: LastArchivedBlock {
                number: 5,
                partial_bytes: 6,
            },
        };
        let encoded = header.encode();
        assert_eq!(encoded.len(), SegmentHeader::ENCODED_SIZE);
        assert_eq!(
            SegmentHeader::max_encoded_len(),
            SegmentHeader::ENCODED_SIZE
        );
        assert_eq!(&encoded[..8], [2, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(&encoded[72..], [5, 0, 0, 0, 6, 0, 0, 0]);
        assert_eq!(SegmentHeader::decode(&mut &encoded[..]), Ok(header));
        for length in 0..encoded.len() {
            assert!(SegmentHeader::decode(&mut &encoded[..length]).is_err());
        }
        assert_ne!(header.hash(), SegmentHeaderHash::default());
    }

    #[test]
    fn a_history_of_no_segment_cannot_be_decoded() {
        assert!(HistorySize::decode(&mut &0u64.encode()[..]).is_err());
        assert_eq!(
            HistorySize::decode(&mut &7u64.encode()[..]).map(HistorySize::last_segment_index),
            Ok(SegmentIndex(6))
        );
    }
}
