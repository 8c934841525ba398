//! What an operator does with the chain of a node that is stopped.

use crate::programs::{Node, PATIENCE, chain_info, operate, run};
use autonomys_core_primitives::Preset;
use autonomys_core_primitives::params::NetworkTag;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long the first segment beyond genesis may take.
const UNTIL_SEGMENT: Duration = Duration::from_secs(90);

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_is_exported_imported_checked_and_reverted_to_finality() {
    let depth = u64::from(
        Preset::Fast
            .params(NetworkTag::default())
            .confirmation_depth,
    );
    let folder = tempfile::tempdir().unwrap();
    let farmed = folder.path().join("farmed");
    let node = Node::start_network(&farmed).await;
    // History ends right below the blocks that can be reverted, and its last header is not on chain yet.
    let started = Instant::now();
    while node.archived_segments().await < 2 {
        assert!(started.elapsed() < UNTIL_SEGMENT, "no second segment");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (status, _) = node.program.interrupt().await;
    assert_eq!(status.code(), Some(0));
    let before = chain_info(&farmed);
    let best = before["best_number"].as_u64().unwrap();
    let finalized = before["finalized_number"].as_u64().unwrap();
    assert_eq!(finalized, best - depth);

    // Another node takes over the chain from a file, and nothing that is damaged.
    let blocks = folder.path().join("blocks");
    let binary = OsStr::new("--binary");
    operate("export-blocks", &farmed, &[binary, blocks.as_os_str()]);
    let damaged = folder.path().join("damaged");
    let mut bytes = fs::read(&blocks).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&damaged, bytes).unwrap();
    let imported = folder.path().join("imported");
    let (code, printed) = run(
        "autonomys-node",
        [
            OsStr::new("import-blocks"),
            OsStr::new("--chain"),
            OsStr::new("fast"),
            OsStr::new("--base-path"),
            imported.as_os_str(),
            binary,
            damaged.as_os_str(),
        ],
    );
    assert_eq!(code, 1, "{printed}");
    assert_eq!(chain_info(&imported)["best_number"], best - 1);
    operate("import-blocks", &imported, &[binary, blocks.as_os_str()]);
    assert_eq!(chain_info(&imported), before);
    let checked = operate("check-block", &imported, &[OsStr::new("5")]);
    assert!(checked.contains("Completed"), "{checked}");
    assert_eq!(chain_info(&imported), before);

    // Finality is not passed, and the chain goes on with the history that was archived.
    operate("revert", &farmed, &[OsStr::new("1000000")]);
    let reverted = chain_info(&farmed);
    assert_eq!(reverted["best_hash"], before["finalized_hash"]);
    assert_eq!(reverted["finalized_hash"], before["finalized_hash"]);
    let node = Node::start_network(&farmed).await;
    node.wait_for_block(finalized + depth + 1, PATIENCE).await;
    assert!(node.history_size().await >= 2);
    let (status, _) = node.program.interrupt().await;
    assert_eq!(status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purged_chain_leaves_nothing_behind_and_begins_anew() {
    let base_path = tempfile::tempdir().unwrap();
    let base_path = base_path.path();
    let node = Node::start_network(base_path).await;
    node.wait_for_block(10, PATIENCE).await;
    let genesis = node.hash_of(0).await;
    let (status, _) = node.program.interrupt().await;
    assert_eq!(status.code(), Some(0));

    let parts = ["paritydb", "pieces", "farm"].map(|part| base_path.join("chains/fast").join(part));
    let exist = || parts.each_ref().map(|part| part.exists());
    // The question is not answered.
    operate("purge-chain", base_path, &[]);
    assert_eq!(exist(), [true; 3]);
    operate("purge-chain", base_path, &[OsStr::new("-y")]);
    assert_eq!(exist(), [false; 3]);
    // Nothing is left to be removed, which is no failure.
    operate("purge-chain", base_path, &[OsStr::new("-y")]);

    let node = Node::start_network(base_path).await;
    assert!(node.best().await < 10);
    assert_eq!(node.hash_of(0).await, genesis);
    node.wait_for_block(1, PATIENCE).await;
}

#[test]
fn a_damaged_database_is_refused_with_the_command_that_removes_it() {
    let base_path = tempfile::tempdir().unwrap();
    let base_path = base_path.path();
    let genesis = [OsStr::new("--from"), OsStr::new("0"), OsStr::new("--to")];
    let genesis = [&genesis[..], &[OsStr::new("0")]].concat();
    operate("export-blocks", base_path, &genesis);
    let metadata = base_path.join("chains/fast/paritydb/full/metadata");
    assert!(metadata.is_file());
    fs::write(&metadata, "nothing").unwrap();
    let (code, printed) = open(base_path, &[]);
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("purge-chain"), "{printed}");

    operate("purge-chain", base_path, &[OsStr::new("-y")]);
    operate("export-blocks", base_path, &genesis);
}

#[test]
fn a_node_does_not_start_on_a_full_disk() {
    let base_path = tempfile::tempdir().unwrap();
    let (code, printed) = open(
        base_path.path(),
        &["--db-storage-threshold", "1000000000000"],
    );
    assert_eq!(code, 1, "{printed}");
    assert!(
        printed.contains("--base-path") && printed.contains("1000000000000"),
        "{printed}"
    );
}

/// Runs a node that does not start.
fn open(base_path: &Path, flags: &[&str]) -> (i32, String) {
    let path = base_path.to_str().unwrap();
    let arguments = [
        "--chain",
        "fast",
        "--base-path",
        path,
        "--port",
        "0",
        "--rpc-port",
        "0",
        "--no-prometheus",
    ];
    run("autonomys-node", arguments.iter().chain(flags))
}
