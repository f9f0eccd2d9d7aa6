//! News sitemaps (Google Search Central) and the sitemaps that they are (sitemaps.org).

use std::collections::HashSet;

use chrono::Duration;

use super::{
    document::Hints,
    report::{Report, shown},
    rules,
    tree::{Element, Id, Tree},
    values::{
        address::{self, Demand},
        date::{self, Iso},
        word,
    },
};

/// Stories of one file.
const MOST: usize = 1000;

pub(super) fn check(tree: &Tree<'_>, hints: &Hints<'_>, report: &mut Report) {
    let Some(root) = tree.root() else { return };
    let part = if root.local == "urlset" { "url" } else { "sitemap" };
    let mut sitemap = Sitemap { tree, hints, report, seen: HashSet::new(), stories: 0 };
    for (id, child) in tree.children(0) {
        if child.is("sitemap", part) {
            sitemap.url(id);
        } else {
            let detail = format!("<{}> in <{}>", child.name(), root.written);
            sitemap.report.add(&rules::ELEMENT_UNKNOWN, child.at, detail);
        }
    }
    if sitemap.stories > MOST {
        let detail = format!("{} stories", sitemap.stories);
        sitemap.report.add(&rules::SITEMAP_TOO_MANY, root.at, detail);
    }
}

struct Sitemap<'c, 't> {
    tree: &'c Tree<'t>,
    hints: &'c Hints<'c>,
    report: &'c mut Report,
    seen: HashSet<&'c str>,
    stories: usize,
}

impl<'c, 't> Sitemap<'c, 't> {
    fn url(&mut self, id: Id) {
        let tree = self.tree;
        match self.need(id, "sitemap", "loc") {
            Some(loc) => {
                let text = loc.trimmed();
                let is_elsewhere = (!address::is_http(text)).then_some(&rules::ADDRESS);
                if let Some(rule) = address::judge(text, Demand::Whole).or(is_elsewhere) {
                    self.report.add(rule, loc.text_at(), shown(text));
                } else if !self.seen.insert(text) {
                    self.report.add(&rules::SITEMAP_LOC_REPEATED, loc.text_at(), shown(text));
                }
            }
            None => return,
        }
        if let Some(modified) = tree.child(id, "sitemap", "lastmod") {
            self.date(modified);
        }
        let news: Vec<_> = tree.children(id).filter(|(_, it)| it.is("news", "news")).collect();
        self.stories += news.len();
        if let Some((_, second)) = news.get(1) {
            self.report.add(&rules::SITEMAP_NEWS_REPEATED, second.at, "");
        }
        for (id, _) in news {
            self.story(id);
        }
    }

    fn story(&mut self, id: Id) {
        let tree = self.tree;
        self.need(id, "news", "publication");
        let publication = tree.children(id).find(|(_, it)| it.is("news", "publication"));
        if let Some((publication, _)) = publication {
            self.need(publication, "news", "name");
            if let Some(language) = self.need(publication, "news", "language") {
                let text = language.trimmed();
                let is_known = ["zh-cn", "zh-tw"].contains(&text)
                    || (word::is_language(text) && !text.contains('-'));
                if !is_known {
                    self.report.add(&rules::SITEMAP_LANGUAGE, language.text_at(), shown(text));
                }
            }
        }
        self.need(id, "news", "title");
        if let Some(published) = self.need(id, "news", "publication_date") {
            self.date(published);
            let instant = date::instant(published.trimmed());
            let oldest = self.hints.now.map(|now| now - Duration::days(2));
            if instant.zip(oldest).is_some_and(|(instant, oldest)| instant < oldest) {
                let detail = shown(published.trimmed());
                self.report.add(&rules::SITEMAP_OLD, published.text_at(), detail);
            }
        }
    }

    fn date(&mut self, element: &Element<'_>) {
        if let Some(rule) = date::iso(element.trimmed(), Iso::Zoned, self.hints.now) {
            self.report.add(rule, element.text_at(), shown(element.trimmed()));
        }
    }

    fn need(&mut self, id: Id, prefix: &str, local: &str) -> Option<&'c Element<'t>> {
        let tree = self.tree;
        let found = tree
            .child(id, prefix, local)
            .filter(|it| !it.trimmed().is_empty() || !it.children.is_empty());
        if found.is_none() && tree.elements[id].is_whole {
            let detail = format!("<{}> has no <{local}>", tree.elements[id].name());
            self.report.add(&rules::SITEMAP_MISSING, tree.elements[id].at, detail);
        }
        found
    }
}
