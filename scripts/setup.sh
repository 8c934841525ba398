#!/usr/bin/env bash
# Installs what building and testing needs and is missing: system packages by apt, the WebAssembly target by rustup.
# Prints what it installs; does nothing where all is there. For Debian and Ubuntu with rustup's cargo.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

command -v rustup >/dev/null || fail "rustup is missing: install it from https://rustup.rs, then run this again"

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "installing packages needs root: run as root '$*', then run this again"
  fi
}

packages=()
need() { # command, package
  command -v "$1" >/dev/null || packages+=("$2")
}
need cc build-essential
need protoc protobuf-compiler
need pkg-config pkg-config
need clang clang
need ld.lld lld
need node nodejs
need npm npm
pkg-config --exists openssl 2>/dev/null || packages+=(libssl-dev)
if [ ${#packages[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || fail "apt-get is missing: install the equivalents of ${packages[*]} by hand"
  echo "installing by apt: ${packages[*]}"
  as_root apt-get update -qq || fail "apt-get update failed: check the machine's network and package sources"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" \
    || fail "apt could not install ${packages[*]}"
fi

toolchain=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
if ! rustup toolchain list | grep -q "^$toolchain"; then
  echo "installing by rustup: Rust $toolchain"
  rustup toolchain install "$toolchain" --profile default \
    || fail "rustup could not install Rust $toolchain: check the network"
fi
for component in clippy rustfmt; do
  cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1 || rustup component add "$component" \
    || fail "rustup could not install $component"
done

sysroot=$(rustc --print sysroot)
if [ ! -d "$sysroot/lib/rustlib/wasm32v1-none/lib" ]; then
  echo "installing by rustup: the target wasm32v1-none"
  if ! timeout 300 rustup target add wasm32v1-none; then
    # The download is unreachable. Debian packages the same sources; scripts/env.sh then builds the standard library.
    if [ ! -d "$sysroot/lib/rustlib/src/rust/library" ]; then
      echo "installing from Debian: the sources of Rust $toolchain's standard library"
      folder=$(mktemp -d)
      trap 'rm -rf "$folder"' EXIT
      mkdir -p "$folder/lists/partial" "$folder/sources"
      printf '%s\n' 'Types: deb' 'URIs: http://deb.debian.org/debian' 'Suites: trixie-backports' 'Components: main' \
        'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' >"$folder/sources/backports.sources"
      apt=(apt-get -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$folder/sources"
        -o "Dir::State::Lists=$folder/lists" -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache=" -o "APT::Sandbox::User=root")
      version=$("${apt[@]}" update -qq && apt-cache "${apt[@]:1}" madison rust-src | awk -F'|' '{gsub(/ /, "", $2); print $2}' \
        | grep "^$toolchain" | head -n 1) || true
      [ -n "$version" ] || fail "neither rustup nor Debian has Rust $toolchain's wasm32v1-none target or sources in reach"
      (cd "$folder" && "${apt[@]}" download -qq "rust-src=$version" && dpkg -x rust-src_*.deb unpacked) \
        || fail "the package rust-src $version could not be downloaded"
      mkdir -p "$sysroot/lib/rustlib/src/rust"
      cp -r "$folder/unpacked/usr/src/rustc-$toolchain/." "$sysroot/lib/rustlib/src/rust/"
    fi
  fi
fi
