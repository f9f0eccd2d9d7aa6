//! What Atom asks beyond places and kinds of values (RFC 4287).

use std::collections::HashSet;

use super::{
    grammar::{Inside, Value},
    report::shown,
    rules,
    tree::{Element, Id},
    values::{
        address::{self, Demand},
        canonical::is_canonical,
        word,
    },
    walk::Check,
};

/// As many entries with one id are no accident.
const MANY: usize = 9;

impl<'c, 't> Check<'c, 't> {
    /// The outermost element of Atom.
    pub(super) fn atom(&mut self, id: Id, inside: Inside) {
        if self.tree.language(id).is_none() {
            self.report.add(&rules::LANGUAGE_MISSING, self.tree.elements[id].at, "");
        }
        let tree = self.tree;
        self.everywhere(&tree.elements[id]);
        self.inside(id, inside);
    }

    pub(super) fn feed_end(&mut self, id: Id) {
        let tree = self.tree;
        let feed = &tree.elements[id];
        let first = tree.child(id, "atom", "entry");
        // Once there is an entry, the feed itself is whole.
        if feed.is_whole || first.is_some() {
            self.feed_parts(id);
        }
        self.links_of_feed(id);
        if let Some(first) = first {
            let is_late =
                |it: &Element<'_>| it.at > first.at && it.prefix == "atom" && it.local != "entry";
            for (_, late) in tree.children(id).filter(|(_, it)| is_late(it)) {
                let detail = format!("<{}>", late.name());
                self.report.add(&rules::ATOM_METADATA_LATE, late.at, detail);
            }
        }
        let entries = tree.count(id, "atom", "entry");
        if entries > MANY && self.repeated_ids + 1 == entries {
            self.report.remove(&rules::ATOM_ID_REPEATED);
            self.report.add(&rules::ATOM_IDS_EQUAL, feed.at, "");
        }
        if self.is_podcast && feed.is_whole {
            self.podcast(id);
        }
    }

    fn feed_parts(&mut self, id: Id) {
        let tree = self.tree;
        let feed = &tree.elements[id];
        for (name, rule) in [
            ("title", &rules::ATOM_TITLE_MISSING),
            ("id", &rules::ATOM_ID_MISSING),
            ("updated", &rules::ATOM_UPDATED_MISSING),
        ] {
            if !tree.has(id, "atom", name) {
                self.report.add(rule, feed.at, format!("<{}>", feed.name()));
            }
        }
        let is_self = |it: &Element<'_>| it.is("atom", "link") && relation(it) == "self";
        if !tree.children(id).any(|(_, child)| is_self(child)) {
            self.report.add(&rules::ATOM_SELF_MISSING, feed.at, "");
        }
    }

    pub(super) fn source_end(&mut self, id: Id) {
        let tree = self.tree;
        for name in ["title", "id", "updated"] {
            if !tree.has(id, "atom", name) {
                let detail = format!("<source> has no <{name}>");
                self.report.add(&rules::ATOM_SOURCE, tree.elements[id].at, detail);
            }
        }
        self.links_of_feed(id);
    }

    pub(super) fn entry_end(&mut self, id: Id) {
        let tree = self.tree;
        let entry = &tree.elements[id];
        let links = tree.children(id).filter(|(_, it)| it.is("atom", "link"));
        let links: Vec<_> = links.map(|(_, link)| link).collect();
        self.alternates(&links);
        if !entry.is_whole {
            return;
        }
        self.need(id, "atom", "title", &rules::ATOM_TITLE_MISSING);
        self.need(id, "atom", "id", &rules::ATOM_ID_MISSING);
        self.need(id, "atom", "updated", &rules::ATOM_UPDATED_MISSING);
        let of_source = tree.children(id).find(|(_, it)| it.is("atom", "source"));
        let has_author = tree.has(id, "atom", "author")
            || of_source.is_some_and(|(source, _)| tree.has(source, "atom", "author"))
            || self.around.author.is_some();
        if !has_author {
            self.report.add(&rules::ATOM_AUTHOR_MISSING, entry.at, "");
        }
        let has_summary = tree.has(id, "atom", "summary");
        match tree.child(id, "atom", "content") {
            Some(content) if !has_summary => {
                let kind = content.value("type").unwrap_or_default();
                if content.attribute("src").is_some() || is_binary(kind) {
                    self.report.add(&rules::ATOM_SUMMARY_MISSING, entry.at, "");
                }
            }
            Some(_) => {}
            None => {
                if !has_summary {
                    self.report.add(&rules::ATOM_TEXT_MISSING, entry.at, "");
                }
                if !links.iter().any(|link| relation(link) == "alternate") {
                    self.report.add(&rules::ATOM_NO_CONTENT, entry.at, "");
                }
            }
        }
    }

    /// One page for each type and language.
    pub(super) fn alternates(&mut self, links: &[&'c Element<'t>]) {
        let mut seen = HashSet::new();
        for link in links.iter().filter(|link| relation(link) == "alternate") {
            let kind = link.value("type").unwrap_or_default();
            let language = link.value("hreflang").unwrap_or_default();
            if !seen.insert((kind, language)) {
                self.report.add(&rules::ATOM_ALTERNATES, link.at, "");
            }
        }
    }

    pub(super) fn person_end(&mut self, id: Id) {
        let tree = self.tree;
        let person = &tree.elements[id];
        let has_name = tree.has(id, "atom", "name") || tree.has(id, "", "name");
        if person.is_whole && !has_name {
            let detail = format!("<{}> has no <name>", person.name());
            self.report.add(&rules::ELEMENT_MISSING, person.at, detail);
        }
    }

    pub(super) fn atom_value(&mut self, id: Id, value: Value) {
        let tree = self.tree;
        let element = &tree.elements[id];
        match value {
            Value::AtomId | Value::EntryId => self.id(element, value),
            Value::AtomCategory => self.category(id),
            Value::AtomLink => self.link(id),
            Value::AtomName => {
                self.plain(element, &rules::HTML_IN_TEXT);
                if element.trimmed().is_empty() {
                    self.blank(element);
                }
                let has_mail = word::has_mail(element.trimmed());
                self.say(has_mail.then_some(&rules::ATOM_NAME_MAIL), element);
            }
            _ => {
                if let Some(uri) = element.attribute("uri") {
                    self.address_in(uri, Demand::Reference);
                }
                self.plain(element, &rules::HTML_IN_TEXT);
                if element.trimmed().is_empty() {
                    self.blank(element);
                }
            }
        }
    }

    fn id(&mut self, element: &'c Element<'t>, value: Value) {
        let text = element.trimmed();
        self.no_space(element);
        match address::judge(text, Demand::WholeIri) {
            None if !is_canonical(text) => self.say(Some(&rules::ADDRESS_CANONICAL), element),
            rule => self.say(rule, element),
        }
        if value == Value::EntryId {
            if text.is_empty() {
                self.blank(element);
            } else if !self.seen.insert(("id", text)) {
                self.repeated_ids += 1;
                self.say(Some(&rules::ATOM_ID_REPEATED), element);
            }
        }
    }

    fn category(&mut self, id: Id) {
        if let Some(term) = self.required(id, "term")
            && term.value.trim().is_empty()
        {
            self.report.add(&rules::BLANK, term.at, "`term`");
        }
        let element = &self.tree.elements[id];
        if let Some(scheme) = element.attribute("scheme") {
            self.address_in(scheme, Demand::WholeIri);
        }
        if let Some(label) = element.attribute("label") {
            self.plain_attribute(label);
        }
    }

    /// A text of Atom (RFC 4287 §3.1) or its content (§4.1.3).
    pub(super) fn atom_text(&mut self, id: Id, value: Value) {
        let tree = self.tree;
        let element = &tree.elements[id];
        let source = element.attribute("src");
        let kind = self.text_type(element, value);
        if let Some(source) = source {
            self.address_in(source, Demand::Reference);
        } else if self.format == super::walk::Format::Rss && value != Value::AtomSummary {
            self.say_doubled(element);
        }
        let is_xml = kind.ends_with("+xml") || kind.ends_with("/xml");
        if kind == "xhtml" {
            self.xhtml(id);
        } else {
            for (child, inner) in tree.children(id) {
                if !is_xml {
                    let detail = format!("<{}> in <{}>", inner.name(), element.name());
                    self.report.add(&rules::ELEMENT_UNKNOWN, inner.at, detail);
                }
                self.whole_page(inner, kind);
                self.eat(child);
            }
        }
        if !element.children.is_empty() && element.value("mode") == Some("escaped") {
            self.report.add(&rules::ATOM_MODE, element.at, "");
        }
        // A text beside elements, or beside what is elsewhere, belongs to nothing.
        let is_alone = kind == "xhtml" || (element.children.is_empty() && source.is_none());
        if let (false, Some(at)) = (is_alone, element.text.begins()) {
            self.report.add(&rules::TEXT_UNEXPECTED, at, shown(element.trimmed()));
        } else if element.is_whole {
            self.text_end(element, kind);
        }
    }

    /// The type of a text, which is judged too.
    fn text_type(&mut self, element: &'c Element<'t>, value: Value) -> &'c str {
        let has_source = element.attribute("src").is_some();
        let Some(kind) = element.attribute("type") else {
            if has_source {
                self.report.add(&rules::ATOM_TYPE_MISSING, element.at, "");
                return "";
            }
            return "text";
        };
        let named = &*kind.value;
        let is_content = value == Value::AtomContent;
        if named.is_empty() {
            self.report.add(&rules::ATTRIBUTE_BLANK, kind.at, "`type`");
        } else if named.contains('/') && !is_content {
            self.say_attribute(&rules::ATOM_TEXT_TYPE, kind);
        } else if named == "multipart/alternative" {
            self.say_attribute(&rules::MEDIA_TYPE, kind);
        }
        let is_word = ["text", "html", "xhtml"].contains(&named) && !has_source;
        if !is_word && !named.is_empty() && !word::is_media_type(named) {
            self.say_attribute(&rules::MEDIA_TYPE, kind);
        }
        named
    }

    /// Content that claims to be a whole page of XHTML.
    fn whole_page(&mut self, inner: &Element<'_>, kind: &str) {
        if kind != "application/xhtml+xml" {
            return;
        }
        if inner.local != "html" {
            self.report.add(&rules::HTML_FRAGMENT, inner.at, shown(inner.written));
        } else if inner.prefix != "xhtml" {
            self.report.add(&rules::HTML_BAD, inner.at, "<html> is not in the namespace of XHTML");
        }
    }

    fn text_end(&mut self, element: &'c Element<'t>, kind: &str) {
        let text = element.text.value.as_str();
        match kind {
            "text" => self.plain(element, &rules::HTML_UNDECLARED),
            "xhtml" => self.plain(element, &rules::ATOM_INLINE),
            kind if is_binary(kind) => {
                self.say((!is_base64(text)).then_some(&rules::ATOM_BASE64), element);
            }
            kind if kind == "html" || kind.ends_with("/html") => {
                self.html(element, false);
                let is_part = kind != "html" && !text.contains("<html");
                if is_part && element.attribute("src").is_none() {
                    self.report.add(&rules::HTML_FRAGMENT, element.at, shown(kind));
                }
            }
            _ => self.plain(element, &rules::HTML_UNDECLARED),
        }
        let is_empty = text.is_empty() && element.children.is_empty();
        if is_empty && element.attribute("src").is_none() {
            self.blank(element);
        }
    }
}

/// The relation of a link.
pub(super) fn relation<'e>(link: &'e Element<'_>) -> &'e str {
    let rel = link.value("rel").unwrap_or("alternate");
    rel.strip_prefix("http://www.iana.org/assignments/relation/").unwrap_or(rel)
}

/// Whether content of that type is in base64 (RFC 4287 §4.1.3.3).
fn is_binary(kind: &str) -> bool {
    let is_text = kind.ends_with("+xml") || kind.ends_with("/xml") || kind.starts_with("text/");
    kind.contains('/') && !is_text
}

/// Whether whole bytes come of it.
fn is_base64(text: &str) -> bool {
    let letters = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    let end = text.find('=').unwrap_or(text.len());
    let count = text.as_bytes()[..end].iter().filter(|byte| letters(byte)).count();
    let padding = text.bytes().filter(|byte| *byte == b'=').count();
    text.is_ascii() && (count % 4 == 0 || (count % 4 >= 2 && padding >= 4 - count % 4))
}
