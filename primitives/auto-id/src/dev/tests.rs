use super::*;
use crate::scores::UNIQUE_HUMAN;
use schnorrkel::derive::ChainCode;
use schnorrkel::{ExpansionMode, MiniSecretKey};

const TAG: NetworkTag = NetworkTag([7; 32]);

/// The secret of the development phrase, by which Substrate's development keys are derived.
const DEV_SECRET: &str = "fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e";

/// Key of `//name`.
fn derived(name: &str) -> AccountBytes {
    let mut chain_code = [0; 32];
    let encoded = codec::Encode::encode(name);
    chain_code[..encoded.len()].copy_from_slice(&encoded);
    MiniSecretKey::from_bytes(&::hex::decode(DEV_SECRET).unwrap())
        .unwrap()
        .expand(ExpansionMode::Ed25519)
        .hard_derive_mini_secret_key(Some(ChainCode(chain_code)), b"")
        .0
        .expand_to_public(ExpansionMode::Ed25519)
        .to_bytes()
}

fn all() -> impl Iterator<Item = DevIdentity> {
    IDENTITIES
        .into_iter()
        .chain(ATTESTORS.map(|attestor| attestor.identity))
}

#[test]
fn keys_are_those_of_the_development_phrase() {
    // As every wallet has it
    assert_eq!(
        ::hex::encode(derived("Alice")),
        "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
    );
    for identity in all() {
        assert_eq!(
            identity.key,
            derived(identity.name),
            "{}: {}",
            identity.name,
            ::hex::encode(derived(identity.name))
        );
        identity.public_key().validate().unwrap();
    }
}

#[test]
fn no_name_or_key_occurs_twice_and_issuers_come_first() {
    let all = all().collect::<Vec<_>>();
    for (position, identity) in all.iter().enumerate() {
        for other in &all[..position] {
            assert!(other.name != identity.name && other.key != identity.key);
        }
        assert!(identity.issuer.is_none_or(|issuer| issuer < position));
        assert_eq!(identity.issuer.is_none(), identity.kind.is_natural());
        if let Some(issuer) = identity.issuer() {
            assert!(issuer.kind.may_issue(identity.kind));
        }
    }
}

#[test]
fn every_claim_type_has_one_attestor() {
    let policy = default_policy();
    let mut seen = Vec::new();
    for name in ATTESTORS.iter().flat_map(|attestor| attestor.claim_types) {
        assert!(!seen.contains(name), "{name}");
        seen.push(name);
        assert!(policy.class(&ClaimType::named(name)).is_some(), "{name}");
    }
    for name in &HUMAN_CLAIMS {
        assert!(seen.contains(name));
    }
}

#[test]
fn humans_are_unique_humans_now_and_in_2100_and_the_agent_has_a_family() {
    let policy = default_policy();
    for identity in IDENTITIES {
        let resolved = identity.resolved(&TAG);
        let human = identity.kind == Kind::Human;
        assert_eq!(
            resolved.is_proven_human(UNIQUE_HUMAN, Categories::UNIQUE, ISSUED),
            human,
            "{}",
            identity.name
        );
        assert_eq!(resolved.unique_human.is_some(), human);
        assert_eq!(resolved.issuers.len(), resolved.keys.len() - 1);
        let scored = identity
            .claims(&TAG)
            .iter()
            .map(|claim| ScoredClaim {
                claim_type: claim.claim_type,
                issued: claim.issued,
                expires: claim.expires,
            })
            .collect::<Vec<_>>();
        let in_2100 = 4_102_444_800_000;
        assert_eq!(policy.score(&scored, in_2100).ppm >= UNIQUE_HUMAN, human);
    }
    let [.., lab, model, agent] = IDENTITIES.map(|identity| identity.resolved(&TAG));
    assert_eq!(agent.issuers.as_slice(), [model.id, lab.id]);
    assert_eq!(agent.natural_root, lab.id);
    assert_eq!(agent.model_family, Some(model.id));
    assert_eq!(model.model_family, Some(model.id));
    assert_eq!(lab.model_family, None);
    assert_eq!(agent.role, Role::Agent);
}

#[test]
fn identities_of_two_networks_have_nothing_in_common() {
    let other = NetworkTag([8; 32]);
    for ((account, here), (same, there)) in resolved_accounts(&TAG)
        .iter()
        .zip(resolved_accounts(&other))
    {
        assert_eq!(*account, same);
        assert_ne!(here.id, there.id);
        if let Some(unique) = here.unique_human {
            assert_ne!(Some(unique), there.unique_human);
        }
    }
}
