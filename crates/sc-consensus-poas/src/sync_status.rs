//! Whether this node is still catching up with the network.
//!
//! Stock sync calls itself busy while peers claim to be far ahead, and a claim costs nothing. Here such claims count
//! only while this node really catches up, that is while blocks come in at least twice as fast as time goes by: a peer
//! whose blocks cannot be imported keeps no farmer from authoring. A node that wakes up far behind authors at most
//! until the first of the blocks that it missed have come in.

#[cfg(test)]
mod tests;

use crate::link::PoasLink;
use autonomys_core_primitives::SlotNumber;
use sp_consensus::SyncOracle;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// For how long claims are believed after the last progress, and after the start.
const PATIENCE: Duration = Duration::from_secs(30);
/// Over how long progress is measured.
const WINDOW: Duration = Duration::from_secs(10);
/// Slots that may come in at once without being progress: blocks are late now and then.
const LATE_SLOTS: u64 = 10;

/// Measures whether blocks of peers come in faster than they are made.
#[derive(Debug)]
pub(crate) struct SyncProgress {
    slot_duration: Duration,
    window: Option<(Instant, SlotNumber)>,
    last_catching_up: Option<Instant>,
}

impl SyncProgress {
    pub(crate) fn new(slot_duration: Duration) -> Self {
        Self {
            slot_duration,
            window: None,
            last_catching_up: None,
        }
    }

    pub(crate) fn note_block(&mut self, now: Instant, slot: SlotNumber) {
        let Some((began, first_slot)) = self.window else {
            self.window = Some((now, slot));
            return;
        };
        let passed = now.saturating_duration_since(began);
        let passed_slots = passed
            .as_millis()
            .checked_div(self.slot_duration.as_millis())
            .unwrap_or(0);
        let gained = u128::from(slot.saturating_sub(first_slot).saturating_sub(LATE_SLOTS));
        if gained > passed_slots.saturating_mul(2) {
            self.last_catching_up = Some(now);
            self.window = Some((now, slot));
        } else if passed >= WINDOW {
            self.window = Some((now, slot));
        }
    }

    pub(crate) fn last_catching_up(&self) -> Option<Instant> {
        self.last_catching_up
    }
}

/// Whether this node is still catching up with the network. Clones are the same status.
#[derive(Clone)]
pub struct SyncStatus {
    oracle: Arc<dyn SyncOracle + Send + Sync>,
    link: PoasLink,
    started: Instant,
}

impl fmt::Debug for SyncStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SyncStatus")
            .field("syncing", &self.is_syncing())
            .field("offline", &self.is_offline())
            .finish_non_exhaustive()
    }
}

impl SyncStatus {
    /// The status of a node that starts now. `oracle` is stock sync.
    pub fn new(oracle: Arc<dyn SyncOracle + Send + Sync>, link: PoasLink) -> Self {
        Self {
            oracle,
            link,
            started: Instant::now(),
        }
    }

    /// Whether the node is catching up, so that blocks made now would be made in vain.
    pub fn is_syncing(&self) -> bool {
        self.oracle.is_major_syncing()
            && self
                .link
                .last_catching_up()
                .unwrap_or(self.started)
                .elapsed()
                < PATIENCE
    }

    /// Whether the node has no peer.
    pub fn is_offline(&self) -> bool {
        self.oracle.is_offline()
    }
}
