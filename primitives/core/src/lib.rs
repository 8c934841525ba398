//! Types, sizes and parameters of the chain that every other crate shares.
//!
//! Nothing here knows of Substrate, of a network or of a disk. The modules follow the life of history:
//! [`segments`] and [`pieces`] are what the archiver makes of it, [`sectors`] is how a farmer keeps it,
//! [`pot`] and [`solutions`] are how a farmer wins with it. [`params`] holds all sizes, which are values passed at run
//! time and never constants of a type, so that a development chain and the production chain are one program.
//!
//! All integers are little-endian, in SCALE as well as where bytes are hashed. Every BLAKE3 use has a key of its own
//! ([`hashes`]), except inside the published functions of proof of space and proof of time.
//!
//! Golden vectors: `test/vectors/primitives.json`.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

mod bytes;
pub mod farming;
pub mod hashes;
pub mod params;
pub mod pieces;
pub mod pot;
pub mod sectors;
pub mod segments;
pub mod solutions;

pub use farming::{BlockHash, Signature};
pub use params::{ConsensusParams, Fraction, Preset};
pub use pieces::{Chunk, MerkleNode, PieceIndex, PieceOffset, PiecePosition, RecordRoot};
pub use pot::{PotCheckpoints, PotOutput, PotSeed};
pub use sectors::{PosSeed, SBucket, SectorId, SectorIndex, SectorSlotChallenge};
pub use segments::{
    HistorySize, LastArchivedBlock, SegmentHeader, SegmentHeaderHash, SegmentIndex, SegmentRoot,
};
pub use solutions::{GlobalChallenge, PosProof, PublicKey, RewardAddress, Solution, SolutionRange};

/// Height of a block of the consensus chain.
pub type BlockNumber = u32;

/// A slot: one step of proof of time. Slots exist only through proofs; slot 1 is the first after genesis.
pub type SlotNumber = u64;
