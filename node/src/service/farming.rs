//! The farmer in the process of the node.
//!
//! It is the same farmer that runs as a program of its own; only what it asks the node for does not go through RPC. It has
//! an async runtime of its own, so that the one of the node, when it stops, waits until the farmer has written what it
//! is to write.

use async_trait::async_trait;
use autonomys_core_primitives::farming::{
    FarmerAppInfo, SealRequest, SealResponse, SlotInfo, SolutionResponse,
};
use autonomys_core_primitives::{ConsensusParams, PieceIndex, SegmentHeader, SegmentIndex};
use autonomys_farmer::{FarmOptions, Farmer, FarmerOptions, NodeClient, NodeClientError};
use autonomys_farmer_components::SectorLayout;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use sc_consensus_poas_rpc::FarmerBackend;
use sc_service::TaskManager;
use std::fmt;
use std::io;
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, oneshot};
use tracing::error;

use super::{EmbeddedFarmerOptions, EmbeddedFarms};

/// Why the farmer in the process of the node does not start.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedFarmerError {
    /// The chain has no sectors.
    #[error("nothing can be plotted with the parameters of the chain: {0}")]
    Sectors(#[from] autonomys_core_primitives::params::ParamsError),
    /// No threads.
    #[error(
        "the threads of the farmer in this process cannot be started: {0}. Raise the limit of threads"
    )]
    Threads(#[from] io::Error),
}

/// Starts the farmer. It stops with the node, and the node with it.
pub(super) fn start(
    options: EmbeddedFarmerOptions,
    params: &ConsensusParams,
    task_manager: &mut TaskManager,
    node: LocalNode,
) -> Result<(), EmbeddedFarmerError> {
    let farms = match options.farms {
        EmbeddedFarms::Given(farms) => farms,
        EmbeddedFarms::Dev { path, sectors } => {
            let layout = SectorLayout::new(params.clone())?;
            vec![FarmOptions {
                path,
                size: FarmOptions::size_of_sectors(&layout, sectors),
            }]
        }
    };
    let options = FarmerOptions::new(options.reward_address, farms);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("farmer")
        .enable_all()
        .build()?;

    let (stop, stopped) = oneshot::channel::<()>();
    let (ended, has_ended) = oneshot::channel();
    // A blocking thread of the node's runtime: that is what a stopping node waits for.
    tokio::runtime::Handle::current().spawn_blocking(move || {
        let result = runtime.block_on(Farmer::run(Arc::new(node), options, async {
            // Only ever dropped.
            let _ = stopped.await;
        }));
        let _ = ended.send(result);
    });
    task_manager
        .spawn_essential_handle()
        .spawn("embedded-farmer", None, async {
            if let Ok(Err(farmer_error)) = has_ended.await {
                error!(target: "node::farmer", error = %farmer_error, "The farmer in this process failed");
            }
        });
    task_manager.keep_alive(stop);
    Ok(())
}

/// The node as its own farmer sees it.
pub(super) struct LocalNode(pub(super) Arc<dyn FarmerBackend>);

impl fmt::Debug for LocalNode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LocalNode").finish_non_exhaustive()
    }
}

#[async_trait]
impl NodeClient for LocalNode {
    async fn farmer_app_info(&self) -> Result<FarmerAppInfo, NodeClientError> {
        Ok(self.0.farmer_app_info())
    }

    async fn subscribe_slot_info(&self) -> Result<BoxStream<'static, SlotInfo>, NodeClientError> {
        Ok(stream_of(self.0.subscribe_slots()))
    }

    async fn submit_solution(&self, response: SolutionResponse) -> Result<(), NodeClientError> {
        self.0
            .submit_solution(response)
            .map_err(NodeClientError::new)
    }

    async fn subscribe_seal_requests(
        &self,
    ) -> Result<BoxStream<'static, SealRequest>, NodeClientError> {
        Ok(stream_of(self.0.subscribe_seal_requests()))
    }

    async fn submit_seal(&self, response: SealResponse) -> Result<(), NodeClientError> {
        self.0.submit_seal(response).map_err(NodeClientError::new)
    }

    async fn subscribe_archived_segment_headers(
        &self,
    ) -> Result<BoxStream<'static, SegmentHeader>, NodeClientError> {
        Ok(stream_of(self.0.subscribe_archived_segments()))
    }

    async fn segment_headers(
        &self,
        segment_indices: Vec<SegmentIndex>,
    ) -> Result<Vec<Option<SegmentHeader>>, NodeClientError> {
        Ok(segment_indices
            .into_iter()
            .map(|segment_index| self.0.segment_header(segment_index))
            .collect())
    }

    async fn last_segment_headers(
        &self,
        limit: u32,
    ) -> Result<Vec<SegmentHeader>, NodeClientError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.0.last_segment_headers(limit))
    }

    async fn piece(&self, piece_index: PieceIndex) -> Result<Option<Vec<u8>>, NodeClientError> {
        self.0
            .piece(piece_index)
            .await
            .map_err(NodeClientError::new)
    }
}

/// The messages of a channel. A farmer that lags misses the oldest, as over RPC.
fn stream_of<Message: Clone + Send + 'static>(
    receiver: broadcast::Receiver<Message>,
) -> BoxStream<'static, Message> {
    stream::unfold(receiver, |mut receiver| async move {
        loop {
            match receiver.recv().await {
                Ok(message) => return Some((message, receiver)),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    })
    .boxed()
}
