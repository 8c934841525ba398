//! What the RPC serves: the node's side of farming.

use autonomys_core_primitives::farming::{
    FarmerAppInfo, SealRequest, SealResponse, SlotInfo, SolutionResponse,
};
use autonomys_core_primitives::{PieceIndex, SegmentHeader, SegmentIndex};
use autonomys_runtime_primitives::opaque::Block;
use sc_consensus_poas::{
    Metrics, PieceProvider, PieceProviderError, PoasLink, SubmitSealError, SubmitSolutionError,
    SyncStatus,
};
use sp_blockchain::HeaderBackend;
use std::fmt;
use std::sync::Arc;
use tokio::sync::broadcast;

/// The node's side of farming.
#[async_trait::async_trait]
pub trait FarmerBackend: Send + Sync + 'static {
    /// What a farmer needs to know.
    fn farmer_app_info(&self) -> FarmerAppInfo;
    /// Slots to audit, from now on.
    fn subscribe_slots(&self) -> broadcast::Receiver<SlotInfo>;
    /// Takes a solution.
    fn submit_solution(&self, response: SolutionResponse) -> Result<(), SubmitSolutionError>;
    /// Blocks to seal, from now on.
    fn subscribe_seal_requests(&self) -> broadcast::Receiver<SealRequest>;
    /// Takes a seal.
    fn submit_seal(&self, response: SealResponse) -> Result<(), SubmitSealError>;
    /// Headers of segments, from now on.
    fn subscribe_archived_segments(&self) -> broadcast::Receiver<SegmentHeader>;
    /// The header of an archived segment.
    fn segment_header(&self, segment_index: SegmentIndex) -> Option<SegmentHeader>;
    /// At most `limit` newest headers, oldest first.
    fn last_segment_headers(&self, limit: usize) -> Vec<SegmentHeader>;
    /// The bytes of a piece; `None` if its segment is not archived.
    async fn piece(&self, piece_index: PieceIndex) -> Result<Option<Vec<u8>>, PieceProviderError>;
}

/// [`FarmerBackend`] of a node.
pub struct NodeBackend<Client> {
    client: Arc<Client>,
    link: PoasLink,
    pieces: Arc<dyn PieceProvider>,
    sync_status: SyncStatus,
    metrics: Metrics,
}

impl<Client> fmt::Debug for NodeBackend<Client> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NodeBackend")
            .field("sync_status", &self.sync_status)
            .finish_non_exhaustive()
    }
}

impl<Client> NodeBackend<Client> {
    /// The node of `client`, whose parts share `link`. What is refused is counted in `metrics`.
    pub fn new(
        client: Arc<Client>,
        link: PoasLink,
        pieces: Arc<dyn PieceProvider>,
        sync_status: SyncStatus,
        metrics: Metrics,
    ) -> Self {
        Self {
            client,
            link,
            pieces,
            sync_status,
            metrics,
        }
    }
}

#[async_trait::async_trait]
impl<Client: HeaderBackend<Block> + 'static> FarmerBackend for NodeBackend<Client> {
    fn farmer_app_info(&self) -> FarmerAppInfo {
        self.link.farmer_app_info(
            self.client.info().best_number,
            self.sync_status.is_syncing(),
        )
    }

    fn subscribe_slots(&self) -> broadcast::Receiver<SlotInfo> {
        self.link.subscribe_slots()
    }

    fn submit_solution(&self, response: SolutionResponse) -> Result<(), SubmitSolutionError> {
        self.link
            .submit_solution(response)
            .inspect_err(|error| self.metrics.solution_refused(error))
    }

    fn subscribe_seal_requests(&self) -> broadcast::Receiver<SealRequest> {
        self.link.subscribe_seal_requests()
    }

    fn submit_seal(&self, response: SealResponse) -> Result<(), SubmitSealError> {
        self.link
            .submit_seal(response)
            .inspect_err(|error| self.metrics.seal_refused(error))
    }

    fn subscribe_archived_segments(&self) -> broadcast::Receiver<SegmentHeader> {
        self.link.subscribe_archived_segments()
    }

    fn segment_header(&self, segment_index: SegmentIndex) -> Option<SegmentHeader> {
        self.link.segment_headers().get(segment_index)
    }

    fn last_segment_headers(&self, limit: usize) -> Vec<SegmentHeader> {
        self.link.segment_headers().last_headers(limit)
    }

    async fn piece(&self, piece_index: PieceIndex) -> Result<Option<Vec<u8>>, PieceProviderError> {
        self.pieces.piece(piece_index).await
    }
}
