//! X.509 certificates of one strict profile, read and written.
//!
//! A certificate names the identity it is for: kind, salt and the subject's key are in it, and the one URI among its
//! alternative names is the DID that follows from them and the issuer's id. So nothing on chain depends on names in
//! certificates, and a certificate cannot be used for another identity or network.
//!
//! Reading ([`Certificate::parse`]) takes any bytes, at most [`der::MAX_LENGTH`]; writing what was read gives the same
//! bytes again, so nothing in a certificate is skipped over. [`Certificate::check`] then compares it with its issuer,
//! and [`Certificate::verify`] is the signature, last, since it costs most. Times, status and serial numbers are the
//! registry's.
//!
//! # Profile
//!
//! - Version 3; serial number of 1 to 20 octets, positive; both algorithm identifiers equal.
//! - Ed25519, ECDSA P-256 with SHA-256, RSA PKCS #1 v1.5 and PSS with SHA-256; keys of Ed25519, P-256 (named curve,
//!   uncompressed point), RSA of 2,048 to 4,096 bits with exponent 65,537.
//! - Names of 1 to 8 attributes, one by one, as UTF8String, PrintableString or IA5String; exactly one common name, of 1
//!   to 64 characters in normalisation form C.
//! - Valid at most 825 days, or 3,653 for a human without issuer; within the issuer's time.
//! - `basicConstraints` and `keyUsage` critical; `digitalSignature` always, `keyCertSign` exactly for those who issue,
//!   `cRLSign` only for them, `nonRepudiation` as you like, nothing else.
//! - `subjectAltName` with one URI, the DID, and DNS names if wanted.
//! - Ours under [`OID_ARC`]: kind (1) and salt (2) required, model hash (3), mandate root (4), succeeds (5).
//! - Other extensions only when not critical; none twice.

mod names;
mod parse;
mod write;

pub use names::{AltName, Name, OwnedName};
pub use parse::parse_public_key_info;
pub use write::public_key_info;

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use crate::bits::bit_set;
use crate::der::{self, DerError};
use crate::hashes::blake2b_256;
use crate::ids::{DidError, derive_id};
use crate::keys::KeyError;
use crate::signatures::{self, SignatureError};
use crate::{AutoId, DAY, Hash, Kind, MAX_DEPTH, Millis, NetworkTag, PublicKey, Salt, Signature};

/// Contents of the OBJECT IDENTIFIER of our arc, `2.25.176791234384754767585937797450802330647`: the UUID
/// `8500c0d3-1203-5660-92eb-ec744d3afc17`, version 5 of `https://autonomys.xyz/auto-id` in the URL name space.
pub const OID_ARC: [u8; 20] = [
    0x69, 0x82, 0x8a, 0x80, 0xe0, 0xb4, 0xe2, 0xa0, 0x9a, 0xd9, 0xc1, 0x92, 0xf5, 0xfb, 0x8e, 0xc4,
    0xe9, 0xeb, 0xf8, 0x17,
];
/// [`OID_ARC`] as text.
pub const OID_ARC_TEXT: &str = "2.25.176791234384754767585937797450802330647";

/// Longest validity, except of a human without issuer.
pub const MAX_VALIDITY: Millis = 825 * DAY;
/// Longest validity of a human without issuer: ten years.
pub const MAX_ROOT_HUMAN_VALIDITY: Millis = 3_653 * DAY;
/// Extensions of a certificate.
pub const MAX_EXTENSIONS: usize = 16;
/// DNS names of a certificate.
pub const MAX_DNS_NAMES: usize = 8;
/// Levels of issuers below a root that does not limit them.
pub const MAX_PATH_LENGTH: u8 = MAX_DEPTH - 1;

/// Number of a certificate: 1 to 20 octets, big-endian, padded with zeros in front.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    codec::Encode,
    codec::Decode,
    codec::DecodeWithMemTracking,
    codec::MaxEncodedLen,
    scale_info::TypeInfo,
)]
pub struct Serial([u8; 20]);

impl Serial {
    /// The number with these big-endian octets; `None` for zero and for what does not fit a positive INTEGER of 20
    /// octets.
    pub fn new(octets: &[u8]) -> Option<Self> {
        let mut serial = [0; 20];
        let start = serial.len().checked_sub(octets.len())?;
        serial.get_mut(start..)?.copy_from_slice(octets);
        let fits = serial.first().is_some_and(|first| first & 0x80 == 0);
        (fits && serial != [0; 20]).then_some(Self(serial))
    }

    /// All 20 octets.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("0x")?;
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// How a certificate is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519.
    Ed25519,
    /// ECDSA with SHA-256; the curve is P-256.
    EcdsaSha256,
    /// RSA PKCS #1 v1.5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSA PSS with SHA-256, MGF1-SHA-256 and a salt of 32 bytes.
    RsaPssSha256,
}

impl Algorithm {
    /// The algorithm that makes signatures of this kind; `None` where X.509 has none in this profile.
    pub const fn of(signature: &Signature) -> Option<Self> {
        match signature {
            Signature::Ed25519(_) => Some(Self::Ed25519),
            Signature::P256(_) => Some(Self::EcdsaSha256),
            Signature::RsaPkcs1(_) => Some(Self::RsaPkcs1Sha256),
            Signature::RsaPss(_) => Some(Self::RsaPssSha256),
            _ => None,
        }
    }
}

bit_set! {
    /// What X.509 lets a key do; bit n is bit n of `KeyUsage`.
    pub struct KeyUsage(u16) {
        /// Signing anything but certificates and CRLs.
        DIGITAL_SIGNATURE = 0,
        /// Signing content.
        NON_REPUDIATION = 1,
        /// Signing certificates.
        KEY_CERT_SIGN = 5,
        /// Signing CRLs.
        CRL_SIGN = 6,
    }
}

/// Names an extension that the profile knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtensionName {
    /// `basicConstraints`.
    BasicConstraints,
    /// `keyUsage`.
    KeyUsage,
    /// `subjectAltName`.
    SubjectAltName,
    /// Kind of the identity.
    Kind,
    /// Its salt.
    Salt,
    /// Hash of the model's weights.
    ModelHash,
    /// Merkle root of mandates.
    MandateRoot,
    /// The id that this one takes the place of.
    Succeeds,
}

/// An extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Whether those who do not know it must refuse the certificate.
    pub critical: bool,
    /// What it says.
    pub value: ExtensionValue<'a>,
}

/// What an extension says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtensionValue<'a> {
    /// Whether it may issue, and how many levels of issuers may be below.
    BasicConstraints {
        /// May issue.
        issues: bool,
        /// Levels below; of no meaning if it may not.
        path_length: Option<u8>,
    },
    /// See [`KeyUsage`].
    KeyUsage(KeyUsage),
    /// Other names.
    SubjectAltName(Vec<AltName<'a>>),
    /// INTEGER.
    Kind(Kind),
    /// OCTET STRING of 16.
    Salt(Salt),
    /// OCTET STRING of 32; for AI only.
    ModelHash(Hash),
    /// OCTET STRING of 32.
    MandateRoot(Hash),
    /// OCTET STRING of 32.
    Succeeds(AutoId),
    /// Any other, which is not critical.
    Other {
        /// Contents of its OBJECT IDENTIFIER.
        oid: &'a [u8],
        /// Contents of its OCTET STRING.
        value: &'a [u8],
    },
}

/// What is signed of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tbs<'a> {
    /// Number; one issuer never gives it twice.
    pub serial: Serial,
    /// How it is signed.
    pub algorithm: Algorithm,
    /// Name of the issuer.
    pub issuer: Name<'a>,
    /// First valid time, in whole seconds.
    pub not_before: Millis,
    /// Last valid time, in whole seconds.
    pub not_after: Millis,
    /// Name of the subject.
    pub subject: Name<'a>,
    /// Key of the subject.
    pub key: PublicKey,
    /// Extensions, in their order.
    pub extensions: Vec<Extension<'a>>,
}

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate<'a> {
    tbs: Tbs<'a>,
    /// DER of `tbs`, as it was read.
    signed: Cow<'a, [u8]>,
    signature: Signature,
}

/// What the extensions say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attributes<'a> {
    /// Kind of the identity.
    pub kind: Kind,
    /// Its salt.
    pub salt: Salt,
    /// The DID.
    pub did: &'a str,
    /// Whether it may issue.
    pub issues: bool,
    /// Levels of issuers below, if it limits them.
    pub path_length: Option<u8>,
    /// Hash of the model's weights.
    pub model_hash: Option<Hash>,
    /// Merkle root of mandates.
    pub mandate_root: Option<Hash>,
    /// The id it takes the place of.
    pub succeeds: Option<AutoId>,
}

/// What a certificate is compared with: its issuer as the registry knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Id.
    pub id: AutoId,
    /// Kind.
    pub kind: Kind,
    /// Distance from the root.
    pub depth: u8,
    /// Levels of issuers it may have below; `None`: it may not issue.
    pub path_length: Option<u8>,
    /// First valid time.
    pub not_before: Millis,
    /// Last valid time.
    pub not_after: Millis,
    /// [`Name::hash`] of the subject of the certificate it was registered with, if it was.
    pub subject: Option<Hash>,
}

/// What the registry records of a certificate that passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Id of the subject.
    pub id: AutoId,
    /// Distance from the root.
    pub depth: u8,
    /// Levels of issuers it may have below; `None`: it may not issue.
    pub path_length: Option<u8>,
}

/// Why a certificate is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not DER, or another structure.
    #[error(transparent)]
    Der(#[from] DerError),
    /// A version other than 3.
    #[error("not a certificate of version 3")]
    Version,
    /// The serial number is zero, negative or too long.
    #[error("the serial number is not positive or longer than 20 octets")]
    Serial,
    /// The two algorithm identifiers differ.
    #[error("the algorithm inside the signed part is another than outside")]
    AlgorithmMismatch,
    /// An algorithm, hash or curve that is not in the profile.
    #[error("unsupported algorithm")]
    UnsupportedAlgorithm,
    /// Issuer or subject name outside the profile.
    #[error("a name outside the profile")]
    Name,
    /// Not exactly one common name of 1 to 64 characters in normalisation form C.
    #[error("not exactly one common name of 1 to 64 characters in normalisation form C")]
    CommonName,
    /// A time that is not in its one form.
    #[error("a time that is not in its one form")]
    Time,
    /// Ends before it begins.
    #[error("ends before it begins")]
    Validity,
    /// Valid for too long.
    #[error("valid for {0} ms, longer than its kind may be")]
    ValidityTooLong(Millis),
    /// Valid when the issuer is not.
    #[error("valid outside the time of the issuer")]
    ValidityNotNested,
    /// The key is refused.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Too many extensions.
    #[error("more than 16 extensions")]
    TooManyExtensions,
    /// An extension twice.
    #[error("an extension occurs twice")]
    DuplicateExtension,
    /// A critical extension that is not known.
    #[error("an unknown critical extension")]
    UnknownCriticalExtension,
    /// A required extension is missing.
    #[error("extension {0:?} is missing; `autoid openssl-config` writes those that are required")]
    MissingExtension(ExtensionName),
    /// An extension is not as the profile has it.
    #[error("extension {0:?} is not as the profile has it")]
    InvalidExtension(ExtensionName),
    /// Key usage and basic constraints contradict each other.
    #[error("key usage does not fit: digitalSignature always, keyCertSign for issuers only")]
    KeyUsage,
    /// No URI or more than one.
    #[error("not exactly one URI among the alternative names")]
    UriCount,
    /// The URI is no DID.
    #[error(transparent)]
    Did(#[from] DidError),
    /// The DID is that of another key, kind, salt, issuer or network.
    #[error("the DID is {found}, from key, kind, salt and issuer follows {derived}")]
    OtherId {
        /// In the certificate.
        found: AutoId,
        /// From its contents.
        derived: AutoId,
    },
    /// A composite has no key.
    #[error("a composite has no certificate")]
    Composite,
    /// An artificial identity without issuer.
    #[error("a {0:?} needs an issuer")]
    NotNatural(Kind),
    /// Subject and issuer have different names, but there is no issuer.
    #[error("subject and issuer differ in a certificate without issuer")]
    NotSelfIssued,
    /// The issuer's name is not that of the issuer.
    #[error("the issuer has another name")]
    IssuerName,
    /// The issuer may not issue this kind.
    #[error("a {issuer:?} issues no {subject:?}")]
    IssuerKind {
        /// Kind of the issuer.
        issuer: Kind,
        /// Kind of the subject.
        subject: Kind,
    },
    /// The issuer may not issue, or not so many levels of issuers.
    #[error("the issuer may not have such an issuer below")]
    PathLength,
    /// Too far from the root.
    #[error("more than 8 issuers above")]
    DepthExceeded,
    /// The signature is refused.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

impl Tbs<'_> {
    /// Reads the extensions together and checks that those which are required are there, and fit.
    pub fn attributes(&self) -> Result<Attributes<'_>, CertificateError> {
        let mut constraints = None;
        let mut usage = None;
        let mut names = None;
        let mut kind = None;
        let mut salt = None;
        let mut model_hash = None;
        let mut mandate_root = None;
        let mut succeeds = None;
        for extension in &self.extensions {
            match &extension.value {
                ExtensionValue::BasicConstraints {
                    issues,
                    path_length,
                } => constraints = Some((*issues, *path_length)),
                ExtensionValue::KeyUsage(bits) => usage = Some(*bits),
                ExtensionValue::SubjectAltName(list) => names = Some(list),
                ExtensionValue::Kind(value) => kind = Some(*value),
                ExtensionValue::Salt(value) => salt = Some(*value),
                ExtensionValue::ModelHash(value) => model_hash = Some(*value),
                ExtensionValue::MandateRoot(value) => mandate_root = Some(*value),
                ExtensionValue::Succeeds(value) => succeeds = Some(*value),
                ExtensionValue::Other { .. } => {}
            }
        }
        let missing = CertificateError::MissingExtension;
        let kind = kind.ok_or(missing(ExtensionName::Kind))?;
        let salt = salt.ok_or(missing(ExtensionName::Salt))?;
        let (issues, path_length) = constraints.ok_or(missing(ExtensionName::BasicConstraints))?;
        let usage = usage.ok_or(missing(ExtensionName::KeyUsage))?;
        let names = names.ok_or(missing(ExtensionName::SubjectAltName))?;
        if !usage.contains(KeyUsage::DIGITAL_SIGNATURE)
            || usage.contains(KeyUsage::KEY_CERT_SIGN) != issues
            || (usage.contains(KeyUsage::CRL_SIGN) && !issues)
        {
            return Err(CertificateError::KeyUsage);
        }
        let mut uris = names.iter().filter_map(|name| match name {
            AltName::Uri(uri) => Some(*uri),
            AltName::Dns(_) => None,
        });
        let (Some(did), None) = (uris.next(), uris.next()) else {
            return Err(CertificateError::UriCount);
        };
        if model_hash.is_some() && !kind.is_ai() {
            return Err(CertificateError::InvalidExtension(ExtensionName::ModelHash));
        }
        Ok(Attributes {
            kind,
            salt,
            did,
            issues,
            path_length,
            model_hash,
            mandate_root,
            succeeds,
        })
    }
}

impl<'a> Certificate<'a> {
    /// The certificate that this signature makes of `tbs`.
    pub fn new(tbs: Tbs<'a>, signature: Signature) -> Self {
        Self {
            signed: Cow::Owned(tbs.to_der()),
            tbs,
            signature,
        }
    }

    /// What is signed.
    pub const fn tbs(&self) -> &Tbs<'a> {
        &self.tbs
    }

    /// The signature, by the issuer.
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Checks everything but status, serial number and signature: extensions, the id, and what the issuer allows.
    /// `issuer` is `None` for a certificate that signs itself.
    pub fn check(
        &self,
        network_tag: &NetworkTag,
        issuer: Option<&Issuer>,
    ) -> Result<Checked, CertificateError> {
        let tbs = &self.tbs;
        let attributes = tbs.attributes()?;
        let kind = attributes.kind;
        if kind == Kind::Composite {
            return Err(CertificateError::Composite);
        }
        let limit = if kind == Kind::Human && issuer.is_none() {
            MAX_ROOT_HUMAN_VALIDITY
        } else {
            MAX_VALIDITY
        };
        let life = tbs
            .not_after
            .checked_sub(tbs.not_before)
            .filter(|life| *life > 0)
            .ok_or(CertificateError::Validity)?;
        if life > limit {
            return Err(CertificateError::ValidityTooLong(life));
        }
        let found: AutoId = attributes.did.parse()?;
        let derived = derive_id(
            network_tag,
            kind,
            issuer.map(|issuer| &issuer.id),
            &tbs.key.hash(),
            &attributes.salt,
        );
        if found != derived {
            return Err(CertificateError::OtherId { found, derived });
        }
        let requested = attributes
            .issues
            .then_some(attributes.path_length.unwrap_or(MAX_PATH_LENGTH));
        let Some(issuer) = issuer else {
            if !kind.is_natural() {
                return Err(CertificateError::NotNatural(kind));
            }
            if tbs.subject != tbs.issuer {
                return Err(CertificateError::NotSelfIssued);
            }
            return Ok(Checked {
                id: derived,
                depth: 0,
                path_length: requested.map(|length| length.min(MAX_PATH_LENGTH)),
            });
        };
        if !issuer.kind.may_issue(kind) {
            return Err(CertificateError::IssuerKind {
                issuer: issuer.kind,
                subject: kind,
            });
        }
        if issuer
            .subject
            .is_some_and(|subject| subject != tbs.issuer.hash())
        {
            return Err(CertificateError::IssuerName);
        }
        if tbs.not_before < issuer.not_before || tbs.not_after > issuer.not_after {
            return Err(CertificateError::ValidityNotNested);
        }
        let depth = issuer
            .depth
            .checked_add(1)
            .filter(|depth| *depth <= MAX_DEPTH)
            .ok_or(CertificateError::DepthExceeded)?;
        let path_length = issued_path_length(
            issuer.path_length,
            attributes.issues,
            attributes.path_length,
        )
        .ok_or(CertificateError::PathLength)?;
        Ok(Checked {
            id: derived,
            depth,
            path_length,
        })
    }

    /// Verifies the signature by the issuer's key, or by the certificate's own where there is no issuer.
    pub fn verify(&self, key: &PublicKey) -> Result<(), CertificateError> {
        match (key, &self.signature) {
            (PublicKey::P256(point), Signature::P256(signature)) => {
                signatures::verify_p256_any_s(point, &self.signed, signature)?;
            }
            (key, signature) => signatures::verify(key, &self.signed, signature)?,
        }
        Ok(())
    }
}

/// How many levels of issuers an identity may have below that an issuer with `issuer` levels issues: `Some(None)` if it
/// shall not issue itself, `None` if the issuer may not issue it. An identity that does not limit itself gets all that
/// is left.
pub fn issued_path_length(
    issuer: Option<u8>,
    issues: bool,
    requested: Option<u8>,
) -> Option<Option<u8>> {
    let issuer = issuer?;
    if !issues {
        return Some(None);
    }
    let left = issuer.checked_sub(1)?;
    match requested {
        Some(requested) if requested > left => None,
        Some(requested) => Some(Some(requested)),
        None => Some(Some(left)),
    }
}

impl Name<'_> {
    /// What the registry keeps of a subject, to compare with the issuer of the next certificate: `autoid-name/v1` ‖ DER.
    pub fn hash(&self) -> Hash {
        blake2b_256("autoid-name/v1", &[self.as_der()])
    }
}

/// What the registry keeps of a certificate: `autoid-certificate/v1` ‖ DER, hashed.
pub fn certificate_hash(der: &[u8]) -> Hash {
    blake2b_256("autoid-certificate/v1", &[der])
}

/// Largest certificate in bytes.
pub const MAX_CERTIFICATE: usize = der::MAX_LENGTH;

#[cfg(test)]
mod tests;
