//! Feeds that moved or were retired: copies at the old places, a last entry, a map for nginx.

use chrono::TimeDelta;

use super::{PassError, Report, feeds::PARTNER, publish::Press};
use crate::{
    feed::{Entry, FeedDocument, History, Living, format_at, old_addresses},
    format,
    store::Store,
    story::{FeedPath, FeedSpec, Format, Language, Licensing, Move, mint_guid},
};

/// How long a retired feed says so before it is gone.
const FAREWELL_DAYS: i64 = 30;
const MAP: &str = "nginx-moved.map";

/// A file of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    Feed(Format),
    Twin,
}

/// What is to be taken away and kept for retired feeds.
#[derive(Debug, Default)]
pub(super) struct Retired {
    /// Files whose time is over.
    pub(super) files: Vec<String>,
}

/// Every file of a feed: its own, and the copies at the places from which it moved. The copies are
/// the same bytes, so their self links name the new place.
pub(super) fn files(spec: &FeedSpec, moves: &[Move]) -> Vec<(String, Output)> {
    let outputs: Vec<Output> =
        spec.formats.iter().map(|format| Output::Feed(*format)).chain([Output::Twin]).collect();
    let mut files: Vec<_> =
        outputs.iter().map(|output| (spec.path.file(output.name()), *output)).collect();
    for moved in moves.iter().filter(|moved| moved.to.as_ref() == Some(&spec.path)) {
        match moved.from_feed() {
            Some(from) => {
                files.extend(outputs.iter().map(|output| (from.file(output.name()), *output)));
            }
            None => files.extend(copy_at(&moved.from, &spec.formats)),
        }
    }
    let mut seen = std::collections::HashSet::new();
    files.retain(|(name, _)| seen.insert(name.clone()));
    files
}

impl Output {
    fn name(self) -> &'static str {
        match self {
            Self::Feed(format) => format.file_name(),
            Self::Twin => "index.html",
        }
    }
}

/// The copy at an old address such as `/category/x/feed/` or `/index.xml`, in the form that its
/// name promises.
fn copy_at(address: &str, formats: &[Format]) -> Option<(String, Output)> {
    let path = address.split(['?', '#']).next().unwrap_or_default().trim_start_matches('/');
    let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    let lists = ["feeds.opml", "news-sitemap.xml", Licensing::FILE];
    let ours = ["feed.css", "page.css", "index.html", MAP];
    let reserved = ours.contains(&path)
        || lists.contains(&path)
        || path.split('/').any(|part| part.starts_with('.'));
    if path.is_empty() || !plain || reserved || path.split('/').any(|part| part == "..") {
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let format = format_at(address, formats)?;
    let known = ["xml", "rss", "atom", "json", "rdf"];
    let has_ending = name.rsplit_once('.').is_some_and(|(_, ending)| known.contains(&ending));
    let file = match has_ending {
        true => path.to_owned(),
        // A server shows it for the folder once `index.xml` is among its index files.
        false => format!("{}/index.xml", path.trim_end_matches('/')),
    };
    Some((file, Output::Feed(format)))
}

/// Writes the last entries of retired feeds and the map of all old addresses.
pub(super) async fn publish(
    press: &mut Press<'_>,
    store: &mut Store,
    report: &mut Report,
) -> Result<Retired, PassError> {
    let mut retired = Retired::default();
    for moved in &press.newsroom.moves {
        // The pages went along to the new place, or ended.
        if let Some(path) = moved.from_feed() {
            retired.files.extend(store.archived_files(&path).await?);
        }
    }
    for moved in press.newsroom.moves.iter().filter(|moved| moved.to.is_none()) {
        let Some(path) = moved.from_feed() else { continue };
        // Nobody but partners knew that a partner feed was there.
        let record = press.plan.others.get(&path).filter(|record| record.kind != PARTNER);
        let Some(record) = record else { continue };
        let since = record.retired.unwrap_or(press.now);
        if record.retired.is_none() {
            let mut record = record.clone();
            record.retired = Some(since);
            record.rule.clear();
            store.keep_feed(&mut record).await?;
        }
        let names = published_at(press, &path);
        if press.now - since >= TimeDelta::days(FAREWELL_DAYS) {
            if !names.is_empty() {
                report.notes.push(format!(
                    "the retired feed `{path}` has said so for {FAREWELL_DAYS} days; its files are \
                     removed (answer 410 there: see {MAP})"
                ));
            }
            retired.files.extend(names);
            continue;
        }
        let formats: Vec<Format> = Format::ALL
            .into_iter()
            .filter(|format| names.contains(&path.file(format.file_name())))
            .collect();
        let document = farewell(press, &path, &formats, since);
        for format in &formats {
            let bytes = format::write(&document, *format);
            press.stage(&path, 0, &path.file(format.file_name()), &bytes)?;
        }
        let page = format::page(&document, &press.links());
        press.stage(&path, 0, &path.file("index.html"), &page)?;
    }
    // Without moves it is empty and stays: a server that includes it wants it to be there.
    if !press.newsroom.moves.is_empty() || press.was_published(MAP) {
        let map = map(press);
        press.stage(&FeedPath::root(), 0, MAP, map.as_bytes())?;
    }
    Ok(retired)
}

/// A retired feed's document: one entry that says so.
fn farewell<'a>(
    press: &Press<'a>,
    path: &FeedPath,
    formats: &[Format],
    since: chrono::DateTime<chrono::Utc>,
) -> FeedDocument<'a> {
    let site = &press.newsroom.site;
    let language = site.language.clone();
    let section = path.section();
    let title = section.map(|section| press.plan.titles.of(&section, &language));
    let title = title.unwrap_or_else(|| site.title.clone());
    let (headline, text) = words(&language, &title, &site.title);
    let record = press.plan.others.get(path);
    let entry = Entry {
        guid: mint_guid(site.host(), since.date_naive(), &format!("{path}/retired")),
        url: site.url.to_string(),
        title: headline,
        short_title: None,
        language: None,
        content_html: Some(format!("<p>{}</p>", html_escape::encode_text(&text))),
        summary: text,
        published: since,
        modified: None,
        corrected: false,
        withdrawn: None,
        authors: Vec::new(),
        categories: Vec::new(),
        image: None,
        enclosures: Vec::new(),
        origin: None,
        rights: None,
        translations: Vec::new(),
    };
    FeedDocument {
        site,
        path: path.clone(),
        address: path.clone(),
        id: record.map_or_else(|| site.address(&path.folder()), |record| record.atom_id.clone()),
        description: entry.summary.clone(),
        title,
        language,
        page: site.url.to_string(),
        image: None,
        logo: site.logo.clone(),
        profile: None,
        category: None,
        ttl_minutes: 24 * 60,
        formats: formats.to_vec(),
        updated: Some(since),
        alternates: Vec::new(),
        entries: vec![entry],
        tombstones: Vec::new(),
        hubs: &site.hubs,
        history: History::default(),
    }
}

fn words(language: &Language, feed: &str, site: &str) -> (String, String) {
    match language.primary() {
        "es" => (
            format!("El feed «{feed}» ha terminado"),
            format!("Este feed ya no se actualiza. {site} publica otros: véase su sitio."),
        ),
        "pt" => (
            format!("O feed “{feed}” foi encerrado"),
            format!("Este feed não é mais atualizado. {site} publica outros: veja o site."),
        ),
        _ => (
            format!("The feed “{feed}” has ended"),
            format!("This feed is no longer updated. {site} publishes others: see its site."),
        ),
    }
}

/// The files that were published in the place of a feed, be it by one that had moved from there.
fn published_at(press: &Press<'_>, feed: &FeedPath) -> Vec<String> {
    let formats = Format::ALL.map(Format::file_name);
    let names = formats.into_iter().chain(["index.html"]).map(|name| feed.file(name));
    names.filter(|name| press.was_published(name)).collect()
}

/// `map $uri $feedwright_moved { include nginx-moved.map; }`: old path → new address, or `410`.
fn map(press: &Press<'_>) -> String {
    let mut lines = String::from(
        "# Old feed addresses and where they went (410: retired). In nginx:\n\
         #   map $uri $feed_moved { include /path/to/nginx-moved.map; }\n\
         #   if ($feed_moved = 410) { return 410; }  if ($feed_moved) { return 301 $feed_moved; }\n",
    );
    for old in old_addresses(&press.newsroom.site, &press.newsroom.moves, press) {
        let to = old.to.as_deref().unwrap_or("410");
        lines.push_str(&format!("\"{}\" \"{}\";\n", quoted(&old.path), quoted(to)));
    }
    lines
}

impl Living for Press<'_> {
    fn formats(&self, feed: &FeedPath) -> Option<&[Format]> {
        let mut public = self.plan.feeds.iter().filter(|planned| planned.spec.is_public());
        let planned = public.find(|planned| planned.spec.path == *feed);
        planned.map(|planned| planned.spec.formats.as_slice())
    }

    fn says_farewell(&self, feed: &FeedPath) -> bool {
        published_at(self, feed).iter().any(|file| self.is_current(file))
    }
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
