//! Nothing: the tests are in `tests/it`.
//!
//! They start `autonomys-node` and `autonomys-farmer` as a user would and look at them from outside, through RPC,
//! polkadot.js, signals and files. The programs have to be built first, into the same target folder and profile:
//!
//! ```text
//! cargo build --release --locked -p autonomys-node -p autonomys-farmer
//! cargo test --release --locked -p autonomys-e2e
//! cargo test --release --locked -p autonomys-e2e -- --ignored    # the long ones
//! ```
//!
//! polkadot.js comes from npm in the versions of `polkadot-js/package-lock.json`.
