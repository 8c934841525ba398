//! Wrong roundings, planted: every place that rounds is turned around once, and the comparison with the reference model
//! must notice.
//!
//! All roundings of the crate go through one function of [`crate::math`], which in tests asks [`direction`]. The place is
//! the caller's source line, which `#[track_caller]` hands down.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::panic::Location;

/// File and line and column.
pub(crate) type Place = (&'static str, u32, u32);

#[derive(Default)]
struct Switch {
    /// Where a rounding mattered.
    seen: BTreeSet<Place>,
    /// Where to round the wrong way.
    turned: Option<Place>,
}

thread_local! {
    static SWITCH: RefCell<Switch> = RefCell::default();
}

/// Whether to round up where `up` is right.
#[track_caller]
pub(crate) fn direction(up: bool) -> bool {
    let caller = Location::caller();
    let place = (caller.file(), caller.line(), caller.column());
    SWITCH.with_borrow_mut(|switch| {
        switch.seen.insert(place);
        up != (switch.turned == Some(place))
    })
}

/// Rounds at `place` the wrong way while `test` runs.
fn with_wrong_rounding<T>(place: Place, test: impl FnOnce() -> T) -> T {
    SWITCH.with_borrow_mut(|switch| switch.turned = Some(place));
    let result = test();
    SWITCH.with_borrow_mut(|switch| switch.turned = None);
    result
}

/// Calls of rounding functions in the sources.
fn calls() -> usize {
    [
        include_str!("../bucket.rs"),
        include_str!("../constant_product.rs"),
        include_str!("../health.rs"),
        include_str!("../interest.rs"),
        include_str!("../liquidation.rs"),
        include_str!("../logarithm.rs"),
        include_str!("../market.rs"),
        include_str!("../pool.rs"),
        include_str!("../price.rs"),
        include_str!("../shares.rs"),
        include_str!("../stable.rs"),
        include_str!("../twap.rs"),
    ]
    .iter()
    .flat_map(|source| {
        ["mul_div_down(", "mul_div_up(", "div_wide_up("].map(|call| source.matches(call).count())
    })
    .sum()
}

#[test]
fn a_wrong_rounding_at_any_place_is_noticed() {
    SWITCH.with_borrow_mut(|switch| *switch = Switch::default());
    super::differential::compare(7, 300).expect("no difference");
    let places = SWITCH.with_borrow(|switch| switch.seen.clone());
    assert_eq!(places.len(), calls(), "{places:?}");
    assert!(places.len() >= 12);
    for place in places {
        match with_wrong_rounding(place, || super::differential::compare(7, 300)) {
            Ok(()) => panic!("nothing notices a wrong rounding at {place:?}"),
            Err(difference) => println!("{}:{}: {difference}", place.0, place.1),
        }
    }
    super::differential::compare(7, 1).expect("the switch is back");
}
