#!/usr/bin/env python3
"""Writes economy.json (subsidies, rewards and storage fees) and network-tag.json, without any of this repository's code:
interpolation and division are done with exact rationals and rounded once.
"""

import hashlib
import json
import math
import random
from fractions import Fraction
from pathlib import Path

HERE = Path(__file__).parent

COIN = 10**18
HALVING = 4 * 365 * 24 * 600
CURVE = [(n * HALVING, 10 * COIN >> n) for n in range(8)]
STEEP = [(5, 2**128 - 1), (8, 2**127), (2**32 - 1, 0)]
MAX_LENGTH = 3_932_160


def subsidy(points, block):
    before = [point for point in points if point[0] <= block]
    after = [point for point in points if point[0] > block]
    if not before:
        return 0
    (x0, y0) = before[-1]
    if not after:
        return y0
    (x1, y1) = after[0]
    return math.floor(y0 - Fraction(y0 - y1) * (block - x0) / (x1 - x0))


def reward(amount, average_hundredths, byte_fee):
    average = min(average_hundredths // 100, MAX_LENGTH)
    fees = min(amount, MAX_LENGTH * byte_fee)
    return amount - math.floor(Fraction(fees) * average / MAX_LENGTH)


def byte_fee(supply, pledged, history):
    free = max(pledged // 25 - history, 0)
    return max(supply // free if free else supply, 1)


def network_tag(chain_id):
    preimage = b"autonomys/network/v1" + chain_id.encode()
    return "0x" + hashlib.blake2b(preimage, digest_size=32).hexdigest()


def write(name, value):
    (HERE / name).write_text(json.dumps(value, indent=1) + "\n")


def main():
    rng = random.Random(2026)
    vectors = {"subsidy": [], "reward": [], "byteFee": []}
    for points in (CURVE, STEEP):
        blocks = {0, 1, 4, 5, 6, 7, 8, 9, 2**32 - 2, 2**32 - 1}
        blocks |= {point[0] for point in points} | {rng.randrange(8 * HALVING) for _ in range(20)}
        vectors["subsidy"].append(
            {
                "points": [[block, str(amount)] for block, amount in points],
                "cases": [[block, str(subsidy(points, block))] for block in sorted(blocks)],
            }
        )
    for _ in range(40):
        amount = rng.randrange(20 * COIN)
        average = rng.randrange(600 * MAX_LENGTH // 5)
        fee = rng.choice([0, 1, 10**9, rng.randrange(10**13), 2**128 - 1])
        vectors["reward"].append([str(amount), average, str(fee), str(reward(amount, average, fee))])
    for _ in range(40):
        supply = rng.randrange(10**27)
        pledged = rng.choice([0, 24, 25, 2**128 - 1, rng.randrange(10**18)])
        history = rng.choice([0, 1, pledged // 25, rng.randrange(10**16)])
        vectors["byteFee"].append(
            [str(supply), str(pledged), str(history), str(byte_fee(supply, pledged, history))]
        )
    write("economy.json", vectors)
    chains = ["dev", "local", "fast", "main-preset", "unit"]
    write("network-tag.json", {chain: network_tag(chain) for chain in chains})


if __name__ == "__main__":
    main()
