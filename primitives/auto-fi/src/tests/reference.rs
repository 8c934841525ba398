//! The formulas of AutoFi as exact rationals, each rounded where and as the specification says. Nothing here uses the
//! crate: numbers go in as integers and come out as integers.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Pow, Signed, Zero};

pub(crate) type Rational = BigRational;

pub(crate) fn int(value: impl Into<BigInt>) -> Rational {
    Rational::from_integer(value.into())
}

pub(crate) fn ratio(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> Rational {
    Rational::new(numerator.into(), denominator.into())
}

pub(crate) fn ten_to(exponent: impl Into<u32>) -> Rational {
    int(BigInt::from(10).pow(exponent.into()))
}

pub(crate) fn floor(value: &Rational) -> BigInt {
    value.floor().to_integer()
}

pub(crate) fn ceil(value: &Rational) -> BigInt {
    value.ceil().to_integer()
}

fn ppm(value: u32) -> Rational {
    ratio(value, 1_000_000)
}

pub(crate) fn bps(value: u32) -> Rational {
    ratio(value, 10_000)
}

pub(crate) fn ray() -> Rational {
    ten_to(27u32)
}

/// Constant product: what comes out of a swap, unrounded.
pub(crate) fn constant_product_out(amount: u128, x: u128, y: u128, fee_ppm: u32) -> Rational {
    let net = int(amount) * (Rational::one() - ppm(fee_ppm));
    let k = int(x) * int(y);
    int(y) - k / (int(x) + net)
}

/// Constant product: what must go in, unrounded.
pub(crate) fn constant_product_in(amount: u128, x: u128, y: u128, fee_ppm: u32) -> Rational {
    let k = int(x) * int(y);
    (k / (int(y) - int(amount)) - int(x)) / (Rational::one() - ppm(fee_ppm))
}

pub(crate) fn protocol_fee(amount: u128, fee_ppm: u32, share_ppm: u32) -> BigInt {
    let fee = int(amount) * ppm(fee_ppm);
    ceil(&(&fee * ppm(share_ppm))).min(floor(&fee))
}

/// The stable curve, multiplied by 100 · 4 · x · y so that it needs no fractions: left less right side.
fn stable_curve(x: &BigInt, y: &BigInt, d: &BigInt, amplification: u32) -> BigInt {
    let ann = BigInt::from(amplification) * 2;
    let four_products = BigInt::from(4) * x * y;
    (&ann * (x + y) + d * 100 - &ann * d) * four_products - d * d * d * 100
}

/// Whether the stable invariant of `x`, `y` is at least `d`.
pub(crate) fn stable_reaches(x: &BigInt, y: &BigInt, d: &BigInt, amplification: u32) -> bool {
    !stable_curve(x, y, d, amplification).is_negative()
}

/// The largest integer in [low, high) that holds; `low` must.
fn last(low: BigInt, high: BigInt, holds: impl Fn(&BigInt) -> bool) -> BigInt {
    let (mut low, mut high) = (low, high);
    while &high - &low > BigInt::one() {
        let middle: BigInt = (&low + &high) >> 1;
        if holds(&middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

pub(crate) fn stable_invariant_down(x: u128, y: u128, amplification: u32) -> BigInt {
    stable_invariant_down_of(&x.into(), &y.into(), amplification)
}

/// The same of balances of any size.
pub(crate) fn stable_invariant_down_of(x: &BigInt, y: &BigInt, amplification: u32) -> BigInt {
    last(BigInt::zero(), x + y + 1, |d| {
        stable_reaches(x, y, d, amplification)
    })
}

pub(crate) fn stable_invariant_up(x: u128, y: u128, amplification: u32) -> BigInt {
    let down = stable_invariant_down(x, y, amplification);
    let exact = stable_curve(&x.into(), &y.into(), &down, amplification).is_zero();
    if exact { down } else { down + 1 }
}

/// The least balance beside `x` that reaches `d`.
pub(crate) fn stable_balance(x: &BigInt, d: &BigInt, amplification: u32) -> BigInt {
    let short = |y: &BigInt| y.is_zero() || !stable_reaches(x, y, d, amplification);
    let mut high = BigInt::one();
    while short(&high) {
        high <<= 1;
    }
    last(BigInt::zero(), high, short) + 1
}

pub(crate) fn stable_out(amount: u128, x: u128, y: u128, amplification: u32) -> BigInt {
    let d = stable_invariant_up(x, y, amplification);
    let x = BigInt::from(x) + amount;
    BigInt::from(y) - stable_balance(&x, &d, amplification)
}

pub(crate) fn stable_in(amount: u128, x: u128, y: u128, amplification: u32) -> BigInt {
    let d = stable_invariant_up(x, y, amplification);
    let y = BigInt::from(y) - amount;
    stable_balance(&y, &d, amplification) - BigInt::from(x)
}

pub(crate) fn utilisation(cash: u128, borrowed: u128, reserves: u128) -> BigInt {
    let funds = int(cash) + int(borrowed) - int(reserves);
    if borrowed == 0 {
        return BigInt::zero();
    }
    if !funds.is_positive() {
        return ray().to_integer();
    }
    ceil(&(int(borrowed) * ray() / funds)).min(ray().to_integer())
}

/// Base, slopes and kink in basis points; utilisation and rate in ray.
pub(crate) fn rate(model: [u32; 4], utilisation: &BigInt) -> BigInt {
    let [base, below, above, kink] = model.map(|value| bps(value) * ray());
    let u = int(utilisation.clone());
    let low = if u < kink { u.clone() } else { kink.clone() };
    let high = &u - &low;
    let rate = ceil(&(below * low / &kink)) + ceil(&(above * high / (ray() - &kink)));
    (rate + base.to_integer()).min(BigInt::from(3) * ray().to_integer())
}

/// Growth factor, ray.
pub(crate) fn compound(rate: &BigInt, elapsed_ms: u64) -> BigInt {
    let x = int(rate.clone()) / ray() * ratio(elapsed_ms, 365u64 * 86_400_000);
    let factor = Rational::one() + &x + &x * &x / int(2) + &x * &x * &x / int(6);
    ceil(&(factor * ray()))
}

/// Price of a share.
pub(crate) fn share_price(assets: &BigInt, shares: &BigInt) -> Rational {
    ratio(assets + 1, shares + 1_000_000)
}

/// A lending market.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Market {
    pub(crate) cash: BigInt,
    pub(crate) borrowed: BigInt,
    pub(crate) reserves: BigInt,
    pub(crate) deficit: BigInt,
    pub(crate) supply_shares: BigInt,
    pub(crate) borrow_shares: BigInt,
    pub(crate) index: BigInt,
}

impl Market {
    pub(crate) fn new() -> Self {
        Self {
            cash: BigInt::zero(),
            borrowed: BigInt::zero(),
            reserves: BigInt::zero(),
            deficit: BigInt::zero(),
            supply_shares: BigInt::zero(),
            borrow_shares: BigInt::zero(),
            index: ray().to_integer(),
        }
    }

    pub(crate) fn supply_price(&self) -> Rational {
        let supplied = &self.cash + &self.borrowed + &self.deficit - &self.reserves;
        share_price(&supplied, &self.supply_shares)
    }

    pub(crate) fn debt_price(&self) -> Rational {
        share_price(&self.borrowed, &self.borrow_shares)
    }

    pub(crate) fn accrue(&mut self, model: [u32; 4], reserve_factor: u32, elapsed_ms: u64) {
        let funds = &self.cash + &self.borrowed - &self.reserves;
        let one = ray().to_integer();
        let u = if self.borrowed.is_zero() {
            BigInt::zero()
        } else if !funds.is_positive() {
            one.clone()
        } else {
            ceil(&(int(self.borrowed.clone()) * ray() / int(funds))).min(one)
        };
        let factor = int(compound(&rate(model, &u), elapsed_ms)) / ray();
        let interest = ceil(&(int(self.borrowed.clone()) * (&factor - Rational::one())));
        self.reserves += ceil(&(int(interest.clone()) * bps(reserve_factor)));
        self.borrowed += interest;
        self.index = ceil(&(int(self.index.clone()) * factor));
    }

    pub(crate) fn deposit(&mut self, assets: u128) -> BigInt {
        let shares = floor(&(int(assets) / self.supply_price()));
        self.cash += assets;
        self.supply_shares += &shares;
        shares
    }

    pub(crate) fn withdraw(&mut self, assets: u128) -> BigInt {
        let shares = ceil(&(int(assets) / self.supply_price()));
        self.cash -= assets;
        self.supply_shares -= &shares;
        shares
    }

    pub(crate) fn redeem(&mut self, shares: u128) -> BigInt {
        let assets = floor(&(int(shares) * self.supply_price()));
        self.cash -= &assets;
        self.supply_shares -= shares;
        assets
    }

    pub(crate) fn borrow(&mut self, assets: u128) -> BigInt {
        let shares = ceil(&(int(assets) / self.debt_price()));
        self.cash -= assets;
        self.borrowed += assets;
        self.borrow_shares += &shares;
        shares
    }

    pub(crate) fn owed(&self, shares: &BigInt) -> BigInt {
        let owed = ceil(&(int(shares.clone()) * self.debt_price()));
        if *shares == self.borrow_shares && !shares.is_zero() {
            owed.max(self.borrowed.clone())
        } else {
            owed
        }
    }

    fn forget(&mut self, assets: &BigInt, shares: &BigInt) {
        self.borrowed = (&self.borrowed - assets).max(BigInt::zero());
        self.borrow_shares -= shares;
    }

    /// Part of a debt.
    pub(crate) fn repay_part(&mut self, assets: u128, position: u128) -> BigInt {
        let shares = floor(&(int(assets) / self.debt_price())).min(BigInt::from(position) - 1);
        self.cash += assets;
        self.forget(&assets.into(), &shares);
        shares
    }

    /// A whole debt.
    pub(crate) fn repay_all(&mut self, position: u128) -> BigInt {
        let assets = self.owed(&position.into());
        self.cash += &assets;
        self.forget(&assets, &position.into());
        assets
    }

    pub(crate) fn write_off(&mut self, position: u128) -> BigInt {
        let assets = self.owed(&position.into()).min(self.borrowed.clone());
        self.deficit += &assets;
        self.forget(&assets, &position.into());
        assets
    }

    pub(crate) fn confiscate(&mut self, shares: u128) -> BigInt {
        let assets = floor(&(int(shares) * self.supply_price()));
        self.reserves += &assets;
        self.supply_shares -= shares;
        assets
    }
}

/// Value of an amount, US dollars · 10^18, unrounded.
pub(crate) fn value(amount: u128, price: u128, decimals: u8) -> Rational {
    int(amount) / ten_to(decimals) * int(price) / ten_to(8u32) * ten_to(18u32)
}

/// Health factor, unrounded.
pub(crate) fn health_factor(collateral: &[(BigInt, u16)], debt: &BigInt) -> Rational {
    collateral
        .iter()
        .map(|(value, threshold)| int(value.clone()) * bps((*threshold).into()))
        .fold(Rational::zero(), |sum, part| sum + part)
        / int(debt.clone())
}

/// Liquidator's bonus in basis points, `None` where the account is healthy or must be absorbed.
pub(crate) fn bonus(
    health_factor: &Rational,
    threshold: u16,
    base: u16,
    slope: u16,
    most: u16,
) -> Option<BigInt> {
    let one = Rational::one();
    let threshold = bps(threshold.into());
    if *health_factor >= one || *health_factor <= threshold {
        return None;
    }
    let wanted =
        (bps(base.into()) + bps(slope.into()) * (&one - health_factor)).min(bps(most.into()));
    let room = health_factor / threshold - one;
    Some(floor(&(wanted.min(room) * int(10_000))))
}

/// Repaid, seized, bonus, protocol's part.
pub(crate) struct Liquidation {
    pub(crate) repaid: BigInt,
    pub(crate) seized: BigInt,
    pub(crate) bonus: BigInt,
    pub(crate) protocol: BigInt,
}

/// Prices with decimals of debt and collateral.
pub(crate) fn liquidate(
    repay: u128,
    collateral: u128,
    (debt_price, debt_decimals): (u128, u8),
    (price, decimals): (u128, u8),
    bonus: u32,
    cut: u16,
) -> Liquidation {
    let factor = Rational::one() + bps(bonus);
    let exchange = int(debt_price) / ten_to(debt_decimals) / (int(price) / ten_to(decimals));
    let base = floor(&(int(repay) * &exchange));
    let wanted = floor(&(int(base) * &factor));
    let (repaid, seized) = if wanted <= BigInt::from(collateral) {
        (repay.into(), wanted)
    } else {
        (
            ceil(&(int(collateral) / &factor / &exchange)),
            collateral.into(),
        )
    };
    let principal = int(seized.clone()) / factor;
    let protocol = ceil(&(int(&seized - floor(&principal)) * bps(cut.into())));
    Liquidation {
        bonus: &seized - ceil(&principal),
        repaid,
        seized,
        protocol,
    }
}

/// A budget's level after `elapsed_ms`.
pub(crate) fn bucket_level(level: u128, capacity: u128, period_ms: u64, elapsed_ms: u64) -> BigInt {
    let flown_in = floor(&(int(capacity) * ratio(elapsed_ms, period_ms)));
    (flown_in + level).min(capacity.into())
}

/// 2^112 · y / x.
pub(crate) fn pair_price(x: u128, y: u128) -> BigInt {
    floor(&(ratio(y, x) * int(BigInt::one() << 112)))
}
