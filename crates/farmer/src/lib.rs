//! The farmer: farms on disk, plotting, farming, and the command line around them.
//!
//! The program `autonomys-farmer` farms beside its own or a remote node; a node can embed a farmer in its process. Both
//! use [`Farmer::run`] with a [`NodeClient`], and read the same options ([`FarmOptions`]).
//!
//! - [`Farm`] is a directory with sectors, which survives a kill at any point.
//! - [`NodeClient`] is what a farmer asks of a node; [`RpcNodeClient`] asks it over WebSocket.
//! - Sectors themselves are the business of `autonomys-farmer-components`.
//!
//! Logs go to `tracing` under the target `farmer`; once a minute one line says whether the farmer is farming, and if
//! not, why.

#![forbid(unsafe_code)]

pub mod cli;
mod farm;
mod farmer;
mod farming;
mod following;
mod node_client;
mod options;
mod pieces;
mod plotting;
mod proving_gate;
mod segment_headers;
mod shutdown;
mod statistics;
#[cfg(test)]
mod test_node;
#[cfg(test)]
mod tests;

pub use farm::{
    Farm, FarmError, FarmInfo, FarmInfoError, Identity, PieceCache, PlottedSector, SectorCounts,
    Space,
};
pub use farmer::{Farmer, FarmerError};
pub use node_client::{
    MAX_SEGMENT_HEADERS_PER_REQUEST, NodeClient, NodeClientError, RpcNodeClient,
};
pub use options::{FarmOptions, FarmerOptions, OptionError, parse_reward_address, parse_size};
pub use segment_headers::SegmentHeadersError;
