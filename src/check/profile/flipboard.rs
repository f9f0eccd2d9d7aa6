//! Flipboard (about.flipboard.com/rss-spec).

use url::Url;

use super::{length, words};
use crate::check::{
    article::{Article, Paper},
    report::{Report, shown},
    rules,
    values::date,
};

const WANTED: usize = 30;
const LETTERS: usize = 300;
const PIXELS: u32 = 500;

pub(super) fn judge(paper: &Paper<'_, '_>, report: &mut Report) {
    let channel = paper.channel().map_or(0, |id| paper.tree.elements[id].at);
    let link = paper.link();
    for (name, found) in [
        ("title", paper.text("title", "title")),
        ("link", link.clone()),
        ("description", paper.text("description", "subtitle")),
        ("language", paper.language()),
    ] {
        if found.is_none() {
            report.add(&rules::FLIP_CHANNEL, channel, format!("there is no {name}"));
        }
    }
    let articles = paper.articles();
    if articles.len() < WANTED {
        report.add_whole(&rules::FLIP_FEW, format!("{} entries", articles.len()));
    }
    let host = link.as_ref().and_then(|link| host(&link.text));
    for article in &articles {
        self::article(article, host.as_deref(), report);
    }
}

fn article(article: &Article<'_, '_>, host: Option<&str>, report: &mut Report) {
    let at = article.at();
    for (name, found) in [
        ("title", article.title()),
        ("link", article.link()),
        ("date", article.date()),
        ("id", article.guid()),
    ] {
        if found.is_none() {
            report.add(&rules::FLIP_ITEM, at, format!("there is no {name}"));
        }
    }
    if let Some(date) = article.date()
        && date::instant(&date.text).is_none()
    {
        report.add(&rules::FLIP_ZONE, date.at, shown(&date.text));
    }
    let description = article.description().map_or(0, |it| length(&words(&it.text)));
    if description < LETTERS {
        report.add(&rules::FLIP_DESCRIPTION, at, format!("{description} letters"));
    }
    if !article.says("dc", "creator") && !article.says("atom", "author") {
        report.add(&rules::FLIP_AUTHOR, at, "");
    }
    let pictures = article.pictures();
    if !pictures.iter().any(|picture| picture.is_enclosure) {
        report.add(&rules::FLIP_IMAGE, at, "");
    }
    for picture in pictures.iter().filter(|it| it.side.is_some_and(|side| side < PIXELS)) {
        report.add(&rules::FLIP_IMAGE_SIZE, picture.at, shown(picture.url));
    }
    if article.content().is_none() {
        report.add(&rules::FLIP_TEXT, at, "");
    }
    if let (Some(link), Some(host)) = (article.link(), host)
        && self::host(&link.text).is_some_and(|own| domain(&own) != domain(host))
    {
        report.add(&rules::FLIP_HOST, link.at, shown(&link.text));
    }
}

fn host(address: &str) -> Option<String> {
    Url::parse(address).ok()?.host_str().map(str::to_ascii_lowercase)
}

/// The last two parts of a host.
fn domain(host: &str) -> &str {
    let dots: Vec<_> = host.rmatch_indices('.').map(|(at, _)| at).collect();
    dots.get(1).map_or(host, |at| &host[at + 1..])
}
