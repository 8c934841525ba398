//! Pieces and segments of history.

use crate::input::{Input, decode};
use autonomys_archiving::{
    Archiver, NewArchivedSegment, Piece, ReconstructedSegment, ReconstructionError,
    SegmentReconstructor, is_piece_valid, reconstruct_pieces, verify_piece,
};
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{
    ConsensusParams, LastArchivedBlock, Preset, SegmentHeader, SegmentHeaderHash, SegmentIndex,
};
use codec::Encode;
use std::sync::LazyLock;

/// Bytes of a segment header as the first item of the next segment: variant and length before it.
const PARENT_ITEM_SIZE: usize = 5 + SegmentHeader::ENCODED_SIZE;

/// Segments of 2 KiB (four records of 16 chunks), sectors of four pieces, and the smallest tables.
pub(crate) static PARAMS: LazyLock<ConsensusParams> = LazyLock::new(|| ConsensusParams {
    chunks_per_record: 16,
    source_records_per_segment: 4,
    proof_of_space_k: 15,
    pieces_in_sector: 4,
    ..Preset::Unit.params(NetworkTag::default())
});

/// The blocks of [`HISTORY`].
static BLOCKS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let lengths = [1, 600, 30, 2000, 1, 7, 5000, 900, 64, 3000];
    (0x80u8..)
        .zip(lengths)
        .map(|(byte, length)| vec![byte; length])
        .collect()
});

/// A real history.
pub(crate) static HISTORY: LazyLock<Vec<NewArchivedSegment>> = LazyLock::new(|| {
    let mut archiver = Archiver::new(&PARAMS).expect("the parameters are valid");
    (0..)
        .zip(BLOCKS.iter())
        .flat_map(|(number, block)| {
            archiver
                .add_block(number, block)
                .expect("blocks are in order")
        })
        .collect()
});

/// The block that is the last one in a segment of [`HISTORY`].
fn last_block(segment: &NewArchivedSegment) -> &'static [u8] {
    let number = segment.header.last_archived_block.number;
    &BLOCKS[usize::try_from(number).expect("there are ten blocks")]
}

/// The source bytes of a segment.
fn segment_bytes(segment: &NewArchivedSegment) -> Vec<u8> {
    segment
        .pieces
        .iter()
        .take(PARAMS.source_records_per_segment as usize)
        .flat_map(|piece| &piece[..PARAMS.record_size()])
        .copied()
        .collect()
}

/// A segment as its source pieces only, cut or filled up with zeros to its size. Their tails do not matter.
fn source_pieces(bytes: &[u8]) -> Vec<Option<Vec<u8>>> {
    let mut segment = bytes.to_vec();
    segment.resize(PARAMS.segment_size(), 0);
    let mut pieces: Vec<_> = segment
        .chunks_exact(PARAMS.record_size())
        .map(|record| {
            let mut piece = record.to_vec();
            piece.resize(PARAMS.piece_size(), 0);
            Some(piece)
        })
        .collect();
    pieces.resize(PARAMS.pieces_per_segment() as usize, None);
    pieces
}

/// Adds a segment, and asserts that an error leaves the reconstructor as it was.
fn add_segment(
    reconstructor: &mut SegmentReconstructor,
    segment_index: SegmentIndex,
    pieces: &[Option<Vec<u8>>],
) -> Result<ReconstructedSegment, ReconstructionError> {
    let before = format!("{reconstructor:?}");
    let result = reconstructor.add_segment(segment_index, pieces);
    if let Err(error) = &result {
        assert_eq!(before, format!("{reconstructor:?}"));
        assert!(!error.to_string().is_empty());
    }
    result
}

/// A position, then a piece from an untrusted source. Only the piece that was archived is valid there.
pub fn piece(data: &[u8]) -> bool {
    let mut input = Input(data);
    let position = u32::from(input.u8());
    let segment = &HISTORY[1];
    let root = &segment.header.segment_root;
    let is_valid = is_piece_valid(&PARAMS, input.0, root, position);
    assert_eq!(is_valid, segment.pieces.piece(position) == Some(input.0));
    if let Err(error) = verify_piece(&PARAMS, input.0, root, position) {
        assert!(!error.to_string().is_empty());
    }
    if let Ok(piece) = Piece::new(&PARAMS, input.0) {
        let mut bytes = piece.record().as_flattened().to_vec();
        bytes.extend_from_slice(&*piece.parity_chunks_root());
        bytes.extend(piece.record_proof().iter().flat_map(|node| node.0));
        assert_eq!(bytes, input.0);
    }
    is_valid
}

/// A segment index, then a segment that was not checked: no more comes out than went in.
pub fn segment(data: &[u8]) -> bool {
    let mut input = Input(data);
    let segment_index = SegmentIndex(input.u64());
    let mut reconstructor = SegmentReconstructor::new(&PARAMS).expect("the parameters are valid");
    let pieces = source_pieces(input.0);
    let Ok(segment) = add_segment(&mut reconstructor, segment_index, &pieces) else {
        return false;
    };
    assert_eq!(
        segment
            .parent_segment_header
            .map(|parent| parent.segment_index.next()),
        (segment_index.0 > 0).then_some(Some(segment_index))
    );
    let length: usize = segment.blocks.iter().map(|(_, block)| block.len()).sum();
    assert!(length < PARAMS.segment_size());
    assert!(segment.blocks.iter().all(|(_, block)| !block.is_empty()));
    assert!(
        segment
            .blocks
            .iter()
            .zip(segment.blocks.iter().skip(1))
            .all(|((number, _), (next, _))| number.checked_add(1) == Some(*next))
    );
    true
}

/// Segments that follow each other: the first as it is; of each other one the last block that the segment before
/// it is said to have, then its bytes after the parent segment header, which is made to fit.
///
/// Archiving the blocks that come out gives the segments that went in, byte for byte: what is read has one form only.
pub fn segment_chain(data: &[u8]) -> bool {
    let mut input = Input(data);
    let mut reconstructor = SegmentReconstructor::new(&PARAMS).expect("the parameters are valid");
    let mut archiver = Archiver::new(&PARAMS).expect("the parameters are valid");
    let mut accepted: Vec<Vec<u8>> = Vec::new();
    let mut archived = Vec::new();
    let mut next_block = 0;
    let mut prev_segment_header_hash = SegmentHeaderHash::default();
    let is_all_accepted = loop {
        let index = SegmentIndex(accepted.len() as u64);
        let mut bytes = Vec::new();
        if let Some(before) = accepted.last() {
            let (_, segment_root) = reconstruct_pieces(&PARAMS, &source_pieces(before))
                .expect("all source pieces are there");
            let header = SegmentHeader {
                segment_index: SegmentIndex(index.0 - 1),
                segment_root,
                prev_segment_header_hash,
                last_archived_block: LastArchivedBlock {
                    number: input.u32(),
                    partial_bytes: input.u32(),
                },
            };
            prev_segment_header_hash = header.hash();
            bytes.push(4);
            bytes.extend_from_slice(&(SegmentHeader::ENCODED_SIZE as u32).to_le_bytes());
            bytes.extend_from_slice(&header.encode());
            assert_eq!(bytes.len(), PARENT_ITEM_SIZE);
        }
        bytes.extend_from_slice(input.take(PARAMS.segment_size() - bytes.len()));
        bytes.resize(PARAMS.segment_size(), 0);
        let Ok(segment) = add_segment(&mut reconstructor, index, &source_pieces(&bytes)) else {
            break false;
        };
        accepted.push(bytes);
        for (number, block) in segment.blocks {
            assert_eq!(number, next_block);
            next_block += 1;
            archived.extend(
                archiver
                    .add_block(number, &block)
                    .expect("blocks are in order"),
            );
        }
        if input.0.is_empty() {
            break true;
        }
    };
    assert!(archived.len() <= accepted.len());
    for (archived, accepted) in archived.iter().zip(&accepted) {
        assert_eq!(&segment_bytes(archived), accepted);
    }
    is_all_accepted
}

/// A segment header, then the block that is its last one, as a node that starts reads them from its database. The segments
/// that the block goes on for follow the header; after a header of history they are those of history.
pub fn archiver_restart(data: &[u8]) -> bool {
    let mut input = Input(data);
    let Some(header) = decode::<SegmentHeader>(input.take(SegmentHeader::ENCODED_SIZE)) else {
        return false;
    };
    let block = input.0;
    let (archiver, segments) = match Archiver::with_initial_state(&PARAMS, &header, block) {
        Ok(restarted) => restarted,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return false;
        }
    };
    let number = header.last_archived_block.number;
    assert_eq!(archiver.last_block(), Some(number));
    let mut last = header;
    for segment in &segments {
        assert_eq!(
            Some(segment.header.segment_index),
            last.segment_index.next()
        );
        assert_eq!(segment.header.prev_segment_header_hash, last.hash());
        assert_eq!(segment.header.last_archived_block.number, number);
        last = segment.header;
    }
    let known = HISTORY.iter().position(|known| known.header == header);
    if let Some(position) = known
        && block == last_block(&HISTORY[position])
    {
        assert!(HISTORY[position + 1..].starts_with(&segments));
    }
    true
}

pub(crate) mod seeds {
    use super::*;

    pub(crate) fn archiver_restart() -> Vec<Vec<u8>> {
        HISTORY
            .iter()
            .map(|segment| [&segment.header.encode()[..], last_block(segment)].concat())
            .collect()
    }

    pub(crate) fn piece() -> Vec<Vec<u8>> {
        (0u8..)
            .zip(&HISTORY[1].pieces)
            .map(|(position, piece)| [&[position], piece].concat())
            .collect()
    }

    pub(crate) fn segment() -> Vec<Vec<u8>> {
        HISTORY
            .iter()
            .map(|segment| {
                let index = segment.header.segment_index.0.to_le_bytes();
                [&index[..], &segment_bytes(segment)].concat()
            })
            .collect()
    }

    pub(crate) fn segment_chain() -> Vec<Vec<u8>> {
        let mut chain = segment_bytes(&HISTORY[0]);
        let mut seeds = vec![chain.clone()];
        for (before, segment) in HISTORY.iter().zip(&HISTORY[1..]) {
            let last = before.header.last_archived_block;
            chain.extend_from_slice(&last.number.to_le_bytes());
            chain.extend_from_slice(&last.partial_bytes.to_le_bytes());
            chain.extend_from_slice(&segment_bytes(segment)[PARENT_ITEM_SIZE..]);
            seeds.push(chain.clone());
        }
        seeds
    }
}
