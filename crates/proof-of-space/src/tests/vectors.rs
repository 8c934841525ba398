//! Golden vectors.

use super::k;
use crate::{Seed, Table, TableGenerator, verify};
use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Debug, Deserialize)]
struct Challenge {
    challenge: u32,
    proofs: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Published {
    k: u8,
    seed: String,
    proof_count: usize,
    challenges: Vec<Challenge>,
}

#[derive(Debug, Deserialize)]
struct Own {
    #[serde(flatten)]
    vector: Published,
    proven_challenges: usize,
    first_proofs_hash: String,
}

#[derive(Debug, Deserialize)]
struct Vectors {
    published: Vec<Published>,
    own: Vec<Own>,
}

static VECTORS: LazyLock<Vectors> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../test/vectors/proof-of-space.json")).unwrap()
});

fn seed(vector: &Published) -> Seed {
    hex::decode(&vector.seed).unwrap().try_into().unwrap()
}

fn proofs(table: &Table, challenge: u32) -> Vec<String> {
    table.find_proofs(challenge).map(hex::encode).collect()
}

fn assert_verify(vector: &Published) {
    for challenge in &vector.challenges {
        for proof in &challenge.proofs {
            assert_eq!(
                verify(
                    k(vector.k),
                    &seed(vector),
                    challenge.challenge,
                    &hex::decode(proof).unwrap()
                ),
                Ok(())
            );
        }
    }
}

#[test]
fn published_vectors() {
    let ks: Vec<u8> = VECTORS.published.iter().map(|vector| vector.k).collect();
    assert_eq!(ks, [16, 17, 20]);
    for vector in &VECTORS.published {
        let mut generator = TableGenerator::new(k(vector.k));
        let table = generator.generate(&seed(vector));
        assert_eq!(table.proof_count(), vector.proof_count);
        assert!(vector.challenges.iter().any(|c| c.proofs.len() > 1));
        for challenge in &vector.challenges {
            // Their order is not part of the published function
            let mut proofs = proofs(table, challenge.challenge);
            proofs.sort();
            let mut expected = challenge.proofs.clone();
            expected.sort();
            assert_eq!(proofs, expected);
        }
        assert_verify(vector);
    }
}

#[test]
fn own_vectors() {
    let ks: Vec<u8> = VECTORS.own.iter().map(|own| own.vector.k).collect();
    assert_eq!(ks, [15, 15, 17, 20]);
    let mut challenges = VECTORS.own.iter().flat_map(|own| &own.vector.challenges);
    assert!(challenges.any(|challenge| challenge.proofs.len() > 1));
    for own in &VECTORS.own {
        let vector = &own.vector;
        let mut generator = TableGenerator::new(k(vector.k));
        let table = generator.generate_parallel(&seed(vector));
        assert_eq!(table.proof_count(), vector.proof_count);
        for challenge in &vector.challenges {
            assert_eq!(proofs(table, challenge.challenge), challenge.proofs);
        }
        let mut proven_challenges = 0;
        let mut hasher = blake3::Hasher::new();
        for proof in (0..table.k().challenges()).filter_map(|c| table.find_proof(c)) {
            proven_challenges += 1;
            hasher.update(&proof);
        }
        assert_eq!(proven_challenges, own.proven_challenges);
        assert_eq!(hasher.finalize().to_hex().as_str(), own.first_proofs_hash);
        assert_verify(vector);
    }
}
