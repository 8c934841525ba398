//! Votes, overrides and withdrawals on one proposal, each in constant time.
//!
//! An owner's power is cast by the first of these that has a vote: the owner, the owner's assistant under a mandate, the
//! owner's delegates. While neither owner nor assistant votes, each delegate casts its part in one sum with all else
//! that is delegated to it; when one of them does, the parts are taken out of those sums (at most
//! [`MAX_DELEGATES`](crate::delegation::MAX_DELEGATES) of them), and put back when the last of the two withdraws.
//!
//! - An assistant casts the power of its principal alone, never what others delegated to the principal.
//! - Delegation is one level: what an owner gave away and what was delegated to the owner are never mixed.
//! - In the last part of voting (the override window) delegates are frozen: a vote moves its owner's power, and power
//!   delegated to the owner stays where it was, so that nobody is outvoted by a delegate too late to object.
//!
//! Nothing is written when an operation fails.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::VoterId;
use crate::delegation::{Delegation, Power};
use crate::tally::{Caster, Counted, FamilySlot, InconsistentPower, Tally, VoteSplit};

/// A vote and what cast it.
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
pub struct Cast {
    /// How the weight is divided.
    pub split: VoteSplit,
    /// Human or family, as of the vote.
    pub caster: Caster,
}

/// What is known of one voter on one proposal. The default says nothing and need not be stored.
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
pub struct Ballot {
    /// The owner's vote: casts the owner's power.
    pub direct: Option<Cast>,
    /// The owner's vote as a delegate: casts what is delegated to the owner.
    pub delegated: Option<Cast>,
    /// Vote of the owner's assistant, once effective: casts the owner's power if there is no direct vote.
    pub assistant: Option<Cast>,
    /// The part of what is delegated to the owner that its owners cast themselves or by assistants.
    pub overridden: Power,
}

impl Ballot {
    /// Whether the owner's power is cast by the owner or the owner's assistant, not by delegates.
    pub fn casts_own_power(&self) -> bool {
        self.direct.is_some() || self.assistant.is_some()
    }
}

/// The most weight that a single voter may cast.
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
pub struct VoterLimits {
    /// Of own power.
    pub own: u128,
    /// Of power delegated to the voter.
    pub delegated: u128,
}

impl Default for VoterLimits {
    /// No limit.
    fn default() -> Self {
        Self {
            own: u128::MAX,
            delegated: u128::MAX,
        }
    }
}

/// Storage of one proposal as [`vote`] and the others need it. Power and delegations are those of the proposal's
/// snapshot and never change.
pub trait Store {
    /// Power of a voter.
    fn power(&self, voter: &VoterId) -> u128;

    /// Power delegated to a voter: the sum of all [`Delegation::parts`] that name it.
    fn delegated_in(&self, voter: &VoterId) -> Power;

    /// Whom a voter delegates to.
    fn delegation(&self, voter: &VoterId) -> Delegation;

    /// What is known of a voter.
    fn ballot(&self, voter: &VoterId) -> Ballot;

    /// Stores what is known of a voter; the default may be deleted.
    fn set_ballot(&mut self, voter: &VoterId, ballot: Ballot);
}

/// Sets or changes the vote of `voter` in person. With `delegates_frozen` only the voter's own power moves.
pub fn vote<S: Store>(
    store: &mut S,
    tally: &mut Tally,
    limits: &VoterLimits,
    voter: &VoterId,
    cast: Cast,
    delegates_frozen: bool,
) -> Result<(), InconsistentPower> {
    change(store, tally, limits, voter, |ballot| {
        ballot.direct = Some(cast);
        if !delegates_frozen {
            ballot.delegated = Some(cast);
        }
    })
}

/// Takes back the vote of `voter` in person: the assistant's counts again, or else the delegates'.
pub fn withdraw<S: Store>(
    store: &mut S,
    tally: &mut Tally,
    limits: &VoterLimits,
    voter: &VoterId,
    delegates_frozen: bool,
) -> Result<(), InconsistentPower> {
    change(store, tally, limits, voter, |ballot| {
        ballot.direct = None;
        if !delegates_frozen {
            ballot.delegated = None;
        }
    })
}

/// Makes a vote of `principal`'s assistant effective.
pub fn vote_as_assistant<S: Store>(
    store: &mut S,
    tally: &mut Tally,
    limits: &VoterLimits,
    principal: &VoterId,
    cast: Cast,
) -> Result<(), InconsistentPower> {
    change(store, tally, limits, principal, |ballot| {
        ballot.assistant = Some(cast)
    })
}

/// Takes back the vote of `principal`'s assistant, when the mandate ended or was revoked or the principal vetoes it: the
/// weight returns to the delegates, if the principal has not voted.
pub fn withdraw_assistant<S: Store>(
    store: &mut S,
    tally: &mut Tally,
    limits: &VoterLimits,
    principal: &VoterId,
) -> Result<(), InconsistentPower> {
    change(store, tally, limits, principal, |ballot| {
        ballot.assistant = None
    })
}

fn change<S: Store>(
    store: &mut S,
    tally: &mut Tally,
    limits: &VoterLimits,
    voter: &VoterId,
    edit: impl FnOnce(&mut Ballot),
) -> Result<(), InconsistentPower> {
    let before = store.ballot(voter);
    let mut after = before;
    edit(&mut after);
    if before == after {
        return Ok(());
    }

    let power = store.power(voter);
    let mut updated = tally.clone();
    let mut ballots = Vec::with_capacity(1);
    replace(
        &mut updated,
        limits,
        &before,
        &after,
        power,
        store.delegated_in(voter),
    )?;
    ballots.push((*voter, after));

    if before.casts_own_power() != after.casts_own_power() {
        for (delegate, part) in store.delegation(voter).parts(power) {
            let before = store.ballot(&delegate);
            let mut after = before;
            after.overridden = if ballots
                .first()
                .is_some_and(|(_, ballot)| ballot.casts_own_power())
            {
                before.overridden.checked_add(part)
            } else {
                before.overridden.checked_sub(part)
            }
            .ok_or(InconsistentPower)?;
            replace(
                &mut updated,
                limits,
                &before,
                &after,
                store.power(&delegate),
                store.delegated_in(&delegate),
            )?;
            ballots.push((delegate, after));
        }
    }

    *tally = updated;
    for (voter, ballot) in ballots {
        store.set_ballot(&voter, ballot);
    }
    Ok(())
}

/// Replaces in `tally` what one voter's ballot cast before by what it casts after.
fn replace(
    tally: &mut Tally,
    limits: &VoterLimits,
    before: &Ballot,
    after: &Ballot,
    power: u128,
    delegated_in: Power,
) -> Result<(), InconsistentPower> {
    for part in contributions(limits, before, power, delegated_in)?
        .into_iter()
        .flatten()
    {
        tally.remove(
            part.cast.caster,
            &part.cast.split,
            part.power,
            part.by_owner,
        )?;
    }
    for part in contributions(limits, after, power, delegated_in)?
        .into_iter()
        .flatten()
    {
        tally.add(
            part.cast.caster,
            &part.cast.split,
            part.power,
            part.by_owner,
        )?;
    }
    if power > 0 {
        tally.voters = match (before.direct, after.direct) {
            (None, Some(_)) => tally.voters.checked_add(1),
            (Some(_), None) => tally.voters.checked_sub(1),
            _ => Some(tally.voters),
        }
        .ok_or(InconsistentPower)?;
    }
    Ok(())
}

/// Power that a ballot casts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// The vote.
    pub cast: Cast,
    /// The power it moves.
    pub power: Power,
    /// Whether its owner casts it in person.
    pub by_owner: bool,
}

impl Contribution {
    /// What of it counts, for choices that a [`Tally`] does not hold. Votes on ranked options are cast here as
    /// abstentions; this is the weight of the ranking that goes with them.
    pub fn counted(&self, counted: &Counted) -> u128 {
        match self.cast.caster {
            Caster::Human => {
                let other = counted.scale(FamilySlot::OTHER, self.power.other);
                self.power.human.saturating_add(other)
            }
            Caster::Family(slot) => counted.scale(slot, self.power.total()),
        }
    }
}

/// What a ballot casts: with the owner's power, and with power delegated to the owner.
pub fn contributions(
    limits: &VoterLimits,
    ballot: &Ballot,
    power: u128,
    delegated_in: Power,
) -> Result<[Option<Contribution>; 2], InconsistentPower> {
    let own = ballot.direct.or(ballot.assistant).map(|cast| Contribution {
        cast,
        // Owner and caster are one identity or its assistant: the caster alone says whose weight it is.
        power: Power {
            human: power.min(limits.own),
            other: 0,
        },
        by_owner: ballot.direct.is_some(),
    });
    let left = delegated_in
        .checked_sub(ballot.overridden)
        .ok_or(InconsistentPower)?;
    let delegated = ballot.delegated.map(|cast| Contribution {
        cast,
        power: left.limited(limits.delegated),
        by_owner: false,
    });
    Ok([own, delegated])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::collections::BTreeMap;

    const A: VoterId = [1; 32];
    const B: VoterId = [2; 32];

    #[derive(Default)]
    struct Book {
        power: BTreeMap<VoterId, u128>,
        delegated_in: BTreeMap<VoterId, Power>,
        delegations: BTreeMap<VoterId, Delegation>,
        ballots: BTreeMap<VoterId, Ballot>,
        accesses: Cell<u32>,
    }

    impl Book {
        fn delegate(&mut self, from: VoterId, to: &[(VoterId, u16)], human: bool) {
            let delegation = Delegation::new(&from, to, human).unwrap();
            for (delegate, part) in delegation.parts(self.power[&from]) {
                let sum = self.delegated_in.entry(delegate).or_default();
                *sum = sum.checked_add(part).unwrap();
            }
            self.delegations.insert(from, delegation);
        }

        fn count(&self) {
            self.accesses.set(self.accesses.get() + 1);
        }
    }

    impl Store for Book {
        fn power(&self, voter: &VoterId) -> u128 {
            self.count();
            self.power.get(voter).copied().unwrap_or_default()
        }

        fn delegated_in(&self, voter: &VoterId) -> Power {
            self.count();
            self.delegated_in.get(voter).copied().unwrap_or_default()
        }

        fn delegation(&self, voter: &VoterId) -> Delegation {
            self.count();
            self.delegations.get(voter).cloned().unwrap_or_default()
        }

        fn ballot(&self, voter: &VoterId) -> Ballot {
            self.count();
            self.ballots.get(voter).copied().unwrap_or_default()
        }

        fn set_ballot(&mut self, voter: &VoterId, ballot: Ballot) {
            self.count();
            self.ballots.insert(*voter, ballot);
        }
    }

    const NO_LIMITS: VoterLimits = VoterLimits {
        own: u128::MAX,
        delegated: u128::MAX,
    };

    fn human(split: VoteSplit) -> Cast {
        Cast {
            split,
            caster: Caster::Human,
        }
    }

    #[test]
    fn an_override_moves_the_delegators_part() {
        let mut book = Book::default();
        book.power.extend([(A, 100), (B, 50)]);
        book.delegate(A, &[(B, 10_000)], true);
        let mut tally = Tally::default();
        vote(
            &mut book,
            &mut tally,
            &NO_LIMITS,
            &B,
            human(VoteSplit::AYE),
            false,
        )
        .unwrap();
        assert_eq!((tally.human.ayes, tally.human.nays), (150, 0));
        vote(
            &mut book,
            &mut tally,
            &NO_LIMITS,
            &A,
            human(VoteSplit::NAY),
            false,
        )
        .unwrap();
        assert_eq!((tally.human.ayes, tally.human.nays), (50, 100));
        assert_eq!(tally.voters, 2);
        withdraw(&mut book, &mut tally, &NO_LIMITS, &A, false).unwrap();
        assert_eq!(
            (tally.human.ayes, tally.human.nays, tally.voters),
            (150, 0, 1)
        );
        withdraw(&mut book, &mut tally, &NO_LIMITS, &B, false).unwrap();
        assert_eq!(tally, Tally::default());
    }

    #[test]
    fn the_owner_goes_before_the_assistant_and_the_assistant_before_the_delegate() {
        let mut book = Book::default();
        book.power.extend([(A, 100), (B, 50)]);
        book.delegate(A, &[(B, 10_000)], true);
        let mut tally = Tally::default();
        let slot = tally.slot([7; 32]);
        let assistant = Cast {
            split: VoteSplit::ABSTAIN,
            caster: Caster::Family(slot),
        };
        vote(
            &mut book,
            &mut tally,
            &NO_LIMITS,
            &B,
            human(VoteSplit::AYE),
            false,
        )
        .unwrap();
        vote_as_assistant(&mut book, &mut tally, &NO_LIMITS, &A, assistant).unwrap();
        assert_eq!(
            (tally.human.ayes, tally.families[0].1.votes.abstain),
            (50, 100)
        );
        vote(
            &mut book,
            &mut tally,
            &NO_LIMITS,
            &A,
            human(VoteSplit::NAY),
            false,
        )
        .unwrap();
        let overridden = tally.clone();
        // Nothing an assistant does shows once its principal has voted
        for split in [VoteSplit::AYE, VoteSplit::NAY, VoteSplit::VETO] {
            vote_as_assistant(
                &mut book,
                &mut tally,
                &NO_LIMITS,
                &A,
                Cast { split, ..assistant },
            )
            .unwrap();
            assert_eq!(tally, overridden);
        }
        withdraw(&mut book, &mut tally, &NO_LIMITS, &A, false).unwrap();
        assert_eq!(
            (tally.human.ayes, tally.families[0].1.votes.veto),
            (50, 100)
        );
        withdraw_assistant(&mut book, &mut tally, &NO_LIMITS, &A).unwrap();
        assert_eq!(
            (tally.human.ayes, tally.families[0].1.votes.total()),
            (150, 0)
        );
    }

    #[test]
    fn an_assistant_casts_nothing_that_others_delegated() {
        let mut book = Book::default();
        book.power.extend([(A, 100), (B, 50)]);
        book.delegate(A, &[(B, 10_000)], true);
        let mut tally = Tally::default();
        let slot = tally.slot([7; 32]);
        let assistant = Cast {
            split: VoteSplit::AYE,
            caster: Caster::Family(slot),
        };
        vote_as_assistant(&mut book, &mut tally, &NO_LIMITS, &B, assistant).unwrap();
        assert_eq!(tally.cast(), 50);
        assert_eq!(tally.voters, 0);
    }

    #[test]
    fn delegated_power_stays_where_it_was_once_delegates_are_frozen() {
        let mut book = Book::default();
        book.power.extend([(A, 100), (B, 50)]);
        book.delegate(A, &[(B, 10_000)], true);
        let mut tally = Tally::default();
        vote(
            &mut book,
            &mut tally,
            &NO_LIMITS,
            &B,
            human(VoteSplit::AYE),
            false,
        )
        .unwrap();
        vote(
            &mut book,
            &mut tally,
            &NO_LIMITS,
            &B,
            human(VoteSplit::NAY),
            true,
        )
        .unwrap();
        assert_eq!((tally.human.ayes, tally.human.nays), (100, 50));
        withdraw(&mut book, &mut tally, &NO_LIMITS, &B, true).unwrap();
        assert_eq!((tally.human.ayes, tally.human.nays), (100, 0));
        // The delegator still can
        vote(
            &mut book,
            &mut tally,
            &NO_LIMITS,
            &A,
            human(VoteSplit::NAY),
            true,
        )
        .unwrap();
        assert_eq!((tally.human.ayes, tally.human.nays), (0, 100));
    }

    #[test]
    fn limits_hold_for_own_and_delegated_power() {
        let mut book = Book::default();
        let limits = VoterLimits {
            own: 30,
            delegated: 60,
        };
        book.power.extend([(A, 100), (B, 50)]);
        book.delegate(A, &[(B, 10_000)], false);
        let mut tally = Tally::default();
        vote(
            &mut book,
            &mut tally,
            &limits,
            &B,
            human(VoteSplit::AYE),
            false,
        )
        .unwrap();
        assert_eq!((tally.human.ayes, tally.other.votes.ayes), (30, 60));
        vote(
            &mut book,
            &mut tally,
            &limits,
            &A,
            human(VoteSplit::AYE),
            false,
        )
        .unwrap();
        assert_eq!((tally.human.ayes, tally.other.votes.ayes), (60, 0));
    }

    #[test]
    fn a_vote_touches_the_same_entries_with_ten_and_with_a_hundred_thousand_delegators() {
        let accesses = |delegators: u32| {
            let mut book = Book::default();
            book.power.insert(B, 50);
            for delegator in 0..delegators {
                let mut id = [9; 32];
                id[..4].copy_from_slice(&delegator.to_le_bytes());
                book.power.insert(id, 3);
                book.delegate(id, &[(B, 10_000)], true);
            }
            let mut tally = Tally::default();
            vote(
                &mut book,
                &mut tally,
                &NO_LIMITS,
                &B,
                human(VoteSplit::AYE),
                false,
            )
            .unwrap();
            assert_eq!(tally.human.ayes, 50 + 3 * u128::from(delegators));
            let mut delegator = [9; 32];
            delegator[..4].copy_from_slice(&0u32.to_le_bytes());
            vote(
                &mut book,
                &mut tally,
                &NO_LIMITS,
                &delegator,
                human(VoteSplit::NAY),
                false,
            )
            .unwrap();
            book.accesses.get()
        };
        assert_eq!(accesses(10), accesses(100_000));

        let mut book = Book::default();
        let delegates: Vec<_> = (10..18).map(|id| ([id; 32], 1_250)).collect();
        book.power.insert(A, 1_000);
        book.delegate(A, &delegates, true);
        let mut tally = Tally::default();
        vote(
            &mut book,
            &mut tally,
            &NO_LIMITS,
            &A,
            human(VoteSplit::NAY),
            false,
        )
        .unwrap();
        // Four for the voter, four for each of eight delegates, the delegation itself
        assert_eq!(book.accesses.get(), 4 + 8 * 4 + 1);
    }

    #[test]
    fn a_corrupt_store_changes_nothing() {
        let mut book = Book::default();
        book.power.extend([(A, 100), (B, 50)]);
        book.delegate(A, &[(B, 10_000)], true);
        let mut tally = Tally::default();
        vote(
            &mut book,
            &mut tally,
            &NO_LIMITS,
            &B,
            human(VoteSplit::AYE),
            false,
        )
        .unwrap();
        book.delegated_in.insert(
            B,
            Power {
                human: 99,
                other: 0,
            },
        );
        let (tally_before, ballots_before) = (tally.clone(), book.ballots.clone());
        vote(
            &mut book,
            &mut tally,
            &NO_LIMITS,
            &A,
            human(VoteSplit::NAY),
            false,
        )
        .unwrap_err();
        assert_eq!((tally, book.ballots), (tally_before, ballots_before));
    }

    #[test]
    fn ranked_weights_add_up_to_what_counts() {
        let mut book = Book::default();
        book.power.extend([(A, 1_000), (B, 500)]);
        book.delegate(A, &[(B, 7_000)], false);
        let mut tally = Tally::default();
        let mut cast = |book: &mut Book, voter: VoterId, caster| {
            let split = VoteSplit::ABSTAIN;
            vote(
                book,
                &mut tally,
                &NO_LIMITS,
                &voter,
                Cast { split, caster },
                false,
            )
            .unwrap();
        };
        cast(&mut book, B, Caster::Human);
        for voter in 10..20u8 {
            book.power.insert([voter; 32], 77);
            cast(&mut book, [voter; 32], Caster::Family(FamilySlot::OTHER));
        }
        let counted = tally.counted(&crate::tally::AiLimits::default());
        let sum: u128 = book
            .ballots
            .iter()
            .flat_map(|(voter, ballot)| {
                contributions(
                    &NO_LIMITS,
                    ballot,
                    book.power(voter),
                    book.delegated_in(voter),
                )
                .unwrap()
            })
            .flatten()
            .map(|part| part.counted(&counted))
            .sum();
        // 500 of humans, 55 of all that the 1,470 others cast
        assert_eq!(counted.votes().total(), 555);
        assert!(sum <= 555 && sum + 11 >= 555, "{sum}");
    }
}
