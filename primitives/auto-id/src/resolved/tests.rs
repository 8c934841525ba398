use super::*;
use crate::DAY;
use codec::DecodeAll;
use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;

const TAG: NetworkTag = NetworkTag([1; 32]);
const NOW: Millis = 1_700_000_000_000;

fn signing(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn public(number: u8) -> PublicKey {
    PublicKey::Ed25519(signing(number).verifying_key().to_bytes())
}

fn key(owner: KeyOwner, number: u8, purposes: Purposes) -> ResolvedKey {
    ResolvedKey {
        owner,
        hash: public(number).hash(),
        purposes,
        removed_at: None,
    }
}

fn id(number: u8) -> AutoId {
    AutoId([number; 32])
}

/// Agent 1, issued by model 2, issued by organisation 3; each has the key of its number.
fn agent() -> ResolvedIdentity {
    ResolvedIdentity {
        id: id(1),
        kind: Kind::AiAgent,
        role: Role::Agent,
        natural_root: id(3),
        issuers: vec![id(2), id(3)].try_into().unwrap(),
        members: BoundedVec::new(),
        model_family: Some(id(2)),
        status: Status::Active,
        valid_until: NOW + DAY,
        key_epoch: 0,
        keys: vec![
            key(KeyOwner::Own, 1, Purposes::AUTH),
            key(KeyOwner::Issuer(0), 2, Purposes::AUTH.with(Purposes::ISSUE)),
            key(KeyOwner::Issuer(1), 3, Purposes::AUTH),
            key(KeyOwner::Own, 4, Purposes::ASSERT),
        ]
        .try_into()
        .unwrap(),
        score: ScoreBucket::default(),
        categories: Categories::EMPTY,
        unique_human: None,
        proven_at: 7,
    }
}

fn human() -> ResolvedIdentity {
    ResolvedIdentity {
        kind: Kind::Human,
        score: ScoreBucket::of(850_000),
        categories: Categories::GOVERNMENT_ID,
        natural_root: id(1),
        issuers: BoundedVec::new(),
        model_family: None,
        ..agent()
    }
}

fn card(target: u8, signer: u8) -> KillCard {
    KillCard {
        target: id(target),
        signer: id(signer),
        signed_at: NOW,
        valid_until: NOW + DAY,
    }
}

/// The card, signed by the key of a number.
fn kill(
    identity: &ResolvedIdentity,
    target: KillTarget,
    card: KillCard,
    number: u8,
    now: Millis,
) -> Result<(), KillError> {
    let signature = Signature::Ed25519(signing(number).sign(&card.hash(&TAG)).to_bytes());
    identity.check_kill(&TAG, target, &card, &public(number), &signature, now)
}

#[test]
fn the_target_and_every_issuer_above_it_can_kill() {
    let agent = agent();
    for number in 1..=3 {
        assert_eq!(
            kill(&agent, KillTarget::Identity, card(1, number), number, NOW),
            Ok(())
        );
    }
}

#[test]
fn strangers_other_keys_and_other_targets_cannot() {
    let agent = agent();
    let of = |card, number| kill(&agent, KillTarget::Identity, card, number, NOW);
    assert_eq!(of(card(2, 3), 3), Err(KillError::Target));
    assert_eq!(of(card(1, 9), 9), Err(KillError::Signer));
    // An issuer's name with another's key, and a key that may not act
    assert_eq!(of(card(1, 3), 2), Err(KillError::Key));
    assert_eq!(of(card(1, 3), 9), Err(KillError::Key));
    assert_eq!(of(card(1, 1), 4), Err(KillError::Key));
    let signed = card(1, 1);
    let signature = Signature::Ed25519(signing(1).sign(&signed.hash(&TAG)).to_bytes());
    for (card, tag) in [
        (
            KillCard {
                valid_until: NOW + 1,
                ..signed
            },
            TAG,
        ),
        (
            KillCard {
                signed_at: NOW - 1,
                ..signed
            },
            TAG,
        ),
        (signed, NetworkTag([2; 32])),
    ] {
        assert_eq!(
            agent.check_kill(
                &tag,
                KillTarget::Identity,
                &card,
                &public(1),
                &signature,
                NOW
            ),
            Err(KillError::Signature(SignatureError::Wrong))
        );
    }
}

#[test]
fn a_kill_card_is_valid_in_its_time_only() {
    let agent = agent();
    for (now, valid) in [
        (NOW - 1, false),
        (NOW, true),
        (NOW + DAY, true),
        (NOW + DAY + 1, false),
    ] {
        let result = kill(&agent, KillTarget::Identity, card(1, 1), 1, now);
        assert_eq!(result.is_ok(), valid);
        assert!(valid || matches!(result, Err(KillError::Time(_))));
    }
}

#[test]
fn a_removed_key_kills_for_thirty_days() {
    let mut agent = agent();
    for (removed, good) in [
        (NOW, true),
        (NOW + 1, true),
        (NOW - KILL_CARD_KEY_GRACE + 1, true),
        (NOW - KILL_CARD_KEY_GRACE, false),
        (0, false),
    ] {
        agent.keys[2].removed_at = Some(removed);
        let expected = if good { Ok(()) } else { Err(KillError::Key) };
        assert_eq!(
            kill(&agent, KillTarget::Identity, card(1, 3), 3, NOW),
            expected,
            "{removed}"
        );
    }
    assert!(!agent.has_live_key(&public(3).hash(), Purposes::AUTH));
}

#[test]
fn no_card_ends_a_person_but_one_ends_a_session() {
    let mut identity = human();
    for kind in [Kind::Human, Kind::Organization, Kind::Dao] {
        identity.kind = kind;
        assert_eq!(
            kill(&identity, KillTarget::Identity, card(1, 1), 1, NOW),
            Err(KillError::Natural)
        );
        let session = KillTarget::Session(id(50));
        assert_eq!(kill(&identity, session, card(50, 1), 1, NOW), Ok(()));
        assert_eq!(
            kill(&identity, session, card(1, 1), 1, NOW),
            Err(KillError::Target)
        );
        assert_eq!(
            kill(&identity, session, card(50, 9), 9, NOW),
            Err(KillError::Signer)
        );
    }
}

#[test]
fn a_natural_member_ends_a_composite_and_an_artificial_one_does_not() {
    let member = |number, kind| Member {
        id: id(number),
        kind,
    };
    let composite = ResolvedIdentity {
        kind: Kind::Composite,
        issuers: BoundedVec::new(),
        members: vec![member(2, Kind::Human), member(3, Kind::AiModel)]
            .try_into()
            .unwrap(),
        keys: vec![
            key(KeyOwner::Member(0), 2, Purposes::AUTH),
            key(KeyOwner::Member(1), 3, Purposes::AUTH),
        ]
        .try_into()
        .unwrap(),
        ..agent()
    };
    assert_eq!(
        kill(&composite, KillTarget::Identity, card(1, 2), 2, NOW),
        Ok(())
    );
    assert_eq!(
        kill(&composite, KillTarget::Identity, card(1, 3), 3, NOW),
        Err(KillError::Signer)
    );
    assert_eq!(
        kill(&composite, KillTarget::Identity, card(1, 1), 2, NOW),
        Err(KillError::Key)
    );
    assert!(composite.has_live_key(&public(3).hash(), Purposes::AUTH));
}

#[test]
fn a_proven_human_needs_kind_score_category_and_validity() {
    let proven = |change: &dyn Fn(&mut ResolvedIdentity)| {
        let mut identity = human();
        change(&mut identity);
        identity.is_proven_human(scores::HUMAN, Categories::UNIQUE, NOW)
    };
    assert!(proven(&|_| ()));
    assert!(proven(&|identity| identity.score = ScoreBucket::of(600_000)));
    assert!(!proven(
        &|identity| identity.score = ScoreBucket::of(599_999)
    ));
    assert!(!proven(&|identity| identity.categories = Categories::SOCIAL));
    assert!(!proven(&|identity| identity.valid_until = NOW - 1));
    assert!(!proven(
        &|identity| identity.status = Status::Suspended { until: NOW + 1 }
    ));
    assert!(!proven(
        &|identity| identity.status = Status::Deactivated { at: NOW }
    ));
    for kind in Kind::ALL {
        assert_eq!(
            proven(&|identity| identity.kind = kind),
            kind == Kind::Human
        );
    }
    let mut social = human();
    social.categories = Categories::SOCIAL;
    assert!(social.is_proven_human(scores::HUMAN, Categories::EMPTY, NOW));
}

#[test]
fn statuses_in_time() {
    let revoked = Status::Revoked {
        at: 100,
        invalid_from: 50,
        by: id(1),
        reason: RevocationReason::KeyCompromise,
    };
    let later = Status::Revoked {
        at: 100,
        invalid_from: 200,
        by: id(1),
        reason: RevocationReason::Unspecified,
    };
    for (time, active, suspended, revoked_valid, later_valid, deactivated) in [
        (49, true, false, true, true, true),
        (50, true, false, false, true, true),
        (99, true, false, false, true, true),
        (100, true, true, false, false, false),
        (300, true, true, false, false, false),
    ] {
        assert_eq!(Status::Active.is_valid_at(time), active);
        assert_eq!(
            Status::Suspended { until: 100 }.is_valid_at(time),
            suspended
        );
        assert_eq!(revoked.is_valid_at(time), revoked_valid);
        assert_eq!(later.is_valid_at(time), later_valid);
        assert_eq!(
            Status::Deactivated { at: 100 }.is_valid_at(time),
            deactivated
        );
    }
    assert!(
        revoked.is_final()
            && !Status::Active.is_final()
            && !Status::Suspended { until: 1 }.is_final()
    );
    let reasons = [
        RevocationReason::Unspecified,
        RevocationReason::KeyCompromise,
        RevocationReason::IssuerCompromise,
        RevocationReason::AffiliationChanged,
        RevocationReason::Superseded,
        RevocationReason::CessationOfOperation,
        RevocationReason::PrivilegeWithdrawn,
    ];
    for reason in reasons {
        assert_eq!(reason.encode(), [reason.number()]);
    }
}

#[test]
fn the_largest_identity_fits_a_storage_item() {
    assert!(
        ResolvedIdentity::max_encoded_len() <= 8_192,
        "{}",
        ResolvedIdentity::max_encoded_len()
    );
    let mut largest = agent();
    largest.issuers = BoundedVec::truncate_from(vec![id(1); 8]);
    largest.keys = BoundedVec::truncate_from(vec![
        ResolvedKey {
            removed_at: Some(1),
            ..key(KeyOwner::Issuer(7), 1, Purposes::ALL)
        };
        144
    ]);
    assert_eq!(largest.keys.len(), 9 * 16);
    let encoded = largest.encode();
    assert_eq!(
        ResolvedIdentity::decode_all(&mut &encoded[..]),
        Ok(largest.clone())
    );
    let json = serde_json::to_string(&largest).unwrap();
    assert_eq!(
        serde_json::from_str::<ResolvedIdentity>(&json).unwrap(),
        largest
    );
}

proptest! {
    #[test]
    fn buckets_never_say_more_than_the_score(ppm in 0u32..1_100_000) {
        let bucket = ScoreBucket::of(ppm).ppm();
        prop_assert!(bucket <= ppm && bucket < scores::ONE);
        prop_assert!(ppm >= scores::ONE || ppm - bucket < ScoreBucket::WIDTH);
    }

    #[test]
    fn decoding_any_bytes_is_total(bytes: Vec<u8>) {
        if let Ok(identity) = ResolvedIdentity::decode_all(&mut &bytes[..]) {
            prop_assert_eq!(identity.encode(), bytes);
        }
    }
}
