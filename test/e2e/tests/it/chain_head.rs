//! Followers of the chain head see every block become final and are never told to stop.

use crate::programs::{Node, PATIENCE};
use jsonrpsee::core::client::{Subscription, SubscriptionClientT, SubscriptionKind};
use jsonrpsee::core::params::ArrayParams;
use serde_json::Value;
use std::collections::HashSet;

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_of_the_chain_head_is_not_stopped() {
    follow(60).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: three minutes"]
async fn a_follower_of_the_chain_head_is_not_stopped_over_300_blocks() {
    follow(300).await;
}

/// Follows until `blocks` blocks became final.
async fn follow(blocks: usize) {
    let base_path = tempfile::tempdir().unwrap();
    let node = Node::start_network(base_path.path()).await;
    let mut params = ArrayParams::new();
    params.insert(true).unwrap();
    let mut subscription: Subscription<Value> = node
        .client()
        .subscribe("chainHead_v1_follow", params, "chainHead_v1_unfollow")
        .await
        .unwrap();
    let SubscriptionKind::Subscription(id) = subscription.kind() else {
        panic!("a follow is a subscription");
    };
    let id = serde_json::to_value(id).unwrap();

    let mut announced = HashSet::new();
    let mut finalized = Vec::new();
    while finalized.len() < blocks {
        let event = tokio::time::timeout(PATIENCE, subscription.next())
            .await
            .expect("blocks keep coming")
            .expect("the connection stays")
            .expect("events can be read");
        match event["event"].as_str().expect("events have a name") {
            "initialized" => announced.extend(strings(&event["finalizedBlockHashes"])),
            "newBlock" => {
                let parent = event["parentBlockHash"].as_str().unwrap();
                assert!(announced.contains(parent), "a block came before its parent");
                announced.insert(event["blockHash"].as_str().unwrap().to_owned());
            }
            "finalized" => {
                let hashes = strings(&event["finalizedBlockHashes"]);
                assert!(hashes.iter().all(|hash| announced.contains(hash)));
                let mut params = ArrayParams::new();
                params.insert(&id).unwrap();
                params
                    .insert([strings(&event["prunedBlockHashes"]), hashes.clone()].concat())
                    .unwrap();
                node.call("chainHead_v1_unpin", params).await;
                finalized.extend(hashes);
            }
            "bestBlockChanged" => {}
            other => panic!(
                "after {} final blocks came {other}: {event}",
                finalized.len()
            ),
        }
    }

    // The follower saw the chain that the node has, in order and without gaps.
    let mut last_number = None;
    for hash in &finalized {
        let mut params = ArrayParams::new();
        params.insert(hash).unwrap();
        let header = node.call("chain_getHeader", params).await;
        let number = header["number"]
            .as_str()
            .unwrap()
            .trim_start_matches("0x")
            .to_owned();
        let number = u64::from_str_radix(&number, 16).unwrap();
        assert!(last_number.is_none_or(|last| number == last + 1));
        last_number = Some(number);
    }
}

fn strings(values: &Value) -> Vec<String> {
    values
        .as_array()
        .expect("a list of hashes")
        .iter()
        .map(|value| value.as_str().expect("a hash").to_owned())
        .collect()
}
