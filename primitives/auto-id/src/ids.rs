//! Ids of identities, their kinds, and DIDs.

use alloc::string::String;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use core::str::FromStr;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::NetworkTag;
use crate::bits::bit_set;
use crate::bytes::byte_array;
use crate::hashes::blake2b_256;
use crate::keys::KeyHash;

byte_array! {
    /// Id of an identity: `autoid/v1` ‖ network tag ‖ kind ‖ issuer id or 32 zeros ‖ key hash ‖ salt, hashed; for
    /// composites see [`composite_id`]. It never changes, whatever becomes of the keys.
    ///
    /// Shown as the DID `did:auto:` ‖ base58 (Bitcoin's alphabet, no multibase prefix) of the 32 bytes.
    pub struct AutoId(32);
}

byte_array! {
    /// Lets one key have several ids. Chosen at random, or zero.
    pub struct Salt(16);
}

/// What an identity is. The number is part of ids and certificates.
#[derive(
    Clone,
    Copy,
    Debug,
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
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A person, by own declaration: nothing may favour this without
    /// [`is_proven_human`](crate::ResolvedIdentity::is_proven_human).
    #[codec(index = 0)]
    Human,
    /// A company, association, state …
    #[codec(index = 1)]
    Organization,
    /// An online service; protocol-owned accounts resolve to one.
    #[codec(index = 2)]
    Service,
    /// A program.
    #[codec(index = 3)]
    Software,
    /// An AI model: the weights and their release. Models are the families that votes are capped by.
    #[codec(index = 4)]
    AiModel,
    /// An AI model as it runs for someone.
    #[codec(index = 5)]
    AiInstance,
    /// An AI that acts.
    #[codec(index = 6)]
    AiAgent,
    /// 2 to 8 identities that act together; has no key of its own.
    #[codec(index = 7)]
    Composite,
    /// A DAO with a human quorum.
    #[codec(index = 8)]
    Dao,
}

impl Kind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Human,
        Self::Organization,
        Self::Service,
        Self::Software,
        Self::AiModel,
        Self::AiInstance,
        Self::AiAgent,
        Self::Composite,
        Self::Dao,
    ];

    /// The kind with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Human => 0,
            Self::Organization => 1,
            Self::Service => 2,
            Self::Software => 3,
            Self::AiModel => 4,
            Self::AiInstance => 5,
            Self::AiAgent => 6,
            Self::Composite => 7,
            Self::Dao => 8,
        }
    }

    /// Whether it may be the root of a chain of issuers.
    pub const fn is_natural(self) -> bool {
        matches!(self, Self::Human | Self::Organization | Self::Dao)
    }

    /// Whether it must have an issuer.
    pub const fn is_artificial(self) -> bool {
        matches!(
            self,
            Self::Service | Self::Software | Self::AiModel | Self::AiInstance | Self::AiAgent
        )
    }

    /// Whether it is an AI.
    pub const fn is_ai(self) -> bool {
        matches!(self, Self::AiModel | Self::AiInstance | Self::AiAgent)
    }

    /// Whether it may issue an identity of kind `child`: natural ones issue all, artificial ones only artificial ones.
    /// Composites issue nothing and are issued by nobody, since they have no key; a person is issued by nobody.
    pub const fn may_issue(self, child: Self) -> bool {
        match child {
            Self::Human | Self::Composite => false,
            Self::Organization | Self::Dao => self.is_natural(),
            _ => !matches!(self, Self::Composite),
        }
    }
}

bit_set! {
    /// A set of kinds.
    pub struct Kinds(u16) {
        /// [`Kind::Human`].
        HUMAN = 0,
        /// [`Kind::Organization`].
        ORGANIZATION = 1,
        /// [`Kind::Service`].
        SERVICE = 2,
        /// [`Kind::Software`].
        SOFTWARE = 3,
        /// [`Kind::AiModel`].
        AI_MODEL = 4,
        /// [`Kind::AiInstance`].
        AI_INSTANCE = 5,
        /// [`Kind::AiAgent`].
        AI_AGENT = 6,
        /// [`Kind::Composite`].
        COMPOSITE = 7,
        /// [`Kind::Dao`].
        DAO = 8,
    }
}

impl From<Kind> for Kinds {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Human => Self::HUMAN,
            Kind::Organization => Self::ORGANIZATION,
            Kind::Service => Self::SERVICE,
            Kind::Software => Self::SOFTWARE,
            Kind::AiModel => Self::AI_MODEL,
            Kind::AiInstance => Self::AI_INSTANCE,
            Kind::AiAgent => Self::AI_AGENT,
            Kind::Composite => Self::COMPOSITE,
            Kind::Dao => Self::DAO,
        }
    }
}

/// Id of an identity with a key of its own. `key` is the key it is registered with.
pub fn derive_id(
    network_tag: &NetworkTag,
    kind: Kind,
    issuer: Option<&AutoId>,
    key: &KeyHash,
    salt: &Salt,
) -> AutoId {
    AutoId(blake2b_256(
        "autoid/v1",
        &[
            network_tag.as_ref(),
            &[kind.number()],
            issuer.map_or(&[0; 32], |issuer| &issuer.0),
            &key.0,
            &salt.0,
        ],
    ))
}

/// Fewest members of a composite.
pub const MIN_MEMBERS: u32 = 2;
/// Most members of a composite.
pub const MAX_MEMBERS: u32 = 8;

/// Why a composite cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompositeError {
    /// Too few or too many members.
    #[error("a composite has 2 to 8 members, not {0}")]
    Members(usize),
    /// Members not strictly ascending.
    #[error("members are not in strictly ascending order of their ids")]
    Order,
    /// Threshold out of range.
    #[error("threshold {threshold} of {members} members")]
    Threshold {
        /// Members that must agree.
        threshold: u8,
        /// All members.
        members: usize,
    },
}

/// Id of a composite: `autoid-composite/v1` ‖ network tag ‖ threshold ‖ salt ‖ member ids in ascending order, hashed.
pub fn composite_id(
    network_tag: &NetworkTag,
    threshold: u8,
    members: &[AutoId],
    salt: &Salt,
) -> Result<AutoId, CompositeError> {
    let count = members.len();
    if count < MIN_MEMBERS as usize || count > MAX_MEMBERS as usize {
        return Err(CompositeError::Members(count));
    }
    if !members.is_sorted_by(|a, b| a < b) {
        return Err(CompositeError::Order);
    }
    if threshold == 0 || usize::from(threshold) > count {
        return Err(CompositeError::Threshold {
            threshold,
            members: count,
        });
    }
    let members = members
        .iter()
        .flat_map(|member| member.0)
        .collect::<alloc::vec::Vec<_>>();
    Ok(AutoId(blake2b_256(
        "autoid-composite/v1",
        &[network_tag.as_ref(), &[threshold], &salt.0, &members],
    )))
}

/// What a DID starts with.
pub const DID_PREFIX: &str = "did:auto:";
/// Longest DID: 32 bytes are at most 44 digits of base 58.
pub const MAX_DID_LENGTH: usize = DID_PREFIX.len() + 44;

impl AutoId {
    /// The DID.
    pub fn did(&self) -> String {
        let mut did = String::from(DID_PREFIX);
        did.push_str(&bs58::encode(&self.0).into_string());
        did
    }
}

impl fmt::Display for AutoId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.did())
    }
}

/// The text is no DID of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected did:auto: and 32 bytes in base 58")]
pub struct DidError;

impl FromStr for AutoId {
    type Err = DidError;

    fn from_str(text: &str) -> Result<Self, DidError> {
        let digits = text.strip_prefix(DID_PREFIX).ok_or(DidError)?;
        if text.len() > MAX_DID_LENGTH {
            return Err(DidError);
        }
        let bytes = bs58::decode(digits).into_vec().map_err(|_| DidError)?;
        bytes.try_into().map(Self).map_err(|_| DidError)
    }
}

#[cfg(test)]
mod tests;
