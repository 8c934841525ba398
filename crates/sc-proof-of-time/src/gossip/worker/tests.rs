use super::*;
use crate::chain::PotAnchor;
use crate::verifier::PotVerifier;
use autonomys_core_primitives::{PotOutput, PotSeed};
use parking_lot::Mutex;
use sc_network::service::traits::{Direction, MessageSink};
use sp_consensus_poas::PotParameters;
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::sync::mpsc;

const ITERATIONS: NonZeroU32 = NonZeroU32::new(64).unwrap();

fn genesis() -> PotAnchor {
    PotAnchor::genesis(
        &[1; 32],
        &PotParameters {
            iterations: ITERATIONS,
            next_change: None,
        },
    )
}

fn source() -> PotSource {
    PotSource::new(genesis(), PotVerifier::new(), None).unwrap()
}

/// The first `count` slots.
fn proofs(count: usize) -> Vec<PotSlotInfo> {
    let source = source();
    (0..count)
        .map(|_| source.prove_next_slot().unwrap())
        .collect()
}

/// Notifications of one node, which the test carries.
#[derive(Debug)]
struct Service {
    events: mpsc::UnboundedReceiver<NotificationEvent>,
    sent: mpsc::UnboundedSender<(PeerId, Vec<u8>)>,
    protocol: ProtocolName,
}

#[async_trait::async_trait]
impl NotificationService for Service {
    async fn open_substream(&mut self, _: PeerId) -> Result<(), ()> {
        Err(())
    }

    async fn close_substream(&mut self, _: PeerId) -> Result<(), ()> {
        Err(())
    }

    fn send_sync_notification(&mut self, peer: &PeerId, notification: Vec<u8>) {
        let _ = self.sent.send((*peer, notification));
    }

    async fn send_async_notification(
        &mut self,
        peer: &PeerId,
        notification: Vec<u8>,
    ) -> Result<(), sc_network::error::Error> {
        self.send_sync_notification(peer, notification);
        Ok(())
    }

    async fn set_handshake(&mut self, _: Vec<u8>) -> Result<(), ()> {
        Err(())
    }

    fn try_set_handshake(&mut self, _: Vec<u8>) -> Result<(), ()> {
        Err(())
    }

    async fn next_event(&mut self) -> Option<NotificationEvent> {
        self.events.recv().await
    }

    fn clone(&mut self) -> Result<Box<dyn NotificationService>, ()> {
        Err(())
    }

    fn protocol(&self) -> &ProtocolName {
        &self.protocol
    }

    fn message_sink(&self, _: &PeerId) -> Option<Box<dyn MessageSink>> {
        None
    }
}

/// What gossip did to peers.
#[derive(Clone, Default)]
struct Record {
    rejections: Arc<Mutex<Vec<(PeerId, Rejection)>>>,
    peers: Arc<Mutex<HashSet<PeerId>>>,
    is_syncing: Arc<AtomicBool>,
}

impl Peers for Record {
    fn report(&self, peer: PeerId, rejection: Rejection) {
        self.rejections.lock().push((peer, rejection));
    }

    fn reputation(&self, _: &PeerId) -> i32 {
        0
    }

    fn add(&self, _: &ProtocolName, peer: PeerId) {
        self.peers.lock().insert(peer);
    }

    fn remove(&self, _: &ProtocolName, peer: PeerId) {
        self.peers.lock().remove(&peer);
    }
}

impl SyncOracle for Record {
    fn is_major_syncing(&self) -> bool {
        self.is_syncing.load(Ordering::Relaxed)
    }

    fn is_offline(&self) -> bool {
        false
    }
}

/// A node whose only connection is the test.
struct Node {
    id: PeerId,
    source: PotSource,
    events: mpsc::UnboundedSender<NotificationEvent>,
    sync: futures::channel::mpsc::UnboundedSender<SyncEvent>,
    sent: mpsc::UnboundedReceiver<(PeerId, Vec<u8>)>,
    record: Record,
    worker: JoinHandle<()>,
}

impl Node {
    fn start() -> Self {
        let source = source();
        let (events, events_receiver) = mpsc::unbounded_channel();
        let (sent_sender, sent) = mpsc::unbounded_channel();
        let (sync, sync_receiver) = futures::channel::mpsc::unbounded();
        let record = Record::default();
        let protocol = gossip_protocol_name(&[1; 32]);
        let service = Service {
            events: events_receiver,
            sent: sent_sender,
            protocol: protocol.clone(),
        };
        let worker = Worker::new(source.clone(), protocol, record.clone(), record.clone());
        Self {
            id: PeerId::random(),
            source,
            events,
            sync,
            sent,
            record,
            worker: tokio::spawn(worker.run(Box::new(service), sync_receiver)),
        }
    }

    fn connect(&self, peer: PeerId) {
        self.events
            .send(NotificationEvent::NotificationStreamOpened {
                peer,
                direction: Direction::Inbound,
                handshake: vec![],
                negotiated_fallback: None,
            })
            .unwrap();
    }

    fn receive(&self, peer: PeerId, notification: Vec<u8>) {
        self.events
            .send(NotificationEvent::NotificationReceived { peer, notification })
            .unwrap();
    }

    fn receive_proof(&self, peer: PeerId, proof: &PotSlotInfo) {
        self.receive(peer, proof.encode());
    }

    async fn sent(&mut self) -> (PeerId, PotSlotInfo) {
        let (peer, message) = tokio::time::timeout(Duration::from_secs(60), self.sent.recv())
            .await
            .unwrap()
            .unwrap();
        (peer, PotSlotInfo::decode_message(&message).unwrap())
    }

    /// Waits until the worker has handled all that it was given: a peer of the test asks for what this node has.
    async fn flush(&mut self) -> Vec<(PeerId, PotSlotInfo)> {
        let peer = PeerId::random();
        let (result_tx, result) = tokio::sync::oneshot::channel();
        self.events
            .send(NotificationEvent::ValidateInboundSubstream {
                peer,
                handshake: vec![],
                result_tx,
            })
            .unwrap();
        assert!(matches!(result.await, Ok(ValidationResult::Accept)));
        std::iter::from_fn(|| self.sent.try_recv().ok())
            .map(|(peer, message)| (peer, PotSlotInfo::decode_message(&message).unwrap()))
            .collect()
    }

    async fn rejections(&mut self, count: usize) -> Vec<(PeerId, Rejection)> {
        eventually(|| self.record.rejections.lock().len() >= count).await;
        std::mem::take(&mut *self.record.rejections.lock())
    }
}

async fn eventually(mut condition: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("did not happen within a minute");
}

/// Makes slots at `keeper` and carries messages between the two connected nodes, except those of `keeper` that `lose` says,
/// until `follower` has all slots.
async fn follow(
    keeper: &mut Node,
    follower: &mut Node,
    mut lose: impl FnMut(&PotSlotInfo) -> bool,
) {
    keeper.connect(follower.id);
    follower.connect(keeper.id);
    for _ in 0..100 {
        let last_slot = keeper.source.prove_next_slot().unwrap().slot;
        // The next slot comes when the messages of this one have been carried, however slow the machine is.
        let wanted = last_slot.min(follower.source.last_slot() + MAX_SLOTS_AHEAD);
        for _ in 0..100 {
            while let Ok((_, message)) = keeper.sent.try_recv() {
                if !lose(&PotSlotInfo::decode_message(&message).unwrap()) {
                    follower.receive(keeper.id, message);
                }
            }
            while let Ok((_, message)) = follower.sent.try_recv() {
                keeper.receive(follower.id, message);
            }
            if follower.source.last_slot() >= wanted {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        if last_slot > 8 && follower.source.last_slot() == last_slot {
            return;
        }
    }
    panic!("the follower lags after a hundred slots");
}

#[test]
fn the_protocol_is_named_after_the_genesis_block() {
    assert_eq!(
        &*gossip_protocol_name(&[0xab; 32]),
        format!("/{}/proof-of-time/1", "ab".repeat(32))
    );
}

#[tokio::test]
async fn own_slots_are_sent_to_all_peers() {
    let mut node = Node::start();
    let [one, two] = [PeerId::random(), PeerId::random()];
    node.connect(one);
    node.connect(two);
    node.flush().await;
    let proof = node.source.prove_next_slot().unwrap();
    let sent = [node.sent().await, node.sent().await];
    assert!(sent.contains(&(one, proof)) && sent.contains(&(two, proof)));

    node.events
        .send(NotificationEvent::NotificationStreamClosed { peer: one })
        .unwrap();
    node.flush().await;
    let proof = node.source.prove_next_slot().unwrap();
    assert_eq!(node.sent().await, (two, proof));
    assert_eq!(node.flush().await, []);
}

#[tokio::test]
async fn a_valid_proof_becomes_a_slot_and_is_sent_on_but_not_back() {
    let mut node = Node::start();
    let [sender, other] = [PeerId::random(), PeerId::random()];
    node.connect(sender);
    node.connect(other);
    let mut slots = node.source.subscribe();
    let proof = proofs(1)[0];
    node.receive_proof(sender, &proof);
    assert_eq!(slots.next().await, Some(proof));
    assert_eq!(node.sent().await, (other, proof));
    assert_eq!(node.flush().await, []);
    assert_eq!(node.rejections(0).await, []);
}

#[tokio::test]
async fn proofs_that_come_out_of_order_wait_for_each_other() {
    let mut node = Node::start();
    let mut slots = node.source.subscribe();
    let peer = PeerId::random();
    let proofs = proofs(5);
    for proof in proofs.iter().rev() {
        node.receive_proof(peer, proof);
    }
    for proof in &proofs {
        assert_eq!(slots.next().await, Some(*proof));
    }
    assert_eq!(node.rejections(0).await, []);
}

#[tokio::test]
async fn senders_of_bad_messages_are_reported() {
    let mut node = Node::start();
    let peer = PeerId::random();
    let proofs = proofs(12);

    node.receive(peer, vec![1; 100]);
    assert_eq!(node.rejections(1).await, [(peer, Rejection::Undecodable)]);

    let mut bad = proofs[0];
    bad.checkpoints.0[0] = PotOutput::default();
    node.receive_proof(peer, &bad);
    assert_eq!(node.rejections(1).await, [(peer, Rejection::Invalid)]);
    assert_eq!(node.source.last_slot(), 0);

    node.receive_proof(
        peer,
        &PotSlotInfo {
            seed: PotSeed::default(),
            ..proofs[0]
        },
    );
    assert_eq!(node.rejections(1).await, [(peer, Rejection::Mismatch)]);

    node.receive_proof(peer, &proofs[11]);
    assert_eq!(node.rejections(1).await, [(peer, Rejection::TooFarAhead)]);

    node.source.prove_next_slot().unwrap();
    node.receive_proof(peer, &bad);
    assert_eq!(node.rejections(1).await, [(peer, Rejection::Invalid)]);
    node.receive_proof(peer, &proofs[0]);
    node.flush().await;
    assert_eq!(node.rejections(0).await, []);
}

#[tokio::test]
async fn among_many_bad_proofs_the_valid_one_is_found_and_the_others_are_reported() {
    let mut node = Node::start();
    let mut slots = node.source.subscribe();
    let proof = proofs(2)[1];
    let honest = PeerId::random();
    // They wait for slot 2, so that all are candidates at once. All have the same reputation, and who was heard last comes
    // first, so that it takes a proof made here to decide.
    node.receive_proof(honest, &proof);
    let hostile: HashSet<_> = (1..=9)
        .map(|kind| {
            let peer = PeerId::random();
            let checkpoints = autonomys_core_primitives::PotCheckpoints([PotOutput([kind; 16]); 8]);
            node.receive_proof(
                peer,
                &PotSlotInfo {
                    checkpoints,
                    ..proof
                },
            );
            peer
        })
        .collect();
    node.flush().await;
    assert_eq!(node.rejections(0).await, []);
    node.source.prove_next_slot().unwrap();
    slots.next().await.unwrap();
    assert_eq!(slots.next().await, Some(proof));
    let rejections = node.rejections(9).await;
    assert!(
        rejections
            .iter()
            .all(|(_, rejection)| *rejection == Rejection::Invalid)
    );
    assert_eq!(
        rejections
            .into_iter()
            .map(|(peer, _)| peer)
            .collect::<HashSet<_>>(),
        hostile
    );
}

#[tokio::test]
async fn a_syncing_node_ignores_proofs_and_sends_none() {
    let mut node = Node::start();
    let peer = PeerId::random();
    node.record.is_syncing.store(true, Ordering::Relaxed);
    let proofs = proofs(3);
    node.receive_proof(peer, &proofs[0]);
    node.receive(peer, vec![]);
    node.source.prove_next_slot().unwrap();
    node.connect(peer);
    assert_eq!(node.flush().await, []);
    assert_eq!(node.rejections(0).await, []);
    assert_eq!(node.source.last_slot(), 1);

    node.record.is_syncing.store(false, Ordering::Relaxed);
    node.receive_proof(peer, &proofs[1]);
    eventually(|| node.source.last_slot() == 2).await;
}

#[tokio::test]
async fn slots_that_blocks_reveal_are_not_sent() {
    let mut node = Node::start();
    node.connect(PeerId::random());
    node.flush().await;
    let proof = proofs(1)[0];
    node.source
        .verifier()
        .remember(proof.seed, proof.iterations, proof.checkpoints);
    node.source.on_best_block(PotAnchor {
        slot: 1,
        output: proof.output(),
        ..genesis()
    });
    assert_eq!(node.source.last_slot(), 1);
    let next = node.source.prove_next_slot().unwrap();
    assert_eq!(node.sent().await.1, next, "and not slot 1");
}

#[tokio::test]
async fn the_peers_of_sync_are_the_peers_of_gossip() {
    let mut node = Node::start();
    let peer = PeerId::random();
    node.sync
        .unbounded_send(SyncEvent::PeerConnected {
            peer_id: peer,
            roles: sc_network::Roles::FULL,
        })
        .unwrap();
    eventually(|| node.record.peers.lock().contains(&peer)).await;
    node.sync
        .unbounded_send(SyncEvent::PeerDisconnected(peer))
        .unwrap();
    eventually(|| node.record.peers.lock().is_empty()).await;
    node.flush().await;
}

#[tokio::test]
async fn gossip_ends_with_the_network() {
    let node = Node::start();
    drop(node.events);
    tokio::time::timeout(Duration::from_secs(60), node.worker)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_node_that_comes_late_catches_up_without_a_block() {
    let mut keeper = Node::start();
    for _ in 0..300 {
        keeper.source.prove_next_slot().unwrap();
    }
    let mut late = Node::start();
    follow(&mut keeper, &mut late, |_| false).await;
    assert!(
        keeper
            .record
            .rejections
            .lock()
            .iter()
            .chain(late.record.rejections.lock().iter())
            .all(|(_, rejection)| *rejection == Rejection::TooFarAhead)
    );
}

#[tokio::test]
async fn a_node_that_missed_a_proof_asks_for_it_and_goes_on() {
    let mut keeper = Node::start();
    let mut follower = Node::start();
    let mut lost = false;
    follow(&mut keeper, &mut follower, |proof| {
        proof.slot == 3 && !std::mem::replace(&mut lost, true)
    })
    .await;
    assert!(lost);
}
