//! Consensus of the real node on the smallest parameters, driven slot by slot.

mod authoring;
mod forks;
mod import;
mod restart;
mod sync;
mod tampering;
