//! The choice between the implementations.

#[cfg(all(feature = "std", target_arch = "x86_64"))]
use crate::avx2::Avx2;
#[cfg(all(feature = "std", target_arch = "x86_64"))]
use crate::avx512::Avx512;
use crate::{BLOCK_SIZE, Error, GROUP_WORDS, Group, portable};

/// A way to hash many messages. All give the same results; which of them run depends on the CPU.
///
/// The functions of the crate choose by themselves. The methods are for comparing implementations with each other, and
/// for choosing once for many calls. One that this CPU lacks stands for [`Implementation::Portable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Implementation {
    /// The crate `blake3`, one message after the other, on any CPU.
    Portable,
    /// 8 lanes in 256-bit registers of x86-64.
    Avx2,
    /// 16 lanes in 512-bit registers of x86-64.
    Avx512,
}

impl Implementation {
    /// All implementations, the preferred one last.
    const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// The fastest implementation for this CPU. The CPU is asked once; after that this takes a few cycles.
    #[must_use]
    #[inline]
    pub fn detect() -> Self {
        if Self::Avx512.is_available() {
            Self::Avx512
        } else if Self::Avx2.is_available() {
            Self::Avx2
        } else {
            Self::Portable
        }
    }

    /// The implementations that this CPU can run, the fastest one last.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(|implementation| implementation.is_available())
    }

    /// Whether this CPU can run the implementation.
    #[must_use]
    #[inline]
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Avx2 => Avx2::new().is_some(),
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Avx512 => Avx512::new().is_some(),
            #[cfg(not(all(feature = "std", target_arch = "x86_64")))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }

    /// [`crate::keyed_hash_pairs`] with this implementation.
    ///
    /// # Errors
    ///
    /// [`Error`] unless there are exactly twice as many nodes as hashes.
    pub fn keyed_hash_pairs(
        self,
        key: &[u8; 32],
        nodes: &[[u8; 32]],
        hashes: &mut [[u8; 32]],
    ) -> Result<(), Error> {
        let (pairs, []) = nodes.as_flattened().as_chunks::<BLOCK_SIZE>() else {
            return Err(Error::OddNodeCount { nodes: nodes.len() });
        };
        self.keyed_hash_many(key, pairs, hashes)
    }

    /// [`crate::keyed_hash_many_32`] with this implementation.
    ///
    /// # Errors
    ///
    /// [`Error`] unless there are exactly as many messages as hashes.
    pub fn keyed_hash_many_32(
        self,
        key: &[u8; 32],
        messages: &[[u8; 32]],
        hashes: &mut [[u8; 32]],
    ) -> Result<(), Error> {
        self.keyed_hash_many(key, messages, hashes)
    }

    fn keyed_hash_many<const SIZE: usize>(
        self,
        key: &[u8; 32],
        messages: &[[u8; SIZE]],
        hashes: &mut [[u8; 32]],
    ) -> Result<(), Error> {
        if messages.len() != hashes.len() {
            return Err(Error::HashCount {
                messages: messages.len(),
                hashes: hashes.len(),
            });
        }
        match self {
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Avx2 => {
                if let Some(avx2) = Avx2::new() {
                    in_groups(key, messages, hashes, |messages, hashes| {
                        avx2.keyed_hash(key, messages, hashes);
                    });
                    return Ok(());
                }
            }
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Avx512 => {
                if let Some(avx512) = Avx512::new() {
                    in_groups(key, messages, hashes, |messages, hashes| {
                        avx512.keyed_hash(key, messages, hashes);
                    });
                    return Ok(());
                }
            }
            _ => {}
        }
        portable::keyed_hash(key, messages, hashes);
        Ok(())
    }

    /// [`crate::hash_group`] with this implementation.
    ///
    /// # Errors
    ///
    /// [`Error`] if `length` is over 32.
    #[inline]
    pub fn hash_group(self, length: usize, messages: &Group) -> Result<Group, Error> {
        if length > size_of::<[u32; GROUP_WORDS]>() {
            return Err(Error::MessageLength { length });
        }
        match self {
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Avx2 => {
                if let Some(avx2) = Avx2::new() {
                    return Ok(avx2.hash_group(length, messages));
                }
            }
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Avx512 => {
                if let Some(avx512) = Avx512::new() {
                    return Ok(avx512.hash_group(length, messages));
                }
            }
            _ => {}
        }
        Ok(portable::hash_group(length, messages))
    }
}

/// Hashes `messages` under `key`, as many at a time as `hash` has lanes. The last ones are filled up with messages of zeros, unless
/// there is only one, which is hashed faster by itself.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[inline(always)]
fn in_groups<const LANES: usize, const SIZE: usize>(
    key: &[u8; 32],
    messages: &[[u8; SIZE]],
    hashes: &mut [[u8; 32]],
    hash: impl Fn(&[[u8; SIZE]; LANES], &mut [[u8; 32]; LANES]),
) {
    let (message_groups, last_messages) = messages.as_chunks();
    let (hash_groups, last_hashes) = hashes.as_chunks_mut();
    for (messages, hashes) in message_groups.iter().zip(hash_groups) {
        hash(messages, hashes);
    }
    if last_messages.len() == 1 {
        portable::keyed_hash(key, last_messages, last_hashes);
    } else if !last_messages.is_empty() {
        let mut messages = [[0; SIZE]; LANES];
        let mut hashes = [[0; 32]; LANES];
        messages[..last_messages.len()].copy_from_slice(last_messages);
        hash(&messages, &mut hashes);
        last_hashes.copy_from_slice(&hashes[..last_hashes.len()]);
    }
}
