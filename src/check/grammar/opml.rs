//! OPML 1.0 and 2.0.

use super::{
    Inside, Slot,
    Value::{self, DateRss, Html, PositiveNotBlank},
    into, once,
};

/// Attributes of a line.
pub(super) const OUTLINE: &[&str] = &[
    "category",
    "created",
    "description",
    "htmlUrl",
    "isBreakpoint",
    "isComment",
    "language",
    "text",
    "title",
    "type",
    "url",
    "version",
    "xmlUrl",
];

pub(super) fn inside(around: Inside, prefix: &str, local: &str) -> Option<Slot> {
    if !prefix.is_empty() {
        return None;
    }
    Some(match (around, local) {
        (Inside::Opml, "head") => into(Inside::OpmlHead),
        (Inside::Opml, "body") => into(Inside::OpmlBody),
        (Inside::OpmlBody | Inside::Outline, "outline") => into(Inside::Outline),
        (Inside::OpmlHead, "title" | "ownerName") => once(Html),
        (Inside::OpmlHead, "dateCreated" | "dateModified") => once(DateRss),
        (Inside::OpmlHead, "ownerEmail") => once(Value::Mail),
        (Inside::OpmlHead, "ownerId") => once(Value::HttpAddress),
        (Inside::OpmlHead, "docs") => once(Value::Address),
        (Inside::OpmlHead, "expansionState") => once(Value::ExpansionState),
        (
            Inside::OpmlHead,
            "vertScrollState" | "windowTop" | "windowLeft" | "windowBottom" | "windowRight",
        ) => once(PositiveNotBlank),
        _ => return None,
    })
}
