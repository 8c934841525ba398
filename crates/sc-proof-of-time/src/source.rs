//! The one place where slots become known, whoever brings them.

use autonomys_core_primitives::pot::PotSlotInput;
use autonomys_core_primitives::{PotCheckpoints, SlotNumber};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use substrate_prometheus_endpoint::{PrometheusError, Registry};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tracing::{debug, info};

use crate::chain::{PotAnchor, PotChain, Reanchored};
use crate::gossip::{Judgement, Position, Rejection, judge};
use crate::message::PotSlotInfo;
use crate::metrics::Metrics;
use crate::verifier::{PotVerifier, prove_while};

#[cfg(test)]
mod tests;

/// Slots that wait for a consumer of the stream. One that lags further behind misses the oldest.
const STREAM_CAPACITY: usize = 128;

/// How a slot became known first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotOrigin {
    /// Proved by the timekeeper of this node, or handed in by a test.
    Local,
    /// Sent by a peer.
    Gossip,
    /// Revealed by a block.
    BlockImport,
}

impl SlotOrigin {
    pub(crate) const ALL: [Self; 3] = [Self::Local, Self::Gossip, Self::BlockImport];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Gossip => "gossip",
            Self::BlockImport => "block_import",
        }
    }
}

/// A slot that became known, as gossip sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewSlot {
    pub(crate) info: PotSlotInfo,
    pub(crate) origin: SlotOrigin,
}

/// Why a proof that was handed in is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushProofError {
    /// Gossip would not take it either.
    #[error("the proof of time of slot {slot} is not taken ({reason}): last known slot {last_slot}", reason = .rejection.name())]
    Rejected {
        /// Its slot.
        slot: SlotNumber,
        /// The last known slot.
        last_slot: SlotNumber,
        /// Why.
        rejection: Rejection,
    },
    /// Slots in between are missing. (In gossip it would wait for them.)
    #[error(
        "the proof of time of slot {slot} is too early, the last known slot is {last_slot}; hand in those between first"
    )]
    NotNext {
        /// Its slot.
        slot: SlotNumber,
        /// The last known slot.
        last_slot: SlotNumber,
    },
    /// There are no slots any more.
    #[error("slot {0} is the last possible one; proof of time ends there")]
    NoMoreSlots(SlotNumber),
    /// The proof cannot be made.
    #[error(transparent)]
    Prove(#[from] autonomys_proof_of_time::Error),
}

#[derive(Debug)]
struct Inner {
    chain: Mutex<PotChain>,
    /// Signalled when what comes next changes, and when a timekeeper is to look at its stop flag.
    changed: Condvar,
    /// Counts the changes of what comes next; written with `chain` locked.
    generation: AtomicU64,
    /// Sent to with `chain` locked, so that slots come in order.
    slots: broadcast::Sender<NewSlot>,
    verifier: PotVerifier,
    metrics: Metrics,
}

/// Where slots come from: keeps the chain of proofs of time since the best block and tells everyone of new slots. Clones
/// share it.
///
/// Without timekeeper and gossip it is a source that a test drives by hand with [`Self::push_proof`] or
/// [`Self::prove_next_slot`].
#[derive(Clone, Debug)]
pub struct PotSource {
    inner: Arc<Inner>,
}

impl PotSource {
    /// A source that goes on from the best block, with counters in `registry`.
    ///
    /// # Errors
    ///
    /// When the registry has metrics of these names already.
    pub fn new(
        best_block: PotAnchor,
        verifier: PotVerifier,
        registry: Option<&Registry>,
    ) -> Result<Self, PrometheusError> {
        let metrics = Metrics::new(registry)?;
        metrics.position(best_block.slot, best_block.slot);
        Ok(Self {
            inner: Arc::new(Inner {
                chain: Mutex::new(PotChain::new(best_block)),
                changed: Condvar::new(),
                generation: AtomicU64::new(0),
                slots: broadcast::channel(STREAM_CAPACITY).0,
                verifier,
                metrics,
            }),
        })
    }

    /// The slots that become known from now on.
    pub fn subscribe(&self) -> PotSlotStream {
        PotSlotStream {
            receiver: self.inner.slots.subscribe(),
        }
    }

    /// The verifier, whose memory has the proofs of all slots that were given.
    pub fn verifier(&self) -> &PotVerifier {
        &self.inner.verifier
    }

    /// The last known slot.
    pub fn last_slot(&self) -> SlotNumber {
        self.inner.chain.lock().last_slot()
    }

    /// What the next slot is computed from; `None` after the last possible slot.
    pub fn next_input(&self) -> Option<PotSlotInput> {
        self.inner.chain.lock().next_input()
    }

    /// Takes a block that has become the best one. To be called by block import for each of them, in order, after the
    /// block's proofs went through the [`Self::verifier`]; takes microseconds.
    ///
    /// If the block reveals slots that were not known yet, the stream gives them. If it is on another branch, the stream
    /// goes on there: its next slot may have a number that it gave before.
    pub fn on_best_block(&self, best_block: PotAnchor) {
        let mut chain = self.inner.chain.lock();
        let next_before = chain.next_input();
        let outcome = chain.reanchor(best_block, |input| {
            self.inner.verifier.get(input.seed, input.iterations)
        });
        match &outcome {
            Reanchored::Kept => {}
            Reanchored::Extended(new) => {
                debug!(
                    target: "proof-of-time::source",
                    slots = new.len(),
                    last_slot = chain.last_slot(),
                    "Best block revealed slots"
                );
                for info in new {
                    self.announce(*info, SlotOrigin::BlockImport);
                }
            }
            Reanchored::Switched { from, to } => {
                info!(
                    target: "proof-of-time::source",
                    from, to, "Proof of time goes on from another slot, that of the best block"
                );
                self.inner.metrics.switched();
            }
        }
        self.changed(&chain, next_before);
    }

    /// Takes a proof as gossip does, only that it cannot wait: for tests that drive slots by hand.
    ///
    /// # Errors
    ///
    /// [`PushProofError::Rejected`] for what gossip rejects, [`PushProofError::NotNext`] for what waits there.
    pub fn push_proof(&self, proof: PotSlotInfo) -> Result<(), PushProofError> {
        let slot = proof.slot;
        let last_slot = self.last_slot();
        let rejected = |rejection| PushProofError::Rejected {
            slot,
            last_slot,
            rejection,
        };
        match self.judge(&proof) {
            Judgement::Next => {}
            Judgement::Ahead => return Err(PushProofError::NotNext { slot, last_slot }),
            Judgement::Known => return Err(rejected(Rejection::Old)),
            Judgement::Rejected(rejection) => return Err(rejected(rejection)),
        }
        if !self
            .inner
            .verifier
            .verify(proof.seed, proof.iterations, &proof.checkpoints)
        {
            return Err(rejected(Rejection::Invalid));
        }
        if self.extend(&proof.input(), proof.checkpoints, SlotOrigin::Local) {
            Ok(())
        } else {
            Err(rejected(Rejection::Mismatch))
        }
    }

    /// Makes the proof of the next slot on this thread and takes it, as a timekeeper does once: for tests that drive slots
    /// by hand.
    ///
    /// # Errors
    ///
    /// [`PushProofError::Rejected`] if the next slot became known meanwhile, and when there is none.
    pub fn prove_next_slot(&self) -> Result<PotSlotInfo, PushProofError> {
        let input = self
            .next_input()
            .ok_or_else(|| PushProofError::NoMoreSlots(self.last_slot()))?;
        let rejected = || PushProofError::Rejected {
            slot: input.slot,
            last_slot: self.last_slot(),
            rejection: Rejection::Old,
        };
        let checkpoints =
            prove_while(input.seed, input.iterations, || true)?.ok_or_else(rejected)?;
        self.inner
            .verifier
            .remember(input.seed, input.iterations, checkpoints);
        if self.extend(&input, checkpoints, SlotOrigin::Local) {
            Ok(PotSlotInfo::new(input, checkpoints))
        } else {
            Err(rejected())
        }
    }

    /// Appends a slot with a valid proof. `false` and no change if it is not the next one any more.
    pub(crate) fn extend(
        &self,
        input: &PotSlotInput,
        checkpoints: PotCheckpoints,
        origin: SlotOrigin,
    ) -> bool {
        let mut chain = self.inner.chain.lock();
        let next_before = chain.next_input();
        let Some(info) = chain.extend(input, checkpoints) else {
            return false;
        };
        self.announce(info, origin);
        self.changed(&chain, next_before);
        true
    }

    pub(crate) fn subscribe_with_origin(&self) -> broadcast::Receiver<NewSlot> {
        self.inner.slots.subscribe()
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    pub(crate) fn judge(&self, proof: &PotSlotInfo) -> Judgement {
        let position = {
            let chain = self.inner.chain.lock();
            Position {
                last_slot: chain.last_slot(),
                next: chain.next_input(),
            }
        };
        judge(proof, &position, |input| {
            self.inner.verifier.get(input.seed, input.iterations)
        })
    }

    /// The last slot with its proof, unless only a block is known to have revealed it.
    pub(crate) fn last_proof(&self) -> Option<PotSlotInfo> {
        self.inner.chain.lock().last().copied()
    }

    /// At most `limit` slots after `slot`, or after the last one that the best block revealed.
    pub(crate) fn slots_after(&self, slot: Option<SlotNumber>, limit: usize) -> Vec<PotSlotInfo> {
        let chain = self.inner.chain.lock();
        chain.slots_after(slot.unwrap_or(chain.anchor().slot), limit)
    }

    /// Counts the changes of what comes next.
    pub(crate) fn generation(&self) -> u64 {
        self.inner.generation.load(Ordering::Acquire)
    }

    /// What comes next, with the generation that it is of.
    pub(crate) fn next_with_generation(&self) -> (Option<PotSlotInput>, u64) {
        let chain = self.inner.chain.lock();
        (chain.next_input(), self.generation())
    }

    /// Blocks the thread while what comes next is of `generation` and `until` has not come, or until [`Self::wake`] with
    /// `is_stopped`. Whether it is still of this generation.
    pub(crate) fn wait_while(
        &self,
        generation: u64,
        until: Option<Instant>,
        is_stopped: impl Fn() -> bool,
    ) -> bool {
        let mut chain = self.inner.chain.lock();
        while self.generation() == generation && !is_stopped() {
            match until {
                Some(until) => {
                    if self.inner.changed.wait_until(&mut chain, until).timed_out() {
                        break;
                    }
                }
                None => self.inner.changed.wait(&mut chain),
            }
        }
        self.generation() == generation
    }

    /// Makes waiting threads look whether they are to stop.
    pub(crate) fn wake(&self) {
        // With the lock nobody is between looking and waiting.
        let _chain = self.inner.chain.lock();
        self.inner.changed.notify_all();
    }

    fn announce(&self, info: PotSlotInfo, origin: SlotOrigin) {
        self.inner.metrics.slot(origin);
        // Without receivers there is nobody to tell.
        let _ = self.inner.slots.send(NewSlot { info, origin });
    }

    fn changed(&self, chain: &PotChain, next_before: Option<PotSlotInput>) {
        self.inner
            .metrics
            .position(chain.last_slot(), chain.anchor().slot);
        if chain.next_input() != next_before {
            self.inner.generation.fetch_add(1, Ordering::AcqRel);
            self.inner.changed.notify_all();
        }
    }
}

/// The slots as they become known: each once and in order on a branch. When a best block is on another branch they go on
/// from there, and numbers may come again.
#[derive(Debug)]
pub struct PotSlotStream {
    receiver: broadcast::Receiver<NewSlot>,
}

impl PotSlotStream {
    /// The next slot; `None` when the source is gone. A consumer that lagged goes on with the oldest slot that is still
    /// there. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<PotSlotInfo> {
        loop {
            match self.receiver.recv().await {
                Ok(slot) => return Some(slot.info),
                Err(RecvError::Lagged(missed)) => log_missed(missed),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// The next slot, if there is one already.
    pub fn try_next(&mut self) -> Option<PotSlotInfo> {
        loop {
            match self.receiver.try_recv() {
                Ok(slot) => return Some(slot.info),
                Err(TryRecvError::Lagged(missed)) => log_missed(missed),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return None,
            }
        }
    }

    /// This as a [`futures::Stream`].
    pub fn into_stream(self) -> impl futures::Stream<Item = PotSlotInfo> + Send + Unpin {
        Box::pin(futures::stream::unfold(self, |mut slots| async move {
            slots.next().await.map(|info| (info, slots))
        }))
    }
}

fn log_missed(missed: u64) {
    debug!(
        target: "proof-of-time::source",
        missed, "A consumer of slots was too slow and missed some"
    );
}
