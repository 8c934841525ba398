//! Amounts by chain, with one encoding for each value.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use codec::{Compact, Decode, DecodeWithMemTracking, Encode, Input, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::limits::MAX_CHAINS;
use crate::{Balance, ChainId};

/// Amounts by chain: at most [`MAX_CHAINS`], none of them zero.
///
/// In SCALE a compact count, then the entries in the order of their chains. Entries out of order, repeated or zero do not
/// decode, so that a receipt has one encoding and a bundle one hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, TypeInfo)]
pub struct ChainAmounts(BTreeMap<ChainId, Balance>);

/// Why an amount cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainAmountsError {
    /// There are amounts for [`MAX_CHAINS`] other chains.
    #[error("there are amounts for {MAX_CHAINS} other chains; a block has room for no more")]
    Full,
    /// The sum does not fit.
    #[error("the amount for {0:?} overflows")]
    Overflow(ChainId),
}

impl ChainAmounts {
    /// The amount for `chain`, zero if there is none.
    pub fn get(&self, chain: ChainId) -> Balance {
        self.0.get(&chain).copied().unwrap_or_default()
    }

    /// Adds to the amount for `chain`. An error changes nothing.
    pub fn add(&mut self, chain: ChainId, amount: Balance) -> Result<(), ChainAmountsError> {
        if amount == 0 {
            return Ok(());
        }
        if let Some(present) = self.0.get_mut(&chain) {
            *present = present
                .checked_add(amount)
                .ok_or(ChainAmountsError::Overflow(chain))?;
        } else if self.0.len() < max_chains() {
            self.0.insert(chain, amount);
        } else {
            return Err(ChainAmountsError::Full);
        }
        Ok(())
    }

    /// Sum over all chains; `None` if it overflows.
    pub fn total(&self) -> Option<Balance> {
        self.0
            .values()
            .try_fold(0, |total: Balance, amount| total.checked_add(*amount))
    }

    /// The amounts in the order of their chains.
    pub fn iter(&self) -> impl Iterator<Item = (ChainId, Balance)> + '_ {
        self.0.iter().map(|(chain, amount)| (*chain, *amount))
    }

    /// Whether there is no amount.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Decode for ChainAmounts {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        let entries = Vec::<(ChainId, Balance)>::decode(input)?;
        if entries.len() > max_chains() {
            return Err("amounts for too many chains".into());
        }
        if !entries.is_sorted_by(|(chain, _), (next, _)| chain < next) {
            return Err("amounts by chain are out of order".into());
        }
        if entries.iter().any(|(_, amount)| *amount == 0) {
            return Err("an amount by chain is zero".into());
        }
        Ok(Self(entries.into_iter().collect()))
    }
}

impl DecodeWithMemTracking for ChainAmounts {}

impl MaxEncodedLen for ChainAmounts {
    fn max_encoded_len() -> usize {
        <(ChainId, Balance)>::max_encoded_len()
            .saturating_mul(max_chains())
            .saturating_add(Compact(MAX_CHAINS).encoded_size())
    }
}

/// `usize` has at least 32 bits on every target.
const fn max_chains() -> usize {
    MAX_CHAINS as usize
}

#[cfg(test)]
mod tests;
