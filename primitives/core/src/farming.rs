//! What node and farmer tell each other, over JSON-RPC or within one process.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::bytes::byte_array;
use crate::params::ConsensusParams;
use crate::segments::HistorySize;
use crate::solutions::{GlobalChallenge, PublicKey, Solution, SolutionRange};
use crate::{BlockNumber, SlotNumber};

byte_array! {
    /// Hash of a block, or of its header without the seal.
    pub struct BlockHash(32);
}

byte_array! {
    /// Schnorrkel signature of a farmer.
    pub struct Signature(64);
}

/// Schnorrkel signing context of seals.
pub const SEAL_CONTEXT: &[u8] = b"autonomys/seal/v1";

/// What a farmer signs to seal a block: genesis hash ‖ hash of the header without the seal.
pub fn seal_message(genesis_hash: &BlockHash, pre_hash: &BlockHash) -> Vec<u8> {
    [genesis_hash.0, pre_hash.0].concat()
}

/// What a farmer needs to know of the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FarmerAppInfo {
    /// Hash of the genesis block. A farm belongs to one network.
    pub genesis_hash: BlockHash,
    /// Sizes and rates of the network.
    pub params: ConsensusParams,
    /// Size of history at the best block.
    pub history_size: HistorySize,
    /// Height of the best block.
    pub best_block: BlockNumber,
    /// Whether the node still catches up with the network. Until it has, nobody's solutions are asked for.
    pub syncing: bool,
    /// Milliseconds that a solution may take from the announcement of its slot.
    pub solution_timeout_millis: u64,
}

/// A new slot to be audited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SlotInfo {
    /// The slot.
    pub slot: SlotNumber,
    /// Its challenge.
    pub global_challenge: GlobalChallenge,
    /// The solution range that a block of this slot on top of the best block is made under.
    pub solution_range: SolutionRange,
}

/// A farmer's answer to a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SolutionResponse {
    /// The slot.
    pub slot: SlotNumber,
    /// The solution.
    pub solution: Solution,
}

/// A node's wish to have the block sealed that it made with a farmer's solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SealRequest {
    /// Hash of the header without the seal.
    pub pre_hash: BlockHash,
    /// The key of the solution in the block.
    pub public_key: PublicKey,
}

/// A farmer's answer to [`SealRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SealResponse {
    /// Hash of the header without the seal.
    pub pre_hash: BlockHash,
    /// Signature of [`seal_message`] in [`SEAL_CONTEXT`] by the key that was asked for.
    pub seal: Signature,
}
