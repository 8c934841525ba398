//! Weights of the pallet.
//!
//! Not yet measured on the reference machine but derived: each storage item that the code reads or writes counts once with
//! the database weights of the runtime, and the time of execution is an upper estimate in WebAssembly. Proof size is not
//! limited on this chain. `benchmarking.rs` measures the same functions.

use core::marker::PhantomData;
use frame_support::traits::Get;
use frame_support::weights::constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MICROS};
use frame_support::weights::{RuntimeDbWeight, Weight};

/// Weights that the pallet needs.
pub trait WeightInfo {
    /// Payment of the reward at the end of a block.
    fn reward() -> Weight;
    /// [`set_subsidy_points`](crate::Pallet::set_subsidy_points).
    fn set_subsidy_points() -> Weight;
}

/// Weights with the database of a runtime.
#[derive(Debug)]
pub struct DerivedWeight<Database>(PhantomData<Database>);

impl<Database: Get<RuntimeDbWeight>> WeightInfo for DerivedWeight<Database> {
    // Reads: BlockSize, AverageBlockSize, reward account, RemainingIssuance, SubsidyCurve, byte fee, account, total
    // issuance. Writes: AverageBlockSize, RemainingIssuance, account, total issuance, events.
    fn reward() -> Weight {
        Weight::from_parts(WEIGHT_REF_TIME_PER_MICROS.saturating_mul(50), 0)
            .saturating_add(Database::get().reads_writes(8, 5))
    }

    // Writes: SubsidyCurve.
    fn set_subsidy_points() -> Weight {
        Weight::from_parts(WEIGHT_REF_TIME_PER_MICROS.saturating_mul(15), 0)
            .saturating_add(Database::get().writes(1))
    }
}

impl WeightInfo for () {
    fn reward() -> Weight {
        DerivedWeight::<ParityDbWeight>::reward()
    }

    fn set_subsidy_points() -> Weight {
        DerivedWeight::<ParityDbWeight>::set_subsidy_points()
    }
}
