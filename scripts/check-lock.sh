#!/usr/bin/env bash
# Cargo.lock must not hold RocksDB (minutes of C++), a git source, or two versions of an SDK crate (they would not unify).
set -euo pipefail
cd "$(dirname "$0")/.."
status=0
complain() {
  printf 'error: Cargo.lock: %s\n' "$1" >&2
  status=1
}
grep -q '^name = "librocksdb-sys"' Cargo.lock && complain "librocksdb-sys: a dependency lacks default-features = false"
grep -n '^source = "git+' Cargo.lock && complain "git sources: only the registry is allowed"
twice=$(sed -n 's/^name = "\(\(sp\|sc\|frame\|pallet\)-.*\)"/\1/p' Cargo.lock | sort | uniq -d)
[ -z "$twice" ] || complain "two versions of: $(echo $twice); pin them in the root Cargo.toml"
exit $status
