//! Making tables, finding the proofs that a farmer asks for, and verifying them.

use autonomys_proof_of_space::{K, Seed, TableGenerator, verify};
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use rayon::ThreadPoolBuilder;
use std::hint::black_box;
use std::time::Duration;

const K_VALUES: [u8; 2] = [17, 20];

/// Challenges that a farmer asks a table for: one for each s-bucket.
const S_BUCKETS_LOG: u8 = 16;

const SEED: Seed = *b"one of many seeds of a benchmark";

/// Seeds one after another, because the size of tables depends on the seed.
fn seeds() -> impl Iterator<Item = Seed> {
    (0_u32..).map(|number| {
        let mut seed = SEED;
        seed[..4].copy_from_slice(&number.to_le_bytes());
        seed
    })
}

fn k(value: u8) -> K {
    K::new(value).expect("there are tables for it; qed")
}

fn challenges(k_value: u8) -> impl Iterator<Item = u32> {
    (0..1 << S_BUCKETS_LOG).map(move |s_bucket| s_bucket << (k_value - S_BUCKETS_LOG))
}

fn tables(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("table");
    group.sample_size(20).sampling_mode(SamplingMode::Flat);
    group.measurement_time(Duration::from_secs(10));
    for k_value in K_VALUES {
        let mut generator = TableGenerator::new(k(k_value));
        let mut seeds = seeds();
        let mut seed = || seeds.next().expect("billions; qed");
        let id = format!("K = {k_value}");
        group.bench_function(BenchmarkId::new(&id, "1 thread"), |bencher| {
            bencher.iter(|| generator.generate(&seed()).proof_count());
        });
        let threads = 2;
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads can be started; qed");
        group.bench_function(
            BenchmarkId::new(&id, format!("{threads} threads")),
            |bencher| {
                pool.install(|| {
                    bencher.iter(|| generator.generate_parallel(&seed()).proof_count());
                });
            },
        );
    }
    group.finish();
}

fn find_proof(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("find_proof");
    group.sample_size(20);
    group.throughput(Throughput::Elements(1 << S_BUCKETS_LOG));
    for k_value in K_VALUES {
        let mut generator = TableGenerator::new(k(k_value));
        let table = generator.generate_parallel(&SEED);
        let id = BenchmarkId::new(format!("K = {k_value}"), "65,536 challenges");
        group.bench_function(id, |bencher| {
            bencher.iter(|| {
                challenges(k_value)
                    .filter_map(|challenge| black_box(table.find_proof(challenge)))
                    .count()
            });
        });
    }
    group.finish();
}

fn verify_proof(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verify");
    for k_value in K_VALUES {
        let mut generator = TableGenerator::new(k(k_value));
        let table = generator.generate_parallel(&SEED);
        let proofs: Vec<_> = challenges(k_value)
            .filter_map(|challenge| Some((challenge, table.find_proof(challenge)?)))
            .take(1000)
            .collect();
        let mut proofs = proofs.iter().cycle();
        group.bench_function(format!("K = {k_value}"), |bencher| {
            bencher.iter(|| {
                let (challenge, proof) = proofs.next().expect("goes around; qed");
                verify(k(k_value), &SEED, *challenge, black_box(proof))
                    .expect("comes from the table; qed")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, tables, find_proof, verify_proof);
criterion_main!(benches);
