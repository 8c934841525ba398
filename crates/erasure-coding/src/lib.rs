//! Reed–Solomon erasure coding of records and segments, at rate 1⁄2.
//!
//! History is coded twice. Across a segment, s source records get s parity records, so that any s of the 2s pieces give
//! the segment back ([`SegmentCoder`]). Inside every record, source or parity, n source chunks get n parity chunks, so
//! that any n of the 2n chunks a farmer keeps give the record back ([`RecordCoder`]).
//!
//! The code is that of `reed-solomon-simd`: over GF(2^16), systematic, "high rate" (the form that computes parity from
//! an inverse transform of the source and one transform of the result). It is bound by consensus: parity is committed
//! to on chain. With N shards of source and N of parity, N is a power of two and 2N at most 65,536, the size of
//! the field.
//!
//! # Which bytes form a field element
//!
//! A shard is coded in blocks of 64 bytes: element j of a block has its low byte at j and its high byte at 32 + j. A shard
//! of 32 bytes is half a block: low byte at j, high byte at 16 + j. Equal positions of all shards form one code word, and
//! code words do not depend on each other. Both coders use this freedom, and the tests hold them against the library
//! used plainly, with its naive engine:
//!
//! - a segment is coded in narrow columns that stay in the cache, instead of whole records at once;
//! - two records are extended in the time of one ([`RecordCoder::extend_pair`]), as the library works on whole blocks
//!   even where a shard is half of one.
//!
//! # Sizes
//!
//! Sizes are given at run time and checked: a wrong number or length of shards is an [`ErasureCodingError`], and
//! memory is bounded by the sizes a coder was made for.
//!
//! Golden vectors: `test/vectors/archiving.json` holds segments whose parity is made here.

#![forbid(unsafe_code)]

mod record;
mod segment;

pub use record::RecordCoder;
pub use segment::SegmentCoder;

/// Largest number of source shards, with as many parity shards beside them.
pub const MAX_SOURCE_SHARDS: usize = 32_768;

/// Why shards could not be coded.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ErasureCodingError {
    /// There is no code of this size.
    #[error(
        "no erasure code has {0} source shards; use a power of two from 1 to {MAX_SOURCE_SHARDS}"
    )]
    SourceShards(usize),
    /// The coder is made for another number of shards.
    #[error(
        "{actual} shards were given where the code has {expected}, so nothing was coded; pass one entry per shard"
    )]
    ShardCount {
        /// What the coder is made for.
        expected: usize,
        /// What was given.
        actual: usize,
    },
    /// A record of another length than its neighbours, or one that is no whole number of 64-byte blocks.
    #[error(
        "a record has {actual} bytes instead of {expected}, so the segment was not coded; records have one length, a multiple of 64"
    )]
    RecordSize {
        /// Length that was called for.
        expected: usize,
        /// Length that was given.
        actual: usize,
    },
    /// Too much is lost.
    #[error(
        "only {present} of the {required} shards that are needed are present, so the rest cannot be recovered; get more of them"
    )]
    NotEnoughShards {
        /// Number of shards that are needed.
        required: usize,
        /// Number of shards that were given.
        present: usize,
    },
    /// The code refused what the coders had checked.
    #[error("erasure code: {0}; this is a defect of the program, please report it")]
    Code(#[from] reed_solomon_simd::Error),
}

/// Checks the number of source shards against the field.
fn check_source_shards(source_shards: usize) -> Result<(), ErasureCodingError> {
    if source_shards.is_power_of_two() && source_shards <= MAX_SOURCE_SHARDS {
        Ok(())
    } else {
        Err(ErasureCodingError::SourceShards(source_shards))
    }
}

/// Checks how many shards were given.
fn check_shard_count(expected: usize, actual: usize) -> Result<(), ErasureCodingError> {
    if actual == expected {
        Ok(())
    } else {
        Err(ErasureCodingError::ShardCount { expected, actual })
    }
}
