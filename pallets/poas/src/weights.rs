//! Weights of the pallet.
//!
//! Not yet measured on the reference machine but derived: each storage item that the code reads or writes counts once with
//! the database weights of the runtime, and the time of execution is an upper estimate, 10 µs for a call and 5 µs for
//! each segment header (two hashes of 80 bytes and the encoding of a log and an event), in WebAssembly. Proof size is not
//! limited on this chain. `benchmarking.rs` measures the same functions.

use core::marker::PhantomData;
use frame_support::traits::Get;
use frame_support::weights::constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MICROS};
use frame_support::weights::{RuntimeDbWeight, Weight};

/// Weights that the pallet needs.
pub trait WeightInfo {
    /// Hooks of a block in which an era ends and entropy is announced, including what is cleared when it is finalized.
    fn initialize() -> Weight;
    /// [`store_segment_headers`](crate::Pallet::store_segment_headers) with `headers` headers.
    fn store_segment_headers(headers: u32) -> Weight;
    /// [`set_pot_iterations`](crate::Pallet::set_pot_iterations).
    fn set_pot_iterations() -> Weight;
}

/// Weights with the database of a runtime.
#[derive(Debug)]
pub struct DerivedWeight<Database>(PhantomData<Database>);

impl<Database: Get<RuntimeDbWeight>> WeightInfo for DerivedWeight<Database> {
    // Reads: Digest, Params, Slot, PotIterations, AnnouncedPotChange, RequestedPotIterations, one source of entropy,
    // NextSolutionRange, CurrentSolutionRange, EraStartSlot.
    // Writes: Slot, BlockRandomness, BlockRewardAddress, PotIterations, AnnouncedPotChange, RequestedPotIterations, two
    // sources of entropy, NextSolutionRange, CurrentSolutionRange, EraStartSlot, SegmentHeadersStored.
    fn initialize() -> Weight {
        micros(30).saturating_add(Database::get().reads_writes(10, 12))
    }

    // Reads: SegmentHeadersStored, Params, LastSegmentHeader. Writes: SegmentHeadersStored, LastSegmentHeader, and a root
    // for each header.
    fn store_segment_headers(headers: u32) -> Weight {
        let headers = u64::from(headers);
        micros(headers.saturating_mul(5).saturating_add(10))
            .saturating_add(Database::get().reads_writes(3, headers.saturating_add(2)))
    }

    // Reads: Params, PotIterations, AnnouncedPotChange, RequestedPotIterations. Writes: RequestedPotIterations.
    fn set_pot_iterations() -> Weight {
        micros(10).saturating_add(Database::get().reads_writes(4, 1))
    }
}

impl WeightInfo for () {
    fn initialize() -> Weight {
        DerivedWeight::<ParityDbWeight>::initialize()
    }

    fn store_segment_headers(headers: u32) -> Weight {
        DerivedWeight::<ParityDbWeight>::store_segment_headers(headers)
    }

    fn set_pot_iterations() -> Weight {
        DerivedWeight::<ParityDbWeight>::set_pot_iterations()
    }
}

fn micros(count: u64) -> Weight {
    Weight::from_parts(WEIGHT_REF_TIME_PER_MICROS.saturating_mul(count), 0)
}
