//! A second node follows over the network.

use autonomys_test_service::{TestNode, configuration, unit_chain};
use sc_network::config::MultiaddrWithPeerId;
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
