//! The first sentences of a story, for readers that show a summary.
//!
//! # Promises
//! - Plain text on one line, cut between words; entities are decoded and never cut.
//! - Headings, tables, code, figures and footnotes are passed over.
//!
//! # Limits
//! - Reads what [`super::clean_html`] writes; other HTML may confuse it.

use super::legal::one_line;

/// Elements whose text is no prose.
const SKIPPED: [&str; 19] = [
    "figure",
    "figcaption",
    "table",
    "pre",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "script",
    "style",
    "audio",
    "video",
    "picture",
    "section",
    "sup",
    "summary",
    "rt",
];

/// Elements that end a paragraph.
const PARTING: [&str; 16] = [
    "p",
    "br",
    "div",
    "li",
    "ul",
    "ol",
    "blockquote",
    "hr",
    "dt",
    "dd",
    "dl",
    "article",
    "aside",
    "header",
    "footer",
    "details",
];

/// Elements within a line: words on both sides of their tags may be one.
const INLINE: [&str; 27] = [
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark",
    "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr", "font",
];

/// Bytes of the longest entity, and some.
const LONGEST_ENTITY: usize = 40;

/// The first `max_chars` characters of the text of `clean_html`, ended at a sentence or a word.
pub fn excerpt(clean_html: &str, max_chars: usize) -> String {
    // Mostly that is enough: what the end may have cut, an entity, stands behind what is shown.
    let text = text_of(clean_html, max_chars.saturating_mul(2), true);
    if text.chars().count() > max_chars.saturating_add(LONGEST_ENTITY) {
        return cut(&text, max_chars);
    }
    // Enough for the longest entity and for white space that collapses.
    let text = text_of(clean_html, max_chars.saturating_mul(6).saturating_add(256), true);
    let text = if text.is_empty() { text_of(clean_html, max_chars * 6 + 256, false) } else { text };
    cut(&text, max_chars)
}

/// All text of `clean_html` as a reader sees it, on one line: captions, headings and tables too.
pub fn reading_text(clean_html: &str) -> String {
    let mut text = String::with_capacity(clean_html.len());
    let mut rest = clean_html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        let tag = rest[at + 1..].trim_start_matches('/');
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
        if !INLINE.contains(&&tag[..end]) {
            text.push(' ');
        }
        rest = behind_tag(&rest[at + 1..]);
    }
    text.push_str(rest);
    one_line(&html_escape::decode_html_entities(&text))
}

/// The text outside of tags, decoded, about `enough` bytes of it.
fn text_of(html: &str, enough: usize, skipping: bool) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        if text.len() > enough {
            rest = "";
            break;
        }
        rest = &rest[at + 1..];
        let name_end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let name = &rest[..name_end];
        let closing = rest.strip_prefix('/').map(|rest| rest.split('>').next().unwrap_or_default());
        rest = behind_tag(rest);
        if skipping && SKIPPED.contains(&name) {
            rest = behind_element(rest, name);
            if !matches!(name, "sup" | "rt") {
                text.push(' ');
            }
        } else if PARTING.contains(&closing.unwrap_or(name)) {
            text.push(' ');
        }
    }
    let room = enough.saturating_sub(text.len()).min(rest.len());
    text.push_str(&rest[..rest.floor_char_boundary(room)]);
    one_line(&html_escape::decode_html_entities(&text))
}

/// Behind the `>` of a tag; one within a quoted value doesn't end it.
fn behind_tag(tag: &str) -> &str {
    let mut quoted = false;
    for (at, byte) in tag.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return &tag[at + 1..],
            _ => {}
        }
    }
    ""
}

/// Behind the end tag of an element, its like within it counted.
fn behind_element<'a>(html: &'a str, name: &str) -> &'a str {
    let mut rest = html;
    let mut depth = 1;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let (closing, tag) = rest.strip_prefix('/').map_or((false, rest), |tag| (true, tag));
        let is_same = tag.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '>']));
        rest = behind_tag(rest);
        if is_same {
            depth = if closing { depth - 1 } else { depth + 1 };
            if depth == 0 {
                return rest;
            }
        }
    }
    ""
}

fn cut(text: &str, max_chars: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(max_chars) else {
        return text.to_owned();
    };
    let head = &text[..end];
    let ends_sentence = |pair: &(usize, char)| matches!(pair.1, '.' | '!' | '?' | '…' | '。');
    let mut behind =
        text[..end].char_indices().rev().filter(ends_sentence).filter_map(|(at, c)| {
            let behind = at + c.len_utf8();
            let closed = text[behind..].trim_start_matches(['”', '"', '’', '»', ')']);
            let stop = text.len() - closed.len();
            (stop <= end && (closed.starts_with(' ') || closed.is_empty())).then_some(stop)
        });
    if let Some(stop) = behind.next().filter(|stop| stop * 5 >= end * 3) {
        return text[..stop].to_owned();
    }
    // Room for the ellipsis; a single word that fills everything is cut where it must.
    let room = text.char_indices().nth(max_chars.saturating_sub(1)).map_or(0, |(at, _)| at);
    let word = head[..room + head[room..].chars().next().map_or(0, char::len_utf8)].rfind(' ');
    let kept = word.filter(|at| at * 2 >= room).unwrap_or(room);
    let kept = text[..kept].trim_end_matches([' ', ',', ';', ':', '-', '–', '—', '(', '“', '"']);
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_prose_is_taken() {
        let html = "<h2>Head</h2><figure><img src=\"a\" alt=\"x > y\"><figcaption>c</figcaption>\
                    </figure><p>One &amp; <em>two</em><sup><a href=\"#\">1</a></sup>.</p>\n<table>\
                    <tbody><tr><td>t<table></table></td></tr></tbody></table><pre>code</pre>\
                    <p>Three &lt;b&gt;.</p>";
        assert_eq!(excerpt(html, 300), "One & two. Three <b>.");
        assert_eq!(excerpt("<h2>Only a heading</h2>", 300), "Only a heading");
        assert_eq!(excerpt("", 300), "");
    }

    #[test]
    fn a_long_text_ends_at_a_sentence_or_a_word() {
        let html = "<p>A first sentence that is long enough. A second one goes on and on.</p>";
        assert_eq!(excerpt(html, 45), "A first sentence that is long enough.");
        assert_eq!(excerpt(html, 30), "A first sentence that is long…");
        assert_eq!(excerpt("<p>“Hello there.” And then some more</p>", 20), "“Hello there.”");
        assert_eq!(excerpt("<p>ññññññññññ</p>", 5), "ññññ…");
    }

    #[test]
    fn what_stands_behind_an_excerpt_has_no_part_in_it() {
        for end in ["", ".", "&amp;", "é", "</em> more"] {
            let html = format!("<p>{}", format!("One &amp; <em>two</em> dos, é{end} ").repeat(60));
            for length in (900..html.len()).filter(|at| html.is_char_boundary(*at)) {
                assert_eq!(excerpt(&html[..length], 300), excerpt(&html, 300), "{length} {html}");
            }
        }
    }

    #[test]
    fn no_excerpt_is_longer_than_asked_or_cuts_an_entity() {
        let html = "<p>a &amp; b, c&nbsp;d “é” — f &lt; g. ".repeat(9);
        for max in 1..200 {
            let text = excerpt(&html, max);
            assert!(text.chars().count() <= max, "{max}: {text}");
            assert!(!text.contains("&a") && !text.contains("&n"), "{text}");
        }
    }
}
