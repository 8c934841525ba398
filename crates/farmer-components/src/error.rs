//! What can be wrong with a sector.

use autonomys_core_primitives::{PieceOffset, RecordRoot, SBucket, SectorIndex};
use autonomys_erasure_coding::ErasureCodingError;
use std::fmt;
use std::io;

/// The parts of a sector that have a checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectorPart {
    /// The metadata of the sector, which is kept apart from it.
    SectorMetadata,
    /// Which record has a chunk in which s-bucket.
    ContentsMap,
    /// Roots and proof of one record.
    RecordMetadata(PieceOffset),
    /// The whole sector.
    Sector,
}

impl fmt::Display for SectorPart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SectorMetadata => formatter.write_str("sector metadata"),
            Self::ContentsMap => formatter.write_str("contents map"),
            Self::RecordMetadata(piece_offset) => {
                write!(formatter, "metadata of record {piece_offset}")
            }
            Self::Sector => formatter.write_str("sector"),
        }
    }
}

/// Why a sector could not be used. Offsets are bytes from the beginning of the sector.
#[derive(Debug, thiserror::Error)]
pub enum SectorError {
    /// The medium failed.
    #[error(
        "sector {sector_index} cannot be read at offset {offset}: {source}; it is left out until it can be, so check the disk"
    )]
    Read {
        /// The sector.
        sector_index: SectorIndex,
        /// Where reading began.
        offset: u64,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// What was read is not what was written.
    #[error(
        "sector {sector_index} is corrupt: the {part} at offset {offset} does not have its checksum; the sector has to be plotted again"
    )]
    Checksum {
        /// The sector.
        sector_index: SectorIndex,
        /// The part.
        part: SectorPart,
        /// Where the part begins.
        offset: u64,
    },
    /// Metadata and sector were not written together.
    #[error(
        "sector {sector_index} is corrupt: its metadata was written for other contents; the sector has to be plotted again"
    )]
    OtherContents {
        /// The sector.
        sector_index: SectorIndex,
    },
    /// A record has neither all of its chunks nor none.
    #[error(
        "sector {sector_index} is corrupt: its contents map gives record {piece_offset} {chunks} chunks; the sector has to be plotted again"
    )]
    RecordChunks {
        /// The sector.
        sector_index: SectorIndex,
        /// The record.
        piece_offset: PieceOffset,
        /// Chunks by the contents map.
        chunks: u32,
    },
    /// Contents map and metadata contradict each other.
    #[error(
        "sector {sector_index} is corrupt: its contents map gives s-bucket {s_bucket} another number of chunks than its metadata; the sector has to be plotted again"
    )]
    SBucketSize {
        /// The sector.
        sector_index: SectorIndex,
        /// The s-bucket.
        s_bucket: SBucket,
    },
    /// The chunks of a record are not those that were plotted.
    #[error(
        "sector {sector_index} is corrupt: the chunks of record {piece_offset} lead to root {actual} instead of {expected}; the sector has to be plotted again"
    )]
    RecordRoot {
        /// The sector.
        sector_index: SectorIndex,
        /// The record.
        piece_offset: PieceOffset,
        /// Root that was plotted.
        expected: RecordRoot,
        /// Root of what was read.
        actual: RecordRoot,
    },
    /// There is no such record in the sector.
    #[error(
        "sector {sector_index} does not hold record {piece_offset}: its proof-of-space table had too few proofs, or the sector is shorter; read the piece from another sector"
    )]
    RecordLeftOut {
        /// The sector.
        sector_index: SectorIndex,
        /// The record.
        piece_offset: PieceOffset,
    },
    /// There is no such chunk in the sector.
    #[error(
        "sector {sector_index} has no chunk {position} in s-bucket {s_bucket}, so nothing can be proven with it"
    )]
    NoSuchChunk {
        /// The sector.
        sector_index: SectorIndex,
        /// The s-bucket.
        s_bucket: SBucket,
        /// Position in the s-bucket.
        position: u16,
    },
    /// A proof that the sector was plotted with is not found any more.
    #[error(
        "sector {sector_index} is corrupt: its contents map gives record {piece_offset} a chunk in s-bucket {s_bucket}, for which there is no proof of space; the sector has to be plotted again"
    )]
    NoProofOfSpace {
        /// The sector.
        sector_index: SectorIndex,
        /// The record.
        piece_offset: PieceOffset,
        /// The s-bucket.
        s_bucket: SBucket,
    },
    /// Erasure coding failed.
    #[error("sector {sector_index}: a record could not be recovered: {source}")]
    ErasureCoding {
        /// The sector.
        sector_index: SectorIndex,
        /// Why.
        #[source]
        source: ErasureCodingError,
    },
}

impl SectorError {
    /// Whether the sector has to be plotted again: what was written is not there any more. Otherwise the medium failed,
    /// or the request was wrong.
    pub fn is_corruption(&self) -> bool {
        match self {
            Self::Checksum { .. }
            | Self::OtherContents { .. }
            | Self::RecordChunks { .. }
            | Self::SBucketSize { .. }
            | Self::RecordRoot { .. }
            | Self::NoProofOfSpace { .. } => true,
            Self::Read { .. }
            | Self::RecordLeftOut { .. }
            | Self::NoSuchChunk { .. }
            | Self::ErasureCoding { .. } => false,
        }
    }
}
