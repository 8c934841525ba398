//! Interest: utilisation, rates with a kink, compounding to the third order.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::math::{
    BPS, MathError, RAY, U256, add, div_wide_up, mul_div_down, mul_div_up, product_wide, sub,
    sum_wide,
};

/// A year of 365 days in milliseconds.
pub const YEAR_MS: u64 = 31_536_000_000;
/// Largest rate: 300 % a year.
pub const MAX_RATE: u128 = 3 * RAY;

/// A piece of a rate curve: it rises by `rise` over a utilisation of `run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slope {
    /// Rise of the rate.
    pub rise: u128,
    /// Utilisation over which it rises.
    pub run: u128,
}

/// A rate that rises along `below` up to the utilisation `kink` and along `above` from there. The unit of rates and
/// utilisations is the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KinkedRate {
    /// Rate at no utilisation.
    pub base: u128,
    /// Utilisation at which the slope changes.
    pub kink: u128,
    /// Slope up to the kink.
    pub below: Slope,
    /// Slope above the kink.
    pub above: Slope,
}

impl KinkedRate {
    /// The rate at `utilisation`, each slope's part rounded down.
    pub fn rate_down(&self, utilisation: u128) -> Result<u128, MathError> {
        let (below, above) = self.split(utilisation);
        let low = mul_div_down(self.below.rise, below, self.below.run)?;
        let high = mul_div_down(self.above.rise, above, self.above.run)?;
        add(self.base, add(low, high)?)
    }

    /// The rate at `utilisation`, each slope's part rounded up.
    pub fn rate_up(&self, utilisation: u128) -> Result<u128, MathError> {
        let (below, above) = self.split(utilisation);
        let low = mul_div_up(self.below.rise, below, self.below.run)?;
        let high = mul_div_up(self.above.rise, above, self.above.run)?;
        add(self.base, add(low, high)?)
    }

    fn split(&self, utilisation: u128) -> (u128, u128) {
        let below = utilisation.min(self.kink);
        (below, utilisation.saturating_sub(below))
    }
}

/// Why an interest model is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InterestModelError {
    /// Kink out of range.
    #[error("the kink must lie between zero and one")]
    Kink,
    /// A rate over the maximum.
    #[error("the rate at full utilisation is over 300 % a year")]
    Rate,
}

/// The interest model of a market, per year.
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
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub struct InterestModel {
    /// Rate at no utilisation, ray.
    pub base: u128,
    /// What the rate has risen by at the kink, ray.
    pub slope_below: u128,
    /// What it rises by from the kink to full utilisation, ray.
    pub slope_above: u128,
    /// Utilisation at the kink, ray, between zero and one.
    pub kink: u128,
}

impl InterestModel {
    /// A model from basis points: base, slopes, kink.
    pub const fn from_bps(base: u16, slope_below: u32, slope_above: u32, kink: u16) -> Self {
        const UNIT: u128 = RAY / BPS as u128;
        Self {
            base: UNIT.saturating_mul(base as u128),
            slope_below: UNIT.saturating_mul(slope_below as u128),
            slope_above: UNIT.saturating_mul(slope_above as u128),
            kink: UNIT.saturating_mul(kink as u128),
        }
    }

    /// Checks the ranges.
    pub fn validate(&self) -> Result<(), InterestModelError> {
        if self.kink == 0 || self.kink >= RAY {
            return Err(InterestModelError::Kink);
        }
        add(self.base, self.slope_below)
            .and_then(|rate| add(rate, self.slope_above))
            .ok()
            .filter(|rate| *rate <= MAX_RATE)
            .map(|_| ())
            .ok_or(InterestModelError::Rate)
    }

    /// Rate per year at `utilisation`, both ray, each slope's part rounded up; [`MAX_RATE`] at most.
    pub fn rate_up(&self, utilisation: u128) -> Result<u128, MathError> {
        let curve = KinkedRate {
            base: self.base,
            kink: self.kink,
            below: Slope {
                rise: self.slope_below,
                run: self.kink,
            },
            above: Slope {
                rise: self.slope_above,
                run: sub(RAY, self.kink)?,
            },
        };
        Ok(curve.rate_up(utilisation.min(RAY))?.min(MAX_RATE))
    }
}

/// Share of a market's funds that is borrowed, ray: ⌈borrowed · 10^27 / (cash + borrowed − reserves)⌉, one at most. Zero
/// where nothing is borrowed, one where the divisor is not positive.
pub fn utilisation_up(cash: u128, borrowed: u128, reserves: u128) -> u128 {
    if borrowed == 0 {
        return 0;
    }
    U256::from(cash)
        .checked_add(borrowed.into())
        .and_then(|funds| funds.checked_sub(reserves.into()))
        .and_then(|funds| mul_div_up(borrowed, RAY, funds).ok())
        .map_or(RAY, |utilisation: u128| utilisation.min(RAY))
}

/// What suppliers earn, in the unit of `borrow_rate`:
/// ⌊borrow rate · utilisation · (one − reserve factor) / one²⌋, `one` being the unit of the latter two.
pub fn supply_rate_down(
    borrow_rate: u128,
    utilisation: u128,
    reserve_factor: u128,
    one: u128,
) -> Result<u128, MathError> {
    let share = crate::math::product(utilisation, sub(one, reserve_factor)?)?;
    mul_div_down(borrow_rate, share, crate::math::product(one, one)?)
}

/// Growth over `elapsed_ms` at `rate` (ray per year), ray: ⌈10^27 · (1 + x + x²/2 + x³/6)⌉ with x = rate · elapsed / year,
/// rounded once, from the exact rational.
pub fn compound_up(rate: u128, elapsed_ms: u64) -> Result<U256, MathError> {
    // With z = rate · elapsed = x · year · ray: (6 z (year ray)² + 3 z² year ray + z³) / (6 year³ ray²) rays
    let z = crate::math::product(rate, elapsed_ms)?;
    let year = U256::from(YEAR_MS);
    let year_ray = crate::math::product(YEAR_MS, RAY)?;
    let numerator = sum_wide(&[
        product_wide(&[6u8.into(), z, year_ray, year_ray])?,
        product_wide(&[3u8.into(), z, z, year_ray])?,
        product_wide(&[z, z, z])?,
    ])?;
    let divisor = product_wide(&[6u8.into(), year, year_ray, year_ray])?;
    div_wide_up(numerator, divisor)?
        .checked_add(RAY.into())
        .ok_or(MathError::Overflow)
}
