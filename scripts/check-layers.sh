#!/usr/bin/env bash
# Crates use only what lies below them: primitives, then pure libraries, then client and farmer, then the programs.
# The farmer knows nothing of the node, and the node links no runtime.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo metadata --locked --format-version 1 --no-deps | python3 -c '
import json, sys

packages = json.load(sys.stdin)["packages"]
ours = {package["name"] for package in packages}
dependencies = {
    package["name"]: {d["name"] for d in package["dependencies"] if d["kind"] is None} for package in packages
}


def reachable(name, seen):
    for dependency in dependencies.get(name, ()):
        if dependency not in seen:
            seen.add(dependency)
            reachable(dependency, seen)
    return seen


core = ["autonomys-core-primitives", "autonomys-single-block-blake3", "autonomys-merkle-tree", "autonomys-erasure-coding",
        "autonomys-archiving", "autonomys-proof-of-space", "autonomys-proof-of-time", "autonomys-verification",
        "autonomys-farmer-components", "autonomys-farmer"]
rules = [(name, lambda d: d.startswith(("sp-", "sc-", "frame-", "pallet-", "polkadot-")), "Substrate") for name in core]
runtimes = lambda d: d.startswith("pallet-") and d in ours or d == "autonomys-runtime"
rules += [(name, runtimes, "a runtime or pallet") for name in ours if name.startswith("sc-") or name == "autonomys-node"]
rules += [(name, lambda d: d.startswith("sc-"), "client code") for name in ours if name.startswith(("pallet-", "sp-")) or name == "autonomys-runtime"]
wrong = [
    f"{name} depends on {what}: {dependency}"
    for name, forbidden, what in rules if name in ours
    for dependency in sorted(reachable(name, set())) if forbidden(dependency)
]
sys.exit("\n".join("error: " + line for line in wrong) or 0)
'
