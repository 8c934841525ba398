mod forged;
mod naive;
mod parts;
mod vectors;

use crate::{K, KError, Seed, Table, TableGenerator, VerificationError, verify};
use naive::NaiveTables;
use rayon::ThreadPoolBuilder;

fn k(k: u8) -> K {
    K::new(k).unwrap()
}

fn seed(number: u64) -> Seed {
    *blake3::hash(&number.to_le_bytes()).as_bytes()
}

/// All proofs of all challenges, in order.
fn all_proofs(table: &Table) -> Vec<Vec<u8>> {
    (0..table.k().challenges())
        .flat_map(|challenge| table.find_proofs(challenge))
        .map(|proof| proof.to_vec())
        .collect()
}

fn assert_equals_naive(generator: &mut TableGenerator, seed: &Seed) {
    let table = generator.generate(seed);
    let naive = NaiveTables::new(table.k(), seed);
    assert_eq!(table.proof_count(), naive.entries(7).len());
    let naive_proofs = naive.proofs();
    for challenge in 0..table.k().challenges() {
        let proofs: Vec<_> = table.find_proofs(challenge).collect();
        let expected = naive_proofs.get(&challenge).map_or(&[][..], Vec::as_slice);
        assert!(
            proofs.iter().map(|proof| &proof[..]).eq(expected),
            "{proofs:?}, {expected:?}"
        );
        assert_eq!(table.find_proof(challenge), proofs.first().copied());
    }
}

#[test]
fn tables_are_complete_and_in_order() {
    for (k_value, seeds) in [(15, 4), (16, 1), (17, 1)] {
        let mut generator = TableGenerator::new(k(k_value));
        for number in 0..seeds {
            assert_equals_naive(&mut generator, &seed(number));
        }
    }
}

#[test]
#[ignore = "soak: 100 seeds for each of K = 15, 16 and 17, compared with the naive tables"]
fn tables_are_complete_and_in_order_for_many_seeds() {
    for k_value in 15..=17 {
        let mut generator = TableGenerator::new(k(k_value));
        for number in 100..200 {
            assert_equals_naive(&mut generator, &seed(number));
        }
    }
}

#[test]
#[ignore = "soak: tables up to K = 23, which takes 800 MB"]
fn all_proofs_of_large_tables_verify() {
    for k_value in 18..=23 {
        let mut generator = TableGenerator::new(k(k_value));
        let table = generator.generate_parallel(&seed(1));
        let mut count = 0;
        for challenge in 0..table.k().challenges() {
            for proof in table.find_proofs(challenge) {
                assert_eq!(verify(table.k(), &seed(1), challenge, &proof), Ok(()));
                count += 1;
            }
        }
        assert_eq!(count, table.proof_count());
    }
}

#[test]
fn all_proofs_verify() {
    for k_value in [15, 17] {
        let mut generator = TableGenerator::new(k(k_value));
        let table = generator.generate(&seed(1));
        let mut count = 0;
        for challenge in 0..table.k().challenges() {
            for proof in table.find_proofs(challenge) {
                assert_eq!(verify(table.k(), &seed(1), challenge, &proof), Ok(()));
                count += 1;
            }
        }
        assert_eq!(count, table.proof_count());
    }
}

#[test]
fn there_is_no_proof_of_a_challenge_out_of_range() {
    let mut generator = TableGenerator::new(k(15));
    let table = generator.generate(&seed(1));
    for challenge in [1 << 15, 1 << 15 | 1, 1 << 26, u32::MAX] {
        assert_eq!(table.find_proof(challenge), None);
        assert_eq!(
            verify(k(15), &seed(1), challenge, &[0; 120]),
            Err(VerificationError::ChallengeOutOfRange {
                challenge,
                k: k(15)
            })
        );
    }
}

#[test]
fn tables_are_the_same_for_any_number_of_threads() {
    for k_value in [15, 17] {
        let mut generator = TableGenerator::new(k(k_value));
        let expected = all_proofs(generator.generate(&seed(2)));
        for threads in [1, 2, 3, 8, 64] {
            let pool = ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let proofs = pool.install(|| {
                all_proofs(TableGenerator::new(k(k_value)).generate_parallel(&seed(2)))
            });
            assert!(proofs == expected, "K = {k_value}, {threads} threads");
        }
    }
}

#[test]
fn a_generator_makes_the_same_table_again() {
    let expected: Vec<_> = (0..3)
        .map(|number| all_proofs(TableGenerator::new(k(15)).generate(&seed(number))))
        .collect();
    assert_ne!(expected[0], expected[1]);
    let mut generator = TableGenerator::new(k(15));
    for number in [0, 1, 2, 1, 0] {
        assert!(all_proofs(generator.generate(&seed(number))) == expected[number as usize]);
        assert!(
            all_proofs(generator.generate_parallel(&seed(number))) == expected[number as usize]
        );
    }
}

#[test]
fn k_has_bounds() {
    for value in 0..=u8::MAX {
        let result = K::new(value);
        if (15..=25).contains(&value) {
            let k = result.unwrap();
            assert_eq!(k.get(), value);
            assert_eq!(k.proof_size(), usize::from(value) * 8);
            assert_eq!(k.challenges(), 1 << value);
        } else {
            assert_eq!(result, Err(KError { k: value }));
        }
    }
    assert_eq!(
        KError { k: 26 }.to_string(),
        "proof of space is not defined for K = 26, so there are no tables; take K from 15 to 25"
    );
}
