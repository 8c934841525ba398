//! What holds between any two blocks.

use super::*;
use autonomys_core_primitives::SegmentIndex;
use autonomys_core_primitives::solutions::MAX_SOLUTION_RANGE;
use frame_support::ensure;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Checks all invariants of the pallet's state.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let params = Params::<T>::get().ok_or("a chain has parameters")?;
        params
            .validate()
            .map_err(|_| "the parameters fit each other")?;
        Self::try_state_segments()?;
        Self::try_state_solution_range()?;
        Self::try_state_proof_of_time(&params)?;
        ensure!(
            !SegmentHeadersStored::<T>::exists(),
            "the flag of the inherent is gone at the end of the block"
        );
        Ok(())
    }

    /// Roots are contiguous from 0 and end with the last header.
    fn try_state_segments() -> Result<(), TryRuntimeError> {
        let mut indices: Vec<_> = SegmentRoots::<T>::iter_keys().collect();
        indices.sort();
        ensure!(
            indices
                .iter()
                .zip(0u64..)
                .all(|(index, expected)| index.0 == expected),
            "segment indices are contiguous from 0"
        );
        let last = LastSegmentHeader::<T>::get();
        ensure!(
            last.map(|header| header.segment_index) == indices.last().copied(),
            "the last segment header is that of the last root"
        );
        ensure!(
            last.map(|header| header.segment_root)
                == indices.last().and_then(SegmentRoots::<T>::get),
            "the last segment header has the last root"
        );
        ensure!(
            Self::history_size().last_segment_index()
                == indices.last().copied().unwrap_or(SegmentIndex(0)),
            "history ends with the last segment"
        );
        Ok(())
    }

    /// Ranges are within bounds, and the era has begun.
    fn try_state_solution_range() -> Result<(), TryRuntimeError> {
        let ranges = Self::solution_ranges();
        ensure!(
            [Some(ranges.current), ranges.next]
                .into_iter()
                .flatten()
                .all(|range| (1..=MAX_SOLUTION_RANGE).contains(&range)),
            "solution ranges are from 1 to 2^63"
        );
        ensure!(
            EraStartSlot::<T>::get().is_none_or(|start| start <= Slot::<T>::get()),
            "the era began at a slot that has passed"
        );
        Ok(())
    }

    /// The schedule of entropy is bounded and lies ahead; iterations only rise.
    fn try_state_proof_of_time(params: &ConsensusParams) -> Result<(), TryRuntimeError> {
        let injection = &params.entropy_injection;
        let block_number: u32 = frame_system::Pallet::<T>::block_number().saturated_into();
        let oldest =
            block_number.saturating_sub(injection.interval.saturating_mul(injection.lookback));
        let sources: Vec<_> = EntropySources::<T>::iter_keys().collect();
        ensure!(
            sources.len() <= injection.lookback.saturating_add(1).saturated_into(),
            "entropy is kept for the lookback only"
        );
        ensure!(
            sources.iter().all(|source| {
                source.is_multiple_of(injection.interval)
                    && (oldest..=block_number).contains(source)
            }),
            "entropy comes from one recent block of each interval"
        );
        let iterations = Self::pot_iterations(params);
        if let Some(change) = AnnouncedPotChange::<T>::get() {
            ensure!(
                change.slot > Slot::<T>::get() && change.iterations >= iterations,
                "an announced change is ahead and takes no iterations away"
            );
        }
        ensure!(
            RequestedPotIterations::<T>::get().is_none_or(
                |requested| requested > iterations && requested.get().is_multiple_of(16)
            ),
            "requested iterations are more than now"
        );
        Ok(())
    }
}
