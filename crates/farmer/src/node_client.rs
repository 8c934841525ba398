//! What a farmer asks of a node.

mod rpc;

pub use rpc::RpcNodeClient;

use async_trait::async_trait;
use autonomys_core_primitives::farming::{
    FarmerAppInfo, SealRequest, SealResponse, SlotInfo, SolutionResponse,
};
use autonomys_core_primitives::{PieceIndex, SegmentHeader, SegmentIndex};
use futures::stream::BoxStream;
use std::fmt::Debug;

/// Most segment headers that may be asked for at once.
pub const MAX_SEGMENT_HEADERS_PER_REQUEST: u32 = 1000;

/// Why a node did not answer. Everything is tried again later, so the kind does not matter.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct NodeClientError(Box<dyn std::error::Error + Send + Sync>);

impl NodeClientError {
    /// Wraps what went wrong.
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

/// A node as a farmer sees it: over WebSocket ([`RpcNodeClient`]), or in the same process.
///
/// A subscription that ends is subscribed again by the farmer, so a client need not survive a restart of its node by
/// itself. Nothing that it returns is trusted but the chain it says it is on: pieces are verified against segment roots.
#[async_trait]
pub trait NodeClient: Debug + Send + Sync + 'static {
    /// What a farmer needs to know of the network.
    async fn farmer_app_info(&self) -> Result<FarmerAppInfo, NodeClientError>;

    /// Slots, as their proofs of time arrive.
    async fn subscribe_slot_info(&self) -> Result<BoxStream<'static, SlotInfo>, NodeClientError>;

    /// Answers a slot.
    async fn submit_solution(&self, response: SolutionResponse) -> Result<(), NodeClientError>;

    /// Blocks that were made with a farmer's solution.
    async fn subscribe_seal_requests(
        &self,
    ) -> Result<BoxStream<'static, SealRequest>, NodeClientError>;

    /// Seals a block.
    async fn submit_seal(&self, response: SealResponse) -> Result<(), NodeClientError>;

    /// Headers of segments, as they are archived.
    async fn subscribe_archived_segment_headers(
        &self,
    ) -> Result<BoxStream<'static, SegmentHeader>, NodeClientError>;

    /// Headers of these segments, in the same order; `None` where the node does not have one. At most
    /// [`MAX_SEGMENT_HEADERS_PER_REQUEST`].
    async fn segment_headers(
        &self,
        segment_indices: Vec<SegmentIndex>,
    ) -> Result<Vec<Option<SegmentHeader>>, NodeClientError>;

    /// The headers of the last segments, oldest first. At most [`MAX_SEGMENT_HEADERS_PER_REQUEST`].
    async fn last_segment_headers(&self, limit: u32)
    -> Result<Vec<SegmentHeader>, NodeClientError>;

    /// A piece of history; `None` if the node does not have it.
    async fn piece(&self, piece_index: PieceIndex) -> Result<Option<Vec<u8>>, NodeClientError>;
}
