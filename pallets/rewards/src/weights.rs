//! Weights of the pallet: the benchmarks of `benchmarking.rs`, by name.
//!
//! `scripts/weights.sh` has measured them and written this file:
//! - with frame-benchmarking-cli 64.0.0, 50 steps and 20 repetitions of each, on 2026-11-25
//! - on Intel(R) Xeon(R) Processor
//! - on the runtime as it is compiled for shipped nodes, with the genesis of `main-preset`
//!
//! Storage counts with the database weights of the runtime. Proof size is not limited on this chain.

use core::marker::PhantomData;
use frame_support::traits::Get;
use frame_support::weights::constants::ParityDbWeight;
use frame_support::weights::{RuntimeDbWeight, Weight};

/// Weights that the pallet needs.
pub trait WeightInfo {
    /// What the benchmark `reward` takes.
    fn reward() -> Weight;
    /// What the benchmark `set_subsidy_points` takes.
    fn set_subsidy_points() -> Weight;
}

/// Weights with the database of a runtime.
#[derive(Debug)]
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn reward() -> Weight {
        reward(T::DbWeight::get())
    }

    fn set_subsidy_points() -> Weight {
        set_subsidy_points(T::DbWeight::get())
    }
}

impl WeightInfo for () {
    fn reward() -> Weight {
        reward(ParityDbWeight::get())
    }

    fn set_subsidy_points() -> Weight {
        set_subsidy_points(ParityDbWeight::get())
    }
}

// Storage: `Poas::BlockRewardAddress` (r:1 w:0)
// Storage: `Rewards::AverageBlockSize` (r:1 w:1)
// Storage: `Rewards::RemainingIssuance` (r:1 w:1)
// Storage: `Rewards::SubsidyCurve` (r:1 w:0)
// Storage: `TransactionFees::ByteFee` (r:1 w:0)
// Storage: `System::Account` (r:1 w:1)
// Least time: 28_900_000 ps
fn reward(database: RuntimeDbWeight) -> Weight {
    Weight::from_parts(33_161_000, 0).saturating_add(database.reads_writes(6, 3))
}

// Storage: `Rewards::SubsidyCurve` (r:0 w:1)
// Least time: 3_965_000 ps
fn set_subsidy_points(database: RuntimeDbWeight) -> Weight {
    Weight::from_parts(4_720_000, 0).saturating_add(database.reads_writes(0, 1))
}
