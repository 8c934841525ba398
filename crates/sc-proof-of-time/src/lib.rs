//! Client side of proof of time: timekeeper, gossip, slot stream and verifier.
//!
//! A slot exists once its proof of time is known; nothing here reads a wall clock to say what slot it is. A node learns
//! of slots in three ways, and all of them meet in [`PotSource`]:
//!
//! ```text
//!  timekeeper thread ──▶ ┌─────────────────────┐
//!  gossip of peers   ──▶ │ PotSource           │ ──▶ PotSlotStream: slot worker, farmers' RPC
//!  best blocks       ──▶ │   PotChain          │ ──▶ gossip to peers (not what blocks revealed)
//!                        │   PotVerifier cache │ ──▶ timekeeper: what to prove next
//!                        └─────────────────────┘
//! ```
//!
//! - [`PotChain`] is the state machine, without locks, threads or network: the slots since the best block and the input of
//!   the next one. A best block is the authority; where its digest does not lead to the slots that are known, the chain
//!   continues on the block's branch.
//! - [`PotVerifier`] checks proofs and remembers the valid ones, so that a proof that came by gossip costs nothing when a
//!   block reveals it again.
//! - [`Timekeeper`] proves slot after slot on a thread of its own. One in the network is enough for it to live.
//! - [`run_gossip`] is the notification protocol `/<genesis hash>/proof-of-time/1`. Its rules and queues are pure functions
//!   and types of their own.
//!
//! A message is the SCALE encoding of [`PotSlotInfo`]: slot (8 bytes), seed (16), iterations (4), checkpoints (8 × 16).
//! Golden vector: `test/vectors/proof-of-time-gossip.json`.
//!
//! # Staying with the others
//!
//! Peers send each proof once, so a node that missed one has to ask. It does so by sending its own last proof to a peer
//! that is ahead: whoever receives a proof that it has had for two slots or more answers with the ones that follow, at
//! most [`MAX_SLOTS_AHEAD`] of them, at most once per slot of its own and peer. A peer that connects is sent the proofs
//! since the best block. So farmers that start long after the timekeeper, or lose their connection while no blocks are
//! made, catch up without one.

#![forbid(unsafe_code)]

mod chain;
mod gossip;
mod message;
mod metrics;
mod source;
mod timekeeper;
mod verifier;

pub use chain::{PotAnchor, PotChain, Reanchored};
pub use gossip::{
    MAX_QUEUED_PROOFS_PER_PEER, MAX_SLOTS_AHEAD, Rejection, gossip_peers_set_config,
    gossip_protocol_name, run_gossip,
};
pub use message::{MessageError, PotSlotInfo};
pub use source::{PotSlotStream, PotSource, PushProofError};
pub use timekeeper::{Timekeeper, TimekeeperConfig, TimekeeperError};
pub use verifier::PotVerifier;
