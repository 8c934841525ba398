//! JSON-RPC for farmers, and for everyone who follows the archive.
//!
//! | Method | Parameters | Result |
//! |---|---|---|
//! | `poas_getFarmerAppInfo` | – | [`FarmerAppInfo`] |
//! | `poas_subscribeSlotInfo` → `poas_slotInfo` | – | [`SlotInfo`], each new slot |
//! | `poas_submitSolution` (unsafe) | [`SolutionResponse`] | `null` |
//! | `poas_subscribeSealRequest` (unsafe) → `poas_sealRequest` | – | [`SealRequest`] |
//! | `poas_submitSeal` (unsafe) | [`SealResponse`] | `null` |
//! | `poas_subscribeArchivedSegmentHeader` → `poas_archivedSegmentHeader` | – | [`SegmentHeader`] |
//! | `poas_segmentHeaders` | `[segment index]`, at most 1,000 | `[`[`SegmentHeader`]` or null]`, in the order asked for |
//! | `poas_lastSegmentHeaders` | limit, at most 1,000 | `[`[`SegmentHeader`]`]`, oldest first |
//! | `poas_piece` (unsafe) | piece index | `0x` hex, or `null` if its segment is not archived |
//!
//! JSON is camelCase, bytes are `0x` hex. Unsafe methods act for a farmer or cost the node much; a server that may be
//! reached from outside refuses them with the SDK's own error unless it runs with `--rpc-methods unsafe`. The codes of all
//! other errors are in [`codes`].
//!
//! A subscriber that is slow misses the oldest messages and never slows the node: solutions for missed slots would be too
//! late anyway, and missed headers can be asked for.
//!
//! [`SealRequest`]: autonomys_core_primitives::farming::SealRequest
//! [`SlotInfo`]: autonomys_core_primitives::farming::SlotInfo

#![forbid(unsafe_code)]

mod backend;
mod error;
#[cfg(test)]
mod tests;

pub use backend::{FarmerBackend, NodeBackend};
pub use error::{Error, codes};

use autonomys_core_primitives::farming::{FarmerAppInfo, SealResponse, SolutionResponse};
use autonomys_core_primitives::{PieceIndex, SegmentHeader, SegmentIndex};
use jsonrpsee::core::{SubscriptionResult, async_trait};
use jsonrpsee::proc_macros::rpc;
use jsonrpsee::{Extensions, PendingSubscriptionSink, SubscriptionMessage};
use sc_rpc_api::check_if_safe;
use serde::Serialize;
use sp_core::Bytes;
use std::fmt;
use std::sync::Arc;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Most segment headers in an answer.
pub const MAX_SEGMENT_HEADERS: usize = 1000;

/// JSON-RPC for farmers. See the crate's documentation.
#[rpc(server)]
pub trait PoasRpcApi {
    /// What a farmer needs to know of the network and the node.
    #[method(name = "poas_getFarmerAppInfo")]
    fn farmer_app_info(&self) -> Result<FarmerAppInfo, Error>;

    /// Slots to audit.
    #[subscription(
        name = "poas_subscribeSlotInfo" => "poas_slotInfo",
        unsubscribe = "poas_unsubscribeSlotInfo",
        item = SlotInfo
    )]
    async fn subscribe_slot_info(&self) -> SubscriptionResult;

    /// A solution for a slot.
    #[method(name = "poas_submitSolution", with_extensions)]
    fn submit_solution(&self, response: SolutionResponse) -> Result<(), Error>;

    /// Blocks to seal.
    #[subscription(
        name = "poas_subscribeSealRequest" => "poas_sealRequest",
        unsubscribe = "poas_unsubscribeSealRequest",
        item = SealRequest,
        with_extensions
    )]
    async fn subscribe_seal_requests(&self) -> SubscriptionResult;

    /// The seal of a block.
    #[method(name = "poas_submitSeal", with_extensions)]
    fn submit_seal(&self, response: SealResponse) -> Result<(), Error>;

    /// Headers of segments as they are archived.
    #[subscription(
        name = "poas_subscribeArchivedSegmentHeader" => "poas_archivedSegmentHeader",
        unsubscribe = "poas_unsubscribeArchivedSegmentHeader",
        item = SegmentHeader
    )]
    async fn subscribe_archived_segment_headers(&self) -> SubscriptionResult;

    /// Headers of the segments asked for, in this order.
    #[method(name = "poas_segmentHeaders")]
    fn segment_headers(
        &self,
        segment_indices: Vec<SegmentIndex>,
    ) -> Result<Vec<Option<SegmentHeader>>, Error>;

    /// Headers of the newest segments, oldest first.
    #[method(name = "poas_lastSegmentHeaders")]
    fn last_segment_headers(&self, limit: u64) -> Result<Vec<SegmentHeader>, Error>;

    /// A piece of history.
    #[method(name = "poas_piece", with_extensions)]
    async fn piece(&self, piece_index: PieceIndex) -> Result<Option<Bytes>, Error>;
}

/// [`PoasRpcApi`](PoasRpcApiServer) over a [`FarmerBackend`].
#[derive(Clone)]
pub struct PoasRpc {
    backend: Arc<dyn FarmerBackend>,
}

impl fmt::Debug for PoasRpc {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PoasRpc").finish_non_exhaustive()
    }
}

impl PoasRpc {
    /// Serves `backend`.
    pub fn new(backend: Arc<dyn FarmerBackend>) -> Self {
        Self { backend }
    }
}

#[async_trait]
impl PoasRpcApiServer for PoasRpc {
    fn farmer_app_info(&self) -> Result<FarmerAppInfo, Error> {
        Ok(self.backend.farmer_app_info())
    }

    async fn subscribe_slot_info(&self, pending: PendingSubscriptionSink) -> SubscriptionResult {
        forward(pending, self.backend.subscribe_slots()).await
    }

    fn submit_solution(
        &self,
        extensions: &Extensions,
        response: SolutionResponse,
    ) -> Result<(), Error> {
        check_if_safe(extensions)?;
        Ok(self.backend.submit_solution(response)?)
    }

    async fn subscribe_seal_requests(
        &self,
        pending: PendingSubscriptionSink,
        extensions: &Extensions,
    ) -> SubscriptionResult {
        if let Err(error) = check_if_safe(extensions) {
            pending.reject(error).await;
            return Ok(());
        }
        forward(pending, self.backend.subscribe_seal_requests()).await
    }

    fn submit_seal(&self, extensions: &Extensions, response: SealResponse) -> Result<(), Error> {
        check_if_safe(extensions)?;
        Ok(self.backend.submit_seal(response)?)
    }

    async fn subscribe_archived_segment_headers(
        &self,
        pending: PendingSubscriptionSink,
    ) -> SubscriptionResult {
        forward(pending, self.backend.subscribe_archived_segments()).await
    }

    fn segment_headers(
        &self,
        segment_indices: Vec<SegmentIndex>,
    ) -> Result<Vec<Option<SegmentHeader>>, Error> {
        if segment_indices.len() > MAX_SEGMENT_HEADERS {
            return Err(Error::TooManySegmentHeaders);
        }
        Ok(segment_indices
            .into_iter()
            .map(|segment_index| self.backend.segment_header(segment_index))
            .collect())
    }

    fn last_segment_headers(&self, limit: u64) -> Result<Vec<SegmentHeader>, Error> {
        let limit = usize::try_from(limit)
            .ok()
            .filter(|limit| *limit <= MAX_SEGMENT_HEADERS)
            .ok_or(Error::TooManySegmentHeaders)?;
        Ok(self.backend.last_segment_headers(limit))
    }

    async fn piece(
        &self,
        extensions: &Extensions,
        piece_index: PieceIndex,
    ) -> Result<Option<Bytes>, Error> {
        check_if_safe(extensions)?;
        Ok(self.backend.piece(piece_index).await?.map(Bytes))
    }
}

/// Sends what `messages` gives until the subscriber or the node is gone. While the subscriber's connection is full this
/// waits, and the channel drops its oldest messages.
async fn forward<T: Clone + Serialize>(
    pending: PendingSubscriptionSink,
    mut messages: broadcast::Receiver<T>,
) -> SubscriptionResult {
    let sink = pending.accept().await?;
    loop {
        let message = tokio::select! {
            () = sink.closed() => return Ok(()),
            message = messages.recv() => message,
        };
        match message {
            Ok(message) => sink.send(SubscriptionMessage::from_json(&message)?).await?,
            Err(RecvError::Lagged(missed)) => {
                tracing::debug!(
                    target: "poas::rpc",
                    method = sink.method_name(),
                    missed,
                    "A subscriber was too slow and missed messages"
                );
            }
            Err(RecvError::Closed) => return Ok(()),
        }
    }
}
