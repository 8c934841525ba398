//! Strict DER in bounded work, over the crate `der`: what certificates are read with, and a writer of the same.
//!
//! [`walk`] goes over all elements once before anything is read: definite lengths in their shortest form, at most 16
//! levels and 512 elements, nothing after the end. Then a [`Reader`] takes elements by tag.

use alloc::vec::Vec;
use der::{Decode, Header, Reader as _, SliceReader};

/// Longest encoding.
pub const MAX_LENGTH: usize = 4_096;
/// Levels of nesting.
pub const MAX_NESTING: usize = 16;
/// Elements, all levels together.
pub const MAX_ELEMENTS: usize = 512;

/// Tags of the elements in use, as their octet.
pub mod tag {
    /// BOOLEAN.
    pub const BOOLEAN: u8 = 0x01;
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// BIT STRING.
    pub const BIT_STRING: u8 = 0x03;
    /// OCTET STRING.
    pub const OCTET_STRING: u8 = 0x04;
    /// NULL.
    pub const NULL: u8 = 0x05;
    /// OBJECT IDENTIFIER.
    pub const OBJECT_IDENTIFIER: u8 = 0x06;
    /// UTF8String.
    pub const UTF8_STRING: u8 = 0x0c;
    /// PrintableString.
    pub const PRINTABLE_STRING: u8 = 0x13;
    /// IA5String.
    pub const IA5_STRING: u8 = 0x16;
    /// UTCTime.
    pub const UTC_TIME: u8 = 0x17;
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: u8 = 0x18;
    /// SEQUENCE.
    pub const SEQUENCE: u8 = 0x30;
    /// SET.
    pub const SET: u8 = 0x31;
    /// `[0]`, constructed.
    pub const CONTEXT_0: u8 = 0xa0;
    /// `[3]`, constructed.
    pub const CONTEXT_3: u8 = 0xa3;
    /// `[2]`, primitive: dNSName.
    pub const DNS_NAME: u8 = 0x82;
    /// `[6]`, primitive: uniformResourceIdentifier.
    pub const URI: u8 = 0x86;
}

/// Why bytes are not DER, or not what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DerError {
    /// Longer than [`MAX_LENGTH`].
    #[error("{0} bytes, at most 4096 are read")]
    TooLong(usize),
    /// A tag or length that DER does not allow, or one that goes beyond the end.
    #[error("not DER")]
    Malformed,
    /// Deeper than [`MAX_NESTING`].
    #[error("nested more than 16 levels deep")]
    TooDeep,
    /// More than [`MAX_ELEMENTS`].
    #[error("more than 512 elements")]
    TooMany,
    /// Bytes after the end.
    #[error("bytes after the end")]
    Trailing,
    /// Another element than this one.
    #[error("expected an element of tag {0:#04x}")]
    Unexpected(u8),
    /// A value that is not in its one encoding.
    #[error("a value that is not in its shortest form")]
    Value,
}

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// The tag's octet.
    pub tag: u8,
    /// The contents.
    pub value: &'a [u8],
    /// Tag, length and contents.
    pub bytes: &'a [u8],
}

/// Splits the first element off.
fn split(bytes: &[u8]) -> Result<(Element<'_>, &[u8]), DerError> {
    let mut reader = SliceReader::new(bytes).map_err(|_| DerError::Malformed)?;
    let header = Header::decode(&mut reader).map_err(|_| DerError::Malformed)?;
    let start = usize::try_from(reader.position()).map_err(|_| DerError::Malformed)?;
    let length = usize::try_from(header.length).map_err(|_| DerError::Malformed)?;
    let end = start.checked_add(length).ok_or(DerError::Malformed)?;
    let (bytes, rest) = bytes.split_at_checked(end).ok_or(DerError::Malformed)?;
    let element = Element {
        tag: header.tag.octet(),
        value: bytes.get(start..).ok_or(DerError::Malformed)?,
        bytes,
    };
    Ok((element, rest))
}

/// Goes over one element and all within, and gives their number. Contents of primitive elements are not looked into.
pub fn walk(bytes: &[u8]) -> Result<usize, DerError> {
    if bytes.len() > MAX_LENGTH {
        return Err(DerError::TooLong(bytes.len()));
    }
    // What is left of the enclosing elements, the outermost first
    let mut enclosing: Vec<&[u8]> = Vec::with_capacity(MAX_NESTING);
    let mut elements = 0usize;
    let mut rest = bytes;
    loop {
        let (element, after) = split(rest)?;
        elements = elements.saturating_add(1);
        if elements > MAX_ELEMENTS {
            return Err(DerError::TooMany);
        }
        const CONSTRUCTED: u8 = 0x20;
        if element.tag & CONSTRUCTED != 0 {
            if enclosing.len() >= MAX_NESTING {
                return Err(DerError::TooDeep);
            }
            enclosing.push(after);
            rest = element.value;
        } else {
            rest = after;
        }
        while rest.is_empty() {
            let Some(outer) = enclosing.pop() else {
                return Ok(elements);
            };
            rest = outer;
        }
        if enclosing.is_empty() {
            return Err(DerError::Trailing);
        }
    }
}

/// Reads elements one after the other.
#[derive(Clone, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads the elements in these bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tag of the next element.
    pub fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next element, whatever it is.
    pub fn any(&mut self) -> Result<Element<'a>, DerError> {
        let (element, rest) = split(self.0)?;
        self.0 = rest;
        Ok(element)
    }

    /// The next element, which has this tag.
    pub fn element(&mut self, tag: u8) -> Result<Element<'a>, DerError> {
        if self.peek() != Some(tag) {
            return Err(DerError::Unexpected(tag));
        }
        self.any()
    }

    /// Contents of the next element, which has this tag.
    pub fn value(&mut self, tag: u8) -> Result<&'a [u8], DerError> {
        self.element(tag).map(|element| element.value)
    }

    /// Reads the elements in the next one, which has this tag.
    pub fn nested(&mut self, tag: u8) -> Result<Self, DerError> {
        self.value(tag).map(Self)
    }

    /// The next element if it has this tag.
    pub fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, DerError> {
        if self.peek() == Some(tag) {
            self.value(tag).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Octets of a non-negative INTEGER, without leading zero.
    pub fn unsigned(&mut self) -> Result<&'a [u8], DerError> {
        match self.value(tag::INTEGER)? {
            [0] => Ok(&[0]),
            [0, rest @ ..] if rest.first().is_some_and(|byte| byte & 0x80 != 0) => Ok(rest),
            [0, ..] | [] => Err(DerError::Value),
            value if value.first().is_some_and(|byte| byte & 0x80 != 0) => Err(DerError::Value),
            value => Ok(value),
        }
    }

    /// An INTEGER from 0 to 255.
    pub fn small(&mut self) -> Result<u8, DerError> {
        match self.unsigned()? {
            [value] => Ok(*value),
            _ => Err(DerError::Value),
        }
    }

    /// Octets of a BIT STRING of whole octets.
    pub fn octet_bits(&mut self) -> Result<&'a [u8], DerError> {
        match self.value(tag::BIT_STRING)? {
            [0, octets @ ..] => Ok(octets),
            _ => Err(DerError::Value),
        }
    }

    /// A BIT STRING of up to 16 named bits without trailing zeros; bit n of the result is bit n of the string.
    pub fn named_bits(&mut self) -> Result<u16, DerError> {
        let (unused, first, second) = match self.value(tag::BIT_STRING)? {
            [unused, first] => (*unused, *first, None),
            [unused, first, second] => (*unused, *first, Some(*second)),
            _ => return Err(DerError::Value),
        };
        let last = second.unwrap_or(first);
        // The last bit in use is one, and those not in use are zero
        if unused > 7 || last.trailing_zeros() != u32::from(unused) {
            return Err(DerError::Value);
        }
        Ok(u16::from_be_bytes([first, second.unwrap_or(0)]).reverse_bits())
    }

    /// Checks that nothing is left.
    pub fn end(&self) -> Result<(), DerError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(DerError::Trailing)
        }
    }
}

/// Writes an element: tag, length, and `parts` one after the other.
pub fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts
        .iter()
        .fold(0usize, |length, part| length.saturating_add(part.len()));
    let mut bytes = Vec::with_capacity(length.saturating_add(10));
    bytes.push(tag);
    let octets = length.to_be_bytes();
    let significant = octets
        .iter()
        .position(|octet| *octet != 0)
        .and_then(|first| octets.get(first..))
        .unwrap_or(&[0]);
    match significant {
        [short @ 0..=0x7f] => bytes.push(*short),
        long => {
            bytes.push(0x80 | u8::try_from(long.len()).unwrap_or(0x7f));
            bytes.extend_from_slice(long);
        }
    }
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}

/// Writes a non-negative INTEGER from its big-endian octets.
pub fn unsigned(octets: &[u8]) -> Vec<u8> {
    let first = octets.iter().position(|octet| *octet != 0);
    let octets = first.and_then(|first| octets.get(first..)).unwrap_or(&[0]);
    if octets.first().is_some_and(|octet| octet & 0x80 != 0) {
        element(tag::INTEGER, &[&[0], octets])
    } else {
        element(tag::INTEGER, &[octets])
    }
}

/// Writes a BIT STRING of whole octets.
pub fn octet_bits(octets: &[u8]) -> Vec<u8> {
    element(tag::BIT_STRING, &[&[0], octets])
}

/// Writes a BIT STRING of named bits; none is an empty string.
pub fn named_bits(bits: u16) -> Vec<u8> {
    let [first, second] = bits.reverse_bits().to_be_bytes();
    let unused = |octet: u8| u8::try_from(octet.trailing_zeros()).unwrap_or(0);
    match (first, second) {
        (0, 0) => element(tag::BIT_STRING, &[&[0]]),
        (_, 0) => element(tag::BIT_STRING, &[&[unused(first), first]]),
        _ => element(tag::BIT_STRING, &[&[unused(second), first, second]]),
    }
}

#[cfg(test)]
mod tests;
