//! What JSON Feed asks (jsonfeed.org/version/1.1).

use std::collections::HashSet;

use super::read::{Data, Member, Value};
use crate::check::{
    document::{DocumentKind, Hints},
    report::{Report, shown},
    rules::{self, Rule},
    values::{
        address::{self, Demand},
        canonical::comparable,
        date::{self, Iso},
        html, plain, word,
    },
};

/// What a member must be.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Plain,
    Html,
    Address,
    Date,
    Language,
    MediaType,
    Number,
    Bool,
    Texts,
    Authors,
    Author,
    Hubs,
    Attachments,
    Items,
    Id,
}

const FEED: &[(&str, Kind)] = &[
    ("version", Kind::Text),
    ("title", Kind::Plain),
    ("home_page_url", Kind::Address),
    ("feed_url", Kind::Address),
    ("description", Kind::Plain),
    ("user_comment", Kind::Text),
    ("next_url", Kind::Address),
    ("icon", Kind::Address),
    ("favicon", Kind::Address),
    ("author", Kind::Author),
    ("authors", Kind::Authors),
    ("language", Kind::Language),
    ("expired", Kind::Bool),
    ("hubs", Kind::Hubs),
    ("items", Kind::Items),
];
const ITEM: &[(&str, Kind)] = &[
    ("id", Kind::Id),
    ("url", Kind::Address),
    ("external_url", Kind::Address),
    ("title", Kind::Plain),
    ("content_html", Kind::Html),
    ("content_text", Kind::Text),
    ("summary", Kind::Plain),
    ("image", Kind::Address),
    ("banner_image", Kind::Address),
    ("date_published", Kind::Date),
    ("date_modified", Kind::Date),
    ("author", Kind::Author),
    ("authors", Kind::Authors),
    ("tags", Kind::Texts),
    ("language", Kind::Language),
    ("attachments", Kind::Attachments),
];
const AUTHOR: &[(&str, Kind)] =
    &[("name", Kind::Text), ("url", Kind::Address), ("avatar", Kind::Address)];
const HUB: &[(&str, Kind)] = &[("type", Kind::Text), ("url", Kind::Address)];
const ATTACHMENT: &[(&str, Kind)] = &[
    ("url", Kind::Address),
    ("mime_type", Kind::MediaType),
    ("title", Kind::Text),
    ("size_in_bytes", Kind::Number),
    ("duration_in_seconds", Kind::Number),
];

/// Checks a document that is JSON.
pub(super) fn check(value: &Value, hints: &Hints<'_>, report: &mut Report) -> DocumentKind {
    let Data::Object(members) = &value.data else {
        report.add(&rules::ROOT_UNKNOWN, value.at, format!("it is {}", value.data.kind()));
        return DocumentKind::Unknown;
    };
    let version = member(members, "version");
    let looks_so = version.is_some() || member(members, "items").is_some();
    if !looks_so {
        report.add(&rules::ROOT_UNKNOWN, value.at, "an object without `version` and `items`");
        return DocumentKind::Unknown;
    }
    let mut feed = Feed { hints, report, ids: HashSet::new(), is_old: false };
    feed.version(version);
    feed.object(members, FEED, "the feed");
    feed.need(value.at, members, &["version", "title", "items"], "the feed");
    feed.address(members, value.at);
    feed.hubs(members, value.at);
    DocumentKind::JsonFeed
}

fn member<'v>(members: &'v [Member], name: &str) -> Option<&'v Member> {
    members.iter().find(|member| member.name == name)
}

struct Feed<'h, 'v> {
    hints: &'h Hints<'h>,
    report: &'h mut Report,
    ids: HashSet<&'v str>,
    /// Whether it is of version 1.0.
    is_old: bool,
}

impl<'v> Feed<'_, 'v> {
    fn version(&mut self, version: Option<&Member>) {
        let Some(version) = version else { return };
        let Data::Text(text) = &version.value.data else { return };
        let plain = text.trim_end_matches('/').replace("http://", "https://");
        match plain.as_str() {
            "https://jsonfeed.org/version/1.1" => {}
            "https://jsonfeed.org/version/1" => {
                self.is_old = true;
                self.report.add(&rules::JSON_VERSION_OLD, version.value.at, "");
            }
            _ => self.report.add(&rules::JSON_VERSION, version.value.at, shown(text)),
        }
    }

    /// The feed's own address.
    fn address(&mut self, members: &[Member], at: usize) {
        let own = member(members, "feed_url");
        let Some(own) = own else {
            return self.report.add(&rules::JSON_SELF, at, "");
        };
        if let (Data::Text(own), Some(next)) = (&own.value.data, member(members, "next_url"))
            && let Data::Text(next_address) = &next.value.data
            && comparable(own) == comparable(next_address)
        {
            self.report.add(&rules::JSON_NEXT_SELF, next.value.at, shown(next_address));
        }
        if let (Data::Text(text), Some(address)) = (&own.value.data, self.hints.address)
            && comparable(text) != comparable(address.as_str())
        {
            let detail = format!("{}, and not {}", shown(text), shown(address.as_str()));
            self.report.add(&rules::SELF_DIFFERS, own.value.at, detail);
        }
    }

    /// A hub, where the address was asked: in the head or in the document.
    fn hubs(&mut self, members: &[Member], at: usize) {
        let in_head = self.hints.exchange.is_none_or(|exchange| exchange.names_hub);
        if !in_head && member(members, "hubs").is_none() {
            self.report.add(&rules::WEBSUB_NONE, at, "");
        }
    }

    fn need(&mut self, at: usize, members: &[Member], names: &[&str], whose: &str) {
        for name in names {
            if member(members, name).is_none() {
                self.report.add(&rules::JSON_MISSING, at, format!("{whose} has no `{name}`"));
            }
        }
    }

    fn object(&mut self, members: &'v [Member], known: &[(&str, Kind)], whose: &str) {
        for member in members {
            let kind = known.iter().find(|(name, _)| *name == member.name).map(|(_, kind)| *kind);
            match kind {
                Some(kind) => self.member(member, kind),
                // A dot has no place in the name of an extension.
                None if member.name.starts_with('_') && !member.name.contains('.') => {}
                None => {
                    let detail = format!("{} in {whose}", shown(&member.name));
                    self.report.add(&rules::JSON_UNKNOWN, member.at, detail);
                }
            }
        }
    }

    fn say(&mut self, rule: Option<&'static Rule>, member: &Member, value: &Value, text: &str) {
        if let Some(rule) = rule {
            let detail = format!("`{}` is {}", member.name, shown(text));
            self.report.add(rule, value.at, detail);
        }
    }

    fn member(&mut self, member: &'v Member, kind: Kind) {
        let value = &member.value;
        match (&value.data, kind) {
            (Data::Text(text), _) => self.text(member, text, kind),
            (Data::Number, Kind::Id) => {
                self.report.add(&rules::JSON_ID_NUMBER, value.at, "");
            }
            (Data::Number, Kind::Number) | (Data::Bool, Kind::Bool) => {}
            (Data::List(values), Kind::Texts) => {
                for value in values.iter().filter(|it| !matches!(it.data, Data::Text(_))) {
                    self.wrong(member, value, "a text");
                }
            }
            (Data::List(values), Kind::Items) => self.each(member, values, Self::item),
            (Data::List(values), Kind::Authors) => self.each(member, values, Self::author),
            (Data::List(values), Kind::Hubs) => self.each(member, values, Self::hub),
            (Data::List(values), Kind::Attachments) => self.each(member, values, Self::attachment),
            (Data::Object(members), Kind::Author) => {
                if !self.is_old {
                    self.report.add(&rules::JSON_DEPRECATED, member.at, "");
                }
                self.author(value.at, members);
            }
            _ => self.wrong(member, value, wanted(kind)),
        }
    }

    fn wrong(&mut self, member: &Member, value: &Value, wanted: &str) {
        let detail = format!("`{}` is {}, and not {wanted}", member.name, value.data.kind());
        self.report.add(&rules::JSON_TYPE, value.at, detail);
    }

    fn each(
        &mut self,
        member: &'v Member,
        values: &'v [Value],
        check: fn(&mut Self, usize, &'v [Member]),
    ) {
        for value in values {
            match &value.data {
                Data::Object(members) => check(self, value.at, members),
                _ => self.wrong(member, value, "an object"),
            }
        }
    }

    fn text(&mut self, member: &'v Member, text: &'v str, kind: Kind) {
        let value = &member.value;
        let rule = match kind {
            Kind::Text => None,
            Kind::Plain => {
                let found = plain::find(text);
                matches!(found, Some(plain::Html::Tag(_))).then_some(&rules::HTML_IN_TEXT)
            }
            Kind::Html => {
                let (report, at) = (&mut *self.report, value.at);
                html::judge(text, &mut |rule, _, detail| report.add(rule, at, detail));
                None
            }
            Kind::Address => address::judge(text, Demand::WholeIri),
            // Its letters may be small here (RFC 3339 §5.6).
            Kind::Date => date::iso(&text.to_ascii_uppercase(), Iso::Full, self.hints.now),
            Kind::Language => (!word::is_language(text)).then_some(&rules::LANGUAGE),
            Kind::MediaType => (!word::is_media_type(text)).then_some(&rules::MEDIA_TYPE),
            Kind::Id if text.is_empty() => Some(&rules::BLANK),
            Kind::Id => (!self.ids.insert(text)).then_some(&rules::JSON_ID_REPEATED),
            _ => return self.wrong(member, value, wanted(kind)),
        };
        self.say(rule, member, value, text);
    }

    fn item(&mut self, at: usize, members: &'v [Member]) {
        self.object(members, ITEM, "an item");
        self.need(at, members, &["id"], "an item");
        let has = |name| member(members, name).is_some();
        if !has("content_html") && !has("content_text") {
            self.report.add(&rules::JSON_CONTENT, at, "");
        }
    }

    fn author(&mut self, at: usize, members: &'v [Member]) {
        self.object(members, AUTHOR, "an author");
        if !AUTHOR.iter().any(|(name, _)| member(members, name).is_some()) {
            self.report.add(&rules::JSON_AUTHOR_EMPTY, at, "");
        }
    }

    fn hub(&mut self, at: usize, members: &'v [Member]) {
        self.object(members, HUB, "a hub");
        self.need(at, members, &["type", "url"], "a hub");
    }

    fn attachment(&mut self, at: usize, members: &'v [Member]) {
        self.object(members, ATTACHMENT, "an attachment");
        self.need(at, members, &["url", "mime_type"], "an attachment");
    }
}

fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "a number",
        Kind::Bool => "true or false",
        Kind::Texts => "a list of texts",
        Kind::Authors | Kind::Hubs | Kind::Attachments | Kind::Items => "a list of objects",
        Kind::Author => "an object",
        _ => "a text",
    }
}
