//! What AutoCo's pallets and its forum compute alike: voting power over time, delegation, tallies with limits on votes
//! cast by AI, decisions and their timing, and the post format with its log.
//!
//! Nothing here knows of FRAME, of storage or of a clock. A proposal is decided in this order:
//!
//! 1. [`checkpoints`] keep each account's power, what is delegated to it and whom it delegates to, as of past blocks.
//! 2. [`ballots`] apply votes, overrides and withdrawals to the [`tally`] in constant time, whatever the number of
//!    delegators. The pallet hands them its storage as [`ballots::Store`].
//! 3. [`tally::Tally::counted`] cuts what AI families may add to the weight of proven humans.
//! 4. [`decision`] says whether the proposal would pass, [`curves`] how much it needs at which time, [`timing`] how long
//!    voting stays open and which [`timing::Stage`] follows.
//!
//! Beside that: [`quadratic`] and [`conviction`] arithmetic, [`ranked`] choice, hashes of sealed votes and ids
//! ([`commit`]), the [`forum`]'s posts, receipts, tree heads and proofs, and the default [`tracks`].
//!
//! # Seam to identities
//!
//! Identities are plain 32-byte ids. Who is a proven human, which model family an AI belongs to and which mandate lets
//! an assistant vote is asked of the identity mirror by the caller, at the block of the vote, and enters as
//! [`tally::Caster`]: [`tally::Caster::Human`] only for a proven human at the track's threshold, else the slot of the
//! attested family, else the slot of [`tally::OTHER_FAMILY`]. One person one vote is a voter id that is the unique-human
//! tag, with power 1.
//!
//! Integers are unsigned; weights are `u128`, shares are basis points (`u16`, [`BPS`]) or parts per billion (`u32`,
//! [`PPB`]), times are milliseconds (`u64`). What is divided is rounded down unless said otherwise; nothing panics.
//!
//! Golden vectors: `test/vectors/auto-co.json`.

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

pub mod ballots;
pub mod checkpoints;
pub mod commit;
pub mod conviction;
pub mod curves;
pub mod decision;
pub mod delegation;
pub mod forum;
pub mod math;
pub mod quadratic;
pub mod ranked;
pub mod tally;
pub mod timing;
pub mod tracks;

/// Basis points in a whole.
pub const BPS: u16 = 10_000;

/// Parts per billion in a whole.
pub const PPB: u32 = 1_000_000_000;

/// Id of a DAO ([`commit::dao_id`]).
pub type DaoId = [u8; 32];

/// Who holds voting power in a DAO: an identity, or the unique-human tag where one person has one vote.
pub type VoterId = [u8; 32];

/// Name of the network in ids and signed messages.
pub type NetworkTag = [u8; 32];

/// Number of a proposal within its DAO.
pub type ProposalIndex = u32;

/// A block of the domain.
pub type BlockNumber = u32;
