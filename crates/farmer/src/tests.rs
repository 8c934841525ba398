//! A farmer with a node that is driven by the test.

use crate::test_node::{GENESIS_HASH, TestNode};
use crate::*;
use autonomys_core_primitives::farming::SealRequest;
use autonomys_core_primitives::{BlockHash, HistorySize, RewardAddress, SlotNumber, SolutionRange};
use autonomys_verification::verify_seal;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const REWARD_ADDRESS: RewardAddress = RewardAddress([9; 32]);

/// Longest time that anything may take.
const PATIENCE: Duration = Duration::from_secs(120);

struct Running {
    stop: oneshot::Sender<()>,
    farmer: JoinHandle<Result<(), FarmerError>>,
}

impl Running {
    fn start(node: &Arc<TestNode>, paths: &[&Path], sectors: u16) -> Self {
        let size = node.farm_size(sectors);
        let farms = paths
            .iter()
            .map(|path| FarmOptions {
                path: path.to_path_buf(),
                size,
            })
            .collect();
        let (stop, stopped) = oneshot::channel();
        let node = Arc::clone(node) as Arc<dyn NodeClient>;
        let options = FarmerOptions::new(REWARD_ADDRESS, farms);
        Self {
            stop,
            farmer: tokio::spawn(Farmer::run(node, options, async {
                let _ = stopped.await;
            })),
        }
    }

    async fn stop(self) {
        let started = Instant::now();
        self.stop.send(()).unwrap();
        self.farmer.await.unwrap().unwrap();
        assert!(started.elapsed() < Duration::from_secs(30));
    }
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Announces slots until the farmer has answered so many more.
async fn farm_slots(
    node: &TestNode,
    first: SlotNumber,
    range: SolutionRange,
    answers: usize,
) -> SlotNumber {
    let wanted = node.solutions.lock().len() + answers;
    let started = Instant::now();
    let mut slot = first;
    while node.solutions.lock().len() < wanted {
        assert!(started.elapsed() < PATIENCE, "no solutions");
        node.announce_slot(slot, range);
        slot += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    slot
}

fn histories(path: &Path) -> Vec<Option<HistorySize>> {
    let farm = Farm::open(path).unwrap();
    (0..farm.space().sectors)
        .map(|index| Some(farm.sector_metadata(index)?.history_size()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_farmer_plots_wins_seals_stops_and_goes_on_where_it_stopped() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("farm");
    let node = TestNode::new();
    let range = SolutionRange::MAX / 4;

    let farmer = Running::start(&node, &[&path], 2);
    until("the farmer listens", || node.slot_subscribers() > 0).await;
    let next_slot = farm_slots(&node, 1, range, 3).await;
    let solutions = node.solutions.lock().clone();
    for response in &solutions {
        assert_eq!(response.solution.reward_address, REWARD_ADDRESS);
        node.verify(response, range).unwrap();
    }
    let public_key = solutions[0].solution.public_key;
    let request = SealRequest {
        pre_hash: BlockHash([3; 32]),
        public_key,
    };
    // A request for another farmer is not answered
    node.request_seal(SealRequest {
        public_key: Default::default(),
        ..request
    });
    node.request_seal(request);
    until("the block is sealed", || !node.seals.lock().is_empty()).await;
    let seals = node.seals.lock().clone();
    assert_eq!(seals.len(), 1);
    assert_eq!(seals[0].pre_hash, request.pre_hash);
    verify_seal(
        &public_key,
        &GENESIS_HASH,
        &request.pre_hash,
        &seals[0].seal,
    )
    .unwrap();
    farmer.stop().await;

    let plotted = histories(&path);
    assert_eq!(plotted[0], Some(HistorySize::ONE));

    let farmer = Running::start(&node, &[&path], 2);
    until("the farmer listens again", || node.slot_subscribers() > 0).await;
    farm_slots(&node, next_slot, range, 1).await;
    let last = node.solutions.lock().last().cloned().unwrap();
    assert_eq!(last.solution.public_key, public_key);
    node.verify(&last, range).unwrap();
    farmer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sectors_that_expire_are_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("farm");
    let node = TestNode::new();
    let farmer = Running::start(&node, &[&path], 1);
    until("the sector is plotted", || {
        node.pieces_given.load(Ordering::Relaxed) > 0
    })
    .await;
    until("the farmer listens", || node.slot_subscribers() > 0).await;
    farm_slots(&node, 1, SolutionRange::MAX, 1).await;
    assert_eq!(
        node.solutions.lock().last().unwrap().solution.history_size,
        HistorySize::ONE
    );

    // Minimum lifetime 4, and at most three segments more for a sector of the first history
    node.grow_history(8);
    let started = Instant::now();
    let mut slot = 1000;
    loop {
        assert!(started.elapsed() < PATIENCE, "the sector was not replaced");
        node.announce_slot(slot, SolutionRange::MAX);
        slot += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let last = node.solutions.lock().last().cloned().unwrap();
        if last.solution.history_size > HistorySize::ONE {
            node.verify(&last, SolutionRange::MAX).unwrap();
            break;
        }
    }
    farmer.stop().await;
    assert_eq!(histories(&path), [HistorySize::new(9)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_fails_lies_and_goes_away_does_not_end_the_farmer() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("farm");
    let node = TestNode::new();
    node.failures.store(3, Ordering::Relaxed);
    node.corrupt_pieces.store(2, Ordering::Relaxed);
    let farmer = Running::start(&node, &[&path], 1);
    until("the farmer listens", || node.slot_subscribers() > 0).await;
    let slot = farm_slots(&node, 1, SolutionRange::MAX, 1).await;
    for response in node.solutions.lock().iter() {
        node.verify(response, SolutionRange::MAX).unwrap();
    }
    node.drop_subscribers();
    assert_eq!(node.slot_subscribers(), 0);
    until("the farmer listens again", || node.slot_subscribers() > 0).await;
    farm_slots(&node, slot, SolutionRange::MAX, 1).await;
    farmer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_farm_of_another_network_is_refused_with_both_genesis_hashes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("farm");
    let node = TestNode::new();
    let farmer = Running::start(&node, &[&path], 1);
    until("the farmer listens", || node.slot_subscribers() > 0).await;

    // The node is replaced while the farmer runs
    *node.genesis_hash.lock() = BlockHash([0xbb; 32]);
    node.drop_subscribers();
    let error = farmer.farmer.await.unwrap().unwrap_err();
    assert!(matches!(error, FarmerError::WrongGenesis { .. }));
    for hash in ["aa", "bb"] {
        assert!(error.to_string().contains(&hash.repeat(32)), "{error}");
    }

    // The farmer is started with the wrong node
    let farmer = Running::start(&node, &[&path], 1);
    let error = farmer.farmer.await.unwrap().unwrap_err();
    assert!(matches!(
        error,
        FarmerError::Farm(FarmError::WrongGenesis { .. })
    ));
    for hash in ["aa", "bb"] {
        assert!(error.to_string().contains(&hash.repeat(32)), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_farmer_on_the_same_farm_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("farm");
    let node = TestNode::new();
    let first = Running::start(&node, &[&path], 1);
    until("the farmer listens", || node.slot_subscribers() > 0).await;
    let second = Running::start(&node, &[&path], 1);
    assert!(matches!(
        second.farmer.await.unwrap(),
        Err(FarmerError::Farm(FarmError::Locked { .. }))
    ));
    first.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_farmer_waits_for_its_node_and_can_be_stopped_while_it_does() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("farm");
    let node = TestNode::new();
    node.failures.store(u32::MAX, Ordering::Relaxed);
    let farmer = Running::start(&node, &[&path], 1);
    tokio::time::sleep(Duration::from_millis(100)).await;
    farmer.stop().await;
    assert!(!path.exists());
    assert!(matches!(
        Farmer::run(
            node,
            FarmerOptions::new(REWARD_ADDRESS, Vec::new()),
            async {}
        )
        .await,
        Err(FarmerError::NoFarms)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn solutions_that_are_too_late_are_not_submitted() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("farm");
    let node = TestNode::new();
    node.solution_timeout_millis.store(0, Ordering::Relaxed);
    let farmer = Running::start(&node, &[&path], 1);
    until("the farmer listens", || node.slot_subscribers() > 0).await;
    until("the sector is plotted", || {
        node.pieces_given.load(Ordering::Relaxed) >= 8
    })
    .await;
    for slot in 0..20 {
        node.announce_slot(slot, SolutionRange::MAX);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    farmer.stop().await;
    assert!(node.solutions.lock().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_plotted_while_the_node_catches_up() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("farm");
    let node = TestNode::new();
    node.syncing.store(true, Ordering::Relaxed);
    let farmer = Running::start(&node, &[&path], 1);
    until("the farmer listens", || node.slot_subscribers() > 0).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    farmer.stop().await;
    assert_eq!(node.pieces_given.load(Ordering::Relaxed), 0);
    assert_eq!(histories(&path), [None]);
}
