//! JSON Feed 1.0 and 1.1 (<https://www.jsonfeed.org/version/1.1/>).
//!
//! # Promises
//! - A number as id is the id in the digits that the document has.
//! - A member of the wrong type is passed over; the others are read.
//!
//! # Limits
//! - A document that breaks off is no JSON. The parser goes 128 deep.
//! - A number of more than 19 digits, or with a fraction, may come out in another spelling.
//! - A `content_text` that repeats the summary or the title is no content.

use serde_json::{Map, Value};

use super::{
    FeedKind, FeedReadError, MAX_FEED_DEPTH, MAX_FEED_ELEMENTS, ReadCategory, ReadEnclosure,
    ReadEntry, ReadFeed, dates, guid_of, people,
};
use crate::{
    story::{Image, Person},
    text::{legal, one_line, plain_to_html},
};

/// The feed in a document.
pub(super) fn read(text: &str) -> Result<ReadFeed, FeedReadError> {
    guard(text)?;
    let bad = |reason: String| FeedReadError::BadJson { reason };
    let value: Value = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
    let Value::Object(feed) = value else {
        return Err(bad("it is no object".to_owned()));
    };
    let Some(Value::Array(items)) = feed.get("items") else {
        return Err(bad("it has no list `items`".to_owned()));
    };
    let known = string(&feed, "version").is_some_and(|version| version.contains("jsonfeed.org"));
    if !known && !["title", "home_page_url", "feed_url"].iter().any(|it| feed.contains_key(*it)) {
        return Err(bad("neither `version` nor `title` is there".to_owned()));
    }
    Ok(ReadFeed {
        kind: FeedKind::Json,
        title: one_line(&string(&feed, "title").unwrap_or_default()),
        link: string(&feed, "home_page_url"),
        authors: authors(&feed),
        entries: items.iter().filter_map(Value::as_object).map(entry).collect(),
        ..ReadFeed::default()
    })
}

/// Counts before anything is built: a value takes many times its letters.
pub(in crate::source) fn guard(text: &str) -> Result<(), FeedReadError> {
    let (mut depth, mut values, mut line) = (0_usize, 0_usize, 1_usize);
    let mut in_text = false;
    let mut escaped = false;
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'\n' => line += 1,
            _ if in_text => {}
            b'[' | b'{' => {
                depth += 1;
                values += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > MAX_FEED_DEPTH {
            return Err(FeedReadError::TooDeep { line });
        }
        if values > MAX_FEED_ELEMENTS {
            return Err(FeedReadError::TooMany { line });
        }
    }
    Ok(())
}

fn entry(item: &Map<String, Value>) -> ReadEntry {
    let url = string(item, "url").or_else(|| string(item, "external_url"));
    let title = one_line(&string(item, "title").unwrap_or_default());
    let summary = string(item, "summary");
    let date = |name| string(item, name).and_then(|text| dates::read(&text));
    // The specification wants a content even of an item that has a summary alone.
    let repeats = |text: &String| Some(text) == summary.as_ref() || one_line(text) == title;
    let plain = string(item, "content_text").filter(|text| !repeats(text));
    let attachments = item.get("attachments").and_then(Value::as_array);
    ReadEntry {
        guid: guid_of(string(item, "id"), url.as_ref(), &title),
        url,
        title,
        published: date("date_published"),
        updated: date("date_modified"),
        content_html: string(item, "content_html")
            .or_else(|| plain.map(|text| plain_to_html(&text))),
        summary: summary.map(|text| html_escape::encode_text(&text).into_owned()),
        authors: authors(item),
        categories: tags(item),
        image: string(item, "image")
            .or_else(|| string(item, "banner_image"))
            .map(|url| Image { url, ..Image::default() }),
        enclosures: attachments.into_iter().flatten().filter_map(enclosure).collect(),
        ..ReadEntry::default()
    }
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

/// `authors` of 1.1, `author` of 1.0.
fn authors(object: &Map<String, Value>) -> Vec<Person> {
    let list = object.get("authors").and_then(Value::as_array).into_iter().flatten();
    let name = |author: &Value| match author {
        Value::String(name) => Some(Person { name: one_line(name), ..Person::default() }),
        Value::Object(author) => {
            let url = string(author, "url");
            let name = string(author, "name").or_else(|| url.clone())?;
            Some(Person { name: one_line(&name), url, email: None })
        }
        _ => None,
    };
    let mut names = people::distinct(list.filter_map(name).collect());
    if names.is_empty() {
        names.extend(object.get("author").and_then(name));
    }
    names
}

fn tags(item: &Map<String, Value>) -> Vec<ReadCategory> {
    let tags = item.get("tags").and_then(Value::as_array).into_iter().flatten();
    let terms = tags.filter_map(Value::as_str).map(one_line).filter(|term| !term.is_empty());
    terms.map(|term| ReadCategory { term, ..ReadCategory::default() }).collect()
}

fn enclosure(attachment: &Value) -> Option<ReadEnclosure> {
    let attachment = attachment.as_object()?;
    Some(ReadEnclosure {
        url: string(attachment, "url")?,
        media_type: string(attachment, "mime_type").map(|kind| kind.to_ascii_lowercase()),
        length: attachment.get("size_in_bytes").and_then(Value::as_u64).filter(|size| *size > 0),
        title: string(attachment, "title").map(|title| one_line(&title)),
        duration_seconds: attachment.get("duration_in_seconds").and_then(Value::as_u64),
    })
}
