//! The invariants notice what breaks them.

use crate::mock::*;
use crate::{
    AnnouncedPotChange, CurrentSolutionRange, EntropySources, EraStartSlot, LastSegmentHeader,
    NextSolutionRange, Pallet, Params, RequestedPotIterations, SegmentHeadersStored, SegmentRoots,
};
use autonomys_core_primitives::pot::PotEntropy;
use autonomys_core_primitives::solutions::MAX_SOLUTION_RANGE;
use autonomys_core_primitives::{SegmentIndex, SegmentRoot};
use core::num::NonZeroU32;

/// Whether an invariant does not hold after `change` to the state after block 16: one segment is on chain, and a change of
/// proof of time is announced for slot 19.
fn is_noticed(change: impl FnOnce()) -> bool {
    genesis_with(params()).execute_with(|| {
        block_with(1, 1, || store(&[segment_header(None, 0)]).unwrap());
        for number in 2..=16 {
            block(number, number.into());
        }
        change();
        Pallet::<Test>::do_try_state().is_err()
    })
}

#[test]
fn what_the_chain_itself_does_breaks_nothing() {
    assert!(!is_noticed(|| {}));
}

#[test]
fn segments_are_contiguous_and_end_with_the_last_header() {
    let root = SegmentRoot([9; 32]);
    assert!(is_noticed(|| SegmentRoots::<Test>::insert(
        SegmentIndex(1),
        root
    )));
    assert!(is_noticed(|| SegmentRoots::<Test>::insert(
        SegmentIndex(2),
        root
    )));
    assert!(is_noticed(|| SegmentRoots::<Test>::insert(
        SegmentIndex(0),
        root
    )));
    assert!(is_noticed(|| SegmentRoots::<Test>::remove(SegmentIndex(0))));
    assert!(is_noticed(LastSegmentHeader::<Test>::kill));
    assert!(is_noticed(|| SegmentHeadersStored::<Test>::put(true)));
}

#[test]
fn solution_ranges_and_eras_are_within_bounds() {
    for range in [0, MAX_SOLUTION_RANGE + 1, u64::MAX] {
        assert!(is_noticed(|| CurrentSolutionRange::<Test>::put(range)));
        assert!(is_noticed(|| NextSolutionRange::<Test>::put(range)));
    }
    assert!(is_noticed(|| EraStartSlot::<Test>::put(17)));
}

#[test]
fn entropy_and_iterations_follow_their_schedule() {
    let entropy = PotEntropy([1; 32]);
    // No block of an interval, one whose entropy was used, and one to come
    for source in [12, 0, 20] {
        assert!(is_noticed(|| EntropySources::<Test>::insert(
            source, entropy
        )));
    }
    assert!(is_noticed(|| AnnouncedPotChange::<Test>::mutate(
        |change| { change.as_mut().unwrap().slot = 16 }
    )));
    assert!(is_noticed(|| AnnouncedPotChange::<Test>::mutate(
        |change| { change.as_mut().unwrap().iterations = NonZeroU32::new(48).unwrap() }
    )));
    for iterations in [64, 48, 72] {
        let iterations = NonZeroU32::new(iterations).unwrap();
        assert!(is_noticed(|| RequestedPotIterations::<Test>::put(
            iterations
        )));
    }
}

#[test]
fn parameters_are_there_and_fit_each_other() {
    assert!(is_noticed(Params::<Test>::kill));
    assert!(is_noticed(|| {
        let mut params = params();
        params.era_blocks = 0;
        Params::<Test>::put(params);
    }));
}
