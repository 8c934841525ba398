//! The implementation on the crate `blake3`.

use crate::{GROUP_LANES, GROUP_WORDS, Group};

pub(crate) fn keyed_hash<const SIZE: usize>(
    key: &[u8; 32],
    messages: &[[u8; SIZE]],
    hashes: &mut [[u8; 32]],
) {
    for (message, hash) in messages.iter().zip(hashes) {
        *hash = *blake3::keyed_hash(key, message).as_bytes();
    }
}

/// `length` is at most 32.
pub(crate) fn hash_group(length: usize, messages: &Group) -> Group {
    let mut hashes = Group::default();
    for lane in 0..GROUP_LANES {
        let mut bytes = [0; 4 * GROUP_WORDS];
        for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(&messages.words) {
            *bytes = word[lane].to_le_bytes();
        }
        let hash = blake3::hash(&bytes[..length]);
        for (word, bytes) in hashes.words.iter_mut().zip(hash.as_bytes().as_chunks().0) {
            word[lane] = u32::from_le_bytes(*bytes);
        }
    }
    hashes
}
