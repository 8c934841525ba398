//! The oracle is the library with its naive engine, whole records at once.

use super::*;
use proptest::prelude::*;
use reed_solomon_simd::engine::Naive;

fn naive_parity(source: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let count = source.len();
    let mut encoder =
        HighRateEncoder::new(count, count, source[0].len(), Naive::new(), None).unwrap();
    for record in source {
        encoder.add_original_shard(record).unwrap();
    }
    encoder
        .encode()
        .unwrap()
        .recovery_iter()
        .map(<[u8]>::to_vec)
        .collect()
}

/// Records that differ from each other and from those of every other seed.
fn records(count: usize, size: usize, seed: u64) -> Vec<Vec<u8>> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..count)
        .map(|_| (0..size).map(|_| byte()).collect())
        .collect()
}

fn slices(records: &[Vec<u8>]) -> Vec<&[u8]> {
    records.iter().map(Vec::as_slice).collect()
}

fn slices_mut(records: &mut [Vec<u8>]) -> Vec<&mut [u8]> {
    records.iter_mut().map(Vec::as_mut_slice).collect()
}

fn extend(source: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut parity = vec![vec![0; source[0].len()]; source.len()];
    SegmentCoder::new(source.len())
        .unwrap()
        .extend(&slices(source), &mut slices_mut(&mut parity))
        .unwrap();
    parity
}

#[test]
fn parity_is_that_of_the_naive_engine_whatever_the_columns() {
    for (count, size) in [
        (1, 64),
        (2, 128),
        (8, 8192),
        (4, COLUMN_SIZE),
        (4, COLUMN_SIZE + 64),
        (2, 3 * COLUMN_SIZE - 64),
        (16, 2 * COLUMN_SIZE),
        (128, 1024),
    ] {
        let source = records(count, size, 1);
        assert!(
            extend(&source) == naive_parity(&source),
            "{count} records of {size} bytes"
        );
    }
}

#[cfg(feature = "parallel")]
#[test]
fn parity_is_the_same_for_any_number_of_threads() {
    let source = records(8, 5 * COLUMN_SIZE, 2);
    let parity = [1, 2, 3].map(|threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| extend(&source))
    });
    assert!(parity[0] == parity[1]);
    assert!(parity[0] == parity[2]);
}

#[test]
fn wrong_sizes_are_refused() {
    for count in [0, 3, 100, 65_536] {
        assert_eq!(
            SegmentCoder::new(count),
            Err(ErasureCodingError::SourceShards(count))
        );
    }
    let coder = SegmentCoder::new(2).unwrap();
    let source = records(3, 128, 1);
    let mut parity = records(3, 128, 2);
    assert_eq!(
        coder.extend(&slices(&source), &mut slices_mut(&mut parity)[..2]),
        Err(ErasureCodingError::ShardCount {
            expected: 2,
            actual: 3
        })
    );
    assert_eq!(
        coder.extend(&slices(&source[..2]), &mut slices_mut(&mut parity)),
        Err(ErasureCodingError::ShardCount {
            expected: 2,
            actual: 3
        })
    );
    for (size, expected) in [(0, 64), (63, 64), (100, 128), (129, 192)] {
        let source = records(2, size, 1);
        assert_eq!(
            coder.extend(&slices(&source), &mut slices_mut(&mut source.clone())),
            Err(ErasureCodingError::RecordSize {
                expected,
                actual: size
            })
        );
    }
    parity[1].truncate(64);
    assert_eq!(
        coder.extend(&slices(&source[..2]), &mut slices_mut(&mut parity)[..2]),
        Err(ErasureCodingError::RecordSize {
            expected: 128,
            actual: 64
        })
    );
    let mut recovered = records(2, 128, 3);
    let present = [Some(&source[0][..]), None, None, Some(&source[1][64..])];
    assert_eq!(
        coder.recover_source(&present, &mut slices_mut(&mut recovered)),
        Err(ErasureCodingError::RecordSize {
            expected: 128,
            actual: 64
        })
    );
    assert_eq!(
        coder.recover_source(&present[..2], &mut slices_mut(&mut recovered)),
        Err(ErasureCodingError::ShardCount {
            expected: 4,
            actual: 2
        })
    );
    assert_eq!(
        coder.recover_source(
            &[Some(&source[0][..]), None, None, None],
            &mut slices_mut(&mut recovered)
        ),
        Err(ErasureCodingError::NotEnoughShards {
            required: 2,
            present: 1
        })
    );
}

proptest! {
    #[test]
    fn any_half_recovers_the_source(
        depth in 0usize..6,
        blocks in 1usize..4,
        wide in any::<bool>(),
        seed in any::<u64>(),
        order in prop::collection::vec(any::<u64>(), 64),
        surplus in any::<prop::sample::Index>(),
    ) {
        let count = 1usize << depth;
        let size = 64 * blocks + if wide { COLUMN_SIZE } else { 0 };
        let source = records(count, size, seed);
        let whole = [source.clone(), extend(&source)].concat();

        // A random half and some more.
        let mut indices: Vec<usize> = (0..2 * count).collect();
        indices.sort_by_key(|&index| order[index]);
        let mut present = vec![None; 2 * count];
        for &index in &indices[..count + surplus.index(count + 1)] {
            present[index] = Some(whole[index].as_slice());
        }

        let mut recovered = vec![vec![0x55; size]; count];
        SegmentCoder::new(count)
            .unwrap()
            .recover_source(&present, &mut slices_mut(&mut recovered))
            .unwrap();
        prop_assert!(recovered == source);
    }
}
