#!/usr/bin/env bash
# Measures the weights of our pallets on this machine, on the runtime as it is shipped, and writes pallets/*/src/weights.rs.
# Besides what the node needs it compiles the stock benchmark, which takes about as long as half the node.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
source scripts/env.sh
# The runtime is compiled as for shipped nodes; the one that the benchmark brings for other purposes is not compiled
export WASM_BUILD_TYPE=production SKIP_FRAME_STORAGE_ACCESS_TEST_RUNTIME_WASM_BUILD=1

say "Build"
# The versions that measure are those of the node
cp Cargo.lock scripts/weights/Cargo.lock
cargo build --release --manifest-path scripts/weights/Cargo.toml

say "Measure"
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
# The storage fee is dynamic in main-preset, which is the dearer way
"$CARGO_TARGET_DIR/release/autonomys-weights" \
  --runtime "$CARGO_TARGET_DIR/release/wbuild/autonomys-runtime/autonomys_runtime.compact.compressed.wasm" \
  --genesis-builder runtime --genesis-builder-preset main-preset \
  --pallet pallet_poas,pallet_rewards,pallet_transaction_fees --extrinsic '*' --steps 50 --repeat 20 \
  --default-pov-mode ignored --disable-proof-recording --template scripts/weights/weights.hbs --output "$results"

for pallet in poas rewards transaction-fees; do
  weights="$results/pallet_${pallet//-/_}.rs"
  sed -i '/^\/\/ Proof: /d' "$weights"
  rustfmt --edition 2024 "$weights"
  cp "$weights" "pallets/$pallet/src/weights.rs"
done
say "Written: pallets/*/src/weights.rs"
