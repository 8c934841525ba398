//! The full node of the Autonomys network.
//!
//! | Module | What it holds |
//! |---|---|
//! | [`cli`] | the command line, and what of it is refused |
//! | [`command`] | from the command line to the exit code |
//! | [`chain_spec`] | the chains known by name |
//! | [`service`] | assembles a node; the only place that instantiates the client |
//!
//! The program is thin: consensus is in `sc-consensus-poas`, proof of time in `sc-proof-of-time`, farming in
//! `autonomys-farmer`, the state transition in a WebAssembly blob.

#![forbid(unsafe_code)]
#![expect(
    clippy::result_large_err,
    reason = "errors of the command line and of the start happen once, and hold those of the SDK, which are large"
)]

pub mod chain_spec;
pub mod cli;
pub mod command;
mod ports;
mod rpc;
pub mod service;

pub use ports::PortError;
