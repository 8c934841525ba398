//! One production segment (128 MiB) to pieces and back, with one thread and with two.

use autonomys_archiving::{Archiver, NewArchivedSegment, SegmentReconstructor, is_piece_valid};
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{Preset, SegmentIndex};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::hint::black_box;

fn benchmark(criterion: &mut Criterion) {
    let params = Preset::Main.params(NetworkTag::default());
    // A block that is longer than a segment by the 5 bytes of its item, as the genesis block is.
    let mut state = 1u64;
    let block: Vec<u8> = (0..params.segment_size() / 8)
        .flat_map(|_| {
            state = state
                .wrapping_mul(0x5851_f42d_4c95_7f2d)
                .wrapping_add(0x1405_7b7e_f767_814f);
            state.to_le_bytes()
        })
        .collect();
    let archive = || -> NewArchivedSegment {
        let mut archiver = Archiver::new(&params).expect("valid parameters");
        archiver
            .add_block(0, &block)
            .expect("the first block")
            .pop()
            .expect("the block fills a segment")
    };
    let segment = archive();

    let mut group = criterion.benchmark_group("archiving");
    group.sample_size(10);
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads can be started");
        group.bench_function(format!("archive-segment/{threads}-threads"), |bencher| {
            // One at a time, and without the time to free 256 MiB of pieces.
            bencher.iter_batched(|| (), |()| pool.install(archive), BatchSize::PerIteration);
        });
        let parity: Vec<Option<&[u8]>> = segment
            .pieces
            .iter()
            .enumerate()
            .map(|(position, piece)| {
                (position >= params.source_records_per_segment as usize).then_some(piece)
            })
            .collect();
        group.bench_function(
            format!("rebuild-segment-from-parity/{threads}-threads"),
            |bencher| {
                // Without the time to free the blocks
                bencher.iter_batched_ref(
                    || SegmentReconstructor::new(&params).expect("valid parameters"),
                    |reconstructor| {
                        pool.install(|| {
                            reconstructor
                                .add_segment(SegmentIndex(0), black_box(&parity))
                                .expect("half of the pieces")
                        })
                    },
                    BatchSize::PerIteration,
                );
            },
        );
    }
    let piece = segment.pieces.piece(200).expect("there are 256");
    group.sample_size(50);
    group.bench_function("verify-piece", |bencher| {
        bencher.iter(|| {
            assert!(is_piece_valid(
                &params,
                black_box(piece),
                &segment.header.segment_root,
                200
            ));
        });
    });
    group.finish();
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
