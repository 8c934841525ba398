#!/usr/bin/env bash
# The tests that take longer than two minutes, with their building: the ignored tests of every crate, and the benchmarks
# of the pallets, which a node is not built with.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
source scripts/env.sh
cargo build --release --locked --workspace --bins
cargo test --release --locked --workspace --lib --bins --tests -- --ignored
cargo test --release --locked --lib -p pallet-poas -p pallet-rewards -p pallet-transaction-fees \
  --features pallet-poas/runtime-benchmarks,pallet-rewards/runtime-benchmarks,pallet-transaction-fees/runtime-benchmarks
