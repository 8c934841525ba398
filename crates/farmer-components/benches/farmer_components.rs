//! Plotting, auditing, proving and verifying with production parameters.
//!
//! One piece is plotted where a sector has a thousand, since each takes the same. The others work on a full sector:
//! proving on one that has this record a thousand times, auditing on s-buckets of chunks that look random.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use autonomys_archiving::{Archiver, genesis_block_bytes};
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{
    Chunk, ConsensusParams, GlobalChallenge, HistorySize, PieceIndex, PotOutput, Preset, PublicKey,
    RewardAddress, SolutionRange,
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
use std::iter;
use std::num::NonZeroUsize;

const PUBLIC_KEY: PublicKey = PublicKey([1; 32]);
/// Size of history when the sector was plotted: so long that the sector outlives the segment that decides when it expires.
const HISTORY_SIZE: HistorySize = HistorySize::new(1000).unwrap();

fn layout(pieces_in_sector: u16) -> SectorLayout {
    SectorLayout::new(ConsensusParams {
        pieces_in_sector,
        ..Preset::Main.params(NetworkTag::default())
    })
    .unwrap()
}

fn challenge(slot: u64) -> GlobalChallenge {
    PotOutput([7; 16]).global_challenge(slot)
}

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

/// Metadata of a sector with so many chunks in each s-bucket.
fn metadata(
    layout: &SectorLayout,
    s_bucket_sizes: impl IntoIterator<Item = u16>,
) -> SectorMetadata {
    let pieces = layout.params().pieces_in_sector;
    let mut bytes = [0u16.to_le_bytes(), pieces.to_le_bytes()].concat();
    bytes.extend_from_slice(&HISTORY_SIZE.get().to_le_bytes());
    bytes.extend_from_slice(&[0; CHECKSUM_SIZE]);
    bytes.extend(s_bucket_sizes.into_iter().flat_map(u16::to_le_bytes));
    let sum = checksum(&bytes);
    bytes.extend_from_slice(&sum);
    SectorMetadata::from_bytes(layout, 0, &bytes).unwrap()
}

/// A full sector in memory, all of whose records are the one that was plotted. Only the first can be proven.
struct FullSector<'a> {
    layout: &'a SectorLayout,
    contents_map: Vec<u8>,
    chunks: &'a [[u8; Chunk::SIZE]],
    record_metadata: &'a [u8],
}

impl<'a> FullSector<'a> {
    /// `bytes` are a sector of one piece, which has the layout `one`.
    fn new(layout: &'a SectorLayout, one: &SectorLayout, bytes: &'a [u8]) -> Self {
        let mut contents_map = bytes[..one.bitmap_size()].repeat(layout.pieces());
        let sum = checksum(&contents_map);
        contents_map.extend_from_slice(&sum);
        let (chunks, record_metadata) =
            bytes[one.contents_map_size()..].split_at(Chunk::SIZE * one.chunks_per_record());
        Self {
            layout,
            contents_map,
            chunks: chunks.as_chunks().0,
            record_metadata: &record_metadata[..one.record_metadata_size()],
        }
    }

    fn metadata(&self) -> SectorMetadata {
        let pieces = self.layout.params().pieces_in_sector;
        let bitmap = &self.contents_map[..self.layout.bitmap_size()];
        metadata(
            self.layout,
            bitmap
                .iter()
                .flat_map(|&byte| (0..8).map(move |bit| pieces * u16::from(byte >> bit & 1))),
        )
    }
}

impl ReadAt for FullSector<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let chunks_offset = self.layout.chunks_offset();
        // An empty s-bucket may lie behind the last chunk
        if buffer.is_empty() {
            return Ok(());
        }
        if offset < chunks_offset {
            return self.contents_map.read_at(buffer, offset);
        }
        if offset >= self.layout.record_metadata_offset(0) {
            buffer.copy_from_slice(self.record_metadata);
            return Ok(());
        }
        let first = (offset - chunks_offset) as usize / Chunk::SIZE;
        for (chunk, index) in buffer.chunks_mut(Chunk::SIZE).zip(first..) {
            chunk.copy_from_slice(&self.chunks[index / self.layout.pieces()]);
        }
        Ok(())
    }
}

fn plot_prove_verify(criterion: &mut Criterion) {
    let (one, full) = (layout(1), layout(1000));
    let params = full.params();
    let block = genesis_block_bytes(vec![0], &[0; 32], params);
    let segment = Archiver::new(params)
        .unwrap()
        .add_block(0, &block)
        .unwrap()
        .remove(0);
    drop(block);
    let sector = SectorToPlot {
        public_key: PUBLIC_KEY,
        sector_index: 0,
        history_size: HISTORY_SIZE,
    };
    // As if all segments were this one
    let piece = |index: PieceIndex| {
        let position = index.position(params);
        Ok::<_, Infallible>(segment.pieces.piece(position).unwrap().to_vec())
    };

    let mut group = criterion.benchmark_group("main");
    group.sample_size(10);
    for (count, name) in [(1, "1 thread"), (2, "2 threads")] {
        let mut plotter = Plotter::new(&one, threads(1), threads(count)).unwrap();
        group.bench_function(format!("plot a piece/{name}"), |bencher| {
            bencher.iter(|| plotter.plot(&sector, piece, &()).unwrap());
        });
    }

    let mut bytes = Vec::new();
    Plotter::new(&one, threads(1), threads(2))
        .unwrap()
        .plot(&sector, piece, &())
        .unwrap()
        .write_to(&mut bytes)
        .unwrap();
    let plot = FullSector::new(&full, &one, &bytes);
    let metadata = plot.metadata();
    let plotted = Sector::new(&full, &PUBLIC_KEY, &metadata, &plot);
    let (challenge, candidate) = (0..)
        .find_map(|slot| {
            let challenge = challenge(slot);
            let audit = audit_sectors(&[plotted], &challenge, SolutionRange::MAX);
            Some((challenge, *audit.candidates.first()?))
        })
        .unwrap();
    // With the memory of the table, as a farmer does it
    let prove = || {
        plotted
            .prove(
                &candidate,
                &RewardAddress::default(),
                &mut TableGenerator::new(K::new(params.proof_of_space_k).unwrap()),
            )
            .unwrap()
    };
    for (count, name) in [(1, "1 thread"), (2, "2 threads")] {
        let pool = ThreadPoolBuilder::new().num_threads(count).build().unwrap();
        group.bench_function(format!("prove/{name}"), |bencher| {
            bencher.iter(|| pool.install(prove));
        });
    }

    let solution = prove();
    // The first size at which it is known when the sector expires, so that this is checked
    let history_size = HistorySize::new(HISTORY_SIZE.get() + params.min_sector_lifetime).unwrap();
    group.sample_size(100);
    group.bench_function("verify", |bencher| {
        bencher.iter(|| {
            let solution = black_box(&solution);
            let check = PieceCheck::look_up(params, solution, history_size, |_| {
                Some(segment.header.segment_root)
            })
            .unwrap();
            verify_solution(
                params,
                solution,
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
    let layout = layout(1000);
    // Every s-bucket has a chunk of half of the records
    let metadata = metadata(&layout, iter::repeat_n(500, layout.s_buckets()));

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
    group.bench_function("audit/1 thread", |bencher| {
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
