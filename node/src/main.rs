//! `autonomys-node`: see the library of this crate.

use std::process::ExitCode;

fn main() -> ExitCode {
    autonomys_node::command::main()
}
