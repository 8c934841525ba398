//! Measures what `weights.rs` states.

use super::*;
use frame_benchmarking::v2::*;

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn finalize() {
        let amount = T::Currency::minimum_balance().saturating_mul(10);
        let farmer: T::AccountId = account("farmer", 0, 0);
        CollectedFees::<T>::put(amount);

        #[block]
        {
            Pallet::<T>::finalize(Some(farmer.clone()));
        }

        assert_eq!(T::Currency::balance(&farmer), amount);
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::genesis(), crate::mock::Test);
}
