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
    /// What the benchmark `initialize` takes.
    fn initialize() -> Weight;
    /// What the benchmark `store_segment_headers` takes, with `n` from 1 to 256.
    fn store_segment_headers(n: u32) -> Weight;
    /// What the benchmark `set_pot_iterations` takes.
    fn set_pot_iterations() -> Weight;
}

/// Weights with the database of a runtime.
#[derive(Debug)]
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn initialize() -> Weight {
        initialize(T::DbWeight::get())
    }

    fn store_segment_headers(n: u32) -> Weight {
        store_segment_headers(T::DbWeight::get(), n)
    }

    fn set_pot_iterations() -> Weight {
        set_pot_iterations(T::DbWeight::get())
    }
}

impl WeightInfo for () {
    fn initialize() -> Weight {
        initialize(ParityDbWeight::get())
    }

    fn store_segment_headers(n: u32) -> Weight {
        store_segment_headers(ParityDbWeight::get(), n)
    }

    fn set_pot_iterations() -> Weight {
        set_pot_iterations(ParityDbWeight::get())
    }
}

// Storage: `Poas::Params` (r:1 w:0)
// Storage: `Poas::Slot` (r:1 w:1)
// Storage: `Poas::PotIterations` (r:1 w:1)
// Storage: `Poas::AnnouncedPotChange` (r:1 w:1)
// Storage: `Poas::EntropySources` (r:1 w:2)
// Storage: `Poas::RequestedPotIterations` (r:1 w:1)
// Storage: `Poas::NextSolutionRange` (r:1 w:1)
// Storage: `Poas::EraStartSlot` (r:1 w:1)
// Storage: `Poas::CurrentSolutionRange` (r:0 w:1)
// Storage: `Poas::BlockRandomness` (r:0 w:1)
// Storage: `Poas::BlockRewardAddress` (r:0 w:1)
// Least time: 23_775_000 ps
fn initialize(database: RuntimeDbWeight) -> Weight {
    Weight::from_parts(26_843_000, 0).saturating_add(database.reads_writes(8, 11))
}

// Storage: `Poas::Params` (r:1 w:0)
// Storage: `Poas::LastSegmentHeader` (r:1 w:1)
// Storage: `Poas::SegmentRoots` (r:0 w:256)
// Least time: 12_868_000 ps; standard error of `n`: 2_233 ps
fn store_segment_headers(database: RuntimeDbWeight, n: u32) -> Weight {
    Weight::from_parts(5_553_816, 0)
        .saturating_add(Weight::from_parts(5_008_879, 0).saturating_mul(n.into()))
        .saturating_add(database.reads_writes(2, 1))
        .saturating_add(database.writes(1).saturating_mul(n.into()))
}

// Storage: `Poas::Params` (r:1 w:0)
// Storage: `Poas::PotIterations` (r:1 w:0)
// Storage: `Poas::AnnouncedPotChange` (r:1 w:0)
// Storage: `Poas::RequestedPotIterations` (r:1 w:1)
// Least time: 7_611_000 ps
fn set_pot_iterations(database: RuntimeDbWeight) -> Weight {
    Weight::from_parts(8_858_000, 0).saturating_add(database.reads_writes(4, 1))
}
