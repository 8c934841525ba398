#!/usr/bin/env python3
"""Writes domains.json: encodings, hashes, order, roots, election and keys of domains, computed from docs/specification
without any of this repository's code. Needs the package blake3: `pip install blake3`.

Values without meaning are the first bytes of BLAKE3 of their name, so that a swapped or shortened field shows. Only the VRF
outputs are not computed here: they were recorded, since sr25519 has no other implementation at hand.
"""

import json
from hashlib import blake2b
from pathlib import Path

from blake3 import blake3

HERE = Path(__file__).parent
U64 = 2**64 - 1
U128 = 2**128 - 1


def filler(name, length=32):
    return blake3(name.encode()).digest(length)


def hexed(data):
    return "0x" + data.hex()


def blake2(data, size=32):
    return blake2b(data, digest_size=size).digest()


# SCALE


def u8(value):
    return value.to_bytes(1, "little")


def u32(value):
    return value.to_bytes(4, "little")


def u64(value):
    return value.to_bytes(8, "little")


def u128(value):
    return value.to_bytes(16, "little")


def compact(value):
    if value < 2**6:
        return u8(value << 2)
    if value < 2**14:
        return (value << 2 | 1).to_bytes(2, "little")
    if value < 2**30:
        return u32(value << 2 | 2)
    size = (value.bit_length() + 7) // 8
    return u8((size - 4) << 2 | 3) + value.to_bytes(size, "little")


def sequence(items):
    return compact(len(items)) + b"".join(items)


def byte_string(data):
    return compact(len(data)) + data


def option(data):
    return b"\0" if data is None else b"\1" + data


# Tries of stock Substrate, values of 33 bytes and more hashed


def nibbles(key):
    return [nibble for byte in key for nibble in (byte >> 4, byte & 15)]


def node_header(prefix, bits, partial):
    most = 255 >> bits
    size = len(partial)
    if size < most:
        header = u8(prefix | size)
    else:
        left = size - (most - 1)
        header = u8(prefix | most)
        while left >= 256:
            header += b"\xff"
            left -= 255
        header += u8(left - 1)
    if size % 2:
        header += u8(partial[0])
        partial = partial[1:]
    return header + bytes(high << 4 | low for high, low in zip(partial[::2], partial[1::2]))


def node_value(value):
    """What a node holds of a value, and whether that is a hash. A value is bytes, or a tuple with their hash."""
    if isinstance(value, tuple):
        return value[0], True
    if len(value) >= 33:
        return blake2(value), True
    return byte_string(value), False


def trie_node(entries):
    """Encoding of the node with these (nibbles, value), the nibbles of each being those below the parent."""
    if len(entries) == 1:
        key, value = entries[0]
        held, hashed = node_value(value)
        return node_header(0b00100000 if hashed else 0b01000000, 3 if hashed else 2, key) + held
    shared = 0
    while all(len(key) > shared for key, _ in entries) and len({key[shared] for key, _ in entries}) == 1:
        shared += 1
    partial = entries[0][0][:shared]
    own = [value for key, value in entries if len(key) == shared]
    if own:
        held, hashed = node_value(own[0])
        header = node_header(0b00010000 if hashed else 0b11000000, 4 if hashed else 2, partial)
    else:
        held, header = b"", node_header(0b10000000, 2, partial)
    children = {}
    for key, value in entries:
        if len(key) > shared:
            children.setdefault(key[shared], []).append((key[shared + 1 :], value))
    bitmap = sum(1 << nibble for nibble in children)
    encoded = header + bitmap.to_bytes(2, "little") + held
    for nibble in sorted(children):
        child = trie_node(children[nibble])
        encoded += byte_string(child if len(child) < 32 else blake2(child))
    return encoded


def trie_root(values):
    if not values:
        return blake2(b"\0")
    return blake2(trie_node([(nibbles(key), values[key]) for key in sorted(values)]))


def ordered_root(values):
    return trie_root({compact(index): value for index, value in enumerate(values)})


# Hash functions of storage keys


def xxh64(data, seed):
    p1, p2, p3 = 11400714785074694791, 14029467366897019727, 1609587929392839161
    p4, p5 = 9650029242287828579, 2870177450012600261

    def rotate(value, bits):
        return (value << bits | value >> 64 - bits) & U64

    def step(lane, word):
        return rotate((lane + word * p2) & U64, 31) * p1 & U64

    rest = data
    if len(data) >= 32:
        lanes = [(seed + p1 + p2) & U64, (seed + p2) & U64, seed, (seed - p1) & U64]
        while len(rest) >= 32:
            for lane in range(4):
                lanes[lane] = step(lanes[lane], int.from_bytes(rest[8 * lane : 8 * lane + 8], "little"))
            rest = rest[32:]
        result = sum(rotate(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18))) & U64
        for lane in lanes:
            result = ((result ^ step(0, lane)) * p1 + p4) & U64
    else:
        result = (seed + p5) & U64
    result = (result + len(data)) & U64
    while len(rest) >= 8:
        result = (rotate(result ^ step(0, int.from_bytes(rest[:8], "little")), 27) * p1 + p4) & U64
        rest = rest[8:]
    if len(rest) >= 4:
        result = (rotate(result ^ int.from_bytes(rest[:4], "little") * p1 & U64, 23) * p2 + p3) & U64
        rest = rest[4:]
    for byte in rest:
        result = rotate(result ^ byte * p5 & U64, 11) * p1 & U64
    result = (result ^ result >> 33) * p2 & U64
    result = (result ^ result >> 29) * p3 & U64
    return u64(result ^ result >> 32)


def twox128(data):
    return xxh64(data, 0) + xxh64(data, 1)


def storage_key(pallet, item, hasher=None, key=b""):
    hashed = {
        None: lambda: b"",
        "identity": lambda: b"",
        "twox64Concat": lambda: xxh64(key, 0),
        "blake2_128Concat": lambda: blake2(key, 16),
    }[hasher]()
    return twox128(pallet.encode()) + twox128(item.encode()) + hashed + key


# Order


def chacha8(key, length):
    """Key stream of ChaCha with 8 rounds, a nonce of 12 zero bytes, from block 0."""
    stream = b""
    block = 0
    while len(stream) < length:
        start = [int.from_bytes(b"expand 32-byte k"[i : i + 4], "little") for i in range(0, 16, 4)]
        start += [int.from_bytes(key[i : i + 4], "little") for i in range(0, 32, 4)] + [block, 0, 0, 0]
        state = list(start)

        def quarter(a, b, c, d):
            for first, second, third, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                state[first] = (state[first] + state[second]) % 2**32
                mixed = state[third] ^ state[first]
                state[third] = (mixed << bits | mixed >> 32 - bits) % 2**32

        for _ in range(4):
            for i in range(4):
                quarter(i, 4 + i, 8 + i, 12 + i)
            for i in range(4):
                quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
        stream += b"".join(u32((word + first) % 2**32) for word, first in zip(state, start))
        block += 1
    return stream[:length]


def block_order(transactions, seed):
    """Positions of (signer, extrinsic), in the order of the block."""
    kept, seen = [], set()
    for position, (_, extrinsic) in enumerate(transactions):
        if extrinsic not in seen:
            seen.add(extrinsic)
            kept.append(position)
    signers = [transactions[position][0] for position in kept]
    stream = chacha8(seed, 8 * len(signers))
    for step, i in enumerate(range(len(signers) - 1, 0, -1)):
        random = int.from_bytes(stream[8 * step : 8 * step + 8], "little")
        j = random * (i + 1) >> 64
        signers[i], signers[j] = signers[j], signers[i]
    order = []
    for signer in signers:
        position = next(position for position in kept if transactions[position][0] == signer)
        kept.remove(position)
        order.append(position)
    return order


def digest(extrinsic):
    encoded = byte_string(extrinsic)
    if len(encoded) < 33:
        return b"\0" + byte_string(encoded)
    return b"\1" + blake2(encoded)


def order_vector(name, signers, lengths, repeated):
    """`signers` by position; extrinsics of these lengths; `repeated` maps a position to the one that it repeats."""
    transactions = []
    for position, (signer, length) in enumerate(zip(signers, lengths)):
        if position in repeated:
            transactions.append(transactions[repeated[position]])
            continue
        account = None if signer is None else filler(f"signer {signer}")
        transactions.append((account, filler(f"{name} {position}", length)))
    seed = filler(f"{name} seed")
    order = block_order(transactions, seed)
    digests = [option(signer) + digest(extrinsic) for signer, extrinsic in transactions]
    return {
        "seed": hexed(seed),
        "transactions": [
            {
                "signer": None if signer is None else hexed(signer),
                "extrinsic": hexed(extrinsic),
                "digest": hexed(digest(extrinsic)),
            }
            for signer, extrinsic in transactions
        ],
        "bundleDigest": hexed(blake2(sequence(digests))),
        "extrinsicsRoot": hexed(ordered_root([byte_string(extrinsic) for _, extrinsic in transactions])),
        "order": order,
        "orderedRoot": hexed(ordered_root([byte_string(transactions[position][1]) for position in order])),
    }


def shuffling_seed_vector(name, domain_id):
    randomness = filler(name)
    return {
        "blockRandomness": hexed(randomness),
        "domainId": domain_id,
        "seed": hexed(blake2(b"autonomys/shuffling/v1" + randomness + u32(domain_id))),
    }


# Receipts and bundles


def chain(value):
    return b"\0" if value == "consensus" else b"\1" + u32(value["domain"])


def amounts(entries):
    return sequence([chain(entry["chain"]) + u128(int(entry["amount"])) for entry in entries])


REASONS = {
    "undecodableTx": 1,
    "outOfRangeTx": 2,
    "inherentExtrinsic": 3,
    "invalidXdm": 4,
    "illegalTx": 5,
    "invalidBundleWeight": 6,
}


def invalidity(value):
    rank = REASONS[value["reason"]]
    return u8(rank) + (b"" if rank == 6 else u32(value["extrinsic"]))


def order_key(value):
    rank = REASONS[value["reason"]]
    return (2**32 - 1 if rank == 6 else value["extrinsic"]) << 32 | rank


def status(value):
    if "valid" in value:
        return b"\0" + bytes.fromhex(value["valid"][2:])
    return b"\1" + invalidity(value["invalid"])


def encode_receipt(json_receipt):
    receipt = json_receipt["receipt"]

    def unhexed(name):
        return bytes.fromhex(receipt[name][2:])

    fees, transfers = receipt["blockFees"], receipt["transfers"]
    return b"".join([
        b"\0",
        u32(receipt["domainId"]),
        u32(receipt["domainBlockNumber"]),
        unhexed("domainBlockHash"),
        unhexed("domainBlockExtrinsicsRoot"),
        unhexed("parentReceiptHash"),
        u32(receipt["consensusBlockNumber"]),
        unhexed("consensusBlockHash"),
        sequence([
            status(bundle["status"]) + bytes.fromhex(bundle["extrinsicsRoot"][2:])
            for bundle in receipt["inboxedBundles"]
        ]),
        unhexed("finalStateRoot"),
        sequence([bytes.fromhex(root[2:]) for root in receipt["executionTrace"]]),
        u128(int(fees["consensusStorageFee"])),
        u128(int(fees["domainExecutionFee"])),
        u128(int(fees["burnedBalance"])),
        amounts(fees["chainRewards"]),
        amounts(transfers["transfersIn"]),
        amounts(transfers["transfersOut"]),
        amounts(transfers["rejectedTransfersClaimed"]),
        amounts(transfers["transfersRejected"]),
    ])


def entries(*chains):
    """Amounts of 1, 2^64 and so on for these chains: None is the consensus chain."""
    return [
        {
            "chain": "consensus" if domain is None else {"domain": domain},
            "amount": str(2 ** (64 * position)) if position < 2 else str(U128),
        }
        for position, domain in enumerate(chains)
    ]


def receipt_json(name, bundles, trace_length, full):
    trace = [hexed(filler(f"{name} trace {position}")) for position in range(trace_length)]
    return {
        "version": "v0",
        "receipt": {
            "domainId": 0x01020304,
            "domainBlockNumber": 0x05060708,
            "domainBlockHash": hexed(filler(f"{name} block")),
            "domainBlockExtrinsicsRoot": hexed(filler(f"{name} extrinsics root")),
            "parentReceiptHash": hexed(filler(f"{name} parent")),
            "consensusBlockNumber": 0x090A0B0C,
            "consensusBlockHash": hexed(filler(f"{name} consensus block")),
            "inboxedBundles": [
                {"status": bundle, "extrinsicsRoot": hexed(filler(f"{name} bundle {position}"))}
                for position, bundle in enumerate(bundles)
            ],
            "finalStateRoot": trace[-1],
            "executionTrace": trace,
            "blockFees": {
                "consensusStorageFee": "1000000000000000001" if full else "0",
                "domainExecutionFee": str(U128) if full else "0",
                "burnedBalance": "3" if full else "0",
                "chainRewards": entries(None, 2) if full else [],
            },
            "transfers": {
                "transfersIn": entries(None) if full else [],
                "transfersOut": entries(None, 0, 5) if full else [],
                "rejectedTransfersClaimed": entries(3) if full else [],
                "transfersRejected": entries(1, 4) if full else [],
            },
        },
    }


def reasons():
    return [
        {"reason": "undecodableTx", "extrinsic": 0},
        {"reason": "outOfRangeTx", "extrinsic": 1},
        {"reason": "inherentExtrinsic", "extrinsic": 0x01020304},
        {"reason": "invalidXdm", "extrinsic": 2047},
        {"reason": "illegalTx", "extrinsic": 2**32 - 1},
        {"reason": "invalidBundleWeight"},
    ]


def receipts():
    bundles = [{"valid": hexed(filler("digest"))}] + [{"invalid": reason} for reason in reasons()]
    return [
        receipt_json("plain", bundles[:1], 3, full=False),
        receipt_json("upgrade only", [], 70, full=False),
        receipt_json("full", bundles, 6, full=True),
    ]


def receipt_vector(receipt):
    encoded = encode_receipt(receipt)
    return {"receipt": receipt, "encoded": hexed(encoded), "hash": hexed(blake2(encoded))}


def header_hash(state_root):
    empty = ordered_root([])
    return blake2(bytes(32) + compact(0) + state_root + empty + sequence([]))


def genesis_receipt_vector(domain_id, name, consensus_block_number):
    root = filler(name)
    encoded = b"".join([
        b"\0",
        u32(domain_id),
        u32(0),
        header_hash(root),
        ordered_root([]),
        bytes(32),
        u32(consensus_block_number),
        bytes(32),
        sequence([]),
        root,
        sequence([root]),
        3 * u128(0),
        5 * sequence([]),
    ])
    return {
        "domainId": domain_id,
        "stateRoot": hexed(root),
        "consensusBlockNumber": consensus_block_number,
        "blockHash": hexed(header_hash(root)),
        "encoded": hexed(encoded),
        "hash": hexed(blake2(encoded)),
    }


ELECTION = {
    "domainId": 0x01020304,
    "operatorId": 0x05060708090A0B0C,
    "slot": 0x0D0E0F1011121314,
    "proofOfTime": hexed(filler("proof of time", 16)),
    "vrfPreOutput": hexed(filler("pre-output")),
    "vrfProof": hexed(filler("vrf proof", 64)),
}


def encode_election():
    return (
        u32(ELECTION["domainId"])
        + u64(ELECTION["operatorId"])
        + u64(ELECTION["slot"])
        + filler("proof of time", 16)
        + filler("pre-output")
        + filler("vrf proof", 64)
    )


def bundle_vector(receipt, extrinsics, weight):
    root = ordered_root([byte_string(extrinsic) for extrinsic in extrinsics])
    encoded_receipt = encode_receipt(receipt) if isinstance(receipt, dict) else receipt
    header = b"".join([
        encode_election(),
        (b"\0" if isinstance(receipt, dict) else b"\1") + encoded_receipt,
        compact(weight[0]) + compact(weight[1]),
        root,
    ])
    signature = filler("signature", 64)
    encoded = b"\0" + header + signature + sequence([byte_string(extrinsic) for extrinsic in extrinsics])
    return {
        "election": ELECTION,
        "receipt": {"full": receipt} if isinstance(receipt, dict) else {"ref": hexed(receipt)},
        "weight": {"refTime": weight[0], "proofSize": weight[1]},
        "extrinsicsRoot": hexed(root),
        "signature": hexed(signature),
        "extrinsics": [hexed(extrinsic) for extrinsic in extrinsics],
        "encoded": hexed(encoded),
        "headerHash": hexed(blake2(header)),
        "signingMessage": hexed(b"autonomys/bundle/v1" + blake2(header)),
        "hash": hexed(blake2(encoded)),
    }


def singleton_vector(receipt):
    content = encode_election() + encode_receipt(receipt)
    signature = filler("signature", 64)
    encoded = b"\0" + content + signature
    return {
        "election": ELECTION,
        "receipt": receipt,
        "signature": hexed(signature),
        "encoded": hexed(encoded),
        "signingMessage": hexed(b"autonomys/singleton-receipt/v1" + blake2(content)),
    }


# Election

# Public key, proof of time, domain, slot, pre-output, proof, ticket: recorded from schnorrkel 0.11
VRF = [
    (
        "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d",
        "11111111111111111111111111111111",
        1,
        77,
        "7e0edcf2a77dd929a61cc598d288309d4852dd662938873b8a8c6700cf8b484e",
        "9c7d5836f5831c2637076ac75301520293a64f5def83bacd8764d6fc1904620b"
        "161fa1c3662b52ab189ca6110a9b21e2531812927f2c4d6f7c6f549eb75e0b00",
        325196574009189661787890960364653455489,
    ),
    (
        "8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48",
        "22222222222222222222222222222222",
        0x01020304,
        U64,
        "5c28162f578e0b3019757f4a1a0fd98d42c9762ab59db0dba00e647ac1082473",
        "97bab068ce47f199a4a556ff6c4c66d7cc6eb05eaa9f9cb9b2f1e143dd65ba0c"
        "24ed3aba1a287b12b2924708136e05434cf3f00b778915a44f043b1bd6e9a802",
        41802789636187940129443877643803109379,
    ),
]


def vrf_vector(public_key, proof_of_time, domain_id, slot, pre_output, proof, ticket):
    return {
        "publicKey": "0x" + public_key,
        "domainId": domain_id,
        "slot": slot,
        "proofOfTime": "0x" + proof_of_time,
        "vrfPreOutput": "0x" + pre_output,
        "vrfProof": "0x" + proof,
        "ticket": str(ticket),
    }


def threshold_vector(numerator, denominator, total, stake):
    return {
        "bundlesPerSlot": {"numerator": numerator, "denominator": denominator},
        "totalStake": str(total),
        "operatorStake": str(stake),
        "threshold": str(U128 // denominator * numerator // total * stake),
    }


def range_vectors():
    vectors = []
    for name in ("range a", "range b"):
        pre_output = filler(name)
        centre = int.from_bytes(blake2(b"autonomys/transaction-range/v1" + pre_output), "little")
        for divisor in (1, 2, 3, 1000):
            for number in range(4):
                signer = filler(f"range signer {number}")
                place = int.from_bytes(blake2(signer), "little")
                distance = min((place - centre) % 2**256, (centre - place) % 2**256)
                vectors.append({
                    "vrfPreOutput": hexed(pre_output),
                    "divisor": divisor,
                    "signer": hexed(signer),
                    "contains": distance <= 2**255 // divisor,
                })
    return vectors


def signing_key_vector():
    tag, owner = filler("network tag"), filler("owner")
    return {
        "networkTag": hexed(tag),
        "domainId": 0x01020304,
        "owner": hexed(owner),
        "message": hexed(b"autonomys/operator-key/v1" + tag + u32(0x01020304) + owner),
    }


# What a consensus block hands a domain


def inherent_data_vector(full):
    seed = filler("shuffling seed")
    code_hash = filler("code hash") if full else None
    allow = ["consensus", {"domain": 2}] if full else []
    remove = [{"domain": 3}] if full else []
    call = filler("sudo call", 5) if full else None
    encoded = b"".join([
        seed,
        u64(0x0102030405060708),
        u128(10**9),
        option(code_hash),
        sequence([chain(entry) for entry in allow]),
        sequence([chain(entry) for entry in remove]),
        option(None if call is None else byte_string(call)),
    ])
    return {
        "shufflingSeed": hexed(seed),
        "timestamp": 0x0102030405060708,
        "consensusByteFee": str(10**9),
        "newCode": None if code_hash is None else hexed(code_hash),
        "allow": allow,
        "remove": remove,
        "sudoCall": None if call is None else hexed(call),
        "encoded": hexed(encoded),
    }


def digest_vector():
    consensus_hash = filler("consensus block")
    return {
        "consensusBlockHash": hexed(consensus_hash),
        "item": hexed(b"\6DOMN" + byte_string(consensus_hash)),
    }


# Genesis


def genesis_vector():
    tag, domain_id = filler("network tag"), 2
    balances = [(filler("rich"), 10**24), (filler("poor"), 1)]
    top = {
        b":code": filler("code", 5_000),
        b"": b"",
        b"short": b"v",
        b"short key with a value of 33 bytes": filler("33", 33),
        filler("long key", 300): filler("value", 40),
        storage_key("System", "Number"): u32(0),
        storage_key("Balances", "TotalIssuance"): u128(0),
    }
    complete = dict(top)
    complete[storage_key("SelfDomainId", "SelfDomainId")] = u32(domain_id)
    complete[storage_key("SelfDomainId", "NetworkTag")] = tag
    complete[storage_key("Balances", "TotalIssuance")] = u128(sum(amount for _, amount in balances))
    for account, amount in balances:
        complete[storage_key("System", "Account", "blake2_128Concat", account)] = (
            u32(0) + u32(0) + u32(1) + u32(0) + u128(amount) + u128(0) + u128(0) + u128(2**127)
        )

    def pairs(values):
        return [[hexed(key), hexed(values[key])] for key in sorted(values)]

    return {
        "registered": pairs(top),
        "networkTag": hexed(tag),
        "domainId": domain_id,
        "balances": [{"account": hexed(account), "amount": str(amount)} for account, amount in balances],
        "complete": pairs(complete),
        "stateRoot": hexed(trie_root(complete)),
    }


def storage_key_vectors():
    account = filler("account")
    domain = u32(0x01020304)
    items = [
        ("System", "Digest", None, b""),
        ("System", "Account", "blake2_128Concat", account),
        ("Balances", "TotalIssuance", None, b""),
        ("SelfDomainId", "SelfDomainId", None, b""),
        ("SelfDomainId", "NetworkTag", None, b""),
        ("BlockFees", "CollectedBlockFees", None, b""),
        ("Transporter", "ChainTransfers", None, b""),
        ("Domains", "DomainInherentData", "identity", domain),
        ("Domains", "SuccessfulBundles", "identity", domain),
        ("Domains", "LatestConfirmedReceipt", "identity", domain),
        ("MmrRoots", "MmrRootHashes", "twox64Concat", domain),
    ]
    return [
        {
            "pallet": pallet,
            "item": item,
            "mapKey": None if hasher is None else hexed(key),
            "key": hexed(storage_key(pallet, item, hasher, key)),
        }
        for pallet, item, hasher, key in items
    ]


def limits_vector(size, weight, bundles, blocks):
    expected = max(1, bundles[0] * blocks[1] // (bundles[1] * blocks[0]))
    return {
        "blockSize": size,
        "blockWeight": {"refTime": weight[0], "proofSize": weight[1]},
        "bundlesPerSlot": {"numerator": bundles[0], "denominator": bundles[1]},
        "blocksPerSlot": {"numerator": blocks[0], "denominator": blocks[1]},
        "maxSize": size // expected,
        "maxWeight": {"refTime": weight[0] // expected, "proofSize": weight[1]},
    }


def domains():
    plain, _, full = receipts()
    weight = (1_300_000_000_000, 3_407_872)
    size = 3_932_160
    many = 300
    return {
        "about": "Made by make_domains.py. Bytes are hex, amounts decimal; JSON of receipts is that of the JSON-RPC.",
        "receipts": [receipt_vector(receipt) for receipt in receipts()],
        "genesisReceipts": [genesis_receipt_vector(0, "root a", 0), genesis_receipt_vector(7, "root b", 0x01020304)],
        "invalidities": [
            {"reason": reason, "encoded": hexed(invalidity(reason)), "orderKey": str(order_key(reason))}
            for reason in reasons()
        ],
        "bundles": [
            bundle_vector(plain, [], (0, 0)),
            bundle_vector(filler("receipt"), [filler("a", 10), filler("b", 200)], (2**40, 77)),
            bundle_vector(full, [filler(f"extrinsic {i}", i) for i in range(70)], (U64, 2**30)),
        ],
        "singletonReceipts": [singleton_vector(plain), singleton_vector(full)],
        "vrf": [vrf_vector(*vrf) for vrf in VRF],
        "thresholds": [
            threshold_vector(1, 1, 1, 1),
            threshold_vector(1, 1, 3, 1),
            threshold_vector(1, 6, 10**27, 10**20),
            threshold_vector(999, 1000, 7 * 10**26, 3 * 10**26),
            threshold_vector(1, 1, 10**20, 0),
        ],
        "transactionRanges": range_vectors(),
        "signingKey": signing_key_vector(),
        "shufflingSeeds": [shuffling_seed_vector("randomness a", 0), shuffling_seed_vector("randomness b", 0x01020304)],
        "orders": [
            order_vector("none", [], [], {}),
            order_vector("one", [1], [31], {}),
            order_vector("two", [1, None], [32, 0], {}),
            order_vector("one signer", [1] * 9, range(28, 37), {}),
            order_vector("repeated", [1, 2, None, 1, 2, 3, None, 3], [40] * 8, {3: 0, 6: 2}),
            order_vector(
                "many",
                [None if i % 11 == 0 else i * i % 97 for i in range(many)],
                [i % 67 + 8 for i in range(many)],
                {i: i * 7 % i for i in range(50, many, 13)},
            ),
        ],
        "inherentData": [inherent_data_vector(False), inherent_data_vector(True)],
        "digest": digest_vector(),
        "genesis": genesis_vector(),
        "storageKeys": storage_key_vectors(),
        "limits": [
            limits_vector(size, weight, (1, 1), (1, 6)),
            limits_vector(size, weight, (1, 1), (1, 2)),
            limits_vector(size, weight, (2, 5), (1, 7)),
            limits_vector(size, weight, (1, 100), (1, 6)),
        ],
    }


if __name__ == "__main__":
    path = HERE / "domains.json"
    path.write_text(json.dumps(domains(), indent=1) + "\n")
    print(f"wrote {path}")
