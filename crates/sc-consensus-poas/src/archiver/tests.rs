use super::*;
use crate::test_chain::{TestChain, block_of_bytes, link};
use autonomys_core_primitives::HistorySize;
use autonomys_runtime_primitives::Header;
use proptest::prelude::*;
use sp_core::Bytes;
use sp_runtime::generic::SignedBlock;
use sp_runtime::{Digest, DigestItem, OpaqueExtrinsic};
use std::collections::BTreeMap;

/// Bytes of a segment of the test parameters.
const SEGMENT: usize = 65_536;

fn start(
    chain: &Arc<TestChain>,
    folder: &tempfile::TempDir,
) -> (PoasLink, ChainArchiver<TestChain>) {
    let link = link(chain);
    let store = PieceStore::open(folder.path(), Arc::clone(link.params())).unwrap();
    let archiver = ChainArchiver::start(
        Arc::clone(chain),
        link.clone(),
        Arc::new(store),
        Metrics::default(),
    )
    .unwrap();
    (link, archiver)
}

fn bytes(number: u32, length: usize) -> Vec<u8> {
    (0..length)
        .map(|position| (position as u32).wrapping_mul(number.wrapping_add(31)) as u8)
        .collect()
}

/// Makes a block best and archives what is deep enough, as block import does.
fn import(
    chain: &TestChain,
    link: &PoasLink,
    archiver: &mut ChainArchiver<TestChain>,
    length: usize,
) {
    let number = chain.info().best_number + 1;
    chain.push_bytes(bytes(number, length));
    if let Some(target) = number.checked_sub(link.params().confirmation_depth) {
        archiver.archive_until(target).unwrap();
    }
}

#[test]
fn genesis_is_archived_at_the_first_start_and_known_at_the_second() {
    let chain = Arc::new(TestChain::new());
    let folder = tempfile::tempdir().unwrap();
    let (link, archiver) = start(&chain, &folder);
    assert_eq!(archiver.last_block(), 0);
    let headers = link.segment_headers().last_headers(9);
    assert_eq!(headers.len(), 1);
    assert_eq!(headers[0].last_archived_block.number, 0);
    assert!(!headers[0].last_archived_block.is_complete());
    assert_eq!(link.segment_headers().segment_headers_for_block(1), headers);

    let (link, _) = start(&chain, &folder);
    assert_eq!(link.segment_headers().last_headers(9), headers);
}

#[test]
fn every_header_is_known_before_the_block_that_it_is_due_in_is_made() {
    let chain = Arc::new(TestChain::new());
    let folder = tempfile::tempdir().unwrap();
    let (link, mut archiver) = start(&chain, &folder);
    let depth = link.params().confirmation_depth;
    let mut on_chain = link.segment_headers().segment_headers_for_block(1);
    for round in 0..40usize {
        let length = [1, 30_000, SEGMENT * 3, 7, 65_441][round % 5];
        import(&chain, &link, &mut archiver, length);
        let next = chain.info().best_number + 1;
        if next > 1 {
            on_chain.extend(link.segment_headers().segment_headers_for_block(next));
        }
        assert_eq!(archiver.last_block(), (next - 1).saturating_sub(depth));
        assert_eq!(
            link.segment_headers().history_size(next),
            HistorySize::new(on_chain.len() as u64).unwrap()
        );
    }
    assert!(on_chain.len() > 20);
    assert_eq!(
        on_chain,
        link.segment_headers().last_headers(on_chain.len())
    );
    assert_eq!(on_chain.len(), link.segment_headers().len());
}

#[test]
fn new_segments_are_announced_with_their_pieces_at_hand_and_known_ones_are_not() {
    let chain = Arc::new(TestChain::new());
    let folder = tempfile::tempdir().unwrap();
    let (link, mut archiver) = start(&chain, &folder);
    let mut announced = link.subscribe_archived_segments();
    for _ in 0..12 {
        import(&chain, &link, &mut archiver, 40_000);
    }
    let headers = link.segment_headers().last_headers(99);
    for header in &headers[1..] {
        assert_eq!(announced.try_recv(), Ok(*header));
        assert!(archiver.piece_store.piece(header, 3).is_some());
    }
    assert!(announced.try_recv().is_err());
}

#[test]
fn a_chain_that_switched_below_the_archived_block_is_refused() {
    let chain = Arc::new(TestChain::new());
    let folder = tempfile::tempdir().unwrap();
    let (link, mut archiver) = start(&chain, &folder);
    for _ in 0..10 {
        import(&chain, &link, &mut archiver, 10);
    }
    let genesis = chain.block(chain.info().genesis_hash).unwrap().unwrap();
    chain.push(genesis);
    for number in 1..12 {
        chain.push_bytes(bytes(number + 1, 11));
    }
    assert!(matches!(
        archiver.archive_until(6),
        Err(ArchivingError::OtherFork { number: 6 })
    ));
}

#[test]
fn a_missing_block_is_named() {
    let chain = Arc::new(TestChain::new());
    let folder = tempfile::tempdir().unwrap();
    let (_, mut archiver) = start(&chain, &folder);
    for number in 1..4 {
        chain.push_bytes(bytes(number, 10));
    }
    chain.remove(chain.hash(2).unwrap().unwrap());
    assert!(matches!(
        archiver.archive_until(3),
        Err(ArchivingError::BlockMissing { number: 2 })
    ));
    assert_eq!(archiver.last_block(), 1);
}

#[test]
fn what_else_is_stored_with_a_block_is_not_archived() {
    let chain = TestChain::new();
    let hash = chain.push_bytes(bytes(1, 100));
    let params = crate::test_chain::unit_params();
    let before = history_block(&chain, &params, 1).unwrap().bytes;
    chain.add_justification(hash, *b"OTHR");
    assert_eq!(history_block(&chain, &params, 1).unwrap().bytes, before);
    let block = chain.block(hash).unwrap().unwrap();
    assert_ne!(block.encode(), before);
}

#[test]
fn another_genesis_state_gives_another_first_segment() {
    let chain = TestChain::new();
    let params = crate::test_chain::unit_params();
    let genesis = history_block(&chain, &params, 0).unwrap().bytes;
    assert_eq!(genesis.len(), SEGMENT);
    let mut block = chain.block(chain.info().genesis_hash).unwrap().unwrap();
    block.block.header.state_root = Hash::repeat_byte(8);
    chain.push(block);
    let other = history_block(&chain, &params, 0).unwrap().bytes;
    assert_ne!(genesis[1000..], other[1000..]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_restart_at_any_block_gives_the_same_segments(
        lengths in prop::collection::vec(
            prop_oneof![1..200usize, 20_000..90_000usize, 150_000..220_000usize],
            1..24,
        ),
    ) {
        let chain = Arc::new(TestChain::new());
        let folder = tempfile::tempdir().unwrap();
        let (link, mut archiver) = start(&chain, &folder);

        let restarted = Arc::new(TestChain::new());
        let other_folder = tempfile::tempdir().unwrap();
        let mut other = start(&restarted, &other_folder);
        for length in lengths {
            import(&chain, &link, &mut archiver, length);
            let (link, archiver) = &mut other;
            import(&restarted, link, archiver, length);
            other = start(&restarted, &other_folder);
            prop_assert_eq!(other.1.last_block(), archiver_last(&chain));
        }
        let headers = link.segment_headers().last_headers(usize::MAX);
        prop_assert_eq!(&headers, &other.0.segment_headers().last_headers(usize::MAX));

        // From the blocks alone, as after the auxiliary database was lost
        let lost = Arc::new(chain.without_aux());
        let (from_blocks, _) = start(&lost, &other_folder);
        prop_assert_eq!(&headers, &from_blocks.segment_headers().last_headers(usize::MAX));

        let pieces: BTreeMap<_, _> = headers
            .iter()
            .map(|header| {
                let segment = recreate_segment(&*chain, &link, header).unwrap();
                (header.segment_index, segment)
            })
            .collect();
        for header in &headers {
            let segment = &pieces[&header.segment_index];
            prop_assert_eq!(&segment.header, header);
            for (position, piece) in segment.pieces.iter().enumerate() {
                let stored = archiver.piece_store.piece(header, position as u32);
                prop_assert_eq!(stored.as_deref(), Some(piece));
            }
        }
    }
}

fn archiver_last(chain: &TestChain) -> u32 {
    chain.info().best_number.saturating_sub(5)
}

#[test]
fn a_segment_that_cannot_be_recreated_as_it_was_is_refused() {
    let chain = Arc::new(TestChain::new());
    let folder = tempfile::tempdir().unwrap();
    let (link, mut archiver) = start(&chain, &folder);
    for _ in 0..12 {
        import(&chain, &link, &mut archiver, 40_000);
    }
    let header = link.segment_headers().last().unwrap();
    let mut wrong_root = header;
    wrong_root.segment_root.0[0] ^= 1;
    let mut too_early = header;
    too_early.last_archived_block.number = 0;
    for wrong in [wrong_root, too_early] {
        assert!(matches!(
            recreate_segment(&*chain, &link, &wrong),
            Err(ArchivingError::SegmentDiffers { .. })
        ));
    }
}

#[test]
fn finalized_blocks_stay_archived_after_the_chain_was_reverted() {
    let chain = Arc::new(TestChain::new());
    let folder = tempfile::tempdir().unwrap();
    let (link, mut archiver) = start(&chain, &folder);
    for _ in 0..20 {
        import(&chain, &link, &mut archiver, 40_000);
    }
    let headers = link.segment_headers().last_headers(usize::MAX);
    chain.finalize(15);
    // As `revert` leaves it: the finalized block is the best one
    let block = chain
        .block(chain.hash(15).unwrap().unwrap())
        .unwrap()
        .unwrap();
    chain.push(block);
    let (link, archiver) = start(&chain, &folder);
    assert_eq!(archiver.last_block(), 15);
    assert_eq!(link.segment_headers().last_headers(usize::MAX), headers);
}

#[test]
fn headers_of_a_longer_fork_are_those_that_archiving_it_gives() {
    let chain = Arc::new(TestChain::new());
    let folder = tempfile::tempdir().unwrap();
    let (link, mut archiver) = start(&chain, &folder);
    let forked = Arc::new(TestChain::new());
    let other_folder = tempfile::tempdir().unwrap();
    let (other_link, mut other_archiver) = start(&forked, &other_folder);
    // The last of eight common blocks is not archived yet, and none of the fork's is on the best chain
    for _ in 0..8 {
        import(&chain, &link, &mut archiver, 20_000);
        import(&forked, &other_link, &mut other_archiver, 20_000);
    }
    import(&chain, &link, &mut archiver, 30_000);
    let common = link.segment_headers().len();
    let mut tip = chain.hash(8).unwrap().unwrap();
    for number in 9..=30u32 {
        let length = if number % 5 == 0 { 100_000 } else { 9_000 };
        tip = chain.insert(block_of_bytes(number, tip, bytes(number, length)));
        import(&forked, &other_link, &mut other_archiver, length);
        let until = number - link.params().confirmation_depth;
        if until <= archiver.last_block() {
            continue;
        }
        let ahead = archiver.headers_on_fork(tip, until).unwrap();
        let expected = other_link.segment_headers().last_headers(usize::MAX);
        let seen = link.segment_headers().with_headers(&ahead);
        assert_eq!(seen.last_headers(usize::MAX), expected);
        assert_eq!(
            seen.history_size(number),
            other_link.segment_headers().history_size(number)
        );
    }
    assert_eq!(link.segment_headers().len(), common);
    assert!(other_link.segment_headers().len() > common + 4);

    // A fork from below the archived block is none that can be checked
    let early = chain.hash(2).unwrap().unwrap();
    let mut tip = early;
    for number in 3..12 {
        tip = chain.insert(block_of_bytes(number, tip, vec![1]));
    }
    assert!(matches!(
        archiver.headers_on_fork(tip, 6),
        Err(ArchivingError::OtherFork { .. })
    ));
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vector {
    number: u32,
    parent_hash: Hash,
    state_root: Hash,
    extrinsics_root: Hash,
    seal: Bytes,
    extrinsics: Vec<Bytes>,
    justification: Bytes,
    archived: Bytes,
}

#[derive(serde::Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[test]
fn the_archived_form_of_a_block_is_that_of_the_golden_vectors() {
    let vectors: Vectors =
        serde_json::from_str(include_str!("../../../../test/vectors/archived-block.json")).unwrap();
    assert!(!vectors.vectors.is_empty());
    for vector in vectors.vectors {
        let chain = TestChain::new();
        let hash = chain.insert(SignedBlock {
            block: Block {
                header: Header {
                    parent_hash: vector.parent_hash,
                    number: vector.number,
                    state_root: vector.state_root,
                    extrinsics_root: vector.extrinsics_root,
                    digest: Digest {
                        logs: vec![DigestItem::Seal(POAS_ENGINE_ID, vector.seal.0)],
                    },
                },
                extrinsics: vector
                    .extrinsics
                    .into_iter()
                    .map(|extrinsic| OpaqueExtrinsic::from_blob(extrinsic.0))
                    .collect(),
            },
            justifications: Some(Justifications::new(vec![
                (*b"OTHR", vec![7]),
                (POAS_ENGINE_ID, vector.justification.0),
            ])),
        });
        let params = crate::test_chain::unit_params();
        let block = history_block_by_hash(&chain, &params, vector.number, hash).unwrap();
        assert_eq!(Bytes(block.bytes), vector.archived);
    }
}
