//! The HTML twin of a feed: what a person sees at a feed's folder.
//!
//! # Promises
//! - One page without scripts: what the feed carries, how to subscribe, its entries, and links by
//!   which browsers and readers find the feed itself.
//! - Every text is escaped by the template; an address becomes a link only if it is http or https.
//! - The words around the stories are in the feed's language where it is English, Spanish or
//!   Portuguese, and marked as English elsewhere.
//!
//! # Limits
//! - Summaries only; whole texts stand in the feed and on the site.

use std::borrow::Cow;

use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    feed::{Entry, FeedDocument, Translation},
    story::{Format, Language, Licensing},
};

use super::{
    FeedLink, GENERATOR, dates, media,
    words::{self, Words},
    xml::legal,
};

#[derive(Template)]
#[template(path = "page.html")]
struct View<'a> {
    words: &'static Words,
    /// Language tag of `words`, and the same where it differs from the page's.
    tag: &'a str,
    foreign_tag: Option<&'a str>,
    language: &'a str,
    title: Cow<'a, str>,
    site_title: Cow<'a, str>,
    description: Cow<'a, str>,
    generator: &'static str,
    twin: String,
    root: String,
    stylesheet: String,
    formats: Vec<FormatLink>,
    alternates: Vec<(&'a str, &'a str)>,
    license: Option<&'a str>,
    /// The same for programs.
    rsl: Option<String>,
    rsl_type: &'static str,
    icon: Option<Icon<'a>>,
    site_page: Option<SitePage<'a>>,
    directory: Option<Directory<'a>>,
    entries: Vec<Article<'a>>,
    nothing: &'static str,
    copyright: Cow<'a, str>,
    changed: Option<Moment>,
}

struct FormatLink {
    name: &'static str,
    media_type: &'static str,
    url: String,
}

struct Icon<'a> {
    url: &'a str,
    media_type: Option<&'static str>,
}

/// The page of the same stories on the site.
struct SitePage<'a> {
    label: &'static str,
    url: &'a str,
    host: &'a str,
}

/// All other feeds, on the root twin.
struct Directory<'a> {
    opml: String,
    feeds: Vec<DirectoryLink<'a>>,
}

struct DirectoryLink<'a> {
    title: Cow<'a, str>,
    url: String,
    language: Option<&'a str>,
}

struct Article<'a> {
    title: Cow<'a, str>,
    url: Option<&'a str>,
    language: Option<&'a str>,
    published: Moment,
    authors: String,
    change: Option<(&'static str, Moment)>,
    origin: Option<Cow<'a, str>>,
    summary: Cow<'a, str>,
}

struct Moment {
    machine: String,
    human: String,
}

/// The bytes of `index.html`.
///
/// The root twin lists `all_feeds`; the others lead to it and need none.
pub fn page(document: &FeedDocument, all_feeds: &[FeedLink]) -> Vec<u8> {
    rendered(&view(document, all_feeds)).into_bytes()
}

fn rendered(view: &View) -> String {
    view.render().expect("writing into memory cannot fail") + "\n"
}

fn view<'a>(document: &'a FeedDocument, all_feeds: &[FeedLink<'a>]) -> View<'a> {
    let site = document.site;
    let words = words::of(&document.language);
    let tag = words.tag(&document.language);
    let language = document.language.as_str();
    let is_root = document.address.is_root();
    View {
        words,
        tag,
        foreign_tag: (tag != language).then_some(tag),
        language,
        title: legal(&document.title),
        site_title: legal(&site.title),
        description: legal(&document.description),
        generator: GENERATOR,
        twin: document.twin_url(),
        root: site.address(""),
        stylesheet: site.address("page.css"),
        formats: format_links(document),
        alternates: alternates(document),
        license: web(site.license.as_deref()),
        rsl: site.rsl_url(),
        rsl_type: Licensing::MEDIA_TYPE,
        icon: web(site.favicon.as_deref().or(site.icon.as_deref()))
            .map(|url| Icon { url, media_type: media::image_type(url) }),
        site_page: site_page(document, words),
        directory: is_root.then(|| directory(document, all_feeds)).flatten(),
        entries: document.entries.iter().map(|entry| article(entry, words)).collect(),
        nothing: if document.updated.is_none() { words.nothing_yet } else { words.nothing_now },
        copyright: copyright(site.copyright.as_deref()),
        changed: document.updated.map(|instant| moment(instant, words)),
    }
}

/// The forms to which a person may subscribe.
fn format_links(document: &FeedDocument) -> Vec<FormatLink> {
    let link = |format: &Format| FormatLink {
        name: format.name(),
        media_type: format.media_type(),
        url: document.self_url(*format),
    };
    document.formats.iter().filter(|format| format.is_for_readers()).map(link).collect()
}

/// The address, if a browser may follow it.
fn web(url: Option<&str>) -> Option<&str> {
    let url = url?;
    let (scheme, _) = url.split_once("://")?;
    let known = ["http", "https"].iter().any(|name| scheme.eq_ignore_ascii_case(name));
    (known && matches!(legal(url), Cow::Borrowed(_))).then_some(url)
}

/// The twins in other languages, and `x-default` for the one in the site's.
fn alternates<'a>(document: &'a FeedDocument) -> Vec<(&'a str, &'a str)> {
    let pair = |it: &'a Translation| Some((it.language.as_str(), web(Some(&it.url))?));
    let mut links: Vec<_> = document.alternates.iter().filter_map(pair).collect();
    let main = &document.site.language;
    let default =
        document.alternates.iter().find(|it| it.language == *main).or_else(|| {
            document.alternates.iter().find(|it| it.language.primary() == main.primary())
        });
    let default = default.and_then(|it| web(Some(&it.url))).or(links.first().map(|link| link.1));
    links.extend(default.map(|url| ("x-default", url)));
    links
}

fn site_page<'a>(document: &'a FeedDocument, words: &Words) -> Option<SitePage<'a>> {
    let url = web(Some(&document.page)).filter(|url| *url != document.twin_url())?;
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let is_section = document.category.is_some();
    let label = if is_section { words.section_page } else { words.site_page };
    Some(SitePage { label, url, host: host.strip_prefix("www.").unwrap_or(host) })
}

fn directory<'a>(document: &FeedDocument, all_feeds: &[FeedLink<'a>]) -> Option<Directory<'a>> {
    let site = document.site;
    let feeds: Vec<_> = all_feeds
        .iter()
        .filter(|feed| !feed.path.is_root())
        .map(|feed| DirectoryLink {
            title: legal(feed.title),
            url: site.address(&feed.path.folder()),
            language: (*feed.language != document.language).then(|| feed.language.as_str()),
        })
        .collect();
    (!feeds.is_empty()).then(|| Directory { opml: site.address("feeds.opml"), feeds })
}

fn article<'a>(entry: &'a Entry, words: &'static Words) -> Article<'a> {
    let people = entry.authors.iter();
    let names: Vec<_> = people.filter_map(|it| media::present(Some(&it.name))).collect();
    let change = if entry.corrected { words.corrected } else { words.updated };
    let origin = entry.origin.as_ref().and_then(|origin| media::present(Some(&origin.title)));
    Article {
        title: legal(&entry.title),
        url: web(Some(&entry.url)),
        language: entry.language.as_ref().map(Language::as_str),
        published: moment(entry.published, words),
        authors: legal(&words.names(&names)).into_owned(),
        change: entry.modified.map(|instant| (change, moment(instant, words))),
        origin: origin.map(legal),
        summary: legal(&entry.summary),
    }
}

fn moment(instant: DateTime<Utc>, words: &Words) -> Moment {
    Moment { machine: dates::rfc3339(instant), human: words.date(instant) }
}

/// The copyright as a sentence.
fn copyright(text: Option<&str>) -> Cow<'_, str> {
    let text = legal(text.unwrap_or_default().trim());
    if text.is_empty() || text.ends_with(['.', '!', '?']) { text } else { text + "." }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::fixture::{Fixture, HOSTILE, Links};

    fn written(fixture: &Fixture) -> String {
        String::from_utf8(page(&fixture.document(), &[])).expect("UTF-8")
    }

    #[test]
    fn a_browser_finds_each_format_and_each_language() {
        let html = written(&Fixture::full());
        for line in [
            "<html lang=\"en\">",
            "<link rel=\"canonical\" href=\"https://feeds.harbour.example/harbour/\">",
            "<link rel=\"alternate\" type=\"application/feed+json\" title=\"Harbour &#38; Tides \
             (JSON Feed)\" href=\"https://feeds.harbour.example/harbour/feed.json\">",
            "<link rel=\"alternate\" hreflang=\"es\" href=\"https://feeds.harbour.example/es/harbour/\">",
            "<link rel=\"alternate\" hreflang=\"x-default\" href=\"https://feeds.harbour.example/harbour/\">",
            "<link rel=\"icon\" href=\"https://www.harbour.example/favicon.png\" type=\"image/png\">",
        ] {
            assert!(html.contains(line), "{line}\n{html}");
        }
    }

    #[test]
    fn an_entry_shows_who_wrote_it_when_it_changed_and_where_it_came_from() {
        let html = written(&Fixture::full());
        assert!(html.contains("<article lang=\"pt-BR\">"));
        assert!(
            html.contains(
                "9 February 2026, 06:15 UTC</time> · Marta Quiroga and Ivo Paz · corrected <time \
                 datetime=\"2026-02-10T08:00:00Z\">10 February 2026, 08:00 UTC</time> · via Coast Wire</p>"
            ),
            "{html}"
        );
    }

    #[test]
    fn an_address_that_is_not_of_the_web_never_becomes_a_link() {
        let mut fixture = Fixture::full();
        fixture.entries[1].url = "javascript:alert(1)//https://x".into();
        fixture.page = "data:text/html,x".into();
        fixture.site.license = Some("javascript://x/%0aalert(1)".into());
        let html = written(&fixture);
        assert!(!html.contains("javascript:") && !html.contains("data:"), "{html}");
        assert!(html.contains(&format!("<h2>{}</h2>", fixture.entries[1].title)));
    }

    #[test]
    fn texts_are_escaped_and_no_script_is_written() {
        let html = written(&Fixture::hostile());
        assert!(!html.contains("<script") && !html.contains(HOSTILE), "{html}");
    }

    #[test]
    fn an_empty_feed_says_so_in_its_language() {
        let mut fixture = Fixture::empty();
        assert!(written(&fixture).contains("<p>Nothing has been published here yet.</p>"));
        fixture.language = "pt-BR".parse().expect("a language");
        assert!(written(&fixture).contains("<p>Nada foi publicado aqui ainda.</p>"));
        fixture.language = "fr".parse().expect("a language");
        assert!(written(&fixture).contains("<p lang=\"en\">Nothing has been published"));
    }

    #[test]
    fn the_root_twin_lists_the_other_feeds_and_the_others_lead_to_it() {
        let links = Links::new(&[("", None), ("harbour", Some("Harbour")), ("es", Some("ES"))]);
        let mut fixture = Fixture::full();
        let up = "<a href=\"https://feeds.harbour.example/\">";
        let listed = "<li><a href=\"https://feeds.harbour.example/es/\">ES</a></li>";
        let inner = String::from_utf8(page(&fixture.document(), &links.all())).expect("UTF-8");
        assert!(inner.contains(up) && !inner.contains(listed));
        fixture.path = String::new();
        let root = String::from_utf8(page(&fixture.document(), &links.all())).expect("UTF-8");
        assert!(
            !root.contains(up) && root.contains(listed) && root.contains("feeds.opml"),
            "{root}"
        );
    }
}
