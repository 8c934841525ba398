//! Values as of past blocks, kept only where an open snapshot can still ask for them.
//!
//! A snapshot is taken when a proposal begins to be decided, in block `b`, and reads every value as it was at the end
//! of block `b − 1`. Two rules keep a list short however often its value changes and whoever changes it:
//!
//! - a value that no open snapshot reads, and that is not the last of a block before the current one, is dropped when
//!   the next is written;
//! - a DAO has at most [`MAX_OPEN_SNAPSHOTS`] open snapshots, so a list has at most two entries more than that, and
//!   a change never fails.

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use thiserror::Error;

use crate::BlockNumber;

/// Entries that a list has room for.
pub const MAX_ENTRIES: u32 = 64;

/// Open snapshots of a DAO, of different blocks. As many as it may have active proposals.
pub const MAX_OPEN_SNAPSHOTS: u32 = 50;

/// The DAO has as many open snapshots as it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{MAX_OPEN_SNAPSHOTS} snapshots are open")]
pub struct TooManySnapshots;

/// The blocks in which open proposals of a DAO began to be decided, each with the number of such proposals.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct OpenSnapshots(BoundedVec<(BlockNumber, u32), ConstU32<MAX_OPEN_SNAPSHOTS>>);

impl OpenSnapshots {
    /// Takes a snapshot for a proposal that begins to be decided in block `now`, which is not before any other's.
    pub fn open(&mut self, now: BlockNumber) -> Result<(), TooManySnapshots> {
        if let Some((block, proposals)) = self.0.last_mut()
            && *block >= now
        {
            *proposals = proposals.checked_add(1).ok_or(TooManySnapshots)?;
            return Ok(());
        }
        self.0.try_push((now, 1)).map_err(|_| TooManySnapshots)
    }

    /// Gives up a snapshot of a proposal that began to be decided in `block`, once it is decided.
    pub fn close(&mut self, block: BlockNumber) {
        if let Ok(position) = self.0.binary_search_by_key(&block, |(block, _)| *block)
            && let Some((_, proposals)) = self.0.get_mut(position)
        {
            *proposals = proposals.saturating_sub(1);
            if *proposals == 0 {
                self.0.remove(position);
            }
        }
    }

    /// Blocks of the open snapshots, ascending.
    pub fn blocks(&self) -> impl Iterator<Item = BlockNumber> + '_ {
        self.0.iter().map(|(block, _)| *block)
    }

    /// Whether any snapshot reads the value of an entry written in block `from` that the next entry, written in block
    /// `until`, replaced.
    fn reads(&self, from: BlockNumber, until: BlockNumber) -> bool {
        // A snapshot of block b reads the last entry of a block before b.
        let first = self.0.partition_point(|(block, _)| *block <= from);
        self.0.get(first).is_some_and(|(block, _)| *block <= until)
    }
}

/// A value and what it was: pairs of the block in which it changed and the value from then on, ascending.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Checkpoints<T>(BoundedVec<(BlockNumber, T), ConstU32<MAX_ENTRIES>>);

impl<T> Default for Checkpoints<T> {
    fn default() -> Self {
        Self(BoundedVec::default())
    }
}

impl<T: Clone + Default> Checkpoints<T> {
    /// The value now.
    pub fn current(&self) -> T {
        self.0
            .last()
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    }

    /// What a proposal reads that began to be decided in block `snapshot`: the value at the end of the block before.
    /// At most ⌈log₂ 65⌉ = 7 comparisons.
    pub fn at_snapshot(&self, snapshot: BlockNumber) -> T {
        self.0
            .partition_point(|(block, _)| *block < snapshot)
            .checked_sub(1)
            .and_then(|position| self.0.get(position))
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the value was never set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets the value in block `now`, which is not before the block of the last change.
    pub fn set(&mut self, now: BlockNumber, value: T, open: &OpenSnapshots) {
        if let Some((block, last)) = self.0.last_mut()
            && *block >= now
        {
            *last = value;
            return;
        }
        // The last entry stays: a snapshot taken later in this block reads it.
        let mut successors = self
            .0
            .iter()
            .skip(1)
            .map(|(block, _)| *block)
            .collect::<alloc::vec::Vec<_>>()
            .into_iter();
        self.0.retain(|(block, _)| {
            successors
                .next()
                .is_none_or(|until| open.reads(*block, until))
        });
        // Room is certain: two entries more than there can be snapshots are fewer than fit.
        let _ = self.0.try_push((now, value));
    }
}

const _: () = assert!(MAX_OPEN_SNAPSHOTS + 2 <= MAX_ENTRIES);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_snapshot_reads_the_end_of_the_block_before() {
        let mut open = OpenSnapshots::default();
        let mut power = Checkpoints::<u128>::default();
        power.set(5, 10, &open);
        power.set(8, 20, &open);
        // Taken after the change, in the same block
        open.open(8).unwrap();
        power.set(8, 30, &open);
        power.set(9, 40, &open);
        assert_eq!(power.at_snapshot(8), 10);
        assert_eq!(power.at_snapshot(5), 0);
        assert_eq!(power.current(), 40);
    }

    #[test]
    fn without_snapshots_a_list_stays_at_two_entries() {
        let open = OpenSnapshots::default();
        let mut power = Checkpoints::<u128>::default();
        for block in 0..10_000 {
            power.set(block, u128::from(block), &open);
            assert!(power.len() <= 2);
        }
        assert_eq!(power.at_snapshot(9_999), 9_998);
    }

    #[test]
    fn proposals_of_one_block_share_a_snapshot() {
        let mut open = OpenSnapshots::default();
        for _ in 0..1_000 {
            open.open(7).unwrap();
        }
        for block in 8..8 + MAX_OPEN_SNAPSHOTS - 1 {
            open.open(block).unwrap();
        }
        assert_eq!(open.open(1_000), Err(TooManySnapshots));
        for _ in 0..999 {
            open.close(7);
        }
        assert_eq!(open.blocks().next(), Some(7));
        open.close(7);
        open.close(7);
        assert_eq!(open.blocks().next(), Some(8));
        open.open(1_000).unwrap();
    }

    #[derive(Clone, Debug)]
    enum Step {
        Blocks(u32),
        Set(u128),
        Open,
        Close(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            2 => (1u32..4).prop_map(Step::Blocks),
            4 => any::<u128>().prop_map(Step::Set),
            2 => Just(Step::Open),
            1 => any::<usize>().prop_map(Step::Close),
        ]
    }

    proptest! {
        #[test]
        fn open_snapshots_read_what_the_whole_history_says(steps in prop::collection::vec(step(), 0..600)) {
            let mut now = 1;
            let mut open = OpenSnapshots::default();
            let mut list = Checkpoints::<u128>::default();
            let mut history = vec![];
            let mut snapshots = vec![];
            for step in steps {
                match step {
                    Step::Blocks(blocks) => now += blocks,
                    Step::Set(value) => {
                        list.set(now, value, &open);
                        history.push((now, value));
                        if history.iter().filter(|(block, _)| *block == now).count() == 1 {
                            prop_assert!(list.len() <= open.blocks().count() + 2);
                        }
                        prop_assert!(list.len() <= MAX_OPEN_SNAPSHOTS as usize + 2);
                    }
                    Step::Open => {
                        if open.open(now).is_ok() {
                            snapshots.push(now);
                        }
                    }
                    Step::Close(which) => {
                        if !snapshots.is_empty() {
                            let block = snapshots.remove(which % snapshots.len());
                            open.close(block);
                        }
                    }
                }
                for snapshot in snapshots.iter().copied().chain([now]) {
                    let expected = history.iter().rev().find(|(block, _)| *block < snapshot);
                    prop_assert_eq!(list.at_snapshot(snapshot), expected.map_or(0, |(_, value)| *value));
                }
                prop_assert_eq!(list.current(), history.last().map_or(0, |(_, value)| *value));
            }
        }
    }
}
