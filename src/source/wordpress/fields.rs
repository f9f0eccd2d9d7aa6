//! The elements of one piece of an export, with their names as WordPress writes them
//! (`wp:post_id`, `content:encoded`).
//!
//! # Promises
//! - Bare `&`, entities of HTML and end tags that match nothing are forgiven.
//!
//! # Limits
//! - Prefixes are taken by their names: WordPress declares and writes no others.
//! - Elements beyond the eighth within each other come out as text of the one around them.

use html_escape::decode_html_entities;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use crate::text::legal;

const MAX_DEPTH: usize = 8;
/// A post with more elements is none.
const MAX_ELEMENTS: usize = 100_000;

/// An element with what is in it.
#[derive(Debug, Default)]
pub(super) struct Field {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    text: String,
    fields: Vec<Self>,
    /// Its end was found.
    pub(super) whole: bool,
}

impl Field {
    /// Those of that name right below.
    pub(super) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f Self> {
        self.fields.iter().filter(move |field| field.name == name)
    }

    /// The first text of that name that says anything.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        let named = self.fields.iter().filter(|field| field.name == name);
        named.map(Self::text).find(|text| !text.is_empty())
    }

    /// What is written in it, without white space around it.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let value = self.attributes.iter().find(|(other, _)| other == name)?.1.trim();
        (!value.is_empty()).then_some(value)
    }

    /// The first value of that name among what plugins and WordPress remember of a post.
    pub(super) fn meta<'f>(&'f self, key: &'f str) -> Option<&'f str> {
        self.metas(key).next()
    }

    pub(super) fn metas<'f>(&'f self, key: &'f str) -> impl Iterator<Item = &'f str> {
        let all = self.all("wp:postmeta");
        all.filter(move |meta| meta.text_of("wp:meta_key") == Some(key))
            .filter_map(|meta| meta.text_of("wp:meta_value"))
    }
}

/// The first element of `text`, as far as it can be read.
///
/// # Errors
/// What the parser says of a text that can't be read.
pub(super) fn read_fields(text: &str) -> Result<Field, String> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    let mut tree = Tree::default();
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) if tree.open.is_empty() => return Err(error.to_string()),
            // The head of an export that ends within it is good for what it has.
            Err(_) => Event::Eof,
        };
        match event {
            Event::Start(tag) => tree.open(&tag)?,
            Event::Empty(tag) => {
                let name = tag.name();
                tree.open(&tag)?;
                tree.close(name.as_ref());
            }
            Event::End(tag) => tree.close(tag.name().as_ref()),
            Event::Text(text) => tree.text(&text.into_inner()),
            Event::CData(text) => tree.text(&text.into_inner()),
            Event::GeneralRef(name) => {
                let reference = format!("&{};", &*name);
                tree.text(&legal(&decode_html_entities(&reference)));
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof => return tree.ended().ok_or_else(|| "it has no element".to_owned()),
        }
        if let Some(root) = tree.root.take() {
            return Ok(root);
        }
    }
}

#[derive(Default)]
struct Tree {
    root: Option<Field>,
    open: Vec<Field>,
    elements: usize,
}

impl Tree {
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(format!("it has more than {MAX_ELEMENTS} elements"));
        }
        let name = tag.name().as_ref().to_owned();
        if self.is_markup(&name) {
            self.text(&format!("<{}>", &**tag));
            return Ok(());
        }
        let mut attributes = Vec::new();
        for attribute in tag.html_attributes().with_checks(false).flatten().take(16) {
            let value = decode_html_entities(&attribute.value).into_owned();
            attributes.push((attribute.key.as_ref().to_owned(), value));
        }
        self.open.push(Field { name, attributes, ..Field::default() });
        Ok(())
    }

    /// Whether an element is HTML that a section in a text let out, rather than a field: those of
    /// WordPress stand in none that hold texts.
    fn is_markup(&self, name: &str) -> bool {
        let around = self.open.last().map_or("", |field| field.name.as_str());
        let is_text = around.ends_with(":encoded") || around == "wp:meta_value";
        self.open.len() >= MAX_DEPTH || (is_text && name != around)
    }

    fn close(&mut self, name: &str) {
        let Some(place) = self.open.iter().rposition(|field| field.name == name) else {
            if !self.open.is_empty() && self.is_markup(name) {
                self.text(&format!("</{name}>"));
            }
            return;
        };
        while self.open.len() > place {
            let Some(mut field) = self.open.pop() else { return };
            field.whole = true;
            match self.open.last_mut() {
                Some(around) => around.fields.push(field),
                None => self.root = Some(field),
            }
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(field) = self.open.last_mut() {
            field.text.push_str(text);
        }
    }

    fn ended(mut self) -> Option<Field> {
        while let Some(field) = self.open.pop() {
            match self.open.last_mut() {
                Some(around) => around.fields.push(field),
                None => self.root = Some(field),
            }
        }
        self.root
    }
}
