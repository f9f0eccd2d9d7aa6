//! Titles, names, summaries and captions made plain.
//!
//! They come from front matter, feeds and data bases, where they may hold tags or entities.
//!
//! # Promises
//! - No tag survives, however often it was escaped.
//! - `a < b`, `AT&T` and `Q&A` come out as they went in.
//!
//! # Limits
//! - Markdown is not interpreted.
//! - A text that means to show a tag (`How to use <b>`) loses it.

use std::sync::LazyLock;

use ammonia::Builder;

use super::{guard::guard_html, legal::one_line};

/// Rounds of decoding before what still looks like a tag is broken up.
const ROUNDS: usize = 4;

static BARE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder.clean_content_tags(["script", "style", "template", "noscript"].into());
    builder.link_rel(None);
    builder
});

/// `text` without tags and with its entities decoded, on one line.
pub fn plain_text(text: &str) -> String {
    if !text.contains(['<', '&']) {
        return one_line(text);
    }
    let mut text = one_line(text);
    for _ in 0..ROUNDS {
        let next = if has_tag(&text) { without_tags(&text) } else { decoded(&text) };
        if next == text {
            break;
        }
        text = next;
    }
    if has_tag(&text) {
        text = text.replace('<', " ");
    }
    one_line(&text)
}

/// The entities of `text` decoded, once.
pub(super) fn decoded(text: &str) -> String {
    html_escape::decode_html_entities(text).into_owned()
}

fn without_tags(text: &str) -> String {
    if guard_html(text).is_err() {
        return text.replace('<', " ");
    }
    decoded(&BARE.clean(&spaced(text)).to_string())
}

/// A space before each tag that parts paragraphs or lines, so that words don't grow together.
fn spaced(text: &str) -> String {
    let parts = ["br", "/p", "p", "/div", "div", "li", "/li", "/td", "/h", "h1", "h2", "h3", "tr"];
    let mut pieces = text.split('<');
    let mut spaced = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '/');
        let name = piece[..end.unwrap_or(piece.len())].trim_end_matches('/');
        if parts.iter().any(|part| name.eq_ignore_ascii_case(part)) {
            spaced.push(' ');
        }
        spaced.push('<');
        spaced.push_str(piece);
    }
    spaced
}

/// Whether a parser of HTML would see a tag or a comment.
fn has_tag(text: &str) -> bool {
    let bytes = text.as_bytes();
    let opens = |pair: &[u8]| {
        pair[0] == b'<' && (pair[1].is_ascii_alphabetic() || matches!(pair[1], b'/' | b'!' | b'?'))
    };
    bytes.windows(2).any(opens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_only_look_like_html_survive() {
        for text in ["a < b", "AT&T", "Q&A", "I <3 you", "R&D; more", "1 < 2 > 0", "*not* _md_"] {
            assert_eq!(plain_text(text), text);
        }
    }

    #[test]
    fn tags_go_and_entities_are_decoded() {
        assert_eq!(plain_text("<b>Caf&eacute;</b> &amp; t&#233;"), "Café & té");
        assert_eq!(plain_text("One<br>two <p>three</p>four"), "One two three four");
        assert_eq!(plain_text("x<script>alert(1)</script><style>p{}</style>y"), "xy");
        assert_eq!(plain_text("<!-- c -->z"), "z");
        assert_eq!(plain_text("A&nbsp;&nbsp;B"), "A B");
    }

    #[test]
    fn a_tag_does_not_survive_by_being_escaped() {
        let mut text = "<script>alert(1)</script>ok".to_owned();
        for _ in 0..8 {
            assert!(!has_tag(&plain_text(&text)), "{text}");
            text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        }
        assert_eq!(plain_text("&lt;script&gt;x&lt;/script&gt;ok"), "ok");
        assert!(!has_tag(&plain_text("&lt;&lt;b>i>")));
    }

    #[test]
    fn a_hostile_title_costs_little() {
        let text = "<div>".repeat(20_000);
        assert!(!has_tag(&plain_text(&text)));
    }
}
