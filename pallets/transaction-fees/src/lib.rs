//! # Transaction fees pallet
//!
//! What a byte on chain costs, and who gets what users pay.
//!
//! ## Pallet API
//!
//! See the [`pallet`] module for events and storage. [`StorageFeeOf`] is the `LengthToFee` of
//! `pallet-transaction-payment`, and [`Pallet`] is the handler of the fees its stock fungible adapter withdraws.
//!
//! ## Overview
//!
//! Every byte of a block is archived by farmers for good, so transactions pay for their length. The storage fee of
//! a byte is either fixed by the chain's parameters or dynamic: the supply of coins divided by the bytes that farmers
//! could still take, if each byte is to be kept [`TARGET_REPLICATION`] times. Where nothing is left to take,
//! a byte costs the whole supply. So storage becomes dear as it becomes scarce.
//!
//! Fees and tips of a block go to the account that [`Config::RewardAccount`] names, at the end of the block.
//!
//! ## Low Level / Implementation Details
//!
//! The fee is computed at the end of a block for the next one, from genesis on. The pool validates a transaction on the
//! state after the last block and the next block executes it on the same value, so a fee never changes between the two.
//!
//! Fees are burned when they are withdrawn and issued again when they are paid out; between blocks nothing is held and the
//! total issuance is that of the accounts. What cannot be paid, because the account does not exist and the amount is
//! below the existential deposit, stays burned.
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

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
pub mod weights;

pub use pallet::*;
pub use weights::WeightInfo;

use autonomys_core_primitives::params::StorageFee;
use core::marker::PhantomData;
use frame_support::traits::fungible::{Balanced, Credit, Inspect, Mutate};
use frame_support::traits::{Get, Imbalance, OnUnbalanced};
use frame_support::weights::{Weight, WeightToFee};
use frame_system::pallet_prelude::BlockNumberFor;

/// Amount of coins in shannon.
pub type Balance = u128;

/// How many times each byte of history is to be kept.
pub const TARGET_REPLICATION: u128 = 25;

/// What the storage fee depends on.
pub trait ChainStorage {
    /// Fixed or dynamic.
    fn storage_fee() -> StorageFee;
    /// Bytes that farmers pledge.
    fn space_pledged() -> u128;
    /// Bytes of all pieces of history.
    fn history_size() -> u128;
}

#[allow(
    missing_debug_implementations,
    reason = "the macro's storage and call types have none"
)]
#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use frame_support::pallet_prelude::*;

    /// Configuration of the pallet.
    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The coin.
        type Currency: Mutate<Self::AccountId, Balance = Balance> + Balanced<Self::AccountId>;
        /// Whom fees and tips of the block belong to.
        type RewardAccount: Get<Option<Self::AccountId>>;
        /// What the storage fee depends on.
        type ChainStorage: ChainStorage;
        /// Weights of hooks.
        type WeightInfo: WeightInfo;
    }

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(0);

    /// Storage fee and distribution of fees.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Storage fee of a byte in the next block, in shannon; while a block is executed, in that block.
    #[pallet::storage]
    pub type ByteFee<T: Config> = StorageValue<_, Balance, ValueQuery>;

    /// Fees and tips of the block so far, in shannon. Exists within a block only.
    #[pallet::storage]
    #[pallet::whitelist_storage]
    pub type CollectedFees<T: Config> = StorageValue<_, Balance, ValueQuery>;

    /// Computes the storage fee of block 1. The pallet stands after those it depends on.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Ties the type to the runtime.
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            ByteFee::<T>::put(Pallet::<T>::next_byte_fee());
        }
    }

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// Fees and tips of the block were paid to its maker.
        BlockFeesPaid {
            /// Account that the solution names.
            account: T::AccountId,
            /// Amount in shannon.
            amount: Balance,
        },
        /// Fees and tips of the block stay burned: they alone cannot bring the account of its maker into being.
        BlockFeesBurned {
            /// Amount in shannon.
            amount: Balance,
        },
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            T::WeightInfo::finalize()
        }

        fn on_finalize(_: BlockNumberFor<T>) {
            Self::finalize(T::RewardAccount::get());
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// Storage fee of a byte in the next block, in shannon.
        pub fn byte_fee() -> Balance {
            ByteFee::<T>::get()
        }
    }
}

impl<T: Config> Pallet<T> {
    /// Pays the fees of the block to `account` and sets the storage fee of the next block.
    fn finalize(account: Option<T::AccountId>) {
        let amount = CollectedFees::<T>::take();
        if amount > 0 {
            let account = account.filter(|account| T::Currency::mint_into(account, amount).is_ok());
            Self::deposit_event(match account {
                Some(account) => Event::BlockFeesPaid { account, amount },
                None => Event::BlockFeesBurned { amount },
            });
        }
        ByteFee::<T>::put(Self::next_byte_fee());
    }

    /// The storage fee of a byte as of now.
    fn next_byte_fee() -> Balance {
        match T::ChainStorage::storage_fee() {
            StorageFee::Fixed(fee) => fee,
            StorageFee::Dynamic => dynamic_byte_fee(
                T::Currency::total_issuance(),
                T::ChainStorage::space_pledged(),
                T::ChainStorage::history_size(),
            ),
        }
    }

    /// Checks all invariants of the pallet's state.
    #[cfg(any(feature = "try-runtime", test))]
    pub fn do_try_state() -> Result<(), sp_runtime::TryRuntimeError> {
        frame_support::ensure!(
            !CollectedFees::<T>::exists(),
            "no fee is left at the end of a block"
        );
        frame_support::ensure!(
            ByteFee::<T>::get() == Self::next_byte_fee(),
            "the storage fee is that of the state after the block"
        );
        Ok(())
    }
}

/// The dynamic storage fee of a byte: `supply` divided by the bytes of history that `space_pledged` bytes of farms could
/// still take at [`TARGET_REPLICATION`]; `supply` where they could take none. At least 1.
pub fn dynamic_byte_fee(supply: Balance, space_pledged: u128, history_size: u128) -> Balance {
    let free_space = space_pledged
        .checked_div(TARGET_REPLICATION)
        .unwrap_or(0)
        .saturating_sub(history_size);
    supply.checked_div(free_space).unwrap_or(supply).max(1)
}

/// Storage fee of an extrinsic: its length, which comes as a weight, times the fee of a byte.
#[derive(Debug)]
pub struct StorageFeeOf<T>(PhantomData<T>);

impl<T: Config> WeightToFee for StorageFeeOf<T> {
    type Balance = Balance;

    fn weight_to_fee(length: &Weight) -> Balance {
        Balance::from(length.ref_time()).saturating_mul(ByteFee::<T>::get())
    }
}

/// The storage fee of a byte in the block that is executed.
impl<T: Config> Get<Balance> for Pallet<T> {
    fn get() -> Balance {
        ByteFee::<T>::get()
    }
}

/// Collects fees and tips. They are burned here and issued again at the end of the block.
impl<T: Config> OnUnbalanced<Credit<T::AccountId, T::Currency>> for Pallet<T> {
    fn on_nonzero_unbalanced(fees: Credit<T::AccountId, T::Currency>) {
        CollectedFees::<T>::mutate(|collected| *collected = collected.saturating_add(fees.peek()));
    }
}
