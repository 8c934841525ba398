#!/usr/bin/env bash
# Measures the rows of docs/benchmarks.md on this machine and fills them in. `--help` says how to call it.
set -euo pipefail
export LC_ALL=C

usage() {
  cat <<'END'
usage: scripts/bench.sh [FILE]
       scripts/bench.sh --only BENCH [ROW]

Measures the rows of docs/benchmarks.md whose last column is `BENCH: ROW`, and prints that page with the machine and
its figures, or writes it to FILE. Takes ten minutes on two cores once built; nothing else should run meanwhile.

  --only BENCH [ROW]  runs one benchmark target and prints what it says; ROW, a regular expression, chooses among
                      criterion's benchmarks
  --help              prints this
END
}

only=() file=
case "${1-}" in
  --help | -h)
    usage
    exit
    ;;
  --only)
    only=("${@:2}")
    [ ${#only[@]} -ge 1 ] && [ ${#only[@]} -le 2 ] || { usage >&2 && exit 2; }
    ;;
  -*)
    usage >&2
    exit 2
    ;;
  *)
    [ $# -le 1 ] || { usage >&2 && exit 2; }
    [ -z "${1-}" ] || file=$(realpath -m -- "$1")
    ;;
esac

cd "$(dirname "$0")/.."
scripts/setup.sh >&2
source scripts/env.sh

# With the features of the whole workspace, so that what is built for programs and tests is used again
bench() { # target, arguments of it
  cargo bench --quiet --locked --workspace --bench "$1" -- "${@:2}"
}

if [ ${#only[@]} -gt 0 ]; then
  bench "${only[@]}"
  exit
fi

page=docs/benchmarks.md
# Target and row, with a tab between them
rows=$(sed -n 's/^|.*| `\([a-z_]*\): \([^`]*\)` |$/\1\t\2/p' "$page")
targets=$(cut -f 1 <<<"$rows" | awk '!known[$0]++')

say "Build" >&2
cargo bench --locked --workspace $(printf -- '--bench %s ' $targets) --no-run >&2

figures=$(mktemp)
trap 'rm -f "$figures"' EXIT
for target in $targets; do
  say "$target" >&2
  filter=$(awk -F '\t' -v target="$target" '$1 == target { printf "%s%s", separator, $2; separator = "|" }' <<<"$rows")
  bench "$target" --output-format bencher "^($filter)\$" | tee >(cat >&2) | sed "s/^/$target\t/" >>"$figures"
done

cpu=$(sed -n '/^model name/{s/.*: //p;q}' /proc/cpuinfo)
machine="${cpu:-$(uname -m)}, $(nproc) cores, $(rustc --version)"
filled=$(awk -v machine="$machine" '
  function digits(value) {
    return sprintf(value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value)
  }
  function duration(nanoseconds) {
    if (nanoseconds >= 1e9) return digits(nanoseconds / 1e9) " s"
    if (nanoseconds >= 1e6) return digits(nanoseconds / 1e6) " ms"
    return digits(nanoseconds / 1e3) " µs"
  }
  # What criterion prints in the format of bencher, and the other benchmarks as "figure ROW: FIGURE"
  NR == FNR {
    tab = index($0, "\t")
    target = substr($0, 1, tab - 1)
    line = substr($0, tab + 1)
    if ((end = index(line, " ... bench: ")) && line ~ /^test /) {
      row = substr(line, 6, end - 6)
      value = substr(line, end + 12)
      gsub(/,/, "", value)
      figure[target ": " row] = duration(value + 0)
    } else if ((end = index(line, ": ")) && line ~ /^figure /) {
      figure[target ": " substr(line, 8, end - 8)] = substr(line, end + 2)
    }
    next
  }
  /^Machine:/ {
    print "Machine: " machine
    next
  }
  /^\|.*\| `[a-z_]*: [^`]*` \|$/ {
    split($0, cell, "|")
    key = cell[5]
    gsub(/^ `|` $/, "", key)
    if (!(key in figure)) {
      print "no figure for " key > "/dev/stderr"
      figure[key] = "–"
    }
    print "|" cell[2] "|" cell[3] "| " figure[key] " |" cell[5] "|"
    next
  }
  { print }
' "$figures" "$page")
if [ -n "$file" ]; then
  printf '%s\n' "$filled" >"$file"
else
  printf '%s\n' "$filled"
fi
