//! What is fuzzed: every decoder that meets bytes from a network, a disk or a person, with what it guarantees.
//!
//! A [`Target`] is a function over arbitrary bytes. It holds no state, and it panics if a guarantee is broken: a decoder
//! refuses or gives a value, whatever the bytes are; a value has one encoding; what verifies is what was made. It
//! returns whether the bytes were accepted, so that a test sees whether seeds still reach what they are for.
//!
//! Every target comes with seeds, which are made by the real encoders. The tests of this crate run all targets over the
//! seeds and over some thousand random changes of them, the same ones every time. `scripts/fuzz.sh` runs them for
//! as long as one likes under libFuzzer, from the programs in `fuzz/`.
//!
//! Values that only a key or a hash protects (checksums, roots, hashes of headers before) would stop nearly every
//! changed input at the first check. Where it matters, targets make them right, so that the checks behind are reached.
//!
//! What is read and compared without being decoded has no target of its own: pieces that a node keeps as files go through
//! what `piece` runs.

#![forbid(unsafe_code)]

mod blocks;
mod farms;
mod history;
mod input;
mod node;
mod proofs;
mod sectors;
mod solutions;

pub use blocks::{
    farming_json, header_digests, justification, runtime_api, segment_headers, solution,
};
pub use farms::{cached_piece, farm_info, farm_options, identity};
pub use history::{archiver_restart, piece, segment, segment_chain};
pub use node::{chain_weights, proof_of_time_message, segment_header_store};
pub use proofs::{proof_of_space, proof_of_time};
pub use sectors::{sector, sector_metadata};
pub use solutions::{seal, solution_verification};

/// Something that meets bytes from outside.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Name of the function and of the fuzzing program.
    pub name: &'static str,
    /// Takes the bytes, panics if a guarantee is broken, and says whether the bytes were accepted.
    pub run: fn(&[u8]) -> bool,
    /// Inputs that are accepted.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

macro_rules! targets {
    ($($module:ident: $($name:ident),*;)*) => {
        &[$($(Target {
            name: stringify!($name),
            run: $module::$name,
            seeds: $module::seeds::$name,
        }),*),*]
    };
}

/// All targets.
pub const TARGETS: &[Target] = targets! {
    blocks: solution, farming_json, runtime_api, segment_headers, header_digests, justification;
    history: piece, segment, segment_chain, archiver_restart;
    node: proof_of_time_message, chain_weights, segment_header_store;
    proofs: proof_of_time, proof_of_space;
    sectors: sector_metadata, sector;
    farms: identity, farm_info, cached_piece, farm_options;
    solutions: solution_verification, seal;
};
