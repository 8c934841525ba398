use super::*;
use crate::test_node::TestNode;
use autonomys_core_primitives::farming::Signature;
use autonomys_core_primitives::{BlockHash, Solution};
use jsonrpsee::core::SubscriptionResult;
use jsonrpsee::server::{Server, ServerHandle};
use jsonrpsee::types::ErrorObjectOwned;
use jsonrpsee::{PendingSubscriptionSink, RpcModule, SubscriptionMessage};
use std::net::SocketAddr;
use std::time::Instant;

fn failed(error: NodeClientError) -> ErrorObjectOwned {
    ErrorObjectOwned::owned(8000, error.to_string(), None::<()>)
}

async fn forward<T: serde::Serialize>(
    pending: PendingSubscriptionSink,
    mut items: BoxStream<'static, T>,
) -> SubscriptionResult {
    let sink = pending.accept().await?;
    while let Some(item) = items.next().await {
        sink.send(SubscriptionMessage::from_json(&item)?).await?;
    }
    Ok(())
}

/// The methods of the consensus JSON-RPC, served from the test node.
async fn serve(node: &Arc<TestNode>, address: SocketAddr) -> (ServerHandle, SocketAddr) {
    let mut module = RpcModule::new(Arc::clone(node));
    module
        .register_async_method("poas_getFarmerAppInfo", |_, node, _| async move {
            node.farmer_app_info().await.map_err(failed)
        })
        .unwrap();
    module
        .register_async_method("poas_submitSolution", |params, node, _| async move {
            node.submit_solution(params.one()?).await.map_err(failed)
        })
        .unwrap();
    module
        .register_async_method("poas_submitSeal", |params, node, _| async move {
            node.submit_seal(params.one()?).await.map_err(failed)
        })
        .unwrap();
    module
        .register_async_method("poas_segmentHeaders", |params, node, _| async move {
            node.segment_headers(params.one()?).await.map_err(failed)
        })
        .unwrap();
    module
        .register_async_method("poas_lastSegmentHeaders", |params, node, _| async move {
            node.last_segment_headers(params.one()?)
                .await
                .map_err(failed)
        })
        .unwrap();
    module
        .register_async_method("poas_piece", |params, node, _| async move {
            let piece = node.piece(params.one()?).await.map_err(failed)?;
            Ok::<_, ErrorObjectOwned>(piece.map(|piece| format!("0x{}", hex::encode(piece))))
        })
        .unwrap();
    module
        .register_subscription(
            "poas_subscribeSlotInfo",
            "poas_slotInfo",
            "poas_unsubscribeSlotInfo",
            |_, pending, node, _| async move {
                forward(pending, node.subscribe_slot_info().await?).await
            },
        )
        .unwrap();
    module
        .register_subscription(
            "poas_subscribeSealRequest",
            "poas_sealRequest",
            "poas_unsubscribeSealRequest",
            |_, pending, node, _| async move {
                forward(pending, node.subscribe_seal_requests().await?).await
            },
        )
        .unwrap();
    module
        .register_subscription(
            "poas_subscribeArchivedSegmentHeader",
            "poas_archivedSegmentHeader",
            "poas_unsubscribeArchivedSegmentHeader",
            |_, pending, node, _| async move {
                forward(pending, node.subscribe_archived_segment_headers().await?).await
            },
        )
        .unwrap();
    // The port of a server that has just stopped may be taken for a moment
    let started = Instant::now();
    let server = loop {
        match Server::builder().build(address).await {
            Ok(server) => break server,
            Err(error) => assert!(started.elapsed() < Duration::from_secs(30), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let address = server.local_addr().unwrap();
    (server.start(module), address)
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_a_farmer_asks_is_answered_over_web_socket() {
    let node = TestNode::new();
    node.grow_history(2);
    let (_server, address) = serve(&node, SocketAddr::from(([127, 0, 0, 1], 0))).await;
    let client = RpcNodeClient::new(format!("ws://{address}"));

    assert_eq!(client.farmer_app_info().await.unwrap(), node.info());
    assert_eq!(
        client.last_segment_headers(2).await.unwrap(),
        node.last_segment_headers(2).await.unwrap()
    );
    let indices = vec![SegmentIndex(2), SegmentIndex(3), SegmentIndex(0)];
    let headers = client.segment_headers(indices.clone()).await.unwrap();
    assert_eq!(headers, node.segment_headers(indices).await.unwrap());
    assert_eq!(headers[1], None);
    assert_eq!(
        client.piece(PieceIndex(17)).await.unwrap(),
        node.piece(PieceIndex(17)).await.unwrap()
    );
    assert_eq!(client.piece(PieceIndex(1000)).await.unwrap(), None);

    let response = SolutionResponse {
        slot: 5,
        solution: Solution::genesis(),
    };
    client.submit_solution(response.clone()).await.unwrap();
    assert_eq!(*node.solutions.lock(), [response]);
    let seal = SealResponse {
        pre_hash: BlockHash([1; 32]),
        seal: Signature([2; 64]),
    };
    client.submit_seal(seal).await.unwrap();
    assert_eq!(*node.seals.lock(), [seal]);

    let mut slots = client.subscribe_slot_info().await.unwrap();
    let mut requests = client.subscribe_seal_requests().await.unwrap();
    let mut segments = client.subscribe_archived_segment_headers().await.unwrap();
    // The server accepts a subscription after it has subscribed at the node
    node.announce_slot(7, 8);
    let slot = slots.next().await.unwrap();
    assert_eq!((slot.slot, slot.solution_range), (7, 8));
    let request = SealRequest {
        pre_hash: BlockHash([1; 32]),
        public_key: Default::default(),
    };
    node.request_seal(request);
    assert_eq!(requests.next().await, Some(request));
    node.grow_history(1);
    assert_eq!(
        segments.next().await.map(|header| header.segment_index),
        Some(SegmentIndex(3))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_ends_subscriptions_and_is_made_again() {
    let node = TestNode::new();
    let (server, address) = serve(&node, SocketAddr::from(([127, 0, 0, 1], 0))).await;
    let client = RpcNodeClient::new(format!("ws://{address}"));
    let mut slots = client.subscribe_slot_info().await.unwrap();
    server.stop().unwrap();
    server.stopped().await;
    assert_eq!(slots.next().await, None);
    assert!(client.farmer_app_info().await.is_err());

    let (_server, _) = serve(&node, address).await;
    assert_eq!(client.farmer_app_info().await.unwrap(), node.info());
    let mut slots = client.subscribe_slot_info().await.unwrap();
    node.announce_slot(1, 2);
    assert_eq!(slots.next().await.map(|slot| slot.slot), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_answers_with_an_error_is_named_with_the_method() {
    let node = TestNode::new();
    let (_server, address) = serve(&node, SocketAddr::from(([127, 0, 0, 1], 0))).await;
    let client = RpcNodeClient::new(format!("ws://{address}"));
    node.failures.store(1, std::sync::atomic::Ordering::Relaxed);
    let error = client.farmer_app_info().await.unwrap_err().to_string();
    assert!(error.contains("poas_getFarmerAppInfo"), "{error}");
    assert!(error.contains(&address.to_string()), "{error}");
    let error = RpcNodeClient::new("ws://127.0.0.1:1")
        .farmer_app_info()
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("cannot connect to ws://127.0.0.1:1"),
        "{error}"
    );
}
