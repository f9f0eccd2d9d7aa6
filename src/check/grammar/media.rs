//! Media RSS and iTunes.

use super::{
    EAT, Inside, Slot,
    Value::{self, Address, Limited, Text},
    into, into_once, many, once,
};

/// Attributes of `media:content`.
pub(super) const CONTENT: &[&str] = &[
    "bitrate",
    "channels",
    "duration",
    "expression",
    "fileSize",
    "framerate",
    "height",
    "isDefault",
    "lang",
    "medium",
    "samplingrate",
    "type",
    "url",
    "width",
];

/// Elements that describe files, wherever files are.
pub(super) fn describing(prefix: &str, local: &str) -> Option<Slot> {
    if prefix != "media" {
        return None;
    }
    Some(match local {
        "adult" => once(Value::MediaAdult),
        "category" => many(Value::MediaCategory),
        "copyright" => once(Value::MediaCopyright),
        "credit" => many(Value::MediaCredit),
        "description" | "title" => once(Value::MediaTitle),
        "keywords" => many(Text),
        "hash" => many(Value::MediaHash),
        "player" => many(Value::MediaPlayer),
        "rating" => many(Value::MediaRating),
        "restriction" => many(Value::MediaRestriction),
        "text" => many(Value::MediaText),
        "thumbnail" => many(Value::MediaThumbnail),
        // Elements of Media RSS 1.5 that the W3C feed validator does not know.
        "backLinks" | "comments" | "community" | "embed" | "license" | "location" | "peerLink"
        | "price" | "responses" | "rights" | "scenes" | "status" | "subTitle" => EAT,
        _ => return None,
    })
}

pub(super) fn inside(around: Inside, prefix: &str, local: &str) -> Option<Slot> {
    match (around, prefix, local) {
        (Inside::MediaGroup, "media", "content") => Some(into(Inside::MediaContent)),
        _ => describing(prefix, local),
    }
}

pub(super) fn attributes(value: Value) -> &'static [&'static str] {
    match value {
        Value::MediaTitle => &["type"],
        Value::MediaText => &["end", "lang", "start", "type"],
        Value::MediaCategory => &["label", "scheme"],
        Value::MediaCopyright => &["url"],
        Value::MediaCredit => &["role", "scheme"],
        Value::MediaHash => &["algo"],
        Value::MediaRating => &["scheme"],
        Value::MediaRestriction => &["relationship", "type"],
        Value::MediaPlayer => &["height", "url", "width"],
        Value::MediaThumbnail => &["height", "time", "url", "width"],
        _ => &[],
    }
}

fn itunes(local: &str) -> Option<Slot> {
    Some(match local {
        "author" | "subtitle" => once(Limited(255)),
        "summary" => once(Limited(4000)),
        "block" => once(Value::YesNoClean),
        "explicit" => once(Value::TrueFalse),
        "keywords" => once(Value::Keywords),
        "image" => once(Value::ItunesImage),
        _ => return None,
    })
}

pub(super) fn itunes_channel(prefix: &str, local: &str) -> Option<Slot> {
    Some(match (prefix, local) {
        ("itunes", "owner") => into_once(Inside::ItunesOwner),
        ("itunes", "category") => into(Inside::ItunesCategory),
        ("itunes", "pubDate") => once(Value::DateRss),
        ("itunes", "new-feed-url") => once(Address),
        ("itunes", "type") => once(Value::OneOf(&["episodic", "serial"])),
        ("itunes", "title" | "applepodcastsverify") => once(Text),
        ("itunes", "complete") => once(Value::YesNoClean),
        ("itunes", local) => return itunes(local),
        _ => return None,
    })
}

pub(super) fn itunes_item(prefix: &str, local: &str) -> Option<Slot> {
    Some(match (prefix, local) {
        ("itunes", "duration") => once(Value::Duration),
        ("itunes", "title") => once(Text),
        ("itunes", "episode" | "season") => once(Value::Positive),
        ("itunes", "episodeType") => once(Value::OneOf(&["full", "trailer", "bonus"])),
        ("itunes", local) => return itunes(local),
        _ => return None,
    })
}

pub(super) fn itunes_inside(around: Inside, prefix: &str, local: &str) -> Option<Slot> {
    Some(match (around, prefix, local) {
        (Inside::ItunesOwner, "itunes", "email") => once(Value::Mail),
        (Inside::ItunesOwner, "itunes", "name") => once(Limited(255)),
        (Inside::ItunesCategory, "itunes", "category") => into(Inside::ItunesSubcategory),
        _ => return None,
    })
}
