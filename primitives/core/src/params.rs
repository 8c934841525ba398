//! All sizes and rates of the consensus chain in one value, and the presets that choose them.
//!
//! [`ConsensusParams`] is part of genesis. Client, farmer and runtime are handed it at run time and derive from it what
//! they need, so there is one code path for every network and no size is a constant of a type.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::num::NonZeroU32;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::bytes::byte_array;
use crate::pieces::{Chunk, MerkleNode};
use crate::solutions::{MAX_SOLUTION_RANGE, SolutionRange};

byte_array! {
    /// Names the network in ids, envelopes and proofs of possession: BLAKE2b-256 of `"autonomys/network/v1"` ‖
    /// chain-spec id. (Not the genesis hash: a domain's genesis lies inside the consensus genesis.)
    pub struct NetworkTag(32);
}

/// A fraction between 0 and 1.
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
    Serialize,
    Deserialize,
)]
pub struct Fraction {
    /// Dividend.
    pub numerator: u64,
    /// Divisor; not zero.
    pub denominator: u64,
}

impl Fraction {
    /// `numerator` ⁄ `denominator`.
    pub const fn new(numerator: u64, denominator: u64) -> Self {
        Self {
            numerator,
            denominator,
        }
    }
}

/// What a byte of storage costs those who put it on chain, in shannon (10⁻¹⁸ Auto Coin).
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
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum StorageFee {
    /// From the credit supply, the space pledged by farmers and the size of history.
    Dynamic,
    /// Always the same.
    Fixed(u128),
}

/// How entropy of the chain enters proof of time, so that nobody computes far ahead.
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
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub struct EntropyInjection {
    /// Blocks between two sources of entropy.
    pub interval: u32,
    /// How many intervals old a source is when it is injected.
    pub lookback: u32,
    /// Slots from the block that announces an injection to the injection.
    pub delay: u64,
}

/// All sizes and rates of the consensus chain.
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
pub struct ConsensusParams {
    /// Name of the network in signed messages.
    pub network_tag: NetworkTag,
    /// Chunks of 32 bytes in a record (source only; erasure coding doubles them). A power of two.
    pub chunks_per_record: u32,
    /// Source records in a segment (erasure coding doubles them). A power of two.
    pub source_records_per_segment: u32,
    /// Table parameter K of proof of space.
    pub proof_of_space_k: u8,
    /// Pieces in a sector.
    pub pieces_in_sector: u16,
    /// Wall-clock length of a slot that proof of time aims at, in milliseconds.
    pub slot_duration_millis: u64,
    /// Expected blocks per slot.
    pub slot_probability: Fraction,
    /// Slots between the slot a solution is for and the last proof of time its block reveals.
    pub authoring_delay: u64,
    /// Blocks under the best one at which the chain is archived and final.
    pub confirmation_depth: u32,
    /// Entropy of the chain in proof of time.
    pub entropy_injection: EntropyInjection,
    /// Blocks after which the solution range is adjusted.
    pub era_blocks: u32,
    /// Iterations of proof of time in a slot at genesis; a multiple of 16.
    pub proof_of_time_iterations: NonZeroU32,
    /// Whether a timekeeper that is faster than the slot sleeps for the rest of it. Only for development networks:
    /// elsewhere the time it takes is the security.
    pub paced: bool,
    /// Number of latest segments that a share of every sector is taken from.
    pub recent_segments: u64,
    /// That share.
    pub recent_history_fraction: Fraction,
    /// Segments of history after which a sector may expire.
    pub min_sector_lifetime: u64,
    /// Solution range until the first adjustment.
    pub initial_solution_range: SolutionRange,
    /// Price of storage.
    pub storage_fee: StorageFee,
}

/// A value of [`ConsensusParams`] that cannot be a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// Record size.
    #[error(
        "chunks per record must be a power of two from 2 to 32768, not {0}: proofs and s-buckets are sized by it"
    )]
    ChunksPerRecord(u32),
    /// Segment size.
    #[error(
        "source records per segment must be a power of two from 1 to 128, not {0}: piece positions are sized by it"
    )]
    SourceRecordsPerSegment(u32),
    /// Proof-of-space K.
    #[error(
        "proof-of-space K must be 15 to 20 and give every s-bucket a challenge of its own, not {0}"
    )]
    ProofOfSpaceK(u8),
    /// Sector size.
    #[error("a sector needs at least one piece")]
    PiecesInSector,
    /// A fraction with a zero denominator or above one.
    #[error("{0} must be above 0 and at most 1")]
    Fraction(&'static str),
    /// A duration or count of zero.
    #[error("{0} must not be zero")]
    Zero(&'static str),
    /// Entropy schedule against slots.
    #[error("entropy injection needs interval > delay > authoring delay + 1")]
    EntropyDelay,
    /// Entropy schedule against finality.
    #[error("entropy injection needs interval × lookback of at least the confirmation depth")]
    EntropyLookback,
    /// Finality against what chainHead and the transaction pool allow.
    #[error(
        "the confirmation depth must be from 1 to 126: followers of the chain head give up at 128 blocks without finality"
    )]
    ConfirmationDepth,
    /// Iterations of proof of time.
    #[error("proof-of-time iterations must be a multiple of 16, not {0}")]
    ProofOfTimeIterations(u32),
    /// Solution range.
    #[error("the solution range must be from 1 to 2^63")]
    SolutionRange,
}

impl ConsensusParams {
    /// Largest `chunks_per_record`.
    pub const MAX_CHUNKS_PER_RECORD: u32 = 1 << 15;
    /// Largest `source_records_per_segment`.
    pub const MAX_SOURCE_RECORDS_PER_SEGMENT: u32 = 1 << 7;
    /// Largest `proof_of_space_k`.
    pub const MAX_PROOF_OF_SPACE_K: u8 = 20;

    /// Checks that the values fit each other.
    pub fn validate(&self) -> Result<(), ParamsError> {
        let power_of_two_within = |value: u32, least: u32, most: u32| {
            value.is_power_of_two() && (least..=most).contains(&value)
        };
        if !power_of_two_within(self.chunks_per_record, 2, Self::MAX_CHUNKS_PER_RECORD) {
            return Err(ParamsError::ChunksPerRecord(self.chunks_per_record));
        }
        if !power_of_two_within(
            self.source_records_per_segment,
            1,
            Self::MAX_SOURCE_RECORDS_PER_SEGMENT,
        ) {
            return Err(ParamsError::SourceRecordsPerSegment(
                self.source_records_per_segment,
            ));
        }
        if !(15..=Self::MAX_PROOF_OF_SPACE_K).contains(&self.proof_of_space_k)
            || self.s_buckets()
                > 1u32
                    .checked_shl(u32::from(self.proof_of_space_k))
                    .unwrap_or(0)
        {
            return Err(ParamsError::ProofOfSpaceK(self.proof_of_space_k));
        }
        if self.pieces_in_sector == 0 {
            return Err(ParamsError::PiecesInSector);
        }
        for (name, fraction) in [
            ("slot probability", self.slot_probability),
            ("recent history fraction", self.recent_history_fraction),
        ] {
            if fraction.numerator == 0 || fraction.numerator > fraction.denominator {
                return Err(ParamsError::Fraction(name));
            }
        }
        for (name, value) in [
            ("slot duration", self.slot_duration_millis),
            ("authoring delay", self.authoring_delay),
            ("era", u64::from(self.era_blocks)),
            ("number of recent segments", self.recent_segments),
            ("minimum sector lifetime", self.min_sector_lifetime),
        ] {
            if value == 0 {
                return Err(ParamsError::Zero(name));
            }
        }
        let injection = &self.entropy_injection;
        if u64::from(injection.interval) <= injection.delay
            || injection.delay <= self.authoring_delay.saturating_add(1)
        {
            return Err(ParamsError::EntropyDelay);
        }
        if u64::from(injection.interval).saturating_mul(u64::from(injection.lookback))
            < u64::from(self.confirmation_depth)
        {
            return Err(ParamsError::EntropyLookback);
        }
        if !(1..=126).contains(&self.confirmation_depth) {
            return Err(ParamsError::ConfirmationDepth);
        }
        if !self.proof_of_time_iterations.get().is_multiple_of(16) {
            return Err(ParamsError::ProofOfTimeIterations(
                self.proof_of_time_iterations.get(),
            ));
        }
        if !(1..=MAX_SOLUTION_RANGE).contains(&self.initial_solution_range) {
            return Err(ParamsError::SolutionRange);
        }
        Ok(())
    }

    /// Bytes of history in a record.
    pub const fn record_size(&self) -> usize {
        to_usize(self.chunks_per_record).saturating_mul(Chunk::SIZE)
    }

    /// Bytes of history in a segment.
    pub const fn segment_size(&self) -> usize {
        self.record_size()
            .saturating_mul(to_usize(self.source_records_per_segment))
    }

    /// Pieces in a segment, source and parity.
    pub const fn pieces_per_segment(&self) -> u32 {
        self.source_records_per_segment.saturating_mul(2)
    }

    /// Chunks of an erasure-coded record, each of which belongs to one s-bucket.
    pub const fn s_buckets(&self) -> u32 {
        self.chunks_per_record.saturating_mul(2)
    }

    /// Nodes in the proof that a chunk belongs to an erasure-coded record.
    pub const fn chunk_proof_depth(&self) -> u32 {
        self.s_buckets().trailing_zeros()
    }

    /// Nodes in the proof that a record belongs to a segment.
    pub const fn record_proof_depth(&self) -> u32 {
        self.pieces_per_segment().trailing_zeros()
    }

    /// Bytes of a piece: record ‖ parity chunks root ‖ record proof.
    pub const fn piece_size(&self) -> usize {
        self.record_size()
            .saturating_add(MerkleNode::SIZE)
            .saturating_add(to_usize(self.record_proof_depth()).saturating_mul(MerkleNode::SIZE))
    }

    /// Bytes of a proof of space: 64 values of K bits.
    pub const fn proof_of_space_size(&self) -> usize {
        to_usize(u32::from_le_bytes([self.proof_of_space_k, 0, 0, 0])).saturating_mul(8)
    }

    /// The proof-of-space challenge of an s-bucket: s-buckets lie evenly over the range of challenges.
    pub const fn proof_of_space_challenge(&self, s_bucket: crate::SBucket) -> u32 {
        let spread = u32::from_le_bytes([self.proof_of_space_k, 0, 0, 0])
            .saturating_sub(self.s_buckets().trailing_zeros());
        match u32::from_le_bytes([s_bucket.to_le_bytes()[0], s_bucket.to_le_bytes()[1], 0, 0])
            .checked_shl(spread)
        {
            Some(challenge) => challenge,
            None => 0,
        }
    }
}

/// `usize` has at least 32 bits on every target.
const fn to_usize(value: u32) -> usize {
    value as usize
}

/// The networks whose parameters are known to the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Production.
    Main,
    /// A network on one machine: a segment in about a quarter of an hour.
    Dev,
    /// A network for end-to-end tests and demonstrations: a segment in about twenty seconds.
    Fast,
    /// Unit tests, whose slots are driven by the test.
    Unit,
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 4] = [Self::Main, Self::Dev, Self::Fast, Self::Unit];

    /// The parameters of the preset on the network `network_tag`.
    pub fn params(self, network_tag: NetworkTag) -> ConsensusParams {
        let dev = ConsensusParams {
            network_tag,
            chunks_per_record: 1024,
            source_records_per_segment: 16,
            proof_of_space_k: 17,
            pieces_in_sector: 16,
            slot_duration_millis: 1000,
            slot_probability: Fraction::new(1, 2),
            authoring_delay: 2,
            confirmation_depth: 8,
            entropy_injection: EntropyInjection {
                interval: 8,
                lookback: 2,
                delay: 6,
            },
            era_blocks: 32,
            proof_of_time_iterations: DEV_ITERATIONS,
            paced: true,
            recent_segments: 2,
            recent_history_fraction: Fraction::new(1, 10),
            min_sector_lifetime: 4,
            initial_solution_range: 0,
            storage_fee: StorageFee::Fixed(1_000_000_000),
        };
        let (params, initial_sectors) = match self {
            Self::Main => (
                ConsensusParams {
                    chunks_per_record: ConsensusParams::MAX_CHUNKS_PER_RECORD,
                    source_records_per_segment: ConsensusParams::MAX_SOURCE_RECORDS_PER_SEGMENT,
                    proof_of_space_k: ConsensusParams::MAX_PROOF_OF_SPACE_K,
                    pieces_in_sector: 1000,
                    slot_probability: Fraction::new(1, 6),
                    authoring_delay: 4,
                    confirmation_depth: 100,
                    entropy_injection: EntropyInjection {
                        interval: 50,
                        lookback: 2,
                        delay: 15,
                    },
                    era_blocks: 2016,
                    proof_of_time_iterations: MAIN_ITERATIONS,
                    paced: false,
                    recent_segments: 5,
                    storage_fee: StorageFee::Dynamic,
                    ..dev
                },
                1,
            ),
            Self::Dev => (dev, 8),
            Self::Fast => (
                ConsensusParams {
                    chunks_per_record: 256,
                    source_records_per_segment: 8,
                    pieces_in_sector: 8,
                    slot_duration_millis: 200,
                    authoring_delay: 4,
                    confirmation_depth: 16,
                    ..dev
                },
                8,
            ),
            Self::Unit => (
                ConsensusParams {
                    chunks_per_record: 256,
                    source_records_per_segment: 8,
                    pieces_in_sector: 8,
                    confirmation_depth: 5,
                    entropy_injection: EntropyInjection {
                        interval: 5,
                        lookback: 2,
                        delay: 4,
                    },
                    era_blocks: 4,
                    proof_of_time_iterations: UNIT_ITERATIONS,
                    paced: false,
                    ..dev
                },
                1,
            ),
        };
        ConsensusParams {
            initial_solution_range: params.pieces_to_solution_range(
                u64::from(params.pieces_in_sector).saturating_mul(initial_sectors),
            ),
            ..params
        }
    }
}

/// About one second of the fastest processor (6.2 GHz, 30 cycles for an iteration).
const MAIN_ITERATIONS: NonZeroU32 = NonZeroU32::new(206_557_520).expect("not zero; qed");
/// Small enough to cost nothing: the timekeeper sleeps for the rest of the slot.
const DEV_ITERATIONS: NonZeroU32 = NonZeroU32::new(16_384).expect("not zero; qed");
/// Small enough for portable code.
const UNIT_ITERATIONS: NonZeroU32 = NonZeroU32::new(64).expect("not zero; qed");

#[cfg(test)]
mod tests;
