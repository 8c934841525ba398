//! Default tracks of a DAO, for production; delays scale with the network.

use crate::PPB;
use crate::curves::Threshold;
use crate::decision::DecisionRule;
use crate::tally::AiLimits;
use crate::timing::Periods;

const HOUR: u64 = 3_600_000;
const DAY: u64 = 86_400_000;
const PERCENT: u32 = 10_000_000;

/// What assistants may do in a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AiVotes {
    /// Vote in any mode of their mandate.
    Allowed,
    /// Vote at once if the proposal moves at most these parts per billion of the treasury, else with a delay in which
    /// the owner may object.
    AutoUpTo(u32),
    /// Vote only with a delay in which the owner may object.
    SemiOnly,
    /// Not vote.
    Forbidden,
}

/// A default track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultTrack {
    /// Name.
    pub name: &'static str,
    /// Times. The window by which late changes extend voting is a quarter of the time to decide.
    pub periods: Periods,
    /// What a proposal needs.
    pub rule: DecisionRule,
    /// What assistants may do.
    pub ai_votes: AiVotes,
    /// Largest spend of a proposal in parts per billion of the treasury.
    pub max_spend: u32,
}

/// The tracks that a new DAO gets.
pub const DEFAULT_TRACKS: [DefaultTrack; 6] = [
    track(
        "signal",
        0,
        5 * DAY,
        0,
        0,
        Threshold::Above(50 * PERCENT),
        2,
        0,
        AiVotes::Allowed,
        0,
    ),
    track(
        "small-spend",
        24 * HOUR,
        4 * DAY,
        12 * HOUR,
        48 * HOUR,
        Threshold::Above(50 * PERCENT),
        4,
        0,
        AiVotes::AutoUpTo(PERCENT / 10),
        PERCENT,
    ),
    track(
        "large-spend",
        48 * HOUR,
        7 * DAY,
        24 * HOUR,
        7 * DAY,
        Threshold::Above(60 * PERCENT),
        8,
        3_000,
        AiVotes::SemiOnly,
        PPB,
    ),
    track(
        "params",
        48 * HOUR,
        7 * DAY,
        24 * HOUR,
        48 * HOUR,
        Threshold::Above(60 * PERCENT),
        8,
        3_000,
        AiVotes::SemiOnly,
        0,
    ),
    track(
        "membership",
        24 * HOUR,
        5 * DAY,
        0,
        24 * HOUR,
        Threshold::Above(66 * PERCENT),
        10,
        5_000,
        AiVotes::Forbidden,
        0,
    ),
    DefaultTrack {
        rule: DecisionRule {
            support: Some(Threshold::AtLeast(20 * PERCENT)),
            ..rule(Threshold::AtLeast(67 * PERCENT), 20, 5_000)
        },
        ..track(
            "constitutional",
            72 * HOUR,
            14 * DAY,
            48 * HOUR,
            14 * DAY,
            Threshold::AtLeast(67 * PERCENT),
            20,
            5_000,
            AiVotes::Forbidden,
            0,
        )
    },
];

/// How long a passed proposal may be executed after its timelock.
const EXPIRY: u64 = 14 * DAY;

#[allow(clippy::too_many_arguments, reason = "one line of a table")]
#[allow(clippy::arithmetic_side_effects, reason = "runs at compile time only")]
const fn track(
    name: &'static str,
    prepare: u64,
    decide: u64,
    confirm: u64,
    timelock: u64,
    approval: Threshold,
    quorum_percent: u32,
    human_quorum_bps: u16,
    ai_votes: AiVotes,
    max_spend: u32,
) -> DefaultTrack {
    DefaultTrack {
        name,
        periods: Periods {
            prepare,
            decide,
            window: decide / 4,
            confirm,
            timelock,
            expiry: EXPIRY,
        },
        rule: rule(approval, quorum_percent, human_quorum_bps),
        ai_votes,
        max_spend,
    }
}

#[allow(clippy::arithmetic_side_effects, reason = "runs at compile time only")]
const fn rule(approval: Threshold, quorum_percent: u32, human_quorum_bps: u16) -> DecisionRule {
    DecisionRule {
        approval,
        support: None,
        quorum: Threshold::AtLeast(quorum_percent * PERCENT),
        human_quorum_bps,
        veto_bps: 2_000,
        ai: AiLimits::DEFAULT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_tracks_are_valid() {
        for track in DEFAULT_TRACKS {
            track.rule.validate().unwrap();
            assert_eq!(track.periods.window * 4, track.periods.decide);
        }
    }
}
