//! Tests of the curve and of what is paid.

use crate::mock::*;
use crate::subsidy::{is_curve, moving_average, reward, subsidy_at};
use crate::{Balance, Error, Event, GenesisConfig, RemainingIssuance, SubsidyPoint, SubsidyPoints};
use frame_support::{assert_noop, assert_ok};
use proptest::prelude::*;
use serde_json::Value;
use sp_runtime::{BuildStorage, DispatchError};

fn balance() -> Balance {
    Balances::free_balance(7)
}

fn set_points(points: Vec<SubsidyPoint>) -> Result<(), DispatchError> {
    Rewards::set_subsidy_points(RuntimeOrigin::root(), points.try_into().unwrap())
}

#[test]
fn the_subsidy_is_linear_between_points_flat_after_and_zero_before() {
    let points = [
        point(10, 1_000),
        point(20, 900),
        point(120, 900),
        point(123, 0),
    ];
    for (block, expected) in [
        (0, 0),
        (9, 0),
        (10, 1_000),
        (11, 990),
        (19, 910),
        (20, 900),
        (77, 900),
        (120, 900),
        (121, 600),
        (122, 300),
        (123, 0),
        (u32::MAX, 0),
    ] {
        assert_eq!(subsidy_at(&points, block), expected, "block {block}");
    }
    assert_eq!(subsidy_at(&[], 5), 0);
    assert_eq!(subsidy_at(&[point(0, 8)], u32::MAX), 8);
}

#[test]
fn subsidies_and_rewards_are_those_of_the_vectors() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../../test/vectors/economy.json")).unwrap();
    let balance = |value: &Value| -> Balance { value.as_str().unwrap().parse().unwrap() };
    let block = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    let list = |value: &Value| value.as_array().unwrap().clone();
    for curve in list(&vectors["subsidy"]) {
        let points: Vec<_> = list(&curve["points"])
            .iter()
            .map(|entry| point(block(&entry[0]), balance(&entry[1])))
            .collect();
        for case in list(&curve["cases"]) {
            assert_eq!(
                subsidy_at(&points, block(&case[0])),
                balance(&case[1]),
                "{case}"
            );
        }
    }
    for case in list(&vectors["reward"]) {
        assert_eq!(
            reward(
                balance(&case[0]),
                case[1].as_u64().unwrap(),
                3_932_160,
                balance(&case[2])
            ),
            balance(&case[3]),
            "{case}"
        );
    }
}

#[test]
fn points_that_rise_are_refused() {
    for bad in [
        vec![point(0, 1), point(1, 2)],
        vec![point(1, 2), point(1, 1)],
        vec![point(2, 2), point(1, 1)],
        vec![point(0, 3), point(1, 2), point(2, 2), point(3, 3)],
    ] {
        run(genesis(), || {
            assert_noop!(set_points(bad.clone()), Error::<Test>::SubsidyNotDecreasing);
        });
        let genesis = GenesisConfig::<Test> {
            subsidy_points: bad,
            ..Default::default()
        };
        assert!(std::panic::catch_unwind(|| genesis.build_storage()).is_err());
    }
}

#[test]
fn more_points_than_allowed_are_refused() {
    let points: Vec<_> = (0..21).map(|block| point(block, 5)).collect();
    assert!(SubsidyPoints::try_from(points.clone()).is_err());
    let genesis = GenesisConfig::<Test> {
        subsidy_points: points,
        ..Default::default()
    };
    assert!(std::panic::catch_unwind(|| genesis.build_storage()).is_err());
}

#[test]
fn the_farmer_is_paid_and_issuance_grows_by_just_that() {
    run(genesis(), || {
        let before = Balances::total_issuance();
        block(1, 0);
        assert_eq!(balance(), 1_000);
        assert!(System::events().iter().any(|record| {
            record.event
                == Event::BlockReward {
                    account: 7,
                    reward: 1_000,
                }
                .into()
        }));
        block(2, 0);
        assert_eq!(balance(), 1_995);
        assert_eq!(Balances::total_issuance() - before, 1_995);
        assert_eq!(RemainingIssuance::<Test>::get(), 1_000_000 - 1_995);
    });
}

#[test]
fn a_block_without_a_farmer_issues_nothing() {
    run(genesis(), || {
        FARMER.set(None);
        block(1, 0);
        assert_eq!(Balances::total_issuance(), 1_000);
        assert_eq!(RemainingIssuance::<Test>::get(), 1_000_000);
    });
}

#[test]
fn no_more_is_issued_than_remains() {
    run(genesis_with(2_500, vec![point(0, 1_000)]), || {
        for number in 1..6 {
            block(number, 0);
        }
        assert_eq!(balance(), 2_500);
        assert_eq!(RemainingIssuance::<Test>::get(), 0);
    });
}

#[test]
fn a_reward_too_small_for_an_account_to_exist_is_not_issued() {
    let subsidy = EXISTENTIAL_DEPOSIT - 1;
    run(genesis_with(100, vec![point(0, subsidy)]), || {
        block(1, 0);
        assert_eq!(balance(), 0);
        assert_eq!(RemainingIssuance::<Test>::get(), 100);
        FARMER.set(Some(1));
        block(2, 0);
        assert_eq!(Balances::free_balance(1), 1_000 + subsidy);
        assert_eq!(RemainingIssuance::<Test>::get(), 100 - subsidy);
    });
}

#[test]
fn full_blocks_are_paid_by_fees_and_not_by_issuance() {
    run(genesis_with(1_000_000, vec![point(0, 1_000)]), || {
        BYTE_FEE.set(1);
        // The limit of the test runtime: 75 % of 5 MiB
        for number in 1..2_000 {
            block(number, 3_932_160);
        }
        let before = balance();
        block(2_000, 3_932_160);
        assert!(balance() - before <= 10, "{}", balance() - before);
    });
}

#[test]
fn the_average_settles_at_the_size_of_blocks() {
    let mut average = 0;
    for _ in 0..3_000 {
        average = moving_average(average, 1_234);
    }
    assert!((123_300..=123_500).contains(&average), "{average}");
    assert_eq!(
        moving_average(u64::MAX, u32::MAX),
        u64::MAX - u64::MAX / 100 + u64::from(u32::MAX)
    );
}

#[test]
fn root_replaces_the_curve() {
    run(genesis(), || {
        assert_ok!(set_points(vec![point(0, 600), point(100, 300)]));
        System::set_block_number(49);
        block(50, 0);
        assert_eq!(balance(), 450);
        assert_eq!(Rewards::subsidy(51), 447);
        assert_ok!(set_points(vec![]));
        block(51, 0);
        assert_eq!(balance(), 450);
        for origin in [RuntimeOrigin::none(), RuntimeOrigin::signed(1)] {
            assert_noop!(
                Rewards::set_subsidy_points(origin, SubsidyPoints::default()),
                DispatchError::BadOrigin
            );
        }
    });
}

fn curve() -> impl Strategy<Value = Vec<SubsidyPoint>> {
    proptest::collection::vec((1u32..10_000_000, any::<Balance>()), 0..20).prop_map(|steps| {
        let mut amounts: Vec<_> = steps.iter().map(|step| step.1).collect();
        amounts.sort_by(|a, b| b.cmp(a));
        let mut block = 0;
        steps
            .iter()
            .zip(amounts)
            .map(|((gap, _), subsidy)| {
                block += gap;
                point(block, subsidy)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn the_curve_never_rises_and_goes_through_its_points(
        points in curve(),
        block in 0u32..200_000_000,
    ) {
        prop_assert!(is_curve(&points));
        for point in &points {
            prop_assert_eq!(subsidy_at(&points, point.block), point.subsidy);
        }
        if points.first().is_some_and(|first| first.block <= block) {
            prop_assert!(subsidy_at(&points, block) >= subsidy_at(&points, block + 1));
        }
    }

    /// Against arithmetic on small numbers that cannot overflow.
    #[test]
    fn interpolation_is_exact(
        from in 0u32..1_000,
        length in 1u32..1_000,
        high in 0u64..1 << 40,
        drop in 0u64..1 << 40,
        passed in 0u32..1_000,
    ) {
        prop_assume!(drop <= high && passed < length);
        let points = [
            point(from, high.into()),
            point(from + length, (high - drop).into()),
        ];
        let exact = (u128::from(high) * u128::from(length)
            - u128::from(drop) * u128::from(passed))
            / u128::from(length);
        prop_assert_eq!(subsidy_at(&points, from + passed), exact);
    }

    #[test]
    fn a_reward_is_never_more_than_the_subsidy_and_falls_with_the_size_of_blocks(
        subsidy: Balance,
        average: u64,
        more: u32,
        max: u32,
        fee: Balance,
    ) {
        let paid = reward(subsidy, average, max, fee);
        prop_assert!(paid <= subsidy);
        prop_assert!(reward(subsidy, average.saturating_add(more.into()), max, fee) <= paid);
        prop_assert_eq!(reward(subsidy, average, max, 0), subsidy);
        prop_assert_eq!(reward(subsidy, 0, max, fee), subsidy);
    }
}
