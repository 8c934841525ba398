//! Each part against its simple form, also where tables made from seeds never lead.

use super::naive::{Bits, NaiveEntry, bits_of_number, combine, residues_match};
use super::{k, seed};
use crate::bits::{pack, unpack};
use crate::function::{FirstFunction, Function, METADATA_WORDS, X_PER_STRETCH};
use crate::matching::{BUCKET_SIZE, Instructions, Matcher, is_match};
use crate::parameters::METADATA_UNITS;
use crate::sorting::{Entry, SortedEntries};
use autonomys_single_block_blake3::GROUP_LANES;
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn one_y_of_table_1_equals_a_stretch_of_them() {
    for k_value in 15..=25 {
        for first_x in [0, (1 << k_value) - 2 * X_PER_STRETCH] {
            let mut ys = [0; 2 * X_PER_STRETCH];
            FirstFunction::new(k(k_value), &seed(3)).fill(first_x, &mut ys);
            let mut function = FirstFunction::new(k(k_value), &seed(3));
            for (x, y) in (first_x..).zip(ys) {
                assert_eq!(function.y(x as u32), y);
            }
        }
    }
}

fn metadata_of_lane(lanes: &[[u32; GROUP_LANES]; METADATA_WORDS], lane: usize) -> Bits {
    lanes
        .iter()
        .flat_map(|words| bits_of_number(words[lane], 32))
        .collect()
}

fn assert_residues_found(left_bucket: usize, left: &[u16], right: &[u16]) {
    let left_y = left_bucket as u32 * BUCKET_SIZE;
    let mut expected = Vec::new();
    for (left_index, left) in left.iter().enumerate() {
        let row = left / 127;
        let mut of_left: Vec<_> = right
            .iter()
            .enumerate()
            .filter(|(_, right)| {
                is_match(
                    left_y + u32::from(*left),
                    left_y + BUCKET_SIZE + u32::from(**right),
                )
            })
            // m is the distance in rows
            .map(|(right_index, right)| ((right / 127 + 119 - row) % 119, right_index))
            .collect();
        of_left.sort();
        expected.extend(
            of_left
                .into_iter()
                .map(|(_, right_index)| (left_index as u32, right_index as u32)),
        );
    }

    for instructions in Instructions::available() {
        let mut matcher = Matcher::new(instructions);
        // The second time with the memory of the first
        for _ in 0..2 {
            let mut found = Vec::new();
            matcher.find(left_bucket, left, right, |left, right| {
                found.push((left, right));
            });
            assert_eq!(found, expected, "{instructions:?}");
        }
    }
}

#[test]
fn buckets_of_any_content_are_matched() {
    let all: Vec<u16> = (0..BUCKET_SIZE as u16).collect();
    let some: Vec<u16> = all.iter().copied().step_by(97).collect();
    let row: Vec<u16> = all[50 * 127..51 * 127].to_vec();
    let equal = vec![7_000; 1_000];
    let many_equal: Vec<u16> = some.iter().flat_map(|residue| [*residue; 5]).collect();
    for left_bucket in [0, 1] {
        assert_residues_found(left_bucket, &some, &all);
        assert_residues_found(left_bucket, &all, &some);
        assert_residues_found(left_bucket, &row, &row);
        assert_residues_found(left_bucket, &all[..2_000], &equal);
        assert_residues_found(left_bucket, &equal, &all[7_000..9_000]);
        assert_residues_found(left_bucket, &many_equal, &many_equal);
        assert_residues_found(left_bucket, &[], &all);
        assert_residues_found(left_bucket, &all, &[]);
    }
}

#[test]
fn entries_of_one_bucket_are_sorted() {
    let ys: Vec<u32> = (0..10_000).map(|i| 3 * BUCKET_SIZE + i % 7).collect();
    let mut expected: Vec<Entry> = ys
        .iter()
        .enumerate()
        .map(|(position, y)| Entry::new(*y, position as u32))
        .collect();
    expected.sort_by_key(|entry| (entry.y(), entry.position()));
    let mut sorted = SortedEntries::new(k(15));
    sorted.sort(&ys);
    assert_eq!(sorted.buckets(3..4), expected);
    sorted.sort_parallel(&ys);
    assert_eq!(sorted.buckets(3..4), expected);
    assert_eq!(sorted.buckets(0..sorted.bucket_count()), expected);
    sorted.sort_parallel(&[]);
    assert_eq!(sorted.len(), 0);
}

proptest! {
    #[test]
    fn packed_values_are_unpacked(
        k_value in 15_u8..=25,
        values in vec(any::<u32>(), 64),
    ) {
        let values: Vec<u32> = values.into_iter().map(|value| value >> (32 - k_value)).collect();
        let mut bytes = vec![0; 8 * usize::from(k_value)];
        pack(k(k_value), &values, &mut bytes);
        let bits: Bits = values
            .iter()
            .flat_map(|value| bits_of_number(*value, k_value.into()))
            .collect();
        let expected: Bits = bytes
            .iter()
            .flat_map(|byte| bits_of_number((*byte).into(), 8))
            .collect();
        prop_assert_eq!(bits, expected);
        prop_assert!(unpack(k(k_value), &bytes).eq(values));
    }

    #[test]
    fn entries_match_only_in_adjacent_buckets(
        buckets in (0_u32..1000, 0_u32..1000),
        residues in (0..BUCKET_SIZE, 0..BUCKET_SIZE),
        m in 0_u32..64,
    ) {
        let left = buckets.0 * BUCKET_SIZE + residues.0;
        let target = (residues.0 / 127 + m) % 119 * 127
            + ((2 * m + buckets.0 % 2).pow(2) + residues.0) % 127;
        for residue in [residues.1, target] {
            for bucket in [buckets.0, buckets.0 + 1, buckets.0 + 2, buckets.0.saturating_sub(1), buckets.1] {
                let right = bucket * BUCKET_SIZE + residue;
                prop_assert_eq!(
                    is_match(left, right),
                    bucket == buckets.0 + 1 && residues_match(left, right)
                );
            }
        }
        prop_assert!(is_match(left, (buckets.0 + 1) * BUCKET_SIZE + target));
    }

    #[test]
    fn any_buckets_are_matched(
        left_bucket in 0_usize..10,
        left in vec(0..BUCKET_SIZE as u16, 0..400),
        right in vec(0..BUCKET_SIZE as u16, 0..400),
    ) {
        let (mut left, mut right) = (left, right);
        left.sort();
        right.sort();
        assert_residues_found(left_bucket, &left, &right);
    }

    #[test]
    fn any_entries_are_sorted(ys in vec(0_u32..1 << 21, 0..2_000)) {
        let mut expected: Vec<Entry> = ys
            .iter()
            .enumerate()
            .map(|(position, y)| Entry::new(*y, position as u32))
            .collect();
        expected.sort_by_key(|entry| (entry.y(), entry.position()));
        let mut sorted = SortedEntries::new(k(15));
        sorted.sort(&ys);
        prop_assert_eq!(sorted.buckets(0..sorted.bucket_count()), &expected);
        sorted.sort_parallel(&ys);
        prop_assert_eq!(sorted.buckets(0..sorted.bucket_count()), &expected);
        for bucket in 0..sorted.bucket_count() {
            for entry in sorted.buckets(bucket..bucket + 1) {
                prop_assert_eq!((entry.y() / BUCKET_SIZE) as usize, bucket);
            }
        }
    }

    #[test]
    fn any_entries_are_combined(
        k_value in 15_u8..=25,
        table in 2_usize..=7,
        values in vec((any::<u32>(), any::<u128>(), any::<u128>()), GROUP_LANES),
    ) {
        let metadata_bits = u32::from(k_value) * METADATA_UNITS[table - 2];
        let result_bits = u32::from(k_value) * METADATA_UNITS[table - 1];
        let mut ys = [0; GROUP_LANES];
        let mut left = [[0; GROUP_LANES]; METADATA_WORDS];
        let mut right = [[0; GROUP_LANES]; METADATA_WORDS];
        for (lane, value) in values.iter().enumerate() {
            ys[lane] = value.0 >> (32 - 6 - k_value);
            let mask = u128::MAX << (128 - metadata_bits);
            for word in 0..METADATA_WORDS {
                left[word][lane] = ((value.1 & mask) >> (96 - 32 * word)) as u32;
                right[word][lane] = ((value.2 & mask) >> (96 - 32 * word)) as u32;
            }
        }

        let (result_ys, result_metadata) =
            Function::new(k(k_value), table).evaluate(&ys, &left, &right);
        for lane in 0..GROUP_LANES {
            let entry = |metadata| NaiveEntry {
                y: ys[lane],
                metadata: metadata_of_lane(metadata, lane)[..metadata_bits as usize].to_vec(),
            };
            let expected = combine(k(k_value), table, &entry(&left), &entry(&right));
            prop_assert_eq!(result_ys[lane], expected.y);
            let (metadata, rest) = {
                let mut bits = metadata_of_lane(&result_metadata, lane);
                let rest = bits.split_off(result_bits as usize);
                (bits, rest)
            };
            prop_assert_eq!(metadata, expected.metadata);
            prop_assert!(rest.iter().all(|bit| !bit));
        }
    }
}
