//! The genesis block as it is archived.

#[cfg(test)]
mod tests;

use autonomys_core_primitives::ConsensusParams;
use chacha20::ChaCha8;
use chacha20::cipher::{KeyIvInit, StreamCipher};

/// Makes the encoded genesis block as long as a segment, so that the first segment exists before the first farmer does.
///
/// What is appended is the key stream of ChaCha8, key = `state_root` of the genesis block, nonce and counter zero, up to
/// the size of a segment. It cannot be compressed, and all nodes of a network compute the same. With the 5 bytes in
/// front of an item the block is a little longer than a segment, so its last bytes begin segment 1. A block that
/// is as long as a segment by itself is left as it is.
///
/// A decoder of the block ignores what follows the block proper.
pub fn genesis_block_bytes(
    mut encoded: Vec<u8>,
    state_root: &[u8; 32],
    params: &ConsensusParams,
) -> Vec<u8> {
    let length = encoded.len();
    let segment_size = params.segment_size();
    if length < segment_size {
        encoded.resize(segment_size, 0);
        // At most 128 MiB, while the stream has 256 GiB.
        ChaCha8::new(state_root.into(), &[0; 12].into()).apply_keystream(&mut encoded[length..]);
    }
    encoded
}
