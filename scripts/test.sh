#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test but the long ones (scripts/soak.sh). What CI runs.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
source scripts/env.sh

say "Formatting"
cargo fmt --all --check

say "Dependencies: registry only, no RocksDB, one version of each SDK crate"
scripts/check-lock.sh

say "Scripts and layers"
for script in scripts/*.sh .ci/run; do bash -n "$script"; done
scripts/check-layers.sh

say "no_std crates, each by itself"
scripts/check-no-std.sh

say "Clippy"
cargo clippy --release --locked --workspace --exclude autonomys-test-service --all-targets -- -D warnings

say "Build"
cargo build --release --locked --workspace --bins

say "Tests"
# Not yet here: the crates whose tests are still being finished (docs/status.md)
cargo test --release --locked --lib --bins --tests -p autonomys-core-primitives -p sp-consensus-poas \
  -p autonomys-single-block-blake3 -p autonomys-merkle-tree -p autonomys-erasure-coding -p autonomys-archiving \
  -p autonomys-proof-of-time
