//! JSON whose values know where they stand (RFC 8259).
//!
//! # Promises
//! - Depth and values are bounded; time is linear in the bytes.

use std::collections::HashSet;

use crate::check::{
    report::{Report, shown},
    rules,
};

const MAX_DEPTH: usize = 64;
const MAX_VALUES: usize = 1_000_000;

/// A value and the byte where it begins.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) at: usize,
    pub(super) data: Data,
}

#[derive(Debug)]
pub(super) enum Data {
    Null,
    Bool,
    Number,
    Text(String),
    List(Vec<Value>),
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) at: usize,
    pub(super) value: Value,
}

impl Data {
    /// What it is, for people.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

/// Reads a document; none where it is no JSON.
pub(super) fn read(text: &str, report: &mut Report) -> Option<Value> {
    let mut reader = Reader { text, at: 0, depth: 0, values: 0, report };
    reader.space();
    let value = match reader.value() {
        Ok(value) => value,
        Err(why) => {
            let at = reader.at.min(text.len());
            reader.report.add(&rules::JSON_BROKEN, at, why);
            return None;
        }
    };
    reader.space();
    if reader.at < text.len() {
        reader.report.add(&rules::JSON_BROKEN, reader.at, "something stands behind the document");
    }
    Some(value)
}

struct Reader<'t, 'r> {
    text: &'t str,
    at: usize,
    depth: usize,
    values: usize,
    report: &'r mut Report,
}

type Read<T> = Result<T, &'static str>;

impl Reader<'_, '_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Read<Value> {
        let at = self.at;
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err("too many values to be checked");
        }
        let data = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::list)?,
            Some(b'"') => Data::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Value { at, data })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Read<Data>) -> Read<Data> {
        if self.depth == MAX_DEPTH {
            return Err("lists and objects are nested more than 64 deep");
        }
        self.depth += 1;
        let data = read(self);
        self.depth -= 1;
        data
    }

    fn object(&mut self) -> Read<Data> {
        let mut members: Vec<Member> = Vec::new();
        let mut names = HashSet::new();
        self.at += 1;
        self.space();
        if self.take(b'}') {
            return Ok(Data::Object(members));
        }
        loop {
            self.space();
            let at = self.at;
            if self.peek() != Some(b'"') {
                return Err("the name of a member, in double quotes, is due");
            }
            let name = self.string()?;
            self.space();
            if !self.take(b':') {
                return Err("a `:` is due");
            }
            self.space();
            let value = self.value()?;
            if !names.insert(name.clone()) {
                self.report.add(&rules::JSON_REPEATED, at, shown(&name));
            }
            members.push(Member { name, at, value });
            self.space();
            if self.take(b'}') {
                return Ok(Data::Object(members));
            }
            if !self.take(b',') {
                return Err("a `,` or a `}` is due");
            }
        }
    }

    fn list(&mut self) -> Read<Data> {
        let mut values = Vec::new();
        self.at += 1;
        self.space();
        if self.take(b']') {
            return Ok(Data::List(values));
        }
        loop {
            self.space();
            values.push(self.value()?);
            self.space();
            if self.take(b']') {
                return Ok(Data::List(values));
            }
            if !self.take(b',') {
                return Err("a `,` or a `]` is due");
            }
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn string(&mut self) -> Read<String> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        loop {
            match bytes.get(end) {
                None => return Err("a text that never ends"),
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(0..=0x1F) => {
                    self.at = end;
                    return Err("a control character in a text: write `\\n`, `\\t` or `\\u…`");
                }
                Some(_) => end += 1,
            }
        }
        let raw = &self.text[start..=end];
        match serde_json::from_str(raw) {
            Ok(text) => {
                self.at = end + 1;
                Ok(text)
            }
            Err(_) => Err("a text with an escape that JSON does not know"),
        }
    }

    fn number(&mut self) -> Read<Data> {
        let is_part = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
        let length = self.rest().bytes().position(|it| !is_part(it)).unwrap_or(self.rest().len());
        let raw = &self.rest()[..length];
        if serde_json::from_str::<&serde_json::value::RawValue>(raw).is_err() {
            return Err("not a number of JSON");
        }
        self.at += length;
        Ok(Data::Number)
    }

    fn word(&mut self) -> Read<Data> {
        let words = [("null", Data::Null), ("true", Data::Bool), ("false", Data::Bool)];
        for (word, data) in words {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(data);
            }
        }
        Err("a value is due")
    }
}
