//! Weights of chains, in the auxiliary database.
//!
//! All blocks of one height lie under one key, `poas/weights/` ‖ u32 LE height, as SCALE of a list of hash and total weight
//! (the weights of the block and all before it). A block is only ever imported above the finalized one, so what lies
//! below that is deleted with the next import, whole heights at a time: nothing is left of stale forks, nor of
//! the finalized chain.

#[cfg(test)]
mod tests;

use crate::rejection::Fault;
use autonomys_core_primitives::BlockNumber;
use autonomys_runtime_primitives::Hash;
use codec::{DecodeAll, Encode};
use sc_client_api::AuxStore;

/// Prefix of keys in the auxiliary database.
const KEY_PREFIX: &[u8] = b"poas/weights/";

/// What to write to the auxiliary database together with a block: keys, and values or `None` to delete.
pub type AuxOperations = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// Total weight of the chain that ends with a block that is not below the finalized one. Genesis weighs nothing.
pub fn total_weight<Aux: AuxStore>(
    aux: &Aux,
    number: BlockNumber,
    hash: Hash,
) -> Result<u128, Fault> {
    if number == 0 {
        return Ok(0);
    }
    weights_at(aux, number)?
        .into_iter()
        .find_map(|(known, weight)| (known == hash).then_some(weight))
        .ok_or_else(|| Fault::Missing {
            what: "chain weight",
            block: format!("{number} ({hash:?})"),
        })
}

/// Stores the total weight of the chain that ends with a new block, and deletes what lies below the finalized one.
pub fn store_weight<Aux: AuxStore>(
    aux: &Aux,
    number: BlockNumber,
    hash: Hash,
    total_weight: u128,
    finalized: BlockNumber,
) -> Result<AuxOperations, Fault> {
    let mut weights = weights_at(aux, number)?;
    weights.retain(|(known, _)| *known != hash);
    weights.push((hash, total_weight));
    let mut operations = vec![(key(number), Some(weights.encode()))];
    // Heights are deleted from the top down in one commit, so the first gap is where the last deletion began.
    for below in (1..finalized).rev() {
        let key = key(below);
        if aux.get_aux(&key)?.is_none() {
            break;
        }
        operations.push((key, None));
    }
    Ok(operations)
}

fn weights_at<Aux: AuxStore>(aux: &Aux, number: BlockNumber) -> Result<Vec<(Hash, u128)>, Fault> {
    let Some(bytes) = aux.get_aux(&key(number))? else {
        return Ok(Vec::new());
    };
    Vec::decode_all(&mut &bytes[..]).map_err(|_| Fault::Missing {
        what: "list of chain weights",
        block: number.to_string(),
    })
}

fn key(number: BlockNumber) -> Vec<u8> {
    [KEY_PREFIX, &number.to_le_bytes()].concat()
}
