//! The curve x · y = k, as Uniswap v2 computes it.

use crate::math::{MathError, PPM, U256, geometric_mean_down, mul_div_down, mul_div_up, product};
use crate::pool::SwapError;

/// 1 − `fee_ppm`, in millionths.
fn after_fee(fee_ppm: u32) -> Result<u32, SwapError> {
    PPM.checked_sub(fee_ppm).ok_or(SwapError::Fee)
}

/// What a swap of `amount_in` pays out:
/// ⌊in · (10^6 − fee) · reserve out / (reserve in · 10^6 + in · (10^6 − fee))⌋.
pub fn amount_out_down(
    amount_in: u128,
    reserve_in: u128,
    reserve_out: u128,
    fee_ppm: u32,
) -> Result<u128, SwapError> {
    if amount_in == 0 {
        return Err(SwapError::InsufficientInput);
    }
    if reserve_in == 0 || reserve_out == 0 {
        return Err(SwapError::InsufficientLiquidity);
    }
    let input = product(amount_in, after_fee(fee_ppm)?)?;
    let divisor = product(reserve_in, PPM)?
        .checked_add(input)
        .ok_or(MathError::Overflow)?;
    match mul_div_down(input, reserve_out, divisor)? {
        0 => Err(SwapError::InsufficientOutput),
        amount_out => Ok(amount_out),
    }
}

/// What a swap that pays out `amount_out` takes:
/// ⌊reserve in · out · 10^6 / ((reserve out − out) · (10^6 − fee))⌋ + 1.
pub fn amount_in_up(
    amount_out: u128,
    reserve_in: u128,
    reserve_out: u128,
    fee_ppm: u32,
) -> Result<u128, SwapError> {
    if amount_out == 0 {
        return Err(SwapError::InsufficientOutput);
    }
    if reserve_in == 0 || reserve_out <= amount_out {
        return Err(SwapError::InsufficientLiquidity);
    }
    let left = reserve_out
        .checked_sub(amount_out)
        .ok_or(MathError::Overflow)?;
    let divisor = product(left, after_fee(fee_ppm)?)?;
    let below: u128 = mul_div_down(product(amount_out, PPM)?, reserve_in, divisor)?;
    Ok(below.checked_add(1).ok_or(MathError::Overflow)?)
}

/// The fee in a swap's input, ⌈in · fee / 10^6⌉: what the pool keeps of it for liquidity providers and protocol.
pub fn fee_up(amount_in: u128, fee_ppm: u32) -> Result<u128, SwapError> {
    Ok(mul_div_up(amount_in, fee_ppm, PPM)?)
}

/// The protocol's share of the fee, ⌈in · fee · share / 10^12⌉, and never more than ⌊in · fee / 10^6⌋: the curve
/// counts with the exact fee, so a unit more would come out of the reserves.
pub fn protocol_fee_up(amount_in: u128, fee_ppm: u32, share_ppm: u32) -> Result<u128, SwapError> {
    let share: u128 = mul_div_up(amount_in, product(fee_ppm, share_ppm)?, product(PPM, PPM)?)?;
    let fee = mul_div_down(amount_in, fee_ppm, PPM)?;
    Ok(share.min(fee))
}

/// Liquidity of the first deposit, ⌊√(a · b)⌋, of which the pool locks
/// [`MINIMUM_LIQUIDITY`](crate::pool::MINIMUM_LIQUIDITY).
pub fn first_liquidity_down(amount_a: u128, amount_b: u128) -> Result<u128, SwapError> {
    Ok(geometric_mean_down(amount_a, amount_b)?)
}

/// How much worse than the reserves' ratio a swap was, in millionths: ⌈10^6 · (1 − out · reserve in / (in · reserve
/// out))⌉, fee included.
pub fn price_impact_ppm_up(
    amount_in: u128,
    amount_out: u128,
    reserve_in: u128,
    reserve_out: u128,
) -> Result<u32, SwapError> {
    let ideal = product(amount_in, reserve_out)?;
    let got = product(amount_out, reserve_in)?;
    let lost = ideal.checked_sub(got).unwrap_or(U256::zero());
    Ok(mul_div_up(lost, PPM, ideal)?)
}
