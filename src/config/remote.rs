//! Sources that are fetched: feeds, WordPress sites, pages, databases.

use std::{collections::BTreeSet, time::Duration};

use chrono_tz::Tz;
use url::Url;

use super::{
    StoreUrl, amounts,
    entries::{BackfillWritten, DeletesName, SourceKind, SourceWritten},
    paths,
    resolve::Outside,
    resolved::{Fetch, RemoteKind, RemoteSource},
    rules, sources,
    spot::{Faults, Spot},
    values,
    written::Written,
};
use crate::story::{Language, SectionPath, Site, Where};

/// Sources that are asked at once.
const AT_ONCE: i64 = 16;
/// Time between two requests to one host.
const PACE: Duration = Duration::from_secs(1);
/// Bytes of one document.
const MAX_BYTES: u64 = 16 << 20;
/// Beyond that a document doesn't fit into the memory that a fetch may take.
const LARGEST_BYTES: u64 = 64 << 20;
/// Entries of one document.
const MAX_ENTRIES: usize = 10_000;
/// Time that one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Stories that the first fetch takes.
const BACKFILL: usize = 20;

/// What a source stands among.
pub(super) struct Around<'a> {
    pub(super) kind: SourceKind,
    /// Its place in the file.
    pub(super) number: usize,
    pub(super) section: Option<SectionPath>,
    /// The names of all sources.
    pub(super) names: Option<&'a BTreeSet<&'a str>>,
    pub(super) outside: &'a Outside<'a>,
    pub(super) site: &'a Site,
}

/// `[fetch]`
pub(super) fn fetch(
    written: &Written,
    at: &Spot<'_>,
    site: &Url,
    faults: &mut Faults<'_>,
) -> Fetch {
    let written = &written.fetch;
    let at_once = written.at_once.unwrap_or(AT_ONCE);
    if !(1..=256).contains(&at_once) {
        let what = format!("`{at_once}` is out of range");
        faults.add_key(&at.key("at_once"), &what, "write a number from 1 to 256");
    }
    let pace = written.pace.as_deref();
    let contact = written.contact.as_deref();
    let contact = contact.and_then(|text| values::text(text, &at.key("contact"), faults));
    if contact.as_ref().is_some_and(|text| !text.is_ascii() || text.contains(['(', ')'])) {
        let fix = "write a mail or web address, such as `desk@gazette.example`";
        faults.add_key(&at.key("contact"), "has letters that `User-Agent` can't hold", fix);
    }
    Fetch {
        at_once: usize::try_from(at_once).unwrap_or(1),
        pace: pace.and_then(|span| amounts::span(span, &at.key("pace"), faults)).unwrap_or(PACE),
        contact: contact.unwrap_or_else(|| site.to_string()),
    }
}

/// The keys that only a remote source has, and whether they are written.
pub(super) fn own_keys(source: &SourceWritten) -> [(&'static str, bool); 17] {
    [
        ("url", source.url.is_some()),
        ("url_file", source.url_file.is_some()),
        ("every", source.every.is_some()),
        ("allow_private", source.allow_private.is_some()),
        ("where", source.rule.is_some()),
        ("limits", source.limits.is_some()),
        ("full_text", source.full_text.is_some()),
        ("republish", source.republish.is_some()),
        ("attribution", source.attribution.is_some()),
        ("priority", source.priority.is_some()),
        ("backfill", source.backfill.is_some()),
        ("deletes", source.deletes.is_some()),
        ("links", source.links.is_some()),
        ("content", source.content.is_some()),
        ("remove", source.remove.is_some()),
        ("query", source.query.is_some()),
        ("cursor", source.cursor.is_some()),
    ]
}

/// A remote source, apart from its name; none where it has no address.
pub(super) fn resolve(
    source: &SourceWritten,
    around: &Around<'_>,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Option<RemoteSource> {
    misplaced(source, around.kind, at, faults);
    let kind = kind(source, around, at, faults);
    let span = |text: &Option<String>, at: &Spot<'_>, faults: &mut Faults<'_>| {
        let span = text.as_deref().and_then(|text| amounts::span(text, at, faults));
        if span.is_some_and(|span| span.is_zero()) {
            faults.add_key(at, "is no time at all", "write a span such as `15m`");
        }
        span
    };
    let limits = source.limits.clone().unwrap_or_default();
    let limits_at = at.inner("limits");
    let max_bytes = limits.bytes.as_ref();
    let max_bytes = max_bytes.and_then(|it| amounts::size(it, &limits_at.inner("bytes"), faults));
    if max_bytes.is_some_and(|bytes| bytes > LARGEST_BYTES) {
        faults.add_key(&limits_at.inner("bytes"), "is too much", "allow at most `64MiB`");
    }
    let max_entries = match limits.entries {
        None => MAX_ENTRIES,
        Some(entries) if (1..=1_000_000).contains(&entries) => {
            usize::try_from(entries).unwrap_or(MAX_ENTRIES)
        }
        Some(entries) => {
            let what = format!("`{entries}` is out of range");
            let fix = "write a number from 1 to 1000000";
            faults.add_key(&limits_at.inner("entries"), &what, fix);
            MAX_ENTRIES
        }
    };
    let rule = source.rule.as_ref().map_or(Where::everything(), |rule| {
        let known =
            rules::Known { sources: around.names, sections: None, texts: rules::Texts::Seen };
        rules::rule(rule, &known, &at.key("where"), faults)
    });
    let mut tags = Vec::new();
    for (index, tag) in source.tags.iter().flatten().enumerate() {
        tags.extend(values::text(tag, &at.key("tags").item(index), faults));
    }
    let attribution = source.attribution.as_deref();
    let order = i64::try_from(around.number).unwrap_or(i64::MAX);
    Some(RemoteSource {
        name: String::new(),
        section: around.section.clone(),
        tags,
        language: language(source, around.site, at, faults),
        time_zone: zone(source, around.site, at, faults),
        map: sources::map(source.map.as_ref(), &at.key("map"), faults),
        rule,
        every: span(&source.every, &at.key("every"), faults),
        max_bytes: max_bytes.unwrap_or(MAX_BYTES),
        max_entries,
        patience: span(&limits.time, &limits_at.inner("time"), faults).unwrap_or(PATIENCE),
        full_text: source.full_text.unwrap_or(false),
        republish: source.republish.unwrap_or_default(),
        attribution: attribution
            .and_then(|text| values::text(text, &at.key("attribution"), faults)),
        backfill: backfill(source.backfill.as_ref(), &at.key("backfill"), faults),
        follows_deletes: source.deletes == Some(DeletesName::Follow),
        priority: source.priority.unwrap_or(order),
        allow_private: source.allow_private.unwrap_or(false),
        kind: kind?,
    })
}

/// Keys that another kind of source has.
fn misplaced(source: &SourceWritten, kind: SourceKind, at: &Spot<'_>, faults: &mut Faults<'_>) {
    use SourceKind::{Feed, Folder, Page, Sql, WordPress};
    let has: &[(&str, bool, &[SourceKind])] = &[
        ("path", source.path.is_some(), &[Folder]),
        ("permalink", source.permalink.is_some(), &[Folder]),
        ("permalinks", source.permalinks.is_some(), &[Folder]),
        ("slugs", source.slugs.is_some(), &[Folder]),
        ("language_permalinks", source.language_permalinks.is_some(), &[Folder]),
        ("guid", source.guid.is_some(), &[Folder]),
        ("languages", source.languages.is_some(), &[Folder]),
        ("static", source.static_folder.is_some(), &[Folder]),
        ("map", source.map.is_some(), &[Sql]),
        ("url_file", source.url_file.is_some(), &[Sql]),
        ("query", source.query.is_some(), &[Sql]),
        ("cursor", source.cursor.is_some(), &[Sql]),
        ("links", source.links.is_some(), &[Page]),
        ("content", source.content.is_some(), &[Page]),
        ("remove", source.remove.is_some(), &[Page]),
        ("full_text", source.full_text.is_some(), &[Feed]),
        ("allow_private", source.allow_private.is_some(), &[Feed, WordPress, Page]),
    ];
    for (key, is_written, kinds) in has {
        if *is_written && !kinds.contains(&kind) {
            let what = format!("is no setting of a source of kind `{}`", kind.name());
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            let fix = format!("remove it: only {} has it", kinds.join(", "));
            faults.add_key(&at.key(key), &what, fix);
        }
    }
}

fn kind(
    source: &SourceWritten,
    around: &Around<'_>,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Option<RemoteKind> {
    if around.kind == SourceKind::Sql {
        return database(source, around, at, faults);
    }
    let Some(url) = source.url.as_deref() else {
        faults.add_missing(&at.key("url"), "say where it is: `url = \"https://…\"`");
        return None;
    };
    let url = values::address(url, &at.key("url"), faults)?;
    let mut text = |value: &Option<String>, key: &str| {
        value.as_deref().and_then(|value| values::text(value, &at.key(key), faults))
    };
    Some(match around.kind {
        SourceKind::Page => RemoteKind::Page {
            links: text(&source.links, "links"),
            content: text(&source.content, "content"),
            remove: source.remove.clone().unwrap_or_default(),
            url,
        },
        SourceKind::WordPress => RemoteKind::WordPress { url },
        _ => RemoteKind::Feed { url },
    })
}

fn database(
    source: &SourceWritten,
    around: &Around<'_>,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Option<RemoteKind> {
    let folder = around.outside.folder;
    let database = match (&source.url, &source.url_file) {
        (Some(_), Some(_)) => {
            let fix = "keep one of `url` and `url_file`";
            faults.add_key(&at.key("url_file"), "stands beside `url`", fix);
            None
        }
        (Some(url), None) => StoreUrl::read(url, folder, &at.key("url"), faults),
        (None, Some(file)) => {
            let path = paths::joined(folder, file);
            match (around.outside.read_file)(&path) {
                Ok(url) => StoreUrl::read(&url, folder, &at.key("url_file"), faults),
                Err(error) => {
                    let what = format!("`{}` cannot be read: {error}", path.display());
                    let fix = "name a file that holds the address of the database";
                    faults.add_key(&at.key("url_file"), &what, fix);
                    None
                }
            }
        }
        (None, None) => {
            let fix = "say where it is: `url = \"postgres://…\"` or `url = \"sqlite:cms.db\"`";
            faults.add_missing(&at.key("url"), fix);
            None
        }
    };
    let query = source.query.as_deref().map(str::trim).unwrap_or_default();
    if query.is_empty() {
        let fix =
            "say what is asked: `query = \"SELECT id, title, … FROM posts WHERE updated > $1\"`";
        faults.add_missing(&at.key("query"), fix);
    }
    let cursor = source.cursor.as_deref();
    let cursor = cursor.and_then(|column| values::text(column, &at.key("cursor"), faults));
    Some(RemoteKind::Sql {
        database: database?,
        query: query.trim_end_matches(';').to_owned(),
        cursor: cursor.unwrap_or_else(|| "updated".to_owned()),
    })
}

fn backfill(
    written: Option<&BackfillWritten>,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Option<usize> {
    let shown = match written {
        None => return Some(BACKFILL),
        Some(BackfillWritten::Text(text)) if text == "all" => return None,
        Some(BackfillWritten::Stories(number)) if *number >= 0 => {
            return usize::try_from(*number).ok();
        }
        Some(BackfillWritten::Stories(number)) => number.to_string(),
        Some(BackfillWritten::Text(text)) => text.clone(),
    };
    let fix = "write a number of stories, or `all`";
    faults.add_key(at, &format!("`{shown}` is no number of stories"), fix);
    None
}

fn language(
    source: &SourceWritten,
    site: &Site,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Language {
    let language = source.language.as_deref();
    let language = language.and_then(|tag| values::language(tag, &at.key("language"), faults));
    language.unwrap_or_else(|| site.language.clone())
}

fn zone(source: &SourceWritten, site: &Site, at: &Spot<'_>, faults: &mut Faults<'_>) -> Tz {
    let zone = source.time_zone.as_deref();
    zone.and_then(|zone| values::time_zone(zone, &at.key("time_zone"), faults))
        .unwrap_or(site.time_zone)
}
