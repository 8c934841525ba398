//! The round keys of AES-128 (FIPS 197, section 5.2) for the implementations on AES instructions.
//!
//! An encryption is ten rounds and eleven round keys: `k0` is added (xor) before the first round and `k1 … k10` at the
//! end of each. In a chain of encryptions under one key, `k10` at the end of one is directly followed by `k0` of the
//! next, so the implementations keep the state between two encryptions with one of these keys added to it, and add both
//! at once as one combined key. An iteration is then exactly ten AES instructions in a row. Decryption mirrors it, with
//! the keys in reverse order and `InvMixColumns` applied to the inner ones ("equivalent inverse cipher", section 5.3.5).

use crate::implementation::Block;

/// Round keys of AES-128.
pub(crate) const ROUND_KEYS: usize = 11;

/// `Rcon` of each round key that is derived: powers of x in GF(2^8).
const ROUND_CONSTANTS: [u8; ROUND_KEYS - 1] =
    [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36];

/// Expands `key` into the round keys `k0 … k10`. `sub_word` applies the S-box to each byte of a word.
pub(crate) fn expand(key: Block, sub_word: impl Fn(u32) -> u32) -> [Block; ROUND_KEYS] {
    let mut word = u128::from_le_bytes(key);
    let mut round_keys = [key; ROUND_KEYS];
    for (round_key, constant) in round_keys[1..].iter_mut().zip(ROUND_CONSTANTS) {
        // The last of four little-endian words of the key before; RotWord moves its bytes down by one
        let last = (word >> 96) as u32;
        let first = sub_word(last.rotate_right(8)) ^ u32::from(constant);
        // Each word is itself xor the one before it in the new key: a running xor, with `first` carried into the lowest
        word ^= word << 32;
        word ^= word << 64;
        word ^= u128::from(first) * 0x0000_0001_0000_0001_0000_0001_0000_0001;
        *round_key = word.to_le_bytes();
    }
    round_keys
}
