//! Why a block is refused, and what that means for whoever sent it.

use autonomys_core_primitives::{BlockNumber, SlotNumber, SolutionRange};
use autonomys_verification::{SealError, VerificationError};
use sp_consensus_poas::DigestError;

/// Why a block is refused.
///
/// # Peer scoring
///
/// Every rejection is the sender's fault: each node verifies a block before it passes it on. From the verifier it
/// reaches sync as a failed verification, from the block import as [`ImportResult::KnownBad`]; both disconnect the peer and
/// lower its reputation. Neither is remembered for the hash of the block: a justification is not part of the hash, so an
/// invalid one must not keep the same block with its true justification from being imported from another peer.
///
/// What this node cannot decide for reasons of its own is never a rejection but a [`Fault`].
///
/// [`ImportResult::KnownBad`]: sc_consensus::ImportResult::KnownBad
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// The digest is not that of a block.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// The header has no seal.
    #[error("the header has no seal; the block is invalid")]
    Unsealed,
    /// The seal is not by the key of the solution.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// There is not exactly one justification, that with proofs of time.
    #[error(
        "a block has one justification, with proofs of time, and this one's {0}; it has to be had from another peer"
    )]
    Justification(&'static str),
    /// Pre-digest and justification differ.
    #[error(
        "the proof of time of slot {slot} in the header is not that in the justification; the block is invalid"
    )]
    ProofOfTimeMismatch {
        /// The slot.
        slot: SlotNumber,
    },
    /// The solution wins nothing.
    #[error(transparent)]
    Solution(#[from] VerificationError),
    /// The height is not one more than that of the parent.
    #[error("block {number} does not follow block {parent}, its parent; the block is invalid")]
    Number {
        /// Height of the block.
        number: BlockNumber,
        /// Height of its parent.
        parent: BlockNumber,
    },
    /// Time goes on.
    #[error("slot {slot} is not after slot {parent} of the parent; the block is invalid")]
    SlotNotAfterParent {
        /// Slot of the block.
        slot: SlotNumber,
        /// Slot of its parent.
        parent: SlotNumber,
    },
    /// The range is not the one the parent leads to.
    #[error(
        "the solution range is {actual} where the parent leads to {expected}; the block is invalid"
    )]
    SolutionRange {
        /// Range by the parent.
        expected: SolutionRange,
        /// Range of the block.
        actual: SolutionRange,
    },
    /// The block reveals other slots than it must.
    #[error(
        "the justification has proofs of {actual} slots instead of {expected}; the block has to be had from another peer"
    )]
    RevealedSlots {
        /// Slots between the last one that the parent reveals and the last one that the block reveals.
        expected: u64,
        /// Slots in the justification.
        actual: usize,
    },
    /// The first seed does not follow from the parent.
    #[error(
        "the seed of the justification does not follow from the parent; the block has to be had from another peer"
    )]
    Seed,
    /// Checkpoints are not a proof.
    #[error(
        "the justification has an invalid proof of time of slot {slot}; the block has to be had from another peer"
    )]
    InvalidProofOfTime {
        /// The slot.
        slot: SlotNumber,
    },
    /// Segment roots in the digest are not those that are due.
    #[error(
        "the segment roots in the header are not those this node archived; the block is invalid"
    )]
    SegmentRoots,
    /// Timestamp or segment headers are wrong.
    #[error(
        "the inherents are wrong: {0}; the block is invalid, unless the clock of this machine is wrong"
    )]
    Inherents(String),
    /// The runtime refuses the block.
    #[error("the block cannot be executed: {0}; it is invalid")]
    Execution(String),
    /// Execution leads to another state.
    #[error("executing the block leads to another state root than its header has; it is invalid")]
    StateRoot,
    /// There is nothing to execute.
    #[error("the block came without its body; it has to be had from another peer")]
    NoBody,
    /// History below the finalized block is settled.
    #[error(
        "the block is on a fork that leaves the chain below the finalized block {finalized}; a switch that deep is never made, so either the peer or this node is on a dead fork (compare a finalized hash with a node you trust; if it is this node, `purge-chain` and sync again)"
    )]
    ForkBelowFinalized {
        /// Height of the finalized block.
        finalized: BlockNumber,
    },
}

impl Rejection {
    /// All that [`Self::reason`] says.
    pub(crate) const REASONS: [&'static str; 18] = [
        "digest",
        "unsealed",
        "seal",
        "justification",
        "proof_of_time_mismatch",
        "solution",
        "number",
        "slot",
        "solution_range",
        "revealed_slots",
        "seed",
        "proof_of_time",
        "segment_roots",
        "inherents",
        "execution",
        "state_root",
        "no_body",
        "fork_below_finalized",
    ];

    /// Label of the reason in metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Digest(_) => "digest",
            Self::Unsealed => "unsealed",
            Self::Seal(_) => "seal",
            Self::Justification(_) => "justification",
            Self::ProofOfTimeMismatch { .. } => "proof_of_time_mismatch",
            Self::Solution(_) => "solution",
            Self::Number { .. } => "number",
            Self::SlotNotAfterParent { .. } => "slot",
            Self::SolutionRange { .. } => "solution_range",
            Self::RevealedSlots { .. } => "revealed_slots",
            Self::Seed => "seed",
            Self::InvalidProofOfTime { .. } => "proof_of_time",
            Self::SegmentRoots => "segment_roots",
            Self::Inherents(_) => "inherents",
            Self::Execution(_) => "execution",
            Self::StateRoot => "state_root",
            Self::NoBody => "no_body",
            Self::ForkBelowFinalized { .. } => "fork_below_finalized",
        }
    }
}

/// Why this node cannot decide about a block. Never the fault of a peer.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database failed.
    #[error(
        "the database failed: {0}; check the disk, and if the database is damaged, `purge-chain` and sync again"
    )]
    Database(#[from] sp_blockchain::Error),
    /// The runtime could not be called.
    #[error(
        "the runtime could not be called: {0}; check memory and disk, and if the database is damaged, `purge-chain` and sync again"
    )]
    Runtime(#[from] sp_api::ApiError),
    /// Something that the database must hold is not there or cannot be read.
    #[error(
        "the database has no valid {what} of block {block}; if the node was not stopped properly, `purge-chain` and sync again"
    )]
    Missing {
        /// What is missing.
        what: &'static str,
        /// The block.
        block: String,
    },
    /// A segment is on chain, and its header is not in the store.
    #[error(
        "a segment root that is on chain is not in the store of segment headers: {0}; `purge-chain` and sync again"
    )]
    UnknownSegment(VerificationError),
    /// Archiving failed.
    #[error(transparent)]
    Archiving(#[from] crate::archiver::ArchivingError),
    /// The block did not come through the verifier.
    #[error(
        "a block that is not this node's own came without verification; the import queue must be built with the verifier of this crate"
    )]
    NotVerified,
    /// State import is no part of this chain's sync.
    #[error("imported state is refused, since nothing verifies it; sync with `--sync full`")]
    StateImport,
    /// Local inherent data could not be made.
    #[error("inherent data could not be made: {0}; check the clock of this machine")]
    InherentData(sp_inherents::Error),
    /// The client refused the block for a reason of its own.
    #[error(transparent)]
    Client(#[from] sp_consensus::Error),
}

impl Fault {
    /// All that [`Self::reason`] says.
    pub(crate) const REASONS: [&'static str; 9] = [
        "database",
        "runtime",
        "missing",
        "unknown_segment",
        "archiving",
        "not_verified",
        "state_import",
        "inherent_data",
        "client",
    ];

    /// Label of the reason in metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Database(_) => "database",
            Self::Runtime(_) => "runtime",
            Self::Missing { .. } => "missing",
            Self::UnknownSegment(_) => "unknown_segment",
            Self::Archiving(_) => "archiving",
            Self::NotVerified => "not_verified",
            Self::StateImport => "state_import",
            Self::InherentData(_) => "inherent_data",
            Self::Client(_) => "client",
        }
    }
}

/// A block that was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The block is invalid.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// This node cannot decide.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<sp_blockchain::Error> for ImportError {
    fn from(error: sp_blockchain::Error) -> Self {
        Self::Fault(error.into())
    }
}
