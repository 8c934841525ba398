//! Proving and verifying, with every implementation that the CPU has: a million iterations to compare them all, and a
//! hundred million, about a slot, with those that use AES instructions.

use autonomys_proof_of_time::{Implementation, Seed};
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use std::hint::black_box;
use std::num::NonZeroU32;
use std::time::Duration;

const SEED: Seed = *b"proof of time 01";
const SMALL: NonZeroU32 = NonZeroU32::new(1_000_000).expect("not zero; qed");
const FULL: NonZeroU32 = NonZeroU32::new(100_000_000).expect("not zero; qed");

fn implementations(iterations: NonZeroU32) -> impl Iterator<Item = Implementation> {
    Implementation::available().filter(move |&implementation| {
        iterations == SMALL || implementation != Implementation::Portable
    })
}

fn prove(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("prove");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for iterations in [SMALL, FULL] {
        group.throughput(Throughput::Elements(iterations.get().into()));
        // Registers wider than a block make no difference here
        for implementation in implementations(iterations)
            .filter(|i| !matches!(i, Implementation::Vaes256 | Implementation::Vaes512))
        {
            let id = BenchmarkId::new(format!("{implementation:?}"), iterations);
            group.bench_function(id, |bencher| {
                bencher.iter(|| implementation.prove(black_box(SEED), iterations));
            });
        }
    }
    group.finish();
}

fn verify(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verify");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.measurement_time(Duration::from_secs(10));
    for iterations in [SMALL, FULL] {
        group.throughput(Throughput::Elements(iterations.get().into()));
        let checkpoints = Implementation::detect()
            .prove(SEED, iterations)
            .expect("a multiple of 16; qed");
        for implementation in implementations(iterations) {
            let id = BenchmarkId::new(format!("{implementation:?}"), iterations);
            group.bench_function(id, |bencher| {
                bencher.iter(|| {
                    assert!(implementation.verify(black_box(SEED), iterations, &checkpoints));
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, prove, verify);
criterion_main!(benches);
