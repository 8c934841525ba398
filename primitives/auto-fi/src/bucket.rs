//! Budgets: a bucket that refills continuously up to its capacity.
//!
//! Level and time are kept, not a rate per second, so what has flowed in after any time is exact.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::math::{mul_div_down, mul_div_up};

/// How much flows in how quickly.
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
pub struct Limit {
    /// What the bucket holds when full, and what flows in per period.
    pub capacity: u128,
    /// The period. Zero: nothing ever flows in.
    pub period_ms: u64,
}

/// A bucket.
///
/// Over any time W at most capacity · (1 + W / period) is taken from it.
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
)]
pub struct TokenBucket {
    /// What was in it.
    pub level: u128,
    /// When.
    pub at_ms: u64,
}

/// A bucket has too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the budget has {remaining} left")]
pub struct Exceeded {
    /// What could be taken.
    pub remaining: u128,
    /// When the amount can be taken if nothing else is; `None` if never.
    pub retry_at_ms: Option<u64>,
}

impl TokenBucket {
    /// A full bucket.
    pub const fn full(limit: &Limit, now_ms: u64) -> Self {
        Self {
            level: limit.capacity,
            at_ms: now_ms,
        }
    }

    /// What is in it at `now_ms`: min(capacity, level + ⌊capacity · elapsed / period⌋). Time never runs back.
    pub fn level_down(&self, limit: &Limit, now_ms: u64) -> u128 {
        let elapsed = now_ms.saturating_sub(self.at_ms);
        // Over a full period it is full, so what does not fit does not matter
        let flown_in = if elapsed >= limit.period_ms && limit.period_ms > 0 {
            limit.capacity
        } else {
            mul_div_down(limit.capacity, elapsed, limit.period_ms).unwrap_or(0)
        };
        self.level
            .checked_add(flown_in)
            .map_or(limit.capacity, |level| level.min(limit.capacity))
    }

    /// Takes `amount`, all of it or nothing.
    pub fn take(&mut self, limit: &Limit, amount: u128, now_ms: u64) -> Result<(), Exceeded> {
        let remaining = self.level_down(limit, now_ms);
        let Some(level) = remaining.checked_sub(amount) else {
            return Err(Exceeded {
                remaining,
                retry_at_ms: self.retry_at_ms_up(limit, amount, now_ms),
            });
        };
        *self = Self {
            level,
            at_ms: now_ms.max(self.at_ms),
        };
        Ok(())
    }

    /// Gives `amount` back that was taken for something that did not happen.
    pub fn refund(&mut self, limit: &Limit, amount: u128, now_ms: u64) {
        *self = Self {
            level: self
                .level_down(limit, now_ms)
                .checked_add(amount)
                .map_or(limit.capacity, |level| level.min(limit.capacity)),
            at_ms: now_ms.max(self.at_ms),
        };
    }

    /// The first time from `now_ms` on at which `amount` is in the bucket if nothing is taken before. `None` if never.
    fn retry_at_ms_up(&self, limit: &Limit, amount: u128, now_ms: u64) -> Option<u64> {
        if amount > limit.capacity {
            return None;
        }
        let missing = amount.saturating_sub(self.level.min(limit.capacity));
        let wait = mul_div_up(missing, limit.period_ms, limit.capacity).ok()?;
        // A bucket without a period does not fill
        (limit.period_ms > 0 || missing == 0)
            .then(|| self.at_ms.checked_add(wait))?
            .map(|at_ms| at_ms.max(now_ms))
    }
}

/// A capacity that falls linearly to zero when nobody has looked after it: whole until `grace_ms` after `last_ms`, zero
/// `decay_ms` later; rounded down.
pub fn decayed_down(
    capacity: u128,
    last_ms: u64,
    now_ms: u64,
    grace_ms: u64,
    decay_ms: u64,
) -> u128 {
    let overdue = now_ms.saturating_sub(last_ms).saturating_sub(grace_ms);
    if overdue == 0 {
        return capacity;
    }
    let left = decay_ms.saturating_sub(overdue);
    mul_div_down(capacity, left, decay_ms).unwrap_or(0)
}
