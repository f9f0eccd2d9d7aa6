//! The words of the newsroom: what a story is, and what is said about it.
//!
//! Plain data, no input or output. Everything above speaks in these types.

mod address;
mod codes;
mod fields;
mod guid;
mod json;
mod language;
mod media;
mod naming;
mod path;
mod rsl;
mod rule;
mod secret;
mod site;
mod slugs;
mod token;
mod unmet;

pub use address::{address_key, entry_key};
pub use fields::{
    Correction, Facts, Incoming, Markup, Origin, Person, Phase, RawText, State, Story,
};
pub use guid::{Guid, mint_guid, wrap_own_id};
pub use json::StoryJson;
pub use language::{Language, LanguageError};
pub use media::{Enclosure, Image, Thumbnail};
pub use naming::{path_name, plain_path};
pub use path::{FeedPath, PathError, SectionPath};
pub use rsl::{Allowance, Amount, Bearing, Licensing, Payment, SectionTerms, Terms};
pub use rule::{Has, Pattern, RuleFacts, Where};
pub use secret::Secret;
pub use site::{
    Access, ContentMode, FeedSpec, Format, Hub, Limits, Move, PERMALINK_TOKENS, Profile, Site,
    SiteImage, Title,
};
pub use slugs::Slugs;
pub use token::{TOKEN_PREFIX, Token, TokenDigest};
