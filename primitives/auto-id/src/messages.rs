//! Every message that keys of identities sign: hashes of 32 bytes, each under a domain string of its own.
//!
//! [`Envelope`] authorises a call of a pallet, and is the only one with nonces. [`Possession`] and [`Consent`] prove
//! control of a key to whoever registers it. A [`KillCard`] ends an artificial identity on any domain.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::hashes::blake2b_256;
use crate::{AccountBytes, AutoId, DAY, Hash, Kind, Millis, NetworkTag, SECOND, Salt};

/// Longest time between now and `valid_until` of an envelope.
pub const MAX_ENVELOPE_LIFE: Millis = 3_600 * SECOND;
/// The same for a revocation, which may be signed ahead and kept offline.
pub const MAX_REVOCATION_LIFE: Millis = 30 * DAY;
/// Longest time between now and `valid_until` of a possession or consent.
pub const MAX_CONSENT_LIFE: Millis = 30 * DAY;
/// Longest time from `signed_at` to `valid_until` of a kill card.
pub const MAX_KILL_CARD_LIFE: Millis = 30 * DAY;
/// A key that was removed may still sign kill cards for this long.
pub const KILL_CARD_KEY_GRACE: Millis = 30 * DAY;

/// Why a message is refused because of its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Signed for a time to come.
    #[error("not valid before {from} ms, now is {now} ms")]
    NotYetValid {
        /// First valid time.
        from: Millis,
        /// Now.
        now: Millis,
    },
    /// Too late.
    #[error("valid until {until} ms, now is {now} ms")]
    Expired {
        /// Last valid time.
        until: Millis,
        /// Now.
        now: Millis,
    },
    /// Valid for longer than such a message may be.
    #[error("valid for {life} ms, at most {limit} ms are allowed")]
    TooLong {
        /// How long.
        life: Millis,
        /// How long it may be.
        limit: Millis,
    },
}

/// Checks that `valid_until` is not past and at most `limit` ahead.
pub fn check_valid_until(now: Millis, valid_until: Millis, limit: Millis) -> Result<(), TimeError> {
    let life = valid_until.checked_sub(now).ok_or(TimeError::Expired {
        until: valid_until,
        now,
    })?;
    if life > limit {
        return Err(TimeError::TooLong { life, limit });
    }
    Ok(())
}

/// What an envelope is for: the pallet in the high byte, its action in the low one. So no pallet's action is another's.
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
pub struct ActionTag(pub u16);

impl ActionTag {
    /// High byte of the registry (`AutoId`).
    pub const REGISTRY: u8 = 0x01;
    /// High byte of `Mandates`.
    pub const MANDATES: u8 = 0x02;
    /// High byte of `Personhood`.
    pub const PERSONHOOD: u8 = 0x03;
    /// High byte of `Provenance`.
    pub const PROVENANCE: u8 = 0x04;
    /// High byte of auto-fi's `Accounts`.
    pub const ACCOUNTS: u8 = 0x10;
    /// High byte of auto-co's `Dao`.
    pub const DAO: u8 = 0x20;
    /// High byte of auto-co's `Governance`.
    pub const GOVERNANCE: u8 = 0x21;
    /// High byte of the forum.
    pub const FORUM: u8 = 0x30;
    /// High byte of logins off chain.
    pub const LOGIN: u8 = 0x31;

    /// The tag of a pallet's action.
    pub const fn new(pallet: u8, action: u8) -> Self {
        Self(u16::from_be_bytes([pallet, action]))
    }
}

/// A nonce in two dimensions: under every `key` sequences count up by themselves, so that several programs may act for
/// one identity without waiting for each other.
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
pub struct Nonce {
    /// Which sequence.
    pub key: u64,
    /// Its next number.
    pub sequence: u64,
}

/// All of a signed action but the action and the signature.
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
pub struct Envelope {
    /// Who acts.
    pub actor: AutoId,
    /// Epoch of the actor's keys.
    pub key_epoch: u32,
    /// See [`Nonce`].
    pub nonce: Nonce,
    /// Last time at which it may be used.
    pub valid_until: Millis,
}

/// Where an envelope may be used: known to the verifier, never sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnvelopeContext {
    /// The network.
    pub network_tag: NetworkTag,
    /// The domain.
    pub domain_id: u32,
    /// Version of the pallet's messages.
    pub pallet_version: u16,
}

impl Envelope {
    /// What is signed: `autoid-action/v1` ‖ network tag ‖ domain id ‖ pallet version ‖ actor ‖ action tag ‖
    /// SCALE(action) ‖ key epoch ‖ nonce key ‖ nonce sequence ‖ valid until, hashed.
    pub fn hash<Action: Encode + ?Sized>(
        &self,
        context: &EnvelopeContext,
        tag: ActionTag,
        action: &Action,
    ) -> Hash {
        action.using_encoded(|action| {
            blake2b_256(
                "autoid-action/v1",
                &[
                    context.network_tag.as_ref(),
                    &context.domain_id.to_le_bytes(),
                    &context.pallet_version.to_le_bytes(),
                    self.actor.as_ref(),
                    &tag.0.to_le_bytes(),
                    action,
                    &self.key_epoch.to_le_bytes(),
                    &self.nonce.key.to_le_bytes(),
                    &self.nonce.sequence.to_le_bytes(),
                    &self.valid_until.to_le_bytes(),
                ],
            )
        })
    }

    /// Checks `valid_until`; `limit` is [`MAX_ENVELOPE_LIFE`] or, for revocations, [`MAX_REVOCATION_LIFE`].
    pub fn check_time(&self, now: Millis, limit: Millis) -> Result<(), TimeError> {
        check_valid_until(now, self.valid_until, limit)
    }
}

/// A key says that it is to be the first key of an identity that `account` registers.
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
pub struct Possession {
    /// Kind of the identity.
    pub kind: Kind,
    /// Its issuer, if any.
    pub issuer: Option<AutoId>,
    /// Its salt.
    pub salt: Salt,
    /// The account that will control the record.
    pub account: AccountBytes,
}

impl Possession {
    /// What is signed: `autoid-pop/v1` ‖ network tag ‖ kind ‖ issuer or zeros ‖ salt ‖ account, hashed.
    pub fn hash(&self, network_tag: &NetworkTag) -> Hash {
        blake2b_256(
            "autoid-pop/v1",
            &[
                network_tag.as_ref(),
                &[self.kind.number()],
                self.issuer.as_ref().map_or(&[0; 32], |issuer| &issuer.0),
                self.salt.as_ref(),
                &self.account,
            ],
        )
    }
}

/// The subject key of a certificate agrees that `controller` registers it; or a key that is to be added to an identity
/// agrees to be. Certificates are public, so the issuer's signature alone says nothing about who sends them.
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
pub struct Consent {
    /// The identity.
    pub id: AutoId,
    /// The account that will control the record.
    pub controller: AccountBytes,
    /// Last time at which it may be used.
    pub valid_until: Millis,
}

impl Consent {
    /// What is signed: `autoid-consent/v1` ‖ network tag ‖ id ‖ controller ‖ valid until, hashed.
    pub fn hash(&self, network_tag: &NetworkTag) -> Hash {
        blake2b_256(
            "autoid-consent/v1",
            &[
                network_tag.as_ref(),
                self.id.as_ref(),
                &self.controller,
                &self.valid_until.to_le_bytes(),
            ],
        )
    }

    /// Checks `valid_until`.
    pub fn check_time(&self, now: Millis) -> Result<(), TimeError> {
        check_valid_until(now, self.valid_until, MAX_CONSENT_LIFE)
    }
}

/// Ends an artificial identity for good. It names no domain, nonce or epoch: signed once and kept offline, it works on
/// every domain, and twice is the same as once. [`ResolvedIdentity::check_kill`](crate::ResolvedIdentity::check_kill)
/// says who may sign.
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
pub struct KillCard {
    /// Who is to end.
    pub target: AutoId,
    /// Whose key signs.
    pub signer: AutoId,
    /// First time at which it may be used.
    pub signed_at: Millis,
    /// Last time at which it may be used.
    pub valid_until: Millis,
}

impl KillCard {
    /// What is signed: `autoid-kill/v1` ‖ network tag ‖ target ‖ signer ‖ signed at ‖ valid until, hashed.
    pub fn hash(&self, network_tag: &NetworkTag) -> Hash {
        blake2b_256(
            "autoid-kill/v1",
            &[
                network_tag.as_ref(),
                self.target.as_ref(),
                self.signer.as_ref(),
                &self.signed_at.to_le_bytes(),
                &self.valid_until.to_le_bytes(),
            ],
        )
    }

    /// Checks that it is valid now and not for longer than [`MAX_KILL_CARD_LIFE`].
    pub fn check_time(&self, now: Millis) -> Result<(), TimeError> {
        if now < self.signed_at {
            return Err(TimeError::NotYetValid {
                from: self.signed_at,
                now,
            });
        }
        check_valid_until(self.signed_at, self.valid_until, MAX_KILL_CARD_LIFE)?;
        check_valid_until(now, self.valid_until, MAX_KILL_CARD_LIFE)
    }
}

#[cfg(test)]
mod tests;
