//! How much approval or support a proposal needs as its time passes.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::cmp::Ordering;
use scale_info::TypeInfo;
use thiserror::Error;

use crate::PPB;
use crate::math::{compare_products, mul_div};

/// A requirement that falls from a ceiling to a floor. All values are parts per billion, of the whole or of the time to
/// decide; what is required is rounded up.
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
pub enum Curve {
    /// Falls evenly until `length`, then stays.
    Linear {
        /// At the start.
        ceil: u32,
        /// From `length` on.
        floor: u32,
        /// Part of the time that the fall takes; not zero.
        length: u32,
    },
    /// Falls by `step` at the end of every `period`.
    Stepped {
        /// At the start.
        begin: u32,
        /// The least.
        end: u32,
        /// Height of a step.
        step: u32,
        /// Part of the time between steps; not zero.
        period: u32,
    },
    /// The hyperbola through `ceil` at the start, `level` at `delay` and `floor` at the end.
    Reciprocal {
        /// At the start.
        ceil: u32,
        /// At the end.
        floor: u32,
        /// Part of the time after which `level` is required.
        delay: u32,
        /// Required at `delay`; below the straight line from `ceil` to `floor`.
        level: u32,
    },
}

/// A curve is not one that falls from its ceiling to its floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a curve falls, within the whole and within the time to decide")]
pub struct InvalidCurve;

impl Curve {
    /// Checks what decoding does not.
    pub fn validate(&self) -> Result<(), InvalidCurve> {
        let falls = |ceil: u32, floor: u32| ceil <= PPB && floor <= ceil;
        let valid = match *self {
            Self::Linear {
                ceil,
                floor,
                length,
            } => falls(ceil, floor) && (1..=PPB).contains(&length),
            Self::Stepped {
                begin,
                end,
                step,
                period,
            } => falls(begin, end) && step <= PPB && (1..=PPB).contains(&period),
            Self::Reciprocal {
                ceil,
                floor,
                delay,
                level,
            } => {
                falls(ceil, level)
                    && floor < level
                    && delay < PPB
                    // level < ceil − (ceil − floor)·delay
                    && u64::from(delay).saturating_mul(u64::from(ceil.saturating_sub(floor)))
                        < u64::from(PPB).saturating_mul(u64::from(ceil.saturating_sub(level)))
            }
        };
        if valid { Ok(()) } else { Err(InvalidCurve) }
    }

    /// What is required after `elapsed` of `period`; the whole period if that is zero or over. An invalid curve
    /// requires everything.
    pub fn threshold(&self, elapsed: u64, period: u64) -> u32 {
        if self.validate().is_err() {
            return PPB;
        }
        let (elapsed, period) = if period == 0 {
            (1, 1)
        } else {
            (elapsed.min(period), period)
        };
        let elapsed = u128::from(elapsed);
        let period = u128::from(period);
        let whole = u128::from(PPB);
        // A fall never exceeds ceil − floor, so the narrowing cannot fail.
        let fallen = |from: u32, fall: Option<u128>, most: u32| {
            let fall = fall
                .and_then(|fall| u32::try_from(fall).ok())
                .unwrap_or(most);
            from.saturating_sub(fall.min(most))
        };
        match *self {
            Self::Linear {
                ceil,
                floor,
                length,
            } => {
                let height = ceil.saturating_sub(floor);
                // elapsed·10⁹ ⁄ (period·length) of the fall
                let fall = mul_div(
                    elapsed.saturating_mul(whole),
                    height.into(),
                    period.saturating_mul(length.into()),
                );
                fallen(ceil, fall, height)
            }
            Self::Stepped {
                begin,
                end,
                step,
                period: between,
            } => {
                let steps = elapsed
                    .saturating_mul(whole)
                    .checked_div(period.saturating_mul(between.into()))
                    .unwrap_or(0);
                fallen(
                    begin,
                    steps.checked_mul(step.into()),
                    begin.saturating_sub(end),
                )
            }
            Self::Reciprocal {
                ceil,
                floor,
                delay,
                level,
            } => {
                // With y(x) = a ⁄ (x + n/d) + b through the three points: y(x) = ceil − (ceil − floor)·(n + d)·x ⁄ (d·x + n)
                // for n = delay·(level − floor), d = (ceil − level) − delay·(ceil − floor).
                let height = ceil.saturating_sub(floor);
                let n = u128::from(delay).saturating_mul(level.saturating_sub(floor).into());
                let d = whole
                    .saturating_mul(ceil.saturating_sub(level).into())
                    .saturating_sub(u128::from(delay).saturating_mul(height.into()));
                let divisor = d
                    .saturating_mul(elapsed)
                    .checked_add(n.saturating_mul(period))
                    .filter(|divisor| *divisor > 0);
                let fall = match divisor {
                    Some(divisor) => mul_div(
                        n.saturating_add(d).saturating_mul(elapsed),
                        height.into(),
                        divisor,
                    ),
                    None => Some(0),
                };
                fallen(ceil, fall, height)
            }
        }
    }
}

/// A part of a whole that is required.
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
pub enum Threshold {
    /// More than these parts per billion.
    Above(u32),
    /// These parts per billion or more.
    AtLeast(u32),
    /// As much as the curve says at the time, or more.
    Curve(Curve),
}

impl Threshold {
    /// Checks what decoding does not.
    pub fn validate(&self) -> Result<(), InvalidCurve> {
        match self {
            Self::Above(parts) if *parts < PPB => Ok(()),
            Self::AtLeast(parts) if *parts <= PPB => Ok(()),
            Self::Curve(curve) => curve.validate(),
            _ => Err(InvalidCurve),
        }
    }

    /// Whether zero of a whole reaches it.
    pub fn admits_nothing_cast(&self) -> bool {
        match self {
            Self::Above(_) => false,
            Self::AtLeast(parts) => *parts == 0,
            Self::Curve(curve) => curve.threshold(1, 1) == 0,
        }
    }

    /// Whether `part` of `whole` suffices after `elapsed` of `period`. Nothing of nothing never does.
    pub fn is_met(&self, part: u128, whole: u128, elapsed: u64, period: u64) -> bool {
        let against = |parts: u32| compare_products(part, PPB.into(), whole, parts.into());
        whole > 0
            && match self {
                Self::Above(parts) => against(*parts) == Ordering::Greater,
                Self::AtLeast(parts) => against(*parts) != Ordering::Less,
                Self::Curve(curve) => against(curve.threshold(elapsed, period)) != Ordering::Less,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WHOLE: std::ops::RangeInclusive<u32> = 0..=PPB;

    fn curve() -> impl Strategy<Value = Curve> {
        prop_oneof![
            (WHOLE, WHOLE, WHOLE).prop_map(|(ceil, floor, length)| Curve::Linear {
                ceil,
                floor,
                length
            }),
            (WHOLE, WHOLE, WHOLE, WHOLE).prop_map(|(begin, end, step, period)| Curve::Stepped {
                begin,
                end,
                step,
                period
            }),
            (WHOLE, WHOLE, WHOLE, WHOLE).prop_map(|(ceil, floor, delay, level)| {
                Curve::Reciprocal {
                    ceil,
                    floor,
                    delay,
                    level,
                }
            }),
        ]
        .prop_filter("valid", |curve| curve.validate().is_ok())
    }

    proptest! {
        #![proptest_config(ProptestConfig { max_global_rejects: 100_000, ..Default::default() })]

        #[test]
        fn curves_never_rise_and_stay_between_ceiling_and_floor(
            curve in curve(),
            period in 1..u64::MAX,
            a in any::<u64>(),
            b in any::<u64>(),
        ) {
            let (a, b) = (a.min(b), a.max(b));
            let (ceil, floor) = match curve {
                Curve::Linear { ceil, floor, .. } | Curve::Reciprocal { ceil, floor, .. } => (ceil, floor),
                Curve::Stepped { begin, end, .. } => (begin, end),
            };
            prop_assert_eq!(curve.threshold(0, period), ceil);
            prop_assert!(curve.threshold(a, period) >= curve.threshold(b, period));
            prop_assert!(curve.threshold(b, period) >= floor);
            if !matches!(curve, Curve::Stepped { .. }) {
                prop_assert_eq!(curve.threshold(period, period), floor);
            }
        }

        #[test]
        fn the_hyperbola_goes_through_its_three_points(curve in curve()) {
            if let Curve::Reciprocal { ceil, floor, delay, level } = curve {
                prop_assert_eq!(curve.threshold(0, PPB.into()), ceil);
                prop_assert_eq!(curve.threshold(delay.into(), PPB.into()), level);
                prop_assert_eq!(curve.threshold(PPB.into(), PPB.into()), floor);
            }
        }
    }

    #[test]
    fn thresholds_compare_exactly() {
        let half = PPB / 2;
        assert!(!Threshold::Above(half).is_met(1, 2, 0, 1));
        assert!(Threshold::AtLeast(half).is_met(1, 2, 0, 1));
        assert!(Threshold::Above(half).is_met(u128::MAX / 2 + 1, u128::MAX, 0, 1));
        assert!(!Threshold::Above(half).is_met(u128::MAX / 2, u128::MAX, 0, 1));
        assert!(!Threshold::AtLeast(0).is_met(0, 0, 0, 1));
        assert!(Threshold::AtLeast(0).admits_nothing_cast());
        assert!(!Threshold::Above(0).admits_nothing_cast());
        assert_eq!(Threshold::Above(PPB).validate(), Err(InvalidCurve));
    }

    #[test]
    fn an_invalid_curve_requires_everything() {
        let rising = Curve::Linear {
            ceil: 1,
            floor: 2,
            length: PPB,
        };
        assert_eq!(rising.validate(), Err(InvalidCurve));
        assert_eq!(rising.threshold(1, 1), PPB);
        // Above the straight line from ceiling to floor
        let concave = Curve::Reciprocal {
            ceil: PPB,
            floor: 0,
            delay: PPB / 2,
            level: PPB / 2 + 1,
        };
        assert_eq!(concave.validate(), Err(InvalidCurve));
    }
}
