//! What OPML asks beyond places (OPML 1.0, OPML 2.0).

use super::{
    grammar::Inside,
    rules,
    tree::{Attribute, Id},
    values::{
        address::{self, Demand},
        date, html, word,
    },
    walk::Check,
};

impl Check<'_, '_> {
    pub(super) fn opml(&mut self, id: Id) {
        let root = &self.tree.elements[id];
        if root.local == "outlineDocument" {
            self.report.add(&rules::OPML_OLD, root.at, "");
        }
        self.everywhere(root);
        self.inside(id, Inside::Opml);
    }

    pub(super) fn opml_end(&mut self, id: Id) {
        let root = &self.tree.elements[id];
        match root.attribute("version") {
            Some(version) if !["1.0", "1.1", "2.0"].contains(&&*version.value) => {
                self.say_attribute(&rules::OPML_VERSION, version);
            }
            None if root.local != "outlineDocument" => {
                self.required(id, "version");
            }
            _ => {}
        }
        self.need(id, "", "head", &rules::ELEMENT_MISSING);
        self.need(id, "", "body", &rules::ELEMENT_MISSING);
    }

    pub(super) fn outline(&mut self, id: Id) {
        let tree = self.tree;
        let line = &tree.elements[id];
        self.required(id, "text");
        let has = |name| line.attribute(name).is_some();
        if let Some(kind) = line.attribute("type") {
            let lower = kind.value.to_ascii_lowercase();
            let is_old = tree.root().and_then(|it| it.value("version"));
            let is_old = is_old.is_some_and(|version| version.starts_with("1."));
            match &*lower {
                "rss" => {
                    if !has("xmlUrl") {
                        self.report.add(&rules::OPML_XML_URL, line.at, "");
                    }
                    if !has("title") {
                        self.report.add(&rules::OPML_TITLE, line.at, "");
                    }
                }
                "link" if !has("url") => self.report.add(&rules::OPML_URL, line.at, ""),
                "link" => {}
                _ if is_old => self.say_attribute(&rules::OPML_TYPE, kind),
                _ => {}
            }
        } else if line.attributes.len() > 1
            && ["description", "htmlUrl", "language", "title", "version", "xmlUrl"]
                .iter()
                .any(|name| has(name))
        {
            self.report.add(&rules::OPML_TYPE_MISSING, line.at, "");
        }
        for attribute in line.attributes.iter().filter(|it| it.prefix.is_empty()) {
            self.outline_attribute(attribute);
        }
    }

    fn outline_attribute(&mut self, attribute: &Attribute<'_>) {
        let value = &*attribute.value;
        let rule = match attribute.local {
            "version" => {
                let known = ["RSS", "RSS1", "RSS2", "scriptingNews"];
                (!known.contains(&value)).then_some(&rules::OPML_FEED_VERSION)
            }
            "created" => date::rfc822(value, self.hints.now),
            "htmlUrl" | "url" | "xmlUrl" => address::judge(value, Demand::Whole)
                .filter(|_| attribute.local != "xmlUrl" || !value.is_empty()),
            "isBreakpoint" | "isComment" => {
                let lower = value.to_ascii_lowercase();
                (!["true", "false"].contains(&&*lower)).then_some(&rules::BOOLEAN)
            }
            "language" => (!word::is_language(value)).then_some(&rules::LANGUAGE),
            "description" | "title" | "text" => {
                let report = &mut *self.report;
                html::judge(value, &mut |rule, _, detail| report.add(rule, attribute.at, detail));
                None
            }
            _ => None,
        };
        if let Some(rule) = rule {
            self.say_attribute(rule, attribute);
        }
    }
}
