//! RSS 0.91 to 2.0, and the elements that RSS 1.0 has in common with them.

use super::{
    EAT, Inside, Often, Slot, Take,
    Value::{self, Address, DateAtom, DateRss, DateW3c, Plain, Text},
    extensions, into, into_once, many, media, once,
};
use crate::check::rules;

pub(super) fn outer(around: Inside, prefix: &str, local: &str) -> Option<Slot> {
    Some(match (around, prefix, local) {
        (Inside::Rss, "", "channel") => into_once(Inside::Channel),
        (Inside::Rss, "access", "restriction") => once(Value::Restriction),
        (Inside::Rdf, "", "channel") => into_once(Inside::RdfChannel),
        (Inside::Rdf | Inside::Items, "", "item") => into(Inside::RdfItem),
        (Inside::Rdf, "", "image") => into_once(Inside::RdfImage),
        (Inside::Rdf, "", "textinput") => into_once(Inside::TextInput),
        (Inside::Items, "rdf", "Seq") => EAT,
        (Inside::Rdf, prefix, _) if !prefix.is_empty() => EAT,
        (Inside::SkipHours, "", "hour") => many(Value::Hour),
        (Inside::SkipDays, "", "day") => many(Value::Day),
        _ => return None,
    })
}

pub(super) fn channel(prefix: &str, local: &str) -> Option<Slot> {
    Some(match (prefix, local) {
        ("", "title") => once(Value::ChannelTitle),
        ("", "link" | "docs") => once(Address),
        ("", "description" | "copyright") => once(Plain),
        ("", "generator" | "rating") => once(Text),
        ("", "language") => once(Value::Language),
        ("", "managingEditor" | "webMaster") => once(Value::MailWithName),
        ("", "pubDate" | "lastBuildDate") => once(DateRss),
        ("", "category") => many(Value::Category),
        ("", "cloud") => once(Value::Cloud),
        ("", "ttl") => once(Value::PositiveNotBlank),
        ("", "image") => into_once(Inside::Image),
        ("", "textInput") => into_once(Inside::TextInput),
        ("", "skipHours") => into_once(Inside::SkipHours),
        ("", "skipDays") => into_once(Inside::SkipDays),
        ("", "item") => into(Inside::Item),
        ("", "items") => into_once(Inside::Items),
        ("", "blink") => once(Value::Blink),
        ("atom", "author" | "contributor") => into(Inside::Person),
        ("atom", "category") => many(Value::AtomCategory),
        ("atom", "generator") => once(Value::Generator),
        ("atom", "id") => once(Address),
        ("atom", "icon" | "logo") => once(Value::ReferenceNotBlank),
        ("atom", "link") => many(Value::AtomLink),
        ("atom", "title" | "subtitle" | "rights") => once(Value::AtomText),
        ("atom", "updated") => once(DateAtom),
        ("dc", "creator" | "subject") => many(Text),
        ("dc", "date") => once(DateW3c),
        ("cc", "license") => EAT,
        ("creativeCommons", "license") => many(Address),
        ("rdfs", "label" | "comment") => many(Text),
        _ => {
            return media::itunes_channel(prefix, local)
                .or_else(|| extensions::channel(prefix, local));
        }
    })
}

pub(super) fn item(prefix: &str, local: &str) -> Option<Slot> {
    let by = |value, rule| Slot { take: Take::Value(value), often: Often::OnceBy(rule) };
    Some(match (prefix, local) {
        ("", "title") => once(Value::PlainNotBlank),
        ("", "link" | "comments") => once(Address),
        ("", "description") | ("content", "encoded") => once(Value::Html),
        ("", "author") => once(Value::MailWithName),
        ("", "category") => many(Value::Category),
        ("", "enclosure") => by(Value::Enclosure, &rules::RSS_ENCLOSURES),
        ("", "guid") => once(Value::Guid),
        ("", "pubDate") => once(DateRss),
        ("", "source") => once(Value::RssSource),
        ("content", "items") => EAT,
        ("xhtml", "body") => many(Value::XhtmlBody),
        ("atom", "id") => once(Address),
        ("atom", "link") => many(Value::AtomLink),
        ("atom", "title" | "content") => once(Value::AtomContent),
        ("atom", "summary") => once(Value::AtomSummary),
        ("atom", "author") => into_once(Inside::Person),
        ("atom", "contributor") => into(Inside::Person),
        ("atom", "published" | "updated") => once(DateAtom),
        ("dc", "creator" | "subject") => many(Text),
        ("dc", "date") => many(DateW3c),
        ("cc", "license") => EAT,
        ("creativeCommons", "license") => many(Address),
        ("trackback", "ping") => once(Address),
        ("trackback", "about") => many(Address),
        ("rdfs", "label" | "comment") => many(Text),
        _ => return media::itunes_item(prefix, local).or_else(|| extensions::item(prefix, local)),
    })
}

/// The channel of RSS 1.0.
pub(super) fn rdf_channel(prefix: &str, local: &str) -> Option<Slot> {
    let own = ["title", "link", "description", "image", "textInput", "items", "blink"];
    match (prefix, local) {
        ("", "textinput") => Some(EAT),
        ("", local) if !own.contains(&local) => None,
        _ => channel(prefix, local),
    }
}

/// An item of RSS 1.0.
pub(super) fn rdf_item(prefix: &str, local: &str) -> Option<Slot> {
    match (prefix, local) {
        ("", local) if !["title", "link", "description"].contains(&local) => None,
        ("trackback", "ping" | "about") => Some(many(Value::RdfResource)),
        ("thr", "children") => Some(EAT),
        _ => item(prefix, local),
    }
}

/// A picture or a text input.
pub(super) fn part(around: Inside, prefix: &str, local: &str) -> Option<Slot> {
    let is_image = matches!(around, Inside::Image | Inside::RdfImage);
    Some(match (prefix, local) {
        ("", "title") if is_image => once(Value::ImageTitle),
        ("", "link") if is_image => once(Value::ImageLink),
        ("", "url") if is_image => once(Value::ImageUrl),
        ("", "width" | "height" | "description") if around == Inside::RdfImage => return None,
        ("", "width") if is_image => once(Value::ImageWidth),
        ("", "height") if is_image => once(Value::ImageHeight),
        ("", "description") if is_image => once(Plain),
        ("", "title") => once(Plain),
        ("", "link") => once(Address),
        ("", "description") => once(Text),
        ("", "name") => once(Value::FormName),
        ("dc", "creator" | "subject") => many(Text),
        ("dc", "date") => many(DateW3c),
        ("cc", "license") => EAT,
        _ => return None,
    })
}
