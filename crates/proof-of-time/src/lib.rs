//! The sequential function of proof of time: proving and verifying.
//!
//! Proof of time is the clock of the chain. A timekeeper encrypts one block over and over, and as each encryption needs
//! the result of the one before, no number of cores makes it faster: the output proves that about a slot of time passed
//! since the seed was known. Everyone else verifies it in a sixteenth of the steps one after another, because the proof
//! also holds blocks from along the way:
//!
//! ```text
//! key            = first 16 bytes of BLAKE3(seed)
//! checkpoint[-1] = seed
//! checkpoint[i]  = AES-128(key) applied iterations / 8 times to checkpoint[i - 1]        i = 0 … 7
//! output         = checkpoint[7]
//!
//! prove    seed ──────────▶ c0 ──────────▶ c1 ──────────▶ … ──────────▶ c7      iterations steps in a row
//!
//! verify   seed ───▶ = ◀─── c0                                                  iterations / 16 steps in a row,
//!                           c0 ───▶ = ◀─── c1                                   in 16 lanes: each stretch is encrypted
//!                                          c1 ───▶ = ◀─── … c7                  from its start and decrypted from its
//!                                                                               end, and the two meet in the middle
//! ```
//!
//! A seed and a checkpoint are 16 bytes, a proof is the 8 checkpoints in order (128 bytes), and `iterations` is a
//! multiple of [`ITERATIONS_MULTIPLE`]. For one seed and one number of iterations exactly one proof is valid. The hash is
//! plain BLAKE3, without a context key: the function is frozen, and equal bit for bit to the published one.
//!
//! How fast a proof of time runs is a matter of security, so the fastest [`Implementation`] that the CPU has is found at
//! run time, and all of them give the same results. Without feature `std` nothing can be asked of the CPU and the
//! portable implementation runs.
//!
//! Golden vectors: `test/vectors/proof-of-time.json`.
//!
//! Sources: FIPS 197 (AES), the BLAKE3 paper, and for the combined round keys of chained encryption the module
//! `key_schedule`.

#![cfg_attr(not(any(feature = "std", test)), no_std)]

#[cfg(all(feature = "std", target_arch = "aarch64", target_endian = "little"))]
mod armv8;
mod implementation;
#[cfg(any(
    test,
    all(feature = "std", target_arch = "x86_64"),
    all(feature = "std", target_arch = "aarch64", target_endian = "little"),
))]
mod key_schedule;
mod portable;
#[cfg(test)]
mod tests;
#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod x86_64;

pub use implementation::Implementation;

use core::num::NonZeroU32;

/// Checkpoints in a proof of time.
pub const CHECKPOINTS: usize = 8;

/// The number of iterations is a multiple of this: [`CHECKPOINTS`] stretches of two equal halves each.
pub const ITERATIONS_MULTIPLE: u32 = 2 * CHECKPOINTS as u32;

/// What a proof of time starts from: the output of the slot before, or 16 bytes derived from it and injected entropy.
pub type Seed = [u8; 16];

/// The state of the chain of encryptions after another eighth of the iterations.
pub type Checkpoint = [u8; 16];

/// A proof of time: the checkpoints in the order in which they were reached. The last one is the output.
pub type Checkpoints = [Checkpoint; CHECKPOINTS];

/// Why there is no proof of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The iterations cannot be divided into checkpoints with two equal halves each.
    #[error(
        "{iterations} iterations cannot be divided into {CHECKPOINTS} stretches of two equal halves, so there is no \
         proof of time of this length; set a multiple of {ITERATIONS_MULTIPLE}"
    )]
    IterationsNotMultiple {
        /// The iterations asked for.
        iterations: NonZeroU32,
    },
}

/// Computes the proof of time of `seed` with the fastest implementation for this CPU.
///
/// This is meant to take time (about a slot at the iterations of the chain) and cannot be stopped: a program that has to
/// end uses [`prove_while`].
///
/// # Errors
///
/// [`Error::IterationsNotMultiple`] if `iterations` is not a multiple of [`ITERATIONS_MULTIPLE`].
pub fn prove(seed: Seed, iterations: NonZeroU32) -> Result<Checkpoints, Error> {
    Implementation::detect().prove(seed, iterations)
}

/// Computes the proof of time of `seed` for as long as `keep_going` answers yes, else returns `None`.
///
/// The question is asked before every 65,536 iterations at most, which is about a millisecond with AES instructions and
/// a few tens of milliseconds without, and costs the proof nothing measurable.
///
/// # Errors
///
/// [`Error::IterationsNotMultiple`] if `iterations` is not a multiple of [`ITERATIONS_MULTIPLE`].
pub fn prove_while(
    seed: Seed,
    iterations: NonZeroU32,
    keep_going: impl FnMut() -> bool,
) -> Result<Option<Checkpoints>, Error> {
    Implementation::detect().prove_while(seed, iterations, keep_going)
}

/// Whether `checkpoints` are the proof of time of `seed`, found with the fastest implementation for this CPU.
///
/// Iterations that are not a multiple of [`ITERATIONS_MULTIPLE`] have no proof, so the answer is no. Memory is constant,
/// and time is linear in `iterations`: for a proof from the network the caller first compares them with those of the
/// chain.
#[must_use]
pub fn verify(seed: Seed, iterations: NonZeroU32, checkpoints: &Checkpoints) -> bool {
    Implementation::detect().verify(seed, iterations, checkpoints)
}

/// Whether proofs run on AES instructions of the CPU.
///
/// Without them (and always without feature `std`) proving is tens of times slower than on the machines that the
/// iterations of a chain are set for, so such a machine cannot keep the time of a chain that is not paced.
#[must_use]
pub fn has_hardware_aes() -> bool {
    Implementation::detect() != Implementation::Portable
}
