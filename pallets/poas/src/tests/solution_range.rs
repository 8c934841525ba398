//! The solution range over eras of four blocks at a slot probability of one half.

use crate::mock::*;
use crate::{Event, Pallet};
use autonomys_core_primitives::solutions::MAX_SOLUTION_RANGE;
use proptest::prelude::*;

/// Makes `count` blocks after block `number` of `slot`, each `gap` slots after the one before it, and returns the ranges
/// that the last one says: its own and that of its child.
fn blocks(number: u32, slot: u64, count: u32, gap: u64) -> (u64, Option<u64>) {
    let mut last = None;
    for index in 1..=count {
        last = Some(block(number + index, slot + gap * u64::from(index)));
    }
    let last = last.unwrap();
    (last.solution_range, last.next_solution_range)
}

#[test]
fn the_range_stays_where_blocks_come_as_expected() {
    run(|| {
        let initial = params().initial_solution_range;
        assert_eq!(blocks(0, 0, 3, 2), (initial, None));
        assert_eq!(blocks(3, 6, 1, 2), (initial, Some(initial)));
        assert_eq!(blocks(4, 8, 4, 2), (initial, Some(initial)));
    });
}

#[test]
fn the_range_follows_the_speed_of_blocks() {
    run(|| {
        let initial = params().initial_solution_range;
        // Twice as fast: half of the range, from the next block on
        assert_eq!(blocks(0, 0, 4, 2), (initial, Some(initial)));
        assert_eq!(blocks(4, 8, 4, 1), (initial, Some(initial / 2)));
        assert_eq!(Pallet::<Test>::solution_ranges().for_child(), initial / 2);
        let digests = block(9, 13);
        assert_eq!(digests.solution_range, initial / 2);
        assert_eq!(digests.next_solution_range, None);
        assert_eq!(Pallet::<Test>::solution_ranges().current, initial / 2);
        // Three more at half of the speed: the era lasted 1 + 3 · 4 slots and should have lasted 8
        assert_eq!(
            blocks(9, 13, 3, 4),
            (initial / 2, Some(initial / 2 / 8 * 13))
        );
    });
}

#[test]
fn the_end_of_an_era_is_an_event() {
    run(|| {
        let initial = params().initial_solution_range;
        blocks(0, 0, 4, 2);
        assert_eq!(
            events(),
            [Event::SolutionRangeAdjusted {
                current: initial,
                next: initial
            }]
        );
    });
}

#[test]
fn the_range_changes_four_times_at_most() {
    let mut params = params();
    params.initial_solution_range = 1 << 40;
    run_with(params, || {
        assert_eq!(blocks(0, 0, 4, 1_000), (1 << 40, Some(1 << 42)));
    });
    let mut params = self::params();
    params.initial_solution_range = 1 << 40;
    params.slot_probability.numerator = 1;
    params.slot_probability.denominator = 1_000;
    run_with(params, || {
        assert_eq!(
            blocks(0, 1_000, 4, 1).1.map(|next| next >= 1 << 38),
            Some(true)
        );
        assert_eq!(
            blocks(4, 1_004, 4, 1).1,
            Some(Pallet::<Test>::solution_ranges().current / 4)
        );
    });
}

#[test]
fn the_range_never_leaves_its_bounds() {
    let mut params = params();
    params.initial_solution_range = 2;
    run_with(params.clone(), || {
        blocks(0, 0, 4, 1);
        assert_eq!(blocks(4, 4, 4, 1).1, Some(1));
        assert_eq!(blocks(8, 8, 4, 1).1, Some(1));
    });
    params.initial_solution_range = MAX_SOLUTION_RANGE;
    run_with(params, || {
        assert_eq!(blocks(0, 0, 4, 1_000_000).1, Some(MAX_SOLUTION_RANGE));
    });
}

#[test]
fn slots_before_anybody_farmed_do_not_count() {
    run(|| {
        let initial = params().initial_solution_range;
        let first = block(1, 1_000_000);
        assert_eq!(first.solution_range, initial);
        assert_eq!(blocks(1, 1_000_000, 3, 2), (initial, Some(initial)));
    });
}

#[test]
fn pledged_space_follows_the_range() {
    run(|| {
        let params = params();
        let before = Pallet::<Test>::space_pledged();
        let sector = u128::from(params.pieces_in_sector) * params.piece_size() as u128;
        assert_eq!(before, sector);
        blocks(0, 0, 4, 2);
        blocks(4, 8, 4, 1);
        block(9, 13);
        assert_eq!(Pallet::<Test>::space_pledged(), 2 * sector);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_child_is_made_under_the_range_its_parent_says(
        gaps in proptest::collection::vec(1u64..1_000, 1..40),
        initial in 1..=MAX_SOLUTION_RANGE,
    ) {
        let mut params = params();
        params.initial_solution_range = initial;
        run_with(params.clone(), || {
            let mut expected = Pallet::<Test>::solution_ranges().for_child();
            prop_assert_eq!(expected, initial);
            let mut slot = 0;
            for (number, gap) in (1..).zip(gaps) {
                slot += gap;
                let digests = block(number, slot);
                prop_assert_eq!(digests.solution_range, expected);
                prop_assert_eq!(
                    digests.next_solution_range.is_some(),
                    number % params.era_blocks == 0
                );
                if let Some(next) = digests.next_solution_range {
                    prop_assert!((1..=MAX_SOLUTION_RANGE).contains(&next));
                    prop_assert!(next >= expected / 4 && u128::from(next) <= u128::from(expected) * 4);
                    expected = next;
                }
                prop_assert_eq!(Pallet::<Test>::solution_ranges().for_child(), expected);
            }
            Ok(())
        })?;
    }
}
