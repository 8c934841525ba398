//! Consensus nodes whose slots a test drives by hand.
//!
//! A [`TestNode`] is the node of `autonomys-node`, with network, archiver and slot worker, on the smallest parameters
//! (preset `unit`) and without a timekeeper. A [`TestFarm`] is a farm in memory that is plotted, audited and proved for
//! real. [`TestNode::farm_block`] proves slots until the farm has won one and its block is imported, which takes
//! milliseconds. An [`Importer`] is a chain without a network that blocks are given to one by one, and that says why it
//! refuses one.

mod chain;
mod counters;
mod farm;
mod importer;

pub use chain::{TestNode, configuration, unit_chain};
pub use farm::TestFarm;
pub use importer::{Importer, Outcome, StoredBlock};
