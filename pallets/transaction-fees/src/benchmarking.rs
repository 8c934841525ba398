//! Measures what `weights.rs` states.

use super::*;
use frame_benchmarking::v2::*;

#[benchmarks]
mod benchmarks {
    use super::*;

    /// The end of a block with fees, whose maker has no account yet. It takes longest where the storage fee is dynamic.
    #[benchmark]
    fn finalize() {
        let amount = T::Currency::minimum_balance().saturating_mul(10);
        let farmer: T::AccountId = account("farmer", 0, 0);
        CollectedFees::<T>::put(amount);

        #[block]
        {
            // Measured for the time it takes: outside of blocks it names nobody
            let _ = T::RewardAccount::get();
            Pallet::<T>::finalize(Some(farmer.clone()));
        }

        assert_eq!(T::Currency::balance(&farmer), amount);
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::genesis(), crate::mock::Test);
}
