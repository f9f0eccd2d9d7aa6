//! A feed's XML, read forgivingly and within bounds.
//!
//! Each entry is handed over as a tree of its own as soon as its end is found, and then forgotten;
//! what stands beside the entries is one tree that is given back.
//!
//! # Promises
//! - No tree is deeper than [`MAX_FEED_DEPTH`], and no more than [`MAX_FEED_ELEMENTS`] elements are
//!   held at once; so what walks a tree may recurse.
//! - An end tag closes what it names and all that was left open within; one that names nothing
//!   open is passed over. An `item` of RSS closes all that was left open in its channel.
//! - A `<` that begins no tag is a letter. A tag, a comment or a CDATA section that has no end is
//!   taken not to have begun, a few times in a document.
//!
//! # Limits
//! - Attributes beyond the 256th of an element, and namespaces beyond the 256th in force, are
//!   passed over; so is an `xml:base` of more than 512 bytes.

use std::rc::Rc;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use url::Url;

use super::{
    FeedReadError, MAX_FEED_DEPTH, MAX_FEED_ELEMENTS,
    element::{Base, Element, Node, is_void},
    line_of,
    references::Entities,
    space::Space::{self, Atom, Plain},
};

const MAX_ATTRIBUTES: usize = 256;
const MAX_NAMESPACES: usize = 256;
/// Each link of a document may be joined to it, so a long one would multiply.
const MAX_BASE: usize = 512;
/// How often something may have no end: each time all that follows is looked through.
const MAX_LOSSES: usize = 8;
/// End tags of what isn't open.
const MAX_STRAYS: usize = 250_000;

/// A document, and where it breaks off, if it does.
pub(super) struct Document {
    /// The first element with all that is in it but the entries.
    pub(super) root: Element,
    pub(super) cut: Option<usize>,
}

/// Reads the first element from the byte `start` of `text` on, which came from `address`, and gives
/// `take` each entry.
pub(super) fn parse(
    text: &str,
    mut start: usize,
    address: Option<&Url>,
    take: &mut dyn FnMut(&Element),
) -> Result<Document, FeedReadError> {
    let mut builder = Builder::new(take, address);
    // `start` is where the reader began.
    let mut reader = reader(&text[start..]);
    let mut loss = None;
    let mut losses = 0;
    loop {
        let at = start + usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        if begins_no_tag(&text.as_bytes()[at.min(text.len())..]) {
            builder.text("<");
            start = at + 1;
            reader = self::reader(&text[start..]);
            continue;
        }
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let line = *loss.get_or_insert_with(|| line_of(text, at));
                losses += 1;
                if losses > MAX_LOSSES {
                    let bad = FeedReadError::BadXml { line, reason: error.to_string() };
                    return builder.broken_at(line).ok_or(bad);
                }
                // What has no end never began.
                let rest = &text[at.min(text.len())..];
                let opening = ["<![CDATA[", "<!--", "<?"].iter().find(|it| rest.starts_with(**it));
                if opening.is_none() && rest.starts_with('<') {
                    builder.text("<");
                }
                start = at + opening.map_or(1, |opening| opening.len());
                start = text.ceil_char_boundary(start.min(text.len()));
                reader = self::reader(&text[start..]);
                continue;
            }
        };
        let beyond = |limit: Limit| limit.error(line_of(text, at));
        match event {
            Event::Start(tag) => {
                builder.open(&tag).map_err(beyond)?;
                // Left open in HTML that was not escaped; nothing else bears these names.
                if is_void(builder.local()) {
                    builder.close();
                }
            }
            Event::Empty(tag) => {
                builder.open(&tag).map_err(beyond)?;
                builder.close();
            }
            Event::End(tag) => builder.close_named(tag.name().as_ref()).map_err(beyond)?,
            Event::Text(text) => builder.text(&text.into_inner()),
            Event::CData(text) => builder.text(&text.into_inner()),
            Event::GeneralRef(name) => builder.reference(&name),
            Event::DocType(declarations) => builder.entities.declare(&declarations),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => {
                let line = loss.unwrap_or_else(|| line_of(text, text.len()));
                let bad = FeedReadError::BadXml { line, reason: "it has no element".to_owned() };
                return builder.broken_at(line).ok_or(bad);
            }
        }
        if let Some(root) = builder.root.take() {
            return Ok(Document { root, cut: None });
        }
    }
}

fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    reader
}

/// Whether a `<` comes here that is meant as a letter: `a < b`, `<3`.
fn begins_no_tag(bytes: &[u8]) -> bool {
    let begins = |byte: u8| byte.is_ascii_alphabetic() || byte >= 0x80 || b"/!?_:".contains(&byte);
    matches!(bytes, [b'<', next, ..] if !begins(*next))
}

/// Which bound was passed.
enum Limit {
    Depth,
    Elements,
}

impl Limit {
    fn error(self, line: usize) -> FeedReadError {
        match self {
            Self::Depth => FeedReadError::TooDeep { line },
            Self::Elements => FeedReadError::TooMany { line },
        }
    }
}

/// Grows the trees.
struct Builder<'t> {
    take: &'t mut dyn FnMut(&Element),
    /// Where the document is.
    base: Option<Rc<Base>>,
    root: Option<Element>,
    /// The elements that are open, the outermost first.
    open: Vec<Element>,
    /// The place in `open` of the entry, and the elements that were held before it.
    entry: Option<(usize, usize)>,
    /// Prefixes, what they mean, and how deep they were declared.
    spaces: Vec<(String, Space, usize)>,
    entities: Entities,
    /// How many elements are held.
    elements: usize,
    /// End tags of what isn't open.
    strays: usize,
}

impl<'t> Builder<'t> {
    fn new(take: &'t mut dyn FnMut(&Element), address: Option<&Url>) -> Self {
        let address = address.filter(|url| url.as_str().len() <= MAX_BASE);
        Self {
            take,
            base: address.map(|url| Rc::new(Base { url: url.clone(), declared: false })),
            root: None,
            open: Vec::new(),
            entry: None,
            spaces: Vec::new(),
            entities: Entities::default(),
            elements: 0,
            strays: 0,
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), Limit> {
        if tag.name().as_ref().eq_ignore_ascii_case("item") {
            self.close_to_channel();
        }
        self.elements += 1;
        if self.elements > MAX_FEED_ELEMENTS {
            return Err(Limit::Elements);
        }
        if self.open.len() == MAX_FEED_DEPTH {
            return Err(Limit::Depth);
        }
        let mut attributes = Vec::new();
        for attribute in tag.html_attributes().with_checks(false).flatten().take(MAX_ATTRIBUTES) {
            let name = attribute.key.as_ref().to_owned();
            let value = match attribute.value.contains('&') {
                true => self.entities.resolved(&attribute.value),
                false => attribute.value.into_owned(),
            };
            if let Some(prefix) = declared_prefix(&name)
                && self.spaces.len() < MAX_NAMESPACES
            {
                let space = Space::of_uri(&value);
                self.spaces.push((prefix.to_owned(), space, self.open.len()));
            }
            attributes.push((name, value));
        }
        let name = tag.name().as_ref().to_owned();
        let (prefix, local) = name.split_once(':').unwrap_or(("", &name));
        let space = self.space(prefix);
        let local = local.to_owned();
        if self.entry.is_none() && is_entry(space, &local) {
            self.entry = Some((self.open.len(), self.elements - 1));
        }
        let base = self.base(&attributes);
        let nodes = Vec::new();
        self.open.push(Element { space, local, name, attributes, nodes, base, whole: false });
        Ok(())
    }

    fn space(&self, prefix: &str) -> Space {
        let known = self.spaces.iter().rev().find(|(other, ..)| other == prefix);
        match known {
            // A default namespace of somebody's own: the elements are meant all the same.
            Some((_, Space::Other, _)) if prefix.is_empty() => Plain,
            Some((_, Space::Other, _)) | None => Space::of_prefix(prefix),
            Some((_, space, _)) => *space,
        }
    }

    /// An item stands in its channel, whatever was left open before it.
    fn close_to_channel(&mut self) {
        let is_channel = |element: &Element| element.is(Plain, "channel");
        let mut place = self.open.iter().rposition(is_channel).map(|channel| channel + 1);
        // RSS 1.0 has its items beside the channel, others have none.
        if let Some((entry, _)) = self.entry
            && self.open[entry].is(Plain, "item")
        {
            place = place.max(Some(entry));
        }
        while place.is_some_and(|place| self.open.len() > place) {
            self.close();
        }
    }

    fn base(&self, attributes: &[(String, String)]) -> Option<Rc<Base>> {
        let around = match self.open.last() {
            Some(parent) => parent.base.clone(),
            None => self.base.clone(),
        };
        let Some((_, own)) = attributes.iter().find(|(name, _)| name == "xml:base") else {
            return around;
        };
        let joined = match &around {
            Some(around) => around.url.join(own.trim()),
            None => Url::parse(own.trim()),
        };
        match joined {
            Ok(url) if url.as_str().len() <= MAX_BASE => {
                Some(Rc::new(Base { url, declared: true }))
            }
            _ => around,
        }
    }

    fn local(&self) -> &str {
        self.open.last().map_or("", |element| &element.local)
    }

    fn text(&mut self, text: &str) {
        if let Some(letters) = self.letters() {
            letters.push_str(text);
        }
    }

    fn reference(&mut self, name: &str) {
        let mut entities = std::mem::take(&mut self.entities);
        if let Some(letters) = self.letters() {
            entities.push(name, letters);
        }
        self.entities = entities;
    }

    /// The text that is being read.
    fn letters(&mut self) -> Option<&mut String> {
        let nodes = &mut self.open.last_mut()?.nodes;
        if !matches!(nodes.last(), Some(Node::Text(_))) {
            nodes.push(Node::Text(String::new()));
        }
        match nodes.last_mut() {
            Some(Node::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Closes the innermost element.
    fn close(&mut self) {
        if let Some(element) = self.open.last_mut() {
            element.whole = true;
        }
        self.fold();
    }

    /// Hands the innermost element to the one around it, or an entry to whoever wants it.
    fn fold(&mut self) {
        let Some(element) = self.open.pop() else { return };
        let depth = self.open.len();
        while self.spaces.last().is_some_and(|(.., declared)| *declared >= depth) {
            self.spaces.pop();
        }
        if let Some((place, before)) = self.entry
            && place == depth
        {
            if element.whole {
                (self.take)(&element);
            }
            self.entry = None;
            self.elements = before;
            if depth > 0 {
                return;
            }
        }
        match self.open.last_mut() {
            Some(parent) => parent.nodes.push(Node::Element(element)),
            None => self.root = Some(element),
        }
    }

    fn close_named(&mut self, name: &str) -> Result<(), Limit> {
        let Some(place) = self.open.iter().rposition(|element| element.name == name) else {
            // Looking for it took as long as an element does.
            self.strays += 1;
            return if self.strays > MAX_STRAYS { Err(Limit::Elements) } else { Ok(()) };
        };
        while self.open.len() > place {
            self.close();
        }
        Ok(())
    }

    /// What there is of a document that can't be read beyond `line`, or ends there too early.
    fn broken_at(mut self, line: usize) -> Option<Document> {
        while !self.open.is_empty() {
            self.fold();
        }
        self.root.map(|root| Document { root, cut: Some(line) })
    }
}

fn is_entry(space: Space, local: &str) -> bool {
    matches!(space, Plain | Atom)
        && (local.eq_ignore_ascii_case("item") || local.eq_ignore_ascii_case("entry"))
}

/// The prefix that an attribute declares; empty for the default namespace.
fn declared_prefix(name: &str) -> Option<&str> {
    match name.strip_prefix("xmlns")? {
        "" => Some(""),
        rest => rest.strip_prefix(':'),
    }
}
