#!/usr/bin/env bash
# Installs what is missing, builds, and starts a whole development network in one process: node, timekeeper and farmer.
# Arguments go to the node: `scripts/run-dev.sh --base-path DIR` keeps the chain, `--chain fast` is ten times as quick.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
source scripts/env.sh
cargo build --release --locked --workspace --bins
exec "$CARGO_TARGET_DIR/release/autonomys-node" --dev "$@"
