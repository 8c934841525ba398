//! The crate against the reference model, to the last digit, on numbers of all sizes.
//!
//! The comparison is one function that returns what differs, so that [`super::planted`] can ask whether it notices.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};
use std::fmt::Debug;

use super::reference::{self, bps, ceil, floor, int, ratio, ray, ten_to};
use crate::bucket::{Exceeded, Limit, TokenBucket, decayed_down};
use crate::health::{Account, CollateralParams};
use crate::interest::{
    InterestModel, KinkedRate, Slope, compound_up, supply_rate_down, utilisation_up,
};
use crate::liquidation::{CloseFactor, Terms, bonus_bps_down};
use crate::market::Market;
use crate::math::{BPS, RAY, U256, WAD, geometric_mean_down};
use crate::pool::{Amplification, Curve, MINIMUM_LIQUIDITY, Pool, Side};
use crate::price::{
    amount_down, collateral_price_down, debt_price_up, median_down, value_down, value_up,
};
use crate::twap::{
    Accumulator, Observation, log_price, price_down, quoted_price_down, quoted_price_up,
};
use crate::{constant_product, price, stable};

/// A generator of numbers (SplitMix64), the same in every run.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `bound`.
    pub(crate) fn below(&mut self, bound: u128) -> u128 {
        let wide = (u128::from(self.next()) << 64) | u128::from(self.next());
        wide % bound
    }

    /// With `low` to `high` bits, every length as likely.
    pub(crate) fn bits(&mut self, low: u32, high: u32) -> u128 {
        let bits = low + self.below(u128::from(high - low + 1)) as u32;
        let top = 1u128 << (bits - 1);
        top | self.below(top)
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u128) as usize]
    }
}

/// Refuses what differs from the model.
fn same(name: &str, ours: impl Debug, model: impl Debug) -> Result<(), String> {
    let (ours, model) = (format!("{ours:?}"), format!("{model:?}"));
    if ours == model {
        Ok(())
    } else {
        Err(format!("{name}: {ours} instead of {model}"))
    }
}

/// An integer of ours and one of the model.
fn equal<E: Debug>(
    name: &str,
    ours: Result<impl Into<U256>, E>,
    model: impl Into<BigInt>,
) -> Result<(), String> {
    let ours = ours.map_err(|error| format!("{name}: {error:?}"))?;
    same(name, big(ours), model.into())
}

pub(crate) fn big(value: impl Into<U256>) -> BigInt {
    value.into().to_string().parse().expect("a number")
}

fn check(name: &str, holds: bool) -> Result<(), String> {
    if holds { Ok(()) } else { Err(name.into()) }
}

/// Everything, `cases` times.
pub(crate) fn compare(seed: u64, cases: u32) -> Result<(), String> {
    let numbers = &mut Numbers(seed);
    for _ in 0..cases {
        constant_product_curve(numbers)?;
        stable_curve(numbers)?;
        pools(numbers)?;
        rates(numbers)?;
        markets(numbers)?;
        prices(numbers)?;
        accounts(numbers)?;
        liquidations(numbers)?;
        budgets(numbers)?;
        averages(numbers)?;
    }
    Ok(())
}

fn constant_product_curve(numbers: &mut Numbers) -> Result<(), String> {
    let (x, y) = (numbers.bits(10, 112), numbers.bits(10, 112));
    let fee = numbers.pick(&[0, 100, 500, 3000, 10_000, 250_000]);
    let amount = numbers.bits(1, 112);
    let out = floor(&reference::constant_product_out(amount, x, y, fee));
    if out > BigInt::zero() {
        equal(
            "amount out",
            constant_product::amount_out_down(amount, x, y, fee),
            out,
        )?;
    }
    let wanted = 1 + numbers.below(y - 1);
    let amount_in = floor(&reference::constant_product_in(wanted, x, y, fee)) + 1;
    if amount_in < BigInt::one() << 128 {
        equal(
            "amount in",
            constant_product::amount_in_up(wanted, x, y, fee),
            amount_in,
        )?;
    }
    equal(
        "geometric mean",
        geometric_mean_down(x, y),
        (BigInt::from(x) * y).sqrt(),
    )?;
    equal(
        "fee",
        constant_product::fee_up(amount, fee),
        ceil(&(int(amount) * ratio(fee, 1_000_000))),
    )?;
    let amount = numbers.bits(1, 30);
    let share = numbers.pick(&[0, 166_667, 250_000]);
    equal(
        "protocol fee",
        constant_product::protocol_fee_up(amount, fee, share),
        reference::protocol_fee(amount, fee, share),
    )?;
    let ideal = floor(&(int(amount) * ratio(y, x))).to_u128().unwrap_or(y);
    let out = numbers.below(ideal.saturating_add(2));
    let impact =
        ceil(&((BigRational::one() - int(out) * int(x) / (int(amount) * int(y))) * int(1_000_000)))
            .max(BigInt::zero());
    equal(
        "price impact",
        constant_product::price_impact_ppm_up(amount, out, x, y),
        impact,
    )
}

fn stable_curve(numbers: &mut Numbers) -> Result<(), String> {
    let x = numbers.bits(20, 110);
    // Up to a hundred times as much on one side
    let y = (x / 100 * (1 + numbers.below(10_000)) / 100).clamp(1 << 20, (1 << 110) - 1);
    let amplification = numbers.pick(&[100, 1000, 10_000, 200_000, 100_000_000]);
    equal(
        "invariant down",
        stable::invariant_down(x, y, amplification),
        reference::stable_invariant_down(x, y, amplification),
    )?;
    equal(
        "invariant up",
        stable::invariant_up(x, y, amplification),
        reference::stable_invariant_up(x, y, amplification),
    )?;
    let amount = 1 + numbers.below(x);
    let out = reference::stable_out(amount, x, y, amplification);
    if out > BigInt::zero() {
        equal(
            "stable out",
            stable::amount_out_down(amount, x, y, amplification),
            out,
        )?;
    }
    let wanted = 1 + numbers.below(y / 2);
    let amount_in = reference::stable_in(wanted, x, y, amplification);
    if amount_in < BigInt::from(1u128 << 111) {
        equal(
            "stable in",
            stable::amount_in_up(wanted, x, y, amplification),
            amount_in,
        )?;
    }
    Ok(())
}

fn pools(numbers: &mut Numbers) -> Result<(), String> {
    let (x, y) = (numbers.bits(40, 60), numbers.bits(40, 60));
    let (from, to) = (
        100 + numbers.below(100_000) as u32,
        100 + numbers.below(100_000) as u32,
    );
    let ramp = Amplification {
        from,
        to,
        start_ms: 1000,
        end_ms: 2000 + numbers.next() % 10_000,
    };
    let now_ms = 1000 + numbers.next() % (ramp.end_ms - 1000);
    let moved = floor(&(int(from.abs_diff(to)) * ratio(now_ms - 1000, ramp.end_ms - 1000)))
        .to_u32()
        .expect("fits");
    let amplification = if to > from {
        from + moved
    } else {
        from - moved
    };
    same("ramp", ramp.at(now_ms), amplification)?;

    // A stable pool of assets with different decimals
    let decimals = numbers.pick(&[(6u8, 18u8), (18, 6), (8, 12), (18, 18)]);
    let scale = |decimals: u8| 10u128.pow(18 - u32::from(decimals));
    let (scale_a, scale_b) = (scale(decimals.0), scale(decimals.1));
    let (x_scaled, y_scaled) = (x * (WAD / 1_000_000), y * (WAD / 1_000_000));
    let fee = numbers.pick(&[0, 400, 3000]);
    let share = numbers.pick(&[0, 166_667, 250_000]);
    let pool = Pool {
        reserve_a: x_scaled / scale_a,
        reserve_b: y_scaled / scale_b,
        liquidity: numbers.bits(40, 80),
        ..Pool::new(
            Curve::Stable {
                amplification: ramp,
                decimals_a: decimals.0,
                decimals_b: decimals.1,
            },
            fee,
            share,
        )
        .expect("a pool")
    };
    let (x_scaled, y_scaled) = (pool.reserve_a * scale_a, pool.reserve_b * scale_b);
    let amount = 1 + numbers.below(pool.reserve_a);
    let gross = floor(&ratio(
        reference::stable_out(amount * scale_a, x_scaled, y_scaled, amplification),
        scale_b,
    ));
    let charged = floor(&(int(gross.clone()) * ratio(fee, 1_000_000)));
    if gross > charged {
        let swap = pool
            .quote_exact_in(Side::A, amount, now_ms)
            .map_err(|error| format!("stable swap: {error}"))?;
        same("stable swap", big(swap.amount_out), &gross - &charged)?;
        same("stable fee", big(swap.fee), charged.clone())?;
        same(
            "stable protocol fee",
            big(swap.protocol_fee),
            ceil(&(int(charged) * ratio(share, 1_000_000))),
        )?;
    }
    let wanted = 1 + numbers.below(pool.reserve_b / 4);
    let gross = ceil(&(int(wanted) / (BigRational::one() - ratio(fee, 1_000_000))))
        .to_u128()
        .expect("fits");
    let amount = ceil(&ratio(
        reference::stable_in(gross * scale_b, x_scaled, y_scaled, amplification),
        scale_a,
    ));
    if amount < BigInt::from(1u128 << 90) {
        let swap = pool
            .quote_exact_out(Side::A, wanted, now_ms)
            .map_err(|error| format!("stable swap: {error}"))?;
        same("stable swap, amount in", big(swap.amount_in), amount)?;
        same("stable swap, fee of it", swap.fee, gross - wanted)?;
    }

    // Liquidity
    let desired = (numbers.bits(30, 80), numbers.bits(30, 80));
    let per = |amount: u128, reserve: u128| floor(&(int(amount) * ratio(pool.liquidity, reserve)));
    let liquidity = per(desired.0, pool.reserve_a).min(per(desired.1, pool.reserve_b));
    if liquidity > BigInt::zero() {
        let added = pool
            .quote_add(desired.0, desired.1, now_ms)
            .map_err(|error| format!("add: {error}"))?;
        same("liquidity", big(added.liquidity), liquidity.clone())?;
        for (amount, reserve) in [
            (added.amount_a, pool.reserve_a),
            (added.amount_b, pool.reserve_b),
        ] {
            same(
                "paid for liquidity",
                big(amount),
                ceil(&(int(liquidity.clone()) * ratio(reserve, pool.liquidity))),
            )?;
        }
    }
    let removed = 1 + numbers.below(pool.liquidity - MINIMUM_LIQUIDITY);
    let worth = |reserve: u128| floor(&(int(removed) * ratio(reserve, pool.liquidity)));
    let (a, b) = (worth(pool.reserve_a), worth(pool.reserve_b));
    if !a.is_zero() && !b.is_zero() {
        let quote = pool
            .quote_remove(removed)
            .map_err(|error| format!("remove: {error}"))?;
        same(
            "removed",
            (big(quote.amount_a), big(quote.amount_b)),
            (a, b),
        )?;
    }
    Ok(())
}

fn rates(numbers: &mut Numbers) -> Result<(), String> {
    let (cash, borrowed, reserves) = (
        numbers.bits(1, 110),
        numbers.bits(1, 110),
        numbers.bits(1, 100),
    );
    equal(
        "utilisation",
        Ok::<_, ()>(utilisation_up(cash, borrowed, reserves)),
        reference::utilisation(cash, borrowed, reserves),
    )?;
    let (base, below, above, kink) = (
        numbers.below(1000) as u16,
        numbers.below(5000) as u32,
        numbers.below(20_000) as u32,
        1 + numbers.below(9999) as u16,
    );
    let model = InterestModel::from_bps(base, below, above, kink);
    let utilisation = numbers.below(RAY + 1);
    let rate = reference::rate(
        [base.into(), below, above, kink.into()],
        &utilisation.into(),
    );
    equal("rate", model.rate_up(utilisation), rate)?;
    let curve = KinkedRate {
        base: numbers.bits(1, 60),
        kink: numbers.bits(30, 59),
        below: Slope {
            rise: numbers.bits(1, 60),
            run: numbers.bits(50, 60),
        },
        above: Slope {
            rise: numbers.bits(1, 60),
            run: numbers.bits(50, 60),
        },
    };
    let utilisation = numbers.bits(1, 60);
    let low = utilisation.min(curve.kink);
    let parts = [
        int(curve.below.rise) * ratio(low, curve.below.run),
        int(curve.above.rise) * ratio(utilisation - low, curve.above.run),
    ];
    let rate = parts.iter().map(floor).sum::<BigInt>() + curve.base;
    equal("kinked rate", curve.rate_down(utilisation), rate)?;

    let (rate, share) = (numbers.bits(1, 100), numbers.below(WAD));
    let utilisation = numbers.below(WAD);
    let earned = int(rate) * ratio(utilisation, WAD) * ratio(WAD - share, WAD);
    equal(
        "supply rate",
        supply_rate_down(rate, utilisation, share, WAD),
        floor(&earned),
    )?;
    let (rate, elapsed_ms) = (numbers.below(3 * RAY), numbers.bits(1, 45) as u64);
    equal(
        "compounding",
        compound_up(rate, elapsed_ms),
        reference::compound(&rate.into(), elapsed_ms),
    )
}

fn markets(numbers: &mut Numbers) -> Result<(), String> {
    let error = |error| format!("market: {error:?}");
    let model = InterestModel::from_bps(0, 400, 7500, 8000);
    let mut ours = Market::new(0);
    let mut theirs = reference::Market::new();
    let mut now_ms = 0;
    let first = numbers.bits(50, 90);
    let mut supplied = ours.deposit(first).map_err(error)?.shares;
    same("first shares", big(supplied), theirs.deposit(first))?;
    let mut owed = 0;
    for _ in 0..12 {
        match numbers.below(7) {
            0 => {
                let assets = numbers.bits(30, 90);
                let shares = ours.deposit(assets).map_err(error)?.shares;
                same("shares", big(shares), theirs.deposit(assets))?;
                supplied += shares;
            }
            1 => {
                let assets = 1 + numbers.below(ours.cash / 8 + 1);
                if ours
                    .supply_shares_up(assets)
                    .is_ok_and(|shares| shares <= supplied)
                    && ours.cash >= assets
                {
                    let shares = ours.withdraw(assets, supplied).map_err(error)?.shares;
                    same("burned", big(shares), theirs.withdraw(assets))?;
                    supplied -= shares;
                }
            }
            2 => {
                let shares = 1_000_001 + numbers.below(supplied / 8 + 1);
                if shares <= supplied
                    && ours
                        .supply_value_down(shares)
                        .is_ok_and(|assets| assets > 0 && assets <= ours.cash)
                {
                    let assets = ours.redeem(shares).map_err(error)?.assets;
                    same("redeemed", big(assets), theirs.redeem(shares))?;
                    supplied -= shares;
                }
            }
            3 => {
                let assets = 1 + numbers.below(ours.cash / 2 + 1);
                if assets <= ours.cash {
                    let shares = ours.borrow(assets).map_err(error)?.shares;
                    same("debt", big(shares), theirs.borrow(assets))?;
                    owed += shares;
                }
            }
            4 if owed > 0 => {
                let debt = ours.debt_up(owed).map_err(|e| format!("{e}"))?;
                same("owed", big(debt), theirs.owed(&owed.into()))?;
                let assets = numbers.below(debt);
                if assets > 0 && ours.repay(assets, owed).is_ok() {
                    let shares = theirs.repay_part(assets, owed);
                    owed -= shares.to_u128().expect("fits");
                    same("debt shares", big(ours.borrow_shares), big(owed))?;
                }
            }
            5 if owed > 0 && numbers.below(3) == 0 => {
                let assets = ours.repay(u128::MAX, owed).map_err(error)?.assets;
                same("repaid", big(assets), theirs.repay_all(owed))?;
                owed = 0;
            }
            5 if owed > 0 && numbers.below(3) == 0 => {
                let assets = ours.write_off(owed).map_err(error)?.assets;
                same("written off", big(assets), theirs.write_off(owed))?;
                owed = 0;
            }
            5 => {
                let shares = 1 + numbers.below(supplied / 4 + 1);
                if shares <= supplied && ours.supply_value_down(shares).is_ok_and(|worth| worth > 0)
                {
                    let assets = ours.confiscate(shares).map_err(error)?.assets;
                    same("confiscated", big(assets), theirs.confiscate(shares))?;
                    supplied -= shares;
                }
            }
            _ => {
                let elapsed = numbers.bits(1, 38) as u64;
                now_ms += elapsed;
                ours.accrue(&model, 1000, now_ms);
                theirs.accrue([0, 400, 7500, 8000], 1000, elapsed);
            }
        }
        let part = numbers.below(owed + 1);
        same(
            "part of a debt",
            ours.debt_up(part).map(big),
            Ok::<_, ()>(theirs.owed(&part.into())),
        )?;
        let books = reference::Market {
            cash: ours.cash.into(),
            borrowed: ours.borrowed.into(),
            reserves: ours.reserves.into(),
            deficit: ours.deficit.into(),
            supply_shares: ours.supply_shares.into(),
            borrow_shares: ours.borrow_shares.into(),
            index: big(ours.borrow_index),
        };
        same("books", books, &theirs)?;
    }
    Ok(())
}

fn prices(numbers: &mut Numbers) -> Result<(), String> {
    let (feed, average) = (numbers.bits(1, 60), numbers.bits(1, 60));
    let confidence = numbers.below(1000) as u32;
    equal(
        "collateral price",
        collateral_price_down(feed, Some(average), confidence),
        floor(&(int(feed.min(average)) * (BigRational::one() - bps(confidence)))),
    )?;
    equal(
        "debt price",
        debt_price_up(feed, Some(average), confidence),
        ceil(&(int(feed.max(average)) * (BigRational::one() + bps(confidence)))),
    )?;
    let decimals = numbers.pick(&[0, 6, 8, 12, 18, 24, 30]);
    let amount = numbers.bits(1, 128);
    let value = reference::value(amount, feed, decimals);
    equal(
        "value down",
        value_down(amount, feed, decimals),
        floor(&value),
    )?;
    equal("value up", value_up(amount, feed, decimals), ceil(&value))?;
    let dollars = numbers.bits(1, 100);
    let bought =
        floor(&(int(dollars) / ten_to(18u32) * ten_to(8u32) / int(feed) * ten_to(decimals)));
    if bought < BigInt::one() << 128 {
        equal(
            "amount",
            amount_down(dollars.into(), feed, decimals),
            bought,
        )?;
    }
    let band = numbers.below(3000) as u32;
    let near = feed + feed * numbers.below(6000) / 10_000 - feed * 3000 / 10_000;
    let distance = int(near.abs_diff(feed));
    same(
        "within",
        price::is_within(near, feed, band),
        distance <= int(feed) * bps(band),
    )?;
    let (out, back) = (numbers.bits(30, 40), numbers.bits(30, 40));
    same(
        "loss",
        price::is_loss_within(out.into(), back.into(), band),
        int(back) >= int(out) * (BigRational::one() - bps(band)),
    )?;
    let mut reports: Vec<u128> = (0..1 + numbers.below(9))
        .map(|_| numbers.bits(1, 128))
        .collect();
    let mut sorted = reports.clone();
    sorted.sort();
    let middle = floor(&ratio(
        BigInt::from(sorted[(sorted.len() - 1) / 2]) + sorted[sorted.len() / 2],
        2,
    ));
    equal("median", median_down(&mut reports).ok_or(()), middle)
}

fn collateral(numbers: &mut Numbers) -> CollateralParams {
    let liquidation_threshold = 3000 + numbers.below(5500) as u16;
    CollateralParams {
        ltv: liquidation_threshold - 500,
        liquidation_threshold,
        base_bonus: 300 + numbers.below(500) as u16,
        max_bonus: 800 + numbers.below(700) as u16,
        bonus_slope: numbers.below(5000) as u16,
        protocol_cut: 1000,
    }
}

fn accounts(numbers: &mut Numbers) -> Result<(), String> {
    let error = |error| format!("account: {error}");
    let mut account = Account::default();
    let mut model = Vec::new();
    let mut borrowable = BigRational::zero();
    for _ in 0..1 + numbers.below(4) {
        let params = collateral(numbers);
        let value = numbers.bits(1, 90);
        account
            .add_collateral(value.into(), &params)
            .map_err(error)?;
        borrowable += int(value) * bps(params.ltv.into());
        model.push((BigInt::from(value), params.liquidation_threshold));
    }
    same(
        "headroom without debt",
        account.headroom_down().map(big),
        Ok::<_, ()>(floor(&borrowable)),
    )?;
    let debt = 1 + numbers.below(account.collateral.low_u128().max(2));
    account.add_debt(debt.into()).map_err(error)?;
    let health = reference::health_factor(&model, &debt.into());
    equal(
        "health factor",
        account
            .health_factor_down()
            .map(|health| health.unwrap_or_default()),
        floor(&(&health * ten_to(18u32))),
    )?;
    same(
        "liquidatable",
        account.is_liquidatable(),
        Ok::<_, ()>(health < BigRational::one()),
    )?;
    let floor_of_it = WAD + numbers.below(WAD);
    same(
        "may borrow",
        account.may_borrow(floor_of_it),
        Ok::<_, ()>(int(debt) <= borrowable && health >= ratio(floor_of_it, WAD)),
    )?;
    let left = (borrowable - int(debt)).max(BigRational::zero());
    equal("headroom", account.headroom_down(), floor(&left))
}

fn liquidations(numbers: &mut Numbers) -> Result<(), String> {
    let params = collateral(numbers);
    let value = numbers.bits(60, 90);
    let other = CollateralParams {
        liquidation_threshold: 3000 + numbers.below(5500) as u16,
        ..params
    };
    let other_value = numbers.bits(40, 90);
    let mut account = Account::default();
    for (value, params) in [(value, params), (other_value, other)] {
        account
            .add_collateral(value.into(), &params)
            .map_err(|error| format!("{error}"))?;
    }
    // A health factor from a half to one and a half
    let debt = account.threshold.low_u128() / 10_000 * (5000 + numbers.below(10_000)) / 10_000;
    let debt = account.threshold.low_u128().min(1 << 120).min(debt).max(1);
    account
        .add_debt(debt.into())
        .map_err(|error| format!("{error}"))?;
    let collateral = [
        (BigInt::from(value), params.liquidation_threshold),
        (BigInt::from(other_value), other.liquidation_threshold),
    ];
    let health = reference::health_factor(&collateral, &debt.into());
    let bonus = reference::bonus(
        &health,
        params.liquidation_threshold,
        params.base_bonus,
        params.bonus_slope,
        params.max_bonus,
    );
    match (bonus_bps_down(&account, &params), bonus) {
        (Ok(ours), Some(model)) => same("bonus", big(ours), model)?,
        (ours, model) => check(
            &format!("bonus: {ours:?} instead of {model:?}"),
            ours.is_err() && model.is_none(),
        )?,
    }
    let close = CloseFactor::default();
    let amount = numbers.bits(20, 100);
    let partial = health > bps(9500) && int(debt) > int(2000) * ten_to(18u32);
    let most = if partial { amount / 2 } else { amount };
    equal(
        "close factor",
        close.max_repay_down(&account, amount, debt.into()),
        most,
    )?;

    let pairs = numbers.pick(&[(6u8, 18u8), (18, 6), (18, 18), (0, 12), (8, 30)]);
    let terms = Terms {
        debt_price: numbers.bits(10, 50),
        debt_decimals: pairs.0,
        collateral_price: numbers.bits(10, 50),
        collateral_decimals: pairs.1,
        bonus: numbers.below(1500) as u32,
        protocol_cut: numbers.below(10_001) as u16,
    };
    let repay = numbers.bits(10, 90);
    let worth = int(repay) * int(terms.debt_price) / ten_to(pairs.0) * ten_to(pairs.1)
        / int(terms.collateral_price);
    let around = floor(&(worth * ratio(1 + numbers.below(300), 100))).to_u128();
    let Some(held) = around.filter(|held| *held < 1 << 120) else {
        return Ok(());
    };
    let model = reference::liquidate(
        repay,
        held,
        (terms.debt_price, pairs.0),
        (terms.collateral_price, pairs.1),
        terms.bonus,
        terms.protocol_cut,
    );
    if model.seized.is_zero() || model.repaid.is_zero() {
        return Ok(());
    }
    let ours = terms
        .liquidate(repay, held)
        .map_err(|error| format!("liquidation: {error}"))?;
    same("repaid", big(ours.repaid), model.repaid)?;
    same("seized", big(ours.seized), model.seized)?;
    same("bonus", big(ours.bonus), model.bonus)?;
    same("protocol", big(ours.protocol), model.protocol)
}

fn budgets(numbers: &mut Numbers) -> Result<(), String> {
    let limit = Limit {
        capacity: numbers.bits(1, 128),
        period_ms: numbers.bits(1, 40) as u64,
    };
    let start = TokenBucket {
        level: numbers.below(limit.capacity),
        at_ms: numbers.bits(1, 40) as u64,
    };
    let elapsed = numbers.bits(1, 42) as u64;
    let now_ms = start.at_ms + elapsed;
    let level = reference::bucket_level(start.level, limit.capacity, limit.period_ms, elapsed);
    equal(
        "level",
        Ok::<_, ()>(start.level_down(&limit, now_ms)),
        level.clone(),
    )?;
    let amount = 1 + numbers.below(limit.capacity);
    let mut bucket = start;
    let wait =
        ceil(&(int(amount.saturating_sub(start.level)) * ratio(limit.period_ms, limit.capacity)));
    let taken = bucket.take(&limit, amount, now_ms);
    if level >= amount.into() {
        same(
            "taken",
            (taken, big(bucket.level)),
            (Ok::<_, ()>(()), level - amount),
        )?;
    } else {
        let exceeded: Result<(), _> = Err(Exceeded {
            remaining: level.to_u128().expect("fits"),
            retry_at_ms: (wait + start.at_ms).to_u64(),
        });
        same("exceeded", (taken, bucket), (exceeded, start))?;
    }
    let (grace, decay) = (numbers.bits(1, 40) as u64, numbers.bits(1, 41) as u64);
    let overdue = BigInt::from(elapsed) - grace;
    let left = BigRational::one() - ratio(overdue.max(BigInt::zero()), decay);
    equal(
        "decayed",
        Ok::<_, ()>(decayed_down(
            limit.capacity,
            start.at_ms,
            now_ms,
            grace,
            decay,
        )),
        floor(&(int(limit.capacity) * left.max(BigRational::zero()))),
    )
}

fn averages(numbers: &mut Numbers) -> Result<(), String> {
    let error = |error| format!("average: {error}");
    let (mut x, mut y) = (numbers.bits(30, 100), numbers.bits(30, 100));
    let mut now_ms = numbers.bits(30, 40) as u64;
    let start_ms = now_ms;
    let mut accumulator = Accumulator::new(now_ms, x, y).map_err(error)?;
    let start: Observation = accumulator.latest;
    let (mut sum_a, mut sum_b) = (BigInt::zero(), BigInt::zero());
    let mut sum_log = BigInt::zero();
    let mut truncated = log_price(x, y).map_err(error)?;
    let most = log_price(10_000, 10_200).map_err(error)?;
    for _ in 0..4 {
        equal("price", price_down(x, y), reference::pair_price(x, y))?;
        let elapsed = numbers.bits(1, 20) as u64;
        now_ms += elapsed;
        accumulator.advance(now_ms, x, y, 200).map_err(error)?;
        sum_a += reference::pair_price(x, y) * elapsed;
        sum_b += reference::pair_price(y, x) * elapsed;
        truncated = log_price(x, y)
            .map_err(error)?
            .clamp(truncated - most, truncated + most);
        sum_log += BigInt::from(truncated) * elapsed;
        x = (x / 100 * (90 + numbers.below(20))).max(2);
        y = (y / 100 * (90 + numbers.below(20))).max(2);
    }
    let end = accumulator.latest;
    same("truncated", accumulator.truncated, truncated)?;
    same(
        "sums",
        (big(end.price_a), big(end.price_b)),
        (sum_a.clone(), sum_b.clone()),
    )?;
    same(
        "sum of logarithms",
        BigInt::from(end.log_price),
        sum_log.clone(),
    )?;
    let elapsed = BigInt::from(now_ms - start_ms);
    equal(
        "mean",
        start.mean_price_a_down(&end),
        floor(&ratio(sum_a.clone(), elapsed.clone())),
    )?;
    equal(
        "mean",
        start.mean_price_b_down(&end),
        floor(&ratio(sum_b.clone(), elapsed.clone())),
    )?;
    let passed = numbers.next() % (now_ms - start_ms);
    let between = start.interpolate(&end, start_ms + passed).map_err(error)?;
    let part = |sum: BigInt| floor(&(int(sum) * ratio(passed, elapsed.clone())));
    same(
        "interpolated",
        (
            big(between.price_a),
            big(between.price_b),
            BigInt::from(between.log_price),
        ),
        (part(sum_a), part(sum_b), part(sum_log)),
    )?;
    let price = price_down(x, y).map_err(error)?;
    let (quote, decimals) = (
        numbers.bits(20, 50),
        numbers.pick(&[(18u8, 6u8), (6, 18), (18, 18)]),
    );
    let dollars = int(big(price)) / int(BigInt::one() << 112) * int(quote) * ten_to(decimals.0)
        / ten_to(decimals.1);
    if dollars < int(BigInt::one() << 120) {
        equal(
            "quoted price down",
            quoted_price_down(price, quote, decimals.0, decimals.1),
            floor(&dollars),
        )?;
        equal(
            "quoted price up",
            quoted_price_up(price, quote, decimals.0, decimals.1),
            ceil(&dollars),
        )?;
    }
    Ok(())
}

#[test]
fn the_crate_agrees_with_the_reference_model() {
    compare(1, 1500).expect("no difference");
}

/// What the two-slope model of a `u64` of basis points means in ray.
#[test]
fn basis_points_are_ten_thousandths_of_a_ray() {
    let model = InterestModel::from_bps(1, 2, 3, 4);
    let unit = RAY / u128::from(BPS);
    assert_eq!(
        [model.base, model.slope_below, model.slope_above, model.kink],
        [unit, 2 * unit, 3 * unit, 4 * unit]
    );
    assert_eq!(int(RAY), ray());
}
