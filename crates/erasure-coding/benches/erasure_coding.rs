//! Records and segments of production size: 32,768 chunks, 128 + 128 records of 1 MiB.

use autonomys_erasure_coding::{RecordCoder, SegmentCoder};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

const CHUNKS: usize = 32_768;
const RECORDS: usize = 128;
const RECORD_SIZE: usize = 32 * CHUNKS;

fn chunks(seed: u64) -> Vec<[u8; 32]> {
    let mut state = seed | 1;
    (0..CHUNKS)
        .map(|_| {
            let mut chunk = [0; 32];
            for part in chunk.chunks_exact_mut(8) {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                part.copy_from_slice(&state.to_le_bytes());
            }
            chunk
        })
        .collect()
}

fn records(criterion: &mut Criterion) {
    let sources = [chunks(1), chunks(2)];
    let [mut first, mut second] = sources.clone();
    let mut coder = RecordCoder::new(CHUNKS).expect("a power of two");

    let mut group = criterion.benchmark_group("record");
    group.throughput(Throughput::Bytes(RECORD_SIZE as u64));
    group.bench_function("extend", |bencher| {
        bencher.iter(|| coder.extend(black_box(&sources[0]), &mut first));
    });
    group.throughput(Throughput::Bytes(2 * RECORD_SIZE as u64));
    group.bench_function("extend-pair", |bencher| {
        bencher.iter(|| {
            coder.extend_pair(
                [black_box(&sources[0]), &sources[1]],
                [&mut first, &mut second],
            )
        });
    });
    group.throughput(Throughput::Bytes(RECORD_SIZE as u64));
    let mut extended = [sources[0].clone(), first.clone()].concat();
    let present: Vec<bool> = (0..2 * CHUNKS).map(|index| index % 2 == 0).collect();
    group.bench_function("recover-half", |bencher| {
        bencher.iter(|| coder.recover(black_box(&mut extended), &present));
    });
    group.finish();
}

fn segments(criterion: &mut Criterion) {
    let source: Vec<Vec<u8>> = (0..RECORDS as u64)
        .map(|index| chunks(index).as_flattened().to_vec())
        .collect();
    let source: Vec<&[u8]> = source.iter().map(Vec::as_slice).collect();
    let mut parity = vec![vec![0; RECORD_SIZE]; RECORDS];
    let mut recovered = parity.clone();
    let coder = SegmentCoder::new(RECORDS).expect("a power of two");

    let mut group = criterion.benchmark_group("segment");
    group.sample_size(10);
    group.throughput(Throughput::Bytes((RECORDS * RECORD_SIZE) as u64));
    group.bench_function("extend", |bencher| {
        let mut parity: Vec<&mut [u8]> = parity.iter_mut().map(Vec::as_mut_slice).collect();
        bencher.iter(|| coder.extend(black_box(&source), &mut parity));
    });
    let present: Vec<Option<&[u8]>> = (0..RECORDS)
        .map(|_| None)
        .chain(parity.iter().map(|record| Some(record.as_slice())))
        .collect();
    group.bench_function("recover-from-parity", |bencher| {
        let mut recovered: Vec<&mut [u8]> = recovered.iter_mut().map(Vec::as_mut_slice).collect();
        bencher.iter(|| coder.recover_source(black_box(&present), &mut recovered));
    });
    group.finish();
}

criterion_group!(benches, records, segments);
criterion_main!(benches);
