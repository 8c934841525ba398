//! Solutions that make no block, and blocks after a long time without any.

use autonomys_core_primitives::SlotNumber;
use autonomys_core_primitives::farming::{SealResponse, SlotInfo, SolutionResponse};
use autonomys_test_service::{Importer, StoredBlock, TestFarm, TestNode};
use codec::DecodeAll;
use sc_client_api::HeaderBackend;
use sc_consensus_poas::SubmitSealError;
use sp_consensus_poas::{POAS_ENGINE_ID, PotJustification};
use std::time::Duration;
use tokio::sync::broadcast;

const FAILURES: &str = "poas_authoring_failures_total";

async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not within half a minute: {what}");
}

/// Proves slots until `farm` wins one.
async fn win(
    node: &TestNode,
    farm: &mut TestFarm,
    slots: &mut broadcast::Receiver<SlotInfo>,
) -> SolutionResponse {
    loop {
        let slot = node.next_slot(slots).await;
        if let Some(solution) = farm.solve(&slot) {
            return SolutionResponse {
                slot: slot.slot,
                solution,
            };
        }
    }
}

/// Proves slots until `slot` is claimed.
async fn claim(node: &TestNode, slot: SlotNumber, slots: &mut broadcast::Receiver<SlotInfo>) {
    let delay = node.node.link.params().authoring_delay;
    while node.next_slot(slots).await.slot < slot + delay {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_without_a_seal_is_dropped_and_the_next_one_is_made() {
    let mut node = TestNode::start().await;
    let mut farm = node.plot(1, 2).await;
    let other_farm = node.plot(2, 1).await;
    let link = node.node.link.clone();
    let mut slots = link.subscribe_slots();
    let mut seal_requests = link.subscribe_seal_requests();
    let won = win(&node, &mut farm, &mut slots).await;
    let slot = won.slot;
    link.submit_solution(won).unwrap();
    claim(&node, slot, &mut slots).await;

    let request = seal_requests.recv().await.unwrap();
    assert_eq!(request.public_key, farm.public_key());
    let forged = SealResponse {
        seal: other_farm.sign(&request.pre_hash),
        ..farm.seal(&request)
    };
    assert!(matches!(
        link.submit_seal(forged),
        Err(SubmitSealError::Invalid { .. })
    ));
    eventually("the seal is given up", || {
        node.counter(FAILURES, "seal_missing") == 1
    })
    .await;
    assert_eq!(node.best_number(), 0);
    assert!(matches!(
        link.submit_seal(farm.seal(&request)),
        Err(SubmitSealError::NotRequested { .. })
    ));
    node.farm_block(&mut farm).await;
    assert_eq!(node.best_number(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_solution_that_only_looks_like_one_makes_no_block_and_displaces_none() {
    let node = TestNode::start().await;
    let mut farm = node.plot(1, 2).await;
    let link = node.node.link.clone();
    let mut slots = link.subscribe_slots();
    let mut seal_requests = link.subscribe_seal_requests();
    // It wins, since its ticket is right, but its chunk is in no record.
    let forge = |won: &SolutionResponse| {
        let mut forged = won.clone();
        forged.solution.chunk_proof[0].0[0] ^= 1;
        forged
    };
    let won = win(&node, &mut farm, &mut slots).await;
    link.submit_solution(forge(&won)).unwrap();
    claim(&node, won.slot, &mut slots).await;
    eventually("the solution is refused", || {
        node.counter(FAILURES, "solution_invalid") == 1
    })
    .await;
    assert_eq!(node.best_number(), 0);

    let won = win(&node, &mut farm, &mut slots).await;
    let slot = won.slot;
    link.submit_solution(forge(&won)).unwrap();
    link.submit_solution(won).unwrap();
    claim(&node, slot, &mut slots).await;
    let request = seal_requests.recv().await.unwrap();
    link.submit_seal(farm.seal(&request)).unwrap();
    eventually("the block is imported", || node.best_number() == 1).await;
    assert_eq!(node.counter(FAILURES, "solution_invalid"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_farming_rpc_refuses_is_counted() {
    let node = TestNode::start().await;
    let mut farm = node.plot(1, 1).await;
    let mut slots = node.node.link.subscribe_slots();
    let won = win(&node, &mut farm, &mut slots).await;
    claim(&node, won.slot, &mut slots).await;
    let request = serde_json::json!({
        "jsonrpc": "2.0",
        "id": 1,
        "method": "poas_submitSolution",
        "params": [won],
    });
    let (answer, _) = node.node.rpc.rpc_query(&request.to_string()).await.unwrap();
    assert!(answer.contains("8001"), "{answer}");
    assert_eq!(
        node.counter("poas_solutions_refused_total", "slot_not_open"),
        1
    );
}

/// As after a pause of the machine, or a night without farmers.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_long_time_without_blocks_the_next_one_reveals_all_of_it() {
    let mut node = TestNode::start().await;
    let mut farm = node.plot(1, 2).await;
    node.farm_until(&mut farm, 2).await;
    node.skip_slots(500).await;
    node.farm_until(&mut farm, 6).await;
    let blocks = StoredBlock::chain(&node.node.client);
    let justification = blocks[2]
        .justifications
        .clone()
        .and_then(|all| all.into_justification(POAS_ENGINE_ID))
        .unwrap();
    let justification = PotJustification::decode_all(&mut &justification[..]).unwrap();
    assert!(justification.checkpoints.len() >= 500);

    let importer = Importer::open();
    for block in blocks {
        importer.import_valid(block).await;
    }
    assert_eq!(importer.chain.client.info().best_hash, node.best_hash());
}
