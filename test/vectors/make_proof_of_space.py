#!/usr/bin/env python3
"""Writes the own vectors of proof-of-space.json: tables computed from their description in crates/proof-of-space without
any of this repository's code. Keeps the published vectors. Needs the package blake3: `pip install blake3`; takes minutes
and about 2 GB for K = 20.
"""

import json
import struct
from pathlib import Path

from blake3 import blake3

FILE = Path(__file__).parent / "proof-of-space.json"
ROWS, COLUMNS = 119, 127
BUCKET = ROWS * COLUMNS
METADATA_UNITS = [1, 2, 4, 4, 3, 2, 0]
SEEDS = [
    (15, bytes(32)),
    (15, bytes(range(32))),
    (17, b"Autonomys proof of space seed 00"),
    (20, b"Autonomys proof of space seed 00"),
]


def chacha8_block(key, counter):
    mask = 2**32 - 1
    start = [*struct.unpack("<4I", b"expand 32-byte k"), *struct.unpack("<8I", key), counter, 0, 0, 0]
    state = start[:]

    def rotate(word, bits):
        return (word << bits | word >> (32 - bits)) & mask

    def quarter_round(a, b, c, d):
        for to, other, rotated, bits in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)]:
            state[to] = (state[to] + state[other]) & mask
            state[rotated] = rotate(state[rotated] ^ state[to], bits)

    for _ in range(4):
        for column in range(4):
            quarter_round(column, 4 + column, 8 + column, 12 + column)
        for column in range(4):
            quarter_round(column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4)
    return struct.pack("<16I", *((a + b) & mask for a, b in zip(state, start)))


def in_order(ys):
    return sorted(range(len(ys)), key=lambda position: (ys[position], position))


def tables(k, seed):
    """Values of y of table 7, and pairs of parents of tables 2 to 7, all by position."""
    count, y_bits = 2**k, k + 6
    keystream = b"".join(chacha8_block(seed, block) for block in range((count * k + 511) // 512)) + bytes(4)
    ys = []
    for x in range(count):
        window = int.from_bytes(keystream[x * k // 8 :][:4], "big")
        value = window >> (32 - k - x * k % 8) & (count - 1)
        ys.append(value << 6 | x >> (k - 6))
    metadata = list(range(count))
    parents = []
    for table in range(2, 8):
        input_bits, output_bits = k * METADATA_UNITS[table - 2], k * METADATA_UNITS[table - 1]
        length = (y_bits + 2 * input_bits + 7) // 8
        padding = 8 * length - (y_bits + 2 * input_bits)
        order = in_order(ys)
        positions = {}
        for position in order:
            positions.setdefault(ys[position], []).append(position)
        made_ys, made_metadata, made_parents = [], [], []
        for left in order:
            bucket, residue = divmod(ys[left], BUCKET)
            for m in range(64):
                row = (residue // COLUMNS + m) % ROWS
                column = ((2 * m + bucket % 2) ** 2 + residue) % COLUMNS
                for right in positions.get((bucket + 1) * BUCKET + row * COLUMNS + column, ()):
                    both = metadata[left] << input_bits | metadata[right]
                    message = (ys[left] << (2 * input_bits) | both) << padding
                    value = int.from_bytes(blake3(message.to_bytes(length, "big")).digest(), "big")
                    made_ys.append(value >> (256 - y_bits))
                    hashed = value >> (256 - y_bits - output_bits) & (2**output_bits - 1)
                    made_metadata.append(both if table <= 3 else hashed)
                    made_parents.append((left, right))
        ys, metadata = made_ys, made_metadata
        parents.append(made_parents)
    return ys, parents


def proof(k, parents, position):
    positions = [position]
    for pairs in reversed(parents):
        positions = [parent for position in positions for parent in pairs[position]]
    joined = 0
    for x in positions:
        joined = joined << k | x
    return joined.to_bytes(8 * k, "big")


def vector(k, seed):
    ys, parents = tables(k, seed)
    entries = {}
    for position in in_order(ys):
        entries.setdefault(ys[position] >> 6, []).append(position)
    first_proofs = blake3()
    for challenge in sorted(entries):
        first_proofs.update(proof(k, parents, entries[challenge][0]))
    chosen = sorted({i * 2**k // 12 + 5 * i for i in range(12)} | {2**k - 1})
    return {
        "k": k,
        "seed": seed.hex(),
        "proof_count": len(ys),
        "proven_challenges": len(entries),
        "first_proofs_hash": first_proofs.hexdigest(),
        "challenges": [
            {"challenge": c, "proofs": [proof(k, parents, p).hex() for p in entries.get(c, [])]} for c in chosen
        ],
    }


if __name__ == "__main__":
    vectors = json.loads(FILE.read_text())
    vectors["own"] = [vector(k, seed) for k, seed in SEEDS]
    FILE.write_text(json.dumps(vectors, indent=2) + "\n")
