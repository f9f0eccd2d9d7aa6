//! What RSS and Atom have in common, in their own elements or in those of other vocabularies.

use std::collections::HashSet;

use chrono::Weekday;

use super::{
    ReadCategory, ReadFeed, Rhythm, atom,
    element::Element,
    media,
    space::Space::{Atom, DublinCore, DublinTerms, Itunes, Media, Plain, Syndication},
};
use crate::text::{one_line, plain_text};

/// Words of `itunes:keywords` and the like are parted by commas.
const MAX_KEYWORDS: usize = 64;

/// What a feed says of itself beside its title, address and dates.
pub(super) fn of_feed(channel: &Element) -> ReadFeed {
    let links = |wanted: &'static str| {
        let is_wanted = move |link: &&Element| {
            let rel = link.attribute("rel").unwrap_or_default();
            rel.split_whitespace().any(|rel| rel.eq_ignore_ascii_case(wanted))
        };
        channel.core("link").filter(is_wanted).filter_map(|link| link.address(&["href"]))
    };
    let language = channel.core_text("language");
    ReadFeed {
        language: language
            .or_else(|| channel.text_of(DublinCore, "language"))
            .or_else(|| channel.language()),
        rights: rights(channel),
        hubs: links("hub").collect(),
        self_link: links("self").next(),
        next_page: links("next").next().or_else(|| links("prev-archive").next()),
        rhythm: rhythm(channel),
        ..ReadFeed::default()
    }
}

fn rhythm(channel: &Element) -> Rhythm {
    let number = |text: String| text.parse::<u64>().ok().filter(|number| *number > 0);
    let hours = channel.core("skipHours").flat_map(|it| it.core("hour"));
    let days = channel.core("skipDays").flat_map(|it| it.core("day"));
    let period = channel.text_of(Syndication, "updatePeriod").map(|it| it.to_ascii_lowercase());
    let minutes = period.and_then(|period| match period.as_str() {
        "hourly" => Some(60),
        "daily" => Some(24 * 60),
        "weekly" => Some(7 * 24 * 60),
        "monthly" => Some(30 * 24 * 60),
        "yearly" => Some(365 * 24 * 60),
        _ => None,
    });
    let frequency = channel.text_of(Syndication, "updateFrequency").and_then(number);
    let mut rhythm = Rhythm {
        ttl_minutes: channel.core_text("ttl").and_then(number),
        // Some write 24 for midnight.
        skip_hours: hours
            .filter_map(|hour| hour.text().parse::<u8>().ok())
            .filter(|hour| *hour <= 24)
            .map(|hour| hour % 24)
            .collect(),
        skip_days: days.filter_map(|day| day.text().parse().ok()).collect::<Vec<Weekday>>(),
        update_every: minutes.map(|minutes| (minutes / frequency.unwrap_or(1)).max(1)),
    };
    rhythm.skip_hours.sort_unstable();
    rhythm.skip_hours.dedup();
    rhythm.skip_days.sort_unstable_by_key(Weekday::num_days_from_monday);
    rhythm.skip_days.dedup();
    rhythm
}

/// A title as plain text: `A<B` holds no tag.
pub(super) fn plain_title(title: &str) -> String {
    if title.contains(['>', '&']) { plain_text(title) } else { one_line(title) }
}

/// A title in other vocabularies; empty where there is none.
pub(super) fn other_title(element: &Element) -> String {
    let other = element
        .text_of(DublinCore, "title")
        .or_else(|| element.text_of(DublinTerms, "title"))
        .or_else(|| media::all(element).iter().find(|it| it.is(Media, "title")).map(|it| it.text()))
        .or_else(|| element.text_of(Itunes, "title"));
    plain_text(&other.unwrap_or_default())
}

/// Who holds the rights, as plain text.
pub(super) fn rights(element: &Element) -> Option<String> {
    let own = element.core("rights").chain(element.core("copyright"));
    let others = [DublinCore, DublinTerms].into_iter().flat_map(|it| element.all(it, "rights"));
    let texts = own.chain(others).filter_map(atom::html).map(|html| plain_text(&html));
    texts.into_iter().find(|text| !text.is_empty())
}

/// Categories, subjects, tags.
pub(super) fn categories(entry: &Element) -> Vec<ReadCategory> {
    let mut categories: Vec<ReadCategory> = Vec::new();
    let mut seen = HashSet::new();
    let mut note = |category: ReadCategory| {
        if !category.term.is_empty() && seen.insert(category.clone()) {
            categories.push(category);
        }
    };
    let own = entry.children().filter(|child| child.space != Media);
    for child in own.chain(media::all(entry)) {
        let name = child.local.to_ascii_lowercase();
        match (child.space, name.as_str()) {
            (Plain | Atom | Media, "category") | (DublinCore | DublinTerms, "subject") => {
                note(category(child));
            }
            (Itunes, "category") => {
                for category in [child].into_iter().chain(child.all(Itunes, "category")) {
                    let term = category.attribute("text").map(plain_text).unwrap_or_default();
                    note(ReadCategory { term, ..ReadCategory::default() });
                }
            }
            (Itunes | Media | Plain, "keywords") => {
                let text = child.text();
                for term in text.split(',').take(MAX_KEYWORDS) {
                    note(ReadCategory { term: plain_text(term), ..ReadCategory::default() });
                }
            }
            _ => {}
        }
    }
    categories
}

fn category(category: &Element) -> ReadCategory {
    let attribute = |name| category.attribute(name).map(plain_text);
    let term = attribute("term").unwrap_or_else(|| plain_text(&category.text()));
    let label = attribute("label").filter(|label| *label != term);
    let scheme = category.attribute("scheme").or_else(|| category.attribute("domain"));
    ReadCategory { term, label, scheme: scheme.map(str::to_owned) }
}
