//! How fast empty farmed blocks are imported during sync, with every proof of time verified, and that memory stays flat.
//! The chain is `dev`, whose slots are driven by hand.
//!
//! Not a criterion benchmark: a chain cannot be imported twice, and what counts is the long run. A process of its own
//! imports what this one has farmed, so that it has nothing but the import in its memory.

use autonomys_node::chain_spec::Chain;
use autonomys_test_service::{Importer, StoredBlock, TestNode, configuration};
use codec::{Decode, Encode};
use sc_service::Configuration;
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use std::{env, fs};

/// The argument of the process that imports, before the file of blocks.
const IMPORT: &str = "--import";
/// Blocks that are farmed and imported.
const BLOCKS: u32 = 2_000;
/// Blocks after which memory is looked at.
const STEP: u32 = 500;
/// Sectors of the farm. The solution range adjusts itself to them.
const SECTORS: u16 = 2;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads can be started");
    if let [argument, blocks] = arguments.as_slice()
        && argument == IMPORT
    {
        runtime.block_on(import(Path::new(blocks)));
    } else if arguments.iter().any(|argument| argument == "--bench") {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let blocks = folder.path().join("blocks");
        runtime.block_on(farm(&blocks));
        let status = Command::new(env::current_exe().expect("the program is where it was started"))
            .arg(IMPORT)
            .arg(&blocks)
            .status()
            .expect("a process can be started");
        assert!(status.success(), "the import failed: {status}");
    }
}

fn dev_chain(base_path: &Path) -> Configuration {
    let chain_spec = Chain::Dev
        .spec()
        .expect("the runtime is embedded unless the build skipped it");
    configuration(chain_spec, base_path)
}

/// Farms the blocks and writes them to `file`.
async fn farm(file: &Path) {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let mut author = TestNode::start_at(dev_chain(folder.path())).await;
    let mut farm = author.plot(1, SECTORS).await;
    for number in (STEP..=BLOCKS).step_by(STEP as usize) {
        author.farm_until(&mut farm, number).await;
        eprintln!(
            "{number} blocks farmed, {} segments archived",
            author.history_size()
        );
    }
    let blocks = StoredBlock::chain(&author.node.client);
    drop(author);
    let blocks: Vec<_> = blocks
        .iter()
        .map(|block| (&block.header, &block.body, &block.justifications))
        .collect();
    fs::write(file, blocks.encode()).expect("a temporary file can be written");
}

/// Imports the blocks in `file` and prints the figures.
async fn import(file: &Path) {
    let bytes = fs::read(file).expect("the blocks are there");
    let blocks: Vec<StoredBlock> = Vec::<(_, _, _)>::decode(&mut &bytes[..])
        .expect("the blocks were encoded")
        .into_iter()
        .map(|(header, body, justifications)| StoredBlock {
            header,
            body,
            justifications,
        })
        .collect();
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let importer = Importer::open_at(dev_chain(folder.path()));

    let mut memory = Vec::new();
    let started = Instant::now();
    for blocks in blocks.chunks(STEP as usize) {
        for block in blocks {
            importer.import_valid(block.clone()).await;
        }
        memory.push(format!("{:.0}", memory_in_use() / 1e6));
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "figure blocks per second: {:.0}",
        blocks.len() as f64 / seconds
    );
    println!("figure memory: {} MB", memory.join(", "));
}

/// Memory that this process has now, in bytes, without the database files that it has mapped.
fn memory_in_use() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells the status");
    let kibibytes: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:")?.strip_suffix("kB"))
        .and_then(|number| number.trim().parse().ok())
        .expect("Linux tells the memory of a process");
    kibibytes * 1024.0
}
