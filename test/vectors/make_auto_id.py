#!/usr/bin/env python3
"""Writes auto-id.json: ids, messages, encodings and algorithms of identities, computed from docs/specification without
any of this repository's code. Needs nothing but Python.

Values without meaning are the first bytes of BLAKE2b-256 of their name, so that a swapped or shortened field shows.
"""

import json
from fractions import Fraction
from hashlib import blake2b as hashlib_blake2b
from pathlib import Path

HERE = Path(__file__).parent
KINDS = ["human", "organization", "service", "software", "aiModel", "aiInstance", "aiAgent", "composite", "dao"]
ONE = 1_000_000
DAY = 86_400_000


def blake2b(*parts):
    return hashlib_blake2b(b"".join(parts), digest_size=32).digest()


def filler(name, length=32):
    return blake2b(name.encode())[:length]


def hexed(data):
    return "0x" + data.hex()


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
    """Compact length of SCALE; nothing here has 2^14 elements."""
    return u8(value << 2) if value < 2**6 else u16(value << 2 | 1)


def vector(items):
    return compact(len(items)) + b"".join(items)


def octets(data):
    return compact(len(data)) + data


def option(data):
    return b"\0" if data is None else b"\1" + data


def base58(data):
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number = int.from_bytes(data, "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def network_tag(chain):
    return blake2b(b"autonomys/network/v1", chain.encode())


TAG = network_tag("unit")


def key_hash(scheme, key):
    return blake2b(b"autoid-key/v1", u8(scheme), key)


def derive_id(tag, kind, issuer, hash, salt):
    return blake2b(b"autoid/v1", tag, u8(KINDS.index(kind)), issuer or bytes(32), hash, salt)


def ids():
    cases = [
        ("human", None, bytes(16)),
        ("aiAgent", filler("issuer"), filler("salt", 16)),
        ("dao", None, filler("salt", 16)),
    ]
    for kind, issuer, salt in cases:
        hash = filler(f"key of {kind}")
        id = derive_id(TAG, kind, issuer, hash, salt)
        yield {
            "kind": kind,
            "issuer": issuer and hexed(issuer),
            "keyHash": hexed(hash),
            "salt": hexed(salt),
            "id": hexed(id),
            "did": "did:auto:" + base58(id),
        }


def composites():
    for threshold, count in [(1, 2), (2, 3), (8, 8)]:
        members = sorted(filler(f"member {n}") for n in range(count))
        salt = filler(f"salt {count}", 16)
        id = blake2b(b"autoid-composite/v1", TAG, u8(threshold), salt, *members)
        yield {
            "threshold": threshold,
            "members": [hexed(member) for member in members],
            "salt": hexed(salt),
            "id": hexed(id),
        }


def keys():
    lengths = {0: 32, 1: 32, 2: 33, 3: 33, 4: 256, 5: 33}
    for scheme, length in lengths.items():
        key = (filler(f"key {scheme}") * 16)[:length]
        encoded = u8(scheme) + (octets(key) if scheme == 4 else key)
        if scheme == 5:
            encoded += filler("relying party")
        # A passkey has the hash of its P-256 key
        hash = key_hash(3 if scheme == 5 else scheme, key)
        yield {"encoded": hexed(encoded), "hash": hexed(hash)}


def messages():
    actor, account, salt = filler("actor"), filler("account"), filler("salt", 16)
    issuer, target, signer = filler("issuer"), filler("target"), filler("signer")
    action = u32(0x01020304) + u8(7)
    tag = (0x10 << 8) | 3
    fields = {"domainId": 2, "palletVersion": 5, "keyEpoch": 6, "nonceKey": 7, "nonceSequence": 8, "validUntil": 9}
    envelope = blake2b(
        b"autoid-action/v1", TAG, u32(2), u16(5), actor, u16(tag), action, u32(6), u64(7), u64(8), u64(9)
    )
    return {
        "envelope": {
            "actor": hexed(actor),
            "pallet": 0x10,
            "action": 3,
            "encodedAction": hexed(action),
            **fields,
            "encoded": hexed(actor + u32(6) + u64(7) + u64(8) + u64(9)),
            "hash": hexed(envelope),
        },
        "possession": {
            "kind": "aiAgent",
            "issuer": hexed(issuer),
            "salt": hexed(salt),
            "account": hexed(account),
            "encoded": hexed(u8(6) + option(issuer) + salt + account),
            "hash": hexed(blake2b(b"autoid-pop/v1", TAG, u8(6), issuer, salt, account)),
        },
        "consent": {
            "id": hexed(target),
            "controller": hexed(account),
            "validUntil": 10,
            "encoded": hexed(target + account + u64(10)),
            "hash": hexed(blake2b(b"autoid-consent/v1", TAG, target, account, u64(10))),
        },
        "kill": {
            "target": hexed(target),
            "signer": hexed(signer),
            "signedAt": 11,
            "validUntil": 12,
            "encoded": hexed(target + signer + u64(11) + u64(12)),
            "hash": hexed(blake2b(b"autoid-kill/v1", TAG, target, signer, u64(11), u64(12))),
        },
    }


CATEGORIES = ["governmentId", "personhood", "social", "financial", "device", "network", "vouch"]
CLASSES = [
    ("government-id/zk-passport", 850_000),
    ("government-id/credential", 700_000),
    ("personhood/world-id", 900_000),
    ("personhood/people", 850_000),
    ("social/google", 120_000),
    ("social/apple", 120_000),
    ("social/github", 150_000),
    ("social/x", 80_000),
    ("social/discord", 50_000),
    ("social/ens", 40_000),
    ("social/web-page", 40_000),
    ("social/dns", 40_000),
    ("financial/kyc", 500_000),
    ("device/phone", 80_000),
    ("device/passkey", 30_000),
    ("network/farmer", 60_000),
    *[(f"vouch/{n}", 50_000) for n in range(1, 6)],
]
CAPS = [900_000, 900_000, 450_000, 550_000, 999_999, 999_999, 250_000]


def claim_type(name):
    return blake2b(b"autoid-claim-type/v1", name.encode())


def category(name):
    prefix = name.split("/")[0]
    return CATEGORIES.index({"government-id": "governmentId"}.get(prefix, prefix))


def policy():
    rows = sorted((claim_type(name), category(name), weight) for name, weight in CLASSES)
    encoded = vector([kind + u8(of) + u32(weight) for kind, of, weight in rows]) + b"".join(map(u32, CAPS))
    return {
        "claimTypes": [{"name": name, "claimType": hexed(claim_type(name))} for name, _ in CLASSES],
        "encoded": hexed(encoded),
    }


def rounded_up(survival, weight):
    product = Fraction(survival * (ONE - weight), ONE)
    return -(-product.numerator // product.denominator)


def score(claims, now):
    """`claims`: name, issued, expires."""
    weights = dict(CLASSES)
    rows = {}
    for name, issued, expires in claims:
        counts = issued <= now < expires
        weight = int(Fraction(weights[name] * (expires - now), expires - issued)) if counts else 0
        rows[name] = max(weight, rows.get(name, 0))
    by_category, survival = [], ONE
    for index, cap in enumerate(CAPS):
        alone = ONE
        for name in sorted(rows, key=claim_type):
            if category(name) == index:
                alone = rounded_up(alone, rows[name])
        by_category.append(min(cap, ONE - alone))
        survival = rounded_up(survival, by_category[-1])
    return ONE - survival, by_category


def scores():
    now = 1_700_000_000_000
    year = 365 * DAY
    alice = ["social/google", "social/github", "social/x"]
    more = [name for name, _ in CLASSES if name.startswith("social/")]
    new = lambda names: [(name, now, now + year) for name in names]
    cases = [
        new([]),
        new(alice),
        new([*alice, "government-id/zk-passport"]),
        new([*alice, "personhood/world-id"]),
        new(more),
        new([*more, "government-id/zk-passport"]),
        new([name for name, _ in CLASSES]),
        [("government-id/zk-passport", now - 100 * DAY, now + 265 * DAY)],
        [("government-id/zk-passport", now - year, now)],
        [(name, now - index * 7 * DAY, now + index * 11 * DAY + 1) for index, (name, _) in enumerate(CLASSES)],
        [("social/x", now + 1, now + year), ("social/google", now, now + year)],
        [("social/x", now - year, now + year), ("social/x", now - DAY, now + year)],
    ]
    for claims in cases:
        ppm, by_category = score(claims, now)
        yield {
            "now": now,
            "claims": [
                {"name": name, "issued": issued, "expires": expires} for name, issued, expires in claims
            ],
            "ppm": ppm,
            "byCategory": by_category,
        }


def claim():
    subject, kind = filler("subject"), claim_type("social/github")
    nullifier, commitment, attestor = filler("nullifier"), filler("commitment"), filler("attestor")
    encoded = subject + kind + nullifier + commitment + u64(1_000) + u64(2_000)
    return {
        "claim": {
            "subject": hexed(subject),
            "claimType": hexed(kind),
            "nullifier": hexed(nullifier),
            "commitment": hexed(commitment),
            "issued": 1_000,
            "expires": 2_000,
        },
        "attestor": hexed(attestor),
        "encoded": hexed(encoded),
        "hash": hexed(blake2b(b"autoid-claim/v1", TAG, attestor, encoded)),
        "uniqueHumanTag": hexed(blake2b(b"autoid-unique-human/v1", TAG, kind, nullifier)),
    }


def simhash(text):
    tokens, token = [], ""
    for character in text.encode().decode("latin-1").lower() + " ":
        if character in "abcdefghijklmnopqrstuvwxyz0123456789":
            token += character
        elif token:
            tokens.append(token)
            token = ""
    shingles = [f"{a} {b}" for a, b in zip(tokens, tokens[1:])] or [" ".join(tokens)]
    votes = [0] * 256
    for shingle in shingles:
        bits = int.from_bytes(blake2b(shingle.encode()), "big")
        for index in range(256):
            votes[index] += 1 if bits >> (255 - index) & 1 else -1
    return sum(1 << (255 - index) for index in range(256) if votes[index] > 0).to_bytes(32, "big")


def simhashes():
    fox = "the quick brown fox jumps over the lazy dog"
    text = (
        "Farmers secure the chain by storing its history. Every second a challenge selects one chunk of each plot, and "
        "whoever stores a chunk that hashes close to the challenge makes the next block. Nothing is burned and nothing "
        "is staked: space is what counts. Domains are rollups that operators execute apart from consensus, and each "
        "publishes receipts that anyone can check and challenge."
    )
    pairs = [
        (fox, fox),
        (fox, fox.replace("jumps", "jumped")),
        (text, text.replace("Every second", "Each second").replace("whoever", "who")),
        (text, fox),
        ("", "one"),
        ("Groß und KLEIN, 42!", "gross und klein 42"),
    ]
    for a, b in pairs:
        difference = int.from_bytes(simhash(a), "big") ^ int.from_bytes(simhash(b), "big")
        yield {
            "a": a,
            "b": b,
            "hashA": hexed(simhash(a)),
            "hashB": hexed(simhash(b)),
            "distance": bin(difference).count("1"),
        }


def merkle_leaf(value):
    return blake2b(b"autoid-merkle-leaf/v1", value)


def merkle_node(left, right):
    return blake2b(b"autoid-merkle-node/v1", left, right)


def merkle_split(count):
    split = 1
    while split * 2 < count:
        split *= 2
    return split


def merkle_root(values):
    if len(values) == 1:
        return merkle_leaf(values[0])
    split = merkle_split(len(values))
    return merkle_node(merkle_root(values[:split]), merkle_root(values[split:]))


def merkle_proof(values, index):
    if len(values) == 1:
        return []
    split = merkle_split(len(values))
    if index < split:
        return [*merkle_proof(values[:split], index), merkle_root(values[split:])]
    return [*merkle_proof(values[split:], index - split), merkle_root(values[:split])]


def merkle():
    for count, index in [(1, 0), (2, 1), (5, 4), (7, 2), (100, 99)]:
        values = [filler(f"leaf {n}") for n in range(count)]
        siblings = merkle_proof(values, index)
        yield {
            "values": [hexed(value) for value in values],
            "index": index,
            "root": hexed(merkle_root(values)),
            "proof": hexed(u32(index) + u32(count) + vector(siblings)),
        }


def mandate():
    """Every scope, every caveat."""
    dao, account, id = filler("dao"), filler("account"), filler("id")
    scopes = [
        u8(0) + filler("audience"),
        u8(1) + u8(0b100),
        u8(2) + account + u64(1 << 40 | 3) + filler("rules"),
        u8(3) + dao + u32(5) + u32(9),
        u8(4) + dao + u8(1),
        u8(5) + octets(b"prefix") + u8(3),
        u8(6) + u16(1 << 6 | 1 << 5) + u8(1),
        u8(7) + id + filler("method"),
        u8(8) + filler("custom"),
    ]
    asset, coin, usd, votes, uses = u8(0) + u32(42), u8(1), u8(2), u8(3), u8(4)
    caveats = [
        u8(0) + u64(1),
        u8(1) + u32(2),
        u8(2) + usd + u128(10**20) + u64(DAY),
        u8(3) + asset + u128(4),
        u8(4) + filler("set"),
        u8(5) + u32(600_000),
        u8(6) + bytes(range(21)),
        u8(7) + id + coin + u128(5),
        u8(8) + u64(6),
        u8(9),
        u8(10) + u8(7),
        u8(11) + vector([filler("model 0"), filler("model 1")]),
        u8(12),
        u8(13) + u64(8),
        u8(2) + votes + u128(1) + u64(0),
        u8(3) + uses + u128(1),
    ]
    grantor, grantee, salt, parent = filler("grantor"), filler("grantee"), filler("salt", 16), filler("parent")
    return {
        "terms": hexed(vector(scopes) + vector(caveats) + u64(1) + u64(2)),
        "grantor": hexed(grantor),
        "grantee": hexed(grantee),
        "salt": hexed(salt),
        "parent": hexed(parent),
        "rootId": hexed(blake2b(b"autoid-mandate/v1", TAG, grantor, grantee, bytes(32), salt)),
        "id": hexed(blake2b(b"autoid-mandate/v1", TAG, grantor, grantee, parent, salt)),
    }


def buckets():
    unit = 10**18
    for cap, period, left, elapsed in [
        (100 * unit, DAY, 40 * unit, 6 * 3_600_000),
        (100 * unit, DAY, 40 * unit, 7),
        (2**128 - 1, 2**64 - 1, 0, 12_345_678_901),
        (10, 3, 0, 1),
        (10, 3, 0, 3),
        (10, 0, 1, 5),
    ]:
        added = int(Fraction(cap * elapsed, period)) if period else 0
        yield {
            "cap": str(cap),
            "period": str(period),
            "left": str(left),
            "elapsed": elapsed,
            "level": str(min(cap, left + added)),
        }


def statement():
    signers = sorted((filler("signer a"), filler("signer b")))
    encoded = (
        filler("content")
        + option(filler("sha256"))
        + octets(b"image/png")
        + u64(123_456)
        + option(u8(1) + filler("semantic"))
        + vector([signers[0] + u8(1) + filler("key a"), signers[1] + u8(0b1100) + filler("key b")])
        + vector([filler("parent")])
        + u8(4)
        + option(filler("model"))
        + option(None)
        + u64(1_700_000_000_000)
        + option(octets(b"manifest"))
    )
    return {"encoded": hexed(encoded), "hash": hexed(blake2b(b"autoid-statement/v1", TAG, encoded))}


DEV_KEYS = {
    "Alice": "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d",
    "Bob": "8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48",
    "Charlie": "90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22",
    "Dave": "306721211d5404bd9da88e0204360a1a9ab8b87c66c1bc2fcdd37f3c2222cc20",
    "Eve": "e659a7a1628cdd93febc04a4e0646ea20e9f5f0ce097d9a05290d4a9e054df4e",
    "Ferdie": "1cbd2d43530a44705ad088af313e18f80b53ef16b36177cd4b77b846f2a5f07c",
    "Lab": "38dce175c8bbf93d1baf145f4f9ddc3f0011d720c04421a9e3b5ed5c49122d73",
    "Model": "04ceb5fe2c7530fcc8a8b043c1d91fe46c6de92030a33ea317d403c96da94278",
    "Agent": "b4d4564c1a805f26c496344d0a80acb08a19d44472fff24af27c269b25decb07",
}
DEV_EXPIRES = 2**53


def dev():
    """Development identities on every chain that has them, and two of them resolved, as encodings."""
    for chain in ["dev", "local", "fast"]:
        tag = network_tag(chain)
        ids, keys = {}, {}
        for name, key in DEV_KEYS.items():
            kind = {"Lab": "organization", "Model": "aiModel", "Agent": "aiAgent"}.get(name, "human")
            issuer = {"Model": "Lab", "Agent": "Model"}.get(name)
            keys[name] = key_hash(1, bytes.fromhex(key))
            ids[name] = derive_id(tag, kind, ids.get(issuer), keys[name], bytes(16))
        purposes = u8(0b1111)
        own = lambda name: u8(0) + keys[name] + purposes + option(None)
        above = lambda position, name: u8(1) + u8(position) + keys[name] + purposes + option(None)
        nullifier = blake2b(b"autoid-dev-nullifier/v1", b"Alice")
        unique = blake2b(b"autoid-unique-human/v1", tag, claim_type("government-id/zk-passport"), nullifier)
        alice = (
            ids["Alice"] + u8(0) + u8(0) + ids["Alice"] + vector([]) + vector([]) + option(None) + u8(0)
            + u64(DEV_EXPIRES) + u32(0) + vector([own("Alice")]) + u8(90) + u8(0b1) + option(unique) + u32(0)
        )
        agent = (
            ids["Agent"] + u8(6) + u8(1) + ids["Lab"] + vector([ids["Model"], ids["Lab"]]) + vector([])
            + option(ids["Model"]) + u8(0) + u64(DEV_EXPIRES) + u32(0)
            + vector([own("Agent"), above(0, "Model"), above(1, "Lab")]) + u8(0) + u8(0) + option(None) + u32(0)
        )
        yield {
            "chain": chain,
            "networkTag": hexed(tag),
            "ids": [{"name": name, "id": hexed(id)} for name, id in ids.items()],
            "alice": hexed(alice),
            "agent": hexed(agent),
        }


vectors = {
    "networkTag": hexed(TAG),
    "keys": list(keys()),
    "ids": list(ids()),
    "composites": list(composites()),
    "messages": messages(),
    "claim": claim(),
    "policy": policy(),
    "scores": list(scores()),
    "simhashes": list(simhashes()),
    "merkle": list(merkle()),
    "mandate": mandate(),
    "buckets": list(buckets()),
    "statement": statement(),
    "dev": list(dev()),
}
published = [vector["ppm"] for vector in vectors["scores"]]
assert published[1:4] == [311_840, 896_776, 931_184] and published[4:6] == [450_000, 917_500], published
assert published[7] == 617_123 and published[8] == 0, published
fox = vectors["simhashes"][1]
assert fox["hashA"] == "0xdc0143683840511542446d60636ac10001c596602206c2cc30142331250a48c5"
assert fox["distance"] == 39
(HERE / "auto-id.json").write_text(json.dumps(vectors, indent=1, ensure_ascii=False) + "\n")
