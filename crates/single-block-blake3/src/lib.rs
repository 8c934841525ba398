//! BLAKE3 of many messages of at most one block, side by side.
//!
//! A message of up to 64 bytes takes one run of the compression function, in which every step waits for the one before.
//! Vector registers help only with many messages: lane i of every register belongs to message i, and one run hashes as
//! many messages as a register has lanes. Merkle trees, audits and the tables of proof of space hash millions of such
//! messages and spend most of their time here.
//!
//! ```text
//! messages      m0 = w0 w1 w2 …      m1 = w0 w1 w2 …      m2 …            as they lie in memory
//! registers     w0 of m0, m1, m2, …   w1 of m0, m1, m2, …   w2 …          transposed: what a run works on
//! ```
//!
//! - [`keyed_hash_pairs`]: keyed hashes of pairs of 32-byte nodes.
//! - [`keyed_hash_many_32`]: keyed hashes of 32-byte messages.
//! - [`hash_group`]: hashes of sixteen short messages that are transposed already.
//!
//! The fastest [`Implementation`] that the CPU has is found at run time, and all of them give the same results. Without
//! feature `std` nothing can be asked of the CPU, and the portable implementation runs.
//!
//! Source: "BLAKE3: one function, fast everywhere", section 2.2 (compression function), 2.4 (a single chunk of a single
//! block) and 2.3 (keyed mode). Nothing here has a format of its own, so there are no golden vectors: tests compare with
//! the crate `blake3`.

#![cfg_attr(not(any(feature = "std", test)), no_std)]

#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod avx2;
#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod avx512;
#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod compression;
mod implementation;
mod portable;
#[cfg(test)]
mod tests;

pub use implementation::Implementation;

/// Bytes in a block, the longest message.
pub const BLOCK_SIZE: usize = 64;

/// Messages in a [`Group`].
pub const GROUP_LANES: usize = 16;

/// 32-bit words that a [`Group`] holds of each message or hash.
pub const GROUP_WORDS: usize = 8;

/// Sixteen messages of up to 32 bytes, or sixteen hashes, transposed: `words[w][i]` is word w of message i.
///
/// A word is four bytes of the message, little-endian. Bytes past the end of a message are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(align(64))]
pub struct Group {
    /// The words.
    pub words: [[u32; GROUP_LANES]; GROUP_WORDS],
}

/// Messages and room for their hashes that do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Each message has one hash, no more and no fewer.
    #[error(
        "{messages} messages do not have {hashes} hashes, so nothing was hashed; make room for one hash for each message"
    )]
    HashCount {
        /// Number of messages.
        messages: usize,
        /// Number of hashes that there is room for.
        hashes: usize,
    },
    /// A pair has two nodes.
    #[error(
        "{nodes} nodes do not make up pairs, so nothing was hashed; pass an even number of nodes"
    )]
    OddNodeCount {
        /// Number of nodes.
        nodes: usize,
    },
    /// A message of a [`Group`] has at most 32 bytes.
    #[error(
        "a group holds messages of at most 32 bytes, not {length}, so nothing was hashed; pass the length of the messages"
    )]
    MessageLength {
        /// Length of the messages in bytes.
        length: usize,
    },
}

/// Hashes `nodes[2 * i] ‖ nodes[2 * i + 1]` under `key` into `hashes[i]`.
///
/// # Errors
///
/// [`Error`] unless there are exactly twice as many nodes as hashes.
pub fn keyed_hash_pairs(
    key: &[u8; 32],
    nodes: &[[u8; 32]],
    hashes: &mut [[u8; 32]],
) -> Result<(), Error> {
    Implementation::detect().keyed_hash_pairs(key, nodes, hashes)
}

/// Hashes `messages[i]` under `key` into `hashes[i]`.
///
/// # Errors
///
/// [`Error`] unless there are exactly as many messages as hashes.
pub fn keyed_hash_many_32(
    key: &[u8; 32],
    messages: &[[u8; 32]],
    hashes: &mut [[u8; 32]],
) -> Result<(), Error> {
    Implementation::detect().keyed_hash_many_32(key, messages, hashes)
}

/// Hashes sixteen messages of `length` bytes each, without a key.
///
/// Bytes of the words past `length` must be zero, otherwise the result is not the hash of anything.
///
/// # Errors
///
/// [`Error`] if `length` is over 32.
pub fn hash_group(length: usize, messages: &Group) -> Result<Group, Error> {
    Implementation::detect().hash_group(length, messages)
}
