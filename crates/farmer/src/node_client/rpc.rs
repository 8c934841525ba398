//! A node over WebSocket.

#[cfg(test)]
mod tests;

use super::{NodeClient, NodeClientError};
use async_trait::async_trait;
use autonomys_core_primitives::farming::{
    FarmerAppInfo, SealRequest, SealResponse, SlotInfo, SolutionResponse,
};
use autonomys_core_primitives::{PieceIndex, SegmentHeader, SegmentIndex};
use futures::future;
use futures::stream::{BoxStream, StreamExt};
use jsonrpsee::core::client::{ClientT, SubscriptionClientT};
use jsonrpsee::core::params::ArrayParams;
use jsonrpsee::rpc_params;
use jsonrpsee::ws_client::{PingConfig, WsClient, WsClientBuilder};
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tracing::warn;

/// A connection is dead if it has not answered for this long.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Longest answer: a piece of production size in hex is 2 MiB.
const MAX_RESPONSE_SIZE: u32 = 16 * 1024 * 1024;

/// Notifications that may wait for the farmer before the subscription is dropped.
const MAX_WAITING_NOTIFICATIONS: usize = 1024;

/// Connects when it is first used, and again whenever the connection is lost: a request on a lost connection fails, the
/// next one connects anew.
pub struct RpcNodeClient {
    url: String,
    connection: Mutex<Option<Arc<WsClient>>>,
}

impl fmt::Debug for RpcNodeClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RpcNodeClient")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl RpcNodeClient {
    /// A client of the node at a URL such as `ws://127.0.0.1:9944`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            connection: Mutex::new(None),
        }
    }

    async fn connection(&self) -> Result<Arc<WsClient>, NodeClientError> {
        let mut connection = self.connection.lock().await;
        if let Some(client) = connection.as_ref().filter(|client| client.is_connected()) {
            return Ok(Arc::clone(client));
        }
        let client = WsClientBuilder::new()
            .request_timeout(REQUEST_TIMEOUT)
            .max_response_size(MAX_RESPONSE_SIZE)
            .max_buffer_capacity_per_subscription(MAX_WAITING_NOTIFICATIONS)
            .enable_ws_ping(PingConfig::default())
            .build(&self.url)
            .await
            .map_err(|error| {
                NodeClientError::new(format!("cannot connect to {}: {error}", self.url))
            })?;
        Ok(Arc::clone(connection.insert(Arc::new(client))))
    }

    async fn request<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: ArrayParams,
    ) -> Result<T, NodeClientError> {
        self.connection()
            .await?
            .request(method, params)
            .await
            .map_err(|error| NodeClientError::new(format!("{method} of {}: {error}", self.url)))
    }

    async fn subscribe<T: DeserializeOwned + Send + 'static>(
        &self,
        subscribe: &'static str,
        unsubscribe: &'static str,
    ) -> Result<BoxStream<'static, T>, NodeClientError> {
        let connection = self.connection().await?;
        let notifications = connection
            .subscribe::<T, _>(subscribe, rpc_params![], unsubscribe)
            .await
            .map_err(|error| {
                NodeClientError::new(format!("{subscribe} of {}: {error}", self.url))
            })?;
        // The stream keeps the connection: it must not end because a request found another one
        Ok(notifications
            .filter_map(move |notification| {
                let _ = &connection;
                future::ready(
                    notification
                        .inspect_err(|error| {
                            warn!(
                                target: "farmer::node",
                                subscription = subscribe,
                                %error,
                                "Node sent a notification that cannot be read; farmer and node are of different versions"
                            );
                        })
                        .ok(),
                )
            })
            .boxed())
    }
}

#[async_trait]
impl NodeClient for RpcNodeClient {
    async fn farmer_app_info(&self) -> Result<FarmerAppInfo, NodeClientError> {
        self.request("poas_getFarmerAppInfo", rpc_params![]).await
    }

    async fn subscribe_slot_info(&self) -> Result<BoxStream<'static, SlotInfo>, NodeClientError> {
        self.subscribe("poas_subscribeSlotInfo", "poas_unsubscribeSlotInfo")
            .await
    }

    async fn submit_solution(&self, response: SolutionResponse) -> Result<(), NodeClientError> {
        self.request("poas_submitSolution", rpc_params![response])
            .await
    }

    async fn subscribe_seal_requests(
        &self,
    ) -> Result<BoxStream<'static, SealRequest>, NodeClientError> {
        self.subscribe("poas_subscribeSealRequest", "poas_unsubscribeSealRequest")
            .await
    }

    async fn submit_seal(&self, response: SealResponse) -> Result<(), NodeClientError> {
        self.request("poas_submitSeal", rpc_params![response]).await
    }

    async fn subscribe_archived_segment_headers(
        &self,
    ) -> Result<BoxStream<'static, SegmentHeader>, NodeClientError> {
        self.subscribe(
            "poas_subscribeArchivedSegmentHeader",
            "poas_unsubscribeArchivedSegmentHeader",
        )
        .await
    }

    async fn segment_headers(
        &self,
        segment_indices: Vec<SegmentIndex>,
    ) -> Result<Vec<Option<SegmentHeader>>, NodeClientError> {
        self.request("poas_segmentHeaders", rpc_params![segment_indices])
            .await
    }

    async fn last_segment_headers(
        &self,
        limit: u32,
    ) -> Result<Vec<SegmentHeader>, NodeClientError> {
        self.request("poas_lastSegmentHeaders", rpc_params![limit])
            .await
    }

    async fn piece(&self, piece_index: PieceIndex) -> Result<Option<Vec<u8>>, NodeClientError> {
        let piece: Option<String> = self.request("poas_piece", rpc_params![piece_index]).await?;
        piece
            .map(|digits| hex::decode(digits.strip_prefix("0x").unwrap_or(&digits)))
            .transpose()
            .map_err(|error| NodeClientError::new(format!("poas_piece of {}: {error}", self.url)))
    }
}
