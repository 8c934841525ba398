//! History → segments → pieces, and back.
//!
//! The archiver takes the encoded blocks of the chain, one after the other, and cuts history into segments of equal
//! size. Every segment is erasure coded, cut into pieces, and committed to with one root, which the chain stores. Every
//! node does this for itself, so archiving is a function of the blocks alone: byte for byte the same whoever runs
//! it, with any number of threads, restarted at any block.
//!
//! - [`Archiver`]: blocks → segments; [`genesis_block_bytes`] makes the genesis block fill the first segment.
//! - [`SegmentReconstructor`]: any half of the pieces of a segment → blocks.
//! - [`reconstruct_piece`], [`reconstruct_pieces`]: any half of the pieces of a segment → the others, with proofs.
//! - [`is_piece_valid`], [`verify_piece`], [`Piece`]: a single piece from an untrusted source.
//!
//! Sizes come from [`ConsensusParams`]: n chunks of 32 bytes in a record, s
//! source records in a segment. All integers are little-endian.
//!
//! # Segment
//!
//! A segment is exactly s × n × 32 bytes: items one after the other, then padding.
//!
//! ```text
//! item     variant   u8
//!          length    u32     of the content, at least 1
//!          content   [u8; length]
//! padding  0 to 5 bytes of zero
//! ```
//!
//! | variant | name                  | content                                                           |
//! |---------|-----------------------|-------------------------------------------------------------------|
//! | 0       | padding               | (no length: the padding's bytes read as this variant)             |
//! | 1       | block                 | a whole encoded block                                             |
//! | 2       | block start           | the first bytes of a block that goes on in the next segment       |
//! | 3       | block continuation    | the bytes that follow, to the end of the block or of the segment  |
//! | 4       | parent segment header | SCALE of the header of the segment before, 80 bytes               |
//!
//! Segment 0 begins with block 0. Every other segment begins with the parent segment header, so history is chained by
//! its own data; a block continuation follows if the parent header says that its last block is partial. Then come
//! blocks, in order and without gaps; a block start can only be last.
//!
//! A segment is closed as soon as fewer than 6 bytes remain, the least an item takes: what remains is padding. A block
//! with more bytes than remain (after the 5 bytes of variant and length) is cut so that the segment is full to the last
//! byte, and goes on in the next segment; a large block can fill several segments. So a header depends on no block
//! after its last one, and is known when that block has been added: the chain can demand it in a fixed later block.
//!
//! Where a block continuation fills its segment to the last byte, only the next parent segment header tells
//! whether the block ends there.
//!
//! # Pieces
//!
//! ```text
//! segment         = source record 0 ‖ … ‖ source record s−1                  record: n × 32 bytes
//! parity records  = Reed–Solomon across the s source records                 (autonomys-erasure-coding)
//! records         = source records 0..s, then parity records s..2s           index = position of the piece
//!
//! parity chunks   = Reed–Solomon across the n chunks of one record, source or parity
//! source root     = Merkle root over the n chunks                            (autonomys-merkle-tree)
//! parity root     = Merkle root over the n parity chunks
//! record root     = node(source root, parity root)                           = root over all 2n chunks
//! segment root    = Merkle root over the 2s record roots
//!
//! piece           = record ‖ parity root ‖ record proof                      n·32 + 32 + 32·log2(2s) bytes
//! ```
//!
//! The record proof is the siblings from the record root to the segment root, lowest first. Parity chunks are not part of a
//! piece; their root is, so that a piece is checked with n hashes and without erasure coding. That parity really is
//! the parity of the source is not proven: nodes archive for themselves and refuse any other root.
//!
//! # Segment header
//!
//! [`SegmentHeader`]: index, segment root, hash of the header before (zeros for
//! segment 0), number of the last block and how many of its bytes are archived (0 when all are).
//!
//! # Memory
//!
//! Archiving a segment takes the segment, all its pieces (twice the segment) and a few MiB per thread: about 400 MiB
//! for production sizes. Reconstructing pieces takes the same besides its input, reading a segment back the segment and
//! its blocks; run few at a time.
//!
//! Golden vectors: `test/vectors/archiving.json`.

#![forbid(unsafe_code)]

mod archiver;
mod genesis;
mod item;
mod piece;
mod reconstruction;
mod segment_pieces;
#[cfg(test)]
mod test_history;

pub use archiver::{Archiver, ArchiverError, NewArchivedSegment};
pub use genesis::genesis_block_bytes;
pub use item::SegmentError;
pub use piece::{Piece, PieceError, is_piece_valid, verify_piece};
pub use reconstruction::{
    ReconstructedSegment, ReconstructionError, SegmentReconstructor, reconstruct_piece,
    reconstruct_pieces,
};
pub use segment_pieces::SegmentPieces;

use autonomys_core_primitives::params::ParamsError;
use autonomys_core_primitives::{ConsensusParams, SegmentHeader};

/// Parameters under which history cannot be archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsupportedParams {
    /// The parameters contradict themselves.
    #[error("history cannot be archived with these parameters: {0}")]
    Invalid(#[from] ParamsError),
    /// A segment has no room for anything but its parent's header.
    #[error(
        "history cannot be archived into segments of {segment_size} bytes; at least {} are needed",
        MIN_SEGMENT_SIZE
    )]
    SegmentSize {
        /// Bytes of a segment.
        segment_size: usize,
    },
}

/// Room for the parent segment header and the smallest of other items.
const MIN_SEGMENT_SIZE: usize = item::OVERHEAD + SegmentHeader::ENCODED_SIZE + item::MIN_SIZE;

/// Checks that segments of this size can hold history.
fn check_params(params: &ConsensusParams) -> Result<(), UnsupportedParams> {
    params.validate()?;
    let segment_size = params.segment_size();
    if segment_size < MIN_SEGMENT_SIZE {
        return Err(UnsupportedParams::SegmentSize { segment_size });
    }
    Ok(())
}
