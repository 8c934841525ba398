use super::*;
use crate::test_node::TestNode;
use std::sync::atomic::Ordering;

#[tokio::test]
async fn headers_are_got_as_a_chain() {
    let node = TestNode::new();
    let headers = SegmentHeaders::default();
    assert_eq!(headers.history_size(), None);
    assert_eq!(headers.root(SegmentIndex(0)), None);
    headers.update(&*node).await.unwrap();
    assert_eq!(headers.history_size(), HistorySize::new(1));
    node.grow_history(3);
    headers.update(&*node).await.unwrap();
    assert_eq!(headers.history_size(), HistorySize::new(4));
    let last = node.last_segment_headers(2).await.unwrap();
    assert_eq!(last.len(), 2);
    assert_eq!(headers.root(SegmentIndex(3)), Some(last[1].segment_root));
    assert_eq!(headers.root(SegmentIndex(4)), None);
    assert_eq!(headers.root(SegmentIndex(u64::MAX)), None);
}

#[tokio::test]
async fn only_the_next_header_of_the_chain_is_added() {
    let node = TestNode::new();
    node.grow_history(2);
    let all = node.last_segment_headers(3).await.unwrap();
    let headers = SegmentHeaders::default();
    assert!(!headers.push(all[1]), "a header in the middle");
    assert!(headers.push(all[0]));
    assert!(!headers.push(all[0]), "a header twice");
    let mut other = all[1];
    other.prev_segment_header_hash.0[0] ^= 1;
    assert!(!headers.push(other), "a header of another chain");
    assert!(headers.push(all[1]));
    assert!(headers.push(all[2]));
}

#[tokio::test]
async fn headers_of_another_chain_are_replaced_by_those_of_the_node() {
    let node = TestNode::new();
    node.grow_history(2);
    let headers = SegmentHeaders::default();
    let mut first = node.last_segment_headers(3).await.unwrap()[0];
    first.segment_root.0[0] ^= 1;
    assert!(headers.push(first));
    headers.update(&*node).await.unwrap();
    assert_eq!(headers.history_size(), HistorySize::new(3));
    let right = node.last_segment_headers(3).await.unwrap()[0];
    assert_eq!(headers.root(SegmentIndex(0)), Some(right.segment_root));
}

#[tokio::test]
async fn a_node_that_does_not_answer_changes_nothing() {
    let node = TestNode::new();
    let headers = SegmentHeaders::default();
    headers.update(&*node).await.unwrap();
    node.grow_history(1);
    node.failures.store(1, Ordering::Relaxed);
    assert!(matches!(
        headers.update(&*node).await,
        Err(SegmentHeadersError::Node(_))
    ));
    assert_eq!(headers.history_size(), HistorySize::new(1));
}

#[tokio::test]
async fn headers_that_come_twice_at_once_are_no_other_chain() {
    let node = TestNode::new();
    node.grow_history(2);
    let headers = SegmentHeaders::default();
    let (one, other) = futures::join!(headers.update(&*node), headers.update(&*node));
    one.unwrap();
    other.unwrap();
    assert_eq!(headers.history_size(), HistorySize::new(3));
}

#[tokio::test]
async fn headers_stay_until_those_of_the_other_chain_are_there() {
    let node = TestNode::new();
    let headers = SegmentHeaders::default();
    let mut first = node.last_segment_headers(1).await.unwrap()[0];
    first.segment_root.0[0] ^= 1;
    assert!(headers.push(first));
    node.grow_history(1);
    let (updated, ()) = futures::join!(headers.update(&*node), async {
        // The first answer shows that the chain is another one, and the second fails
        tokio::task::yield_now().await;
        node.failures.store(1, Ordering::Relaxed);
    });
    assert!(matches!(updated, Err(SegmentHeadersError::Node(_))));
    assert_eq!(headers.root(SegmentIndex(0)), Some(first.segment_root));
}
