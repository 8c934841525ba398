use super::*;
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{ConsensusParams, Preset};
use proptest::prelude::*;

fn layout(chunks_per_record: u32, pieces_in_sector: u16) -> SectorLayout {
    SectorLayout::new(ConsensusParams {
        chunks_per_record,
        pieces_in_sector,
        ..Preset::Main.params(NetworkTag::default())
    })
    .unwrap()
}

fn check(chunks_per_record: u32, pieces_in_sector: u16, density: u8, seed: u8) {
    let layout = layout(chunks_per_record, pieces_in_sector);
    let mut bitmaps = vec![0; layout.pieces() * layout.bitmap_size()];
    blake3::Hasher::new_keyed(&[seed; 32])
        .finalize_xof()
        .fill(&mut bitmaps);
    for byte in &mut bitmaps {
        *byte = if *byte < density { 0xff } else { *byte };
    }
    // Bits past the last s-bucket are never set
    if layout.s_buckets() < 8 {
        for byte in &mut bitmaps {
            *byte &= (1 << layout.s_buckets()) - 1;
        }
    }
    let contents = ContentsMap::new(&layout, bitmaps);
    let naive = |s_bucket: usize, records: u16| {
        (0..records)
            .filter(|&record| is_set(contents.bitmap(record), s_bucket as SBucket))
            .count()
    };
    for records in [0, 1, pieces_in_sector / 2, pieces_in_sector] {
        let occupancy = contents.occupancy(records);
        for (s_bucket, &count) in occupancy.iter().enumerate().take(layout.s_buckets()) {
            assert_eq!(usize::from(count), naive(s_bucket, records));
        }
    }
    for record in layout.piece_offsets() {
        let s_buckets: Vec<_> = contents.s_buckets(record).collect();
        assert_eq!(s_buckets.len(), contents.chunk_count(record) as usize);
        assert!(s_buckets.is_sorted());
        for s_bucket in s_buckets {
            let position = naive(usize::from(s_bucket), record) as u16;
            assert_eq!(contents.record_at(s_bucket, position), Some(record));
        }
    }
    let in_first = naive(0, pieces_in_sector) as u16;
    assert_eq!(contents.record_at(0, in_first), None);
}

proptest! {
    #[test]
    fn occupancy_is_what_counting_one_by_one_gives(
        log_chunks in 1u32..9,
        pieces in 1u16..40,
        density: u8,
        seed: u8,
    ) {
        check(1 << log_chunks, pieces, density, seed);
    }
}

#[test]
fn a_full_sector_is_counted_without_overflow() {
    check(2, 1000, 255, 1);
    check(1024, 64, 255, 2);
}

#[test]
fn a_record_that_does_not_exist_has_no_chunk() {
    let layout = layout(256, 8);
    let contents = ContentsMap::new(&layout, vec![0xff; 8 * layout.bitmap_size()]);
    assert!(contents.bitmap(8).is_empty());
    assert_eq!(contents.chunk_count(8), 0);
    assert_eq!(contents.record_at(512, 0), None);
}
