//! How long voting stays open, when votes of assistants take effect, and the stages of a proposal.
//!
//! All times are milliseconds; all transitions by time happen when somebody asks for them ([`Stage::poke`]), never by
//! themselves, and a late call finds what an early one would have found.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use thiserror::Error;

use crate::decision::Outcome;

/// Voting that stays open while the majority changes.
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
pub struct Voting {
    /// When deciding began.
    pub start: u64,
    /// Time to decide, P.
    pub period: u64,
    /// Time that a late change of the majority adds, W.
    pub window: u64,
    /// When voting ends.
    pub deadline: u64,
    /// Whether the proposal passed after the last vote.
    pub passing: bool,
}

impl Voting {
    /// Voting that begins now.
    pub fn begin(now: u64, period: u64, window: u64) -> Self {
        Self {
            start: now,
            period,
            window,
            deadline: now.saturating_add(period),
            passing: false,
        }
    }

    /// Notes whether the proposal passes after a vote at `now`, before the deadline. If that changed, voting ends no
    /// sooner than now + W + (P − elapsed) ⁄ 2, and never later than start + P + 2·W. Tells whether the deadline moved.
    pub fn after_vote(&mut self, now: u64, passes: bool) -> bool {
        if passes == self.passing || now >= self.deadline {
            return false;
        }
        self.passing = passes;
        let elapsed = now.saturating_sub(self.start);
        // now + W + P/2 − elapsed/2 = start + W + (P + elapsed)/2
        let extended = self
            .start
            .saturating_add(self.window)
            .saturating_add(self.period.saturating_add(elapsed).div_euclid(2));
        // At most start + P + 2·W, since elapsed is: it is before the deadline.
        let deadline = extended.max(self.deadline);
        let moved = deadline > self.deadline;
        self.deadline = deadline;
        moved
    }

    /// Whether delegates are frozen: the last `override_window` before the deadline as it is now.
    pub fn delegates_frozen(&self, now: u64, override_window: u64) -> bool {
        now >= self.deadline.saturating_sub(override_window)
    }
}

/// When a vote that an assistant submits at `now` takes effect: after `delay`, which the mandate sets, and at least after
/// the lesser of `floor` (a day) and a quarter of the time left. `None` where that is not before the deadline: the vote
/// lapses.
pub fn assistant_effective_at(now: u64, deadline: u64, delay: u64, floor: u64) -> Option<u64> {
    let left = deadline.checked_sub(now)?;
    let least = floor.min(left.div_ceil(4));
    Some(now.checked_add(delay.max(least))?).filter(|effective| *effective < deadline)
}

/// Watches how often an owner overrides an assistant.
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
pub struct DriftGuard(u32);

impl DriftGuard {
    /// Notes whether a vote was overridden; tells whether `most` or more of the last `of` (at most 32) were, so that
    /// the mandate is suspended. A suspended mandate starts over.
    pub fn record(&mut self, overridden: bool, most: u32, of: u32) -> bool {
        self.0 = (self.0 << 1) | u32::from(overridden);
        let window = 1u32
            .checked_shl(of)
            .map_or(u32::MAX, |bit| bit.saturating_sub(1));
        let suspended = (self.0 & window).count_ones() >= most;
        if suspended {
            self.0 = 0;
        }
        suspended
    }
}

/// Times of a track after the decision.
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
pub struct Periods {
    /// Before deciding may begin.
    pub prepare: u64,
    /// To decide, P.
    pub decide: u64,
    /// Added by a late change of the majority, W.
    pub window: u64,
    /// For which it has to stay passed after the deadline.
    pub confirm: u64,
    /// Between the decision and the earliest execution.
    pub timelock: u64,
    /// In which it may be executed after that.
    pub expiry: u64,
}

impl Periods {
    /// The longest time from submission to the decision: how long locked coins have to stay.
    pub fn longest_decision(&self) -> u64 {
        self.prepare
            .saturating_add(self.decide)
            .saturating_add(self.window.saturating_mul(2))
            .saturating_add(self.confirm)
    }
}

/// Stage of a proposal.
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
pub enum Stage {
    /// Its author may edit it.
    Preparing {
        /// When deciding may begin.
        until: u64,
    },
    /// Members vote.
    Deciding(Voting),
    /// It passed at the deadline and must not cease to; members may still vote.
    Confirming {
        /// When it is decided.
        until: u64,
    },
    /// Waits for its timelock, then for someone to execute it.
    Queued {
        /// From when on it may be executed.
        eta: u64,
        /// From when on it may no more.
        expires: u64,
    },
    /// Its actions were done. Terminal, like all that follow.
    Executed,
    /// Its actions failed when executed.
    Failed,
    /// Nobody executed it in time.
    Expired,
    /// The votes were against it.
    Rejected,
    /// Its voters were too few humans.
    NotEnoughHuman,
    /// Humans, or whoever the track lets, vetoed it.
    Vetoed,
    /// A guardian cancelled it.
    Cancelled,
    /// Its author withdrew it.
    Withdrawn,
}

/// What is not possible at a proposal's stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StageError {
    /// Editing or withdrawing after deciding began.
    #[error("the proposal can no longer be edited")]
    EditLocked,
    /// Deciding before the preparation is over, or twice.
    #[error("deciding cannot begin")]
    NotReady,
    /// Voting when it is closed.
    #[error("voting is closed")]
    VoteClosed,
    /// Executing before its time.
    #[error("the timelock is active")]
    TimelockActive,
    /// Executing what is not queued, or cancelling what is over.
    #[error("the proposal is not in this stage")]
    WrongStage,
}

impl Stage {
    /// A proposal submitted now.
    pub fn submit(now: u64, periods: &Periods) -> Self {
        Self::Preparing {
            until: now.saturating_add(periods.prepare),
        }
    }

    /// Whether nothing can change any more.
    pub fn is_terminal(&self) -> bool {
        !matches!(
            self,
            Self::Preparing { .. }
                | Self::Deciding(_)
                | Self::Confirming { .. }
                | Self::Queued { .. }
        )
    }

    /// Whether text and actions may change.
    pub fn may_edit(&self) -> Result<(), StageError> {
        if matches!(self, Self::Preparing { .. }) {
            Ok(())
        } else {
            Err(StageError::EditLocked)
        }
    }

    /// Whether votes are taken at `now`. Call [`Stage::poke`] first.
    pub fn may_vote(&self, now: u64) -> Result<(), StageError> {
        match self {
            Self::Deciding(voting) if now < voting.deadline => Ok(()),
            Self::Confirming { until } if now < *until => Ok(()),
            _ => Err(StageError::VoteClosed),
        }
    }

    /// Begins deciding, once prepared and with a place in the track.
    pub fn begin(&mut self, now: u64, periods: &Periods) -> Result<(), StageError> {
        match self {
            Self::Preparing { until } if now >= *until => {
                *self = Self::Deciding(Voting::begin(now, periods.decide, periods.window));
                Ok(())
            }
            _ => Err(StageError::NotReady),
        }
    }

    /// Notes the outcome after a vote. A proposal that ceases to pass while it confirms is decided.
    pub fn after_vote(&mut self, now: u64, outcome: Outcome) {
        match self {
            Self::Deciding(voting) => {
                voting.after_vote(now, outcome.is_passed());
            }
            Self::Confirming { until } if now < *until && !outcome.is_passed() => {
                *self = Self::failed(outcome)
            }
            _ => {}
        }
    }

    /// Does what time does, given the outcome if voting closed now. Votes after a deadline are refused, so the outcome
    /// does not depend on when this is called; but it has to be called before the first vote in [`Stage::Confirming`].
    pub fn poke(&mut self, now: u64, periods: &Periods, outcome: Outcome) {
        if let Self::Deciding(voting) = *self
            && now >= voting.deadline
        {
            *self = if outcome.is_passed() {
                Self::Confirming {
                    until: voting.deadline.saturating_add(periods.confirm),
                }
            } else {
                Self::failed(outcome)
            };
        }
        if let Self::Confirming { until } = *self
            && now >= until
        {
            *self = if outcome.is_passed() {
                Self::queued(until, periods)
            } else {
                Self::failed(outcome)
            };
        }
        if let Self::Queued { expires, .. } = *self
            && now >= expires
        {
            *self = Self::Expired;
        }
    }

    /// Ends deciding before its time.
    pub fn decide_early(
        &mut self,
        now: u64,
        periods: &Periods,
        outcome: Outcome,
    ) -> Result<(), StageError> {
        if !matches!(self, Self::Deciding(_) | Self::Confirming { .. }) {
            return Err(StageError::WrongStage);
        }
        *self = if outcome.is_passed() {
            Self::queued(now, periods)
        } else {
            Self::failed(outcome)
        };
        Ok(())
    }

    /// Executes: `succeeded` says whether the actions did. Call [`Stage::poke`] first.
    pub fn execute(&mut self, now: u64, succeeded: bool) -> Result<(), StageError> {
        match self {
            Self::Queued { eta, .. } if now < *eta => Err(StageError::TimelockActive),
            Self::Queued { expires, .. } if now < *expires => {
                *self = if succeeded {
                    Self::Executed
                } else {
                    Self::Failed
                };
                Ok(())
            }
            _ => Err(StageError::WrongStage),
        }
    }

    /// The author withdraws it.
    pub fn withdraw(&mut self) -> Result<(), StageError> {
        self.may_edit()?;
        *self = Self::Withdrawn;
        Ok(())
    }

    /// A guardian cancels it.
    pub fn cancel(&mut self) -> Result<(), StageError> {
        self.stop(Self::Cancelled)
    }

    /// A veto stops it.
    pub fn veto(&mut self) -> Result<(), StageError> {
        self.stop(Self::Vetoed)
    }

    fn stop(&mut self, stage: Self) -> Result<(), StageError> {
        if self.is_terminal() {
            return Err(StageError::WrongStage);
        }
        *self = stage;
        Ok(())
    }

    fn queued(decided: u64, periods: &Periods) -> Self {
        let eta = decided.saturating_add(periods.timelock);
        Self::Queued {
            eta,
            expires: eta.saturating_add(periods.expiry),
        }
    }

    fn failed(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Vetoed => Self::Vetoed,
            Outcome::NotEnoughHuman => Self::NotEnoughHuman,
            _ => Self::Rejected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: u64 = 3_600_000;

    #[test]
    fn a_vote_of_an_assistant_leaves_time_to_object() {
        // 100 h left: a day; 40 h left: 10 h
        assert_eq!(
            assistant_effective_at(0, 100 * HOUR, HOUR, 24 * HOUR),
            Some(24 * HOUR)
        );
        assert_eq!(
            assistant_effective_at(0, 40 * HOUR, HOUR, 24 * HOUR),
            Some(10 * HOUR)
        );
        assert_eq!(
            assistant_effective_at(0, 40 * HOUR, 30 * HOUR, 24 * HOUR),
            Some(30 * HOUR)
        );
        assert_eq!(
            assistant_effective_at(0, 40 * HOUR, 40 * HOUR, 24 * HOUR),
            None
        );
        assert_eq!(assistant_effective_at(5, 5, 0, 24 * HOUR), None);
        assert_eq!(assistant_effective_at(6, 5, 0, 24 * HOUR), None);
        assert_eq!(assistant_effective_at(4, 5, 0, 24 * HOUR), None);
    }

    #[test]
    fn three_overrides_of_five_suspend_a_mandate() {
        let mut guard = DriftGuard::default();
        let outcomes = [true, false, true, false, false, true, false, true, true];
        let suspended: Vec<bool> = outcomes
            .into_iter()
            .map(|overridden| guard.record(overridden, 3, 5))
            .collect();
        assert_eq!(
            suspended,
            [false, false, false, false, false, false, false, false, true]
        );
        assert_eq!(guard, DriftGuard::default());
        assert!(!guard.record(false, 33, 32));
    }

    #[test]
    fn a_proposal_is_executed_once_and_not_before_its_time() {
        let periods = Periods {
            prepare: 10,
            decide: 100,
            window: 25,
            confirm: 20,
            timelock: 50,
            expiry: 30,
        };
        assert_eq!(periods.longest_decision(), 180);
        let mut stage = Stage::submit(0, &periods);
        assert_eq!(stage.begin(9, &periods), Err(StageError::NotReady));
        assert_eq!(stage.may_vote(9), Err(StageError::VoteClosed));
        stage.may_edit().unwrap();
        stage.begin(10, &periods).unwrap();
        assert_eq!(stage.begin(11, &periods), Err(StageError::NotReady));
        assert_eq!(stage.may_edit(), Err(StageError::EditLocked));
        assert_eq!(stage.withdraw(), Err(StageError::EditLocked));
        stage.may_vote(109).unwrap();
        assert_eq!(stage.may_vote(110), Err(StageError::VoteClosed));
        stage.poke(115, &periods, Outcome::Passed);
        assert_eq!(stage, Stage::Confirming { until: 130 });
        stage.poke(1_000, &periods, Outcome::Passed);
        assert_eq!(stage, Stage::Expired);

        let mut stage = Stage::Queued {
            eta: 180,
            expires: 210,
        };
        assert_eq!(stage.execute(179, true), Err(StageError::TimelockActive));
        assert_eq!(stage.execute(210, true), Err(StageError::WrongStage));
        stage.execute(180, true).unwrap();
        assert_eq!(stage.execute(180, true), Err(StageError::WrongStage));
        assert_eq!(stage.cancel(), Err(StageError::WrongStage));
    }

    #[test]
    fn what_ceases_to_pass_while_it_confirms_is_rejected() {
        let mut stage = Stage::Confirming { until: 10 };
        stage.after_vote(5, Outcome::Passed);
        assert_eq!(stage, Stage::Confirming { until: 10 });
        stage.after_vote(9, Outcome::NotEnoughHuman);
        assert_eq!(stage, Stage::NotEnoughHuman);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Wait(u64),
        Begin,
        Vote(bool),
        Poke,
        Execute(bool),
        Cancel,
        Veto,
        Withdraw,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (0u64..40).prop_map(Step::Wait),
            2 => Just(Step::Begin),
            6 => any::<bool>().prop_map(Step::Vote),
            2 => Just(Step::Poke),
            2 => any::<bool>().prop_map(Step::Execute),
            1 => prop_oneof![Just(Step::Cancel), Just(Step::Veto), Just(Step::Withdraw)],
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn stages_only_go_forward(
            steps in prop::collection::vec(step(), 1..80),
            prepare in 0u64..30, decide in 1u64..100, window in 0u64..50,
            confirm in 0u64..30, timelock in 0u64..50, expiry in 1u64..60,
        ) {
            let periods = Periods { prepare, decide, window, confirm, timelock, expiry };
            let mut now = 1_000u64;
            let mut stage = Stage::submit(now, &periods);
            let mut outcome = Outcome::NoQuorum;
            let mut begun = None;
            let mut executions = 0;
            for step in steps {
                let before = stage;
                stage.poke(now, &periods, outcome);
                let poked = stage;
                let mut again = stage;
                again.poke(now, &periods, outcome);
                prop_assert_eq!(again, stage);
                match step {
                    Step::Wait(time) => now += time,
                    Step::Begin => if stage.begin(now, &periods).is_ok() {
                        prop_assert!(now >= 1_000 + prepare && begun.is_none());
                        begun = Some(now);
                    },
                    Step::Vote(passes) => if stage.may_vote(now).is_ok() {
                        outcome = if passes { Outcome::Passed } else { Outcome::NotApproved };
                        stage.after_vote(now, outcome);
                    },
                    Step::Poke => {}
                    Step::Execute(succeeded) => if stage.execute(now, succeeded).is_ok() {
                        executions += 1;
                        prop_assert!(now >= begun.unwrap() + decide + confirm + timelock);
                    },
                    Step::Cancel => { let _ = stage.cancel(); }
                    Step::Veto => { let _ = stage.veto(); }
                    Step::Withdraw => if stage.withdraw().is_ok() {
                        prop_assert!(begun.is_none());
                    },
                }
                if let Stage::Deciding(voting) = stage {
                    prop_assert!(voting.deadline <= voting.start + decide + 2 * window);
                    prop_assert!(voting.deadline >= voting.start + decide);
                }
                if before.is_terminal() {
                    prop_assert_eq!(stage, before);
                }
                if poked.is_terminal() {
                    prop_assert_eq!(stage, poked);
                }
                if begun.is_some() {
                    prop_assert!(stage.may_edit().is_err());
                }
            }
            prop_assert!(executions <= 1);
        }
    }
}
