#!/usr/bin/env bash
# Each no_std crate must compile for the runtimes' target by itself: in a workspace build, another crate's features hide
# what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh
# Decides in sp-io and the like that this is the runtime's side
export CARGO_TARGET_WASM32V1_NONE_RUSTFLAGS="--cfg substrate_runtime"
build_std=()
[ "${WASM_BUILD_STD:-0}" = 1 ] && build_std=(-Zbuild-std=core,alloc)
crates=(
  autonomys-auto-co-primitives
  autonomys-auto-fi-primitives
  autonomys-core-primitives
  autonomys-merkle-tree
  autonomys-proof-of-space
  autonomys-proof-of-time
  autonomys-runtime-primitives
  autonomys-single-block-blake3
  autonomys-verification
  pallet-poas
  pallet-rewards
  pallet-transaction-fees
  sp-consensus-poas
  sp-domains
)
for crate in "${crates[@]}"; do
  cargo check --quiet --release --locked -p "$crate" --no-default-features --target wasm32v1-none "${build_std[@]}"
done
