//! Making tables.

use crate::Seed;
use crate::function::FirstFunction;
#[cfg(feature = "std")]
use crate::function::X_PER_STRETCH;
use crate::parameters::{K, TABLES};
use crate::sorting::SortedEntries;
use crate::step::{Made, MetadataByPosition, Step, Worker};
use crate::table::Table;
use alloc::vec::Vec;
use core::mem;
#[cfg(feature = "std")]
use rayon::prelude::*;

/// Makes tables, one after another in the same memory.
///
/// The table of a seed is the same whichever way it is made, with any number of threads. It stays in the generator: the
/// next table takes its place.
#[derive(Debug)]
pub struct TableGenerator {
    k: K,
    /// The tables made so far, and the entries of the last of them in order.
    table: Table,
    /// Metadata of the last table made so far.
    metadata: MetadataByPosition,
    /// The table that is being made.
    made: Made,
    workers: Vec<Worker>,
}

impl TableGenerator {
    /// Takes no memory to speak of yet: that comes with the first table, and stays until the generator is dropped.
    #[must_use]
    pub fn new(k: K) -> Self {
        Self {
            k,
            table: Table::empty(k),
            metadata: MetadataByPosition::default(),
            made: Made::default(),
            workers: Vec::new(),
        }
    }

    /// The parameter of the tables.
    #[must_use]
    pub fn k(&self) -> K {
        self.k
    }

    /// Makes the table of `seed` in this thread.
    pub fn generate(&mut self, seed: &Seed) -> &Table {
        self.generate_with(
            |k, ys| FirstFunction::new(k, seed).fill(0, ys),
            SortedEntries::sort,
            |step, workers, made| {
                workers.resize_with(workers.len().max(1), Worker::default);
                step.run(0..step.left_bucket_count(), &mut workers[0], made);
            },
        )
    }

    /// Makes the table of `seed` in all threads of the current `rayon` pool.
    #[cfg(feature = "std")]
    pub fn generate_parallel(&mut self, seed: &Seed) -> &Table {
        /// Values of x that a thread computes at a time.
        const X_PER_TASK: usize = 32 * X_PER_STRETCH;

        self.generate_with(
            |k, ys| {
                ys.par_chunks_mut(X_PER_TASK)
                    .enumerate()
                    .for_each(|(task, ys)| {
                        FirstFunction::new(k, seed).fill(task * X_PER_TASK, ys);
                    });
            },
            SortedEntries::sort_parallel,
            run_parallel,
        )
    }

    /// Makes a table by these ways to make values of y of table 1, to sort, and to make a table from the one before.
    fn generate_with(
        &mut self,
        fill: impl FnOnce(K, &mut [u32]),
        sort: impl Fn(&mut SortedEntries, &[u32]),
        run: impl Fn(&Step<'_>, &mut Vec<Worker>, &mut Made),
    ) -> &Table {
        let Self {
            k,
            table,
            metadata,
            made,
            workers,
        } = self;
        let k = *k;
        let Table { parents, last, .. } = table;

        made.begin(k, 1, Vec::new());
        made.ys.resize(k.challenges() as usize, 0);
        fill(k, &mut made.ys);
        sort(last, &made.ys);
        for (table, parents) in (2..=TABLES).zip(parents) {
            made.begin(k, table, mem::take(parents));
            run(&Step::new(k, table, last, metadata), workers, made);
            *parents = mem::take(&mut made.parents);
            mem::swap(metadata, &mut made.metadata);
            sort(last, &made.ys);
        }
        &self.table
    }
}

/// Makes a table in all threads.
///
/// How many entries a part of the left buckets gives is known only afterwards. So the parts are made in rounds, each task
/// of a round into memory of its own, from which the entries are then moved in order. A round is an eighth of the table,
/// which bounds that memory, and has four tasks for every thread, so that no thread waits long at its end.
#[cfg(feature = "std")]
fn run_parallel(step: &Step<'_>, workers: &mut Vec<Worker>, made: &mut Made) {
    const ROUNDS: usize = 8;
    const TASKS_PER_THREAD: usize = 4;

    let left_buckets = step.left_bucket_count();
    let tasks = TASKS_PER_THREAD * rayon::current_num_threads();
    let buckets_per_task = left_buckets.div_ceil(ROUNDS * tasks);
    workers.resize_with(workers.len().max(tasks), Worker::default);
    let mut parts: Vec<Made> = (0..tasks).map(|_| step.made()).collect();
    for first_bucket in (0..left_buckets).step_by(buckets_per_task * tasks) {
        workers
            .par_iter_mut()
            .zip(&mut parts)
            .enumerate()
            .for_each(|(task, (worker, part))| {
                let start = left_buckets.min(first_bucket + task * buckets_per_task);
                let end = left_buckets.min(start + buckets_per_task);
                part.clear();
                if start < end {
                    step.run(start..end, worker, part);
                }
            });
        for part in &parts {
            made.append(part);
        }
    }
}
