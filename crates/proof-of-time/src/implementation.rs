//! The choice between the implementations, and what they have in common: how a proof is put together from stretches of
//! chained encryptions.

#[cfg(all(feature = "std", target_arch = "aarch64", target_endian = "little"))]
use crate::armv8;
use crate::portable::Portable;
#[cfg(all(feature = "std", target_arch = "x86_64"))]
use crate::x86_64;
use crate::{CHECKPOINTS, Checkpoints, Error, ITERATIONS_MULTIPLE, Seed};
use core::num::NonZeroU32;

/// A key, a seed, a checkpoint or a state between two: one block of AES.
pub(crate) type Block = [u8; 16];

/// Iterations between two questions whether to keep going.
pub(crate) const ITERATIONS_PER_QUESTION: u32 = 1 << 16;

/// A way to compute proofs of time. All give the same results; which of them run depends on the CPU.
///
/// [`crate::prove`] and [`crate::verify`] choose by themselves. The methods are for comparing implementations with each
/// other. One that this CPU lacks stands for [`Implementation::Portable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Implementation {
    /// The `aes` crate, on any CPU. It is constant-time software where the CPU has no AES instructions that it knows, and
    /// uses those on its own where the CPU has them.
    Portable,
    /// AES instructions of aarch64, two passes of 8 lanes.
    Armv8,
    /// AES instructions of x86-64 on 128-bit registers, two passes of 8 lanes.
    AesNi,
    /// AES instructions of x86-64 on 256-bit registers: 16 lanes in 8 registers. Needs AVX2 but not AVX-512.
    Vaes256,
    /// AES instructions of x86-64 on 512-bit registers: 16 lanes in 4 registers.
    Vaes512,
}

impl Implementation {
    /// All implementations, the preferred one last.
    const ALL: [Self; 5] = [
        Self::Portable,
        Self::Armv8,
        Self::AesNi,
        Self::Vaes256,
        Self::Vaes512,
    ];

    /// The fastest implementation for this CPU.
    #[must_use]
    pub fn detect() -> Self {
        Self::available().last().unwrap_or(Self::Portable)
    }

    /// The implementations that this CPU can run, the fastest one last.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(|implementation| implementation.is_available())
    }

    /// Whether this CPU can run the implementation.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(all(feature = "std", target_arch = "aarch64", target_endian = "little"))]
            Self::Armv8 => armv8::Aes::is_available(),
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::AesNi => x86_64::Aes::is_available(),
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Vaes256 => x86_64::Vaes256::is_available(),
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Vaes512 => x86_64::Vaes512::is_available(),
            #[allow(
                unreachable_patterns,
                reason = "which ones are left depends on the target"
            )]
            _ => false,
        }
    }

    /// [`crate::prove`] with this implementation.
    ///
    /// # Errors
    ///
    /// [`Error::IterationsNotMultiple`] if `iterations` is not a multiple of [`ITERATIONS_MULTIPLE`].
    pub fn prove(self, seed: Seed, iterations: NonZeroU32) -> Result<Checkpoints, Error> {
        let checkpoints = self.prove_while(seed, iterations, || true)?;
        Ok(checkpoints.expect("a proof is given up only when told to; qed"))
    }

    /// [`crate::prove_while`] with this implementation.
    ///
    /// # Errors
    ///
    /// [`Error::IterationsNotMultiple`] if `iterations` is not a multiple of [`ITERATIONS_MULTIPLE`].
    pub fn prove_while(
        self,
        seed: Seed,
        iterations: NonZeroU32,
        keep_going: impl FnMut() -> bool,
    ) -> Result<Option<Checkpoints>, Error> {
        if !iterations.get().is_multiple_of(ITERATIONS_MULTIPLE) {
            return Err(Error::IterationsNotMultiple { iterations });
        }
        let key = key_of(&seed);

        match self {
            #[cfg(all(feature = "std", target_arch = "aarch64", target_endian = "little"))]
            Self::Armv8 => {
                if let Some(aes) = armv8::Aes::new(key) {
                    return Ok(prove_with(seed, iterations, keep_going, |block, times| {
                        aes.encrypt_times(block, times)
                    }));
                }
            }
            // Wider registers do not help: there is one lane
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::AesNi | Self::Vaes256 | Self::Vaes512 => {
                if let Some(aes) = x86_64::Aes::new(key) {
                    return Ok(prove_with(seed, iterations, keep_going, |block, times| {
                        aes.encrypt_times(block, times)
                    }));
                }
            }
            _ => {}
        }

        let portable = Portable::new(key);
        Ok(prove_with(seed, iterations, keep_going, |block, times| {
            portable.encrypt_times(block, times)
        }))
    }

    /// [`crate::verify`] with this implementation.
    #[must_use]
    pub fn verify(self, seed: Seed, iterations: NonZeroU32, checkpoints: &Checkpoints) -> bool {
        if !iterations.get().is_multiple_of(ITERATIONS_MULTIPLE) {
            return false;
        }
        let key = key_of(&seed);
        let times = iterations.get() / ITERATIONS_MULTIPLE;
        let ends = checkpoints;
        let mut starts = [seed; CHECKPOINTS];
        starts[1..].copy_from_slice(&ends[..CHECKPOINTS - 1]);

        match self {
            #[cfg(all(feature = "std", target_arch = "aarch64", target_endian = "little"))]
            Self::Armv8 => {
                if let Some(aes) = armv8::Aes::new(key) {
                    return aes.meet(&starts, ends, times);
                }
            }
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::AesNi => {
                if let Some(aes) = x86_64::Aes::new(key) {
                    return aes.meet(&starts, ends, times);
                }
            }
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Vaes256 => {
                if let Some(aes) = x86_64::Vaes256::new(key) {
                    return aes.meet(&starts, ends, times);
                }
            }
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Vaes512 => {
                if let Some(aes) = x86_64::Vaes512::new(key) {
                    return aes.meet(&starts, ends, times);
                }
            }
            _ => {}
        }

        Portable::new(key).meet(&starts, ends, times)
    }
}

/// The AES key of all iterations from `seed`.
fn key_of(seed: &Seed) -> Block {
    let mut key = Block::default();
    key.copy_from_slice(&blake3::hash(seed).as_bytes()[..16]);
    key
}

/// The proof of `seed`, where `encrypt_times` encrypts a block the given number of times, one after another.
fn prove_with(
    seed: Seed,
    iterations: NonZeroU32,
    mut keep_going: impl FnMut() -> bool,
    encrypt_times: impl Fn(Block, u32) -> Block,
) -> Option<Checkpoints> {
    let mut checkpoints = Checkpoints::default();
    let mut state = seed;
    for checkpoint in &mut checkpoints {
        let mut left = iterations.get() / CHECKPOINTS as u32;
        while left > 0 {
            if !keep_going() {
                return None;
            }
            let times = left.min(ITERATIONS_PER_QUESTION);
            state = encrypt_times(state, times);
            left -= times;
        }
        *checkpoint = state;
    }
    Some(checkpoints)
}
