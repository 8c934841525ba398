//! Hashes a second with every implementation that the CPU has.

use autonomys_single_block_blake3::{GROUP_LANES, Group, Implementation};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

const KEY: [u8; 32] = [7; 32];
const COUNT: usize = 1024;

fn keyed(criterion: &mut Criterion) {
    let nodes = vec![[5; 32]; 2 * COUNT];
    let mut hashes = vec![[0; 32]; COUNT];

    let mut group = criterion.benchmark_group("keyed_hash_pairs");
    group.throughput(Throughput::Elements(COUNT as u64));
    for implementation in Implementation::available() {
        let id = BenchmarkId::new(format!("{implementation:?}"), COUNT);
        group.bench_function(id, |bencher| {
            bencher.iter(|| {
                implementation
                    .keyed_hash_pairs(black_box(&KEY), black_box(&nodes), &mut hashes)
                    .expect("two nodes for each hash; qed");
            });
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("keyed_hash_many_32");
    for count in [1, 5, COUNT] {
        group.throughput(Throughput::Elements(count as u64));
        for implementation in Implementation::available() {
            let id = BenchmarkId::new(format!("{implementation:?}"), count);
            group.bench_function(id, |bencher| {
                bencher.iter(|| {
                    implementation
                        .keyed_hash_many_32(
                            black_box(&KEY),
                            black_box(&nodes[..count]),
                            &mut hashes[..count],
                        )
                        .expect("a hash for each message; qed");
                });
            });
        }
    }
    group.finish();
}

fn groups(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hash_group");
    group.throughput(Throughput::Elements(GROUP_LANES as u64));
    for implementation in Implementation::available() {
        let id = BenchmarkId::new(format!("{implementation:?}"), GROUP_LANES);
        group.bench_function(id, |bencher| {
            bencher.iter(|| {
                implementation
                    .hash_group(24, black_box(&Group::default()))
                    .expect("24 bytes fit; qed")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, keyed, groups);
criterion_main!(benches);
