//! Proof of space: tables that take time and memory to make, and short proofs that a table holds.
//!
//! A farmer masks every chunk of a record with a proof from the table of that record's seed. Finding proofs takes the
//! whole table; checking one takes microseconds. So it is cheaper to keep the masked chunks than to make them again for
//! every challenge, and this is what makes stored history provable.
//!
//! # The function
//!
//! The tables are those of Chia's proof of space with parameter K, ChaCha8 and BLAKE3. All numbers are big-endian bit
//! strings, `‖` joins bit strings, and an entry of table t is a pair (y of K + 6 bits, metadata of c_t × K bits) with
//! c = 1, 2, 4, 4, 3, 2, 0 for t = 1 … 7.
//!
//! ```text
//! table 1     for every x of K bits:
//!             y        = bits [x × K, (x + 1) × K) of the ChaCha8 keystream (key = seed, nonce = 0) ‖ first 6 bits of x
//!             metadata = x
//!
//! table t     for every pair of entries left, right of table t − 1 that match:
//! t = 2 … 7   hash     = BLAKE3(left y ‖ left metadata ‖ right metadata, filled up with zero bits to whole bytes)
//!             y        = first K + 6 bits of hash
//!             metadata = left metadata ‖ right metadata            t = 2, 3
//!                        the c_t × K bits of hash after y          t = 4, 5, 6
//!                        nothing                                   t = 7
//!
//! match       bucket(y) = y / 15,113 and residue(y) = y mod 15,113. Entries match if
//!             bucket(right y) = bucket(left y) + 1, and for an m in 0 … 63
//!             residue(right y) = ((residue(left y) / 127 + m) mod 119) × 127
//!                              + ((2 × m + bucket(left y) mod 2)² + residue(left y)) mod 127
//!
//! proof       of challenge c in 0 … 2^K − 1: the 64 values x below an entry of table 7 with first K bits of y = c,
//!             from left to right, joined: 64 × K bits = 8 × K bytes
//! ```
//!
//! An entry never matches itself or an entry of its own bucket, as the buckets of a pair are neighbours. [`verify`] demands
//! that at each of the 63 nodes, so what it accepts is what tables contain.
//!
//! # Order
//!
//! Several entries of table 7 can have one challenge. What a farmer wrote to disk can be read again only if everyone
//! takes the same one, the first, so the order of entries is part of the format of a plot:
//!
//! 1. The position of an entry in table 1 is its x.
//! 2. Entries are ordered by (y, position).
//! 3. Table t is made by taking the left entries of table t − 1 in order, for each of them m from 0 to 63, and for each m
//!    the matching right entries in order. The position of an entry in table t is the number of entries made before it.
//! 4. The first proof of a challenge belongs to the first entry in order of table 7 that has it: [`Table::find_proof`].
//!
//! The verifier accepts every proof that a table holds, the first or not.
//!
//! # Size
//!
//! Each table has about 2^K entries. The entries of the last bucket have no partner, so every table is a little smaller
//! than the one before, and a deviation doubles with every table: table 7 has 0.97 × 2^K entries for K = 20, give or take
//! a few percent, but 0.9 × 2^K for K = 17 and less still for smaller K, with seeds that have half of that. Tables are
//! complete for every seed: no bucket and no table has a fixed size.
//!
//! A [`TableGenerator`] takes about 90 bytes for each of the 2^K values x, the finished table included.
//!
//! Golden vectors: `test/vectors/proof-of-space.json`.
//!
//! Sources: consensus protocol, "Proof of space"; "Chia Proof of Space Construction" v1.1 (structure, matching function,
//! and the constants B = 119, C = 127, 64 targets and 6 extra bits).

#![cfg_attr(not(any(feature = "std", test)), no_std)]

extern crate alloc;

mod bits;
mod function;
mod generator;
mod matching;
mod parameters;
mod proof;
mod sorting;
mod step;
mod table;
#[cfg(test)]
mod tests;
mod verifier;

pub use generator::TableGenerator;
pub use parameters::{K, KError};
pub use proof::Proof;
pub use table::Table;
pub use verifier::{VerificationError, verify};

/// What a table is made from: 32 bytes, the key of the cipher.
pub type Seed = [u8; 32];

/// Values x in a proof.
pub const X_VALUES: usize = 64;
