//! Claims: what attestors say of an identity, without saying it on chain.
//!
//! A claim names its type and carries a nullifier and a commitment. The nullifier is the attestor's keyed hash of the
//! outside account, so that one account backs one identity and nobody can guess which account it is. The commitment
//! lets the holder disclose attributes later.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::bits::bit_set;
use crate::bytes::byte_array;
use crate::hashes::blake2b_256;
use crate::{AutoId, DAY, Hash, Millis, NetworkTag};

byte_array! {
    /// Type of a claim: `autoid-claim-type/v1` ‖ its name, hashed. Scores multiply claims in the order of their types.
    pub struct ClaimType(32);
}

byte_array! {
    /// Names a unique human across domains: `autoid-unique-human/v1` ‖ network tag ‖ claim type ‖ nullifier of the
    /// strongest unique claim, hashed. Two identities with one tag are one human.
    pub struct UniqueHumanTag(32);
}

/// How long the nullifier of a removed claim stays taken.
pub const NULLIFIER_RESERVATION: Millis = 90 * DAY;

/// What kind of evidence a claim is. Scores first combine the claims of each category, with a cap, and then the
/// categories, in this order.
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
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum Category {
    /// Passports, identity cards, credentials of a state.
    #[codec(index = 0)]
    GovernmentId,
    /// Systems that attest uniqueness of a person by biometrics or personhood rituals.
    #[codec(index = 1)]
    Personhood,
    /// Accounts of online services.
    #[codec(index = 2)]
    Social,
    /// Accounts of banks and exchanges.
    #[codec(index = 3)]
    Financial,
    /// Devices and phone numbers.
    #[codec(index = 4)]
    Device,
    /// Participation in networks, this one included.
    #[codec(index = 5)]
    Network,
    /// Other humans.
    #[codec(index = 6)]
    Vouch,
}

impl Category {
    /// All categories, in order.
    pub const ALL: [Self; 7] = [
        Self::GovernmentId,
        Self::Personhood,
        Self::Social,
        Self::Financial,
        Self::Device,
        Self::Network,
        Self::Vouch,
    ];
}

bit_set! {
    /// A set of categories.
    pub struct Categories(u8) {
        /// [`Category::GovernmentId`].
        GOVERNMENT_ID = 0,
        /// [`Category::Personhood`].
        PERSONHOOD = 1,
        /// [`Category::Social`].
        SOCIAL = 2,
        /// [`Category::Financial`].
        FINANCIAL = 3,
        /// [`Category::Device`].
        DEVICE = 4,
        /// [`Category::Network`].
        NETWORK = 5,
        /// [`Category::Vouch`].
        VOUCH = 6,
    }
}

impl Categories {
    /// Those that only a unique human has: what "proven human" asks for besides the score.
    pub const UNIQUE: Self = Self::GOVERNMENT_ID.with(Self::PERSONHOOD);
}

impl From<Category> for Categories {
    fn from(category: Category) -> Self {
        match category {
            Category::GovernmentId => Self::GOVERNMENT_ID,
            Category::Personhood => Self::PERSONHOOD,
            Category::Social => Self::SOCIAL,
            Category::Financial => Self::FINANCIAL,
            Category::Device => Self::DEVICE,
            Category::Network => Self::NETWORK,
            Category::Vouch => Self::VOUCH,
        }
    }
}

impl ClaimType {
    /// The type with this name: `category/provider` in lower case.
    pub fn named(name: &str) -> Self {
        Self(blake2b_256("autoid-claim-type/v1", &[name.as_bytes()]))
    }
}

/// Why a claim is refused by its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimTimeError {
    /// Issued in the future.
    #[error("issued at {issued} ms, now is {now} ms")]
    IssuedInFuture {
        /// When it says it was issued.
        issued: Millis,
        /// Now.
        now: Millis,
    },
    /// Expired, or expires when it is issued or earlier.
    #[error("expires at {expires} ms, now is {now} ms")]
    Expired {
        /// When it expires.
        expires: Millis,
        /// Now.
        now: Millis,
    },
}

/// A claim as its attestor signs it.
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
pub struct Claim {
    /// Whom it is about.
    pub subject: AutoId,
    /// Its type.
    pub claim_type: ClaimType,
    /// Keyed hash of the outside account.
    #[serde(with = "crate::bytes")]
    pub nullifier: Hash,
    /// Merkle root of salted attributes, or zeros.
    #[serde(with = "crate::bytes")]
    pub commitment: Hash,
    /// When it was issued.
    pub issued: Millis,
    /// When it ends to count; its weight falls linearly from `issued` to here.
    pub expires: Millis,
}

impl Claim {
    /// What the attestor signs: `autoid-claim/v1` ‖ network tag ‖ attestor ‖ SCALE(claim), hashed. The subject is in it,
    /// so a claim is of no use to anyone else.
    pub fn hash(&self, network_tag: &NetworkTag, attestor: &AutoId) -> Hash {
        blake2b_256(
            "autoid-claim/v1",
            &[network_tag.as_ref(), attestor.as_ref(), &self.encode()],
        )
    }

    /// Checks that it is issued and not expired.
    pub fn check_time(&self, now: Millis) -> Result<(), ClaimTimeError> {
        if self.issued > now {
            return Err(ClaimTimeError::IssuedInFuture {
                issued: self.issued,
                now,
            });
        }
        if self.expires <= now || self.expires <= self.issued {
            return Err(ClaimTimeError::Expired {
                expires: self.expires,
                now,
            });
        }
        Ok(())
    }

    /// See [`UniqueHumanTag`].
    pub fn unique_human_tag(&self, network_tag: &NetworkTag) -> UniqueHumanTag {
        UniqueHumanTag(blake2b_256(
            "autoid-unique-human/v1",
            &[
                network_tag.as_ref(),
                self.claim_type.as_ref(),
                &self.nullifier,
            ],
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIM: Claim = Claim {
        subject: AutoId([1; 32]),
        claim_type: ClaimType([2; 32]),
        nullifier: [3; 32],
        commitment: [4; 32],
        issued: 1_000,
        expires: 2_000,
    };

    #[test]
    fn categories_are_bits_in_order() {
        for (number, category) in Category::ALL.into_iter().enumerate() {
            assert_eq!(Categories::from(category).bits(), 1 << number);
            assert_eq!(usize::from(category.encode()[0]), number);
        }
    }

    #[test]
    fn a_claim_counts_from_issue_until_before_expiry() {
        for (now, counts) in [(999, false), (1_000, true), (1_999, true), (2_000, false)] {
            assert_eq!(CLAIM.check_time(now).is_ok(), counts, "{now}");
        }
        let empty = Claim {
            expires: 1_000,
            ..CLAIM
        };
        for now in [999, 1_000, 1_001] {
            assert!(empty.check_time(now).is_err());
        }
    }

    #[test]
    fn attestor_subject_network_and_every_field_are_signed() {
        let tag = NetworkTag([9; 32]);
        let attestor = AutoId([8; 32]);
        let hash = CLAIM.hash(&tag, &attestor);
        assert_ne!(hash, CLAIM.hash(&NetworkTag([8; 32]), &attestor));
        assert_ne!(hash, CLAIM.hash(&tag, &AutoId([9; 32])));
        for other in [
            Claim {
                subject: AutoId([0; 32]),
                ..CLAIM
            },
            Claim {
                claim_type: ClaimType([0; 32]),
                ..CLAIM
            },
            Claim {
                nullifier: [0; 32],
                ..CLAIM
            },
            Claim {
                commitment: [0; 32],
                ..CLAIM
            },
            Claim { issued: 0, ..CLAIM },
            Claim {
                expires: 0,
                ..CLAIM
            },
        ] {
            assert_ne!(hash, other.hash(&tag, &attestor));
        }
    }

    #[test]
    fn the_unique_human_tag_is_of_the_outside_account_alone() {
        let tag = NetworkTag([9; 32]);
        let unique = CLAIM.unique_human_tag(&tag);
        let again = Claim {
            subject: AutoId([0; 32]),
            issued: 0,
            expires: 9,
            commitment: [0; 32],
            ..CLAIM
        };
        assert_eq!(unique, again.unique_human_tag(&tag));
        assert_ne!(unique, CLAIM.unique_human_tag(&NetworkTag([8; 32])));
        assert_ne!(
            unique,
            Claim {
                nullifier: [0; 32],
                ..CLAIM
            }
            .unique_human_tag(&tag)
        );
    }
}
