//! What a block must follow from: its parent as far as a child's header is concerned.
//!
//! All of it is in headers and justifications, so no runtime is called. The parents that children come for next are kept in
//! memory; during sync that is every one.

#[cfg(test)]
mod tests;

use crate::link::PoasLink;
use crate::rejection::{Fault, Rejection};
use crate::verifier::{VerifiedHeader, read_justification};
use autonomys_core_primitives::pot::PotSlotInput;
use autonomys_core_primitives::{
    BlockHash, BlockNumber, ConsensusParams, PotCheckpoints, PotOutput, SlotNumber, SolutionRange,
};
use autonomys_runtime_primitives::opaque::Block;
use autonomys_runtime_primitives::{Hash, Header};
use bounded_collections::BoundedVec;
use lru::LruCache;
use parking_lot::Mutex;
use rayon::prelude::*;
use sc_client_api::{BlockBackend, HeaderBackend};
use sc_proof_of_time::{PotAnchor, PotVerifier};
use sp_consensus_poas::{HeaderDigests, PotJustification, PotParameters};
use sp_runtime::traits::Header as _;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Parents kept in memory: more than there are forks within the confirmation depth.
const PARENTS_KEPT: NonZeroUsize = NonZeroUsize::new(256).expect("not zero; qed");

/// Proofs of time verified at once. They are verified in order beyond that, so that a forged one costs no more than the time
/// that really went by before it.
const PROOFS_AT_ONCE: usize = 64;

/// A block as the parent of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// Height.
    pub number: BlockNumber,
    /// Slot; 0 for genesis.
    pub slot: SlotNumber,
    /// Solution range of a child.
    pub child_solution_range: SolutionRange,
    /// How proof of time goes on after the last slot that the block reveals.
    pub anchor: PotAnchor,
    /// Outputs of the slots after that of the block, up to the last one that it reveals. None for genesis.
    pub outputs_ahead: Vec<PotOutput>,
}

/// What the author of a block says of proof of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revealed {
    /// Output of the slot of the block.
    pub proof_of_time: PotOutput,
    /// Output of the last slot that the block reveals.
    pub future_proof_of_time: PotOutput,
    /// The proofs.
    pub justification: PotJustification,
}

impl Parent {
    /// Genesis, which counts as the block of slot 0 and reveals nothing.
    pub fn genesis(params: &ConsensusParams, genesis_hash: &BlockHash) -> Self {
        Self {
            number: 0,
            slot: 0,
            child_solution_range: params.initial_solution_range,
            anchor: PotAnchor::genesis(
                genesis_hash,
                &PotParameters {
                    iterations: params.proof_of_time_iterations,
                    next_change: None,
                },
            ),
            outputs_ahead: Vec::new(),
        }
    }

    fn new(
        params: &ConsensusParams,
        number: BlockNumber,
        digests: &HeaderDigests,
        outputs_ahead: Vec<PotOutput>,
    ) -> Self {
        Self {
            number,
            slot: digests.pre_digest.slot,
            child_solution_range: digests
                .next_solution_range
                .unwrap_or(digests.solution_range),
            anchor: PotAnchor::of_block(digests, params.authoring_delay),
            outputs_ahead,
        }
    }

    /// The output of a slot that the block reveals ahead of its own.
    pub fn output_ahead(&self, slot: SlotNumber) -> Option<PotOutput> {
        let ahead = slot.checked_sub(self.slot)?.checked_sub(1)?;
        self.outputs_ahead
            .get(usize::try_from(ahead).ok()?)
            .copied()
    }

    /// What a child of `slot` reveals, if all proofs of time are known to `known_proof`; `None` otherwise, and for a slot
    /// that is not after that of this block.
    pub fn reveal(
        &self,
        params: &ConsensusParams,
        slot: SlotNumber,
        known_proof: impl Fn(&PotSlotInput) -> Option<PotCheckpoints>,
    ) -> Option<Revealed> {
        let future_slot = slot.checked_add(params.authoring_delay)?;
        let count = future_slot.checked_sub(self.anchor.slot)?;
        if slot <= self.slot || count > u64::from(PotJustification::MAX_SLOTS) {
            return None;
        }
        let first = self.anchor.next_input()?;
        let mut checkpoints = BoundedVec::new();
        let mut last = (self.anchor.slot, self.anchor.output);
        let mut proof_of_time = self.output_ahead(slot);
        for _ in 0..count {
            let input = self.anchor.input_after(last.0, last.1)?;
            let proof = known_proof(&input)?;
            last = (input.slot, proof.output());
            if input.slot == slot {
                proof_of_time = Some(proof.output());
            }
            checkpoints.try_push(proof).ok()?;
        }
        Some(Revealed {
            proof_of_time: proof_of_time?,
            future_proof_of_time: last.1,
            justification: PotJustification {
                seed: first.seed,
                checkpoints,
            },
        })
    }

    /// Checks that a header follows from this parent, all but the validity of its proofs of time and solution.
    ///
    /// Returns what these proofs are computed from, and the block as a parent.
    pub fn check_child(
        &self,
        params: &ConsensusParams,
        number: BlockNumber,
        child: &VerifiedHeader,
    ) -> Result<(Vec<PotSlotInput>, Self), Rejection> {
        let digests = child.digests();
        let pre_digest = &digests.pre_digest;
        let slot = pre_digest.slot;
        if slot <= self.slot {
            return Err(Rejection::SlotNotAfterParent {
                slot,
                parent: self.slot,
            });
        }
        if digests.solution_range != self.child_solution_range {
            return Err(Rejection::SolutionRange {
                expected: self.child_solution_range,
                actual: digests.solution_range,
            });
        }

        let checkpoints = &child.justification().checkpoints;
        let expected = slot
            .saturating_add(params.authoring_delay)
            .saturating_sub(self.anchor.slot);
        if u64::try_from(checkpoints.len()) != Ok(expected) {
            return Err(Rejection::RevealedSlots {
                expected,
                actual: checkpoints.len(),
            });
        }
        let mut inputs = Vec::with_capacity(checkpoints.len());
        let mut last = (self.anchor.slot, self.anchor.output);
        for checkpoints in checkpoints {
            // The last possible slot is not reached before the sun has burnt out, but a header can claim anything.
            let input =
                self.anchor
                    .input_after(last.0, last.1)
                    .ok_or(Rejection::SlotNotAfterParent {
                        slot,
                        parent: self.slot,
                    })?;
            last = (input.slot, checkpoints.output());
            inputs.push(input);
        }
        if inputs.first().map(|input| input.seed) != Some(child.justification().seed) {
            return Err(Rejection::Seed);
        }

        let outputs: Vec<PotOutput> = self
            .outputs_ahead
            .iter()
            .copied()
            .chain(checkpoints.iter().map(|checkpoints| checkpoints.output()))
            .collect();
        let mismatch = Rejection::ProofOfTimeMismatch { slot };
        let Ok(passed) = usize::try_from(slot.saturating_sub(self.slot)) else {
            return Err(mismatch);
        };
        let Some((own, outputs_ahead)) = outputs
            .get(passed.saturating_sub(1)..)
            .and_then(<[PotOutput]>::split_first)
        else {
            return Err(mismatch);
        };
        if *own != pre_digest.proof_of_time {
            return Err(mismatch);
        }
        if outputs_ahead.last() != Some(&pre_digest.future_proof_of_time) {
            return Err(Rejection::ProofOfTimeMismatch {
                slot: slot.saturating_add(params.authoring_delay),
            });
        }
        let child = Self::new(params, number, digests, outputs_ahead.to_vec());
        Ok((inputs, child))
    }
}

/// Checks that the checkpoints of a header are proofs of time of `inputs`, which [`Parent::check_child`] returned.
pub fn check_proofs_of_time(
    verifier: &PotVerifier,
    inputs: &[PotSlotInput],
    child: &VerifiedHeader,
) -> Result<(), Rejection> {
    let checkpoints = &child.justification().checkpoints;
    for (inputs, checkpoints) in inputs
        .chunks(PROOFS_AT_ONCE)
        .zip(checkpoints.chunks(PROOFS_AT_ONCE))
    {
        inputs
            .par_iter()
            .zip(checkpoints)
            .try_for_each(|(input, checkpoints)| {
                if verifier.verify(input.seed, input.iterations, checkpoints) {
                    Ok(())
                } else {
                    Err(Rejection::InvalidProofOfTime { slot: input.slot })
                }
            })?;
    }
    Ok(())
}

/// Finds parents: in memory, or in the database.
#[derive(Debug)]
pub struct Parents<Client> {
    client: Arc<Client>,
    params: Arc<ConsensusParams>,
    genesis_hash: BlockHash,
    recent: Mutex<LruCache<Hash, Arc<Parent>>>,
}

impl<Client> Parents<Client>
where
    Client: HeaderBackend<Block> + BlockBackend<Block>,
{
    /// Parents in the database of `client`.
    pub fn new(client: Arc<Client>, link: &PoasLink) -> Self {
        Self {
            client,
            params: Arc::clone(link.params()),
            genesis_hash: link.genesis_hash(),
            recent: Mutex::new(LruCache::new(PARENTS_KEPT)),
        }
    }

    /// The block with this hash as a parent; `None` if it is not in the database.
    pub fn get(&self, hash: Hash) -> Result<Option<Arc<Parent>>, Fault> {
        if let Some(parent) = self.recent.lock().get(&hash) {
            return Ok(Some(Arc::clone(parent)));
        }
        let Some(header) = self.client.header(hash)? else {
            return Ok(None);
        };
        let parent = if *header.number() == 0 {
            Parent::genesis(&self.params, &self.genesis_hash)
        } else {
            let digests = read_digests(&header)?;
            let outputs_ahead = self.outputs_ahead(header.clone())?;
            Parent::new(&self.params, *header.number(), &digests, outputs_ahead)
        };
        let parent = Arc::new(parent);
        self.insert(hash, Arc::clone(&parent));
        Ok(Some(parent))
    }

    /// The best block.
    pub fn best(&self) -> Result<(Hash, Arc<Parent>), Fault> {
        let info = self.client.info();
        let best = self.get(info.best_hash)?.ok_or_else(|| Fault::Missing {
            what: "header",
            block: info.best_number.to_string(),
        })?;
        Ok((info.best_hash, best))
    }

    /// Keeps a parent in memory whose block has just been imported.
    pub(crate) fn insert(&self, hash: Hash, parent: Arc<Parent>) {
        self.recent.lock().put(hash, parent);
    }

    /// The outputs that a block reveals ahead of its slot. The block itself reveals them only after the last one that its
    /// parent revealed, so the rest of them is in justifications before.
    fn outputs_ahead(&self, mut header: Header) -> Result<Vec<PotOutput>, Fault> {
        let missing = |what, header: &Header| Fault::Missing {
            what,
            block: header.number().to_string(),
        };
        let wanted = usize::try_from(self.params.authoring_delay).unwrap_or(usize::MAX);
        let mut newest_first = Vec::new();
        loop {
            let justifications = self.client.justifications(header.hash())?;
            let justification = read_justification(justifications.as_ref())
                .map_err(|_| missing("justification", &header))?;
            newest_first.extend(
                justification
                    .checkpoints
                    .iter()
                    .rev()
                    .take(wanted.saturating_sub(newest_first.len()))
                    .map(|checkpoints| checkpoints.output()),
            );
            if newest_first.len() == wanted {
                newest_first.reverse();
                return Ok(newest_first);
            }
            header = self
                .client
                .header(*header.parent_hash())?
                .filter(|parent| *parent.number() > 0)
                .ok_or_else(|| missing("parent", &header))?;
        }
    }
}

fn read_digests(header: &Header) -> Result<HeaderDigests, Fault> {
    HeaderDigests::read(header.digest()).map_err(|_| Fault::Missing {
        what: "digest",
        block: header.number().to_string(),
    })
}
