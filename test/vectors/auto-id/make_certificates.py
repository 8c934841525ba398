#!/usr/bin/env python3
"""Writes the certificates of this folder and manifest.json: made by OpenSSL 3 from configurations that this script
computes from docs/specification, without any of this repository's code. Keys are new at every run, so all of it changes.

Every command is kept in manifest.json. Runs in a temporary folder; needs nothing but `openssl`.
"""

import base64
import hashlib
import json
import os
import subprocess
import tempfile
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
NETWORK_TAG = hashlib.blake2b(b"autonomys/network/v1" + b"unit", digest_size=32).digest()
ARC = f"2.25.{uuid.uuid5(uuid.NAMESPACE_URL, 'https://autonomys.xyz/auto-id').int}"
KINDS = ["human", "organization", "service", "software", "aiModel", "aiInstance", "aiAgent", "composite", "dao"]
ED25519, SECP256K1, P256, RSA, WEBAUTHN = 0, 2, 3, 4, 5
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ACCOUNT = bytes(range(32))
VALID_UNTIL = 1_900_000_000_000

commands = []


def blake2b(*parts):
    return hashlib.blake2b(b"".join(parts), digest_size=32).digest()


def base58(data):
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number = int.from_bytes(data, "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def openssl(*arguments, keep=True):
    command = ["openssl", *arguments]
    if keep:
        commands.append(" ".join(f"'{word}'" if " " in word else word for word in command))
    return subprocess.run(command, check=True, capture_output=True).stdout


def tlv(data):
    """Tag, contents and rest of the first element."""
    length, start = data[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    return data[0], data[start : start + length], data[start + length :]


def raw_signature(der, order):
    """r ‖ s of a DER signature, with s in the lower half."""
    _, integers, _ = tlv(der)
    _, r, rest = tlv(integers)
    _, s, _ = tlv(rest)
    r, s = int.from_bytes(r, "big"), int.from_bytes(s, "big")
    s = min(s, order - s)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Key:
    """A key pair made by OpenSSL, with the canonical bytes of its public half."""

    def __init__(self, name, scheme, *options):
        self.name, self.scheme = name, scheme
        openssl("genpkey", *options, "-out", f"{name}.key")
        openssl("pkey", "-in", f"{name}.key", "-pubout", "-outform", "DER", "-out", f"{name}.spki")
        _, info, _ = tlv(Path(f"{name}.spki").read_bytes())
        _, _, rest = tlv(info)
        bits = tlv(rest)[1][1:]
        if scheme in (P256, SECP256K1):
            bits = bytes([2 + bits[-1] % 2]) + bits[1:33] if bits[0] == 4 else bits
        elif scheme == RSA:
            bits = tlv(tlv(bits)[1])[1].lstrip(b"\0")
        self.bytes = bits

    def hash(self):
        return blake2b(b"autoid-key/v1", bytes([self.scheme]), self.bytes)


def did(kind, issuer, key, salt, tag=NETWORK_TAG):
    id = blake2b(b"autoid/v1", tag, bytes([KINDS.index(kind)]), issuer or bytes(32), key.hash(), salt)
    return id, "did:auto:" + base58(id)


certificates = []


def extensions(kind, salt, uri, path_length, **changes):
    """The extensions of the profile as OpenSSL configuration; changes replace, add, or remove (None) lines."""
    issues = path_length is not None
    lines = {
        "basicConstraints": "critical,CA:TRUE" + (f",pathlen:{path_length}" if path_length not in (None, "any") else "")
        if issues
        else "critical,CA:FALSE",
        "keyUsage": "critical,digitalSignature" + (",keyCertSign,cRLSign" if issues else ""),
        "subjectAltName": f"URI:{uri}",
        f"{ARC}.1": f"ASN1:INTEGER:{KINDS.index(kind)}",
        f"{ARC}.2": f"ASN1:FORMAT:HEX,OCTETSTRING:{salt.hex()}",
    }
    for name, value in changes.items():
        lines[{"private": ARC}.get(name, name)] = value
    return [f"{name} = {value}" for name, value in lines.items() if value is not None]


def certificate(
    name,
    kind,
    key,
    issuer=None,
    path_length=None,
    days=365,
    salt=bytes(16),
    subject=None,
    error=None,
    digest=("-sha256",),
    changes=None,
    extra=(),
    version1=False,
):
    """Makes a certificate. `issuer`: an entry made before. `error`: what the profile says to it."""
    changes = dict(changes or {})
    id, uri = did(kind, issuer and issuer["raw"], key, salt)
    if callable(changes.get("subjectAltName")):
        changes["subjectAltName"] = changes["subjectAltName"](uri)
    lines = ["[v3]", *extensions(kind, salt, uri, path_length, **changes)]
    Path(f"{name}.cnf").write_text("\n".join(lines) + "\n")
    subject = subject or f"/O=Autonomys/CN={name}"
    openssl("req", "-new", "-utf8", "-key", f"{key.name}.key", "-subj", subject, "-out", f"{name}.csr")
    common = ["x509", "-req", "-in", f"{name}.csr", "-days", str(days)]
    if not version1:
        common += ["-extfile", f"{name}.cnf", "-extensions", "v3"]
    if issuer:
        common += ["-CA", f"{issuer['name']}.pem", "-CAkey", f"{issuer['key'].name}.key", "-CAcreateserial"]
    else:
        common += ["-signkey", f"{key.name}.key"]
    openssl(*common, *digest, *extra, "-out", f"{name}.pem")
    openssl("x509", "-in", f"{name}.pem", "-outform", "DER", "-out", f"{name}.der", keep=False)
    (HERE / f"{name}.der").write_bytes(Path(f"{name}.der").read_bytes())
    entry = {
        "name": name,
        "kind": kind,
        "issuer": issuer and issuer["name"],
        "id": "0x" + id.hex(),
        "keyHash": "0x" + key.hash().hex(),
        "scheme": key.scheme,
        "key": "0x" + key.bytes.hex(),
        "error": error,
        "configuration": lines,
        "raw": id,
    }
    entry["key_pair"] = key
    certificates.append(entry)
    return {"name": name, "raw": id, "key": key}


signatures = []


def signature(name, key, message, data, valid=True, **more):
    signatures.append(
        {
            "name": name,
            "scheme": key.scheme,
            "key": "0x" + key.bytes.hex(),
            "message": "0x" + message.hex(),
            "signature": "0x" + data.hex(),
            "valid": valid,
            **more,
        }
    )


def sign(key, message, *options):
    Path("message").write_bytes(message)
    return openssl("pkeyutl", "-sign", "-inkey", f"{key.name}.key", "-in", "message", *options)


def consents():
    """The subject key of every good certificate consents to its registration."""
    for entry in certificates:
        if entry["error"] or entry["key_pair"].scheme == SECP256K1:
            continue
        key, id = entry["key_pair"], entry["raw"]
        message = blake2b(
            b"autoid-consent/v1", NETWORK_TAG, id, ACCOUNT, VALID_UNTIL.to_bytes(8, "little")
        )
        if key.scheme == ED25519:
            data = sign(key, message, "-rawin")
        elif key.scheme == P256:
            data = raw_signature(sign(key, message, "-rawin", "-digest", "sha256"), P256_ORDER)
        else:
            data = sign(key, message, "-rawin", "-digest", "sha256")
        padding = {"padding": "pkcs1"} if key.scheme == RSA else {}
        signature(f"consent/{entry['name']}", key, message, data, certificate=entry["name"], **padding)


def other_signatures(keys):
    message = blake2b(b"a message")
    ed25519, p256, rsa = keys["ed25519"], keys["p256"], keys["rsa2048"]
    pss = ("-rawin", "-digest", "sha256", "-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt")
    signature("rsa-pss", rsa, message, sign(rsa, message, *pss, "rsa_pss_saltlen:32"), padding="pss")
    signature("rsa-pss/salt-20", rsa, message, sign(rsa, message, *pss, "rsa_pss_saltlen:20"), False, padding="pss")
    signature("rsa-pss/as-pkcs1", rsa, message, sign(rsa, message, *pss, "rsa_pss_saltlen:32"), False, padding="pkcs1")
    sha1 = sign(rsa, message, "-rawin", "-digest", "sha1")
    signature("rsa/sha1", rsa, message, sha1, False, padding="pkcs1")
    sha512 = sign(rsa, message, "-rawin", "-digest", "sha512")
    signature("rsa/sha512", rsa, message, sha512, False, padding="pkcs1")
    signature("ed25519/other-message", ed25519, message, sign(ed25519, message + b"x", "-rawin"), False)
    low = raw_signature(sign(p256, message, "-rawin", "-digest", "sha256"), P256_ORDER)
    signature("p256", p256, message, low)
    high = low[:32] + (P256_ORDER - int.from_bytes(low[32:], "big")).to_bytes(32, "big")
    signature("p256/high-s", p256, message, high, False)
    sha384 = raw_signature(sign(p256, message, "-rawin", "-digest", "sha384"), P256_ORDER)
    signature("p256/sha384", p256, message, sha384, False)

    secp256k1 = Key("secp256k1", SECP256K1, "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1")
    # pkeyutl without -rawin signs what it is given as a hash
    low = raw_signature(sign(secp256k1, blake2b(message)), SECP256K1_ORDER)
    signature("secp256k1", secp256k1, message, low)
    high = low[:32] + (SECP256K1_ORDER - int.from_bytes(low[32:], "big")).to_bytes(32, "big")
    signature("secp256k1/high-s", secp256k1, message, high, False)
    sha256 = raw_signature(sign(secp256k1, hashlib.sha256(message).digest()), SECP256K1_ORDER)
    signature("secp256k1/sha256", secp256k1, message, sha256, False)

    challenge = base64.urlsafe_b64encode(message).rstrip(b"=").decode()
    rp_id_hash = hashlib.sha256(b"autonomys.example").digest()

    def assertion(name, valid=True, kind="webauthn.get", challenge=challenge, rp=rp_id_hash, flags=5, high=False, tail=""):
        client = f'{{"type":"{kind}","challenge":"{challenge}","origin":"https://autonomys.example","crossOrigin":false{tail}}}'
        authenticator = rp + bytes([flags]) + (7).to_bytes(4, "big")
        signed = authenticator + hashlib.sha256(client.encode()).digest()
        data = raw_signature(sign(p256, signed, "-rawin", "-digest", "sha256"), P256_ORDER)
        if high:
            data = data[:32] + (P256_ORDER - int.from_bytes(data[32:], "big")).to_bytes(32, "big")
        signature(
            f"webauthn/{name}",
            p256,
            message,
            data,
            valid,
            rpIdHash="0x" + rp_id_hash.hex(),
            authenticatorData="0x" + authenticator.hex(),
            clientData="0x" + client.encode().hex(),
        )

    assertion("plain")
    assertion("more-fields", tail=',"other":"x"')
    assertion("verified-and-backed-up", flags=0x1D)
    assertion("create", False, kind="webauthn.create")
    assertion("other-challenge", False, challenge="A" + challenge[1:] if challenge[0] != "A" else "B" + challenge[1:])
    assertion("longer-challenge", False, challenge=challenge + "AA")
    assertion("padded-challenge", False, challenge=challenge + "=")
    assertion("other-party", False, rp=hashlib.sha256(b"autonomys.example.com").digest())
    assertion("nobody-present", False, flags=4)
    assertion("high-s", False, high=True)


def main():
    ec = ("-algorithm", "EC", "-pkeyopt")
    keys = {
        "ed25519": Key("ed25519", ED25519, "-algorithm", "ed25519"),
        "ed25519-b": Key("ed25519-b", ED25519, "-algorithm", "ed25519"),
        "p256": Key("p256", P256, *ec, "ec_paramgen_curve:P-256"),
        "p256-b": Key("p256-b", P256, *ec, "ec_paramgen_curve:P-256"),
        **{
            f"rsa{bits}": Key(f"rsa{bits}", RSA, "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}")
            for bits in (1024, 2048, 3072, 4096)
        },
    }
    pss = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32")

    alice = certificate("human-ed25519", "human", keys["ed25519"], path_length=3, days=3650, subject="/CN=Alice")
    lab = certificate("organization-p256", "organization", keys["p256"], path_length="any", days=800)
    for bits in (2048, 3072, 4096):
        certificate(f"organization-rsa{bits}", "organization", keys[f"rsa{bits}"], path_length=2, days=800)
    certificate("organization-rsa2048-pss", "organization", keys["rsa2048"], path_length=2, extra=pss, salt=bytes([1]) * 16)
    model = certificate(
        "model-p256",
        "aiModel",
        keys["p256-b"],
        issuer=lab,
        path_length=2,
        days=365,
        salt=bytes(range(16)),
        changes={
            f"{ARC}.3": f"ASN1:FORMAT:HEX,OCTETSTRING:{'ab' * 32}",
            f"{ARC}.4": f"ASN1:FORMAT:HEX,OCTETSTRING:{'cd' * 32}",
            f"{ARC}.5": f"ASN1:FORMAT:HEX,OCTETSTRING:{'ef' * 32}",
            "subjectKeyIdentifier": "hash",
            "authorityKeyIdentifier": "keyid",
        },
    )
    certificate("instance-ed25519", "aiInstance", keys["ed25519-b"], issuer=model, days=30)
    certificate(
        "service-rsa2048",
        "service",
        keys["rsa2048"],
        issuer=alice,
        days=90,
        subject="/C=DE/L=Köln/O=Büro/CN=Büro Köln",
        changes={
            "subjectAltName": lambda uri: f"URI:{uri},DNS:example.org,DNS:*.example.org",
            "extendedKeyUsage": "clientAuth,serverAuth",
        },
    )

    openssl("verify", "-CAfile", "organization-p256.pem", "-untrusted", "model-p256.pem", "instance-ed25519.pem")
    openssl("verify", "-CAfile", "human-ed25519.pem", "service-rsa2048.pem")

    def refused(name, error, kind="organization", key=keys["p256"], **options):
        options.setdefault("path_length", 2)
        certificate(f"refused-{name}", kind, key, error=error, **options)

    refused("rsa1024", "Key", key=keys["rsa1024"])
    e3 = Key("rsa-e3", RSA, "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_pubexp:3")
    refused("rsa-exponent-3", "Key", key=e3)
    p384 = Key("p384", P256, *ec, "ec_paramgen_curve:P-384")
    refused("p384", "UnsupportedAlgorithm", key=p384)
    explicit = Key("explicit", P256, *ec, "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit")
    refused("explicit-curve", "UnsupportedAlgorithm", key=explicit)
    secp256k1 = Key("k1", SECP256K1, *ec, "ec_paramgen_curve:secp256k1")
    refused("secp256k1", "UnsupportedAlgorithm", key=secp256k1)
    refused("ed448", "UnsupportedAlgorithm", key=Key("ed448", ED25519, "-algorithm", "ed448"))
    refused("sha1", "UnsupportedAlgorithm", digest=("-sha1",))
    refused("sha384", "UnsupportedAlgorithm", digest=("-sha384",))
    refused("rsa-sha512", "UnsupportedAlgorithm", key=keys["rsa2048"], digest=("-sha512",))
    refused("pss-salt-20", "UnsupportedAlgorithm", key=keys["rsa2048"], extra=(*pss[:3], "rsa_pss_saltlen:20"))
    refused("version-1", "Version", version1=True)
    refused("no-kind", "MissingExtension", changes={f"{ARC}.1": None})
    refused("no-salt", "MissingExtension", changes={f"{ARC}.2": None})
    refused("no-basic-constraints", "MissingExtension", changes={"basicConstraints": None})
    refused("no-key-usage", "MissingExtension", changes={"keyUsage": None})
    refused("no-alternative-name", "MissingExtension", changes={"subjectAltName": None})
    refused("constraints-not-critical", "InvalidExtension", changes={"basicConstraints": "CA:TRUE"})
    refused("usage-not-critical", "InvalidExtension", changes={"keyUsage": "digitalSignature,keyCertSign"})
    refused("usage-no-signature", "KeyUsage", changes={"keyUsage": "critical,keyCertSign"})
    refused("usage-no-cert-sign", "KeyUsage", changes={"keyUsage": "critical,digitalSignature"})
    leaf = "critical,digitalSignature,keyCertSign"
    refused("usage-cert-sign-of-leaf", "KeyUsage", path_length=None, changes={"keyUsage": leaf})
    leaf = "critical,digitalSignature,cRLSign"
    refused("usage-crl-sign-of-leaf", "KeyUsage", path_length=None, changes={"keyUsage": leaf})
    refused("usage-encipherment", "InvalidExtension", changes={"keyUsage": "critical,digitalSignature,keyCertSign,keyEncipherment"})
    refused("usage-key-agreement", "InvalidExtension", changes={"keyUsage": "critical,digitalSignature,keyCertSign,keyAgreement"})
    refused("unknown-critical", "UnknownCriticalExtension", changes={"1.2.3.4": "critical,ASN1:NULL"})
    refused("name-constraints", "UnknownCriticalExtension", changes={"nameConstraints": "critical,permitted;DNS:example.org"})
    refused("two-uris", "UriCount", changes={"subjectAltName": lambda uri: f"URI:{uri},URI:{uri}"})
    refused("no-uri", "UriCount", changes={"subjectAltName": "DNS:example.org"})
    refused("e-mail", "InvalidExtension", changes={"subjectAltName": lambda uri: f"URI:{uri},email:a@example.org"})
    refused("other-uri", "Did", changes={"subjectAltName": "URI:https://example.org/"})
    refused("legacy-uri", "Did", changes={"subjectAltName": "URI:autoid:auto:" + "00" * 32})
    refused("other-did", "OtherId", changes={"subjectAltName": f"URI:{did('human', None, keys['ed25519'], bytes(16))[1]}"})
    other_network = did("organization", None, keys["p256"], bytes(16), bytes(32))[1]
    refused("other-network", "OtherId", changes={"subjectAltName": f"URI:{other_network}"})
    refused("kind-9", "InvalidExtension", changes={f"{ARC}.1": "ASN1:INTEGER:9"})
    refused("kind-as-text", "InvalidExtension", changes={f"{ARC}.1": "ASN1:UTF8:human"})
    refused("salt-of-15", "InvalidExtension", changes={f"{ARC}.2": f"ASN1:FORMAT:HEX,OCTETSTRING:{'00' * 15}"})
    refused("model-hash-of-human", "InvalidExtension", kind="human", changes={f"{ARC}.3": f"ASN1:FORMAT:HEX,OCTETSTRING:{'00' * 32}"})
    refused("composite", "Composite", kind="composite")
    refused("root-agent", "NotNatural", kind="aiAgent")
    refused("too-long", "ValidityTooLong", days=826)
    refused("human-too-long", "ValidityTooLong", kind="human", days=3654)
    refused("no-common-name", "CommonName", subject="/O=Autonomys")
    refused("two-common-names", "CommonName", subject="/CN=a/CN=b")
    refused("not-normalised", "CommonName", subject="/CN=Ko\u0308ln")
    refused("multivalued-name", "Der", subject="/CN=a+O=b")

    consents()
    other_signatures(keys)
    for entry in certificates:
        del entry["raw"], entry["key_pair"]
    manifest = {
        "openssl": openssl("version", keep=False).decode().strip(),
        "networkTag": "0x" + NETWORK_TAG.hex(),
        "account": "0x" + ACCOUNT.hex(),
        "validUntil": VALID_UNTIL,
        "certificates": certificates,
        "signatures": signatures,
        "commands": commands,
    }
    (HERE / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    main()
