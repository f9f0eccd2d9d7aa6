//! Texts of stories: front matter, Markdown, shortcodes, HTML cleaning, excerpts, dates.
//!
//! Pure: no clock, file, socket or environment. [`render`] is the one way from the text a source
//! has to the HTML that feeds carry.

mod address;
mod calendar;
mod clean;
mod correction;
mod date_words;
mod dates;
mod embeds;
mod error;
mod excerpt;
mod guard;
mod legal;
mod markdown;
mod narrow;
mod pasted;
mod plain;
mod regular;
mod render;
mod shortcodes;
mod simple_yaml;
mod split;
mod tag;
mod tidy;
#[cfg(test)]
mod vectors;

pub use address::{absolute_address, is_absolute_address};
pub use calendar::long_date;
pub use clean::{Cleaned, clean_html};
pub use correction::correction_note;
pub use dates::{DateError, read_date, written_time};
pub use error::TextError;
pub use excerpt::{excerpt, reading_text};
pub use guard::{MAX_DEPTH, MAX_TEXT_BYTES, guard_html};
pub use legal::{legal, one_line};
pub use markdown::markdown_to_html;
pub use narrow::narrow;
pub use pasted::{Pasted, plain_to_html, read_pasted};
pub use plain::plain_text;
pub use render::{RULES_VERSION, Rendered, guard, render};
pub use shortcodes::{Expanded, ShortcodeContext, expand};
pub use split::{Split, split_front_matter};
