//! The `feedwright` command: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    feedwright::cli::main()
}
