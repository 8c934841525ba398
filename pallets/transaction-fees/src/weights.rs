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
    /// What the benchmark `finalize` takes.
    fn finalize() -> Weight;
}

/// Weights with the database of a runtime.
#[derive(Debug)]
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn finalize() -> Weight {
        finalize(T::DbWeight::get())
    }
}

impl WeightInfo for () {
    fn finalize() -> Weight {
        finalize(ParityDbWeight::get())
    }
}

// Storage: `Poas::BlockRewardAddress` (r:1 w:0)
// Storage: `System::Account` (r:1 w:1)
// Storage: `Poas::Params` (r:1 w:0)
// Storage: `Poas::CurrentSolutionRange` (r:1 w:0)
// Storage: `Poas::LastSegmentHeader` (r:1 w:0)
// Storage: `TransactionFees::ByteFee` (r:0 w:1)
// Least time: 25_700_000 ps
fn finalize(database: RuntimeDbWeight) -> Weight {
    Weight::from_parts(29_134_000, 0).saturating_add(database.reads_writes(5, 2))
}
