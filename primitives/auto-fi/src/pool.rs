//! A pool of two assets that keeps its own reserves: what is sent to its account without a call changes nothing here.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::math::{MathError, PPM, U256, add, mul_div_down, mul_div_up, product, sub};
use crate::{constant_product, stable};

/// Liquidity of the first deposit that nobody gets.
pub const MINIMUM_LIQUIDITY: u128 = 1000;
/// Reserves are below this, 2^112.
pub const MAX_RESERVE: u128 = 1 << 112;
/// Least reserve on each side of a stable pool after a swap, in its smallest unit.
pub const MIN_STABLE_RESERVE: u128 = 1_000_000;
/// Largest share of the fee that the protocol may take, in millionths.
pub const MAX_PROTOCOL_SHARE_PPM: u32 = 250_000;
/// Largest change of a stable pool's amplification in a day, as a factor.
pub const MAX_AMPLIFICATION_CHANGE: u32 = 2;

/// Why a pool refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SwapError {
    /// Arithmetic.
    #[error(transparent)]
    Math(#[from] MathError),
    /// Nothing is paid in.
    #[error("nothing is paid in")]
    InsufficientInput,
    /// Nothing would be paid out.
    #[error("nothing would be paid out")]
    InsufficientOutput,
    /// The pool has too little for this.
    #[error("the pool has too little liquidity")]
    InsufficientLiquidity,
    /// A reserve would be 2^112 or more.
    #[error("a reserve would reach 2^112")]
    ReserveOverflow,
    /// A reserve of a stable pool would be under its minimum.
    #[error("a reserve would fall below the minimum of a stable pool")]
    MinReserve,
    /// The stable curve found no solution.
    #[error("the stable curve did not converge")]
    NotConverged,
    /// A fee of one or more, or a protocol share over its maximum.
    #[error("the fee must be below one and the protocol's share of it at most a quarter")]
    Fee,
    /// Amplification out of range, or its ramp too steep.
    #[error("the amplification is out of range or changes too quickly")]
    Amplification,
    /// Decimals that cannot be scaled to 18.
    #[error("an asset of a stable pool has 18 decimals at most")]
    Decimals,
}

/// One of the two assets of a pool.
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
pub enum Side {
    /// The asset with the lower id.
    A,
    /// The asset with the higher id.
    B,
}

impl Side {
    /// The other asset.
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// Amplification of a stable pool, which moves linearly from one value to another.
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
pub struct Amplification {
    /// A · 100 until `start_ms`.
    pub from: u32,
    /// A · 100 from `end_ms` on.
    pub to: u32,
    /// When it starts to move.
    pub start_ms: u64,
    /// When it has arrived.
    pub end_ms: u64,
}

impl Amplification {
    /// An amplification A · 100 that stays.
    pub const fn constant(amplification: u32) -> Self {
        Self {
            from: amplification,
            to: amplification,
            start_ms: 0,
            end_ms: 0,
        }
    }

    /// The value at `now_ms`, rounded towards `from`.
    pub fn at(&self, now_ms: u64) -> u32 {
        let (Some(passed), Some(length)) = (
            now_ms.checked_sub(self.start_ms),
            self.end_ms.checked_sub(self.start_ms),
        ) else {
            return if now_ms < self.start_ms {
                self.from
            } else {
                self.to
            };
        };
        if passed >= length {
            return self.to;
        }
        let moved = mul_div_down(self.from.abs_diff(self.to), passed, length).unwrap_or(0u32);
        if self.to > self.from {
            self.from.saturating_add(moved)
        } else {
            self.from.saturating_sub(moved)
        }
    }

    /// A ramp from the value at `now_ms` to `to`, over `duration_ms`. It must not change the value more than
    /// [`MAX_AMPLIFICATION_CHANGE`]-fold in `day_ms` or less.
    pub fn ramp(
        &self,
        to: u32,
        now_ms: u64,
        duration_ms: u64,
        day_ms: u64,
    ) -> Result<Self, SwapError> {
        let from = self.at(now_ms);
        let range = stable::MIN_AMPLIFICATION..=stable::MAX_AMPLIFICATION;
        let most = from.max(to);
        let least = from.min(to).saturating_mul(MAX_AMPLIFICATION_CHANGE);
        if !range.contains(&to) || duration_ms < day_ms || most > least {
            return Err(SwapError::Amplification);
        }
        let end_ms = now_ms.checked_add(duration_ms).ok_or(MathError::Overflow)?;
        Ok(Self {
            from,
            to,
            start_ms: now_ms,
            end_ms,
        })
    }
}

/// The curve of a pool.
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
pub enum Curve {
    /// x · y = k; the fee is taken from what comes in.
    ConstantProduct,
    /// [`stable`]; the fee is taken from what goes out.
    Stable {
        /// Amplification.
        amplification: Amplification,
        /// Decimals of the first asset.
        decimals_a: u8,
        /// Decimals of the second asset.
        decimals_b: u8,
    },
}

/// A pool of two assets.
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
pub struct Pool {
    /// How it prices.
    pub curve: Curve,
    /// Fee of a swap in millionths, below 10^6.
    pub fee_ppm: u32,
    /// The protocol's share of the fee in millionths.
    pub protocol_share_ppm: u32,
    /// First asset, without the protocol's fees.
    pub reserve_a: u128,
    /// Second asset, without the protocol's fees.
    pub reserve_b: u128,
    /// Liquidity, with what is locked.
    pub liquidity: u128,
    /// Fees of the protocol in the first asset.
    pub fees_a: u128,
    /// Fees of the protocol in the second asset.
    pub fees_b: u128,
}

/// A swap.
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
pub struct Swap {
    /// The asset that is paid in.
    pub side_in: Side,
    /// What is paid in.
    pub amount_in: u128,
    /// What is paid out.
    pub amount_out: u128,
    /// The asset the fee is in.
    pub fee_side: Side,
    /// The fee, which is part of what is paid in or was taken from what is paid out.
    pub fee: u128,
    /// The protocol's share of it.
    pub protocol_fee: u128,
}

/// Liquidity that is added or removed.
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
pub struct Liquidity {
    /// Amount of the first asset.
    pub amount_a: u128,
    /// Amount of the second asset.
    pub amount_b: u128,
    /// Liquidity that its owner gets or gives.
    pub liquidity: u128,
    /// Liquidity that is locked for ever: that of the first deposit.
    pub locked: u128,
}

impl Pool {
    /// A pool without liquidity.
    pub fn new(curve: Curve, fee_ppm: u32, protocol_share_ppm: u32) -> Result<Self, SwapError> {
        if fee_ppm >= PPM || protocol_share_ppm > MAX_PROTOCOL_SHARE_PPM {
            return Err(SwapError::Fee);
        }
        if let Curve::Stable {
            amplification,
            decimals_a,
            decimals_b,
        } = curve
        {
            let range = stable::MIN_AMPLIFICATION..=stable::MAX_AMPLIFICATION;
            if !range.contains(&amplification.from) || !range.contains(&amplification.to) {
                return Err(SwapError::Amplification);
            }
            scale(decimals_a)?;
            scale(decimals_b)?;
        }
        Ok(Self {
            curve,
            fee_ppm,
            protocol_share_ppm,
            reserve_a: 0,
            reserve_b: 0,
            liquidity: 0,
            fees_a: 0,
            fees_b: 0,
        })
    }

    /// The reserve of one asset.
    pub const fn reserve(&self, side: Side) -> u128 {
        match side {
            Side::A => self.reserve_a,
            Side::B => self.reserve_b,
        }
    }

    /// What a swap of exactly `amount_in` would be.
    pub fn quote_exact_in(
        &self,
        side_in: Side,
        amount_in: u128,
        now_ms: u64,
    ) -> Result<Swap, SwapError> {
        let reserve_in = self.reserve(side_in);
        let reserve_out = self.reserve(side_in.other());
        match self.curve {
            Curve::ConstantProduct => {
                let amount_out = constant_product::amount_out_down(
                    amount_in,
                    reserve_in,
                    reserve_out,
                    self.fee_ppm,
                )?;
                self.constant_product_swap(side_in, amount_in, amount_out)
            }
            Curve::Stable { amplification, .. } => {
                let scale_out = self.scale(side_in.other())?;
                let scaled_out = stable::amount_out_down(
                    scaled(amount_in, self.scale(side_in)?)?,
                    scaled(reserve_in, self.scale(side_in)?)?,
                    scaled(reserve_out, scale_out)?,
                    amplification.at(now_ms),
                )?;
                let before_fee: u128 = mul_div_down(scaled_out, 1u8, scale_out)?;
                // Rounded down: the curve's rounding is on top of the fee, not part of it
                let fee = mul_div_down(before_fee, self.fee_ppm, PPM)?;
                self.stable_swap(side_in, amount_in, sub(before_fee, fee)?, fee)
            }
        }
    }

    /// What a swap that pays out exactly `amount_out` would be.
    pub fn quote_exact_out(
        &self,
        side_in: Side,
        amount_out: u128,
        now_ms: u64,
    ) -> Result<Swap, SwapError> {
        let reserve_in = self.reserve(side_in);
        let reserve_out = self.reserve(side_in.other());
        match self.curve {
            Curve::ConstantProduct => {
                let amount_in = constant_product::amount_in_up(
                    amount_out,
                    reserve_in,
                    reserve_out,
                    self.fee_ppm,
                )?;
                self.constant_product_swap(side_in, amount_in, amount_out)
            }
            Curve::Stable { amplification, .. } => {
                let rest = PPM.checked_sub(self.fee_ppm).ok_or(SwapError::Fee)?;
                let before_fee: u128 = mul_div_up(amount_out, PPM, rest)?;
                let scale_in = self.scale(side_in)?;
                let scaled_in = stable::amount_in_up(
                    scaled(before_fee, self.scale(side_in.other())?)?,
                    scaled(reserve_in, scale_in)?,
                    scaled(reserve_out, self.scale(side_in.other())?)?,
                    amplification.at(now_ms),
                )?;
                let amount_in = mul_div_up(scaled_in, 1u8, scale_in)?;
                self.stable_swap(side_in, amount_in, amount_out, sub(before_fee, amount_out)?)
            }
        }
    }

    fn constant_product_swap(
        &self,
        side_in: Side,
        amount_in: u128,
        amount_out: u128,
    ) -> Result<Swap, SwapError> {
        Ok(Swap {
            side_in,
            amount_in,
            amount_out,
            fee_side: side_in,
            fee: constant_product::fee_up(amount_in, self.fee_ppm)?,
            protocol_fee: constant_product::protocol_fee_up(
                amount_in,
                self.fee_ppm,
                self.protocol_share_ppm,
            )?,
        })
    }

    fn stable_swap(
        &self,
        side_in: Side,
        amount_in: u128,
        amount_out: u128,
        fee: u128,
    ) -> Result<Swap, SwapError> {
        if amount_out == 0 {
            return Err(SwapError::InsufficientOutput);
        }
        Ok(Swap {
            side_in,
            amount_in,
            amount_out,
            fee_side: side_in.other(),
            fee,
            protocol_fee: mul_div_up(fee, self.protocol_share_ppm, PPM)?,
        })
    }

    /// Swaps exactly `amount_in`.
    pub fn swap_exact_in(
        &mut self,
        side_in: Side,
        amount_in: u128,
        now_ms: u64,
    ) -> Result<Swap, SwapError> {
        let swap = self.quote_exact_in(side_in, amount_in, now_ms)?;
        *self = self.after(&swap)?;
        Ok(swap)
    }

    /// Swaps for exactly `amount_out`.
    pub fn swap_exact_out(
        &mut self,
        side_in: Side,
        amount_out: u128,
        now_ms: u64,
    ) -> Result<Swap, SwapError> {
        let swap = self.quote_exact_out(side_in, amount_out, now_ms)?;
        *self = self.after(&swap)?;
        Ok(swap)
    }

    /// This pool after `swap`.
    fn after(&self, swap: &Swap) -> Result<Self, SwapError> {
        let mut pool = *self;
        let (reserve_in, reserve_out) = match swap.side_in {
            Side::A => (&mut pool.reserve_a, &mut pool.reserve_b),
            Side::B => (&mut pool.reserve_b, &mut pool.reserve_a),
        };
        *reserve_in = add(*reserve_in, swap.amount_in)?;
        *reserve_out = sub(*reserve_out, swap.amount_out)?;
        let (reserve, fees) = match swap.fee_side {
            Side::A => (&mut pool.reserve_a, &mut pool.fees_a),
            Side::B => (&mut pool.reserve_b, &mut pool.fees_b),
        };
        *reserve = sub(*reserve, swap.protocol_fee)?;
        *fees = add(*fees, swap.protocol_fee)?;
        if let Curve::Stable { .. } = pool.curve
            && pool.reserve_a.min(pool.reserve_b) < MIN_STABLE_RESERVE
        {
            return Err(SwapError::MinReserve);
        }
        pool.checked()
    }

    /// This pool, if its reserves are in range.
    fn checked(self) -> Result<Self, SwapError> {
        if self.reserve_a.max(self.reserve_b) >= MAX_RESERVE {
            return Err(SwapError::ReserveOverflow);
        }
        Ok(self)
    }

    /// What adding at most `desired_a` and `desired_b` would be: all of it if it is the first deposit, else as much as
    /// is in the ratio of the reserves.
    pub fn quote_add(
        &self,
        desired_a: u128,
        desired_b: u128,
        now_ms: u64,
    ) -> Result<Liquidity, SwapError> {
        if desired_a == 0 || desired_b == 0 {
            return Err(SwapError::InsufficientInput);
        }
        if self.liquidity == 0 {
            let total = match self.curve {
                Curve::ConstantProduct => {
                    constant_product::first_liquidity_down(desired_a, desired_b)?
                }
                Curve::Stable { amplification, .. } => stable::invariant_down(
                    scaled(desired_a, self.scale(Side::A)?)?,
                    scaled(desired_b, self.scale(Side::B)?)?,
                    amplification.at(now_ms),
                )?,
            };
            return Ok(Liquidity {
                amount_a: desired_a,
                amount_b: desired_b,
                liquidity: total
                    .checked_sub(MINIMUM_LIQUIDITY)
                    .filter(|liquidity| *liquidity > 0)
                    .ok_or(SwapError::InsufficientLiquidity)?,
                locked: MINIMUM_LIQUIDITY,
            });
        }
        let by_a: u128 = mul_div_down(desired_a, self.liquidity, self.reserve_a)?;
        let by_b = mul_div_down(desired_b, self.liquidity, self.reserve_b)?;
        let liquidity = by_a.min(by_b);
        if liquidity == 0 {
            return Err(SwapError::InsufficientLiquidity);
        }
        Ok(Liquidity {
            amount_a: mul_div_up(liquidity, self.reserve_a, self.liquidity)?,
            amount_b: mul_div_up(liquidity, self.reserve_b, self.liquidity)?,
            liquidity,
            locked: 0,
        })
    }

    /// Adds liquidity.
    pub fn add(
        &mut self,
        desired_a: u128,
        desired_b: u128,
        now_ms: u64,
    ) -> Result<Liquidity, SwapError> {
        let added = self.quote_add(desired_a, desired_b, now_ms)?;
        let minted = add(added.liquidity, added.locked)?;
        *self = Self {
            reserve_a: add(self.reserve_a, added.amount_a)?,
            reserve_b: add(self.reserve_b, added.amount_b)?,
            liquidity: add(self.liquidity, minted)?,
            ..*self
        }
        .checked()?;
        Ok(added)
    }

    /// What removing `liquidity` would be.
    pub fn quote_remove(&self, liquidity: u128) -> Result<Liquidity, SwapError> {
        let most = self.liquidity.checked_sub(MINIMUM_LIQUIDITY);
        if liquidity == 0 || most.is_none_or(|most| liquidity > most) {
            return Err(SwapError::InsufficientLiquidity);
        }
        let amount_a = mul_div_down(liquidity, self.reserve_a, self.liquidity)?;
        let amount_b = mul_div_down(liquidity, self.reserve_b, self.liquidity)?;
        if amount_a == 0 || amount_b == 0 {
            return Err(SwapError::InsufficientOutput);
        }
        Ok(Liquidity {
            amount_a,
            amount_b,
            liquidity,
            locked: 0,
        })
    }

    /// Removes `liquidity`.
    pub fn remove(&mut self, liquidity: u128) -> Result<Liquidity, SwapError> {
        let removed = self.quote_remove(liquidity)?;
        *self = Self {
            reserve_a: sub(self.reserve_a, removed.amount_a)?,
            reserve_b: sub(self.reserve_b, removed.amount_b)?,
            liquidity: sub(self.liquidity, removed.liquidity)?,
            ..*self
        };
        Ok(removed)
    }

    /// Takes the protocol's fees out: first asset, second asset.
    pub fn collect_fees(&mut self) -> (u128, u128) {
        (
            core::mem::take(&mut self.fees_a),
            core::mem::take(&mut self.fees_b),
        )
    }

    /// What to multiply an asset's amounts with so that both assets have 18 decimals; one where it does not matter.
    fn scale(&self, side: Side) -> Result<u64, SwapError> {
        match (self.curve, side) {
            (Curve::ConstantProduct, _) => Ok(1),
            (Curve::Stable { decimals_a, .. }, Side::A) => scale(decimals_a),
            (Curve::Stable { decimals_b, .. }, Side::B) => scale(decimals_b),
        }
    }
}

/// 10^(18 − `decimals`).
fn scale(decimals: u8) -> Result<u64, SwapError> {
    18u32
        .checked_sub(decimals.into())
        .and_then(|exponent| 10u64.checked_pow(exponent))
        .ok_or(SwapError::Decimals)
}

/// An amount with 18 decimals.
fn scaled(amount: u128, scale: u64) -> Result<u128, SwapError> {
    amount
        .checked_mul(scale.into())
        .ok_or(SwapError::ReserveOverflow)
}

/// Whether the price of the first asset in the second has moved by more than `limit_bps` between two pairs of
/// reserves (first asset, second asset): to more than 1 + limit or less than 1 − limit of what it was.
pub fn price_moved_beyond(
    before: (u128, u128),
    after: (u128, u128),
    limit_bps: u32,
) -> Result<bool, MathError> {
    // after.b / after.a against before.b / before.a
    let new = product(after.1, before.0)?;
    let old = product(before.1, after.0)?;
    let limit = u64::from(limit_bps);
    let one = u64::from(crate::math::BPS);
    let beyond =
        |price: U256, factor: u64, bound: U256| -> Result<core::cmp::Ordering, MathError> {
            Ok(price
                .full_mul(one.into())
                .cmp(&bound.full_mul(factor.into())))
        };
    let above = beyond(new, one.saturating_add(limit), old)?.is_gt();
    let below = beyond(new, one.saturating_sub(limit), old)?.is_lt();
    Ok(above || below)
}
