//! Finds shortcodes in a text, in one pass.
//!
//! # Promises
//! - Linear: nothing is searched for twice, and no delimiter looks further than [`LONGEST`].
//! - In code (fences, backtick spans, `pre` and `code` elements) only Hugo's are found, as Hugo
//!   finds them.

use std::collections::HashMap;

use memchr::memchr3;

use super::{
    args::Args,
    code::{html_code, markdown_code},
};
use crate::story::Markup;

/// The longest shortcode tag, in bytes.
pub(super) const LONGEST: usize = 8 * 1024;

/// A piece of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind<'t>,
    /// Bytes of the text that it stands for.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it stands in code.
    pub(super) in_code: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind<'t> {
    /// Kept as it is.
    Text(&'t str),
    /// Shown as it is, though it looks like a shortcode.
    Literal(String),
    /// A whole shortcode, or the start of a paired one.
    Open(Family, Args),
    /// The end of a paired one; no name ends the latest.
    Close(Family, String),
    /// `{{ … }}` of Liquid.
    Output(&'t str),
    /// Code of `{% highlight %}`.
    Code(&'t str),
    /// A Zola address, `@/path.md#anchor`, with the `](` in front of it.
    Address(&'t str),
    /// Nothing.
    Dropped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Family {
    Hugo,
    Zola,
    Liquid,
    Bracket,
}

/// Bracket shortcodes that need neither attributes nor an end to be known.
const BRACKETS: [&str; 12] = [
    "caption",
    "wp_caption",
    "gallery",
    "embed",
    "youtube",
    "vimeo",
    "audio",
    "video",
    "playlist",
    "tweet",
    "twitter",
    "instagram",
];

pub(super) fn tokens(text: &str, markup: Markup) -> Vec<Token<'_>> {
    let closers = closers(text);
    // Few texts hold anything that may be a shortcode: only then is code told from text.
    let mut code = None;
    let mut lexer = Lexer {
        text,
        markup,
        closers,
        found: HashMap::new(),
        end_tags: HashMap::new(),
        tokens: Vec::new(),
        from: 0,
    };
    let mut at = 0;
    while let Some(found) = memchr3(b'{', b'[', b']', &text.as_bytes()[at..]) {
        at += found;
        let mut token = lexer.token(at, false);
        let mut in_code = false;
        if token.is_some() {
            let code = code.get_or_insert_with(|| {
                let markdown = markup == Markup::Markdown;
                let code = if markdown { markdown_code(text) } else { html_code(text) };
                code.into_iter().peekable()
            });
            while code.next_if(|(_, end)| *end <= at).is_some() {}
            in_code = code.peek().is_some_and(|(start, _)| *start <= at);
            if in_code {
                token = lexer.token(at, true);
            }
        }
        at = match token {
            Some((kind, end)) => {
                lexer.push(kind, at, end, in_code);
                end
            }
            None => at + 1,
        };
    }
    lexer.push_text(text.len());
    lexer.tokens
}

/// Whether an element begins within it, outside of quotes.
fn holds_element(inner: &str) -> bool {
    let mut quote = None;
    inner.char_indices().any(|(at, letter)| {
        match (quote, letter) {
            (None, '"' | '\'') if inner[..at].ends_with('=') => quote = Some(letter),
            (Some(open), letter) if letter == open => quote = None,
            (None, '<') => return true,
            _ => {}
        }
        false
    })
}

struct Lexer<'t> {
    text: &'t str,
    markup: Markup,
    /// Names that `[/name]` ends, with the last place where.
    closers: HashMap<String, usize>,
    /// Where each searched word was found last.
    found: HashMap<&'static str, Option<usize>>,
    /// Where each end tag was found last.
    end_tags: HashMap<&'static str, Option<(usize, usize)>>,
    tokens: Vec<Token<'t>>,
    from: usize,
}

impl<'t> Lexer<'t> {
    fn push_text(&mut self, end: usize) {
        if self.from < end {
            let kind = Kind::Text(&self.text[self.from..end]);
            self.tokens.push(Token { kind, start: self.from, end, in_code: false });
        }
    }

    fn push(&mut self, kind: Kind<'t>, start: usize, end: usize, in_code: bool) {
        self.push_text(start);
        self.tokens.push(Token { kind, start, end, in_code });
        self.from = end;
    }

    fn token(&mut self, at: usize, in_code: bool) -> Option<(Kind<'t>, usize)> {
        let rest = &self.text[at..];
        if self.markup == Markup::WordPress {
            let may_be = rest.starts_with('[') && !in_code;
            return may_be.then(|| self.bracket(at)).flatten();
        }
        if rest.starts_with("{{<") {
            return Some(self.hugo(at, ">}}"));
        }
        if rest.starts_with("{{%") {
            return Some(self.hugo(at, "%}}"));
        }
        if in_code {
            return None;
        }
        if rest.starts_with("{{") {
            return Some(self.output(at));
        }
        if rest.starts_with("{%") {
            return Some(self.tag(at));
        }
        if let Some(inner) = rest.strip_prefix("](@/") {
            let near = &inner[..inner.floor_char_boundary(LONGEST.min(inner.len()))];
            let end = near.find([')', ' ', '\n', '[', ']'])?;
            return Some((Kind::Address(&self.text[at + 2..at + 4 + end]), at + 4 + end));
        }
        rest.starts_with('[').then(|| self.bracket(at)).flatten()
    }

    fn hugo(&mut self, at: usize, close: &'static str) -> (Kind<'t>, usize) {
        let Some(end) = self.end_of(at + 3, close, "{{", true) else {
            return (Kind::Dropped, at + 3);
        };
        let inner = self.text[at + 3..end].trim();
        let after = end + 3;
        if let Some(shown) = inner.strip_prefix("/*").and_then(|inner| inner.strip_suffix("*/")) {
            let open = &self.text[at..at + 3];
            return (Kind::Literal(format!("{open}{shown}{close}")), after);
        }
        match inner.strip_prefix('/') {
            Some(name) => (Kind::Close(Family::Hugo, name.trim().to_lowercase()), after),
            None => (Kind::Open(Family::Hugo, Args::read(inner)), after),
        }
    }

    fn output(&mut self, at: usize) -> (Kind<'t>, usize) {
        let Some(end) = self.end_of(at + 2, "}}", "{{", false) else {
            return (Kind::Dropped, at + 2);
        };
        let inner = self.text[at + 2..end].trim_matches('-').trim();
        let after = end + 2;
        if let Some(shown) = inner.strip_prefix("/*").and_then(|inner| inner.strip_suffix("*/")) {
            return (Kind::Literal(format!("{{{{{shown}}}}}")), after);
        }
        if is_call(inner) {
            return (Kind::Open(Family::Zola, Args::read(inner)), after);
        }
        (Kind::Output(inner), after)
    }

    fn tag(&mut self, at: usize) -> (Kind<'t>, usize) {
        let Some(end) = self.end_of(at + 2, "%}", "{%", false) else {
            return (Kind::Dropped, at + 2);
        };
        let inner = self.text[at + 2..end].trim_matches('-').trim();
        let after = end + 2;
        if let Some(shown) = inner.strip_prefix("/*").and_then(|inner| inner.strip_suffix("*/")) {
            return (Kind::Literal(format!("{{%{shown}%}}")), after);
        }
        if inner == "end" {
            return (Kind::Close(Family::Zola, String::new()), after);
        }
        if is_call(inner) {
            return (Kind::Open(Family::Zola, Args::read(inner)), after);
        }
        let args = Args::read(inner);
        let until = match args.name.as_str() {
            "raw" => "endraw",
            "comment" => "endcomment",
            "highlight" => "endhighlight",
            name => {
                let close = name.strip_prefix("end").filter(|name| !name.is_empty());
                let close = close.map(|name| Kind::Close(Family::Liquid, name.to_owned()));
                return (close.unwrap_or(Kind::Open(Family::Liquid, args)), after);
            }
        };
        let Some((inner_end, behind)) = self.end_tag(after, until) else {
            return (Kind::Dropped, after);
        };
        let body = &self.text[after..inner_end];
        let kind = match until {
            "endraw" => Kind::Literal(body.to_owned()),
            "endhighlight" => Kind::Code(body),
            _ => Kind::Dropped,
        };
        (kind, behind)
    }

    /// Where the tag `{% word %}` begins and ends.
    fn end_tag(&mut self, from: usize, word: &'static str) -> Option<(usize, usize)> {
        if let Some(known) = self.end_tags.get(word)
            && known.is_none_or(|(start, _)| start >= from)
        {
            return *known;
        }
        let found = self.find_end_tag(from, word);
        self.end_tags.insert(word, found);
        found
    }

    fn find_end_tag(&mut self, from: usize, word: &'static str) -> Option<(usize, usize)> {
        let mut at = from;
        // A few words may be no tags; each is passed over once.
        loop {
            let found = self.next(at, word)?;
            let before = self.text[..found].trim_end_matches([' ', '-']);
            let behind = self.text[found + word.len()..].trim_start_matches([' ', '-']);
            if before.ends_with("{%") && before.len() >= from + 2 && behind.starts_with("%}") {
                return Some((before.len() - 2, self.text.len() - behind.len() + 2));
            }
            at = found + word.len();
        }
    }

    fn bracket(&self, at: usize) -> Option<(Kind<'t>, usize)> {
        let rest = &self.text[at..];
        if rest.starts_with("[[") {
            return None;
        }
        let (closing, body) =
            rest[1..].strip_prefix('/').map_or((false, &rest[1..]), |body| (true, body));
        let length = body.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
        let name = body[..length?].to_lowercase();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let end = bracket_end(rest)?;
        let behind = &rest[end + 1..];
        let inner = &rest[1..end];
        let known = BRACKETS.contains(&name.as_str())
            || name.starts_with("vc_")
            || name.starts_with("et_pb_");
        if closing {
            let is_tag = inner.len() == name.len() + 1;
            return is_tag.then(|| (Kind::Close(Family::Bracket, name), at + end + 1));
        }
        // A link, a reference or a definition of Markdown.
        if behind.starts_with(['(', '[', ':']) && self.markup == Markup::Markdown {
            return None;
        }
        if inner[name.len()..].starts_with(|c: char| !c.is_whitespace() && c != '/') {
            return None;
        }
        // An element in brackets is text in brackets.
        if holds_element(inner) {
            return None;
        }
        let args = Args::read(inner);
        // Words in brackets that begin with a name are words: `[video of the fire]`.
        if !args.has_named() && args.at(1).is_some() && !name.starts_with("vc_") {
            let closed = self.closers.get(&name).is_some_and(|last| *last > at);
            let is_plain = !inner.contains(['/', '"', '\'', '=']);
            if !closed && is_plain {
                return None;
            }
        }
        let closed = self.closers.get(&name).is_some_and(|last| *last > at);
        let quoted = inner.contains("=\"")
            || inner.contains("='")
            || inner.contains("=“")
            || inner.contains("=&quot;");
        if closed
            || (args.has_named() && quoted)
            || (known && (args.has_named() || args.at(0).is_some() || inner.len() == name.len()))
        {
            return Some((Kind::Open(Family::Bracket, args), at + end + 1));
        }
        None
    }

    /// Where `close` stands, quotes passed over; none where `again` comes first or it is too far.
    fn end_of(
        &mut self,
        from: usize,
        close: &'static str,
        again: &str,
        hugo: bool,
    ) -> Option<usize> {
        self.next(from, close)?;
        let bytes = self.text.as_bytes();
        let limit = bytes.len().min(from + LONGEST);
        let mut quote = None;
        let mut at = from;
        while at < limit {
            let byte = bytes[at];
            match quote {
                Some(open) if byte == open => quote = None,
                Some(b'"') if byte == b'\\' && hugo => at += 1,
                None if bytes[at..].starts_with(close.as_bytes()) => return Some(at),
                None if bytes[at..].starts_with(again.as_bytes()) => return None,
                None if byte == b'"' || (byte == b'`' && hugo) || (byte == b'\'' && !hugo) => {
                    quote = Some(byte);
                }
                _ => {}
            }
            at += 1;
        }
        // An apostrophe may have been taken for a quote: without quotes, then.
        let plain = self.next(from, close).filter(|end| *end < limit)?;
        (!self.text[from..plain].contains(again)).then_some(plain)
    }

    /// The next place of `word`; remembered, so that the text is searched once for each word.
    fn next(&mut self, from: usize, word: &'static str) -> Option<usize> {
        if let Some(found) = self.found.get(word)
            && found.is_none_or(|at| at >= from)
        {
            return *found;
        }
        let found = self.text[from..].find(word).map(|at| at + from);
        self.found.insert(word, found);
        found
    }
}

/// `name(…)`.
fn is_call(text: &str) -> bool {
    let name =
        text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':')));
    name.is_some_and(|end| {
        end > 0 && text[end..].trim_start().starts_with('(') && text.ends_with(')')
    })
}

/// The `]` of `[name a="]"]`; a bracket or an empty line in between means that it is none.
fn bracket_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let limit = bytes.len().min(LONGEST);
    let mut quote = None;
    for at in 1..limit {
        let byte = bytes[at];
        match quote {
            Some(open) if byte == open => quote = None,
            None if byte == b']' => return Some(at),
            None if byte == b'[' || byte == b'\n' => return None,
            None if matches!(byte, b'"' | b'\'') && bytes[at - 1] == b'=' => quote = Some(byte),
            _ => {}
        }
    }
    None
}

fn closers(text: &str) -> HashMap<String, usize> {
    let mut closers = HashMap::new();
    for (at, _) in text.match_indices("[/") {
        let rest = &text[at + 2..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
        if let Some(end) = end.filter(|end| *end > 0 && *end < 64 && rest[*end..].starts_with(']'))
        {
            closers.insert(rest[..end].to_lowercase(), at);
        }
    }
    closers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_of_markdown_and_of_prose_are_no_shortcodes() {
        let text =
            "[1] [sic] [video](a.mp4) [x][y] [^1] [a b] [ ] [x]: /u\n[foo=\"1\"](u) [Note: z]";
        assert_eq!(tokens(text, Markup::Markdown).len(), 1);
    }
}
