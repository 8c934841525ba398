//! Subscriptions at the node that never end for the farmer.

use crate::farmer::{FarmerError, NODE_IS_SYNCING, Shared, retry_after};
use crate::farming;
use crate::node_client::{NodeClient, NodeClientError};
use async_trait::async_trait;
use autonomys_core_primitives::SegmentHeader;
use autonomys_core_primitives::farming::{SealRequest, SlotInfo};
use futures::stream::{BoxStream, StreamExt};
use std::sync::Arc;
use tokio::task::JoinSet;
use tracing::{info, warn};

/// What is done with the items of a subscription.
#[async_trait]
pub(crate) trait Follower: Send {
    /// For the log.
    const NAME: &'static str;

    /// What the node sends.
    type Item: Send + 'static;

    async fn subscribe(
        node: &dyn NodeClient,
    ) -> Result<BoxStream<'static, Self::Item>, NodeClientError>;

    async fn handle(&mut self, shared: &Arc<Shared>, item: Self::Item) -> Result<(), FarmerError>;

    /// Called when the farmer stops.
    async fn finish(&mut self) {}
}

/// Subscribes, and subscribes again whenever that ends, until the farmer stops.
///
/// # Errors
///
/// [`FarmerError::WrongGenesis`] if the node is on another network; everything else is tried again.
pub(crate) async fn follow<F: Follower>(
    shared: Arc<Shared>,
    mut follower: F,
) -> Result<(), FarmerError> {
    let mut failures = 0;
    while !shared.shutdown.is_stopping() {
        let result = tokio::select! {
            result = follow_once(&shared, &mut follower, &mut failures) => result,
            () = shared.shutdown.wait() => break,
        };
        let cause = match result {
            Err(error @ FarmerError::WrongGenesis { .. }) => return Err(error),
            Err(error) => error.to_string(),
            Ok(()) => "the connection to the node was lost".to_owned(),
        };
        shared.statistics.obstacle(cause.clone());
        failures += 1;
        warn!(
            target: "farmer",
            subscription = F::NAME,
            cause,
            "Subscription ended; it is made again"
        );
        tokio::select! {
            () = tokio::time::sleep(retry_after(failures)) => {}
            () = shared.shutdown.wait() => {}
        }
    }
    follower.finish().await;
    Ok(())
}

async fn follow_once<F: Follower>(
    shared: &Arc<Shared>,
    follower: &mut F,
    failures: &mut u32,
) -> Result<(), FarmerError> {
    let mut items = F::subscribe(&*shared.node).await?;
    // The node may have been replaced while it was gone
    let info = shared.node.farmer_app_info().await?;
    shared.check_genesis(info.genesis_hash)?;
    if info.syncing {
        shared.statistics.obstacle(NODE_IS_SYNCING);
    }
    *failures = 0;
    while let Some(item) = items.next().await {
        // One item that fails does not end the subscription
        match follower.handle(shared, item).await {
            Err(error @ FarmerError::WrongGenesis { .. }) => return Err(error),
            Err(error) => warn!(
                target: "farmer",
                subscription = F::NAME,
                %error,
                "What the node announced could not be answered"
            ),
            Ok(()) => {}
        }
    }
    Ok(())
}

/// Takes part in every slot.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    tasks: JoinSet<()>,
}

#[async_trait]
impl Follower for Slots {
    const NAME: &'static str = "slots";
    type Item = SlotInfo;

    async fn subscribe(
        node: &dyn NodeClient,
    ) -> Result<BoxStream<'static, SlotInfo>, NodeClientError> {
        node.subscribe_slot_info().await
    }

    async fn handle(&mut self, shared: &Arc<Shared>, slot: SlotInfo) -> Result<(), FarmerError> {
        while self.tasks.try_join_next().is_some() {}
        self.tasks
            .spawn(farming::handle_slot(Arc::clone(shared), slot));
        Ok(())
    }

    async fn finish(&mut self) {
        // A proof goes on for a second at most, and its threads must not outlive the farmer
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Seals blocks.
#[derive(Debug)]
pub(crate) struct SealRequests;

#[async_trait]
impl Follower for SealRequests {
    const NAME: &'static str = "seal requests";
    type Item = SealRequest;

    async fn subscribe(
        node: &dyn NodeClient,
    ) -> Result<BoxStream<'static, SealRequest>, NodeClientError> {
        node.subscribe_seal_requests().await
    }

    async fn handle(
        &mut self,
        shared: &Arc<Shared>,
        request: SealRequest,
    ) -> Result<(), FarmerError> {
        farming::handle_seal_request(shared, request).await
    }
}

/// Learns what expires.
#[derive(Debug)]
pub(crate) struct Segments;

#[async_trait]
impl Follower for Segments {
    const NAME: &'static str = "segments";
    type Item = SegmentHeader;

    async fn subscribe(
        node: &dyn NodeClient,
    ) -> Result<BoxStream<'static, SegmentHeader>, NodeClientError> {
        node.subscribe_archived_segment_headers().await
    }

    async fn handle(
        &mut self,
        shared: &Arc<Shared>,
        header: SegmentHeader,
    ) -> Result<(), FarmerError> {
        if !shared.segment_headers.push(header) {
            shared.segment_headers.update(&*shared.node).await?;
        }
        info!(
            target: "farmer",
            segment_index = %header.segment_index,
            "Segment is archived"
        );
        if let Some(history_size) = shared.segment_headers.history_size() {
            shared.history_advanced_to(history_size);
        }
        shared.work_to_plot.notify_one();
        Ok(())
    }
}
