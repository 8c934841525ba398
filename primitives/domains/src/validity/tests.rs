use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use sp_core::crypto::UncheckedFrom;

use super::*;

fn account(number: u8) -> AccountId {
    AccountId::unchecked_from([number; 32].into())
}

fn everyone() -> TransactionRange {
    TransactionRange::new([0; 32], NonZeroU32::MIN)
}

fn info(number: u8) -> ExtrinsicInfo {
    ExtrinsicInfo {
        signer: Some(account(number)),
        is_inherent: false,
        weight: Weight::from_parts(u64::from(number), 10),
    }
}

/// All reasons that apply, looked for one by one.
fn all_reasons(
    extrinsics: &[Option<ExtrinsicInfo>],
    range: &TransactionRange,
    declared: Weight,
) -> Vec<BundleInvalidity> {
    let mut reasons = Vec::new();
    let mut sum = (0, 0);
    for (position, extrinsic) in extrinsics.iter().enumerate() {
        let position = position as u32;
        match extrinsic {
            None => reasons.push(BundleInvalidity::UndecodableTx(position)),
            Some(info) => {
                if info.is_inherent {
                    reasons.push(BundleInvalidity::InherentExtrinsic(position));
                }
                if info
                    .signer
                    .as_ref()
                    .is_some_and(|signer| !range.contains(Some(signer)))
                {
                    reasons.push(BundleInvalidity::OutOfRangeTx(position));
                }
                sum.0 += info.weight.ref_time();
                sum.1 += info.weight.proof_size();
            }
        }
    }
    if sum != (declared.ref_time(), declared.proof_size()) {
        reasons.push(BundleInvalidity::InvalidBundleWeight);
    }
    reasons
}

#[test]
fn reasons_are_ordered_by_extrinsic_then_rank_and_the_weight_comes_last() {
    let kinds: [fn(u32) -> BundleInvalidity; 5] = [
        BundleInvalidity::UndecodableTx,
        BundleInvalidity::OutOfRangeTx,
        BundleInvalidity::InherentExtrinsic,
        BundleInvalidity::InvalidXdm,
        BundleInvalidity::IllegalTx,
    ];
    let mut ordered = Vec::new();
    for position in [0, 1, 2047, u32::MAX] {
        ordered.extend(kinds.iter().map(|kind| kind(position)));
    }
    ordered.push(BundleInvalidity::InvalidBundleWeight);
    assert!(ordered.is_sorted_by(|reason, next| reason < next));
    assert_eq!(BundleInvalidity::InvalidXdm(5).order_key(), 5 << 32 | 4);
    assert_eq!(
        BundleInvalidity::InvalidBundleWeight.order_key(),
        0xffff_ffff_0000_0006
    );
    assert_eq!(BundleInvalidity::IllegalTx(7).extrinsic(), Some(7));
    assert_eq!(BundleInvalidity::InvalidBundleWeight.extrinsic(), None);
    // The rank is also the first byte of the encoding
    for reason in ordered {
        assert_eq!(u64::from(reason.encode()[0]), reason.order_key() & 0xff);
    }
}

#[test]
fn an_illegal_transaction_comes_before_what_is_wrong_further_on() {
    let reasons = [
        BundleInvalidity::InvalidBundleWeight,
        BundleInvalidity::UndecodableTx(4),
        IllegalExtrinsic {
            position: 3,
            error: sp_runtime::transaction_validity::InvalidTransaction::Stale.into(),
        }
        .into(),
    ];
    assert_eq!(reasons.iter().min(), Some(&BundleInvalidity::IllegalTx(3)));
}

#[test]
fn a_bundle_without_faults_is_valid_and_an_empty_one_weighs_nothing() {
    let infos = [info(1), info(2)];
    let weight = Weight::from_parts(3, 20);
    assert_eq!(bundle_weight(&infos), weight);
    let extrinsics = infos.map(Some);
    assert_eq!(stateless_invalidity(&extrinsics, &everyone(), weight), None);
    for wrong in [(2, 20), (4, 20), (3, 19), (3, 21)] {
        assert_eq!(
            stateless_invalidity(
                &extrinsics,
                &everyone(),
                Weight::from_parts(wrong.0, wrong.1)
            ),
            Some(BundleInvalidity::InvalidBundleWeight)
        );
    }
    assert_eq!(stateless_invalidity(&[], &everyone(), Weight::zero()), None);
}

#[test]
fn a_divisor_of_one_admits_every_signer_even_opposite_of_the_centre() {
    let place: [u8; 32] = BlakeTwo256::hash(account(1).as_ref()).into();
    let mut opposite = place;
    opposite[31] ^= 0x80;
    let range = |centre, divisor| TransactionRange::new(centre, NonZeroU32::new(divisor).unwrap());
    assert!(range(opposite, 1).contains(Some(&account(1))));
    assert!(!range(opposite, 2).contains(Some(&account(1))));
    assert!(range(opposite, u32::MAX).contains(None));
    assert!(range(place, u32::MAX).contains(Some(&account(1))));
}

#[test]
fn a_range_ends_exactly_at_its_half_width_on_both_sides() {
    let place = U256::from_little_endian(BlakeTwo256::hash(account(1).as_ref()).as_ref());
    let half_width = (U256::one() << 255) / 3;
    let contains = |centre: U256| {
        TransactionRange::new(centre.to_little_endian(), NonZeroU32::new(3).unwrap())
            .contains(Some(&account(1)))
    };
    let one = U256::one();
    for centre in [
        place.overflowing_add(half_width).0,
        place.overflowing_sub(half_width).0,
    ] {
        assert!(contains(centre));
    }
    assert!(!contains(place.overflowing_add(half_width + one).0));
    assert!(!contains(place.overflowing_sub(half_width + one).0));
}

#[test]
fn a_third_of_the_signers_is_in_a_range_of_a_third() {
    let range = TransactionRange::new([0xab; 32], NonZeroU32::new(3).unwrap());
    let inside = (0u32..9_000)
        .filter(|number| {
            let mut account = [0; 32];
            account[..4].copy_from_slice(&number.to_le_bytes());
            range.contains(Some(&account.into()))
        })
        .count();
    // Six standard deviations
    assert!((2_730..3_270).contains(&inside), "{inside}");
}

fn extrinsic() -> impl Strategy<Value = Option<ExtrinsicInfo>> {
    let info = (
        option::of(0u8..5),
        prop::bool::weighted(0.1),
        (0u64..3, 0u64..3),
    )
        .prop_map(|(signer, is_inherent, (time, size))| ExtrinsicInfo {
            signer: signer.map(account),
            is_inherent,
            weight: Weight::from_parts(time, size),
        });
    option::weighted(0.9, info)
}

proptest! {
    #[test]
    fn the_reason_found_is_the_least_that_applies(
        extrinsics in vec(extrinsic(), 0..6),
        centre in any::<[u8; 32]>(),
        divisor in 1u32..4,
        declared in option::of((0u64..8, 0u64..8)),
    ) {
        let range = TransactionRange::new(centre, NonZeroU32::new(divisor).unwrap());
        let infos: Vec<_> = extrinsics.iter().flatten().cloned().collect();
        let declared = declared.map_or_else(
            || bundle_weight(&infos),
            |(time, size)| Weight::from_parts(time, size),
        );
        prop_assert_eq!(
            stateless_invalidity(&extrinsics, &range, declared),
            all_reasons(&extrinsics, &range, declared)
                .into_iter()
                .min_by_key(BundleInvalidity::order_key)
        );
    }
}
