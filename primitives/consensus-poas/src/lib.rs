//! Digests, justification, inherent and runtime API of proof-of-archival-storage consensus: what the runtime and the
//! client tell each other.
//!
//! # A block
//!
//! | Part of the block | Item | Made by |
//! |---|---|---|
//! | digest, first | `PreRuntime(POAS, `[`PreDigest`]`)` | author |
//! | digest, then | `Consensus(POAS, `[`ConsensusLog`]`)`, each kind at most once (segment roots: once for each segment) | runtime |
//! | digest, last | `Seal(POAS, signature)`: 64 bytes | farmer |
//! | justification | `POAS`, [`PotJustification`] | author; not part of the block hash |
//! | extrinsic | `store_segment_headers`, when a segment is due | author, from [`InherentData`](sp_inherents::InherentData) |
//!
//! The runtime writes the logs, so executing a block proves them; a child is checked against the logs of its parent.
//!
//! Golden vectors: `test/vectors/blocks.json`.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod digests;
mod inherents;

pub use digests::{
    ConsensusLog, DigestError, HeaderDigests, PotJustification, PreDigest, SegmentRootLog,
    seal_digest,
};
#[cfg(feature = "std")]
pub use inherents::SegmentHeadersInherentDataProvider;
pub use inherents::{INHERENT_IDENTIFIER, InherentError, SegmentHeadersInherentData};

use alloc::vec::Vec;
use autonomys_core_primitives::pot::PotParametersChange;
use autonomys_core_primitives::{
    ConsensusParams, HistorySize, SegmentHeader, SegmentIndex, SegmentRoot, SolutionRange,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::num::NonZeroU32;
use scale_info::TypeInfo;
use sp_runtime::ConsensusEngineId;

/// Engine id of digest items and justifications.
pub const POAS_ENGINE_ID: ConsensusEngineId = *b"POAS";

/// The solution range of a block's era, and that of its child where they differ.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct SolutionRanges {
    /// The range that the block was made under.
    pub current: SolutionRange,
    /// The range for its child, when an era ends with the block.
    pub next: Option<SolutionRange>,
}

impl SolutionRanges {
    /// The range for a child of the block.
    pub fn for_child(&self) -> SolutionRange {
        self.next.unwrap_or(self.current)
    }
}

/// Proof of time as of a block.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct PotParameters {
    /// Iterations in the slot of the block and those after it, until `next_change`.
    pub iterations: NonZeroU32,
    /// A change at a slot after that of the block. It is announced earlier than any slot that the announcing block
    /// reveals a proof of time for.
    pub next_change: Option<PotParametersChange>,
}

sp_api::decl_runtime_apis! {
    /// What the client reads from the state of a block for consensus. For blocks other than genesis the digest of
    /// the header says most of it more cheaply.
    pub trait PoasApi {
        /// Sizes and rates of the chain.
        fn consensus_params() -> ConsensusParams;

        /// Solution range of the block and of its child.
        fn solution_ranges() -> SolutionRanges;

        /// Proof of time from the slot of the block on.
        fn pot_parameters() -> PotParameters;

        /// Number of segments whose roots are on chain, at least one: the first segment is made of genesis, and is on
        /// chain from block 1 on.
        fn history_size() -> HistorySize;

        /// Root of a segment that is on chain.
        fn segment_root(segment_index: SegmentIndex) -> Option<SegmentRoot>;

        /// The segment headers that an extrinsic brings on chain; `None` for any other extrinsic.
        fn extract_segment_headers(extrinsic: &Block::Extrinsic) -> Option<Vec<SegmentHeader>>;
    }
}
