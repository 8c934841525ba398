//! A finished table.

use crate::X_VALUES;
use crate::matching::bucket;
use crate::parameters::{EXTRA_BITS, K, TABLES};
use crate::proof::Proof;
use crate::sorting::{Entry, SortedEntries};
use alloc::vec::Vec;

/// Positions of the left and the right entry in the table before.
pub(crate) type Parents = [u32; 2];

/// All that is needed to find proofs: for each entry of tables 2 to 7 the pair it was made from, and table 7 in order.
#[derive(Debug)]
pub struct Table {
    pub(crate) k: K,
    /// Tables 2 to 7, each by position.
    pub(crate) parents: [Vec<Parents>; TABLES - 1],
    pub(crate) last: SortedEntries,
}

impl Table {
    pub(crate) fn empty(k: K) -> Self {
        Self {
            k,
            parents: [const { Vec::new() }; TABLES - 1],
            last: SortedEntries::new(k),
        }
    }

    /// The parameter that the table was made with.
    #[must_use]
    pub fn k(&self) -> K {
        self.k
    }

    /// Number of proofs of all challenges together.
    #[must_use]
    pub fn proof_count(&self) -> usize {
        self.last.len()
    }

    /// The first proof of `challenge`, if there is one. There is none of a challenge of 2^K or more.
    #[must_use]
    pub fn find_proof(&self, challenge: u32) -> Option<Proof> {
        self.find_proofs(challenge).next()
    }

    /// All proofs of `challenge`, in order.
    pub fn find_proofs(&self, challenge: u32) -> impl Iterator<Item = Proof> {
        self.entries(challenge)
            .iter()
            .map(|entry| self.proof(entry.position()))
    }

    fn entries(&self, challenge: u32) -> &[Entry] {
        if challenge >= self.k.challenges() {
            return &[];
        }
        let first_y = challenge << EXTRA_BITS;
        let last_y = first_y | ((1 << EXTRA_BITS) - 1);
        let entries = self
            .last
            .buckets(bucket(first_y) as usize..bucket(last_y) as usize + 1);
        let start = entries.partition_point(|entry| entry.y() < first_y);
        let entries = &entries[start..];
        let end = entries
            .iter()
            .position(|entry| entry.y() > last_y)
            .unwrap_or(entries.len());
        &entries[..end]
    }

    /// The proof of the entry at `position` of table 7.
    fn proof(&self, position: u32) -> Proof {
        let mut positions = [0; X_VALUES];
        positions[0] = position;
        let mut next = [0; X_VALUES];
        // All entries of a table before the next table, so that waits for memory overlap
        for (depth, table) in self.parents.iter().rev().enumerate() {
            let pairs = next.as_chunks_mut().0;
            for (position, parents) in positions[..1 << depth].iter().zip(pairs) {
                *parents = table[*position as usize];
            }
            positions = next;
        }
        // The position of an entry of table 1 is its x
        Proof::new(self.k, &positions)
    }
}
