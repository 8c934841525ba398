use super::*;
use autonomys_core_primitives::{LastArchivedBlock, SegmentHeaderHash, SegmentIndex, SegmentRoot};
use codec::Encode;
use proptest::prelude::*;

const SIZE: usize = 256;

fn header(index: u64, partial_bytes: u32) -> SegmentHeader {
    SegmentHeader {
        segment_index: SegmentIndex(index),
        segment_root: SegmentRoot([1; 32]),
        prev_segment_header_hash: SegmentHeaderHash([u8::from(index != 0); 32]),
        last_archived_block: LastArchivedBlock {
            number: 7,
            partial_bytes,
        },
    }
}

/// A segment of these items, filled with zeros.
fn segment(items: &[(ItemKind, &[u8])]) -> Vec<u8> {
    let mut segment = Vec::new();
    for (kind, content) in items {
        write(&mut segment, *kind, content);
    }
    assert!(segment.len() <= SIZE);
    segment.resize(SIZE, 0);
    segment
}

#[test]
fn what_is_written_is_read() {
    let parent = header(3, 50);
    let segment = segment(&[
        (ItemKind::ParentSegmentHeader, &parent.encode()),
        (ItemKind::BlockContinuation, &[1; 10]),
        (ItemKind::Block, &[2]),
        (ItemKind::Block, &[3; 100]),
        (ItemKind::BlockStart, &[4; 40]),
    ]);
    let items = Items::parse(&segment).unwrap();
    assert_eq!(items.parent, Some(parent));
    assert_eq!(items.continuation, Some(&[1; 10][..]));
    assert!(!items.continuation_is_last);
    assert_eq!(items.blocks().collect::<Vec<_>>(), [&[2][..], &[3; 100]]);
    assert_eq!(items.start, Some(&[4; 40][..]));
}

#[test]
fn a_continuation_that_fills_the_segment_is_told_from_one_that_does_not() {
    let parent = header(3, 50).encode();
    for padding in 0..6 {
        let content = vec![1; SIZE - 85 - 5 - padding];
        let segment = segment(&[
            (ItemKind::ParentSegmentHeader, &parent),
            (ItemKind::BlockContinuation, &content),
        ]);
        let items = Items::parse(&segment).unwrap();
        assert_eq!(items.continuation, Some(&content[..]));
        assert_eq!(items.continuation_is_last, padding == 0);
        assert_eq!(items.blocks().count(), 0);
        assert_eq!(items.start, None);
    }
}

#[test]
fn hostile_segments_are_refused() {
    let parse = |segment: &[u8]| Items::parse(segment).unwrap_err();
    let complete = header(1, 0).encode();
    let partial = header(1, 9).encode();

    assert_eq!(
        parse(&[0; SIZE]),
        SegmentError::UnknownItem {
            offset: 0,
            variant: 0
        }
    );
    for variant in 5..=255 {
        let mut bytes = segment(&[(ItemKind::Block, &[1; 10])]);
        bytes[15] = variant;
        assert_eq!(
            parse(&bytes),
            SegmentError::UnknownItem {
                offset: 15,
                variant
            }
        );
    }

    // Lengths: none, one more than there is, as much as can be.
    for length in [0, SIZE as u32 - 4, u32::MAX] {
        let mut bytes = segment(&[(ItemKind::Block, &[1; SIZE - 5])]);
        bytes[1..5].copy_from_slice(&length.to_le_bytes());
        assert_eq!(
            parse(&bytes),
            SegmentError::ItemLength {
                offset: 0,
                length,
                room: SIZE - 5
            }
        );
    }

    // Padding: not zero, or where an item would fit.
    let mut bytes = segment(&[(ItemKind::Block, &[1; SIZE - 5 - 5])]);
    assert!(Items::parse(&bytes).is_ok());
    for offset in SIZE - 5..SIZE {
        bytes[offset] = 1;
        assert_eq!(parse(&bytes), SegmentError::Padding { offset: SIZE - 5 });
        bytes[offset] = 0;
    }
    assert_eq!(
        parse(&segment(&[(ItemKind::Block, &[1; SIZE - 5 - 6])])),
        SegmentError::UnknownItem {
            offset: SIZE - 6,
            variant: 0
        }
    );

    // Items out of place.
    let fill = |used: usize| vec![1; SIZE - used - 5];
    let parent = (ItemKind::ParentSegmentHeader, &complete[..]);
    let parent_of_partial = (ItemKind::ParentSegmentHeader, &partial[..]);
    for (items, offset) in [
        (vec![(ItemKind::BlockContinuation, &fill(0)[..])], 0),
        (vec![parent, (ItemKind::BlockContinuation, &fill(85))], 85),
        (vec![parent_of_partial, (ItemKind::Block, &fill(85))], 85),
        (
            vec![parent_of_partial, (ItemKind::BlockStart, &fill(85))],
            85,
        ),
        (
            vec![
                parent_of_partial,
                (ItemKind::BlockContinuation, &[1]),
                (ItemKind::BlockContinuation, &fill(91)),
            ],
            91,
        ),
        (vec![parent, parent], 85),
        (
            vec![
                (ItemKind::Block, &[1]),
                parent,
                (ItemKind::Block, &fill(91)),
            ],
            6,
        ),
        (
            vec![(ItemKind::BlockStart, &[1]), (ItemKind::Block, &fill(6))],
            0,
        ),
        (vec![(ItemKind::BlockStart, &fill(1))], 0),
    ] {
        assert_eq!(
            parse(&segment(&items)),
            SegmentError::Misplaced { offset },
            "{items:?}"
        );
    }

    // Headers that are none.
    let mut no_parent = header(1, 0);
    no_parent.prev_segment_header_hash = SegmentHeaderHash::default();
    let mut first_with_parent = header(0, 0);
    first_with_parent.prev_segment_header_hash = SegmentHeaderHash([1; 32]);
    let longer = [&complete[..], &[0]].concat();
    for content in [
        &complete[..79],
        &longer,
        &[1],
        &no_parent.encode(),
        &first_with_parent.encode(),
    ] {
        assert_eq!(
            parse(&segment(&[(ItemKind::ParentSegmentHeader, content)])),
            SegmentError::ParentSegmentHeader
        );
    }
    // Nothing after the header.
    let parent_only = &segment(&[parent_of_partial])[..85];
    assert_eq!(parse(parent_only), SegmentError::ParentSegmentHeader);
}

#[test]
fn a_segment_of_any_length_is_read_without_a_panic() {
    let whole = segment(&[
        (ItemKind::ParentSegmentHeader, &header(3, 50).encode()),
        (ItemKind::BlockContinuation, &[1; 10]),
        (ItemKind::Block, &[3; 100]),
    ]);
    for length in 0..SIZE {
        let _ = Items::parse(&whole[..length]);
    }
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic(
        mut bytes in prop::collection::vec(prop_oneof![0u8..6, any::<u8>()], 0..SIZE),
        lengths in prop::collection::vec((any::<prop::sample::Index>(), 0u32..40), 0..20),
    ) {
        // Plausible lengths here and there, so that some items are read.
        for (index, length) in lengths {
            if !bytes.is_empty() {
                let at = index.index(bytes.len());
                for (byte, value) in bytes[at..].iter_mut().skip(1).zip(length.to_le_bytes()) {
                    *byte = value;
                }
            }
        }
        if let Ok(items) = Items::parse(&bytes) {
            let contents: usize = items.blocks().map(<[u8]>::len).sum();
            prop_assert!(contents <= bytes.len());
        }
    }
}
