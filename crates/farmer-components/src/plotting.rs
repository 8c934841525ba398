//! Pieces → sector.

use crate::checksum::hasher;
use crate::contents::{ContentsMap, is_set, set};
use crate::layout::SectorLayout;
use crate::metadata::{RecordMetadata, SectorMetadata};
use autonomys_archiving::{Piece, PieceError};
use autonomys_core_primitives::sectors::mask_chunk;
use autonomys_core_primitives::{
    Chunk, HistorySize, MerkleNode, PieceIndex, PieceOffset, PosSeed, PublicKey, RecordRoot,
    SBucket, SectorId, SectorIndex,
};
use autonomys_erasure_coding::{ErasureCodingError, RecordCoder};
use autonomys_merkle_tree::{self as merkle_tree, LeafCountError};
use autonomys_proof_of_space::{K, KError, Table, TableGenerator};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use std::fmt;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Stack of the threads that make tables; what a program's main thread has.
const STACK_SIZE: usize = 8 * 1024 * 1024;

/// S-buckets whose proofs are looked up at a time. Lookups stop at the end of the block in which the last proof that is
/// needed was found.
const LOOKUP_BLOCK: usize = 1024;

/// Why a sector could not be plotted. `E` is why a piece could not be had.
#[derive(Debug, thiserror::Error)]
pub enum PlotError<E> {
    /// The caller stopped it.
    #[error("plotting was stopped")]
    Stopped,
    /// A piece could not be had.
    #[error("piece {piece_index} is not to be had, so the sector is not plotted: {source}")]
    NoPiece {
        /// The piece.
        piece_index: PieceIndex,
        /// Why.
        source: E,
    },
    /// What was had is no piece.
    #[error("piece {piece_index} is broken, so the sector is not plotted: {source}")]
    Piece {
        /// The piece.
        piece_index: PieceIndex,
        /// Why.
        source: PieceError,
    },
    /// The parity root of a piece is not that of its record.
    #[error(
        "piece {piece_index} has a parity root that its record does not lead to, so the sector is not plotted; get the piece from another source"
    )]
    ParityRoot {
        /// The piece.
        piece_index: PieceIndex,
    },
    /// Erasure coding failed.
    #[error("the sector is not plotted: {0}")]
    ErasureCoding(#[from] ErasureCodingError),
    /// The parameters have no trees.
    #[error("the sector is not plotted: {0}")]
    LeafCount(#[from] LeafCountError),
}

/// Why a [`Plotter`] cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PlotterError {
    /// No threads.
    #[error("threads for plotting cannot be started: {0}")]
    Threads(#[from] ThreadPoolBuildError),
    /// No tables for this K.
    #[error("plotting is not possible: {0}")]
    ProofOfSpace(#[from] KError),
    /// No erasure code for this record.
    #[error("plotting is not possible: {0}")]
    ErasureCoding(#[from] ErasureCodingError),
}

/// What the caller of [`Plotter::plot`] wants to know and decide between two records. Several threads call at once.
pub trait PlotObserver: Sync {
    /// Called before each record; may wait, so that plotting yields to something urgent. `false` stops plotting.
    fn may_continue(&self) -> bool {
        true
    }

    /// `done` of the `total` records of the sector are encoded.
    fn record_encoded(&self, done: usize, total: usize) {
        let _ = (done, total);
    }
}

/// Watches nothing and never stops.
impl PlotObserver for () {}

/// Encodes sectors.
///
/// It has one or more table generators, each with threads of its own, which encode different records of a sector at the
/// same time. A generator takes about 100 MB for production parameters. Few threads for each are best for throughput, few
/// generators for memory.
pub struct Plotter {
    layout: SectorLayout,
    encoders: Vec<RecordEncoder>,
}

impl fmt::Debug for Plotter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Plotter")
            .field("generators", &self.encoders.len())
            .finish_non_exhaustive()
    }
}

/// A table generator with its threads and working memory.
struct RecordEncoder {
    threads: ThreadPool,
    generator: TableGenerator,
    coder: RecordCoder,
}

/// The sector to plot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectorToPlot {
    /// The key it is plotted for.
    pub public_key: PublicKey,
    /// Number of the sector in its farm.
    pub sector_index: SectorIndex,
    /// Size of history now.
    pub history_size: HistorySize,
}

impl SectorToPlot {
    /// Id of the sector.
    pub fn id(&self) -> SectorId {
        SectorId::new(&self.public_key, self.sector_index, self.history_size)
    }

    /// The pieces of the sector, in order.
    pub fn piece_indices(&self, layout: &SectorLayout) -> Vec<PieceIndex> {
        let id = self.id();
        layout
            .piece_offsets()
            .map(|offset| id.piece_index(layout.params(), offset, self.history_size))
            .collect()
    }
}

/// A record as a sector stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct EncodedRecord {
    /// The s-buckets that it has a chunk in: n or none.
    bitmap: Vec<u8>,
    /// The masked chunks, in the order of their s-buckets.
    chunks: Vec<Chunk>,
    metadata: RecordMetadata,
}

/// A sector that is encoded, but not written yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedSector {
    layout: SectorLayout,
    sector_index: SectorIndex,
    history_size: HistorySize,
    records: Vec<EncodedRecord>,
}

impl Plotter {
    /// A plotter with `generators` table generators of `threads_each` threads.
    ///
    /// # Errors
    ///
    /// [`PlotterError`] if threads cannot be started or the parameters have no proof of space or erasure code.
    pub fn new(
        layout: &SectorLayout,
        generators: NonZeroUsize,
        threads_each: NonZeroUsize,
    ) -> Result<Self, PlotterError> {
        let encoders = (0..generators.get())
            .map(|generator| {
                Ok(RecordEncoder {
                    threads: ThreadPoolBuilder::new()
                        .num_threads(threads_each.get())
                        .stack_size(STACK_SIZE)
                        .thread_name(move |thread| format!("plot-{generator}.{thread}"))
                        .build()?,
                    generator: TableGenerator::new(K::new(layout.params().proof_of_space_k)?),
                    coder: RecordCoder::new(layout.chunks_per_record())?,
                })
            })
            .collect::<Result<_, PlotterError>>()?;
        Ok(Self {
            layout: layout.clone(),
            encoders,
        })
    }

    /// Encodes a sector. `piece` is called once for each piece of it, from one thread per generator, and may block; what
    /// it returns is trusted to be in history.
    ///
    /// # Errors
    ///
    /// [`PlotError`]; the first one where several pieces fail.
    pub fn plot<E: Send>(
        &mut self,
        sector: &SectorToPlot,
        piece: impl Fn(PieceIndex) -> Result<Vec<u8>, E> + Sync,
        observer: &impl PlotObserver,
    ) -> Result<EncodedSector, PlotError<E>> {
        let layout = &self.layout;
        let sector_id = sector.id();
        let piece_indices = sector.piece_indices(layout);
        let next = AtomicUsize::new(0);
        let done = AtomicUsize::new(0);
        let failed = AtomicBool::new(false);
        let records = Mutex::new(vec![None; layout.pieces()]);

        let encode_records = |encoder: &mut RecordEncoder| {
            loop {
                let position = next.fetch_add(1, Ordering::Relaxed);
                let Some(&piece_index) = piece_indices.get(position) else {
                    return Ok(());
                };
                if failed.load(Ordering::Relaxed) || !observer.may_continue() {
                    return Err(PlotError::Stopped);
                }
                let bytes = piece(piece_index).map_err(|source| PlotError::NoPiece {
                    piece_index,
                    source,
                })?;
                let offset = PieceOffset::try_from(position)
                    .expect("a sector has at most 2^16 - 1 pieces; qed");
                let record =
                    encoder.encode(layout, &sector_id.pos_seed(offset), piece_index, &bytes)?;
                lock(&records)[position] = Some(record);
                observer.record_encoded(
                    done.fetch_add(1, Ordering::Relaxed) + 1,
                    piece_indices.len(),
                );
            }
        };
        let results = thread::scope(|scope| {
            let workers: Vec<_> = self
                .encoders
                .iter_mut()
                .map(|encoder| {
                    scope.spawn(|| {
                        let result = encode_records(encoder);
                        if result.is_err() {
                            failed.store(true, Ordering::Relaxed);
                        }
                        result
                    })
                })
                .collect();
            workers
                .into_iter()
                .map(|worker| {
                    worker
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
                .collect::<Vec<_>>()
        });
        // A failure stops the other threads, so the cause is whatever is not a stop
        let mut stopped = false;
        for result in results {
            match result {
                Ok(()) => {}
                Err(PlotError::Stopped) => stopped = true,
                Err(error) => return Err(error),
            }
        }
        let records: Option<Vec<_>> = records
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .into_iter()
            .collect();
        match records {
            Some(records) if !stopped => Ok(EncodedSector {
                layout: layout.clone(),
                sector_index: sector.sector_index,
                history_size: sector.history_size,
                records,
            }),
            _ => Err(PlotError::Stopped),
        }
    }
}

/// A panic of another thread leaves the list of records as it is.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl RecordEncoder {
    fn encode<E: Send>(
        &mut self,
        layout: &SectorLayout,
        seed: &PosSeed,
        piece_index: PieceIndex,
        piece: &[u8],
    ) -> Result<EncodedRecord, PlotError<E>> {
        let piece = Piece::new(layout.params(), piece).map_err(|source| PlotError::Piece {
            piece_index,
            source,
        })?;
        let Self {
            threads,
            generator,
            coder,
        } = self;
        threads.install(|| {
            let (chunks, metadata) = extend(coder, &piece, piece_index)?;
            let table = generator.generate_parallel(seed);
            let (bitmap, chunks) = mask(layout, table, &chunks);
            Ok(EncodedRecord {
                bitmap,
                chunks,
                metadata,
            })
        })
    }
}

/// All chunks of the record of a piece, and what the sector keeps beside them.
fn extend<E>(
    coder: &mut RecordCoder,
    piece: &Piece<'_>,
    piece_index: PieceIndex,
) -> Result<(Vec<[u8; Chunk::SIZE]>, RecordMetadata), PlotError<E>> {
    let source = piece.record();
    let mut chunks = [source, source].concat();
    let (_, parity) = chunks.split_at_mut(source.len());
    coder.extend(source, parity)?;
    let source_root = merkle_tree::root(source)?;
    let parity_root = merkle_tree::root(parity)?;
    if MerkleNode(parity_root) != piece.parity_chunks_root() {
        return Err(PlotError::ParityRoot { piece_index });
    }
    Ok((
        chunks,
        RecordMetadata {
            record_root: RecordRoot(merkle_tree::node(&source_root, &parity_root)),
            parity_chunks_root: MerkleNode(parity_root),
            record_proof: piece.record_proof(),
        },
    ))
}

/// Masks the chunks of the first n s-buckets that have a proof of space. With fewer proofs the record is left out.
fn mask(
    layout: &SectorLayout,
    table: &Table,
    chunks: &[[u8; Chunk::SIZE]],
) -> (Vec<u8>, Vec<Chunk>) {
    let params = layout.params();
    let mut bitmap = vec![0; layout.bitmap_size()];
    let mut masked = Vec::with_capacity(layout.chunks_per_record());
    for (block, chunks) in chunks.chunks(LOOKUP_BLOCK).enumerate() {
        let found: Vec<_> = chunks
            .par_iter()
            .enumerate()
            .with_min_len(64)
            .map(|(position, chunk)| {
                // There are at most 2^16 s-buckets
                let s_bucket = (block * LOOKUP_BLOCK + position) as SBucket;
                let proof = table.find_proof(params.proof_of_space_challenge(s_bucket))?;
                Some((s_bucket, mask_chunk(&Chunk(*chunk), &proof)))
            })
            .collect();
        for (s_bucket, chunk) in found.into_iter().flatten() {
            set(&mut bitmap, s_bucket);
            masked.push(chunk);
            if masked.len() == layout.chunks_per_record() {
                return (bitmap, masked);
            }
        }
    }
    (vec![0; layout.bitmap_size()], Vec::new())
}

impl EncodedSector {
    /// Records that were left out, because their tables had too few proofs.
    pub fn left_out(&self) -> impl Iterator<Item = PieceOffset> {
        self.records
            .iter()
            .zip(0..)
            .filter(|(record, _)| record.chunks.is_empty())
            .map(|(_, offset)| offset)
    }

    /// Writes the sector, [`SectorLayout::sector_size`] bytes, and returns its metadata. The sector counts once these are
    /// kept, so they are to be written when the sector is safe on disk.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<SectorMetadata> {
        let mut out = Hashed {
            inner: out,
            hasher: hasher(),
        };
        let layout = &self.layout;

        let bitmaps = self
            .records
            .iter()
            .flat_map(|record| &record.bitmap)
            .copied()
            .collect::<Vec<u8>>();
        out.write_all(&bitmaps)?;
        out.write_all(&crate::checksum::checksum(&bitmaps))?;
        let mut s_bucket_sizes =
            ContentsMap::new(layout, bitmaps).occupancy(layout.params().pieces_in_sector);
        s_bucket_sizes.truncate(layout.s_buckets());

        let mut free_slots = layout.chunk_slots();
        let mut rest: Vec<_> = self
            .records
            .iter()
            .map(|record| (record.bitmap.as_slice(), record.chunks.iter()))
            .collect();
        let mut s_bucket_bytes = Vec::with_capacity(layout.pieces() * Chunk::SIZE);
        for s_bucket in 0..=SBucket::MAX {
            if usize::from(s_bucket) == layout.s_buckets() {
                break;
            }
            s_bucket_bytes.clear();
            for (bitmap, chunks) in &mut rest {
                if is_set(bitmap, s_bucket)
                    && let Some(chunk) = chunks.next()
                {
                    s_bucket_bytes.extend_from_slice(&chunk.0);
                    free_slots -= 1;
                }
            }
            out.write_all(&s_bucket_bytes)?;
        }
        let zeros = vec![0; layout.params().record_size()];
        for _ in 0..free_slots / layout.chunks_per_record() as u64 {
            out.write_all(&zeros)?;
        }

        for record in &self.records {
            out.write_all(&record.metadata.to_bytes())?;
        }
        let Hashed { inner, hasher } = out;
        let sector_checksum = *hasher.finalize().as_bytes();
        inner.write_all(&sector_checksum)?;
        inner.flush()?;
        Ok(SectorMetadata::new(
            self.sector_index,
            self.history_size,
            sector_checksum,
            s_bucket_sizes,
        ))
    }
}

/// Hashes what it writes.
struct Hashed<W> {
    inner: W,
    hasher: blake3::Hasher,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
