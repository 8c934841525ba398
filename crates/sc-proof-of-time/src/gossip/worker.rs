//! Connects rules, queue and source with the network.

use autonomys_core_primitives::pot::PotSlotInput;
use autonomys_runtime_primitives::Hash;
use autonomys_runtime_primitives::opaque::Block;
use codec::Encode;
use futures::{Stream, StreamExt};
use sc_network::config::{NonReservedPeerMode, SetConfig};
use sc_network::multiaddr::{Multiaddr, Protocol};
use sc_network::peer_store::PeerStoreProvider;
use sc_network::service::traits::{NotificationEvent, ValidationResult};
use sc_network::{
    NetworkBackend, NetworkPeers, NotificationMetrics, NotificationService, PeerId, ProtocolName,
};
use sc_network_sync::{SyncEvent, SyncEventStream};
use sp_consensus::SyncOracle;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;
use tracing::{debug, trace, warn};

use super::queue::{Checked, GossipQueue};
use super::rules::{Judgement, MAX_SLOTS_AHEAD, Rejection};
use crate::message::PotSlotInfo;
use crate::source::{NewSlot, PotSource, SlotOrigin};
use crate::verifier::prove_while;

#[cfg(test)]
mod tests;

/// Most proofs that are sent at once to a peer that lags: as many as it takes.
const MAX_ANSWER: usize = MAX_SLOTS_AHEAD as usize;

/// How many slots a peer may be behind without being told what it lacks.
const TOLERATED_LAG: u64 = 1;

/// Name of the notification protocol: `/<genesis hash in hex>/proof-of-time/1`.
pub fn gossip_protocol_name(genesis_hash: &[u8; 32]) -> ProtocolName {
    format!("/{}/proof-of-time/1", hex::encode(genesis_hash)).into()
}

/// The protocol, to be added to the network's configuration before it starts, and its events, for [`run_gossip`]. The
/// protocol has no peers of its own: they are those that blocks are synced with.
pub fn gossip_peers_set_config<Network: NetworkBackend<Block, Hash>>(
    genesis_hash: &[u8; 32],
    metrics: NotificationMetrics,
    peer_store: Arc<dyn PeerStoreProvider>,
) -> (
    Network::NotificationProtocolConfig,
    Box<dyn NotificationService>,
) {
    Network::notification_config(
        gossip_protocol_name(genesis_hash),
        Vec::new(),
        PotSlotInfo::ENCODED_SIZE as u64,
        None,
        SetConfig {
            in_peers: 0,
            out_peers: 0,
            reserved_nodes: Vec::new(),
            non_reserved_mode: NonReservedPeerMode::Deny,
        },
        metrics,
        peer_store,
    )
}

/// Gossips proofs of time until the network is gone.
///
/// Proofs of peers are ignored, and none are sent, while `oracle` says that the node syncs. Verification runs on tokio's
/// blocking threads, one slot at a time.
pub async fn run_gossip<Network, Sync, Oracle>(
    source: PotSource,
    service: Box<dyn NotificationService>,
    network: Network,
    sync: Sync,
    oracle: Oracle,
) where
    Network: NetworkPeers,
    Sync: SyncEventStream,
    Oracle: SyncOracle,
{
    let events = sync.event_stream("proof-of-time");
    Worker::new(source, service.protocol().clone(), network, oracle)
        .run(service, events)
        .await;
}

/// What gossip does to peers.
trait Peers {
    fn report(&self, peer: PeerId, rejection: Rejection);
    fn reputation(&self, peer: &PeerId) -> i32;
    fn add(&self, protocol: &ProtocolName, peer: PeerId);
    fn remove(&self, protocol: &ProtocolName, peer: PeerId);
}

impl<Network: NetworkPeers> Peers for Network {
    fn report(&self, peer: PeerId, rejection: Rejection) {
        self.report_peer(peer, rejection.reputation_change());
    }

    fn reputation(&self, peer: &PeerId) -> i32 {
        self.peer_reputation(peer)
    }

    fn add(&self, protocol: &ProtocolName, peer: PeerId) {
        let address = Multiaddr::empty().with(Protocol::P2p(peer.into()));
        if let Err(error) =
            self.add_peers_to_reserved_set(protocol.clone(), HashSet::from([address]))
        {
            warn!(
                target: "proof-of-time::gossip",
                %peer, error, "The network does not take a peer for proofs of time; none come from it"
            );
        }
    }

    fn remove(&self, protocol: &ProtocolName, peer: PeerId) {
        if let Err(error) = self.remove_peers_from_reserved_set(protocol.clone(), vec![peer]) {
            warn!(
                target: "proof-of-time::gossip",
                %peer, error, "The network does not let go of a peer for proofs of time"
            );
        }
    }
}

struct Worker<Network, Oracle> {
    source: PotSource,
    slots: broadcast::Receiver<NewSlot>,
    protocol: ProtocolName,
    network: Network,
    oracle: Oracle,
    queue: GossipQueue,
    connected: HashSet<PeerId>,
    /// Verification that runs.
    check: Option<JoinHandle<Checked>>,
    /// Peers that the proof came from which was verified last.
    senders: Option<(PotSlotInfo, Vec<PeerId>)>,
    /// Ends verification when the worker is dropped.
    cancelled: Arc<AtomicBool>,
}

impl<Network, Oracle> Drop for Worker<Network, Oracle> {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Release);
    }
}

/// What there is to do next.
enum Step {
    Network(Option<NotificationEvent>),
    Sync(Option<SyncEvent>),
    Slot(Result<NewSlot, RecvError>),
    Checked(Option<Checked>),
}

impl<Network: Peers, Oracle: SyncOracle> Worker<Network, Oracle> {
    fn new(source: PotSource, protocol: ProtocolName, network: Network, oracle: Oracle) -> Self {
        Self {
            slots: source.subscribe_with_origin(),
            source,
            protocol,
            network,
            oracle,
            queue: GossipQueue::new(),
            connected: HashSet::new(),
            check: None,
            senders: None,
            cancelled: Arc::default(),
        }
    }

    async fn run(
        mut self,
        mut service: Box<dyn NotificationService>,
        mut sync: impl Stream<Item = SyncEvent> + Unpin,
    ) {
        loop {
            let check = async {
                match &mut self.check {
                    Some(check) => check.await.ok(),
                    None => std::future::pending().await,
                }
            };
            let step = tokio::select! {
                event = service.next_event() => Step::Network(event),
                event = sync.next() => Step::Sync(event),
                slot = self.slots.recv() => Step::Slot(slot),
                checked = check => Step::Checked(checked),
            };
            match step {
                Step::Network(Some(event)) => self.on_network_event(event, &mut *service),
                Step::Sync(Some(SyncEvent::PeerConnected { peer_id, .. })) => {
                    self.network.add(&self.protocol, peer_id);
                }
                Step::Sync(Some(SyncEvent::PeerDisconnected(peer))) => {
                    self.network.remove(&self.protocol, peer);
                }
                Step::Slot(Ok(slot)) => self.on_slot(&slot, &mut *service),
                // Slots went by too fast to be sent one by one; peers that lack one say so.
                Step::Slot(Err(RecvError::Lagged(_))) => {}
                Step::Checked(checked) => {
                    self.check = None;
                    if let Some(checked) = checked {
                        self.on_checked(checked);
                    }
                }
                Step::Network(None) | Step::Sync(None) | Step::Slot(Err(RecvError::Closed)) => {
                    debug!(target: "proof-of-time::gossip", "The network is gone, gossip ends");
                    return;
                }
            }
            self.plan();
        }
    }

    fn on_network_event(
        &mut self,
        event: NotificationEvent,
        service: &mut dyn NotificationService,
    ) {
        match event {
            NotificationEvent::ValidateInboundSubstream { result_tx, .. } => {
                let _ = result_tx.send(ValidationResult::Accept);
            }
            NotificationEvent::NotificationStreamOpened { peer, .. } => {
                self.connected.insert(peer);
                self.send(self.source.slots_after(None, MAX_ANSWER), &peer, service);
            }
            NotificationEvent::NotificationStreamClosed { peer } => {
                self.connected.remove(&peer);
            }
            NotificationEvent::NotificationReceived { peer, notification } => {
                if !self.oracle.is_major_syncing() {
                    self.on_message(peer, &notification, service);
                }
            }
        }
    }

    fn on_message(&mut self, peer: PeerId, message: &[u8], service: &mut dyn NotificationService) {
        let proof = match PotSlotInfo::decode_message(message) {
            Ok(proof) => proof,
            Err(error) => {
                debug!(target: "proof-of-time::gossip", %peer, %error, "Undecodable message");
                return self.reject(peer, Rejection::Undecodable);
            }
        };
        let judgement = self.source.judge(&proof);
        trace!(target: "proof-of-time::gossip", %peer, slot = proof.slot, ?judgement, "Proof of time");
        match judgement {
            Judgement::Next | Judgement::Ahead => {
                if let Err(rejection) = self.queue.add(peer, proof) {
                    return self.reject(peer, rejection);
                }
            }
            Judgement::Known => {
                let last_slot = self.source.last_slot();
                if last_slot.saturating_sub(proof.slot) > TOLERATED_LAG
                    && self.queue.may_answer(peer, last_slot)
                {
                    let proofs = self.source.slots_after(Some(proof.slot), MAX_ANSWER);
                    self.send(proofs, &peer, service);
                }
            }
            Judgement::Rejected(rejection) => self.reject(peer, rejection),
        }
        let is_ahead = matches!(
            judgement,
            Judgement::Ahead | Judgement::Rejected(Rejection::TooFarAhead)
        );
        if is_ahead && self.check.is_none() {
            // Nothing is on its way from here to there: the peer learns where this node stands.
            self.send(self.source.last_proof(), &peer, service);
        }
    }

    fn on_slot(&mut self, slot: &NewSlot, service: &mut dyn NotificationService) {
        let settled = self.queue.settle(&slot.info);
        for (peer, rejection) in settled.rejected {
            self.reject(peer, rejection);
        }
        // Blocks bring what they reveal to everyone.
        if slot.origin == SlotOrigin::BlockImport || self.oracle.is_major_syncing() {
            return;
        }
        let mut have_it: HashSet<_> = settled.senders.into_iter().collect();
        if let Some((info, senders)) = &self.senders
            && *info == slot.info
        {
            have_it.extend(senders);
        }
        let message = slot.info.encode();
        for peer in self.connected.difference(&have_it) {
            service.send_sync_notification(peer, message.clone());
        }
    }

    /// Starts verification of what waits for the next slot, if there is anything and none runs.
    fn plan(&mut self) {
        if self.check.is_some() {
            return;
        }
        let (Some(next), generation) = self.source.next_with_generation() else {
            return;
        };
        let (check, rejected) = self.queue.plan(&next, |peer| self.network.reputation(peer));
        for (peer, rejection) in rejected {
            self.reject(peer, rejection);
        }
        let Some(check) = check else { return };
        let source = self.source.clone();
        let cancelled = Arc::clone(&self.cancelled);
        self.check = Some(tokio::task::spawn_blocking(move || {
            let is_wanted =
                || source.generation() == generation && !cancelled.load(Ordering::Acquire);
            let verifier = source.verifier();
            // Whoever else made or verified the proof meanwhile answers for all that is left to do.
            let known = |input: &PotSlotInput| verifier.get(input.seed, input.iterations);
            check.run(
                |input, checkpoints| match known(input) {
                    Some(valid) => Some(valid == *checkpoints),
                    None => is_wanted()
                        .then(|| verifier.verify(input.seed, input.iterations, checkpoints)),
                },
                |input| {
                    known(input).or_else(|| {
                        let checkpoints =
                            prove_while(input.seed, input.iterations, is_wanted).ok()??;
                        verifier.remember(input.seed, input.iterations, checkpoints);
                        Some(checkpoints)
                    })
                },
            )
        }));
    }

    fn on_checked(&mut self, checked: Checked) {
        for peer in checked.invalid {
            self.reject(peer, Rejection::Invalid);
        }
        if let Some(checkpoints) = checked.valid {
            self.senders = Some((
                PotSlotInfo::new(checked.input, checkpoints),
                checked.senders,
            ));
            // If the slot is known meanwhile, nothing is lost.
            self.source
                .extend(&checked.input, checkpoints, SlotOrigin::Gossip);
        }
    }

    fn send(
        &self,
        proofs: impl IntoIterator<Item = PotSlotInfo>,
        peer: &PeerId,
        service: &mut dyn NotificationService,
    ) {
        if self.oracle.is_major_syncing() {
            return;
        }
        for proof in proofs {
            service.send_sync_notification(peer, proof.encode());
        }
    }

    fn reject(&self, peer: PeerId, rejection: Rejection) {
        debug!(
            target: "proof-of-time::gossip",
            %peer, reason = rejection.name(), "Proof of time of a peer is not taken"
        );
        self.source.metrics().rejected(rejection);
        self.network.report(peer, rejection);
    }
}
