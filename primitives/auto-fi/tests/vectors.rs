//! Golden vectors: `test/vectors/auto-fi.json`, made by `make_auto_fi.py` beside it without this code. Among them are the
//! numbers that Uniswap v2, Compound, Comet, Aave, Curve and Morpho are known by.

use autonomys_auto_fi_primitives::bucket::{Limit, TokenBucket};
use autonomys_auto_fi_primitives::health::{Account, CollateralParams};
use autonomys_auto_fi_primitives::interest::{
    InterestModel, KinkedRate, Slope, compound_up, supply_rate_down,
};
use autonomys_auto_fi_primitives::liquidation::Terms;
use autonomys_auto_fi_primitives::logarithm::{exp2_down, exp2_up, log2_down};
use autonomys_auto_fi_primitives::math::{
    PPM, RAY, U256, WAD, geometric_mean_down, mul_div_down, mul_div_up,
};
use autonomys_auto_fi_primitives::pool::{Amplification, Curve, Pool, Side, SwapError};
use autonomys_auto_fi_primitives::price::{value_down, value_up};
use autonomys_auto_fi_primitives::shares::Pot;
use autonomys_auto_fi_primitives::twap::{Accumulator, Observation, price_down};
use autonomys_auto_fi_primitives::{constant_product, stable};
use serde_json::Value;
use std::ops::Index;
use std::str::FromStr;

/// A node of the file: fields by name, numbers as decimal text.
#[derive(Clone)]
struct Vector(Value);

impl Vector {
    fn number<T: FromStr>(&self) -> T {
        let text = match &self.0 {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        text.parse()
            .unwrap_or_else(|_| panic!("{text} is not such a number"))
    }

    fn get<T: FromStr>(&self, name: &str) -> T {
        self.at(name).number()
    }

    fn at(&self, name: &str) -> Self {
        Self(self.0.index(name).clone())
    }

    fn list(&self) -> Vec<Self> {
        let list = self.0.as_array().expect("a list");
        assert!(!list.is_empty());
        list.iter().cloned().map(Self).collect()
    }

    fn wide(&self, name: &str) -> U256 {
        U256::from_dec_str(self.at(name).0.as_str().expect("text")).expect("a number")
    }
}

fn vectors(name: &str) -> Vector {
    let json: Value =
        serde_json::from_str(include_str!("../../../test/vectors/auto-fi.json")).unwrap();
    let vector = Vector(json).at(name);
    assert!(!vector.0.is_null(), "{name}");
    vector
}

fn pool(reserve_a: u128, reserve_b: u128, fee_ppm: u32) -> Pool {
    Pool {
        reserve_a,
        reserve_b,
        liquidity: geometric_mean_down(reserve_a, reserve_b).unwrap(),
        ..Pool::new(Curve::ConstantProduct, fee_ppm, 0).unwrap()
    }
}

#[test]
fn constant_product_amounts_out() {
    for vector in vectors("amountsOut").list() {
        let out = constant_product::amount_out_down(
            vector.get("amount"),
            vector.get("reserveIn"),
            vector.get("reserveOut"),
            vector.get("feePpm"),
        );
        match vector.get("result") {
            0 => assert_eq!(out, Err(SwapError::InsufficientOutput)),
            result => assert_eq!(out, Ok(result)),
        }
    }
}

#[test]
fn constant_product_amounts_in() {
    for vector in vectors("amountsIn").list() {
        let amount = constant_product::amount_in_up(
            vector.get("amount"),
            vector.get("reserveIn"),
            vector.get("reserveOut"),
            vector.get("feePpm"),
        );
        assert_eq!(amount, Ok(vector.get("result")));
    }
}

#[test]
fn a_path_is_its_swaps_one_after_the_other() {
    let vector = vectors("path");
    let mut amount: u128 = vector.get("amount");
    let steps = vector.at("steps").list();
    for (reserves, step) in vector.at("reserves").list().iter().zip(steps) {
        let reserves = reserves.list();
        amount = pool(reserves[0].number(), reserves[1].number(), 3000)
            .swap_exact_in(Side::A, amount, 0)
            .unwrap()
            .amount_out;
        assert_eq!(amount, step.number());
    }
}

#[test]
fn protocol_liquidity_as_uniswap_mints_it() {
    let vector = vectors("feeTo");
    let reserve: u128 = vector.get("reserve");
    let mut pool = pool(reserve, reserve, 3000);
    let swap = pool
        .swap_exact_in(Side::A, vector.get("amountIn"), 0)
        .unwrap();
    assert_eq!(swap.amount_out, vector.get("amountOut"));
    let root = geometric_mean_down(pool.reserve_a, pool.reserve_b).unwrap();
    assert_eq!(root, vector.get("root"));
    let minted: u128 = mul_div_down(reserve, root - reserve, root * 5 + reserve).unwrap();
    assert_eq!(minted, vector.get("minted"));
    pool.liquidity += minted;
    pool.remove(reserve - 1000).unwrap();
    let left = vector.at("left").list();
    assert_eq!(pool.reserve_a, left[0].number());
    assert_eq!(pool.reserve_b, left[1].number());
}

#[test]
fn first_liquidity() {
    let vector = vectors("firstMint");
    let mut pool = Pool::new(Curve::ConstantProduct, 3000, 0).unwrap();
    let added = pool.add(vector.get("a"), vector.get("b"), 0).unwrap();
    assert_eq!(added.liquidity, vector.get("liquidity"));
    assert_eq!(added.locked, 1000);
    assert_eq!(pool.liquidity, added.liquidity + 1000);
}

#[test]
fn fee_of_an_asset_lent_and_paid_back_in_itself() {
    let vector = vectors("sameToken");
    assert_eq!(
        mul_div_down(vector.get::<u128>("amountIn"), PPM - 3000, PPM),
        Ok(vector.get::<u128>("mostOut"))
    );
    assert_eq!(
        mul_div_up(vector.get::<u128>("amountOut"), PPM, PPM - 3000),
        Ok(vector.get::<u128>("leastIn"))
    );
}

#[test]
fn stable_swaps() {
    for vector in vectors("stable").list() {
        let (x, y) = (vector.get("reserveIn"), vector.get("reserveOut"));
        let amplification = vector.get("amplification");
        let amount = vector.get("amount");
        assert_eq!(
            stable::invariant_down(x, y, amplification),
            Ok(vector.get("invariantDown"))
        );
        assert_eq!(
            stable::invariant_up(x, y, amplification),
            Ok(vector.get("invariantUp"))
        );
        assert_eq!(
            stable::amount_out_down(amount, x, y, amplification),
            Ok(vector.get("amountOut"))
        );
        assert_eq!(
            stable::amount_in_up(vector.get("wanted"), x, y, amplification),
            Ok(vector.get("amountIn"))
        );
        let pool = Pool {
            reserve_a: x,
            reserve_b: y,
            ..Pool::new(
                Curve::Stable {
                    amplification: Amplification::constant(amplification),
                    decimals_a: 18,
                    decimals_b: 18,
                },
                400,
                0,
            )
            .unwrap()
        };
        let swap = pool.quote_exact_in(Side::A, amount, 0).unwrap();
        assert_eq!(swap.amount_out, vector.get("amountOutAfter400Ppm"));
    }
}

#[test]
fn rates_of_compound_and_comet() {
    for vector in vectors("interest").at("curves").list() {
        let slope = |name| {
            let values = vector.at(name).list();
            Slope {
                rise: values[0].number(),
                run: values[1].number(),
            }
        };
        let curve = KinkedRate {
            base: vector.get("base"),
            kink: vector.get("kink"),
            below: slope("below"),
            above: slope("above"),
        };
        for point in vector.at("points").list() {
            let point = point.list();
            assert_eq!(
                curve.rate_down(point[0].number()),
                Ok(point[1].number()),
                "at {}",
                point[0].0
            );
        }
    }
    for vector in vectors("interest").at("supply").list() {
        assert_eq!(
            supply_rate_down(
                vector.get("borrowRate"),
                vector.get("utilisation"),
                vector.get("reserveFactor"),
                vector.get("one")
            ),
            Ok(vector.get("result"))
        );
    }
}

#[test]
fn simple_interest_as_compound_accrues_it() {
    let vector = vectors("interest").at("accrual");
    let factor = vector.get::<u128>("rate") * vector.get::<u128>("blocks");
    assert_eq!(factor, vector.get("factor"));
    let interest: u128 = mul_div_down(vector.get::<u128>("borrows"), factor, WAD).unwrap();
    assert_eq!(interest, vector.get("interest"));
    assert_eq!(
        mul_div_down(WAD, WAD + factor, WAD),
        Ok(vector.get::<u128>("index"))
    );
    assert_eq!(
        mul_div_down(interest, 750u32, 10_000u32),
        Ok(vector.get::<u128>("reserves"))
    );
}

#[test]
fn rates_of_two_slope_models() {
    for vector in vectors("interest").at("models").list() {
        let model = InterestModel::from_bps(
            vector.get("base"),
            vector.get("slopeBelow"),
            vector.get("slopeAbove"),
            vector.get("kink"),
        );
        model.validate().unwrap();
        let reserve_factor = vector.get::<u128>("reserveFactor") * (RAY / 10_000);
        for point in vector.at("points").list() {
            let utilisation = point.get("utilisation");
            let borrow = model.rate_up(utilisation).unwrap();
            assert_eq!(borrow, point.get("borrow"));
            assert_eq!(
                supply_rate_down(borrow, utilisation, reserve_factor, RAY),
                Ok(point.get("supply"))
            );
        }
    }
}

#[test]
fn compounding() {
    for vector in vectors("compounding").list() {
        assert_eq!(
            compound_up(vector.get("rate"), vector.get("elapsedMs")),
            Ok(vector.wide("result"))
        );
    }
}

#[test]
fn incentives_and_compounding_of_morpho() {
    for vector in vectors("morpho").at("factors").list() {
        let lltv: u128 = vector.get("lltv");
        let cut: u128 = mul_div_down(3 * WAD / 10, WAD - lltv, WAD).unwrap();
        let factor: u128 = mul_div_down(WAD, WAD, WAD - cut).unwrap();
        assert_eq!(factor.min(115 * WAD / 100), vector.get("factor"));
    }
    let vector = vectors("morpho").at("taylor");
    let first: u128 = vector.get::<u128>("rate") * vector.get::<u128>("seconds");
    let second: u128 = mul_div_down(first, first, 2 * WAD).unwrap();
    let third: u128 = mul_div_down(second, first, 3 * WAD).unwrap();
    assert_eq!(first + second + third, vector.get("result"));
}

#[test]
fn first_depositor_if_donations_counted() {
    for vector in vectors("firstDepositor").list() {
        let virtual_shares: u128 = vector.get("virtualShares");
        let virtual_assets: u128 = vector.get("virtualAssets");
        let (mut assets, mut shares) = (0, 0);
        let mut deposit = |amount: u128, donated: u128| {
            let minted = if shares + virtual_shares == 0 {
                amount
            } else if virtual_shares == 1_000_000 {
                Pot { assets, shares }.shares_down(amount).unwrap()
            } else {
                mul_div_down(amount, shares + virtual_shares, assets + virtual_assets).unwrap()
            };
            assets += amount + donated;
            shares += minted;
            minted
        };
        let owned = [deposit(1, 100 * WAD), deposit(150 * WAD, 0)];
        let paid = [100 * WAD + 1, 150 * WAD];
        let gains = vector.at("gains").list();
        for ((owned, paid), gain) in owned.into_iter().zip(paid).zip(gains) {
            let worth: u128 = if virtual_shares == 1_000_000 {
                Pot { assets, shares }.assets_down(owned).unwrap()
            } else {
                mul_div_down(owned, assets + virtual_assets, shares + virtual_shares).unwrap()
            };
            assert_eq!(
                i128::try_from(worth).unwrap() - i128::try_from(paid).unwrap(),
                gain.number()
            );
        }
    }
}

#[test]
fn shares_and_assets() {
    for vector in vectors("shares").list() {
        let pot = Pot {
            assets: vector.get("assets"),
            shares: vector.get("shares"),
        };
        let amount = vector.get("amount");
        assert_eq!(pot.shares_down(amount), Ok(vector.get("sharesDown")));
        assert_eq!(pot.shares_up(amount), Ok(vector.get("sharesUp")));
        assert_eq!(pot.assets_down(amount), Ok(vector.get("assetsDown")));
        assert_eq!(pot.assets_up(amount), Ok(vector.get("assetsUp")));
    }
}

#[test]
fn shares_burned_under_a_huge_accumulator() {
    let vector = vectors("zkLend");
    let (amount, accumulator) = (vector.get::<u128>("amount"), vector.wide("accumulator"));
    assert_eq!(
        mul_div_down(amount, RAY, accumulator),
        Ok(vector.get::<u128>("down"))
    );
    assert_eq!(
        mul_div_up(amount, RAY, accumulator),
        Ok(vector.get::<u128>("up"))
    );
}

fn account(collateral: U256, threshold: u16, debt: U256) -> Account {
    let mut account = Account::default();
    let params = CollateralParams {
        ltv: 0,
        liquidation_threshold: threshold,
        base_bonus: 500,
        max_bonus: 500,
        bonus_slope: 0,
        protocol_cut: 1000,
    };
    account.add_collateral(collateral, &params).unwrap();
    account.add_debt(debt).unwrap();
    account
}

#[test]
fn health_factors() {
    for vector in vectors("health").at("accounts").list() {
        let collateral = value_down(vector.get("collateral"), vector.get("price"), 18).unwrap();
        let account = account(collateral, vector.get("threshold"), vector.wide("debt"));
        let health = account.health_factor_down().unwrap().unwrap();
        assert_eq!(health, vector.wide("healthFactor"));
        assert_eq!(account.is_liquidatable(), Ok(health < WAD.into()));
    }
}

#[test]
fn health_after_a_liquidation() {
    let debt = value_up(7_500_000_000, 100_000_000, 6).unwrap();
    let health = |seized: u128, price: u128| {
        let left = value_down(10 * WAD - seized, price * 100_000_000, 18).unwrap();
        account(left, 8250, debt)
            .health_factor_down()
            .unwrap()
            .unwrap()
    };
    let vector = vectors("health");
    assert_eq!(
        health(4_374_999_999_999_999_999, 1800),
        vector.wide("healthFactorAfter")
    );
    assert_eq!(
        health(5_250_000_000_000_000_000, 1500),
        vector.wide("worse")
    );
}

#[test]
fn liquidations() {
    for vector in vectors("liquidations").list() {
        let terms = Terms {
            debt_price: vector.get("debtPrice"),
            debt_decimals: vector.get("debtDecimals"),
            collateral_price: vector.get("collateralPrice"),
            collateral_decimals: vector.get("collateralDecimals"),
            bonus: vector.get("bonus"),
            protocol_cut: vector.get("protocolCut"),
        };
        let result = terms
            .liquidate(vector.get("repay"), vector.get("collateral"))
            .unwrap();
        assert_eq!(result.repaid, vector.get("repaid"));
        assert_eq!(result.seized, vector.get("seized"));
        assert_eq!(result.bonus, vector.get("bonusPart"));
        assert_eq!(result.protocol, vector.get("protocol"));
        assert_eq!(result.liquidator, result.seized - result.protocol);
    }
}

#[test]
fn budgets() {
    for vector in vectors("buckets").list() {
        let limit = Limit {
            capacity: vector.get("capacity"),
            period_ms: vector.get("periodMs"),
        };
        let bucket = TokenBucket {
            level: vector.get("level"),
            at_ms: 1000,
        };
        let now_ms = 1000 + vector.get::<u64>("elapsedMs");
        assert_eq!(bucket.level_down(&limit, now_ms), vector.get("result"));
    }
}

#[test]
fn average_prices() {
    let vector = vectors("averages");
    assert_eq!(price_down(5 * WAD, 10 * WAD), Ok(vector.wide("price")));
    let mut accumulator = Accumulator::new(5000, WAD, WAD).unwrap();
    let start: Observation = accumulator.latest;
    accumulator.advance(15_000, WAD, WAD, 200).unwrap();
    accumulator.advance(25_000, 3 * WAD, WAD, 200).unwrap();
    assert_eq!(
        start.mean_price_a_down(&accumulator.latest),
        Ok(vector.wide("mean"))
    );
}

#[test]
fn logarithms_and_powers() {
    for vector in vectors("logarithms").list() {
        assert_eq!(
            log2_down(vector.get("x")),
            Some(vector.get("log")),
            "{}",
            vector.at("x").0
        );
    }
    for vector in vectors("powers").list() {
        let x = vector.get("x");
        let (power, down, up) = (
            vector.wide("power"),
            exp2_down(x).unwrap(),
            exp2_up(x).unwrap(),
        );
        assert!(down <= power && power <= up, "{x}");
        assert!(power - down <= (power >> 119) + 1, "{x}");
        assert!(up - power <= (power >> 118) + 2, "{x}");
    }
}
