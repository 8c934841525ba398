//! Blocks → segments.

#[cfg(test)]
mod tests;

use crate::item::{self, ItemKind};
use crate::segment_pieces::SegmentPieces;
use crate::{UnsupportedParams, check_params};
use autonomys_core_primitives::{
    BlockNumber, ConsensusParams, LastArchivedBlock, SegmentHeader, SegmentHeaderHash, SegmentIndex,
};
use autonomys_erasure_coding::ErasureCodingError;
use codec::Encode;
use std::fmt;

/// A segment that has just been closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewArchivedSegment {
    /// Its header.
    pub header: SegmentHeader,
    /// All its pieces, source and parity.
    pub pieces: SegmentPieces,
}

/// Why a block could not be archived.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ArchiverError {
    /// The parameters of the chain do not allow archiving.
    #[error(transparent)]
    Params(#[from] UnsupportedParams),
    /// Blocks are archived one after the other.
    #[error(
        "block {number} cannot be archived after {}, so history stays as it was; add the blocks in order, from block 0",
        .last.map_or("none".to_string(), |last| format!("block {last}"))
    )]
    UnexpectedBlock {
        /// The block that was given.
        number: BlockNumber,
        /// The last block that was archived.
        last: Option<BlockNumber>,
    },
    /// Every block has at least one byte and less than 4 GiB.
    #[error(
        "block {number} of {length} bytes cannot be archived; an encoded block has 1 to 4,294,967,295 bytes"
    )]
    BlockLength {
        /// The block.
        number: BlockNumber,
        /// Length of its encoding.
        length: usize,
    },
    /// The block to go on with is not the one that the segment header speaks of.
    #[error(
        "block {number} has {length} bytes, but the last segment header says that {archived} of them are archived and more follow; archiving cannot go on with it, so check that the database holds the archived block"
    )]
    LastBlockLength {
        /// The block.
        number: BlockNumber,
        /// Length of its encoding.
        length: usize,
        /// Bytes in earlier segments.
        archived: u32,
    },
    /// There is no further segment index.
    #[error("history has reached 2^64 segments, so no block can be archived any more")]
    TooManySegments,
    /// Erasure coding failed.
    #[error("a segment could not be erasure coded: {0}")]
    ErasureCoding(#[from] ErasureCodingError),
}

/// Cuts history into segments.
///
/// Holds the segment being filled: up to the size of a segment (128 MiB for production sizes), allocated as it fills.
pub struct Archiver {
    params: ConsensusParams,
    /// Items of the open segment. Between calls at least [`item::MIN_SIZE`] bytes are free.
    open: Vec<u8>,
    open_index: SegmentIndex,
    prev_segment_header_hash: SegmentHeaderHash,
    last_block: Option<BlockNumber>,
}

impl fmt::Debug for Archiver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Archiver")
            .field("open_index", &self.open_index)
            .field("open_bytes", &self.open.len())
            .field("last_block", &self.last_block)
            .finish_non_exhaustive()
    }
}

impl Archiver {
    /// An archiver at the beginning of history: the first block to add is block 0, the genesis block.
    ///
    /// # Errors
    ///
    /// [`ArchiverError::Params`] if the parameters do not allow archiving.
    pub fn new(params: &ConsensusParams) -> Result<Self, ArchiverError> {
        check_params(params)?;
        Ok(Self {
            params: params.clone(),
            open: Vec::with_capacity(params.segment_size()),
            open_index: SegmentIndex(0),
            prev_segment_header_hash: SegmentHeaderHash::default(),
            last_block: None,
        })
    }

    /// An archiver that goes on after the segment of `last_segment_header`.
    ///
    /// `last_archived_block` is the encoded block which that header names as its last; only the part of it that is not yet
    /// archived is used. The first block to add then is the one after it.
    ///
    /// Any header will do, not only the latest: where the block goes on for several segments and the header is not
    /// that of the last of them, the segments that follow are returned as well, as [`Self::add_block`] would have.
    ///
    /// # Errors
    ///
    /// - [`ArchiverError::Params`] if the parameters do not allow archiving;
    /// - [`ArchiverError::LastBlockLength`] or [`ArchiverError::BlockLength`] if the block cannot be the one
    ///   that the header names.
    pub fn with_initial_state(
        params: &ConsensusParams,
        last_segment_header: &SegmentHeader,
        last_archived_block: &[u8],
    ) -> Result<(Self, Vec<NewArchivedSegment>), ArchiverError> {
        let LastArchivedBlock {
            number,
            partial_bytes,
        } = last_segment_header.last_archived_block;

        let mut archiver = Self::new(params)?;
        archiver.open_after(last_segment_header)?;
        archiver.last_block = Some(number);
        if last_segment_header.last_archived_block.is_complete() {
            return Ok((archiver, Vec::new()));
        }

        let length = check_block_length(number, last_archived_block)?;
        if partial_bytes >= length {
            return Err(ArchiverError::LastBlockLength {
                number,
                length: last_archived_block.len(),
                archived: partial_bytes,
            });
        }
        let segments = archiver.write_block(number, last_archived_block, partial_bytes)?;
        Ok((archiver, segments))
    }

    /// The last block that was added.
    pub fn last_block(&self) -> Option<BlockNumber> {
        self.last_block
    }

    /// Adds a block, and returns the segments that it closes: often none, several if it is longer than a segment.
    ///
    /// The last archived block of every returned header is the added block.
    ///
    /// # Errors
    ///
    /// - [`ArchiverError::UnexpectedBlock`] unless `number` follows the last block;
    /// - [`ArchiverError::BlockLength`] if the block is empty or has 4 GiB or more.
    ///
    /// After these the archiver is as before. The others cannot happen in practice ([`ArchiverError::TooManySegments`],
    /// [`ArchiverError::ErasureCoding`]); after them it must be dropped.
    pub fn add_block(
        &mut self,
        number: BlockNumber,
        encoded: &[u8],
    ) -> Result<Vec<NewArchivedSegment>, ArchiverError> {
        let expected = match self.last_block {
            None => Some(0),
            Some(last) => last.checked_add(1),
        };
        if expected != Some(number) {
            return Err(ArchiverError::UnexpectedBlock {
                number,
                last: self.last_block,
            });
        }
        check_block_length(number, encoded)?;
        self.last_block = Some(number);
        self.write_block(number, encoded, 0)
    }

    /// Writes all of a block but the bytes that are `archived`, of which fewer exist than the block has.
    fn write_block(
        &mut self,
        number: BlockNumber,
        encoded: &[u8],
        mut archived: u32,
    ) -> Result<Vec<NewArchivedSegment>, ArchiverError> {
        let mut segments = Vec::new();
        loop {
            let rest = &encoded[archived as usize..];
            let room = self.room() - item::OVERHEAD;
            if rest.len() <= room {
                let kind = match archived {
                    0 => ItemKind::Block,
                    _ => ItemKind::BlockContinuation,
                };
                item::write(&mut self.open, kind, rest);
                if self.room() < item::MIN_SIZE {
                    segments.push(self.close(LastArchivedBlock {
                        number,
                        partial_bytes: 0,
                    })?);
                }
                return Ok(segments);
            }

            let kind = match archived {
                0 => ItemKind::BlockStart,
                _ => ItemKind::BlockContinuation,
            };
            item::write(&mut self.open, kind, &rest[..room]);
            archived += u32::try_from(room)
                .expect("room < rest, and the length of a block fits 32 bits; qed");
            segments.push(self.close(LastArchivedBlock {
                number,
                partial_bytes: archived,
            })?);
        }
    }

    /// Bytes that are free in the open segment.
    fn room(&self) -> usize {
        self.params.segment_size() - self.open.len()
    }

    /// Closes the open segment and opens the next one.
    fn close(
        &mut self,
        last_archived_block: LastArchivedBlock,
    ) -> Result<NewArchivedSegment, ArchiverError> {
        self.open.resize(self.params.segment_size(), 0);
        let (pieces, segment_root) = SegmentPieces::new(&self.params, &self.open)?;
        let header = SegmentHeader {
            segment_index: self.open_index,
            segment_root,
            prev_segment_header_hash: self.prev_segment_header_hash,
            last_archived_block,
        };
        self.open_after(&header)?;
        Ok(NewArchivedSegment { header, pieces })
    }

    /// Opens the segment after that of `header`.
    fn open_after(&mut self, header: &SegmentHeader) -> Result<(), ArchiverError> {
        self.open_index = header
            .segment_index
            .next()
            .ok_or(ArchiverError::TooManySegments)?;
        self.prev_segment_header_hash = header.hash();
        self.open.clear();
        item::write(
            &mut self.open,
            ItemKind::ParentSegmentHeader,
            &header.encode(),
        );
        Ok(())
    }
}

/// The length of a block, if one can be that long.
fn check_block_length(number: BlockNumber, encoded: &[u8]) -> Result<u32, ArchiverError> {
    match u32::try_from(encoded.len()) {
        Ok(length) if length > 0 => Ok(length),
        _ => Err(ArchiverError::BlockLength {
            number,
            length: encoded.len(),
        }),
    }
}
