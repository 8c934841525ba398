//! Names of issuers and subjects.

use alloc::vec::Vec;
use core::str;

use super::CertificateError;
use crate::der::{self, Reader, tag};

/// Attributes of a name.
const MAX_ATTRIBUTES: usize = 8;
/// Bytes of the value of an attribute: 64 characters of four bytes.
const MAX_VALUE: usize = 256;
/// Characters of a common name.
const MAX_COMMON_NAME: usize = 64;
/// Bytes of the contents of an OBJECT IDENTIFIER.
const MAX_OID: usize = 39;
/// Contents of the OBJECT IDENTIFIER `commonName`.
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];

/// Another name of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AltName<'a> {
    /// A URI.
    Uri(&'a str),
    /// A DNS name.
    Dns(&'a str),
}

impl<'a> AltName<'a> {
    /// A DNS name: 1 to 253 letters, digits, hyphens and dots, or an asterisk.
    pub(super) fn dns(value: &'a [u8]) -> Option<Self> {
        let is_name = (1..=253).contains(&value.len())
            && value
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-.*".contains(byte));
        let name = str::from_utf8(value).ok()?;
        is_name.then_some(Self::Dns(name))
    }

    /// A URI: printable ASCII without spaces.
    pub(super) fn uri(value: &'a [u8]) -> Option<Self> {
        let is_uri = !value.is_empty() && value.iter().all(u8::is_ascii_graphic);
        let uri = str::from_utf8(value).ok()?;
        is_uri.then_some(Self::Uri(uri))
    }
}

/// A name within the profile, as DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    der: &'a [u8],
    common_name: &'a str,
}

impl<'a> Name<'a> {
    /// Reads a name.
    pub fn parse(der: &'a [u8]) -> Result<Self, CertificateError> {
        der::walk(der)?;
        let mut reader = Reader::new(der);
        let mut names = reader.nested(tag::SEQUENCE)?;
        reader.end()?;
        let mut common_name = None;
        let mut count = 0usize;
        while !names.is_empty() {
            count = count.saturating_add(1);
            if count > MAX_ATTRIBUTES {
                return Err(CertificateError::Name);
            }
            let mut set = names.nested(tag::SET)?;
            let mut attribute = set.nested(tag::SEQUENCE)?;
            // Several attributes in one set have no order of their own
            set.end()?;
            let oid = attribute.value(tag::OBJECT_IDENTIFIER)?;
            if !is_oid(oid) {
                return Err(CertificateError::Name);
            }
            let value = attribute.any()?;
            attribute.end()?;
            let text = text(value.tag, value.value).ok_or(CertificateError::Name)?;
            if oid == COMMON_NAME
                && (value.tag == tag::IA5_STRING || common_name.replace(text).is_some())
            {
                return Err(CertificateError::CommonName);
            }
        }
        let common_name = common_name
            .filter(|name| name.chars().count() <= MAX_COMMON_NAME)
            .filter(|name| unicode_normalization::is_nfc(name))
            .ok_or(CertificateError::CommonName)?;
        Ok(Self { der, common_name })
    }

    /// The common name.
    pub const fn common_name(&self) -> &'a str {
        self.common_name
    }

    /// The name's DER.
    pub const fn as_der(&self) -> &'a [u8] {
        self.der
    }
}

/// A name made of nothing but a common name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedName(Vec<u8>);

impl OwnedName {
    /// The name with this common name, if it is within the profile.
    pub fn new(common_name: &str) -> Result<Self, CertificateError> {
        let attribute = der::element(
            tag::SEQUENCE,
            &[
                &der::element(tag::OBJECT_IDENTIFIER, &[&COMMON_NAME]),
                &der::element(tag::UTF8_STRING, &[common_name.as_bytes()]),
            ],
        );
        let name = der::element(tag::SEQUENCE, &[&der::element(tag::SET, &[&attribute])]);
        Name::parse(&name)?;
        Ok(Self(name))
    }

    /// The name.
    pub fn as_name(&self) -> Result<Name<'_>, CertificateError> {
        Name::parse(&self.0)
    }
}

/// Text of a string type: not empty, without control characters.
fn text(string: u8, value: &[u8]) -> Option<&str> {
    if value.is_empty() || value.len() > MAX_VALUE {
        return None;
    }
    let text = str::from_utf8(value).ok()?;
    let is_text = match string {
        tag::UTF8_STRING => !text.chars().any(char::is_control),
        tag::PRINTABLE_STRING => value
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(byte)),
        tag::IA5_STRING => value
            .iter()
            .all(|byte| byte.is_ascii_graphic() || *byte == b' '),
        _ => false,
    };
    is_text.then_some(text)
}

/// Whether these are contents of an OBJECT IDENTIFIER: every arc in its shortest form, the last one ended.
pub(super) fn is_oid(contents: &[u8]) -> bool {
    let mut starts_arc = true;
    for byte in contents {
        if starts_arc && *byte == 0x80 {
            return false;
        }
        starts_arc = byte & 0x80 == 0;
    }
    starts_arc && (1..=MAX_OID).contains(&contents.len())
}
