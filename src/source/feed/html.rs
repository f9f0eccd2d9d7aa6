//! HTML reduced to what a reader sees, for comparison only.
//!
//! # Promises
//! - Alike are: white space of any length, and next to blocks of any or none; the ways to spell a
//!   character; letter case, order and quotes of attributes; `<br>` and `<br/>`; comments.
//! - One walk, whatever the text holds.
//!
//! # Limits
//! - White space within `<pre>` counts as little as elsewhere.
//! - Not for showing: the result is not clean.

/// `html` in one spelling.
pub(super) fn reduced(html: &str) -> String {
    let mut reducer = Reducer::default();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let (text, tag) = rest.split_at(start);
        reducer.text(text);
        rest = tag;
        let inside = tag[1..].strip_prefix('/').unwrap_or(&tag[1..]);
        match Piece::read(tag) {
            Some((piece, after)) => {
                reducer.piece(&piece);
                rest = after;
            }
            // No tag further on is closed either: looking for its end again would cost a walk each.
            None if inside.starts_with(|it: char| it.is_ascii_alphabetic()) => break,
            None => {
                reducer.text("<");
                rest = &tag[1..];
            }
        }
    }
    reducer.text(rest);
    reducer.html.truncate(reducer.html.trim_end().len());
    reducer.html
}

/// What begins with `<`.
enum Piece<'a> {
    Tag {
        name: &'a str,
        attributes: &'a str,
    },
    End {
        name: &'a str,
    },
    /// A comment, or an instruction.
    Unseen,
}

impl<'a> Piece<'a> {
    /// The piece that `text` begins with, and what follows it.
    fn read(text: &'a str) -> Option<(Self, &'a str)> {
        if let Some(comment) = text.strip_prefix("<!--") {
            let rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            return Some((Self::Unseen, rest));
        }
        if text.starts_with("<!") || text.starts_with("<?") {
            return Some((Self::Unseen, text.split_once('>').map_or("", |(_, rest)| rest)));
        }
        let (is_end, inside) = match text[1..].strip_prefix('/') {
            Some(inside) => (true, inside),
            None => (false, &text[1..]),
        };
        if !inside.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            return None;
        }
        let mut quote = None;
        let end = inside.bytes().position(|byte| {
            match quote {
                Some(open) if open == byte => quote = None,
                None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
                _ => {}
            }
            quote.is_none() && byte == b'>'
        })?;
        let (tag, rest) = (&inside[..end], &inside[end + 1..]);
        let name = tag.find(|it: char| it.is_whitespace() || it == '/').unwrap_or(tag.len());
        let (name, attributes) = tag.split_at(name);
        let piece = if is_end { Self::End { name } } else { Self::Tag { name, attributes } };
        Some((piece, rest))
    }
}

#[derive(Default)]
struct Reducer {
    html: String,
    /// White space that counts if a text follows.
    space: bool,
}

impl Reducer {
    fn text(&mut self, text: &str) {
        let text = html_escape::decode_html_entities(text);
        for (index, word) in text.split_whitespace().enumerate() {
            if index > 0 || self.space || text.starts_with(char::is_whitespace) {
                self.push_space();
            }
            self.space = false;
            self.html.push_str(&html_escape::encode_text(word));
        }
        self.space |= text.ends_with(char::is_whitespace);
    }

    fn push_space(&mut self) {
        if !self.html.is_empty() && !self.html.ends_with([' ', '\n']) {
            self.html.push(' ');
        }
    }

    fn piece(&mut self, piece: &Piece<'_>) {
        let (name, tag) = match piece {
            Piece::Unseen => return,
            Piece::End { name } => {
                let name = name.to_ascii_lowercase();
                let tag = format!("</{name}>");
                (name, tag)
            }
            Piece::Tag { name, attributes } => {
                let name = name.to_ascii_lowercase();
                let tag = format!("<{name}{}>", in_order(attributes));
                (name, tag)
            }
        };
        if is_block(&name) {
            // A line end stands for any white space around a block.
            self.html.truncate(self.html.trim_end_matches(' ').len());
            self.html.push_str(&tag);
            self.html.push('\n');
            self.space = false;
        } else {
            if self.space {
                self.push_space();
                self.space = false;
            }
            self.html.push_str(&tag);
        }
    }
}

/// Attributes by name, in one spelling.
fn in_order(written: &str) -> String {
    let mut attributes = Vec::new();
    let mut rest = written;
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '/');
        if rest.is_empty() {
            break;
        }
        let end = rest.find(|it: char| it.is_whitespace() || it == '=').unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let mut value = "";
        rest = after.trim_start();
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            (value, rest) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    after[1..].split_once(quote).unwrap_or((&after[1..], ""))
                }
                _ => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
            };
        }
        let value = html_escape::decode_html_entities(value);
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        let value = html_escape::encode_double_quoted_attribute(&value).into_owned();
        attributes.push(format!(" {}=\"{value}\"", name.to_ascii_lowercase()));
    }
    attributes.sort();
    attributes.concat()
}

fn is_block(name: &str) -> bool {
    const BLOCKS: [&str; 34] = [
        "address",
        "article",
        "aside",
        "audio",
        "blockquote",
        "br",
        "caption",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "iframe",
        "li",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "td",
        "th",
        "tr",
        "ul",
    ];
    BLOCKS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_the_same_html_are_alike() {
        for (one, other) in [
            ("<p>One two</p>\n<p>Three</p>", "<p>One \n two </p><p> Three</p>\n"),
            ("<p>Caf&eacute; &amp; t&#233; &quot;x&quot;</p>", "<p>Café &#x26; té \"x\"</p>"),
            ("<img src=\"a?b=1&amp;c=2\" alt=\"\">", "<IMG alt='' src='a?b=1&c=2' />"),
            ("one<br>two", "one <br />two"),
            ("a<!-- b --> c", "a c"),
            ("a <b>b</b> c", "a\n<b>b</b>\nc"),
            ("1 &lt; 2", "1 < 2"),
            ("it&nbsp;is", "it is"),
        ] {
            assert_eq!(reduced(one), reduced(other));
        }
    }

    #[test]
    fn what_a_reader_sees_makes_a_difference() {
        for (one, other) in [
            ("<p>One</p>", "<p>Two</p>"),
            ("<p>One</p>", "<h2>One</h2>"),
            ("<a href=\"/a\">x</a>", "<a href=\"/b\">x</a>"),
            ("a <b>b</b>", "a<b>b</b>"),
            ("&lt;b&gt;", "<b>"),
            ("<p>1", "<p>1 <2"),
        ] {
            assert_ne!(reduced(one), reduced(other));
        }
    }

    #[test]
    fn broken_and_hostile_html_is_walked_once() {
        for text in ["<a \"", "<", "<a", "</", "<!--", "<?", "<a b='", "é<é", "<a =>", "<a é=é>"]
        {
            reduced(text);
            reduced(&text.repeat(100_000));
        }
    }
}
