//! A segment → its pieces and its root.

use autonomys_core_primitives::{ConsensusParams, PiecePosition, SegmentRoot};
use autonomys_erasure_coding::{ErasureCodingError, RecordCoder, SegmentCoder};
use autonomys_merkle_tree::{self as merkle_tree, LeafCountError, MerkleTree};
#[cfg(feature = "parallel")]
use rayon::prelude::*;
use std::fmt;
use std::slice::ChunksExact;

/// All pieces of a segment, source pieces first, in one allocation.
#[derive(Clone, PartialEq, Eq)]
pub struct SegmentPieces {
    bytes: Vec<u8>,
    piece_size: usize,
}

impl fmt::Debug for SegmentPieces {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SegmentPieces")
            .field("pieces", &self.iter().len())
            .field("piece_size", &self.piece_size)
            .finish()
    }
}

impl SegmentPieces {
    /// Makes the pieces of a segment. `segment` has the size of one and `params` are valid.
    pub(crate) fn new(
        params: &ConsensusParams,
        segment: &[u8],
    ) -> Result<(Self, SegmentRoot), ErasureCodingError> {
        let record_size = params.record_size();
        let piece_size = params.piece_size();
        let source_records = params.source_records_per_segment as usize;
        let mut bytes = vec![0; piece_size * 2 * source_records];
        let (source_pieces, parity_pieces) = bytes.split_at_mut(piece_size * source_records);

        let source: Vec<&[u8]> = segment.chunks_exact(record_size).collect();
        let mut parity: Vec<&mut [u8]> = parity_pieces
            .chunks_exact_mut(piece_size)
            .map(|piece| &mut piece[..record_size])
            .collect();
        SegmentCoder::new(source_records)?.extend(&source, &mut parity)?;
        for (piece, record) in source_pieces.chunks_exact_mut(piece_size).zip(source) {
            piece[..record_size].copy_from_slice(record);
        }

        let record_roots = write_parity_roots(params, &mut bytes)?;
        let tree = MerkleTree::new(&record_roots).map_err(no_balanced_tree)?;
        for (position, piece) in bytes.chunks_exact_mut(piece_size).enumerate() {
            let proof = tree
                .proof(position)
                .expect("the tree has a leaf for every piece; qed");
            for (bytes, node) in piece[record_size..].chunks_exact_mut(32).skip(1).zip(proof) {
                bytes.copy_from_slice(&*node);
            }
        }
        Ok((Self { bytes, piece_size }, SegmentRoot(tree.root())))
    }

    /// The piece at a position; nothing beyond the last.
    pub fn piece(&self, position: PiecePosition) -> Option<&[u8]> {
        self.iter().nth(position as usize)
    }

    /// All pieces, in order.
    pub fn iter(&self) -> ChunksExact<'_, u8> {
        self.bytes.chunks_exact(self.piece_size)
    }

    /// The pieces one after the other.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl<'a> IntoIterator for &'a SegmentPieces {
    type Item = &'a [u8];
    type IntoIter = ChunksExact<'a, u8>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Extends the record of every piece, writes the root over its parity chunks to the piece, and returns the roots of all
/// records. Pieces are done in pairs, since two records are extended in the time of one.
fn write_parity_roots(
    params: &ConsensusParams,
    pieces: &mut [u8],
) -> Result<Vec<[u8; 32]>, ErasureCodingError> {
    let chunks = params.chunks_per_record as usize;
    let piece_size = params.piece_size();
    let new_scratch = || {
        RecordCoder::new(chunks).map(|coder| Scratch {
            coder,
            parity: [vec![[0; 32]; chunks], vec![[0; 32]; chunks]],
        })
    };
    let write_pair = |scratch: &mut Result<Scratch, ErasureCodingError>, pair: &mut [u8]| {
        let scratch = scratch.as_mut().map_err(|error| *error)?;
        let (first, second) = pair.split_at_mut(piece_size);
        write_pair_of_parity_roots(scratch, params.record_size(), [first, second])
    };

    #[cfg(feature = "parallel")]
    let record_roots: Vec<[[u8; 32]; 2]> = pieces
        .par_chunks_exact_mut(2 * piece_size)
        .map_init(new_scratch, write_pair)
        .collect::<Result<_, _>>()?;
    #[cfg(not(feature = "parallel"))]
    let record_roots: Vec<[[u8; 32]; 2]> = {
        let mut scratch = new_scratch();
        pieces
            .chunks_exact_mut(2 * piece_size)
            .map(|pair| write_pair(&mut scratch, pair))
            .collect::<Result<_, _>>()?
    };
    Ok(record_roots.into_flattened())
}

/// Working memory for a pair of pieces.
struct Scratch {
    coder: RecordCoder,
    parity: [Vec<[u8; 32]>; 2],
}

fn write_pair_of_parity_roots(
    Scratch { coder, parity }: &mut Scratch,
    record_size: usize,
    pieces: [&mut [u8]; 2],
) -> Result<[[u8; 32]; 2], ErasureCodingError> {
    let [(first, first_tail), (second, second_tail)] =
        pieces.map(|piece| piece.split_at_mut(record_size));
    let sources = [&*first, &*second].map(|record| record.as_chunks::<32>().0);
    let [first_parity, second_parity] = parity;
    coder.extend_pair(sources, [first_parity, second_parity])?;

    let mut record_roots = [[0; 32]; 2];
    for (((source, parity), tail), record_root) in sources
        .into_iter()
        .zip(parity)
        .zip([first_tail, second_tail])
        .zip(&mut record_roots)
    {
        let source_root = merkle_tree::root(source).map_err(no_balanced_tree)?;
        let parity_root = merkle_tree::root(parity).map_err(no_balanced_tree)?;
        tail[..32].copy_from_slice(&parity_root);
        *record_root = merkle_tree::node(&source_root, &parity_root);
    }
    Ok(record_roots)
}

/// Trees and codes need the same powers of two.
fn no_balanced_tree(error: LeafCountError) -> ErasureCodingError {
    ErasureCodingError::SourceShards(error.leaf_count)
}
