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

    #[benchmark]
    fn reward() {
        RemainingIssuance::<T>::put(Balance::MAX >> 2);
        SubsidyCurve::<T>::put(points());
        let farmer: T::AccountId = account("farmer", 0, 0);

        #[block]
        {
            Pallet::<T>::reward(Some(farmer), 18_500, 5 << 20);
        }

        assert!(RemainingIssuance::<T>::get() < Balance::MAX >> 2);
    }

    #[benchmark]
    fn set_subsidy_points() {
        #[extrinsic_call]
        _(RawOrigin::Root, points());

        assert_eq!(SubsidyCurve::<T>::get(), points());
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::genesis(), crate::mock::Test);
}
