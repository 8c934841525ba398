//! Exact products and quotients of 128-bit integers.

use core::cmp::Ordering;

use crate::BPS;

/// ⌊a·b ⁄ divisor⌋ without loss in the product; `None` where the divisor is zero or the result has more than 128 bits.
pub fn mul_div(a: u128, b: u128, divisor: u128) -> Option<u128> {
    div_rem(a, b, divisor).map(|(quotient, _)| quotient)
}

/// ⌈a·b ⁄ divisor⌉, otherwise as [`mul_div`].
pub fn mul_div_up(a: u128, b: u128, divisor: u128) -> Option<u128> {
    match div_rem(a, b, divisor)? {
        (quotient, 0) => Some(quotient),
        (quotient, _) => quotient.checked_add(1),
    }
}

/// Compares a·b with c·d.
pub fn compare_products(a: u128, b: u128, c: u128, d: u128) -> Ordering {
    let (left_low, left_high) = a.carrying_mul(b, 0);
    let (right_low, right_high) = c.carrying_mul(d, 0);
    (left_high, left_low).cmp(&(right_high, right_low))
}

/// ⌊value·bps ⁄ 10⁴⌋; more than the whole counts as the whole.
pub fn bps_of(value: u128, bps: u16) -> u128 {
    mul_div(value, u128::from(bps.min(BPS)), u128::from(BPS)).unwrap_or(value)
}

fn div_rem(a: u128, b: u128, divisor: u128) -> Option<(u128, u128)> {
    let (low, high) = a.carrying_mul(b, 0);
    if high == 0 {
        return Some((low.checked_div(divisor)?, low.checked_rem(divisor)?));
    }
    if high >= divisor {
        return None;
    }
    // Long division in base 2; the remainder stays below the divisor, so the quotient fits.
    let mut remainder = high;
    let mut quotient = 0u128;
    for bit in (0..128u32).rev() {
        let carry = remainder >> 127;
        remainder = (remainder << 1) | ((low >> bit) & 1);
        quotient <<= 1;
        if carry == 1 || remainder >= divisor {
            remainder = remainder.wrapping_sub(divisor);
            quotient |= 1;
        }
    }
    Some((quotient, remainder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitive_types::U256;
    use proptest::prelude::*;

    fn wide() -> impl Strategy<Value = u128> {
        (any::<u128>(), 0u32..128).prop_map(|(value, shift)| value >> shift)
    }

    proptest! {
        #[test]
        fn products_and_quotients_are_those_of_256_bit_integers(a in wide(), b in wide(), c in wide(), d in wide()) {
            let product = U256::from(a) * U256::from(b);
            let expected = (c != 0)
                .then(|| (product / U256::from(c), product % U256::from(c)))
                .filter(|(quotient, _)| *quotient <= U256::from(u128::MAX));
            prop_assert_eq!(mul_div(a, b, c), expected.map(|(quotient, _)| quotient.as_u128()));
            let up = expected
                .map(|(quotient, remainder)| quotient + U256::from(u8::from(!remainder.is_zero())))
                .filter(|quotient| *quotient <= U256::from(u128::MAX));
            prop_assert_eq!(mul_div_up(a, b, c), up.map(|quotient| quotient.as_u128()));
            prop_assert_eq!(
                compare_products(a, b, c, d),
                product.cmp(&(U256::from(c) * U256::from(d)))
            );
        }
    }

    #[test]
    fn a_share_is_never_more_than_the_whole() {
        assert_eq!(bps_of(u128::MAX, 10_000), u128::MAX);
        assert_eq!(bps_of(u128::MAX, u16::MAX), u128::MAX);
        assert_eq!(bps_of(9_999, 1), 0);
        assert_eq!(bps_of(10_001, 5_000), 5_000);
    }
}
