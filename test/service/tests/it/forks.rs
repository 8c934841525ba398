//! The heavier chain wins, up to the confirmation depth.

use autonomys_test_service::{Importer, Outcome, StoredBlock, TestNode};
use sc_client_api::HeaderBackend;

#[tokio::test(flavor = "multi_thread")]
async fn a_heavier_fork_takes_over_and_one_below_the_finalized_block_is_refused() {
    // Two farmers that do not know of each other make two chains from the same genesis.
    let mut first = TestNode::start().await;
    let mut first_farm = first.plot(1, 2).await;
    let mut second = TestNode::start().await;
    let mut second_farm = second.plot(2, 2).await;
    let depth = first.node.link.params().confirmation_depth;
    first.farm_until(&mut first_farm, depth - 1).await;
    second.farm_until(&mut second_farm, depth + 3).await;
    let first_chain = StoredBlock::chain(&first.node.client);
    let second_chain = StoredBlock::chain(&second.node.client);
    assert_ne!(first_chain[0].hash(), second_chain[0].hash());

    let importer = Importer::open();
    for block in &first_chain {
        assert_eq!(
            importer.import(block.clone()).await,
            Outcome::Imported { best: true }
        );
    }
    // Nothing is final yet, so the whole chain can be replaced by a heavier one.
    let mut switched = false;
    for block in &second_chain {
        let Outcome::Imported { best } = importer.import(block.clone()).await else {
            panic!("block {} of the second chain is valid", block.header.number);
        };
        assert!(
            best || !switched,
            "the chain that took over stays the best one"
        );
        switched |= best;
    }
    assert!(switched);
    let info = importer.chain.client.info();
    assert_eq!(info.best_hash, second.best_hash());
    assert_eq!(info.finalized_number, 3);

    // The first farmer goes on alone. It can become as heavy as it likes: below the finalized block nothing changes.
    first.farm_until(&mut first_farm, depth + 8).await;
    let late = StoredBlock::chain(&first.node.client);
    let outcome = importer.import(late[first_chain.len()].clone()).await;
    assert_eq!(outcome, Outcome::Refused("fork_below_finalized".into()));
    assert_eq!(importer.chain.client.info().best_hash, second.best_hash());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_imported_once() {
    let mut node = TestNode::start().await;
    let mut farm = node.plot(1, 2).await;
    node.farm_until(&mut farm, 2).await;
    let importer = Importer::open();
    for block in StoredBlock::chain(&node.node.client) {
        importer.import_valid(block.clone()).await;
        assert_eq!(
            importer.import(block).await,
            Outcome::Undecided("Ok(AlreadyInChain)".into())
        );
    }
    let orphan = {
        node.farm_until(&mut farm, 4).await;
        StoredBlock::chain(&node.node.client).pop().unwrap()
    };
    assert_eq!(
        importer.import(orphan).await,
        Outcome::Undecided("Ok(UnknownParent)".into())
    );
}
