//! The solution range and its adjustment at the end of every era.
//!
//! Eras are counted in blocks: the last block of each has a number that is a multiple of the era. It says which range
//! its child is made under. An era lasts from the slot of the last block of the era before it; the first era is counted
//! as if block 1 had been found in just the expected number of slots, since the time before anybody farmed says nothing
//! about the space that is pledged.

use super::*;
use autonomys_core_primitives::{BlockNumber, SlotNumber};

impl<T: Config> Pallet<T> {
    /// Puts the range of an era that begins into effect, chooses that of the next one at the end of an era, and returns
    /// the ranges of the block and of its child.
    pub(super) fn advance_solution_range(
        params: &ConsensusParams,
        block_number: BlockNumber,
        slot: SlotNumber,
    ) -> SolutionRanges {
        let current = match NextSolutionRange::<T>::take() {
            Some(range) => {
                CurrentSolutionRange::<T>::put(range);
                range
            }
            None => CurrentSolutionRange::<T>::get(),
        };
        let era_start = EraStartSlot::<T>::get().unwrap_or_else(|| {
            let start = slot.saturating_sub(expected_slots_per_block(params));
            EraStartSlot::<T>::put(start);
            start
        });
        if !block_number.is_multiple_of(params.era_blocks) {
            return SolutionRanges {
                current,
                next: None,
            };
        }
        let next = params.next_solution_range(current, slot.saturating_sub(era_start));
        NextSolutionRange::<T>::put(next);
        EraStartSlot::<T>::put(slot);
        Self::deposit_event(Event::SolutionRangeAdjusted { current, next });
        SolutionRanges {
            current,
            next: Some(next),
        }
    }
}

fn expected_slots_per_block(params: &ConsensusParams) -> u64 {
    params
        .slot_probability
        .denominator
        .checked_div(params.slot_probability.numerator)
        .unwrap_or(1)
}
