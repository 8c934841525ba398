use super::*;
use crate::test_chain::{TestChain, link};

const SLOT: Duration = Duration::from_secs(1);

#[test]
fn blocks_at_the_tip_are_no_progress_even_if_some_come_late() {
    let mut progress = SyncProgress::new(SLOT);
    let start = Instant::now();
    for second in 0..1000u32 {
        // Every third slot has a block, and now and then eight slots' blocks arrive together
        if second % 3 == 0 && second % 50 > 8 {
            progress.note_block(start + SLOT * second, u64::from(second));
        }
    }
    assert_eq!(progress.last_catching_up(), None);
}

#[test]
fn blocks_that_come_faster_than_time_goes_by_are_progress_until_they_stop() {
    let mut progress = SyncProgress::new(SLOT);
    let start = Instant::now();
    let mut last = start;
    for block in 0..1000u32 {
        last = start + Duration::from_millis(100) * block;
        progress.note_block(last, u64::from(block) * 6);
    }
    let caught_up = progress.last_catching_up().unwrap();
    assert!(last - caught_up < SLOT * 2);
    for block in 0..100u32 {
        progress.note_block(last + SLOT * block, 999 * 6 + u64::from(block));
    }
    assert_eq!(progress.last_catching_up(), Some(caught_up));
}

#[test]
fn a_clock_without_slots_and_a_slot_in_the_past_are_no_panic() {
    let mut progress = SyncProgress::new(Duration::ZERO);
    let now = Instant::now();
    progress.note_block(now, u64::MAX);
    progress.note_block(now, 0);
    assert_eq!(progress.last_catching_up(), None);
}

struct Claims;

impl SyncOracle for Claims {
    fn is_major_syncing(&self) -> bool {
        true
    }

    fn is_offline(&self) -> bool {
        false
    }
}

#[test]
fn claims_of_peers_count_for_a_while_after_the_start_and_after_progress_only() {
    let link = link(&TestChain::new());
    let mut status = SyncStatus::new(Arc::new(Claims), link.clone());
    assert!(status.is_syncing());
    let Some(long_ago) = Instant::now().checked_sub(PATIENCE * 2) else {
        return;
    };
    status.started = long_ago;
    assert!(!status.is_syncing());
    link.note_block_of_peer(1);
    assert!(!status.is_syncing());
    link.note_block_of_peer(100);
    assert!(status.is_syncing());
}
