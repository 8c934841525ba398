#!/usr/bin/env bash
# The tests that take longer than two minutes: the ignored tests of every crate.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
source scripts/env.sh
cargo build --release --locked --workspace --bins
cargo test --release --locked --workspace --lib --bins --tests -- --ignored
