//! Ranked choice by instant run-off: in each round the option with the least weight leaves, and its ballots go to the next
//! option they rank, until one has more than half of what is still ranked.
//!
//! A round is counted in pages, so that a chain can spread it over blocks; [`Runoff`] is all the state between pages.

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use thiserror::Error;

/// Options of a proposal.
pub const MAX_OPTIONS: usize = 16;

/// Ballots that are counted in one step at most.
pub const BALLOTS_PER_STEP: u32 = 200;

/// Hash of an option's text.
pub type OptionHash = [u8; 32];

/// Why a ranking or a list of options is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RankedError {
    /// More than [`MAX_OPTIONS`], or none.
    #[error("1 to 16 options")]
    Count,
    /// An option occurs twice.
    #[error("an option occurs twice")]
    Repeated,
    /// A ranked option is not one of the proposal's.
    #[error("no such option")]
    Unknown,
    /// A round has more weight than 128 bits.
    #[error("weight exceeds 128 bits")]
    Overflow,
}

/// Options in the order in which a voter prefers them, 4 bits each: the first in the lowest bits. 9 bytes in SCALE:
/// `packed`, then their number.
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
pub struct Ranking {
    packed: u64,
    len: u8,
}

impl Ranking {
    /// At least one of `options` options, none twice. Options that are not ranked get nothing of this ballot.
    pub fn new(ranked: &[u8], options: usize) -> Result<Self, RankedError> {
        let len = u8::try_from(ranked.len()).map_err(|_| RankedError::Count)?;
        if ranked.is_empty() || ranked.len() > MAX_OPTIONS {
            return Err(RankedError::Count);
        }
        let packed = ranked.iter().rev().try_fold(0u64, |packed, option| {
            if *option < 16 {
                Ok((packed << 4) | u64::from(*option))
            } else {
                Err(RankedError::Unknown)
            }
        })?;
        let ranking = Self { packed, len };
        ranking.validate(options)?;
        Ok(ranking)
    }

    /// Checks what decoding does not.
    pub fn validate(&self, options: usize) -> Result<(), RankedError> {
        if self.len == 0 || usize::from(self.len) > MAX_OPTIONS {
            return Err(RankedError::Count);
        }
        if self.len < 16 && self.packed >> u32::from(self.len).saturating_mul(4) != 0 {
            return Err(RankedError::Count);
        }
        self.iter().try_fold(0u32, |seen, option| {
            if usize::from(option) >= options {
                Err(RankedError::Unknown)
            } else if seen & (1 << option) != 0 {
                Err(RankedError::Repeated)
            } else {
                Ok(seen | (1 << option))
            }
        })?;
        Ok(())
    }

    /// Options, the preferred first.
    pub fn iter(&self) -> impl Iterator<Item = u8> + '_ {
        let packed = self.packed;
        (0..u32::from(self.len).min(16)).map(move |position| {
            u8::try_from((packed >> position.saturating_mul(4)) & 0xf).unwrap_or_default()
        })
    }

    /// The packed form: `packed` and the number of options.
    pub fn packed(&self) -> (u64, u8) {
        (self.packed, self.len)
    }
}

/// What the end of a round tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// This option has more than half, or is the last.
    Won(u8),
    /// This option left; all ballots are to be counted again.
    Eliminated(u8),
    /// No ballot ranks any option.
    Empty,
}

/// State of a count.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Runoff {
    options: BoundedVec<OptionHash, ConstU32<16>>,
    /// Bit per option that has not left.
    standing: u16,
    /// Weight per option in the first round.
    first: [u128; MAX_OPTIONS],
    /// Weight per option in this round.
    current: [u128; MAX_OPTIONS],
    /// Whether this is the first round.
    is_first: bool,
}

impl Runoff {
    /// A count that begins. Option n is the n-th of `options`, which are different.
    pub fn new(options: &[OptionHash]) -> Result<Self, RankedError> {
        if options.is_empty() || options.len() > MAX_OPTIONS {
            return Err(RankedError::Count);
        }
        if options
            .iter()
            .enumerate()
            .any(|(position, option)| options.iter().take(position).any(|other| other == option))
        {
            return Err(RankedError::Repeated);
        }
        Ok(Self {
            standing: options.iter().fold(0, |standing, _| (standing << 1) | 1),
            options: options
                .to_vec()
                .try_into()
                .map_err(|_| RankedError::Count)?,
            first: [0; MAX_OPTIONS],
            current: [0; MAX_OPTIONS],
            is_first: true,
        })
    }

    /// Weight per option in this round, of the ballots counted so far.
    pub fn weights(&self) -> &[u128] {
        self.current.get(..self.options.len()).unwrap_or(&[])
    }

    /// Whether an option has not left.
    pub fn is_standing(&self, option: u8) -> bool {
        1u16.checked_shl(option.into())
            .is_some_and(|bit| self.standing & bit != 0)
    }

    /// Counts one ballot of this round. Every ballot once in every round; the order does not matter.
    pub fn count(&mut self, ranking: &Ranking, weight: u128) -> Result<(), RankedError> {
        let Some(option) = ranking.iter().find(|option| self.is_standing(*option)) else {
            return Ok(());
        };
        let sum = self
            .weights()
            .iter()
            .try_fold(weight, |sum, weight| sum.checked_add(*weight));
        let slot = self.current.get_mut(usize::from(option));
        match (sum, slot) {
            (Some(_), Some(slot)) => {
                *slot = slot.saturating_add(weight);
                Ok(())
            }
            _ => Err(RankedError::Overflow),
        }
    }

    /// Ends a round in which all ballots were counted. Of several options with the least weight the one leaves that had
    /// the least in the first round, and of those the one with the lowest hash.
    pub fn finish_round(&mut self) -> Round {
        if self.is_first {
            self.first = self.current;
            self.is_first = false;
        }
        let total = self
            .current
            .iter()
            .fold(0u128, |sum, weight| sum.saturating_add(*weight));
        if total == 0 {
            return Round::Empty;
        }
        let standing = || {
            self.options
                .iter()
                .zip(self.current.iter().zip(&self.first))
                .zip(0u8..)
                .filter(|(_, option)| self.is_standing(*option))
        };
        let winner =
            standing().find(|((_, (weight, _)), _)| **weight > total.saturating_sub(**weight));
        if let Some((_, option)) = winner {
            return Round::Won(option);
        }
        let last =
            standing().min_by_key(|((hash, (weight, first)), _)| (**weight, **first, **hash));
        let Some((_, option)) = last else {
            return Round::Empty;
        };
        self.standing &= !1u16.checked_shl(option.into()).unwrap_or(0);
        self.current = [0; MAX_OPTIONS];
        Round::Eliminated(option)
    }
}

/// The winner, counting all ballots in every round; `None` if no ballot ranks any option.
pub fn winner(
    options: &[OptionHash],
    ballots: &[(Ranking, u128)],
) -> Result<Option<u8>, RankedError> {
    let mut runoff = Runoff::new(options)?;
    loop {
        for (ranking, weight) in ballots {
            runoff.count(ranking, *weight)?;
        }
        match runoff.finish_round() {
            Round::Won(option) => return Ok(Some(option)),
            Round::Empty => return Ok(None),
            Round::Eliminated(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Run-off written down once more, on lists.
    fn oracle(options: &[OptionHash], ballots: &[(Vec<u8>, u128)]) -> Option<u8> {
        let sums = |left: &[u8]| -> Vec<u128> {
            left.iter()
                .map(|option| {
                    ballots
                        .iter()
                        .filter(|(ranked, _)| {
                            ranked.iter().find(|one| left.contains(one)) == Some(option)
                        })
                        .map(|(_, weight)| weight)
                        .sum()
                })
                .collect()
        };
        let all: Vec<u8> = (0..options.len() as u8).collect();
        let first = sums(&all);
        let mut left = all;
        loop {
            let now = sums(&left);
            let total: u128 = now.iter().sum();
            if total == 0 {
                return None;
            }
            if let Some(position) = now.iter().position(|weight| weight * 2 > total) {
                return Some(left[position]);
            }
            let loser = (0..left.len())
                .min_by(|a, b| {
                    let key = |at: usize| {
                        (
                            now[at],
                            first[usize::from(left[at])],
                            options[usize::from(left[at])],
                        )
                    };
                    key(*a).cmp(&key(*b))
                })
                .unwrap();
            left.remove(loser);
        }
    }

    proptest! {
        #[test]
        fn the_winner_is_that_of_a_plain_count(
            count in 1usize..=16,
            hashes in prop::collection::hash_set(any::<u8>(), 16),
            ballots in prop::collection::vec((prop::sample::subsequence((0u8..16).collect::<Vec<_>>(), 1..=16).prop_shuffle(), 0u128..20), 0..60),
        ) {
            let options: Vec<OptionHash> = hashes.into_iter().take(count).map(|byte| [byte; 32]).collect();
            let ballots: Vec<(Vec<u8>, u128)> = ballots
                .into_iter()
                .map(|(ranked, weight)| (ranked.into_iter().filter(|option| usize::from(*option) < count).collect::<Vec<u8>>(), weight))
                .filter(|(ranked, _)| !ranked.is_empty())
                .collect();
            let packed: Vec<_> = ballots.iter().map(|(ranked, weight)| (Ranking::new(ranked, count).unwrap(), *weight)).collect();
            for ((ranked, _), (packed, _)) in ballots.iter().zip(&packed) {
                prop_assert_eq!(&packed.iter().collect::<Vec<_>>(), ranked);
            }
            prop_assert_eq!(winner(&options, &packed).unwrap(), oracle(&options, &ballots));
        }
    }

    #[test]
    fn rankings_are_checked() {
        assert_eq!(Ranking::new(&[], 3), Err(RankedError::Count));
        assert_eq!(Ranking::new(&[0, 1, 0], 3), Err(RankedError::Repeated));
        assert_eq!(Ranking::new(&[3], 3), Err(RankedError::Unknown));
        assert_eq!(Ranking::new(&[16], 16), Err(RankedError::Unknown));
        assert_eq!(Ranking::new(&[0; 17], 16), Err(RankedError::Count));
        let stray = Ranking {
            packed: 0x10,
            len: 1,
        };
        assert_eq!(stray.validate(3), Err(RankedError::Count));
        assert_eq!(
            Ranking { packed: 0, len: 17 }.validate(16),
            Err(RankedError::Count)
        );
        assert_eq!(Ranking::new(&[2, 0, 1], 3).unwrap().packed(), (0x102, 3));
        assert_eq!(Runoff::new(&[[1; 32], [1; 32]]), Err(RankedError::Repeated));
        assert_eq!(Runoff::new(&[]), Err(RankedError::Count));
    }

    #[test]
    fn ties_go_by_the_first_round_and_then_by_the_hash() {
        let options = [[3; 32], [1; 32], [2; 32]];
        let rank = |ranked: &[u8]| Ranking::new(ranked, 3).unwrap();
        // All equal: the lowest hash, option 1, leaves first; then option 2
        let even = [(rank(&[0]), 1), (rank(&[1]), 1), (rank(&[2]), 1)];
        assert_eq!(winner(&options, &even), Ok(Some(0)));
        // Option 1 leaves, and its ballot makes 2 the winner
        let moved = [(rank(&[0]), 1), (rank(&[1, 2]), 1), (rank(&[2]), 1)];
        assert_eq!(winner(&options, &moved), Ok(Some(2)));
        // 0 and 2 tie in the second round; 2 had less in the first
        let uneven = [(rank(&[0]), 5), (rank(&[1, 2]), 2), (rank(&[2]), 3)];
        assert_eq!(winner(&options, &uneven), Ok(Some(0)));
        assert_eq!(winner(&options, &[]), Ok(None));
        let mut runoff = Runoff::new(&options).unwrap();
        runoff.count(&rank(&[0]), u128::MAX).unwrap();
        assert_eq!(runoff.count(&rank(&[1]), 1), Err(RankedError::Overflow));
    }
}
