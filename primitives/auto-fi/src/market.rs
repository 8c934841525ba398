//! The books of one lending market. They are kept here and nowhere else: what is sent to the market's account without
//! a call changes nothing.
//!
//! The identity `supplied = cash + borrowed + deficit − reserves` holds always, for `supplied` is not stored but computed
//! from it. The deficit is debt that nobody owes any more: suppliers still own it, and the protocol owes it to them.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::interest::{InterestModel, compound_up, supply_rate_down, utilisation_up};
use crate::math::{BPS, MathError, RAY, U256, add, mul_div_up, sub};
use crate::shares::Pot;

/// Why a market refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarketError {
    /// Arithmetic.
    #[error(transparent)]
    Math(#[from] MathError),
    /// Assets would move for no shares, or shares for no assets.
    #[error("the amount is worth no share, or the shares no unit")]
    ZeroShares,
    /// More than the market has in cash.
    #[error("the market has too little cash")]
    InsufficientCash,
    /// More shares than the position has.
    #[error("the position has fewer shares")]
    InsufficientShares,
    /// More than the reserves or the deficit hold.
    #[error("more than there is in reserves or deficit")]
    InsufficientReserves,
}

/// The books of one market, in units of its asset and in shares.
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
pub struct Market {
    /// What the market holds.
    pub cash: u128,
    /// What borrowers owe.
    pub borrowed: u128,
    /// What the protocol owns of it.
    pub reserves: u128,
    /// Debt that was written off and not covered.
    pub deficit: u128,
    /// Shares of suppliers.
    pub supply_shares: u128,
    /// Shares of debt.
    pub borrow_shares: u128,
    /// What a debt of one ray has grown to since the market exists.
    pub borrow_index: U256,
    /// Up to when interest is charged.
    pub accrued_ms: u64,
}

/// Assets and shares that moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Units of the asset.
    pub assets: u128,
    /// Shares.
    pub shares: u128,
}

impl Moved {
    fn checked(self) -> Result<Self, MarketError> {
        if self.assets == 0 || self.shares == 0 {
            return Err(MarketError::ZeroShares);
        }
        Ok(self)
    }
}

impl Market {
    /// An empty market.
    pub fn new(now_ms: u64) -> Self {
        Self {
            cash: 0,
            borrowed: 0,
            reserves: 0,
            deficit: 0,
            supply_shares: 0,
            borrow_shares: 0,
            borrow_index: RAY.into(),
            accrued_ms: now_ms,
        }
    }

    /// Charges interest up to `now_ms`: debt grows by ⌈debt · growth⌉, reserves take ⌈interest · reserve factor⌉ of it.
    /// Returns the interest.
    ///
    /// It cannot fail, so that everything that charges first, repayment above all, cannot fail for it: interest that would
    /// not fit is not charged.
    pub fn accrue(&mut self, model: &InterestModel, reserve_factor_bps: u16, now_ms: u64) -> u128 {
        let Some(elapsed) = now_ms
            .checked_sub(self.accrued_ms)
            .filter(|elapsed| *elapsed > 0)
        else {
            return 0;
        };
        let (grown, interest) = self
            .grown(model, reserve_factor_bps, elapsed)
            .unwrap_or((*self, 0));
        *self = Self {
            accrued_ms: now_ms,
            ..grown
        };
        interest
    }

    fn grown(
        &self,
        model: &InterestModel,
        reserve_factor_bps: u16,
        elapsed_ms: u64,
    ) -> Result<(Self, u128), MathError> {
        let rate = model.rate_up(self.utilisation_up())?;
        let factor = compound_up(rate, elapsed_ms)?;
        let growth = factor.checked_sub(RAY.into()).ok_or(MathError::Overflow)?;
        let interest = mul_div_up(self.borrowed, growth, RAY)?;
        let share = mul_div_up(interest, reserve_factor_bps, BPS)?;
        let grown = Self {
            borrowed: add(self.borrowed, interest)?,
            reserves: add(self.reserves, share)?,
            borrow_index: mul_div_up(self.borrow_index, factor, RAY)?,
            ..*self
        };
        // All that is computed from the totals must stay possible
        grown.supplied()?;
        Ok((grown, interest))
    }

    /// Share of the funds that is borrowed, ray, rounded up.
    pub fn utilisation_up(&self) -> u128 {
        utilisation_up(self.cash, self.borrowed, self.reserves)
    }

    /// What suppliers earn a year, ray, rounded down.
    pub fn supply_rate_down(
        &self,
        model: &InterestModel,
        reserve_factor_bps: u16,
    ) -> Result<u128, MathError> {
        let utilisation = self.utilisation_up();
        let unit = RAY.checked_div(BPS.into()).ok_or(MathError::Overflow)?;
        let reserve_factor = unit
            .checked_mul(reserve_factor_bps.into())
            .ok_or(MathError::Overflow)?;
        supply_rate_down(
            model.rate_up(utilisation)?,
            utilisation,
            reserve_factor,
            RAY,
        )
    }

    /// What suppliers own: cash + borrowed + deficit − reserves.
    pub fn supplied(&self) -> Result<u128, MathError> {
        sub(
            add(add(self.cash, self.borrowed)?, self.deficit)?,
            self.reserves,
        )
    }

    fn supply(&self) -> Result<Pot, MathError> {
        Ok(Pot {
            assets: self.supplied()?,
            shares: self.supply_shares,
        })
    }

    const fn debt(&self) -> Pot {
        Pot {
            assets: self.borrowed,
            shares: self.borrow_shares,
        }
    }

    /// What `shares` of suppliers are worth.
    pub fn supply_value_down(&self, shares: u128) -> Result<u128, MathError> {
        self.supply()?.assets_down(shares)
    }

    /// Supply shares that cost `assets`.
    pub fn supply_shares_up(&self, assets: u128) -> Result<u128, MathError> {
        self.supply()?.shares_up(assets)
    }

    /// What `shares` of debt owe. All of them together owe all that is borrowed, even where that is a little more than
    /// their part beside the virtual shares: the last borrower leaves nothing behind.
    pub fn debt_up(&self, shares: u128) -> Result<u128, MathError> {
        let debt = self.debt().assets_up(shares)?;
        Ok(if shares > 0 && shares == self.borrow_shares {
            debt.max(self.borrowed)
        } else {
            debt
        })
    }

    /// Supplies `assets`.
    pub fn deposit(&mut self, assets: u128) -> Result<Moved, MarketError> {
        let moved = Moved {
            assets,
            shares: self.supply()?.shares_down(assets)?,
        }
        .checked()?;
        *self = Self {
            cash: add(self.cash, assets)?,
            supply_shares: add(self.supply_shares, moved.shares)?,
            ..*self
        }
        .computable()?;
        Ok(moved)
    }

    /// Withdraws `assets` from a position of `position` shares.
    pub fn withdraw(&mut self, assets: u128, position: u128) -> Result<Moved, MarketError> {
        let shares = self.supply_shares_up(assets)?;
        self.pay_out(Moved { assets, shares }, position)
    }

    /// Withdraws what `shares` are worth.
    pub fn redeem(&mut self, shares: u128) -> Result<Moved, MarketError> {
        let assets = self.supply_value_down(shares)?;
        self.pay_out(Moved { assets, shares }, shares)
    }

    fn pay_out(&mut self, moved: Moved, position: u128) -> Result<Moved, MarketError> {
        let moved = moved.checked()?;
        if moved.shares > position {
            return Err(MarketError::InsufficientShares);
        }
        *self = Self {
            cash: self
                .cash
                .checked_sub(moved.assets)
                .ok_or(MarketError::InsufficientCash)?,
            supply_shares: self
                .supply_shares
                .checked_sub(moved.shares)
                .ok_or(MarketError::InsufficientShares)?,
            ..*self
        }
        .computable()?;
        Ok(moved)
    }

    /// Borrows `assets`.
    pub fn borrow(&mut self, assets: u128) -> Result<Moved, MarketError> {
        let moved = Moved {
            assets,
            shares: self.debt().shares_up(assets)?,
        }
        .checked()?;
        *self = Self {
            cash: self
                .cash
                .checked_sub(assets)
                .ok_or(MarketError::InsufficientCash)?,
            borrowed: add(self.borrowed, assets)?,
            borrow_shares: add(self.borrow_shares, moved.shares)?,
            ..*self
        };
        Ok(moved)
    }

    /// Repays at most `max_assets` of a debt of `position` shares: all of it if that suffices, else as many shares as are
    /// paid for in full.
    pub fn repay(&mut self, max_assets: u128, position: u128) -> Result<Moved, MarketError> {
        let debt = self.debt_up(position)?;
        let moved = if max_assets >= debt {
            Moved {
                assets: debt,
                shares: position,
            }
        } else {
            Moved {
                assets: max_assets,
                // A debt is gone only when it is paid to the last unit
                shares: self
                    .debt()
                    .shares_down(max_assets)?
                    .min(position.saturating_sub(1)),
            }
        }
        .checked()?;
        *self = Self {
            cash: add(self.cash, moved.assets)?,
            ..self.without_debt(moved)?
        }
        .computable()?;
        Ok(moved)
    }

    /// Writes off the whole debt of `position` shares. It joins the deficit, and interest on it ends.
    pub fn write_off(&mut self, position: u128) -> Result<Moved, MarketError> {
        let moved = Moved {
            assets: self.debt_up(position)?.min(self.borrowed),
            shares: position,
        }
        .checked()?;
        *self = Self {
            deficit: add(self.deficit, moved.assets)?,
            ..self.without_debt(moved)?
        };
        Ok(moved)
    }

    fn without_debt(&self, moved: Moved) -> Result<Self, MarketError> {
        Ok(Self {
            // What a debt is rounded up by, nobody borrowed
            borrowed: self.borrowed.saturating_sub(moved.assets),
            borrow_shares: self
                .borrow_shares
                .checked_sub(moved.shares)
                .ok_or(MarketError::InsufficientShares)?,
            ..*self
        })
    }

    /// Gives the worth of `shares` of a supplier to the reserves.
    pub fn confiscate(&mut self, shares: u128) -> Result<Moved, MarketError> {
        let moved = Moved {
            assets: self.supply_value_down(shares)?,
            shares,
        }
        .checked()?;
        *self = Self {
            reserves: add(self.reserves, moved.assets)?,
            supply_shares: self
                .supply_shares
                .checked_sub(shares)
                .ok_or(MarketError::InsufficientShares)?,
            ..*self
        };
        Ok(moved)
    }

    /// Covers as much of the deficit as the reserves allow; returns how much.
    pub fn cover_from_reserves(&mut self) -> u128 {
        let covered = self.deficit.min(self.reserves);
        self.deficit = self.deficit.saturating_sub(covered);
        self.reserves = self.reserves.saturating_sub(covered);
        covered
    }

    /// Covers `assets` of the deficit with what is paid in for it.
    pub fn cover(&mut self, assets: u128) -> Result<(), MarketError> {
        *self = Self {
            cash: add(self.cash, assets)?,
            deficit: self
                .deficit
                .checked_sub(assets)
                .ok_or(MarketError::InsufficientReserves)?,
            ..*self
        };
        Ok(())
    }

    /// Makes suppliers bear `assets` of the deficit: the price of their shares falls. The only thing that lowers it.
    pub fn haircut(&mut self, assets: u128) -> Result<(), MarketError> {
        let after = Self {
            deficit: self
                .deficit
                .checked_sub(assets)
                .ok_or(MarketError::InsufficientReserves)?,
            ..*self
        };
        after.supplied()?;
        *self = after;
        Ok(())
    }

    /// Adds `assets` that are paid in to the reserves: a donation that was swept up.
    pub fn add_reserves(&mut self, assets: u128) -> Result<(), MarketError> {
        *self = Self {
            cash: add(self.cash, assets)?,
            reserves: add(self.reserves, assets)?,
            ..*self
        }
        .computable()?;
        Ok(())
    }

    /// Takes `assets` out of the reserves.
    pub fn take_reserves(&mut self, assets: u128) -> Result<(), MarketError> {
        *self = Self {
            cash: self
                .cash
                .checked_sub(assets)
                .ok_or(MarketError::InsufficientCash)?,
            reserves: self
                .reserves
                .checked_sub(assets)
                .ok_or(MarketError::InsufficientReserves)?,
            ..*self
        };
        Ok(())
    }

    /// This market, if what suppliers own can be computed.
    fn computable(self) -> Result<Self, MarketError> {
        self.supplied()?;
        Ok(self)
    }
}
