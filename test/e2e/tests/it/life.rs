//! Starting, stopping and starting again.

use crate::programs::{Node, PATIENCE};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_stops_a_network_and_the_next_start_goes_on_with_chain_and_plot() {
    let base_path = tempfile::tempdir().unwrap();
    let mut node = Node::start_network(base_path.path()).await;
    node.wait_for_block(20, PATIENCE).await;
    node.program.line_with("plotted=16 of=16", PATIENCE).await;
    let genesis = node.hash_of(0).await;
    let final_height = node.finalized().await;
    let final_block = node.hash_of(final_height).await;
    let best = node.best().await;
    let (status, took) = node.program.interrupt().await;
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(10), "stopping took {took:?}");

    let node = Node::start_network(base_path.path()).await;
    assert_eq!(node.hash_of(0).await, genesis);
    assert!(
        node.best().await >= best,
        "blocks are missing after the second start"
    );
    assert_eq!(node.hash_of(final_height).await, final_block);
    node.wait_for_block(best + 10, Duration::from_secs(60))
        .await;
    let (status, took) = node.program.interrupt().await;
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(10), "stopping took {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_network_goes_on_where_it_was() {
    let base_path = tempfile::tempdir().unwrap();
    let node = Node::start_network(base_path.path()).await;
    node.wait_for_block(20, PATIENCE).await;
    let height = node.finalized().await;
    let hash = node.hash_of(height).await;
    node.program.kill();

    let node = Node::start_network(base_path.path()).await;
    assert_eq!(node.hash_of(height).await, hash);
    let best = node.best().await;
    node.wait_for_block(best + 10, Duration::from_secs(60))
        .await;
    let (status, _) = node.program.interrupt().await;
    assert_eq!(status.code(), Some(0));
}
