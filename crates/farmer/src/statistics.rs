//! What a farmer did, counted, and the line that says so once a minute.

use autonomys_core_primitives::SlotNumber;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A farmer that has heard of no slot for this long is not farming.
const SLOT_SILENCE: Duration = Duration::from_secs(30);

/// Counters since the start.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    /// Slots that all sectors were audited in.
    pub(crate) audited: Counter,
    /// Slots that were passed over, since the audit of an earlier one still went on.
    pub(crate) skipped: Counter,
    /// Slots in which a chunk won.
    pub(crate) won: Counter,
    /// Winning chunks that could not be proven.
    pub(crate) unproven: Counter,
    /// Solutions that were ready after their slot was over.
    pub(crate) late: Counter,
    /// Solutions that the node took.
    pub(crate) submitted: Counter,
    /// Solutions that the node did not take.
    pub(crate) refused: Counter,
    /// Blocks that were sealed.
    pub(crate) sealed: Counter,
    /// Sectors that were plotted.
    pub(crate) plotted: Counter,
    /// Sectors that could not be read in the last audit.
    pub(crate) unreadable: Counter,
    last_slot: Mutex<Option<(SlotNumber, Instant)>>,
    obstacle: Mutex<Option<String>>,
}

/// A number of events.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Counts one.
    pub(crate) fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Sets the number, and returns what it was.
    pub(crate) fn replace(&self, number: u64) -> u64 {
        self.0.swap(number, Ordering::Relaxed)
    }

    /// How many were counted.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Statistics {
    /// Notes that a slot was announced, so whatever was in the way is not any more.
    pub(crate) fn slot_announced(&self, slot: SlotNumber) {
        *self.last_slot.lock() = Some((slot, Instant::now()));
        *self.obstacle.lock() = None;
    }

    /// Notes why no slots are to be expected.
    pub(crate) fn obstacle(&self, cause: impl Into<String>) {
        *self.obstacle.lock() = Some(cause.into());
    }

    /// Why the farmer is not farming, if it is not. `sectors` are plotted and valid.
    pub(crate) fn not_farming_because(&self, sectors: usize) -> Option<String> {
        if let Some(cause) = self.obstacle.lock().clone() {
            return Some(cause);
        }
        match *self.last_slot.lock() {
            None => return Some("the node has announced no slot yet".to_owned()),
            Some((slot, at)) if at.elapsed() > SLOT_SILENCE => {
                return Some(format!(
                    "the node has announced no slot for {} seconds, the last one was {slot}; it may be out of sync, or nobody makes proofs of time",
                    at.elapsed().as_secs()
                ));
            }
            Some(_) => {}
        }
        (sectors == 0).then(|| "no sector is plotted yet".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_cause_or_farming() {
        let statistics = Statistics::default();
        assert!(
            statistics
                .not_farming_because(1)
                .unwrap()
                .contains("no slot yet")
        );
        statistics.slot_announced(5);
        assert_eq!(statistics.not_farming_because(1), None);
        assert!(
            statistics
                .not_farming_because(0)
                .unwrap()
                .contains("plotted")
        );
        statistics.obstacle("the node is gone");
        assert_eq!(
            statistics.not_farming_because(1).as_deref(),
            Some("the node is gone")
        );
        statistics.slot_announced(6);
        assert_eq!(statistics.not_farming_because(1), None);
    }
}
