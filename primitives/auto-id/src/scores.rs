//! Auto Score: how likely an identity is a unique human, in parts per million.
//!
//! A claim of class weight w counts w · (expires − now) ⁄ (expires − issued), rounded down. The claims of a category
//! together give min(cap, 1 − Π(1 − w)), the categories together 1 − Π(1 − s): evidence is taken as independent, so
//! more of it always adds and never reaches certainty. Every product is rounded up, in ascending order of claim types
//! and then of categories, so that the score is never overstated and always the same.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::{Categories, Category, ClaimType, Millis};

/// Parts per million.
pub type Ppm = u32;

/// Certainty; no score reaches it.
pub const ONE: Ppm = 1_000_000;
/// Rows of a policy.
pub const MAX_CLASSES: u32 = 64;
/// "Probably human": may post in forums.
pub const PROBABLY_HUMAN: Ppm = 300_000;
/// "Human": registers for nothing.
pub const HUMAN: Ppm = 600_000;
/// "Unique human": one person, one vote.
pub const UNIQUE_HUMAN: Ppm = 850_000;

/// What a type of claim counts.
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
pub struct ClaimClass {
    /// The type.
    pub claim_type: ClaimType,
    /// Its category.
    pub category: Category,
    /// Its weight when new; below [`ONE`].
    pub weight: Ppm,
}

/// Why a policy is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Classes not in strictly ascending order of their types.
    #[error("classes are not in strictly ascending order of their claim types")]
    Order,
    /// A weight or cap of certainty or more.
    #[error("a weight or cap of {0} ppm; it must be below 1000000")]
    Certainty(Ppm),
}

/// Weights and caps: a version of the score.
#[derive(
    Clone,
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
pub struct ScorePolicy {
    /// Types that count, in strictly ascending order.
    pub classes: BoundedVec<ClaimClass, ConstU32<MAX_CLASSES>>,
    /// The most that each category can give, in the order of [`Category::ALL`]; below [`ONE`].
    pub caps: [Ppm; Category::ALL.len()],
}

/// A claim as far as scores go. Only live ones are to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScoredClaim {
    /// Its type.
    pub claim_type: ClaimType,
    /// When it was issued; a claim of the future counts nothing.
    pub issued: Millis,
    /// When it counts nothing any more.
    pub expires: Millis,
}

/// A score and what it is made of.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
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
pub struct Score {
    /// The score.
    pub ppm: Ppm,
    /// What each category gives, in the order of [`Category::ALL`].
    pub by_category: [Ppm; Category::ALL.len()],
}

impl Score {
    /// Categories that give something.
    pub fn categories(&self) -> Categories {
        Category::ALL
            .into_iter()
            .zip(self.by_category)
            .filter(|(_, ppm)| *ppm > 0)
            .fold(Categories::EMPTY, |categories, (category, _)| {
                categories.with(category.into())
            })
    }
}

impl ScorePolicy {
    /// Checks order, weights and caps.
    pub fn validate(&self) -> Result<(), PolicyError> {
        if !self
            .classes
            .is_sorted_by(|a, b| a.claim_type < b.claim_type)
        {
            return Err(PolicyError::Order);
        }
        let weights = self.classes.iter().map(|class| class.weight);
        match weights.chain(self.caps).find(|ppm| *ppm >= ONE) {
            Some(ppm) => Err(PolicyError::Certainty(ppm)),
            None => Ok(()),
        }
    }

    /// The class of a type of claim.
    pub fn class(&self, claim_type: &ClaimType) -> Option<&ClaimClass> {
        self.classes
            .binary_search_by(|class| class.claim_type.cmp(claim_type))
            .ok()
            .and_then(|index| self.classes.get(index))
    }

    /// What a claim counts at `now`.
    pub fn weight(&self, claim: &ScoredClaim, now: Millis) -> Ppm {
        self.class(&claim.claim_type)
            .map_or(0, |class| decayed(class.weight, claim, now))
    }

    /// The score of `claims` at `now`. Of several claims of one type the strongest counts.
    pub fn score(&self, claims: &[ScoredClaim], now: Millis) -> Score {
        let mut counted: Vec<(ClaimType, Category, Ppm)> = claims
            .iter()
            .filter_map(|claim| {
                let class = self.class(&claim.claim_type)?;
                let weight = decayed(class.weight, claim, now);
                Some((claim.claim_type, class.category, weight))
            })
            .collect();
        // Strongest first among equal types, since the first one stays
        counted.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.2.cmp(&a.2)));
        counted.dedup_by_key(|(claim_type, ..)| *claim_type);

        let mut score = Score::default();
        let mut survival = ONE;
        let categories = Category::ALL
            .into_iter()
            .zip(self.caps)
            .zip(&mut score.by_category);
        for ((category, cap), given) in categories {
            let alone = counted
                .iter()
                .filter(|(_, of, _)| *of == category)
                .fold(ONE, |survival, (.., weight)| multiply_up(survival, *weight));
            *given = ONE.saturating_sub(alone).min(cap);
            survival = multiply_up(survival, *given);
        }
        score.ppm = ONE.saturating_sub(survival);
        score
    }
}

/// `survival` · (1 − `weight`), rounded up. Stays above zero while the weight is below certainty.
fn multiply_up(survival: Ppm, weight: Ppm) -> Ppm {
    let product = u64::from(survival).saturating_mul(u64::from(ONE.saturating_sub(weight)));
    u32::try_from(product.div_ceil(u64::from(ONE))).unwrap_or(ONE)
}

fn decayed(weight: Ppm, claim: &ScoredClaim, now: Millis) -> Ppm {
    let (Some(life), Some(left)) = (
        claim.expires.checked_sub(claim.issued),
        claim.expires.checked_sub(now),
    ) else {
        return 0;
    };
    if claim.issued > now {
        return 0;
    }
    let product = u128::from(weight).saturating_mul(u128::from(left));
    product
        .checked_div(u128::from(life))
        .and_then(|weight| u32::try_from(weight).ok())
        .unwrap_or(0)
}

/// Names, categories and weights of the first policy.
pub const DEFAULT_CLASSES: [(&str, Category, Ppm); 21] = [
    ("government-id/zk-passport", Category::GovernmentId, 850_000),
    ("government-id/credential", Category::GovernmentId, 700_000),
    ("personhood/world-id", Category::Personhood, 900_000),
    ("personhood/people", Category::Personhood, 850_000),
    ("social/google", Category::Social, 120_000),
    ("social/apple", Category::Social, 120_000),
    ("social/github", Category::Social, 150_000),
    ("social/x", Category::Social, 80_000),
    ("social/discord", Category::Social, 50_000),
    ("social/ens", Category::Social, 40_000),
    ("social/web-page", Category::Social, 40_000),
    ("financial/kyc", Category::Financial, 500_000),
    ("device/phone", Category::Device, 80_000),
    ("device/passkey", Category::Device, 30_000),
    ("network/farmer", Category::Network, 60_000),
    ("vouch/1", Category::Vouch, 50_000),
    ("vouch/2", Category::Vouch, 50_000),
    ("vouch/3", Category::Vouch, 50_000),
    ("vouch/4", Category::Vouch, 50_000),
    ("vouch/5", Category::Vouch, 50_000),
    ("social/dns", Category::Social, 40_000),
];

/// Caps of the first policy. Devices and networks have none of their own.
pub const DEFAULT_CAPS: [Ppm; Category::ALL.len()] = [
    900_000, 900_000, 450_000, 550_000, 999_999, 999_999, 250_000,
];

/// The first policy.
pub fn default_policy() -> ScorePolicy {
    let mut classes = DEFAULT_CLASSES
        .into_iter()
        .map(|(name, category, weight)| ClaimClass {
            claim_type: ClaimType::named(name),
            category,
            weight,
        })
        .collect::<Vec<_>>();
    classes.sort_unstable_by_key(|class| class.claim_type);
    ScorePolicy {
        classes: BoundedVec::truncate_from(classes),
        caps: DEFAULT_CAPS,
    }
}

#[cfg(test)]
mod tests;
