#!/usr/bin/env bash
# All benchmarks at production parameters, with the machine's name. Arguments filter the criterion benchmarks by name.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
source scripts/env.sh
printf 'machine: %s, %s cores, %s\n' "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(rustc --version)"
for crate in autonomys-single-block-blake3 autonomys-merkle-tree autonomys-erasure-coding autonomys-archiving \
  autonomys-proof-of-space autonomys-proof-of-time autonomys-verification autonomys-farmer-components; do
  cargo bench --locked -p "$crate" -- "$@"
done
