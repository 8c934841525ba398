//! Entries in order: by (y, position).

use crate::matching::{BUCKET_SIZE, bucket};
use crate::parameters::K;
use alloc::vec::Vec;
use core::mem;
use core::ops::Range;
#[cfg(feature = "std")]
use rayon::prelude::*;

/// An entry's y in the high half and its position in the low half, so that entries compare as the order demands.
///
/// Positions fit: a table of the greatest K has about 2^25 entries. 2^32 would be 128 times as many, and take 400 GB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry(u64);

impl Entry {
    pub(crate) const fn new(y: u32, position: u32) -> Self {
        Self((y as u64) << 32 | position as u64)
    }

    pub(crate) const fn y(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(crate) const fn position(self) -> u32 {
        self.0 as u32
    }
}

/// The entries of a table in order, bucket after bucket.
#[derive(Debug)]
pub(crate) struct SortedEntries {
    entries: Vec<Entry>,
    /// Where each bucket starts, and as last element where the last bucket ends.
    bucket_starts: Vec<u32>,
}

impl SortedEntries {
    /// No entries yet, of tables for `k`.
    pub(crate) fn new(k: K) -> Self {
        let buckets = bucket((1 << k.y_bits()) - 1) as usize + 1;
        Self {
            entries: Vec::new(),
            bucket_starts: alloc::vec![0; buckets + 1],
        }
    }

    pub(crate) fn bucket_count(&self) -> usize {
        self.bucket_starts.len() - 1
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The entries of `buckets`, which are in range.
    pub(crate) fn buckets(&self, buckets: Range<usize>) -> &[Entry] {
        let start = self.bucket_starts[buckets.start] as usize;
        let end = self.bucket_starts[buckets.end] as usize;
        &self.entries[start..end]
    }

    /// Takes the entries whose y are `ys`, by position, instead of those before.
    pub(crate) fn sort(&mut self, ys: &[u32]) {
        self.bucket_starts.fill(0);
        count_buckets(ys, &mut self.bucket_starts);
        self.begin(ys.len());
        let buckets = 0..self.bucket_count();
        sort_buckets(ys, buckets, &self.bucket_starts, &mut self.entries);
    }

    /// [`SortedEntries::sort`] in all threads: each reads all of `ys`, but takes only the entries of its own buckets.
    #[cfg(feature = "std")]
    pub(crate) fn sort_parallel(&mut self, ys: &[u32]) {
        let threads = rayon::current_num_threads();
        let counts: Vec<Vec<u32>> = ys
            .par_chunks(ys.len().div_ceil(threads).max(1))
            .map(|ys| {
                let mut counts = alloc::vec![0; self.bucket_starts.len()];
                count_buckets(ys, &mut counts);
                counts
            })
            .collect();
        self.bucket_starts.fill(0);
        for counts in counts {
            for (total, count) in self.bucket_starts.iter_mut().zip(counts) {
                *total += count;
            }
        }
        self.begin(ys.len());

        let bucket_count = self.bucket_count();
        let mut rest = self.entries.as_mut_slice();
        let mut shares = Vec::with_capacity(threads);
        for thread in 0..threads {
            let buckets = bucket_count * thread / threads..bucket_count * (thread + 1) / threads;
            let size = self.bucket_starts[buckets.end] - self.bucket_starts[buckets.start];
            let (share, others) = rest.split_at_mut(size as usize);
            shares.push((buckets, share));
            rest = others;
        }
        shares.into_par_iter().for_each(|(buckets, share)| {
            sort_buckets(ys, buckets, &self.bucket_starts, share);
        });
    }

    /// Turns numbers of entries into starts, and makes room for all entries.
    fn begin(&mut self, len: usize) {
        counts_to_starts(&mut self.bucket_starts);
        self.entries.clear();
        self.entries.reserve_exact(len);
        self.entries.resize(len, Entry::new(0, 0));
    }
}

/// Adds the number of entries in each bucket to `counts`.
fn count_buckets(ys: &[u32], counts: &mut [u32]) {
    for y in ys {
        counts[bucket(*y) as usize] += 1;
    }
}

/// Puts the entries of `buckets` into `sorted`, which has room for exactly them.
fn sort_buckets(ys: &[u32], buckets: Range<usize>, bucket_starts: &[u32], sorted: &mut [Entry]) {
    let first = bucket_starts[buckets.start];
    let mut next: Vec<u32> = bucket_starts[buckets.clone()]
        .iter()
        .map(|start| start - first)
        .collect();
    for (position, y) in ys.iter().enumerate() {
        // Out of range if the bucket is before the first
        let bucket = (bucket(*y) as usize).wrapping_sub(buckets.start);
        if let Some(next) = next.get_mut(bucket) {
            sorted[*next as usize] = Entry::new(*y, position as u32);
            *next += 1;
        }
    }
    let mut start = 0;
    let mut scratch = Vec::new();
    for (bucket, end) in buckets.zip(next) {
        let first_y = bucket as u32 * BUCKET_SIZE;
        sort_bucket(
            first_y,
            &mut sorted[start as usize..end as usize],
            &mut scratch,
        );
        start = end;
    }
}

/// Sorts the entries of a bucket, which are in order of position, by y.
///
/// A radix sort: a residue has two digits of 7 bits, and a pass for each digit keeps the order of equal ones.
fn sort_bucket(first_y: u32, entries: &mut [Entry], scratch: &mut Vec<Entry>) {
    const DIGIT_BITS: u32 = 7;
    const DIGITS: usize = 1 << DIGIT_BITS;
    const { assert!(BUCKET_SIZE <= 1 << (2 * DIGIT_BITS)) };

    let low = |entry: &Entry| (entry.y() - first_y) as usize % DIGITS;
    let high = |entry: &Entry| ((entry.y() - first_y) >> DIGIT_BITS) as usize % DIGITS;
    let mut next_by_low = [0; DIGITS];
    let mut next_by_high = [0; DIGITS];
    for entry in &*entries {
        next_by_low[low(entry)] += 1;
        next_by_high[high(entry)] += 1;
    }
    counts_to_starts(&mut next_by_low);
    counts_to_starts(&mut next_by_high);

    if scratch.len() < entries.len() {
        scratch.resize(entries.len(), Entry::new(0, 0));
    }
    let scratch = &mut scratch[..entries.len()];
    for entry in &*entries {
        let next = &mut next_by_low[low(entry)];
        scratch[*next as usize] = *entry;
        *next += 1;
    }
    for entry in scratch {
        let next = &mut next_by_high[high(entry)];
        entries[*next as usize] = *entry;
        *next += 1;
    }
}

/// Replaces each number of entries by the number of entries before them.
fn counts_to_starts(counts: &mut [u32]) {
    let mut start = 0;
    for count in counts {
        start += mem::replace(count, start);
    }
}
