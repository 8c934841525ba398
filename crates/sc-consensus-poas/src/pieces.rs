//! Pieces of history, for farmers that plot.
//!
//! Pieces of the newest segments are on disk. The segment of any other piece is recreated from stored blocks, and kept on disk
//! as well, since whoever plots wants many pieces. One segment is recreated at a time: it takes a few times the memory
//! of a segment (about 400 MiB for production sizes).

#[cfg(test)]
mod tests;

use crate::archiver::{ArchivingError, recreate_segment};
use crate::link::PoasLink;
use crate::metrics::Metrics;
use crate::piece_store::PieceStore;
use autonomys_core_primitives::{PieceIndex, SegmentHeader};
use autonomys_runtime_primitives::opaque::Block;
use sc_client_api::{BlockBackend, HeaderBackend};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Mutex;

/// Why a piece cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PieceProviderError {
    /// The segment could not be recreated.
    #[error("the piece is not on disk, and its segment cannot be recreated: {0}")]
    Recreation(#[from] ArchivingError),
    /// The node is shutting down.
    #[error("the piece cannot be read: the node is shutting down")]
    ShuttingDown,
}

/// Where farmers get pieces from.
#[async_trait::async_trait]
pub trait PieceProvider: Send + Sync {
    /// The bytes of a piece, which are valid; `None` if its segment is not archived yet.
    ///
    /// Takes as long as reading a file for the newest segments, and up to seconds where the segment has to be recreated.
    async fn piece(&self, piece_index: PieceIndex) -> Result<Option<Vec<u8>>, PieceProviderError>;
}

/// Pieces of the chain of this node.
pub struct ChainPieceProvider<Client> {
    client: Arc<Client>,
    link: PoasLink,
    store: Arc<PieceStore>,
    metrics: Metrics,
    recreating: Arc<Mutex<()>>,
}

impl<Client> fmt::Debug for ChainPieceProvider<Client> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ChainPieceProvider")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl<Client> ChainPieceProvider<Client>
where
    Client: HeaderBackend<Block> + BlockBackend<Block> + 'static,
{
    /// Pieces from `store`, and recreated from the blocks of `client`.
    pub fn new(
        client: Arc<Client>,
        link: PoasLink,
        store: Arc<PieceStore>,
        metrics: Metrics,
    ) -> Self {
        Self {
            client,
            link,
            store,
            metrics,
            recreating: Arc::default(),
        }
    }

    /// Reads from disk, on a thread that may block.
    async fn stored_piece(
        &self,
        header: SegmentHeader,
        position: u32,
    ) -> Result<Option<Vec<u8>>, PieceProviderError> {
        let store = Arc::clone(&self.store);
        tokio::task::spawn_blocking(move || store.piece(&header, position))
            .await
            .map_err(|_| PieceProviderError::ShuttingDown)
    }
}

#[async_trait::async_trait]
impl<Client> PieceProvider for ChainPieceProvider<Client>
where
    Client: HeaderBackend<Block> + BlockBackend<Block> + 'static,
{
    async fn piece(&self, piece_index: PieceIndex) -> Result<Option<Vec<u8>>, PieceProviderError> {
        let params = self.link.params();
        let position = piece_index.position(params);
        let Some(header) = self
            .link
            .segment_headers()
            .get(piece_index.segment_index(params))
        else {
            return Ok(None);
        };
        if let Some(piece) = self.stored_piece(header, position).await? {
            return Ok(Some(piece));
        }
        // The lock goes along to the thread: whoever asked may give up, and the work goes on.
        let recreating = Arc::clone(&self.recreating).lock_owned().await;
        if let Some(piece) = self.stored_piece(header, position).await? {
            return Ok(Some(piece));
        }
        let (client, link, store, metrics) = (
            Arc::clone(&self.client),
            self.link.clone(),
            Arc::clone(&self.store),
            self.metrics.clone(),
        );
        tokio::task::spawn_blocking(move || {
            let started = Instant::now();
            let segment = recreate_segment(&*client, &link, &header)?;
            metrics.segment_recreated();
            tracing::debug!(
                target: "poas::pieces",
                segment_index = %header.segment_index,
                milliseconds = started.elapsed().as_millis(),
                "Segment recreated",
            );
            if let Err(error) = store.insert(&segment) {
                tracing::warn!(
                    target: "poas::pieces",
                    segment_index = %header.segment_index,
                    %error,
                    "Pieces of a recreated segment could not be stored, so it will be recreated again",
                );
            }
            drop(recreating);
            Ok(segment.pieces.piece(position).map(<[u8]>::to_vec))
        })
        .await
        .map_err(|_| PieceProviderError::ShuttingDown)?
    }
}
