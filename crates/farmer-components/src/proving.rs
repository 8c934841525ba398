//! Winning chunk → solution, and reading pieces back. Both recover a whole record.

use crate::auditing::Candidate;
use crate::contents::ContentsMap;
use crate::error::SectorError;
use crate::metadata::RecordMetadata;
use crate::read_at::ReadAt;
use crate::sector::Sector;
use autonomys_core_primitives::sectors::mask_chunk;
use autonomys_core_primitives::solutions::{ChunkProof, PosProof, RecordProof};
use autonomys_core_primitives::{Chunk, PieceOffset, RecordRoot, RewardAddress, SBucket, Solution};
use autonomys_erasure_coding::{ErasureCodingError, RecordCoder};
use autonomys_merkle_tree::MerkleTree;
use autonomys_proof_of_space::{Table, TableGenerator};
use rayon::prelude::*;

/// Chunks that one task reads.
const CHUNKS_PER_READ_TASK: usize = 256;

/// A record with everything that is known of it.
struct RecoveredRecord<'t> {
    /// Source and parity chunks with their tree.
    tree: MerkleTree,
    metadata: RecordMetadata,
    /// The table that masks the record.
    table: &'t Table,
}

impl<R: ReadAt> Sector<'_, R> {
    /// Proves that this sector stores the chunk of `candidate`.
    ///
    /// Uses the threads of the current rayon pool. The reward of a block made with the solution goes to `reward_address`.
    ///
    /// # Errors
    ///
    /// [`SectorError`] if there is no such chunk, or the record is corrupt or cannot be read.
    pub fn prove(
        &self,
        candidate: &Candidate,
        reward_address: &RewardAddress,
        generator: &mut TableGenerator,
    ) -> Result<Solution, SectorError> {
        let no_such_chunk = || SectorError::NoSuchChunk {
            sector_index: self.metadata.sector_index(),
            s_bucket: candidate.s_bucket,
            position: candidate.position,
        };
        let contents = self.read_contents()?;
        let piece_offset = contents
            .record_at(candidate.s_bucket, candidate.position)
            .ok_or_else(no_such_chunk)?;
        let record = self.recover(&contents, piece_offset, generator)?;

        let s_bucket = usize::from(candidate.s_bucket);
        let chunk = record
            .tree
            .leaves()
            .get(s_bucket)
            .ok_or_else(no_such_chunk)?;
        let chunk_proof = record.tree.proof(s_bucket).ok_or_else(no_such_chunk)?;
        let proof_of_space = record
            .table
            .find_proof(
                self.layout
                    .params()
                    .proof_of_space_challenge(candidate.s_bucket),
            )
            .ok_or_else(|| self.no_proof_of_space(piece_offset, candidate.s_bucket))?;
        Ok(Solution {
            public_key: self.public_key,
            reward_address: *reward_address,
            sector_index: self.metadata.sector_index(),
            history_size: self.metadata.history_size(),
            piece_offset,
            record_root: record.metadata.record_root,
            // The layout has checked the parameters, by which all proofs are within their bounds
            record_proof: RecordProof::truncate_from(record.metadata.record_proof),
            chunk: Chunk(*chunk),
            chunk_proof: ChunkProof::truncate_from(chunk_proof),
            proof_of_space: PosProof(proof_of_space.to_vec().try_into().unwrap_or_default()),
        })
    }

    /// Reads a piece back.
    ///
    /// Uses the threads of the current rayon pool.
    ///
    /// # Errors
    ///
    /// [`SectorError`] if the sector does not hold the piece, or the record is corrupt or cannot be read.
    pub fn read_piece(
        &self,
        piece_offset: PieceOffset,
        generator: &mut TableGenerator,
    ) -> Result<Vec<u8>, SectorError> {
        let contents = self.read_contents()?;
        let record = self.recover(&contents, piece_offset, generator)?;
        let mut piece = Vec::with_capacity(self.layout.params().piece_size());
        for chunk in record
            .tree
            .leaves()
            .iter()
            .take(self.layout.chunks_per_record())
        {
            piece.extend_from_slice(chunk);
        }
        piece.extend_from_slice(&record.metadata.parity_chunks_root.0);
        for node in &record.metadata.record_proof {
            piece.extend_from_slice(&node.0);
        }
        Ok(piece)
    }

    /// Recovers all chunks of a record, and checks that they are those that were plotted.
    fn recover<'t>(
        &self,
        contents: &ContentsMap,
        piece_offset: PieceOffset,
        generator: &'t mut TableGenerator,
    ) -> Result<RecoveredRecord<'t>, SectorError> {
        let sector_index = self.metadata.sector_index();
        match contents.chunk_count(piece_offset) {
            0 => {
                return Err(SectorError::RecordLeftOut {
                    sector_index,
                    piece_offset,
                });
            }
            chunks if chunks != self.layout.params().chunks_per_record => {
                return Err(SectorError::RecordChunks {
                    sector_index,
                    piece_offset,
                    chunks,
                });
            }
            _ => {}
        }
        let metadata = self.read_record_metadata(piece_offset)?;

        let seed = self.id.pos_seed(piece_offset);
        let (table, masked) = rayon::join(
            || generator.generate_parallel(&seed),
            || self.read_masked_chunks(contents, piece_offset),
        );
        let (s_buckets, mut masked) = masked?;
        masked
            .par_iter_mut()
            .zip(&s_buckets)
            .with_min_len(64)
            .try_for_each(|(chunk, &s_bucket)| {
                let proof = table
                    .find_proof(self.layout.params().proof_of_space_challenge(s_bucket))
                    .ok_or_else(|| self.no_proof_of_space(piece_offset, s_bucket))?;
                *chunk = mask_chunk(chunk, &proof);
                Ok(())
            })?;

        let mut chunks = vec![[0; Chunk::SIZE]; self.layout.s_buckets()];
        let mut present = vec![false; self.layout.s_buckets()];
        for (s_bucket, chunk) in s_buckets.iter().zip(masked) {
            // S-buckets of a bitmap may lie beyond the last one only if there are fewer than eight
            if let (Some(place), Some(present)) = (
                chunks.get_mut(usize::from(*s_bucket)),
                present.get_mut(usize::from(*s_bucket)),
            ) {
                *place = chunk.0;
                *present = true;
            }
        }
        let erasure_coding = |source: ErasureCodingError| SectorError::ErasureCoding {
            sector_index,
            source,
        };
        RecordCoder::new(self.layout.chunks_per_record())
            .and_then(|mut coder| coder.recover(&mut chunks, &present))
            .map_err(erasure_coding)?;
        let tree = MerkleTree::new(&chunks)
            .map_err(|error| erasure_coding(ErasureCodingError::SourceShards(error.leaf_count)))?;
        let actual = RecordRoot(tree.root());
        if actual != metadata.record_root {
            return Err(SectorError::RecordRoot {
                sector_index,
                piece_offset,
                expected: metadata.record_root,
                actual,
            });
        }
        Ok(RecoveredRecord {
            tree,
            metadata,
            table,
        })
    }

    /// The stored chunks of a record and the s-buckets they are in.
    fn read_masked_chunks(
        &self,
        contents: &ContentsMap,
        piece_offset: PieceOffset,
    ) -> Result<(Vec<SBucket>, Vec<Chunk>), SectorError> {
        let occupancy = contents.occupancy(piece_offset);
        let s_buckets: Vec<SBucket> = contents.s_buckets(piece_offset).collect();
        let mut chunks = vec![Chunk::default(); s_buckets.len()];
        chunks
            .par_chunks_mut(CHUNKS_PER_READ_TASK)
            .zip(s_buckets.par_chunks(CHUNKS_PER_READ_TASK))
            .try_for_each(|(chunks, s_buckets)| {
                for (chunk, &s_bucket) in chunks.iter_mut().zip(s_buckets) {
                    let (chunks_before, size) = self.metadata.s_bucket(s_bucket);
                    let position = occupancy
                        .get(usize::from(s_bucket))
                        .filter(|&&position| usize::from(position) < size)
                        .ok_or(SectorError::SBucketSize {
                            sector_index: self.metadata.sector_index(),
                            s_bucket,
                        })?;
                    let index = chunks_before + u64::from(*position);
                    self.read(
                        &mut chunk.0,
                        self.layout.chunks_offset() + index * Chunk::SIZE as u64,
                    )?;
                }
                Ok(())
            })?;
        Ok((s_buckets, chunks))
    }

    fn no_proof_of_space(&self, piece_offset: PieceOffset, s_bucket: SBucket) -> SectorError {
        SectorError::NoProofOfSpace {
            sector_index: self.metadata.sector_index(),
            piece_offset,
            s_bucket,
        }
    }
}
