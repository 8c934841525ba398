//! The tally against a recount.
//!
//! A DAO of a few voters, kept with this crate's checkpoints, delegations and ballots as the pallets keep it, goes
//! through random histories. After every step each proposal is counted anew from nothing but who voted what, who
//! delegated to whom and who had which power at the end of the block before deciding began; the recount shares no code
//! with the crate. It has to give the same tally, and what counts of it must keep within the limits on AI.

use autonomys_auto_co_primitives::ballots::{
    Ballot, Cast, Store, VoterLimits, vote, vote_as_assistant, withdraw, withdraw_assistant,
};
use autonomys_auto_co_primitives::checkpoints::{Checkpoints, OpenSnapshots};
use autonomys_auto_co_primitives::delegation::{Delegation, Power, shifts};
use autonomys_auto_co_primitives::tally::{AiLimits, Caster, Tally, VoteSplit, Votes};
use autonomys_auto_co_primitives::{BlockNumber, VoterId};
use proptest::prelude::*;
use std::collections::BTreeMap;

const VOTERS: usize = 12;
/// More than a tally tells apart.
const FAMILIES: u8 = 20;

fn id(voter: usize) -> VoterId {
    [u8::try_from(voter).unwrap() + 1; 32]
}

// What the pallets store

#[derive(Default)]
struct Dao {
    now: BlockNumber,
    open: OpenSnapshots,
    power: BTreeMap<VoterId, Checkpoints<u128>>,
    delegated_in: BTreeMap<VoterId, Checkpoints<Power>>,
    delegations: BTreeMap<VoterId, Checkpoints<Delegation>>,
    total: Checkpoints<u128>,
}

impl Dao {
    fn change(&mut self, owner: VoterId, power: u128, delegation: Delegation) {
        let (now, open) = (self.now, &self.open);
        let powers = self.power.entry(owner).or_default();
        let delegations = self.delegations.entry(owner).or_default();
        let (old_power, old_delegation) = (powers.current(), delegations.current());
        for shift in shifts((&old_delegation, old_power), (&delegation, power)) {
            let sum = self.delegated_in.entry(shift.delegate).or_default();
            let after = shift.apply(sum.current()).unwrap();
            sum.set(now, after, open);
        }
        powers.set(now, power, open);
        delegations.set(now, delegation, open);
        let total = self.total.current() - old_power + power;
        self.total.set(now, total, open);
    }

    fn longest_list(&self) -> usize {
        let powers = self.power.values().map(Checkpoints::len);
        let sums = self.delegated_in.values().map(Checkpoints::len);
        let delegations = self.delegations.values().map(Checkpoints::len);
        powers
            .chain(sums)
            .chain(delegations)
            .chain([self.total.len()])
            .max()
            .unwrap_or_default()
    }
}

struct Proposal {
    snapshot: BlockNumber,
    limits: VoterLimits,
    tally: Tally,
    ballots: BTreeMap<VoterId, Ballot>,
    facts: Facts,
}

struct View<'a> {
    dao: &'a Dao,
    snapshot: BlockNumber,
    ballots: &'a mut BTreeMap<VoterId, Ballot>,
}

impl Store for View<'_> {
    fn power(&self, voter: &VoterId) -> u128 {
        self.dao
            .power
            .get(voter)
            .map(|list| list.at_snapshot(self.snapshot))
            .unwrap_or_default()
    }

    fn delegated_in(&self, voter: &VoterId) -> Power {
        self.dao
            .delegated_in
            .get(voter)
            .map(|list| list.at_snapshot(self.snapshot))
            .unwrap_or_default()
    }

    fn delegation(&self, voter: &VoterId) -> Delegation {
        self.dao
            .delegations
            .get(voter)
            .map(|list| list.at_snapshot(self.snapshot))
            .unwrap_or_default()
    }

    fn ballot(&self, voter: &VoterId) -> Ballot {
        self.ballots.get(voter).copied().unwrap_or_default()
    }

    fn set_ballot(&mut self, voter: &VoterId, ballot: Ballot) {
        if ballot == Ballot::default() {
            self.ballots.remove(voter);
        } else {
            self.ballots.insert(*voter, ballot);
        }
    }
}

// What really happened

#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Human,
    Family(u8),
    Unattested,
}

type Said = (Who, [u16; 4]);

#[derive(Clone, Default)]
struct Account {
    power: u128,
    shares: Vec<(usize, u16)>,
    human: bool,
}

#[derive(Default)]
struct Facts {
    direct: BTreeMap<usize, Said>,
    as_delegate: BTreeMap<usize, Said>,
    assistant: BTreeMap<usize, Said>,
    /// Attested families in the order in which they first voted.
    seen: Vec<u8>,
}

/// Accounts at the end of every block in which one changed.
type History = Vec<(BlockNumber, Vec<Account>)>;

#[derive(Debug, Default, PartialEq)]
struct Recount {
    human: [u128; 4],
    human_by_owner: [u128; 4],
    other: ([u128; 4], u128),
    families: Vec<([u128; 4], u128)>,
    voters: u32,
}

fn recount(
    facts: &Facts,
    history: &History,
    snapshot: BlockNumber,
    limits: VoterLimits,
) -> Recount {
    let start = vec![Account::default(); VOTERS];
    let accounts = history
        .iter()
        .rfind(|(block, _)| *block < snapshot)
        .map_or(&start, |(_, accounts)| accounts);
    let told_apart = facts.seen.len().min(16);
    let mut result = Recount {
        families: vec![([0; 4], 0); told_apart],
        ..Recount::default()
    };
    let mut sums = vec![(0u128, 0u128); VOTERS];

    let mut count = |(who, shares): Said, human: u128, unproven: u128, in_person: bool| {
        let divide = |weight: u128| {
            let [aye, nay, _, veto] = shares.map(|share| weight * u128::from(share) / 10_000);
            [aye, nay, weight - aye - nay - veto, veto]
        };
        let add = |to: &mut [u128; 4], what: [u128; 4]| (0..4).for_each(|at| to[at] += what[at]);
        let (to_humans, to_family) = if who == Who::Human {
            (human, unproven)
        } else {
            (0, human + unproven)
        };
        add(&mut result.human, divide(to_humans));
        if in_person {
            add(&mut result.human_by_owner, divide(to_humans));
        }
        let family = match who {
            Who::Family(family) => facts.seen.iter().take(16).position(|seen| *seen == family),
            _ => None,
        };
        let bucket = match family {
            Some(position) => &mut result.families[position],
            None => &mut result.other,
        };
        add(&mut bucket.0, divide(to_family));
        if in_person {
            bucket.1 += to_family;
        }
    };

    let mut voters = 0;
    for (voter, account) in accounts.iter().enumerate() {
        let own = account.power.min(limits.own);
        match (facts.direct.get(&voter), facts.assistant.get(&voter)) {
            (Some(said), _) => {
                count(*said, own, 0, true);
                voters += u32::from(account.power > 0);
            }
            (None, Some(said)) => count(*said, own, 0, false),
            (None, None) => {
                for (delegate, share) in &account.shares {
                    let part = account.power * u128::from(*share) / 10_000;
                    let sum = &mut sums[*delegate];
                    *(if account.human {
                        &mut sum.0
                    } else {
                        &mut sum.1
                    }) += part;
                }
            }
        }
    }
    for (delegate, said) in &facts.as_delegate {
        let (human, unproven) = sums[*delegate];
        let human = human.min(limits.delegated);
        count(*said, human, unproven.min(limits.delegated - human), false);
    }
    result.voters = voters;
    result
}

fn choices(votes: &Votes) -> [u128; 4] {
    [votes.ayes, votes.nays, votes.abstain, votes.veto]
}

fn shown(tally: &Tally) -> Recount {
    Recount {
        human: choices(&tally.human),
        human_by_owner: choices(&tally.human_by_owner),
        other: (choices(&tally.other.votes), tally.other.by_owner),
        families: tally
            .families
            .iter()
            .map(|(_, family)| (choices(&family.votes), family.by_owner))
            .collect(),
        voters: tally.voters,
    }
}

/// Shares of what counts, by their definition: x ≤ c·(o + x), and no more is cut than that needs.
fn check_limits(tally: &Tally, family_bps: u128, total_bps: u128) {
    let limits = AiLimits::new(family_bps as u16, total_bps as u16).unwrap();
    let counted = tally.counted(&limits);
    let human = tally.human.total();
    assert_eq!(counted.human, tally.human);
    let sum: u128 = counted.families.iter().sum();
    assert!(sum * 10_000 <= total_bps * (human + sum));
    let mut whole = true;
    for (counted, cast) in counted.families.iter().zip(&counted.cast) {
        assert!(counted <= cast && counted * 10_000 <= family_bps * (human + counted));
        let more = counted + 1;
        whole &= counted == cast || more * 10_000 > family_bps * (human + more);
    }
    let more = sum + counted.families.len() as u128;
    assert!(whole || more * 10_000 > total_bps * (human + more));
    assert!(
        counted.ai.total() <= sum && sum - counted.ai.total() < 4 * counted.families.len() as u128
    );
    if human == 0 {
        assert_eq!(counted.votes(), Votes::default());
    }
}

#[derive(Clone, Debug)]
enum Step {
    Blocks(u32),
    Power(usize, u128),
    Delegate(usize, Vec<(usize, u16)>, bool),
    Open(Option<(u128, u128)>),
    Close(usize),
    Vote(usize, usize, Said2, bool),
    Withdraw(usize, usize, bool),
    Assistant(usize, usize, Said2),
    WithdrawAssistant(usize, usize),
}

type Said2 = (u8, [u16; 4]);

fn said() -> impl Strategy<Value = Said2> {
    let split = prop_oneof![
        Just([10_000, 0, 0, 0]),
        Just([0, 10_000, 0, 0]),
        Just([0, 0, 0, 10_000]),
        (0u16..=2_500, 0u16..=2_500, 0u16..=2_500).prop_map(|(a, b, c)| [
            a,
            b,
            10_000 - a - b - c,
            c
        ]),
    ];
    (any::<u8>(), split)
}

fn who((kind, split): Said2) -> Said {
    let who = match kind % 4 {
        0 | 1 => Who::Human,
        2 => Who::Family(kind / 4 % FAMILIES + 1),
        _ => Who::Unattested,
    };
    (who, split)
}

/// An assistant is never human.
fn machine((kind, split): Said2) -> Said {
    let who = match kind % 8 {
        0 => Who::Unattested,
        _ => Who::Family(kind / 8 % FAMILIES + 1),
    };
    (who, split)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let voter = || 0..VOTERS;
    let proposal = any::<usize>;
    let power = prop_oneof![Just(0u128), 1u128..100, 0u128..1 << 60];
    let shares = prop::collection::btree_map(voter(), 1u16..=1_250, 0..=8)
        .prop_map(|shares| shares.into_iter().collect::<Vec<_>>());
    let all_to_one = voter().prop_map(|delegate| vec![(delegate, 10_000)]);
    let step = prop_oneof![
        3 => (1u32..3).prop_map(Step::Blocks),
        4 => (voter(), power).prop_map(|(voter, power)| Step::Power(voter, power)),
        4 => (voter(), prop_oneof![shares, all_to_one], any::<bool>())
            .prop_map(|(voter, shares, human)| Step::Delegate(voter, shares, human)),
        1 => prop::option::of((0u128..1 << 58, 0u128..1 << 60)).prop_map(Step::Open),
        1 => any::<usize>().prop_map(Step::Close),
        8 => (proposal(), voter(), said(), prop::bool::weighted(0.2))
            .prop_map(|(proposal, voter, said, frozen)| Step::Vote(proposal, voter, said, frozen)),
        3 => (proposal(), voter(), prop::bool::weighted(0.2))
            .prop_map(|(proposal, voter, frozen)| Step::Withdraw(proposal, voter, frozen)),
        5 => (proposal(), voter(), said()).prop_map(|(proposal, voter, said)| Step::Assistant(proposal, voter, said)),
        2 => (proposal(), voter()).prop_map(|(proposal, voter)| Step::WithdrawAssistant(proposal, voter)),
    ];
    (
        prop::collection::vec((0u128..1_000_000, any::<bool>()), VOTERS),
        prop::collection::vec(step, 1..160),
    )
        .prop_map(|(powers, steps)| {
            let setup = powers
                .into_iter()
                .enumerate()
                .map(|(voter, (power, _))| Step::Power(voter, power));
            setup
                .chain([Step::Blocks(1), Step::Open(None)])
                .chain(steps)
                .collect()
        })
}

fn cast(tally: &mut Tally, facts: &mut Facts, (who, [aye, nay, abstain, veto]): Said) -> Cast {
    let split = VoteSplit::new(aye, nay, abstain, veto).unwrap();
    let caster = match who {
        Who::Human => Caster::Human,
        Who::Family(family) => {
            if !facts.seen.contains(&family) {
                facts.seen.push(family);
            }
            Caster::Family(tally.slot([family; 32]))
        }
        Who::Unattested => Caster::Family(tally.slot([0; 32])),
    };
    Cast { split, caster }
}

#[derive(Default)]
struct Run {
    dao: Dao,
    accounts: Vec<Account>,
    history: History,
    proposals: Vec<Proposal>,
}

impl Run {
    fn new() -> Self {
        Self {
            accounts: vec![Account::default(); VOTERS],
            dao: Dao {
                now: 1,
                ..Dao::default()
            },
            ..Self::default()
        }
    }

    fn record(&mut self) {
        self.history.retain(|(block, _)| *block != self.dao.now);
        self.history.push((self.dao.now, self.accounts.clone()));
    }

    fn change(&mut self, voter: usize) {
        let account = &self.accounts[voter];
        let shares: Vec<_> = account
            .shares
            .iter()
            .map(|(delegate, bps)| (id(*delegate), *bps))
            .collect();
        let delegation = Delegation::new(&id(voter), &shares, account.human).unwrap();
        self.dao.change(id(voter), account.power, delegation);
        self.record();
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Blocks(blocks) => self.dao.now += blocks,
            Step::Power(voter, power) => {
                self.accounts[voter].power = power;
                self.change(voter);
            }
            Step::Delegate(voter, mut shares, human) => {
                shares.retain(|(delegate, _)| *delegate != voter);
                let account = &mut self.accounts[voter];
                (account.shares, account.human) = (shares, human);
                self.change(voter);
            }
            Step::Open(limits) => {
                if self.dao.open.open(self.dao.now).is_ok() {
                    self.proposals.push(Proposal {
                        snapshot: self.dao.now,
                        limits: limits.map_or(VoterLimits::default(), |(own, delegated)| {
                            VoterLimits { own, delegated }
                        }),
                        tally: Tally::default(),
                        ballots: BTreeMap::new(),
                        facts: Facts::default(),
                    });
                }
            }
            Step::Close(which) => {
                if self.proposals.len() > 1 {
                    let closed = self.proposals.remove(which % self.proposals.len());
                    self.dao.open.close(closed.snapshot);
                }
            }
            Step::Vote(proposal, voter, said, frozen) => {
                self.on(proposal, |store, tally, limits, facts| {
                    let said = who(said);
                    let cast = cast(tally, facts, said);
                    facts.direct.insert(voter, said);
                    if !frozen {
                        facts.as_delegate.insert(voter, said);
                    }
                    vote(store, tally, limits, &id(voter), cast, frozen).unwrap();
                })
            }
            Step::Withdraw(proposal, voter, frozen) => {
                self.on(proposal, |store, tally, limits, facts| {
                    facts.direct.remove(&voter);
                    if !frozen {
                        facts.as_delegate.remove(&voter);
                    }
                    withdraw(store, tally, limits, &id(voter), frozen).unwrap();
                })
            }
            Step::Assistant(proposal, voter, said) => {
                self.on(proposal, |store, tally, limits, facts| {
                    let said = machine(said);
                    let cast = cast(tally, facts, said);
                    facts.assistant.insert(voter, said);
                    vote_as_assistant(store, tally, limits, &id(voter), cast).unwrap();
                })
            }
            Step::WithdrawAssistant(proposal, voter) => {
                self.on(proposal, |store, tally, limits, facts| {
                    facts.assistant.remove(&voter);
                    withdraw_assistant(store, tally, limits, &id(voter)).unwrap();
                })
            }
        }
    }

    fn on(
        &mut self,
        proposal: usize,
        act: impl FnOnce(&mut View<'_>, &mut Tally, &VoterLimits, &mut Facts),
    ) {
        if self.proposals.is_empty() {
            return;
        }
        let proposal = proposal % self.proposals.len();
        let proposal = &mut self.proposals[proposal];
        let mut view = View {
            dao: &self.dao,
            snapshot: proposal.snapshot,
            ballots: &mut proposal.ballots,
        };
        act(
            &mut view,
            &mut proposal.tally,
            &proposal.limits,
            &mut proposal.facts,
        );
    }

    fn check(&self) {
        for proposal in &self.proposals {
            let expected = recount(
                &proposal.facts,
                &self.history,
                proposal.snapshot,
                proposal.limits,
            );
            assert_eq!(shown(&proposal.tally), expected);
            assert!(proposal.tally.cast() <= self.dao.total.at_snapshot(proposal.snapshot));
            check_limits(&proposal.tally, 1_000, 3_300);
            check_limits(&proposal.tally, 4_000, 2_000);
        }
        assert!(self.dao.longest_list() <= 52);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_recount_equals_the_tally_after_every_step(steps in steps()) {
        let mut run = Run::new();
        for step in steps {
            run.step(step);
            run.check();
        }
    }

    /// When everybody has taken back everything, nothing is left.
    #[test]
    fn withdrawing_everything_leaves_nothing(steps in steps()) {
        let mut run = Run::new();
        for step in steps {
            run.step(step);
        }
        for proposal in 0..run.proposals.len() {
            for voter in 0..VOTERS {
                run.step(Step::WithdrawAssistant(proposal, voter));
                run.step(Step::Withdraw(proposal, voter, false));
            }
        }
        run.check();
        for proposal in &run.proposals {
            assert_eq!(proposal.tally.cast(), 0);
            assert_eq!(proposal.tally.voters, 0);
            assert!(proposal.ballots.is_empty());
        }
    }
}

/// A thousand humans and three hundred assistants of five families, half of the humans behind ten delegates.
#[test]
fn a_large_vote_recounts_equal() {
    let mut dao = Dao {
        now: 1,
        ..Dao::default()
    };
    let voter = |number: u32| {
        let mut id = [7; 32];
        id[..4].copy_from_slice(&number.to_le_bytes());
        id
    };
    for number in 0..1_300 {
        let shares = if (500..1_000).contains(&number) {
            vec![(voter(number % 10), 10_000)]
        } else {
            vec![]
        };
        let delegation = Delegation::new(&voter(number), &shares, true).unwrap();
        dao.change(voter(number), u128::from(number + 1), delegation);
    }
    dao.now = 2;
    dao.open.open(2).unwrap();
    // A whale that comes too late
    dao.change(voter(0), 1 << 100, Delegation::default());

    let (mut tally, mut ballots, limits) =
        (Tally::default(), BTreeMap::new(), VoterLimits::default());
    let mut view = View {
        dao: &dao,
        snapshot: 2,
        ballots: &mut ballots,
    };
    let human = |split| Cast {
        split,
        caster: Caster::Human,
    };
    for number in 0..500 {
        let split = if number % 3 == 0 {
            VoteSplit::NAY
        } else {
            VoteSplit::AYE
        };
        vote(
            &mut view,
            &mut tally,
            &limits,
            &voter(number),
            human(split),
            false,
        )
        .unwrap();
    }
    for number in 1_000..1_300 {
        let slot = tally.slot([(number % 5) as u8 + 1; 32]);
        let cast = Cast {
            split: VoteSplit::AYE,
            caster: Caster::Family(slot),
        };
        vote_as_assistant(&mut view, &mut tally, &limits, &voter(number), cast).unwrap();
    }
    // Every fifth of those behind a delegate votes after all
    for number in (500..1_000).step_by(5) {
        vote(
            &mut view,
            &mut tally,
            &limits,
            &voter(number),
            human(VoteSplit::NAY),
            true,
        )
        .unwrap();
    }

    let weight = |number: u32| u128::from(number + 1);
    let (mut ayes, mut nays) = (0u128, 0u128);
    for number in 0..1_000 {
        let speaker = if number < 500 { number } else { number % 10 };
        let nay = if number >= 500 && number % 5 == 0 {
            true
        } else {
            speaker % 3 == 0
        };
        *(if nay { &mut nays } else { &mut ayes }) += weight(number);
    }
    let ai: u128 = (1_000..1_300).map(weight).sum();
    assert_eq!((tally.human.ayes, tally.human.nays), (ayes, nays));
    assert_eq!(
        tally
            .families
            .iter()
            .map(|(_, family)| family.votes.ayes)
            .sum::<u128>(),
        ai
    );
    assert_eq!(tally.voters, 600);
    assert_eq!(tally.cast(), dao.total.at_snapshot(2));
    check_limits(&tally, 1_000, 3_300);
}
