//! ninjs 3.1, the IPTC's "News in JSON" (<https://www.iptc.org/std/ninjs/ninjs-schema_3.1.json>): a
//! feed for partners is one `composite`, its stories and those that were taken back are what it is
//! associated with.
//!
//! # Promises
//! - What the other formats carry; members without a value are left out, and nothing is claimed that
//!   the story doesn't say (no `usageTerms` unless they are configured).
//! - A story that was taken back is `canceled`, once: a notice that stands in its place is the note
//!   to editors.
//! - `version` is the instant of the version, `versionCreated`, in seconds since 1970: a later
//!   version has a higher one. It falls only where a story's own date of change is set back.
//!
//! # Limits
//! - The documents of ninjs have no pages: the composite carries what the feed carries.
//! - Translations are left out; partners find each in the feed of its language.

use std::{borrow::Cow, collections::HashSet};

use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use crate::{
    feed::{Category, Entry, FeedDocument, Tombstone},
    story::{Enclosure, Format, Guid, Image, Licensing, Thumbnail},
    text,
};

use super::{dates, media, xml::legal};

/// Identifies what the document conforms to.
const STANDARD: Standard = Standard {
    name: "ninjs",
    version: "3.1",
    schema: "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#",
};
const PLAIN: &str = "text/plain";

#[derive(Serialize)]
struct Standard {
    name: &'static str,
    version: &'static str,
    schema: &'static str,
}

/// A news object: the feed, a story, or a file of one.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct News<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rel: Option<&'static str>,
    uri: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    standard: Option<Standard>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    representation_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slugline: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    headlines: Vec<Text<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    descriptions: Vec<Text<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bodies: Vec<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subjects: Vec<Subject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ed_note: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alt_ids: Vec<AltId<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copyright_holder: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copyright_notice: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_terms: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rights_info: Option<RightsInfo<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    info_sources: Vec<InfoSource<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    renditions: Vec<Rendition<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    associations: Vec<News<'a>>,
}

/// A headline, a description or a body.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Text<'a> {
    role: &'static str,
    content_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    char_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    word_count: Option<usize>,
    value: Cow<'a, str>,
}

#[derive(Serialize)]
struct Subject<'a> {
    name: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    literal: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RightsInfo<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    lang_id: Option<&'static str>,
    linked_rights: Cow<'a, str>,
}

#[derive(Serialize)]
struct InfoSource<'a> {
    name: Cow<'a, str>,
    role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
struct AltId<'a> {
    role: &'static str,
    value: Cow<'a, str>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rendition<'a> {
    name: &'static str,
    href: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_in_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<u64>,
}

/// The bytes of `ninjs.json`.
pub(super) fn write(document: &FeedDocument) -> Vec<u8> {
    let mut bytes =
        serde_json::to_vec_pretty(&composite(document)).expect("texts and numbers are always JSON");
    bytes.push(b'\n');
    bytes
}

fn composite<'a>(document: &'a FeedDocument) -> News<'a> {
    let site = document.site;
    let canceled: HashSet<&Guid> = document.tombstones.iter().map(|it| &it.guid).collect();
    let entries = document.entries.iter().filter(|entry| !canceled.contains(&entry.guid));
    let stories = entries.map(|entry| story(entry, document));
    let taken_back = document.tombstones.iter().map(|it| tombstone(it, document));
    News {
        uri: legal(&document.id),
        standard: Some(STANDARD),
        r#type: Some("composite"),
        representation_type: Some("full"),
        version_created: document.updated.map(dates::rfc3339),
        pub_status: Some("usable"),
        language: Some(document.language.as_str()),
        title: Some(legal(&document.title)),
        headlines: vec![plain("main", &document.title)],
        copyright_holder: Some(legal(&site.title)),
        copyright_notice: present(site.copyright.as_deref()),
        usage_terms: present(site.usage_terms.as_deref()),
        rights_info: rights_info(document),
        alt_ids: vec![
            AltId { role: "web", value: legal(&document.page) },
            AltId { role: "self", value: document.self_url(Format::Ninjs).into() },
        ],
        associations: stories.chain(taken_back).collect(),
        ..News::default()
    }
}

/// Where the licence is; there is room for one, and programs read the one in RSL.
fn rights_info<'a>(document: &'a FeedDocument) -> Option<RightsInfo<'a>> {
    if let Some(terms) = document.site.rsl_url() {
        return Some(RightsInfo {
            lang_id: Some(Licensing::NAMESPACE),
            linked_rights: terms.into(),
        });
    }
    let license = present(document.site.license.as_deref())?;
    Some(RightsInfo { lang_id: None, linked_rights: license })
}

fn story<'a>(entry: &'a Entry, document: &'a FeedDocument) -> News<'a> {
    let changed = entry.modified.unwrap_or(entry.published);
    let site = document.site;
    let origin = entry.origin.as_ref().filter(|origin| !origin.title.trim().is_empty());
    let own = || origin.is_none().then(|| present(site.copyright.as_deref())).flatten();
    let names: Vec<_> = entry.authors.iter().filter_map(|it| present(Some(&it.name))).collect();
    let language = entry.language.as_ref().unwrap_or(&document.language);
    News {
        name: Some(legal(&entry.title)),
        uri: legal(entry.guid.as_str()),
        r#type: Some("text"),
        representation_type: Some(match entry.content_html {
            Some(_) => "full",
            None => "partial",
        }),
        version: Some(version(changed)),
        first_created: Some(dates::rfc3339(entry.published)),
        version_created: Some(dates::rfc3339(changed)),
        content_created: Some(dates::rfc3339(entry.published)),
        pub_status: Some(if entry.withdrawn.is_some() { "canceled" } else { "usable" }),
        language: Some(language.as_str()),
        title: Some(legal(&entry.title)),
        slugline: slugline(entry),
        headlines: vec![plain("main", &entry.title)],
        by: (!names.is_empty()).then(|| names.join(", ").into()),
        descriptions: present(Some(&entry.summary))
            .map(|_| plain("summary", &entry.summary))
            .into_iter()
            .collect(),
        bodies: entry.content_html.as_deref().map(body).into_iter().collect(),
        subjects: entry.categories.iter().map(subject).collect(),
        copyright_holder: Some(origin.map_or(legal(&site.title), |origin| legal(&origin.title))),
        copyright_notice: present(entry.rights.as_deref()).or_else(own),
        info_sources: origin
            .map(|origin| InfoSource {
                name: legal(&origin.title),
                role: "originator",
                uri: present(origin.home.as_deref()).or_else(|| present(Some(&origin.url))),
            })
            .into_iter()
            .collect(),
        alt_ids: vec![AltId { role: "web", value: legal(&entry.url) }],
        associations: entry
            .image
            .iter()
            .map(picture)
            .chain(media::attachments(&entry.enclosures).map(attachment))
            .collect(),
        ..News::default()
    }
}

fn tombstone<'a>(tombstone: &'a Tombstone, document: &'a FeedDocument) -> News<'a> {
    News {
        name: Some("Withdrawn".into()),
        uri: legal(tombstone.guid.as_str()),
        r#type: Some("text"),
        representation_type: Some("partial"),
        version: Some(version(tombstone.when)),
        version_created: Some(dates::rfc3339(tombstone.when)),
        pub_status: Some("canceled"),
        language: Some(document.language.as_str()),
        ed_note: present(tombstone.comment.as_deref()),
        ..News::default()
    }
}

fn picture<'a>(image: &'a Image) -> News<'a> {
    let original = rendition("original", &image.url, (image.width, image.height));
    let small = |it: &'a Thumbnail| rendition("thumbnail", &it.url, (it.width, it.height));
    let caption = image.caption.as_deref().filter(|caption| !caption.trim().is_empty());
    News {
        name: Some("featured image".into()),
        rel: Some("mainImage"),
        uri: legal(&image.url),
        r#type: Some("picture"),
        title: present(image.title.as_deref()),
        by: present(image.credit.as_deref()),
        descriptions: caption.map(|caption| plain("caption", caption)).into_iter().collect(),
        usage_terms: present(image.license.as_deref()),
        renditions: std::iter::once(Rendition { size_in_bytes: image.length, ..original })
            .chain(image.thumbnail.as_ref().map(small))
            .collect(),
        ..News::default()
    }
}

fn rendition<'a>(
    name: &'static str,
    url: &'a str,
    (width, height): (Option<u32>, Option<u32>),
) -> Rendition<'a> {
    Rendition {
        name,
        href: legal(url),
        content_type: media::image_type(url).map(Cow::Borrowed),
        width: width.filter(|pixels| *pixels > 0),
        height: height.filter(|pixels| *pixels > 0),
        ..Rendition::default()
    }
}

fn attachment(enclosure: &Enclosure) -> News<'_> {
    let media_type = media::media_type(enclosure);
    let (name, rel, kind) = match media_type.split('/').next() {
        Some("audio") => ("audio version", "audioVersion", Some("audio")),
        Some("video") => ("video version", "videoVersion", Some("video")),
        _ => ("document", "attachment", None),
    };
    News {
        name: Some(name.into()),
        rel: Some(rel),
        uri: legal(&enclosure.url),
        r#type: kind,
        title: present(enclosure.title.as_deref()),
        renditions: vec![Rendition {
            name: "original",
            href: legal(&enclosure.url),
            content_type: Some(legal(media_type)),
            size_in_bytes: enclosure.length,
            duration: enclosure.duration_seconds,
            ..Rendition::default()
        }],
        ..News::default()
    }
}

fn subject(category: &Category) -> Subject<'_> {
    match &category.section_title {
        Some(title) => Subject { name: legal(title), literal: Some(legal(&category.term)) },
        None => Subject { name: legal(&category.term), literal: None },
    }
}

fn plain<'a>(role: &'static str, value: &'a str) -> Text<'a> {
    let value = legal(value);
    Text { role, content_type: PLAIN, char_count: None, word_count: None, value }
}

fn body(html: &str) -> Text<'_> {
    let value = legal(html);
    let words = text::reading_text(&value);
    Text {
        role: "main",
        content_type: "text/html",
        char_count: Some(words.chars().count()),
        word_count: Some(words.split_whitespace().count()),
        value,
    }
}

/// The last word of the guid, or of the address where the guid ends in none.
fn slugline(entry: &Entry) -> Option<String> {
    let last = |uri: &str| {
        let part = uri.trim_end_matches('/').rsplit(['/', ':']).next()?;
        let part = percent_decode_str(part).decode_utf8().ok()?;
        let is_word = !part.is_empty() && !part.contains(['?', '#', '=', '&', '.']);
        is_word.then(|| legal(&part).into_owned())
    };
    last(entry.guid.as_str()).or_else(|| last(&entry.url))
}

fn version(instant: DateTime<Utc>) -> String {
    dates::whole(instant).timestamp().to_string()
}

fn present(text: Option<&str>) -> Option<Cow<'_, str>> {
    media::present(text).map(legal)
}

#[cfg(test)]
mod tests {
    use jsonschema::{Registry, Validator};
    use serde_json::{Value, json};

    use super::*;
    use crate::format::fixture::{Fixture, HOSTILE_LEGAL};

    const SCHEMA: &str = include_str!("../../tests/ninjs/ninjs-schema_3.1.json");

    fn schema() -> Validator {
        let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
        let geo = "https://geojson.org/schema/GeoJSON.json#";
        let others = Registry::new().add(geo, json!({})).expect("an address");
        let others = others.prepare().expect("a registry");
        let options = jsonschema::options().with_registry(&others).should_validate_formats(true);
        options.build(&schema).expect("a schema")
    }

    /// The document, held to the schema of the IPTC.
    fn read(fixture: &Fixture) -> Value {
        let document = serde_json::from_slice(&write(&fixture.document())).expect("JSON");
        let schema = schema();
        let faults: Vec<_> = schema.iter_errors(&document).map(|it| it.to_string()).collect();
        assert!(faults.is_empty(), "{faults:#?}");
        document
    }

    fn names(object: &Value) -> Vec<&str> {
        object.as_object().expect("an object").keys().map(String::as_str).collect()
    }

    #[test]
    fn the_schema_refuses_what_is_no_ninjs() {
        for wrong in [
            json!({}),
            json!({ "uri": "urn:a", "type": "story" }),
            json!({ "uri": "urn:a", "body": "b" }),
            json!({ "uri": "urn:a", "associations": [{ "name": "b" }] }),
            json!({ "uri": "urn:a", "versionCreated": "yesterday" }),
        ] {
            assert!(!schema().is_valid(&wrong), "{wrong}");
        }
    }

    #[test]
    fn every_document_holds_to_the_schema() {
        for fixture in [Fixture::full(), Fixture::empty(), Fixture::with_tombstones()] {
            read(&fixture);
        }
    }

    #[test]
    fn a_feed_is_a_composite_of_its_stories() {
        let feed = read(&Fixture::full());
        assert_eq!(feed["type"], "composite");
        assert_eq!(feed["standard"]["version"], "3.1");
        assert_eq!(feed["versionCreated"], "2026-02-10T08:00:00Z");
        assert_eq!(feed["altIds"][1]["role"], "self");
        let own = "https://feeds.harbour.example/harbour/ninjs.json";
        assert_eq!(feed["altIds"][1]["value"], own);
        assert_eq!(feed["usageTerms"], "Licensed partners only.");
        assert_eq!(feed["rightsInfo"]["linkedRights"], "https://licences.example/by/4.0/");
        let story = &feed["associations"][0];
        assert_eq!(
            names(story),
            [
                "name",
                "uri",
                "type",
                "representationType",
                "version",
                "firstCreated",
                "versionCreated",
                "contentCreated",
                "pubStatus",
                "language",
                "title",
                "slugline",
                "headlines",
                "descriptions",
                "bodies",
                "by",
                "subjects",
                "altIds",
                "copyrightHolder",
                "copyrightNotice",
                "infoSources",
                "associations"
            ]
        );
        assert_eq!(story["uri"], "tag:www.harbour.example,2026-02-09:harbour/draga");
        assert_eq!(story["language"], "pt-BR");
        assert_eq!(story["slugline"], "draga");
        assert_eq!(story["by"], "Marta Quiroga, Ivo Paz");
        let dredging = json!({ "name": "Dredging", "literal": "harbour/dredging" });
        assert_eq!(story["subjects"][1], dredging);
        assert_eq!(story["subjects"][2], json!({ "name": "canal" }));
        assert_eq!(story["copyrightHolder"], "Coast Wire");
        assert_eq!(story["infoSources"][0]["role"], "originator");
        let body = &story["bodies"][0];
        let text = "A draga chegou na segunda-feira & abre o canal. Até abril";
        assert_eq!(body["charCount"], text.chars().count());
        assert_eq!(body["wordCount"], text.split(' ').count());
        let plain = &feed["associations"][1];
        assert_eq!(plain["language"], "en", "that of the feed");
        assert_eq!(plain["slugline"], "ferry", "from the address, as the guid has no word");
        assert_eq!(plain["copyrightNotice"], "© 2026 Harbour Post");
        assert_eq!(plain.get("associations"), None);
    }

    #[test]
    fn pictures_audio_and_documents_belong_to_their_story() {
        let feed = read(&Fixture::full());
        let files = feed["associations"][0]["associations"].as_array().expect("files");
        let rels: Vec<_> = files.iter().map(|file| file["rel"].as_str().expect("rel")).collect();
        assert_eq!(rels, ["mainImage", "attachment", "audioVersion"]);
        assert_eq!(files[0]["by"], "Rui Tavares");
        assert_eq!(files[0]["renditions"][0]["sizeInBytes"], 204_800);
        assert_eq!(files[0]["renditions"][1]["width"], 320);
        assert_eq!(files[1].get("type"), None, "ninjs has no type for a document");
        assert_eq!(files[2]["renditions"][0]["duration"], 312);
    }

    #[test]
    fn nothing_is_claimed_that_nobody_said() {
        let mut fixture = Fixture::full();
        fixture.site.usage_terms = None;
        fixture.site.license = None;
        fixture.site.copyright = None;
        fixture.entries[1].content_html = None;
        let feed = read(&fixture);
        for member in ["usageTerms", "rightsInfo", "copyrightNotice", "trustIndicators"] {
            assert_eq!(feed.get(member), None, "{member}");
        }
        let plain = &feed["associations"][1];
        assert_eq!(plain["representationType"], "partial");
        assert_eq!(plain.get("bodies"), None);
        assert_eq!(plain.get("copyrightNotice"), None);
    }

    #[test]
    fn licence_terms_for_programs_stand_in_place_of_the_licence() {
        let mut fixture = Fixture::full();
        fixture.site.rsl.site = Some(crate::story::Terms::default());
        let feed = read(&fixture);
        assert_eq!(
            feed["rightsInfo"],
            json!({
                "langId": "https://rslstandard.org/rsl",
                "linkedRights": "https://feeds.harbour.example/license.xml",
            })
        );
    }

    #[test]
    fn a_story_that_was_taken_back_is_canceled_and_its_notice_no_story() {
        let mut fixture = Fixture::with_tombstones();
        fixture.tombstones[1].guid = fixture.entries[1].guid.clone();
        let feed = read(&fixture);
        let items = feed["associations"].as_array().expect("stories");
        let states: Vec<_> = items.iter().map(|it| it["pubStatus"].as_str().expect("it")).collect();
        assert_eq!(states, ["usable", "canceled", "canceled"]);
        assert_eq!(items[1]["edNote"], "Withdrawn: it happened in another harbour.");
        assert_eq!(items[1]["versionCreated"], "2026-02-09T11:05:30Z");
        assert_eq!(items[1].get("bodies"), None);
        assert_eq!(items[2]["uri"], "https://www.harbour.example/?p=77");
    }

    #[test]
    fn a_later_version_has_a_higher_number() {
        let mut fixture = Fixture::full();
        let number = |fixture: &Fixture| {
            let feed = read(fixture);
            let version = feed["associations"][0]["version"].as_str().map(str::to_owned);
            version.and_then(|version| version.parse::<i64>().ok()).expect("a number")
        };
        let second = number(&fixture);
        fixture.entries[0].modified = None;
        assert!(number(&fixture) < second);
        fixture.entries[0].modified = Some("2026-02-11T00:00:00Z".parse().expect("an instant"));
        assert!(number(&fixture) > second);
    }

    #[test]
    fn hostile_texts_come_out_as_they_went_in() {
        let feed: Value =
            serde_json::from_slice(&write(&Fixture::hostile().document())).expect("JSON");
        assert_eq!(feed["title"], HOSTILE_LEGAL);
        let story = &feed["associations"][0];
        assert_eq!(story["headlines"][0]["value"], HOSTILE_LEGAL);
        assert_eq!(story["by"], HOSTILE_LEGAL);
        assert_eq!(feed["associations"][1]["edNote"], HOSTILE_LEGAL);
    }
}
