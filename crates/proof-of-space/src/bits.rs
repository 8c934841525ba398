//! Values of K bits, one after the other, big-endian: the keystream that table 1 is cut from, and proofs.

use crate::parameters::K;

/// Cuts the first values of K bits out of `bytes`.
///
/// A value is missing from the end if `bytes` holds it only in part.
pub(crate) fn unpack(k: K, bytes: &[u8]) -> impl Iterator<Item = u32> {
    let k = k.bits();
    let mut bytes = bytes.iter();
    let mut window = 0_u64;
    let mut window_bits = 0;
    core::iter::from_fn(move || {
        while window_bits < k {
            window = window << 8 | u64::from(*bytes.next()?);
            window_bits += 8;
        }
        window_bits -= k;
        Some((window >> window_bits) as u32 & ((1 << k) - 1))
    })
}

/// Joins `values`, whose bits together must be whole bytes, into the first of `bytes`.
pub(crate) fn pack(k: K, values: &[u32], bytes: &mut [u8]) {
    let mut bytes = bytes.iter_mut();
    let mut window = 0_u64;
    let mut window_bits = 0;
    for value in values {
        window = window << k.bits() | u64::from(*value);
        window_bits += k.bits();
        while window_bits >= 8 {
            window_bits -= 8;
            if let Some(byte) = bytes.next() {
                *byte = (window >> window_bits) as u8;
            }
        }
    }
}
