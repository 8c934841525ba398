//! Shares of a pot of assets, with a virtual offset: an empty pot counts as [`VIRTUAL_ASSETS`] owned by
//! [`VIRTUAL_SHARES`], so that a share has a price before anybody has paid in, and whoever moves that price pays for it
//! mostly to the virtual shares.

use crate::math::{MathError, U256, mul_div_down, mul_div_up};

/// Shares that nobody owns.
pub const VIRTUAL_SHARES: u128 = 1_000_000;
/// Assets behind them.
pub const VIRTUAL_ASSETS: u128 = 1;

/// Assets and shares of a pot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pot {
    /// Assets in it.
    pub assets: u128,
    /// Shares that own it.
    pub shares: u128,
}

impl Pot {
    fn virtual_assets(&self) -> Result<U256, MathError> {
        U256::from(self.assets)
            .checked_add(VIRTUAL_ASSETS.into())
            .ok_or(MathError::Overflow)
    }

    fn virtual_shares(&self) -> Result<U256, MathError> {
        U256::from(self.shares)
            .checked_add(VIRTUAL_SHARES.into())
            .ok_or(MathError::Overflow)
    }

    /// Shares for `assets` paid in: ⌊assets · (S + 10^6) / (A + 1)⌋.
    pub fn shares_down(&self, assets: u128) -> Result<u128, MathError> {
        mul_div_down(assets, self.virtual_shares()?, self.virtual_assets()?)
    }

    /// Shares for `assets` taken out: ⌈assets · (S + 10^6) / (A + 1)⌉.
    pub fn shares_up(&self, assets: u128) -> Result<u128, MathError> {
        mul_div_up(assets, self.virtual_shares()?, self.virtual_assets()?)
    }

    /// What `shares` are worth: ⌊shares · (A + 1) / (S + 10^6)⌋.
    pub fn assets_down(&self, shares: u128) -> Result<u128, MathError> {
        mul_div_down(shares, self.virtual_assets()?, self.virtual_shares()?)
    }

    /// What `shares` owe: ⌈shares · (A + 1) / (S + 10^6)⌉.
    pub fn assets_up(&self, shares: u128) -> Result<u128, MathError> {
        mul_div_up(shares, self.virtual_assets()?, self.virtual_shares()?)
    }
}
