use super::*;
use autonomys_core_primitives::farming::{BlockHash, SealRequest, Signature, SlotInfo};
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{
    GlobalChallenge, HistorySize, LastArchivedBlock, Preset, PublicKey, SegmentHeaderHash,
    SegmentRoot, Solution,
};
use autonomys_runtime_primitives::opaque::Block;
use jsonrpsee::core::EmptyServerParams;
use jsonrpsee::core::server::Subscription;
use jsonrpsee::types::ErrorObjectOwned;
use jsonrpsee::{MethodsError, RpcModule, rpc_params};
use sc_client_api::in_mem::Blockchain;
use sc_consensus_poas::{
    ArchivingError, Metrics, PieceProvider, PieceProviderError, PoasLink, SegmentHeaderStore,
    SubmitSealError, SubmitSolutionError, SyncStatus,
};
use sc_rpc_api::DenyUnsafe;
use serde_json::json;
use std::sync::Mutex;
use std::time::Duration;

/// A node whose answers the test sets.
struct Node {
    slots: broadcast::Sender<SlotInfo>,
    seal_requests: broadcast::Sender<SealRequest>,
    archived_segments: broadcast::Sender<SegmentHeader>,
    submitted: Mutex<Vec<serde_json::Value>>,
    solution_answer: Mutex<Result<(), SubmitSolutionError>>,
    seal_answer: Mutex<Result<(), SubmitSealError>>,
    segment_headers: Vec<SegmentHeader>,
}

const PIECE: &[u8] = &[0xab, 0xcd, 0x01];

#[async_trait]
impl FarmerBackend for Node {
    fn farmer_app_info(&self) -> FarmerAppInfo {
        FarmerAppInfo {
            genesis_hash: BlockHash([1; 32]),
            params: Preset::Dev.params(NetworkTag::default()),
            history_size: HistorySize::new(3).unwrap(),
            best_block: 77,
            syncing: true,
            solution_timeout_millis: 2000,
        }
    }

    fn subscribe_slots(&self) -> broadcast::Receiver<SlotInfo> {
        self.slots.subscribe()
    }

    fn submit_solution(&self, response: SolutionResponse) -> Result<(), SubmitSolutionError> {
        let response = serde_json::to_value(response).unwrap();
        self.submitted.lock().unwrap().push(response);
        *self.solution_answer.lock().unwrap()
    }

    fn subscribe_seal_requests(&self) -> broadcast::Receiver<SealRequest> {
        self.seal_requests.subscribe()
    }

    fn submit_seal(&self, response: SealResponse) -> Result<(), SubmitSealError> {
        let response = serde_json::to_value(response).unwrap();
        self.submitted.lock().unwrap().push(response);
        *self.seal_answer.lock().unwrap()
    }

    fn subscribe_archived_segments(&self) -> broadcast::Receiver<SegmentHeader> {
        self.archived_segments.subscribe()
    }

    fn segment_header(&self, segment_index: SegmentIndex) -> Option<SegmentHeader> {
        self.segment_headers
            .get(usize::try_from(segment_index.0).ok()?)
            .copied()
    }

    fn last_segment_headers(&self, limit: usize) -> Vec<SegmentHeader> {
        let skipped = self.segment_headers.len().saturating_sub(limit);
        self.segment_headers[skipped..].to_vec()
    }

    async fn piece(&self, piece_index: PieceIndex) -> Result<Option<Vec<u8>>, PieceProviderError> {
        match piece_index {
            PieceIndex(0) => Ok(Some(PIECE.to_vec())),
            PieceIndex(1) => Err(PieceProviderError::ShuttingDown),
            PieceIndex(3) => Err(ArchivingError::BlockMissing { number: 4 }.into()),
            _ => Ok(None),
        }
    }
}

fn segment_headers(count: u64) -> Vec<SegmentHeader> {
    let mut headers = Vec::<SegmentHeader>::new();
    for index in 0..count {
        headers.push(SegmentHeader {
            segment_index: SegmentIndex(index),
            segment_root: SegmentRoot([7; 32]),
            prev_segment_header_hash: headers
                .last()
                .map_or(SegmentHeaderHash::default(), SegmentHeader::hash),
            last_archived_block: LastArchivedBlock {
                number: u32::try_from(index).unwrap() * 10,
                partial_bytes: 0,
            },
        });
    }
    headers
}

fn node() -> Arc<Node> {
    Arc::new(Node {
        slots: broadcast::Sender::new(4),
        seal_requests: broadcast::Sender::new(4),
        archived_segments: broadcast::Sender::new(4),
        submitted: Mutex::default(),
        solution_answer: Mutex::new(Ok(())),
        seal_answer: Mutex::new(Ok(())),
        segment_headers: segment_headers(1500),
    })
}

fn module(backend: Arc<dyn FarmerBackend>, deny_unsafe: DenyUnsafe) -> RpcModule<PoasRpc> {
    let mut module = PoasRpc::new(backend).into_rpc();
    module.extensions_mut().insert(deny_unsafe);
    module
}

fn solution(slot: u64) -> SolutionResponse {
    SolutionResponse {
        slot,
        solution: Solution::genesis(),
    }
}

const SEAL: SealResponse = SealResponse {
    pre_hash: BlockHash([2; 32]),
    seal: Signature([3; 64]),
};

fn slot(slot: u64) -> SlotInfo {
    SlotInfo {
        slot,
        global_challenge: GlobalChallenge([4; 32]),
        solution_range: 5,
    }
}

fn error(result: Result<serde_json::Value, MethodsError>) -> ErrorObjectOwned {
    match result {
        Err(MethodsError::JsonRpc(error)) => error,
        other => panic!("expected a JSON-RPC error: {other:?}"),
    }
}

async fn next<T: serde::de::DeserializeOwned>(subscription: &mut Subscription) -> T {
    tokio::time::timeout(Duration::from_secs(60), subscription.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap()
        .0
}

async fn eventually(condition: impl Fn() -> bool) {
    for _ in 0..6000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("did not happen within a minute");
}

#[test]
fn methods_are_those_that_the_interface_names() {
    let module = module(node(), DenyUnsafe::No);
    let mut names: Vec<_> = module.method_names().collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "poas_getFarmerAppInfo",
            "poas_lastSegmentHeaders",
            "poas_piece",
            "poas_segmentHeaders",
            "poas_submitSeal",
            "poas_submitSolution",
            "poas_subscribeArchivedSegmentHeader",
            "poas_subscribeSealRequest",
            "poas_subscribeSlotInfo",
            "poas_unsubscribeArchivedSegmentHeader",
            "poas_unsubscribeSealRequest",
            "poas_unsubscribeSlotInfo",
        ]
    );
}

#[tokio::test]
async fn farmer_app_info_is_camel_case_json() {
    let module = module(node(), DenyUnsafe::Yes);
    let info: serde_json::Value = module
        .call("poas_getFarmerAppInfo", EmptyServerParams::new())
        .await
        .unwrap();
    assert_eq!(info["genesisHash"], json!(format!("0x{}", "01".repeat(32))));
    assert_eq!(info["bestBlock"], json!(77));
    assert_eq!(info["historySize"], json!(3));
    assert_eq!(info["syncing"], json!(true));
    assert_eq!(info["solutionTimeoutMillis"], json!(2000));
    assert_eq!(info["params"]["chunksPerRecord"], json!(1024));
    let info: FarmerAppInfo = serde_json::from_value(info).unwrap();
    assert_eq!(info, node().farmer_app_info());
}

#[tokio::test]
async fn solutions_and_seals_reach_the_node() {
    let node = node();
    let module = module(node.clone(), DenyUnsafe::No);
    let nothing: () = module
        .call("poas_submitSolution", [solution(9)])
        .await
        .unwrap();
    let _: () = nothing;
    let _: () = module.call("poas_submitSeal", [SEAL]).await.unwrap();
    assert_eq!(
        *node.submitted.lock().unwrap(),
        [
            serde_json::to_value(solution(9)).unwrap(),
            serde_json::to_value(SEAL).unwrap()
        ]
    );
}

#[tokio::test]
async fn every_refused_solution_and_seal_has_its_code() {
    let node = node();
    let module = module(node.clone(), DenyUnsafe::No);
    for (answer, code) in [
        (SubmitSolutionError::SlotNotOpen { slot: 9 }, 8001),
        (
            SubmitSolutionError::OutsideSolutionRange {
                slot: 9,
                distance: 2,
                solution_range: 2,
            },
            8002,
        ),
        (SubmitSolutionError::Outdone { slot: 9 }, 8003),
    ] {
        *node.solution_answer.lock().unwrap() = Err(answer);
        let error = error(module.call("poas_submitSolution", [solution(9)]).await);
        assert_eq!(
            (error.code(), error.message()),
            (code, &*answer.to_string())
        );
    }
    let pre_hash = SEAL.pre_hash;
    for (answer, code) in [
        (SubmitSealError::NotRequested { pre_hash }, 8011),
        (
            SubmitSealError::Invalid {
                pre_hash,
                public_key: PublicKey::default(),
            },
            8012,
        ),
    ] {
        *node.seal_answer.lock().unwrap() = Err(answer);
        let error = error(module.call("poas_submitSeal", [SEAL]).await);
        assert_eq!(
            (error.code(), error.message()),
            (code, &*answer.to_string())
        );
    }
}

#[tokio::test]
async fn malformed_parameters_are_the_standard_error_and_reach_nothing() {
    let node = node();
    let module = module(node.clone(), DenyUnsafe::No);
    for (method, parameter) in [
        ("poas_submitSolution", json!({"slot": 1})),
        ("poas_submitSolution", json!("0x")),
        (
            "poas_submitSeal",
            json!({"preHash": "0x00", "seal": "0x00"}),
        ),
        ("poas_segmentHeaders", json!([-1])),
        ("poas_lastSegmentHeaders", json!("all")),
        ("poas_piece", json!(1.5)),
    ] {
        assert_eq!(
            error(module.call(method, [parameter]).await).code(),
            -32602,
            "{method}"
        );
    }
    assert!(node.submitted.lock().unwrap().is_empty());
}

#[tokio::test]
async fn segment_headers_come_in_the_order_asked_for_with_null_for_unknown_ones() {
    let node = node();
    let module = module(node.clone(), DenyUnsafe::Yes);
    let headers: Vec<Option<SegmentHeader>> = module
        .call("poas_segmentHeaders", [[3, u64::MAX, 0, 3]])
        .await
        .unwrap();
    let known = |index: usize| Some(node.segment_headers[index]);
    assert_eq!(headers, [known(3), None, known(0), known(3)]);
    let headers: Vec<SegmentHeader> = module.call("poas_lastSegmentHeaders", [2]).await.unwrap();
    assert_eq!(headers, node.segment_headers[1498..]);
    let header = serde_json::to_value(headers[0]).unwrap();
    assert_eq!(header["lastArchivedBlock"]["partialBytes"], json!(0));
}

#[tokio::test]
async fn at_most_a_thousand_segment_headers_are_answered() {
    let module = module(node(), DenyUnsafe::Yes);
    let all: Vec<Option<SegmentHeader>> = module
        .call("poas_segmentHeaders", [vec![0; 1000]])
        .await
        .unwrap();
    assert_eq!(all.len(), 1000);
    let all: Vec<SegmentHeader> = module
        .call("poas_lastSegmentHeaders", [1000])
        .await
        .unwrap();
    assert_eq!(all.len(), 1000);

    let too_many = |result| {
        let error = error(result);
        assert_eq!(error.code(), 8021);
        assert!(error.message().contains("1000"), "{}", error.message());
    };
    too_many(module.call("poas_segmentHeaders", [vec![0; 1001]]).await);
    too_many(module.call("poas_lastSegmentHeaders", [1001]).await);
    too_many(module.call("poas_lastSegmentHeaders", [u64::MAX]).await);
}

#[tokio::test]
async fn pieces_are_hex_or_null_or_an_error() {
    let module = module(node(), DenyUnsafe::No);
    let piece: serde_json::Value = module.call("poas_piece", [0]).await.unwrap();
    assert_eq!(piece, json!("0xabcd01"));
    let piece: serde_json::Value = module.call("poas_piece", [2]).await.unwrap();
    assert_eq!(piece, json!(null));
    assert_eq!(error(module.call("poas_piece", [1]).await).code(), 8032);
    let error = error(module.call("poas_piece", [3]).await);
    assert_eq!(error.code(), 8031);
    assert!(error.message().contains("block 4"), "{}", error.message());
}

#[tokio::test]
async fn unsafe_methods_are_denied_to_connections_from_outside() {
    let node = node();
    let module = module(node.clone(), DenyUnsafe::Yes);
    let denied = ErrorObjectOwned::from(sc_rpc_api::UnsafeRpcError);
    assert_eq!(
        error(module.call("poas_submitSolution", [solution(9)]).await),
        denied
    );
    assert_eq!(error(module.call("poas_submitSeal", [SEAL]).await), denied);
    assert_eq!(error(module.call("poas_piece", [0]).await), denied);
    let subscription = module
        .subscribe_unbounded("poas_subscribeSealRequest", EmptyServerParams::new())
        .await;
    match subscription {
        Err(MethodsError::JsonRpc(error)) => assert_eq!(error, denied),
        other => panic!("must be denied: {other:?}"),
    }
    assert!(node.submitted.lock().unwrap().is_empty());
    assert_eq!(node.seal_requests.receiver_count(), 0);
}

#[tokio::test]
async fn subscribers_are_told_of_slots_seals_and_segments() {
    let node = node();
    let module = module(node.clone(), DenyUnsafe::No);

    let mut slots = module
        .subscribe_unbounded("poas_subscribeSlotInfo", EmptyServerParams::new())
        .await
        .unwrap();
    node.slots.send(slot(1)).unwrap();
    assert_eq!(next::<SlotInfo>(&mut slots).await, slot(1));
    node.slots.send(slot(2)).unwrap();
    let json: serde_json::Value = next(&mut slots).await;
    assert_eq!(
        json,
        json!({
            "slot": 2,
            "globalChallenge": format!("0x{}", "04".repeat(32)),
            "solutionRange": 5,
        })
    );

    let request = SealRequest {
        pre_hash: BlockHash([5; 32]),
        public_key: PublicKey([6; 32]),
    };
    let mut seal_requests = module
        .subscribe_unbounded("poas_subscribeSealRequest", EmptyServerParams::new())
        .await
        .unwrap();
    node.seal_requests.send(request).unwrap();
    assert_eq!(next::<SealRequest>(&mut seal_requests).await, request);

    let mut segments = module
        .subscribe_unbounded(
            "poas_subscribeArchivedSegmentHeader",
            EmptyServerParams::new(),
        )
        .await
        .unwrap();
    node.archived_segments
        .send(node.segment_headers[0])
        .unwrap();
    assert_eq!(
        next::<SegmentHeader>(&mut segments).await,
        node.segment_headers[0]
    );
}

#[tokio::test]
async fn slots_are_told_to_anyone() {
    let node = node();
    let module = module(node.clone(), DenyUnsafe::Yes);
    let mut slots = module
        .subscribe_unbounded("poas_subscribeSlotInfo", EmptyServerParams::new())
        .await
        .unwrap();
    node.slots.send(slot(1)).unwrap();
    assert_eq!(next::<SlotInfo>(&mut slots).await, slot(1));
}

#[tokio::test]
async fn a_slow_subscriber_misses_the_oldest_messages_and_holds_nobody_up() {
    let node = node();
    let module = module(node.clone(), DenyUnsafe::No);
    let mut slow = module
        .subscribe("poas_subscribeSlotInfo", EmptyServerParams::new(), 1)
        .await
        .unwrap();
    // Sending never waits.
    for number in 1..=1000 {
        node.slots.send(slot(number)).unwrap();
        tokio::task::yield_now().await;
    }
    let mut received = vec![next::<SlotInfo>(&mut slow).await.slot];
    while received.last() != Some(&1000) {
        received.push(next::<SlotInfo>(&mut slow).await.slot);
    }
    assert!(received.is_sorted());
    assert!(received.len() < 50, "{received:?}");
    node.slots.send(slot(1001)).unwrap();
    assert_eq!(next::<SlotInfo>(&mut slow).await.slot, 1001);
}

#[tokio::test]
async fn a_subscriber_that_is_gone_leaves_nothing_behind() {
    let node = node();
    let module = module(node.clone(), DenyUnsafe::No);
    let idle = module
        .subscribe("poas_subscribeSlotInfo", EmptyServerParams::new(), 1)
        .await
        .unwrap();
    let full = module
        .subscribe("poas_subscribeSlotInfo", EmptyServerParams::new(), 1)
        .await
        .unwrap();
    assert_eq!(node.slots.receiver_count(), 2);
    drop(idle);
    eventually(|| node.slots.receiver_count() == 1).await;
    for number in 1..=10 {
        node.slots.send(slot(number)).unwrap();
        tokio::task::yield_now().await;
    }
    drop(full);
    eventually(|| node.slots.receiver_count() == 0).await;
}

/// Pieces that are never there.
struct NoPieces;

#[async_trait]
impl PieceProvider for NoPieces {
    async fn piece(&self, _: PieceIndex) -> Result<Option<Vec<u8>>, PieceProviderError> {
        Ok(None)
    }
}

#[tokio::test]
async fn the_backend_of_a_node_answers_from_its_link() {
    let client = Arc::new(Blockchain::<Block>::new());
    let params = Arc::new(Preset::Unit.params(NetworkTag::default()));
    let store = SegmentHeaderStore::open(&*client, params.confirmation_depth).unwrap();
    let headers = segment_headers(3);
    store.append(&*client, &headers).unwrap();
    let link = PoasLink::new(Arc::clone(&params), BlockHash([1; 32]), store);
    let sync_status = SyncStatus::new(Arc::new(sp_consensus::NoNetwork), link.clone());
    let backend = NodeBackend::new(
        client,
        link,
        Arc::new(NoPieces),
        sync_status,
        Metrics::default(),
    );
    let module = module(Arc::new(backend), DenyUnsafe::No);

    let info: FarmerAppInfo = module
        .call("poas_getFarmerAppInfo", EmptyServerParams::new())
        .await
        .unwrap();
    assert_eq!((info.best_block, info.syncing), (0, false));
    assert_eq!(
        (info.genesis_hash, &info.params),
        (BlockHash([1; 32]), &*params)
    );
    let known: Vec<Option<SegmentHeader>> =
        module.call("poas_segmentHeaders", [[2, 3]]).await.unwrap();
    assert_eq!(known, [Some(headers[2]), None]);
    let last: Vec<SegmentHeader> = module.call("poas_lastSegmentHeaders", [2]).await.unwrap();
    assert_eq!(last, headers[1..]);
    let piece: Option<Bytes> = module.call("poas_piece", [5]).await.unwrap();
    assert_eq!(piece, None);
    assert_eq!(
        error(module.call("poas_submitSolution", [solution(9)]).await).code(),
        codes::SLOT_NOT_OPEN
    );
    assert_eq!(
        error(module.call("poas_submitSeal", [SEAL]).await).code(),
        codes::SEAL_NOT_REQUESTED
    );
    for subscription in [
        "poas_subscribeSlotInfo",
        "poas_subscribeSealRequest",
        "poas_subscribeArchivedSegmentHeader",
    ] {
        module
            .subscribe_unbounded(subscription, rpc_params![])
            .await
            .unwrap();
    }
}
