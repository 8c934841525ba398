//! Base-two logarithms and powers in fixed point Q32.32: integer arithmetic only, the same bits on every machine.

use crate::math::{MathError, U256, shift_left, shift_right};

/// Fractional bits of a logarithm.
pub const FRACTION_BITS: u32 = 32;
/// Fractional bits of a price: UQ112.112.
pub const PRICE_BITS: u32 = 112;

/// ⌊2^(2^−k) · 2^127⌋ for k = 1, 2, … 32.
const ROOTS_OF_TWO: [u128; 32] = [
    0xb504_f333_f9de_6484_597d_89b3_754a_be9f,
    0x9837_f051_8db8_a96f_46ad_2318_2e42_f6f6,
    0x8b95_c1e3_ea8b_d6e6_fbe4_6287_58a5_3c90,
    0x85aa_c367_cc48_7b14_c5c9_5b8c_2154_c1b2,
    0x82cd_8698_ac2b_a1d7_3e2a_475b_4652_0bff,
    0x8164_d1f3_bc03_0773_7be5_6527_bd14_def4,
    0x80b1_ed4f_d999_ab6c_2533_5719_b6e6_fd20,
    0x8058_d7d2_d5e5_f6b0_94d5_89f6_08ee_4aa2,
    0x802c_6436_d0e0_4f50_ff8c_e94a_6797_b3ce,
    0x8016_302f_1746_7628_3690_dfe4_4d11_d008,
    0x800b_179c_8202_8fd0_945e_54e2_ae18_f2f0,
    0x8005_8baf_7fee_3b5d_1c71_8b38_e549_cb93,
    0x8002_c5d0_0fdc_fcb6_b656_6a58_c048_be1f,
    0x8001_62e6_1bed_4a48_e84c_2e1a_4634_73d9,
    0x8000_b172_92f7_02a3_aa22_beac_ca94_9013,
    0x8000_58b9_2abb_ae02_030c_5fa5_256f_41fe,
    0x8000_2c5c_8dad_e4d7_1776_c0f4_dbea_67d6,
    0x8000_162e_44ea_f636_526b_e456_600b_dbe4,
    0x8000_0b17_21fa_7c18_8307_016c_1cd4_e8b6,
    0x8000_058b_90de_7e4c_ecfc_4875_0348_8bb1,
    0x8000_02c5_c867_8f36_cbfc_e50a_6de6_0b14,
    0x8000_0162_e431_db9f_80b2_347b_5d62_e516,
    0x8000_00b1_7218_72d0_c7b0_8cf1_e011_4152,
    0x8000_0058_b90c_1aa8_a5c3_736c_b77e_8dff,
    0x8000_002c_5c86_05a4_635f_2efc_2362_d978,
    0x8000_0016_2e43_00e6_35cf_4a10_9e39_39bd,
    0x8000_000b_1721_7ff8_1bef_9c55_1590_cf83,
    0x8000_0005_8b90_bfdd_4e39_cd52_c0cf_a27c,
    0x8000_0002_c5c8_5fe6_f72d_669e_0e76_e411,
    0x8000_0001_62e4_2ff1_8f9a_d351_86d0_df28,
    0x8000_0000_b172_17f8_4cce_71aa_0dcf_ffe7,
    0x8000_0000_58b9_0bfc_07a7_7ad5_6ed2_2aaa,
];

/// log2(x), in Q32.32, rounded down: at most the logarithm, and above it less 2^−32 and a share of 2^−60 of that.
/// `None` for zero.
pub fn log2_down(x: u128) -> Option<u64> {
    let integer = x.checked_ilog2()?;
    // In [2^127, 2^128): one to two, with 127 fractional bits
    let mut mantissa = x.checked_shl(127u32.checked_sub(integer)?)?;
    let mut log = u64::from(integer);
    for _ in 0..FRACTION_BITS {
        let square = U256::from(mantissa).checked_mul(U256::from(mantissa))?;
        let bit = square.bit(255);
        mantissa = u128::try_from(shift_right(square, if bit { 128 } else { 127 })).ok()?;
        log = log.checked_shl(1)? | u64::from(bit);
    }
    Some(log)
}

/// 2^x as UQ112.112 for x in Q32.32, rounded down and at most 2^−119 of itself too small. Zero below 2^−112; an error
/// from 2^144 on.
pub fn exp2_down(x: i64) -> Result<U256, MathError> {
    let integer = x >> FRACTION_BITS;
    let mut mantissa = shift_left(U256::one(), 127);
    for (root, shift) in ROOTS_OF_TWO.iter().zip((0..FRACTION_BITS).rev()) {
        if (x >> shift) & 1 == 1 {
            let product = mantissa
                .checked_mul(U256::from(*root))
                .ok_or(MathError::Overflow)?;
            mantissa = shift_right(product, 127);
        }
    }
    // The mantissa has 128 bits, 127 of them fractional: 15 more than UQ112.112
    let distance = |integer: i64| u32::try_from(integer.abs_diff(15)).unwrap_or(u32::MAX);
    match integer {
        144.. => Err(MathError::Overflow),
        15..=143 => Ok(shift_left(mantissa, distance(integer))),
        -112..=14 => Ok(shift_right(mantissa, distance(integer))),
        _ => Ok(U256::zero()),
    }
}

/// 2^x as UQ112.112 for x in Q32.32, rounded up and at most 2^−118 of itself and two units too large. An error from
/// 2^144 on.
pub fn exp2_up(x: i64) -> Result<U256, MathError> {
    let down = exp2_down(x)?;
    down.checked_add(shift_right(down, 119))
        .and_then(|sum| sum.checked_add(U256::from(2u8)))
        .ok_or(MathError::Overflow)
}
