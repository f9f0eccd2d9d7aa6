//! Where stories come from, and the reader of others' feeds ([`feed`]). Each source gives [`Incoming`](crate::story::Incoming) stories and
//! faults; none of them writes to the store.

mod fault;
pub mod feed;
mod fields;
pub mod folder;
mod given;
mod json_bounds;
pub mod opml;
pub mod page;
mod permalink;
mod refs;
pub mod remote;
mod slugs;
mod tags;
pub mod wordpress;

pub use fault::StoryFault;
pub use fields::{Desk, GuidMode, Measured, Spot};
pub use given::{Given, GivenDefaults, read_given};
pub use json_bounds::JsonBound;
pub use permalink::{Permalink, PermalinkError, hugo_permalink, jekyll_permalink};
pub use refs::References;
