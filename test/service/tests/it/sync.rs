//! Several nodes over the network.

use autonomys_core_primitives::solutions::block_weight;
use autonomys_node::service::NodeOptions;
use autonomys_test_service::{StoredBlock, TestNode, configuration, unit_chain};
use sc_network::PeerId;
use sc_network::config::MultiaddrWithPeerId;
use sc_network::peer_store::BANNED_THRESHOLD;
use sp_consensus_poas::HeaderDigests;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_node_syncs_the_chain_and_follows_new_blocks() {
    let mut author = TestNode::start().await;
    let mut farm = author.plot(1, 2).await;
    author.farm_until(&mut farm, 30).await;

    let folder = tempfile::tempdir().unwrap();
    let mut follower_configuration = configuration(unit_chain(), folder.path());
    follower_configuration.network.boot_nodes = vec![address_of(&author).await];
    let follower = TestNode::start_at(follower_configuration).await;
    wait_for(&follower, &author).await;
    author.farm_until(&mut farm, 35).await;
    wait_for(&follower, &author).await;
    assert_eq!(
        follower
            .node
            .link
            .segment_headers()
            .last_headers(usize::MAX),
        author.node.link.segment_headers().last_headers(usize::MAX)
    );
}

/// Stock sync downloads what is taller, and weight is what counts.
#[tokio::test(flavor = "multi_thread")]
async fn a_partition_heals_although_its_lighter_side_is_taller() {
    let mut light = TestNode::start().await;
    let mut light_farm = light.plot(1, 2).await;
    light.farm_until(&mut light_farm, 3).await;
    let mut heavy = TestNode::start().await;
    for block in StoredBlock::chain(&light.node.client) {
        heavy.import(block).await;
    }
    let mut heavy_farm = heavy.plot(2, 2).await;

    // An era ends with block 4. It took long on one side, so there the solution range is four times as wide after it.
    light.skip_slots(40).await;
    light.farm_until(&mut light_farm, 8).await;
    heavy.farm_until(&mut heavy_farm, 7).await;
    let weight = |node: &TestNode| -> u128 {
        StoredBlock::chain(&node.node.client)
            .iter()
            .map(|block| HeaderDigests::read(&block.header.digest).unwrap())
            .map(|digests| block_weight(digests.solution_range))
            .sum()
    };
    assert!(weight(&heavy) > weight(&light));
    assert!(heavy.best_number() < light.best_number());
    // From now on the heavy side proves the slots of both.
    let last_slot = |node: &TestNode| node.node.pot_source.last_slot();
    heavy
        .skip_slots(last_slot(&light) - last_slot(&heavy))
        .await;

    let address = address_of(&heavy).await;
    light.node.network.add_reserved_peer(address).unwrap();
    wait_for(&light, &heavy).await;
    assert_eq!(heavy.best_number(), 7);
    heavy.farm_until(&mut heavy_farm, 12).await;
    wait_for(&light, &heavy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_with_another_history_is_refused_and_keeps_nobody_from_farming() {
    let mut node = TestNode::start().await;
    let mut farm = node.plot(1, 2).await;
    node.farm_until(&mut farm, 8).await;
    let best = node.best_hash();

    // It is taller, and both have finalized blocks that the other one does not have.
    let folder = tempfile::tempdir().unwrap();
    let mut other = TestNode::start_at(configuration(unit_chain(), folder.path())).await;
    let mut other_farm = other.plot(2, 2).await;
    other.farm_until(&mut other_farm, 11).await;
    let other_best = other.best_hash();
    drop(other);
    let mut other_configuration = configuration(unit_chain(), folder.path());
    other_configuration.network.boot_nodes = vec![address_of(&node).await];
    let other = TestNode::start_at(other_configuration).await;

    let refuses =
        |node: &TestNode, peer: PeerId| node.node.network.peer_reputation(&peer) < BANNED_THRESHOLD;
    let (node_id, other_id) = (
        node.node.network.local_peer_id(),
        other.node.network.local_peer_id(),
    );
    // The one that was faster; the connection is gone then.
    eventually("one refuses the other", || {
        refuses(&node, other_id) || refuses(&other, node_id)
    })
    .await;
    eventually("the connection is closed", || {
        node.node.sync.num_connected_peers() == 0
    })
    .await;
    assert_eq!(node.best_hash(), best);
    assert_eq!(other.best_hash(), other_best);
    node.farm_until(&mut farm, 11).await;
}

/// One node proves slots and nothing else, the other one farms in them and has none of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_farmer_that_comes_late_farms_in_the_slots_of_a_node_that_only_keeps_time() {
    let folder = tempfile::tempdir().unwrap();
    let timekeeper = TestNode::start_with(
        configuration(unit_chain(), folder.path()),
        NodeOptions::default(),
    )
    .await;
    let slots = &timekeeper.node.pot_source;
    for _ in 0..40 {
        slots.prove_next_slot().unwrap();
    }

    let farmer_folder = tempfile::tempdir().unwrap();
    let mut farmer_configuration = configuration(unit_chain(), farmer_folder.path());
    farmer_configuration.network.boot_nodes = vec![address_of(&timekeeper).await];
    let mut farmer = TestNode::start_at(farmer_configuration).await;
    let mut farm = farmer.plot(1, 2).await;
    // There is no block yet, so it is by gossip alone that the farmer learns of the slots.
    for _ in 0..300 {
        slots.prove_next_slot().unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        if farmer.node.pot_source.last_slot() == slots.last_slot() {
            break;
        }
    }
    assert_eq!(farmer.node.pot_source.last_slot(), slots.last_slot());
    assert_eq!(
        farmer.counter("pot_slots_total", "gossip"),
        slots.last_slot()
    );

    for number in 1..=3 {
        farmer.farm_block_with(&mut farm, slots).await;
        wait_for(&timekeeper, &farmer).await;
        assert_eq!(timekeeper.best_number(), number);
    }
    assert_eq!(farmer.counter("pot_slots_total", "local"), 0);
}

async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..1200 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not within a minute: {what}");
}

async fn address_of(node: &TestNode) -> MultiaddrWithPeerId {
    let peer_id = node.node.network.local_peer_id();
    loop {
        if let Some(multiaddr) = node.node.network.listen_addresses().into_iter().next() {
            return MultiaddrWithPeerId { multiaddr, peer_id };
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn wait_for(follower: &TestNode, author: &TestNode) {
    let synced = async {
        while follower.best_hash() != author.best_hash() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(60), synced)
        .await
        .is_err()
    {
        panic!(
            "the follower is at {}, the author at {}",
            follower.best_number(),
            author.best_number()
        );
    }
}
