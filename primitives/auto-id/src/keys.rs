//! Public keys, what they may be used for, and their hashes.

use alloc::string::String;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeAll, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::bits::bit_set;
use crate::bytes::byte_array;
use crate::hashes::blake2b_256;
use crate::signatures::Scheme;

byte_array! {
    /// `autoid-key/v1` ‖ scheme ‖ key bytes, hashed. A key that is live belongs to one identity only, and this is what
    /// tells keys apart: a P-256 key has the same hash whether it came from a certificate, a wallet or a passkey.
    pub struct KeyHash(32);
}

bit_set! {
    /// What a key may sign.
    pub struct Purposes(u8) {
        /// Acting for the identity: links, keys, revocation, kill cards, guardians, claims, mandates' use.
        AUTH = 0,
        /// Statements about content.
        ASSERT = 1,
        /// Issuing identities.
        ISSUE = 2,
        /// Granting mandates.
        DELEGATE = 3,
        /// Key agreement; signs nothing.
        AGREE = 4,
        /// Cancelling a recovery, and nothing else.
        RECOVER = 5,
    }
}

/// Length of the modulus of the shortest RSA key, in bytes.
pub const MIN_RSA_BYTES: usize = 256;
/// Length of the modulus of the longest RSA key, in bytes.
pub const MAX_RSA_BYTES: u32 = 512;
/// The one public exponent of RSA keys.
pub const RSA_EXPONENT: u32 = 65_537;

/// Modulus of an RSA key, big-endian without leading zeros.
pub type RsaModulus = BoundedVec<u8, ConstU32<MAX_RSA_BYTES>>;

/// A public key in its one encoding. JSON: `0x` hex of its SCALE encoding.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum PublicKey {
    /// Ed25519 (RFC 8032).
    #[codec(index = 0)]
    Ed25519([u8; 32]),
    /// Schnorrkel over ristretto255, as Substrate's accounts.
    #[codec(index = 1)]
    Sr25519([u8; 32]),
    /// secp256k1, compressed SEC 1 point.
    #[codec(index = 2)]
    Secp256k1([u8; 33]),
    /// P-256, compressed SEC 1 point.
    #[codec(index = 3)]
    P256([u8; 33]),
    /// RSA with exponent 65,537: imported from X.509.
    #[codec(index = 4)]
    Rsa(RsaModulus),
    /// P-256 key of a passkey: signs WebAuthn assertions of one relying party.
    #[codec(index = 5)]
    WebAuthn {
        /// Compressed SEC 1 point.
        point: [u8; 33],
        /// SHA-256 of the relying party's id (a domain name).
        rp_id_hash: [u8; 32],
    },
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::bytes::serialize(&self.encode(), serializer)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes =
            hex::decode(text.strip_prefix("0x").unwrap_or(&text)).map_err(D::Error::custom)?;
        Self::decode_all(&mut bytes.as_slice()).map_err(D::Error::custom)
    }
}

/// Why a key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are no point of the curve, or not in its one encoding.
    #[error("not a point of the curve in its canonical encoding")]
    Point,
    /// The point has small order: anyone can sign for it.
    #[error("the point has small order")]
    SmallOrder,
    /// RSA modulus shorter than 2,048 or longer than 4,096 bits.
    #[error("RSA modulus of {0} bits, allowed are 2048 to 4096")]
    RsaLength(u32),
    /// RSA modulus even or with leading zeros.
    #[error("RSA modulus is even or has leading zeros")]
    RsaModulus,
    /// RSA exponent other than 65,537.
    #[error("RSA exponent is not 65537")]
    RsaExponent,
}

impl PublicKey {
    /// Its scheme.
    pub const fn scheme(&self) -> Scheme {
        match self {
            Self::Ed25519(_) => Scheme::Ed25519,
            Self::Sr25519(_) => Scheme::Sr25519,
            Self::Secp256k1(_) => Scheme::Secp256k1,
            Self::P256(_) => Scheme::P256,
            Self::Rsa(_) => Scheme::Rsa,
            Self::WebAuthn { .. } => Scheme::WebAuthn,
        }
    }

    /// The key's bytes, for a passkey the point alone.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(bytes) | Self::Sr25519(bytes) => bytes,
            Self::Secp256k1(point) | Self::P256(point) | Self::WebAuthn { point, .. } => point,
            Self::Rsa(modulus) => modulus,
        }
    }

    /// See [`KeyHash`].
    pub fn hash(&self) -> KeyHash {
        let scheme = match self.scheme() {
            Scheme::WebAuthn => Scheme::P256,
            scheme => scheme,
        };
        KeyHash(blake2b_256(
            "autoid-key/v1",
            &[&[scheme.number()], self.as_bytes()],
        ))
    }

    /// Checks what verification does not: that the bytes are a key, in its one encoding, and not a weak one. Every key
    /// is checked once, before it is stored.
    pub fn validate(&self) -> Result<(), KeyError> {
        match self {
            Self::Ed25519(bytes) => {
                let key =
                    ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::Point)?;
                if key.is_weak() {
                    return Err(KeyError::SmallOrder);
                }
                // y ≥ p decodes too, and would give the key a second hash
                if key.to_edwards().compress().as_bytes() != bytes {
                    return Err(KeyError::Point);
                }
                Ok(())
            }
            Self::Sr25519(bytes) => {
                schnorrkel::PublicKey::from_bytes(bytes).map_err(|_| KeyError::Point)?;
                // The identity, the one element of small order of a prime-order group
                if bytes == &[0; 32] {
                    return Err(KeyError::SmallOrder);
                }
                Ok(())
            }
            Self::Secp256k1(point) => secp256k1_key(point).map(drop),
            Self::P256(point) | Self::WebAuthn { point, .. } => p256_key(point).map(drop),
            Self::Rsa(modulus) => check_rsa_modulus(modulus),
        }
    }
}

/// Whether these are the tag and the length of a compressed SEC 1 point. The curves' crates also read the uncompressed and
/// the compact form, which would give a key a second hash.
fn is_compressed(point: &[u8]) -> bool {
    point.len() == 33 && matches!(point.first(), Some(2 | 3))
}

/// The P-256 key with this compressed point.
pub(crate) fn p256_key(point: &[u8]) -> Result<p256::ecdsa::VerifyingKey, KeyError> {
    if !is_compressed(point) {
        return Err(KeyError::Point);
    }
    p256::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| KeyError::Point)
}

/// The secp256k1 key with this compressed point.
pub(crate) fn secp256k1_key(point: &[u8]) -> Result<k256::ecdsa::VerifyingKey, KeyError> {
    if !is_compressed(point) {
        return Err(KeyError::Point);
    }
    k256::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| KeyError::Point)
}

/// Bits of a big-endian integer.
pub(crate) fn bit_length(bytes: &[u8]) -> u32 {
    let Some(first) = bytes.iter().position(|byte| *byte != 0) else {
        return 0;
    };
    let rest = bytes.get(first..).unwrap_or_default();
    let top = rest.first().map_or(0, |byte| byte.leading_zeros());
    u32::try_from(rest.len())
        .unwrap_or(u32::MAX)
        .saturating_mul(8)
        .saturating_sub(top)
}

/// Checks length, parity and encoding of an RSA modulus.
pub(crate) fn check_rsa_modulus(modulus: &[u8]) -> Result<(), KeyError> {
    let bits = bit_length(modulus);
    if !(2_048..=4_096).contains(&bits) {
        return Err(KeyError::RsaLength(bits));
    }
    let leading_zero = modulus.first() == Some(&0);
    let even = modulus.last().is_none_or(|byte| byte & 1 == 0);
    if leading_zero || even {
        return Err(KeyError::RsaModulus);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
