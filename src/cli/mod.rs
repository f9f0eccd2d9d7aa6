//! The command line: arguments, one file per command, and what a person sees.
//!
//! Data goes to standard output, everything else to standard error. Exit codes: 0 done, 1 faults
//! in content, 2 usage or configuration, 3 input, output or network.

mod add;
mod adopt;
mod args;
mod build;
mod check;
mod config;
mod diff;
mod explain;
mod failure;
mod fetch;
mod find;
mod hub;
mod import;
mod init;
mod list;
mod newsroom;
mod output;
mod partner;
mod report;
mod retract;
mod running;
mod serve;
mod source;
mod sources;
mod status;
mod store;

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{CommandFactory, Parser};
use tokio::runtime::Builder;

use args::{Args, Command, OutputFormat};
use failure::{Exit, Failure};
use output::Output;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let args = Args::parse();
    let output = Output::new(&args);
    // What is fetched comes in on a thread beside the one that stores it.
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            output.error(&format!("no runtime: {error}"));
            return ExitCode::from(Exit::InputOutput as u8);
        }
    };
    match runtime.block_on(run(&args, &output)) {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(Failure::BrokenPipe) => ExitCode::from(Exit::Done as u8),
        Err(failure) => {
            output.error(&failure.to_string());
            ExitCode::from(failure.exit() as u8)
        }
    }
}

async fn run(args: &Args, output: &Output) -> Result<Exit, Failure> {
    let now = now();
    if args.format == OutputFormat::Sarif && !matches!(args.command, Command::Check(_)) {
        return Err(Failure::usage("SARIF is a form of findings", "feedwright check"));
    }
    match &args.command {
        Command::Init(init) => init::run(init, args, output, now),
        Command::Adopt(adopt) => adopt::run(adopt, args, output, now).await,
        Command::Add(add) => add::run(add, args, output, now).await,
        Command::List(list) => list::list(list, args, output).await,
        Command::Show(show) => list::show(show, args, output).await,
        Command::Retract(retract) => retract::retract(retract, args, output, now).await,
        Command::Restore(restore) => retract::restore(restore, args, output, now).await,
        Command::Fetch(fetch) => fetch::run(fetch, args, output).await,
        Command::Source(command) => source::run(command, args, output, now).await,
        Command::Import(command) => import::run(command, args, output, now).await,
        Command::Partner(command) => partner::run(command, args, output, now).await,
        Command::Hub(command) => hub::run(command, args, output, now).await,
        Command::Explain(explain) => explain::run(explain, args, output, now).await,
        Command::Status(status) => status::run(status, args, output, now).await,
        Command::Build(build) => build::run(build, args, output, now).await,
        Command::Serve(serve) => serve::run(serve, args, output).await,
        Command::Check(check) => check::run(check, args, output, now).await,
        Command::Diff(diff) => diff::run(diff, output),
        Command::Config(command) => config::run(command, args, output),
        Command::Store(command) => store::run(args, command, output).await,
        Command::Completions { shell } => {
            let mut bytes = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "feedwright", &mut bytes);
            output.data(&bytes)
        }
        Command::Man { folder } => config::man(folder.as_deref(), output),
    }
}

/// The one place where the clock is read.
#[expect(clippy::disallowed_methods, reason = "everything else is handed this instant")]
fn now() -> DateTime<Utc> {
    let now = Utc::now();
    // The store keeps milliseconds.
    DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
}
