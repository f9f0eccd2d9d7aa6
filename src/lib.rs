//! feedwright turns stored stories into RSS, Atom and JSON feeds by section.
//!
//! The road a story takes is the order of the modules; `docs/architecture.md` shows the floors.

pub mod check;
pub mod cli;
pub mod config;
pub mod feed;
pub mod fetch;
pub mod format;
pub mod http;
pub mod pass;
pub mod poll;
pub mod publish;
pub mod service;
pub mod source;
pub mod store;
pub mod story;
pub mod text;
pub mod websub;
