use super::*;
use crate::item::{self, ItemKind};
use crate::test_history::{any_history, archive, block, blocks, tiny, unit};
use crate::{Archiver, NewArchivedSegment, verify_piece};
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{LastArchivedBlock, Preset};
use codec::Encode;
use proptest::prelude::*;
use proptest::sample::Index;

/// Which pieces are left.
#[derive(Debug, Clone)]
enum Loss {
    None,
    AllParity,
    AllSource,
    /// Half of the pieces and maybe some more are left, in this order of preference.
    Random(Vec<u64>, Option<Index>),
}

fn any_loss() -> impl Strategy<Value = Loss> {
    let order = prop::collection::vec(any::<u64>(), 16);
    prop_oneof![
        1 => Just(Loss::None),
        1 => Just(Loss::AllParity),
        1 => Just(Loss::AllSource),
        4 => (order, prop::option::of(any::<Index>()))
            .prop_map(|(order, surplus)| Loss::Random(order, surplus)),
    ]
}

/// What is left of the pieces of a segment.
fn lose<'a>(pieces: &'a SegmentPieces, loss: &Loss) -> Vec<Option<&'a [u8]>> {
    let count = pieces.iter().len();
    let mut left = vec![false; count];
    match loss {
        Loss::None => left.fill(true),
        Loss::AllParity => left[..count / 2].fill(true),
        Loss::AllSource => left[count / 2..].fill(true),
        Loss::Random(order, surplus) => {
            let mut positions: Vec<usize> = (0..count).collect();
            positions.sort_by_key(|&position| order[position]);
            let surplus = surplus.map_or(0, |surplus| surplus.index(count / 2 + 1));
            for &position in &positions[..count / 2 + surplus] {
                left[position] = true;
            }
        }
    }
    pieces
        .iter()
        .zip(left)
        .map(|(piece, is_left)| is_left.then_some(piece))
        .collect()
}

fn all(pieces: &SegmentPieces) -> Vec<Option<&[u8]>> {
    lose(pieces, &Loss::None)
}

/// Reads all segments and returns the blocks.
fn reconstruct(
    params: &ConsensusParams,
    segments: &[NewArchivedSegment],
    losses: &[Loss],
) -> Vec<(BlockNumber, Vec<u8>)> {
    let mut reconstructor = SegmentReconstructor::new(params).unwrap();
    let mut parent = None;
    let mut blocks = Vec::new();
    for (segment, loss) in segments.iter().zip(losses.iter().cycle()) {
        let contents = reconstructor
            .add_segment(segment.header.segment_index, &lose(&segment.pieces, loss))
            .unwrap();
        assert_eq!(contents.parent_segment_header, parent);
        parent = Some(segment.header);
        blocks.extend(contents.blocks);
    }
    blocks
}

/// All blocks must come back, in order, once segments are full of another block behind them.
fn assert_round_trip(params: &ConsensusParams, blocks: &[Vec<u8>], losses: &[Loss]) {
    let filler = block(blocks.len(), 2 * params.segment_size());
    let segments = archive(params, &[blocks, &[filler]].concat());
    let read = reconstruct(params, &segments, losses);
    assert!(read.len() >= blocks.len(), "{} blocks", read.len());
    for ((number, bytes), (expected_number, expected)) in read.iter().zip((0..).zip(blocks)) {
        assert_eq!(*number, expected_number);
        assert!(bytes == expected, "block {number}");
    }
}

/// The pieces of a segment with these bytes.
fn pieces_of(params: &ConsensusParams, mut segment: Vec<u8>) -> SegmentPieces {
    segment.resize(params.segment_size(), 0);
    SegmentPieces::new(params, &segment).unwrap().0
}

/// The bytes of a segment.
fn bytes_of(params: &ConsensusParams, pieces: &SegmentPieces) -> Vec<u8> {
    let records = params.source_records_per_segment as usize;
    pieces
        .iter()
        .take(records)
        .flat_map(|piece| &piece[..params.record_size()])
        .copied()
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn histories_survive_any_loss_of_half_of_the_pieces(
        blocks in any_history(tiny().segment_size(), 20),
        losses in prop::collection::vec(any_loss(), 1..10),
    ) {
        assert_round_trip(&tiny(), &blocks, &losses);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn histories_of_the_unit_preset_survive_any_loss_of_half_of_the_pieces(
        blocks in any_history(unit().segment_size(), 20),
        losses in prop::collection::vec(any_loss(), 1..10),
    ) {
        assert_round_trip(&unit(), &blocks, &losses);
    }

    #[test]
    fn every_piece_is_reconstructed_with_its_proof(
        blocks in any_history(tiny().segment_size(), 5),
        loss in any_loss(),
    ) {
        let params = tiny();
        for segment in archive(&params, &blocks) {
            let left = lose(&segment.pieces, &loss);
            let (pieces, root) = reconstruct_pieces(&params, &left).unwrap();
            prop_assert_eq!(root, segment.header.segment_root);
            prop_assert!(pieces == segment.pieces);
            for (position, expected) in (0..).zip(&segment.pieces) {
                let piece = reconstruct_piece(&params, &left, position).unwrap();
                prop_assert!(piece == expected);
                prop_assert_eq!(verify_piece(&params, &piece, &root, position), Ok(()));
            }
        }
    }
}

#[test]
fn every_choice_of_half_of_the_pieces_gives_the_segment() {
    let params = tiny();
    let blocks = blocks(&[1000, 2000]);
    let segment = archive(&params, &blocks).remove(0);
    let mut choices = 0;
    for choice in 0u32..256 {
        let left: Vec<Option<&[u8]>> = segment
            .pieces
            .iter()
            .enumerate()
            .map(|(position, piece)| (choice & (1 << position) != 0).then_some(piece))
            .collect();
        let result = SegmentReconstructor::new(&params)
            .unwrap()
            .add_segment(SegmentIndex(0), &left);
        if choice.count_ones() < 4 {
            assert_eq!(
                result,
                Err(ReconstructionError::ErasureCoding(
                    ErasureCodingError::NotEnoughShards {
                        required: 4,
                        present: choice.count_ones() as usize
                    }
                ))
            );
        } else {
            choices += 1;
            assert_eq!(result.unwrap().blocks, [(0, blocks[0].clone())]);
        }
    }
    assert_eq!(choices, 163);
}

#[test]
fn a_block_that_ends_with_its_segment_comes_when_that_is_known() {
    let params = tiny();
    let size = params.segment_size();
    // Block 0 fills segment 0 and, with parent header and item, all of segment 1.
    let lengths = [size - 5 + size - 85 - 5, size];
    let blocks = blocks(&lengths);
    let segments = archive(&params, &blocks);
    assert!(segments[1].header.last_archived_block.is_complete());
    let mut reconstructor = SegmentReconstructor::new(&params).unwrap();
    let mut read = |index: usize| {
        reconstructor
            .add_segment(SegmentIndex(index as u64), &all(&segments[index].pieces))
            .unwrap()
            .blocks
    };
    assert_eq!(read(0), []);
    assert_eq!(read(1), []);
    assert_eq!(read(2), [(0, blocks[0].clone())]);

    // One byte less, and segment 1 tells by itself.
    let blocks = self::blocks(&[lengths[0] - 1, size]);
    let segments = archive(&params, &blocks);
    let mut reconstructor = SegmentReconstructor::new(&params).unwrap();
    for (index, expected) in [(0, vec![]), (1, vec![(0, blocks[0].clone())])] {
        let pieces = all(&segments[index].pieces);
        let contents = reconstructor
            .add_segment(SegmentIndex(index as u64), &pieces)
            .unwrap();
        assert_eq!(contents.blocks, expected);
    }
}

#[test]
fn reading_may_begin_anywhere_and_skips_what_began_before() {
    let params = tiny();
    let size = params.segment_size();
    let blocks = blocks(&[3 * size, 100, 4 * size, 200, 200, size - 500, 300, size]);
    let segments = archive(&params, &blocks);
    for begin in 0..segments.len() {
        let read = reconstruct_from(&params, &segments, begin);
        // The first block of which this segment holds the first byte.
        let first = begin.checked_sub(1).map_or(0, |parent| {
            segments[parent].header.last_archived_block.number as usize + 1
        });
        for (offset, (number, bytes)) in read.iter().enumerate() {
            assert_eq!(*number as usize, first + offset);
            assert!(*bytes == blocks[first + offset]);
        }
        let last = segments.last().unwrap().header.last_archived_block;
        let complete = last.number as usize + usize::from(last.is_complete());
        assert_eq!(read.len(), complete.saturating_sub(first), "from {begin}");
    }

    // A gap: what began before it is dropped.
    let mut reconstructor = SegmentReconstructor::new(&params).unwrap();
    reconstructor
        .add_segment(SegmentIndex(0), &all(&segments[0].pieces))
        .unwrap();
    for (index, segment) in segments.iter().enumerate().skip(2) {
        let contents = reconstructor
            .add_segment(SegmentIndex(index as u64), &all(&segment.pieces))
            .unwrap();
        assert!(contents.blocks.iter().all(|(number, _)| *number > 0));
    }
}

fn reconstruct_from(
    params: &ConsensusParams,
    segments: &[NewArchivedSegment],
    begin: usize,
) -> Vec<(BlockNumber, Vec<u8>)> {
    let mut reconstructor = SegmentReconstructor::new(params).unwrap();
    segments[begin..]
        .iter()
        .flat_map(|segment| {
            reconstructor
                .add_segment(segment.header.segment_index, &all(&segment.pieces))
                .unwrap()
                .blocks
        })
        .collect()
}

#[test]
fn pieces_of_the_wrong_number_or_length_are_refused() {
    let params = tiny();
    let segment = archive(&params, &blocks(&[5000])).remove(0);
    let mut reconstructor = SegmentReconstructor::new(&params).unwrap();
    let whole = all(&segment.pieces);
    for count in [0, 4, 7, 9] {
        let mut pieces = whole.clone();
        pieces.resize(count, None);
        let error = ErasureCodingError::ShardCount {
            expected: 8,
            actual: count,
        };
        assert_eq!(
            reconstructor.add_segment(SegmentIndex(0), &pieces),
            Err(ReconstructionError::ErasureCoding(error))
        );
        assert_eq!(
            reconstruct_piece(&params, &pieces, 0),
            Err(ReconstructionError::ErasureCoding(error))
        );
    }
    let mut pieces = whole.clone();
    let shorter = &segment.pieces.piece(5).unwrap()[1..];
    pieces[5] = Some(shorter);
    let refused = ReconstructionError::Piece {
        position: 5,
        error: PieceError::Size {
            expected: params.piece_size(),
            actual: params.piece_size() - 1,
        },
    };
    assert_eq!(
        reconstructor.add_segment(SegmentIndex(0), &pieces),
        Err(refused)
    );
    assert_eq!(reconstruct_piece(&params, &pieces, 0), Err(refused));
    for position in [8, u32::MAX] {
        assert_eq!(
            reconstruct_piece(&params, &whole, position),
            Err(ReconstructionError::Position {
                position,
                pieces: 8
            })
        );
    }
}

#[test]
fn a_wrong_piece_gives_another_root() {
    let params = tiny();
    let segment = archive(&params, &blocks(&[5000])).remove(0);
    let mut wrong = segment.pieces.piece(1).unwrap().to_vec();
    wrong[77] ^= 1;
    let mut pieces = lose(&segment.pieces, &Loss::AllParity);
    pieces[1] = Some(&wrong);
    let (_, root) = reconstruct_pieces(&params, &pieces).unwrap();
    assert_ne!(root, segment.header.segment_root);
}

#[test]
fn an_error_leaves_the_reconstructor_as_it_was() {
    let params = tiny();
    let blocks = blocks(&[5000, 5000, 3000]);
    let segments = archive(&params, &blocks);
    let mut reconstructor = SegmentReconstructor::new(&params).unwrap();
    let mut read = Vec::new();
    for (index, segment) in (0..).zip(&segments) {
        let pieces = all(&segment.pieces);
        assert_eq!(
            reconstructor.add_segment(SegmentIndex(index + 1), &pieces),
            Err(ReconstructionError::SegmentIndex {
                expected: SegmentIndex(index + 1),
                actual: SegmentIndex(index)
            })
        );
        assert!(
            reconstructor
                .add_segment(SegmentIndex(index), &pieces[1..])
                .is_err()
        );
        let garbage = pieces_of(&params, vec![9; 100]);
        assert!(matches!(
            reconstructor.add_segment(SegmentIndex(index), &all(&garbage)),
            Err(ReconstructionError::Segment { .. })
        ));
        let contents = reconstructor
            .add_segment(SegmentIndex(index), &pieces)
            .unwrap();
        read.extend(contents.blocks);
    }
    assert!(read == [(0, blocks[0].clone()), (1, blocks[1].clone())]);
}

#[test]
fn a_segment_that_does_not_continue_the_one_before_is_refused() {
    let params = tiny();
    let size = params.segment_size();
    // Segments that end with a start, a continuation that fills, a continuation that does not, and a whole block.
    let lengths = [
        size - 5 + size - 90 + 700,
        size - 90 - 710 + 5 - 5,
        2 * size,
    ];
    let segments = archive(&params, &blocks(&lengths));
    assert!(segments.len() >= 4);
    for index in 1..segments.len() {
        let bytes = bytes_of(&params, &segments[index].pieces);
        let parent = segments[index - 1].header;
        let mut refused = 0;
        for change in [
            |header: &mut SegmentHeader| header.prev_segment_header_hash.0[0] ^= 1,
            |header: &mut SegmentHeader| header.last_archived_block.number += 1,
            |header: &mut SegmentHeader| header.last_archived_block.partial_bytes += 1,
            |header: &mut SegmentHeader| header.last_archived_block.partial_bytes = 0,
        ] {
            let mut changed = parent;
            change(&mut changed);
            if changed == parent {
                continue;
            }
            let mut forged = bytes.clone();
            forged[5..85].copy_from_slice(&changed.encode());
            let forged = pieces_of(&params, forged);

            let mut reconstructor = SegmentReconstructor::new(&params).unwrap();
            for segment in &segments[..index] {
                reconstructor
                    .add_segment(segment.header.segment_index, &all(&segment.pieces))
                    .unwrap();
            }
            let segment_index = SegmentIndex(index as u64);
            assert!(matches!(
                reconstructor.add_segment(segment_index, &all(&forged)),
                Err(ReconstructionError::Segment { .. })
            ));
            reconstructor
                .add_segment(segment_index, &all(&segments[index].pieces))
                .unwrap();
            refused += 1;
        }
        assert!(refused >= 3);
    }
}

#[test]
fn numbers_beyond_all_bounds_are_refused() {
    let params = tiny();
    let parent = SegmentHeader {
        segment_index: SegmentIndex(4),
        segment_root: SegmentRoot([1; 32]),
        prev_segment_header_hash: SegmentHeaderHash([1; 32]),
        last_archived_block: LastArchivedBlock {
            number: 10,
            partial_bytes: 0,
        },
    };
    let refused = |parent: SegmentHeader, items: &[(ItemKind, usize)]| {
        let mut segment = Vec::new();
        item::write(
            &mut segment,
            ItemKind::ParentSegmentHeader,
            &parent.encode(),
        );
        for &(kind, length) in items {
            let room = params.segment_size() - segment.len() - 5;
            item::write(&mut segment, kind, &vec![1; length.min(room)]);
        }
        let pieces = pieces_of(&params, segment);
        let segment_index = parent
            .segment_index
            .next()
            .unwrap_or(SegmentIndex(u64::MAX));
        match SegmentReconstructor::new(&params)
            .unwrap()
            .add_segment(segment_index, &all(&pieces))
        {
            Ok(_) => None,
            Err(ReconstructionError::Segment { error, .. }) => Some(error),
            Err(error) => panic!("{error}"),
        }
    };
    let fill = usize::MAX;
    let with = |change: fn(&mut SegmentHeader)| {
        let mut changed = parent;
        change(&mut changed);
        changed
    };
    let out_of_bounds = Some(SegmentError::OutOfBounds);

    assert_eq!(refused(parent, &[(ItemKind::Block, fill)]), None);
    let last_segment = with(|header| header.segment_index.0 = u64::MAX);
    assert_eq!(
        refused(last_segment, &[(ItemKind::Block, fill)]),
        out_of_bounds
    );
    let last_block = with(|header| header.last_archived_block.number = u32::MAX);
    assert_eq!(
        refused(last_block, &[(ItemKind::Block, fill)]),
        out_of_bounds
    );
    assert_eq!(
        refused(last_block, &[(ItemKind::BlockStart, fill)]),
        out_of_bounds
    );
    let last_but_one = with(|header| header.last_archived_block.number = u32::MAX - 1);
    assert_eq!(refused(last_but_one, &[(ItemKind::Block, fill)]), None);
    assert_eq!(
        refused(
            last_but_one,
            &[(ItemKind::Block, 1), (ItemKind::BlockStart, fill)]
        ),
        out_of_bounds
    );
    let long = with(|header| header.last_archived_block.partial_bytes = u32::MAX);
    assert_eq!(
        refused(long, &[(ItemKind::BlockContinuation, fill)]),
        out_of_bounds
    );
}

#[test]
fn parameters_that_allow_no_archive_allow_no_reconstruction() {
    let params = ConsensusParams {
        chunks_per_record: 2,
        source_records_per_segment: 1,
        ..unit()
    };
    let refused = UnsupportedParams::SegmentSize { segment_size: 64 };
    assert_eq!(
        SegmentReconstructor::new(&params).err(),
        Some(ReconstructionError::Params(refused))
    );
    assert_eq!(
        reconstruct_piece(&params, &[None::<&[u8]>, None], 0),
        Err(ReconstructionError::Params(refused))
    );
}

proptest! {
    #[test]
    fn hostile_segments_never_panic(
        blocks in any_history(tiny().segment_size(), 8),
        changes in prop::collection::vec((any::<Index>(), prop_oneof![0u8..6, any::<u8>()]), 1..6),
    ) {
        let params = tiny();
        let mut reconstructor = SegmentReconstructor::new(&params).unwrap();
        for segment in archive(&params, &blocks) {
            let mut bytes = bytes_of(&params, &segment.pieces);
            for (index, value) in &changes {
                // Mostly where headers and lengths are.
                let at = index.index(2 * bytes.len());
                let at = if at < bytes.len() { at } else { at % 100 };
                bytes[at] = *value;
            }
            let segment_index = segment.header.segment_index;
            let hostile = pieces_of(&params, bytes);
            if let Ok(contents) = reconstructor.add_segment(segment_index, &all(&hostile)) {
                let length: usize = contents.blocks.iter().map(|(_, bytes)| bytes.len()).sum();
                let given = params.segment_size() * (segment_index.0 as usize + 1);
                prop_assert!(length <= given);
            }
            let _ = reconstructor.add_segment(segment_index, &all(&segment.pieces));
        }
    }
}

#[test]
fn a_production_segment_survives_the_loss_of_its_source() {
    let params = Preset::Main.params(NetworkTag::default());
    let genesis = block(0, params.segment_size() - 5);
    let segment = Archiver::new(&params)
        .unwrap()
        .add_block(0, &genesis)
        .unwrap()
        .remove(0);
    assert!(segment.header.last_archived_block.is_complete());
    let root = segment.header.segment_root;
    for position in [0, 127, 128, 255] {
        let piece = segment.pieces.piece(position).unwrap();
        assert_eq!(piece.len(), 1_048_864);
        assert_eq!(verify_piece(&params, piece, &root, position), Ok(()));
    }
    let left = lose(&segment.pieces, &Loss::AllSource);
    let contents = SegmentReconstructor::new(&params)
        .unwrap()
        .add_segment(SegmentIndex(0), &left)
        .unwrap();
    assert!(contents.blocks == [(0, genesis)]);
    let piece = reconstruct_piece(&params, &left, 77).unwrap();
    assert!(piece == segment.pieces.piece(77).unwrap());
}
