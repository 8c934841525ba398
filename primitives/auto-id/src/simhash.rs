//! SimHash-256, scheme 1 of semantic hashes: how alike two texts are, deterministic and without a model.
//!
//! ASCII letters are lower-cased; tokens are the longest runs of `a`–`z` and `0`–`9`; a shingle is two consecutive
//! tokens joined by a space, or the whole normalised text (its tokens joined by spaces) if there are fewer than two.
//! Of BLAKE2b-256 of each shingle every bit votes, most significant first; a bit of the result is one if more shingles
//! have it than not. Unrelated texts differ in 128 ± 8 bits, edited ones in few. Texts of a handful of words say little.

use alloc::vec::Vec;

use crate::Hash;
use crate::hashes::blake2b_256;

/// Number of this scheme where semantic hashes are stored with theirs.
pub const SCHEME: u8 = 1;
/// Most bits in which near-duplicates differ.
pub const NEAR_DUPLICATE: u32 = 64;
/// Most bits in which related texts differ.
pub const RELATED: u32 = 88;

/// The SimHash of a text. Takes time linear in its length.
pub fn simhash(text: &[u8]) -> Hash {
    let mut tokens = text
        .split(|byte| !byte.is_ascii_alphanumeric())
        .filter(|token| !token.is_empty());
    let mut votes = [0i64; 256];
    let mut previous = tokens.next().unwrap_or_default().to_ascii_lowercase();
    let mut shingles = 0u64;
    let mut shingle = Vec::new();
    for token in tokens {
        let token = token.to_ascii_lowercase();
        shingle.clear();
        shingle.extend_from_slice(&previous);
        shingle.push(b' ');
        shingle.extend_from_slice(&token);
        vote(&mut votes, &shingle);
        shingles = shingles.saturating_add(1);
        previous = token;
    }
    if shingles == 0 {
        vote(&mut votes, &previous);
    }
    let mut hash = [0; 32];
    for (byte, votes) in hash.iter_mut().zip(votes.chunks(8)) {
        *byte = votes
            .iter()
            .fold(0u8, |byte, vote| byte << 1 | u8::from(*vote > 0));
    }
    hash
}

fn vote(votes: &mut [i64; 256], shingle: &[u8]) {
    let hash = blake2b_256("", &[shingle]);
    let bits = hash
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |shift| byte >> shift & 1));
    for (votes, bit) in votes.iter_mut().zip(bits) {
        *votes = votes.saturating_add(if bit == 1 { 1 } else { -1 });
    }
}

/// Bits in which two hashes differ, 0 to 256.
pub fn distance(a: &Hash, b: &Hash) -> u32 {
    a.iter()
        .zip(b)
        .fold(0, |sum, (a, b)| sum.saturating_add((a ^ b).count_ones()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FOX: &str = "the quick brown fox jumps over the lazy dog";

    #[test]
    fn texts_are_normalised() {
        let fox = simhash(FOX.as_bytes());
        for same in [
            "The QUICK brown; fox jumps over the lazy dog.",
            "  the\nquick\tbrown fox, jumps - over the lazy dog!!",
            "the quick brown fox jumps over the lazy \u{e4}\u{f6} dog",
        ] {
            assert_eq!(simhash(same.as_bytes()), fox, "{same}");
        }
        assert_ne!(simhash(b"the quick brown fox jumps over the lazydog"), fox);
        assert_eq!(simhash(b"...Word?"), blake2b_256("", &[b"word"]));
        assert_eq!(simhash(b" ?"), blake2b_256("", &[b""]));
        assert_eq!(simhash(b"two words"), blake2b_256("", &[b"two words"]));
    }

    #[test]
    fn an_edit_is_nearer_than_another_text() {
        let words = |salt: usize| {
            (0..200)
                .map(|n| format!("word{} ", (n * 7919 + salt) % 1_000))
                .collect::<String>()
        };
        let text = words(0);
        let edited = text.replacen("word0 ", "edited ", 1);
        let near = distance(&simhash(text.as_bytes()), &simhash(edited.as_bytes()));
        let far = distance(
            &simhash(text.as_bytes()),
            &simhash(words(500_000).as_bytes()),
        );
        assert!(near <= NEAR_DUPLICATE, "{near}");
        let unrelated = (0..200).map(|n| format!("other{n} ")).collect::<String>();
        let unrelated = distance(&simhash(text.as_bytes()), &simhash(unrelated.as_bytes()));
        assert!(
            unrelated > RELATED && near < unrelated,
            "{near} {far} {unrelated}"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_hash(text: Vec<u8>) {
            simhash(&text);
        }

        #[test]
        fn distance_is_a_metric(a: [u8; 32], b: [u8; 32], c: [u8; 32]) {
            prop_assert_eq!(distance(&a, &a), 0);
            prop_assert_eq!(distance(&a, &b), distance(&b, &a));
            prop_assert!(distance(&a, &c) <= distance(&a, &b) + distance(&b, &c));
            prop_assert!(distance(&a, &b) <= 256);
        }
    }
}
