//! Sectors: plotting, auditing, proving, reading back and scrubbing, without any I/O policy.
//!
//! A sector stores `pieces_in_sector` pieces of history that its id draws, encoded so that they are of use to one key
//! only and cannot be made up while a slot lasts. From below:
//!
//! 1. **Extend.** The n chunks of a record get n parity chunks. Each of the 2n belongs to one *s-bucket*.
//! 2. **Mask.** The seed of the sector and the piece offset gives a proof-of-space table. The chunks of the first n
//!    s-buckets for which the table has a proof are XORed with the hash of that proof; the other chunks are dropped. A
//!    record whose table has fewer than n proofs is left out: it has no chunk in the sector, wins nothing and cannot be
//!    read back.
//! 3. **Transpose.** Chunks are stored by s-bucket, so that an audit reads one stretch of the sector.
//!
//! [`Plotter`] does this; [`Sector`] is what has been plotted: [`audit`](Sector::audit) finds the chunks that win,
//! [`prove`](Sector::prove) makes a solution of one, [`read_piece`](Sector::read_piece) gives a piece back,
//! [`scrub`](Sector::scrub) checks every byte.
//!
//! # Sector
//!
//! With p = `pieces_in_sector`, S = 2n s-buckets, d = depth of the record proof. Offsets are those of `main`, where p =
//! 1,000, n = 32,768, d = 8. [`SectorLayout`] computes them for any parameters.
//!
//! | offset | length | `main` | content |
//! |---|---|---|---|
//! | 0 | p · ⌈S/8⌉ | 8,192,000 | bitmap of each record: bit s of the bitmap (byte s/8, lowest bit first) says that it has a chunk in s-bucket s; n bits or none |
//! | 8,192,000 | 32 | | checksum of the bitmaps |
//! | 8,192,032 | p · n · 32 | 1,048,576,000 | chunks of s-bucket 0, then 1 …; within an s-bucket by piece offset; zeros after the last, where records are left out |
//! | 1,056,768,032 | p · (96 + 32·d) | 352,000 | of each record: root, parity chunks root, record proof, checksum of these |
//! | 1,057,120,032 | 32 | | checksum of everything before |
//!
//! # Sector metadata
//!
//! Kept apart from the sector, and read into memory for audits. A sector counts when its metadata is written.
//!
//! | offset | length | content |
//! |---|---|---|
//! | 0 | 2 | sector index |
//! | 2 | 2 | p |
//! | 4 | 8 | history size when it was plotted |
//! | 12 | 32 | checksum at the end of the sector |
//! | 44 | 2 · S | number of chunks in each s-bucket |
//! | 44 + 2 · S | 32 | checksum of everything before |
//!
//! Integers are little-endian. Checksums are BLAKE3 under `autonomys/checksum/v1`.
//!
//! # Trust
//!
//! Pieces given to the plotter are trusted to be in history (check them with
//! [`verify_piece`](autonomys_archiving::verify_piece) before), and nothing else is: what comes from disk is checked by
//! checksum, chunks by the record root they lead to, and every error says which sector is concerned and whether it has
//! to be plotted again ([`SectorError::is_corruption`]). Memory is bounded by the parameters.
//!
//! Golden vectors: `test/vectors/sector.json`, `test/vectors/solution.json`.

#![forbid(unsafe_code)]

mod auditing;
mod checksum;
mod contents;
mod error;
mod layout;
mod metadata;
mod plotting;
mod proving;
mod read_at;
mod sector;
#[cfg(test)]
mod tests;

pub use auditing::{Audit, AuditBuffer, Candidate, audit_sectors};
pub use autonomys_proof_of_space::{K, TableGenerator};
pub use checksum::{checked, checksum};
pub use error::{SectorError, SectorPart};
pub use layout::{CHECKSUM_SIZE, SectorLayout};
pub use metadata::{SectorMetadata, SectorMetadataError};
pub use plotting::{EncodedSector, PlotError, PlotObserver, Plotter, PlotterError, SectorToPlot};
pub use read_at::{ReadAt, Section};
pub use sector::Sector;
