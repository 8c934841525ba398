//! Trees of the size of a production record: 65,536 chunks.

use autonomys_merkle_tree::{MerkleTree, root, root_from_proof};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

const LEAVES: usize = 65_536;

fn benchmark(criterion: &mut Criterion) {
    let leaves: Vec<[u8; 32]> = (0..LEAVES as u64)
        .map(|index| {
            let mut leaf = [0x5a; 32];
            leaf[..8].copy_from_slice(&index.to_le_bytes());
            leaf
        })
        .collect();
    let tree = MerkleTree::new(&leaves).expect("a power of two");
    let proof = tree.proof(12_345).expect("the leaf exists");

    let mut group = criterion.benchmark_group("merkle-tree");
    group.throughput(Throughput::Elements(LEAVES as u64));
    group.bench_function("tree-65536", |bencher| {
        bencher.iter(|| MerkleTree::new(black_box(&leaves)));
    });
    group.bench_function("root-65536", |bencher| {
        bencher.iter(|| root(black_box(&leaves)));
    });
    group.throughput(Throughput::Elements(1));
    group.bench_function("verify-65536", |bencher| {
        bencher.iter(|| root_from_proof(LEAVES, 12_345, black_box(&leaves[12_345]), &proof));
    });
    group.finish();
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
