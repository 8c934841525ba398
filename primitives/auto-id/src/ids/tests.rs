use super::*;
use codec::DecodeAll;
use proptest::prelude::*;

const TAG: NetworkTag = NetworkTag([1; 32]);

#[test]
fn kinds_are_numbered_as_they_are_encoded() {
    for (number, kind) in Kind::ALL.into_iter().enumerate() {
        assert_eq!(usize::from(kind.number()), number);
        assert_eq!(kind.encode(), [kind.number()]);
        assert_eq!(Kind::from_number(kind.number()), Some(kind));
        assert_eq!(Kinds::from(kind).bits(), 1 << number);
    }
    assert_eq!(Kind::from_number(9), None);
    assert!(Kind::decode_all(&mut &[9u8][..]).is_err());
}

#[test]
fn natural_artificial_and_composite_are_three_disjoint_groups() {
    for kind in Kind::ALL {
        let groups = [
            kind.is_natural(),
            kind.is_artificial(),
            kind == Kind::Composite,
        ];
        assert_eq!(groups.iter().filter(|group| **group).count(), 1, "{kind:?}");
        assert!(!kind.is_ai() || kind.is_artificial());
    }
}

#[test]
fn nothing_artificial_issues_anything_natural() {
    for issuer in Kind::ALL {
        for child in Kind::ALL {
            let may = issuer.may_issue(child);
            if issuer.is_artificial() {
                assert_eq!(may, child.is_artificial(), "{issuer:?} {child:?}");
            }
            if issuer == Kind::Composite || matches!(child, Kind::Composite | Kind::Human) {
                assert!(!may, "{issuer:?} {child:?}");
            }
        }
        assert_eq!(issuer.may_issue(Kind::Organization), issuer.is_natural());
    }
}

#[test]
fn every_field_is_in_the_id() {
    let id = derive_id(&TAG, Kind::Human, None, &KeyHash([2; 32]), &Salt([3; 16]));
    let issuer = AutoId([0; 32]);
    let others = [
        derive_id(
            &NetworkTag([9; 32]),
            Kind::Human,
            None,
            &KeyHash([2; 32]),
            &Salt([3; 16]),
        ),
        derive_id(
            &TAG,
            Kind::Organization,
            None,
            &KeyHash([2; 32]),
            &Salt([3; 16]),
        ),
        derive_id(
            &TAG,
            Kind::Human,
            Some(&AutoId([1; 32])),
            &KeyHash([2; 32]),
            &Salt([3; 16]),
        ),
        derive_id(&TAG, Kind::Human, None, &KeyHash([4; 32]), &Salt([3; 16])),
        derive_id(&TAG, Kind::Human, None, &KeyHash([2; 32]), &Salt([4; 16])),
    ];
    for other in others {
        assert_ne!(id, other);
    }
    // No id is 32 zeros, so an absent issuer is no issuer's id
    assert_eq!(
        id,
        derive_id(
            &TAG,
            Kind::Human,
            Some(&issuer),
            &KeyHash([2; 32]),
            &Salt([3; 16])
        )
    );
}

#[test]
fn a_composite_has_ordered_members_and_a_threshold_among_them() {
    let member = |byte| AutoId([byte; 32]);
    let members = [member(1), member(2), member(3)];
    let salt = Salt([0; 16]);
    let id = composite_id(&TAG, 2, &members, &salt).unwrap();
    assert_ne!(id, composite_id(&TAG, 3, &members, &salt).unwrap());
    assert_ne!(id, composite_id(&TAG, 2, &members, &Salt([1; 16])).unwrap());
    assert_ne!(id, composite_id(&TAG, 2, &members[..2], &salt).unwrap());
    let errors = [
        (2, vec![member(1)], CompositeError::Members(1)),
        (2, (0..9).map(member).collect(), CompositeError::Members(9)),
        (2, vec![member(2), member(1)], CompositeError::Order),
        (2, vec![member(1), member(1)], CompositeError::Order),
        (
            0,
            members.to_vec(),
            CompositeError::Threshold {
                threshold: 0,
                members: 3,
            },
        ),
        (
            4,
            members.to_vec(),
            CompositeError::Threshold {
                threshold: 4,
                members: 3,
            },
        ),
    ];
    for (threshold, members, error) in errors {
        assert_eq!(composite_id(&TAG, threshold, &members, &salt), Err(error));
    }
    composite_id(&TAG, 8, &(0..8).map(member).collect::<Vec<_>>(), &salt).unwrap();
}

#[test]
fn texts_that_are_no_did_are_refused() {
    let did = AutoId([7; 32]).did();
    for text in [
        "",
        "did:auto:",
        "did:auto:0",
        &did[..did.len() - 1],
        &format!("{did}1"),
        &format!("{DID_PREFIX}1{}", &did[DID_PREFIX.len()..]),
        &did.to_uppercase(),
        &did.replace("auto", "key"),
        &format!(" {did}"),
        &format!("{DID_PREFIX}{}", "1".repeat(45)),
    ] {
        assert_eq!(text.parse::<AutoId>(), Err(DidError), "{text}");
    }
}

proptest! {
    #[test]
    fn a_did_is_the_id_and_nothing_else(bytes: [u8; 32], zeros in 0usize..32) {
        let mut id = AutoId(bytes);
        id.0[..zeros].fill(0);
        let did = id.did();
        prop_assert!(did.len() <= MAX_DID_LENGTH);
        prop_assert_eq!(did.parse::<AutoId>(), Ok(id));
        prop_assert_eq!(id.to_string(), did);
    }

    #[test]
    fn parsing_a_did_is_total_and_the_did_of_what_it_gives_is_the_text(text in ".*", digits in "[1-9A-HJ-NP-Za-km-z]{40,46}") {
        for text in [text, format!("{DID_PREFIX}{digits}")] {
            if let Ok(id) = text.parse::<AutoId>() {
                prop_assert_eq!(id.did(), text);
            }
        }
    }
}
