//! Client side of proof-of-archival-storage consensus: verifier, block import, slot worker and archiver.
//!
//! ```text
//! peers ─▶ import queue ─▶ PoasVerifier ─▶ PoasBlockImport ─▶ client
//!                                            │      ▲  └─▶ ChainArchiver ─▶ SegmentHeaderStore, PieceStore
//!                               PotSource ◀──┘      │
//!                                  └─▶ SlotNotifier ─▶ BlockAuthor ◀─▶ farmers, through PoasLink
//! ```
//!
//! | Module | Holds |
//! |---|---|
//! | [`link`] | what all parts share, and the exchange with farmers |
//! | [`verifier`] | what a block shows by itself |
//! | [`parents`] | what follows from its parent |
//! | [`block_import`] | history, state, fork choice, finality |
//! | [`rejection`] | why a block is refused, and what that means for the peer |
//! | [`archiver`] | deep blocks → segments, restart |
//! | [`segment_headers`] | which segments there are and when they come on chain |
//! | [`pieces`], [`piece_store`] | pieces for farmers that plot |
//! | [`slot_worker`] | slots → solutions → blocks |
//! | [`sync_status`] | whether the node is catching up |
//! | [`aux_schema`] | weights of chains |
//! | [`metrics`] | what an operator can watch |
//!
//! # Setting up a node
//!
//! ```text
//! let headers = SegmentHeaderStore::open(&*client, params.confirmation_depth)?;
//! let link = PoasLink::new(params, genesis_hash, headers);
//! let metrics = Metrics::new(registry)?;
//! let piece_store = Arc::new(PieceStore::open(base_path.join("pieces"), params)?);
//! let archiver = ChainArchiver::start(client, link, piece_store, metrics)?;       // archives genesis at least
//! let parents = Arc::new(Parents::new(client, &link));
//! let pot_source = PotSource::new(parents.best()?.1.anchor, PotVerifier::new(), registry)?;
//! let block_import = PoasBlockImport::new(client, client, link, parents, pot_source, archiver, metrics)?;
//! let queue = BasicQueue::new(PoasVerifier::new(link, metrics), Box::new(block_import), None, …);
//! let pieces: Arc<dyn PieceProvider> = Arc::new(ChainPieceProvider::new(client, link, piece_store, metrics));
//! let (notifier, author) = slot_worker(pot_source.subscribe(), client, block_import, proposer_factory, sync_status, config);
//! ```
//!
//! # Encodings
//!
//! The archived form of a block ([`archiver`]) is consensus; golden vector: `test/vectors/archived-block.json`. What lies in the
//! auxiliary database ([`aux_schema`], [`segment_headers`]) is this node's own.
//!
//! # Forks
//!
//! The heaviest chain is the best one: a block weighs 2⁶⁴ − 1 − its solution range, and of equal chains the first seen
//! stays. Block best − confirmation depth is archived and final; a fork below it is refused for ever.

#![forbid(unsafe_code)]

pub mod archiver;
pub mod aux_schema;
pub mod block_import;
pub mod link;
pub mod metrics;
pub mod parents;
pub mod piece_store;
pub mod pieces;
pub mod rejection;
pub mod segment_headers;
pub mod slot_worker;
pub mod sync_status;
#[cfg(test)]
mod test_chain;
pub mod verifier;

pub use archiver::{ArchivingError, ChainArchiver};
pub use block_import::{ImportClient, PoasBlockImport};
pub use link::{PoasLink, SubmitSealError, SubmitSolutionError};
pub use metrics::Metrics;
pub use parents::Parents;
pub use piece_store::PieceStore;
pub use pieces::{ChainPieceProvider, PieceProvider, PieceProviderError};
pub use rejection::{Fault, Rejection};
pub use segment_headers::SegmentHeaderStore;
pub use slot_worker::{BlockAuthor, SlotNotifier, SlotWorkerConfig, slot_worker};
pub use sync_status::SyncStatus;
pub use verifier::{PoasVerifier, VerifiedHeader};
