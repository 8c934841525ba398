use super::*;
use crate::test_chain::TestChain;
use autonomys_core_primitives::{LastArchivedBlock, SegmentRoot};
use proptest::prelude::*;

const DEPTH: BlockNumber = 5;

/// Headers whose last blocks are these.
fn headers(last_blocks: &[BlockNumber]) -> Vec<SegmentHeader> {
    let mut headers: Vec<SegmentHeader> = Vec::new();
    for (position, &number) in last_blocks.iter().enumerate() {
        headers.push(SegmentHeader {
            segment_index: SegmentIndex(position as u64),
            segment_root: SegmentRoot([position as u8; 32]),
            prev_segment_header_hash: headers
                .last()
                .map_or(SegmentHeaderHash::default(), SegmentHeader::hash),
            last_archived_block: LastArchivedBlock {
                number,
                partial_bytes: 1,
            },
        });
    }
    headers
}

fn open(aux: &TestChain) -> SegmentHeaderStore {
    SegmentHeaderStore::open(aux, DEPTH).unwrap()
}

#[test]
fn headers_survive_being_reopened_at_every_length_around_a_batch() {
    let aux = TestChain::new();
    let all = headers(&(0..BATCH_SIZE as u32 + 3).collect::<Vec<_>>());
    let store = open(&aux);
    assert!(store.is_empty());
    for (position, header) in all.iter().enumerate() {
        store.append(&aux, std::slice::from_ref(header)).unwrap();
        if position % 50 == 0 || position + 4 > BATCH_SIZE {
            let reopened = open(&aux);
            assert_eq!(reopened.len(), position + 1);
            assert_eq!(reopened.last(), Some(*header));
        }
    }
    assert_eq!(store.last_headers(2), all[all.len() - 2..]);
    assert_eq!(store.last_headers(usize::MAX), all);
    // All at once is the same
    let other = TestChain::new();
    open(&other).append(&other, &all).unwrap();
    assert_eq!(open(&other).last_headers(usize::MAX), all);
    for key in aux.aux_keys() {
        assert_eq!(aux.get_aux(&key).unwrap(), other.get_aux(&key).unwrap());
    }
}

#[test]
fn known_headers_are_accepted_again_and_others_refused_without_a_change() {
    let aux = TestChain::new();
    let store = open(&aux);
    let all = headers(&[0, 3, 4, 9]);
    store.append(&aux, &all[..3]).unwrap();
    store.append(&aux, &all[1..]).unwrap();
    assert_eq!(store.len(), 4);

    let next = SegmentHeader {
        segment_index: SegmentIndex(4),
        prev_segment_header_hash: all[3].hash(),
        ..all[3]
    };
    let differs = SegmentHeader {
        segment_root: SegmentRoot([9; 32]),
        ..all[2]
    };
    let gap = SegmentHeader {
        segment_index: SegmentIndex(5),
        ..next
    };
    let unchained = SegmentHeader {
        prev_segment_header_hash: all[2].hash(),
        ..next
    };
    let mut older = next;
    older.last_archived_block.number = 8;
    for wrong in [differs, gap, unchained, older] {
        assert!(matches!(
            store.append(&aux, &[next, wrong]),
            Err(SegmentHeadersError::NotNext { .. })
        ));
        assert_eq!(store.len(), 4);
        assert_eq!(open(&aux).len(), 4);
    }
}

#[test]
fn a_damaged_database_is_noticed() {
    let all = headers(&[0, 3, 4]);
    for bytes in [
        vec![0],
        vec![0xff; 20],
        all[1..].encode(),
        vec![all[0], all[2]].encode(),
        [all.encode(), vec![0]].concat(),
    ] {
        let aux = TestChain::new();
        aux.apply(vec![(key(0), Some(bytes))]);
        assert!(matches!(
            SegmentHeaderStore::open(&aux, DEPTH),
            Err(SegmentHeadersError::Damaged { .. })
        ));
    }
}

#[test]
fn the_genesis_segment_is_due_in_block_1_and_others_after_the_confirmation_depth() {
    let aux = TestChain::new();
    let store = open(&aux);
    let all = headers(&[0, 3, 3, 7]);
    store.append(&aux, &all).unwrap();
    let due = |number| store.segment_headers_for_block(number);
    assert_eq!(due(0), []);
    assert_eq!(due(1), all[..1]);
    assert_eq!(due(8), []);
    assert_eq!(due(9), all[1..3]);
    assert_eq!(due(13), all[3..]);
    let sizes = [0, 1, 8, 9, 12, 13, u32::MAX].map(|number| store.history_size(number).get());
    assert_eq!(sizes, [1, 1, 1, 3, 3, 4, 4]);
    assert_eq!(
        store.rfind(|header| header.last_archived_block.number <= 6),
        Some(all[2])
    );
}

proptest! {
    #[test]
    fn due_headers_and_history_size_are_those_of_a_walk_over_all_headers(
        mut last_blocks in prop::collection::vec(1..60u32, 0..40),
        number in 0..80u32,
    ) {
        last_blocks.sort_unstable();
        last_blocks.insert(0, 0);
        let aux = TestChain::new();
        let store = open(&aux);
        let all = headers(&last_blocks);
        store.append(&aux, &all).unwrap();
        let due_at = |header: &SegmentHeader| match header.segment_index.0 {
            0 => 1,
            _ => header.last_archived_block.number + DEPTH + 1,
        };
        let due: Vec<_> = all.iter().filter(|header| due_at(header) == number).copied().collect();
        let size = all.iter().filter(|header| due_at(header) <= number).count().max(1);
        prop_assert_eq!(store.segment_headers_for_block(number), due);
        prop_assert_eq!(store.history_size(number).get(), size as u64);
    }
}
