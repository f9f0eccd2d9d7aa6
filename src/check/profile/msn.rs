//! Microsoft Start (MSN): feed setup, item metadata, HTML guidelines.

use chrono::{DateTime, Duration, Utc};

use url::Url;

use super::{length, words};
use crate::check::{
    article::{Article, Paper, Spot},
    document::Hints,
    report::{Report, shown},
    rules::{self, Rule},
    tree::Element,
    values::{date, html, plain},
};

const MAX_BYTES: usize = 10_000_000;
const WANTED: usize = 30;
const ELEMENTS: &str = " b i em strong sub sup small h1 h2 h3 h4 h5 ul ol li a img table caption \
    colgroup col thead tbody tfoot tr th td p div span br blockquote iframe ";
/// Elements within a line.
const INLINE: [&str; 8] = ["b", "em", "i", "small", "span", "strong", "sub", "sup"];
const DEEPEST: usize = 10;
const MAX_PICTURE_BYTES: u64 = 14_000_000;
/// The services that may be framed, but for Google Maps, which has no domain of its own.
const EMBEDS: [&str; 18] = [
    "youtube.com",
    "youtube-nocookie.com",
    "youtu.be",
    "vimeo.com",
    "dailymotion.com",
    "twitter.com",
    "x.com",
    "facebook.com",
    "instagram.com",
    "pinterest.com",
    "spotify.com",
    "infogram.com",
    "giphy.com",
    "flourish.studio",
    "flo.uri.sh",
    "reddit.com",
    "redditmedia.com",
    "tiktok.com",
];

pub(super) fn judge(paper: &Paper<'_, '_>, hints: &Hints<'_>, report: &mut Report) {
    if paper.bytes > MAX_BYTES {
        report.add_whole(&rules::MSN_SIZE, format!("{} bytes", paper.bytes));
    }
    if let Some(address) = hints.address {
        if address.scheme() != "https" {
            report.add_whole(&rules::MSN_HTTPS, shown(address.as_str()));
        }
        if !address.username().is_empty() || address.password().is_some() {
            report.add_whole(&rules::MSN_CREDENTIALS, "");
        }
    }
    if let Some(link) = paper.link() {
        address(&link.text, link.at, report);
    }
    for link in paper.own_links() {
        address(&link.text, link.at, report);
    }
    let articles = paper.articles();
    if articles.len() < WANTED {
        report.add_whole(&rules::MSN_FEW, format!("{} entries", articles.len()));
    }
    let language = paper.language();
    for article in &articles {
        parts(article, hints, report);
        title(article, report);
        if let (Some(own), Some(feed)) = (article.language(), &language)
            && primary(&own.text) != primary(&feed.text)
        {
            let detail = format!("{} in a feed in {}", shown(&own.text), shown(&feed.text));
            report.add(&rules::MSN_LANGUAGE, own.at, detail);
        }
        if let Some(content) = article.content() {
            body(content, report);
        }
    }
}

/// An address that is not https, or holds a user or a password.
fn address(written: &str, at: usize, report: &mut Report) {
    if !written.starts_with("https://") {
        report.add(&rules::MSN_HTTPS, at, shown(written));
    }
    if has_credentials(written) {
        report.add(&rules::MSN_CREDENTIALS, at, "");
    }
}

/// Whether HTML shows nothing: neither words nor pictures. What is no HTML in a string isn't judged.
fn is_blank(content: &Element<'_>) -> bool {
    let html = content.text.value.as_str();
    let shows = |tag: html::Tag<'_>| ["img", "iframe", "video", "audio"].contains(&&*tag.name);
    if !content.children.is_empty() || html::tags(html).any(shows) {
        return false;
    }
    let is_seen =
        |letter: char| !letter.is_whitespace() && !('\u{200b}'..='\u{200f}').contains(&letter);
    !words(html).contains(|letter| is_seen(letter) && letter != '\u{feff}')
}

/// Whether an address holds a user or a password, before its host or among its parameters.
fn has_credentials(address: &str) -> bool {
    const NAMES: [&str; 4] = ["password", "passwd", "pwd", "username"];
    let Ok(url) = Url::parse(address) else { return false };
    let is_one = |name: &str| NAMES.contains(&name.to_ascii_lowercase().as_str());
    !url.username().is_empty()
        || url.password().is_some()
        || url.query_pairs().any(|(name, value)| is_one(&name) && !value.is_empty())
}

fn primary(language: &str) -> String {
    language.split('-').next().unwrap_or_default().to_ascii_lowercase()
}

fn parts(article: &Article<'_, '_>, hints: &Hints<'_>, report: &mut Report) {
    if article.guid().is_none() {
        report.add(&rules::MSN_ID, article.at(), "");
    }
    match article.link() {
        None => report.add(&rules::MSN_LINK, article.at(), ""),
        Some(link) => address(&link.text, link.at, report),
    }
    if article.content().is_none_or(is_blank) {
        report.add(&rules::MSN_BODY, article.at(), "");
    }
    if article.pictures().is_empty() {
        report.add(&rules::MSN_IMAGE, article.at(), "");
    }
    for picture in article.pictures() {
        address(picture.url, picture.at, report);
        if let Some(bytes) = picture.bytes.filter(|bytes| *bytes > MAX_PICTURE_BYTES) {
            report.add(&rules::MSN_IMAGE_SIZE, picture.at, format!("{bytes} bytes"));
        }
    }
    match article.date() {
        None => report.add(&rules::MSN_DATE, article.at(), "there is none"),
        Some(written) => dates(&written, hints.now, report),
    }
}

fn dates(written: &Spot<'_>, now: Option<DateTime<Utc>>, report: &mut Report) {
    let is_utc = ["+0000", "+00:00", "GMT", "UTC", "UT", "Z"]
        .iter()
        .any(|ending| written.text.ends_with(ending));
    let instant = date::instant(&written.text);
    if instant.is_none() {
        return report.add(&rules::MSN_DATE, written.at, shown(&written.text));
    }
    if !is_utc {
        report.add(&rules::MSN_UTC, written.at, shown(&written.text));
    }
    let (Some(instant), Some(now)) = (instant, now) else { return };
    if instant > now || instant < now - Duration::days(365) {
        report.add(&rules::MSN_DATE, written.at, shown(&written.text));
    } else if instant < now - Duration::days(3) {
        report.add(&rules::MSN_OLD, written.at, shown(&written.text));
    }
}

fn title(article: &Article<'_, '_>, report: &mut Report) {
    let short = article.child("mi", "shortTitle");
    if let Some(short) = short
        && length(short.trimmed()) > 54
    {
        report.add(&rules::MSN_SHORT_TITLE, short.text_at(), shown(short.trimmed()));
    }
    let Some(title) = article.title() else {
        return report.add(&rules::MSN_TITLE_LENGTH, article.at(), "there is no title");
    };
    let letters = length(&title.text);
    if short.is_none_or(|short| short.trimmed().is_empty()) {
        report.add(&rules::MSN_SHORT_TITLE_MISSING, article.at(), "");
        if !(21..=150).contains(&letters) {
            let detail = format!("{} has {letters}", shown(&title.text));
            report.add(&rules::MSN_TITLE_LENGTH, title.at, detail);
        } else if letters > 75 {
            report.add(&rules::MSN_TITLE_LONG, title.at, shown(&title.text));
        }
    }
    if let Some(short) = short
        && matches!(plain::find(short.trimmed()), Some(plain::Html::Tag(_)))
    {
        report.add(&rules::MSN_TITLE_HTML, short.text_at(), shown(short.trimmed()));
    }
    if matches!(plain::find(&title.text), Some(plain::Html::Tag(_))) {
        report.add(&rules::MSN_TITLE_HTML, title.at, shown(&title.text));
    }
    if title.text.contains("://") || title.text.contains("www.") {
        report.add(&rules::MSN_TITLE_URL, title.at, shown(&title.text));
    }
}

/// The HTML of an article: one finding of each kind, where it is first found.
fn body(content: &Element<'_>, report: &mut Report) {
    let html = content.text.value.as_str();
    let mut found: Vec<(&'static Rule, usize, String)> = Vec::new();
    let mut find = |rule: &'static Rule, at: usize, detail: String| {
        if !found.iter().any(|(other, _, _)| other.id == rule.id) {
            found.push((rule, at, detail));
        }
    };
    let (mut depth, mut deepest, mut breaks) = (0_usize, (0, 0), 0);
    let mut behind = 0;
    for tag in html::tags(html) {
        if !ELEMENTS.contains(&format!(" {} ", tag.name)) {
            find(&rules::MSN_HTML, tag.at, format!("<{}>", tag.name));
        }
        if tag.value("style").is_some() {
            find(&rules::MSN_STYLE, tag.at, String::new());
        }
        let source = tag.value("src").or_else(|| tag.value("href")).filter(|_| !tag.is_end);
        let decoded = source.map(html_escape::decode_html_entities);
        if decoded.as_ref().is_some_and(|it| has_credentials(it.trim())) {
            find(&rules::MSN_CREDENTIALS, tag.at, String::new());
        }
        let is_not_https = decoded.is_some_and(|it| is_elsewhere(it.trim()));
        match (tag.name.as_str(), source) {
            ("img", Some(source)) if is_not_https => {
                find(&rules::MSN_HTTPS, tag.at, shown(source));
            }
            ("img", _)
                if tag
                    .value("srcset")
                    .is_some_and(|it| it.split(',').any(|it| is_elsewhere(it.trim()))) =>
            {
                find(&rules::MSN_HTTPS, tag.at, shown(tag.value("srcset").unwrap_or_default()));
            }
            ("iframe", Some(source)) if !is_embed(source) => {
                find(&rules::MSN_EMBED, tag.at, shown(source));
            }
            _ => {}
        }
        if shows(&html[behind.min(tag.at)..tag.at])
            || !(tag.name == "br" || INLINE.contains(&&*tag.name))
        {
            breaks = 0;
        }
        if tag.name == "br" {
            breaks += 1;
            if breaks > 1 {
                find(&rules::MSN_BREAKS, tag.at, String::new());
            }
        }
        let is_void = ["br", "img", "hr", "col"].contains(&&*tag.name) || tag.is_self_closing;
        match tag.is_end {
            true => depth = depth.saturating_sub(1),
            false if !is_void => depth += 1,
            false => {}
        }
        if depth > deepest.0 {
            deepest = (depth, tag.at);
        }
        behind = html[tag.at..].find('>').map_or(html.len(), |end| tag.at + end + 1);
    }
    if deepest.0 >= DEEPEST {
        find(&rules::MSN_NESTING, deepest.1, format!("{} deep", deepest.0));
    }
    for (rule, at, detail) in found {
        report.add(rule, content.text.place(at).unwrap_or_else(|| content.text_at()), detail);
    }
}

/// An address that says it is no https, or none at all.
fn is_elsewhere(address: &str) -> bool {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    address.is_empty() || scheme.is_some_and(|it| ["http", "ftp", "data"].contains(&it.as_str()))
}

/// Whether what stands between two tags is seen: comments and spaces aren't.
fn shows(between: &str) -> bool {
    let text = between.split("<!--").enumerate().map(|(place, piece)| match place {
        0 => piece,
        _ => piece.split_once("-->").map_or("", |(_, rest)| rest),
    });
    text.into_iter().any(|text| !html_escape::decode_html_entities(text).trim().is_empty())
}

/// Whether a frame shows what MSN takes in frames.
fn is_embed(address: &str) -> bool {
    let address = html_escape::decode_html_entities(address);
    let Ok(url) = Url::parse(&address) else { return false };
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let is_of = |known: &&str| {
        host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let is_map =
        host == "maps.google.com" || (host == "www.google.com" && url.path().starts_with("/maps"));
    url.scheme() == "https" && (is_map || EMBEDS.iter().any(is_of))
}
