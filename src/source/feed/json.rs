//! JSON Feed 1.0 and 1.1 (<https://www.jsonfeed.org/version/1.1/>).
//!
//! # Promises
//! - A number as id is the id in the digits that the document has.
//! - A member of the wrong type is passed over; the others are read.
//!
//! # Limits
//! - A document that breaks off is no JSON. The parser goes 128 deep.
//! - A member or an item of more than [`MAX_FEED_ELEMENTS`] values is passed over.
//! - A number of more than 19 digits, or with a fraction, may come out in another spelling.
//! - A `content_text` that repeats the summary or the title is no content.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};
use url::Url;

use super::{
    Entries, FeedKind, FeedReadError, Hints, MAX_FEED_DEPTH, MAX_FEED_ELEMENTS, ReadCategory,
    ReadEnclosure, ReadEntry, ReadFeed, dates, guid_of, people,
};
use crate::{
    story::{Image, Person},
    text::{legal, one_line, plain_to_html},
};

/// The feed in a document.
pub(super) fn read(text: &str, hints: &Hints<'_>) -> Result<ReadFeed, FeedReadError> {
    let text = text.trim_matches(['\u{FEFF}', '\0', ' ', '\n', '\r', '\t']);
    guard(text)?;
    let bad = |reason: String| FeedReadError::BadJson { reason };
    if text.starts_with('[') {
        return Err(bad("it is no object".to_owned()));
    }
    let members: Members<'_> =
        serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
    let Some(items) = members.items.filter(|items| items.get().starts_with('[')) else {
        return Err(bad("it has no list `items`".to_owned()));
    };
    let feed = members.others;
    let known = string(&feed, "version").is_some_and(|version| version.contains("jsonfeed.org"));
    if !known && !["title", "home_page_url", "feed_url"].iter().any(|it| feed.contains_key(*it)) {
        return Err(bad("neither `version` nor `title` is there".to_owned()));
    }
    let reader = Reader { base: hints.address };
    let mut entries = Entries::at_most(hints.max_entries);
    let take = |item: &RawValue| entries.take(|| Some(reader.entry(value(item)?.as_object()?)));
    let mut each = serde_json::Deserializer::from_str(items.get());
    each.deserialize_seq(Each(take)).map_err(|error| bad(error.to_string()))?;
    let feed = ReadFeed {
        kind: FeedKind::Json,
        title: one_line(&string(&feed, "title").unwrap_or_default()),
        link: reader.address(&feed, "home_page_url"),
        language: string(&feed, "language"),
        authors: reader.authors(&feed),
        hubs: reader.hubs(&feed),
        self_link: reader.address(&feed, "feed_url"),
        next_page: reader.address(&feed, "next_url"),
        ..ReadFeed::default()
    };
    Ok(entries.into_feed(feed))
}

/// What is said beside the items: other members are passed over before anything of them is held.
const MEMBERS: [&str; 9] = [
    "version",
    "title",
    "home_page_url",
    "feed_url",
    "next_url",
    "language",
    "authors",
    "author",
    "hubs",
];

/// The members of a feed; the items as they are written, since as values they take many times
/// their letters.
#[derive(Default)]
struct Members<'a> {
    items: Option<&'a RawValue>,
    others: Map<String, Value>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;
        impl<'de> Visitor<'de> for Reading {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut members = Members::default();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "items" {
                        members.items = Some(map.next_value()?);
                    } else if MEMBERS.contains(&name.as_str()) {
                        let raw: &RawValue = map.next_value()?;
                        members.others.extend(value(raw).map(|value| (name, value)));
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Reading)
    }
}

/// Hands on each value of a list as it is written.
struct Each<F>(F);

impl<'de, F: FnMut(&'de RawValue)> Visitor<'de> for Each<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<S: SeqAccess<'de>>(mut self, mut list: S) -> Result<(), S::Error> {
        while let Some(value) = list.next_element()? {
            (self.0)(value);
        }
        Ok(())
    }
}

/// A value; none where it has more parts than an entry needs.
fn value(raw: &RawValue) -> Option<Value> {
    let parts = memchr::memchr3_iter(b',', b'[', b'{', raw.get().as_bytes()).count();
    // Those in texts are counted along with the others, so a long text gets a closer look.
    if parts > MAX_FEED_ELEMENTS && values(raw.get()) > MAX_FEED_ELEMENTS {
        return None;
    }
    serde_json::from_str(raw.get()).ok()
}

/// How many values there are.
fn values(text: &str) -> usize {
    let (mut values, mut in_text, mut escaped) = (1, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b',' | b'[' | b'{' if !in_text => values += 1,
            _ => {}
        }
    }
    values
}

/// Looks how deep it goes before anything is built.
fn guard(text: &str) -> Result<(), FeedReadError> {
    let (mut depth, mut line) = (0_usize, 1_usize);
    let mut in_text = false;
    let mut escaped = false;
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'\n' => line += 1,
            _ if in_text => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_FEED_DEPTH {
            return Err(FeedReadError::TooDeep { line });
        }
    }
    Ok(())
}

/// Reads what stands in a document that came from `base`.
struct Reader<'a> {
    base: Option<&'a Url>,
}

impl Reader<'_> {
    fn entry(&self, item: &Map<String, Value>) -> ReadEntry {
        let url = self.address(item, "url").or_else(|| self.address(item, "external_url"));
        let title = one_line(&string(item, "title").unwrap_or_default());
        let summary = string(item, "summary");
        let mut undated = None;
        let mut date = |name| {
            let written = string(item, name)?;
            let date = dates::read(&written);
            if date.is_none() {
                undated.get_or_insert(written.chars().take(100).collect());
            }
            date
        };
        let (published, updated) = (date("date_published"), date("date_modified"));
        // The specification wants a content even of an item that has a summary alone.
        let repeats = |text: &String| Some(text) == summary.as_ref() || one_line(text) == title;
        let plain = string(item, "content_text").filter(|text| !repeats(text));
        let attachments = item.get("attachments").and_then(Value::as_array);
        let attachments = attachments.into_iter().flatten();
        let image = self.address(item, "image").or_else(|| self.address(item, "banner_image"));
        ReadEntry {
            guid: guid_of(string(item, "id"), url.as_ref(), &title),
            url,
            title,
            published,
            updated,
            undated: undated.filter(|_| published.is_none() && updated.is_none()),
            content_html: string(item, "content_html")
                .or_else(|| plain.map(|text| plain_to_html(&text))),
            summary: summary.map(|text| html_escape::encode_text(&text).into_owned()),
            language: string(item, "language"),
            authors: self.authors(item),
            categories: tags(item),
            image: image.map(|url| Image { url, ..Image::default() }),
            enclosures: attachments.filter_map(|it| self.enclosure(it)).collect(),
            ..ReadEntry::default()
        }
    }

    /// An absolute address where the document's own is known.
    fn address(&self, object: &Map<String, Value>, name: &str) -> Option<String> {
        let text = string(object, name)?;
        match self.base {
            Some(base) if Url::parse(&text) == Err(url::ParseError::RelativeUrlWithoutBase) => {
                Some(base.join(&text).map_or(text, String::from))
            }
            _ => Some(text),
        }
    }

    /// `authors` of 1.1, `author` of 1.0.
    fn authors(&self, object: &Map<String, Value>) -> Vec<Person> {
        let list = object.get("authors").and_then(Value::as_array).into_iter().flatten();
        let person = |author: &Value| match author {
            Value::String(written) => Some(people::person(written)),
            Value::Object(author) => {
                let url = self.address(author, "url");
                let name = string(author, "name").or_else(|| url.clone())?;
                Some(Person { url, ..people::person(&name) })
            }
            _ => None,
        };
        let mut people = people::distinct(list.filter_map(person).collect());
        if people.is_empty() {
            people.extend(object.get("author").and_then(person));
        }
        people
    }

    /// Hubs of WebSub; `rssCloud` and others speak another language.
    fn hubs(&self, feed: &Map<String, Value>) -> Vec<String> {
        let hubs = feed.get("hubs").and_then(Value::as_array).into_iter().flatten();
        let is_websub = |hub: &&Map<String, Value>| {
            string(hub, "type").is_some_and(|kind| {
                kind.eq_ignore_ascii_case("WebSub") || kind.eq_ignore_ascii_case("PubSubHubbub")
            })
        };
        let hubs = hubs.filter_map(Value::as_object).filter(is_websub);
        hubs.filter_map(|hub| self.address(hub, "url")).collect()
    }

    fn enclosure(&self, attachment: &Value) -> Option<ReadEnclosure> {
        let attachment = attachment.as_object()?;
        let number = |name| attachment.get(name).and_then(Value::as_f64).and_then(whole);
        Some(ReadEnclosure {
            url: self.address(attachment, "url")?,
            media_type: string(attachment, "mime_type").map(|kind| kind.to_ascii_lowercase()),
            length: number("size_in_bytes"),
            title: string(attachment, "title").map(|title| one_line(&title)),
            duration_seconds: number("duration_in_seconds"),
        })
    }
}

/// A number without its fraction; none where it says nothing.
fn whole(number: f64) -> Option<u64> {
    format!("{:.0}", number.floor()).parse().ok().filter(|number| *number > 0)
}

/// A text, or a number as it is written; none where it says nothing.
fn string(object: &Map<String, Value>, name: &str) -> Option<String> {
    let text = match object.get(name)? {
        Value::String(text) => legal(text).trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn tags(item: &Map<String, Value>) -> Vec<ReadCategory> {
    let tags = item.get("tags").and_then(Value::as_array).into_iter().flatten();
    let terms = tags.filter_map(Value::as_str).map(one_line).filter(|term| !term.is_empty());
    terms.map(|term| ReadCategory { term, ..ReadCategory::default() }).collect()
}
