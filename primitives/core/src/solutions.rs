//! Solutions: what a farmer shows to make a block, and how many farmers can.

use alloc::string::String;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::bytes::byte_array;
use crate::params::ConsensusParams;
use crate::pieces::{Chunk, MerkleNode, PieceOffset, RecordRoot};
use crate::sectors::{SectorId, SectorIndex};
use crate::segments::HistorySize;

byte_array! {
    /// The sr25519 public key that a farm is plotted for and that seals its blocks.
    pub struct PublicKey(32);
}

byte_array! {
    /// The account that rewards go to.
    pub struct RewardAddress(32);
}

byte_array! {
    /// What all farmers are audited against in a slot.
    pub struct GlobalChallenge(32);
}

/// How far apart, in both directions together, a ticket and the global challenge may be: the share of 2^64 that wins.
pub type SolutionRange = u64;

/// Largest solution range, so that every block weighs something.
pub const MAX_SOLUTION_RANGE: SolutionRange = 1 << 63;

/// Nodes from a chunk to its record root.
pub type ChunkProof = BoundedVec<MerkleNode, ConstU32<16>>;

/// Nodes from a record root to its segment root.
pub type RecordProof = BoundedVec<MerkleNode, ConstU32<8>>;

/// A proof of space: 64 x values of K bits, packed big-endian.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct PosProof(pub BoundedVec<u8, ConstU32<160>>);

impl AsRef<[u8]> for PosProof {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for PosProof {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::bytes::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for PosProof {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = hex::decode(text.strip_prefix("0x").unwrap_or(&text))
            .map_err(|error| D::Error::custom(alloc::format!("expected bytes of hex: {error}")))?;
        BoundedVec::try_from(bytes)
            .map(Self)
            .map_err(|_| D::Error::custom("a proof of space has at most 160 bytes"))
    }
}

/// The proof that a farmer stores a certain chunk of history, masked for its own key.
///
/// In SCALE the fields follow each other in the order given here; the three variable ones have a compact length before
/// them and are as long as the parameters of the chain say, which verification checks. With the parameters of `main`
/// it takes 1,072 bytes.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub struct Solution {
    /// The key the sector is plotted for.
    pub public_key: PublicKey,
    /// Where the reward goes.
    pub reward_address: RewardAddress,
    /// Number of the sector in its farm.
    pub sector_index: SectorIndex,
    /// Size of history when the sector was plotted.
    pub history_size: HistorySize,
    /// Position of the piece in the sector.
    pub piece_offset: PieceOffset,
    /// Root of the erasure-coded record of the piece.
    pub record_root: RecordRoot,
    /// Proof that the record is in its segment.
    pub record_proof: RecordProof,
    /// The chunk, unmasked.
    pub chunk: Chunk,
    /// Proof that the chunk is in the record.
    pub chunk_proof: ChunkProof,
    /// The proof of space whose hash masks the chunk.
    pub proof_of_space: PosProof,
}

impl Solution {
    /// The solution that genesis counts as made with: no sector has it, and nothing verifies it.
    pub fn genesis() -> Self {
        Self {
            public_key: PublicKey::default(),
            reward_address: RewardAddress::default(),
            sector_index: 0,
            history_size: HistorySize::ONE,
            piece_offset: 0,
            record_root: RecordRoot::default(),
            record_proof: RecordProof::default(),
            chunk: Chunk::default(),
            chunk_proof: ChunkProof::default(),
            proof_of_space: PosProof::default(),
        }
    }

    /// The sector that the solution is from.
    pub fn sector_id(&self) -> SectorId {
        SectorId::new(&self.public_key, self.sector_index, self.history_size)
    }
}

/// What a block made under `solution_range` adds to the weight of its chain. Never zero for a valid range.
pub fn block_weight(solution_range: SolutionRange) -> u128 {
    u128::from(u64::MAX.saturating_sub(solution_range))
}

impl ConsensusParams {
    /// The solution range at which `pieces` plotted pieces find as many solutions as the slot probability says, within
    /// 1 to 2^63. A piece has a chunk in half of the s-buckets.
    pub fn pieces_to_solution_range(&self, pieces: u64) -> SolutionRange {
        self.range_or_pieces(pieces)
            .clamp(1, u128::from(MAX_SOLUTION_RANGE))
            .try_into()
            .unwrap_or(MAX_SOLUTION_RANGE)
    }

    /// The number of plotted pieces that find solutions at the slot probability under `solution_range`: the inverse of
    /// [`Self::pieces_to_solution_range`].
    pub fn solution_range_to_pieces(&self, solution_range: SolutionRange) -> u64 {
        self.range_or_pieces(solution_range)
            .try_into()
            .unwrap_or(u64::MAX)
    }

    /// Range × pieces is the same for any number of pieces, so one function serves both ways.
    fn range_or_pieces(&self, other: u64) -> u128 {
        let probability = &self.slot_probability;
        u128::from(u64::MAX)
            .checked_div(u128::from(probability.denominator))
            .unwrap_or(0)
            .saturating_mul(u128::from(probability.numerator))
            .checked_div(u128::from(self.chunks_per_record))
            .unwrap_or(0)
            .saturating_mul(u128::from(self.s_buckets()))
            .checked_div(u128::from(other))
            .unwrap_or(u128::MAX)
    }

    /// The solution range for the next era, when the one with `solution_range` took `era_slots` slots: what would have
    /// given one era of blocks in the expected number of slots, at most four times up or down, within 1 to 2^63.
    pub fn next_solution_range(
        &self,
        solution_range: SolutionRange,
        era_slots: u64,
    ) -> SolutionRange {
        let current = u128::from(solution_range);
        let expected = current
            .saturating_mul(u128::from(era_slots))
            .saturating_mul(u128::from(self.slot_probability.numerator))
            .checked_div(
                u128::from(self.era_blocks)
                    .saturating_mul(u128::from(self.slot_probability.denominator)),
            )
            .unwrap_or(current);
        let least = (current >> 2).max(1);
        let most = current
            .saturating_mul(4)
            .clamp(least, u128::from(MAX_SOLUTION_RANGE).max(least));
        SolutionRange::try_from(expected.clamp(least, most)).unwrap_or(MAX_SOLUTION_RANGE)
    }
}

#[cfg(test)]
mod tests;
