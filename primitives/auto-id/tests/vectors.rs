//! Golden vectors of all encodings, hashes and algorithms of this crate: `test/vectors/auto-id.json`, made by
//! `make_auto_id.py` beside it without this code. Certificates and signatures: `certificates.rs`.

use autonomys_auto_id_primitives::claims::Claim;
use autonomys_auto_id_primitives::dev::{IDENTITIES, resolved_accounts};
use autonomys_auto_id_primitives::ids::{composite_id, derive_id};
use autonomys_auto_id_primitives::mandates::{Level, MandateId, Terms, mandate_id};
use autonomys_auto_id_primitives::merkle;
use autonomys_auto_id_primitives::messages::{
    ActionTag, Consent, Envelope, EnvelopeContext, KillCard, Nonce, Possession,
};
use autonomys_auto_id_primitives::provenance::Statement;
use autonomys_auto_id_primitives::scores::{DEFAULT_CLASSES, ScoredClaim, default_policy};
use autonomys_auto_id_primitives::simhash::{distance, simhash};
use autonomys_auto_id_primitives::{
    AutoId, ClaimType, KeyHash, Kind, Millis, NetworkTag, PublicKey, ResolvedIdentity, Salt,
    UniqueHumanTag,
};
use codec::{DecodeAll, Encode};
use serde::{Deserialize, Deserializer};
use std::fmt::Debug;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    network_tag: NetworkTag,
    keys: Vec<KeyVector>,
    ids: Vec<IdVector>,
    composites: Vec<CompositeVector>,
    messages: MessageVectors,
    claim: ClaimVector,
    policy: PolicyVector,
    scores: Vec<ScoreVector>,
    simhashes: Vec<SimhashVector>,
    merkle: Vec<MerkleVector>,
    mandate: MandateVector,
    buckets: Vec<BucketVector>,
    statement: StatementVector,
    dev: Vec<DevVector>,
}

#[derive(Deserialize)]
struct KeyVector {
    encoded: Bytes,
    hash: KeyHash,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IdVector {
    kind: Kind,
    issuer: Option<AutoId>,
    key_hash: KeyHash,
    salt: Salt,
    id: AutoId,
    did: String,
}

#[derive(Deserialize)]
struct CompositeVector {
    threshold: u8,
    members: Vec<AutoId>,
    salt: Salt,
    id: AutoId,
}

#[derive(Deserialize)]
struct MessageVectors {
    envelope: EnvelopeVector,
    possession: PossessionVector,
    consent: ConsentVector,
    kill: KillVector,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EnvelopeVector {
    actor: AutoId,
    pallet: u8,
    action: u8,
    encoded_action: Bytes,
    domain_id: u32,
    pallet_version: u16,
    key_epoch: u32,
    nonce_key: u64,
    nonce_sequence: u64,
    valid_until: Millis,
    encoded: Bytes,
    hash: Bytes,
}

#[derive(Deserialize)]
struct PossessionVector {
    kind: Kind,
    issuer: Option<AutoId>,
    salt: Salt,
    account: Bytes,
    encoded: Bytes,
    hash: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConsentVector {
    id: AutoId,
    controller: Bytes,
    valid_until: Millis,
    encoded: Bytes,
    hash: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KillVector {
    target: AutoId,
    signer: AutoId,
    signed_at: Millis,
    valid_until: Millis,
    encoded: Bytes,
    hash: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClaimVector {
    claim: Claim,
    attestor: AutoId,
    encoded: Bytes,
    hash: Bytes,
    unique_human_tag: UniqueHumanTag,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyVector {
    claim_types: Vec<ClaimTypeVector>,
    encoded: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClaimTypeVector {
    name: String,
    claim_type: ClaimType,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScoreVector {
    now: Millis,
    claims: Vec<ScoredVector>,
    ppm: u32,
    by_category: [u32; 7],
}

#[derive(Deserialize)]
struct ScoredVector {
    name: String,
    issued: Millis,
    expires: Millis,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SimhashVector {
    a: String,
    b: String,
    hash_a: Bytes,
    hash_b: Bytes,
    distance: u32,
}

#[derive(Deserialize)]
struct MerkleVector {
    values: Vec<Bytes>,
    index: u32,
    root: Bytes,
    proof: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MandateVector {
    terms: Bytes,
    grantor: AutoId,
    grantee: AutoId,
    salt: Salt,
    parent: Bytes,
    root_id: Bytes,
    id: Bytes,
}

#[derive(Deserialize)]
struct BucketVector {
    cap: String,
    period: String,
    left: String,
    elapsed: u64,
    level: String,
}

#[derive(Deserialize)]
struct StatementVector {
    encoded: Bytes,
    hash: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DevVector {
    chain: String,
    network_tag: NetworkTag,
    ids: Vec<DevIdVector>,
    alice: Bytes,
    agent: Bytes,
}

#[derive(Deserialize)]
struct DevIdVector {
    name: String,
    id: AutoId,
}

/// Bytes as hex with `0x`.
#[derive(Debug, PartialEq, Eq)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn array<const N: usize>(&self) -> [u8; N] {
        self.0.as_slice().try_into().unwrap()
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(text.trim_start_matches("0x"))
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../test/vectors/auto-id.json")).unwrap()
}

/// Checks that `value` and `encoded` are the same, both ways.
fn assert_encoding<T: Encode + DecodeAll + PartialEq + Debug>(value: &T, encoded: &Bytes) {
    assert_eq!(value.encode(), encoded.0);
    assert_eq!(T::decode_all(&mut &encoded.0[..]).as_ref(), Ok(value));
}

/// Decodes, checks that encoding gives the same bytes, and returns the value.
fn decoded<T: Encode + DecodeAll + PartialEq + Debug>(encoded: &Bytes) -> T {
    let value = T::decode_all(&mut &encoded.0[..]).unwrap();
    assert_encoding(&value, encoded);
    value
}

#[test]
fn keys_and_their_hashes() {
    let vectors = vectors().keys;
    assert_eq!(vectors.len(), 6);
    for vector in vectors {
        let key: PublicKey = decoded(&vector.encoded);
        assert_eq!(key.hash(), vector.hash);
    }
}

#[test]
fn ids_and_dids() {
    let vectors = vectors();
    assert!(!vectors.ids.is_empty() && !vectors.composites.is_empty());
    let tag = vectors.network_tag;
    for vector in vectors.ids {
        let id = derive_id(
            &tag,
            vector.kind,
            vector.issuer.as_ref(),
            &vector.key_hash,
            &vector.salt,
        );
        assert_eq!(id, vector.id);
        assert_eq!(id.did(), vector.did);
        assert_eq!(vector.did.parse(), Ok(id));
    }
    for vector in vectors.composites {
        let id = composite_id(&tag, vector.threshold, &vector.members, &vector.salt);
        assert_eq!(id, Ok(vector.id));
    }
}

#[test]
fn envelopes() {
    let Vectors {
        network_tag,
        messages: MessageVectors {
            envelope: vector, ..
        },
        ..
    } = vectors();
    let envelope = Envelope {
        actor: vector.actor,
        key_epoch: vector.key_epoch,
        nonce: Nonce {
            key: vector.nonce_key,
            sequence: vector.nonce_sequence,
        },
        valid_until: vector.valid_until,
    };
    assert_encoding(&envelope, &vector.encoded);
    let context = EnvelopeContext {
        network_tag,
        domain_id: vector.domain_id,
        pallet_version: vector.pallet_version,
    };
    let tag = ActionTag::new(vector.pallet, vector.action);
    let action: (u32, u8) = decoded(&vector.encoded_action);
    let hash = envelope.hash(&context, tag, &action);
    assert_eq!(hash.as_slice(), vector.hash.0);
}

#[test]
fn possession_consent_and_kill_card() {
    let vectors = vectors();
    let tag = vectors.network_tag;
    let vector = vectors.messages.possession;
    let possession = Possession {
        kind: vector.kind,
        issuer: vector.issuer,
        salt: vector.salt,
        account: vector.account.array(),
    };
    assert_encoding(&possession, &vector.encoded);
    assert_eq!(possession.hash(&tag).as_slice(), vector.hash.0);
    let vector = vectors.messages.consent;
    let consent = Consent {
        id: vector.id,
        controller: vector.controller.array(),
        valid_until: vector.valid_until,
    };
    assert_encoding(&consent, &vector.encoded);
    assert_eq!(consent.hash(&tag).as_slice(), vector.hash.0);
    let vector = vectors.messages.kill;
    let card = KillCard {
        target: vector.target,
        signer: vector.signer,
        signed_at: vector.signed_at,
        valid_until: vector.valid_until,
    };
    assert_encoding(&card, &vector.encoded);
    assert_eq!(card.hash(&tag).as_slice(), vector.hash.0);
}

#[test]
fn claims_and_unique_humans() {
    let vectors = vectors();
    let (tag, vector) = (vectors.network_tag, vectors.claim);
    assert_encoding(&vector.claim, &vector.encoded);
    let hash = vector.claim.hash(&tag, &vector.attestor);
    assert_eq!(hash.as_slice(), vector.hash.0);
    assert_eq!(vector.claim.unique_human_tag(&tag), vector.unique_human_tag);
}

#[test]
fn claim_types_and_the_first_policy() {
    let vector = vectors().policy;
    assert_eq!(vector.claim_types.len(), DEFAULT_CLASSES.len());
    for row in &vector.claim_types {
        assert_eq!(ClaimType::named(&row.name), row.claim_type);
    }
    assert_encoding(&default_policy(), &vector.encoded);
    default_policy().validate().unwrap();
}

#[test]
fn scores_of_claims() {
    let vectors = vectors().scores;
    assert!(vectors.len() >= 10);
    let policy = default_policy();
    for vector in vectors {
        let claims = vector
            .claims
            .iter()
            .map(|claim| ScoredClaim {
                claim_type: ClaimType::named(&claim.name),
                issued: claim.issued,
                expires: claim.expires,
            })
            .collect::<Vec<_>>();
        let score = policy.score(&claims, vector.now);
        assert_eq!(score.by_category, vector.by_category);
        assert_eq!(score.ppm, vector.ppm);
    }
}

#[test]
fn simhashes_and_their_distances() {
    let vectors = vectors().simhashes;
    assert!(vectors.len() >= 5);
    for vector in vectors {
        let (a, b) = (simhash(vector.a.as_bytes()), simhash(vector.b.as_bytes()));
        assert_eq!(a.as_slice(), vector.hash_a.0, "{}", vector.a);
        assert_eq!(b.as_slice(), vector.hash_b.0, "{}", vector.b);
        assert_eq!(distance(&a, &b), vector.distance);
    }
}

#[test]
fn merkle_roots_and_proofs() {
    let vectors = vectors().merkle;
    assert!(vectors.len() >= 5);
    for vector in vectors {
        let values = vector.values.iter().map(Bytes::array).collect::<Vec<_>>();
        let root = merkle::root(&values).unwrap();
        assert_eq!(root.as_slice(), vector.root.0);
        let proof: merkle::Proof = decoded(&vector.proof);
        assert_eq!(merkle::prove(&values, vector.index).as_ref(), Some(&proof));
        assert!(proof.verify(&root, &values[vector.index as usize]));
    }
}

#[test]
fn mandates_with_every_scope_and_caveat() {
    let vectors = vectors();
    let (tag, vector) = (vectors.network_tag, vectors.mandate);
    let terms: Terms = decoded(&vector.terms);
    assert_eq!(terms.scopes.len(), 9);
    assert_eq!(terms.caveats.len(), 16);
    let parent = MandateId(vector.parent.array());
    let id = |parent: Option<&MandateId>| {
        mandate_id(&tag, &vector.grantor, &vector.grantee, parent, &vector.salt)
    };
    assert_eq!(id(None).as_ref(), vector.root_id.0);
    assert_eq!(id(Some(&parent)).as_ref(), vector.id.0);
}

#[test]
fn buckets_fill() {
    let vectors = vectors().buckets;
    assert!(vectors.len() >= 5);
    for vector in vectors {
        let level = Level {
            left: vector.left.parse().unwrap(),
            at: 0,
        };
        let refilled = level.refilled(
            vector.cap.parse().unwrap(),
            vector.period.parse().unwrap(),
            vector.elapsed,
        );
        assert_eq!(refilled.to_string(), vector.level);
    }
}

#[test]
fn statements() {
    let vectors = vectors();
    let statement: Statement = decoded(&vectors.statement.encoded);
    statement.validate().unwrap();
    assert_eq!(
        statement.hash(&vectors.network_tag).as_slice(),
        vectors.statement.hash.0
    );
}

#[test]
fn development_identities_of_every_chain() {
    let vectors = vectors().dev;
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        assert_eq!(vector.ids.len(), IDENTITIES.len(), "{}", vector.chain);
        let resolved = resolved_accounts(&vector.network_tag);
        for ((expected, identity), (account, resolved)) in
            vector.ids.iter().zip(IDENTITIES).zip(&resolved)
        {
            assert_eq!(expected.name, identity.name);
            assert_eq!(identity.id(&vector.network_tag), expected.id);
            assert_eq!((resolved.id, *account), (expected.id, identity.key));
        }
        let alice: ResolvedIdentity = decoded(&vector.alice);
        let agent: ResolvedIdentity = decoded(&vector.agent);
        assert_eq!(resolved.first().map(|(_, alice)| alice), Some(&alice));
        assert_eq!(resolved.last().map(|(_, agent)| agent), Some(&agent));
    }
}
