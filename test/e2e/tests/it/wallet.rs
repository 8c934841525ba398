//! A wallet's life with the chain: polkadot.js.

use crate::programs::Node;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_signed_in_polkadot_js_is_finalized() {
    let base_path = tempfile::tempdir().unwrap();
    let node = Node::start_network(base_path.path()).await;
    let seen = polkadot_js("transfer.mjs", &[&node.url]).await;

    assert_eq!(seen["tokenSymbol"], "ATC");
    assert_eq!(seen["tokenDecimals"], 18);
    assert_eq!(seen["ss58Format"], 6094);
    assert_eq!(seen["metadata14"], 14);
    assert_eq!(seen["metadata15"], 15);
    assert_eq!(seen["metadataVersions"], json!([14, 15, 16]));
    for pallet in [
        "System",
        "Timestamp",
        "Poas",
        "Rewards",
        "Balances",
        "TransactionFees",
        "TransactionPayment",
    ] {
        let pallets = seen["pallets"].as_array().unwrap();
        assert!(
            pallets.contains(&pallet.into()),
            "{pallet} is not in {pallets:?}"
        );
    }
    assert_eq!(seen["received"], seen["amount"]);
    let events = seen["events"].as_array().unwrap();
    assert!(
        events.contains(&"system.ExtrinsicSuccess".into()),
        "{events:?}"
    );
    let statuses = seen["statuses"].as_array().unwrap();
    assert!(statuses.contains(&"InBlock".into()), "{statuses:?}");

    // What the wallet was told is what the chain says.
    let number = seen["finalizedNumber"].as_u64().unwrap();
    assert_eq!(node.hash_of(number).await, seen["finalizedHash"]);
    assert!(node.finalized().await >= number);
}

/// Runs a script of the npm project; what it prints on its last line.
async fn polkadot_js(script: &str, arguments: &[&str]) -> Value {
    let project = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("polkadot-js");
    if !project.join("node_modules/@polkadot/api").is_dir() {
        let installed = Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
            .current_dir(&project)
            .stdin(Stdio::null())
            .output()
            .await
            .expect("npm is installed; scripts/setup.sh does it");
        assert!(
            installed.status.success(),
            "npm ci failed: {}",
            String::from_utf8_lossy(&installed.stderr)
        );
    }
    let ran = Command::new("node")
        .arg(script)
        .args(arguments)
        .current_dir(&project)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(120), ran)
        .await
        .expect("the script ends")
        .expect("node is installed; scripts/setup.sh does it");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{script} failed: {printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let line = printed
        .lines()
        .last()
        .expect("the script prints what it saw");
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{script} printed {printed}: {error}"))
}
