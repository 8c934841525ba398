//! Content ids.

use alloc::string::String;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use core::str::FromStr;
use scale_info::TypeInfo;
use thiserror::Error;

/// Version 1, codec raw, multihash BLAKE3, 32 bytes of digest.
const PREFIX: [u8; 4] = [0x01, 0x55, 0x1e, 0x20];

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Content id of bytes: CIDv1, codec raw, BLAKE3-256. The digest stands for it in SCALE; [`Cid::to_bytes`] is the whole.
/// As text, lower-case base32 after the multibase letter `b`.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Cid(pub [u8; 32]);

/// Not such a content id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a CIDv1 of raw bytes by BLAKE3-256")]
pub struct InvalidCid;

impl Cid {
    /// Length of the whole id.
    pub const SIZE: usize = 36;

    /// Length of the text.
    pub const TEXT_SIZE: usize = 59;

    /// Id of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The whole id: 0x01 0x55 0x1e 0x20 ‖ digest.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes
            .iter_mut()
            .zip(PREFIX.iter().chain(&self.0))
            .for_each(|(to, from)| *to = *from);
        bytes
    }

    /// Reads a whole id.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidCid> {
        bytes
            .strip_prefix(&PREFIX)
            .and_then(|digest| digest.try_into().ok())
            .map(Self)
            .ok_or(InvalidCid)
    }
}

impl fmt::Display for Cid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(Self::TEXT_SIZE);
        text.push('b');
        let (mut buffer, mut bits) = (0u32, 0u32);
        let mut push = |value: u32| {
            let letter = usize::try_from(value & 31)
                .ok()
                .and_then(|index| ALPHABET.get(index));
            text.extend(letter.map(|letter| char::from(*letter)));
        };
        for byte in self.to_bytes() {
            buffer = ((buffer << 8) | u32::from(byte)) & 0xfff;
            bits = bits.saturating_add(8);
            while bits >= 5 {
                bits = bits.saturating_sub(5);
                push(buffer >> bits);
            }
        }
        if bits > 0 {
            push(buffer << 5u32.saturating_sub(bits));
        }
        formatter.write_str(&text)
    }
}

impl fmt::Debug for Cid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Cid {
    type Err = InvalidCid;

    fn from_str(text: &str) -> Result<Self, InvalidCid> {
        let letters = text.strip_prefix('b').ok_or(InvalidCid)?;
        if text.len() != Self::TEXT_SIZE {
            return Err(InvalidCid);
        }
        let mut bytes = alloc::vec::Vec::with_capacity(Self::SIZE);
        let (mut buffer, mut bits) = (0u32, 0u32);
        for letter in letters.bytes() {
            let value = match letter {
                b'a'..=b'z' => letter.wrapping_sub(b'a'),
                b'2'..=b'7' => letter.wrapping_sub(b'2').wrapping_add(26),
                _ => return Err(InvalidCid),
            };
            buffer = ((buffer << 5) | u32::from(value)) & 0xfff;
            bits = bits.saturating_add(5);
            if bits >= 8 {
                bits = bits.saturating_sub(8);
                bytes.push(u8::try_from((buffer >> bits) & 0xff).unwrap_or_default());
            }
        }
        let cid = Self::from_bytes(&bytes)?;
        // The last letter has two bits that say nothing; they are zero.
        if buffer & ((1u32 << bits).wrapping_sub(1)) != 0 {
            return Err(InvalidCid);
        }
        Ok(cid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_and_bytes_are_read_back_and_nothing_else_is(digest in any::<[u8; 32]>(), at in 0usize..59, letter in any::<char>()) {
            let cid = Cid(digest);
            let text = cid.to_string();
            prop_assert_eq!(text.len(), Cid::TEXT_SIZE);
            prop_assert_eq!(text.parse(), Ok(cid));
            prop_assert_eq!(Cid::from_bytes(&cid.to_bytes()), Ok(cid));
            let mut other: Vec<char> = text.chars().collect();
            other[at] = letter;
            let other: String = other.into_iter().collect();
            if let Ok(read) = other.parse::<Cid>() {
                prop_assert_eq!(read.to_string(), other);
            }
        }
    }

    #[test]
    fn other_ids_are_refused() {
        let bytes = Cid([7; 32]).to_bytes();
        for position in 0..4 {
            let mut other = bytes;
            other[position] ^= 1;
            assert_eq!(Cid::from_bytes(&other), Err(InvalidCid));
        }
        assert_eq!(Cid::from_bytes(&bytes[..35]), Err(InvalidCid));
        let text = Cid([7; 32]).to_string();
        // The last letter carries three bits
        for letter in ('a'..='z').chain('2'..='7') {
            let other = format!("{}{letter}", &text[..58]);
            assert!(
                other.parse::<Cid>().is_err()
                    || other.ends_with(['a', 'e', 'i', 'm', 'q', 'u', 'y', '4'])
            );
        }
        assert_eq!(text.to_uppercase().parse::<Cid>(), Err(InvalidCid));
        assert_eq!(text[..58].parse::<Cid>(), Err(InvalidCid));
    }
}
