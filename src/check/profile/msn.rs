//! Microsoft Start (MSN): feed setup, item metadata, HTML guidelines.

use chrono::{DateTime, Duration, Utc};

use super::length;
use crate::check::{
    article::{Article, Paper, Spot},
    document::Hints,
    report::{Report, shown},
    rules,
    values::{date, html, plain},
};

const MAX_BYTES: usize = 10_000_000;
const WANTED: usize = 30;
const ELEMENTS: &str = " b i em strong sub sup small h1 h2 h3 h4 h5 ul ol li a img table caption \
    colgroup col thead tbody tfoot tr th td p div span br blockquote iframe figure figcaption ";
const DEEPEST: usize = 10;

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
            body(content.trimmed(), content.text_at(), report);
        }
    }
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
        Some(link) if !link.text.starts_with("https://") => {
            report.add(&rules::MSN_HTTPS, link.at, shown(&link.text));
        }
        Some(_) => {}
    }
    if article.content().is_none() {
        report.add(&rules::MSN_BODY, article.at(), "");
    }
    if article.pictures().is_empty() {
        report.add(&rules::MSN_IMAGE, article.at(), "");
    }
    for picture in article.pictures() {
        if !picture.url.starts_with("https://") {
            report.add(&rules::MSN_HTTPS, picture.at, shown(picture.url));
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
    if !is_utc {
        report.add(&rules::MSN_UTC, written.at, shown(&written.text));
    }
    let (Some(instant), Some(now)) = (date::instant(&written.text), now) else { return };
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
    if short.is_none() {
        if !(21..=150).contains(&letters) {
            let detail = format!("{} has {letters}", shown(&title.text));
            report.add(&rules::MSN_TITLE_LENGTH, title.at, detail);
        } else if letters > 75 {
            report.add(&rules::MSN_TITLE_LONG, title.at, shown(&title.text));
        }
    }
    if matches!(plain::find(&title.text), Some(plain::Html::Tag(_))) {
        report.add(&rules::MSN_TITLE_HTML, title.at, shown(&title.text));
    }
    if title.text.contains("://") || title.text.contains("www.") {
        report.add(&rules::MSN_TITLE_URL, title.at, shown(&title.text));
    }
}

/// The HTML of an article: one finding of each kind.
fn body(html: &str, at: usize, report: &mut Report) {
    let (mut depth, mut deepest, mut breaks) = (0_usize, 0, 0);
    let (mut stripped, mut styled, mut broken) = (None, false, false);
    let mut behind = 0;
    for tag in html::tags(html) {
        if !ELEMENTS.contains(&format!(" {} ", tag.name)) && stripped.is_none() {
            stripped = Some(tag.name.clone());
        }
        styled |= tag.value("style").is_some();
        if tag.name == "br" {
            let is_next = html[behind.min(tag.at)..tag.at].trim().is_empty();
            breaks = if is_next { breaks + 1 } else { 1 };
            broken |= breaks > 1;
        } else {
            breaks = 0;
        }
        let is_void = ["br", "img", "hr", "col"].contains(&&*tag.name) || tag.is_self_closing;
        match tag.is_end {
            true => depth = depth.saturating_sub(1),
            false if !is_void => depth += 1,
            false => {}
        }
        deepest = deepest.max(depth);
        behind = html[tag.at..].find('>').map_or(html.len(), |end| tag.at + end + 1);
    }
    if let Some(name) = stripped {
        report.add(&rules::MSN_HTML, at, format!("<{name}>"));
    }
    if styled {
        report.add(&rules::MSN_STYLE, at, "");
    }
    if broken {
        report.add(&rules::MSN_BREAKS, at, "");
    }
    if deepest >= DEEPEST {
        report.add(&rules::MSN_NESTING, at, format!("{deepest} deep"));
    }
}
