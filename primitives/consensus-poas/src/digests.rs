//! Digest items and the justification of a block.

use alloc::vec::Vec;
use autonomys_core_primitives::pot::PotParametersChange;
use autonomys_core_primitives::{
    PotCheckpoints, PotOutput, PotSeed, SegmentIndex, SegmentRoot, Signature, SlotNumber, Solution,
    SolutionRange,
};
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeAll, DecodeWithMemTracking, Encode};
use core::num::NonZeroU32;
use scale_info::TypeInfo;
use sp_runtime::traits::{Header as HeaderT, Zero};
use sp_runtime::{Digest, DigestItem};

use crate::POAS_ENGINE_ID;

/// What the author of a block claims: written into the digest before the block is executed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct PreDigest {
    /// The slot of the block.
    pub slot: SlotNumber,
    /// The solution that won it.
    pub solution: Solution,
    /// Proof of time of the slot.
    pub proof_of_time: PotOutput,
    /// Proof of time of the slot that lies the authoring delay later.
    pub future_proof_of_time: PotOutput,
}

impl PreDigest {
    /// The pre-digest that genesis counts as made with; it has none.
    pub fn genesis() -> Self {
        Self {
            slot: 0,
            solution: Solution::genesis(),
            proof_of_time: PotOutput::default(),
            future_proof_of_time: PotOutput::default(),
        }
    }
}

/// What the runtime says of consensus in the digest of a block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum ConsensusLog {
    /// Iterations of proof of time in the slot of the block.
    #[codec(index = 0)]
    PotIterations(NonZeroU32),
    /// The change of proof of time that is ahead of the slot of the block, in every block until its slot has come.
    #[codec(index = 1)]
    PotParametersChange(PotParametersChange),
    /// The solution range of the block.
    #[codec(index = 2)]
    SolutionRange(SolutionRange),
    /// The solution range of the child, in the last block of an era.
    #[codec(index = 3)]
    NextSolutionRange(SolutionRange),
    /// The root of a segment whose header the block brings on chain.
    #[codec(index = 4)]
    SegmentRoot(SegmentRootLog),
}

/// The root of a segment whose header a block brings on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct SegmentRootLog {
    /// The segment.
    pub segment_index: SegmentIndex,
    /// Its root.
    pub segment_root: SegmentRoot,
}

/// The proofs of time that a block reveals: those of all slots after the last one that its parent revealed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PotJustification {
    /// Seed of the first of these slots.
    pub seed: PotSeed,
    /// Checkpoints of these slots, oldest first.
    pub checkpoints: BoundedVec<PotCheckpoints, ConstU32<{ Self::MAX_SLOTS }>>,
}

impl PotJustification {
    /// Most slots that a block reveals: 9 hours at one slot a second. A network whose farmers were away for longer goes on
    /// when its timekeepers are restarted, since they then continue from the best block.
    pub const MAX_SLOTS: u32 = 1 << 15;
}

/// Why the digest of a header cannot be that of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// An item that every block has is not there.
    #[error("the header's digest has no {0}; the block is invalid")]
    Missing(&'static str),
    /// An item occurs twice.
    #[error("the header's digest has {0} twice; the block is invalid")]
    Duplicate(&'static str),
    /// An item of this engine cannot be decoded.
    #[error("the header's digest has {0} that cannot be decoded; the block is invalid")]
    Malformed(&'static str),
    /// An item that no block of this chain has.
    #[error("the header's digest has an item of another consensus engine; the block is invalid")]
    Foreign,
    /// Items are not in the order pre-digest, logs, seal.
    #[error("the header's digest has its {0} at the wrong place; the block is invalid")]
    Misplaced(&'static str),
}

/// All that the digest of a header says of consensus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderDigests {
    /// Claim of the author.
    pub pre_digest: PreDigest,
    /// Iterations in the slot of the block.
    pub pot_iterations: NonZeroU32,
    /// Change ahead of the slot of the block.
    pub pot_parameters_change: Option<PotParametersChange>,
    /// Range of the block.
    pub solution_range: SolutionRange,
    /// Range of the child, in the last block of an era.
    pub next_solution_range: Option<SolutionRange>,
    /// Roots of segments that come on chain, oldest first.
    pub segment_roots: Vec<SegmentRootLog>,
    /// Seal; `None` in a header whose seal was taken off.
    pub seal: Option<Signature>,
}

impl HeaderDigests {
    /// Reads the digest of a header, with or without its seal. Not for genesis, which has no digest.
    pub fn read(digest: &Digest) -> Result<Self, DigestError> {
        let mut pre_digest = None;
        let mut pot_iterations = None;
        let mut pot_parameters_change = None;
        let mut solution_range = None;
        let mut next_solution_range = None;
        let mut segment_roots = Vec::new();
        let mut seal = None;
        for (position, item) in digest.logs().iter().enumerate() {
            if seal.is_some() {
                return Err(DigestError::Misplaced("seal"));
            }
            match item {
                DigestItem::PreRuntime(POAS_ENGINE_ID, bytes) => {
                    set(
                        &mut pre_digest,
                        "a pre-digest",
                        decode(bytes, "a pre-digest")?,
                    )?;
                    if position != 0 {
                        return Err(DigestError::Misplaced("pre-digest"));
                    }
                }
                DigestItem::Consensus(POAS_ENGINE_ID, bytes) => {
                    match decode::<ConsensusLog>(bytes, "a log")? {
                        ConsensusLog::PotIterations(iterations) => {
                            set(&mut pot_iterations, "proof-of-time iterations", iterations)?;
                        }
                        ConsensusLog::PotParametersChange(change) => {
                            set(&mut pot_parameters_change, "a proof-of-time change", change)?;
                        }
                        ConsensusLog::SolutionRange(range) => {
                            set(&mut solution_range, "a solution range", range)?;
                        }
                        ConsensusLog::NextSolutionRange(range) => {
                            set(&mut next_solution_range, "a next solution range", range)?;
                        }
                        ConsensusLog::SegmentRoot(log) => segment_roots.push(log),
                    }
                }
                DigestItem::Seal(POAS_ENGINE_ID, bytes) => {
                    seal = Some(decode(bytes, "a seal")?);
                }
                DigestItem::RuntimeEnvironmentUpdated => {}
                _ => return Err(DigestError::Foreign),
            }
        }
        Ok(Self {
            pre_digest: pre_digest.ok_or(DigestError::Missing("pre-digest"))?,
            pot_iterations: pot_iterations
                .ok_or(DigestError::Missing("proof-of-time iterations"))?,
            pot_parameters_change,
            solution_range: solution_range.ok_or(DigestError::Missing("solution range"))?,
            next_solution_range,
            segment_roots,
            seal,
        })
    }
}

impl PreDigest {
    /// Reads the pre-digest only, as the runtime does before there are logs. Genesis has [`PreDigest::genesis`].
    pub fn read<Header: HeaderT>(header: &Header) -> Result<Self, DigestError> {
        if header.number().is_zero() {
            return Ok(Self::genesis());
        }
        Self::read_digest(header.digest())
    }

    /// Reads the pre-digest from the digest of a block other than genesis.
    pub fn read_digest(digest: &Digest) -> Result<Self, DigestError> {
        match digest.logs().first() {
            Some(DigestItem::PreRuntime(POAS_ENGINE_ID, bytes)) => decode(bytes, "a pre-digest"),
            _ => Err(DigestError::Missing("pre-digest")),
        }
    }

    /// The digest item.
    pub fn digest_item(&self) -> DigestItem {
        DigestItem::PreRuntime(POAS_ENGINE_ID, self.encode())
    }
}

impl ConsensusLog {
    /// The digest item.
    pub fn digest_item(&self) -> DigestItem {
        DigestItem::Consensus(POAS_ENGINE_ID, self.encode())
    }
}

/// The digest item of a seal.
pub fn seal_digest(seal: &Signature) -> DigestItem {
    DigestItem::Seal(POAS_ENGINE_ID, seal.encode())
}

fn decode<T: Decode>(bytes: &[u8], name: &'static str) -> Result<T, DigestError> {
    T::decode_all(&mut &bytes[..]).map_err(|_| DigestError::Malformed(name))
}

fn set<T>(slot: &mut Option<T>, name: &'static str, value: T) -> Result<(), DigestError> {
    if slot.replace(value).is_some() {
        return Err(DigestError::Duplicate(name));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
