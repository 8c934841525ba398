//! Checksums of blocks of a farm.

use crate::layout::CHECKSUM_SIZE;
use autonomys_core_primitives::hashes::{CHECKSUM_KEY, keyed_hash};

/// The checksum of `bytes`: BLAKE3 keyed with
/// [`CHECKSUM_KEY`](autonomys_core_primitives::hashes::CHECKSUM_KEY).
pub fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_SIZE] {
    keyed_hash(&CHECKSUM_KEY, &[bytes])
}

/// The bytes before the checksum at the end of `block`, if it is theirs.
pub fn checked(block: &[u8]) -> Option<&[u8]> {
    let (bytes, sum) = block.split_last_chunk::<CHECKSUM_SIZE>()?;
    (checksum(bytes) == *sum).then_some(bytes)
}

/// Hashes a stream for its checksum.
pub(crate) fn hasher() -> blake3::Hasher {
    blake3::Hasher::new_keyed(&CHECKSUM_KEY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_block_is_not_returned() {
        let mut block = vec![1, 2, 3];
        block.extend_from_slice(&checksum(&block));
        assert_eq!(checked(&block), Some(&[1, 2, 3][..]));
        for bit in 0..block.len() * 8 {
            block[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(checked(&block), None, "bit {bit}");
            block[bit / 8] ^= 1 << (bit % 8);
        }
        for length in 0..block.len() {
            assert_eq!(checked(&block[..length]), None, "{length} bytes");
        }
    }
}
