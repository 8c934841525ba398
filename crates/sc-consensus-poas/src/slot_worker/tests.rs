use super::*;
use crate::test_chain::{TestChain, farm, link, losing_solution};
use autonomys_core_primitives::farming::SolutionResponse;
use sc_proof_of_time::PotSource;
use sp_consensus::SyncOracle;
use std::sync::atomic::{AtomicBool, Ordering};
use substrate_prometheus_endpoint::Registry;
use tokio::sync::broadcast::error::TryRecvError;

/// What stock sync says.
#[derive(Clone, Default)]
struct Network {
    is_syncing: Arc<AtomicBool>,
    is_offline: Arc<AtomicBool>,
}

impl SyncOracle for Network {
    fn is_major_syncing(&self) -> bool {
        self.is_syncing.load(Ordering::Relaxed)
    }

    fn is_offline(&self) -> bool {
        self.is_offline.load(Ordering::Relaxed)
    }
}

/// A notifier whose slots the test makes, and whose author the test is.
struct Worker {
    notifier: SlotNotifier<TestChain>,
    claims: mpsc::Receiver<Claim>,
    source: PotSource,
    link: PoasLink,
    network: Network,
    registry: Registry,
}

impl Worker {
    fn new(chain: TestChain, force_authoring: bool) -> Self {
        let chain = Arc::new(chain);
        let link = link(&chain);
        let genesis = Parent::genesis(link.params(), &link.genesis_hash());
        let source = PotSource::new(genesis.anchor, PotVerifier::new(), None).unwrap();
        let network = Network::default();
        let registry = Registry::new();
        let (sender, claims) = mpsc::channel(CLAIM_BACKLOG);
        let notifier = SlotNotifier {
            slots: source.subscribe(),
            link: link.clone(),
            parents: Arc::new(Parents::new(chain, &link)),
            sync_status: SyncStatus::new(Arc::new(network.clone()), link.clone()),
            config: SlotWorkerConfig { force_authoring },
            metrics: Metrics::new(Some(&registry)).unwrap(),
            claims: sender,
            pause: None,
        };
        Self {
            notifier,
            claims,
            source,
            link,
            network,
            registry,
        }
    }

    /// Makes the next slot.
    fn next_slot(&mut self) -> SlotNumber {
        let info = self.source.prove_next_slot().unwrap();
        self.notifier.on_slot(&info);
        info.slot
    }

    /// Submits a solution that wins. Every other one does.
    fn submit_solution(&self, slot: SlotNumber) {
        let is_taken = |sector_index| {
            let solution = Solution {
                sector_index,
                ..losing_solution()
            };
            let response = SolutionResponse { slot, solution };
            self.link.submit_solution(response).is_ok()
        };
        assert!((0..100).any(is_taken), "slot {slot} is not open");
    }

    fn is_open(&self, slot: SlotNumber) -> bool {
        let response = SolutionResponse {
            slot,
            solution: losing_solution(),
        };
        !matches!(
            self.link.submit_solution(response),
            Err(crate::SubmitSolutionError::SlotNotOpen { .. })
        )
    }

    fn failures(&self, failure: AuthoringFailure) -> u64 {
        let family = self
            .registry
            .gather()
            .into_iter()
            .find(|family| family.get_name() == "poas_authoring_failures_total")
            .unwrap();
        let metric = family
            .get_metric()
            .iter()
            .find(|metric| metric.get_label()[0].get_value() == failure.reason())
            .unwrap();
        metric.get_counter().get_value() as u64
    }
}

#[test]
fn without_a_peer_farmers_are_told_of_slots_only_where_a_node_may_author_alone() {
    for force_authoring in [false, true] {
        let mut worker = Worker::new(TestChain::new(), force_authoring);
        let mut slots = worker.link.subscribe_slots();
        worker.network.is_offline.store(true, Ordering::Relaxed);
        let slot = worker.next_slot();
        assert_eq!(worker.is_open(slot), force_authoring);
        assert_eq!(slots.try_recv().is_ok(), force_authoring);

        worker.network.is_offline.store(false, Ordering::Relaxed);
        let slot = worker.next_slot();
        assert!(worker.is_open(slot));
        assert_eq!(slots.try_recv().map(|info| info.slot), Ok(slot));
    }
}

#[test]
fn a_node_that_catches_up_drops_what_farmers_found_and_tells_them_of_nothing() {
    let mut worker = Worker::new(TestChain::new(), true);
    let slot = worker.next_slot();
    worker.submit_solution(slot);
    let mut slots = worker.link.subscribe_slots();
    worker.network.is_syncing.store(true, Ordering::Relaxed);
    for _ in 0..5 {
        let skipped = worker.next_slot();
        assert!(!worker.is_open(slot) && !worker.is_open(skipped));
    }
    assert_eq!(slots.try_recv(), Err(TryRecvError::Empty));
    assert!(worker.claims.try_recv().is_err());

    worker.network.is_syncing.store(false, Ordering::Relaxed);
    let slot = worker.next_slot();
    assert_eq!(slots.try_recv().map(|info| info.slot), Ok(slot));
}

#[test]
fn solutions_go_to_the_author_when_the_authoring_delay_is_over() {
    let mut worker = Worker::new(TestChain::new(), false);
    let delay = worker.link.params().authoring_delay;
    let slot = worker.next_slot();
    worker.submit_solution(slot);
    for _ in 1..delay {
        worker.next_slot();
        assert!(worker.claims.try_recv().is_err());
        assert!(worker.is_open(slot));
    }
    worker.next_slot();
    let claim = worker.claims.try_recv().unwrap();
    assert_eq!(claim.slot, slot);
    assert!(!claim.solutions.is_empty());
    assert!(!worker.is_open(slot));
    assert!(worker.claims.try_recv().is_err());
}

#[test]
fn solutions_that_an_author_who_is_too_slow_cannot_take_are_counted() {
    let mut worker = Worker::new(TestChain::new(), false);
    let delay = usize::try_from(worker.link.params().authoring_delay).unwrap();
    for _ in 0..CLAIM_BACKLOG + delay + 3 {
        let slot = worker.next_slot();
        worker.submit_solution(slot);
    }
    assert_eq!(worker.failures(AuthoringFailure::Overload), 3);
    let claims = std::iter::from_fn(|| worker.claims.try_recv().ok());
    assert_eq!(claims.count(), CLAIM_BACKLOG);
}

#[test]
fn slots_that_the_best_block_has_taken_or_skipped_are_over() {
    let chain = TestChain::new();
    let link = link(&chain);
    let genesis = Parent::genesis(link.params(), &link.genesis_hash());
    let genesis_hash = chain.info().genesis_hash;
    chain.push(farm(
        &link,
        &genesis,
        genesis_hash,
        5,
        losing_solution(),
        vec![],
    ));
    let mut worker = Worker::new(chain, false);
    for slot in 1..10 {
        assert_eq!(worker.next_slot(), slot);
        assert_eq!(worker.is_open(slot), slot > 5, "slot {slot}");
    }
}

/// Slots are counted and not timed, so that it does not matter for how long a machine was paused or where its clock jumped.
#[test]
fn after_any_number_of_slots_without_a_farmer_the_next_one_is_open() {
    let mut worker = Worker::new(TestChain::new(), false);
    for _ in 0..1000 {
        worker.next_slot();
    }
    let slot = worker.next_slot();
    worker.submit_solution(slot);
    let delay = worker.link.params().authoring_delay;
    for _ in 0..delay {
        worker.next_slot();
    }
    assert_eq!(worker.claims.try_recv().unwrap().slot, slot);
}
