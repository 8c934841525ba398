//! Coding of the records of a segment.

#[cfg(test)]
mod tests;

use crate::{ErasureCodingError, check_shard_count, check_source_shards};
#[cfg(feature = "parallel")]
use rayon::prelude::*;
use reed_solomon_simd::engine::DefaultEngine;
use reed_solomon_simd::rate::{HighRateDecoder, HighRateEncoder, RateDecoder, RateEncoder};

/// Records are a whole number of the blocks that the code works on.
const BLOCK_SIZE: usize = 64;

/// Bytes of every record that are coded at a time. A whole number of blocks, so that it does not show in the result. The
/// working memory is this for every shard: 2 MiB to extend a production segment, 4 MiB to recover one.
const COLUMN_SIZE: usize = 16 * 1024;

/// Extends segments of s records by s parity records, and recovers the source from any s of them. The shard is a whole
/// record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentCoder {
    source_records: usize,
}

impl SegmentCoder {
    /// A coder of segments of `source_records` records.
    ///
    /// # Errors
    ///
    /// [`ErasureCodingError::SourceShards`] unless `source_records` is a power of two of at most
    /// [`MAX_SOURCE_SHARDS`](crate::MAX_SOURCE_SHARDS).
    pub fn new(source_records: usize) -> Result<Self, ErasureCodingError> {
        check_source_shards(source_records)?;
        Ok(Self { source_records })
    }

    /// Records of a segment before it is extended.
    pub fn source_records(&self) -> usize {
        self.source_records
    }

    /// Computes the parity records of a segment.
    ///
    /// # Errors
    ///
    /// - [`ErasureCodingError::ShardCount`] unless there are as many source and parity records as the coder is made for;
    /// - [`ErasureCodingError::RecordSize`] unless all records have one length, a multiple of 64.
    pub fn extend(
        &self,
        source: &[&[u8]],
        parity: &mut [&mut [u8]],
    ) -> Result<(), ErasureCodingError> {
        let count = self.source_records;
        check_shard_count(count, source.len())?;
        check_shard_count(count, parity.len())?;
        check_record_sizes(
            source
                .iter()
                .map(|record| record.len())
                .chain(parity.iter().map(|record| record.len())),
        )?;

        for_each_column(
            parity,
            || HighRateEncoder::new(count, count, BLOCK_SIZE, DefaultEngine::new(), None),
            |encoder, start, parity| {
                let size = parity[0].len();
                encoder.reset(count, count, size)?;
                for record in source {
                    encoder.add_original_shard(&record[start..start + size])?;
                }
                for (parity, coded) in parity.iter_mut().zip(encoder.encode()?.recovery_iter()) {
                    parity.copy_from_slice(coded);
                }
                Ok(())
            },
        )
    }

    /// Recovers the source records of a segment.
    ///
    /// `records` are the source records followed by the parity records, as far as they are present; at least half of
    /// them must be. All source records are written to `source`, present ones by copying. What was present is trusted: a
    /// wrong record makes all recovered ones wrong, which the segment root shows.
    ///
    /// # Errors
    ///
    /// - [`ErasureCodingError::ShardCount`] unless there are twice as many records, and as many outputs, as the coder is
    ///   made for;
    /// - [`ErasureCodingError::RecordSize`] unless all records have one length, a multiple of 64;
    /// - [`ErasureCodingError::NotEnoughShards`] if fewer than half of the records are present.
    pub fn recover_source(
        &self,
        records: &[Option<&[u8]>],
        source: &mut [&mut [u8]],
    ) -> Result<(), ErasureCodingError> {
        let count = self.source_records;
        check_shard_count(2 * count, records.len())?;
        check_shard_count(count, source.len())?;
        let present = records.iter().flatten().count();
        if present < count {
            return Err(ErasureCodingError::NotEnoughShards {
                required: count,
                present,
            });
        }
        check_record_sizes(
            source
                .iter()
                .map(|record| record.len())
                .chain(records.iter().flatten().map(|record| record.len())),
        )?;

        let (present_source, present_parity) = records.split_at(count);
        for (record, present) in source.iter_mut().zip(present_source) {
            if let Some(present) = present {
                record.copy_from_slice(present);
            }
        }
        if present_source.iter().all(Option::is_some) {
            return Ok(());
        }

        for_each_column(
            source,
            || HighRateDecoder::new(count, count, BLOCK_SIZE, DefaultEngine::new(), None),
            |decoder, start, source| {
                let size = source[0].len();
                decoder.reset(count, count, size)?;
                for (index, record) in present_of(present_source) {
                    decoder.add_original_shard(index, &record[start..start + size])?;
                }
                for (index, record) in present_of(present_parity) {
                    decoder.add_recovery_shard(index, &record[start..start + size])?;
                }
                for (index, recovered) in decoder.decode()?.restored_original_iter() {
                    source[index].copy_from_slice(recovered);
                }
                Ok(())
            },
        )
    }
}

/// The records that are present, with their indices.
fn present_of<'a>(records: &'a [Option<&'a [u8]>]) -> impl Iterator<Item = (usize, &'a [u8])> {
    records
        .iter()
        .enumerate()
        .filter_map(|(index, record)| record.map(|record| (index, record)))
}

/// Checks that all records have the same length and that the code can work on it.
fn check_record_sizes(mut sizes: impl Iterator<Item = usize>) -> Result<(), ErasureCodingError> {
    let Some(first) = sizes.next() else {
        return Ok(());
    };
    let expected = first.next_multiple_of(BLOCK_SIZE).max(BLOCK_SIZE);
    match [first]
        .into_iter()
        .chain(sizes)
        .find(|&size| size != expected)
    {
        Some(actual) => Err(ErasureCodingError::RecordSize { expected, actual }),
        None => Ok(()),
    }
}

/// Cuts all `records` into columns of [`COLUMN_SIZE`] bytes and hands every column, with its position in the records, to
/// `code`. `new_coder` makes the working memory, which is used for many columns.
fn for_each_column<Coder, NewCoder, Code>(
    records: &mut [&mut [u8]],
    new_coder: NewCoder,
    code: Code,
) -> Result<(), ErasureCodingError>
where
    Coder: Send,
    NewCoder: Fn() -> Result<Coder, reed_solomon_simd::Error> + Send + Sync,
    Code: Fn(&mut Coder, usize, &mut [&mut [u8]]) -> Result<(), reed_solomon_simd::Error>
        + Send
        + Sync,
{
    let record_count = records.len();
    let mut columns: Vec<Vec<&mut [u8]>> = Vec::new();
    for record in records {
        for (index, part) in record.chunks_mut(COLUMN_SIZE).enumerate() {
            if index == columns.len() {
                columns.push(Vec::with_capacity(record_count));
            }
            columns[index].push(part);
        }
    }

    let code_column = |coder: &mut Result<Coder, reed_solomon_simd::Error>,
                       (index, mut column): (usize, Vec<&mut [u8]>)| {
        let coder = coder.as_mut().map_err(|error| *error)?;
        code(coder, index * COLUMN_SIZE, &mut column)
    };
    #[cfg(feature = "parallel")]
    columns
        .into_par_iter()
        .enumerate()
        .try_for_each_init(&new_coder, code_column)?;
    #[cfg(not(feature = "parallel"))]
    {
        let mut coder = new_coder();
        columns
            .into_iter()
            .enumerate()
            .try_for_each(|column| code_column(&mut coder, column))?;
    }
    Ok(())
}
