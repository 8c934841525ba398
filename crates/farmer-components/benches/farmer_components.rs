//! Plotting, auditing, proving and verifying with production parameters.
//!
//! One piece is plotted where a sector has a thousand: everything but the audit is done piece by piece, and the audit
//! reads one s-bucket of a full sector.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use autonomys_archiving::{Archiver, genesis_block_bytes};
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{
    ConsensusParams, GlobalChallenge, HistorySize, PotOutput, Preset, PublicKey, RewardAddress,
    SolutionRange,
};
use autonomys_farmer_components::{
    AuditBuffer, CHECKSUM_SIZE, K, Plotter, ReadAt, Sector, SectorLayout, SectorMetadata,
    SectorToPlot, TableGenerator, audit_sectors, checksum,
};
use autonomys_verification::{PieceCheck, verify_solution};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rayon::ThreadPoolBuilder;
use std::convert::Infallible;
use std::hint::black_box;
use std::io;
use std::num::NonZeroUsize;

const PUBLIC_KEY: PublicKey = PublicKey([1; 32]);

/// Production sizes but for the segment: two records, so that a segment is made quickly.
fn params(pieces_in_sector: u16) -> ConsensusParams {
    ConsensusParams {
        pieces_in_sector,
        source_records_per_segment: 1,
        ..Preset::Main.params(NetworkTag::default())
    }
}

fn challenge(slot: u64) -> GlobalChallenge {
    PotOutput([7; 16]).global_challenge(slot)
}

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

fn plot_prove_verify(criterion: &mut Criterion) {
    let params = params(1);
    let layout = SectorLayout::new(params.clone()).unwrap();
    let block = genesis_block_bytes(vec![0], &[0; 32], &params);
    let segment = Archiver::new(&params)
        .unwrap()
        .add_block(0, &block)
        .unwrap()
        .remove(0);
    let sector = SectorToPlot {
        public_key: PUBLIC_KEY,
        sector_index: 0,
        history_size: HistorySize::ONE,
    };
    let piece = |index: autonomys_core_primitives::PieceIndex| {
        let position = index.position(&params);
        Ok::<_, Infallible>(segment.pieces.piece(position).unwrap().to_vec())
    };

    let mut group = criterion.benchmark_group("main");
    group.sample_size(10);
    for count in [1, 2] {
        let mut plotter = Plotter::new(&layout, threads(1), threads(count)).unwrap();
        group.bench_function(format!("plot/piece/{count} threads"), |bencher| {
            bencher.iter(|| plotter.plot(&sector, piece, &()).unwrap());
        });
    }

    let mut bytes = Vec::new();
    let metadata = Plotter::new(&layout, threads(1), threads(2))
        .unwrap()
        .plot(&sector, piece, &())
        .unwrap()
        .write_to(&mut bytes)
        .unwrap();
    let plotted = Sector::new(&layout, &PUBLIC_KEY, &metadata, &bytes);
    let (challenge, candidate) = (0..)
        .find_map(|slot| {
            let challenge = challenge(slot);
            let audit = audit_sectors(&[plotted], &challenge, SolutionRange::MAX);
            Some((challenge, *audit.candidates.first()?))
        })
        .unwrap();
    for count in [1, 2] {
        let pool = ThreadPoolBuilder::new().num_threads(count).build().unwrap();
        group.bench_function(format!("prove/{count} threads"), |bencher| {
            bencher.iter(|| {
                pool.install(|| {
                    let mut generator =
                        TableGenerator::new(K::new(params.proof_of_space_k).unwrap());
                    plotted
                        .prove(&candidate, &RewardAddress::default(), &mut generator)
                        .unwrap()
                })
            });
        });
    }

    let solution = plotted
        .prove(
            &candidate,
            &RewardAddress::default(),
            &mut TableGenerator::new(K::new(params.proof_of_space_k).unwrap()),
        )
        .unwrap();
    let check = PieceCheck::look_up(&params, &solution, HistorySize::ONE, |_| {
        Some(segment.header.segment_root)
    })
    .unwrap();
    group.sample_size(100);
    group.bench_function("verify", |bencher| {
        bencher.iter(|| {
            verify_solution(
                &params,
                black_box(&solution),
                &challenge,
                SolutionRange::MAX,
                Some(&check),
            )
            .unwrap()
        });
    });
    group.finish();
}

/// Bytes that look random, at any offset.
struct RandomBytes(Vec<u8>);

impl ReadAt for RandomBytes {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let start = (offset % (self.0.len() - buffer.len()) as u64) as usize;
        buffer.copy_from_slice(&self.0[start..][..buffer.len()]);
        Ok(())
    }
}

fn audit(criterion: &mut Criterion) {
    let params = params(1000);
    let layout = SectorLayout::new(params.clone()).unwrap();
    // Metadata of a sector in which every s-bucket has a chunk of half of the records
    let mut bytes = [0u16.to_le_bytes(), 1000u16.to_le_bytes()].concat();
    bytes.extend_from_slice(&1u64.to_le_bytes());
    bytes.extend_from_slice(&[0; CHECKSUM_SIZE]);
    for _ in 0..params.s_buckets() {
        bytes.extend_from_slice(&500u16.to_le_bytes());
    }
    let sum = checksum(&bytes);
    bytes.extend_from_slice(&sum);
    let metadata = SectorMetadata::from_bytes(&layout, 0, &bytes).unwrap();

    let mut plot = vec![0; 64 << 20];
    for (word, at) in plot.chunks_exact_mut(8).zip(0u64..) {
        word.copy_from_slice(&at.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    }
    let sector = Sector::new(&layout, &PUBLIC_KEY, &metadata, RandomBytes(plot));
    let mut buffer = AuditBuffer::default();
    let mut candidates = Vec::new();
    let mut slot = 0;
    let mut group = criterion.benchmark_group("main");
    group.throughput(Throughput::Elements(500));
    group.bench_function("audit/1000 pieces in memory/1 thread", |bencher| {
        bencher.iter(|| {
            slot += 1;
            candidates.clear();
            sector
                .audit(&challenge(slot), 1 << 40, &mut buffer, &mut candidates)
                .unwrap();
            black_box(&candidates);
        });
    });
    group.finish();
}

criterion_group!(benches, audit, plot_prove_verify);
criterion_main!(benches);
