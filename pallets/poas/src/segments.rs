//! Segment headers on chain: a gapless chain, each header in the one block it is due in.
//!
//! Due in block *n* are: in block 1 the header of segment 0, which is made of genesis; in any other block the headers
//! of all segments that block *n − 1 − K* completed, *K* being the confirmation depth. So the size of history at a height
//! follows from the headers alone and is the same for everybody.

use super::*;
use autonomys_core_primitives::{BlockNumber, SegmentIndex};
use frame_support::ensure;
use sp_consensus_poas::SegmentRootLog;
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    /// See [`Pallet::store_segment_headers`].
    pub(super) fn do_store_segment_headers(segment_headers: &[SegmentHeader]) -> DispatchResult {
        ensure!(
            !SegmentHeadersStored::<T>::get(),
            Error::<T>::SegmentHeadersAlreadyStored
        );
        ensure!(!segment_headers.is_empty(), Error::<T>::NoSegmentHeader);
        SegmentHeadersStored::<T>::put(true);

        let confirmation_depth = Self::params().confirmation_depth;
        let block_number = frame_system::Pallet::<T>::block_number().saturated_into();
        let mut last = LastSegmentHeader::<T>::get();
        for header in segment_headers {
            Self::check_follows(header, last.as_ref())?;
            ensure!(
                due_in_block(header, confirmation_depth) == Some(block_number),
                Error::<T>::SegmentHeaderNotDue
            );
            SegmentRoots::<T>::insert(header.segment_index, header.segment_root);
            Self::deposit_log(ConsensusLog::SegmentRoot(SegmentRootLog {
                segment_index: header.segment_index,
                segment_root: header.segment_root,
            }));
            Self::deposit_event(Event::SegmentHeaderStored {
                segment_header: *header,
            });
            last = Some(*header);
        }
        LastSegmentHeader::<T>::set(last);
        Ok(())
    }

    fn check_follows(header: &SegmentHeader, last: Option<&SegmentHeader>) -> DispatchResult {
        let next_index = last.map_or(Some(SegmentIndex(0)), |last| last.segment_index.next());
        ensure!(
            Some(header.segment_index) == next_index,
            Error::<T>::SegmentIndexNotNext
        );
        let last_hash = last.map(SegmentHeader::hash).unwrap_or_default();
        ensure!(
            header.prev_segment_header_hash == last_hash,
            Error::<T>::PreviousSegmentHeaderMismatch
        );
        let extended = last.is_none_or(|last| progress(header) > progress(last));
        ensure!(extended, Error::<T>::HistoryNotExtended);
        Ok(())
    }
}

/// How far history reaches with `header`, in an order: zero partial bytes mean all of the block.
fn progress(header: &SegmentHeader) -> (BlockNumber, bool, u32) {
    let last = &header.last_archived_block;
    (last.number, last.is_complete(), last.partial_bytes)
}

/// The block that brings `header` on chain.
fn due_in_block(header: &SegmentHeader, confirmation_depth: u32) -> Option<BlockNumber> {
    let last_archived = header.last_archived_block.number;
    if header.segment_index == SegmentIndex(0) {
        return (last_archived == 0).then_some(1);
    }
    last_archived
        .checked_add(confirmation_depth)?
        .checked_add(1)
}
