//! Gossip of proofs of time.
//!
//! [`rules`] says what a proof of a peer is worth, [`queue`] keeps what has to wait and plans verification; both are pure.
//! [`worker`] connects them with the network.

mod queue;
mod rules;
mod worker;

pub use queue::MAX_QUEUED_PROOFS_PER_PEER;
pub(crate) use rules::{Judgement, Position, judge};
pub use rules::{MAX_SLOTS_AHEAD, Rejection};
pub use worker::{gossip_peers_set_config, gossip_protocol_name, run_gossip};
