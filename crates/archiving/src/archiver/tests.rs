use super::*;
use crate::test_history::{any_history, archive, archive_by_definition, block, blocks, tiny, unit};
use crate::{genesis_block_bytes, is_piece_valid};
use autonomys_core_primitives::hashes::{CHECKSUM_KEY, keyed_hash};
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{PieceIndex, Preset};
use proptest::prelude::*;

/// Compares with the definition, and checks what holds for all headers.
fn assert_is_by_definition(params: &ConsensusParams, blocks: &[Vec<u8>]) {
    let segments = archive(params, blocks);
    let expected = archive_by_definition(params, blocks);
    assert_eq!(segments.len(), expected.len());
    for (segment, (header, pieces)) in segments.iter().zip(&expected) {
        assert_eq!(segment.header, *header);
        assert_eq!(segment.pieces.iter().len(), pieces.len());
        assert!(segment.pieces.iter().eq(pieces));
    }
}

/// Restarts with what a node has then: the last header and its last block. Nothing else of the blocks since counts, so the
/// restart after any block is the one from the last header before it, and trying all headers tries all restarts.
fn assert_restarts_do_not_show(params: &ConsensusParams, blocks: &[Vec<u8>]) {
    let expected = archive(params, blocks);
    for (index, segment) in expected.iter().enumerate() {
        let number = segment.header.last_archived_block.number;
        let (mut archiver, mut segments) =
            Archiver::with_initial_state(params, &segment.header, &blocks[number as usize])
                .unwrap();
        assert_eq!(archiver.last_block(), Some(number));
        for (number, block) in (0..).zip(blocks).skip(number as usize + 1) {
            segments.extend(archiver.add_block(number, block).unwrap());
        }
        assert!(segments == expected[index + 1..], "restart after {index}");
    }
}

#[test]
fn sizes_are_those_of_the_specification() {
    let params = Preset::Main.params(NetworkTag::default());
    assert_eq!(params.record_size(), 1_048_576);
    assert_eq!(params.segment_size(), 134_217_728);
    assert_eq!(params.piece_size(), 1_048_864);
}

#[test]
fn a_segment_is_laid_out_as_documented() {
    let params = unit();
    let blocks = blocks(&[3, 65_536, 10]);
    let segments = archive(&params, &blocks);
    assert_eq!(segments.len(), 1);
    let segment: Vec<u8> = segments[0]
        .pieces
        .iter()
        .take(8)
        .flat_map(|piece| &piece[..8192])
        .copied()
        .collect();
    assert_eq!(segment[..5], [1, 3, 0, 0, 0]);
    assert_eq!(segment[5..8], blocks[0]);
    assert_eq!(segment[8], 2);
    assert_eq!(segment[9..13], (65_536u32 - 13).to_le_bytes());
    assert_eq!(segment[13..], blocks[1][..65_536 - 13]);
    assert_eq!(
        segments[0].header.last_archived_block,
        LastArchivedBlock {
            number: 1,
            partial_bytes: 65_536 - 13
        }
    );
    assert_eq!(segments[0].header.segment_index, SegmentIndex(0));
    assert_eq!(
        segments[0].header.prev_segment_header_hash,
        SegmentHeaderHash::default()
    );

    // The rest of block 1 is 13 bytes, after the parent header.
    let filler = block(3, 65_536);
    let segments = archive(&params, &[blocks, vec![filler.clone()]].concat());
    let segment: Vec<u8> = segments[1]
        .pieces
        .iter()
        .take(8)
        .flat_map(|piece| &piece[..8192])
        .copied()
        .collect();
    assert_eq!(segment[..5], [4, 80, 0, 0, 0]);
    assert_eq!(segment[5..85], segments[0].header.encode());
    assert_eq!(segment[85..90], [3, 13, 0, 0, 0]);
    assert_eq!(segment[103], 1);
    assert_eq!(segment[118], 2);
    assert_eq!(segment[123..], filler[..65_536 - 123]);
}

#[test]
fn a_segment_is_closed_with_the_block_that_leaves_no_room_for_another() {
    for params in [tiny(), unit()] {
        let size = params.segment_size();
        for room in 0..=7 {
            // Segment 0: one block. Segment 1: parent header and one block.
            for (before, lengths) in [
                (0, vec![size - 5 - room]),
                (1, vec![size - 5, size - 85 - 5 - room]),
                (1, vec![size, size - 85 - (5 + 5) - 5 - room]),
            ] {
                let blocks = blocks(&lengths);
                let segments = archive(&params, &blocks);
                let is_closed = room < 6;
                assert_eq!(segments.len(), before + usize::from(is_closed), "{room}");
                if is_closed {
                    assert_eq!(
                        segments[before].header.last_archived_block,
                        LastArchivedBlock {
                            number: lengths.len() as u32 - 1,
                            partial_bytes: 0
                        }
                    );
                }
                assert_is_by_definition(&params, &blocks);

                // The header stands, whatever comes after.
                let further = [blocks.clone(), vec![block(9, 3 * size)]].concat();
                assert_eq!(archive(&params, &further)[..segments.len()], segments);
                assert_is_by_definition(&params, &further);
                assert_restarts_do_not_show(&params, &further);
            }
        }
    }
}

#[test]
fn a_block_that_does_not_quite_fit_is_cut_to_the_byte() {
    let params = tiny();
    let size = params.segment_size();
    for surplus in 1..=7 {
        let blocks = blocks(&[size - 5 + surplus, 1]);
        let segments = archive(&params, &blocks);
        assert_eq!(
            segments[0].header.last_archived_block,
            LastArchivedBlock {
                number: 0,
                partial_bytes: size as u32 - 5
            }
        );
        assert_is_by_definition(&params, &blocks);
        assert_restarts_do_not_show(&params, &[blocks, vec![block(2, size)]].concat());
    }
}

#[test]
fn the_genesis_block_gives_the_first_segment_at_once() {
    for params in [tiny(), unit()] {
        let genesis = genesis_block_bytes(vec![1; 100], &[2; 32], &params);
        let mut archiver = Archiver::new(&params).unwrap();
        let segments = archiver.add_block(0, &genesis).unwrap();
        assert_eq!(segments.len(), 1);
        assert_eq!(
            segments[0].header.last_archived_block,
            LastArchivedBlock {
                number: 0,
                partial_bytes: params.segment_size() as u32 - 5
            }
        );
        // The rest of it begins the next segment.
        assert_eq!(archiver.open[85..90], [3, 5, 0, 0, 0]);
        assert_eq!(archiver.open[90..], genesis[genesis.len() - 5..]);
    }
}

#[test]
fn blocks_are_taken_in_order_only_and_an_error_changes_nothing() {
    let params = tiny();
    let mut archiver = Archiver::new(&params).unwrap();
    let unexpected = |number, last| Err(ArchiverError::UnexpectedBlock { number, last });
    assert_eq!(archiver.add_block(1, &[1]), unexpected(1, None));
    assert_eq!(
        archiver.add_block(0, &[]),
        Err(ArchiverError::BlockLength {
            number: 0,
            length: 0
        })
    );
    assert_eq!(archiver.add_block(0, &[1]), Ok(vec![]));
    for number in [0, 2, u32::MAX] {
        assert_eq!(
            archiver.add_block(number, &[1]),
            unexpected(number, Some(0))
        );
    }
    let whole = block(1, 5000);
    let blocks = [vec![1], whole.clone()];
    assert_eq!(
        archiver.add_block(1, &whole).unwrap(),
        archive(&params, &blocks)
    );
}

#[test]
fn no_block_follows_the_last_number() {
    let params = tiny();
    let mut header = archive(&params, &blocks(&[params.segment_size() - 5]))[0].header;
    header.last_archived_block.number = u32::MAX - 1;
    let (mut archiver, _) = Archiver::with_initial_state(&params, &header, &[]).unwrap();
    assert_eq!(archiver.add_block(u32::MAX, &[1]), Ok(vec![]));
    assert_eq!(
        archiver.add_block(0, &[1]),
        Err(ArchiverError::UnexpectedBlock {
            number: 0,
            last: Some(u32::MAX)
        })
    );
}

#[test]
fn a_restart_needs_a_block_that_goes_on() {
    let params = tiny();
    let genesis = block(0, 5000);
    let header = archive(&params, std::slice::from_ref(&genesis))[0].header;
    let archived = header.last_archived_block.partial_bytes;
    for length in [1, archived as usize] {
        assert_eq!(
            Archiver::with_initial_state(&params, &header, &genesis[..length]).err(),
            Some(ArchiverError::LastBlockLength {
                number: 0,
                length,
                archived
            })
        );
    }
    assert_eq!(
        Archiver::with_initial_state(&params, &header, &[]).err(),
        Some(ArchiverError::BlockLength {
            number: 0,
            length: 0
        })
    );
    let mut last = header;
    last.segment_index = SegmentIndex(u64::MAX);
    assert_eq!(
        Archiver::with_initial_state(&params, &last, &genesis).err(),
        Some(ArchiverError::TooManySegments)
    );
}

#[test]
fn segments_that_cannot_hold_history_are_refused() {
    let params = ConsensusParams {
        chunks_per_record: 2,
        source_records_per_segment: 1,
        ..unit()
    };
    assert_eq!(
        Archiver::new(&params).err(),
        Some(ArchiverError::Params(UnsupportedParams::SegmentSize {
            segment_size: 64
        }))
    );
    let params = ConsensusParams {
        chunks_per_record: 3,
        ..unit()
    };
    assert!(matches!(
        Archiver::new(&params),
        Err(ArchiverError::Params(UnsupportedParams::Invalid(_)))
    ));
    // The least that is possible: 128 bytes.
    let params = ConsensusParams {
        chunks_per_record: 2,
        source_records_per_segment: 2,
        ..unit()
    };
    let blocks = blocks(&[1, 500, 30, 1, 1, 37, 38, 39]);
    assert_is_by_definition(&params, &blocks);
    assert_restarts_do_not_show(&params, &blocks);
}

#[cfg(feature = "parallel")]
#[test]
fn segments_are_the_same_for_any_number_of_threads() {
    let params = unit();
    let blocks = blocks(&[40_000, 200_000, 5_000]);
    let [one, two, three] = [1, 2, 3].map(|threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| archive(&params, &blocks))
    });
    assert!(one == two);
    assert!(one == three);
}

#[test]
fn every_preset_archives() {
    for preset in [Preset::Dev, Preset::Fast, Preset::Unit] {
        let params = preset.params(NetworkTag::default());
        let genesis = genesis_block_bytes(block(0, 1000), &[3; 32], &params);
        let segments = archive(&params, &[genesis]);
        assert_eq!(segments.len(), 1);
        for (position, piece) in (0..).zip(&segments[0].pieces) {
            assert!(is_piece_valid(
                &params,
                piece,
                &segments[0].header.segment_root,
                position
            ));
            assert_eq!(
                PieceIndex::new(&params, SegmentIndex(0), position)
                    .unwrap()
                    .position(&params),
                position
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn archiving_is_by_definition(blocks in any_history(tiny().segment_size(), 20)) {
        assert_is_by_definition(&tiny(), &blocks);
    }

    #[test]
    fn a_header_is_known_with_its_last_block(blocks in any_history(tiny().segment_size(), 40)) {
        let params = tiny();
        let mut archiver = Archiver::new(&params).unwrap();
        let mut headers = Vec::<SegmentHeader>::new();
        for (number, block) in (0..).zip(&blocks) {
            for NewArchivedSegment { header, pieces } in archiver.add_block(number, block).unwrap() {
                prop_assert_eq!(header.last_archived_block.number, number);
                prop_assert_eq!(header.segment_index.0, headers.len() as u64);
                prop_assert_eq!(
                    header.prev_segment_header_hash,
                    headers.last().map(SegmentHeader::hash).unwrap_or_default()
                );
                prop_assert!(header.last_archived_block.partial_bytes < block.len() as u32);
                prop_assert_eq!(pieces.iter().len(), 8);
                headers.push(header);
            }
            // Whatever is open has room for another item.
            prop_assert!(archiver.room() >= item::MIN_SIZE);
        }
    }

    #[test]
    fn restarts_do_not_show(blocks in any_history(tiny().segment_size(), 12)) {
        assert_restarts_do_not_show(&tiny(), &blocks);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn archiving_is_by_definition_in_the_unit_preset(
        blocks in any_history(unit().segment_size(), 12),
    ) {
        assert_is_by_definition(&unit(), &blocks);
        assert_restarts_do_not_show(&unit(), &blocks);
    }
}

/// See `test/vectors/archiving.json`.
#[derive(serde::Deserialize)]
struct Vectors {
    genesis_length: usize,
    genesis_state_root: String,
    block_lengths: Vec<usize>,
    segments: Vec<SegmentVector>,
}

#[derive(Debug, PartialEq, serde::Deserialize, serde::Serialize)]
struct SegmentVector {
    header: SegmentHeader,
    encoded_header: String,
    header_hash: SegmentHeaderHash,
    pieces_checksum: String,
}

#[test]
fn golden_vectors() {
    let vectors: Vectors =
        serde_json::from_str(include_str!("../../../../test/vectors/archiving.json")).unwrap();
    let params = unit();
    let content = |number: usize, length: usize| -> Vec<u8> {
        (0..length)
            .map(|position| (31 * position + 17 * number + position / 256) as u8)
            .collect()
    };
    let mut state_root = [0; 32];
    hex::decode_to_slice(&vectors.genesis_state_root, &mut state_root).unwrap();
    let mut blocks = vec![genesis_block_bytes(
        content(0, vectors.genesis_length),
        &state_root,
        &params,
    )];
    for (index, &length) in vectors.block_lengths.iter().enumerate() {
        blocks.push(content(index + 1, length));
    }

    let segments: Vec<SegmentVector> = archive(&params, &blocks)
        .iter()
        .map(|NewArchivedSegment { header, pieces }| SegmentVector {
            header: *header,
            encoded_header: hex::encode(header.encode()),
            header_hash: header.hash(),
            pieces_checksum: hex::encode(keyed_hash(&CHECKSUM_KEY, &[pieces.as_bytes()])),
        })
        .collect();
    assert!(segments.len() >= 5);
    assert_eq!(
        segments,
        vectors.segments,
        "{}",
        serde_json::to_string_pretty(&segments).unwrap()
    );
}
