//! Identities as other domains see them.
//!
//! auto-fi and auto-co know an identity only through a [`ResolvedIdentity`]: proven at a block of auto-id, never newer.
//! So evidence that gives power waits for a proof, and evidence that takes it (a kill card) is checked here, against
//! keys already known.

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::ids::MAX_MEMBERS;
use crate::messages::{KILL_CARD_KEY_GRACE, KillCard, TimeError};
use crate::scores::{self, Ppm};
use crate::signatures::{self, Signature, SignatureError};
use crate::{
    AutoId, Categories, KeyHash, Kind, MAX_DEPTH, MAX_KEYS, Millis, NetworkTag, PublicKey,
    Purposes, UniqueHumanTag,
};

/// Keys of an identity and its issuers, at most: 16 of each.
pub const MAX_RESOLVED_KEYS: u32 = MAX_KEYS * (MAX_DEPTH as u32 + 1);

/// What an account is to the identity it is linked with.
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
pub enum Role {
    /// Acts for the identity in everything.
    #[codec(index = 0)]
    Owner,
    /// Acts within a mandate.
    #[codec(index = 1)]
    Agent,
    /// May freeze, approve and recover.
    #[codec(index = 2)]
    Guardian,
    /// Acts within a session.
    #[codec(index = 3)]
    Session,
}

/// Why an identity was revoked; numbers of RFC 5280's `CRLReason`.
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
pub enum RevocationReason {
    /// Not said.
    #[codec(index = 0)]
    Unspecified,
    /// Someone else had a key.
    #[codec(index = 1)]
    KeyCompromise,
    /// Someone else had a key of the issuer.
    #[codec(index = 2)]
    IssuerCompromise,
    /// It no longer belongs to the issuer.
    #[codec(index = 3)]
    AffiliationChanged,
    /// Another one took its place.
    #[codec(index = 4)]
    Superseded,
    /// It is no longer needed.
    #[codec(index = 5)]
    CessationOfOperation,
    /// It broke its rules.
    #[codec(index = 9)]
    PrivilegeWithdrawn,
}

impl RevocationReason {
    /// The number in a CRL.
    pub const fn number(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::IssuerCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::PrivilegeWithdrawn => 9,
        }
    }
}

/// Whether an identity may act.
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
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Status {
    /// It may.
    #[codec(index = 0)]
    Active,
    /// It may not, for a time.
    #[codec(index = 1)]
    Suspended {
        /// First time at which it may again.
        until: Millis,
    },
    /// It may never again.
    #[codec(index = 2)]
    Revoked {
        /// When it was revoked.
        at: Millis,
        /// First time at which what it did counts nothing: `at`, or earlier.
        invalid_from: Millis,
        /// Who revoked it: itself, or an issuer above it.
        by: AutoId,
        /// Why.
        reason: RevocationReason,
    },
    /// It ended itself.
    #[codec(index = 3)]
    Deactivated {
        /// When.
        at: Millis,
    },
}

impl Status {
    /// Whether what was done at `at` counts, as known today.
    pub const fn is_valid_at(&self, at: Millis) -> bool {
        match *self {
            Self::Active => true,
            Self::Suspended { until } => at >= until,
            Self::Revoked {
                at: revoked,
                invalid_from,
                ..
            } => at < revoked && at < invalid_from,
            Self::Deactivated { at: deactivated } => at < deactivated,
        }
    }

    /// Whether nothing can follow it.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Revoked { .. } | Self::Deactivated { .. })
    }
}

/// A score in steps of 10,000 ppm, rounded down: 0 to 99.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct ScoreBucket(u8);

impl ScoreBucket {
    /// Parts per million in a bucket.
    pub const WIDTH: Ppm = 10_000;

    /// The bucket of a score.
    pub fn of(ppm: Ppm) -> Self {
        let ppm = ppm.min(scores::ONE.saturating_sub(1));
        Self(u8::try_from(ppm.checked_div(Self::WIDTH).unwrap_or(0)).unwrap_or(0))
    }

    /// The score that is certain.
    pub fn ppm(self) -> Ppm {
        u32::from(self.0).saturating_mul(Self::WIDTH)
    }
}

/// Whose a key is.
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
pub enum KeyOwner {
    /// The identity's.
    #[codec(index = 0)]
    Own,
    /// An issuer's, by position in [`ResolvedIdentity::issuers`].
    #[codec(index = 1)]
    Issuer(u8),
    /// A member's, by position in [`ResolvedIdentity::members`].
    #[codec(index = 2)]
    Member(u8),
}

/// A key that is live, or was until less than 30 days before. The key itself comes with what it signed.
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
pub struct ResolvedKey {
    /// Whose.
    pub owner: KeyOwner,
    /// Its hash.
    pub hash: KeyHash,
    /// What it may sign.
    pub purposes: Purposes,
    /// When it was removed, if it was.
    pub removed_at: Option<Millis>,
}

/// A member of a composite.
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
pub struct Member {
    /// Its id.
    pub id: AutoId,
    /// Its kind.
    pub kind: Kind,
}

/// All that other domains know of an identity.
#[derive(
    Clone,
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
pub struct ResolvedIdentity {
    /// Its id.
    pub id: AutoId,
    /// Its kind.
    pub kind: Kind,
    /// What the account it was resolved from is to it.
    pub role: Role,
    /// The root of its issuers, itself if it has none; of a composite the first natural member.
    pub natural_root: AutoId,
    /// Its issuers, the direct one first, the root last.
    pub issuers: BoundedVec<AutoId, ConstU32<{ MAX_DEPTH as u32 }>>,
    /// Members of a composite, ascending; empty for all others.
    pub members: BoundedVec<Member, ConstU32<MAX_MEMBERS>>,
    /// The nearest AI model among itself and its issuers; none counts as "other".
    pub model_family: Option<AutoId>,
    /// Of itself and all issuers the first that is not active, from the root on.
    pub status: Status,
    /// Last time at which itself and all issuers are valid.
    pub valid_until: Millis,
    /// Epoch of its keys.
    pub key_epoch: u32,
    /// Keys of itself, its issuers and members.
    pub keys: BoundedVec<ResolvedKey, ConstU32<MAX_RESOLVED_KEYS>>,
    /// Its score.
    pub score: ScoreBucket,
    /// Categories of its claims.
    pub categories: Categories,
    /// Tag of its strongest unique claim, if it has one.
    pub unique_human: Option<UniqueHumanTag>,
    /// The block of auto-id that this was read at.
    pub proven_at: u32,
}

/// What a kill card is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillTarget {
    /// The identity.
    Identity,
    /// A session of it.
    Session(AutoId),
}

/// Why a kill card is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KillError {
    /// For another target.
    #[error("the kill card is for another target")]
    Target,
    /// A person, an organisation or a DAO.
    #[error("kill cards end artificial identities and sessions only")]
    Natural,
    /// The signer is neither the target nor an issuer above it nor a natural member of it.
    #[error("the signer has no power over the target")]
    Signer,
    /// The signer has, or lately had, no such key for acting.
    #[error("the signer has no such AUTH key")]
    Key,
    /// Not valid now.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// Not signed by the key.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

impl ResolvedIdentity {
    /// Whether it may act at `now`.
    pub fn is_valid_at(&self, now: Millis) -> bool {
        now <= self.valid_until && self.status.is_valid_at(now)
    }

    /// Whether it is a human beyond its own word: kind Human, valid, a score of at least `threshold`, and a claim in one
    /// of the `required` categories, if there are any. The defaults are [`scores::HUMAN`] and [`Categories::UNIQUE`].
    pub fn is_proven_human(&self, threshold: Ppm, required: Categories, now: Millis) -> bool {
        self.kind == Kind::Human
            && self.is_valid_at(now)
            && self.score.ppm() >= threshold
            && (required.is_empty() || !self.categories.common(required).is_empty())
    }

    /// The id of a key's owner.
    pub fn owner(&self, owner: KeyOwner) -> Option<&AutoId> {
        match owner {
            KeyOwner::Own => Some(&self.id),
            KeyOwner::Issuer(position) => self.issuers.get(usize::from(position)),
            KeyOwner::Member(position) => self
                .members
                .get(usize::from(position))
                .map(|member| &member.id),
        }
    }

    /// Whether `key` is a live key of the identity itself, or of a member of a composite, for all of these purposes.
    pub fn has_live_key(&self, key: &KeyHash, purposes: Purposes) -> bool {
        self.keys.iter().any(|known| {
            !matches!(known.owner, KeyOwner::Issuer(_))
                && known.hash == *key
                && known.removed_at.is_none()
                && known.purposes.contains(purposes)
        })
    }

    /// Checks a kill card: its target and times; that the signer is the target itself, an issuer above it or a natural
    /// member of it; that `key` is an AUTH key of the signer, live or removed less than 30 days before; and the
    /// signature, last, since it costs most.
    pub fn check_kill(
        &self,
        network_tag: &NetworkTag,
        target: KillTarget,
        card: &KillCard,
        key: &PublicKey,
        signature: &Signature,
        now: Millis,
    ) -> Result<(), KillError> {
        let target = match target {
            KillTarget::Identity if self.kind.is_natural() => return Err(KillError::Natural),
            KillTarget::Identity => self.id,
            KillTarget::Session(session) => session,
        };
        if card.target != target {
            return Err(KillError::Target);
        }
        card.check_time(now)?;
        let has_power = card.signer == self.id
            || self.issuers.contains(&card.signer)
            || self
                .members
                .iter()
                .any(|member| member.id == card.signer && member.kind.is_natural());
        if !has_power {
            return Err(KillError::Signer);
        }
        let hash = key.hash();
        let known = self.keys.iter().any(|known| {
            known.hash == hash
                && known.purposes.contains(Purposes::AUTH)
                && self.owner(known.owner) == Some(&card.signer)
                && known
                    .removed_at
                    .is_none_or(|removed| now.saturating_sub(removed) < KILL_CARD_KEY_GRACE)
        });
        if !known {
            return Err(KillError::Key);
        }
        signatures::verify(key, &card.hash(network_tag), signature)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
