//! Proofs of time and of space.

use crate::input::Input;
use autonomys_proof_of_space::{K, TableGenerator};
use autonomys_proof_of_time::{Checkpoints, ITERATIONS_MULTIPLE, Implementation};
use std::collections::HashSet;
use std::num::NonZeroU32;
use std::sync::LazyLock;

/// A seed, iterations of one byte, and checkpoints. Every implementation of this machine accepts exactly the proof that
/// there is.
pub fn proof_of_time(data: &[u8]) -> bool {
    let mut input = Input(data);
    let seed = input.array();
    let Some(iterations) = NonZeroU32::new(input.u8().into()) else {
        return false;
    };
    let mut checkpoints = Checkpoints::default();
    for checkpoint in &mut checkpoints {
        *checkpoint = input.array();
    }
    let proof = autonomys_proof_of_time::prove(seed, iterations).ok();
    assert_eq!(
        proof.is_some(),
        iterations.get().is_multiple_of(ITERATIONS_MULTIPLE)
    );
    let is_valid = proof == Some(checkpoints);
    for implementation in Implementation::available() {
        assert_eq!(
            implementation.verify(seed, iterations, &checkpoints),
            is_valid,
            "{implementation:?}"
        );
    }
    is_valid
}

/// The seed of a table that is made to know all proofs that there are.
const TABLE_SEED: [u8; 32] = [7; 32];

/// K of that table.
const TABLE_K: K = K::MIN;

/// All proofs of that table, with their challenges.
static PROOFS: LazyLock<HashSet<(u32, Vec<u8>)>> = LazyLock::new(|| {
    let mut generator = TableGenerator::new(TABLE_K);
    let table = generator.generate(&TABLE_SEED);
    (0..TABLE_K.challenges())
        .flat_map(|challenge| {
            table
                .find_proofs(challenge)
                .map(move |proof| (challenge, proof.to_vec()))
        })
        .collect()
});

/// K, a challenge, a choice of the seed, and a proof. Of a table that is known, exactly the proofs that it holds are valid.
pub fn proof_of_space(data: &[u8]) -> bool {
    let mut input = Input(data);
    let Ok(k) = K::new(input.u8()) else {
        return false;
    };
    let challenge = input.u32();
    let seed = match input.u8() {
        0 => TABLE_SEED,
        other => [other; 32],
    };
    let proof = input.0;
    let result = autonomys_proof_of_space::verify(k, &seed, challenge, proof);
    if let Err(error) = &result {
        assert!(!error.to_string().is_empty());
    }
    if k == TABLE_K && seed == TABLE_SEED {
        let is_in_table = PROOFS.contains(&(challenge, proof.to_vec()));
        assert_eq!(result.is_ok(), is_in_table);
    }
    result.is_ok()
}

pub(crate) mod seeds {
    use super::*;

    pub(crate) fn proof_of_time() -> Vec<Vec<u8>> {
        [16u8, 32, 240]
            .into_iter()
            .filter_map(|iterations| {
                let seed = [iterations; 16];
                let count = NonZeroU32::new(iterations.into())?;
                let proof = autonomys_proof_of_time::prove(seed, count).ok()?;
                Some([&seed[..], &[iterations], proof.as_flattened()].concat())
            })
            .collect()
    }

    pub(crate) fn proof_of_space() -> Vec<Vec<u8>> {
        let mut proofs: Vec<_> = PROOFS.iter().collect();
        proofs.sort_unstable();
        proofs
            .into_iter()
            .step_by(400)
            .map(|(challenge, proof)| {
                [&[TABLE_K.get()], &challenge.to_le_bytes()[..], &[0], proof].concat()
            })
            .collect()
    }
}
