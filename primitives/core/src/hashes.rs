//! BLAKE3 with one key per use.
//!
//! Every hash of the protocol is BLAKE3 in keyed mode over the plain concatenation of fixed-length fields. The key of a
//! use is BLAKE3 (unkeyed) of the ASCII name of the use; the names are `autonomys/<use>/v1`. So a value made for one
//! purpose is never a value of another purpose. Two uses have a key that is itself such a hash: the audit ticket is
//! keyed with the sector's slot challenge ([`crate::sectors::SectorSlotChallenge::ticket`]). Not covered here are the
//! hashes inside the functions of proof of space and proof of time, which are those of the published functions.

/// A key of BLAKE3's keyed mode.
pub type HashKey = [u8; 32];

macro_rules! keys {
    ($($(#[$attribute:meta])* $name:ident = $context:literal, $hex:literal;)*) => {
        $($(#[$attribute])* pub const $name: HashKey = decode_hex($hex);)*

        #[cfg(test)]
        const ALL: &[(&str, HashKey)] = &[$(($context, $name)),*];
    };
}

keys! {
    /// Inner node of every Merkle tree: left child ‖ right child.
    MERKLE_NODE_KEY = "autonomys/merkle-node/v1", b"946bf9bcae3e74cf6b6944bf779442b5efb642ee477f48206c1b10f8264a6560";
    /// Hash of a segment header: its SCALE encoding.
    SEGMENT_HEADER_KEY = "autonomys/segment-header/v1", b"66bcc203cb7ce4356fbbaec884ad378e73f187af5179aafe74168b1c4973eb8f";
    /// Id of a sector: public key ‖ sector index ‖ history size.
    SECTOR_ID_KEY = "autonomys/sector-id/v1", b"f57ea32a290dde84138ab7caf962f189b65ef5c320b0cf5394767392ada26d68";
    /// Seed of the proof-of-space table of one piece of a sector: sector id ‖ piece offset.
    POS_SEED_KEY = "autonomys/proof-of-space-seed/v1", b"943cd57f55ec9df999e575326e0192137a68bfafb196a20f44f8a5bd7ffd3e68";
    /// Choice of the piece at an offset of a sector: sector id ‖ piece offset.
    PIECE_INDEX_KEY = "autonomys/sector-piece/v1", b"e007759b7127d254b909f852af932af5714b212e4d35a6ae35e5e130ee9ac178";
    /// Expiration of a sector: sector id ‖ segment root.
    SECTOR_EXPIRATION_KEY = "autonomys/sector-expiration/v1", b"3a552a0a105a8db2d863430545d0ef197d7b2dbdd0efded9845c87559ee82de5";
    /// Mask of a chunk: proof of space.
    CHUNK_MASK_KEY = "autonomys/chunk-mask/v1", b"b03771ac896f78b6130d5bc218f9ce780c5ee0c3cc737977fe56896567779001";
    /// Global randomness of a slot: proof-of-time output.
    GLOBAL_RANDOMNESS_KEY = "autonomys/global-randomness/v1", b"5ff7aed0e2c5c00c369378760327a5ad7086ef8e8b0e89120ec5e4cf53cdcebe";
    /// Global challenge of a slot: global randomness ‖ slot.
    GLOBAL_CHALLENGE_KEY = "autonomys/global-challenge/v1", b"986d27fa0bd87efb497a633df51f8184e0b0431834ade7ec94fa3d454bc92fea";
    /// First seed of proof of time: genesis hash ‖ external entropy.
    POT_GENESIS_SEED_KEY = "autonomys/proof-of-time-genesis-seed/v1", b"037cb444552505aafc835a6428f599e38f514e907f538675a853cf71fcd9bd1c";
    /// Entropy of a block for proof of time: solution chunk ‖ proof-of-time output.
    POT_ENTROPY_KEY = "autonomys/proof-of-time-entropy/v1", b"0489c913ea50b8cd35e6e9df71b730d5338cd640c08aaf6a0f06774f363a3652";
    /// Seed of proof of time at an entropy injection: entropy ‖ output.
    POT_INJECTED_SEED_KEY = "autonomys/proof-of-time-injected-seed/v1", b"a160a40993695fcf69ff22cf659664dd17dda0b8f45c27049d666eeec9f3b018";
    /// Randomness of a block for applications: proof-of-time output.
    BLOCK_RANDOMNESS_KEY = "autonomys/block-randomness/v1", b"d78251aa8d2e97606106815acc871a3267961fd8a7605bfa74cd9d2bb577a365";
    /// Integrity of a block of a farm file: its bytes.
    CHECKSUM_KEY = "autonomys/checksum/v1", b"1106a86ea398477d28d2047030cde734a2c0b275a6c6cb9258b000c9423139c0";
}

/// Hashes the concatenation of `parts` with `key`.
pub fn keyed_hash(key: &HashKey, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(key);
    for part in parts {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

/// The little-endian integer in `bytes` modulo `modulus`; zero for a zero modulus.
pub(crate) fn modulo_le(bytes: &[u8; 32], modulus: u64) -> u64 {
    let remainder = bytes.iter().rev().fold(0u128, |remainder, &byte| {
        ((remainder << 8) | u128::from(byte))
            .checked_rem(u128::from(modulus))
            .unwrap_or(0)
    });
    u64::try_from(remainder).unwrap_or(0)
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "runs at compile time only"
)]
const fn decode_hex(text: &[u8; 64]) -> HashKey {
    const fn digit(character: u8) -> u8 {
        match character {
            b'0'..=b'9' => character - b'0',
            b'a'..=b'f' => character - b'a' + 10,
            _ => panic!("a key is 64 lowercase hex digits"),
        }
    }
    let mut key = [0; 32];
    let mut index = 0;
    while index < 32 {
        key[index] = digit(text[2 * index]) << 4 | digit(text[2 * index + 1]);
        index += 1;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_the_hash_of_its_name_and_no_name_occurs_twice() {
        for (position, (name, key)) in ALL.iter().enumerate() {
            assert_eq!(
                key,
                blake3::hash(name.as_bytes()).as_bytes(),
                "{name}: {}",
                hex::encode(blake3::hash(name.as_bytes()).as_bytes())
            );
            assert!(ALL[position + 1..].iter().all(|(other, _)| other != name));
        }
    }

    #[test]
    fn modulo_is_that_of_a_256_bit_integer() {
        let mut bytes = [0u8; 32];
        bytes[0] = 7;
        bytes[31] = 1; // 2^248 + 7
        // 2^8 = 1 (mod 255), so 2^248 = 1
        assert_eq!(modulo_le(&bytes, 255), 8);
        assert_eq!(modulo_le(&bytes, 1), 0);
        assert_eq!(modulo_le(&bytes, 0), 0);
        assert_eq!(modulo_le(&[0xff; 32], u64::MAX), 0);
    }
}
