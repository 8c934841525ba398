//! Starting, stopping and starting again.

use crate::programs::{Node, PATIENCE, run};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_second_node_in_the_same_folder_is_refused() {
    let base_path = tempfile::tempdir().unwrap();
    let path = base_path.path().to_str().unwrap();
    let node = Node::start(base_path.path(), &[]).await;
    let (code, printed) = run(
        "autonomys-node",
        [
            "--chain",
            "fast",
            "--base-path",
            path,
            "--port",
            "0",
            "--rpc-port",
            "0",
            "--no-prometheus",
        ],
    );
    assert_eq!(code, 1, "{printed}");
    assert!(
        printed.contains(path) && printed.contains("another node"),
        "{printed}"
    );
    // The first one is not disturbed.
    assert_eq!(node.best().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boot_node_that_does_not_answer_is_named() {
    let boot_node = "/ip4/127.0.0.1/tcp/1/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
    let base_path = tempfile::tempdir().unwrap();
    let mut node = Node::start(base_path.path(), &["--bootnodes", boot_node]).await;
    let line = node
        .program
        .line_with("the boot node does not answer", PATIENCE)
        .await;
    assert!(line.contains(boot_node), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_served_and_count_each_kind_of_failure() {
    // Free at this moment, which is as much as can be known of a port
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    let base_path = tempfile::tempdir().unwrap();
    let _node = Node::start_with_metrics(base_path.path(), port).await;
    let started = Instant::now();
    let mut connection = loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(connection) => break connection,
            Err(error) => assert!(started.elapsed() < PATIENCE, "port {port}: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    connection
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut metrics = String::new();
    connection.read_to_string(&mut metrics).unwrap();
    let value = |name: &str, label: &str| {
        metrics
            .lines()
            .find(|line| line.starts_with(name) && line.contains(label))
            .and_then(|line| line.rsplit(' ').next())
            .unwrap_or_else(|| panic!("no {name} with {label} in {metrics}"))
    };
    for (name, reason) in [
        ("poas_blocks_rejected_total{", "reason=\"seal\""),
        ("poas_import_faults_total{", "reason=\"database\""),
        ("poas_authoring_failures_total{", "reason=\"seal_missing\""),
        ("poas_solutions_refused_total{", "reason=\"slot_not_open\""),
        ("poas_seals_refused_total{", "reason=\"invalid\""),
        ("pot_rejected_total{", "reason=\"invalid\""),
    ] {
        assert_eq!(value(name, reason), "0");
    }
    assert_eq!(value("poas_archived_segments{", ""), "1");
}
