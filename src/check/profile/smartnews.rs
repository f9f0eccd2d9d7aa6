//! `SmartNews` (`SmartFormat`).

use super::length;
use crate::check::{article::Paper, report::Report, rules};

const MAX_BYTES: usize = 1_000_000;
const LETTERS: usize = 30;

pub(super) fn judge(paper: &Paper<'_, '_>, report: &mut Report) {
    let Some(channel) = paper.channel() else { return };
    let at = paper.tree.elements[channel].at;
    if !["utf-8", "utf8"].contains(&paper.encoding) {
        report.add_whole(&rules::SMART_UTF8, paper.encoding);
    }
    if paper.bytes > MAX_BYTES {
        report.add_whole(&rules::SMART_SIZE, format!("{} bytes", paper.bytes));
    }
    let description = paper.text("description", "subtitle");
    for (name, found) in [
        ("title", paper.text("title", "title")),
        ("link", paper.link()),
        ("description", description.clone()),
        ("date", paper.text("pubDate", "updated")),
        ("language", paper.language()),
    ] {
        if found.is_none() {
            report.add(&rules::SMART_CHANNEL, at, format!("there is no {name}"));
        }
    }
    if let Some(description) = description
        && length(&description.text) > LETTERS
    {
        let detail = format!("{} letters", length(&description.text));
        report.add(&rules::SMART_DESCRIPTION, description.at, detail);
    }
    let has_logo = paper.tree.children(channel).any(|(id, it)| {
        it.is("snf", "logo")
            && paper.tree.children(id).any(|(_, it)| it.is("", "url") && !it.trimmed().is_empty())
    });
    if !has_logo {
        report.add(&rules::SMART_LOGO, at, "");
    }
    for article in paper.articles() {
        for (name, found) in [("title", article.title()), ("link", article.link())] {
            if found.is_none() {
                report.add(&rules::SMART_ITEM, article.at(), format!("there is no {name}"));
            }
        }
        if article.content().is_none() {
            report.add(&rules::SMART_TEXT, article.at(), "");
        }
        if !article.says("media", "thumbnail") {
            report.add(&rules::SMART_THUMBNAIL, article.at(), "");
        }
        if article.guid().is_none() || article.date().is_none() {
            report.add(&rules::SMART_GUID, article.at(), "");
        }
    }
}
