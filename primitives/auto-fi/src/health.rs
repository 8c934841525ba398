//! What an account may owe: factors of collateral, health factor, borrowing power.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

use crate::math::{BPS, MathError, U256, WAD, mul_div_down};

/// Risk parameters of an asset as collateral, basis points.
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
pub struct CollateralParams {
    /// Loan to value: share of its value that may be borrowed.
    pub ltv: u16,
    /// Liquidation threshold: share of its value that debt may grow to.
    pub liquidation_threshold: u16,
    /// Liquidators' bonus at a health factor of one.
    pub base_bonus: u16,
    /// Largest bonus.
    pub max_bonus: u16,
    /// What the bonus rises by as the health factor falls from one to zero.
    pub bonus_slope: u16,
    /// The protocol's share of the bonus.
    pub protocol_cut: u16,
}

/// Why risk parameters are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CollateralParamsError {
    /// Loan to value.
    #[error("loan to value must be at least 3 % below the liquidation threshold, or zero")]
    Ltv,
    /// Liquidation threshold.
    #[error("the liquidation threshold must be at most 93 %")]
    LiquidationThreshold,
    /// Bonus.
    #[error("the base bonus must be 3 % to 15 % and not above the largest bonus")]
    Bonus,
    /// Threshold and bonus together.
    #[error("liquidation threshold · (1 + largest bonus) must be at most 98 %")]
    ThresholdWithBonus,
    /// The protocol's share.
    #[error("the protocol's share of the bonus must be at most one")]
    ProtocolCut,
}

impl CollateralParams {
    /// Checks the ranges. All is allowed for an asset that is no collateral (both factors zero).
    pub fn validate(&self) -> Result<(), CollateralParamsError> {
        let threshold = u32::from(self.liquidation_threshold);
        let bonus = u32::from(self.max_bonus);
        if self.liquidation_threshold > 9_300 {
            return Err(CollateralParamsError::LiquidationThreshold);
        }
        if self.ltv > 0 && u32::from(self.ltv).saturating_add(300) > threshold {
            return Err(CollateralParamsError::Ltv);
        }
        if !(300..=1_500).contains(&self.base_bonus) || self.base_bonus > self.max_bonus {
            return Err(CollateralParamsError::Bonus);
        }
        if threshold.saturating_mul(BPS.saturating_add(bonus)) > BPS.saturating_mul(9_800) {
            return Err(CollateralParamsError::ThresholdWithBonus);
        }
        if u32::from(self.protocol_cut) > BPS {
            return Err(CollateralParamsError::ProtocolCut);
        }
        Ok(())
    }
}

/// Sums over an account's positions. Values are US dollars · 10^18.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Σ value of collateral.
    pub collateral: U256,
    /// Σ value of collateral · loan to value, · 10^4.
    pub borrowable: U256,
    /// Σ value of collateral · liquidation threshold, · 10^4.
    pub threshold: U256,
    /// Σ value of debt.
    pub debt: U256,
}

impl Account {
    /// Adds collateral worth `value`, which the caller rounded down.
    pub fn add_collateral(
        &mut self,
        value: U256,
        params: &CollateralParams,
    ) -> Result<(), MathError> {
        let add = |sum: U256, factor: u16| {
            value
                .checked_mul(factor.into())
                .and_then(|part| sum.checked_add(part))
                .ok_or(MathError::Overflow)
        };
        *self = Self {
            collateral: self
                .collateral
                .checked_add(value)
                .ok_or(MathError::Overflow)?,
            borrowable: add(self.borrowable, params.ltv)?,
            threshold: add(self.threshold, params.liquidation_threshold)?,
            debt: self.debt,
        };
        Ok(())
    }

    /// Adds debt worth `value`, which the caller rounded up.
    pub fn add_debt(&mut self, value: U256) -> Result<(), MathError> {
        self.debt = self.debt.checked_add(value).ok_or(MathError::Overflow)?;
        Ok(())
    }

    /// Debt · 10^4.
    pub(crate) fn debt_bps(&self) -> Result<U256, MathError> {
        self.debt.checked_mul(BPS.into()).ok_or(MathError::Overflow)
    }

    /// Health factor · 10^18, rounded down: collateral at its liquidation thresholds over debt. `None` without debt.
    pub fn health_factor_down(&self) -> Result<Option<U256>, MathError> {
        if self.debt.is_zero() {
            return Ok(None);
        }
        mul_div_down(self.threshold, WAD, self.debt_bps()?).map(Some)
    }

    /// Whether the health factor is below one.
    pub fn is_liquidatable(&self) -> Result<bool, MathError> {
        Ok(self.threshold < self.debt_bps()?)
    }

    /// Whether what was done to the account may stand if it raised its risk: debt within loan to value, and a health
    /// factor of at least `floor` (· 10^18, never below one).
    pub fn may_borrow(&self, floor: u128) -> Result<bool, MathError> {
        let debt = self.debt_bps()?;
        let floor = floor.max(WAD);
        Ok(debt <= self.borrowable
            && self.threshold.full_mul(WAD.into()) >= debt.full_mul(floor.into()))
    }

    /// Value that may still be borrowed, rounded down.
    pub fn headroom_down(&self) -> Result<U256, MathError> {
        let left = self
            .borrowable
            .checked_sub(self.debt_bps()?)
            .unwrap_or(U256::zero());
        mul_div_down(left, 1u8, BPS)
    }
}
