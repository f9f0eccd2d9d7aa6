//! What podcasts need (Apple, A Podcaster's Guide to RSS).

use super::{
    grammar::Inside,
    itunes_categories::{OLD, TODAY},
    report::shown,
    rules,
    tree::Id,
    walk::Check,
};

/// Endings of files that Apple Podcasts takes.
const FORMATS: [&str; 7] = ["m4a", "mp3", "mov", "mp4", "m4v", "pdf", "epub"];

impl Check<'_, '_> {
    /// What a channel or a feed of a podcast must have.
    pub(super) fn podcast(&mut self, id: Id) {
        let tree = self.tree;
        let channel = &tree.elements[id];
        if !["utf-8", "utf8"].contains(&self.encoding) {
            self.report.add(&rules::ITUNES_UTF8, channel.at, shown(self.encoding));
        }
        let mut miss = |name: &str| {
            self.report.add(&rules::ITUNES_MISSING, channel.at, format!("<{name}>"));
        };
        if !tree.has(id, "", "language") && tree.language(id).is_none() {
            miss("language");
        }
        for name in ["category", "explicit"] {
            if !tree.has(id, "itunes", name) {
                miss(&format!("itunes:{name}"));
            }
        }
        if !tree.has(id, "itunes", "owner") {
            self.report.add(&rules::ITUNES_OWNER, channel.at, "");
        }
    }

    /// Files of an episode.
    pub(super) fn podcast_enclosures(&mut self, id: Id) {
        for (_, enclosure) in self.tree.children(id).filter(|(_, it)| it.is("", "enclosure")) {
            let Some(url) = enclosure.attribute("url") else { continue };
            let path = url.value.split(['?', '#']).next().unwrap_or_default();
            let ending = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
            if !FORMATS.contains(&&*ending) {
                self.say_attribute(&rules::ITUNES_FORMAT, url);
            }
        }
    }

    pub(super) fn itunes_category(&mut self, id: Id, around: Inside) {
        let Some(text) = self.required(id, "text") else { return };
        let element = &self.tree.elements[id];
        let outer = match around {
            Inside::ItunesSubcategory => {
                let outer = element.parent.map(|outer| &self.tree.elements[outer]);
                outer.and_then(|outer| outer.value("text")).filter(|it| !it.is_empty())
            }
            _ => None,
        };
        if around == Inside::ItunesSubcategory && outer.is_none() {
            return;
        }
        let lists = |list: &[(&str, &[&str])]| match outer {
            Some(outer) => {
                list.iter().any(|(name, inner)| *name == outer && inner.contains(&&*text.value))
            }
            None => list.iter().any(|(name, _)| *name == text.value),
        };
        if lists(TODAY) {
            return;
        }
        let rule = if lists(OLD) { &rules::ITUNES_CATEGORY_OLD } else { &rules::ITUNES_CATEGORY };
        self.say_attribute(rule, text);
    }
}
