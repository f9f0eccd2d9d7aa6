//! Stories of sites without a feed, read from their web pages: the list that links to them
//! ([`links`]), the sitemap that names them ([`read_sitemap`]), and the page of each
//! ([`read_article`]).
//!
//! Takes bytes, gives plain types. Reads no clock, file or socket.
//!
//! # Promises
//! - Never a panic, a full stack or a hang, whatever a page holds: size, depth and number of
//!   elements are bounded before anything is parsed.
//! - What a page says of itself outside of its own site is not believed: its canonical address
//!   stays on the site.
//!
//! # Limits
//! - Scripts are not run: a page that is made by one is empty here.
//! - HTML comes as the page has it, not cleaned: what is shown or stored goes through
//!   `text::render`.

mod article;
mod body;
mod document;
mod facts;
mod json_ld;
mod links;
mod sitemap;

pub use article::{Article, ArticleRules, read_article, with_article};
pub use document::PageError;
pub use links::{LinkRules, Reach, links};
pub use sitemap::{MAX_SITEMAP_PAGES, Sitemap, SitemapError, SitemapPage, read_sitemap};
