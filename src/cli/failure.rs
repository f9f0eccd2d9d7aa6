//! What ends a command early, and the exit code it has.

use std::{
    io::{self, ErrorKind},
    path::Path,
};

use crate::{
    config::ConfigFaults, pass::PassError, poll::PollError, publish::HoldError, store::StoreError,
};

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exit {
    Done = 0,
    ContentFaults = 1,
    Usage = 2,
    InputOutput = 3,
}

/// A command that couldn't do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigFaults),
    #[error("{what}\n  fix: {fix}")]
    Usage { what: String, fix: String },
    #[error("{0}")]
    Content(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Pass(#[from] PassError),
    #[error(transparent)]
    Hold(HoldError),
    #[error("`{file}`: {}", said(file, source))]
    File { file: String, source: io::Error },
    #[error("`{address}` can't be listened on: {source}\n  fix: {fix}")]
    Listen { address: String, source: io::Error, fix: &'static str },
    #[error("{0}")]
    Network(String),
    /// Nobody reads our output any more: no failure.
    #[error("broken pipe")]
    BrokenPipe,
}

impl From<HoldError> for Failure {
    fn from(error: HoldError) -> Self {
        match error {
            HoldError::Store(error) => Self::Store(error),
            error => Self::Hold(error),
        }
    }
}

impl From<PollError> for Failure {
    fn from(error: PollError) -> Self {
        match error {
            PollError::Store(error) => Self::Store(error),
            PollError::Hold(error) => error.into(),
        }
    }
}

impl Failure {
    pub(super) fn usage(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Usage { what: what.into(), fix: fix.into() }
    }

    pub(super) fn file(file: &Path, source: io::Error) -> Self {
        Self::File { file: file.display().to_string(), source }
    }

    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Config(_) | Self::Usage { .. } | Self::Store(StoreError::NotEmpty { .. }) => {
                Exit::Usage
            }
            Self::Content(_) => Exit::ContentFaults,
            Self::BrokenPipe => Exit::Done,
            Self::Store(_)
            | Self::Pass(_)
            | Self::Hold(_)
            | Self::Network(_)
            | Self::File { .. }
            | Self::Listen { .. } => Exit::InputOutput,
        }
    }
}

/// What is wrong with a file, and what to do, where that can be said.
fn said(file: &str, error: &io::Error) -> String {
    let fix = match error.kind() {
        ErrorKind::NotFound if file.contains("://") => {
            return "this address can't be read here\n  fix: save what it has to a file, and name \
                    that"
                .to_owned();
        }
        ErrorKind::NotFound => {
            return "there is no such file or folder\n  fix: look for a typing error in its name"
                .to_owned();
        }
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory => {
            "name another place: a file stands where a folder is needed"
        }
        ErrorKind::IsADirectory => "name a file in it",
        ErrorKind::PermissionDenied => "let this user read it, or write there",
        _ => return error.to_string(),
    };
    format!("{error}\n  fix: {fix}")
}
