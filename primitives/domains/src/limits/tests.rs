use super::*;
use crate::ExecutionReceipt;

#[test]
fn the_longest_receipt_is_as_long_as_its_fields() {
    assert_eq!(
        ExecutionReceipt::max_encoded_len(),
        MAX_RECEIPT_SIZE as usize
    );
}

#[test]
fn limits_divide_a_block_by_the_bundles_that_are_expected_in_it() {
    let limits = |bundles, blocks| {
        BundleLimits::for_block(3_932_160, Weight::from_parts(1_300, 99), bundles, blocks)
            .map(|limits| (limits.max_size, limits.max_weight.ref_time()))
    };
    let one = Fraction::new(1, 1);
    assert_eq!(limits(one, Fraction::new(1, 6)), Some((655_360, 216)));
    assert_eq!(limits(one, Fraction::new(1, 2)), Some((1_966_080, 650)));
    // 2.33 are expected
    assert_eq!(
        limits(Fraction::new(2, 6), Fraction::new(1, 7)),
        Some((1_966_080, 650))
    );
    // Fewer than one: a bundle is never more than a block
    assert_eq!(
        limits(Fraction::new(1, 100), Fraction::new(1, 6)),
        Some((3_932_160, 1_300))
    );
    assert_eq!(limits(Fraction::new(0, 1), Fraction::new(1, 6)), None);
    assert_eq!(limits(one, Fraction::new(0, 6)), None);
    assert_eq!(
        BundleLimits::for_block(
            u32::MAX,
            Weight::from_parts(1, 99),
            Fraction::new(u64::MAX, 1),
            Fraction::new(1, u64::MAX),
        ),
        Some(BundleLimits {
            max_size: 0,
            max_weight: Weight::from_parts(0, 99),
        })
    );
}
