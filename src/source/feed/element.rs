//! An element of a feed with all that is in it.
//!
//! # Limits
//! - Names are compared in capitals or not: feeds have `pubdate` and `TITLE`.

use std::{fmt::Write as _, rc::Rc};

use url::Url;

use super::space::Space::{self, Atom, Plain};

/// An element.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) space: Space,
    /// The name without its prefix.
    pub(super) local: String,
    /// The name as it is written.
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) nodes: Vec<Node>,
    pub(super) base: Option<Rc<Base>>,
    /// Whether its end was found.
    pub(super) whole: bool,
}

/// What stands in an element.
#[derive(Debug)]
pub(super) enum Node {
    Text(String),
    Element(Element),
}

/// Where relative addresses start.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) url: Url,
    /// Whether the document says so, rather than being there itself.
    pub(super) declared: bool,
}

impl Element {
    /// Whether this is `local` of `space`.
    pub(super) fn is(&self, space: Space, local: &str) -> bool {
        self.space == space && self.local.eq_ignore_ascii_case(local)
    }

    /// Whether this is `local` of RSS or Atom: each is found in the other's feeds.
    pub(super) fn is_core(&self, local: &str) -> bool {
        matches!(self.space, Plain | Atom) && self.local.eq_ignore_ascii_case(local)
    }

    /// The elements right below.
    pub(super) fn children(&self) -> impl Iterator<Item = &Self> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Those of them that are `local` of `space`.
    pub(super) fn all<'a>(
        &'a self,
        space: Space,
        local: &'a str,
    ) -> impl Iterator<Item = &'a Self> {
        self.children().filter(move |child| child.is(space, local))
    }

    /// Those of them that are `local` of RSS or Atom.
    pub(super) fn core<'a>(&'a self, local: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children().filter(move |child| child.is_core(local))
    }

    /// The text of the first `local` of `space` that says anything.
    pub(super) fn text_of(&self, space: Space, local: &str) -> Option<String> {
        self.all(space, local).map(Self::text).find(|text| !text.is_empty())
    }

    /// The text of the first `local` of RSS or Atom that says anything.
    pub(super) fn core_text(&self, local: &str) -> Option<String> {
        self.core(local).map(Self::text).find(|text| !text.is_empty())
    }

    /// The value of an attribute, as it is written (`xml:lang`), without white space around it.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let named = |(other, _): &&(String, String)| other.eq_ignore_ascii_case(name);
        let value = self.attributes.iter().find(named)?.1.trim();
        (!value.is_empty()).then_some(value)
    }

    /// The value of an attribute under any prefix.
    pub(super) fn attribute_named(&self, local: &str) -> Option<&str> {
        let named = |(name, _): &&(String, String)| {
            name.rsplit(':').next().is_some_and(|name| name.eq_ignore_ascii_case(local))
        };
        let value = self.attributes.iter().find(named)?.1.trim();
        (!value.is_empty()).then_some(value)
    }

    /// An address in the first of these attributes that is there.
    pub(super) fn address(&self, names: &[&str]) -> Option<String> {
        let written = names.iter().find_map(|name| self.attribute(name))?;
        Some(self.absolute(written))
    }

    /// All text within, without white space around it.
    pub(super) fn text(&self) -> String {
        if let [Node::Text(text)] = &self.nodes[..] {
            return text.trim().to_owned();
        }
        let mut text = String::new();
        self.push_text(&mut text);
        text.trim().to_owned()
    }

    fn push_text(&self, text: &mut String) {
        for node in &self.nodes {
            match node {
                Node::Text(piece) => text.push_str(piece),
                Node::Element(element) => element.push_text(text),
            }
        }
    }

    /// Whether no text stands right below, beside white space.
    pub(super) fn has_no_text(&self) -> bool {
        self.nodes.iter().all(|node| match node {
            Node::Text(text) => text.trim().is_empty(),
            Node::Element(_) => true,
        })
    }

    /// What is within as HTML: escaped HTML, or elements that were not escaped.
    pub(super) fn html(&self) -> String {
        match self.children().next() {
            None => self.text(),
            Some(_) => self.markup(),
        }
    }

    /// The elements and texts within, written as HTML.
    pub(super) fn markup(&self) -> String {
        let mut html = String::new();
        self.push_markup(&mut html);
        html.trim().to_owned()
    }

    fn push_markup(&self, html: &mut String) {
        for node in &self.nodes {
            match node {
                Node::Text(text) => html.push_str(&html_escape::encode_text(text)),
                Node::Element(element) => element.push_tags(html),
            }
        }
    }

    fn push_tags(&self, html: &mut String) {
        html.push('<');
        html.push_str(&self.local);
        for (name, value) in &self.attributes {
            if name != "xmlns" && !name.contains(':') {
                let value = html_escape::encode_double_quoted_attribute(value);
                let _ = write!(html, " {name}=\"{value}\"");
            }
        }
        html.push('>');
        if !is_void(&self.local) {
            self.push_markup(html);
            let _ = write!(html, "</{}>", self.local);
        }
    }

    /// `address` joined to the `xml:base` in force, or to the document's own address.
    pub(super) fn absolute(&self, address: &str) -> String {
        let address = address.trim();
        match &self.base {
            Some(base) if Url::parse(address) == Err(url::ParseError::RelativeUrlWithoutBase) => {
                base.url.join(address).map_or_else(|_| address.to_owned(), String::from)
            }
            _ => address.to_owned(),
        }
    }

    /// The `xml:base` in force, if there is one.
    pub(super) fn declared_base(&self) -> Option<String> {
        self.base.as_ref().filter(|base| base.declared).map(|base| base.url.to_string())
    }

    /// The language that the element names for itself.
    pub(super) fn language(&self) -> Option<String> {
        self.attribute("xml:lang").map(str::to_owned)
    }
}

/// Elements of HTML that have no end tag.
pub(super) fn is_void(local: &str) -> bool {
    const VOID: [&str; 6] = ["br", "img", "hr", "input", "wbr", "embed"];
    VOID.iter().any(|void| local.eq_ignore_ascii_case(void))
}
