use super::*;
use proptest::prelude::*;
use std::collections::HashSet;

const CONTEXT: EnvelopeContext = EnvelopeContext {
    network_tag: NetworkTag([1; 32]),
    domain_id: 0,
    pallet_version: 1,
};
const ENVELOPE: Envelope = Envelope {
    actor: AutoId([2; 32]),
    key_epoch: 3,
    nonce: Nonce {
        key: 4,
        sequence: 5,
    },
    valid_until: 6,
};
const CARD: KillCard = KillCard {
    target: AutoId([1; 32]),
    signer: AutoId([2; 32]),
    signed_at: 1_000,
    valid_until: 2_000,
};

#[test]
fn everything_in_an_envelope_is_signed() {
    let tag = ActionTag::new(ActionTag::REGISTRY, 4);
    let mut hashes = HashSet::from([ENVELOPE.hash(&CONTEXT, tag, &7u32)]);
    let contexts = [
        EnvelopeContext {
            network_tag: NetworkTag([2; 32]),
            ..CONTEXT
        },
        EnvelopeContext {
            domain_id: 1,
            ..CONTEXT
        },
        EnvelopeContext {
            pallet_version: 2,
            ..CONTEXT
        },
    ];
    for context in contexts {
        assert!(hashes.insert(ENVELOPE.hash(&context, tag, &7u32)));
    }
    let envelopes = [
        Envelope {
            actor: AutoId([3; 32]),
            ..ENVELOPE
        },
        Envelope {
            key_epoch: 4,
            ..ENVELOPE
        },
        Envelope {
            nonce: Nonce {
                key: 5,
                sequence: 5,
            },
            ..ENVELOPE
        },
        Envelope {
            nonce: Nonce {
                key: 4,
                sequence: 6,
            },
            ..ENVELOPE
        },
        Envelope {
            nonce: Nonce {
                key: 5,
                sequence: 4,
            },
            ..ENVELOPE
        },
        Envelope {
            valid_until: 7,
            ..ENVELOPE
        },
    ];
    for envelope in envelopes {
        assert!(hashes.insert(envelope.hash(&CONTEXT, tag, &7u32)));
    }
    assert!(hashes.insert(ENVELOPE.hash(&CONTEXT, tag, &8u32)));
    assert!(hashes.insert(ENVELOPE.hash(&CONTEXT, tag, &7u64)));
    let tags = [
        ActionTag::new(ActionTag::REGISTRY, 5),
        ActionTag::new(ActionTag::MANDATES, 4),
    ];
    for tag in tags {
        assert!(hashes.insert(ENVELOPE.hash(&CONTEXT, tag, &7u32)));
    }
}

#[test]
fn messages_of_different_kinds_are_never_the_same() {
    let network = NetworkTag([0; 32]);
    let id = AutoId([0; 32]);
    let hashes = HashSet::from([
        Consent {
            id,
            controller: [0; 32],
            valid_until: 0,
        }
        .hash(&network),
        Possession {
            kind: Kind::Human,
            issuer: None,
            salt: Salt([0; 16]),
            account: [0; 32],
        }
        .hash(&network),
        KillCard {
            target: id,
            signer: id,
            signed_at: 0,
            valid_until: 0,
        }
        .hash(&network),
        Envelope {
            actor: id,
            key_epoch: 0,
            nonce: Nonce {
                key: 0,
                sequence: 0,
            },
            valid_until: 0,
        }
        .hash(
            &EnvelopeContext {
                network_tag: network,
                domain_id: 0,
                pallet_version: 0,
            },
            ActionTag(0),
            &(),
        ),
    ]);
    assert_eq!(hashes.len(), 4);
}

#[test]
fn every_field_of_possession_consent_and_kill_card_is_signed() {
    let network = NetworkTag([1; 32]);
    let possession = Possession {
        kind: Kind::AiAgent,
        issuer: Some(AutoId([1; 32])),
        salt: Salt([1; 16]),
        account: [1; 32],
    };
    let possessions = [
        possession,
        Possession {
            kind: Kind::AiModel,
            ..possession
        },
        Possession {
            issuer: None,
            ..possession
        },
        Possession {
            salt: Salt([0; 16]),
            ..possession
        },
        Possession {
            account: [0; 32],
            ..possession
        },
    ];
    let consent = Consent {
        id: AutoId([1; 32]),
        controller: [1; 32],
        valid_until: 1,
    };
    let consents = [
        consent,
        Consent {
            id: AutoId([2; 32]),
            ..consent
        },
        Consent {
            controller: [2; 32],
            ..consent
        },
        Consent {
            valid_until: 2,
            ..consent
        },
    ];
    let cards = [
        CARD,
        KillCard {
            target: AutoId([9; 32]),
            ..CARD
        },
        KillCard {
            signer: AutoId([9; 32]),
            ..CARD
        },
        KillCard {
            signed_at: 9,
            ..CARD
        },
        KillCard {
            valid_until: 9,
            ..CARD
        },
    ];
    let mut hashes = HashSet::new();
    for network in [network, NetworkTag([2; 32])] {
        for possession in possessions {
            assert!(hashes.insert(possession.hash(&network)));
        }
        for consent in consents {
            assert!(hashes.insert(consent.hash(&network)));
        }
        for card in cards {
            assert!(hashes.insert(card.hash(&network)));
        }
    }
}

#[test]
fn envelopes_live_an_hour_and_revocations_thirty_days() {
    let now = 1_000_000;
    let check = |valid_until, limit| {
        Envelope {
            valid_until,
            ..ENVELOPE
        }
        .check_time(now, limit)
    };
    for limit in [MAX_ENVELOPE_LIFE, MAX_REVOCATION_LIFE] {
        assert_eq!(check(now, limit), Ok(()));
        assert_eq!(check(now + limit, limit), Ok(()));
        assert_eq!(
            check(now + limit + 1, limit),
            Err(TimeError::TooLong {
                life: limit + 1,
                limit
            })
        );
        assert_eq!(
            check(now - 1, limit),
            Err(TimeError::Expired {
                until: now - 1,
                now
            })
        );
        assert!(check(u64::MAX, limit).is_err() && check(0, limit).is_err());
    }
    assert_eq!(MAX_ENVELOPE_LIFE, 3_600_000);
    assert_eq!(MAX_REVOCATION_LIFE, 2_592_000_000);
}

#[test]
fn a_kill_card_is_valid_from_signing_for_at_most_thirty_days() {
    for (now, valid) in [(999, false), (1_000, true), (2_000, true), (2_001, false)] {
        assert_eq!(CARD.check_time(now).is_ok(), valid, "{now}");
    }
    let of = |life| {
        KillCard {
            valid_until: CARD.signed_at + life,
            ..CARD
        }
        .check_time(1_000)
    };
    assert_eq!(of(MAX_KILL_CARD_LIFE), Ok(()));
    assert!(matches!(
        of(MAX_KILL_CARD_LIFE + 1),
        Err(TimeError::TooLong { .. })
    ));
    let backwards = KillCard {
        valid_until: 500,
        ..CARD
    };
    assert!(backwards.check_time(1_000).is_err() && backwards.check_time(500).is_err());
}

proptest! {
    #[test]
    fn times_are_checked_totally(now: u64, signed_at: u64, valid_until: u64) {
        let card = KillCard { signed_at, valid_until, ..CARD };
        let expected = signed_at <= now && now <= valid_until && valid_until - signed_at <= MAX_KILL_CARD_LIFE;
        prop_assert_eq!(card.check_time(now).is_ok(), expected);
        let consent = Consent { id: AutoId([0; 32]), controller: [0; 32], valid_until };
        prop_assert_eq!(consent.check_time(now).is_ok(), now <= valid_until && valid_until - now <= MAX_CONSENT_LIFE);
    }
}
