//! The program `autonomys-farmer`.

use std::process::ExitCode;

fn main() -> ExitCode {
    autonomys_farmer::cli::run()
}
