//! Goes through a tree and holds every element to its place and its value.
//!
//! # Limits
//! - Trees are bounded in depth, so the walk may recurse.

use std::collections::HashSet;

use super::{
    Hints,
    grammar::{self, Inside, Often, Slot, Take},
    report::{Report, shown},
    rules::{self, Rule},
    tree::{Attribute, Element, Id, Tree, UNKNOWN},
    values::{
        address::{self, Demand},
        html,
        plain::{self, Html},
        word,
    },
};

/// What a document is, as far as values depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Rss,
    Rdf,
    Atom,
    Opml,
}

/// A document that is being checked.
pub(super) struct Check<'c, 't> {
    pub(super) tree: &'c Tree<'t>,
    pub(super) hints: &'c Hints<'c>,
    pub(super) report: &'c mut Report,
    pub(super) format: Format,
    /// Of RSS.
    pub(super) version: String,
    pub(super) encoding: &'c str,
    /// Guids, ids, dates and the like that must be the only ones of their kind.
    pub(super) seen: HashSet<(&'static str, &'c str)>,
    /// Entries whose id was there before.
    pub(super) repeated_ids: usize,
    /// Whether something of iTunes is in the feed.
    pub(super) is_podcast: bool,
    pub(super) around: Around,
}

/// What the channel or the feed has that its entries and pictures ask for; looked up once, since
/// there may be many that ask.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Around {
    pub(super) title: Option<Id>,
    pub(super) link: Option<Id>,
    pub(super) build_date: Option<Id>,
    pub(super) author: Option<Id>,
}

impl<'c, 't> Check<'c, 't> {
    /// Holds an element that may hold others to its place.
    pub(super) fn inside(&mut self, id: Id, around: Inside) {
        let tree = self.tree;
        let element = &tree.elements[id];
        self.attributes(id, grammar::attributes_inside(around));
        if let Some(at) = element.text.begins() {
            let detail = format!("{} in <{}>", shown(element.trimmed()), element.name());
            self.report.add(&rules::TEXT_UNEXPECTED, at, detail);
        }
        if matches!(around, Inside::Channel | Inside::RdfChannel | Inside::Feed) {
            let find = |prefix: &str, local: &str| {
                tree.children(id).find(|(_, child)| child.is(prefix, local)).map(|(id, _)| id)
            };
            self.around = Around {
                title: find("", "title"),
                link: find("", "link"),
                build_date: find("", "lastBuildDate"),
                author: find("atom", "author"),
            };
        }
        let mut once: Vec<(&str, &str)> = Vec::new();
        for (child, _) in tree.children(id) {
            self.child(child, around, &mut once);
        }
        self.finish(id, around);
    }

    fn finish(&mut self, id: Id, around: Inside) {
        match around {
            Inside::Rss | Inside::Rdf => self.rss_end(id),
            Inside::Channel | Inside::RdfChannel => self.channel_end(id),
            Inside::Item | Inside::RdfItem => self.item_end(id),
            Inside::Image | Inside::RdfImage => self.image_end(id),
            Inside::TextInput => self.text_input_end(id),
            Inside::SkipHours | Inside::SkipDays => self.skips_end(id, around),
            Inside::Feed => self.feed_end(id),
            Inside::Source => self.source_end(id),
            Inside::Entry => self.entry_end(id),
            Inside::Person => self.person_end(id),
            Inside::MediaContent => self.media_content(id),
            Inside::MediaGroup => self.media_group(id),
            Inside::ItunesOwner => self.need(id, "itunes", "email", &rules::ELEMENT_MISSING),
            Inside::ItunesCategory | Inside::ItunesSubcategory => self.itunes_category(id, around),
            Inside::GeoPoint => {
                self.need(id, "geo", "lat", &rules::ELEMENT_MISSING);
                self.need(id, "geo", "long", &rules::ELEMENT_MISSING);
            }
            Inside::Opml => self.opml_end(id),
            Inside::OpmlBody => self.need(id, "", "outline", &rules::ELEMENT_MISSING),
            Inside::Outline => self.outline(id),
            Inside::Items
            | Inside::AppControl
            | Inside::ListInfo
            | Inside::Mark
            | Inside::OpmlHead => {}
        }
    }

    fn child(&mut self, id: Id, around: Inside, once: &mut Vec<(&'c str, &'c str)>) {
        let tree = self.tree;
        let element = &tree.elements[id];
        let (prefix, local) = (element.prefix, element.local);
        self.everywhere(element);
        self.is_podcast |= prefix == "itunes";
        if prefix == UNKNOWN {
            return self.eat(id);
        }
        let is_bare = prefix.is_empty() && element.namespace.is_empty();
        if is_bare && self.is_in_namespace() {
            self.report.add(&rules::ELEMENT_UNCLEAR, element.at, format!("<{}>", element.written));
            return self.eat(id);
        }
        let Some(slot) = grammar::slot(around, prefix, local) else {
            return self.misplaced(id, around);
        };
        let key = (prefix, local);
        let rule = match slot.often {
            Often::Many => None,
            Often::Once => Some(&rules::ELEMENT_REPEATED),
            Often::OnceBy(rule) => Some(rule),
        };
        if let Some(rule) = rule {
            match once.contains(&key) {
                true => self.report.add(rule, element.at, format!("<{}>", element.name())),
                false => once.push(key),
            }
        }
        self.take(id, slot);
    }

    /// Whether the format's own elements are in a namespace in this document.
    fn is_in_namespace(&self) -> bool {
        let root = self.tree.root();
        let is_format = matches!(self.format, Format::Atom | Format::Rdf);
        is_format && root.is_some_and(|root| !root.namespace.is_empty())
    }

    fn take(&mut self, id: Id, slot: Slot) {
        match slot.take {
            Take::Inside(inside) => self.inside(id, inside),
            Take::Value(value) => {
                self.attributes(id, grammar::attributes_of(value));
                self.value(id, value);
            }
            Take::Eat => self.eat(id),
        }
    }

    /// An element for which there is no place.
    fn misplaced(&mut self, id: Id, around: Inside) {
        let tree = self.tree;
        let element = &tree.elements[id];
        let detail = match element.parent {
            Some(parent) => format!("<{}> in <{}>", element.name(), tree.elements[parent].name()),
            None => format!("<{}>", element.name()),
        };
        if element.prefix == "xhtml" {
            self.report.add(&rules::XHTML_MISPLACED, element.at, detail);
            return self.eat(id);
        }
        // Within what Atom itself has, Atom says where its elements stand.
        let is_own = self.format == Format::Atom
            && element.prefix == "atom"
            && matches!(around, Inside::Feed | Inside::Entry | Inside::Source | Inside::Person);
        let known = grammar::misplaced(element.prefix, element.local).filter(|_| !is_own);
        if let Some(slot) = known {
            self.report.add(&rules::ELEMENT_MISPLACED, element.at, detail);
            self.take(id, slot);
        } else {
            self.report.add(&rules::ELEMENT_UNKNOWN, element.at, detail);
            self.eat(id);
        }
    }

    /// Passes over an element and what is in it.
    pub(super) fn eat(&mut self, id: Id) {
        let tree = self.tree;
        let around = &tree.elements[id];
        // Their own specifications have it so.
        let may_be_bare = ["snf", "mi", "webfeeds"].contains(&around.prefix);
        for (child, element) in tree.children(id) {
            let is_bare = element.namespace.is_empty() && element.prefix.is_empty();
            let is_in_other = !around.namespace.is_empty() && !may_be_bare;
            if self.format == Format::Rss && is_bare && is_in_other {
                let detail = format!("<{}> in <{}>", element.written, around.name());
                self.report.add(&rules::ELEMENT_BARE, element.at, detail);
            }
            self.eat(child);
        }
    }

    /// What is true of every element: its language, its base.
    pub(super) fn everywhere(&mut self, element: &'c Element<'t>) {
        if let Some(language) = element.attribute_in("xml", "lang")
            && !language.value.is_empty()
            && !word::is_language(&language.value)
        {
            self.report.add(&rules::LANGUAGE, language.at, shown(&language.value));
        }
        if let Some(about) = element.attribute_in("rdf", "about")
            && self.format == Format::Rdf
            && !self.seen.insert(("about", &*about.value))
        {
            self.say_attribute(&rules::REPEATED, about);
        }
        if let Some(base) = element.attribute_in("xml", "base") {
            self.address_in(base, Demand::IriReference);
        }
    }

    /// Looks for attributes that have no place.
    fn attributes(&mut self, id: Id, expected: &[&str]) {
        let element = &self.tree.elements[id];
        for attribute in &element.attributes {
            let is_expected = |name: &&str| match name.split_once(':') {
                Some((prefix, local)) => attribute.prefix == prefix && attribute.local == local,
                None => attribute.prefix.is_empty() && attribute.local == *name,
            };
            let is_rdf = self.format == Format::Rdf && attribute.prefix == "rdf";
            if attribute.prefix == "xml" || is_rdf || expected.iter().any(is_expected) {
                continue;
            }
            let detail = format!("`{}` of <{}>", attribute.written, element.name());
            if attribute.prefix == UNKNOWN {
                if self.format == Format::Rss && element.prefix.is_empty() {
                    self.report.add(&rules::ATTRIBUTE_FOREIGN, attribute.at, detail);
                }
                continue;
            }
            self.report.add(&rules::ATTRIBUTE_UNKNOWN, attribute.at, detail);
        }
    }

    /// Says that an element which must be there is not.
    pub(super) fn need(&mut self, id: Id, prefix: &str, local: &str, rule: &'static Rule) {
        let element = &self.tree.elements[id];
        if element.is_whole && !self.tree.has(id, prefix, local) {
            let wanted = if prefix.is_empty() || prefix == "atom" && self.format == Format::Atom {
                local.to_owned()
            } else {
                format!("{prefix}:{local}")
            };
            let detail = format!("<{}> has no <{wanted}>", element.name());
            self.report.add(rule, element.at, detail);
        }
    }

    /// An attribute that must be there.
    pub(super) fn required(&mut self, id: Id, name: &str) -> Option<&'c Attribute<'t>> {
        let tree = self.tree;
        let element = &tree.elements[id];
        let found = element.attribute(name);
        if found.is_none() {
            let detail = format!("<{}> has no `{name}`", element.name());
            self.report.add(&rules::ATTRIBUTE_MISSING, element.at, detail);
        }
        found
    }

    pub(super) fn address_in(&mut self, attribute: &Attribute<'_>, demand: Demand) {
        if let Some(rule) = address::judge(&attribute.value, demand) {
            let detail = format!("`{}` is {}", attribute.written, shown(&attribute.value));
            self.report.add(rule, attribute.at, detail);
        }
    }

    /// Looks for HTML in the plain text of an element.
    pub(super) fn plain(&mut self, element: &'c Element<'t>, rule: &'static Rule) {
        let value = &element.text.value;
        let Some(found) = plain::find(value) else { return };
        let is_numbered = self.tree.is_numbered(element);
        let (rule, at) = match found {
            Html::Tag(at) => (rule, at),
            Html::Reference(at) if !is_numbered => (rule, at),
            Html::Beginning(at)
                if !is_numbered && self.format == Format::Rss && self.version.starts_with("2.") =>
            {
                (&rules::HTML_NUMBERED, at)
            }
            _ => return,
        };
        let at_most = value[at..].chars().take(40).collect::<String>();
        let place = element.text.place(at).unwrap_or(element.at);
        self.report.add(rule, place, format!("<{}>: {}", element.name(), shown(&at_most)));
    }

    /// Looks for HTML in the plain text of an attribute.
    pub(super) fn plain_attribute(&mut self, attribute: &Attribute<'_>) {
        if let Some(Html::Tag(_) | Html::Reference(_)) = plain::find(&attribute.value) {
            self.report.add(&rules::HTML_IN_TEXT, attribute.at, shown(&attribute.value));
        }
    }

    /// Judges the HTML that an element holds; addresses in it must be whole where `is_far`.
    pub(super) fn html(&mut self, element: &'c Element<'t>, is_far: bool) {
        let (report, text) = (&mut *self.report, &element.text);
        html::judge(&text.value, &mut |rule, at, detail| {
            if is_far || !std::ptr::eq(rule, &raw const rules::HTML_RELATIVE) {
                let place = text.place(at).unwrap_or(element.at);
                report.add(rule, place, format!("{detail} in <{}>", element.name()));
            }
        });
    }

    /// Reports what is wrong with the text of an element.
    pub(super) fn say(&mut self, rule: Option<&'static Rule>, element: &Element<'_>) {
        if let Some(rule) = rule {
            let detail = format!("<{}> is {}", element.name(), shown(element.trimmed()));
            self.report.add(rule, element.text_at(), detail);
        }
    }

    /// The same, of an attribute.
    pub(super) fn say_attribute(&mut self, rule: &'static Rule, attribute: &Attribute<'_>) {
        let detail = format!("`{}` is {}", attribute.written, shown(&attribute.value));
        self.report.add(rule, attribute.at, detail);
    }
}
