//! How fast empty farmed blocks are imported during sync, with every proof of time verified, and that memory stays flat.
//!
//! Not a criterion benchmark: a chain cannot be imported twice, and what counts is the long run.

use autonomys_test_service::{Importer, StoredBlock, TestNode, configuration, unit_chain};
use std::time::Instant;

/// Blocks that are made and imported.
const BLOCKS: u32 = 2_000;
/// Blocks between two lines.
const STEP: usize = 500;

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads can be started");
    runtime.block_on(async {
        let mut author = TestNode::start().await;
        let mut farm = author.plot(1, 2).await;
        let started = Instant::now();
        author.farm_until(&mut farm, BLOCKS).await;
        println!(
            "{BLOCKS} blocks farmed in {:.1} s, {} segments, {} MiB resident",
            started.elapsed().as_secs_f32(),
            author.history_size(),
            resident_mib()
        );
        let blocks = StoredBlock::chain(&author.node.client);
        author.stop().await;

        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let importer = Importer::open_at(configuration(unit_chain(), folder.path()));
        for blocks in blocks.chunks(STEP) {
            let started = Instant::now();
            for block in blocks {
                importer.import_valid(block.clone()).await;
            }
            let seconds = started.elapsed().as_secs_f32();
            println!(
                "{} blocks imported, {:.0} blocks/s, {} MiB resident",
                blocks.len(),
                blocks.len() as f32 / seconds,
                resident_mib()
            );
        }
    });
}

/// Memory of this process.
fn resident_mib() -> u64 {
    std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|statm| statm.split(' ').nth(1)?.parse::<u64>().ok())
        .map_or(0, |pages| pages * 4096 / (1 << 20))
}
