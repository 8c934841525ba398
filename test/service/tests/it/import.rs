//! What the import queue is told of a block, and what of the node's own settings and faults has no say in it.

use crate::tampering::seal_anew;
use autonomys_node::service::{Block, Hash, open_chain};
use autonomys_test_service::{
    Importer, Outcome, StoredBlock, TestFarm, TestNode, configuration, unit_chain,
};
use sc_client_api::HeaderBackend;
use sc_consensus::{
    BlockCheckParams, BlockImport, BlockImportParams, ImportResult, StateAction, StorageChanges,
    Verifier,
};
use sp_consensus::{BlockOrigin, BlockStatus};

/// A farm, and the chain of `count` blocks that it has made.
async fn farmed(seed: u8, count: u32) -> (TestFarm, Vec<StoredBlock>) {
    let mut author = TestNode::start().await;
    let mut farm = author.plot(seed, 2).await;
    author.farm_until(&mut farm, count).await;
    (farm, StoredBlock::chain(&author.node.client))
}

/// The block with another state root, which the farmer has sealed: only executing it tells that it is invalid.
fn with_other_state(block: &StoredBlock, farm: &TestFarm) -> StoredBlock {
    let mut forged = block.clone();
    forged.header.state_root = Hash::repeat_byte(1);
    forged.header = seal_anew(farm, forged.header);
    forged
}

async fn verified(importer: &Importer, block: StoredBlock) -> BlockImportParams<Block> {
    importer
        .verifier()
        .verify(block.into_params())
        .await
        .expect("the verifier finds nothing")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_at_fault_is_known_bad_and_a_fault_of_the_node_is_an_error() {
    let (farm, blocks) = farmed(1, 1).await;
    let importer = Importer::open();
    let block_import = &importer.chain.block_import;
    let faults = |reason: &str| {
        importer
            .counters("poas_import_faults_total")
            .into_iter()
            .find_map(|(known, count)| (known == reason).then_some(count))
            .expect("every reason has a counter")
    };

    // An error would carry no penalty for the peer, and make sync begin again for ever
    let forged = verified(&importer, with_other_state(&blocks[0], &farm)).await;
    assert_eq!(
        block_import.import_block(forged).await.unwrap(),
        ImportResult::KnownBad
    );
    let mut empty = verified(&importer, blocks[0].clone()).await;
    empty.body = None;
    assert_eq!(
        block_import.import_block(empty).await.unwrap(),
        ImportResult::KnownBad
    );

    // A penalty would be for what the peer has not done
    let unverified = blocks[0].clone().into_params();
    assert!(block_import.import_block(unverified).await.is_err());
    assert_eq!(faults("not_verified"), 1);

    // Neither is remembered
    importer.import_valid(blocks[0].clone()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_of_peers_are_executed_whatever_sync_asks_for() {
    let (farm, blocks) = farmed(1, 3).await;
    let importer = Importer::open();
    let block_import = &importer.chain.block_import;
    let actions: [fn() -> StateAction<Block>; 3] = [
        || StateAction::Skip,
        || StateAction::ExecuteIfPossible,
        || StateAction::Execute,
    ];
    for (block, action) in blocks.iter().zip(actions) {
        let params = |block: StoredBlock| {
            let mut params = block.into_params();
            params.state_action = action();
            params
        };
        let forged = params(with_other_state(block, &farm));
        let forged = importer.verifier().verify(forged).await.unwrap();
        assert_eq!(
            block_import.import_block(forged).await.unwrap(),
            ImportResult::KnownBad
        );

        // What a peer says of the state that a block leads to is never taken
        for origin in [
            BlockOrigin::NetworkInitialSync,
            BlockOrigin::NetworkBroadcast,
            BlockOrigin::ConsensusBroadcast,
            BlockOrigin::File,
        ] {
            let mut foreign = verified(&importer, block.clone()).await;
            foreign.origin = origin;
            foreign.state_action =
                StateAction::ApplyChanges(StorageChanges::Changes(Default::default()));
            assert!(block_import.import_block(foreign).await.is_err());
        }

        let valid = importer
            .verifier()
            .verify(params(block.clone()))
            .await
            .unwrap();
        assert!(matches!(
            block_import.import_block(valid).await,
            Ok(ImportResult::Imported(_))
        ));
        let status = importer.chain.client.block_status(block.hash()).unwrap();
        assert_eq!(status, BlockStatus::InChainWithState);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_block_is_verified_again_and_changes_nothing() {
    let (_, blocks) = farmed(1, 12).await;
    let importer = Importer::open();
    for block in &blocks {
        importer.import_valid(block.clone()).await;
    }
    let client = &importer.chain.client;
    let before = client.info();
    for block in &blocks {
        let checked = importer
            .chain
            .block_import
            .check_block(BlockCheckParams {
                import_existing: true,
                ..block.check_params()
            })
            .await
            .unwrap();
        assert!(matches!(checked, ImportResult::Imported(_)));
        let mut params = verified(&importer, block.clone()).await;
        params.origin = BlockOrigin::File;
        params.import_existing = true;
        assert_eq!(
            importer
                .chain
                .block_import
                .import_block(params)
                .await
                .unwrap(),
            ImportResult::AlreadyInChain
        );
    }
    let after = client.info();
    assert_eq!(
        (after.best_hash, after.finalized_hash, after.number_leaves),
        (
            before.best_hash,
            before.finalized_hash,
            before.number_leaves
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_that_leaves_the_finalized_chain_is_refused_as_soon_as_that_can_be_told() {
    let (_, blocks) = farmed(1, 12).await;
    let (_, others) = farmed(2, 12).await;
    let importer = Importer::open();
    for block in blocks {
        importer.import_valid(block).await;
    }
    let finalized = importer.chain.client.info().finalized_number;
    assert_eq!(finalized, 7);
    for other in others {
        // The parent of the block above the finalized one can only be that, although this one is not known
        let expected = if other.header.number <= finalized + 1 {
            Outcome::Refused("fork_below_finalized".into())
        } else {
            Outcome::Undecided("Ok(UnknownParent)".into())
        };
        assert_eq!(importer.import(other).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn offchain_indexing_is_on_without_a_flag() {
    let folder = tempfile::tempdir().unwrap();
    let mut configuration = configuration(unit_chain(), folder.path());
    assert!(!configuration.offchain_worker.indexing_enabled);
    let _chain = open_chain(&mut configuration).unwrap();
    assert!(configuration.offchain_worker.indexing_enabled);
}
