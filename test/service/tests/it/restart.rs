//! A node that is stopped and started again at any block archives the same history.

use autonomys_core_primitives::PieceIndex;
use autonomys_node::service::Block;
use autonomys_test_service::{Importer, StoredBlock, TestNode, configuration, unit_chain};
use sc_client_api::HeaderBackend;
use sc_consensus::{BlockImport, BlockImportParams, ForkChoiceStrategy, StateAction};
use sp_consensus::BlockOrigin;

#[tokio::test(flavor = "multi_thread")]
async fn restarts_give_the_same_segments() {
    history_of_a_node_restarted_every(17).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: five minutes, each start compiles the runtime"]
async fn a_restart_at_every_block_gives_the_same_segments() {
    history_of_a_node_restarted_every(1).await;
}

/// Imports three segments of history into a node that is stopped and started after so many blocks.
async fn history_of_a_node_restarted_every(blocks_per_run: usize) {
    let mut author = TestNode::start().await;
    let mut farm = author.plot(1, 2).await;
    while author.history_size().get() < 3 {
        author.farm_block(&mut farm).await;
    }
    let blocks = StoredBlock::chain(&author.node.client);
    let expected = author.node.link.segment_headers().last_headers(usize::MAX);

    let depth = author.node.link.params().confirmation_depth;
    let folder = tempfile::tempdir().unwrap();
    let open = || Importer::open_at(configuration(unit_chain(), folder.path()));
    let mut importer = open();
    for (position, block) in blocks.into_iter().enumerate() {
        let hash = block.hash();
        importer.import_valid(block).await;
        if position % blocks_per_run == 0 {
            drop(importer);
            importer = open();
        }
        let info = importer.chain.client.info();
        assert_eq!(info.best_hash, hash);
        assert_eq!(
            info.finalized_number,
            info.best_number.saturating_sub(depth)
        );
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
    drop(node);

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

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_killed_before_it_finalized_makes_up_for_it() {
    let mut author = TestNode::start().await;
    let mut farm = author.plot(1, 2).await;
    author.farm_until(&mut farm, 12).await;
    let mut blocks = StoredBlock::chain(&author.node.client);
    let last = blocks.pop().unwrap();

    let folder = tempfile::tempdir().unwrap();
    let open = || Importer::open_at(configuration(unit_chain(), folder.path()));
    let importer = open();
    for block in blocks {
        importer.import_valid(block).await;
    }
    // The database has the last block, and nothing has followed from that.
    let StoredBlock {
        mut header,
        body,
        justifications,
    } = last;
    let seal = header.digest.pop().unwrap();
    let mut params = BlockImportParams::<Block>::new(BlockOrigin::NetworkBroadcast, header);
    params.post_digests = vec![seal];
    params.body = Some(body);
    params.justifications = justifications;
    params.fork_choice = Some(ForkChoiceStrategy::Custom(true));
    params.state_action = StateAction::Execute;
    importer.chain.client.import_block(params).await.unwrap();
    let info = importer.chain.client.info();
    assert_eq!((info.best_number, info.finalized_number), (12, 6));
    drop(importer);

    let info = open().chain.client.info();
    assert_eq!((info.best_number, info.finalized_number), (12, 7));
}
