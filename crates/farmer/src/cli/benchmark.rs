//! Measures what farming takes on this machine.

use super::CommandError;
use autonomys_archiving::{Archiver, genesis_block_bytes};
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{
    ConsensusParams, GlobalChallenge, HistorySize, PieceIndex, PotOutput, Preset, PublicKey,
    RewardAddress, SolutionRange,
};
use autonomys_farmer_components::{
    AuditBuffer, CHECKSUM_SIZE, EncodedSector, K, Plotter, ReadAt, Sector, SectorLayout,
    SectorMetadata, SectorToPlot, TableGenerator, audit_sectors, checksum,
};
use clap::{Args, ValueEnum};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::convert::Infallible;
use std::hint::black_box;
use std::io;
use std::num::NonZeroUsize;
use std::thread;
use std::time::{Duration, Instant};

/// What to measure.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Work {
    /// Encode pieces
    Plot,
    /// Audit a full sector in memory
    Audit,
    /// Prove a winning chunk
    Prove,
    /// Make a table, and find its proofs
    ProofOfSpace,
    /// Prove and verify one slot of proof of time
    ProofOfTime,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Network {
    Main,
    Dev,
    Fast,
    Unit,
}

/// Arguments of `benchmark`.
#[derive(Debug, Args)]
pub(super) struct BenchmarkArguments {
    /// What to measure
    work: Work,
    /// Parameters to measure with
    #[arg(long, value_enum, default_value_t = Network::Main)]
    preset: Network,
    /// Threads; all cores by default
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// How often to measure
    #[arg(long, value_name = "N", default_value = "5")]
    repeat: NonZeroUsize,
}

const PUBLIC_KEY: PublicKey = PublicKey([1; 32]);

pub(super) fn run(arguments: &BenchmarkArguments) -> Result<(), CommandError> {
    let params = match arguments.preset {
        Network::Main => Preset::Main,
        Network::Dev => Preset::Dev,
        Network::Fast => Preset::Fast,
        Network::Unit => Preset::Unit,
    }
    .params(NetworkTag::default());
    let threads = match arguments.threads {
        Some(threads) => threads,
        None => thread::available_parallelism()?,
    };
    println!(
        "{:?} with the parameters of {:?} and {threads} threads, {} times",
        arguments.work, arguments.preset, arguments.repeat
    );
    let repeat = arguments.repeat.get();
    match arguments.work {
        Work::Plot => plot(params, threads, repeat),
        Work::Audit => audit(params, repeat),
        Work::Prove => prove(params, threads, repeat),
        Work::ProofOfSpace => proof_of_space(&params, threads, repeat),
        Work::ProofOfTime => proof_of_time(&params, repeat),
    }
}

/// Prints the times and their median.
fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let Some(median) = times.get(times.len() / 2) else {
        return;
    };
    println!(
        "{what}: {median:.3?} (from {:.3?} to {:.3?})",
        times.first().unwrap_or(median),
        times.last().unwrap_or(median)
    );
}

fn measure(repeat: usize, mut work: impl FnMut()) -> Vec<Duration> {
    (0..repeat)
        .map(|_| {
            let started = Instant::now();
            work();
            started.elapsed()
        })
        .collect()
}

fn thread_pool(threads: NonZeroUsize) -> Result<ThreadPool, CommandError> {
    Ok(ThreadPoolBuilder::new()
        .num_threads(threads.get())
        .build()?)
}

/// A piece whose record, parity root and proof fit together.
fn valid_piece(params: &ConsensusParams) -> Result<Vec<u8>, CommandError> {
    // The smallest history that these records can have is quicker to make than a segment of the network
    let params = ConsensusParams {
        source_records_per_segment: 1,
        ..params.clone()
    };
    let block = genesis_block_bytes(vec![0], &[0; 32], &params);
    let segments = Archiver::new(&params)?.add_block(0, &block)?;
    let piece = segments
        .first()
        .and_then(|segment| segment.pieces.piece(0))
        .ok_or("no segment was made")?;
    Ok(piece.to_vec())
}

/// Parameters of a sector of so many pieces, whose record proof is that of [`valid_piece`].
fn params_of(params: ConsensusParams, pieces_in_sector: u16) -> ConsensusParams {
    ConsensusParams {
        source_records_per_segment: 1,
        pieces_in_sector,
        ..params
    }
}

fn encode(
    params: &ConsensusParams,
    threads: NonZeroUsize,
    sector_index: u16,
    piece: &[u8],
) -> Result<EncodedSector, CommandError> {
    let layout = SectorLayout::new(params.clone())?;
    let sector = SectorToPlot {
        public_key: PUBLIC_KEY,
        sector_index,
        history_size: HistorySize::ONE,
    };
    Ok(Plotter::new(&layout, NonZeroUsize::MIN, threads)?.plot(
        &sector,
        |_: PieceIndex| Ok::<_, Infallible>(piece.to_vec()),
        &(),
    )?)
}

fn plot(params: ConsensusParams, threads: NonZeroUsize, repeat: usize) -> Result<(), CommandError> {
    let piece = valid_piece(&params)?;
    let params = params_of(params, 1);
    let layout = SectorLayout::new(params)?;
    let mut plotter = Plotter::new(&layout, NonZeroUsize::MIN, threads)?;
    let mut failed = None;
    let mut sector_index = 0;
    let mut plot_one = || {
        sector_index += 1;
        let sector = SectorToPlot {
            public_key: PUBLIC_KEY,
            sector_index,
            history_size: HistorySize::ONE,
        };
        failed = plotter
            .plot(&sector, |_| Ok::<_, Infallible>(piece.clone()), &())
            .err();
    };
    // The first table takes memory from the system
    plot_one();
    let times = measure(repeat, plot_one);
    if let Some(error) = failed {
        return Err(error.into());
    }
    report("plot, per piece", times);
    Ok(())
}

/// Chunks that look random, at any offset.
struct RandomChunks(Vec<u8>);

impl ReadAt for RandomChunks {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let start = (offset % (self.0.len() - buffer.len()) as u64) as usize;
        buffer.copy_from_slice(&self.0[start..][..buffer.len()]);
        Ok(())
    }
}

/// Metadata of a full sector, whose s-buckets all have half as many chunks as the sector has records.
fn full_sector(layout: &SectorLayout) -> Result<SectorMetadata, CommandError> {
    let params = layout.params();
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&0u16.to_le_bytes());
    bytes.extend_from_slice(&params.pieces_in_sector.to_le_bytes());
    bytes.extend_from_slice(&1u64.to_le_bytes());
    bytes.extend_from_slice(&[0; CHECKSUM_SIZE]);
    for _ in 0..params.s_buckets() {
        bytes.extend_from_slice(&(params.pieces_in_sector / 2).to_le_bytes());
    }
    let sum = checksum(&bytes);
    bytes.extend_from_slice(&sum);
    Ok(SectorMetadata::from_bytes(layout, 0, &bytes)?)
}

fn audit(params: ConsensusParams, repeat: usize) -> Result<(), CommandError> {
    const SLOTS: u64 = 1000;
    let layout = SectorLayout::new(params)?;
    let metadata = full_sector(&layout)?;
    let mut bytes = vec![0; 64 << 20];
    for (word, at) in bytes.chunks_exact_mut(8).zip(0u64..) {
        word.copy_from_slice(&at.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    }
    let sector = Sector::new(&layout, &PUBLIC_KEY, &metadata, RandomChunks(bytes));
    let mut buffer = AuditBuffer::default();
    let mut candidates = Vec::new();
    let mut failed = None;
    let times = measure(repeat, || {
        for slot in 0..SLOTS {
            let challenge = challenge(slot);
            candidates.clear();
            failed = sector
                .audit(&challenge, 1 << 40, &mut buffer, &mut candidates)
                .err();
            black_box(&candidates);
        }
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    report(
        "audit of a full sector in memory, 1 thread",
        times.into_iter().map(|time| time / SLOTS as u32).collect(),
    );
    Ok(())
}

fn challenge(slot: u64) -> GlobalChallenge {
    PotOutput([7; 16]).global_challenge(slot)
}

fn prove(
    params: ConsensusParams,
    threads: NonZeroUsize,
    repeat: usize,
) -> Result<(), CommandError> {
    let piece = valid_piece(&params)?;
    let params = params_of(params, 1);
    let layout = SectorLayout::new(params.clone())?;
    let mut bytes = Vec::new();
    let metadata = encode(&params, threads, 0, &piece)?.write_to(&mut bytes)?;
    let sector = Sector::new(&layout, &PUBLIC_KEY, &metadata, &bytes);
    let candidate = (0..)
        .find_map(|slot| {
            audit_sectors(&[sector], &challenge(slot), SolutionRange::MAX)
                .candidates
                .first()
                .copied()
        })
        .ok_or("no chunk was found")?;
    let mut failed = None;
    let pool = thread_pool(threads)?;
    let times = measure(repeat, || {
        pool.install(|| {
            // With the memory of the table, as a farmer does it
            match K::new(params.proof_of_space_k) {
                Ok(k) => {
                    let proof = sector.prove(
                        &candidate,
                        &RewardAddress::default(),
                        &mut TableGenerator::new(k),
                    );
                    failed = proof.err();
                }
                Err(error) => panic!("{error}"),
            }
        });
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    report("prove", times);
    Ok(())
}

fn proof_of_space(
    params: &ConsensusParams,
    threads: NonZeroUsize,
    repeat: usize,
) -> Result<(), CommandError> {
    let mut generator = TableGenerator::new(K::new(params.proof_of_space_k)?);
    let pool = thread_pool(threads)?;
    let mut seed = [0u8; 32];
    report(
        "table",
        measure(repeat, || {
            seed[0] = seed[0].wrapping_add(1);
            pool.install(|| {
                if threads.get() == 1 {
                    black_box(generator.generate(&seed));
                } else {
                    black_box(generator.generate_parallel(&seed));
                }
            });
        }),
    );
    let table = generator.generate(&seed);
    let mut found = 0;
    let times = measure(repeat, || {
        found = (0..params.s_buckets())
            .filter(|&s_bucket| {
                let s_bucket = u16::try_from(s_bucket).unwrap_or(u16::MAX);
                black_box(table.find_proof(params.proof_of_space_challenge(s_bucket))).is_some()
            })
            .count();
    });
    report(
        "find a proof, per challenge, 1 thread",
        times
            .into_iter()
            .map(|time| time / params.s_buckets())
            .collect(),
    );
    println!("{found} of {} challenges have a proof", params.s_buckets());
    Ok(())
}

fn proof_of_time(params: &ConsensusParams, repeat: usize) -> Result<(), CommandError> {
    let iterations = params.proof_of_time_iterations;
    let checkpoints = autonomys_proof_of_time::prove([1; 16], iterations)?;
    report(
        &format!("prove {iterations} iterations"),
        measure(repeat, || {
            let _ = black_box(autonomys_proof_of_time::prove([1; 16], iterations));
        }),
    );
    report(
        "verify them",
        measure(repeat, || {
            black_box(autonomys_proof_of_time::verify(
                [1; 16],
                iterations,
                &checkpoints,
            ));
        }),
    );
    if !autonomys_proof_of_time::has_hardware_aes() {
        println!("This processor has no AES instructions, so it cannot keep the time of a network");
    }
    Ok(())
}
