//! The most memory that a process takes which does nothing but one kind of work, with production parameters. On Linux.
//!
//! Not a criterion benchmark: a peak is one of a whole process, so every kind of work runs in a process of its own.

use autonomys_archiving::{Archiver, genesis_block_bytes};
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{ConsensusParams, Preset};
use autonomys_farmer_components::{K, TableGenerator};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::env;
use std::fs;
use std::hint::black_box;
use std::process::Command;

/// The argument of a process that does one kind of work, before its name.
const DO: &str = "--do";

const WORK: [(&str, fn()); 4] = [
    ("table/1 thread", || make_tables(1)),
    ("table/2 threads", || make_tables(2)),
    ("archive-segment/1 thread", || archive_segment(1)),
    ("archive-segment/2 threads", || archive_segment(2)),
];

/// Tables made one after another: their size depends on the seed.
const TABLES: u8 = 3;

fn params() -> ConsensusParams {
    Preset::Main.params(NetworkTag::default())
}

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads can be started")
}

fn make_tables(threads: usize) {
    let k = K::new(params().proof_of_space_k).expect("valid parameters");
    let mut generator = TableGenerator::new(k);
    for seed in 0..TABLES {
        let seed = [seed; 32];
        let proofs = if threads == 1 {
            generator.generate(&seed).proof_count()
        } else {
            pool(threads).install(|| generator.generate_parallel(&seed).proof_count())
        };
        black_box(proofs);
    }
}

/// Archives a block as long as a segment, as the genesis block is. The block counts.
fn archive_segment(threads: usize) {
    let params = params();
    let block = genesis_block_bytes(vec![0], &[0; 32], &params);
    let segments = pool(threads).install(|| {
        Archiver::new(&params)
            .expect("valid parameters")
            .add_block(0, &block)
            .expect("the first block")
    });
    assert_eq!(segments.len(), 1, "the block fills a segment");
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [argument, name] = arguments.as_slice()
        && argument == DO
    {
        let (_, work) = WORK
            .iter()
            .find(|(known, _)| known == name)
            .expect("there is such work");
        work();
        println!("figure {name}: {:.0} MB", peak_memory() / 1e6);
    } else if arguments.iter().any(|argument| argument == "--bench") {
        let program = env::current_exe().expect("the program is where it was started");
        for (name, _) in WORK {
            let status = Command::new(&program)
                .args([DO, name])
                .status()
                .expect("a process can be started");
            assert!(status.success(), "{name} failed: {status}");
        }
    }
}

/// The most memory that this process has had, in bytes.
fn peak_memory() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells the status");
    let kibibytes: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"))
        .and_then(|number| number.trim().parse().ok())
        .expect("Linux tells the peak");
    kibibytes * 1024.0
}
