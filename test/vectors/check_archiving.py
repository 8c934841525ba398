#!/usr/bin/env python3
"""Archives the history of archiving.json by docs/specification/history.md, without any of this repository's code and with
the erasure code as the polynomial that it is, and compares every header and piece. Needs the package blake3, and some
minutes.
"""

import json
import struct
from pathlib import Path

from blake3 import blake3

RECORDS, CHUNKS, CHUNK = 8, 256, 32
RECORD = CHUNKS * CHUNK
SEGMENT = RECORDS * RECORD
BLOCK, START, CONTINUATION, PARENT = 1, 2, 3, 4


def keyed(use, data):
    return blake3(data, key=blake3(f"autonomys/{use}/v1".encode()).digest())


def cut(data, size):
    return [data[start : start + size] for start in range(0, len(data), size)]


# ChaCha8


def key_stream(key, length):
    def quarter_round(w, a, b, c, d):
        for to, other, changed, bits in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)]:
            w[to] = (w[to] + w[other]) % 2**32
            mixed = w[changed] ^ w[to]
            w[changed] = (mixed << bits | mixed >> 32 - bits) % 2**32

    columns = [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)]
    diagonals = [(0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]
    stream = bytearray()
    for counter in range(-(-length // 64)):
        state = [*struct.unpack("<4I8I", b"expand 32-byte k" + key), counter, 0, 0, 0]
        words = state.copy()
        for _ in range(4):
            for lanes in columns + diagonals:
                quarter_round(words, *lanes)
        stream += struct.pack("<16I", *((a + b) % 2**32 for a, b in zip(words, state)))
    return bytes(stream[:length])


# Reed–Solomon over GF(2^16)

POLYNOMIAL = 0x1002D
CANTOR_BASIS = [
    0x0001, 0xACCA, 0x3C0E, 0x163E, 0xC582, 0xED2E, 0x914C, 0x4012,
    0x6C98, 0x10D8, 0x6A72, 0xB900, 0xFDB8, 0xFB34, 0xFF38, 0x991E,
]
ORDER = 2**16 - 1

# From the Cantor basis to the polynomial basis, and back
TO_POLYNOMIAL = [0] * 2**16
for bit, element in enumerate(CANTOR_BASIS):
    for low in range(2**bit):
        TO_POLYNOMIAL[low | 1 << bit] = TO_POLYNOMIAL[low] ^ element
TO_CANTOR = [0] * 2**16
for cantor, polynomial in enumerate(TO_POLYNOMIAL):
    TO_CANTOR[polynomial] = cantor

EXP, LOG = [], [0] * 2**16
power = 1
for exponent in range(ORDER):
    EXP.append(power)
    LOG[power] = exponent
    power <<= 1
    if power >= 2**16:
        power ^= POLYNOMIAL
EXP += EXP


def lagrange(count):
    """Logarithms of what source shard i contributes to parity shard j: points count + i and j."""
    sources = [TO_POLYNOMIAL[count + i] for i in range(count)]
    below = [sum(LOG[x ^ other] for other in sources if other != x) for x in sources]
    rows = []
    for j in range(count):
        point = TO_POLYNOMIAL[j]
        above = sum(LOG[point ^ x] for x in sources)
        rows.append([(above - LOG[point ^ x] - b) % ORDER for x, b in zip(sources, below)])
    return rows


LAGRANGE = {RECORDS: lagrange(RECORDS), CHUNKS: lagrange(CHUNKS)}


def parity(shards, block):
    """Parity shards; low bytes of elements are in the first half of every block, high bytes in the second."""
    result = [bytearray(len(shards[0])) for _ in shards]
    for start in range(0, len(shards[0]), block):
        for low in range(start, start + block // 2):
            high = low + block // 2
            word = [TO_POLYNOMIAL[shard[low] | shard[high] << 8] for shard in shards]
            logs = [(i, LOG[element]) for i, element in enumerate(word) if element]
            for row, shard in zip(LAGRANGE[len(shards)], result):
                value = 0
                for i, log in logs:
                    value ^= EXP[log + row[i]]
                value = TO_CANTOR[value]
                shard[low], shard[high] = value & 0xFF, value >> 8
    return [bytes(shard) for shard in result]


# Merkle trees


def level_above(level):
    return [keyed("merkle-node", left + right).digest() for left, right in zip(level[::2], level[1::2])]


def root(leaves):
    while len(leaves) > 1:
        leaves = level_above(leaves)
    return leaves[0]


def proof(leaves, index):
    siblings = []
    while len(leaves) > 1:
        siblings.append(leaves[index ^ 1])
        leaves, index = level_above(leaves), index // 2
    return b"".join(siblings)


# Archiving


def pieces_and_root(segment):
    records = cut(segment, RECORD)
    records += parity(records, 64)
    parity_roots, record_roots = [], []
    for record in records:
        chunks = cut(record, CHUNK)
        parity_chunks = parity(chunks, CHUNK)
        parity_roots.append(root(parity_chunks))
        record_roots.append(root(chunks + parity_chunks))
    pieces = [
        record + parity_root + proof(record_roots, position)
        for position, (record, parity_root) in enumerate(zip(records, parity_roots))
    ]
    return b"".join(pieces), root(record_roots)


def item(variant, content):
    return struct.pack("<BI", variant, len(content)) + content


def archive(blocks):
    """Yields encoded header and pieces of every segment."""
    segment, index, before = b"", 0, bytes(32)
    for number, block in enumerate(blocks):
        archived = 0
        while archived < len(block):
            room = SEGMENT - len(segment) - 5
            content = block[archived : archived + room]
            is_cut = archived + len(content) < len(block)
            segment += item(CONTINUATION if archived else START if is_cut else BLOCK, content)
            archived += len(content)
            if SEGMENT - len(segment) >= 6:
                continue
            pieces, segment_root = pieces_and_root(segment.ljust(SEGMENT, b"\0"))
            partial = archived if is_cut else 0
            header = struct.pack("<Q32s32sII", index, segment_root, before, number, partial)
            yield header, pieces
            segment, index, before = item(PARENT, header), index + 1, keyed("segment-header", header).digest()


def pattern(number, length):
    return bytes((31 * p + 17 * number + p // 256) % 256 for p in range(length))


def main():
    vectors = json.loads((Path(__file__).parent / "archiving.json").read_text())
    genesis = pattern(0, vectors["genesis_length"])
    genesis += key_stream(bytes.fromhex(vectors["genesis_state_root"]), SEGMENT - len(genesis))
    blocks = [genesis, *(pattern(n, length) for n, length in enumerate(vectors["block_lengths"], 1))]
    archived = 0
    for (header, pieces), vector in zip(archive(blocks), vectors["segments"], strict=True):
        assert header.hex() == vector["encoded_header"], archived
        assert "0x" + keyed("segment-header", header).hexdigest() == vector["header_hash"], archived
        assert keyed("checksum", pieces).hexdigest() == vector["pieces_checksum"], archived
        archived += 1
    print(f"{archived} segments are those of archiving.json")


if __name__ == "__main__":
    main()
