use crate::{
    Error, GROUP_LANES, GROUP_WORDS, Group, Implementation, hash_group, keyed_hash_many_32,
    keyed_hash_pairs,
};
use proptest::array::uniform32;
use proptest::collection::vec;
use proptest::prelude::*;

fn group(messages: &[Vec<u8>]) -> Group {
    let mut group = Group::default();
    for (lane, message) in messages.iter().enumerate() {
        for (index, byte) in message.iter().enumerate() {
            group.words[index / 4][lane] |= u32::from(*byte) << (8 * (index % 4));
        }
    }
    group
}

fn hash_of_lane(hashes: &Group, lane: usize) -> Vec<u8> {
    hashes
        .words
        .iter()
        .flat_map(|lanes| lanes[lane].to_le_bytes())
        .collect()
}

#[test]
fn the_functions_use_the_last_available_implementation() {
    assert_eq!(
        Some(Implementation::detect()),
        Implementation::available().last()
    );
    assert_eq!(
        Implementation::available().next(),
        Some(Implementation::Portable)
    );
}

#[cfg(target_arch = "x86_64")]
#[test]
fn every_vector_implementation_of_the_cpu_is_tested() {
    let available: Vec<_> = Implementation::available().collect();
    assert_eq!(
        available.contains(&Implementation::Avx2),
        std::arch::is_x86_feature_detected!("avx2")
    );
    assert_eq!(
        available.contains(&Implementation::Avx512),
        std::arch::is_x86_feature_detected!("avx512f")
    );
}

#[test]
fn groups_of_every_length_equal_blake3() {
    for implementation in Implementation::available() {
        for length in 0..=4 * GROUP_WORDS {
            let messages: Vec<Vec<u8>> = (0..GROUP_LANES)
                .map(|lane| {
                    (0..length)
                        .map(|i| (i * 37 + lane * 11 + 1) as u8)
                        .collect()
                })
                .collect();
            let hashes = implementation
                .hash_group(length, &group(&messages))
                .unwrap();
            for (lane, message) in messages.iter().enumerate() {
                assert_eq!(
                    hash_of_lane(&hashes, lane),
                    blake3::hash(message).as_bytes(),
                    "{implementation:?}, length {length}, lane {lane}"
                );
            }
        }
    }
}

#[test]
fn every_count_equals_blake3() {
    let key = core::array::from_fn(|i| i as u8);
    let nodes: Vec<[u8; 32]> = (0..200u8)
        .map(|node| core::array::from_fn(|i| node.wrapping_mul(29) ^ i as u8))
        .collect();
    for implementation in Implementation::available() {
        for count in 0..=100 {
            let mut hashes = vec![[0; 32]; count];
            implementation
                .keyed_hash_many_32(&key, &nodes[..count], &mut hashes)
                .unwrap();
            for (hash, message) in hashes.iter().zip(&nodes) {
                assert_eq!(hash, blake3::keyed_hash(&key, message).as_bytes());
            }

            let mut hashes = vec![[0; 32]; count];
            implementation
                .keyed_hash_pairs(&key, &nodes[..2 * count], &mut hashes)
                .unwrap();
            for (hash, pair) in hashes.iter().zip(nodes.as_chunks::<2>().0) {
                assert_eq!(
                    hash,
                    blake3::keyed_hash(&key, pair.as_flattened()).as_bytes()
                );
            }
        }
    }
}

#[test]
fn counts_that_do_not_fit_are_refused() {
    let key = [7; 32];
    for implementation in Implementation::available() {
        let mut hashes = [[0; 32]; 2];
        assert_eq!(
            implementation.keyed_hash_pairs(&key, &[[0; 32]; 3], &mut hashes),
            Err(Error::OddNodeCount { nodes: 3 })
        );
        for pairs in [0, 1, 3] {
            assert_eq!(
                implementation.keyed_hash_pairs(&key, &vec![[0; 32]; 2 * pairs], &mut hashes),
                Err(Error::HashCount {
                    messages: pairs,
                    hashes: 2
                })
            );
            assert_eq!(
                implementation.keyed_hash_many_32(&key, &vec![[0; 32]; pairs], &mut hashes),
                Err(Error::HashCount {
                    messages: pairs,
                    hashes: 2
                })
            );
        }
        assert_eq!(hashes, [[0; 32]; 2], "nothing was hashed");
        assert_eq!(
            implementation.hash_group(33, &Group::default()),
            Err(Error::MessageLength { length: 33 })
        );
    }
}

proptest! {
    #[test]
    fn any_group_equals_blake3(
        messages in (0..=4 * GROUP_WORDS)
            .prop_flat_map(|length| vec(vec(any::<u8>(), length), GROUP_LANES)),
    ) {
        let length = messages[0].len();
        let messages_group = group(&messages);
        for implementation in Implementation::available() {
            let hashes = implementation.hash_group(length, &messages_group).unwrap();
            for (lane, message) in messages.iter().enumerate() {
                prop_assert_eq!(hash_of_lane(&hashes, lane), *blake3::hash(message).as_bytes());
            }
        }
        prop_assert_eq!(
            hash_group(length, &messages_group),
            Implementation::Portable.hash_group(length, &messages_group)
        );
    }

    #[test]
    fn any_keyed_messages_equal_blake3(
        key in any::<[u8; 32]>(),
        nodes in vec(uniform32(any::<u8>()), 0..=200),
    ) {
        let mut hashes = vec![[0; 32]; nodes.len()];
        let even = nodes.len() / 2 * 2;
        for implementation in Implementation::available() {
            implementation.keyed_hash_many_32(&key, &nodes, &mut hashes).unwrap();
            for (hash, message) in hashes.iter().zip(&nodes) {
                prop_assert_eq!(*hash, *blake3::keyed_hash(&key, message).as_bytes());
            }
            implementation.keyed_hash_pairs(&key, &nodes[..even], &mut hashes[..even / 2]).unwrap();
            for (hash, pair) in hashes.iter().zip(nodes.as_chunks::<2>().0) {
                prop_assert_eq!(*hash, *blake3::keyed_hash(&key, pair.as_flattened()).as_bytes());
            }
        }

        let mut portable = vec![[0; 32]; nodes.len()];
        Implementation::Portable.keyed_hash_many_32(&key, &nodes, &mut portable).unwrap();
        keyed_hash_many_32(&key, &nodes, &mut hashes).unwrap();
        prop_assert_eq!(&hashes, &portable);
        Implementation::Portable
            .keyed_hash_pairs(&key, &nodes[..even], &mut portable[..even / 2])
            .unwrap();
        keyed_hash_pairs(&key, &nodes[..even], &mut hashes[..even / 2]).unwrap();
        prop_assert_eq!(&hashes, &portable);
    }
}
