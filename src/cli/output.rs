//! Standard output and standard error.

use std::{
    cell::RefCell,
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{
    args::{Args, OutputFormat},
    failure::{Exit, Failure},
};

/// Where a command speaks.
pub(super) struct Output {
    pub(super) json: bool,
    pub(super) verbose: bool,
    pub(super) quiet: bool,
    started: Instant,
    bar: RefCell<Option<ProgressBar>>,
}

/// Anything shorter shows no progress.
const PATIENCE: Duration = Duration::from_secs(1);

impl Output {
    pub(super) fn new(args: &Args) -> Self {
        Self {
            json: args.format == OutputFormat::Json,
            verbose: args.verbose,
            quiet: args.quiet,
            started: Instant::now(),
            bar: RefCell::new(None),
        }
    }

    /// Whether a person looks at standard output.
    pub(super) fn is_terminal(&self) -> bool {
        io::stdout().is_terminal() && !self.quiet
    }

    /// Prints what was asked for.
    pub(super) fn data(&self, bytes: &[u8]) -> Result<Exit, Failure> {
        let mut out = io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Ok(()) => Ok(Exit::Done),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::BrokenPipe),
            Err(source) => Err(Failure::File { file: "standard output".into(), source }),
        }
    }

    /// Prints a line of what was asked for.
    pub(super) fn line(&self, text: &str) -> Result<(), Failure> {
        self.data(format!("{text}\n").as_bytes()).map(|_| ())
    }

    /// Says something that a person at a terminal wants to know.
    pub(super) fn say(&self, text: &str) {
        if !self.quiet && (self.verbose || io::stderr().is_terminal()) {
            let _ = writeln!(io::stderr(), "{}", harmless(text));
        }
    }

    /// Says something that is worth a mail from cron.
    pub(super) fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "note: {}", harmless(text));
        }
    }

    /// Says what is wrong.
    pub(super) fn error(&self, text: &str) {
        let _ = writeln!(io::stderr(), "error: {}", harmless(text));
    }

    /// Shows how far a long job is, on a terminal and after a second.
    pub(super) fn progress(&self, what: &'static str, done: usize, all: usize) {
        let shown = io::stderr().is_terminal() && !self.quiet && !self.json;
        if !shown || self.started.elapsed() < PATIENCE {
            return;
        }
        let mut bar = self.bar.borrow_mut();
        let bar = bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        bar.set_message(what);
        bar.set_length(all.max(1) as u64);
        bar.set_position(done as u64);
    }

    /// Takes the progress away.
    pub(super) fn finish_progress(&self) {
        if let Some(bar) = self.bar.borrow_mut().take() {
            bar.finish_and_clear();
        }
    }
}

/// A story's words must not steer the terminal.
fn harmless(text: &str) -> String {
    let steers = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    text.chars().map(|letter| if steers(letter) { '\u{fffd}' } else { letter }).collect()
}
