//! A single piece, and whether it belongs to a segment.

#[cfg(test)]
mod tests;

use autonomys_core_primitives::{
    ConsensusParams, MerkleNode, PiecePosition, RecordRoot, SegmentRoot,
};
use autonomys_merkle_tree::{self as merkle_tree, LeafCountError, ProofError};

/// Why bytes are not the piece of a segment at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PieceError {
    /// All pieces of a network have one length.
    #[error(
        "a piece has {expected} bytes, not {actual}, so this one is rejected; ask another source for it"
    )]
    Size {
        /// Bytes of a piece.
        expected: usize,
        /// Bytes that were given.
        actual: usize,
    },
    /// The piece has no place in the segment.
    #[error("the piece has no valid place in the segment, so it is rejected: {0}")]
    Proof(#[from] ProofError),
    /// The parameters allow no record tree.
    #[error("the piece cannot be checked with these parameters: {0}")]
    Params(#[from] LeafCountError),
    /// The piece is of another segment or another position, or it was changed.
    #[error(
        "the piece leads to segment root {actual} where {expected} is on chain, so it is rejected; ask another source for it"
    )]
    SegmentRoot {
        /// What the chain says.
        expected: SegmentRoot,
        /// What the piece says.
        actual: SegmentRoot,
    },
}

/// The parts of a piece. That it has them does not make it valid: see [`verify_piece`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    record: &'a [[u8; 32]],
    parity_chunks_root: &'a [u8; 32],
    record_proof: &'a [[u8; 32]],
}

impl<'a> Piece<'a> {
    /// Takes a piece apart.
    ///
    /// # Errors
    ///
    /// [`PieceError::Size`] unless `bytes` have the length of a piece.
    pub fn new(params: &ConsensusParams, bytes: &'a [u8]) -> Result<Self, PieceError> {
        let expected = params.piece_size();
        let wrong_size = PieceError::Size {
            expected,
            actual: bytes.len(),
        };
        if bytes.len() != expected {
            return Err(wrong_size);
        }
        // A piece is a whole number of chunks: the record, one root, the proof.
        let (parts, _) = bytes.as_chunks::<32>();
        let (record, tail) = parts
            .split_at_checked(params.record_size() / 32)
            .ok_or(wrong_size)?;
        let (parity_chunks_root, record_proof) = tail.split_first().ok_or(wrong_size)?;
        Ok(Self {
            record,
            parity_chunks_root,
            record_proof,
        })
    }

    /// The source chunks of the record.
    pub fn record(&self) -> &'a [[u8; 32]] {
        self.record
    }

    /// Root over the parity chunks of the record.
    pub fn parity_chunks_root(&self) -> MerkleNode {
        MerkleNode(*self.parity_chunks_root)
    }

    /// Siblings from the record root to the segment root, lowest first.
    pub fn record_proof(&self) -> Vec<MerkleNode> {
        self.record_proof.iter().copied().map(MerkleNode).collect()
    }

    /// Root over all chunks of the extended record, computed from the record and the root over its parity chunks.
    ///
    /// # Errors
    ///
    /// [`PieceError::Params`] if the parameters have no power of two of chunks in a record.
    pub fn record_root(&self) -> Result<RecordRoot, PieceError> {
        let source_root = merkle_tree::root(self.record)?;
        Ok(RecordRoot(merkle_tree::node(
            &source_root,
            self.parity_chunks_root,
        )))
    }
}

/// Checks that `piece` is the piece at `position` of the segment with this root.
///
/// Takes as many hashes as a record has chunks. Erasure coding is not repeated: see the [crate documentation](crate).
///
/// # Errors
///
/// [`PieceError`] if it is not.
pub fn verify_piece(
    params: &ConsensusParams,
    piece: &[u8],
    segment_root: &SegmentRoot,
    position: PiecePosition,
) -> Result<(), PieceError> {
    let piece = Piece::new(params, piece)?;
    let actual = SegmentRoot(merkle_tree::root_from_proof(
        params.pieces_per_segment() as usize,
        position as usize,
        &*piece.record_root()?,
        &piece.record_proof(),
    )?);
    if actual == *segment_root {
        Ok(())
    } else {
        Err(PieceError::SegmentRoot {
            expected: *segment_root,
            actual,
        })
    }
}

/// Whether `piece` is the piece at `position` of the segment with this root: [`verify_piece`] without the reason.
pub fn is_piece_valid(
    params: &ConsensusParams,
    piece: &[u8],
    segment_root: &SegmentRoot,
    position: PiecePosition,
) -> bool {
    verify_piece(params, piece, segment_root, position).is_ok()
}
