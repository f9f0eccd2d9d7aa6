//! Random histories of a newsroom, held against a model of it. A program of its own: these take all
//! cores for long, and the service gives way to everything.

#![expect(clippy::disallowed_methods, reason = "tests lay files down and read them")]

mod incremental;
mod model;
mod schedules;
