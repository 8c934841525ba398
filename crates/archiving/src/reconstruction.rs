//! Pieces → blocks, and pieces → missing pieces.

#[cfg(test)]
mod tests;

use crate::item::{Items, SegmentError};
use crate::piece::PieceError;
use crate::segment_pieces::SegmentPieces;
use crate::{UnsupportedParams, check_params};
use autonomys_core_primitives::{
    BlockNumber, ConsensusParams, PiecePosition, SegmentHeader, SegmentHeaderHash, SegmentIndex,
    SegmentRoot,
};
use autonomys_erasure_coding::{ErasureCodingError, SegmentCoder};

/// Why pieces gave no history.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ReconstructionError {
    /// The parameters of the chain do not allow archiving.
    #[error(transparent)]
    Params(#[from] UnsupportedParams),
    /// A piece of another length than the others.
    #[error("piece {position} of the segment cannot be used: {error}")]
    Piece {
        /// Its position in the segment.
        position: usize,
        /// What is wrong with it.
        error: PieceError,
    },
    /// A position that no piece of a segment has.
    #[error(
        "there is no piece {position} in a segment of {pieces} pieces, so it cannot be reconstructed"
    )]
    Position {
        /// The position asked for.
        position: PiecePosition,
        /// Pieces in a segment.
        pieces: u32,
    },
    /// Too few pieces, or not one entry for each.
    #[error("the segment cannot be recovered: {0}")]
    ErasureCoding(#[from] ErasureCodingError),
    /// The pieces do not give history.
    #[error("segment {segment_index} cannot be decoded: {error}")]
    Segment {
        /// The segment.
        segment_index: SegmentIndex,
        /// What is wrong with it.
        error: SegmentError,
    },
    /// The pieces are of another segment.
    #[error(
        "the pieces are of segment {actual} instead of {expected}, so nothing was taken from them"
    )]
    SegmentIndex {
        /// The segment that was called for.
        expected: SegmentIndex,
        /// What the pieces hold.
        actual: SegmentIndex,
    },
}

/// What a segment brought to light.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconstructedSegment {
    /// Header of the segment before; nothing for segment 0.
    pub parent_segment_header: Option<SegmentHeader>,
    /// Blocks that are complete now, in order, with their numbers. The encoded genesis block comes with what
    /// [`genesis_block_bytes`](crate::genesis_block_bytes) appended.
    pub blocks: Vec<(BlockNumber, Vec<u8>)>,
}

/// Reads segments back, one after the other, joining the blocks that are cut at their borders.
///
/// Segments that follow each other give all blocks. After a gap, or where reading begins in the middle of history, the
/// rest of a block whose beginning was not seen is skipped. A block that ends exactly with its segment may come
/// with the next one, which is the first to tell that it ends there.
///
/// Only sound pieces give history: check each with [`verify_piece`](crate::verify_piece) first. Unchecked ones
/// cannot do harm (an error leaves the reconstructor as it was, and memory is in proportion to the bytes that were
/// given, never to what they claim) but may give other blocks than those of the chain.
#[derive(Debug, Clone)]
pub struct SegmentReconstructor {
    params: ConsensusParams,
    coder: SegmentCoder,
    last: Option<LastSegment>,
}

/// What is kept of the segment that was read last.
#[derive(Debug, Clone)]
struct LastSegment {
    index: SegmentIndex,
    /// Hash of the header of the segment before it; zeros for segment 0.
    prev_segment_header_hash: SegmentHeaderHash,
    /// The last block it holds anything of.
    block: BlockNumber,
    open: Option<OpenBlock>,
}

/// A block that may go on in the next segment.
#[derive(Debug, Clone)]
struct OpenBlock {
    /// How many of its bytes are archived so far.
    archived: u32,
    /// These bytes, unless reading began after them.
    bytes: Option<Vec<u8>>,
    /// Whether it may also be complete.
    may_be_complete: bool,
}

impl SegmentReconstructor {
    /// A reconstructor that has seen nothing; it may begin with any segment.
    ///
    /// # Errors
    ///
    /// [`ReconstructionError::Params`] if the parameters do not allow archiving.
    pub fn new(params: &ConsensusParams) -> Result<Self, ReconstructionError> {
        check_params(params)?;
        Ok(Self {
            params: params.clone(),
            coder: SegmentCoder::new(params.source_records_per_segment as usize)?,
            last: None,
        })
    }

    /// Reads segment `segment_index` from its pieces: one entry per position, at least half of them present. Nothing is
    /// decoded if all source pieces are.
    ///
    /// # Errors
    ///
    /// [`ReconstructionError`]; the reconstructor is then as before.
    pub fn add_segment<P: AsRef<[u8]>>(
        &mut self,
        segment_index: SegmentIndex,
        pieces: &[Option<P>],
    ) -> Result<ReconstructedSegment, ReconstructionError> {
        let segment = recover_segment(&self.params, &self.coder, pieces)?;
        let items = Items::parse(&segment).map_err(|error| ReconstructionError::Segment {
            segment_index,
            error,
        })?;
        let actual = match &items.parent {
            None => SegmentIndex(0),
            Some(parent) => parent
                .segment_index
                .next()
                .ok_or(ReconstructionError::Segment {
                    segment_index,
                    error: SegmentError::OutOfBounds,
                })?,
        };
        if actual != segment_index {
            return Err(ReconstructionError::SegmentIndex {
                expected: segment_index,
                actual,
            });
        }
        self.add_items(segment_index, &items)
            .map_err(|error| ReconstructionError::Segment {
                segment_index,
                error,
            })
    }

    /// Takes over what a segment says. Whatever can fail does so before anything is changed.
    fn add_items(
        &mut self,
        index: SegmentIndex,
        items: &Items<'_>,
    ) -> Result<ReconstructedSegment, SegmentError> {
        let previous = self
            .last
            .as_ref()
            .filter(|last| last.index.next() == Some(index));
        if let (Some(previous), Some(parent)) = (previous, &items.parent) {
            previous.check_is_described_by(parent)?;
        }

        // Further bytes of the block before, and how many of its bytes are archived with them.
        let continuation = match (&items.parent, items.continuation) {
            (Some(parent), Some(bytes)) => {
                let archived = u32::try_from(bytes.len())
                    .ok()
                    .and_then(|length| parent.last_archived_block.partial_bytes.checked_add(length))
                    .ok_or(SegmentError::OutOfBounds)?;
                Some((bytes, archived))
            }
            _ => None,
        };
        // Numbers of the blocks that begin in this segment.
        let new_blocks = items
            .blocks()
            .count()
            .checked_add(usize::from(items.start.is_some()))
            .ok_or(SegmentError::OutOfBounds)?;
        let (first_number, block) = match &items.parent {
            None => (0, last_of(0, new_blocks)?),
            Some(parent) => {
                let number = parent.last_archived_block.number;
                match new_blocks {
                    0 => (number, number),
                    _ => {
                        let first = number.checked_add(1).ok_or(SegmentError::OutOfBounds)?;
                        (first, last_of(first, new_blocks)?)
                    }
                }
            }
        };
        let start = match items.start {
            Some(bytes) => {
                let archived = u32::try_from(bytes.len()).map_err(|_| SegmentError::OutOfBounds)?;
                Some((bytes, archived))
            }
            None => None,
        };

        // From here on nothing fails.
        let mut blocks = Vec::new();
        let mut open = None;
        let is_known = previous.is_some();
        let earlier = self
            .last
            .take()
            .filter(|_| is_known)
            .and_then(|last| Some((last.block, last.open?.bytes?)));
        match continuation {
            Some((further, archived)) => {
                let bytes = earlier.map(|(number, mut bytes)| {
                    bytes.extend_from_slice(further);
                    (number, bytes)
                });
                if items.continuation_is_last {
                    open = Some(OpenBlock {
                        archived,
                        bytes: bytes.map(|(_, bytes)| bytes),
                        may_be_complete: true,
                    });
                } else {
                    blocks.extend(bytes);
                }
            }
            // The parent header says that the block was complete.
            None => blocks.extend(earlier),
        }
        blocks.extend((first_number..=block).zip(items.blocks().map(<[u8]>::to_vec)));
        if let Some((bytes, archived)) = start {
            open = Some(OpenBlock {
                archived,
                bytes: Some(bytes.to_vec()),
                may_be_complete: false,
            });
        }
        self.last = Some(LastSegment {
            index,
            prev_segment_header_hash: items
                .parent
                .as_ref()
                .map(SegmentHeader::hash)
                .unwrap_or_default(),
            block,
            open,
        });
        Ok(ReconstructedSegment {
            parent_segment_header: items.parent,
            blocks,
        })
    }
}

impl LastSegment {
    /// Checks the header that the next segment holds against this segment.
    fn check_is_described_by(&self, header: &SegmentHeader) -> Result<(), SegmentError> {
        let last_archived_block = &header.last_archived_block;
        let progress_fits = match &self.open {
            None => last_archived_block.is_complete(),
            Some(open) if last_archived_block.is_complete() => open.may_be_complete,
            Some(open) => last_archived_block.partial_bytes == open.archived,
        };
        if header.prev_segment_header_hash == self.prev_segment_header_hash
            && last_archived_block.number == self.block
            && progress_fits
        {
            Ok(())
        } else {
            Err(SegmentError::Discontinuous)
        }
    }
}

/// The number of the last of `count` blocks of which the first is `first`.
fn last_of(first: BlockNumber, count: usize) -> Result<BlockNumber, SegmentError> {
    count
        .checked_sub(1)
        .and_then(|further| BlockNumber::try_from(further).ok())
        .and_then(|further| first.checked_add(further))
        .ok_or(SegmentError::OutOfBounds)
}

/// Recreates all pieces of a segment, with their proofs, from any half of them, and the root they lead to.
///
/// The pieces are trusted: compare the root with the one on chain, which differs if any of them was not sound.
///
/// # Errors
///
/// [`ReconstructionError`] if there is not one entry per position, half of them present, or a piece has another length.
pub fn reconstruct_pieces<P: AsRef<[u8]>>(
    params: &ConsensusParams,
    pieces: &[Option<P>],
) -> Result<(SegmentPieces, SegmentRoot), ReconstructionError> {
    check_params(params)?;
    let coder = SegmentCoder::new(params.source_records_per_segment as usize)?;
    let segment = recover_segment(params, &coder, pieces)?;
    Ok(SegmentPieces::new(params, &segment)?)
}

/// Recreates the piece at `position`, with its proof, from any half of the pieces of its segment.
///
/// The proof needs the roots of all records, so this takes as long as [`reconstruct_pieces`]. The pieces are trusted:
/// check the result with [`verify_piece`](crate::verify_piece), which fails if any of them was not sound.
///
/// # Errors
///
/// As [`reconstruct_pieces`]; and [`ReconstructionError::Position`] if there is no such piece.
pub fn reconstruct_piece<P: AsRef<[u8]>>(
    params: &ConsensusParams,
    pieces: &[Option<P>],
    position: PiecePosition,
) -> Result<Vec<u8>, ReconstructionError> {
    let no_such_piece = ReconstructionError::Position {
        position,
        pieces: params.pieces_per_segment(),
    };
    if position >= params.pieces_per_segment() {
        return Err(no_such_piece);
    }
    let (pieces, _) = reconstruct_pieces(params, pieces)?;
    pieces
        .piece(position)
        .map(<[u8]>::to_vec)
        .ok_or(no_such_piece)
}

/// The bytes of a segment from any half of its pieces.
fn recover_segment<P: AsRef<[u8]>>(
    params: &ConsensusParams,
    coder: &SegmentCoder,
    pieces: &[Option<P>],
) -> Result<Vec<u8>, ReconstructionError> {
    let record_size = params.record_size();
    let records: Vec<Option<&[u8]>> = pieces
        .iter()
        .enumerate()
        .map(|(position, piece)| {
            let Some(piece) = piece else {
                return Ok(None);
            };
            match crate::Piece::new(params, piece.as_ref()) {
                Ok(piece) => Ok(Some(piece.record().as_flattened())),
                Err(error) => Err(ReconstructionError::Piece { position, error }),
            }
        })
        .collect::<Result<_, _>>()?;
    let mut segment = vec![0; params.segment_size()];
    let mut source: Vec<&mut [u8]> = segment.chunks_exact_mut(record_size).collect();
    coder.recover_source(&records, &mut source)?;
    Ok(segment)
}
