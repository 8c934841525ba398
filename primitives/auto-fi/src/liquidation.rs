//! Liquidation: who may be liquidated, how much of a debt, for which bonus, and who gets what.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::health::{Account, CollateralParams};
use crate::math::{BPS, MathError, U256, mul_div_down, mul_div_up, power_of_ten, product, sub};
use crate::price::MAX_DECIMALS;

/// Why an account is not liquidated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiquidationError {
    /// Arithmetic.
    #[error(transparent)]
    Math(#[from] MathError),
    /// Its health factor is one or more.
    #[error("the account is healthy")]
    NotLiquidatable,
    /// Its health factor is so low that paying part of the debt for any bonus lowers it further.
    #[error("the account is too far gone to be liquidated; the protocol absorbs it")]
    MustAbsorb,
    /// More of the debt than the close factor allows.
    #[error("more of the debt than the close factor allows")]
    CloseFactor,
    /// Nothing would be seized.
    #[error("nothing would be seized")]
    NothingSeized,
    /// Debt or collateral that is left is too little.
    #[error("what is left of debt and collateral would be dust")]
    DustLeft,
}

/// Thresholds of liquidations, the same for all markets. Values are US dollars · 10^18.
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
pub struct CloseFactor {
    /// Above this health factor (basis points) only part of a debt may be paid.
    pub partial_above: u16,
    /// That part, basis points.
    pub part: u16,
    /// A debt up to this value may always be paid in full.
    pub full_up_to: u128,
    /// Debt and collateral that are left are worth this at least, or one of them is zero.
    pub least_left: u128,
}

impl Default for CloseFactor {
    fn default() -> Self {
        Self {
            partial_above: 9_500,
            part: 5_000,
            full_up_to: 2_000 * crate::math::WAD,
            least_left: 1_000 * crate::math::WAD,
        }
    }
}

impl CloseFactor {
    /// The most of a `debt` worth `debt_value` that one liquidation of `account` may repay: a part of it, rounded down,
    /// or all.
    pub fn max_repay_down(
        &self,
        account: &Account,
        debt: u128,
        debt_value: U256,
    ) -> Result<u128, MathError> {
        // Health factor > bound, without dividing
        let bound = account
            .debt
            .checked_mul(self.partial_above.into())
            .ok_or(MathError::Overflow)?;
        if account.threshold > bound && debt_value > U256::from(self.full_up_to) {
            mul_div_down(debt, self.part, BPS)
        } else {
            Ok(debt)
        }
    }

    /// Refuses to leave both debt and collateral, one of them worth less than the least.
    pub fn check_left(
        &self,
        debt_value: U256,
        collateral_value: U256,
    ) -> Result<(), LiquidationError> {
        let least = U256::from(self.least_left);
        let is_left = !debt_value.is_zero() && !collateral_value.is_zero();
        if is_left && (debt_value < least || collateral_value < least) {
            return Err(LiquidationError::DustLeft);
        }
        Ok(())
    }
}

/// The bonus for seizing collateral with `params` from `account`, basis points:
/// min(clamp(base + slope · (1 − HF), base, max), HF / LT − 1), rounded down.
///
/// HF / LT − 1 is where paying debt leaves the health factor as it is; so no liquidation lowers it.
pub fn bonus_bps_down(
    account: &Account,
    params: &CollateralParams,
) -> Result<u32, LiquidationError> {
    let debt = account.debt_bps()?;
    let missing = match debt.checked_sub(account.threshold) {
        None => return Err(LiquidationError::NotLiquidatable),
        Some(missing) if missing.is_zero() => return Err(LiquidationError::NotLiquidatable),
        Some(missing) => missing,
    };
    let risen: u32 = mul_div_down(params.bonus_slope, missing, debt)?;
    let bonus = u32::from(params.base_bonus)
        .checked_add(risen)
        .ok_or(MathError::Overflow)?
        .min(params.max_bonus.into());
    let debt_at_threshold = account
        .debt
        .checked_mul(params.liquidation_threshold.into())
        .ok_or(MathError::Overflow)?;
    let room = match account.threshold.checked_sub(debt_at_threshold) {
        None => return Err(LiquidationError::MustAbsorb),
        Some(room) if room.is_zero() => return Err(LiquidationError::MustAbsorb),
        Some(room) => room,
    };
    // Without a threshold the asset is no collateral, and seizing it lowers no health factor
    if debt_at_threshold.is_zero() {
        return Ok(bonus);
    }
    let most: U256 = mul_div_down(room, BPS, debt_at_threshold)?;
    Ok(u32::try_from(most).map_or(bonus, |most| bonus.min(most)))
}

/// What a liquidation is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Price of the debt's asset.
    pub debt_price: u128,
    /// Decimals of the debt's asset.
    pub debt_decimals: u8,
    /// Price of the collateral's asset.
    pub collateral_price: u128,
    /// Decimals of the collateral's asset.
    pub collateral_decimals: u8,
    /// Bonus, basis points.
    pub bonus: u32,
    /// The protocol's share of the bonus, basis points.
    pub protocol_cut: u16,
}

/// A liquidation: amounts in units of the two assets.
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
pub struct Liquidation {
    /// Debt that is repaid.
    pub repaid: u128,
    /// Collateral that is seized.
    pub seized: u128,
    /// The bonus in it, rounded down.
    pub bonus: u128,
    /// What the protocol gets of what is seized, rounded up.
    pub protocol: u128,
    /// What the liquidator gets.
    pub liquidator: u128,
}

impl Terms {
    /// What repaying `repay` seizes of `collateral`: ⌊⌊value / price⌋ · (1 + bonus)⌋. If that is more than there is, all is
    /// seized and as much repaid as that is worth, rounded up.
    pub fn liquidate(
        &self,
        repay: u128,
        collateral: u128,
    ) -> Result<Liquidation, LiquidationError> {
        if self.debt_decimals > MAX_DECIMALS || self.collateral_decimals > MAX_DECIMALS {
            return Err(MathError::Overflow.into());
        }
        let times =
            |factor: U256, price: u128| factor.checked_mul(price.into()).ok_or(MathError::Overflow);
        // What a unit of debt is worth is `debt_unit`, a unit of collateral `collateral_unit`
        let debt_unit = times(power_of_ten(self.collateral_decimals)?, self.debt_price)?;
        let collateral_unit = times(power_of_ten(self.debt_decimals)?, self.collateral_price)?;
        let with_bonus = BPS.checked_add(self.bonus).ok_or(MathError::Overflow)?;

        let base: U256 = mul_div_down(repay, debt_unit, collateral_unit)?;
        let wanted: U256 = mul_div_down(base, with_bonus, BPS)?;
        let (repaid, seized) = match u128::try_from(wanted) {
            Ok(wanted) if wanted <= collateral => (repay, wanted),
            _ => (
                mul_div_up(
                    product(collateral, BPS)?,
                    collateral_unit,
                    times(debt_unit, with_bonus.into())?,
                )?,
                collateral,
            ),
        };
        if seized == 0 || repaid == 0 {
            return Err(LiquidationError::NothingSeized);
        }
        let without_bonus: u128 = mul_div_down(seized, BPS, with_bonus)?;
        let without_bonus_up = mul_div_up(seized, BPS, with_bonus)?;
        let protocol = mul_div_up(sub(seized, without_bonus)?, self.protocol_cut, BPS)?;
        Ok(Liquidation {
            repaid,
            seized,
            bonus: sub(seized, without_bonus_up)?,
            protocol,
            liquidator: sub(seized, protocol)?,
        })
    }
}
