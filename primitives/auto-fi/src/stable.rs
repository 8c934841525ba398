//! The stable curve of two assets: Ann · (x + y) + D = Ann · D + D³ / (4 · x · y), with Ann = 2 · A.
//!
//! It is Curve's invariant with Curve's `A_PRECISION`. The invariant D and the balance y solve it exactly: Newton's
//! iteration runs on the polynomial, in 512 bits, and ends at the integers on both sides of the root. So D never falls in
//! a swap, not even by a fraction of a unit, however small the amounts are.
//!
//! Balances here are scaled to a common number of decimals and below 2^112, so no step exceeds 512 bits.

use crate::math::{MathError, U256, U512, product, product_wide, sum_wide};
use crate::pool::SwapError;

/// An amplification A is given as A · `A_PRECISION`.
pub const A_PRECISION: u32 = 100;
/// Least amplification: A = 1.
pub const MIN_AMPLIFICATION: u32 = A_PRECISION;
/// Largest amplification: A = 10^6.
pub const MAX_AMPLIFICATION: u32 = 1_000_000 * A_PRECISION;
/// Newton steps after which a solution is given up.
pub const MAX_ITERATIONS: u32 = 255;

/// Balances are below 2^112.
const MAX_BALANCE: u128 = 1 << 112;

/// The curve's polynomial in D,
/// 100 · D³ + 4 · x · y · (Ann − 100) · D − 4 · x · y · Ann · (x + y), with Ann = 2 · amplification.
///
/// It rises with D, and falls with x and with y wherever it is zero.
struct Polynomial {
    /// Coefficient of D.
    linear: U512,
    /// What is taken away.
    constant: U512,
}

/// 2 · `amplification`.
fn ann(amplification: u32) -> Result<U256, SwapError> {
    if !(MIN_AMPLIFICATION..=MAX_AMPLIFICATION).contains(&amplification) {
        return Err(SwapError::Amplification);
    }
    Ok(product(amplification, 2u8)?)
}

/// Ann − 100.
fn ann_less_one(ann: U256) -> Result<U256, MathError> {
    ann.checked_sub(A_PRECISION.into())
        .ok_or(MathError::Overflow)
}

fn check_balance(balance: u128) -> Result<U256, SwapError> {
    match balance {
        0 => Err(SwapError::InsufficientLiquidity),
        1..MAX_BALANCE => Ok(balance.into()),
        _ => Err(SwapError::ReserveOverflow),
    }
}

/// 100 · D³.
fn cube(d: U256) -> Result<U512, MathError> {
    product_wide(&[A_PRECISION.into(), d, d, d])
}

impl Polynomial {
    fn new(x: U256, y: U256, ann: U256) -> Result<Self, SwapError> {
        let four = U256::from(4u8);
        let sum = x.checked_add(y).ok_or(MathError::Overflow)?;
        Ok(Self {
            linear: product_wide(&[four, x, y, ann_less_one(ann)?])?,
            constant: product_wide(&[four, x, y, ann, sum])?,
        })
    }

    /// Both halves of the polynomial at `d`: it is their difference.
    fn sides(&self, d: U256) -> Result<(U512, U512), MathError> {
        let linear = self
            .linear
            .checked_mul(d.into())
            .ok_or(MathError::Overflow)?;
        Ok((sum_wide(&[cube(d)?, linear])?, self.constant))
    }
}

/// A step of Newton's iteration, cut off: a step from above the root then falls by one or more, until it is the root cut
/// off. Whether that is exact, the polynomial's sign says.
fn step(numerator: U512, divisor: U512) -> Result<U256, MathError> {
    let quotient = numerator
        .checked_div(divisor)
        .ok_or(MathError::DivisionByZero)?;
    U256::try_from(quotient).map_err(|_| MathError::Overflow)
}

/// The invariant D of balances `x` and `y`, rounded down.
pub fn invariant_down(x: u128, y: u128, amplification: u32) -> Result<u128, SwapError> {
    let (x, y) = (check_balance(x)?, check_balance(y)?);
    Ok(invariant(x, y, ann(amplification)?)?.0)
}

/// The invariant D of balances `x` and `y`, rounded up.
pub fn invariant_up(x: u128, y: u128, amplification: u32) -> Result<u128, SwapError> {
    let (x, y) = (check_balance(x)?, check_balance(y)?);
    let (down, exact) = invariant(x, y, ann(amplification)?)?;
    Ok(down
        .checked_add(u128::from(!exact))
        .ok_or(MathError::Overflow)?)
}

/// The invariant rounded down, and whether that is exact.
fn invariant(x: U256, y: U256, ann: U256) -> Result<(u128, bool), SwapError> {
    let polynomial = Polynomial::new(x, y, ann)?;
    // Never below the root, since D ≤ x + y; from there the steps only fall, for the polynomial is convex
    let mut d = x.checked_add(y).ok_or(MathError::Overflow)?;
    for _ in 0..MAX_ITERATIONS {
        let numerator = sum_wide(&[
            product_wide(&[(2 * A_PRECISION).into(), d, d, d])?,
            polynomial.constant,
        ])?;
        let divisor = sum_wide(&[
            product_wide(&[(3 * A_PRECISION).into(), d, d])?,
            polynomial.linear,
        ])?;
        let next = step(numerator, divisor)?;
        // A step from above the root falls by one or more, so this is the root rounded down
        if next >= d {
            let (left, right) = polynomial.sides(d)?;
            let floor = u128::try_from(d).map_err(|_| MathError::Overflow)?;
            return Ok((floor, left == right));
        }
        d = next;
    }
    Err(SwapError::NotConverged)
}

/// The least balance that, beside `x`, has an invariant of `d` or more.
pub fn balance_up(x: u128, d: u128, amplification: u32) -> Result<u128, SwapError> {
    let x = check_balance(x)?;
    let ann = ann(amplification)?;
    let d = U256::from(d);
    // The curve as a polynomial in y, divided by 4: x · Ann · y² + x · (Ann · x − (Ann − 100) · D) · y − 25 · D³
    let cubic = product_wide(&[(A_PRECISION / 4).into(), d, d, d])?;
    let falling = product_wide(&[x, ann_less_one(ann)?, d])?;
    let rising = product_wide(&[x, ann, x])?;
    // The slope at y = D is positive, so the first step lands above the root whatever side D is on; then steps only fall
    let mut y = d;
    for iteration in 0..MAX_ITERATIONS {
        let numerator = sum_wide(&[product_wide(&[x, ann, y, y])?, cubic])?;
        let divisor = sum_wide(&[product_wide(&[U256::from(2u8), x, ann, y])?, rising])?
            .checked_sub(falling)
            .ok_or(MathError::Overflow)?;
        let next = step(numerator, divisor)?.max(U256::one());
        // As above, this is the root rounded down, or one
        if iteration > 0 && next >= y {
            let (left, right) = Polynomial::new(x, y, ann)?.sides(d)?;
            return y
                .checked_add(u8::from(left > right).into())
                .and_then(|least| u128::try_from(least).ok())
                .filter(|least| *least < MAX_BALANCE)
                .ok_or(SwapError::ReserveOverflow);
        }
        y = next;
    }
    Err(SwapError::NotConverged)
}

/// What a swap of `amount_in` pays out before fees: the most that leaves D where it was or higher.
pub fn amount_out_down(
    amount_in: u128,
    reserve_in: u128,
    reserve_out: u128,
    amplification: u32,
) -> Result<u128, SwapError> {
    if amount_in == 0 {
        return Err(SwapError::InsufficientInput);
    }
    let d = invariant_up(reserve_in, reserve_out, amplification)?;
    let reserve_in = reserve_in
        .checked_add(amount_in)
        .ok_or(MathError::Overflow)?;
    let left = balance_up(reserve_in, d, amplification)?;
    match reserve_out.checked_sub(left) {
        None | Some(0) => Err(SwapError::InsufficientOutput),
        Some(amount_out) => Ok(amount_out),
    }
}

/// What a swap takes that pays out `amount_out` before fees: the least that leaves D where it was or higher.
pub fn amount_in_up(
    amount_out: u128,
    reserve_in: u128,
    reserve_out: u128,
    amplification: u32,
) -> Result<u128, SwapError> {
    if amount_out == 0 {
        return Err(SwapError::InsufficientOutput);
    }
    let d = invariant_up(reserve_in, reserve_out, amplification)?;
    let left = reserve_out
        .checked_sub(amount_out)
        .filter(|left| *left > 0)
        .ok_or(SwapError::InsufficientLiquidity)?;
    let reserve_in_after = balance_up(left, d, amplification)?;
    Ok(reserve_in_after
        .checked_sub(reserve_in)
        .ok_or(MathError::Overflow)?)
}
