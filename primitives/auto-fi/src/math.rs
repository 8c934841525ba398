//! Products and quotients of 256-bit numbers through 512 bits, each with the rounding in its name.

pub use primitive_types::{U256, U512};

/// One, for fixed-point numbers with 18 decimals.
pub const WAD: u128 = 1_000_000_000_000_000_000;
/// One, for fixed-point numbers with 27 decimals: rates and indices.
pub const RAY: u128 = 1_000_000_000_000_000_000_000_000_000;
/// One, in millionths: fees.
pub const PPM: u32 = 1_000_000;
/// One, in hundredths of a percent: risk parameters.
pub const BPS: u32 = 10_000;

/// A result that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MathError {
    /// The result does not fit its type.
    #[error("the result does not fit")]
    Overflow,
    /// A divisor is zero.
    #[error("division by zero")]
    DivisionByZero,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rounding {
    Down,
    Up,
}

impl Rounding {
    /// What to add to a quotient rounded down. The only place that rounds, so that tests can plant a wrong rounding at
    /// any caller.
    #[cfg_attr(test, track_caller)]
    fn carry(self, exact: bool) -> u8 {
        #[cfg(test)]
        let this = crate::tests::planted::direction(self == Self::Up);
        #[cfg(not(test))]
        let this = self == Self::Up;
        u8::from(this && !exact)
    }
}

#[cfg_attr(test, track_caller)]
fn mul_div<T: TryFrom<U256>>(
    a: U256,
    b: U256,
    divisor: U256,
    rounding: Rounding,
) -> Result<T, MathError> {
    if divisor.is_zero() {
        return Err(MathError::DivisionByZero);
    }
    let (quotient, exact) = if a.bits().saturating_add(b.bits()) <= 256 {
        let product = a.checked_mul(b).ok_or(MathError::Overflow)?;
        let (quotient, remainder) = product.div_mod(divisor);
        (quotient, remainder.is_zero())
    } else {
        let (quotient, remainder) = a.full_mul(b).div_mod(divisor.into());
        let quotient = U256::try_from(quotient).map_err(|_| MathError::Overflow)?;
        (quotient, remainder.is_zero())
    };
    let carry = rounding.carry(exact);
    quotient
        .checked_add(carry.into())
        .and_then(|rounded| T::try_from(rounded).ok())
        .ok_or(MathError::Overflow)
}

/// ⌊a · b / divisor⌋.
#[cfg_attr(test, track_caller)]
pub fn mul_div_down<T: TryFrom<U256>>(
    a: impl Into<U256>,
    b: impl Into<U256>,
    divisor: impl Into<U256>,
) -> Result<T, MathError> {
    mul_div(a.into(), b.into(), divisor.into(), Rounding::Down)
}

/// ⌈a · b / divisor⌉.
#[cfg_attr(test, track_caller)]
pub fn mul_div_up<T: TryFrom<U256>>(
    a: impl Into<U256>,
    b: impl Into<U256>,
    divisor: impl Into<U256>,
) -> Result<T, MathError> {
    mul_div(a.into(), b.into(), divisor.into(), Rounding::Up)
}

/// ⌈numerator / divisor⌉, of 512-bit numbers.
#[cfg_attr(test, track_caller)]
pub fn div_wide_up(numerator: U512, divisor: U512) -> Result<U256, MathError> {
    if divisor.is_zero() {
        return Err(MathError::DivisionByZero);
    }
    let (quotient, remainder) = numerator.div_mod(divisor);
    let carry = Rounding::Up.carry(remainder.is_zero());
    U256::try_from(quotient)
        .ok()
        .and_then(|quotient| quotient.checked_add(carry.into()))
        .ok_or(MathError::Overflow)
}

/// ⌊√(a · b)⌋.
pub fn geometric_mean_down(a: u128, b: u128) -> Result<u128, MathError> {
    let product = U256::from(a)
        .checked_mul(U256::from(b))
        .ok_or(MathError::Overflow)?;
    u128::try_from(product.integer_sqrt()).map_err(|_| MathError::Overflow)
}

/// a + b.
pub(crate) fn add(a: u128, b: u128) -> Result<u128, MathError> {
    a.checked_add(b).ok_or(MathError::Overflow)
}

/// a − b.
pub(crate) fn sub(a: u128, b: u128) -> Result<u128, MathError> {
    a.checked_sub(b).ok_or(MathError::Overflow)
}

/// a · b, of numbers of 128 bits at most: never more than 256 bits.
pub(crate) fn product(a: impl Into<u128>, b: impl Into<u128>) -> Result<U256, MathError> {
    U256::from(a.into())
        .checked_mul(U256::from(b.into()))
        .ok_or(MathError::Overflow)
}

/// value · 2^bits; what exceeds 256 bits is cut off.
#[allow(
    clippy::arithmetic_side_effects,
    reason = "shifts of U256 cut off, they do not overflow"
)]
pub(crate) fn shift_left(value: U256, bits: u32) -> U256 {
    value << bits
}

/// ⌊value / 2^bits⌋.
#[allow(
    clippy::arithmetic_side_effects,
    reason = "shifts of U256 cut off, they do not overflow"
)]
pub(crate) fn shift_right(value: U256, bits: u32) -> U256 {
    value >> bits
}

/// The product of `factors`, in 512 bits.
pub(crate) fn product_wide(factors: &[U256]) -> Result<U512, MathError> {
    factors.iter().try_fold(U512::one(), |product, factor| {
        product
            .checked_mul(U512::from(*factor))
            .ok_or(MathError::Overflow)
    })
}

/// The sum of `terms`, in 512 bits.
pub(crate) fn sum_wide(terms: &[U512]) -> Result<U512, MathError> {
    terms.iter().try_fold(U512::zero(), |sum, term| {
        sum.checked_add(*term).ok_or(MathError::Overflow)
    })
}

/// 10^`exponent`.
pub(crate) fn power_of_ten(exponent: u8) -> Result<U256, MathError> {
    U256::from(10u8)
        .checked_pow(exponent.into())
        .ok_or(MathError::Overflow)
}
