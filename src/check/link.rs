//! Links of Atom, wherever they stand: what one says, and what those of a feed say together (RFC
//! 4287 §4.2.7, RFC 5005, RFC 4685).

use super::{
    atom::relation,
    report::shown,
    rules,
    tree::{Attribute, Element, Id},
    values::{
        address::{self, Demand},
        canonical::comparable,
        date::{self, Iso},
        word,
    },
    walk::Check,
};

/// Relations that are registered with IANA, as far as feeds know them.
const RELATIONS: &str = " about acl alternate amphtml appendix archives author blocked-by bookmark \
    canonical chapter cite-as collection contents convertedfrom copyright create-form current \
    describedby describes disclosure dns-prefetch duplicate edit edit-form edit-media enclosure \
    external first glossary help hosts hub icon index intervalafter item last latest-version \
    license linkset lrdd manifest me mask-icon memento micropub modulepreload monitor \
    monitor-group next next-archive nofollow noopener noreferrer opener openid.delegate \
    openid.server original payment pingback preconnect predecessor-version prefetch preload \
    prerender prev preview previous prev-archive privacy-policy profile publication related \
    restconf replies ruleinput search section self service service-desc service-doc service-meta \
    sponsored start status stylesheet subsection successor-version sunset tag terms-of-service \
    timegate timemap token_endpoint type ugc up version-history via webmention working-copy \
    working-copy-of ";
/// Relations between the pages of a feed (RFC 5005).
const PAGES: [&str; 7] =
    ["current", "first", "last", "next", "next-archive", "prev-archive", "previous"];
const FEED_TYPES: [&str; 5] = [
    "application/atom+xml",
    "application/rss+xml",
    "application/rdf+xml",
    "application/feed+json",
    "application/json",
];

impl<'c, 't> Check<'c, 't> {
    pub(super) fn link(&mut self, id: Id) {
        let tree = self.tree;
        let link = &tree.elements[id];
        let around = link.parent.map(|parent| &tree.elements[parent]);
        let in_entry = around.is_some_and(|it| it.is("atom", "entry"));
        let of_feed = around.is_some_and(|it| it.is("atom", "feed") || it.is("", "channel"));
        let rel = relation(link);
        if let Some(written) = link.attribute("rel") {
            self.rel(written, rel, in_entry);
        }
        if let Some(kind) = link.attribute("type") {
            let named = kind.value.split(';').next().unwrap_or_default().trim();
            if !word::is_media_type(&kind.value) {
                self.say_attribute(&rules::MEDIA_TYPE, kind);
            } else if rel == "self" && !FEED_TYPES.contains(&named) {
                self.say_attribute(&rules::SELF_TYPE, kind);
            }
        }
        if let Some(title) = link.attribute("title") {
            if title.value.trim().is_empty() {
                self.report.add(&rules::ATTRIBUTE_BLANK, title.at, "`title`");
            }
            self.plain_attribute(title);
        }
        if let Some(length) = link.attribute("length")
            && word::integer(&length.value).is_none_or(|it| it < 0)
        {
            self.say_attribute(&rules::NUMBER, length);
        }
        if let Some(language) = link.attribute("hreflang")
            && !word::is_language(&language.value)
        {
            self.say_attribute(&rules::LANGUAGE, language);
        }
        match link.attribute("href") {
            None => self.report.add(&rules::ATOM_HREF, link.at, ""),
            Some(href) => {
                self.address_in(href, Demand::IriReference);
                if rel == "self" && of_feed {
                    self.self_link(id, href);
                }
            }
        }
        self.thread(link, rel);
        if let Some(at) = link.text.begins() {
            self.report.add(&rules::ATOM_LINK_TEXT, at, shown(link.trimmed()));
        }
    }

    fn rel(&mut self, written: &Attribute<'_>, rel: &str, in_entry: bool) {
        if rel.is_empty() {
            self.report.add(&rules::ATTRIBUTE_BLANK, written.at, "`rel`");
        }
        let is_registered = RELATIONS.split_ascii_whitespace().any(|known| known == rel);
        let is_address = rel.contains(':')
            && !matches!(
                address::judge(rel, Demand::WholeIri).map(|rule| rule.id),
                Some("address/not-absolute" | "address/character")
            );
        if !is_registered && !is_address {
            self.say_attribute(&rules::ATOM_REL, written);
        }
        if in_entry && PAGES.contains(&rel) {
            self.say_attribute(&rules::HISTORY_ENTRY, written);
        }
        if in_entry && rel == "hub" {
            self.report.add(&rules::WEBSUB_ENTRY, written.at, "");
        }
    }

    /// The feed's own address.
    fn self_link(&mut self, id: Id, href: &Attribute<'_>) {
        let has_host = |text: &str| text.split_once("//").is_some_and(|(_, rest)| !rest.is_empty());
        if !has_host(&href.value) && !self.base(id).is_some_and(|base| has_host(&base)) {
            self.say_attribute(&rules::SELF_RELATIVE, href);
        }
        if let Some(address) = self.hints.address {
            let own = self.resolved(id, &href.value);
            if comparable(&own) != comparable(address.as_str()) {
                let detail = format!("{}, and not {}", shown(&own), shown(address.as_str()));
                self.report.add(&rules::SELF_DIFFERS, href.at, detail);
            }
        }
    }

    /// The nearest `xml:base` around an element.
    fn base(&self, id: Id) -> Option<String> {
        let mut at = Some(id);
        while let Some(here) = at {
            let element = &self.tree.elements[here];
            if let Some(base) = element.attribute_in("xml", "base") {
                return Some(base.value.to_string());
            }
            at = element.parent;
        }
        None
    }

    /// An address in a link, made whole as far as that can be.
    fn resolved(&self, id: Id, href: &str) -> String {
        let mut base = self.hints.address.cloned();
        if let Some(own) = self.base(id) {
            base = match &base {
                Some(around) => around.join(&own).ok(),
                None => url::Url::parse(&own).ok(),
            };
        }
        let whole = base.and_then(|base| base.join(href).ok());
        whole.map_or_else(|| href.to_owned(), Into::into)
    }

    /// Replies (RFC 4685 §4).
    fn thread(&mut self, link: &'c Element<'t>, rel: &str) {
        for name in ["count", "when", "updated"] {
            let Some(attribute) = link.attribute_in("thr", name) else { continue };
            if name == "when" {
                self.report.add(&rules::ATOM_NO_WHEN, attribute.at, "");
                continue;
            }
            if rel != "replies" {
                let detail = format!("`thr:{name}` of a link that leads to no replies");
                self.report.add(&rules::ATTRIBUTE_UNKNOWN, attribute.at, detail);
            }
            if name == "count" {
                if word::integer(&attribute.value).is_none_or(|it| it < 0) {
                    self.say_attribute(&rules::NUMBER, attribute);
                }
            } else if let Some(rule) = date::iso(&attribute.value, Iso::Full, self.hints.now) {
                self.say_attribute(rule, attribute);
            }
        }
    }

    /// What the links of a feed, or of a source, say together.
    pub(super) fn links_of_feed(&mut self, id: Id) {
        let tree = self.tree;
        let feed = &tree.elements[id];
        let links = tree.children(id).filter(|(_, it)| it.is("atom", "link"));
        let links: Vec<_> = links.map(|(id, link)| (id, link, relation(link))).collect();
        let plain: Vec<_> = links.iter().map(|(_, link, _)| *link).collect();
        self.alternates(&plain);
        if feed.local != "source" {
            self.hubs(feed, &plain);
        }
        let named = plain.iter().find(|it| relation(it) == "self").and_then(|it| it.value("href"));
        let own = |check: &Self, id: Id, link: &Element<'_>| {
            let href = link.value("href").unwrap_or_default();
            let address = check.hints.address.map(url::Url::as_str);
            let resolved = check.resolved(id, href);
            [address, named].iter().flatten().any(|it| comparable(it) == comparable(&resolved))
        };
        let mut ends: Vec<&str> = Vec::new();
        let is_complete = tree.has(id, "fh", "complete");
        for (link_id, link, rel) in links.iter().filter(|(.., rel)| PAGES.contains(rel)) {
            match *rel {
                _ if !is_complete => {}
                "current" if own(self, *link_id, link) => {}
                "current" => self.report.add(&rules::HISTORY_COMPLETE_CURRENT, link.at, ""),
                rel => self.report.add(&rules::HISTORY_COMPLETE, link.at, format!("`{rel}`")),
            }
            let beyond = match *rel {
                "first" => "previous",
                "last" => "next",
                _ => continue,
            };
            // Each end once: there may be many links to it.
            if !ends.contains(&beyond) && own(self, *link_id, link) {
                ends.push(beyond);
                for (_, past, _) in links.iter().filter(|(.., rel)| *rel == beyond) {
                    self.report.add(&rules::HISTORY_PAST_END, past.at, format!("`{beyond}`"));
                }
            }
        }
        if let Some(mark) = tree.child(id, "fh", "archive")
            && !is_complete
        {
            let has = |wanted: &[&str]| links.iter().any(|(.., rel)| wanted.contains(rel));
            if !has(&["prev-archive", "next-archive"]) {
                self.report.add(&rules::HISTORY_ARCHIVE, mark.at, "");
            }
            if !has(&["current"]) {
                self.report.add(&rules::HISTORY_CURRENT, mark.at, "");
            }
        }
    }
}
