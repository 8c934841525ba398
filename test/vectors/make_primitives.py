#!/usr/bin/env python3
"""Writes primitives.json and blocks.json: encodings, hashes and formulas of consensus, computed from docs/specification
without any of this repository's code. Needs the package blake3: `pip install blake3`.

Values without meaning are the first bytes of BLAKE3 of their name, so that a swapped or shortened field shows.
"""

import json
from pathlib import Path

from blake3 import blake3

HERE = Path(__file__).parent
U64_MAX = 2**64 - 1
MAX_SOLUTION_RANGE = 2**63


def filler(name, length):
    return blake3(name.encode()).digest(length)


def hexed(data):
    return "0x" + data.hex()


def unhexed(text):
    return bytes.fromhex(text.removeprefix("0x"))


def u8(value):
    return value.to_bytes(1, "little")


def u16(value):
    return value.to_bytes(2, "little")


def u32(value):
    return value.to_bytes(4, "little")


def u64(value):
    return value.to_bytes(8, "little")


def u128(value):
    return value.to_bytes(16, "little")


def compact(value):
    """Compact length of SCALE; nothing here has 2^30 elements."""
    if value < 2**6:
        return u8(value << 2)
    if value < 2**14:
        return u16(value << 2 | 1)
    assert value < 2**30
    return u32(value << 2 | 2)


def vector(data, count):
    return compact(count) + data


# Hashes

USES = [
    "merkle-node", "segment-header", "sector-id", "proof-of-space-seed", "sector-piece", "sector-expiration", "chunk-mask",
    "global-randomness", "global-challenge", "proof-of-time-genesis-seed", "proof-of-time-entropy",
    "proof-of-time-injected-seed", "block-randomness", "checksum",
]


def key(use):
    assert use in USES
    return blake3(f"autonomys/{use}/v1".encode()).digest()


def keyed(use, *parts):
    return blake3(b"".join(parts), key=key(use)).digest()


def modulo(digest, modulus):
    return int.from_bytes(digest, "little") % modulus


# Parameters


def fraction(numerator, denominator):
    return {"numerator": numerator, "denominator": denominator}


def solution_range(params, pieces):
    probability = params["slotProbability"]
    value = U64_MAX // probability["denominator"] * probability["numerator"]
    value = value // params["chunksPerRecord"] * s_buckets(params) // pieces
    return min(max(value, 1), MAX_SOLUTION_RANGE)


def next_solution_range(params, current, era_slots):
    probability = params["slotProbability"]
    expected = current * era_slots * probability["numerator"]
    expected //= params["eraBlocks"] * probability["denominator"]
    least = max(current // 4, 1)
    most = min(current * 4, MAX_SOLUTION_RANGE)
    return min(max(expected, least), most)


def s_buckets(params):
    return 2 * params["chunksPerRecord"]


def pieces_per_segment(params):
    return 2 * params["sourceRecordsPerSegment"]


def depth(leaves):
    return leaves.bit_length() - 1


DEV = {
    "networkTag": hexed(filler("network tag", 32)),
    "chunksPerRecord": 1024,
    "sourceRecordsPerSegment": 16,
    "proofOfSpaceK": 17,
    "piecesInSector": 16,
    "slotDurationMillis": 1000,
    "slotProbability": fraction(1, 2),
    "authoringDelay": 2,
    "confirmationDepth": 8,
    "entropyInjection": {"interval": 8, "lookback": 2, "delay": 6},
    "eraBlocks": 32,
    "proofOfTimeIterations": 16384,
    "paced": True,
    "recentSegments": 2,
    "recentHistoryFraction": fraction(1, 10),
    "minSectorLifetime": 4,
    "initialSolutionRange": 0,
    "storageFee": {"fixed": 10**9},
}
MAIN = DEV | {
    "chunksPerRecord": 32768,
    "sourceRecordsPerSegment": 128,
    "proofOfSpaceK": 20,
    "piecesInSector": 1000,
    "slotProbability": fraction(1, 6),
    "authoringDelay": 4,
    "confirmationDepth": 100,
    "entropyInjection": {"interval": 50, "lookback": 2, "delay": 15},
    "eraBlocks": 2016,
    "proofOfTimeIterations": 206_557_520,
    "paced": False,
    "recentSegments": 5,
    "storageFee": "dynamic",
}
FAST = DEV | {
    "chunksPerRecord": 256,
    "sourceRecordsPerSegment": 8,
    "piecesInSector": 8,
    "slotDurationMillis": 200,
    "authoringDelay": 4,
    "confirmationDepth": 16,
}
UNIT = DEV | {
    "chunksPerRecord": 256,
    "sourceRecordsPerSegment": 8,
    "piecesInSector": 8,
    "confirmationDepth": 5,
    "entropyInjection": {"interval": 5, "lookback": 2, "delay": 4},
    "eraBlocks": 4,
    "proofOfTimeIterations": 64,
    "paced": False,
}
PRESETS = {"main": MAIN, "dev": DEV, "fast": FAST, "unit": UNIT}
for preset, sectors in [("main", 1), ("dev", 8), ("fast", 8), ("unit", 1)]:
    preset = PRESETS[preset]
    preset["initialSolutionRange"] = solution_range(preset, sectors * preset["piecesInSector"])


def encode_fraction(value):
    return u64(value["numerator"]) + u64(value["denominator"])


def encode_params(params):
    injection = params["entropyInjection"]
    fee = params["storageFee"]
    return b"".join([
        unhexed(params["networkTag"]),
        u32(params["chunksPerRecord"]),
        u32(params["sourceRecordsPerSegment"]),
        u8(params["proofOfSpaceK"]),
        u16(params["piecesInSector"]),
        u64(params["slotDurationMillis"]),
        encode_fraction(params["slotProbability"]),
        u64(params["authoringDelay"]),
        u32(params["confirmationDepth"]),
        u32(injection["interval"]) + u32(injection["lookback"]) + u64(injection["delay"]),
        u32(params["eraBlocks"]),
        u32(params["proofOfTimeIterations"]),
        u8(params["paced"]),
        u64(params["recentSegments"]),
        encode_fraction(params["recentHistoryFraction"]),
        u64(params["minSectorLifetime"]),
        u64(params["initialSolutionRange"]),
        u8(0) if fee == "dynamic" else u8(1) + u128(fee["fixed"]),
    ])


# History


def segment_header(index, last_block, partial_bytes, is_first=False):
    return {
        "segmentIndex": index,
        "segmentRoot": hexed(filler(f"root of segment {index}", 32)),
        "prevSegmentHeaderHash": hexed(bytes(32) if is_first else filler(f"hash before segment {index}", 32)),
        "lastArchivedBlock": {"number": last_block, "partialBytes": partial_bytes},
    }


def encode_segment_header(header):
    last = header["lastArchivedBlock"]
    return b"".join([
        u64(header["segmentIndex"]),
        unhexed(header["segmentRoot"]),
        unhexed(header["prevSegmentHeaderHash"]),
        u32(last["number"]) + u32(last["partialBytes"]),
    ])


SEGMENT_HEADERS = [
    segment_header(0, 0, 65531, is_first=True),
    segment_header(1, 7, 0),
    segment_header(0x0102030405060708, 0x090A0B0C, 0x0D0E0F10),
]


# Proof of time


def slot_vector(slot, name):
    output = filler(f"output {name}", 16)
    randomness = keyed("global-randomness", output)
    return {
        "slot": slot,
        "output": hexed(output),
        "globalChallenge": hexed(keyed("global-challenge", randomness, u64(slot))),
        "blockRandomness": hexed(keyed("block-randomness", output)),
    }


def genesis_seed_vector(name, external_entropy):
    genesis_hash = filler(f"genesis {name}", 32)
    return {
        "genesisHash": hexed(genesis_hash),
        "externalEntropy": hexed(external_entropy),
        "seed": hexed(keyed("proof-of-time-genesis-seed", genesis_hash, external_entropy)[:16]),
    }


def entropy_vector(name):
    chunk = filler(f"chunk {name}", 32)
    proof_of_time = filler(f"proof of time {name}", 16)
    output = filler(f"output {name}", 16)
    entropy = keyed("proof-of-time-entropy", chunk, proof_of_time)
    return {
        "chunk": hexed(chunk),
        "proofOfTime": hexed(proof_of_time),
        "entropy": hexed(entropy),
        "output": hexed(output),
        "seed": hexed(keyed("proof-of-time-injected-seed", entropy, output)[:16]),
    }


def parameters_change(slot, iterations):
    return {"slot": slot, "iterations": iterations, "entropy": hexed(filler("entropy", 32))}


def encode_parameters_change(change):
    return u64(change["slot"]) + u32(change["iterations"]) + unhexed(change["entropy"])


def slot_input_vector(slot, change):
    """The input of the slot after `slot`: a change holds for the seed of its slot, and for iterations from it on."""
    output = filler("output", 16)
    seed, iterations = output, 16384
    if change and change["slot"] <= slot + 1:
        iterations = change["iterations"]
    if change and change["slot"] == slot + 1:
        seed = keyed("proof-of-time-injected-seed", unhexed(change["entropy"]), output)[:16]
    return {
        "slot": slot,
        "iterations": 16384,
        "output": hexed(output),
        "change": change,
        "next": {"slot": slot + 1, "iterations": iterations, "seed": hexed(seed)},
    }


# Sectors


def piece_index(params, sector_id, offset, history_size):
    draw = keyed("sector-piece", sector_id, u16(offset))
    share = params["recentHistoryFraction"]
    pieces = history_size * pieces_per_segment(params)
    recent = params["recentSegments"] * pieces_per_segment(params)
    interleaved = max(1, 2 * (params["piecesInSector"] * share["numerator"] // share["denominator"]))
    is_long = pieces > recent * share["denominator"] // share["numerator"]
    if is_long and offset % 2 == 1 and offset < interleaved:
        return pieces - recent + modulo(draw, recent)
    return modulo(draw, pieces)


def sector_vector(preset, sector_index, history_size, offsets):
    params = PRESETS[preset]
    public_key = filler("public key", 32)
    sector_id = keyed("sector-id", public_key, u16(sector_index), u64(history_size))
    lifetime = params["minSectorLifetime"]
    segment = history_size + lifetime - 1
    root = filler(f"root of segment {segment}", 32)
    draw = keyed("sector-expiration", sector_id, root)
    return {
        "preset": preset,
        "publicKey": hexed(public_key),
        "sectorIndex": sector_index,
        "historySize": history_size,
        "sectorId": hexed(sector_id),
        "pieces": [
            {
                "offset": offset,
                "proofOfSpaceSeed": hexed(keyed("proof-of-space-seed", sector_id, u16(offset))),
                "pieceIndex": piece_index(params, sector_id, offset, history_size),
            }
            for offset in offsets
        ],
        "expirationSegment": segment,
        "expirationSegmentRoot": hexed(root),
        "expiration": history_size + lifetime + modulo(draw, 3 * history_size),
    }


def xor(left, right):
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def audit_vector(preset, name):
    params = PRESETS[preset]
    sector_id = filler(f"sector id {name}", 32)
    global_challenge = filler(f"global challenge {name}", 32)
    challenge = xor(sector_id, global_challenge)
    s_bucket = int.from_bytes(challenge[:2], "little") % s_buckets(params)
    chunk = filler(f"chunk {name}", 32)
    proof = filler(f"proof of space {name}", 8 * params["proofOfSpaceK"])
    masked = xor(chunk, keyed("chunk-mask", proof))
    ticket = int.from_bytes(blake3(masked, key=challenge).digest(8), "little")
    apart = (ticket - int.from_bytes(global_challenge[:8], "little")) % 2**64
    return {
        "preset": preset,
        "sectorId": hexed(sector_id),
        "globalChallenge": hexed(global_challenge),
        "sectorSlotChallenge": hexed(challenge),
        "sBucket": s_bucket,
        "proofOfSpaceChallenge": s_bucket * 2 ** params["proofOfSpaceK"] // s_buckets(params),
        "chunk": hexed(chunk),
        "proofOfSpace": hexed(proof),
        "maskedChunk": hexed(masked),
        "ticket": ticket,
        "distance": min(apart, 2**64 - apart),
    }


# Solutions


def solution(preset):
    params = PRESETS[preset]

    def nodes(name, count):
        return [hexed(filler(f"{name} {level}", 32)) for level in range(count)]

    return {
        "publicKey": hexed(filler("public key", 32)),
        "rewardAddress": hexed(filler("reward address", 32)),
        "sectorIndex": 0x0102,
        "historySize": 0x0304050607080900,
        "pieceOffset": 0x0A0B,
        "recordRoot": hexed(filler("record root", 32)),
        "recordProof": nodes("record proof", depth(pieces_per_segment(params))),
        "chunk": hexed(filler("chunk", 32)),
        "chunkProof": nodes("chunk proof", depth(s_buckets(params))),
        "proofOfSpace": hexed(filler("proof of space", 8 * params["proofOfSpaceK"])),
    }


def encode_solution(solution):
    def nodes(values):
        return vector(b"".join(map(unhexed, values)), len(values))

    proof = unhexed(solution["proofOfSpace"])
    return b"".join([
        unhexed(solution["publicKey"]),
        unhexed(solution["rewardAddress"]),
        u16(solution["sectorIndex"]),
        u64(solution["historySize"]),
        u16(solution["pieceOffset"]),
        unhexed(solution["recordRoot"]),
        nodes(solution["recordProof"]),
        unhexed(solution["chunk"]),
        nodes(solution["chunkProof"]),
        vector(proof, len(proof)),
    ])


def seal_vector():
    genesis_hash, pre_hash = filler("genesis hash", 32), filler("pre hash", 32)
    return {
        "context": "autonomys/seal/v1",
        "genesisHash": hexed(genesis_hash),
        "preHash": hexed(pre_hash),
        "message": hexed(genesis_hash + pre_hash),
    }


def primitives():
    retargets = [
        (preset, current, slots)
        for preset, params in PRESETS.items()
        for current in (1, params["initialSolutionRange"], MAX_SOLUTION_RANGE)
        for slots in (0, 1, params["eraBlocks"], 7 * params["eraBlocks"], U64_MAX)
    ]
    return {
        "about": "Made by make_primitives.py. Bytes are hex; JSON of whole types is that of the JSON-RPC.",
        "hashKeys": [{"use": use, "key": hexed(key(use))} for use in USES],
        "params": [
            {"preset": preset, "params": params, "encoded": hexed(encode_params(params))}
            for preset, params in PRESETS.items()
        ],
        "segmentHeaders": [
            {
                "header": header,
                "encoded": hexed(encode_segment_header(header)),
                "hash": hexed(keyed("segment-header", encode_segment_header(header))),
            }
            for header in SEGMENT_HEADERS
        ],
        "genesisSeeds": [genesis_seed_vector("a", b""), genesis_seed_vector("b", b"external entropy")],
        "slots": [slot_vector(1, "a"), slot_vector(0x0102030405060708, "b"), slot_vector(U64_MAX, "c")],
        "entropies": [entropy_vector("a"), entropy_vector("b")],
        "slotInputs": [
            slot_input_vector(9, None),
            *(slot_input_vector(slot, parameters_change(10, 32768)) for slot in (8, 9, 10)),
        ],
        "sectors": [
            sector_vector("main", 0, 1, [0, 1, 999]),
            sector_vector("main", 0x0102, 51, [0, 1, 2, 3, 198, 199, 200, 201, 999]),
            sector_vector("main", 65535, 0x010203040506, [1, 199, 201]),
            sector_vector("dev", 3, 20, [0, 1, 2]),
            sector_vector("dev", 3, 21, [0, 1, 2, 3, 15]),
            sector_vector("unit", 1, 30, [0, 1, 7]),
        ],
        "audits": [audit_vector(preset, name) for preset in PRESETS for name in ("a", "b")],
        "solutionRanges": [
            {"preset": preset, "pieces": pieces, "solutionRange": solution_range(params, pieces)}
            for preset, params in PRESETS.items()
            for pieces in (1, 8, 1000, 10**12, U64_MAX)
        ],
        "retargets": [
            {
                "preset": preset,
                "solutionRange": current,
                "eraSlots": slots,
                "next": next_solution_range(PRESETS[preset], current, slots),
            }
            for preset, current, slots in retargets
        ],
        "blockWeights": [
            {"solutionRange": value, "weight": U64_MAX - value} for value in (1, 10**15, MAX_SOLUTION_RANGE)
        ],
        "solutions": [
            {"preset": preset, "solution": solution(preset), "encoded": hexed(encode_solution(solution(preset)))}
            for preset in PRESETS
        ],
        "seal": seal_vector(),
    }


# Blocks

ENGINE = b"POAS"
CONSENSUS, SEAL, PRE_RUNTIME, RUNTIME_ENVIRONMENT_UPDATED = 4, 5, 6, 8


def digest_item(kind, content):
    return u8(kind) + ENGINE + vector(content, len(content))


def pre_digest_vector(preset):
    value = {
        "slot": 0x0102030405060708,
        "solution": solution(preset),
        "proofOfTime": hexed(filler("proof of time", 16)),
        "futureProofOfTime": hexed(filler("future proof of time", 16)),
    }
    encoded = b"".join([
        u64(value["slot"]),
        encode_solution(value["solution"]),
        unhexed(value["proofOfTime"]),
        unhexed(value["futureProofOfTime"]),
    ])
    return {"preset": preset} | value | {"encoded": hexed(encoded), "item": hexed(digest_item(PRE_RUNTIME, encoded))}


def log_vectors():
    change = parameters_change(0x1112131415161718, 0x191A1B10)
    root = {"segmentIndex": 0x2122232425262728, "segmentRoot": hexed(filler("segment root", 32))}
    logs = [
        ("potIterations", 0x01020310, u32(0x01020310)),
        ("potParametersChange", change, encode_parameters_change(change)),
        ("solutionRange", 0x3132333435363738, u64(0x3132333435363738)),
        ("nextSolutionRange", 0x4142434445464748, u64(0x4142434445464748)),
        ("segmentRoot", root, u64(root["segmentIndex"]) + unhexed(root["segmentRoot"])),
    ]
    return [
        {
            "kind": kind,
            "value": value,
            "encoded": hexed(u8(index) + content),
            "item": hexed(digest_item(CONSENSUS, u8(index) + content)),
        }
        for index, (kind, value, content) in enumerate(logs)
    ]


def justification_vector(slots):
    seed = filler("seed", 16)
    checkpoints = [[filler(f"checkpoint {slot} {index}", 16) for index in range(8)] for slot in range(slots)]
    return {
        "seed": hexed(seed),
        "checkpoints": [list(map(hexed, slot)) for slot in checkpoints],
        "encoded": hexed(seed + vector(b"".join(b"".join(slot) for slot in checkpoints), slots)),
    }


def blocks():
    pre_digests = [pre_digest_vector(preset) for preset in ("main", "dev")]
    logs = log_vectors()
    seal = filler("seal", 64)
    seal_item = digest_item(SEAL, seal)
    items = [pre_digests[1]["item"], *(log["item"] for log in logs)]
    items += [hexed(u8(RUNTIME_ENVIRONMENT_UPDATED)), hexed(seal_item)]
    return {
        "about": "Made by make_primitives.py. Bytes are hex. `item` is a SCALE-encoded digest item; `digest` is that of a "
        "header with the pre-digest of dev, all logs, stock's notice of a new runtime, and the seal.",
        "preDigests": pre_digests,
        "logs": logs,
        "seal": {"seal": hexed(seal), "item": hexed(seal_item)},
        "digest": hexed(vector(b"".join(map(unhexed, items)), len(items))),
        "justifications": [justification_vector(slots) for slots in (1, 3, 64)],
        "inherent": {
            "identifier": "segments",
            "segmentHeaders": SEGMENT_HEADERS,
            "encoded": hexed(vector(b"".join(map(encode_segment_header, SEGMENT_HEADERS)), len(SEGMENT_HEADERS))),
        },
    }


def write(name, value):
    (HERE / name).write_text(json.dumps(value, indent=2) + "\n")


if __name__ == "__main__":
    write("primitives.json", primitives())
    write("blocks.json", blocks())
