//! Writing.

use ::der::DateTime;
use alloc::vec::Vec;
use core::time::Duration;

use super::{
    Algorithm, AltName, Certificate, Extension, ExtensionValue, KeyUsage, OID_ARC, Serial, Tbs,
};
use crate::der::{self, tag};
use crate::keys::{RSA_EXPONENT, p256_key};
use crate::{Millis, PublicKey, Signature};

pub(super) const ARC: [u8; 20] = OID_ARC;

/// Contents of OBJECT IDENTIFIERs of extensions.
pub(super) mod oids {
    pub(crate) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
    pub(crate) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
    pub(crate) const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
}

/// `AlgorithmIdentifier` of Ed25519, key and signature.
pub(super) const ED25519: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];
/// `AlgorithmIdentifier` of a P-256 key.
pub(super) const EC_P256: &[u8] = &[
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
    0xce, 0x3d, 0x03, 0x01, 0x07,
];
/// `AlgorithmIdentifier` of an RSA key.
pub(super) const RSA_KEY: &[u8] = &[
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];
/// `AlgorithmIdentifier` `ecdsa-with-SHA256`.
const ECDSA_SHA256: &[u8] = &[
    0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02,
];
/// `AlgorithmIdentifier` `sha256WithRSAEncryption`.
const RSA_PKCS1_SHA256: &[u8] = &[
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00,
];
/// `AlgorithmIdentifier` `rsassaPss` with SHA-256, MGF1 with SHA-256, and a salt of 32 bytes.
const RSA_PSS_SHA256: &[u8] = &[
    0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x34, 0xa0,
    0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30,
    0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa2, 0x03,
    0x02, 0x01, 0x20,
];

/// `AlgorithmIdentifier` of a signature.
pub(super) const fn signature_algorithm(algorithm: Algorithm) -> &'static [u8] {
    match algorithm {
        Algorithm::Ed25519 => ED25519,
        Algorithm::EcdsaSha256 => ECDSA_SHA256,
        Algorithm::RsaPkcs1Sha256 => RSA_PKCS1_SHA256,
        Algorithm::RsaPssSha256 => RSA_PSS_SHA256,
    }
}

/// Writes a `SubjectPublicKeyInfo`; `None` for keys that certificates cannot have.
pub fn public_key_info(key: &PublicKey) -> Option<Vec<u8>> {
    let (algorithm, bits) = match key {
        PublicKey::Ed25519(key) => (ED25519, key.to_vec()),
        PublicKey::P256(point) => {
            let key = p256_key(point).ok()?;
            (EC_P256, key.to_encoded_point(false).as_bytes().to_vec())
        }
        PublicKey::Rsa(modulus) => {
            let key = der::element(
                tag::SEQUENCE,
                &[
                    &der::unsigned(modulus),
                    &der::unsigned(&RSA_EXPONENT.to_be_bytes()),
                ],
            );
            (RSA_KEY, key)
        }
        PublicKey::Sr25519(_) | PublicKey::Secp256k1(_) | PublicKey::WebAuthn { .. } => {
            return None;
        }
    };
    Some(der::element(
        tag::SEQUENCE,
        &[algorithm, &der::octet_bits(&bits)],
    ))
}

impl Certificate<'_> {
    /// Writes the certificate: of one that was read, the bytes it was read from.
    pub fn to_der(&self) -> Vec<u8> {
        let signature = match &self.signature {
            Signature::P256(signature) => {
                let (r, s) = signature.split_at(32);
                der::element(tag::SEQUENCE, &[&der::unsigned(r), &der::unsigned(s)])
            }
            Signature::Ed25519(signature) => signature.to_vec(),
            Signature::RsaPkcs1(signature) | Signature::RsaPss(signature) => signature.to_vec(),
            // Not a signature of this profile, and no certificate either
            Signature::Sr25519(_) | Signature::Secp256k1(_) | Signature::WebAuthn(_) => Vec::new(),
        };
        der::element(
            tag::SEQUENCE,
            &[
                &self.tbs.to_der(),
                signature_algorithm(self.tbs.algorithm),
                &der::octet_bits(&signature),
            ],
        )
    }
}

impl Tbs<'_> {
    /// Writes the part that is signed.
    pub fn to_der(&self) -> Vec<u8> {
        let validity = der::element(
            tag::SEQUENCE,
            &[&write_time(self.not_before), &write_time(self.not_after)],
        );
        let extensions: Vec<u8> = self.extensions.iter().flat_map(write_extension).collect();
        let extensions = if extensions.is_empty() {
            Vec::new()
        } else {
            let list = der::element(tag::SEQUENCE, &[&extensions]);
            der::element(tag::CONTEXT_3, &[&list])
        };
        der::element(
            tag::SEQUENCE,
            &[
                &der::element(tag::CONTEXT_0, &[&der::unsigned(&[2])]),
                &write_serial(&self.serial),
                signature_algorithm(self.algorithm),
                self.issuer.as_der(),
                &validity,
                self.subject.as_der(),
                &public_key_info(&self.key).unwrap_or_default(),
                &extensions,
            ],
        )
    }
}

fn write_serial(serial: &Serial) -> Vec<u8> {
    der::unsigned(serial.as_bytes())
}

/// Writes a time, cut to the second. Times beyond the year 9999 become its last second.
fn write_time(time: Millis) -> Vec<u8> {
    let time = DateTime::from_unix_duration(Duration::from_secs(time / 1_000))
        .unwrap_or(DateTime::INFINITY);
    let (year, rest) = (
        time.year(),
        alloc::format!(
            "{:02}{:02}{:02}{:02}{:02}Z",
            time.month(),
            time.day(),
            time.hour(),
            time.minutes(),
            time.seconds()
        ),
    );
    if year < 2050 {
        let text = alloc::format!("{:02}{rest}", year % 100);
        der::element(tag::UTC_TIME, &[text.as_bytes()])
    } else {
        let text = alloc::format!("{year:04}{rest}");
        der::element(tag::GENERALIZED_TIME, &[text.as_bytes()])
    }
}

fn write_extension(extension: &Extension<'_>) -> Vec<u8> {
    let private = |number: u8| [ARC.as_slice(), &[number]].concat();
    let octets = |bytes: &[u8]| der::element(tag::OCTET_STRING, &[bytes]);
    let (oid, value) = match &extension.value {
        ExtensionValue::BasicConstraints {
            issues,
            path_length,
        } => {
            let issues = if *issues {
                der::element(tag::BOOLEAN, &[&[0xff]])
            } else {
                Vec::new()
            };
            let path_length = path_length.map_or(Vec::new(), |length| der::unsigned(&[length]));
            (
                oids::BASIC_CONSTRAINTS.to_vec(),
                der::element(tag::SEQUENCE, &[&issues, &path_length]),
            )
        }
        ExtensionValue::KeyUsage(usage) => (oids::KEY_USAGE.to_vec(), write_key_usage(*usage)),
        ExtensionValue::SubjectAltName(names) => {
            let names: Vec<u8> = names
                .iter()
                .flat_map(|name| match name {
                    AltName::Uri(uri) => der::element(tag::URI, &[uri.as_bytes()]),
                    AltName::Dns(name) => der::element(tag::DNS_NAME, &[name.as_bytes()]),
                })
                .collect();
            (
                oids::SUBJECT_ALT_NAME.to_vec(),
                der::element(tag::SEQUENCE, &[&names]),
            )
        }
        ExtensionValue::Kind(kind) => (private(1), der::unsigned(&[kind.number()])),
        ExtensionValue::Salt(salt) => (private(2), octets(&salt.0)),
        ExtensionValue::ModelHash(hash) => (private(3), octets(hash)),
        ExtensionValue::MandateRoot(root) => (private(4), octets(root)),
        ExtensionValue::Succeeds(id) => (private(5), octets(&id.0)),
        ExtensionValue::Other { oid, value } => (oid.to_vec(), value.to_vec()),
    };
    let critical = if extension.critical {
        der::element(tag::BOOLEAN, &[&[0xff]])
    } else {
        Vec::new()
    };
    der::element(
        tag::SEQUENCE,
        &[
            &der::element(tag::OBJECT_IDENTIFIER, &[&oid]),
            &critical,
            &der::element(tag::OCTET_STRING, &[&value]),
        ],
    )
}

fn write_key_usage(usage: KeyUsage) -> Vec<u8> {
    der::named_bits(usage.bits())
}
