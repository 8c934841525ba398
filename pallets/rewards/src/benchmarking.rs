//! Measures what `weights.rs` states.

use super::*;
use frame_benchmarking::v2::*;
use frame_system::RawOrigin;

fn points() -> SubsidyPoints {
    let points: Vec<_> = (0..MAX_SUBSIDY_POINTS)
        .map(|index| SubsidyPoint {
            block: index.saturating_mul(1_000),
            subsidy: Balance::from(MAX_SUBSIDY_POINTS.saturating_sub(index))
                .saturating_mul(1_000_000_000_000_000_000),
        })
        .collect();
    SubsidyPoints::truncate_from(points)
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// The end of a full block between the last two points of the longest curve, whose maker has no account yet.
    #[benchmark]
    fn reward() {
        RemainingIssuance::<T>::put(Balance::MAX >> 2);
        SubsidyCurve::<T>::put(points());
        frame_system::BlockSize::<T>::put(5u32 << 20);
        let farmer: T::AccountId = account("farmer", 0, 0);

        #[block]
        {
            // Measured for the time it takes: outside of blocks it names nobody
            let _ = T::RewardAccount::get();
            Pallet::<T>::reward(
                Some(farmer),
                18_500,
                frame_system::Pallet::<T>::block_size(),
            );
        }

        assert!(RemainingIssuance::<T>::get() < Balance::MAX >> 2);
    }

    /// The call with the longest curve.
    #[benchmark]
    fn set_subsidy_points() {
        #[extrinsic_call]
        _(RawOrigin::Root, points());

        assert_eq!(SubsidyCurve::<T>::get(), points());
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::genesis(), crate::mock::Test);
}
