use super::*;
use crate::DAY;
use proptest::prelude::*;

const NOW: Millis = 1_700_000_000_000;

/// New claims of these types.
fn claims(names: &[&str]) -> Vec<ScoredClaim> {
    names
        .iter()
        .map(|name| ScoredClaim {
            claim_type: ClaimType::named(name),
            issued: NOW,
            expires: NOW + 365 * DAY,
        })
        .collect()
}

fn score(names: &[&str]) -> Ppm {
    default_policy().score(&claims(names), NOW).ppm
}

const ALICE: [&str; 3] = ["social/google", "social/github", "social/x"];

#[test]
fn the_published_vectors() {
    assert_eq!(score(&[]), 0);
    assert_eq!(score(&ALICE), 311_840);
    let with = |more: &[&'static str]| score(&[&ALICE[..], more].concat());
    assert_eq!(with(&["government-id/zk-passport"]), 896_776);
    assert_eq!(with(&["personhood/world-id"]), 931_184);
    // More social claims than the cap lets count
    let social = [
        "social/apple",
        "social/discord",
        "social/ens",
        "social/dns",
        "social/web-page",
    ];
    assert_eq!(with(&social), 450_000);
    assert_eq!(
        with(&[&social[..], &["government-id/zk-passport"]].concat()),
        917_500
    );
}

/// Seven social claims of {120, 150, 80, 100, 100, 120, 90}k, capped or not.
#[test]
fn seven_social_claims_with_and_without_a_cap() {
    let weights = [120_000, 150_000, 80_000, 100_000, 100_000, 120_000, 90_000];
    let of = |cap| {
        let mut caps = DEFAULT_CAPS;
        caps[2] = cap;
        let policy = ScorePolicy {
            classes: BoundedVec::truncate_from(
                (0u8..)
                    .zip(weights)
                    .map(|(number, weight)| ClaimClass {
                        claim_type: ClaimType([number; 32]),
                        category: Category::Social,
                        weight,
                    })
                    .collect(),
            ),
            caps,
        };
        policy.validate().unwrap();
        let claims = (0u8..7)
            .map(|number| ScoredClaim {
                claim_type: ClaimType([number; 32]),
                issued: NOW,
                expires: NOW + 1,
            })
            .collect::<Vec<_>>();
        policy.score(&claims, NOW).ppm
    };
    assert_eq!(of(999_999), 553_625);
    assert_eq!(of(450_000), 450_000);
}

#[test]
fn weights_decay_to_nothing() {
    let policy = default_policy();
    let claim = claims(&["government-id/zk-passport"])[0];
    for (days, weight) in [
        (0, 850_000),
        (100, 617_123),
        (364, 2_328),
        (365, 0),
        (366, 0),
    ] {
        assert_eq!(policy.weight(&claim, NOW + days * DAY), weight, "{days}");
    }
    // Of the future, without life, or of a type that does not count
    assert_eq!(policy.weight(&claim, NOW - 1), 0);
    assert_eq!(
        policy.weight(
            &ScoredClaim {
                expires: NOW,
                ..claim
            },
            NOW
        ),
        0
    );
    assert_eq!(
        policy.weight(
            &ScoredClaim {
                expires: NOW - 1,
                ..claim
            },
            NOW - 2
        ),
        0
    );
    assert_eq!(
        policy.weight(
            &ScoredClaim {
                claim_type: ClaimType([0; 32]),
                ..claim
            },
            NOW
        ),
        0
    );
}

#[test]
fn a_type_counts_once_with_its_strongest_claim() {
    let policy = default_policy();
    let new = claims(&["social/github"])[0];
    let old = ScoredClaim {
        issued: NOW - 365 * DAY,
        ..new
    };
    for claims in [[new, old], [old, new]] {
        assert_eq!(policy.score(&claims, NOW), policy.score(&[new], NOW));
    }
}

#[test]
fn a_score_says_what_it_is_made_of() {
    let score = default_policy().score(&claims(&["social/google", "device/phone"]), NOW);
    assert_eq!(score.by_category, [0, 0, 120_000, 0, 80_000, 0, 0]);
    assert_eq!(
        score.categories(),
        Categories::SOCIAL.with(Categories::DEVICE)
    );
    assert_eq!(score.ppm, 190_400);
}

#[test]
fn policies_without_order_or_with_certainty_are_refused() {
    let policy = default_policy();
    assert_eq!(policy.validate(), Ok(()));
    assert_eq!(policy.classes.len(), DEFAULT_CLASSES.len());
    let mut swapped = policy.clone();
    swapped.classes.as_mut().swap(0, 1);
    assert_eq!(swapped.validate(), Err(PolicyError::Order));
    let mut double = policy.clone();
    double.classes[1] = double.classes[0];
    assert_eq!(double.validate(), Err(PolicyError::Order));
    let mut certain = policy.clone();
    certain.classes[3].weight = ONE;
    assert_eq!(certain.validate(), Err(PolicyError::Certainty(ONE)));
    let mut certain = policy;
    certain.caps[6] = ONE + 1;
    assert_eq!(certain.validate(), Err(PolicyError::Certainty(ONE + 1)));
}

prop_compose! {
    fn any_claims()(
        classes in prop::collection::vec((0..DEFAULT_CLASSES.len(), 0u64..400, 1u64..800), 0..32),
    ) -> Vec<ScoredClaim> {
        classes
            .into_iter()
            .map(|(class, age, life)| ScoredClaim {
                claim_type: ClaimType::named(DEFAULT_CLASSES[class].0),
                issued: NOW - age * DAY,
                expires: NOW - age * DAY + life * DAY,
            })
            .collect()
    }
}

proptest! {
    #[test]
    fn a_score_is_below_certainty_and_grows_with_claims(claims in any_claims(), cut in 0usize..32) {
        let policy = default_policy();
        let all = policy.score(&claims, NOW);
        let part = policy.score(&claims[..cut.min(claims.len())], NOW);
        prop_assert!(all.ppm < ONE && part.ppm <= all.ppm);
        for (part, all) in part.by_category.iter().zip(all.by_category) {
            prop_assert!(*part <= all);
        }
    }

    #[test]
    fn a_score_falls_with_time(claims in any_claims(), earlier in 0u64..500, later in 0u64..500) {
        let policy = default_policy();
        let (earlier, later) = (earlier.min(later), earlier.max(later));
        let at = |days| policy.score(&claims, NOW + days * DAY).ppm;
        prop_assert!(at(later) <= at(earlier));
    }

    #[test]
    fn order_of_claims_is_of_no_matter(claims in any_claims(), seed: u64) {
        let mut shuffled = claims.clone();
        let length = shuffled.len().max(1);
        for index in 0..shuffled.len() {
            shuffled.swap(index, (seed as usize).wrapping_mul(index + 7) % length);
        }
        let policy = default_policy();
        prop_assert_eq!(policy.score(&claims, NOW), policy.score(&shuffled, NOW));
    }

    /// Against exact arithmetic on rationals: never above it, and at most one unit a factor below.
    #[test]
    fn a_score_is_never_overstated(claims in any_claims()) {
        let policy = default_policy();
        let score = policy.score(&claims, NOW);
        let mut best = std::collections::BTreeMap::new();
        for claim in &claims {
            let weight = policy.weight(claim, NOW);
            let known = best.entry(claim.claim_type).or_insert(weight);
            *known = weight.max(*known);
        }
        let mut survival = 1.0f64;
        for (category, cap) in Category::ALL.into_iter().zip(policy.caps) {
            let alone = best
                .iter()
                .filter(|(claim_type, _)| policy.class(claim_type).unwrap().category == category)
                .fold(1.0, |survival, (_, weight)| survival * (1.0 - f64::from(*weight) / 1e6));
            survival *= 1.0 - (1.0 - alone).min(f64::from(cap) / 1e6);
        }
        let exact = (1.0 - survival) * 1e6;
        prop_assert!(f64::from(score.ppm) <= exact + 1e-3, "{} {exact}", score.ppm);
        prop_assert!(f64::from(score.ppm) >= exact - 40.0, "{} {exact}", score.ppm);
    }

    #[test]
    fn any_numbers_have_a_score(issued: u64, expires: u64, now: u64, weight in 0..ONE) {
        let policy = ScorePolicy {
            classes: BoundedVec::truncate_from(vec![ClaimClass {
                claim_type: ClaimType([0; 32]), category: Category::Social, weight,
            }]),
            caps: [999_999; 7],
        };
        let claim = ScoredClaim { claim_type: ClaimType([0; 32]), issued, expires };
        prop_assert!(policy.score(&[claim], now).ppm <= weight);
    }
}
