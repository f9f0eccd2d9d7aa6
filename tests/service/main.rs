//! The service, as readers and those who run it see it. A program of its own: it gives way to
//! everything, so nothing that takes all cores may run beside it.

#![expect(clippy::disallowed_methods, reason = "tests lay files down and read them")]

mod connections;
mod contrib;
mod http;
mod partners;
mod serve;
#[allow(dead_code, reason = "a part of it is used here")]
#[path = "../it/support/mod.rs"]
mod support;
mod webhooks;
mod websub;
