//! What must hold of any numbers: totality, and the invariants of pools (S), markets (L), prices (O) and budgets (P).

use num_bigint::BigInt;
use proptest::prelude::*;

use super::differential::big;
use super::reference;
use crate::bucket::{Limit, TokenBucket, decayed_down};
use crate::constant_product;
use crate::health::{Account, CollateralParams, CollateralParamsError};
use crate::interest::{InterestModel, InterestModelError, compound_up};
use crate::liquidation::{CloseFactor, LiquidationError, Terms, bonus_bps_down};
use crate::logarithm::{exp2_down, exp2_up, log2_down};
use crate::market::{Market, MarketError};
use crate::math::{MathError, PPM, RAY, U256, WAD, mul_div_down, mul_div_up};
use crate::pool::{
    Amplification, Curve, MAX_RESERVE, MIN_STABLE_RESERVE, MINIMUM_LIQUIDITY, Pool, Side,
    SwapError, price_moved_beyond,
};
use crate::price::{is_quorum, loss, median_down, value_down, value_up};
use crate::stable;
use crate::twap::{Accumulator, AverageError};

/// Numbers of every length.
fn sized(low: u32, high: u32) -> impl Strategy<Value = u128> {
    (low..=high, any::<u128>()).prop_map(|(bits, number)| {
        let top = 1u128 << (bits - 1);
        top | (number & (top - 1))
    })
}

fn any_size() -> impl Strategy<Value = u128> {
    prop_oneof![Just(0), Just(u128::MAX), sized(1, 128)]
}

fn curve() -> impl Strategy<Value = Curve> {
    prop_oneof![
        Just(Curve::ConstantProduct),
        (
            prop::sample::select(vec![100u32, 10_000, 1_000_000]),
            prop::sample::select(vec![(18u8, 18u8), (6, 18), (18, 8)])
        )
            .prop_map(|(amplification, (decimals_a, decimals_b))| Curve::Stable {
                amplification: Amplification::constant(amplification),
                decimals_a,
                decimals_b,
            })
    ]
}

/// A pool with liquidity whose sides are within a factor of a hundred, in whole units.
fn pool() -> impl Strategy<Value = Pool> {
    (
        curve(),
        prop::sample::select(vec![0u32, 100, 3000, 10_000]),
        prop::sample::select(vec![0u32, 166_667, 250_000]),
        sized(30, 80),
        1u128..10_000,
    )
        .prop_map(|(curve, fee, share, amount, part)| {
            let scale = |side| match (curve, side) {
                (Curve::ConstantProduct, _) => 1,
                (Curve::Stable { decimals_a, .. }, Side::A) => {
                    10u128.pow(18 - u32::from(decimals_a))
                }
                (Curve::Stable { decimals_b, .. }, Side::B) => {
                    10u128.pow(18 - u32::from(decimals_b))
                }
            };
            let least = MIN_STABLE_RESERVE * 4;
            let mut pool = Pool::new(curve, fee, share).expect("a pool");
            pool.add(
                (amount / scale(Side::A)).max(least),
                (amount / 100 * part / 100 / scale(Side::B)).max(least),
                0,
            )
            .expect("liquidity");
            pool
        })
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::A), Just(Side::B)]
}

#[derive(Clone, Debug)]
enum PoolStep {
    SwapIn(Side, u32),
    SwapOut(Side, u32),
    Add(u32, u32),
    Remove(u32),
    Dust(Side, u128),
}

fn pool_step() -> impl Strategy<Value = PoolStep> {
    prop_oneof![
        (side(), 1..PPM).prop_map(|(side, part)| PoolStep::SwapIn(side, part)),
        (side(), 1..PPM).prop_map(|(side, part)| PoolStep::SwapOut(side, part)),
        (1..PPM, 1..PPM).prop_map(|(a, b)| PoolStep::Add(a, b)),
        (1..PPM).prop_map(PoolStep::Remove),
        (side(), 1u128..20).prop_map(|(side, amount)| PoolStep::Dust(side, amount)),
    ]
}

fn part_of(amount: u128, part: u32) -> u128 {
    mul_div_down(amount, part, PPM).expect("a part")
}

/// What a unit of liquidity is worth may not fall: k' / S'² ≥ k / S², or D' / S' ≥ D / S.
fn worth_per_liquidity_kept(before: &Pool, after: &Pool) -> bool {
    match before.curve {
        Curve::ConstantProduct => {
            let k = |pool: &Pool| BigInt::from(pool.reserve_a) * pool.reserve_b;
            let squared = |pool: &Pool| BigInt::from(pool.liquidity).pow(2);
            k(after) * squared(before) >= k(before) * squared(after)
        }
        Curve::Stable {
            amplification,
            decimals_a,
            decimals_b,
        } => {
            let scaled = |pool: &Pool| {
                (
                    BigInt::from(pool.reserve_a) * 10u64.pow(18 - u32::from(decimals_a)),
                    BigInt::from(pool.reserve_b) * 10u64.pow(18 - u32::from(decimals_b)),
                )
            };
            // D is proportional to the reserves: both pools, blown up to the same liquidity, to the last digit of
            // that
            let (x, y) = scaled(before);
            let (x_after, y_after) = scaled(after);
            let (s, s_after) = (
                BigInt::from(before.liquidity),
                BigInt::from(after.liquidity),
            );
            let d = reference::stable_invariant_down_of(
                &(x * &s_after),
                &(y * &s_after),
                amplification.from,
            );
            reference::stable_reaches(&(x_after * &s), &(y_after * &s), &d, amplification.from)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..Default::default() })]

    // S1, S2, S3, S7, S8
    #[test]
    fn liquidity_never_loses(start in pool(), steps in prop::collection::vec(pool_step(), 1..24)) {
        let mut pool = start;
        let mut owned = pool.liquidity - MINIMUM_LIQUIDITY;
        // What the account of the pool holds, by what is paid in and out
        let mut held = (pool.reserve_a, pool.reserve_b);
        for step in steps {
            let before = pool;
            let swap = match step {
                PoolStep::SwapIn(side, part) => {
                    pool.swap_exact_in(side, part_of(pool.reserve(side), part), 0)
                }
                PoolStep::SwapOut(side, part) => {
                    pool.swap_exact_out(side, part_of(pool.reserve(side.other()), part), 0)
                }
                PoolStep::Dust(side, amount) => pool.swap_exact_in(side, amount, 0),
                PoolStep::Add(a, b) => {
                    let desired = (part_of(pool.reserve_a, a), part_of(pool.reserve_b, b));
                    if let Ok(added) = pool.add(desired.0, desired.1, 0) {
                        prop_assert!(added.amount_a <= desired.0 && added.amount_b <= desired.1);
                        owned += added.liquidity;
                        held = (held.0 + added.amount_a, held.1 + added.amount_b);
                    }
                    Err(SwapError::InsufficientInput)
                }
                PoolStep::Remove(part) => {
                    if let Ok(removed) = pool.remove(part_of(owned, part)) {
                        owned -= removed.liquidity;
                        held = (held.0 - removed.amount_a, held.1 - removed.amount_b);
                    }
                    Err(SwapError::InsufficientInput)
                }
            };
            match swap {
                Ok(swap) => {
                    prop_assert!(swap.amount_in > 0 && swap.amount_out > 0);
                    prop_assert!(swap.protocol_fee <= swap.fee);
                    held = match swap.side_in {
                        Side::A => (held.0 + swap.amount_in, held.1 - swap.amount_out),
                        Side::B => (held.0 - swap.amount_out, held.1 + swap.amount_in),
                    };
                }
                Err(_) if matches!(step, PoolStep::Add(..) | PoolStep::Remove(_)) => {}
                Err(_) => prop_assert_eq!(pool, before, "an error changed the pool"),
            }
            prop_assert!(worth_per_liquidity_kept(&before, &pool), "{:?} {:?}", before, pool);
            prop_assert_eq!(pool.liquidity, owned + MINIMUM_LIQUIDITY);
            prop_assert_eq!(held, (pool.reserve_a + pool.fees_a, pool.reserve_b + pool.fees_b));
            prop_assert!(pool.reserve_a < MAX_RESERVE && pool.reserve_b < MAX_RESERVE);
        }
        if pool.remove(owned).is_ok() {
            prop_assert_eq!(pool.liquidity, MINIMUM_LIQUIDITY);
            prop_assert_eq!(pool.remove(1), Err(SwapError::InsufficientLiquidity));
        }
    }

    // S4
    #[test]
    fn amounts_in_and_out_fit(pool in pool(), side in side(), part in 1..900_000u32) {
        let wanted = part_of(pool.reserve(side.other()), part).max(1);
        if let Ok(by_out) = pool.quote_exact_out(side, wanted, 0) {
            let by_in = pool.quote_exact_in(side, by_out.amount_in, 0).expect("a swap");
            prop_assert!(by_in.amount_out >= wanted);
            // What it pays out costs no more than one unit above it on the curve without decimals between
            let again = pool.quote_exact_out(side, by_in.amount_out, 0);
            if pool.curve == Curve::ConstantProduct {
                prop_assert!(again.expect("a swap").amount_in <= by_out.amount_in + 1);
            }
        }
        let amount = part_of(pool.reserve(side), part).max(1);
        let mut round = pool;
        if let Ok(there) = round.swap_exact_in(side, amount, 0)
            && let Ok(back) = round.swap_exact_in(side.other(), there.amount_out, 0)
        {
            prop_assert!(back.amount_out <= amount, "a round trip gains");
        }
    }

    #[test]
    fn adding_and_removing_gains_nothing(pool in pool(), a in 1..PPM, b in 1..PPM) {
        let mut pool = pool;
        let desired = (part_of(pool.reserve_a, a), part_of(pool.reserve_b, b));
        if let Ok(added) = pool.add(desired.0, desired.1, 0)
            && let Ok(removed) = pool.remove(added.liquidity)
        {
            prop_assert!(removed.amount_a <= added.amount_a);
            prop_assert!(removed.amount_b <= added.amount_b);
        }
    }

    // S9
    #[test]
    fn curves_are_total(
        numbers in (any_size(), any_size(), any_size()),
        small in (any::<u32>(), any::<u32>()),
    ) {
        let (amount, x, y) = numbers;
        let _ = constant_product::amount_out_down(amount, x, y, small.0);
        let _ = constant_product::amount_in_up(amount, x, y, small.0);
        let _ = constant_product::protocol_fee_up(amount, small.0, small.1);
        let _ = constant_product::price_impact_ppm_up(amount, x, y, amount);
        let _ = price_moved_beyond((amount, x), (y, amount), small.0);
        for amplification in [small.0, 100, 1_000_000, 100_000_000] {
            let _ = stable::amount_out_down(amount, x, y, amplification);
            let _ = stable::amount_in_up(amount, x, y, amplification);
            let _ = stable::balance_up(x, y, amplification);
        }
        let pool = Pool {
            curve: Curve::Stable {
                amplification: Amplification { from: small.0, to: small.1, start_ms: 9, end_ms: 5 },
                decimals_a: small.0 as u8,
                decimals_b: small.1 as u8,
            },
            fee_ppm: small.0,
            protocol_share_ppm: small.1,
            reserve_a: x,
            reserve_b: y,
            liquidity: amount,
            fees_a: x,
            fees_b: y,
        };
        for curve in [Curve::ConstantProduct, pool.curve] {
            let before = Pool { curve, ..pool };
            let calls: [fn(&mut Pool, u128, u128) -> bool; 4] = [
                |pool, amount, _| pool.swap_exact_in(Side::A, amount, 7).is_ok(),
                |pool, amount, _| pool.swap_exact_out(Side::B, amount, 7).is_ok(),
                |pool, amount, other| pool.add(amount, other, 7).is_ok(),
                |pool, amount, _| pool.remove(amount).is_ok(),
            ];
            for call in calls {
                let mut pool = before;
                if !call(&mut pool, amount, x) {
                    prop_assert_eq!(pool, before);
                }
            }
        }
    }

    /// Every pair of reserves a stable pool can have solves, at the least and at the largest amplification.
    #[test]
    fn the_stable_curve_converges(
        x in sized(1, 112),
        y in sized(1, 112),
        amount in sized(1, 111),
        amplification in prop::sample::select(vec![100u32, 101, 10_000, 100_000_000]),
    ) {
        let d = stable::invariant_down(x, y, amplification);
        prop_assert!(d.is_ok(), "{:?}", d);
        let out = stable::amount_out_down(amount, x, y, amplification);
        prop_assert!(
            matches!(out, Ok(_) | Err(SwapError::InsufficientOutput | SwapError::ReserveOverflow)),
            "{:?}", out
        );
        if let Ok(out) = out && out < y {
            prop_assert!(reference::stable_reaches(
                &(BigInt::from(x) + amount),
                &BigInt::from(y - out),
                &reference::stable_invariant_up(x, y, amplification),
                amplification,
            ));
        }
    }

    #[test]
    fn products_and_quotients(a in any::<[u64; 4]>(), b in any::<[u64; 4]>(), c in any::<[u64; 4]>(), cut in 0usize..4) {
        let number = |mut words: [u64; 4], cut: usize| {
            words[cut..].fill(0);
            U256(words)
        };
        for (a, b, c) in [(number(a, 4), number(b, cut), number(c, 4)), (number(a, 2), number(b, 2), number(c, cut))] {
            let (down, up) = (mul_div_down::<U256>(a, b, c), mul_div_up::<U256>(a, b, c));
            if c.is_zero() {
                prop_assert_eq!((down, up), (Err(MathError::DivisionByZero), Err(MathError::DivisionByZero)));
                continue;
            }
            let (product, divisor) = (big(a) * big(b), big(c));
            let expected = |quotient: BigInt| {
                if quotient.bits() > 256 { Err(MathError::Overflow) } else { Ok(quotient) }
            };
            prop_assert_eq!(down.map(big), expected(&product / &divisor));
            prop_assert_eq!(up.map(big), expected((&product + &divisor - 1) / &divisor));
        }
    }

    // L7
    #[test]
    fn compounding_in_parts_is_no_cheaper(rate in 0..=3 * RAY, first in 0u64..1 << 35, second in 0u64..1 << 35) {
        let whole = big(compound_up(rate, first + second).expect("fits"));
        let split = big(compound_up(rate, first).expect("fits")) * big(compound_up(rate, second).expect("fits"));
        let one = big(U256::from(RAY));
        prop_assert!(split >= (&whole - 1) * &one);
        // e^x − (1 + x + x²/2 + x³/6) = x⁴/24 · e^θx: what can lie between them, and the two roundings
        let x = rate as f64 / 1e27 * (first + second) as f64 / 31_536_000_000.0;
        let gap = ((split / one) - &whole).to_string().parse::<f64>().expect("a number") / 1e27;
        prop_assert!(gap <= x.powi(4) / 24.0 * x.exp() + 1e-26 + 1e-14 * x.exp(), "{} {}", gap, x);
    }

    // O
    #[test]
    fn a_median_is_among_the_honest(
        honest in prop::collection::vec(1u128..u128::MAX, 3..12),
        lies in prop::collection::vec(any::<u128>(), 0..5),
    ) {
        let (low, high) = (*honest.iter().min().expect("some"), *honest.iter().max().expect("some"));
        // Less than a third of all
        let lies = &lies[..lies.len().min((honest.len() - 1) / 2)];
        let mut all: Vec<u128> = honest.iter().chain(lies).copied().collect();
        let median = median_down(&mut all).expect("some");
        prop_assert!((low..=high).contains(&median));
    }

    #[test]
    fn logarithms_and_powers_are_inverse(x in sized(1, 112)) {
        let log = log2_down(x).expect("positive");
        prop_assert!(log2_down(x + 1).expect("positive") >= log);
        let log = i64::try_from(log).expect("fits");
        let x = U256::from(x) << 112u32;
        prop_assert!(exp2_down(log).expect("fits") <= x);
        prop_assert!(exp2_up(log + 1).expect("fits") >= x);
        prop_assert!(exp2_down(-log).expect("fits") <= exp2_up(-log).expect("fits"));
    }

    // S6
    #[test]
    fn averages_lie_within_what_was_seen(
        reserves in prop::collection::vec((sized(20, 100), sized(20, 100), 1u64..100_000), 1..12),
    ) {
        let mut accumulator = Accumulator::new(0, reserves[0].0, reserves[0].1).expect("a price");
        let start = accumulator.latest;
        let mut now_ms = 0;
        let mut seen_a = Vec::new();
        let mut seen_b = Vec::new();
        for (a, b, elapsed) in &reserves {
            now_ms += elapsed;
            accumulator.advance(now_ms, *a, *b, u32::MAX).expect("advances");
            let before = accumulator;
            // Once more in the same block changes nothing
            accumulator.advance(now_ms, *b, *a, u32::MAX).expect("advances");
            prop_assert_eq!(before, accumulator);
            seen_a.push(big(U256::from(*b) << 112u32) / *a);
            seen_b.push(big(U256::from(*a) << 112u32) / *b);
        }
        let end = accumulator.latest;
        let means = [
            (start.mean_price_a_down(&end), &seen_a),
            (start.mean_price_b_down(&end), &seen_b),
        ];
        for (mean, seen) in means {
            let mean = big(mean.expect("a mean"));
            prop_assert!(mean >= *seen.iter().min().expect("some"));
            prop_assert!(mean <= *seen.iter().max().expect("some"));
        }
        let geometric = [
            (start.geometric_mean_price_a_down(&end), start.geometric_mean_price_a_up(&end), seen_a),
            (start.geometric_mean_price_b_down(&end), start.geometric_mean_price_b_up(&end), seen_b),
        ];
        for (down, up, seen) in geometric {
            let (down, up) = (big(down.expect("a mean")), big(up.expect("a mean")));
            prop_assert!(down <= up);
            prop_assert!(down <= *seen.iter().max().expect("some"));
            prop_assert!(up >= *seen.iter().min().expect("some"));
            prop_assert!((&up - &down) <= &up / 500_000_000 + 4);
        }
    }

    // P1
    #[test]
    fn a_budget_is_never_exceeded(
        capacity in sized(1, 100),
        period_ms in 1u64..1_000_000,
        takes in prop::collection::vec((0u64..100_000, any::<u32>()), 1..64),
    ) {
        let limit = Limit { capacity, period_ms };
        let mut bucket = TokenBucket::full(&limit, 0);
        let mut now_ms = 0u64;
        let mut taken: Vec<(u64, u128)> = Vec::new();
        for (wait, part) in takes {
            now_ms += wait;
            let amount = mul_div_down(capacity, part, u32::MAX).expect("a part");
            match bucket.take(&limit, amount, now_ms) {
                Ok(()) => taken.push((now_ms, amount)),
                Err(exceeded) => {
                    prop_assert!(exceeded.remaining < amount);
                    // The time to retry is the first that works
                    let retry_at_ms = exceeded.retry_at_ms.expect("it fits the bucket");
                    prop_assert!(bucket.level_down(&limit, retry_at_ms) >= amount);
                    prop_assert!(bucket.level_down(&limit, retry_at_ms - 1) < amount);
                }
            }
            // Clocks that run back give nothing
            prop_assert!(bucket.level_down(&limit, 0) <= bucket.level_down(&limit, now_ms));
        }
        for (index, (from, _)) in taken.iter().enumerate() {
            let mut sum = BigInt::from(0);
            for (at, amount) in &taken[index..] {
                sum += *amount;
                let window = BigInt::from(at - from);
                prop_assert!(&sum * period_ms <= BigInt::from(capacity) * (window + period_ms));
            }
        }
    }

    #[test]
    fn budgets_are_total(
        bucket in (any::<u128>(), any::<u64>()),
        limit in (any::<u128>(), any::<u64>()),
        amount in any::<u128>(),
        times in (any::<u64>(), any::<u64>(), any::<u64>()),
    ) {
        let limit = Limit { capacity: limit.0, period_ms: limit.1 };
        let mut bucket = TokenBucket { level: bucket.0, at_ms: bucket.1 };
        let _ = bucket.take(&limit, amount, times.0);
        bucket.refund(&limit, amount, times.1);
        prop_assert!(bucket.level_down(&limit, times.2) <= limit.capacity);
        let decayed = decayed_down(limit.capacity, times.0, times.1, times.2, limit.period_ms);
        prop_assert!(decayed <= limit.capacity);
    }

    // L6, and F7: no liquidation lowers the health factor
    #[test]
    fn a_liquidation_never_lowers_health(
        collateral in sized(70, 90),
        other in sized(60, 90),
        threshold in 3000u16..8500,
        other_threshold in 3000u16..9300,
        health_bps in 3000u128..11_000,
        price in sized(20, 50),
        debt_price in sized(20, 50),
        slope in 0u16..10_000,
        part in 1..=PPM,
    ) {
        let params = |liquidation_threshold| CollateralParams {
            ltv: 0,
            liquidation_threshold,
            base_bonus: 300,
            max_bonus: 1500,
            bonus_slope: slope,
            protocol_cut: 1000,
        };
        let account = |held: u128, debt: u128| {
            let mut account = Account::default();
            account.add_collateral(value_down(held, price, 18).expect("fits"), &params(threshold)).expect("fits");
            account.add_collateral(other.into(), &params(other_threshold)).expect("fits");
            account.add_debt(value_up(debt, debt_price, 6).expect("fits")).expect("fits");
            account
        };
        // A debt for that health factor
        let weighted = account(collateral, 0).threshold / health_bps;
        let debt = mul_div_up(weighted, 1u8, value_up(1_000_000, debt_price, 6).expect("fits") / 1_000_000).unwrap_or(0u128).max(1);
        let before = account(collateral, debt);
        match bonus_bps_down(&before, &params(threshold)) {
            Ok(bonus) => {
                prop_assert!(bonus <= 1500);
                let terms = Terms {
                    debt_price,
                    debt_decimals: 6,
                    collateral_price: price,
                    collateral_decimals: 18,
                    bonus,
                    protocol_cut: 1000,
                };
                if let Ok(result) = terms.liquidate(part_of(debt, part).max(1), collateral) {
                    prop_assert!(result.repaid <= part_of(debt, part).max(1));
                    prop_assert!(result.seized <= collateral);
                    prop_assert_eq!(result.protocol + result.liquidator, result.seized);
                    let after = account(collateral - result.seized, debt - result.repaid);
                    if let Some(after) = after.health_factor_down().expect("fits") {
                        let before = before.health_factor_down().expect("fits").expect("debt");
                        // Values are rounded to 10^−18 dollars, debt up and collateral down
                        let rounding: U256 = before / (after_debt(debt - result.repaid, debt_price) / 4 + 1) + 2;
                        prop_assert!(after + rounding >= before, "{} {}", before, after);
                    }
                }
            }
            Err(LiquidationError::NotLiquidatable) => {
                prop_assert!(!before.is_liquidatable().expect("fits"));
            }
            Err(LiquidationError::MustAbsorb) => {
                let health = before.health_factor_down().expect("fits").expect("debt");
                prop_assert!(health <= (u128::from(threshold) * (WAD / 10_000)).into());
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn what_is_computed_of_accounts_and_prices_is_total(
        numbers in (any_size(), any_size(), any_size(), any_size()),
        small in any::<[u16; 6]>(),
        decimals in any::<(u8, u8)>(),
    ) {
        let params = CollateralParams {
            ltv: small[0],
            liquidation_threshold: small[1],
            base_bonus: small[2],
            max_bonus: small[3],
            bonus_slope: small[4],
            protocol_cut: small[5],
        };
        let _ = params.validate();
        let mut account = Account::default();
        let _ = account.add_collateral(U256::from(numbers.0) << u32::from(decimals.0), &params);
        let _ = account.add_debt(U256::from(numbers.1) << u32::from(decimals.1));
        let _ = account.health_factor_down();
        let _ = account.may_borrow(numbers.2);
        let _ = account.headroom_down();
        let _ = bonus_bps_down(&account, &params);
        let _ = CloseFactor::default().max_repay_down(&account, numbers.2, account.debt);
        let _ = Terms {
            debt_price: numbers.0,
            debt_decimals: decimals.0,
            collateral_price: numbers.1,
            collateral_decimals: decimals.1,
            bonus: u32::MAX,
            protocol_cut: small[5],
        }
        .liquidate(numbers.2, numbers.3);
        let _ = loss(numbers.0.into(), numbers.1.into());
        let _ = InterestModel { base: numbers.0, slope_below: numbers.1, slope_above: numbers.2, kink: numbers.3 }.validate();
    }
}

fn after_debt(debt: u128, price: u128) -> U256 {
    value_up(debt, price, 6).expect("fits")
}

#[derive(Clone, Debug)]
enum MarketStep {
    Deposit(usize, u128),
    Withdraw(usize, u32),
    Redeem(usize, u32),
    Borrow(usize, u32),
    Repay(usize, u32),
    WriteOff(usize),
    Confiscate(usize, u32),
    Cover,
    TakeReserves(u32),
    Accrue(u64),
}

fn market_step() -> impl Strategy<Value = MarketStep> {
    let who = || 0usize..4;
    prop_oneof![
        4 => (who(), prop_oneof![1u128..5, sized(1, 90)]).prop_map(|(who, amount)| MarketStep::Deposit(who, amount)),
        3 => (who(), 1..=PPM).prop_map(|(who, part)| MarketStep::Withdraw(who, part)),
        3 => (who(), 1..=PPM).prop_map(|(who, part)| MarketStep::Redeem(who, part)),
        4 => (who(), 1..=PPM).prop_map(|(who, part)| MarketStep::Borrow(who, part)),
        4 => (who(), 1..=2 * PPM).prop_map(|(who, part)| MarketStep::Repay(who, part)),
        1 => who().prop_map(MarketStep::WriteOff),
        1 => (who(), 1..=PPM).prop_map(|(who, part)| MarketStep::Confiscate(who, part)),
        1 => Just(MarketStep::Cover),
        1 => (1..=PPM).prop_map(MarketStep::TakeReserves),
        4 => (0u64..1 << 34).prop_map(MarketStep::Accrue),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..Default::default() })]

    // L1, L2, L4, L8, L10, L12, L13
    #[test]
    fn the_books_of_a_market(steps in prop::collection::vec(market_step(), 1..60)) {
        let model = InterestModel::from_bps(0, 400, 7500, 8000);
        let mut market = Market::new(0);
        let mut now_ms = 0u64;
        let mut supplied = [0u128; 4];
        let mut owed = [0u128; 4];
        let mut held = 0u128;
        for step in steps {
            let before = market;
            match step {
                MarketStep::Deposit(who, amount) => {
                    if let Ok(moved) = market.deposit(amount) {
                        supplied[who] += moved.shares;
                        held += amount;
                        prop_assert!(market.supply_value_down(moved.shares).expect("fits") <= amount);
                    }
                }
                MarketStep::Withdraw(who, part) => {
                    let worth = market.supply_value_down(supplied[who]).expect("fits");
                    match market.withdraw(part_of(worth, part), supplied[who]) {
                        Ok(moved) => {
                            supplied[who] -= moved.shares;
                            held -= moved.assets;
                        }
                        // What a position is worth can be withdrawn where there is cash
                        Err(error) => prop_assert!(
                            matches!(error, MarketError::ZeroShares | MarketError::InsufficientCash),
                            "{}", error
                        ),
                    }
                }
                MarketStep::Redeem(who, part) => {
                    if let Ok(moved) = market.redeem(part_of(supplied[who], part)) {
                        supplied[who] -= moved.shares;
                        held -= moved.assets;
                    }
                }
                MarketStep::Borrow(who, part) => {
                    if let Ok(moved) = market.borrow(part_of(market.cash, part)) {
                        owed[who] += moved.shares;
                        held -= moved.assets;
                        prop_assert!(market.debt_up(moved.shares).expect("fits") >= moved.assets);
                    }
                }
                MarketStep::Repay(who, part) => {
                    let debt = market.debt_up(owed[who]).expect("fits");
                    let pays = mul_div_down(debt, part, PPM).expect("fits");
                    match market.repay(pays, owed[who]) {
                        Ok(moved) => {
                            owed[who] -= moved.shares;
                            held += moved.assets;
                            prop_assert_eq!(owed[who] == 0, pays >= debt);
                        }
                        // Repaying a debt in full is always possible
                        Err(_) => prop_assert!(owed[who] == 0 || pays < debt),
                    }
                }
                MarketStep::WriteOff(who) => {
                    if let Ok(moved) = market.write_off(owed[who]) {
                        owed[who] = 0;
                        prop_assert_eq!(market.deficit, before.deficit + moved.assets);
                    }
                }
                MarketStep::Confiscate(who, part) => {
                    if let Ok(moved) = market.confiscate(part_of(supplied[who], part)) {
                        supplied[who] -= moved.shares;
                    }
                }
                MarketStep::Cover => {
                    market.cover_from_reserves();
                    let rest = market.deficit;
                    if rest > 0 {
                        market.cover(rest).expect("covers");
                        held += rest;
                    }
                }
                MarketStep::TakeReserves(part) => {
                    let taken = part_of(market.reserves, part);
                    if market.take_reserves(taken).is_ok() {
                        held -= taken;
                    }
                }
                MarketStep::Accrue(elapsed) => {
                    now_ms += elapsed;
                    let interest = market.accrue(&model, 1000, now_ms);
                    prop_assert!(market.borrowed == before.borrowed + interest);
                    prop_assert!(market.borrow_index >= before.borrow_index);
                    let once = market;
                    prop_assert_eq!(market.accrue(&model, 1000, now_ms), 0);
                    prop_assert_eq!(market, once);
                }
            }
            let value = market.supplied().expect("an identity");
            prop_assert_eq!(value + market.reserves, market.cash + market.borrowed + market.deficit);
            prop_assert_eq!(held, market.cash);
            prop_assert_eq!(market.supply_shares, supplied.iter().sum::<u128>());
            prop_assert_eq!(market.borrow_shares, owed.iter().sum::<u128>());
            // Shares never lose
            let price = |market: &Market| (big(market.supplied().expect("fits") + 1), big(market.supply_shares + 1_000_000));
            let (new, old) = (price(&market), price(&before));
            prop_assert!(new.0 * old.1 >= old.0 * new.1, "{:?} {:?}", before, market);
            // All claims together are covered by what suppliers own
            let claims: u128 = supplied.iter().map(|shares| market.supply_value_down(*shares).expect("fits")).sum();
            prop_assert!(claims <= value);
            if market.borrow_shares == 0 {
                prop_assert_eq!(market.borrowed, 0, "debt that nobody owes");
            }
        }
    }

    // L10
    #[test]
    fn supplying_and_withdrawing_gains_nothing(
        cash in sized(1, 90), borrowed in sized(1, 90), shares in sized(1, 110), amount in any_size(),
    ) {
        let mut market = Market { cash, borrowed, borrow_shares: borrowed, supply_shares: shares, ..Market::new(0) };
        if let Ok(moved) = market.deposit(amount) {
            let back = market.redeem(moved.shares).map_or(0, |back| back.assets);
            prop_assert!(back <= amount);
        }
        let mut market = Market { cash, borrowed, borrow_shares: borrowed, supply_shares: shares, ..Market::new(0) };
        if let Ok(moved) = market.borrow(amount) {
            let back = market.repay(u128::MAX, moved.shares).expect("repays");
            prop_assert!(back.assets >= amount);
        }
    }

    #[test]
    fn markets_are_total_and_atomic(
        books in any::<[u128; 6]>(), index in any::<[u64; 4]>(), amount in any_size(), position in any_size(), now_ms in any::<u64>(),
    ) {
        let mut market = Market {
            cash: books[0],
            borrowed: books[1],
            reserves: books[2],
            deficit: books[3],
            supply_shares: books[4],
            borrow_shares: books[5],
            borrow_index: U256(index),
            accrued_ms: 0,
        };
        let model = InterestModel::from_bps(0, 400, 7500, 8000);
        market.accrue(&model, 1000, now_ms);
        prop_assert_eq!(market.accrued_ms, now_ms);
        let _ = market.supply_rate_down(&model, 1000);
        let start = market;
        let calls: [fn(&mut Market, u128, u128) -> bool; 9] = [
            |market, amount, _| market.deposit(amount).is_ok(),
            |market, amount, position| market.withdraw(amount, position).is_ok(),
            |market, amount, _| market.redeem(amount).is_ok(),
            |market, amount, _| market.borrow(amount).is_ok(),
            |market, amount, position| market.repay(amount, position).is_ok(),
            |market, _, position| market.write_off(position).is_ok(),
            |market, amount, _| market.confiscate(amount).is_ok(),
            |market, amount, _| market.cover(amount).is_ok(),
            |market, amount, _| market.take_reserves(amount).is_ok(),
        ];
        for call in calls {
            let mut market = start;
            if !call(&mut market, amount, position) {
                prop_assert_eq!(market, start);
            }
        }
    }
}

#[test]
fn a_clock_that_runs_back_fills_no_bucket() {
    let limit = Limit {
        capacity: 1000,
        period_ms: 1000,
    };
    let mut bucket = TokenBucket::full(&limit, 5000);
    bucket.take(&limit, 600, 4000).unwrap();
    bucket.take(&limit, 400, 3000).unwrap();
    assert_eq!(bucket.level_down(&limit, 5000), 0);
    bucket.refund(&limit, 100, 2000);
    assert_eq!(bucket.level_down(&limit, 5100), 200);
}

#[test]
fn utilisation_at_its_ends() {
    let market = |cash, borrowed, reserves| Market {
        cash,
        borrowed,
        reserves,
        ..Market::new(0)
    };
    assert_eq!(market(0, 0, 0).utilisation_up(), 0);
    assert_eq!(market(100, 0, 500).utilisation_up(), 0);
    assert_eq!(market(0, 100, 0).utilisation_up(), RAY);
    assert_eq!(market(50, 100, 100).utilisation_up(), RAY);
    assert_eq!(market(50, 100, 150).utilisation_up(), RAY);
    assert_eq!(market(50, 100, 1000).utilisation_up(), RAY);
    assert_eq!(market(100, 100, 0).utilisation_up(), RAY / 2);
}

#[test]
fn interest_that_does_not_fit_is_not_charged_and_debt_can_be_repaid() {
    let model = InterestModel::from_bps(0, 400, 7500, 8000);
    let mut market = Market {
        borrowed: u128::MAX / 2,
        borrow_shares: u128::MAX / 4,
        ..Market::new(0)
    };
    assert_eq!(market.accrue(&model, 1000, u64::MAX), 0);
    assert_eq!(market.accrued_ms, u64::MAX);
    let repaid = market.repay(u128::MAX, market.borrow_shares).unwrap();
    assert_eq!(repaid.assets, market.cash);
    assert_eq!((market.borrowed, market.borrow_shares), (0, 0));
}

#[test]
fn ranges_of_risk_parameters() {
    // The launch parameters of AUTO, AUSD and stAUTO, with the largest bonus
    for (ltv, liquidation_threshold, base_bonus) in
        [(5500, 6500, 800), (7500, 8000, 500), (4500, 6000, 1000)]
    {
        let params = CollateralParams {
            ltv,
            liquidation_threshold,
            base_bonus,
            max_bonus: 1500,
            bonus_slope: 2000,
            protocol_cut: 1000,
        };
        assert_eq!(params.validate(), Ok(()));
    }
    let good = CollateralParams {
        ltv: 7500,
        liquidation_threshold: 8000,
        base_bonus: 500,
        max_bonus: 1500,
        bonus_slope: 2000,
        protocol_cut: 1000,
    };
    let refused = |params: CollateralParams| params.validate().unwrap_err();
    use CollateralParamsError as Error;
    assert_eq!(refused(CollateralParams { ltv: 7701, ..good }), Error::Ltv);
    assert_eq!(CollateralParams { ltv: 7700, ..good }.validate(), Ok(()));
    assert_eq!(
        refused(CollateralParams {
            liquidation_threshold: 9301,
            ..good
        }),
        Error::LiquidationThreshold
    );
    for (base_bonus, max_bonus) in [(299, 1500), (1501, 1600), (1000, 999)] {
        assert_eq!(
            refused(CollateralParams {
                base_bonus,
                max_bonus,
                ..good
            }),
            Error::Bonus
        );
    }
    // 85.22 % · 1.15 is over 98 %, 85.21 % is not
    let bonus = |liquidation_threshold| CollateralParams {
        liquidation_threshold,
        ..good
    };
    assert_eq!(bonus(8521).validate(), Ok(()));
    assert_eq!(refused(bonus(8522)), Error::ThresholdWithBonus);
    assert_eq!(
        refused(CollateralParams {
            protocol_cut: 10_001,
            ..good
        }),
        Error::ProtocolCut
    );
}

#[test]
fn ranges_of_interest_models() {
    for model in [
        InterestModel::from_bps(0, 700, 15_000, 5500),
        InterestModel::from_bps(0, 400, 7500, 9000),
        InterestModel::from_bps(0, 800, 20_000, 4500),
        InterestModel::from_bps(0, 0, 30_000, 1),
    ] {
        assert_eq!(model.validate(), Ok(()));
    }
    for kink in [0, 10_000] {
        assert_eq!(
            InterestModel::from_bps(0, 1, 1, kink).validate(),
            Err(InterestModelError::Kink)
        );
    }
    assert_eq!(
        InterestModel::from_bps(1, 0, 30_000, 1).validate(),
        Err(InterestModelError::Rate)
    );
}

#[test]
fn ranges_of_pools() {
    let stable = |amplification, decimals_a| Curve::Stable {
        amplification: Amplification::constant(amplification),
        decimals_a,
        decimals_b: 18,
    };
    assert_eq!(
        Pool::new(Curve::ConstantProduct, PPM, 0),
        Err(SwapError::Fee)
    );
    assert_eq!(
        Pool::new(Curve::ConstantProduct, 0, 250_001),
        Err(SwapError::Fee)
    );
    assert_eq!(
        Pool::new(stable(99, 18), 0, 0),
        Err(SwapError::Amplification)
    );
    assert_eq!(Pool::new(stable(100, 19), 0, 0), Err(SwapError::Decimals));
    let ramp = Amplification::constant(10_000);
    let day = 86_400_000;
    assert!(ramp.ramp(20_000, 5, day, day).is_ok());
    assert!(ramp.ramp(5_000, 5, day, day).is_ok());
    for (to, duration) in [(20_001, day), (4_999, day), (10_001, day - 1), (99, day)] {
        assert_eq!(
            ramp.ramp(to, 5, duration, day),
            Err(SwapError::Amplification)
        );
    }
    let half = ramp.ramp(20_000, 1000, day, day).unwrap();
    assert_eq!(
        [0, 1000, 1000 + day / 2, 1000 + day, u64::MAX].map(|now| half.at(now)),
        [10_000, 10_000, 15_000, 20_000, 20_000]
    );
}

#[test]
fn stable_pools_keep_a_least_reserve() {
    let curve = Curve::Stable {
        amplification: Amplification::constant(10_000),
        decimals_a: 18,
        decimals_b: 18,
    };
    let mut pool = Pool::new(curve, 400, 0).unwrap();
    pool.add(2 * MIN_STABLE_RESERVE, 2 * MIN_STABLE_RESERVE, 0)
        .unwrap();
    let before = pool;
    assert_eq!(
        pool.swap_exact_out(Side::A, MIN_STABLE_RESERVE + 1, 0),
        Err(SwapError::MinReserve)
    );
    assert_eq!(pool, before);
    assert!(pool.swap_exact_out(Side::A, MIN_STABLE_RESERVE, 0).is_ok());
}

#[test]
fn who_is_a_quorum() {
    for (fresh, registered, enough) in [
        (2, 2, false),
        (3, 3, true),
        (3, 5, false),
        (4, 5, true),
        (4, 6, true),
        (5, 8, false),
        (u32::MAX, u32::MAX, true),
    ] {
        assert_eq!(
            is_quorum(fresh, registered),
            enough,
            "{fresh} of {registered}"
        );
    }
}

#[test]
fn dust_after_a_liquidation() {
    let close = CloseFactor::default();
    let dollars = |amount: u128| U256::from(amount * WAD);
    for (debt, collateral) in [(0, 1), (1, 0), (0, 0), (1000, 1000)] {
        assert_eq!(close.check_left(dollars(debt), dollars(collateral)), Ok(()));
    }
    for (debt, collateral) in [(999, 5000), (5000, 999)] {
        assert_eq!(
            close.check_left(dollars(debt), dollars(collateral)),
            Err(LiquidationError::DustLeft)
        );
    }
}

#[test]
fn observations_out_of_order_and_pools_without_reserves() {
    let mut accumulator = Accumulator::new(10, 5, 5).unwrap();
    let start = accumulator.latest;
    assert_eq!(start.mean_price_a_down(&start), Err(AverageError::Order));
    assert_eq!(
        accumulator.advance(20, 0, 5, 200),
        Err(AverageError::NoPrice)
    );
    assert_eq!(
        accumulator.advance(20, 1 << 112, 5, 200),
        Err(AverageError::NoPrice)
    );
    accumulator.advance(20, 5, 5, 200).unwrap();
    assert_eq!(
        accumulator.latest.mean_price_a_down(&start),
        Err(AverageError::Order)
    );
    assert_eq!(
        start.interpolate(&accumulator.latest, 9),
        Err(AverageError::Order)
    );
    assert_eq!(
        start.interpolate(&accumulator.latest, 21),
        Err(AverageError::Order)
    );
}

/// The sums wrap; averages do not notice.
#[test]
fn averages_across_a_wrap() {
    let (low, high) = (1 << 20, (1 << 112) - 1);
    let mut accumulator = Accumulator::new(0, low, high).unwrap();
    accumulator.latest.price_a = U256::MAX - 1;
    let start = accumulator.latest;
    accumulator.advance(86_400_000, low, high, 200).unwrap();
    assert!(accumulator.latest.price_a < start.price_a);
    assert_eq!(
        start.mean_price_a_down(&accumulator.latest),
        Ok((U256::from(high) << 112u32) / low)
    );
}
