//! HTTP for readers, from memory, and for those who watch.

mod access;
mod allowance;
mod answer;
mod client;
mod coding;
mod conditional;
mod documents;
mod kind;
mod metrics;
mod range;
mod target;

pub use access::AccessLog;
pub use client::Trust;
pub use documents::{Documents, Serving, Trouble};
pub use metrics::{Metrics, Standing};
