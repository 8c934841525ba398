//! The chain of slots since the best block: a state machine without locks, threads or network.

use autonomys_core_primitives::pot::{PotParametersChange, PotSlotInput};
use autonomys_core_primitives::{PotCheckpoints, PotOutput, PotSeed, SlotNumber};
use sp_consensus_poas::{HeaderDigests, PotJustification, PotParameters};
use std::collections::VecDeque;
use std::num::NonZeroU32;

use crate::message::PotSlotInfo;

#[cfg(test)]
mod tests;

/// Slots that are kept although the best block has revealed them: a sibling that becomes best may have revealed fewer.
const SLOTS_KEPT_BEHIND_ANCHOR: u64 = 256;

/// Most slots that are kept. No block can reveal more, so nothing is lost by forgetting older ones.
const MAX_SLOTS_KEPT: usize = PotJustification::MAX_SLOTS as usize;

/// What a block says of proof of time: the last slot that it reveals, and how slots go on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PotAnchor {
    /// The last slot revealed.
    pub slot: SlotNumber,
    /// Its output.
    pub output: PotOutput,
    /// Iterations in force in the slot of the block.
    pub iterations: NonZeroU32,
    /// The change ahead of the slot of the block.
    pub change: Option<PotParametersChange>,
}

impl PotAnchor {
    /// The anchor that genesis is. It counts as having revealed slot 0, with the seed of slot 1 as its output.
    pub fn genesis(genesis_hash: &[u8; 32], parameters: &PotParameters) -> Self {
        Self {
            slot: 0,
            output: PotOutput(PotSeed::genesis(genesis_hash, &[]).0),
            iterations: parameters.iterations,
            change: parameters.next_change,
        }
    }

    /// The anchor that a block other than genesis is, on a chain with this authoring delay.
    pub fn of_block(digests: &HeaderDigests, authoring_delay: u64) -> Self {
        Self {
            slot: digests.pre_digest.slot.saturating_add(authoring_delay),
            output: digests.pre_digest.future_proof_of_time,
            iterations: digests.pot_iterations,
            change: digests.pot_parameters_change,
        }
    }

    /// The input of the slot after the last one revealed; `None` after the last possible slot.
    pub fn next_input(&self) -> Option<PotSlotInput> {
        self.input_after(self.slot, self.output)
    }

    /// The input of the slot after `slot`, a slot on the branch of the block and not before the block's, whose output is
    /// `output`; `None` after the last possible slot.
    pub fn input_after(&self, slot: SlotNumber, output: PotOutput) -> Option<PotSlotInput> {
        PotSlotInput::next(slot, self.iterations, output, self.change.as_ref())
    }
}

/// What a best block changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reanchored {
    /// All slots stay. What comes after the last one may have changed.
    Kept,
    /// The block revealed these slots, which were not known yet, and they follow the known ones.
    Extended(Vec<PotSlotInfo>),
    /// The block is on another branch: the chain continues after an earlier or later slot.
    Switched {
        /// The last slot so far.
        from: SlotNumber,
        /// The last slot now.
        to: SlotNumber,
    },
}

/// The slots since the best block, and some before, on one branch and without a gap.
#[derive(Clone, Debug)]
pub struct PotChain {
    anchor: PotAnchor,
    /// Slot and output that the first of `slots` follows.
    base: (SlotNumber, PotOutput),
    slots: VecDeque<PotSlotInfo>,
    next: Option<PotSlotInput>,
}

impl PotChain {
    /// The chain that goes on from `anchor`.
    pub fn new(anchor: PotAnchor) -> Self {
        Self {
            base: (anchor.slot, anchor.output),
            slots: VecDeque::new(),
            next: anchor.next_input(),
            anchor,
        }
    }

    /// What the next slot is computed from; `None` after the last possible slot.
    pub fn next_input(&self) -> Option<PotSlotInput> {
        self.next
    }

    /// The last slot whose output is known.
    pub fn last_slot(&self) -> SlotNumber {
        self.tip().0
    }

    /// The best block.
    pub fn anchor(&self) -> &PotAnchor {
        &self.anchor
    }

    /// The last slot with its proof, unless only a block is known to have revealed it.
    pub fn last(&self) -> Option<&PotSlotInfo> {
        self.slots.back()
    }

    /// The slots after `slot` that are known with their proofs, oldest first, at most `limit`.
    pub fn slots_after(&self, slot: SlotNumber, limit: usize) -> Vec<PotSlotInfo> {
        let skipped = slot.saturating_sub(self.base.0);
        self.slots
            .iter()
            .skip(usize::try_from(skipped).unwrap_or(usize::MAX))
            .take(limit)
            .copied()
            .collect()
    }

    /// Appends the slot of `input` with a valid proof. `None` and no change if `input` is not that of the next slot.
    pub fn extend(
        &mut self,
        input: &PotSlotInput,
        checkpoints: PotCheckpoints,
    ) -> Option<PotSlotInfo> {
        if self.next.as_ref() != Some(input) {
            return None;
        }
        let info = PotSlotInfo::new(*input, checkpoints);
        self.slots.push_back(info);
        self.next = self.anchor.input_after(info.slot, info.output());
        self.forget_old();
        Some(info)
    }

    /// Takes a block that has become the best one. `proof_of` gives valid proofs that are known, such as those that the
    /// block was verified with.
    pub fn reanchor(
        &mut self,
        anchor: PotAnchor,
        proof_of: impl Fn(&PotSlotInput) -> Option<PotCheckpoints>,
    ) -> Reanchored {
        let from = self.last_slot();
        let mut new = Vec::new();
        let mut switched = false;
        if self.output_of(anchor.slot) == Some(anchor.output) {
            switched = self.drop_slots_off_branch(&anchor);
        } else if let Some(revealed) = self.walk_to(&anchor, proof_of) {
            self.slots.extend(&revealed);
            new = revealed;
        } else {
            self.slots.clear();
            self.base = (anchor.slot, anchor.output);
            switched = true;
        }
        self.anchor = anchor;
        let (to, output) = self.tip();
        self.next = self.anchor.input_after(to, output);
        self.forget_old();
        if switched {
            Reanchored::Switched { from, to }
        } else if new.is_empty() {
            Reanchored::Kept
        } else {
            Reanchored::Extended(new)
        }
    }

    /// The slots after the last known one up to `anchor`, if they are known to lead there.
    fn walk_to(
        &self,
        anchor: &PotAnchor,
        proof_of: impl Fn(&PotSlotInput) -> Option<PotCheckpoints>,
    ) -> Option<Vec<PotSlotInfo>> {
        let distance = anchor.slot.checked_sub(self.last_slot())?;
        if distance > u64::from(PotJustification::MAX_SLOTS) {
            return None;
        }
        let mut new = Vec::new();
        let (mut slot, mut output) = self.tip();
        while slot < anchor.slot {
            // The block's parent, the best one so far in most cases, says how slots go on to it. Where best blocks were
            // skipped, what the block says may be what holds.
            let info = [&self.anchor, anchor].into_iter().find_map(|params| {
                let input = params.input_after(slot, output)?;
                Some(PotSlotInfo::new(input, proof_of(&input)?))
            })?;
            new.push(info);
            (slot, output) = (info.slot, info.output());
        }
        (output == anchor.output).then_some(new)
    }

    /// Drops the slots after `anchor`'s that its change does not lead to. Whether there were any.
    fn drop_slots_off_branch(&mut self, anchor: &PotAnchor) -> bool {
        let (mut slot, mut output) = (anchor.slot, anchor.output);
        let first = self.position_after(anchor.slot);
        for position in first..self.slots.len() {
            let info = self.slots[position];
            if anchor.input_after(slot, output) != Some(info.input()) {
                self.slots.truncate(position);
                return true;
            }
            (slot, output) = (info.slot, info.output());
        }
        false
    }

    fn tip(&self) -> (SlotNumber, PotOutput) {
        self.slots
            .back()
            .map_or(self.base, |info| (info.slot, info.output()))
    }

    fn output_of(&self, slot: SlotNumber) -> Option<PotOutput> {
        if slot == self.base.0 {
            return Some(self.base.1);
        }
        let position = slot.checked_sub(self.base.0)?.checked_sub(1)?;
        self.slots
            .get(usize::try_from(position).ok()?)
            .map(PotSlotInfo::output)
    }

    /// Position in `slots` of the slot after `slot`.
    fn position_after(&self, slot: SlotNumber) -> usize {
        usize::try_from(slot.saturating_sub(self.base.0)).unwrap_or(usize::MAX)
    }

    fn forget_old(&mut self) {
        while let Some(first) = self.slots.front()
            && (self.slots.len() > MAX_SLOTS_KEPT
                || first.slot.saturating_add(SLOTS_KEPT_BEHIND_ANCHOR) < self.anchor.slot)
        {
            self.base = (first.slot, first.output());
            self.slots.pop_front();
        }
    }
}
