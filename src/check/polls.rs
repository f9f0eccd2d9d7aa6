//! What a feed may not change from one request to the next.
//!
//! # Limits
//! - Entries are matched by link, and by id where several have one link or none.

use std::collections::HashMap;

use super::{
    article::{Article, Paper},
    report::{Report, shown},
    rules,
};

/// Holds a document against what its address gave later.
pub(super) fn judge(first: &Paper<'_, '_>, later: &Paper<'_, '_>, report: &mut Report) {
    let (before, after) = (first.articles(), later.articles());
    let by_link = by(&after, |article| article.link().map(|it| it.text.into_owned()));
    let by_id = by(&after, |article| article.guid().map(|it| it.text.into_owned()));
    let own_links = by(&before, |article| article.link().map(|it| it.text.into_owned()));
    for article in &before {
        let Some(id) = article.guid() else { continue };
        if let Some(same) = by_id.get(&*id.text).copied().flatten() {
            compare(article, same, &id.text, report);
            continue;
        }
        let Some(link) = article.link() else { continue };
        let is_one = own_links.get(&*link.text).is_some_and(Option::is_some);
        let other = by_link.get(&*link.text).copied().flatten().filter(|_| is_one);
        if let Some(other) = other.and_then(Article::guid) {
            let detail = format!("{}, then {}", shown(&id.text), shown(&other.text));
            report.add(&rules::POLLS_ID, id.at, detail);
        }
    }
}

/// The articles by a value; none where several share one.
fn by<'p, 'c, 't>(
    articles: &'p [Article<'c, 't>],
    value: impl Fn(&Article<'c, 't>) -> Option<String>,
) -> HashMap<String, Option<&'p Article<'c, 't>>> {
    let mut by = HashMap::new();
    for article in articles {
        if let Some(value) = value(article) {
            by.entry(value).and_modify(|known| *known = None).or_insert(Some(article));
        }
    }
    by
}

fn compare(first: &Article<'_, '_>, later: &Article<'_, '_>, id: &str, report: &mut Report) {
    let changed = |article: &Article<'_, '_>| article.changed().map(|it| it.text.into_owned());
    if let (Some(before), Some(after)) = (first.published(), later.published())
        && before.text != after.text
    {
        let detail = format!("{}, then {}", shown(&before.text), shown(&after.text));
        report.add(&rules::POLLS_DATE, before.at, detail);
        return;
    }
    if words(first) != words(later) && changed(first) == changed(later) {
        report.add(&rules::POLLS_QUIET, first.at(), shown(id));
    }
}

fn words(article: &Article<'_, '_>) -> (Option<String>, Option<String>) {
    let title = article.title().map(|it| it.text.into_owned());
    let content = article.content().map(|it| it.trimmed().to_owned());
    (title, content.or_else(|| article.description().map(|it| it.text.into_owned())))
}

#[cfg(test)]
mod tests {
    use crate::check::{Hints, check, tests::item};

    fn found(before: &str, after: &str) -> Vec<&'static str> {
        let (before, after) = (item(before), item(after));
        let hints = Hints { later: Some(after.as_bytes()), ..Hints::default() };
        let findings = check(before.as_bytes(), &hints).findings.into_iter();
        findings.map(|it| it.rule.id).filter(|id| id.starts_with("polls/")).collect()
    }

    #[test]
    fn what_may_change_is_no_fault_and_what_may_not_is_one() {
        let guid = |id: &str| {
            format!("<link>https://a.example/1</link><guid isPermaLink=\"false\">{id}</guid>")
        };
        let date = |day: u32| format!("<pubDate>Thu, {day:02} Jan 2026 10:00:00 GMT</pubDate>");
        let one = format!("{}{}", guid("a"), date(1));
        assert_eq!(found(&one, &one), [""; 0]);
        assert_eq!(found(&one, &format!("{}{}", guid("b"), date(1))), ["polls/id-changes"]);
        assert_eq!(found(&one, &format!("{}{}", guid("a"), date(8))), ["polls/date-changes"]);
        let edited = format!("{one}<title>Another title</title>");
        assert_eq!(found(&one, &edited), ["polls/quiet-change"]);
        let said =
            "<d:modified xmlns:d=\"http://purl.org/dc/terms/\">2026-01-02T10:00:00Z</d:modified>";
        assert_eq!(found(&one, &format!("{edited}{said}")), [""; 0]);
        assert_eq!(found(&one, "<title>T"), [""; 0], "what can't be read is no change");
    }
}
