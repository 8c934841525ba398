//! Signatures of all schemes, and one verification function for each.
//!
//! | Scheme | Signed bytes | Signature |
//! |---|---|---|
//! | Ed25519 | the message | 64 bytes; cofactorless, no point of small order |
//! | Sr25519 | the message in signing context `substrate` | 64 bytes, as Substrate's accounts |
//! | Secp256k1 | BLAKE2b-256 of the message, as Substrate's accounts | r ‖ s, s in the lower half |
//! | P256 | SHA-256 of the message | r ‖ s, s in the lower half |
//! | Rsa | SHA-256 of the message | PKCS #1 v1.5, or PSS with MGF1-SHA-256 and a salt of 32 bytes |
//! | WebAuthn | authenticator data ‖ SHA-256 of the client data, whose challenge is the message | [`WebAuthnAssertion`] |
//!
//! Each function takes untrusted bytes of any length and is total. They are the same code in wasm and natively, so that
//! every node and every domain comes to the same verdict. Certificates are the one place where an ECDSA signature may
//! have s in the upper half, since OpenSSL makes both; see [`verify_p256_any_s`].

use base64ct::{Base64UrlUnpadded, Encoding};
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use k256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::{BigUint, Pkcs1v15Sign, Pss, RsaPublicKey};
use scale_info::TypeInfo;
use sha2::{Digest, Sha256};

use crate::keys::{
    KeyError, MAX_RSA_BYTES, PublicKey, RSA_EXPONENT, check_rsa_modulus, p256_key, secp256k1_key,
};

/// A signature scheme. The number is part of key hashes.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum Scheme {
    /// Ed25519.
    #[codec(index = 0)]
    Ed25519,
    /// Sr25519.
    #[codec(index = 1)]
    Sr25519,
    /// ECDSA over secp256k1.
    #[codec(index = 2)]
    Secp256k1,
    /// ECDSA over P-256.
    #[codec(index = 3)]
    P256,
    /// RSA.
    #[codec(index = 4)]
    Rsa,
    /// WebAuthn assertions by a P-256 key.
    #[codec(index = 5)]
    WebAuthn,
}

impl Scheme {
    /// Its number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Ed25519 => 0,
            Self::Sr25519 => 1,
            Self::Secp256k1 => 2,
            Self::P256 => 3,
            Self::Rsa => 4,
            Self::WebAuthn => 5,
        }
    }
}

/// An RSA signature.
pub type RsaSignature = BoundedVec<u8, ConstU32<MAX_RSA_BYTES>>;

/// Authenticator data without extensions: relying party (32), flags (1), counter (4).
pub const MIN_AUTHENTICATOR_DATA: usize = 37;
/// Longest authenticator data.
pub const MAX_AUTHENTICATOR_DATA: u32 = 256;
/// Longest client data.
pub const MAX_CLIENT_DATA: u32 = 1_024;

/// What a passkey gives for a challenge.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct WebAuthnAssertion {
    /// `authenticatorData`.
    pub authenticator_data: BoundedVec<u8, ConstU32<MAX_AUTHENTICATOR_DATA>>,
    /// `clientDataJSON`.
    pub client_data: BoundedVec<u8, ConstU32<MAX_CLIENT_DATA>>,
    /// r ‖ s. Authenticators make DER and any s: the client converts, and replaces an s in the upper half by n − s.
    pub signature: [u8; 64],
}

/// A signature by a [`PublicKey`].
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Signature {
    /// By an Ed25519 key.
    #[codec(index = 0)]
    Ed25519([u8; 64]),
    /// By an Sr25519 key.
    #[codec(index = 1)]
    Sr25519([u8; 64]),
    /// By a secp256k1 key.
    #[codec(index = 2)]
    Secp256k1([u8; 64]),
    /// By a P-256 key.
    #[codec(index = 3)]
    P256([u8; 64]),
    /// By an RSA key, PKCS #1 v1.5.
    #[codec(index = 4)]
    RsaPkcs1(RsaSignature),
    /// By an RSA key, PSS.
    #[codec(index = 5)]
    RsaPss(RsaSignature),
    /// By a passkey.
    #[codec(index = 6)]
    WebAuthn(WebAuthnAssertion),
}

impl Signature {
    /// The scheme of keys that make it; what verifying costs depends on it, and for RSA on its length.
    pub const fn scheme(&self) -> Scheme {
        match self {
            Self::Ed25519(_) => Scheme::Ed25519,
            Self::Sr25519(_) => Scheme::Sr25519,
            Self::Secp256k1(_) => Scheme::Secp256k1,
            Self::P256(_) => Scheme::P256,
            Self::RsaPkcs1(_) | Self::RsaPss(_) => Scheme::Rsa,
            Self::WebAuthn(_) => Scheme::WebAuthn,
        }
    }
}

/// Why a signature is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Signature and key are of different schemes.
    #[error("the signature is of scheme {signature:?}, the key of {key:?}")]
    Scheme {
        /// Scheme of the signature.
        signature: Scheme,
        /// Scheme of the key.
        key: Scheme,
    },
    /// The key is none.
    #[error("invalid key: {0}")]
    Key(#[from] KeyError),
    /// The bytes are no signature of the scheme.
    #[error("not a signature of the scheme")]
    Malformed,
    /// s of an ECDSA signature in the upper half of its range.
    #[error("s is in the upper half of its range")]
    HighS,
    /// WebAuthn: authenticator data or client data too short or too long.
    #[error("authenticator data or client data have an impossible length")]
    AssertionLength,
    /// WebAuthn: not an assertion (`type` other than `webauthn.get`), or client data not as browsers write it.
    #[error("client data are not those of an assertion")]
    AssertionType,
    /// WebAuthn: made for another message.
    #[error("the challenge is another one")]
    Challenge,
    /// WebAuthn: made for another relying party.
    #[error("the relying party is another one")]
    RelyingParty,
    /// WebAuthn: nobody touched the authenticator.
    #[error("no user was present")]
    UserPresence,
    /// Well formed, and not by this key over this message.
    #[error("wrong signature")]
    Wrong,
}

/// Verifies a signature by any key over `message`.
pub fn verify(
    key: &PublicKey,
    message: &[u8],
    signature: &Signature,
) -> Result<(), SignatureError> {
    match (key, signature) {
        (PublicKey::Ed25519(key), Signature::Ed25519(signature)) => {
            verify_ed25519(key, message, signature)
        }
        (PublicKey::Sr25519(key), Signature::Sr25519(signature)) => {
            verify_sr25519(key, message, signature)
        }
        (PublicKey::Secp256k1(point), Signature::Secp256k1(signature)) => {
            verify_secp256k1(point, message, signature)
        }
        (PublicKey::P256(point), Signature::P256(signature)) => {
            verify_p256(point, message, signature)
        }
        (PublicKey::Rsa(modulus), Signature::RsaPkcs1(signature)) => {
            verify_rsa_pkcs1(modulus, message, signature)
        }
        (PublicKey::Rsa(modulus), Signature::RsaPss(signature)) => {
            verify_rsa_pss(modulus, message, signature)
        }
        (PublicKey::WebAuthn { point, rp_id_hash }, Signature::WebAuthn(assertion)) => {
            verify_webauthn(
                point,
                rp_id_hash,
                message,
                &assertion.authenticator_data,
                &assertion.client_data,
                &assertion.signature,
            )
        }
        _ => Err(SignatureError::Scheme {
            signature: signature.scheme(),
            key: key.scheme(),
        }),
    }
}

/// Ed25519, strict: R and the key have no small order, s < ℓ, no cofactor.
pub fn verify_ed25519(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    let key = key.try_into().map_err(|_| KeyError::Point)?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(key).map_err(|_| KeyError::Point)?;
    let signature =
        ed25519_dalek::Signature::from_slice(signature).map_err(|_| SignatureError::Malformed)?;
    key.verify_strict(message, &signature)
        .map_err(|_| SignatureError::Wrong)
}

/// Schnorrkel in signing context `substrate`.
pub fn verify_sr25519(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    let key = schnorrkel::PublicKey::from_bytes(key).map_err(|_| KeyError::Point)?;
    let signature =
        schnorrkel::Signature::from_bytes(signature).map_err(|_| SignatureError::Malformed)?;
    key.verify_simple(b"substrate", message, &signature)
        .map_err(|_| SignatureError::Wrong)
}

/// ECDSA over secp256k1 and BLAKE2b-256, s in the lower half.
pub fn verify_secp256k1(
    point: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let key = secp256k1_key(point)?;
    let signature =
        k256::ecdsa::Signature::from_slice(signature).map_err(|_| SignatureError::Malformed)?;
    if signature.normalize_s().is_some() {
        return Err(SignatureError::HighS);
    }
    key.verify_prehash(&crate::hashes::blake2b_256("", &[message]), &signature)
        .map_err(|_| SignatureError::Wrong)
}

/// ECDSA over P-256 and SHA-256, s in the lower half.
pub fn verify_p256(point: &[u8], message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    let signature =
        p256::ecdsa::Signature::from_slice(signature).map_err(|_| SignatureError::Malformed)?;
    if signature.normalize_s().is_some() {
        return Err(SignatureError::HighS);
    }
    verify_p256_signature(point, &Sha256::digest(message), &signature)
}

/// ECDSA over P-256 and SHA-256 with any s: two signatures exist for every one. For certificates only, which are told
/// apart by issuer and serial number.
pub fn verify_p256_any_s(
    point: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let signature =
        p256::ecdsa::Signature::from_slice(signature).map_err(|_| SignatureError::Malformed)?;
    verify_p256_signature(point, &Sha256::digest(message), &signature)
}

fn verify_p256_signature(
    point: &[u8],
    hash: &[u8],
    signature: &p256::ecdsa::Signature,
) -> Result<(), SignatureError> {
    p256_key(point)?
        .verify_prehash(hash, signature)
        .map_err(|_| SignatureError::Wrong)
}

/// RSA PKCS #1 v1.5 with SHA-256 and exponent 65,537; `modulus` big-endian.
pub fn verify_rsa_pkcs1(
    modulus: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    rsa_key(modulus, signature)?
        .verify(
            Pkcs1v15Sign::new::<Sha256>(),
            &Sha256::digest(message),
            signature,
        )
        .map_err(|_| SignatureError::Wrong)
}

/// RSA PSS with SHA-256, MGF1-SHA-256, a salt of 32 bytes and exponent 65,537; `modulus` big-endian.
pub fn verify_rsa_pss(
    modulus: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    rsa_key(modulus, signature)?
        .verify(
            Pss::new_with_salt::<Sha256>(32),
            &Sha256::digest(message),
            signature,
        )
        .map_err(|_| SignatureError::Wrong)
}

fn rsa_key(modulus: &[u8], signature: &[u8]) -> Result<RsaPublicKey, SignatureError> {
    check_rsa_modulus(modulus)?;
    if signature.len() != modulus.len() {
        return Err(SignatureError::Malformed);
    }
    RsaPublicKey::new(BigUint::from_bytes_be(modulus), BigUint::from(RSA_EXPONENT))
        .map_err(|_| SignatureError::Key(KeyError::RsaModulus))
}

/// A WebAuthn assertion over `message` (usually a hash): the type is `webauthn.get`, the challenge the message, the
/// relying party that of the key; a user was present, s is in the lower half.
///
/// Client data are checked by their beginning, as WebAuthn's limited verification algorithm does (level 2, 5.8.1.2):
/// all browsers write type, challenge and origin first, in this order. The origin is not looked at, since the browser
/// binds it to the relying party.
pub fn verify_webauthn(
    point: &[u8],
    rp_id_hash: &[u8; 32],
    message: &[u8],
    authenticator_data: &[u8],
    client_data: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let data_length = MIN_AUTHENTICATOR_DATA..=MAX_AUTHENTICATOR_DATA as usize;
    if !data_length.contains(&authenticator_data.len())
        || client_data.len() > MAX_CLIENT_DATA as usize
    {
        return Err(SignatureError::AssertionLength);
    }
    let rest = client_data
        .strip_prefix(br#"{"type":"webauthn.get","challenge":""#)
        .ok_or(SignatureError::AssertionType)?;
    let rest = rest
        .strip_prefix(Base64UrlUnpadded::encode_string(message).as_bytes())
        .ok_or(SignatureError::Challenge)?;
    // The quote ends the challenge: without it a longer challenge would pass
    if !rest.starts_with(br#"","#) {
        return Err(SignatureError::Challenge);
    }
    if !rest.starts_with(br#"","origin":""#) {
        return Err(SignatureError::AssertionType);
    }
    if !authenticator_data.starts_with(rp_id_hash) {
        return Err(SignatureError::RelyingParty);
    }
    const USER_PRESENT: u8 = 1;
    if authenticator_data
        .get(32)
        .is_none_or(|flags| flags & USER_PRESENT == 0)
    {
        return Err(SignatureError::UserPresence);
    }
    let signature =
        p256::ecdsa::Signature::from_slice(signature).map_err(|_| SignatureError::Malformed)?;
    if signature.normalize_s().is_some() {
        return Err(SignatureError::HighS);
    }
    let hash = Sha256::new()
        .chain_update(authenticator_data)
        .chain_update(Sha256::digest(client_data))
        .finalize();
    verify_p256_signature(point, &hash, &signature)
}

#[cfg(test)]
mod tests;
