//! Text → tree: XML, strictly, with the place of everything.
//!
//! # Promises
//! - Whatever a parser of XML 1.0 with namespaces refuses is found. What leaves the shape of the
//!   document clear is reported and passed over; at the rest the reading ends, and what stood
//!   before it is still checked.
//! - Time and memory are linear in the bytes; depth and elements are bounded.
//!
//! # Limits
//! - Declarations of a document type are read for entities alone.
//! - It has its own scanner: those of feed readers forgive, and do not say where.

mod entities;
mod namespaces;
mod scan;
mod tag;

use std::rc::Rc;

use super::{
    report::{Report, shown},
    rules,
    tree::{Attribute, Element, Id, Text, Tree, UNKNOWN},
};
use entities::Entities;
use namespaces::{Declaration, Family, Scope};
use scan::{Kind, Token};
use tag::Tag;

/// Elements within each other.
const MAX_DEPTH: usize = 256;
/// Elements and attributes of a document.
const MAX_NODES: usize = 1_000_000;

/// Reads a document.
pub(super) fn parse<'t>(text: &'t str, report: &mut Report) -> Tree<'t> {
    let mut builder = Builder {
        text,
        tree: Tree::default(),
        open: Vec::new(),
        scope: Scope::default(),
        entities: Entities::default(),
        nodes: 0,
        closed: false,
        report,
    };
    builder.note_numbers();
    builder.tree.is_whole = builder.read().is_some();
    builder.end();
    builder.tree
}

struct Builder<'t, 'r> {
    text: &'t str,
    tree: Tree<'t>,
    open: Vec<Id>,
    scope: Scope,
    entities: Entities,
    nodes: usize,
    /// Whether the outermost element ended.
    closed: bool,
    report: &'r mut Report,
}

impl<'t> Builder<'t, '_> {
    /// Reads to the end; none where that is not possible.
    fn read(&mut self) -> Option<()> {
        let mut at = self.beginning();
        while at < self.text.len() {
            let token = match scan::next(self.text, at) {
                Ok(token) => token,
                Err((at, why)) => return self.broken(at, why),
            };
            let Token { kind, start, end } = token;
            let raw = &self.text[start..end];
            match kind {
                Kind::Text => self.letters(raw, start)?,
                Kind::CData => self.cdata(&raw[9..raw.len() - 3], start + 9)?,
                Kind::Comment => self.comment(&raw[4..raw.len() - 3], start + 4),
                Kind::Instruction => self.instruction(raw, start)?,
                Kind::Doctype => self.doctype(raw, start)?,
                Kind::End => self.close(raw, start, end)?,
                Kind::Start => self.open_tag(raw, start, end)?,
            }
            at = end;
        }
        if let Some(id) = self.open.last() {
            let name = self.tree.elements[*id].written;
            return self.broken(self.text.len(), &format!("`<{name}>` is never closed"));
        }
        if self.tree.elements.is_empty() {
            return self.broken(self.text.len(), "there is no element");
        }
        Some(())
    }

    fn broken(&mut self, at: usize, why: &str) -> Option<()> {
        self.report.add(&rules::XML_BROKEN, at, why);
        None
    }

    /// Where the document begins, behind what must not stand before it.
    fn beginning(&mut self) -> usize {
        let start = self.text.len() - self.text.trim_start().len();
        if start > 0 && self.text[start..].starts_with("<?xml ") {
            self.report.add(&rules::XML_LATE, start, "");
            return start;
        }
        0
    }

    fn note_numbers(&mut self) {
        let mut at = 0;
        while let Some(found) = self.text[at..].find("&#x") {
            let start = self.text[..at + found].rfind('\n').map_or(0, |end| end + 1);
            let rest = &self.text[at + found..];
            let end = at + found + rest.find('\n').unwrap_or(rest.len());
            self.tree.numbered_lines.push((start, end));
            at = end;
        }
    }

    fn instruction(&mut self, raw: &'t str, start: usize) -> Option<()> {
        self.characters(raw, start);
        let target = raw[2..].split(|c: char| c.is_ascii_whitespace() || c == '?').next();
        let target = target.unwrap_or_default();
        if target.is_empty() || !tag::is_name(target) {
            return self.broken(start, "an instruction without a name");
        }
        if target.eq_ignore_ascii_case("xml") {
            if !self.text[..start].trim().is_empty() || target != "xml" {
                self.report.add(&rules::XML_LATE, start, "");
                return None;
            }
            return self.declaration(raw, start);
        }
        Some(())
    }

    fn declaration(&mut self, raw: &str, start: usize) -> Option<()> {
        let inner = &raw[5..raw.len() - 2];
        let Ok(parts) = tag::attributes(inner, start + 5) else {
            return self.broken(start, "the XML declaration can't be read");
        };
        let names: Vec<_> = parts.iter().map(|it| it.name).collect();
        let known = [
            &["version"][..],
            &["version", "encoding"],
            &["version", "standalone"],
            &["version", "encoding", "standalone"],
        ];
        if !known.contains(&&names[..]) {
            return self.broken(start, "the XML declaration has version, then encoding");
        }
        if parts[0].raw != "1.0" {
            self.report.add(&rules::XML_VERSION, parts[0].at, shown(parts[0].raw));
        }
        Some(())
    }

    fn doctype(&mut self, raw: &'t str, start: usize) -> Option<()> {
        if !self.tree.elements.is_empty() {
            return self.broken(start, "a document type stands before the first element");
        }
        self.characters(raw, start);
        let outer = raw.split('[').next().unwrap_or(raw);
        let netscape = outer.contains("-//Netscape Communications//DTD RSS 0.91//EN");
        let old = outer.contains("http://my.netscape.com/publish/formats/rss-0.91.dtd");
        let board = outer.contains("rssboard.org/rss-0.91.dtd");
        self.tree.has_rss_doctype = netscape && (old || board);
        if netscape && old {
            self.report.add(&rules::RSS_DOCTYPE, start, "rss-0.91.dtd of my.netscape.com");
        } else if !self.tree.has_rss_doctype
            && (outer.contains(" PUBLIC ") || outer.contains(" SYSTEM "))
        {
            self.report.add(&rules::XML_EXTERNAL, start, "");
        }
        self.entities.declare(raw);
        self.entities.knows_html = self.tree.has_rss_doctype;
        Some(())
    }

    fn comment(&mut self, inner: &str, at: usize) {
        self.characters(inner, at);
        if let Some(place) = inner.find("--") {
            self.report.add(&rules::XML_BROKEN, at + place, "`--` in a comment");
        } else if inner.ends_with('-') {
            self.report.add(&rules::XML_BROKEN, at + inner.len() - 1, "a comment ends with `--->`");
        }
    }

    fn cdata(&mut self, inner: &str, at: usize) -> Option<()> {
        if self.open.is_empty() {
            return self.broken(at, "text outside of the first element");
        }
        self.characters(inner, at);
        self.dubious(inner, at);
        self.push_text(inner, at);
        Some(())
    }

    fn letters(&mut self, raw: &str, at: usize) -> Option<()> {
        let Some(id) = self.open.last().copied() else {
            let blank = raw.trim_start_matches('\u{FEFF}').trim_matches([' ', '\t', '\r', '\n']);
            if blank.is_empty() {
                return Some(());
            }
            let place = at + raw.len() - raw.trim_start().len();
            return self.broken(place, "text outside of the first element");
        };
        self.characters(raw, at);
        self.dubious(raw, at);
        if let Some(place) = raw.find("]]>") {
            self.report.add(&rules::XML_BROKEN, at + place, "`]]>` in a text");
        }
        let mut text = std::mem::take(&mut self.tree.elements[id].text);
        let mut rest = raw;
        let mut place = at;
        while let Some(amp) = rest.find('&') {
            push_lines(&mut text, &rest[..amp], place);
            place += amp;
            let length = self.entities.expand(&rest[amp..], place, &mut text, self.report);
            place += length;
            rest = &rest[amp + length..];
        }
        push_lines(&mut text, rest, place);
        self.tree.elements[id].text = text;
        Some(())
    }

    fn push_text(&mut self, letters: &str, at: usize) {
        if let Some(id) = self.open.last() {
            push_lines(&mut self.tree.elements[*id].text, letters, at);
        }
    }

    /// Looks for characters that XML forbids (XML 1.0 §2.2).
    fn characters(&mut self, raw: &str, at: usize) {
        if let Some((place, letter)) = raw.char_indices().find(|(_, letter)| !is_legal(*letter)) {
            let detail = format!("U+{:04X}", u32::from(letter));
            self.report.add(&rules::XML_ILLEGAL, at + place, detail);
        }
    }

    /// Looks for what a wrong encoding left.
    fn dubious(&mut self, text: &str, at: usize) {
        if text.is_ascii() {
            return;
        }
        let is_bad = |letter: char| matches!(letter, '\u{80}'..='\u{9F}' | '\u{FFFD}');
        let found = text.char_indices().find(|(_, letter)| is_bad(*letter));
        let found = found.or_else(|| twice_encoded(text));
        if let Some((place, letter)) = found {
            let detail = format!("U+{:04X}", u32::from(letter));
            self.report.add(&rules::XML_DUBIOUS, at + place, detail);
        }
    }

    fn open_tag(&mut self, raw: &'t str, start: usize, end: usize) -> Option<()> {
        if self.closed {
            return self.broken(start, "a second outermost element");
        }
        if self.open.len() == MAX_DEPTH {
            self.report.add(&rules::XML_TOO_DEEP, start, "");
            return None;
        }
        self.characters(raw, start);
        let tag = match Tag::read(raw, start) {
            Ok(tag) => tag,
            Err((at, why)) => return self.broken(at, why),
        };
        self.nodes += 1 + tag.attributes.len();
        if self.nodes > MAX_NODES {
            self.report.add(&rules::XML_TOO_LARGE, start, "");
            return None;
        }
        let (attributes, depth) = (self.attributes(&tag), self.open.len());
        for attribute in &attributes {
            if let Some(prefix) = declared_prefix(attribute.written) {
                let family = self.family(&tag);
                let (address, at) = (&*attribute.value, attribute.at);
                let declared = Declaration { prefix, address, depth, at, family };
                self.scope.declare(&declared, self.report);
            }
        }
        let (prefix, local) = tag.name.split_once(':').unwrap_or(("", tag.name));
        let (space, namespace) = match self.scope.find(prefix) {
            Some((space, namespace)) => (space, namespace),
            None if prefix.is_empty() => ("", Rc::from("")),
            None => {
                self.report.add(&rules::XML_PREFIX, start, shown(tag.name));
                (UNKNOWN, Rc::from(""))
            }
        };
        let attributes = self.named(attributes);
        let id = self.tree.elements.len();
        let parent = self.open.last().copied();
        if let Some(parent) = parent {
            self.tree.elements[parent].children.push(id);
        }
        self.tree.elements.push(Element {
            prefix: space,
            local,
            written: tag.name,
            namespace,
            attributes,
            children: Vec::new(),
            parent,
            text: Text::default(),
            at: start,
            end,
            is_whole: tag.is_empty,
        });
        if tag.is_empty {
            self.scope.leave(depth);
            self.closed = self.open.is_empty();
        } else {
            self.open.push(id);
        }
        Some(())
    }

    fn family(&self, tag: &Tag<'_>) -> Family {
        let outermost = self.tree.root().map_or(tag.name, |root| root.written);
        match outermost.rsplit(':').next() {
            Some("feed" | "entry") => Family::Atom,
            _ => Family::Other,
        }
    }

    fn attributes(&mut self, tag: &Tag<'t>) -> Vec<Attribute<'t>> {
        let mut attributes: Vec<Attribute<'t>> = Vec::with_capacity(tag.attributes.len());
        for raw in &tag.attributes {
            if attributes.iter().any(|other| other.written == raw.name) {
                let detail = format!("{} is there twice", shown(raw.name));
                self.report.add(&rules::XML_BROKEN, raw.at, detail);
                continue;
            }
            if raw.raw.contains('<') {
                self.report.add(&rules::XML_BROKEN, raw.at, "a `<` in an attribute");
            }
            self.dubious(raw.raw, raw.value_at);
            let value = self.entities.attribute(raw.raw, raw.value_at, self.report);
            let local = raw.name.split_once(':').map_or(raw.name, |(_, local)| local);
            attributes.push(Attribute { prefix: "", local, written: raw.name, value, at: raw.at });
        }
        attributes
    }

    /// The attributes that declare nothing, with what their prefixes mean.
    fn named(&mut self, attributes: Vec<Attribute<'t>>) -> Vec<Attribute<'t>> {
        let mut named = Vec::with_capacity(attributes.len());
        for mut attribute in attributes {
            if declared_prefix(attribute.written).is_some() {
                continue;
            }
            if let Some((prefix, _)) = attribute.written.split_once(':') {
                let found = self.scope.find(prefix).map(|(space, _)| space);
                if found.is_none() {
                    self.report.add(&rules::XML_PREFIX, attribute.at, shown(attribute.written));
                }
                attribute.prefix = found.unwrap_or(UNKNOWN);
            }
            named.push(attribute);
        }
        named
    }

    fn close(&mut self, raw: &str, start: usize, end: usize) -> Option<()> {
        let name = raw[2..raw.len() - 1].trim_end();
        let Some(id) = self.open.last().copied() else {
            return self.broken(start, &format!("`</{name}>` closes nothing"));
        };
        let open = self.tree.elements[id].written;
        if open != name {
            let why = format!("`</{}>` where `</{open}>` is due", name.trim());
            return self.broken(start, &why);
        }
        self.tree.elements[id].end = end;
        self.tree.elements[id].is_whole = true;
        self.open.pop();
        self.scope.leave(self.open.len());
        self.closed = self.open.is_empty();
        Some(())
    }

    fn end(&mut self) {
        for id in self.open.drain(..) {
            self.tree.elements[id].end = self.text.len();
        }
    }
}

/// The prefix that an attribute declares; empty for the default namespace.
fn declared_prefix(name: &str) -> Option<&str> {
    match name.strip_prefix("xmlns")? {
        "" => Some(""),
        rest => rest.strip_prefix(':'),
    }
}

/// Adds letters, line ends as XML reads them (XML 1.0 §2.11).
fn push_lines(text: &mut Text, letters: &str, at: usize) {
    let mut place = at;
    for (number, part) in letters.split('\r').enumerate() {
        if number > 0 {
            place += 1;
            if !part.starts_with('\n') {
                text.push("\n", place - 1);
            }
        }
        text.push(part, place);
        place += part.len();
    }
}

fn is_legal(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// Where a letter was encoded in UTF-8 twice, if all of the text was.
fn twice_encoded(text: &str) -> Option<(usize, char)> {
    let mut before = ' ';
    let found = text.char_indices().find(|(_, letter)| {
        let twice = matches!(before, '\u{C2}' | '\u{C3}') && matches!(letter, '\u{80}'..='\u{BF}');
        before = *letter;
        twice
    })?;
    let bytes: Option<Vec<u8>> =
        text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect();
    std::str::from_utf8(&bytes?).is_ok().then_some(found)
}

#[cfg(test)]
mod tests;
