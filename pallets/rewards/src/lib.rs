//! # Rewards pallet
//!
//! Issues new coins to whoever made the block.
//!
//! ## Pallet API
//!
//! See the [`pallet`] module for calls, events, errors and storage.
//!
//! ## Overview
//!
//! At the end of each block the account that [`Config::RewardAccount`] names receives the block's reward. It starts from
//! the subsidy: a curve through points (block, amount) that are part of genesis and that Root can replace. The
//! curve is linear between two points, flat after the last, and zero before the first; it never rises. What blocks full
//! of transactions earn in storage fees anyway is taken off the subsidy. No reward exceeds what remains to be
//! issued, so the supply is bounded whatever the curve says.
//!
//! ## Low Level / Implementation Details
//!
//! With *s* the subsidy, *u* the average size of blocks, *m* the largest size of a block's normal transactions and *f*
//! the storage fee of a byte, the reward is *s − min(u, m)·min(s, m·f)/m*. The average is a moving one: each block
//! contributes a hundredth. It is updated before it is used, so it includes the block that is rewarded.
//!
//! Golden vectors: `test/vectors/economy.json`.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
mod subsidy;
#[cfg(test)]
mod tests;
pub mod weights;

pub use pallet::*;
pub use subsidy::{MAX_SUBSIDY_POINTS, SubsidyPoint, SubsidyPoints};
pub use weights::WeightInfo;

use alloc::vec::Vec;
use frame_support::dispatch::DispatchClass;
use frame_support::traits::Get;
use frame_support::traits::fungible::Mutate;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::SaturatedConversion;

/// Amount of coins in shannon.
pub type Balance = u128;

#[allow(
    missing_debug_implementations,
    reason = "the macro's storage and call types have none"
)]
#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;

    /// Configuration of the pallet.
    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The coin.
        type Currency: Mutate<Self::AccountId, Balance = Balance>;
        /// Whom the block's reward belongs to.
        type RewardAccount: Get<Option<Self::AccountId>>;
        /// Storage fee of a byte in this block.
        type ByteFee: Get<Balance>;
        /// Weights of calls and hooks.
        type WeightInfo: WeightInfo;
    }

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(0);

    /// Issuance to farmers.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// What may still be issued as rewards, in shannon.
    #[pallet::storage]
    pub type RemainingIssuance<T: Config> = StorageValue<_, Balance, ValueQuery>;

    /// The curve of the subsidy.
    #[pallet::storage]
    pub type SubsidyCurve<T: Config> = StorageValue<_, SubsidyPoints, ValueQuery>;

    /// Moving average of the size of blocks, in hundredths of a byte.
    #[pallet::storage]
    pub type AverageBlockSize<T: Config> = StorageValue<_, u64, ValueQuery>;

    /// What genesis says about rewards.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// What may be issued as rewards in all, in shannon.
        pub remaining_issuance: Balance,
        /// The curve of the subsidy. There are no rewards without.
        pub subsidy_points: Vec<SubsidyPoint>,
        /// Ties the type to the runtime.
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            let points = SubsidyPoints::try_from(self.subsidy_points.clone())
                .ok()
                .filter(|points| subsidy::is_curve(points))
                .expect(
                    "`rewards.subsidyPoints` of genesis must have rising blocks, amounts that never rise, and at most \
                     20 points",
                );
            RemainingIssuance::<T>::put(self.remaining_issuance);
            SubsidyCurve::<T>::put(points);
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// The maker of the block was rewarded.
        BlockReward {
            /// Account that the solution names.
            account: T::AccountId,
            /// Newly issued amount in shannon.
            reward: Balance,
        },
        /// Root has replaced the curve of the subsidy.
        SubsidyPointsSet,
    }

    /// Why a call was refused.
    #[pallet::error]
    pub enum Error<T> {
        /// Blocks of the points must strictly rise and their amounts must never rise.
        SubsidyNotDecreasing,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            T::WeightInfo::reward()
        }

        fn on_finalize(block_number: BlockNumberFor<T>) {
            Self::reward(
                T::RewardAccount::get(),
                block_number.saturated_into(),
                frame_system::Pallet::<T>::block_size(),
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Replace the curve of the subsidy.
        ///
        /// ## Dispatch Origin
        ///
        /// Root.
        ///
        /// ## Details
        ///
        /// The curve holds from this block on. It is linear between two points, flat after the last and zero before the
        /// first; without points there are no rewards. What remains to be issued does not change.
        ///
        /// ## Errors
        ///
        /// [`Error::SubsidyNotDecreasing`] unless block numbers strictly rise and amounts never do.
        ///
        /// ## Events
        ///
        /// [`Event::SubsidyPointsSet`].
        #[pallet::call_index(0)]
        #[pallet::weight((T::WeightInfo::set_subsidy_points(), DispatchClass::Operational))]
        pub fn set_subsidy_points(origin: OriginFor<T>, points: SubsidyPoints) -> DispatchResult {
            ensure_root(origin)?;
            ensure!(subsidy::is_curve(&points), Error::<T>::SubsidyNotDecreasing);
            SubsidyCurve::<T>::put(points);
            Self::deposit_event(Event::SubsidyPointsSet);
            Ok(())
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// Subsidy of a block in shannon, before what it earns in fees is taken off and before what remains to be issued
        /// is looked at.
        pub fn subsidy(block_number: BlockNumberFor<T>) -> Balance {
            subsidy::subsidy_at(&SubsidyCurve::<T>::get(), block_number.saturated_into())
        }
    }
}

impl<T: Config> Pallet<T> {
    /// Pays the reward of the block, whose size is `block_size` bytes, to `account`.
    fn reward(account: Option<T::AccountId>, block_number: u32, block_size: u32) {
        let average = subsidy::moving_average(AverageBlockSize::<T>::get(), block_size);
        AverageBlockSize::<T>::put(average);
        let Some(account) = account else {
            return;
        };
        let remaining = RemainingIssuance::<T>::get();
        let reward = subsidy::reward(
            subsidy::subsidy_at(&SubsidyCurve::<T>::get(), block_number),
            average,
            *T::BlockLength::get().max.get(DispatchClass::Normal),
            T::ByteFee::get(),
        )
        .min(remaining);
        // Minting fails where the reward is too small to bring the account into being; nothing is issued then
        if reward == 0 || T::Currency::mint_into(&account, reward).is_err() {
            return;
        }
        RemainingIssuance::<T>::put(remaining.saturating_sub(reward));
        Self::deposit_event(Event::BlockReward { account, reward });
    }

    /// Checks all invariants of the pallet's state.
    #[cfg(any(feature = "try-runtime", test))]
    pub fn do_try_state() -> Result<(), sp_runtime::TryRuntimeError> {
        frame_support::ensure!(
            subsidy::is_curve(&SubsidyCurve::<T>::get()),
            "the subsidy never rises"
        );
        frame_support::ensure!(
            RemainingIssuance::<T>::get()
                .checked_add(<T::Currency as frame_support::traits::fungible::Inspect<
                    T::AccountId,
                >>::total_issuance())
                .is_some(),
            "what remains to be issued fits into the supply"
        );
        Ok(())
    }
}
