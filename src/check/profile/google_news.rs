//! Google News, beyond what every news sitemap must have.

use chrono::{DateTime, Utc};

use crate::check::{
    report::{Report, shown},
    rules,
    tree::{Element, Tree},
    values::date,
};

/// How the day of publication is written in titles.
const DAYS: [&str; 7] =
    ["%Y-%m-%d", "%-d %B %Y", "%B %-d, %Y", "%-d %b %Y", "%b %-d, %Y", "%d/%m/%Y", "%m/%d/%Y"];

/// Whether a title begins or ends with its day of publication.
fn dated(title: &str, published: DateTime<Utc>) -> bool {
    let is_mark = |letter: char| letter.is_whitespace() || "-–—|:,()[]".contains(letter);
    let bare = title.trim_matches(is_mark);
    DAYS.iter().map(|form| published.format(form).to_string()).any(|day| {
        let before = bare.strip_suffix(&day);
        let beside = before.or_else(|| bare.strip_prefix(&day)).filter(|rest| !rest.is_empty());
        let is_bare = day.as_bytes().get(4) == Some(&b'-');
        beside.is_some_and(|rest| match before.is_some() {
            // No sentence has a day in figures.
            _ if is_bare => true,
            // `since 14 January 2026` is a part of the sentence.
            true => rest.trim_end().ends_with(['-', '–', '—', '|', ':', ',', '(', '[']),
            false => rest.trim_start().starts_with(['-', '–', '—', '|', ':', ',', ')', ']']),
        })
    })
}

pub(super) fn judge(tree: &Tree<'_>, report: &mut Report) {
    let mut urls = tree.children(0).filter(|(_, it)| it.is("sitemap", "url")).peekable();
    if let Some((_, first)) = urls.peek()
        && let at = first.at
        && !urls.any(|(url, _)| tree.has(url, "news", "news"))
    {
        report.add(&rules::NEWS_NONE, at, "");
    }
    for (url, _) in tree.children(0) {
        for (news, _) in tree.children(url).filter(|(_, it)| it.is("news", "news")) {
            let publication = tree.children(news).find(|(_, it)| it.is("news", "publication"));
            let name = publication.and_then(|(id, _)| tree.child(id, "news", "name"));
            let Some(name) = name.map(Element::trimmed).filter(|it| !it.is_empty()) else {
                continue;
            };
            let Some(title) = tree.child(news, "news", "title") else { continue };
            let text = title.trimmed();
            let ends = [" - ", " | ", " – ", ": "].iter().any(|mark| {
                text.ends_with(&format!("{mark}{name}"))
                    || text.starts_with(&format!("{name}{mark}"))
            });
            if ends {
                report.add(&rules::NEWS_TITLE, title.text_at(), shown(text));
            }
            let published = tree.child(news, "news", "publication_date");
            let day = published.and_then(|it| date::instant(it.trimmed()));
            if day.is_some_and(|day| dated(text, day)) {
                report.add(&rules::NEWS_TITLE_DATE, title.text_at(), shown(text));
            }
        }
    }
}
