//! Deterministic CBOR (RFC 8949 §4.2.1), the part of it that posts need: unsigned integers, byte and text strings, arrays
//! and maps, all of definite length and in the shortest form. Text is in Unicode normalisation form C.

use alloc::vec::Vec;
use thiserror::Error;

/// Why bytes are not deterministic CBOR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CborError {
    /// It ends too early.
    #[error("ends too early")]
    Truncated,
    /// Something follows the item.
    #[error("bytes after the item")]
    Trailing,
    /// Another kind of item was expected.
    #[error("an item of another kind")]
    Kind,
    /// A length or integer takes more bytes than it needs.
    #[error("an integer is not in its shortest form")]
    NotShortest,
    /// Text is not UTF-8, or not in normalisation form C.
    #[error("text is not UTF-8 in normalisation form C")]
    Text,
    /// Keys of a map are not in ascending order of their encodings, or occur twice.
    #[error("keys out of order")]
    KeyOrder,
}

/// Kind of item: the three highest bits of its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Major {
    Unsigned = 0,
    Bytes = 2,
    Text = 3,
    Array = 4,
    Map = 5,
}

/// Writes items.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn head(&mut self, major: Major, value: u64) {
        let major = (major as u8) << 5;
        let [.., c, d] = value.to_be_bytes();
        if value < 24 {
            self.0.push(major | d);
        } else if value <= 0xff {
            self.0.extend([major | 24, d]);
        } else if value <= 0xffff {
            self.0.extend([major | 25, c, d]);
        } else if let Ok(value) = u32::try_from(value) {
            self.0.push(major | 26);
            self.0.extend(value.to_be_bytes());
        } else {
            self.0.push(major | 27);
            self.0.extend(value.to_be_bytes());
        }
    }

    pub(super) fn unsigned(&mut self, value: u64) {
        self.head(Major::Unsigned, value);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.head(Major::Bytes, length(bytes.len()));
        self.0.extend(bytes);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.head(Major::Text, length(text.len()));
        self.0.extend(text.as_bytes());
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

pub(super) fn length(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Reads items. Every length is checked against what is left before anything is allocated.
#[derive(Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], CborError> {
        let length = usize::try_from(length).map_err(|_| CborError::Truncated)?;
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(CborError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn head(&mut self, major: Major) -> Result<u64, CborError> {
        let [first] = *self.take(1)? else {
            return Err(CborError::Truncated);
        };
        if first >> 5 != major as u8 {
            return Err(CborError::Kind);
        }
        let (size, least) = match first & 31 {
            value @ 0..24 => return Ok(value.into()),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return Err(CborError::Kind),
        };
        let value = self
            .take(size)?
            .iter()
            .fold(0u64, |value, byte| (value << 8) | u64::from(*byte));
        if value < least {
            Err(CborError::NotShortest)
        } else {
            Ok(value)
        }
    }

    pub(super) fn unsigned(&mut self) -> Result<u64, CborError> {
        self.head(Major::Unsigned)
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], CborError> {
        let length = self.head(Major::Bytes)?;
        self.take(length)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, CborError> {
        let length = self.head(Major::Text)?;
        let text = core::str::from_utf8(self.take(length)?).map_err(|_| CborError::Text)?;
        if unicode_normalization::is_nfc(text) {
            Ok(text)
        } else {
            Err(CborError::Text)
        }
    }

    pub(super) fn finish(self) -> Result<(), CborError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(CborError::Trailing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_those_of_rfc_8949() {
        // Appendix A
        let vectors: [(u64, &str); 13] = [
            (0, "00"),
            (1, "01"),
            (10, "0a"),
            (23, "17"),
            (24, "1818"),
            (25, "1819"),
            (100, "1864"),
            (1_000, "1903e8"),
            (65_535, "19ffff"),
            (1_000_000, "1a000f4240"),
            (4_294_967_295, "1affffffff"),
            (1_000_000_000_000, "1b000000e8d4a51000"),
            (u64::MAX, "1bffffffffffffffff"),
        ];
        for (value, encoded) in vectors {
            let mut writer = Writer::default();
            writer.unsigned(value);
            let bytes = writer.finish();
            assert_eq!(hex::encode(&bytes), encoded);
            assert_eq!(Reader::new(&bytes).unsigned(), Ok(value));
        }
    }

    #[test]
    fn longer_forms_are_refused() {
        for encoded in [
            "1800",
            "1817",
            "190017",
            "1900ff",
            "1a0000ffff",
            "1b00000000ffffffff",
        ] {
            let bytes = hex::decode(encoded).unwrap();
            assert_eq!(
                Reader::new(&bytes).unsigned(),
                Err(CborError::NotShortest),
                "{encoded}"
            );
        }
        for encoded in ["1c", "1d", "1e", "1f", "20", "f5", "fa47c35000"] {
            let bytes = hex::decode(encoded).unwrap();
            assert_eq!(
                Reader::new(&bytes).unsigned(),
                Err(CborError::Kind),
                "{encoded}"
            );
        }
        for encoded in ["", "18", "19ff", "1b00000000ffffff"] {
            let bytes = hex::decode(encoded).unwrap();
            assert_eq!(
                Reader::new(&bytes).unsigned(),
                Err(CborError::Truncated),
                "{encoded}"
            );
        }
    }

    #[test]
    fn text_is_checked() {
        let read = |bytes: &[u8]| Reader::new(bytes).text().map(alloc::string::String::from);
        assert_eq!(read(b"\x62\xc3\xbc"), Ok("\u{fc}".into()));
        // u with a combining diaeresis, which normalises to the letter above
        assert_eq!(read(b"\x63u\xcc\x88"), Err(CborError::Text));
        assert_eq!(read(b"\x61\xff"), Err(CborError::Text));
        assert_eq!(
            read(b"\x7b\xff\xff\xff\xff\xff\xff\xff\xff"),
            Err(CborError::Truncated)
        );
    }
}
