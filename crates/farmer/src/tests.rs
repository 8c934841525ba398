//! A farmer with a node that is driven by the test.

use crate::pieces::{NoPiece, PieceSource};
use crate::plotting::next_in_farms;
use crate::segment_headers::SegmentHeaders;
use crate::shutdown::shutdown;
use crate::test_node::{GENESIS_HASH, TestNode};
use crate::*;
use autonomys_core_primitives::farming::SealRequest;
use autonomys_core_primitives::{
    BlockHash, HistorySize, PieceIndex, RewardAddress, SlotNumber, SolutionRange,
};
use autonomys_farmer_components::SectorLayout;
use autonomys_verification::verify_seal;
use std::fs;
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
        self.stop.send(()).unwrap();
        let stopped = tokio::time::timeout(Duration::from_secs(30), self.farmer).await;
        stopped.expect("the farmer does not stop").unwrap().unwrap();
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
    let mut slots: Vec<_> = solutions.iter().map(|response| response.slot).collect();
    slots.sort_unstable();
    slots.dedup();
    assert_eq!(slots.len(), solutions.len(), "two solutions for one slot");
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

fn change(file: &Path, offsets: impl Iterator<Item = u64>) {
    let mut bytes = fs::read(file).unwrap();
    for offset in offsets {
        bytes[offset as usize] ^= 1;
    }
    fs::write(file, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupt_sector_is_never_trusted_and_plotted_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("farm");
    let node = TestNode::new();
    let layout = SectorLayout::new(node.params.clone()).unwrap();
    // One byte of each chunk, of the contents map, and of the metadata. The end of the sector, which is all that is read of
    // it at the start, stays
    let chunks = layout.chunks_offset()..layout.record_metadata_offset(0);
    let corruptions: [(&str, Vec<u64>); 4] = [
        ("plot.bin", Vec::new()),
        ("plot.bin", chunks.step_by(32).collect()),
        ("plot.bin", vec![0]),
        ("metadata.bin", vec![100]),
    ];
    let mut slot = 1;
    for (index, (file, offsets)) in corruptions.into_iter().enumerate() {
        if index > 0 {
            change(&path.join(file), offsets.into_iter());
        }
        node.solutions.lock().clear();
        let given = node.pieces_given.load(Ordering::Relaxed);
        let farmer = Running::start(&node, &[&path], 1);
        until("the farmer listens", || node.slot_subscribers() > 0).await;
        slot = farm_slots(&node, slot, SolutionRange::MAX, 1).await;
        farmer.stop().await;
        for response in node.solutions.lock().iter() {
            node.verify(response, SolutionRange::MAX).unwrap();
        }
        assert!(
            node.pieces_given.load(Ordering::Relaxed) >= given + 8,
            "{file} was changed, and the sector not plotted again"
        );
        let farm = Farm::open(&path).unwrap();
        farm.sector(0).unwrap().scrub().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_farmer_stops_while_nothing_that_wins_can_be_proven() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("farm");
    let node = TestNode::new();
    let farmer = Running::start(&node, &[&path], 2);
    until("the farmer listens", || node.slot_subscribers() > 0).await;
    let slot = farm_slots(&node, 1, SolutionRange::MAX, 1).await;
    until("the sectors are plotted", || {
        node.pieces_given.load(Ordering::Relaxed) >= 2 * 8
    })
    .await;
    farmer.stop().await;
    let layout = SectorLayout::new(node.params.clone()).unwrap();
    let space = Space::new(&layout, node.farm_size(2));
    let chunks = (0..2).flat_map(|sector_index| {
        let sector = space.sector_offset(sector_index);
        let chunks = layout.chunks_offset()..layout.record_metadata_offset(0);
        chunks.step_by(32).map(move |chunk| sector + chunk)
    });
    change(&path.join("plot.bin"), chunks);
    // So that nothing is plotted again
    node.syncing.store(true, Ordering::Relaxed);
    node.solutions.lock().clear();
    let farmer = Running::start(&node, &[&path], 2);
    until("the farmer listens", || node.slot_subscribers() > 0).await;
    for slot in slot..slot + 20 {
        node.announce_slot(slot, SolutionRange::MAX);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    farmer.stop().await;
    assert!(node.solutions.lock().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_hangs_does_not_keep_the_farmer_from_stopping() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("farm");
    let node = TestNode::new();
    let farmer = Running::start(&node, &[&path], 1);
    until("the farmer listens", || node.slot_subscribers() > 0).await;
    let slot = farm_slots(&node, 1, SolutionRange::MAX, 1).await;
    node.hanging.store(true, Ordering::Relaxed);
    // The farmer has solutions to submit, and asks what there is to plot
    node.grow_history(1);
    for slot in slot..slot + 20 {
        node.announce_slot(slot, SolutionRange::MAX);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    farmer.stop().await;
}

/// A machine that was paused finds everything at once that happened meanwhile: more slots than a subscription keeps, all of
/// them over. What time it is, nobody asks: slots are numbers, and waits are those of a clock that cannot be set.
#[tokio::test(flavor = "multi_thread")]
async fn farming_resumes_after_a_pause_and_a_jump_of_slots() {
    const LATER: SlotNumber = 1 << 40;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("farm");
    let node = TestNode::new();
    let farmer = Running::start(&node, &[&path], 1);
    until("the farmer listens", || node.slot_subscribers() > 0).await;
    farm_slots(&node, 1, SolutionRange::MAX, 1).await;

    for slot in 1000..5000 {
        node.announce_slot(slot, 1);
    }
    for slot in [SlotNumber::MAX, 0, 7] {
        node.announce_slot(slot, SolutionRange::MAX);
    }
    let mut slot = LATER;
    let started = Instant::now();
    let is_later = |slot: SlotNumber| (LATER..SlotNumber::MAX).contains(&slot);
    while !node
        .solutions
        .lock()
        .iter()
        .any(|response| is_later(response.slot))
    {
        assert!(started.elapsed() < PATIENCE, "farming did not resume");
        node.announce_slot(slot, SolutionRange::MAX);
        slot += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    farmer.stop().await;
    for response in node.solutions.lock().iter() {
        node.verify(response, SolutionRange::MAX).unwrap();
    }
}

#[tokio::test]
async fn cached_pieces_are_verified_and_asked_for_again_if_they_are_not_of_this_history() {
    let directory = tempfile::tempdir().unwrap();
    let node = TestNode::new();
    let farms = ["a", "b"].map(|name| {
        let options = FarmOptions {
            path: directory.path().join(name),
            size: node.farm_size(60),
        };
        Arc::new(Farm::open_or_create(&options, &node.info()).unwrap())
    });
    let segment_headers = Arc::new(SegmentHeaders::default());
    segment_headers.update(&*node).await.unwrap();
    let (_switch, shutdown) = shutdown();
    let source = PieceSource::new(
        node.params.clone(),
        Arc::clone(&node) as Arc<dyn NodeClient>,
        segment_headers,
        farms.to_vec(),
        shutdown,
    );
    let given = || node.pieces_given.load(Ordering::Relaxed);
    let index = PieceIndex(3);
    let right = node.piece(index).await.unwrap().unwrap();
    let [a, b] = &farms;

    // This farmer wrote it, so it has its checksum
    let mut wrong = right.clone();
    wrong[100] ^= 1;
    a.piece_cache().insert(index, &wrong).unwrap();
    assert!(a.piece_cache().get(index) == Some(wrong));
    let before = given();
    assert!(source.piece(b, index).await.unwrap() == right);
    assert_eq!((a.piece_cache().len(), b.piece_cache().len()), (0, 1));
    assert_eq!(given(), before + 1);

    // From the cache of either farm
    assert!(source.piece(a, index).await.unwrap() == right);
    assert_eq!(given(), before + 1);

    // Changed on disk
    change(&b.path().join("piece_cache.bin"), [1000].into_iter());
    assert!(source.piece(a, index).await.unwrap() == right);
    assert_eq!(given(), before + 2);
    assert_eq!((a.piece_cache().len(), b.piece_cache().len()), (1, 0));

    // What cannot be verified is not taken
    assert!(matches!(
        source.piece(a, PieceIndex(16)).await,
        Err(NoPiece::UnknownSegment(_))
    ));
}

#[test]
fn after_a_failure_another_farm_comes_first() {
    let directory = tempfile::tempdir().unwrap();
    let node = TestNode::new();
    let farms = ["a", "b"].map(|name| {
        let options = FarmOptions {
            path: directory.path().join(name),
            size: node.farm_size(1),
        };
        Arc::new(Farm::open_or_create(&options, &node.info()).unwrap())
    });
    for (failures, expected) in [(0, 0), (1, 1), (2, 0), (u32::MAX, 1)] {
        let (farm, sector_index) = next_in_farms(&farms, failures, HistorySize::ONE).unwrap();
        assert_eq!((farm.path(), sector_index), (farms[expected].path(), 0));
    }
    assert!(next_in_farms(&[], 3, HistorySize::ONE).is_none());
}
