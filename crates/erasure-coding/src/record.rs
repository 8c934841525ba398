//! Coding of the chunks of a record.

#[cfg(test)]
mod tests;

use crate::{ErasureCodingError, check_shard_count, check_source_shards};
use reed_solomon_simd::engine::DefaultEngine;
use reed_solomon_simd::rate::{HighRateDecoder, HighRateEncoder, RateDecoder, RateEncoder};
use std::fmt;

/// Bytes of a chunk.
const CHUNK_SIZE: usize = 32;
/// Bytes of the blocks that the code works on.
const BLOCK_SIZE: usize = 64;

/// Extends records of n chunks by n parity chunks, and recovers all from any n of them.
///
/// A coder keeps its working memory from one record to the next: 64 bytes per chunk to extend (128 when two records are
/// extended together), 128 bytes per chunk more after the first recovery. Make one per thread.
pub struct RecordCoder {
    source_chunks: usize,
    encoder: HighRateEncoder<DefaultEngine>,
    decoder: Option<HighRateDecoder<DefaultEngine>>,
}

impl fmt::Debug for RecordCoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RecordCoder")
            .field("source_chunks", &self.source_chunks)
            .finish_non_exhaustive()
    }
}

impl RecordCoder {
    /// A coder of records of `source_chunks` chunks.
    ///
    /// # Errors
    ///
    /// [`ErasureCodingError::SourceShards`] unless `source_chunks` is a power of two of at most
    /// [`MAX_SOURCE_SHARDS`](crate::MAX_SOURCE_SHARDS).
    pub fn new(source_chunks: usize) -> Result<Self, ErasureCodingError> {
        check_source_shards(source_chunks)?;
        Ok(Self {
            source_chunks,
            encoder: HighRateEncoder::new(
                source_chunks,
                source_chunks,
                CHUNK_SIZE,
                DefaultEngine::new(),
                None,
            )?,
            decoder: None,
        })
    }

    /// Chunks of a record before it is extended.
    pub fn source_chunks(&self) -> usize {
        self.source_chunks
    }

    /// Computes the parity chunks of a record.
    ///
    /// # Errors
    ///
    /// [`ErasureCodingError::ShardCount`] unless there are as many source and parity chunks as the coder is made for.
    pub fn extend(
        &mut self,
        source: &[[u8; CHUNK_SIZE]],
        parity: &mut [[u8; CHUNK_SIZE]],
    ) -> Result<(), ErasureCodingError> {
        check_shard_count(self.source_chunks, source.len())?;
        check_shard_count(self.source_chunks, parity.len())?;
        self.encoder
            .reset(self.source_chunks, self.source_chunks, CHUNK_SIZE)?;
        for chunk in source {
            self.encoder.add_original_shard(chunk)?;
        }
        for (parity, coded) in parity
            .iter_mut()
            .zip(self.encoder.encode()?.recovery_iter())
        {
            parity.copy_from_slice(coded);
        }
        Ok(())
    }

    /// Computes the parity chunks of two records in about the time of one.
    ///
    /// # Errors
    ///
    /// As [`Self::extend`], for either record.
    pub fn extend_pair(
        &mut self,
        sources: [&[[u8; CHUNK_SIZE]]; 2],
        parities: [&mut [[u8; CHUNK_SIZE]]; 2],
    ) -> Result<(), ErasureCodingError> {
        for source in &sources {
            check_shard_count(self.source_chunks, source.len())?;
        }
        for parity in &parities {
            check_shard_count(self.source_chunks, parity.len())?;
        }
        self.encoder
            .reset(self.source_chunks, self.source_chunks, BLOCK_SIZE)?;
        // One block holds a chunk of either record: the low bytes of both, then the high bytes of both.
        let mut block = [0; BLOCK_SIZE];
        for (first, second) in sources[0].iter().zip(sources[1]) {
            block[..16].copy_from_slice(&first[..16]);
            block[16..32].copy_from_slice(&second[..16]);
            block[32..48].copy_from_slice(&first[16..]);
            block[48..].copy_from_slice(&second[16..]);
            self.encoder.add_original_shard(block)?;
        }
        let [first_parity, second_parity] = parities;
        let coded = self.encoder.encode()?;
        for ((first, second), block) in first_parity
            .iter_mut()
            .zip(second_parity)
            .zip(coded.recovery_iter())
        {
            first[..16].copy_from_slice(&block[..16]);
            second[..16].copy_from_slice(&block[16..32]);
            first[16..].copy_from_slice(&block[32..48]);
            second[16..].copy_from_slice(&block[48..]);
        }
        Ok(())
    }

    /// Recovers all chunks of an extended record from any half of them.
    ///
    /// `chunks` are the source chunks followed by the parity chunks. Those with `true` in `present` are read and left as
    /// they are; the others are written. What was present is trusted: a wrong chunk makes all recovered ones wrong,
    /// which the record root shows.
    ///
    /// # Errors
    ///
    /// - [`ErasureCodingError::ShardCount`] unless both slices have twice the length the coder is made for;
    /// - [`ErasureCodingError::NotEnoughShards`] if fewer than half of the chunks are present.
    pub fn recover(
        &mut self,
        chunks: &mut [[u8; CHUNK_SIZE]],
        present: &[bool],
    ) -> Result<(), ErasureCodingError> {
        check_shard_count(2 * self.source_chunks, chunks.len())?;
        check_shard_count(2 * self.source_chunks, present.len())?;
        let present_count = present.iter().filter(|&&present| present).count();
        if present_count < self.source_chunks {
            return Err(ErasureCodingError::NotEnoughShards {
                required: self.source_chunks,
                present: present_count,
            });
        }
        let (source, parity) = chunks.split_at_mut(self.source_chunks);
        let (source_present, parity_present) = present.split_at(self.source_chunks);

        if source_present.contains(&false) {
            let decoder = match &mut self.decoder {
                Some(decoder) => {
                    decoder.reset(self.source_chunks, self.source_chunks, CHUNK_SIZE)?;
                    decoder
                }
                None => self.decoder.insert(HighRateDecoder::new(
                    self.source_chunks,
                    self.source_chunks,
                    CHUNK_SIZE,
                    DefaultEngine::new(),
                    None,
                )?),
            };
            for (index, chunk) in present_of(source, source_present) {
                decoder.add_original_shard(index, chunk)?;
            }
            for (index, chunk) in present_of(parity, parity_present) {
                decoder.add_recovery_shard(index, chunk)?;
            }
            for (index, recovered) in decoder.decode()?.restored_original_iter() {
                source[index].copy_from_slice(recovered);
            }
        }

        if parity_present.contains(&false) {
            self.encoder
                .reset(self.source_chunks, self.source_chunks, CHUNK_SIZE)?;
            for chunk in source.iter() {
                self.encoder.add_original_shard(chunk)?;
            }
            let coded = self.encoder.encode()?;
            for ((chunk, &present), coded) in parity
                .iter_mut()
                .zip(parity_present)
                .zip(coded.recovery_iter())
            {
                if !present {
                    chunk.copy_from_slice(coded);
                }
            }
        }
        Ok(())
    }
}

/// The chunks that are present, with their indices.
fn present_of<'a>(
    chunks: &'a [[u8; CHUNK_SIZE]],
    present: &'a [bool],
) -> impl Iterator<Item = (usize, &'a [u8; CHUNK_SIZE])> {
    chunks
        .iter()
        .zip(present)
        .enumerate()
        .filter_map(|(index, (chunk, &present))| present.then_some((index, chunk)))
}
