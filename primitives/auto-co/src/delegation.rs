//! Who votes with whose power, one level deep.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use thiserror::Error;

use crate::math::bps_of;
use crate::{BPS, VoterId};

/// Delegates that one owner may share power among, per track.
pub const MAX_DELEGATES: u32 = 8;

/// Power by whether its owner is a proven human. What an unproven owner delegates stays unproven in anyone's hands, or
/// the limits on AI would end at one human who votes for others.
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
pub struct Power {
    /// Power of proven humans.
    pub human: u128,
    /// All other power.
    pub other: u128,
}

impl Power {
    /// Both kinds together.
    pub fn total(&self) -> u128 {
        self.human.saturating_add(self.other)
    }

    /// The sum; `None` where it has more than 128 bits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            human: self.human.checked_add(other.human)?,
            other: self.other.checked_add(other.other)?,
        })
    }

    /// The difference; `None` where it is negative.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Some(Self {
            human: self.human.checked_sub(other.human)?,
            other: self.other.checked_sub(other.other)?,
        })
    }

    /// At most `limit` in all, of humans first.
    pub fn limited(self, limit: u128) -> Self {
        let human = self.human.min(limit);
        Self {
            human,
            other: self.other.min(limit.saturating_sub(human)),
        }
    }
}

/// Why a delegation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DelegationError {
    /// More than [`MAX_DELEGATES`].
    #[error("more than {MAX_DELEGATES} delegates")]
    TooMany,
    /// The owner is among the delegates.
    #[error("delegated to oneself")]
    ToSelf,
    /// A delegate occurs twice.
    #[error("a delegate occurs twice")]
    Repeated,
    /// A share is zero, or the shares exceed the whole.
    #[error("a share is zero or the shares exceed 10000 basis points")]
    Shares,
}

/// Whom an owner shares power among in a track. What is not given away is cast by nobody unless the owner votes.
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
pub struct Delegation {
    shares: BoundedVec<(VoterId, u16), ConstU32<MAX_DELEGATES>>,
    human: bool,
}

impl Delegation {
    /// `shares` are delegates with basis points of the owner's power. `human` says whether the owner is a proven human
    /// for the track; it holds until the delegation is written again.
    pub fn new(
        owner: &VoterId,
        shares: &[(VoterId, u16)],
        human: bool,
    ) -> Result<Self, DelegationError> {
        let mut sum = 0u32;
        for (position, (delegate, bps)) in shares.iter().enumerate() {
            if delegate == owner {
                return Err(DelegationError::ToSelf);
            }
            if shares
                .iter()
                .take(position)
                .any(|(other, _)| other == delegate)
            {
                return Err(DelegationError::Repeated);
            }
            sum = sum.saturating_add(u32::from(*bps));
            if *bps == 0 || sum > u32::from(BPS) {
                return Err(DelegationError::Shares);
            }
        }
        let shares = shares
            .to_vec()
            .try_into()
            .map_err(|_| DelegationError::TooMany)?;
        Ok(Self { shares, human })
    }

    /// Delegates with their basis points.
    pub fn shares(&self) -> &[(VoterId, u16)] {
        &self.shares
    }

    /// Whether the owner counts as a proven human.
    pub fn is_human(&self) -> bool {
        self.human
    }

    /// What each delegate gets of `power`: ⌊power·bps ⁄ 10⁴⌋.
    pub fn parts(&self, power: u128) -> impl Iterator<Item = (VoterId, Power)> + '_ {
        self.shares.iter().map(move |(delegate, bps)| {
            let part = bps_of(power, *bps);
            let part = if self.human {
                Power {
                    human: part,
                    other: 0,
                }
            } else {
                Power {
                    human: 0,
                    other: part,
                }
            };
            (*delegate, part)
        })
    }
}

/// What a change of an owner's power or delegation does to a delegate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The delegate.
    pub delegate: VoterId,
    /// To take from what is delegated to it.
    pub take: Power,
    /// To add, after that.
    pub give: Power,
}

impl Shift {
    /// The sum delegated to [`Shift::delegate`] after the change; `None` where the sum before was not what the owner's
    /// old power and delegation had made it.
    pub fn apply(&self, delegated_in: Power) -> Option<Power> {
        delegated_in.checked_sub(self.take)?.checked_add(self.give)
    }
}

/// The at most 16 shifts by which an owner's change of power, of delegation or of both reaches the delegates.
pub fn shifts(old: (&Delegation, u128), new: (&Delegation, u128)) -> Vec<Shift> {
    let mut shifts: Vec<Shift> = old
        .0
        .parts(old.1)
        .map(|(delegate, take)| Shift {
            delegate,
            take,
            give: Power::default(),
        })
        .collect();
    for (delegate, give) in new.0.parts(new.1) {
        match shifts.iter_mut().find(|shift| shift.delegate == delegate) {
            Some(shift) => shift.give = give,
            None => shifts.push(Shift {
                delegate,
                take: Power::default(),
                give,
            }),
        }
    }
    shifts.retain(|shift| shift.take != shift.give);
    shifts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delegation_is_checked() {
        let owner = [0; 32];
        let to = |shares: &[(u8, u16)]| {
            let shares: Vec<_> = shares.iter().map(|(id, bps)| ([*id; 32], *bps)).collect();
            Delegation::new(&owner, &shares, true)
        };
        assert_eq!(to(&[(0, 1)]), Err(DelegationError::ToSelf));
        assert_eq!(
            to(&[(1, 1), (2, 1), (1, 1)]),
            Err(DelegationError::Repeated)
        );
        assert_eq!(to(&[(1, 0)]), Err(DelegationError::Shares));
        assert_eq!(to(&[(1, 5_000), (2, 5_001)]), Err(DelegationError::Shares));
        assert_eq!(to(&[(1, u16::MAX)]), Err(DelegationError::Shares));
        let shares: Vec<(u8, u16)> = (1..=9).map(|id| (id, 1_000)).collect();
        assert_eq!(to(&shares), Err(DelegationError::TooMany));
        assert!(to(&shares[..8]).is_ok());
        assert!(to(&[]).is_ok());
    }

    #[test]
    fn parts_never_exceed_the_power() {
        let shares = [([1; 32], 3_333), ([2; 32], 3_333), ([3; 32], 3_334)];
        let delegation = Delegation::new(&[0; 32], &shares, false).unwrap();
        for power in [0, 1, 2, 3, 9_999, 10_001, u128::MAX] {
            let sum = delegation
                .parts(power)
                .map(|(_, part)| part.other)
                .try_fold(0u128, u128::checked_add)
                .unwrap();
            assert!(sum <= power && power - sum < 3);
        }
    }

    #[test]
    fn shifts_lead_from_the_old_parts_to_the_new() {
        let old = Delegation::new(&[0; 32], &[([1; 32], 6_000), ([2; 32], 4_000)], true).unwrap();
        let new = Delegation::new(&[0; 32], &[([2; 32], 5_000), ([3; 32], 5_000)], false).unwrap();
        let shifts = shifts((&old, 100), (&new, 200));
        let power = |human, other| Power { human, other };
        assert_eq!(shifts.len(), 3);
        assert_eq!(shifts[0].apply(power(61, 0)), Some(power(1, 0)));
        assert_eq!(shifts[0].apply(power(59, 0)), None);
        assert_eq!(shifts[1].apply(power(40, 0)), Some(power(0, 100)));
        assert_eq!(shifts[2].apply(power(0, 0)), Some(power(0, 100)));
        assert!(super::shifts((&old, 7), (&old, 7)).is_empty());
    }

    #[test]
    fn a_limit_keeps_humans_first() {
        let power = Power { human: 6, other: 6 };
        assert_eq!(power.limited(8), Power { human: 6, other: 2 });
        assert_eq!(power.limited(4), Power { human: 4, other: 0 });
        assert_eq!(power.limited(12), power);
    }
}
