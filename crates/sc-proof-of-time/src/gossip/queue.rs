//! Proofs of peers that wait for their slot or for verification, in bounded memory.
//!
//! When a slot becomes the next one, the distinct proofs that wait for it are its candidates; one at most is valid.
//! Verifying seven costs as much as making the proof. So up to six are verified, those of the best reputed peers first,
//! and of more only the first one; if that is not valid, the proof is made here and decides on all.

use autonomys_core_primitives::pot::PotSlotInput;
use autonomys_core_primitives::{PotCheckpoints, SlotNumber};
use lru::LruCache;
use sc_network::PeerId;
use std::num::NonZeroUsize;

use super::rules::Rejection;
use crate::message::PotSlotInfo;

#[cfg(test)]
mod tests;

/// Most proofs that wait for one peer.
pub const MAX_QUEUED_PROOFS_PER_PEER: usize = 20;

/// Most peers whose proofs wait; those of the peer that was heard longest ago are dropped first. With full queues this is
/// about 3 MiB.
const MAX_PEERS: NonZeroUsize = NonZeroUsize::new(1000).expect("not zero; qed");

/// With this many candidates making the proof costs no more than verifying them.
const CANDIDATES_TO_PROVE: usize = 7;

#[derive(Debug, Default)]
struct Peer {
    proofs: Vec<PotSlotInfo>,
    /// Our last slot when the peer was last told what follows the slot it stands at.
    answered_at: Option<SlotNumber>,
}

/// The proofs that wait.
#[derive(Debug)]
pub(crate) struct GossipQueue {
    peers: LruCache<PeerId, Peer>,
}

/// What the peers get whose proofs waited for a slot that is known now.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    /// Peers that have the slot.
    pub(crate) senders: Vec<PeerId>,
    /// Peers whose proofs were of no use.
    pub(crate) rejected: Vec<(PeerId, Rejection)>,
}

/// Distinct proofs of one input, best reputed first.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) input: PotSlotInput,
    candidates: Vec<Candidate>,
}

#[derive(Debug)]
struct Candidate {
    checkpoints: PotCheckpoints,
    senders: Vec<PeerId>,
    reputation: i32,
}

/// What a [`Check`] has found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(crate) input: PotSlotInput,
    /// The proof of the input, if it was found.
    pub(crate) valid: Option<PotCheckpoints>,
    /// Peers that sent it.
    pub(crate) senders: Vec<PeerId>,
    /// Peers that sent something else.
    pub(crate) invalid: Vec<PeerId>,
}

impl GossipQueue {
    pub(crate) fn new() -> Self {
        Self {
            peers: LruCache::new(MAX_PEERS),
        }
    }

    /// Lets a proof wait that was judged to be of the next slot or one ahead.
    pub(crate) fn add(&mut self, sender: PeerId, proof: PotSlotInfo) -> Result<(), Rejection> {
        let peer = self.peers.get_or_insert_mut(sender, Peer::default);
        for other in &peer.proofs {
            if *other == proof {
                return Ok(());
            }
            if (other.seed, other.iterations) == (proof.seed, proof.iterations)
                && other.checkpoints != proof.checkpoints
            {
                // One of the two is not a proof, whichever.
                return Err(Rejection::Invalid);
            }
        }
        if peer.proofs.len() >= MAX_QUEUED_PROOFS_PER_PEER {
            return Err(Rejection::TooMany);
        }
        peer.proofs.push(proof);
        Ok(())
    }

    /// Removes what waited for the slot of `known`, a valid proof, or for an earlier one.
    pub(crate) fn settle(&mut self, known: &PotSlotInfo) -> Settled {
        let mut settled = Settled::default();
        for (sender, peer) in self.peers.iter_mut() {
            peer.proofs.retain(|proof| {
                if proof.slot == known.slot {
                    if proof == known {
                        settled.senders.push(*sender);
                    } else if proof.input() == known.input() {
                        settled.rejected.push((*sender, Rejection::Invalid));
                    } else {
                        settled.rejected.push((*sender, Rejection::Mismatch));
                    }
                }
                proof.slot > known.slot
            });
        }
        settled
    }

    /// Takes out what waits for the next slot: what there is to verify, and whose proofs start from something else. What
    /// waits for slots that have just become known is left to [`Self::settle`].
    pub(crate) fn plan(
        &mut self,
        next: &PotSlotInput,
        reputation: impl Fn(&PeerId) -> i32,
    ) -> (Option<Check>, Vec<(PeerId, Rejection)>) {
        let mut candidates = Vec::<Candidate>::new();
        let mut rejected = Vec::new();
        for (sender, peer) in self.peers.iter_mut() {
            peer.proofs.retain(|proof| {
                if proof.slot == next.slot && proof.input() != *next {
                    rejected.push((*sender, Rejection::Mismatch));
                } else if proof.slot == next.slot {
                    let reputation = reputation(sender);
                    match candidates
                        .iter_mut()
                        .find(|candidate| candidate.checkpoints == proof.checkpoints)
                    {
                        Some(candidate) => {
                            candidate.senders.push(*sender);
                            candidate.reputation = candidate.reputation.max(reputation);
                        }
                        None => candidates.push(Candidate {
                            checkpoints: proof.checkpoints,
                            senders: vec![*sender],
                            reputation,
                        }),
                    }
                }
                proof.slot != next.slot
            });
        }
        candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.reputation));
        let check = (!candidates.is_empty()).then_some(Check {
            input: *next,
            candidates,
        });
        (check, rejected)
    }

    /// Whether a peer that lags may be told what it lacks: once per slot of ours.
    pub(crate) fn may_answer(&mut self, peer: PeerId, last_slot: SlotNumber) -> bool {
        let peer = self.peers.get_or_insert_mut(peer, Peer::default);
        peer.answered_at.replace(last_slot) != Some(last_slot)
    }
}

impl Check {
    /// Finds the valid proof among the candidates. `verify` and `prove` say `None` when the answer is not wanted any more.
    pub(crate) fn run(
        self,
        mut verify: impl FnMut(&PotSlotInput, &PotCheckpoints) -> Option<bool>,
        prove: impl FnOnce(&PotSlotInput) -> Option<PotCheckpoints>,
    ) -> Checked {
        let Self { input, candidates } = self;
        let verified = if candidates.len() < CANDIDATES_TO_PROVE {
            candidates.len()
        } else {
            1
        };
        let mut valid = None;
        let mut refuted = 0;
        for candidate in candidates.iter().take(verified) {
            match verify(&input, &candidate.checkpoints) {
                Some(true) => {
                    valid = Some(candidate.checkpoints);
                    break;
                }
                Some(false) => refuted += 1,
                None => break,
            }
        }
        if valid.is_none() && refuted == verified && verified < candidates.len() {
            valid = prove(&input);
        }
        let mut senders = Vec::new();
        let mut invalid = Vec::new();
        for (position, candidate) in candidates.into_iter().enumerate() {
            if valid == Some(candidate.checkpoints) {
                senders = candidate.senders;
            } else if valid.is_some() || position < refuted {
                invalid.extend(candidate.senders);
            }
        }
        Checked {
            input,
            valid,
            senders,
            invalid,
        }
    }
}
