//! What a proof of a peer is worth, and what the peer gets for it.

use autonomys_core_primitives::pot::PotSlotInput;
use autonomys_core_primitives::{PotCheckpoints, SlotNumber};
use sc_network::ReputationChange;
use std::num::NonZeroU32;

use crate::message::PotSlotInfo;

#[cfg(test)]
mod tests;

/// How far ahead of the last known slot a proof may be.
pub const MAX_SLOTS_AHEAD: u64 = 10;

/// For bytes that are no message.
const UNDECODABLE: i32 = -(1 << 3);
/// For a proof that is not wanted. Honest peers send such ones, for instance while they are on another branch.
const UNWANTED: i32 = -(1 << 5);

/// Why a proof is not taken.
///
/// A peer is disconnected and refused when its reputation falls below 71 % of `i32::MIN` (about −1.5 × 10⁹), and
/// reputation returns to zero by a two-hundredth every second. So only [`Self::Invalid`] has a consequence at once: the
/// peer is disconnected from all protocols and refused for about 69 seconds. The others are small: they decide whose
/// proof is verified first, and no honest peer is ever lost to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// Not a message.
    Undecodable,
    /// Its slot has passed, and it is not the proof that is known of it.
    Old,
    /// Its slot is more than [`MAX_SLOTS_AHEAD`] ahead.
    TooFarAhead,
    /// It does not start from what its slot starts from on the branch of the best block.
    Mismatch,
    /// Its iterations cannot be those of its slot.
    IterationsOutOfRange,
    /// The peer has too many proofs waiting.
    TooMany,
    /// It is not a proof of time.
    Invalid,
}

impl Rejection {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Undecodable,
        Self::Old,
        Self::TooFarAhead,
        Self::Mismatch,
        Self::IterationsOutOfRange,
        Self::TooMany,
        Self::Invalid,
    ];

    /// Name in metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Undecodable => "undecodable",
            Self::Old => "old",
            Self::TooFarAhead => "too_far_ahead",
            Self::Mismatch => "mismatch",
            Self::IterationsOutOfRange => "iterations_out_of_range",
            Self::TooMany => "too_many",
            Self::Invalid => "invalid",
        }
    }

    /// What it does to the reputation of the peer.
    pub const fn reputation_change(self) -> ReputationChange {
        match self {
            Self::Undecodable => ReputationChange::new(UNDECODABLE, "proof of time: undecodable"),
            Self::Old => ReputationChange::new(UNWANTED, "proof of time: old slot"),
            Self::TooFarAhead => {
                ReputationChange::new(UNWANTED, "proof of time: slot too far ahead")
            }
            Self::Mismatch => ReputationChange::new(UNWANTED, "proof of time: other branch"),
            Self::IterationsOutOfRange => {
                ReputationChange::new(UNWANTED, "proof of time: iterations out of range")
            }
            Self::TooMany => ReputationChange::new(UNWANTED, "proof of time: too many waiting"),
            Self::Invalid => ReputationChange::new_fatal("proof of time: invalid"),
        }
    }
}

/// Where this node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// The last known slot.
    pub(crate) last_slot: SlotNumber,
    /// What the next one is computed from; `None` after the last possible slot.
    pub(crate) next: Option<PotSlotInput>,
}

/// What a proof is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// It is of the next slot, if it is valid.
    Next,
    /// It is of a slot to come, and only then it can be told whether it is right.
    Ahead,
    /// It is the proof that is known of a slot that has passed.
    Known,
    /// It is not taken.
    Rejected(Rejection),
}

/// Judges a proof by all that can be told without verifying it. `proof_of` gives the valid proof of an input, if it is
/// known.
pub(crate) fn judge(
    proof: &PotSlotInfo,
    position: &Position,
    proof_of: impl FnOnce(&PotSlotInput) -> Option<PotCheckpoints>,
) -> Judgement {
    let known = proof_of(&proof.input());
    if known.is_some_and(|valid| valid != proof.checkpoints) {
        return Judgement::Rejected(Rejection::Invalid);
    }
    if proof.slot <= position.last_slot {
        return if known.is_some() {
            Judgement::Known
        } else {
            Judgement::Rejected(Rejection::Old)
        };
    }
    let Some(next) = position.next else {
        return Judgement::Rejected(Rejection::TooFarAhead);
    };
    if proof.slot == next.slot {
        return if proof.input() == next {
            Judgement::Next
        } else {
            Judgement::Rejected(Rejection::Mismatch)
        };
    }
    if proof.slot.saturating_sub(position.last_slot) > MAX_SLOTS_AHEAD {
        return Judgement::Rejected(Rejection::TooFarAhead);
    }
    if !may_become(proof.iterations, next.iterations) {
        return Judgement::Rejected(Rejection::IterationsOutOfRange);
    }
    Judgement::Ahead
}

/// Whether iterations may be `later` a few slots after they are `now`: they never fall and rise by at most half.
fn may_become(later: NonZeroU32, now: NonZeroU32) -> bool {
    let (later, now) = (u64::from(later.get()), u64::from(now.get()));
    later >= now
        && later.saturating_mul(2) <= now.saturating_mul(3)
        && later.is_multiple_of(u64::from(autonomys_proof_of_time::ITERATIONS_MULTIPLE))
}
