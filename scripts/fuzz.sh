#!/usr/bin/env bash
# Fuzzes the decoders of bytes from outside: scripts/fuzz.sh [TARGET] [SECONDS]; all targets, 60 seconds each, by default.
# The targets are in test/fuzz. Stops at the first finding, which cargo-fuzz writes to test/fuzz/fuzz/artifacts.
# The first build takes longer than that of the node, whose libraries are built again with libFuzzer's instrumentation.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
source scripts/env.sh
cargo fuzz --version >/dev/null 2>&1 || {
  echo "installing by cargo: cargo-fuzz"
  cargo install cargo-fuzz --locked || fail "cargo-fuzz could not be installed: check the network"
}

seconds=${2:-60}
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
# The whole workspace, so that the build is the one that the programs and tests share
cargo build --release --locked --workspace --bins
"$CARGO_TARGET_DIR/release/fuzz-seeds" "$seeds"

# The versions that are fuzzed are those of the programs
cp Cargo.lock test/fuzz/fuzz/Cargo.lock
cd test/fuzz
export CARGO_TARGET_DIR="$CARGO_TARGET_DIR/fuzz"
# libFuzzer's instrumentation is built by the stable compiler too, if asked like this
export RUSTC_BOOTSTRAP=1
cargo fuzz build
for target in ${1:-$(cargo fuzz list)}; do
  [ -d "$seeds/$target" ] || fail "there is no target $target; the targets are: $(cargo fuzz list | xargs)"
  say "$target, $seconds s"
  mkdir -p "fuzz/corpus/$target"
  # Memory is limited well above what any decoder needs for one input
  cargo fuzz run "$target" "fuzz/corpus/$target" "$seeds/$target" -- -max_total_time="$seconds" -rss_limit_mb=2048 \
    -max_len=65536 -print_final_stats=1
done
