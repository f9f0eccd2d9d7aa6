//! JSON Feed 1.1 (<https://www.jsonfeed.org/version/1.1/>).
//!
//! # Promises
//! - The members that RSS and Atom carry, in the order of the specification; members without a
//!   value are left out.
//! - Each item has `content_html` or `content_text`, of which the specification wants one: in
//!   summary mode the summary, or the title where there is none.
//!
//! # Limits
//! - The format has no place for an item's origin, its rights or its translations, nor for stories
//!   that were taken back.

use std::borrow::Cow;

use serde::Serialize;

use crate::{
    feed::{Category, Entry, FeedDocument},
    story::{self, Enclosure, Format, Language, Person},
};

use super::{dates, history, media, xml::legal};

const VERSION: &str = "https://jsonfeed.org/version/1.1";

#[derive(Serialize)]
struct JsonFeed<'a> {
    version: &'static str,
    title: Cow<'a, str>,
    home_page_url: Cow<'a, str>,
    feed_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    favicon: Option<Cow<'a, str>>,
    authors: Vec<Author<'a>>,
    language: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hubs: Vec<Hub<'a>>,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
struct Hub<'a> {
    r#type: &'static str,
    url: Cow<'a, str>,
}

#[derive(Serialize)]
struct Item<'a> {
    id: Cow<'a, str>,
    url: Cow<'a, str>,
    title: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<Cow<'a, str>>,
    date_published: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_modified: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment<'a>>,
}

#[derive(Serialize)]
struct Attachment<'a> {
    url: Cow<'a, str>,
    mime_type: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_in_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_in_seconds: Option<u64>,
}

/// The bytes of `feed.json`.
pub(super) fn write(document: &FeedDocument) -> Vec<u8> {
    let mut bytes =
        serde_json::to_vec_pretty(&feed(document)).expect("texts and numbers are always JSON");
    bytes.push(b'\n');
    bytes
}

fn feed<'a>(document: &'a FeedDocument) -> JsonFeed<'a> {
    let site = document.site;
    JsonFeed {
        version: VERSION,
        title: legal(&document.title),
        home_page_url: legal(&document.page),
        feed_url: document.self_url(Format::Json),
        description: present(Some(&document.description)),
        next_url: document.history.prev.map(|page| document.archive_url(Format::Json, page)),
        icon: present(site.icon.as_deref()),
        favicon: present(site.favicon.as_deref()),
        authors: vec![Author { name: legal(&site.title), url: Some(legal(site.url.as_str())) }],
        language: document.language.as_str(),
        hubs: history::hubs(document).iter().map(hub).collect(),
        items: document.entries.iter().map(item).collect(),
    }
}

fn hub(hub: &story::Hub) -> Hub<'_> {
    Hub { r#type: "WebSub", url: legal(&hub.0) }
}

fn present(text: Option<&str>) -> Option<Cow<'_, str>> {
    media::present(text).map(legal)
}

fn item(entry: &Entry) -> Item<'_> {
    let content_html = entry.content_html.as_deref().map(legal);
    let summary = present(Some(&entry.summary));
    let content_text = match content_html {
        Some(_) => None,
        None => Some(summary.clone().unwrap_or_else(|| legal(&entry.title))),
    };
    Item {
        id: legal(entry.guid.as_str()),
        url: legal(&entry.url),
        title: legal(&entry.title),
        content_html,
        content_text,
        summary,
        image: entry.image.as_ref().map(|image| legal(&image.url)),
        date_published: dates::rfc3339(entry.published),
        date_modified: entry.modified.map(dates::rfc3339),
        authors: entry.authors.iter().filter_map(author).collect(),
        tags: entry.categories.iter().map(tag).collect(),
        language: entry.language.as_ref().map(Language::as_str),
        attachments: media::attachments(&entry.enclosures).map(attachment).collect(),
    }
}

fn tag(category: &Category) -> Cow<'_, str> {
    legal(category.section_title.as_deref().unwrap_or(&category.term))
}

fn author(person: &Person) -> Option<Author<'_>> {
    present(Some(&person.name)).map(|name| Author { name, url: present(person.url.as_deref()) })
}

fn attachment(enclosure: &Enclosure) -> Attachment<'_> {
    Attachment {
        url: legal(&enclosure.url),
        mime_type: legal(media::media_type(enclosure)),
        title: present(enclosure.title.as_deref()),
        size_in_bytes: enclosure.length,
        duration_in_seconds: enclosure.duration_seconds,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::format::fixture::{Fixture, HOSTILE_LEGAL};

    fn read(fixture: &Fixture) -> Value {
        serde_json::from_slice(&write(&fixture.document())).expect("JSON")
    }

    fn names(object: &Value) -> Vec<&str> {
        object.as_object().expect("an object").keys().map(String::as_str).collect()
    }

    #[test]
    fn members_stand_in_the_order_of_the_sample() {
        let feed = read(&Fixture::full());
        assert_eq!(
            names(&feed),
            [
                "version",
                "title",
                "home_page_url",
                "feed_url",
                "description",
                "icon",
                "favicon",
                "authors",
                "language",
                "hubs",
                "items"
            ]
        );
        assert_eq!(
            names(&feed["items"][0]),
            [
                "id",
                "url",
                "title",
                "content_html",
                "summary",
                "image",
                "date_published",
                "date_modified",
                "authors",
                "tags",
                "language",
                "attachments"
            ]
        );
        assert_eq!(feed["items"][0]["tags"][0], "Harbour news");
        let attachments = feed["items"][0]["attachments"].as_array().expect("attachments");
        assert_eq!(attachments.len(), 2, "pictures are no attachments");
        assert_eq!(attachments[1]["size_in_bytes"], 5_120_345);
        assert_eq!(attachments[1]["duration_in_seconds"], 312);
        assert_eq!(attachments[0].get("size_in_bytes"), None);
    }

    #[test]
    fn the_feed_leads_to_older_stories_between_its_description_and_its_icon() {
        let feed = read(&Fixture::with_tombstones());
        assert_eq!(names(&feed)[3..7], ["feed_url", "description", "next_url", "icon"]);
        let place = "https://feeds.harbour.example/harbour";
        assert_eq!(feed["feed_url"], format!("{place}/feed.json"));
        assert_eq!(feed["next_url"], format!("{place}/archive/feed-0004.json"));
        assert_eq!(names(&feed).len(), 12, "the hub is still there");
    }

    #[test]
    fn an_archive_page_gives_its_own_address_and_tells_no_hub() {
        let mut fixture = Fixture::archive_page();
        let page = read(&fixture);
        let place = "https://feeds.harbour.example/harbour/archive";
        assert_eq!(page["feed_url"], format!("{place}/feed-0002.json"));
        assert_eq!(page["next_url"], format!("{place}/feed-0001.json"));
        assert_eq!(page.get("hubs"), None);

        fixture.history.prev = None;
        assert_eq!(read(&fixture).get("next_url"), None, "nothing is older");
    }

    #[test]
    fn an_empty_feed_has_an_empty_list_of_items() {
        let feed = read(&Fixture::empty());
        assert_eq!(feed["items"], Value::Array(Vec::new()));
        assert_eq!(feed.get("hubs"), None);
    }

    #[test]
    fn an_item_without_html_has_its_summary_or_title_as_text() {
        let mut fixture = Fixture::full();
        fixture.entries[0].content_html = None;
        fixture.entries[1].content_html = None;
        fixture.entries[1].summary = String::new();
        let feed = read(&fixture);
        assert_eq!(feed["items"][0]["content_text"], fixture.entries[0].summary.as_str());
        assert_eq!(feed["items"][1]["content_text"], fixture.entries[1].title.as_str());
        assert_eq!(feed["items"][1].get("summary"), None);
    }

    #[test]
    fn hostile_texts_come_back_unchanged_but_for_forbidden_characters() {
        let feed = read(&Fixture::hostile());
        assert_eq!(feed["items"][0]["summary"], HOSTILE_LEGAL);
        assert_eq!(feed["items"][0]["authors"][0]["name"], HOSTILE_LEGAL);
    }
}
