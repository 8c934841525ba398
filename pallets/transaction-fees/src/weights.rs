//! Weights of the pallet.
//!
//! Not yet measured on the reference machine but derived: each storage item that the code reads or writes counts once with
//! the database weights of the runtime, and the time of execution is an upper estimate in WebAssembly. Proof size is not
//! limited on this chain. `benchmarking.rs` measures the same function.

use core::marker::PhantomData;
use frame_support::traits::Get;
use frame_support::weights::constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MICROS};
use frame_support::weights::{RuntimeDbWeight, Weight};

/// Weights that the pallet needs.
pub trait WeightInfo {
    /// Payment of the fees at the end of a block.
    fn finalize() -> Weight;
}

/// Weights with the database of a runtime.
#[derive(Debug)]
pub struct DerivedWeight<Database>(PhantomData<Database>);

impl<Database: Get<RuntimeDbWeight>> WeightInfo for DerivedWeight<Database> {
    // Reads: CollectedFees, reward account, account, total issuance, and for the dynamic fee parameters, solution range and
    // last segment header. Writes: CollectedFees, account, total issuance, ByteFee.
    fn finalize() -> Weight {
        Weight::from_parts(WEIGHT_REF_TIME_PER_MICROS.saturating_mul(50), 0)
            .saturating_add(Database::get().reads_writes(7, 4))
    }
}

impl WeightInfo for () {
    fn finalize() -> Weight {
        DerivedWeight::<ParityDbWeight>::finalize()
    }
}
