//! Who exists on development chains: the same identities, links and attestors in the presets of all domains.
//!
//! Six humans, Alice … Ferdie, act from the accounts every wallet knows. The AI agent `//Agent` is issued by the model
//! `//Model` of the organisation `//Lab`. Attestors are organisations with keys `//AccountsAttestor` …. All keys are Sr25519
//! keys derived from the development phrase, so everybody has the secrets: never on a chain of value.

use alloc::vec::Vec;
use bounded_collections::BoundedVec;

use crate::claims::Claim;
use crate::hashes::blake2b_256;
use crate::ids::derive_id;
use crate::resolved::{KeyOwner, ResolvedKey, Role, ScoreBucket, Status};
use crate::scores::{ScoredClaim, default_policy};
use crate::{
    AccountBytes, AutoId, Categories, ClaimType, Kind, Millis, NetworkTag, PublicKey, Purposes,
    ResolvedIdentity, Salt,
};

/// Salt of every development identity.
pub const SALT: Salt = Salt([0; 16]);
/// When claims were issued and identities begin to be valid.
pub const ISSUED: Millis = 0;
/// When claims and identities expire: so far ahead that a claim loses less than one part in a thousand by the year 2100.
pub const EXPIRES: Millis = 1 << 53;

/// A development identity. Its account is its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DevIdentity {
    /// Name, also the derivation path of the key after `//`.
    pub name: &'static str,
    /// Kind.
    pub kind: Kind,
    /// Position of its issuer in [`IDENTITIES`].
    pub issuer: Option<usize>,
    /// Sr25519 key, and account.
    pub key: AccountBytes,
}

/// An attestor of development chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DevAttestor {
    /// The identity: an organisation without issuer.
    pub identity: DevIdentity,
    /// Names of the claim types it alone attests.
    pub claim_types: &'static [&'static str],
}

const fn human(name: &'static str, key: AccountBytes) -> DevIdentity {
    DevIdentity {
        name,
        kind: Kind::Human,
        issuer: None,
        key,
    }
}

const fn attestor(
    name: &'static str,
    key: AccountBytes,
    claim_types: &'static [&'static str],
) -> DevAttestor {
    DevAttestor {
        identity: DevIdentity {
            name,
            kind: Kind::Organization,
            issuer: None,
            key,
        },
        claim_types,
    }
}

/// Everybody who acts on a development chain; issuers before those they issue.
pub const IDENTITIES: [DevIdentity; 9] = [
    human(
        "Alice",
        hex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"),
    ),
    human(
        "Bob",
        hex("8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48"),
    ),
    human(
        "Charlie",
        hex("90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22"),
    ),
    human(
        "Dave",
        hex("306721211d5404bd9da88e0204360a1a9ab8b87c66c1bc2fcdd37f3c2222cc20"),
    ),
    human(
        "Eve",
        hex("e659a7a1628cdd93febc04a4e0646ea20e9f5f0ce097d9a05290d4a9e054df4e"),
    ),
    human(
        "Ferdie",
        hex("1cbd2d43530a44705ad088af313e18f80b53ef16b36177cd4b77b846f2a5f07c"),
    ),
    DevIdentity {
        name: "Lab",
        kind: Kind::Organization,
        issuer: None,
        key: hex("38dce175c8bbf93d1baf145f4f9ddc3f0011d720c04421a9e3b5ed5c49122d73"),
    },
    DevIdentity {
        name: "Model",
        kind: Kind::AiModel,
        issuer: Some(6),
        key: hex("04ceb5fe2c7530fcc8a8b043c1d91fe46c6de92030a33ea317d403c96da94278"),
    },
    DevIdentity {
        name: "Agent",
        kind: Kind::AiAgent,
        issuer: Some(7),
        key: hex("b4d4564c1a805f26c496344d0a80acb08a19d44472fff24af27c269b25decb07"),
    },
];

/// Attestors of development chains.
pub const ATTESTORS: [DevAttestor; 5] = [
    attestor(
        "AccountsAttestor",
        hex("30439dacaad89c8e5c6b19f4bf1577de7e9eaee787abe98531c87819a4abd652"),
        &["social/google", "social/apple"],
    ),
    attestor(
        "CodeAttestor",
        hex("78381c87db3852b8cdd2891d5a1ad21e4a2f4c93205684cd3291e7cdd740582e"),
        &["social/github"],
    ),
    attestor(
        "NetworksAttestor",
        hex("2cbcece9bda4229212fcc6d8978ec118e6f092266f3d6fb14d56263ee304705a"),
        &["social/x", "social/discord", "social/ens"],
    ),
    attestor(
        "GovernmentAttestor",
        hex("388cacff72bdd064ce832f5dee9458d148effea48c4b9f5d1c64601dab8aa668"),
        &["government-id/zk-passport", "government-id/credential"],
    ),
    attestor(
        "DeviceAttestor",
        hex("3eab8d3ad58f6ebc604169d6c89dfdb16f2328025098b7530cfb8670d613a00f"),
        &["device/phone", "device/passkey"],
    ),
];

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "runs at compile time only"
)]
const fn hex(text: &str) -> AccountBytes {
    const fn digit(character: u8) -> u8 {
        match character {
            b'0'..=b'9' => character - b'0',
            b'a'..=b'f' => character - b'a' + 10,
            _ => panic!("a key is 64 lowercase hex digits"),
        }
    }
    let text = text.as_bytes();
    assert!(text.len() == 64, "a key is 64 lowercase hex digits");
    let mut key = [0; 32];
    let mut index = 0;
    while index < 32 {
        key[index] = digit(text[2 * index]) << 4 | digit(text[2 * index + 1]);
        index += 1;
    }
    key
}

/// Types of the claims that every development human holds. Together they make the cap of their category, so that
/// development humans are unique humans.
pub const HUMAN_CLAIMS: [&str; 2] = ["government-id/zk-passport", "government-id/credential"];

impl DevIdentity {
    /// Its key.
    pub const fn public_key(&self) -> PublicKey {
        PublicKey::Sr25519(self.key)
    }

    /// Its id on a network.
    pub fn id(&self, network_tag: &NetworkTag) -> AutoId {
        let issuer = self.issuer().map(|issuer| issuer.id(network_tag));
        derive_id(
            network_tag,
            self.kind,
            issuer.as_ref(),
            &self.public_key().hash(),
            &SALT,
        )
    }

    /// Its issuer. Issuers stand before those they issue.
    pub fn issuer(&self) -> Option<&'static Self> {
        IDENTITIES.get(self.issuer?)
    }

    /// Its issuers, the direct one first.
    pub fn issuers(&self) -> impl Iterator<Item = &'static Self> + use<> {
        core::iter::successors(self.issuer(), |issuer| issuer.issuer())
    }

    /// What its key may sign: all but key agreement and recovery.
    pub const fn purposes(&self) -> Purposes {
        Purposes::AUTH
            .with(Purposes::ASSERT)
            .with(Purposes::ISSUE)
            .with(Purposes::DELEGATE)
    }

    /// Its claims: those of [`HUMAN_CLAIMS`] for a human, none for others.
    pub fn claims(&self, network_tag: &NetworkTag) -> Vec<Claim> {
        if self.kind != Kind::Human {
            return Vec::new();
        }
        let subject = self.id(network_tag);
        HUMAN_CLAIMS
            .into_iter()
            .map(|name| Claim {
                subject,
                claim_type: ClaimType::named(name),
                nullifier: blake2b_256("autoid-dev-nullifier/v1", &[self.name.as_bytes()]),
                commitment: [0; 32],
                issued: ISSUED,
                expires: EXPIRES,
            })
            .collect()
    }

    /// As other domains see it in genesis.
    pub fn resolved(&self, network_tag: &NetworkTag) -> ResolvedIdentity {
        let id = self.id(network_tag);
        let chain = core::iter::once(*self)
            .chain(self.issuers().copied())
            .map(|identity| (identity, identity.id(network_tag)))
            .collect::<Vec<_>>();
        let keys = chain.iter().zip(0u8..).map(|((identity, _), position)| {
            let owner = position
                .checked_sub(1)
                .map_or(KeyOwner::Own, KeyOwner::Issuer);
            ResolvedKey {
                owner,
                hash: identity.public_key().hash(),
                purposes: identity.purposes(),
                removed_at: None,
            }
        });
        let claims = self.claims(network_tag);
        let scored = claims
            .iter()
            .map(|claim| ScoredClaim {
                claim_type: claim.claim_type,
                issued: claim.issued,
                expires: claim.expires,
            })
            .collect::<Vec<_>>();
        let score = default_policy().score(&scored, ISSUED);
        ResolvedIdentity {
            id,
            kind: self.kind,
            role: if self.kind.is_ai() {
                Role::Agent
            } else {
                Role::Owner
            },
            natural_root: chain.last().map_or(id, |(_, root)| *root),
            issuers: BoundedVec::truncate_from(chain.iter().skip(1).map(|(_, id)| *id).collect()),
            members: BoundedVec::new(),
            model_family: chain
                .iter()
                .find(|(identity, _)| identity.kind == Kind::AiModel)
                .map(|(_, id)| *id),
            status: Status::Active,
            valid_until: EXPIRES,
            key_epoch: 0,
            keys: BoundedVec::truncate_from(keys.collect()),
            score: ScoreBucket::of(score.ppm),
            categories: if claims.is_empty() {
                Categories::EMPTY
            } else {
                score.categories()
            },
            unique_human: claims
                .first()
                .map(|claim| claim.unique_human_tag(network_tag)),
            proven_at: 0,
        }
    }
}

/// Every development account with the identity it resolves to: what identity mirrors start with.
pub fn resolved_accounts(network_tag: &NetworkTag) -> Vec<(AccountBytes, ResolvedIdentity)> {
    IDENTITIES
        .iter()
        .map(|identity| (identity.key, identity.resolved(network_tag)))
        .collect()
}

#[cfg(test)]
mod tests;
