//! Atom (RFC 4287), with what others put into feeds and entries.

use super::{
    EAT, Inside, Slot,
    Value::{self, Address, AtomText, DateW3c, ReferenceNotBlank, Text},
    extensions, into, into_once, many, media, once,
};

pub(super) fn feed(prefix: &str, local: &str) -> Option<Slot> {
    Some(match (prefix, local) {
        ("atom", "entry") => into(Inside::Entry),
        ("at", _) => EAT,
        _ => return metadata(prefix, local),
    })
}

pub(super) fn source(prefix: &str, local: &str) -> Option<Slot> {
    metadata(prefix, local)
}

fn metadata(prefix: &str, local: &str) -> Option<Slot> {
    Some(match (prefix, local) {
        ("atom", "author" | "contributor") => into(Inside::Person),
        ("atom", "category") => many(Value::AtomCategory),
        ("atom", "generator") => once(Value::Generator),
        ("atom", "id") => once(Value::AtomId),
        ("atom", "icon" | "logo") => once(ReferenceNotBlank),
        ("atom", "link") => many(Value::AtomLink),
        ("atom", "title" | "subtitle" | "rights") => once(AtomText),
        ("atom", "updated") => once(Value::DateAtomStrict),
        ("dc", "creator" | "subject") => many(Text),
        ("dc", "date") => once(DateW3c),
        ("creativeCommons", "license") => many(Address),
        ("access", "restriction") => many(Value::Restriction),
        ("app", "collection") => EAT,
        _ => {
            return media::itunes_channel(prefix, local)
                .or_else(|| extensions::channel(prefix, local));
        }
    })
}

pub(super) fn entry(prefix: &str, local: &str) -> Option<Slot> {
    Some(match (prefix, local) {
        ("atom", "author" | "contributor") => into(Inside::Person),
        ("atom", "category") => many(Value::AtomCategory),
        ("atom", "content") => once(Value::AtomContent),
        ("atom", "id") => once(Value::EntryId),
        ("atom", "link") => many(Value::AtomLink),
        ("atom", "published") | ("app", "edited") => once(Value::DateAtomStrict),
        ("atom", "updated") => once(Value::Updated),
        ("atom", "title" | "rights" | "summary") => once(AtomText),
        ("atom", "source") => into_once(Inside::Source),
        ("app", "control") => into_once(Inside::AppControl),
        ("dc", "creator" | "subject") => many(Text),
        ("dc", "date") => once(DateW3c),
        ("creativeCommons", "license") => many(Address),
        ("trackback", "ping") => once(Address),
        ("trackback", "about") => many(Address),
        _ => return media::itunes_item(prefix, local).or_else(|| extensions::item(prefix, local)),
    })
}

/// A person, or the control of `AtomPub`.
pub(super) fn part(around: Inside, prefix: &str, local: &str) -> Option<Slot> {
    if around == Inside::AppControl {
        return (prefix == "app" && local == "draft").then(|| once(Value::YesNo));
    }
    Some(match (prefix, local) {
        ("atom" | "", "name") => once(Value::AtomName),
        ("atom" | "", "email") => once(Value::AtomMail),
        ("atom" | "", "uri") => once(Value::IriNotBlank),
        ("foaf", "workplaceHomepage" | "homepage" | "weblog") => many(Value::RdfResource),
        ("foaf", "plan" | "firstName") => many(Text),
        ("xhtml", "div") => EAT,
        _ => return None,
    })
}

/// Where there is no place for it.
pub(super) fn anywhere(local: &str) -> Option<Slot> {
    Some(match local {
        "author" | "contributor" => into(Inside::Person),
        "category" => many(Value::AtomCategory),
        "content" => many(Value::AtomContent),
        "generator" => many(Value::Generator),
        "icon" | "logo" => once(Value::Reference),
        "id" => once(Value::AtomId),
        "link" => many(Value::AtomLink),
        "published" | "updated" => once(Value::DateAtom),
        "rights" | "subtitle" | "summary" | "title" => once(AtomText),
        _ => return None,
    })
}
