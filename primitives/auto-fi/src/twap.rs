//! Price averages over time: sums of price · milliseconds, from whose differences averages follow.
//!
//! A pool's accumulator advances once per block, before anything else happens to the pool in it, with the reserves that
//! the previous block left. So what an average is made of has stood for a block at least.
//!
//! Sums of prices wrap at 2^256, and differences are right as long as price · milliseconds between two observations is
//! below 2^256: for any price within 2^32 ms, 49 days.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::logarithm::{PRICE_BITS, exp2_down, exp2_up, log2_down};
use crate::math::{BPS, MathError, U256, mul_div_down, mul_div_up, shift_left};

/// An average that cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AverageError {
    /// Arithmetic.
    #[error(transparent)]
    Math(#[from] MathError),
    /// The second observation is not later than the first.
    #[error("observations are not in order of time")]
    Order,
    /// A reserve is zero or 2^112 and more.
    #[error("there is no price without reserves")]
    NoPrice,
}

/// Sums since the pool exists.
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
pub struct Observation {
    /// Up to when they sum.
    pub at_ms: u64,
    /// Price of the first asset in the second, UQ112.112, · ms.
    pub price_a: U256,
    /// Price of the second asset in the first, UQ112.112, · ms.
    pub price_b: U256,
    /// log2 of the truncated price of the first asset in the second, Q32.32, · ms.
    pub log_price: i128,
}

/// The accumulator of a pool.
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
pub struct Accumulator {
    /// The sums now.
    pub latest: Observation,
    /// log2 of the truncated price, Q32.32: it follows the price, but only so far per advance.
    pub truncated: i64,
}

/// Price of an asset with reserve `reserve` in the other asset, ⌊other · 2^112 / reserve⌋.
pub fn price_down(reserve: u128, other: u128) -> Result<U256, AverageError> {
    if reserve == 0 || other == 0 || reserve.max(other) >> PRICE_BITS != 0 {
        return Err(AverageError::NoPrice);
    }
    Ok(mul_div_down(
        other,
        shift_left(U256::one(), PRICE_BITS),
        reserve,
    )?)
}

/// log2 of the price of an asset with reserve `reserve` in the other asset, Q32.32, off by less than one unit. It is
/// exactly the negative of the other asset's.
pub fn log_price(reserve: u128, other: u128) -> Result<i64, AverageError> {
    let log = |x| {
        log2_down(x)
            .and_then(|log| i64::try_from(log).ok())
            .ok_or(AverageError::NoPrice)
    };
    Ok(log(other)?
        .checked_sub(log(reserve)?)
        .ok_or(MathError::Overflow)?)
}

/// log2(1 + `bps` / 10^4), Q32.32.
fn log_of_move(bps: u32) -> Result<i64, AverageError> {
    log_price(
        BPS.into(),
        u128::from(BPS)
            .checked_add(bps.into())
            .ok_or(MathError::Overflow)?,
    )
}

impl Accumulator {
    /// The accumulator of a pool that gets its first reserves at `now_ms`.
    pub fn new(now_ms: u64, reserve_a: u128, reserve_b: u128) -> Result<Self, AverageError> {
        Ok(Self {
            latest: Observation {
                at_ms: now_ms,
                ..Default::default()
            },
            truncated: log_price(reserve_a, reserve_b)?,
        })
    }

    /// Adds the time until `now_ms`, through which the reserves were these. The truncated price first moves towards
    /// theirs, by a factor of 1 + `max_move_bps` / 10^4 at most in either direction. A time that has already been added
    /// changes nothing.
    pub fn advance(
        &mut self,
        now_ms: u64,
        reserve_a: u128,
        reserve_b: u128,
        max_move_bps: u32,
    ) -> Result<(), AverageError> {
        let Some(elapsed) = now_ms
            .checked_sub(self.latest.at_ms)
            .filter(|elapsed| *elapsed > 0)
        else {
            return Ok(());
        };
        let price_a = price_down(reserve_a, reserve_b)?;
        let price_b = price_down(reserve_b, reserve_a)?;
        let most = log_of_move(max_move_bps)?;
        let truncated = log_price(reserve_a, reserve_b)?.clamp(
            self.truncated.saturating_sub(most),
            self.truncated.saturating_add(most),
        );
        let sum = |sum: U256, price: U256| {
            sum.overflowing_add(price.overflowing_mul(elapsed.into()).0)
                .0
        };
        *self = Self {
            latest: Observation {
                at_ms: now_ms,
                price_a: sum(self.latest.price_a, price_a),
                price_b: sum(self.latest.price_b, price_b),
                // 2^39 · 2^64 at most in all
                log_price: i128::from(truncated)
                    .checked_mul(elapsed.into())
                    .and_then(|product| self.latest.log_price.checked_add(product))
                    .ok_or(MathError::Overflow)?,
            },
            truncated,
        };
        Ok(())
    }
}

impl Observation {
    fn elapsed(&self, later: &Self) -> Result<u64, AverageError> {
        later
            .at_ms
            .checked_sub(self.at_ms)
            .filter(|elapsed| *elapsed > 0)
            .ok_or(AverageError::Order)
    }

    /// Arithmetic mean of the first asset's price from this observation to a `later` one, UQ112.112, rounded down.
    pub fn mean_price_a_down(&self, later: &Self) -> Result<U256, AverageError> {
        let sum = later.price_a.overflowing_sub(self.price_a).0;
        Ok(mul_div_down(sum, 1u8, self.elapsed(later)?)?)
    }

    /// Arithmetic mean of the second asset's price from this observation to a `later` one, UQ112.112, rounded down.
    pub fn mean_price_b_down(&self, later: &Self) -> Result<U256, AverageError> {
        let sum = later.price_b.overflowing_sub(self.price_b).0;
        Ok(mul_div_down(sum, 1u8, self.elapsed(later)?)?)
    }

    /// Mean of the logarithms, rounded down, and whether that is exact.
    fn mean_log(&self, later: &Self) -> Result<(i64, bool), AverageError> {
        let elapsed = i128::from(self.elapsed(later)?);
        let sum = later
            .log_price
            .checked_sub(self.log_price)
            .ok_or(MathError::Overflow)?;
        let mean = sum.checked_div_euclid(elapsed).ok_or(MathError::Overflow)?;
        let exact = sum.checked_rem_euclid(elapsed) == Some(0);
        Ok((i64::try_from(mean).map_err(|_| MathError::Overflow)?, exact))
    }

    /// Geometric mean of the first asset's truncated price from this observation to a `later` one, UQ112.112, rounded
    /// down: never above the mean of the reserves' exact ratios where nothing was truncated, and 10^−9 of it too small
    /// at most.
    pub fn geometric_mean_price_a_down(&self, later: &Self) -> Result<U256, AverageError> {
        let (mean, _) = self.mean_log(later)?;
        // A logarithm of a price is off by less than one unit
        Ok(exp2_down(mean.saturating_sub(1))?)
    }

    /// As [`Self::geometric_mean_price_a_down`], rounded up.
    pub fn geometric_mean_price_a_up(&self, later: &Self) -> Result<U256, AverageError> {
        let (mean, exact) = self.mean_log(later)?;
        Ok(exp2_up(
            mean.saturating_add(i64::from(!exact)).saturating_add(1),
        )?)
    }

    /// The same for the second asset, rounded down.
    pub fn geometric_mean_price_b_down(&self, later: &Self) -> Result<U256, AverageError> {
        let (mean, exact) = self.mean_log(later)?;
        let negative = mean
            .saturating_add(i64::from(!exact))
            .checked_neg()
            .ok_or(MathError::Overflow)?;
        Ok(exp2_down(negative.saturating_sub(1))?)
    }

    /// The same for the second asset, rounded up.
    pub fn geometric_mean_price_b_up(&self, later: &Self) -> Result<U256, AverageError> {
        let (mean, _) = self.mean_log(later)?;
        let negative = mean.checked_neg().ok_or(MathError::Overflow)?;
        Ok(exp2_up(negative.saturating_add(1))?)
    }

    /// The observation at `at_ms` between this one and a `later` one, on the straight line between them, rounded down.
    pub fn interpolate(&self, later: &Self, at_ms: u64) -> Result<Self, AverageError> {
        let elapsed = self.elapsed(later)?;
        let passed = at_ms
            .checked_sub(self.at_ms)
            .filter(|passed| *passed <= elapsed)
            .ok_or(AverageError::Order)?;
        let between = |from: U256, to: U256| -> Result<U256, AverageError> {
            let part = mul_div_down(to.overflowing_sub(from).0, passed, elapsed)?;
            Ok(from.overflowing_add(part).0)
        };
        let log_part = later
            .log_price
            .checked_sub(self.log_price)
            .and_then(|sum| sum.checked_mul(passed.into()))
            .and_then(|sum| sum.checked_div_euclid(elapsed.into()))
            .ok_or(MathError::Overflow)?;
        Ok(Self {
            at_ms,
            price_a: between(self.price_a, later.price_a)?,
            price_b: between(self.price_b, later.price_b)?,
            log_price: self
                .log_price
                .checked_add(log_part)
                .ok_or(MathError::Overflow)?,
        })
    }
}

/// Price in US dollars · 10^8 per whole unit of an asset that costs `price` (UQ112.112, smallest units) of a quote asset,
/// rounded down.
pub fn quoted_price_down(
    price: U256,
    quote_price: u128,
    decimals: u8,
    quote_decimals: u8,
) -> Result<u128, MathError> {
    let (factor, divisor) = quote(quote_price, decimals, quote_decimals)?;
    mul_div_down(price, factor, divisor)
}

/// As [`quoted_price_down`], rounded up.
pub fn quoted_price_up(
    price: U256,
    quote_price: u128,
    decimals: u8,
    quote_decimals: u8,
) -> Result<u128, MathError> {
    let (factor, divisor) = quote(quote_price, decimals, quote_decimals)?;
    mul_div_up(price, factor, divisor)
}

fn quote(quote_price: u128, decimals: u8, quote_decimals: u8) -> Result<(U256, U256), MathError> {
    let factor = crate::math::power_of_ten(decimals)?
        .checked_mul(quote_price.into())
        .ok_or(MathError::Overflow)?;
    let divisor = crate::math::power_of_ten(quote_decimals)?
        .checked_mul(shift_left(U256::one(), PRICE_BITS))
        .ok_or(MathError::Overflow)?;
    Ok((factor, divisor))
}
