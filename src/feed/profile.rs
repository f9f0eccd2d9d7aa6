//! An entry as an aggregator takes it, as far as the words go; elements are the writers' part.

use super::Entry;
use crate::{story::Profile, text};

/// Letters of a short title that MSN shows.
const SHORT: usize = 54;
/// Letters of a title of its own that MSN takes at least.
const LEAST: usize = 21;
/// Letters of a description that Flipboard asks for.
const DESCRIPTION: usize = 300;
/// Letters that it gets, where the text has them: words aren't cut.
const ENOUGH: usize = 400;

/// Fits an entry to what `profile` takes.
pub(super) fn fitted(mut entry: Entry, profile: Profile) -> Entry {
    match profile {
        Profile::Msn => {
            entry.content_html = entry.content_html.map(|html| text::narrow(&html));
            if let Some(image) = &mut entry.image {
                image.thumbnail.take_if(|small| !small.url.starts_with("https://"));
            }
            let letters = entry.title.chars().count();
            // Of a notice that stands for a purged story the title may be but a word.
            let may_be_short = entry.withdrawn.is_some() || letters >= LEAST;
            if entry.short_title.is_none() && letters <= SHORT && may_be_short {
                entry.short_title = Some(entry.title.clone());
            }
        }
        Profile::Flipboard => {
            if entry.summary.chars().count() < DESCRIPTION
                && let Some(html) = &entry.content_html
            {
                let longer = text::excerpt(html, ENOUGH);
                if longer.chars().count() > entry.summary.chars().count() {
                    entry.summary = longer;
                }
            }
        }
        Profile::SmartNews | Profile::Feedly => {}
    }
    entry
}
