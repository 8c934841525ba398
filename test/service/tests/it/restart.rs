//! A node that is stopped and started again at any block archives the same history.

use autonomys_core_primitives::PieceIndex;
use autonomys_test_service::{Importer, StoredBlock, TestNode, configuration, unit_chain};
use sc_client_api::HeaderBackend;

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_at_every_block_gives_the_same_segments() {
    let mut author = TestNode::start().await;
    let mut farm = author.plot(1, 2).await;
    while author.history_size().get() < 3 {
        author.farm_block(&mut farm).await;
    }
    let blocks = StoredBlock::chain(&author.node.client);
    let expected = author.node.link.segment_headers().last_headers(usize::MAX);

    let folder = tempfile::tempdir().unwrap();
    let open = || Importer::open_at(configuration(unit_chain(), folder.path()));
    let mut importer = open();
    for block in blocks {
        let hash = block.hash();
        importer.import_valid(block).await;
        drop(importer);
        importer = open();
        assert_eq!(importer.chain.client.info().best_hash, hash);
    }
    let headers = importer
        .chain
        .link
        .segment_headers()
        .last_headers(usize::MAX);
    assert_eq!(headers, expected);

    // The second node can serve what the first one plots from.
    let params = author.node.link.params();
    for index in 0..3 * u64::from(params.pieces_per_segment()) {
        let piece_index = PieceIndex(index);
        let piece = importer.chain.pieces.piece(piece_index).await.unwrap();
        assert!(piece.is_some());
        assert_eq!(piece, author.node.pieces.piece(piece_index).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_stopped_farms_on_with_its_chain() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = TestNode::start_at(configuration(unit_chain(), folder.path())).await;
    let mut farm = node.plot(1, 2).await;
    node.farm_until(&mut farm, 12).await;
    let best = node.best_hash();
    let segments = node.node.link.segment_headers().last_headers(usize::MAX);
    node.stop().await;

    let mut node = TestNode::start_at(configuration(unit_chain(), folder.path())).await;
    assert_eq!(node.best_hash(), best);
    assert_eq!(
        node.node.link.segment_headers().last_headers(usize::MAX),
        segments
    );
    node.farm_until(&mut farm, 20).await;
    assert_eq!(
        node.node.client.info().finalized_number,
        20 - node.node.link.params().confirmation_depth
    );
}
