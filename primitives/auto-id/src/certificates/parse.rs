//! Reading.

use ::der::asn1::{GeneralizedTime, UtcTime};
use ::der::{DateTime, Decode};
use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::names::is_oid;
use super::write::{ARC, EC_P256, ED25519, RSA_KEY, oids, signature_algorithm};
use super::{
    Algorithm, AltName, Certificate, CertificateError, Extension, ExtensionName, ExtensionValue,
    KeyUsage, MAX_DNS_NAMES, MAX_EXTENSIONS, Name, Serial, Tbs,
};
use crate::der::{self, DerError, Element, Reader, tag};
use crate::keys::{KeyError, RSA_EXPONENT, RsaModulus, bit_length};
use crate::signatures::RsaSignature;
use crate::{AutoId, Kind, Millis, PublicKey, Salt, Signature};

/// Milliseconds in a second.
const MILLIS: u64 = 1_000;
/// First year that is written as GeneralizedTime.
const GENERALIZED_FROM: u16 = 2050;

impl<'a> Certificate<'a> {
    /// Reads a certificate. Checks its form, key and extensions one by one; see [`Certificate::check`] for the rest.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, CertificateError> {
        der::walk(bytes)?;
        let mut outer = Reader::new(bytes);
        let mut certificate = outer.nested(tag::SEQUENCE)?;
        outer.end()?;
        let signed = certificate.element(tag::SEQUENCE)?;
        let mut tbs = Reader::new(signed.value);
        let algorithm = certificate.element(tag::SEQUENCE)?;
        let signature = certificate.octet_bits()?;
        certificate.end()?;

        let mut version = match tbs.optional(tag::CONTEXT_0)? {
            Some(version) => Reader::new(version),
            None => return Err(CertificateError::Version),
        };
        if version.small()? != 2 {
            return Err(CertificateError::Version);
        }
        version.end()?;
        let serial = tbs.unsigned().map_err(|_| CertificateError::Serial)?;
        let serial = Serial::new(serial).ok_or(CertificateError::Serial)?;
        if tbs.element(tag::SEQUENCE)?.bytes != algorithm.bytes {
            return Err(CertificateError::AlgorithmMismatch);
        }
        let algorithm = [
            Algorithm::Ed25519,
            Algorithm::EcdsaSha256,
            Algorithm::RsaPkcs1Sha256,
            Algorithm::RsaPssSha256,
        ]
        .into_iter()
        .find(|known| signature_algorithm(*known) == algorithm.bytes)
        .ok_or(CertificateError::UnsupportedAlgorithm)?;
        let issuer = Name::parse(tbs.element(tag::SEQUENCE)?.bytes)?;
        let mut validity = tbs.nested(tag::SEQUENCE)?;
        let not_before = parse_time(validity.any()?)?;
        let not_after = parse_time(validity.any()?)?;
        validity.end()?;
        let subject = Name::parse(tbs.element(tag::SEQUENCE)?.bytes)?;
        let key = parse_public_key_info(tbs.element(tag::SEQUENCE)?.bytes)?;
        // Unique identifiers of issuer and subject would stand here; the profile has none
        let extensions = match tbs.optional(tag::CONTEXT_3)? {
            Some(extensions) => parse_extensions(extensions)?,
            None => Vec::new(),
        };
        tbs.end()?;
        Ok(Self {
            tbs: Tbs {
                serial,
                algorithm,
                issuer,
                not_before,
                not_after,
                subject,
                key,
                extensions,
            },
            signed: Cow::Borrowed(signed.bytes),
            signature: parse_signature(algorithm, signature)?,
        })
    }
}

/// Reads a `SubjectPublicKeyInfo` of one of the kinds of key that certificates may have, and checks the key.
pub fn parse_public_key_info(bytes: &[u8]) -> Result<PublicKey, CertificateError> {
    der::walk(bytes)?;
    let mut outer = Reader::new(bytes);
    let mut info = outer.nested(tag::SEQUENCE)?;
    outer.end()?;
    let algorithm = info.element(tag::SEQUENCE)?;
    let bits = info.octet_bits()?;
    info.end()?;
    let key = if algorithm.bytes == ED25519 {
        PublicKey::Ed25519(bits.try_into().map_err(|_| KeyError::Point)?)
    } else if algorithm.bytes == EC_P256 {
        const UNCOMPRESSED: u8 = 4;
        if bits.len() != 65 || bits.first() != Some(&UNCOMPRESSED) {
            return Err(KeyError::Point.into());
        }
        // Checks that the point is on the curve
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(bits).map_err(|_| KeyError::Point)?;
        let point = key.to_encoded_point(true);
        PublicKey::P256(point.as_bytes().try_into().map_err(|_| KeyError::Point)?)
    } else if algorithm.bytes == RSA_KEY {
        der::walk(bits)?;
        let mut outer = Reader::new(bits);
        let mut key = outer.nested(tag::SEQUENCE)?;
        outer.end()?;
        let modulus = key.unsigned()?;
        let exponent = key.unsigned()?;
        key.end()?;
        if exponent != [1, 0, 1] {
            return Err(KeyError::RsaExponent.into());
        }
        const { assert!(RSA_EXPONENT == 0x01_00_01) };
        let modulus = RsaModulus::try_from(modulus.to_vec())
            .map_err(|modulus| KeyError::RsaLength(bit_length(&modulus)))?;
        PublicKey::Rsa(modulus)
    } else {
        return Err(CertificateError::UnsupportedAlgorithm);
    };
    key.validate()?;
    Ok(key)
}

fn parse_signature(algorithm: Algorithm, bytes: &[u8]) -> Result<Signature, CertificateError> {
    let malformed = || CertificateError::Signature(crate::signatures::SignatureError::Malformed);
    let rsa = || RsaSignature::try_from(bytes.to_vec()).map_err(|_| malformed());
    Ok(match algorithm {
        Algorithm::Ed25519 => Signature::Ed25519(bytes.try_into().map_err(|_| malformed())?),
        Algorithm::EcdsaSha256 => {
            let mut outer = Reader::new(bytes);
            let mut integers = outer.nested(tag::SEQUENCE)?;
            outer.end()?;
            let (r, s) = (integers.unsigned()?, integers.unsigned()?);
            integers.end()?;
            let mut signature = [0; 64];
            let (to_r, to_s) = signature.split_at_mut(32);
            for (to, from) in [(to_r, r), (to_s, s)] {
                let start = to.len().checked_sub(from.len()).ok_or_else(malformed)?;
                to.get_mut(start..)
                    .ok_or_else(malformed)?
                    .copy_from_slice(from);
            }
            Signature::P256(signature)
        }
        Algorithm::RsaPkcs1Sha256 => Signature::RsaPkcs1(rsa()?),
        Algorithm::RsaPssSha256 => Signature::RsaPss(rsa()?),
    })
}

/// UTCTime to 2049, GeneralizedTime from 2050 on, both to the second and in UTC.
fn parse_time(element: Element<'_>) -> Result<Millis, CertificateError> {
    let wrong = |_| CertificateError::Time;
    let time: DateTime = match element.tag {
        tag::UTC_TIME => UtcTime::from_der(element.bytes)
            .map_err(wrong)?
            .to_date_time(),
        tag::GENERALIZED_TIME => GeneralizedTime::from_der(element.bytes)
            .map_err(wrong)?
            .to_date_time(),
        _ => return Err(CertificateError::Time),
    };
    if (element.tag == tag::GENERALIZED_TIME) != (time.year() >= GENERALIZED_FROM) {
        return Err(CertificateError::Time);
    }
    Ok(time.unix_duration().as_secs().saturating_mul(MILLIS))
}

fn parse_extensions(bytes: &[u8]) -> Result<Vec<Extension<'_>>, CertificateError> {
    let mut outer = Reader::new(bytes);
    let mut list = outer.nested(tag::SEQUENCE)?;
    outer.end()?;
    if list.is_empty() {
        return Err(DerError::Unexpected(tag::SEQUENCE).into());
    }
    let mut seen: Vec<&[u8]> = Vec::new();
    let mut extensions = Vec::new();
    while !list.is_empty() {
        if seen.len() >= MAX_EXTENSIONS {
            return Err(CertificateError::TooManyExtensions);
        }
        let mut extension = list.nested(tag::SEQUENCE)?;
        let oid = extension.value(tag::OBJECT_IDENTIFIER)?;
        let critical = match extension.optional(tag::BOOLEAN)? {
            None => false,
            Some([0xff]) => true,
            // FALSE is the default and not written; true has one form
            Some(_) => return Err(DerError::Value.into()),
        };
        let value = extension.value(tag::OCTET_STRING)?;
        extension.end()?;
        if !is_oid(oid) {
            return Err(DerError::Value.into());
        }
        if seen.contains(&oid) {
            return Err(CertificateError::DuplicateExtension);
        }
        seen.push(oid);
        extensions.push(Extension {
            critical,
            value: parse_extension(oid, critical, value)?,
        });
    }
    Ok(extensions)
}

fn parse_extension<'a>(
    oid: &'a [u8],
    critical: bool,
    value: &'a [u8],
) -> Result<ExtensionValue<'a>, CertificateError> {
    let private = oid.strip_prefix(&ARC);
    let name = match (oid, private) {
        (oids::BASIC_CONSTRAINTS, _) => ExtensionName::BasicConstraints,
        (oids::KEY_USAGE, _) => ExtensionName::KeyUsage,
        (oids::SUBJECT_ALT_NAME, _) => ExtensionName::SubjectAltName,
        (_, Some([1])) => ExtensionName::Kind,
        (_, Some([2])) => ExtensionName::Salt,
        (_, Some([3])) => ExtensionName::ModelHash,
        (_, Some([4])) => ExtensionName::MandateRoot,
        (_, Some([5])) => ExtensionName::Succeeds,
        _ if critical => return Err(CertificateError::UnknownCriticalExtension),
        _ => return Ok(ExtensionValue::Other { oid, value }),
    };
    let must_be_critical = matches!(
        name,
        ExtensionName::BasicConstraints | ExtensionName::KeyUsage
    );
    if must_be_critical && !critical {
        return Err(CertificateError::InvalidExtension(name));
    }
    parse_known(name, value).map_err(|_| CertificateError::InvalidExtension(name))
}

fn parse_known(name: ExtensionName, value: &[u8]) -> Result<ExtensionValue<'_>, DerError> {
    der::walk(value)?;
    let mut reader = Reader::new(value);
    let parsed = match name {
        ExtensionName::BasicConstraints => {
            let mut constraints = reader.nested(tag::SEQUENCE)?;
            let issues = match constraints.optional(tag::BOOLEAN)? {
                None => false,
                Some([0xff]) => true,
                Some(_) => return Err(DerError::Value),
            };
            let path_length = if constraints.is_empty() || !issues {
                None
            } else {
                Some(constraints.small()?)
            };
            constraints.end()?;
            ExtensionValue::BasicConstraints {
                issues,
                path_length,
            }
        }
        ExtensionName::KeyUsage => {
            let bits = KeyUsage::from_bits(reader.named_bits()?).ok_or(DerError::Value)?;
            ExtensionValue::KeyUsage(bits)
        }
        ExtensionName::SubjectAltName => {
            let mut list = reader.nested(tag::SEQUENCE)?;
            let mut names = Vec::new();
            while !list.is_empty() {
                let element = list.any()?;
                let name = match element.tag {
                    tag::URI => AltName::uri(element.value),
                    tag::DNS_NAME => AltName::dns(element.value),
                    _ => None,
                };
                names.push(name.ok_or(DerError::Value)?);
            }
            let dns_names = names
                .iter()
                .filter(|name| matches!(name, AltName::Dns(_)))
                .count();
            if dns_names > MAX_DNS_NAMES {
                return Err(DerError::TooMany);
            }
            ExtensionValue::SubjectAltName(names)
        }
        ExtensionName::Kind => {
            let kind = Kind::from_number(reader.small()?).ok_or(DerError::Value)?;
            ExtensionValue::Kind(kind)
        }
        ExtensionName::Salt => ExtensionValue::Salt(Salt(octets(&mut reader)?)),
        ExtensionName::ModelHash => ExtensionValue::ModelHash(octets(&mut reader)?),
        ExtensionName::MandateRoot => ExtensionValue::MandateRoot(octets::<32>(&mut reader)?),
        ExtensionName::Succeeds => ExtensionValue::Succeeds(AutoId(octets(&mut reader)?)),
    };
    reader.end()?;
    Ok(parsed)
}

fn octets<const N: usize>(reader: &mut Reader<'_>) -> Result<[u8; N], DerError> {
    reader
        .value(tag::OCTET_STRING)?
        .try_into()
        .map_err(|_| DerError::Value)
}
