//! A document as a tree whose nodes know where they stand.

use std::borrow::Cow;

/// The elements of a document, each behind the one around it.
#[derive(Debug, Default)]
pub(super) struct Tree<'t> {
    pub(super) elements: Vec<Element<'t>>,
    /// Whether the document could be read to its end.
    pub(super) is_whole: bool,
    /// Whether it bears the document type of RSS 0.91.
    pub(super) has_rss_doctype: bool,
    /// Where lines in which a `&#x` stands begin and end: who writes so knows what he does.
    pub(super) numbered_lines: Vec<(usize, usize)>,
}

/// An element's place in its tree.
pub(super) type Id = usize;

#[derive(Debug)]
pub(super) struct Element<'t> {
    /// The usual prefix of its vocabulary: empty without a namespace, [`UNKNOWN`] for one that is
    /// not known.
    pub(super) prefix: &'static str,
    pub(super) local: &'t str,
    /// With its prefix, as written.
    pub(super) written: &'t str,
    /// The address of its namespace.
    pub(super) namespace: std::rc::Rc<str>,
    pub(super) attributes: Vec<Attribute<'t>>,
    pub(super) children: Vec<Id>,
    pub(super) parent: Option<Id>,
    /// The text in it, without that of the elements in it.
    pub(super) text: Text,
    /// Where its tag begins.
    pub(super) at: usize,
    /// Where its end tag ends; without one, where the document broke off.
    pub(super) end: usize,
    /// Whether it was closed.
    pub(super) is_whole: bool,
}

/// Characters of a name that are shown.
const LONGEST_NAME: usize = 60;

/// The prefix of vocabularies that are not known.
pub(super) const UNKNOWN: &str = "?";

#[derive(Debug)]
pub(super) struct Attribute<'t> {
    /// As of an element; empty without a prefix.
    pub(super) prefix: &'static str,
    pub(super) local: &'t str,
    pub(super) written: &'t str,
    pub(super) value: Cow<'t, str>,
    pub(super) at: usize,
}

/// A text that knows where its letters stood.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) value: String,
    /// Bytes of the value, and where in the document they stood.
    pieces: Vec<(usize, usize)>,
}

impl Text {
    pub(super) fn push(&mut self, letters: &str, at: usize) {
        if letters.is_empty() {
            return;
        }
        self.pieces.push((self.value.len(), at));
        self.value.push_str(letters);
    }

    /// Where in the document a byte of the value stood.
    pub(super) fn place(&self, byte: usize) -> Option<usize> {
        let behind = self.pieces.partition_point(|(start, _)| *start <= byte);
        let (start, at) = *self.pieces.get(behind.checked_sub(1)?)?;
        Some(at + byte - start)
    }

    /// Where its first letter that is no white space stood.
    pub(super) fn begins(&self) -> Option<usize> {
        self.place(self.value.find(|letter: char| !letter.is_ascii_whitespace())?)
    }
}

impl<'t> Element<'t> {
    pub(super) fn is(&self, prefix: &str, local: &str) -> bool {
        self.prefix == prefix && self.local == local
    }

    /// Its name for people, as it is written. A long one is cut, since each element in it may have
    /// to name it.
    pub(super) fn name(&self) -> String {
        self.written.chars().take(LONGEST_NAME).collect()
    }

    /// An attribute without a namespace.
    pub(super) fn attribute(&self, local: &str) -> Option<&Attribute<'t>> {
        self.attributes.iter().find(|it| it.prefix.is_empty() && it.local == local)
    }

    pub(super) fn value(&self, local: &str) -> Option<&str> {
        self.attribute(local).map(|it| &*it.value)
    }

    pub(super) fn attribute_in(&self, prefix: &str, local: &str) -> Option<&Attribute<'t>> {
        self.attributes.iter().find(|it| it.prefix == prefix && it.local == local)
    }

    /// Its text without white space around it.
    pub(super) fn trimmed(&self) -> &str {
        self.text.value.trim()
    }

    /// Where its text begins, or else itself.
    pub(super) fn text_at(&self) -> usize {
        self.text.begins().unwrap_or(self.at)
    }
}

impl<'t> Tree<'t> {
    pub(super) fn root(&self) -> Option<&Element<'t>> {
        self.elements.first()
    }

    /// Whether an element stands on a line in which a `&#x` stands.
    pub(super) fn is_numbered(&self, element: &Element<'_>) -> bool {
        let behind = self.numbered_lines.partition_point(|(_, end)| *end < element.at);
        self.numbered_lines.get(behind).is_some_and(|(start, _)| *start < element.end)
    }

    pub(super) fn children(&self, id: Id) -> impl Iterator<Item = (Id, &Element<'t>)> {
        self.elements[id].children.iter().map(|child| (*child, &self.elements[*child]))
    }

    pub(super) fn child(&self, id: Id, prefix: &str, local: &str) -> Option<&Element<'t>> {
        self.children(id).find(|(_, child)| child.is(prefix, local)).map(|(_, child)| child)
    }

    pub(super) fn has(&self, id: Id, prefix: &str, local: &str) -> bool {
        self.child(id, prefix, local).is_some()
    }

    /// Whether there is one that says something: in words, in attributes or in what is in it.
    pub(super) fn says(&self, id: Id, prefix: &str, local: &str) -> bool {
        let says = |(id, child): (Id, &Element<'_>)| {
            let inner = self.children(id).any(|(_, inner)| !inner.trimmed().is_empty());
            let attributes = child.attributes.iter().any(|it| !it.value.trim().is_empty());
            inner || attributes || !child.trimmed().is_empty()
        };
        self.children(id).filter(|(_, child)| child.is(prefix, local)).any(says)
    }

    pub(super) fn count(&self, id: Id, prefix: &str, local: &str) -> usize {
        self.children(id).filter(|(_, child)| child.is(prefix, local)).count()
    }

    /// The language that holds for an element.
    pub(super) fn language(&self, id: Id) -> Option<&str> {
        let mut at = Some(id);
        while let Some(here) = at {
            let element = &self.elements[here];
            if let Some(language) = element.attribute_in("xml", "lang") {
                return Some(&language.value);
            }
            at = element.parent;
        }
        None
    }
}
