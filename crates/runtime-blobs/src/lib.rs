//! The runtimes as WebAssembly blobs.
//!
//! This crate depends on no runtime: its build script compiles them to WebAssembly and the constants below embed the
//! result. So the node is not rebuilt natively when a pallet changes.
//!
//! | Variable of the build | Effect |
//! |---|---|
//! | `SKIP_WASM_BUILD=1` | builds nothing; every blob is `None`. For clippy and for tests that start no chain |
//! | `RUNTIME_BLOBS_DIR=DIR` | takes `DIR/autonomys_runtime.compact.compressed.wasm` instead of building it, for example from an earlier job |
//! | `WASM_BUILD_CARGO_ARGS` | extra arguments for cargo, for example `--config profile.release.opt-level=1` |
//!
//! and whatever else `substrate-wasm-builder` reads.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

mod consensus {
    #![allow(dead_code, unreachable_pub, reason = "the builder writes this file")]
    include!(concat!(env!("OUT_DIR"), "/autonomys_runtime"));
}

/// The runtime of the consensus chain, compressed; `None` when the build was told to skip it.
pub const CONSENSUS: Option<&[u8]> = consensus::WASM_BINARY;

/// A runtime is not part of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the {0} runtime is not part of this program, because it was built with SKIP_WASM_BUILD; no chain can start; build \
     again without that variable"
)]
pub struct MissingBlob(&'static str);

/// The runtime of the consensus chain, compressed.
pub fn consensus() -> Result<&'static [u8], MissingBlob> {
    CONSENSUS.ok_or(MissingBlob("consensus"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_there_unless_the_build_was_told_to_skip_it() {
        match consensus() {
            // Magic of substrate's compressed blobs
            Ok(blob) => assert_eq!(blob[..8], [82, 188, 83, 118, 70, 219, 142, 5]),
            Err(error) => {
                assert!(option_env!("SKIP_WASM_BUILD").is_some());
                assert!(error.to_string().contains("SKIP_WASM_BUILD"));
            }
        }
    }
}
