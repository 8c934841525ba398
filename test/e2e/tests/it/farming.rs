//! Archiving, farming and replotting as a user sees them.

use crate::programs::{Node, PATIENCE, Program};
use autonomys_core_primitives::Preset;
use autonomys_core_primitives::params::NetworkTag;
use jsonrpsee::core::params::ArrayParams;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn blocks_are_farmed_become_final_at_the_confirmation_depth_and_are_archived() {
    let depth = u64::from(
        Preset::Fast
            .params(NetworkTag::default())
            .confirmation_depth,
    );
    let base_path = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let node = Node::start_network(base_path.path()).await;
    node.wait_for_block(1, Duration::from_secs(30)).await;
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "the first block came {:?} after the start",
        started.elapsed()
    );

    let mut last_best = 0;
    while node.history_size().await < 2 {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "no segment beyond genesis within a minute"
        );
        let best = node.best().await;
        assert!(
            best >= last_best,
            "the best block went from {last_best} to {best}"
        );
        last_best = best;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    // Best and finalized are two calls; a block in between moves one of them.
    let mut together = false;
    for _ in 0..20 {
        let before = node.best().await;
        let finalized = node.finalized().await;
        if before == node.best().await {
            assert_eq!(finalized, before - depth);
            together = true;
            break;
        }
    }
    assert!(together, "the best block changed between any two calls");

    // Farmers get the new segment's pieces from the node.
    let headers = node.call("poas_lastSegmentHeaders", {
        let mut params = ArrayParams::new();
        params.insert(2).unwrap();
        params
    });
    assert_eq!(headers.await.as_array().map(Vec::len), Some(2));
    let pieces = u64::from(
        Preset::Fast
            .params(NetworkTag::default())
            .pieces_per_segment(),
    );
    for piece in [0, pieces - 1, pieces, 2 * pieces - 1] {
        let mut params = ArrayParams::new();
        params.insert(piece).unwrap();
        let piece_bytes = node.call("poas_piece", params).await;
        let hex = piece_bytes
            .as_str()
            .expect("archived pieces are served")
            .trim_start_matches("0x")
            .len();
        assert_eq!(
            hex / 2,
            Preset::Fast.params(NetworkTag::default()).piece_size()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_separate_farmer_farms_over_web_socket() {
    let base_path = tempfile::tempdir().unwrap();
    let node = Node::start(base_path.path(), &["--farmer", "--timekeeper"]).await;
    let farm = tempfile::tempdir().unwrap();
    let farmer = || {
        Program::start(
            "autonomys-farmer",
            [
                "farm",
                "--node-rpc-url",
                &node.url,
                "--reward-address",
                "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
                &format!("path={},size=4MiB", farm.path().display()),
            ],
        )
    };
    let first = farmer();
    node.wait_for_block(5, Duration::from_secs(60)).await;
    let (status, took) = first.interrupt().await;
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(10), "stopping took {took:?}");

    let height = node.best().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(
        node.best().await <= height + 1,
        "blocks are made although nobody farms"
    );

    // The second start farms the plot of the first.
    let second = farmer();
    node.wait_for_block(height + 5, Duration::from_secs(60))
        .await;
    let (status, _) = second.interrupt().await;
    assert_eq!(status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: five minutes, until history has five times the size that sectors were plotted at"]
async fn sectors_expire_and_are_plotted_again() {
    let base_path = tempfile::tempdir().unwrap();
    let mut node = Node::start_network(base_path.path()).await;
    let expired = node
        .program
        .line_with("again=true", Duration::from_secs(480))
        .await;
    let sector = expired
        .split_whitespace()
        .find(|field| field.starts_with("sector_index="))
        .expect("the line names the sector")
        .to_owned();
    // The farmer starts when the segment is archived with which the sector expires, some blocks before it is on chain.
    let size = node.history_size().await;
    let lifetime = Preset::Fast
        .params(NetworkTag::default())
        .min_sector_lifetime;
    assert!(
        size >= lifetime,
        "a sector of history size 1 expired at {size}, before its minimum lifetime of {lifetime}"
    );
    let started = Instant::now();
    let is_plotted_again = |log: Vec<String>| {
        log.iter().any(|line| {
            line.contains("Sector is plotted")
                && line.contains(&format!("{sector} "))
                && !line.contains("history_size=1 ")
        })
    };
    while !is_plotted_again(node.program.log()) {
        assert!(
            started.elapsed() < PATIENCE,
            "{sector} was not plotted again"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // Farming goes on through all of it.
    let best = node.best().await;
    node.wait_for_block(best + 50, PATIENCE).await;
}
