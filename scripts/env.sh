# Sourced by the other scripts: settings that must be the same in every cargo command.

# One folder outside the checkout, so that every clone on the machine shares what is built.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/autonomys/target}"

# Where rustup cannot download the wasm32v1-none target, setup.sh lays the sources of the standard library into the
# toolchain, and the runtimes are built with a standard library built from them.
if [ ! -d "$(rustc --print sysroot)/lib/rustlib/wasm32v1-none/lib" ]; then
  export WASM_BUILD_STD=1 RUSTC_BOOTSTRAP=1
fi

say() { printf '\n== %s\n' "$*"; }
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}
