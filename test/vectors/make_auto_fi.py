#!/usr/bin/env python3
"""Writes auto-fi.json, without any of this repository's code: exact rationals, rounded once, and numbers that Uniswap v2,
Compound, Comet, Aave, Curve and Morpho are known by. Where the number is published, it is written out here and must come out.
"""

import json
import random
from decimal import Decimal, getcontext
from fractions import Fraction
from math import ceil, floor, isqrt
from pathlib import Path

getcontext().prec = 120
HERE = Path(__file__).parent
WAD, RAY, PPM, BPS = 10**18, 10**27, 10**6, 10**4
YEAR_MS = 31_536_000_000


def same(computed, published):
    assert computed == published, (computed, published)
    return computed


# Constant product


def cp_out(amount, reserve_in, reserve_out, fee):
    net = Fraction(amount * (PPM - fee), PPM)
    return floor(net * reserve_out / (reserve_in + net))


def cp_in(amount, reserve_in, reserve_out, fee):
    return floor(Fraction(reserve_in * amount * PPM, (reserve_out - amount) * (PPM - fee))) + 1


def cp_cases(rng):
    outs, ins = [], []

    def out(amount, reserve_in, reserve_out, fee, published=None):
        result = cp_out(amount, reserve_in, reserve_out, fee)
        same(result, published or result)
        outs.append(case(amount=amount, reserveIn=reserve_in, reserveOut=reserve_out, feePpm=fee, result=result))

    def inn(amount, reserve_in, reserve_out, fee, published=None):
        result = cp_in(amount, reserve_in, reserve_out, fee)
        if result >= 2**128:
            return
        same(result, published or result)
        ins.append(case(amount=amount, reserveIn=reserve_in, reserveOut=reserve_out, feePpm=fee, result=result))

    for amount, a, b, published in [
        (1, 5, 10, 1662497915624478906),
        (1, 10, 5, 453305446940074565),
        (2, 5, 10, 2851015155847869602),
        (2, 10, 5, 831248957812239453),
        (1, 10, 10, 906610893880149131),
        (1, 100, 100, 987158034397061298),
        (1, 1000, 1000, 996006981039903216),
    ]:
        out(amount * WAD, a * WAD, b * WAD, 3000, published)
    out(WAD, 5 * WAD, 10 * WAD, 500, 1665972164347028919)
    out(WAD, 5 * WAD, 10 * WAD, 10000, 1652754590984974958)
    out(2, 100, 100, 3000, 1)
    out(1, 100, 100, 3000)
    for a, b, published in [
        (5, 10, 557227237267357629),
        (10, 5, 2507522567703109328),
        (10, 10, 1114454474534715257),
        (100, 100, 1013140431395195689),
    ]:
        inn(WAD, a * WAD, b * WAD, 3000, published)
    inn(1, 100, 100, 3000, 2)
    for _ in range(40):
        a, b = (floor(10 ** rng.uniform(3, 33)) for _ in range(2))
        fee = rng.choice([0, 100, 500, 3000, 10000, 999999])
        out(floor(a * 10 ** rng.uniform(-6, 1)) + 1, a, b, fee)
        inn(floor(b * rng.random() * 0.99) + 1, a, b, fee)
    return outs, ins


def path():
    amount, reserves, steps = WAD, [(10, 10), (5, 10), (10, 5)], []
    for a, b in reserves:
        amount = cp_out(amount, a * WAD, b * WAD, 3000)
        steps.append(amount)
    same(steps, [906610893880149131, 1531009044423350047, 662138176776022827])
    return case(amount=WAD, reserves=[[a * WAD, b * WAD] for a, b in reserves], steps=steps)


def fee_to():
    """Uniswap v2's fee to the protocol: a swap for exactly 1 unit·10^18, then all liquidity but the locked leaves."""
    k = 1000 * WAD
    expected_out = cp_out(WAD, k, k, 3000)
    same(expected_out, 996006981039903216)
    a, b = k + WAD, k - expected_out
    root = isqrt(a * b)
    minted = k * (root - k) // (5 * root + k)
    same(minted, 249750499251388)
    liquidity, supply = k - 1000, k + minted
    left = [a - liquidity * a // supply, b - liquidity * b // supply]
    same(left, [1000 + 250000187312969, 1000 + 249501683697445])
    return case(reserve=k, amountIn=WAD, amountOut=expected_out, root=root, minted=minted, left=left)


# Stable


def stable_value(x, y, d, amplification):
    """The invariant's polynomial at D, exactly."""
    ann = 2 * amplification
    return 100 * d**3 + 4 * x * y * (ann - 100) * d - 4 * x * y * ann * (x + y)


def least(low, high, reaches):
    """The least integer in [low, high] that reaches, by bisection."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle + 1, high)
    return low


def stable_d_up(x, y, amplification):
    return least(0, x + y, lambda d: stable_value(x, y, d, amplification) >= 0)


def stable_d_down(x, y, amplification):
    d = stable_d_up(x, y, amplification)
    return d if stable_value(x, y, d, amplification) == 0 else d - 1


def stable_out(amount, x, y, amplification):
    d = stable_d_up(x, y, amplification)
    return y - least(1, y + 1, lambda z: stable_value(x + amount, z, d, amplification) <= 0)


def stable_in(amount, x, y, amplification):
    d = stable_d_up(x, y, amplification)
    return least(1, 2**200, lambda z: stable_value(z, y - amount, d, amplification) <= 0) - x


def curve_d(x, y, amplification):
    """Curve's get_D, to its rounding."""
    ann, s, d = 2 * amplification, x + y, x + y
    for _ in range(255):
        product = d
        for balance in (x, y):
            product = product * d // (balance * 2)
        last = d
        d = (ann * s // 100 + product * 2) * d // ((ann - 100) * d // 100 + 3 * product)
        if abs(d - last) <= 1:
            return d


def curve_dy(amount, x, y, amplification):
    """Curve's get_dy before fees, to its rounding."""
    ann, d = 2 * amplification, curve_d(x, y, amplification)
    x += amount
    c = d * d // (x * 2) * d * 100 // (ann * 2)
    b = x + d * 100 // ann
    z = d
    for _ in range(255):
        last = z
        z = (z * z + c) // (2 * z + b - d)
        if abs(z - last) <= 1:
            return y - z - 1


def stable_cases(rng):
    cases = []

    def add(x, y, a, amount, published=None, after_fee=None, d=None):
        amplification = a * 100
        before = stable_out(amount, x, y, amplification)
        curve = curve_dy(amount, x, y, amplification)
        if published is not None:
            same(before, published)
            same(curve, published)
        out = before - floor(Fraction(before * 400, PPM))
        same(out, after_fee or out)
        invariant = stable_d_down(x, y, amplification)
        if d is not None:
            same(invariant, d)
            same(curve_d(x, y, amplification), d)
        wanted = max(before // 2, 1)
        cases.append(
            case(
                amplification=amplification,
                reserveIn=x,
                reserveOut=y,
                amount=amount,
                invariantDown=invariant,
                invariantUp=stable_d_up(x, y, amplification),
                amountOut=before,
                amountOutAfter400Ppm=out,
                wanted=wanted,
                amountIn=stable_in(wanted, x, y, amplification),
            )
        )

    even = (10**24, 10**24)
    add(*even, 100, 1000 * WAD, 999990099098224001849, 999590103058584712249)
    add(*even, 10, 1000 * WAD, 999909099097691423239)
    add(*even, 1000, 1000 * WAD, 999999000999001997003)
    add(2 * 10**24, 5 * 10**23, 100, 1000 * WAD, 971971672787748082889, d=2493095603312593127994740)
    for _ in range(40):
        x = floor(10 ** rng.uniform(6, 31))
        y = max(floor(x * 10 ** rng.uniform(-2, 2)), 10**6)
        add(x, y, rng.choice([1, 5, 100, 2000, 10**6]), floor(x * 10 ** rng.uniform(-5, 0.5)) + 10)
    return cases


# Interest


def kinked(base, kink, below, above, u, rounding):
    low, high = min(u, kink), max(u - kink, 0)
    return base + rounding(Fraction(below[0] * low, below[1])) + rounding(Fraction(above[0] * high, above[1]))


def rates(base, kink, below, above, points, **names):
    return case(
        base=base, kink=kink, below=list(below), above=list(above),
        points=[[u, same(kinked(base, kink, below, above, u, floor), rate)] for u, rate in points], **names
    )


def interest():
    percent = WAD // 100
    blocks = 2_102_400
    multiplier, jump = (4 * percent * WAD) // (blocks * 80 * percent), 109 * percent // blocks
    same((multiplier, jump), (23782343987, 518455098934))
    compound = rates(0, 80 * percent, (multiplier, WAD), (jump, WAD), [
        (10 * percent, 2378234398), (50 * percent, 11891171993), (80 * percent, 19025875189),
        (81 * percent, 24210426178), (90 * percent, 70871385082), (95 * percent, 96794140029),
        (100 * percent, 122716894975),
    ])
    base, multiplier = 2 * percent // blocks, 20 * percent * WAD // (blocks * 90 * percent)
    based = rates(base, 90 * percent, (multiplier, WAD), (200 * percent // blocks, WAD), [
        (0, 9512937595), (45 * percent, 57077625570), (90 * percent, 104642313545), (95 * percent, 152207001520),
        (100 * percent, 199771689496),
    ])
    points = rates(10, 90, (20, 100), (100, 100), [(0, 10), (10, 12), (90, 28), (91, 29), (100, 38)])
    hundredths = rates(1000, 9000, (20, 100), (100, 100), [(8900, 2780)])
    seconds = 31_536_000
    comet_base, low, high = (x // seconds for x in (15 * WAD // 1000, 35 * WAD // 1000, WAD // 4))
    # The base and slopes of the USDC market: 1.5 % and 3.5 %, 25 % borrow
    same((low, high, comet_base), (1109842719, 7927447995, 475646879))
    comet = rates(comet_base, 80 * percent, (low, WAD), (high, WAD), [
        (80 * percent, 1363521054), (100 * percent, 2949010653),
    ])
    low, high = (x // seconds for x in (325 * WAD // 10000, 4 * WAD // 10))
    comet_supply = rates(0, 80 * percent, (low, WAD), (high, WAD), [
        (80 * percent, 824454591), (100 * percent, 3361237949),
    ])
    supply = [
        case(borrowRate=r, utilisation=u * percent, reserveFactor=75 * percent // 10, one=WAD,
             result=same(floor(Fraction(r * u * 925, 100_000)), published))
        for r, u, published in [(19025875189, 80, 14079147639), (70871385082, 90, 59000428080)]
    ]
    def model(name, base, s1, s2, kink, reserve_factor, points):
        unit, result = RAY // BPS, []
        for u, borrow, earned in points:
            rate = kinked(base * unit, kink * unit, (s1 * unit, kink * unit), (s2 * unit, RAY - kink * unit), u * unit, ceil)
            same(rate, borrow * unit // 100)
            derived = floor(Fraction(rate * u * (BPS - reserve_factor), BPS * BPS))
            if earned is not None:
                same(derived, earned * unit // 100)
            result.append(dict(utilisation=str(u * unit), borrow=str(rate), supply=str(derived)))
        return dict(name=name, base=base, slopeBelow=s1, slopeAbove=s2, kink=kink, reserveFactor=reserve_factor, points=result)
    # Rates in ten-thousandths of a percent
    models = [
        model("Aave", 100, 400, 6000, 8000, 1000, [
            (4000, 30000, 10800), (8000, 50000, 36000), (9000, 350000, 283500), (9500, 500000, 427500), (10000, 650000, 585000),
        ]),
        model("ours", 0, 400, 7500, 8000, 1000, [
            (5000, 25000, None), (8000, 40000, 28800), (9000, 415000, 336150), (10000, 790000, 711000),
        ]),
    ]
    rate, blocks_passed, borrows = 19025875189, 5760, 10**24
    factor = same(rate * blocks_passed, 109589041088640)
    gained = same(factor * borrows // WAD, 109589041088640000000)
    accrual = case(rate=rate, blocks=blocks_passed, borrows=borrows, factor=factor, interest=gained,
                   index=same(WAD + factor, 1000109589041088640),
                   reserves=same(gained * 75 // 1000, 8219178081648000000))
    return dict(curves=[compound, based, points, hundredths, comet, comet_supply], supply=supply, models=models, accrual=accrual)


def taylor(x):
    return 1 + x + x**2 / 2 + x**3 / 6


def compounding(rng):
    cases = []

    def add(rate, elapsed, published=None):
        result = ceil(RAY * taylor(Fraction(rate * elapsed, RAY * YEAR_MS)))
        cases.append(case(rate=rate, elapsedMs=elapsed, result=same(result, published or result)))

    add(8 * RAY // 100, 7 * YEAR_MS, 1746069333333333333333333334)
    add(10 * RAY // 100, YEAR_MS, 1105166666666666666666666667)
    add(5 * RAY // 100, 86_400_000, 1000136995684421674802557901)
    add(5 * RAY // 100, 6000, 1000000009512937640377366940)
    add(1000 * RAY, 10_000 * YEAR_MS, 166666716666676666667666666666666666666666666667)
    add(0, YEAR_MS, RAY)
    add(3 * RAY, 0, RAY)
    add(3 * RAY, 2**64 - 1)
    for _ in range(40):
        add(rng.randrange(3 * RAY), floor(10 ** rng.uniform(0, 12)))
    return cases


def morpho():
    cursor, most = 3 * WAD // 10, 115 * WAD // 100
    factors = []
    for lltv, published in [
        (385, most), (625, 1126760563380281690), (770, 1074113856068743286), (860, 1043841336116910229),
        (915, 1026167265264238070), (945, 1016776817488561260), (980, 1006036217303822937),
    ]:
        lltv = lltv * WAD // 1000
        factors.append(case(lltv=lltv, factor=same(min(most, WAD * WAD // (WAD - cursor * (WAD - lltv) // WAD)), published)))
    seconds = 31_536_000
    per_second = 5 * WAD // 100 // seconds
    first = per_second * seconds
    second = first * first // (2 * WAD)
    third = second * first // (3 * WAD)
    return dict(factors=factors, taylor=case(rate=per_second, seconds=seconds,
                                             result=same(first + second + third, 51270833327093113)))


# Shares


def first_depositor():
    """Gains of attacker and victim when donations count: 1 unit and a donation of 100·10^18, then 150·10^18."""
    cases = []
    for virtual_shares, virtual_assets, attacker_gain, victim_gain in [
        (0, 0, 25 * WAD, None), (1, 1, -37.5 * WAD, -25 * WAD), (10**6, 1, -50 * WAD, -2 * 10**13),
    ]:
        assets, shares = 0, 0

        def deposit(amount):
            nonlocal assets, shares
            if shares + virtual_shares == 0:
                minted = amount
            else:
                minted = amount * (shares + virtual_shares) // (assets + virtual_assets)
            assets, shares = assets + amount, shares + minted
            return minted

        def worth(owned):
            return owned * (assets + virtual_assets) // (shares + virtual_shares)

        attacker = deposit(1)
        assets += 100 * WAD
        victim = deposit(150 * WAD)
        gains = [worth(attacker) - 100 * WAD - 1, worth(victim) - 150 * WAD]
        for gain, published in zip(gains, [attacker_gain, victim_gain]):
            assert published is None or abs(gain - published) <= abs(published) * 0.01, (gains, published)
        cases.append(case(virtualShares=virtual_shares, virtualAssets=virtual_assets, gains=gains))
    return cases


def share_cases(rng):
    cases = []
    for _ in range(40):
        assets, shares = (floor(10 ** rng.uniform(0, 30)) for _ in range(2))
        amount = floor(10 ** rng.uniform(0, 30))
        price = Fraction(assets + 1, shares + 10**6)
        if amount / price < 2**128 and amount * price < 2**128:
            cases.append(case(assets=assets, shares=shares, amount=amount, sharesDown=floor(amount / price),
                              sharesUp=ceil(amount / price), assetsDown=floor(amount * price), assetsUp=ceil(amount * price)))
    return cases


def zk_lend():
    accumulator, amount = 4069297906051644020 * 10**27, 6103946859077466029
    exact = Fraction(amount * RAY, accumulator)
    return case(accumulator=accumulator, amount=amount, down=same(floor(exact), 1), up=same(ceil(exact), 2))


# Health and liquidation


def liquidate(repay, collateral, debt_price, debt_decimals, price, decimals, bonus, cut):
    ratio = Fraction(debt_price * 10**decimals, price * 10**debt_decimals)
    base = floor(repay * ratio)
    wanted = floor(Fraction(base * (BPS + bonus), BPS))
    if wanted > collateral:
        wanted, repay = collateral, ceil(collateral / (ratio * Fraction(BPS + bonus, BPS)))
    principal = Fraction(wanted * BPS, BPS + bonus)
    protocol = ceil(Fraction((wanted - floor(principal)) * cut, BPS))
    return dict(base=base, repaid=repay, seized=wanted, bonus=wanted - ceil(principal), protocol=protocol)


def health():
    def factor(collateral, price, threshold, debt):
        return floor(Fraction(collateral * price * threshold, BPS * debt))

    accounts = [
        case(collateral=10 * WAD, price=p * 10**8, threshold=8250, debt=15_000 * WAD,
             healthFactor=same(factor(10 * WAD, p, 8250, 15_000), published))
        for p, published in [(2000, 11 * WAD // 10), (1800, 99 * WAD // 100), (1500, 825 * WAD // 1000)]
    ]
    published = liquidate(7500 * 10**6, 10 * WAD, 10**8, 6, 1800 * 10**8, 18, 500, 1000)
    same(published, dict(base=4166666666666666666, repaid=7500 * 10**6, seized=4374999999999999999, bonus=208333333333333333,
                         protocol=20833333333333334))
    after = factor(10 * WAD - published["seized"], 1800, 8250, 7500)
    assert 0 <= after - 1113750000000000000 < 1000
    # A bonus of 5 % at HF 0.825 would make it 0.78375
    worse = same(factor(10 * WAD - 7875 * WAD // 1500, 1500, 8250, 7500), 783750000000000000)
    return dict(accounts=accounts, healthFactorAfter=str(after), worse=str(worse))


def liquidations(rng):
    cases = []
    terms = [(7500 * 10**6, 10 * WAD, 10**8, 6, 1800 * 10**8, 18, 500, 1000)]
    for _ in range(60):
        decimals, debt_decimals = rng.choice([(18, 6), (6, 18), (18, 18), (8, 12), (0, 18), (18, 0)])
        price, debt_price = (floor(10 ** rng.uniform(4, 13)) for _ in range(2))
        repay = floor(10 ** rng.uniform(0, 6) * 10**debt_decimals) + 1
        worth = Fraction(repay * debt_price * 10**decimals, price * 10**debt_decimals)
        terms.append((repay, floor(worth * Fraction(rng.uniform(0.5, 3))) + 1, debt_price, debt_decimals, price, decimals,
                      rng.randrange(1500), rng.randrange(BPS)))
    for term in terms:
        result = liquidate(*term)
        if result["seized"] and result["repaid"]:
            names = "repay collateral debtPrice debtDecimals collateralPrice collateralDecimals bonus protocolCut".split()
            cases.append(case(**dict(zip(names, term)), repaid=result["repaid"], seized=result["seized"],
                              bonusPart=result["bonus"], protocol=result["protocol"]))
    return cases


# Buckets, averages, logarithms


def bucket(rng):
    day, cases = 86_400_000, []

    def add(capacity, period, level, elapsed, published=None):
        result = min(capacity, level + floor(Fraction(capacity * elapsed, period)))
        cases.append(case(capacity=capacity, periodMs=period, level=level, elapsedMs=elapsed,
                          result=same(result, published or result)))

    add(100 * WAD, day, 40 * WAD, day // 4, 65 * WAD)
    for _ in range(40):
        capacity = floor(10 ** rng.uniform(0, 38))
        add(capacity, rng.randrange(1, 10 * day), rng.randrange(capacity), floor(10 ** rng.uniform(0, 9)))
    return cases


def averages():
    price = same((10 << 112) // 5, 10384593717069655257060992658440192)
    one, third = 1 << 112, (1 << 112) // 3
    mean = same((one * 10_000 + third * 10_000) // 20_000, 3461531239023218419020330886146730)
    return case(price=price, mean=mean)


def logarithms(rng):
    cases, two = [], Decimal(2).ln()
    for x in [1, 2, 3, 4, 10, 2**64, 2**112 - 1, 2**127, 2**128 - 1] + [floor(2 ** rng.uniform(0, 120)) for _ in range(40)]:
        log = Decimal(x).ln() / two * 2**32
        # ln is not exact for powers of two
        log = log.quantize(Decimal(1)) if x & (x - 1) == 0 else log
        cases.append(case(x=x, log=floor(log)))
    powers = []
    for x in [0, 1, -1, 2**31, 2**32, -(2**32), 111 << 32, -(111 << 32), (1 << 32) - 1] + [
        rng.randrange(-(100 << 32), 111 << 32) for _ in range(40)
    ]:
        powers.append(case(x=x, power=floor(Decimal(2) ** (Decimal(x) / 2**32 + 112))))
    return cases, powers


def case(**values):
    def text(value):
        if isinstance(value, list):
            return [text(item) for item in value]
        return str(value)

    return {name: text(value) for name, value in values.items()}


def main():
    rng = random.Random(2026)
    outs, ins = cp_cases(rng)
    vectors = dict(
        about="Made by make_auto_fi.py. All numbers are decimal.",
        amountsOut=outs,
        amountsIn=ins,
        path=path(),
        feeTo=fee_to(),
        firstMint=case(a=WAD, b=4 * WAD, liquidity=same(isqrt(4 * WAD * WAD) - 1000, 1999999999999999000)),
        sameToken=case(amountIn=WAD, mostOut=same(WAD * 997 // 1000, 997 * WAD // 1000), amountOut=WAD,
                       leastIn=same(ceil(Fraction(WAD * 1000, 997)), 1003009027081243732)),
        stable=stable_cases(rng),
        interest=interest(),
        compounding=compounding(rng),
        morpho=morpho(),
        firstDepositor=first_depositor(),
        shares=share_cases(rng),
        zkLend=zk_lend(),
        health=health(),
        liquidations=liquidations(rng),
        buckets=bucket(rng),
        averages=averages(),
    )
    vectors["logarithms"], vectors["powers"] = logarithms(rng)
    (HERE / "auto-fi.json").write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    main()
