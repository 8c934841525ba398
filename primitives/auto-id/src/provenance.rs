//! Statements: who made a work, from what, and with what.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::bits::bit_set;
use crate::hashes::blake2b_256;
use crate::{AutoId, Hash, KeyHash, Millis, NetworkTag, Signature};

/// Signers of a statement.
pub const MAX_SIGNERS: u32 = 8;
/// Works that a work is made from.
pub const MAX_PARENTS: u32 = 16;
/// Bytes of a media type.
pub const MAX_MEDIA_TYPE: u32 = 64;
/// Bytes of a content id.
pub const MAX_CONTENT_ID: u32 = 64;

bit_set! {
    /// What signers have done.
    pub struct SignerRoles(u8) {
        /// Made it.
        AUTHOR = 0,
        /// Changed it.
        EDITOR = 1,
        /// Is the model that generated it.
        MODEL = 2,
        /// Runs the model.
        PROVIDER = 3,
        /// Published it.
        PUBLISHER = 4,
        /// Checked it.
        REVIEWER = 5,
        /// Saw it.
        WITNESS = 6,
    }
}

/// How a work came to be; terms of IPTC's digital source types.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum SourceType {
    /// Captured by a device.
    #[codec(index = 0)]
    DigitalCapture,
    /// Made by a human with digital tools.
    #[codec(index = 1)]
    DigitalCreation,
    /// Changed by a human.
    #[codec(index = 2)]
    HumanEdits,
    /// Made by a trained model.
    #[codec(index = 3)]
    TrainedAlgorithmicMedia,
    /// Partly made by a trained model.
    #[codec(index = 4)]
    CompositeWithTrainedAlgorithmicMedia,
    /// Made by an algorithm without training.
    #[codec(index = 5)]
    AlgorithmicMedia,
}

/// A semantic hash with its scheme.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct SemanticHash {
    /// 1 is [`crate::simhash`]; the chain knows no other.
    pub scheme: u8,
    /// The hash.
    pub hash: Hash,
}

/// Who signs, as what.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct Signer {
    /// Who.
    pub id: AutoId,
    /// As what; not empty.
    pub roles: SignerRoles,
    /// With which of its keys.
    pub key: KeyHash,
}

/// What is said of a work. All signers sign the same, each other's roles included.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Statement {
    /// BLAKE3 of the content.
    pub content_hash: Hash,
    /// SHA-256 of the content, for those who know no BLAKE3.
    pub sha256: Option<Hash>,
    /// Media type.
    pub media_type: BoundedVec<u8, ConstU32<MAX_MEDIA_TYPE>>,
    /// Length of the content in bytes.
    pub size: u64,
    /// What it is like.
    pub semantic_hash: Option<SemanticHash>,
    /// Who signs, in strictly ascending order of their ids.
    pub signers: BoundedVec<Signer, ConstU32<MAX_SIGNERS>>,
    /// Statements about what it is made from.
    pub parents: BoundedVec<Hash, ConstU32<MAX_PARENTS>>,
    /// How it came to be.
    pub source_type: SourceType,
    /// The model.
    pub model: Option<AutoId>,
    /// The tool.
    pub tool: Option<AutoId>,
    /// When it was made, as its signers say.
    pub created: Millis,
    /// Content id of a manifest with more.
    pub manifest: Option<BoundedVec<u8, ConstU32<MAX_CONTENT_ID>>>,
}

/// A statement with the signatures of its signers, in their order.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SignedStatement {
    /// What is signed.
    pub statement: Statement,
    /// By whom.
    pub signatures: BoundedVec<Signature, ConstU32<MAX_SIGNERS>>,
}

/// Why a statement is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Nobody signs.
    #[error("no signers")]
    NoSigners,
    /// Signers not in strictly ascending order.
    #[error("signers are not in strictly ascending order of their ids")]
    Order,
    /// A signer without role.
    #[error("signer {0} has no role")]
    NoRole(u8),
    /// A media type that is not `type/subtype` of printable ASCII.
    #[error("not a media type")]
    MediaType,
}

impl Statement {
    /// What every signer signs, and what the statement is known by: `autoid-statement/v1` ‖ network tag ‖
    /// SCALE(statement), hashed.
    pub fn hash(&self, network_tag: &NetworkTag) -> Hash {
        blake2b_256(
            "autoid-statement/v1",
            &[network_tag.as_ref(), &self.encode()],
        )
    }

    /// Checks signers and media type.
    pub fn validate(&self) -> Result<(), StatementError> {
        if self.signers.is_empty() {
            return Err(StatementError::NoSigners);
        }
        if !self.signers.is_sorted_by(|a, b| a.id < b.id) {
            return Err(StatementError::Order);
        }
        if let Some(position) = self
            .signers
            .iter()
            .position(|signer| signer.roles.is_empty())
        {
            return Err(StatementError::NoRole(
                u8::try_from(position).unwrap_or(u8::MAX),
            ));
        }
        let parts = self
            .media_type
            .split(|byte| *byte == b'/')
            .collect::<Vec<_>>();
        let is_token = |part: &[u8]| {
            !part.is_empty()
                && part.iter().all(|byte| {
                    byte.is_ascii_lowercase()
                        || byte.is_ascii_digit()
                        || b".+-_!#$&^".contains(byte)
                })
        };
        match parts.as_slice() {
            [kind, subtype] if is_token(kind) && is_token(subtype) => Ok(()),
            _ => Err(StatementError::MediaType),
        }
    }
}

#[cfg(test)]
mod tests;
