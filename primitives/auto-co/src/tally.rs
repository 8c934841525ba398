//! Votes of a proposal by who cast them, and what of them counts.
//!
//! Weight is human-cast only where both its owner and who casts it are proven humans. All other weight belongs to the
//! family of the AI that casts it, or to the family "other" where nobody has attested one: an unproven human counts as
//! such an AI.
//!
//! # Limits on AI
//!
//! Let `o` be the weight cast by humans, `x` that cast by a family, `c` and `t` the shares that one family and all
//! families together may have of what counts. A family counts with min(x, ⌊o·c ⁄ (1 − c)⌋); if the families together
//! exceed ⌊o·t ⁄ (1 − t)⌋, each is scaled down in proportion, rounded down. Every choice of a family is cut alike, rounded
//! down. What is cut counts nowhere, neither for approval nor for quorum. So no order of families matters, and without
//! a human vote AI counts nothing.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use thiserror::Error;

use crate::BPS;
use crate::delegation::Power;
use crate::math::{bps_of, mul_div};

/// Root of the models of one provider, as attested.
pub type FamilyId = [u8; 32];

/// The family of all that no attested family claims.
pub const OTHER_FAMILY: FamilyId = [0; 32];

/// Families that a proposal tells apart. All later ones count as [`OTHER_FAMILY`].
pub const MAX_FAMILIES: u32 = 16;

/// How one voter divides weight, in basis points.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct VoteSplit {
    aye: u16,
    nay: u16,
    abstain: u16,
    veto: u16,
}

/// The shares of a vote are not the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the shares of a vote add up to 10000 basis points")]
pub struct InvalidSplit;

impl VoteSplit {
    /// All for it.
    pub const AYE: Self = Self {
        aye: BPS,
        nay: 0,
        abstain: 0,
        veto: 0,
    };
    /// All against it.
    pub const NAY: Self = Self {
        aye: 0,
        nay: BPS,
        abstain: 0,
        veto: 0,
    };
    /// All counted for the quorum only.
    pub const ABSTAIN: Self = Self {
        aye: 0,
        nay: 0,
        abstain: BPS,
        veto: 0,
    };
    /// All against it, and for stopping it.
    pub const VETO: Self = Self {
        aye: 0,
        nay: 0,
        abstain: 0,
        veto: BPS,
    };

    /// Shares that add up to [`BPS`].
    pub fn new(aye: u16, nay: u16, abstain: u16, veto: u16) -> Result<Self, InvalidSplit> {
        let split = Self {
            aye,
            nay,
            abstain,
            veto,
        };
        if split.is_valid() {
            Ok(split)
        } else {
            Err(InvalidSplit)
        }
    }

    /// Whether the shares add up; decoded ones may not.
    pub fn is_valid(&self) -> bool {
        let sum = self
            .shares()
            .iter()
            .fold(0u32, |sum, share| sum.saturating_add(u32::from(*share)));
        sum == u32::from(BPS)
    }

    /// Basis points for, against, abstaining and for a veto.
    pub fn shares(&self) -> [u16; 4] {
        [self.aye, self.nay, self.abstain, self.veto]
    }

    /// `weight` divided by the shares, rounded down; what rounding leaves abstains.
    pub fn spread(&self, weight: u128) -> Votes {
        let ayes = bps_of(weight, self.aye);
        let nays = bps_of(weight, self.nay).min(weight.saturating_sub(ayes));
        let veto = bps_of(weight, self.veto).min(weight.saturating_sub(ayes).saturating_sub(nays));
        Votes {
            ayes,
            nays,
            veto,
            abstain: weight
                .saturating_sub(ayes)
                .saturating_sub(nays)
                .saturating_sub(veto),
        }
    }
}

/// Weight by choice.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Votes {
    /// For it.
    pub ayes: u128,
    /// Against it.
    pub nays: u128,
    /// Neither; counts for the quorum.
    pub abstain: u128,
    /// Against it, and for stopping it whatever the majority.
    pub veto: u128,
}

impl Votes {
    /// All of it.
    pub fn total(&self) -> u128 {
        self.ayes
            .saturating_add(self.against())
            .saturating_add(self.abstain)
    }

    /// Against it, vetoes included.
    pub fn against(&self) -> u128 {
        self.nays.saturating_add(self.veto)
    }

    /// The sum; `None` where it, or its total, has more than 128 bits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let sum = Self {
            ayes: self.ayes.checked_add(other.ayes)?,
            nays: self.nays.checked_add(other.nays)?,
            abstain: self.abstain.checked_add(other.abstain)?,
            veto: self.veto.checked_add(other.veto)?,
        };
        sum.ayes
            .checked_add(sum.nays)?
            .checked_add(sum.abstain)?
            .checked_add(sum.veto)?;
        Some(sum)
    }

    /// The difference; `None` where it is negative.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Some(Self {
            ayes: self.ayes.checked_sub(other.ayes)?,
            nays: self.nays.checked_sub(other.nays)?,
            abstain: self.abstain.checked_sub(other.abstain)?,
            veto: self.veto.checked_sub(other.veto)?,
        })
    }

    /// Every choice times `numerator` ⁄ `denominator`, which is at most 1, rounded down.
    fn scaled(&self, numerator: u128, denominator: u128) -> Self {
        let scale = |votes| mul_div(votes, numerator, denominator).unwrap_or(0);
        Self {
            ayes: scale(self.ayes),
            nays: scale(self.nays),
            abstain: scale(self.abstain),
            veto: scale(self.veto),
        }
    }
}

/// A family's place in a tally: 0 is [`OTHER_FAMILY`].
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct FamilySlot(u8);

impl FamilySlot {
    /// The slot of [`OTHER_FAMILY`].
    pub const OTHER: Self = Self(0);

    /// Index into [`Counted::families`].
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// What casts a vote.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum Caster {
    /// A proven human at the track's threshold, in person.
    Human,
    /// Anything else, by the slot that [`Tally::slot`] gave for its family.
    Family(FamilySlot),
}

/// What one family cast.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct FamilyVotes {
    /// All of it.
    pub votes: Votes,
    /// What was cast by its own owner, not by an assistant or a delegate.
    pub by_owner: u128,
}

/// The tally or the caller's storage is corrupt: more weight than 128 bits, or less cast than is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("votes do not agree with the power of the snapshot")]
pub struct InconsistentPower;

/// All votes of a proposal.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Tally {
    /// Cast by proven humans with power of proven humans.
    pub human: Votes,
    /// The part of `human` that owners cast themselves.
    pub human_by_owner: Votes,
    /// Cast by no attested family.
    pub other: FamilyVotes,
    /// Attested families in the order in which they first voted. A slot is never given up, so a family never has
    /// weight in two of them.
    pub families: BoundedVec<(FamilyId, FamilyVotes), ConstU32<MAX_FAMILIES>>,
    /// Owners with power who voted themselves.
    pub voters: u32,
}

impl Tally {
    /// The slot for votes of `family`, which has to be attested; taken from now on if it has none and one is free.
    pub fn slot(&mut self, family: FamilyId) -> FamilySlot {
        if family == OTHER_FAMILY {
            return FamilySlot::OTHER;
        }
        let position = self
            .families
            .iter()
            .position(|(id, _)| *id == family)
            .or_else(|| {
                self.families
                    .try_push((family, FamilyVotes::default()))
                    .ok()?;
                self.families.len().checked_sub(1)
            });
        position
            .and_then(|position| u8::try_from(position).ok()?.checked_add(1))
            .map_or(FamilySlot::OTHER, FamilySlot)
    }

    /// What the families cast, by slot.
    pub fn by_slot(&self) -> impl Iterator<Item = &FamilyVotes> + '_ {
        core::iter::once(&self.other).chain(self.families.iter().map(|(_, votes)| votes))
    }

    /// All weight cast, counted or not.
    pub fn cast(&self) -> u128 {
        self.by_slot().fold(self.human.total(), |sum, family| {
            sum.saturating_add(family.votes.total())
        })
    }

    /// What counts under `limits`.
    pub fn counted(&self, limits: &AiLimits) -> Counted {
        let cast: Vec<u128> = self.by_slot().map(|family| family.votes.total()).collect();
        let families = limits.counted(self.human.total(), &cast);
        let ai = self.by_slot().zip(cast.iter().zip(&families)).fold(
            Votes::default(),
            |sum, (family, (cast, counted))| {
                sum.checked_add(family.votes.scaled(*counted, *cast))
                    .unwrap_or(sum)
            },
        );
        Counted {
            human: self.human,
            ai,
            cast,
            families,
        }
    }

    /// Adds weight of `power`'s owners, cast by `caster`.
    pub(crate) fn add(
        &mut self,
        caster: Caster,
        split: &VoteSplit,
        power: Power,
        by_owner: bool,
    ) -> Result<(), InconsistentPower> {
        self.change(
            caster,
            split,
            power,
            by_owner,
            Votes::checked_add,
            u128::checked_add,
        )
    }

    /// Takes back what [`Tally::add`] added.
    pub(crate) fn remove(
        &mut self,
        caster: Caster,
        split: &VoteSplit,
        power: Power,
        by_owner: bool,
    ) -> Result<(), InconsistentPower> {
        self.change(
            caster,
            split,
            power,
            by_owner,
            Votes::checked_sub,
            u128::checked_sub,
        )
    }

    fn change(
        &mut self,
        caster: Caster,
        split: &VoteSplit,
        power: Power,
        by_owner: bool,
        votes: fn(Votes, Votes) -> Option<Votes>,
        weight: fn(u128, u128) -> Option<u128>,
    ) -> Result<(), InconsistentPower> {
        let (human, other, slot) = match caster {
            Caster::Human => (power.human, power.other, FamilySlot::OTHER),
            Caster::Family(slot) => (0, power.total(), slot),
        };
        let human = split.spread(human);
        self.human = votes(self.human, human).ok_or(InconsistentPower)?;
        if by_owner {
            self.human_by_owner = votes(self.human_by_owner, human).ok_or(InconsistentPower)?;
        }
        let family = match slot.index().checked_sub(1) {
            None => &mut self.other,
            Some(position) => self
                .families
                .get_mut(position)
                .map(|(_, votes)| votes)
                .ok_or(InconsistentPower)?,
        };
        family.votes = votes(family.votes, split.spread(other)).ok_or(InconsistentPower)?;
        if by_owner {
            family.by_owner = weight(family.by_owner, other).ok_or(InconsistentPower)?;
        }
        Ok(())
    }
}

/// Shares of what counts that AI may have at most.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct AiLimits {
    family_bps: u16,
    total_bps: u16,
}

/// A limit on AI is the whole or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("AI may have less than the whole")]
pub struct InvalidAiLimits;

impl Default for AiLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl AiLimits {
    /// A tenth for one family, 33 % for all.
    pub const DEFAULT: Self = Self {
        family_bps: 1_000,
        total_bps: 3_300,
    };

    /// At most `family_bps` for each family and `total_bps` for all, both less than [`BPS`].
    pub fn new(family_bps: u16, total_bps: u16) -> Result<Self, InvalidAiLimits> {
        if family_bps < BPS && total_bps < BPS {
            Ok(Self {
                family_bps,
                total_bps,
            })
        } else {
            Err(InvalidAiLimits)
        }
    }

    /// Weight that one family may count with beside `human` weight.
    pub fn family_limit(&self, human: u128) -> u128 {
        beside(human, self.family_bps)
    }

    /// Weight that all families together may count with beside `human` weight.
    pub fn total_limit(&self, human: u128) -> u128 {
        beside(human, self.total_bps)
    }

    /// What families count with that cast `cast`, beside `human` weight.
    pub fn counted(&self, human: u128, cast: &[u128]) -> Vec<u128> {
        let family_limit = self.family_limit(human);
        let total_limit = self.total_limit(human);
        let mut counted: Vec<u128> = cast.iter().map(|cast| (*cast).min(family_limit)).collect();
        let sum = counted
            .iter()
            .fold(0u128, |sum, family| sum.saturating_add(*family));
        if sum > total_limit {
            for family in &mut counted {
                *family = mul_div(*family, total_limit, sum).unwrap_or(0);
            }
        }
        counted
    }
}

/// ⌊human·bps ⁄ (10⁴ − bps)⌋, the largest weight that is at most `bps` of itself and `human`.
fn beside(human: u128, bps: u16) -> u128 {
    mul_div(human, u128::from(bps), u128::from(BPS.saturating_sub(bps))).unwrap_or(u128::MAX)
}

/// What counts of a [`Tally`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Cast by humans.
    pub human: Votes,
    /// Cast by AI, after the limits and rounded down choice by choice.
    pub ai: Votes,
    /// Weight that each family cast, by slot.
    pub cast: Vec<u128>,
    /// Weight that each family counts with, by slot.
    pub families: Vec<u128>,
}

impl Counted {
    /// Humans and AI together.
    pub fn votes(&self) -> Votes {
        self.human.checked_add(self.ai).unwrap_or(self.human)
    }

    /// What a single vote of a family counts with, for choices that are not tallied here (ranked ones).
    pub fn scale(&self, slot: FamilySlot, weight: u128) -> u128 {
        match (self.families.get(slot.index()), self.cast.get(slot.index())) {
            (Some(counted), Some(cast)) => {
                mul_div(weight, *counted, *cast).unwrap_or(0).min(weight)
            }
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_split_keeps_all_weight_and_its_remainder_abstains() {
        let split = VoteSplit::new(3_333, 3_333, 0, 3_334).unwrap();
        let votes = split.spread(10);
        assert_eq!(
            votes,
            Votes {
                ayes: 3,
                nays: 3,
                abstain: 1,
                veto: 3
            }
        );
        assert_eq!(VoteSplit::AYE.spread(u128::MAX).ayes, u128::MAX);
        assert_eq!(VoteSplit::new(1, 2, 3, 4), Err(InvalidSplit));
        assert_eq!(VoteSplit::new(u16::MAX, u16::MAX, 0, 0), Err(InvalidSplit));
    }

    #[test]
    fn the_seventeenth_family_is_other_for_good() {
        let mut tally = Tally::default();
        for family in 1..=16u8 {
            assert_eq!(tally.slot([family; 32]).index(), usize::from(family));
        }
        assert_eq!(tally.slot([17; 32]), FamilySlot::OTHER);
        assert_eq!(tally.slot([16; 32]).index(), 16);
        assert_eq!(tally.slot(OTHER_FAMILY), FamilySlot::OTHER);
        let power = Power { human: 0, other: 5 };
        tally
            .add(Caster::Family(FamilySlot(3)), &VoteSplit::AYE, power, true)
            .unwrap();
        tally
            .remove(Caster::Family(FamilySlot(3)), &VoteSplit::AYE, power, true)
            .unwrap();
        assert_eq!(tally.slot([17; 32]), FamilySlot::OTHER);
    }

    #[test]
    fn human_weight_has_a_human_owner_and_a_human_caster() {
        let power = Power { human: 5, other: 7 };
        let mut tally = Tally::default();
        tally
            .add(Caster::Human, &VoteSplit::AYE, power, false)
            .unwrap();
        assert_eq!((tally.human.ayes, tally.other.votes.ayes), (5, 7));
        let slot = tally.slot([9; 32]);
        tally
            .add(Caster::Family(slot), &VoteSplit::NAY, power, false)
            .unwrap();
        assert_eq!(tally.human.total(), 5);
        assert_eq!(tally.families[0].1.votes.nays, 12);
        assert_eq!(
            tally.remove(Caster::Human, &VoteSplit::NAY, power, false),
            Err(InconsistentPower)
        );
    }

    proptest! {
        #[test]
        fn ai_never_has_more_than_its_shares_of_what_counts(
            human in 0..u128::MAX / 64,
            cast in prop::collection::vec(0..u128::MAX / 64, 0..18),
            family_bps in 0..BPS,
            total_bps in 0..BPS,
        ) {
            use primitive_types::U256;
            let counted = AiLimits::new(family_bps, total_bps).unwrap().counted(human, &cast);
            let sum = counted.iter().fold(U256::zero(), |sum, family| sum + U256::from(*family));
            let share_of = |part: U256, of_human: U256, bps: u16| part * U256::from(BPS) <= (of_human + part) * U256::from(bps);
            prop_assert!(share_of(sum, U256::from(human), total_bps));
            for (family, cast) in counted.iter().zip(&cast) {
                prop_assert!(family <= cast);
                prop_assert!(share_of(U256::from(*family), U256::from(human), family_bps));
            }
            if human == 0 {
                prop_assert!(sum.is_zero());
            }
        }

        #[test]
        fn the_order_of_families_does_not_matter(
            human in any::<u64>(),
            mut cast in prop::collection::vec(0..1u128 << 70, 1..18),
            rotation in any::<usize>(),
        ) {
            let limits = AiLimits::default();
            let mut counted = limits.counted(human.into(), &cast);
            let rotation = rotation % cast.len();
            cast.rotate_left(rotation);
            counted.rotate_left(rotation);
            prop_assert_eq!(limits.counted(human.into(), &cast), counted);
        }
    }
}
