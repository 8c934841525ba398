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

say "Build"
cargo build --release --locked --workspace --bins

say "Clippy"
cargo clippy --release --locked --workspace --all-targets -- -D warnings

say "Tests"
cargo test --release --locked --workspace --lib --bins --tests
