//! Proof of time on chain: iterations, and the schedule on which entropy of the chain is injected.
//!
//! With interval *I*, lookback *L* and delay *D*: each block whose number is a multiple of *I* is a source of entropy,
//! the hash of its solution's chunk and its proof of time. In block *n*, a multiple of *I*, the source of block *n − I·L*
//! is announced for the slot *D* after that of block *n*. So the first injection is announced in block *I + I·L*. A block
//! at depth *I·L* is final, hence nobody can choose what is injected by choosing between branches.
//!
//! One injection is over before the next is announced, because *I* blocks take more than *D* slots.

use super::*;
use autonomys_core_primitives::pot::{PotEntropy, PotParametersChange};
use autonomys_core_primitives::{BlockNumber, SlotNumber};
use core::num::NonZeroU32;
use frame_support::ensure;
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    /// Iterations in the slot of the block.
    pub(super) fn pot_iterations(params: &ConsensusParams) -> NonZeroU32 {
        PotIterations::<T>::get().unwrap_or(params.proof_of_time_iterations)
    }

    /// Puts the announced change into effect when its slot has come, and returns the iterations in `slot`.
    pub(super) fn advance_pot(params: &ConsensusParams, slot: SlotNumber) -> NonZeroU32 {
        let iterations = Self::pot_iterations(params);
        let Some(change) = AnnouncedPotChange::<T>::get().filter(|change| change.slot <= slot)
        else {
            return iterations;
        };
        AnnouncedPotChange::<T>::kill();
        if change.iterations != iterations {
            PotIterations::<T>::put(change.iterations);
        }
        change.iterations
    }

    /// Collects and announces entropy where block `block_number` does so, and returns the change that is ahead of it.
    pub(super) fn schedule_entropy(
        params: &ConsensusParams,
        block_number: BlockNumber,
        pre_digest: &PreDigest,
    ) -> Option<PotParametersChange> {
        let injection = &params.entropy_injection;
        if !block_number.is_multiple_of(injection.interval) {
            return AnnouncedPotChange::<T>::get();
        }
        EntropySources::<T>::insert(
            block_number,
            PotEntropy::of_block(&pre_digest.solution.chunk, &pre_digest.proof_of_time),
        );
        let source =
            block_number.checked_sub(injection.interval.checked_mul(injection.lookback)?)?;
        let entropy = EntropySources::<T>::take(source)?;
        let change = PotParametersChange {
            slot: pre_digest.slot.saturating_add(injection.delay),
            iterations: RequestedPotIterations::<T>::take()
                .unwrap_or_else(|| Self::pot_iterations(params)),
            entropy,
        };
        AnnouncedPotChange::<T>::put(change);
        Self::deposit_event(Event::EntropyInjectionAnnounced { change });
        Some(change)
    }

    /// See [`Pallet::set_pot_iterations`].
    pub(super) fn request_pot_iterations(iterations: u32) -> DispatchResult {
        let current = Self::pot_iterations(&Self::params());
        let requested = NonZeroU32::new(iterations)
            .filter(|requested| requested.get().is_multiple_of(16))
            .ok_or(Error::<T>::IterationsNotMultipleOfSixteen)?;
        ensure!(requested > current, Error::<T>::IterationsNotIncreased);
        let announced =
            AnnouncedPotChange::<T>::get().is_some_and(|change| change.iterations != current);
        ensure!(
            !announced && !RequestedPotIterations::<T>::exists(),
            Error::<T>::IterationsChangePending
        );
        RequestedPotIterations::<T>::put(requested);
        Self::deposit_event(Event::PotIterationsRequested {
            iterations: requested,
        });
        Ok(())
    }
}
