//! Consensus of the real node on the smallest parameters, driven slot by slot.

mod forks;
mod restart;
mod sync;
mod tampering;
