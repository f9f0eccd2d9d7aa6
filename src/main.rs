//! The `feedwright` command: parse, run, exit code.

use std::process::ExitCode;

/// A build makes and drops millions of small texts; see `docs/dependencies.md` for the measurement.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    feedwright::cli::main()
}
