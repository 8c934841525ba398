//! Whether a proposal passes, and whether that is certain before its time.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::cmp::Ordering;
use scale_info::TypeInfo;
use thiserror::Error;

use crate::curves::{InvalidCurve, Threshold};
use crate::math::{bps_of, compare_products};
use crate::tally::{AiLimits, Counted, Tally, Votes};
use crate::{BPS, PPB};

/// Members who have to vote themselves for a quorum, or all if there are fewer.
pub const MIN_VOTERS: u32 = 3;

/// What a proposal needs to pass.
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
pub struct DecisionRule {
    /// Of the votes for and against.
    pub approval: Threshold,
    /// Of the votes for among all that is eligible, if that is required too.
    pub support: Option<Threshold>,
    /// Of all that counts, abstentions included, among all that is eligible.
    pub quorum: Threshold,
    /// Basis points of the votes for that humans have to cast.
    pub human_quorum_bps: u16,
    /// Basis points of the eligible humans' weight whose vetoes stop the proposal; 0 where there is no veto.
    pub veto_bps: u16,
    /// How much AI counts.
    pub ai: AiLimits,
}

/// Why a rule is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidRule {
    /// A threshold is none.
    #[error(transparent)]
    Curve(#[from] InvalidCurve),
    /// A quorum of zero: one vote would pass anything.
    #[error("a quorum of zero")]
    ZeroQuorum,
    /// Less than half could approve.
    #[error("approval by less than half of the votes")]
    Minority,
    /// Basis points beyond the whole.
    #[error("more than 10000 basis points")]
    Share,
}

/// Who could vote, as of the snapshot.
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
pub struct Electorate {
    /// All voting power.
    pub eligible: u128,
    /// Power of proven humans among it.
    pub eligible_human: u128,
    /// Number of members.
    pub members: u32,
}

/// How far the time to decide has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed {
    /// Since deciding began.
    pub elapsed: u64,
    /// The track's time to decide.
    pub period: u64,
}

impl Elapsed {
    /// At the end, where curves are at their floor.
    pub const END: Self = Self {
        elapsed: 1,
        period: 1,
    };
}

/// What would become of a proposal if voting closed.
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
pub enum Outcome {
    /// It passes.
    Passed,
    /// Enough humans veto it.
    Vetoed,
    /// Too little or too few voted.
    NoQuorum,
    /// Too few are for it.
    NotApproved,
    /// Too little of what is for it is cast by humans.
    NotEnoughHuman,
}

impl Outcome {
    /// Whether it passes.
    pub fn is_passed(self) -> bool {
        self == Self::Passed
    }
}

/// What is certain before voting closes.
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
pub enum Early {
    /// It passes whatever the rest does, short of a veto.
    Passed,
    /// It fails whatever the rest does.
    Failed,
}

impl DecisionRule {
    /// Checks what decoding does not.
    pub fn validate(&self) -> Result<(), InvalidRule> {
        self.approval.validate()?;
        self.quorum.validate()?;
        if let Some(support) = &self.support {
            support.validate()?;
        }
        if self.quorum.admits_nothing_cast() {
            return Err(InvalidRule::ZeroQuorum);
        }
        let half = PPB.div_euclid(2);
        let floor = match self.approval {
            Threshold::Above(parts) | Threshold::AtLeast(parts) => parts,
            Threshold::Curve(curve) => curve.threshold(1, 1),
        };
        if floor < half {
            return Err(InvalidRule::Minority);
        }
        if self.human_quorum_bps > BPS || self.veto_bps > BPS {
            return Err(InvalidRule::Share);
        }
        Ok(())
    }

    /// What would become of the proposal if voting closed now.
    pub fn outcome(&self, tally: &Tally, electorate: &Electorate, at: Elapsed) -> Outcome {
        let counted = tally.counted(&self.ai);
        let votes = counted.votes();
        if self.is_vetoed(&counted.human, electorate) {
            Outcome::Vetoed
        } else if !self.has_quorum(votes.total(), tally.voters, electorate, at) {
            Outcome::NoQuorum
        } else if !self.is_approved(votes.ayes, votes.against(), electorate, at) {
            Outcome::NotApproved
        } else if !self.has_human_quorum(counted.human.ayes, votes.ayes) {
            Outcome::NotEnoughHuman
        } else {
            Outcome::Passed
        }
    }

    /// Whether an optimistic proposal, which passes unless it is vetoed, is vetoed.
    pub fn optimistic_outcome(&self, tally: &Tally, electorate: &Electorate) -> Outcome {
        if self.is_vetoed(&tally.human, electorate) {
            Outcome::Vetoed
        } else {
            Outcome::Passed
        }
    }

    /// What is certain already, if anything. Never asked where votes are sealed, or while votes of assistants are
    /// pending or the override window is open: the caller's `windows_open`.
    ///
    /// Only votes of owners in person are taken as given. For success everything else is against it where that hurts
    /// and missing where that hurts, and AI may still dilute the humans' share of the ayes; for failure everything
    /// else is for it, what AI cast in person up to its limits.
    pub fn early(
        &self,
        tally: &Tally,
        electorate: &Electorate,
        at: Elapsed,
        windows_open: bool,
    ) -> Option<Early> {
        if windows_open {
            return None;
        }
        let own = &tally.human_by_owner;
        let rest = electorate.eligible.saturating_sub(own.total());

        let dilution = rest.min(self.ai.total_limit(electorate.eligible));
        if !self.is_vetoed(&tally.human, electorate)
            && self.has_quorum(own.total(), tally.voters, electorate, at)
            && self.is_approved(own.ayes, own.against().saturating_add(rest), electorate, at)
            && self.has_human_quorum(own.ayes, own.ayes.saturating_add(dilution))
        {
            return Some(Early::Passed);
        }

        let (ai_sum, ai_cast) = tally.by_slot().fold(
            (0u128, alloc::vec::Vec::new()),
            |(sum, mut cast), family| {
                cast.push(family.by_owner);
                (sum.saturating_add(family.by_owner), cast)
            },
        );
        let open = rest.saturating_sub(ai_sum);
        let ai = self
            .ai
            .counted(own.total().saturating_add(open), &ai_cast)
            .iter()
            .fold(0u128, |sum, counted| sum.saturating_add(*counted));
        let gain = open.saturating_add(ai);
        let ayes = own.ayes.saturating_add(gain);
        if !self.is_approved(ayes, own.against(), electorate, Elapsed::END)
            || !self.has_quorum(
                own.total().saturating_add(gain),
                electorate.members,
                electorate,
                Elapsed::END,
            )
        {
            return Some(Early::Failed);
        }
        None
    }

    /// Whether vetoes of proven humans, `human`, stop the proposal: while it is decided or in its timelock.
    pub fn is_vetoed(&self, human: &Votes, electorate: &Electorate) -> bool {
        self.veto_bps > 0
            && human.veto > 0
            && compare_products(
                human.veto,
                BPS.into(),
                electorate.eligible_human,
                self.veto_bps.into(),
            ) != Ordering::Less
    }

    fn has_quorum(&self, counted: u128, voters: u32, electorate: &Electorate, at: Elapsed) -> bool {
        voters >= MIN_VOTERS.min(electorate.members)
            && self
                .quorum
                .is_met(counted, electorate.eligible, at.elapsed, at.period)
    }

    fn is_approved(&self, ayes: u128, against: u128, electorate: &Electorate, at: Elapsed) -> bool {
        ayes > 0
            && self
                .approval
                .is_met(ayes, ayes.saturating_add(against), at.elapsed, at.period)
            && self.support.is_none_or(|support| {
                support.is_met(ayes, electorate.eligible, at.elapsed, at.period)
            })
    }

    fn has_human_quorum(&self, human_ayes: u128, ayes: u128) -> bool {
        compare_products(human_ayes, BPS.into(), ayes, self.human_quorum_bps.into())
            != Ordering::Less
    }
}

/// AI's share of what counts, in basis points.
pub fn ai_share_bps(counted: &Counted) -> u16 {
    let (ai, all) = (counted.ai.total(), counted.votes().total());
    crate::math::mul_div(ai, BPS.into(), all)
        .and_then(|share| u16::try_from(share).ok())
        .unwrap_or(0)
}

/// What one voter may cast at most where tracks limit it to `own_bps` and `delegated_bps` of all that is eligible.
pub fn voter_limits(
    electorate: &Electorate,
    own_bps: u16,
    delegated_bps: u16,
) -> crate::ballots::VoterLimits {
    crate::ballots::VoterLimits {
        own: bps_of(electorate.eligible, own_bps),
        delegated: bps_of(electorate.eligible, delegated_bps),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delegation::Power;
    use crate::tally::{Caster, VoteSplit};
    use proptest::prelude::*;

    const PERCENT: u32 = PPB / 100;

    fn rule() -> DecisionRule {
        DecisionRule {
            approval: Threshold::Above(50 * PERCENT),
            support: None,
            quorum: Threshold::AtLeast(8 * PERCENT),
            human_quorum_bps: 3_000,
            veto_bps: 2_000,
            ai: AiLimits::default(),
        }
    }

    fn electorate(eligible: u128) -> Electorate {
        Electorate {
            eligible,
            eligible_human: eligible,
            members: 100,
        }
    }

    fn add(tally: &mut Tally, caster: Caster, split: VoteSplit, weight: u128, by_owner: bool) {
        tally
            .add(
                caster,
                &split,
                Power {
                    human: weight,
                    other: 0,
                },
                by_owner,
            )
            .unwrap();
        tally.voters += u32::from(by_owner);
    }

    #[test]
    fn ai_alone_decides_nothing() {
        let mut tally = Tally::default();
        for family in 1..=20u8 {
            let slot = tally.slot([family; 32]);
            add(
                &mut tally,
                Caster::Family(slot),
                VoteSplit::AYE,
                1_000_000,
                true,
            );
        }
        let electorate = electorate(20_000_000);
        assert_eq!(
            tally.counted(&AiLimits::default()).votes(),
            Votes::default()
        );
        assert_eq!(
            rule().outcome(&tally, &electorate, Elapsed::END),
            Outcome::NoQuorum
        );
        assert_eq!(
            rule().optimistic_outcome(&tally, &electorate),
            Outcome::Passed
        );
    }

    #[test]
    fn every_condition_is_needed() {
        let base = |ayes: u128, nays: u128| {
            let mut tally = Tally::default();
            add(&mut tally, Caster::Human, VoteSplit::AYE, ayes, true);
            add(&mut tally, Caster::Human, VoteSplit::NAY, nays, true);
            tally.voters = 3;
            tally
        };
        let end = Elapsed::END;
        let of = electorate(1_000);
        assert_eq!(rule().outcome(&base(60, 20), &of, end), Outcome::Passed);
        assert_eq!(rule().outcome(&base(40, 39), &of, end), Outcome::NoQuorum);
        assert_eq!(
            rule().outcome(&base(40, 40), &of, end),
            Outcome::NotApproved
        );
        let mut few = base(60, 20);
        few.voters = 2;
        assert_eq!(rule().outcome(&few, &of, end), Outcome::NoQuorum);
        assert_eq!(
            rule().outcome(&few, &Electorate { members: 2, ..of }, end),
            Outcome::Passed
        );
        let supported = DecisionRule {
            support: Some(Threshold::AtLeast(7 * PERCENT)),
            ..rule()
        };
        assert_eq!(
            supported.outcome(&base(60, 20), &of, end),
            Outcome::NotApproved
        );
        assert_eq!(supported.outcome(&base(70, 20), &of, end), Outcome::Passed);

        let mut mixed = base(10, 0);
        add(&mut mixed, Caster::Human, VoteSplit::ABSTAIN, 990, true);
        let slot = mixed.slot([1; 32]);
        add(&mut mixed, Caster::Family(slot), VoteSplit::AYE, 100, false);
        // 10 of 110 ayes are human
        assert_eq!(
            rule().outcome(&mixed, &electorate(1_100), end),
            Outcome::NotEnoughHuman
        );
        let lenient = DecisionRule {
            human_quorum_bps: 909,
            ..rule()
        };
        assert_eq!(
            lenient.outcome(&mixed, &electorate(1_100), end),
            Outcome::Passed
        );

        let mut vetoed = base(700, 0);
        add(&mut vetoed, Caster::Human, VoteSplit::VETO, 199, true);
        assert_eq!(rule().outcome(&vetoed, &of, end), Outcome::Passed);
        add(&mut vetoed, Caster::Human, VoteSplit::VETO, 1, true);
        assert_eq!(rule().outcome(&vetoed, &of, end), Outcome::Vetoed);
        assert_eq!(rule().optimistic_outcome(&vetoed, &of), Outcome::Vetoed);
    }

    #[test]
    fn an_ai_veto_stops_nothing() {
        let mut tally = Tally::default();
        add(&mut tally, Caster::Human, VoteSplit::AYE, 400, true);
        tally.voters = 3;
        let slot = tally.slot([1; 32]);
        add(&mut tally, Caster::Family(slot), VoteSplit::VETO, 600, true);
        assert_eq!(
            rule().outcome(&tally, &electorate(1_000), Elapsed::END),
            Outcome::Passed
        );
    }

    #[test]
    fn bad_rules_are_refused() {
        assert_eq!(rule().validate(), Ok(()));
        let with = |edit: fn(&mut DecisionRule)| {
            let mut rule = rule();
            edit(&mut rule);
            rule.validate()
        };
        assert_eq!(
            with(|rule| rule.quorum = Threshold::AtLeast(0)),
            Err(InvalidRule::ZeroQuorum)
        );
        assert_eq!(
            with(|rule| rule.approval = Threshold::Above(PPB / 2 - 1)),
            Err(InvalidRule::Minority)
        );
        assert_eq!(
            with(|rule| rule.approval = Threshold::Above(PPB)),
            Err(InvalidRule::Curve(InvalidCurve))
        );
        assert_eq!(
            with(|rule| rule.veto_bps = BPS + 1),
            Err(InvalidRule::Share)
        );
    }

    #[test]
    fn early_decisions_ignore_delegates_and_assistants() {
        let of = electorate(1_000);
        let mut tally = Tally::default();
        add(&mut tally, Caster::Human, VoteSplit::AYE, 900, false);
        tally.voters = 3;
        let start = Elapsed {
            elapsed: 0,
            period: 1,
        };
        assert_eq!(rule().early(&tally, &of, start, false), None);
        let mut tally = Tally::default();
        add(&mut tally, Caster::Human, VoteSplit::AYE, 900, true);
        tally.voters = 3;
        assert_eq!(rule().early(&tally, &of, start, false), Some(Early::Passed));
        assert_eq!(rule().early(&tally, &of, start, true), None);
        let mut tally = Tally::default();
        add(&mut tally, Caster::Human, VoteSplit::NAY, 500, true);
        assert_eq!(rule().early(&tally, &of, start, false), Some(Early::Failed));
        let mut tally = Tally::default();
        add(&mut tally, Caster::Human, VoteSplit::NAY, 400, true);
        assert_eq!(rule().early(&tally, &of, start, false), None);
        // 500 of an AI's own power count at most a tenth beside 500 of humans
        let slot = tally.slot([1; 32]);
        add(&mut tally, Caster::Family(slot), VoteSplit::AYE, 500, true);
        assert_eq!(rule().early(&tally, &of, start, false), Some(Early::Failed));
    }

    #[test]
    fn early_success_leaves_room_for_ai_to_dilute_the_ayes() {
        let of = electorate(100);
        let start = Elapsed {
            elapsed: 0,
            period: 1,
        };
        let mut tally = Tally::default();
        add(&mut tally, Caster::Human, VoteSplit::AYE, 60, true);
        tally.voters = 3;
        // AI may still add 40 of 100 ayes: fewer than its limit, 49 beside 100
        let with = |human_quorum_bps| DecisionRule {
            human_quorum_bps,
            ..rule()
        };
        assert_eq!(
            with(6_000).early(&tally, &of, start, false),
            Some(Early::Passed)
        );
        assert_eq!(with(6_001).early(&tally, &of, start, false), None);
    }

    fn split() -> impl Strategy<Value = VoteSplit> {
        prop_oneof![
            Just(VoteSplit::AYE),
            Just(VoteSplit::NAY),
            Just(VoteSplit::ABSTAIN)
        ]
    }

    fn any_rule() -> impl Strategy<Value = DecisionRule> {
        (
            50u32..100,
            prop::option::of(0u32..60),
            1u32..60,
            0u16..=BPS,
            0u16..6_000,
            0u16..6_000,
            any::<bool>(),
        )
            .prop_map(
                |(approval, support, quorum, human_quorum_bps, family, total, curve)| {
                    DecisionRule {
                        approval: if curve {
                            Threshold::Curve(crate::curves::Curve::Linear {
                                ceil: PPB,
                                floor: approval * PERCENT,
                                length: PPB,
                            })
                        } else {
                            Threshold::Above(approval * PERCENT)
                        },
                        support: support.map(|support| Threshold::AtLeast(support * PERCENT)),
                        quorum: Threshold::AtLeast(quorum * PERCENT),
                        human_quorum_bps,
                        veto_bps: 0,
                        ai: AiLimits::new(family, total).unwrap(),
                    }
                },
            )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        /// What is decided early is what any continuation gives in which owners keep the votes they cast in person.
        #[test]
        fn early_decisions_hold_whatever_comes(
            rule in any_rule(),
            given in prop::collection::vec((0u8..4, split(), 1u128..2_000), 0..6),
            rest in prop::collection::vec((0u8..4, split(), 1u128..400, any::<bool>()), 0..6),
            missing in prop_oneof![3 => Just(0u128), 1 => 0u128..600],
            at in 0u64..=10,
        ) {
            let caster = |tally: &mut Tally, kind: u8| match kind {
                0 | 1 => Caster::Human,
                _ => Caster::Family(tally.slot([kind; 32])),
            };
            let mut early = Tally::default();
            for (kind, split, weight) in &given {
                let caster = caster(&mut early, *kind);
                add(&mut early, caster, *split, *weight, true);
            }
            let mut closed = early.clone();
            for (kind, split, weight, by_owner) in &rest {
                let caster = caster(&mut closed, *kind);
                add(&mut closed, caster, *split, *weight, *by_owner);
            }
            let electorate = electorate(closed.cast() + missing);
            let now = Elapsed { elapsed: at, period: 10 };
            let outcome = rule.outcome(&closed, &electorate, Elapsed::END);
            match rule.early(&early, &electorate, now, false) {
                Some(Early::Passed) => prop_assert_eq!(outcome, Outcome::Passed),
                Some(Early::Failed) => prop_assert_ne!(outcome, Outcome::Passed),
                None => {}
            }
        }
    }
}
