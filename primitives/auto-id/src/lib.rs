//! Identities of humans and AI: what the auto-id domain, the domains that read identities, and programs share.
//!
//! Nothing here has state, reads a clock or knows of Substrate. The modules follow the life of an identity:
//!
//! - [`ids`] and [`keys`] name it: an id commits to kind, issuer, first key and salt, so nobody can take another's.
//! - [`signatures`] verifies with any of its keys; [`messages`] is every message they sign, one domain string each.
//! - [`certificates`] reads and writes X.509 certificates of one strict profile over [`der`]'s bounded walk.
//! - [`claims`] and [`scores`] are the proof of personhood.
//! - [`mandates`] limits what one identity may do for another.
//! - [`provenance`] says who made a work, [`simhash`] whether two texts are near-duplicates, [`merkle`] batches both.
//! - [`resolved`] is all that other domains ever see of an identity.
//! - [`dev`] is who exists on development chains.
//!
//! Times are Unix milliseconds ([`Millis`]). Integers are little-endian in SCALE and wherever bytes are hashed. Every
//! hash is BLAKE2b-256 of a domain string ending in `/v1` and fields of which at most one has a variable length, so no
//! two messages are the same bytes. `network_tag` stands where other designs use a genesis hash.
//!
//! All functions are total: any bytes give `Ok` or a typed error, in bounded time.
//!
//! Golden vectors: `test/vectors/auto-id.json` and the certificates in `test/vectors/auto-id`.

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

mod bits;
mod bytes;
pub mod certificates;
pub mod claims;
pub mod der;
pub mod dev;
mod hashes;
pub mod ids;
pub mod keys;
pub mod mandates;
pub mod merkle;
pub mod messages;
pub mod provenance;
pub mod resolved;
pub mod scores;
pub mod signatures;
pub mod simhash;

pub use autonomys_core_primitives::params::NetworkTag;
pub use claims::{Categories, Category, ClaimType, UniqueHumanTag};
pub use ids::{AutoId, Kind, Salt};
pub use keys::{KeyHash, PublicKey, Purposes};
pub use resolved::ResolvedIdentity;
pub use signatures::Signature;

/// Unix time in milliseconds.
pub type Millis = u64;

/// An account of the chain (`AccountId32`).
pub type AccountBytes = [u8; 32];

/// 32 bytes of a hash whose meaning the field says.
pub type Hash = [u8; 32];

/// A second in [`Millis`].
pub const SECOND: Millis = 1_000;
/// A day in [`Millis`].
pub const DAY: Millis = 86_400 * SECOND;
/// Longest chain of issuers: a root has depth 0, its children 1, the deepest id 8.
pub const MAX_DEPTH: u8 = 8;
/// Live keys of an identity.
pub const MAX_KEYS: u32 = 16;
/// Accounts linked to an identity.
pub const MAX_ACCOUNTS: u32 = 16;
/// Claims of an identity.
pub const MAX_CLAIMS: u32 = 32;
/// Attestors of the registry.
pub const MAX_ATTESTORS: u32 = 64;
/// Live mandates an identity may have granted.
pub const MAX_MANDATES_GRANTED: u32 = 64;
/// Live mandates an identity may hold.
pub const MAX_MANDATES_HELD: u32 = 256;
/// Guardians of an identity.
pub const MAX_GUARDIANS: u32 = 9;
