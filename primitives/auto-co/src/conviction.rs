//! Votes that weigh more the longer they are held: locked ahead of time, or accrued.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use thiserror::Error;

use crate::math::{mul_div, mul_div_up};

/// One in the fixed-point numbers of this module.
pub const ONE: u128 = 1_000_000_000_000_000_000;

/// [`ONE`]².
const SQUARE: u128 = 1_000_000_000_000_000_000_000_000_000_000_000_000;

/// How long the tokens of a vote stay locked, and how much more they weigh for it.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum Conviction {
    /// A tenth, not locked.
    #[default]
    None,
    /// Once, locked for one period.
    Locked1x,
    /// Twice, for 2 periods.
    Locked2x,
    /// Three times, for 4 periods.
    Locked3x,
    /// Four times, for 8 periods.
    Locked4x,
    /// Five times, for 16 periods.
    Locked5x,
    /// Six times, for 32 periods.
    Locked6x,
}

impl Conviction {
    /// Every conviction, the least first.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::Locked1x,
        Self::Locked2x,
        Self::Locked3x,
        Self::Locked4x,
        Self::Locked5x,
        Self::Locked6x,
    ];

    /// Lock periods.
    pub fn lock_periods(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Locked1x => 1,
            Self::Locked2x => 2,
            Self::Locked3x => 4,
            Self::Locked4x => 8,
            Self::Locked5x => 16,
            Self::Locked6x => 32,
        }
    }

    /// Weight of `tokens`; at most 128 bits.
    pub fn votes(self, tokens: u128) -> u128 {
        match self {
            Self::None => tokens.div_euclid(10),
            Self::Locked1x => tokens,
            Self::Locked2x => tokens.saturating_mul(2),
            Self::Locked3x => tokens.saturating_mul(3),
            Self::Locked4x => tokens.saturating_mul(4),
            Self::Locked5x => tokens.saturating_mul(5),
            Self::Locked6x => tokens.saturating_mul(6),
        }
    }
}

/// `base`ⁿ for a `base` below [`ONE`], by squaring, every product rounded down.
pub fn power(base: u128, exponent: u64) -> u128 {
    let product = |a, b| mul_div(a, b, ONE).unwrap_or(0);
    let mut result = ONE;
    let mut square = base.min(ONE);
    let mut exponent = exponent;
    while exponent > 0 && result > 0 {
        if exponent & 1 == 1 {
            result = product(result, square);
        }
        square = product(square, square);
        exponent >>= 1;
    }
    result
}

/// Why conviction cannot accrue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ConvictionError {
    /// The share kept per step is one or more.
    #[error("the share kept per step is less than one")]
    Alpha,
    /// More than 128 bits.
    #[error("conviction exceeds 128 bits")]
    Overflow,
}

/// Conviction after `steps` more in which `stake` supported the proposal: y·αⁿ + x·(1 − αⁿ) ⁄ (1 − α), both terms rounded
/// down. `alpha` is a fixed-point number.
pub fn accrue(
    conviction: u128,
    stake: u128,
    alpha: u128,
    steps: u64,
) -> Result<u128, ConvictionError> {
    let decay = ONE
        .checked_sub(alpha)
        .filter(|decay| *decay > 0)
        .ok_or(ConvictionError::Alpha)?;
    let kept = power(alpha, steps);
    let old = mul_div(conviction, kept, ONE).ok_or(ConvictionError::Overflow)?;
    let new = mul_div(stake, ONE.saturating_sub(kept), decay).ok_or(ConvictionError::Overflow)?;
    old.checked_add(new).ok_or(ConvictionError::Overflow)
}

/// Conviction that a request of `requested` of a fund of `fund` needs: ρ·S ⁄ ((β − r)²·(1 − α)) for r = requested ⁄ fund,
/// rounded up; all but the amounts are fixed-point numbers. `None` where r ≥ β: it never passes.
pub fn threshold(
    rho: u128,
    supply: u128,
    beta: u128,
    requested: u128,
    fund: u128,
    alpha: u128,
) -> Option<u128> {
    let decay = ONE.checked_sub(alpha).filter(|decay| *decay > 0)?;
    let share = mul_div_up(requested, ONE, fund)?;
    let margin = beta
        .min(ONE)
        .checked_sub(share)
        .filter(|margin| *margin > 0)?;
    let product = margin.checked_mul(margin)?;
    // ρ·S to 18 decimals where that fits, else to whole units: then the amount is so large that they do not matter.
    let fine = || {
        let numerator = mul_div_up(rho.checked_mul(supply)?, SQUARE, product)?;
        mul_div_up(numerator, 1, decay)
    };
    let coarse = || {
        let numerator = mul_div_up(mul_div_up(rho, supply, ONE)?, SQUARE, product)?;
        mul_div_up(numerator, ONE, decay)
    };
    fine().or_else(coarse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn conviction_never_exceeds_its_limit_nor_what_it_was(
            start in 0..1u128 << 90,
            stake in 0..1u128 << 60,
            alpha in 0..ONE,
            steps in any::<u64>(),
        ) {
            let most = mul_div(stake, ONE, ONE - alpha).unwrap();
            let after = accrue(start, stake, alpha, steps).unwrap();
            prop_assert!(after <= start.max(most));
            prop_assert_eq!(accrue(start, stake, alpha, 0), Ok(start));
        }

        #[test]
        fn one_long_step_is_many_short_ones_but_for_rounding(
            stake in 0..1u128 << 60,
            alpha in ONE / 2..ONE - ONE / 1_000,
            a in 0u64..50,
            b in 0u64..50,
        ) {
            let stake = stake * 1_000_000;
            let two = accrue(accrue(0, stake, alpha, a).unwrap(), stake, alpha, b).unwrap();
            let one = accrue(0, stake, alpha, a + b).unwrap();
            // 200 roundings of 10⁻¹⁸, each worth at most 10³ times the stake
            prop_assert!(one.abs_diff(two) <= stake / 1_000_000_000_000 + 10);
        }

        #[test]
        fn powers_fall(base in 0..ONE, exponent in 0u64..1_000_000) {
            prop_assert!(power(base, exponent + 1) <= power(base, exponent));
            prop_assert_eq!(power(base, 1), base);
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert_eq!(accrue(0, 1, ONE, 1), Err(ConvictionError::Alpha));
        assert_eq!(
            accrue(0, u128::MAX, ONE - 1, u64::MAX),
            Err(ConvictionError::Overflow)
        );
        assert_eq!(power(ONE, u64::MAX), ONE);
        assert_eq!(power(0, 0), ONE);
        assert_eq!(threshold(ONE, 1, ONE / 5, 1, 5, 0), None);
        assert_eq!(threshold(ONE, 1, ONE / 5, 1, 0, 0), None);
        assert!(threshold(ONE, 1, ONE / 5, 1, 6, 0).is_some());
    }
}
