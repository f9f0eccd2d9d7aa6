//! Tags and comments of raw HTML, delimited as the tokenizer of HTML does it (HTML §13.2.5).
//!
//! For [`super::guard_html`], which must agree with the parser about where each one ends.

/// Where the comment (or what is read as one, up to `>`) that starts at `start` ends.
pub(super) fn end_of_comment(html: &str, start: usize) -> usize {
    let rest = &html[start..];
    let length = if let Some(body) = rest.strip_prefix("<!--") {
        if body.starts_with('>') {
            Some(5)
        } else if body.starts_with("->") {
            Some(6)
        } else {
            let plain = body.find("-->").map(|at| 4 + at + 3);
            let limit = plain.map_or(body.len(), |end| (end - 4).min(body.len()));
            body[..limit].find("--!>").map(|at| 4 + at + 4).or(plain)
        }
    } else {
        rest.find('>').map(|at| at + 1)
    };
    length.map_or(html.len(), |length| start + length)
}

/// A tag as the tokenizer of HTML reads it (HTML §13.2.5).
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) attributes: usize,
    /// Behind its `>`.
    pub(super) end: usize,
    pub(super) self_closing: bool,
}

impl Tag {
    /// Reads from the first letter of the name.
    pub(super) fn read(html: &str, start: usize) -> Self {
        let bytes = html.as_bytes();
        let ends_name = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
        let mut at = start;
        while at < bytes.len() && !ends_name(bytes[at]) {
            at += 1;
        }
        let name = html[start..at].to_ascii_lowercase();
        let mut attributes = 0;
        let mut self_closing = false;
        while at < bytes.len() {
            match bytes[at] {
                b'>' => {
                    return Self { name, attributes, end: at + 1, self_closing };
                }
                b'/' => {
                    self_closing = bytes.get(at + 1) == Some(&b'>');
                    at += 1;
                }
                byte if byte.is_ascii_whitespace() => at += 1,
                _ => {
                    attributes += 1;
                    at = end_of_attribute(bytes, at);
                }
            }
        }
        Self { name, attributes, end: at, self_closing }
    }
}

fn end_of_attribute(bytes: &[u8], start: usize) -> usize {
    // An equals sign in front belongs to the name.
    let mut at = start + 1;
    while at < bytes.len()
        && !bytes[at].is_ascii_whitespace()
        && !matches!(bytes[at], b'/' | b'>' | b'=')
    {
        at += 1;
    }
    let mut equals = at;
    while equals < bytes.len() && bytes[equals].is_ascii_whitespace() {
        equals += 1;
    }
    if bytes.get(equals) != Some(&b'=') {
        return at;
    }
    at = equals + 1;
    while at < bytes.len() && bytes[at].is_ascii_whitespace() {
        at += 1;
    }
    if let Some(quote @ (b'"' | b'\'')) = bytes.get(at) {
        let length = bytes[at + 1..].iter().position(|byte| byte == quote);
        return length.map_or(bytes.len(), |length| at + length + 2);
    }
    while at < bytes.len() && !bytes[at].is_ascii_whitespace() && bytes[at] != b'>' {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_ends_where_the_parser_ends_it() {
        for (html, rest) in [
            ("a b='>' c>x", "x"),
            ("a =\">x", "x"),
            ("a b=c'>x", "x"),
            ("a b = \"'>\" / c=d>x", "x"),
            ("a/>x", "x"),
            ("a b=\"", ""),
        ] {
            assert_eq!(&html[Tag::read(html, 0).end..], rest, "{html}");
        }
    }

    #[test]
    fn a_comment_ends_where_the_parser_ends_it() {
        for (html, rest) in [
            ("<!--a-->x", "x"),
            ("<!-->x", "x"),
            ("<!--->x", "x"),
            ("<!--a--!>x", "x"),
            ("<!-- > -- > -->x", "x"),
            ("<!DOCTYPE a>x", "x"),
            ("<!--a", ""),
        ] {
            assert_eq!(&html[end_of_comment(html, 0)..], rest, "{html}");
        }
    }
}
