//! What the consensus chain, its domains and their clients tell each other.
//!
//! A domain is a rollup. The consensus chain orders its transactions and keeps stake, receipts and money accounts; it
//! never executes them. Whoever runs the domain derives its blocks from those of the consensus chain:
//!
//! | Step | Where |
//! |---|---|
//! | an operator wins a slot | [`election`] |
//! | and makes a bundle: transactions, and the receipt of the latest domain block that is not on chain yet | [`bundles`] |
//! | the bundles of a domain in one consensus block are judged: valid, or invalid for one reason | [`validity`] |
//! | the transactions of the valid ones become one domain block | [`order`], [`inherents`] |
//! | whose execution the next bundles claim | [`receipts`] |
//!
//! Everything that client, runtime and dispute must compute alike is a pure function here: digests, order, extrinsics
//! root, transaction range, invalidity. Integers are little-endian, hashes BLAKE2b-256 as everywhere in Substrate, and
//! every hashed or signed message starts with the ASCII name of its use. No value has two encodings.
//!
//! Golden vectors: `test/vectors/domains.json`.

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

mod apis;
pub mod bundles;
mod chain_amounts;
mod digests;
pub mod election;
pub mod genesis;
mod ids;
pub mod inherents;
#[cfg(feature = "std")]
mod json;
pub mod limits;
pub mod operators;
pub mod order;
pub mod receipts;
pub mod storage_keys;
pub mod validity;

pub use apis::*;
pub use bundles::{Bundle, BundleHeader, Receipt, Sealed, SingletonReceipt};
pub use chain_amounts::{ChainAmounts, ChainAmountsError};
pub use digests::{DOMAIN_ENGINE_ID, consensus_block_digest, consensus_block_of};
pub use election::ProofOfElection;
pub use genesis::RawGenesis;
pub use ids::{ChainId, DomainId, EpochIndex, OperatorId, RuntimeId};
pub use inherents::DomainInherentData;
pub use limits::BundleLimits;
pub use operators::{OperatorPublic, OperatorSignature};
pub use receipts::ExecutionReceipt;
pub use validity::BundleInvalidity;

pub use autonomys_core_primitives::SlotNumber;
pub use autonomys_runtime_primitives::{AccountId, Balance, BlockNumber, Hash, Header};
