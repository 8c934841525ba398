//! Checking a proof without a table.

use crate::function::{FirstFunction, Function, METADATA_WORDS, x_metadata};
use crate::matching::is_match;
use crate::parameters::{EXTRA_BITS, K, TABLES};
use crate::{Seed, X_VALUES, bits};
use autonomys_single_block_blake3::GROUP_LANES;

/// Why a proof is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerificationError {
    /// A proof has K × 8 bytes, no more and no fewer.
    #[error("the proof has {actual} bytes where K demands {expected}, so it is invalid")]
    Length {
        /// Length that K demands.
        expected: usize,
        /// Length of the proof.
        actual: usize,
    },
    /// A challenge has K bits.
    #[error("challenge {challenge} is not below 2^{k}, so no table has a proof of it", k = .k.get())]
    ChallengeOutOfRange {
        /// The challenge.
        challenge: u32,
        /// The parameter.
        k: K,
    },
    /// Two entries below a node do not match, so no table holds the node.
    #[error("the entries below node {node} of table {table} do not match, so the proof is invalid")]
    NoMatch {
        /// Table that the node would be in, from 2 to 7.
        table: usize,
        /// Number of the node among those of the table, from left to right, from 0.
        node: usize,
    },
    /// The values are in a table, but prove another challenge.
    #[error("the proof is one of challenge {actual} and not of {expected}, so it is invalid")]
    Challenge {
        /// The challenge that was to be proven.
        expected: u32,
        /// The challenge that the proof belongs to.
        actual: u32,
    },
}

/// Checks that `proof` is a proof of `challenge` that the table of `seed` holds, the first one or another.
///
/// # Errors
///
/// [`VerificationError`] if it is not. No input makes it panic.
pub fn verify(k: K, seed: &Seed, challenge: u32, proof: &[u8]) -> Result<(), VerificationError> {
    if proof.len() != k.proof_size() {
        return Err(VerificationError::Length {
            expected: k.proof_size(),
            actual: proof.len(),
        });
    }
    if challenge >= k.challenges() {
        return Err(VerificationError::ChallengeOutOfRange { challenge, k });
    }

    let mut first_function = FirstFunction::new(k, seed);
    let mut ys = [0; X_VALUES];
    let mut metadata = [[0; METADATA_WORDS]; X_VALUES];
    for ((y, metadata), x) in ys.iter_mut().zip(&mut metadata).zip(bits::unpack(k, proof)) {
        *y = first_function.y(x);
        *metadata = x_metadata(k, x);
    }

    for table in 2..=TABLES {
        // The entries are the first of `ys` and `metadata`, and the nodes above them take their place
        let nodes = X_VALUES >> (table - 1);
        if let Some(node) = (0..nodes).find(|node| !is_match(ys[2 * node], ys[2 * node + 1])) {
            return Err(VerificationError::NoMatch { table, node });
        }
        let function = Function::new(k, table);
        for first_node in (0..nodes).step_by(GROUP_LANES) {
            let group = first_node..nodes.min(first_node + GROUP_LANES);
            let mut left_ys = [0; GROUP_LANES];
            let mut left_metadata = [[0; GROUP_LANES]; METADATA_WORDS];
            let mut right_metadata = [[0; GROUP_LANES]; METADATA_WORDS];
            for (lane, node) in group.clone().enumerate() {
                left_ys[lane] = ys[2 * node];
                for word in 0..METADATA_WORDS {
                    left_metadata[word][lane] = metadata[2 * node][word];
                    right_metadata[word][lane] = metadata[2 * node + 1][word];
                }
            }
            let (result_ys, result_metadata) =
                function.evaluate(&left_ys, &left_metadata, &right_metadata);
            for (lane, node) in group.enumerate() {
                ys[node] = result_ys[lane];
                metadata[node] = result_metadata.map(|lanes| lanes[lane]);
            }
        }
    }

    let actual = ys[0] >> EXTRA_BITS;
    if actual != challenge {
        return Err(VerificationError::Challenge {
            expected: challenge,
            actual,
        });
    }
    Ok(())
}
