use super::*;
use crate::{DAY, SECOND};
use codec::DecodeAll;
use proptest::prelude::*;

const NOW: Millis = 1_700_000_000_000;
const UNIT: u128 = 1_000_000_000_000_000_000;
const HOUR: Millis = 3_600 * SECOND;

fn terms(scopes: Vec<Scope>, caveats: Vec<Caveat>) -> Terms {
    Terms {
        scopes: scopes.try_into().unwrap(),
        caveats: caveats.try_into().unwrap(),
        not_before: 0,
        not_after: u64::MAX,
    }
}

fn custom(caveats: Vec<Caveat>) -> Terms {
    terms(vec![Scope::Custom([1; 32])], caveats)
}

const CUSTOM: Use<'static> = Use::Custom(&[1; 32]);

const PLAIN: Circumstances<'static> = Circumstances {
    now: NOW,
    announced: NOW,
    amounts: &[],
    counterparties: &[],
    cosigners: &[],
    has_rationale: false,
    sources: 0,
    model: None,
    human_seen: None,
};

fn spend(now: Millis, amounts: &[(Unit, u128)]) -> Circumstances<'_> {
    Circumstances {
        now,
        announced: now,
        amounts,
        ..PLAIN
    }
}

fn use_once(
    terms: &Terms,
    usage: &mut Usage,
    circumstances: &Circumstances<'_>,
) -> Result<(), Rule> {
    let mut chain = [Link { terms, usage }];
    authorize(&mut chain, &CUSTOM, circumstances).map_err(|violation| {
        assert_eq!(violation.position, 0);
        violation.rule
    })
}

fn holds(caveat: Caveat, circumstances: &Circumstances<'_>) -> Result<(), Rule> {
    use_once(&custom(vec![caveat]), &mut Usage::default(), circumstances)
}

#[test]
fn a_bucket_fills_by_time_exactly() {
    let level = Level {
        left: 40 * UNIT,
        at: NOW,
    };
    assert_eq!(level.refilled(100 * UNIT, DAY, NOW + 6 * HOUR), 65 * UNIT);
    assert_eq!(level.refilled(100 * UNIT, DAY, NOW + DAY), 100 * UNIT);
    assert_eq!(level.refilled(100 * UNIT, DAY, NOW - 1), 40 * UNIT);
    assert_eq!(
        level.refilled(u128::MAX, u64::MAX, NOW + 5),
        40 * UNIT + u128::MAX / u128::from(u64::MAX) * 5
    );
    assert_eq!(level.refilled(100 * UNIT, 0, u64::MAX), 40 * UNIT);
    assert_eq!(level.refilled(0, DAY, NOW + DAY), 0);
}

#[test]
fn a_bucket_limits_and_says_when_to_come_back() {
    let terms = custom(vec![Caveat::Bucket {
        unit: Unit::Usd,
        cap: 100,
        period: 1_000,
    }]);
    let mut usage = Usage::default();
    use_once(&terms, &mut usage, &spend(NOW, &[(Unit::Usd, 60)])).unwrap();
    let error = use_once(&terms, &mut usage, &spend(NOW, &[(Unit::Usd, 41)])).unwrap_err();
    assert_eq!(
        error,
        Rule::Bucket {
            unit: Unit::Usd,
            left: 40,
            retry_at: Some(NOW + 10)
        }
    );
    let error = use_once(&terms, &mut usage, &spend(NOW + 9, &[(Unit::Usd, 41)])).unwrap_err();
    assert_eq!(
        error,
        Rule::Bucket {
            unit: Unit::Usd,
            left: 40,
            retry_at: Some(NOW + 10)
        }
    );
    use_once(&terms, &mut usage, &spend(NOW + 10, &[(Unit::Usd, 41)])).unwrap();
    assert_eq!(
        usage.levels.as_slice(),
        [Level {
            left: 0,
            at: NOW + 10
        }]
    );
    let error = use_once(&terms, &mut usage, &spend(NOW + 10, &[(Unit::Usd, 101)])).unwrap_err();
    assert_eq!(
        error,
        Rule::Bucket {
            unit: Unit::Usd,
            left: 0,
            retry_at: None
        }
    );
    // Other units are not counted, several amounts of one are summed
    use_once(&terms, &mut usage, &spend(NOW + 10, &[(Unit::Coin, 1_000)])).unwrap();
    let twice = [(Unit::Usd, 60), (Unit::Usd, 60)];
    assert!(use_once(&terms, &mut usage, &spend(NOW + 9_999, &twice)).is_err());
    let overflow = [(Unit::Usd, u128::MAX), (Unit::Usd, 1)];
    assert_eq!(
        use_once(&terms, &mut usage, &spend(NOW, &overflow)),
        Err(Rule::Overflow)
    );
}

#[test]
fn a_refused_use_takes_nothing_from_anyone() {
    let bucket = |cap| {
        custom(vec![
            Caveat::Bucket {
                unit: Unit::Coin,
                cap,
                period: DAY,
            },
            Caveat::MaxUses(2),
        ])
    };
    let (leaf, middle, root) = (bucket(100), bucket(50), bucket(30));
    let mut usages = [Usage::default(), Usage::default(), Usage::default()];
    let mut attempt = |amount| {
        let before = usages.clone();
        let [a, b, c] = &mut usages;
        let mut chain = [
            Link {
                terms: &leaf,
                usage: a,
            },
            Link {
                terms: &middle,
                usage: b,
            },
            Link {
                terms: &root,
                usage: c,
            },
        ];
        let result = authorize(&mut chain, &CUSTOM, &spend(NOW, &[(Unit::Coin, amount)]));
        if result.is_err() {
            assert_eq!(usages, before);
        }
        (
            result.map_err(|violation| violation.position),
            usages.clone(),
        )
    };
    assert_eq!(attempt(101).0, Err(0));
    assert_eq!(attempt(51).0, Err(1));
    assert_eq!(attempt(31).0, Err(2));
    let (result, after) = attempt(30);
    assert_eq!(result, Ok(()));
    assert_eq!(
        after.map(|usage| (usage.uses, usage.levels[0].left)),
        [(1, 70), (1, 20), (1, 0)]
    );
    assert_eq!(attempt(1).0, Err(2));
    assert_eq!(attempt(0).0, Ok(()));
    assert_eq!(attempt(0).0, Err(0));
}

#[test]
fn sub_mandates_share_the_buckets_above_them() {
    let root = custom(vec![Caveat::Bucket {
        unit: Unit::Coin,
        cap: 100,
        period: 0,
    }]);
    let child = custom(vec![]);
    let mut root_usage = Usage::default();
    let mut spent = 0;
    for _ in 0..10 {
        // Every time another child of the same root
        let mut usage = Usage::default();
        let mut chain = [
            Link {
                terms: &child,
                usage: &mut usage,
            },
            Link {
                terms: &root,
                usage: &mut root_usage,
            },
        ];
        if authorize(&mut chain, &CUSTOM, &spend(NOW, &[(Unit::Coin, 30)])).is_ok() {
            spent += 30;
        }
    }
    assert_eq!(spent, 90);
}

#[test]
fn every_caveat_holds_and_fails() {
    let amounts = |amount| [(Unit::Coin, amount)];
    let cases: Vec<(Caveat, Circumstances<'_>, Circumstances<'_>, Rule)> = vec![
        (
            Caveat::NotAfter(NOW),
            PLAIN,
            spend(NOW + 1, &[]),
            Rule::NotAfter(NOW),
        ),
        (
            Caveat::Delay(10),
            Circumstances {
                announced: NOW - 10,
                ..PLAIN
            },
            Circumstances {
                announced: NOW - 9,
                ..PLAIN
            },
            Rule::Delay(NOW + 1),
        ),
        (
            Caveat::RequireRationale,
            Circumstances {
                has_rationale: true,
                ..PLAIN
            },
            PLAIN,
            Rule::RequireRationale,
        ),
        (
            Caveat::RequireSources(2),
            Circumstances {
                sources: 2,
                ..PLAIN
            },
            Circumstances {
                sources: 1,
                ..PLAIN
            },
            Rule::RequireSources(2),
        ),
        (
            Caveat::ModelIn(vec![[1; 32], [2; 32]].try_into().unwrap()),
            Circumstances {
                model: Some(&[2; 32]),
                ..PLAIN
            },
            Circumstances {
                model: Some(&[3; 32]),
                ..PLAIN
            },
            Rule::ModelIn,
        ),
        (
            Caveat::HumanPresence(100),
            Circumstances {
                human_seen: Some(NOW - 100),
                ..PLAIN
            },
            Circumstances {
                human_seen: Some(NOW - 101),
                ..PLAIN
            },
            Rule::HumanPresence(100),
        ),
    ];
    for (caveat, good, bad, rule) in cases {
        assert_eq!(holds(caveat.clone(), &good), Ok(()), "{caveat:?}");
        assert_eq!(holds(caveat, &bad), Err(rule));
    }
    let max = |amount: u128| {
        holds(
            Caveat::PerUseMax {
                unit: Unit::Coin,
                max: 5,
            },
            &spend(NOW, &amounts(amount)),
        )
    };
    assert_eq!(max(5), Ok(()));
    assert_eq!(
        max(6),
        Err(Rule::PerUseMax {
            unit: Unit::Coin,
            max: 5
        })
    );
    assert!(
        holds(
            Caveat::PerUseMax {
                unit: Unit::Uses,
                max: 0
            },
            &PLAIN
        )
        .is_err()
    );
    let cosign = |amount: u128, cosigners: &[AutoId]| {
        let amounts = amounts(amount);
        holds(
            Caveat::RequireCosign {
                id: AutoId([7; 32]),
                unit: Unit::Coin,
                above: 5,
            },
            &Circumstances {
                cosigners,
                amounts: &amounts,
                ..PLAIN
            },
        )
    };
    assert_eq!(cosign(5, &[]), Ok(()));
    assert_eq!(cosign(6, &[AutoId([7; 32])]), Ok(()));
    assert_eq!(
        cosign(6, &[AutoId([8; 32])]),
        Err(Rule::RequireCosign {
            unit: Unit::Coin,
            above: 5
        })
    );
    // What is not known does not hold
    assert_eq!(
        holds(Caveat::ModelIn(vec![[1; 32]].try_into().unwrap()), &PLAIN),
        Err(Rule::ModelIn)
    );
    assert_eq!(
        holds(Caveat::HumanPresence(u64::MAX), &PLAIN),
        Err(Rule::HumanPresence(u64::MAX))
    );
}

#[test]
fn counterparties_are_in_the_set_and_have_a_score() {
    let members = (0u8..5).map(|n| [n; 32]).collect::<Vec<_>>();
    let root = merkle::root(&members).unwrap();
    let proofs = (0..5)
        .map(|n| merkle::prove(&members, n).unwrap())
        .collect::<Vec<_>>();
    let with = |parties: &[(usize, usize, Ppm)]| {
        let parties = parties
            .iter()
            .map(|(member, proof, score)| Counterparty {
                id: &members[*member],
                score: *score,
                proofs: &proofs[*proof..*proof + 1],
            })
            .collect::<Vec<_>>();
        let circumstances = Circumstances {
            counterparties: &parties,
            ..PLAIN
        };
        (
            holds(Caveat::CounterpartyIn(root), &circumstances).is_ok(),
            holds(Caveat::MinCounterpartyScore(600_000), &circumstances).is_ok(),
        )
    };
    assert_eq!(with(&[]), (true, true));
    assert_eq!(with(&[(0, 0, 600_000), (4, 4, 700_000)]), (true, true));
    assert_eq!(with(&[(0, 0, 600_000), (4, 3, 599_999)]), (false, false));
    let stranger = Counterparty {
        id: &[9; 32],
        score: 999_999,
        proofs: &proofs,
    };
    let circumstances = Circumstances {
        counterparties: &[stranger],
        ..PLAIN
    };
    assert_eq!(
        holds(Caveat::CounterpartyIn(root), &circumstances),
        Err(Rule::CounterpartyIn)
    );
}

#[test]
fn hours_of_the_week_begin_on_monday() {
    // 2023-11-14T22:13:20Z, a Tuesday
    let hour = 24 + 22;
    for set in 0..168 {
        let mut hours = [0; 21];
        hours[set / 8] = 1 << (set % 8);
        let expected = if set == hour {
            Ok(())
        } else {
            Err(Rule::TimeWindow)
        };
        assert_eq!(holds(Caveat::TimeWindow(hours), &PLAIN), expected, "{set}");
    }
    // The first hour of 1970, a Thursday
    let mut hours = [0; 21];
    hours[9] = 1;
    assert!(in_week_hours(&hours, 0) && !in_week_hours(&hours, HOUR));
    assert!(in_week_hours(&[0xff; 21], u64::MAX));
}

#[test]
fn scopes_permit_what_they_name() {
    let (here, there) = (&[1; 32], &[2; 32]);
    let service = AutoId([1; 32]);
    let other_service = AutoId([2; 32]);
    let scopes: [(Scope, Vec<Use<'_>>, Vec<Use<'_>>); 9] = [
        (
            Scope::Auth { audience: *here },
            vec![Use::Auth { audience: here }],
            vec![Use::Auth { audience: there }, Use::Custom(here)],
        ),
        (
            Scope::Sign {
                roles: SignerRoles::MODEL.with(SignerRoles::EDITOR),
            },
            vec![Use::Sign {
                roles: SignerRoles::MODEL,
            }],
            vec![
                Use::Sign {
                    roles: SignerRoles::AUTHOR,
                },
                Use::Sign {
                    roles: SignerRoles::MODEL.with(SignerRoles::AUTHOR),
                },
                Use::Sign {
                    roles: SignerRoles::EMPTY,
                },
            ],
        ),
        (
            Scope::AutoFi {
                account: *here,
                calls: 1 << 63 | 1,
                rule_set: *there,
            },
            vec![
                Use::AutoFi {
                    account: here,
                    call: 0,
                    rule_set: there,
                },
                Use::AutoFi {
                    account: here,
                    call: 63,
                    rule_set: there,
                },
            ],
            vec![
                Use::AutoFi {
                    account: here,
                    call: 1,
                    rule_set: there,
                },
                Use::AutoFi {
                    account: here,
                    call: 64,
                    rule_set: there,
                },
                Use::AutoFi {
                    account: here,
                    call: 255,
                    rule_set: there,
                },
                Use::AutoFi {
                    account: there,
                    call: 0,
                    rule_set: there,
                },
                Use::AutoFi {
                    account: here,
                    call: 0,
                    rule_set: here,
                },
            ],
        ),
        (
            Scope::Vote {
                dao: *here,
                tracks: 0b10,
                kinds: 1 << 31,
            },
            vec![Use::Vote {
                dao: here,
                track: 1,
                kind: 31,
            }],
            vec![
                Use::Vote {
                    dao: there,
                    track: 1,
                    kind: 31,
                },
                Use::Vote {
                    dao: here,
                    track: 0,
                    kind: 31,
                },
                Use::Vote {
                    dao: here,
                    track: 1,
                    kind: 30,
                },
                Use::Vote {
                    dao: here,
                    track: 33,
                    kind: 31,
                },
                Use::Vote {
                    dao: here,
                    track: 1,
                    kind: 63,
                },
            ],
        ),
        (
            Scope::Forum {
                dao: *here,
                actions: ForumActions::POST,
            },
            vec![Use::Forum {
                dao: here,
                actions: ForumActions::POST,
            }],
            vec![
                Use::Forum {
                    dao: there,
                    actions: ForumActions::POST,
                },
                Use::Forum {
                    dao: here,
                    actions: ForumActions::ALL,
                },
                Use::Forum {
                    dao: here,
                    actions: ForumActions::EMPTY,
                },
            ],
        ),
        (
            Scope::Data {
                prefix: vec![1, 2].try_into().unwrap(),
                access: DataAccess::READ,
            },
            vec![
                Use::Data {
                    content: &[1, 2],
                    access: DataAccess::READ,
                },
                Use::Data {
                    content: &[1, 2, 3],
                    access: DataAccess::READ,
                },
            ],
            vec![
                Use::Data {
                    content: &[1],
                    access: DataAccess::READ,
                },
                Use::Data {
                    content: &[1, 3],
                    access: DataAccess::READ,
                },
                Use::Data {
                    content: &[1, 2],
                    access: DataAccess::WRITE,
                },
                Use::Data {
                    content: &[1, 2],
                    access: DataAccess::EMPTY,
                },
            ],
        ),
        (
            Scope::Issue {
                kinds: Kinds::AI_AGENT,
                path_length: 1,
            },
            vec![Use::Issue {
                kind: Kind::AiAgent,
                path_length: 1,
            }],
            vec![
                Use::Issue {
                    kind: Kind::AiAgent,
                    path_length: 2,
                },
                Use::Issue {
                    kind: Kind::AiModel,
                    path_length: 0,
                },
            ],
        ),
        (
            Scope::Invoke {
                service,
                method: *here,
            },
            vec![Use::Invoke {
                service: &service,
                method: here,
            }],
            vec![
                Use::Invoke {
                    service: &service,
                    method: there,
                },
                Use::Invoke {
                    service: &other_service,
                    method: here,
                },
            ],
        ),
        (
            Scope::Custom(*here),
            vec![Use::Custom(here)],
            vec![Use::Custom(there), Use::Auth { audience: here }],
        ),
    ];
    for (position, (scope, permitted, refused)) in scopes.iter().enumerate() {
        assert_eq!(usize::from(scope.encode()[0]), position);
        for used in permitted {
            assert!(scope.permits(used), "{scope:?} {used:?}");
            for (other, _, _) in scopes.iter().filter(|(other, ..)| other != scope) {
                assert!(!other.permits(used), "{other:?} {used:?}");
            }
        }
        for used in refused {
            assert!(!scope.permits(used), "{scope:?} {used:?}");
        }
        assert!(scope.contains(scope));
    }
}

#[test]
fn a_use_is_checked_against_every_mandate_above() {
    let strict = terms(vec![Scope::Custom([2; 32])], vec![]);
    let free = custom(vec![]);
    let sealed = custom(vec![Caveat::NoSubDelegate]);
    let mut early = free.clone();
    early.not_before = NOW + 1;
    let mut late = free.clone();
    late.not_after = NOW - 1;
    let of = |chain: &[&Terms]| {
        let mut usages = vec![Usage::default(); chain.len()];
        let mut links = chain
            .iter()
            .zip(&mut usages)
            .map(|(terms, usage)| Link { terms, usage })
            .collect::<Vec<_>>();
        authorize(&mut links, &CUSTOM, &PLAIN)
    };
    let refused = |position, rule| Err(Violation { position, rule });
    assert_eq!(of(&[&free]), Ok(()));
    assert_eq!(of(&[&free; 8]), Ok(()));
    assert_eq!(of(&[&free; 9]), refused(0, Rule::TooMany));
    assert_eq!(of(&[]), refused(0, Rule::TooMany));
    assert_eq!(of(&[&free, &strict]), refused(1, Rule::Scope));
    assert_eq!(of(&[&strict, &free]), refused(0, Rule::Scope));
    assert_eq!(
        of(&[&free, &free, &early]),
        refused(2, Rule::NotBefore(NOW + 1))
    );
    assert_eq!(of(&[&free, &late]), refused(1, Rule::NotAfter(NOW - 1)));
    assert_eq!(of(&[&sealed]), Ok(()));
    assert_eq!(of(&[&sealed, &free]), Ok(()));
    assert_eq!(of(&[&free, &sealed]), refused(1, Rule::NoSubDelegate));
    let amounts = [(Unit::Coin, 0); MAX_AMOUNTS + 1];
    let mut usage = Usage::default();
    assert_eq!(
        use_once(&free, &mut usage, &spend(NOW, &amounts)),
        Err(Rule::TooMany)
    );
}

#[test]
fn a_grant_under_a_parent_says_no_more_than_it() {
    let caveats = || {
        vec![
            Caveat::NotAfter(100),
            Caveat::MaxUses(10),
            Caveat::Bucket {
                unit: Unit::Usd,
                cap: 100,
                period: 1_000,
            },
            Caveat::PerUseMax {
                unit: Unit::Usd,
                max: 50,
            },
            Caveat::MinCounterpartyScore(500_000),
            Caveat::TimeWindow([0x0f; 21]),
            Caveat::RequireCosign {
                id: AutoId([1; 32]),
                unit: Unit::Usd,
                above: 10,
            },
            Caveat::Delay(60),
            Caveat::RequireSources(2),
            Caveat::ModelIn(vec![[1; 32]].try_into().unwrap()),
            Caveat::HumanPresence(1_000),
        ]
    };
    let scope = Scope::Vote {
        dao: [1; 32],
        tracks: 0b11,
        kinds: 0b11,
    };
    let parent = Terms {
        not_before: 10,
        not_after: 100,
        ..terms(vec![scope.clone()], caveats())
    };
    let check = |change: &dyn Fn(&mut Terms)| {
        let mut child = parent.clone();
        change(&mut child);
        check_grant(&child, Some(&parent))
    };
    assert_eq!(check(&|_| ()), Ok(()));
    // What is not said is inherited
    assert_eq!(check(&|child| child.caveats.clear()), Ok(()));
    assert_eq!(check(&|child| child.scopes.clear()), Err(GrantError::Empty));
    assert_eq!(
        check(&|child| child.not_before = 101),
        Err(GrantError::Empty)
    );
    assert_eq!(check(&|child| child.not_before = 9), Err(GrantError::Time));
    assert_eq!(check(&|child| child.not_after = 101), Err(GrantError::Time));
    for looser in [
        Scope::Vote {
            dao: [2; 32],
            tracks: 0b11,
            kinds: 0b11,
        },
        Scope::Vote {
            dao: [1; 32],
            tracks: 0b111,
            kinds: 0b11,
        },
        Scope::Vote {
            dao: [1; 32],
            tracks: 0b11,
            kinds: 0b100,
        },
        Scope::Custom([1; 32]),
    ] {
        assert_eq!(
            check(&|child| child.scopes[0] = looser.clone()),
            Err(GrantError::Scope(0))
        );
    }
    let looser = [
        Caveat::NotAfter(101),
        Caveat::MaxUses(11),
        Caveat::Bucket {
            unit: Unit::Usd,
            cap: 101,
            period: 1_010,
        },
        Caveat::PerUseMax {
            unit: Unit::Usd,
            max: 51,
        },
        Caveat::MinCounterpartyScore(499_999),
        Caveat::TimeWindow([0x1f; 21]),
        Caveat::RequireCosign {
            id: AutoId([1; 32]),
            unit: Unit::Usd,
            above: 11,
        },
        Caveat::Delay(59),
        Caveat::RequireSources(1),
        Caveat::ModelIn(vec![[1; 32], [2; 32]].try_into().unwrap()),
        Caveat::HumanPresence(1_001),
    ];
    let tighter = [
        Caveat::NotAfter(99),
        Caveat::MaxUses(9),
        Caveat::Bucket {
            unit: Unit::Usd,
            cap: 50,
            period: 500,
        },
        Caveat::PerUseMax {
            unit: Unit::Usd,
            max: 49,
        },
        Caveat::MinCounterpartyScore(500_001),
        Caveat::TimeWindow([0x0e; 21]),
        Caveat::RequireCosign {
            id: AutoId([1; 32]),
            unit: Unit::Usd,
            above: 9,
        },
        Caveat::Delay(61),
        Caveat::RequireSources(3),
        Caveat::ModelIn(BoundedVec::new()),
        Caveat::HumanPresence(999),
    ];
    for (position, (looser, tighter)) in looser.into_iter().zip(tighter).enumerate() {
        assert_eq!(
            check(&|child| child.caveats[position] = tighter.clone()),
            Ok(()),
            "{tighter:?}"
        );
        assert_eq!(
            check(&|child| child.caveats[position] = looser.clone()),
            Err(GrantError::Caveat(position as u8)),
            "{looser:?}"
        );
    }
    let faster = Caveat::Bucket {
        unit: Unit::Usd,
        cap: 50,
        period: 499,
    };
    assert_eq!(
        check(&|child| child.caveats[2] = faster.clone()),
        Err(GrantError::Caveat(2))
    );
    let sealed = terms(vec![scope], vec![Caveat::NoSubDelegate]);
    assert_eq!(check_grant(&sealed, None), Ok(()));
    assert_eq!(
        check_grant(&sealed, Some(&sealed)),
        Err(GrantError::NoSubDelegate)
    );
}

#[test]
fn terms_are_bounded_and_ids_are_of_all_that_is_in_them() {
    assert!(
        Terms::max_encoded_len() <= 8_192,
        "{}",
        Terms::max_encoded_len()
    );
    let tag = NetworkTag([1; 32]);
    let (a, b) = (AutoId([1; 32]), AutoId([2; 32]));
    let id = mandate_id(&tag, &a, &b, None, &Salt([0; 16]));
    for other in [
        mandate_id(&NetworkTag([2; 32]), &a, &b, None, &Salt([0; 16])),
        mandate_id(&tag, &b, &a, None, &Salt([0; 16])),
        mandate_id(&tag, &a, &b, Some(&id), &Salt([0; 16])),
        mandate_id(&tag, &a, &b, None, &Salt([1; 16])),
    ] {
        assert_ne!(id, other);
    }
}

prop_compose! {
    fn any_scope()(choice in 0..5, dao in 0u8..2, a in 0u8..8, b in 0u8..8, prefix in prop::collection::vec(0u8..2, 0..3)) -> Scope {
        match choice {
            0 => Scope::Vote { dao: [dao; 32], tracks: a.into(), kinds: b.into() },
            1 => Scope::AutoFi { account: [dao; 32], calls: a.into(), rule_set: [0; 32] },
            2 => Scope::Sign { roles: SignerRoles::from_bits(a).unwrap() },
            3 => Scope::Data { prefix: prefix.try_into().unwrap(), access: DataAccess::from_bits(a % 4).unwrap() },
            _ => Scope::Issue { kinds: Kinds::from_bits(u16::from(a)).unwrap(), path_length: b },
        }
    }
}

prop_compose! {
    fn any_caveat()(choice in 0..8, a in 0u128..5, b in 0u64..4) -> Caveat {
        match choice {
            0 => Caveat::NotAfter(NOW + b),
            1 => Caveat::MaxUses(a as u32),
            2 => Caveat::Bucket { unit: Unit::Usd, cap: a, period: b },
            3 => Caveat::PerUseMax { unit: Unit::Usd, max: a },
            4 => Caveat::Delay(b),
            5 => Caveat::RequireSources(b as u8),
            6 => Caveat::NoSubDelegate,
            _ => Caveat::Bucket { unit: Unit::Coin, cap: a, period: b },
        }
    }
}

prop_compose! {
    fn any_terms()(
        scopes in prop::collection::vec(any_scope(), 1..4),
        caveats in prop::collection::vec(any_caveat(), 0..5),
        start in 0u64..4,
        length in 0u64..6,
    ) -> Terms {
        Terms { not_before: NOW + start, not_after: NOW + start + length, ..terms(scopes, caveats) }
    }
}

fn uses() -> Vec<Use<'static>> {
    let mut uses = Vec::new();
    for number in 0..4 {
        uses.push(Use::Vote {
            dao: &[0; 32],
            track: number % 2,
            kind: number / 2,
        });
        uses.push(Use::AutoFi {
            account: &[1; 32],
            call: number,
            rule_set: &[0; 32],
        });
        uses.push(Use::Sign {
            roles: SignerRoles::from_bits(number).unwrap(),
        });
        uses.push(Use::Issue {
            kind: Kind::from_number(number).unwrap(),
            path_length: number,
        });
    }
    uses.push(Use::Data {
        content: &[0, 1, 0],
        access: DataAccess::READ,
    });
    uses
}

proptest! {
    /// Attenuation: whatever the mandates say, a chain allows only what each of them would allow alone.
    #[test]
    fn a_chain_allows_no_more_than_each_of_its_mandates(
        chain in prop::collection::vec(any_terms(), 1..4),
        steps in prop::collection::vec((0u64..3, any::<prop::sample::Index>(), 0u128..4, 0u128..4, 0u32..4), 1..12),
    ) {
        let uses = uses();
        let mut together = vec![Usage::default(); chain.len()];
        let mut alone = together.clone();
        let mut now = NOW;
        for (wait, which, usd, coin, sources) in steps {
            now += wait;
            let used = which.get(&uses);
            let amounts = [(Unit::Usd, usd), (Unit::Coin, coin)];
            let circumstances = Circumstances { now, announced: now - 1, amounts: &amounts, sources, ..PLAIN };
            let before = together.clone();
            let mut links = chain.iter().zip(&mut together).map(|(terms, usage)| Link { terms, usage }).collect::<Vec<_>>();
            let result = authorize(&mut links, used, &circumstances);
            if result.is_err() {
                prop_assert_eq!(&together, &before);
                continue;
            }
            for (terms, usage) in chain.iter().zip(&mut alone) {
                let result = authorize(&mut [Link { terms, usage }], used, &circumstances);
                prop_assert_eq!(result, Ok(()));
            }
            // The same has been taken from each, as if it were alone
            prop_assert_eq!(&together, &alone);
        }
    }

    /// A scope that is within another permits nothing that the other does not.
    #[test]
    fn containment_of_scopes_is_that_of_uses(parent in any_scope(), child in any_scope()) {
        if parent.contains(&child) {
            for used in uses() {
                prop_assert!(!child.permits(&used) || parent.permits(&used), "{used:?}");
            }
        }
    }

    /// Over any time t a bucket gives at most cap · (1 + t ⁄ period).
    #[test]
    fn a_bucket_never_gives_more_than_its_rate(
        cap in 1u128..1_000,
        period in 1u64..1_000,
        steps in prop::collection::vec((0u64..400, 0u128..500), 1..40),
    ) {
        let terms = custom(vec![Caveat::Bucket { unit: Unit::Coin, cap, period }]);
        let mut usage = Usage::default();
        let mut now = NOW;
        let mut given = 0;
        for (wait, amount) in steps {
            now += wait;
            match use_once(&terms, &mut usage, &spend(now, &[(Unit::Coin, amount)])) {
                Ok(()) => given += amount,
                Err(Rule::Bucket { left, retry_at, .. }) => {
                    prop_assert!(left < amount);
                    prop_assert_eq!(retry_at.is_none(), amount > cap);
                    if let Some(at) = retry_at {
                        let mut trial = usage.clone();
                        prop_assert!(use_once(&terms, &mut trial, &spend(at, &[(Unit::Coin, amount)])).is_ok());
                        prop_assert!(use_once(&terms, &mut usage.clone(), &spend(at - 1, &[(Unit::Coin, amount)])).is_err());
                    }
                }
                Err(rule) => prop_assert!(false, "{rule}"),
            }
            let allowed = cap * (u128::from(period) + u128::from(now - NOW)) / u128::from(period);
            prop_assert!(given <= allowed, "{given} of {allowed}");
        }
    }

    #[test]
    fn refilling_is_total(left: u128, at: u64, cap: u128, period: u64, now: u64, amount: u128) {
        let level = Level { left: left.min(cap), at };
        prop_assert!(level.refilled(cap, period, now) <= cap);
        let _ = level.reaches(amount, cap, period, now);
        let _ = is_faster((cap, period), (amount, at));
    }

    #[test]
    fn rates_compare_as_rationals(a in 0u128..1_000_000, b in 1u64..1_000_000, c in 0u128..1_000_000, d in 1u64..1_000_000) {
        prop_assert_eq!(is_faster((a, b), (c, d)), a * u128::from(d) > c * u128::from(b));
        let shift = 1u128 << 100;
        prop_assert_eq!(is_faster((a * shift, b), (c * shift, d)), a * u128::from(d) > c * u128::from(b));
    }

    #[test]
    fn decoding_any_bytes_is_total(bytes: Vec<u8>) {
        if let Ok(terms) = Terms::decode_all(&mut &bytes[..]) {
            prop_assert_eq!(terms.encode(), bytes);
        }
    }
}
