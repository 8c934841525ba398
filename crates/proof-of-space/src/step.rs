//! The step from a table to the next one.

use crate::function::{Function, Lanes, METADATA_WORDS, Metadata, MetadataLanes, x_metadata};
use crate::matching::{BUCKET_SIZE, Matcher};
use crate::parameters::{K, METADATA_UNITS};
use crate::sorting::SortedEntries;
use crate::table::Parents;
use alloc::vec::Vec;
use autonomys_single_block_blake3::GROUP_LANES;
use core::mem;
use core::ops::Range;

/// Metadata of a table by position, in as few words as the table needs.
#[derive(Debug, Default)]
pub(crate) struct MetadataByPosition {
    /// Words of an entry, 0 to 4.
    words: usize,
    values: Vec<u32>,
}

impl MetadataByPosition {
    /// Forgets all entries, and holds entries of `table` from now on: none, if metadata is not used or is the position.
    fn begin(&mut self, k: K, table: usize) {
        self.values.clear();
        self.words = match table {
            1 => 0,
            _ => (METADATA_UNITS[table - 1] * k.bits()).div_ceil(32) as usize,
        };
    }

    /// The metadata of the entries at `positions`.
    fn get(&self, positions: &[u32], metadata: &mut Vec<Metadata>) {
        fn gather<const WORDS: usize>(
            values: &[u32],
            positions: &[u32],
            metadata: &mut Vec<Metadata>,
        ) {
            let values = values.as_chunks::<WORDS>().0;
            metadata.extend(positions.iter().map(|position| {
                let mut metadata = [0; METADATA_WORDS];
                metadata[..WORDS].copy_from_slice(&values[*position as usize]);
                metadata
            }));
        }
        metadata.clear();
        match self.words {
            0 => {}
            1 => gather::<1>(&self.values, positions, metadata),
            2 => gather::<2>(&self.values, positions, metadata),
            3 => gather::<3>(&self.values, positions, metadata),
            _ => gather::<4>(&self.values, positions, metadata),
        }
    }

    /// Adds the first `count` entries of `lanes`.
    fn extend(&mut self, lanes: &MetadataLanes, count: usize) {
        fn scatter<const WORDS: usize>(lanes: &MetadataLanes, count: usize, values: &mut Vec<u32>) {
            let mut group = [[0; WORDS]; GROUP_LANES];
            for (lane, metadata) in group.iter_mut().enumerate() {
                for (word, value) in metadata.iter_mut().enumerate() {
                    *value = lanes[word][lane];
                }
            }
            values.extend_from_slice(group[..count].as_flattened());
        }
        match self.words {
            0 => {}
            1 => scatter::<1>(lanes, count, &mut self.values),
            2 => scatter::<2>(lanes, count, &mut self.values),
            3 => scatter::<3>(lanes, count, &mut self.values),
            _ => scatter::<4>(lanes, count, &mut self.values),
        }
    }
}

/// Entries that were made, by position.
#[derive(Debug, Default)]
pub(crate) struct Made {
    pub(crate) ys: Vec<u32>,
    pub(crate) metadata: MetadataByPosition,
    pub(crate) parents: Vec<Parents>,
}

impl Made {
    /// Forgets all entries and makes room for those of `table`, taking over memory for parents.
    ///
    /// An eighth more than usual fits; a seed with still more entries makes the vectors grow.
    pub(crate) fn begin(&mut self, k: K, table: usize, parents: Vec<Parents>) {
        let usual = k.challenges() as usize;
        let room = usual + usual / 8;
        self.ys.clear();
        self.ys.reserve_exact(room);
        self.metadata.begin(k, table);
        self.metadata
            .values
            .reserve_exact(room * self.metadata.words);
        self.parents = parents;
        self.parents.clear();
        self.parents
            .reserve_exact(if table == 1 { 0 } else { room });
    }

    /// Forgets all entries.
    #[cfg(feature = "std")]
    pub(crate) fn clear(&mut self) {
        self.ys.clear();
        self.metadata.values.clear();
        self.parents.clear();
    }

    /// Adds the entries of `part`.
    #[cfg(feature = "std")]
    pub(crate) fn append(&mut self, part: &Self) {
        self.ys.extend_from_slice(&part.ys);
        self.metadata
            .values
            .extend_from_slice(&part.metadata.values);
        self.parents.extend_from_slice(&part.parents);
    }
}

/// Memory for the work on a pair of buckets.
#[derive(Debug, Default)]
pub(crate) struct Worker {
    left: Bucket,
    right: Bucket,
    matcher: Matcher,
    /// Indices of left and right entries that match.
    matches: Vec<[u32; 2]>,
}

/// The entries of a bucket in order.
#[derive(Debug, Default)]
struct Bucket {
    residues: Vec<u16>,
    positions: Vec<u32>,
    metadata: Vec<Metadata>,
}

/// How the entries of a table are made from those of the table before.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    k: K,
    /// The table to make.
    table: usize,
    function: Function,
    /// The table before, in order.
    entries: &'a SortedEntries,
    /// Its metadata.
    metadata: &'a MetadataByPosition,
}

impl<'a> Step<'a> {
    /// Makes `table`, from 2 to 7.
    pub(crate) fn new(
        k: K,
        table: usize,
        entries: &'a SortedEntries,
        metadata: &'a MetadataByPosition,
    ) -> Self {
        Self {
            k,
            table,
            function: Function::new(k, table),
            entries,
            metadata,
        }
    }

    /// Number of buckets with a bucket after them.
    pub(crate) fn left_bucket_count(&self) -> usize {
        self.entries.bucket_count() - 1
    }

    /// No entries of the table to make.
    #[cfg(feature = "std")]
    pub(crate) fn made(&self) -> Made {
        let mut made = Made::default();
        made.metadata.begin(self.k, self.table);
        made
    }

    /// Makes the entries whose left parents are in `left_buckets`.
    pub(crate) fn run(&self, left_buckets: Range<usize>, worker: &mut Worker, made: &mut Made) {
        self.load(left_buckets.start, &mut worker.right);
        for left_bucket in left_buckets {
            mem::swap(&mut worker.left, &mut worker.right);
            self.load(left_bucket + 1, &mut worker.right);
            self.combine(left_bucket, worker, made);
        }
    }

    fn load(&self, bucket: usize, into: &mut Bucket) {
        let entries = self.entries.buckets(bucket..bucket + 1);
        let first_y = bucket as u32 * BUCKET_SIZE;
        into.residues.clear();
        into.residues
            .extend(entries.iter().map(|entry| (entry.y() - first_y) as u16));
        into.positions.clear();
        into.positions
            .extend(entries.iter().map(|entry| entry.position()));
        self.metadata.get(&into.positions, &mut into.metadata);
        if self.table == 2 {
            let x_values = into.positions.iter();
            into.metadata
                .extend(x_values.map(|x| x_metadata(self.k, *x)));
        }
    }

    /// Makes the entries from the two buckets that are loaded.
    fn combine(&self, left_bucket: usize, worker: &mut Worker, made: &mut Made) {
        let Worker {
            left,
            right,
            matcher,
            matches,
        } = worker;
        matches.clear();
        matcher.find(
            left_bucket,
            &left.residues,
            &right.residues,
            |left, right| matches.push([left, right]),
        );
        made.parents.extend(
            matches
                .iter()
                .map(|[l, r]| [left.positions[*l as usize], right.positions[*r as usize]]),
        );
        let first_y = left_bucket as u32 * BUCKET_SIZE;
        for group in matches.chunks(GROUP_LANES) {
            let mut left_ys: Lanes = [0; GROUP_LANES];
            let mut left_metadata: MetadataLanes = [[0; GROUP_LANES]; METADATA_WORDS];
            let mut right_metadata: MetadataLanes = [[0; GROUP_LANES]; METADATA_WORDS];
            for (lane, [l, r]) in group.iter().enumerate() {
                left_ys[lane] = first_y + u32::from(left.residues[*l as usize]);
                let left_entry = &left.metadata[*l as usize];
                let right_entry = &right.metadata[*r as usize];
                for word in 0..METADATA_WORDS {
                    left_metadata[word][lane] = left_entry[word];
                    right_metadata[word][lane] = right_entry[word];
                }
            }
            let (ys, metadata) = self
                .function
                .evaluate(&left_ys, &left_metadata, &right_metadata);
            made.ys.extend_from_slice(&ys[..group.len()]);
            made.metadata.extend(&metadata, group.len());
        }
    }
}
