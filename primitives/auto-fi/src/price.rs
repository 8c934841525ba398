//! Prices from feeds, valuation on the safe side, and what a trade loses.

use crate::math::{BPS, MathError, U256, mul_div_down, mul_div_up, power_of_ten, product};

/// One dollar, as a price: 10^8.
pub const PRICE_ONE: u128 = 100_000_000;
/// Decimals of an asset, at most.
pub const MAX_DECIMALS: u8 = 30;
/// Values have 18 decimals, prices 8.
const VALUE_PER_PRICE: u64 = 10_000_000_000;

/// Median of `prices`, which it sorts; of an even number the mean of the two in the middle, rounded down. `None` without
/// prices.
pub fn median_down(prices: &mut [u128]) -> Option<u128> {
    prices.sort_unstable();
    let upper = *prices.get(prices.len() / 2)?;
    if !prices.len().is_multiple_of(2) {
        return Some(upper);
    }
    let lower = *prices.get((prices.len() / 2).checked_sub(1)?)?;
    Some(lower.midpoint(upper))
}

/// Whether `fresh` reports are enough of `registered` reporters: three, and two thirds.
pub const fn is_quorum(fresh: u32, registered: u32) -> bool {
    fresh >= 3 && (fresh as u64).saturating_mul(3) >= (registered as u64).saturating_mul(2)
}

/// Whether `price` is within `band_bps` of `reference`, exactly.
pub fn is_within(price: u128, reference: u128, band_bps: u32) -> bool {
    let (Ok(difference), Ok(band)) = (
        product(price.abs_diff(reference), BPS),
        // Under 2^160
        U256::from(reference)
            .checked_mul(band_bps.into())
            .ok_or(MathError::Overflow),
    ) else {
        return false;
    };
    difference <= band
}

/// What a unit of collateral counts: the lower of feed and average, less the confidence interval, rounded down.
pub fn collateral_price_down(
    feed: u128,
    average: Option<u128>,
    confidence_bps: u32,
) -> Result<u128, MathError> {
    let price = average.map_or(feed, |average| average.min(feed));
    mul_div_down(price, BPS.saturating_sub(confidence_bps), BPS)
}

/// What a unit of debt counts: the higher of feed and average, plus the confidence interval, rounded up.
pub fn debt_price_up(
    feed: u128,
    average: Option<u128>,
    confidence_bps: u32,
) -> Result<u128, MathError> {
    let price = average.map_or(feed, |average| average.max(feed));
    let factor = u64::from(BPS).saturating_add(confidence_bps.into());
    mul_div_up(price, factor, BPS)
}

/// Price · 10^10 over 10^decimals, as a fraction.
fn value_per_unit(price: u128, decimals: u8) -> Result<(U256, U256), MathError> {
    if decimals > MAX_DECIMALS {
        return Err(MathError::Overflow);
    }
    Ok((product(price, VALUE_PER_PRICE)?, power_of_ten(decimals)?))
}

/// Value of `amount`, US dollars · 10^18, rounded down.
pub fn value_down(amount: u128, price: u128, decimals: u8) -> Result<U256, MathError> {
    let (factor, divisor) = value_per_unit(price, decimals)?;
    mul_div_down(amount, factor, divisor)
}

/// Value of `amount`, US dollars · 10^18, rounded up; at least 1 for any amount, whatever the price.
pub fn value_up(amount: u128, price: u128, decimals: u8) -> Result<U256, MathError> {
    let (factor, divisor) = value_per_unit(price, decimals)?;
    let value: U256 = mul_div_up(amount, factor, divisor)?;
    Ok(value.max(u8::from(amount > 0).into()))
}

/// The amount that `value` buys, rounded down.
pub fn amount_down(value: U256, price: u128, decimals: u8) -> Result<u128, MathError> {
    let (divisor, factor) = value_per_unit(price, decimals)?;
    mul_div_down(value, factor, divisor)
}

/// What an operation loses: the value that leaves, at the higher prices, less the value that comes back, at the lower
/// ones. It is what a budget is charged with.
pub fn loss(value_out: U256, value_in: U256) -> U256 {
    value_out.checked_sub(value_in).unwrap_or(U256::zero())
}

/// Whether an operation loses at most `limit_bps` of what leaves: value in ≥ value out · (1 − limit), exactly.
pub fn is_loss_within(value_out: U256, value_in: U256, limit_bps: u32) -> bool {
    let kept = BPS.saturating_sub(limit_bps);
    value_in.full_mul(BPS.into()) >= value_out.full_mul(kept.into())
}
