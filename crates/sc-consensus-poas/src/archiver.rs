//! Blocks that are deep enough become segments.
//!
//! When block `n` becomes the best one, block `n − confirmation depth` is archived before its import returns, during
//! initial sync as well. So whoever builds or imports block `n + 1` knows the segment headers that are due in it. Archived blocks are
//! final: the block import refuses any fork below them.
//!
//! # Archived form of a block
//!
//! SCALE of the signed block: header with seal, body, and the one justification of this engine. Every node has the same
//! bytes, whatever else is stored with the block. Genesis is extended to the size of a segment
//! ([`genesis_block_bytes`]).
//!
//! # Restart
//!
//! The archiver keeps nothing on disk but the headers of finished segments. It begins again after the newest of them, and adds
//! the blocks since then.

#[cfg(test)]
mod tests;

use crate::link::PoasLink;
use crate::metrics::Metrics;
use crate::piece_store::PieceStore;
use crate::segment_headers::SegmentHeadersError;
use autonomys_archiving::{Archiver, ArchiverError, NewArchivedSegment, genesis_block_bytes};
use autonomys_core_primitives::{BlockNumber, ConsensusParams, SegmentHeader, SegmentIndex};
use autonomys_runtime_primitives::Hash;
use autonomys_runtime_primitives::opaque::Block;
use codec::Encode;
use sc_client_api::{AuxStore, BlockBackend, HeaderBackend};
use sp_consensus_poas::POAS_ENGINE_ID;
use sp_runtime::Justifications;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between two lines of progress while blocks are archived again.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);

/// Why history cannot be archived.
#[derive(Debug, thiserror::Error)]
pub enum ArchivingError {
    /// The database failed.
    #[error(
        "history cannot be archived: the database failed: {0}; check the disk, and if the database is damaged, `purge-chain` and sync again"
    )]
    Database(#[from] sp_blockchain::Error),
    /// A block is not in the database.
    #[error(
        "block {number} is not in the database, so history cannot be archived from it; run with `--blocks-pruning archive-canonical`, and if blocks are pruned already, `purge-chain` and sync again"
    )]
    BlockMissing {
        /// The block.
        number: BlockNumber,
    },
    /// The chain is not the one that was archived so far.
    #[error(
        "block {number} does not follow the last archived block: the chain has switched to a fork below the confirmation depth, which no valid import does; `purge-chain` and sync again"
    )]
    OtherFork {
        /// The block.
        number: BlockNumber,
    },
    /// The store of segment headers failed.
    #[error(transparent)]
    SegmentHeaders(#[from] SegmentHeadersError),
    /// Segments could not be made.
    #[error(transparent)]
    Archiver(#[from] ArchiverError),
    /// A recreated segment is not the one that was archived.
    #[error(
        "segment {segment_index} recreated from stored blocks is not the one that was archived; blocks in the database are damaged, so `purge-chain` and sync again"
    )]
    SegmentDiffers {
        /// The segment.
        segment_index: SegmentIndex,
    },
}

/// A block as it is archived, and its hash and that of its parent.
struct HistoryBlock {
    hash: Hash,
    parent_hash: Hash,
    bytes: Vec<u8>,
}

/// Reads a block of the best chain in its archived form.
fn history_block<Client>(
    client: &Client,
    params: &ConsensusParams,
    number: BlockNumber,
) -> Result<HistoryBlock, ArchivingError>
where
    Client: HeaderBackend<Block> + BlockBackend<Block>,
{
    let hash = client
        .hash(number)?
        .ok_or(ArchivingError::BlockMissing { number })?;
    history_block_by_hash(client, params, number, hash)
}

/// Reads a block of any fork in its archived form.
fn history_block_by_hash<Client>(
    client: &Client,
    params: &ConsensusParams,
    number: BlockNumber,
    hash: Hash,
) -> Result<HistoryBlock, ArchivingError>
where
    Client: HeaderBackend<Block> + BlockBackend<Block>,
{
    let mut signed = client
        .block(hash)?
        .ok_or(ArchivingError::BlockMissing { number })?;
    signed.justifications = signed
        .justifications
        .and_then(|all| all.into_justification(POAS_ENGINE_ID))
        .map(|bytes| Justifications::from((POAS_ENGINE_ID, bytes)));
    let encoded = signed.encode();
    let header = signed.block.header;
    Ok(HistoryBlock {
        hash,
        parent_hash: header.parent_hash,
        bytes: if number == 0 {
            genesis_block_bytes(encoded, &header.state_root.0, params)
        } else {
            encoded
        },
    })
}

/// An archiver after the segment of `last`, or at the beginning of history, and the segments that follow from that already.
fn archiver_after<Client>(
    client: &Client,
    params: &ConsensusParams,
    last: Option<&SegmentHeader>,
) -> Result<(Archiver, Hash, Vec<NewArchivedSegment>), ArchivingError>
where
    Client: HeaderBackend<Block> + BlockBackend<Block>,
{
    let number = last.map_or(0, |header| header.last_archived_block.number);
    let block = history_block(client, params, number)?;
    let (archiver, segments) = match last {
        Some(header) => Archiver::with_initial_state(params, header, &block.bytes)?,
        None => {
            let mut archiver = Archiver::new(params)?;
            let segments = archiver.add_block(0, &block.bytes)?;
            (archiver, segments)
        }
    };
    Ok((archiver, block.hash, segments))
}

/// Makes a finished segment again from stored blocks.
pub(crate) fn recreate_segment<Client>(
    client: &Client,
    link: &PoasLink,
    header: &SegmentHeader,
) -> Result<NewArchivedSegment, ArchivingError>
where
    Client: HeaderBackend<Block> + BlockBackend<Block>,
{
    let params = link.params();
    let segment_index = header.segment_index;
    let previous = segment_index
        .0
        .checked_sub(1)
        .and_then(|previous| link.segment_headers().get(SegmentIndex(previous)));
    let (mut archiver, _, mut segments) = archiver_after(client, params, previous.as_ref())?;
    loop {
        if let Some(segment) = segments
            .into_iter()
            .find(|segment| segment.header.segment_index == segment_index)
        {
            if segment.header != *header {
                return Err(ArchivingError::SegmentDiffers { segment_index });
            }
            return Ok(segment);
        }
        let number = archiver
            .last_block()
            .map_or(0, |last| last.saturating_add(1));
        if number > header.last_archived_block.number {
            return Err(ArchivingError::SegmentDiffers { segment_index });
        }
        let block = history_block(client, params, number)?;
        segments = archiver.add_block(number, &block.bytes)?;
    }
}

/// Archives the best chain.
pub struct ChainArchiver<Client> {
    client: Arc<Client>,
    link: PoasLink,
    piece_store: Arc<PieceStore>,
    metrics: Metrics,
    archiver: Archiver,
    last_hash: Hash,
}

impl<Client> fmt::Debug for ChainArchiver<Client> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ChainArchiver")
            .field("archiver", &self.archiver)
            .field("last_hash", &self.last_hash)
            .finish_non_exhaustive()
    }
}

impl<Client> ChainArchiver<Client>
where
    Client: HeaderBackend<Block> + BlockBackend<Block> + AuxStore,
{
    /// Goes on where archiving ended, and archives what is deep enough by now: at least genesis.
    pub fn start(
        client: Arc<Client>,
        link: PoasLink,
        piece_store: Arc<PieceStore>,
        metrics: Metrics,
    ) -> Result<Self, ArchivingError> {
        let info = client.info();
        let target = info
            .best_number
            .saturating_sub(link.params().confirmation_depth)
            .max(info.finalized_number);
        let last = link
            .segment_headers()
            .rfind(|header| header.last_archived_block.number <= target);
        let (archiver, last_hash, segments) =
            archiver_after(&*client, link.params(), last.as_ref())?;
        let mut this = Self {
            client,
            link,
            piece_store,
            metrics,
            archiver,
            last_hash,
        };
        this.store_segments(segments)?;
        this.archive_again(target)?;
        Ok(this)
    }

    /// The last archived block.
    pub fn last_block(&self) -> BlockNumber {
        self.archiver.last_block().unwrap_or(0)
    }

    /// The headers of the segments that end between the last archived block and block `until` of a fork, as if the fork
    /// were archived instead of the best chain. `tip` is a block of the fork, not below `until`.
    ///
    /// Needed for a fork that is longer than the best chain but weighs less. It can only be if the range is so wide that a block
    /// weighs noticeably less under a wider one, with a handful of plotted pieces in the whole network; so nothing is
    /// kept for it, and archiving begins again after the last segment.
    pub fn headers_on_fork(
        &self,
        tip: Hash,
        until: BlockNumber,
    ) -> Result<Vec<SegmentHeader>, ArchivingError> {
        let last = self.last_block();
        let mut fork = Vec::new();
        let mut hash = tip;
        loop {
            let header = self
                .client
                .header(hash)?
                .ok_or(ArchivingError::BlockMissing { number: until })?;
            if header.number <= last {
                break;
            }
            if header.number <= until {
                fork.push((header.number, hash));
            }
            hash = header.parent_hash;
        }
        if hash != self.last_hash {
            return Err(ArchivingError::OtherFork {
                number: last.saturating_add(1),
            });
        }

        let (client, params) = (&*self.client, self.link.params());
        let (mut archiver, _, _) =
            archiver_after(client, params, self.link.segment_headers().last().as_ref())?;
        while let Some(number) = archiver
            .last_block()
            .filter(|number| *number < last)
            .map(|number| number.saturating_add(1))
        {
            archiver.add_block(number, &history_block(client, params, number)?.bytes)?;
        }
        let mut headers = Vec::new();
        for (number, hash) in fork.into_iter().rev() {
            let block = history_block_by_hash(client, params, number, hash)?;
            let segments = archiver.add_block(number, &block.bytes)?;
            headers.extend(segments.into_iter().map(|segment| segment.header));
        }
        Ok(headers)
    }

    /// Archives the best chain up to a block that is at least confirmation depth below the best one.
    pub fn archive_until(&mut self, target: BlockNumber) -> Result<(), ArchivingError> {
        while self.last_block() < target {
            self.archive_next()?;
        }
        self.metrics
            .archived(self.last_block(), self.link.segment_headers().len());
        Ok(())
    }

    /// The same, with a line of progress now and then.
    fn archive_again(&mut self, target: BlockNumber) -> Result<(), ArchivingError> {
        let first = self.last_block();
        let started = Instant::now();
        let mut last_line = started;
        while self.last_block() < target {
            self.archive_next()?;
            if last_line.elapsed() >= PROGRESS_INTERVAL {
                last_line = Instant::now();
                tracing::info!(
                    target: "poas::archiver",
                    block = self.last_block(),
                    target,
                    "Archiving again the blocks since the last segment",
                );
            }
        }
        self.archive_until(target)?;
        tracing::info!(
            target: "poas::archiver",
            segments = self.link.segment_headers().len(),
            last_block = self.last_block(),
            archived_again = target.saturating_sub(first),
            milliseconds = started.elapsed().as_millis(),
            "Archiver started",
        );
        Ok(())
    }

    fn archive_next(&mut self) -> Result<(), ArchivingError> {
        let number = self.last_block().saturating_add(1);
        let block = history_block(&*self.client, self.link.params(), number)?;
        if block.parent_hash != self.last_hash {
            return Err(ArchivingError::OtherFork { number });
        }
        let segments = self.archiver.add_block(number, &block.bytes)?;
        self.last_hash = block.hash;
        self.store_segments(segments)
    }

    fn store_segments(&self, segments: Vec<NewArchivedSegment>) -> Result<(), ArchivingError> {
        let headers: Vec<SegmentHeader> = segments.iter().map(|segment| segment.header).collect();
        for segment in &segments {
            // Pieces on disk only save recreating them, so a full disk does not stop the chain.
            if let Err(error) = self.piece_store.insert(segment) {
                tracing::warn!(
                    target: "poas::archiver",
                    segment_index = %segment.header.segment_index,
                    %error,
                    "Pieces of a new segment could not be stored; they are recreated when farmers ask for them",
                );
            }
        }
        let known = self.link.segment_headers().len();
        self.link
            .segment_headers()
            .append(&*self.client, &headers)?;
        for header in headers {
            let is_new = usize::try_from(header.segment_index.0).is_ok_and(|index| index >= known);
            if is_new {
                tracing::info!(
                    target: "poas::archiver",
                    segment_index = %header.segment_index,
                    last_block = header.last_archived_block.number,
                    "New segment of history",
                );
                self.link.announce_segment(header);
            }
        }
        Ok(())
    }
}
