//! The oracle is the library with its naive engine, one record at a time.

use super::*;
use proptest::prelude::*;
use reed_solomon_simd::engine::Naive;

type Chunk = [u8; CHUNK_SIZE];

fn naive_parity(source: &[Chunk]) -> Vec<Chunk> {
    let count = source.len();
    let mut encoder = HighRateEncoder::new(count, count, CHUNK_SIZE, Naive::new(), None).unwrap();
    for chunk in source {
        encoder.add_original_shard(chunk).unwrap();
    }
    encoder
        .encode()
        .unwrap()
        .recovery_iter()
        .map(|chunk| chunk.try_into().unwrap())
        .collect()
}

/// Chunks that differ from each other and from those of every other seed.
fn chunks(count: usize, seed: u64) -> Vec<Chunk> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut chunk = || {
        let mut chunk = [0; CHUNK_SIZE];
        for part in chunk.chunks_exact_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            part.copy_from_slice(&state.to_le_bytes());
        }
        chunk
    };
    (0..count).map(|_| chunk()).collect()
}

#[test]
fn parity_is_that_of_the_naive_engine_at_every_size() {
    for depth in 0..=12 {
        let count = 1 << depth;
        let mut coder = RecordCoder::new(count).unwrap();
        let sources = [chunks(count, 1), chunks(count, 2)];
        let expected = sources.each_ref().map(|source| naive_parity(source));

        for (source, expected) in sources.iter().zip(&expected) {
            let mut parity = vec![[0; CHUNK_SIZE]; count];
            coder.extend(source, &mut parity).unwrap();
            assert_eq!(&parity, expected, "{count} chunks");
        }

        let [mut first, mut second] = [vec![[0; CHUNK_SIZE]; count], vec![[0; CHUNK_SIZE]; count]];
        coder
            .extend_pair([&sources[0], &sources[1]], [&mut first, &mut second])
            .unwrap();
        assert_eq!([first, second], expected, "{count} chunks");
    }
}

#[test]
fn a_production_record_is_extended_and_recovered_from_parity_alone() {
    let count = crate::MAX_SOURCE_SHARDS;
    let mut coder = RecordCoder::new(count).unwrap();
    let source = chunks(count, 3);
    let expected = naive_parity(&source);
    let mut extended = source.clone();
    extended.resize(2 * count, [0; CHUNK_SIZE]);
    let (_, parity) = extended.split_at_mut(count);
    coder.extend(&source, parity).unwrap();
    assert_eq!(parity, expected);

    let mut lossy = extended.clone();
    lossy[..count].fill([0xaa; CHUNK_SIZE]);
    let present: Vec<bool> = (0..2 * count).map(|index| index >= count).collect();
    coder.recover(&mut lossy, &present).unwrap();
    assert!(lossy == extended);
}

#[test]
fn wrong_sizes_are_refused() {
    for count in [0, 3, 1000, 65_536, usize::MAX] {
        assert_eq!(
            RecordCoder::new(count).err(),
            Some(ErasureCodingError::SourceShards(count))
        );
    }
    let mut coder = RecordCoder::new(8).unwrap();
    let refused = |actual| {
        Err(ErasureCodingError::ShardCount {
            expected: 8,
            actual,
        })
    };
    let mut right = [[0; CHUNK_SIZE]; 8];
    let mut wrong = [[0; CHUNK_SIZE]; 9];
    assert_eq!(coder.extend(&[[0; CHUNK_SIZE]; 7], &mut right), refused(7));
    assert_eq!(coder.extend(&right.clone(), &mut wrong), refused(9));
    let source = right;
    assert_eq!(
        coder.extend_pair([&source, &source[1..]], [&mut right, &mut wrong[1..]]),
        refused(7)
    );
    assert_eq!(
        coder.extend_pair([&source, &source], [&mut right, &mut wrong]),
        refused(9)
    );
    let mut chunks = [[0; CHUNK_SIZE]; 16];
    assert!(coder.recover(&mut chunks[..15], &[true; 16]).is_err());
    assert!(coder.recover(&mut chunks, &[true; 15]).is_err());
}

#[test]
fn a_coder_goes_on_after_an_error() {
    let mut coder = RecordCoder::new(4).unwrap();
    let source = chunks(4, 9);
    let mut extended = [source.clone(), naive_parity(&source)].concat();
    let whole = extended.clone();
    let mut present = [true; 8];
    present[1..6].fill(false);
    assert_eq!(
        coder.recover(&mut extended, &present),
        Err(ErasureCodingError::NotEnoughShards {
            required: 4,
            present: 3
        })
    );
    assert_eq!(extended, whole, "nothing is written on error");
    present[1] = true;
    extended[2..6].fill([0; CHUNK_SIZE]);
    coder.recover(&mut extended, &present).unwrap();
    assert_eq!(extended, whole);
}

proptest! {
    #[test]
    fn any_half_recovers_all(
        depth in 0usize..9,
        seed in any::<u64>(),
        order in any::<u64>(),
        surplus in any::<prop::sample::Index>(),
    ) {
        let count = 1usize << depth;
        let source = chunks(count, seed);
        let whole = [source.clone(), naive_parity(&source)].concat();

        // A random half and some more.
        let keys = chunks(2 * count, order);
        let mut indices: Vec<usize> = (0..2 * count).collect();
        indices.sort_by_key(|&index| keys[index]);
        let mut present = vec![false; 2 * count];
        for &index in &indices[..count + surplus.index(count + 1)] {
            present[index] = true;
        }

        let mut lossy = whole.clone();
        for (chunk, present) in lossy.iter_mut().zip(&present) {
            if !present {
                *chunk = [0x55; CHUNK_SIZE];
            }
        }
        let mut coder = RecordCoder::new(count).unwrap();
        // Twice, since the second run reuses the memory of the first.
        for _ in 0..2 {
            let mut recovered = lossy.clone();
            coder.recover(&mut recovered, &present).unwrap();
            prop_assert_eq!(&recovered, &whole);
        }
    }
}
