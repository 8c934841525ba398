//! Arithmetic of AutoFi, without FRAME and without floats.
//!
//! - [`math`]: 512-bit `mul_div`, units, square roots; [`logarithm`]: deterministic base-two logarithms;
//! - [`constant_product`], [`stable`]: the two curves; [`pool`]: a pool that keeps its own reserves; [`twap`]: its price
//!   averages;
//! - [`interest`], [`shares`], [`market`]: a lending market; [`health`], [`liquidation`]: what an account may owe, and
//!   what happens when it owes more;
//! - [`price`]: prices from feeds, two-sided valuation, loss of a trade; [`bucket`]: budgets.
//!
//! **Rounding.** A function that rounds says in its name which way: `_down` or `_up`. What a user receives is rounded
//! down, what a user pays up; shares minted down, shares burned up; debt minted up, debt forgiven down; collateral value
//! down, debt value up. Where a result is said to be the floor or the ceiling of a formula, it is that of the exact
//! rational: nothing is rounded in between.
//!
//! **No panic.** Every function is total: what does not fit is an error, and on an error nothing has changed.
//!
//! **Units.** Amounts are in the smallest unit of their asset, `u128`. Prices are US dollars · 10^8 per whole unit of an
//! asset, values US dollars · 10^18. Rates and indices are [`math::RAY`]; fees are [`math::PPM`], risk parameters
//! [`math::BPS`]. Times are milliseconds.
//!
//! Golden vectors: `test/vectors/auto-fi.json`.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

pub mod bucket;
pub mod constant_product;
pub mod health;
pub mod interest;
pub mod liquidation;
pub mod logarithm;
pub mod market;
pub mod math;
pub mod pool;
pub mod price;
pub mod shares;
pub mod stable;
pub mod twap;

#[cfg(test)]
mod tests;
