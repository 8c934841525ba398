//! Proofs that no table holds.

use super::naive::{NaiveEntry, NaiveTables, combine, proof, residues_match};
use super::{k, seed};
use crate::{K, VerificationError, bits, verify};
use proptest::prelude::*;

const K_VALUE: u8 = 15;

/// The challenge and the x values of an entry of table 7 somewhere in the middle.
fn valid(tables: &NaiveTables) -> (u32, Vec<u32>) {
    let position = tables.entries(7).len() / 2;
    let challenge = tables.entries(7)[position].y >> 6;
    (challenge, tables.x_values(7, position))
}

fn verify_x_values(challenge: u32, x_values: &[u32]) -> Result<(), VerificationError> {
    verify(
        k(K_VALUE),
        &seed(1),
        challenge,
        &proof(k(K_VALUE), x_values),
    )
}

fn tables() -> NaiveTables {
    NaiveTables::new(k(K_VALUE), &seed(1))
}

#[test]
fn equal_x_values_are_rejected() {
    for k_value in K::MIN.get()..=K::MAX.get() {
        for x in [0, 1, k(k_value).challenges() - 1] {
            assert_eq!(
                verify(k(k_value), &seed(1), 0, &proof(k(k_value), &[x; 64])),
                Err(VerificationError::NoMatch { table: 2, node: 0 })
            );
        }
    }
}

#[test]
fn swapped_pairs_are_rejected_at_every_level() {
    let (challenge, x_values) = valid(&tables());
    assert_eq!(verify_x_values(challenge, &x_values), Ok(()));
    for level in 1..=6 {
        let half = 1 << (level - 1);
        for node in 0..64 / (2 * half) {
            let mut x_values = x_values.clone();
            let (left, right) = x_values[2 * half * node..][..2 * half].split_at_mut(half);
            left.swap_with_slice(right);
            assert_eq!(
                verify_x_values(challenge, &x_values),
                Err(VerificationError::NoMatch {
                    table: level + 1,
                    node
                })
            );
        }
    }
}

#[test]
fn an_entry_paired_with_itself_is_rejected_at_every_level() {
    let (challenge, x_values) = valid(&tables());
    for level in 1..=6 {
        let half = 1 << (level - 1);
        for node in 0..64 / (2 * half) {
            let mut x_values = x_values.clone();
            let (left, right) = x_values[2 * half * node..][..2 * half].split_at_mut(half);
            right.copy_from_slice(left);
            assert_eq!(
                verify_x_values(challenge, &x_values),
                Err(VerificationError::NoMatch {
                    table: level + 1,
                    node
                })
            );
        }
    }
}

/// How the buckets of the entries of a forged pair lie to each other.
#[derive(Debug, Clone, Copy)]
enum Buckets {
    /// Both entries are the same one.
    Itself,
    Same,
    /// The right bucket is the one before.
    Backwards,
    /// The right bucket is the one after the next.
    TwoApart,
    Far,
}

impl Buckets {
    fn allow(self, left: &Forged, right: &Forged) -> bool {
        let difference = i64::from(right.entry.y / 15_113) - i64::from(left.entry.y / 15_113);
        let is_itself = left.x_values == right.x_values;
        match self {
            Self::Itself => is_itself,
            Self::Same => difference == 0 && !is_itself,
            Self::Backwards => difference == -1,
            Self::TwoApart => difference == 2,
            Self::Far => difference.abs() > 2,
        }
    }
}

#[derive(Debug, Clone)]
struct Forged {
    entry: NaiveEntry,
    x_values: Vec<u32>,
}

/// Pairs from `pool` whose residues match and whose buckets lie as demanded, as entries of `table`.
fn forge_pairs(
    pool: &[Forged],
    table: usize,
    buckets: impl Fn(&Forged, &Forged) -> bool,
) -> Vec<Forged> {
    const ENOUGH: usize = 600;

    let pairs = pool
        .iter()
        .flat_map(|left| pool.iter().map(move |right| (left, right)));
    pairs
        .filter(|(left, right)| buckets(left, right))
        .filter(|(left, right)| residues_match(left.entry.y, right.entry.y))
        .map(|(left, right)| Forged {
            entry: combine(k(K_VALUE), table, &left.entry, &right.entry),
            x_values: [&left.x_values[..], &right.x_values[..]].concat(),
        })
        .take(ENOUGH)
        .collect()
}

/// Entries of the tables up to some level are real; above it, all residues match, but buckets are no neighbours.
#[test]
fn pairs_of_other_than_adjacent_buckets_are_rejected_at_every_level() {
    let tables = tables();
    for level in 1..=6 {
        for buckets in [
            Buckets::Itself,
            Buckets::Same,
            Buckets::Backwards,
            Buckets::TwoApart,
            Buckets::Far,
        ] {
            let entries = tables.entries(level);
            let mut order: Vec<usize> = (0..entries.len()).collect();
            order.sort_by_key(|position| entries[*position].y);
            let mut pool: Vec<Forged> = order
                .into_iter()
                .take(4000)
                .map(|position| Forged {
                    entry: entries[position].clone(),
                    x_values: tables.x_values(level, position),
                })
                .collect();
            pool = forge_pairs(&pool, level + 1, |left, right| buckets.allow(left, right));
            for table in level + 2..=7 {
                pool = forge_pairs(&pool, table, |_, _| true);
            }

            assert!(pool.len() > 100, "level {level}, {buckets:?}");
            for forged in pool {
                let result = verify_x_values(forged.entry.y >> 6, &forged.x_values);
                assert!(
                    matches!(result, Err(VerificationError::NoMatch { table, .. }) if table == level + 1),
                    "level {level}, {buckets:?}: {result:?}"
                );
            }
        }
    }
}

#[test]
fn proofs_of_another_length_are_rejected() {
    let (challenge, x_values) = valid(&tables());
    let proof = proof(k(K_VALUE), &x_values);
    let expected = proof.len();
    for actual in (0..expected).chain(expected + 1..300) {
        let mut proof = proof.clone();
        proof.resize(actual, 0);
        assert_eq!(
            verify(k(K_VALUE), &seed(1), challenge, &proof),
            Err(VerificationError::Length { expected, actual })
        );
    }
}

#[test]
fn every_bit_of_a_proof_counts() {
    let (challenge, x_values) = valid(&tables());
    let proof = proof(k(K_VALUE), &x_values);
    for bit in 0..8 * proof.len() {
        let mut proof = proof.clone();
        proof[bit / 8] ^= 1 << (bit % 8);
        let result = verify(k(K_VALUE), &seed(1), challenge, &proof);
        assert!(
            matches!(result, Err(VerificationError::NoMatch { .. })),
            "bit {bit}: {result:?}"
        );
    }
}

#[test]
fn a_proof_is_one_of_a_single_challenge() {
    let (actual, x_values) = valid(&tables());
    for expected in (0..k(K_VALUE).challenges()).filter(|challenge| *challenge != actual) {
        if expected.abs_diff(actual) > 10 && (expected ^ actual).count_ones() > 1 {
            continue;
        }
        assert_eq!(
            verify_x_values(expected, &x_values),
            Err(VerificationError::Challenge { expected, actual })
        );
    }
}

#[test]
fn a_proof_is_one_of_a_single_seed_and_k() {
    let (challenge, x_values) = valid(&tables());
    let valid = proof(k(K_VALUE), &x_values);
    for bit in 0..256 {
        let mut seed = seed(1);
        seed[bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(
            verify(k(K_VALUE), &seed, challenge, &valid),
            Err(VerificationError::NoMatch { .. })
        ));
    }
    for k_value in K_VALUE + 1..=K::MAX.get() {
        assert!(matches!(
            verify(k(k_value), &seed(1), challenge, &valid),
            Err(VerificationError::Length { .. })
        ));
        assert!(matches!(
            verify(
                k(k_value),
                &seed(1),
                challenge,
                &proof(k(k_value), &x_values)
            ),
            Err(VerificationError::NoMatch { .. })
        ));
    }
    assert!(bits::unpack(k(K_VALUE), &valid).eq(x_values));
}

proptest! {
    #[test]
    fn bytes_of_any_kind_prove_nothing(
        k_value in K::MIN.get()..=K::MAX.get(),
        seed: [u8; 32],
        challenge: u32,
        mut bytes in prop::collection::vec(any::<u8>(), 200),
        has_right_length in prop::bool::weighted(0.9),
        is_in_range in prop::bool::weighted(0.9),
    ) {
        if has_right_length {
            bytes.truncate(k(k_value).proof_size());
        }
        let challenge = if is_in_range { challenge >> (32 - k_value) } else { challenge };
        prop_assert!(verify(k(k_value), &seed, challenge, &bytes).is_err());
    }
}
