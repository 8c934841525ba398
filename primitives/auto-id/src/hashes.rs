//! BLAKE2b-256 over a domain string and fields.

use crate::Hash;

/// Hashes `domain` ‖ `parts`. At most one part may have a variable length, or two inputs could be the same bytes.
pub(crate) fn blake2b_256(domain: &str, parts: &[&[u8]]) -> Hash {
    let mut state = blake2b_simd::Params::new().hash_length(32).to_state();
    state.update(domain.as_bytes());
    for part in parts {
        state.update(part);
    }
    let mut hash = [0; 32];
    // The two have the same length: `hash_length(32)`
    for (to, from) in hash.iter_mut().zip(state.finalize().as_bytes()) {
        *to = *from;
    }
    hash
}
