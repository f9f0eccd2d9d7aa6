//! Cleans HTML that is regular, as our own renderer of Markdown writes it, in one scan without a
//! tree.
//!
//! # Promises
//! - What it cleans, it cleans to the very bytes that the parser's way gives; anything that it
//!   doesn't know for certain (an element, an attribute, a character reference, an element where a
//!   parser would move it) it leaves to that way, the whole text.
//! - Addresses and attributes go through the same filter.

use memchr::{memchr, memchr2, memchr3};
use url::Url;

use super::{clean::filtered, guard::MAX_REFERENCES, legal::legal};

/// Elements that are known: those of Markdown, and a few like them.
const INLINE: [&str; 14] =
    ["a", "em", "strong", "code", "del", "b", "i", "s", "u", "sub", "sup", "small", "span", "mark"];
const BLOCKS: [&str; 12] =
    ["p", "blockquote", "ul", "ol", "li", "pre", "h1", "h2", "h3", "h4", "h5", "h6"];
const VOID: [&str; 3] = ["br", "hr", "img"];
/// Attributes that never stay.
const DROPPED: [&str; 4] = ["class", "rel", "target", "loading"];
/// Attributes of one tag.
const MOST_ATTRIBUTES: usize = 8;
/// Deeper is left to the parser, with its guard.
const DEEPEST: usize = 64;

/// `html` cleaned, where it is regular.
pub(super) fn clean_regular(html: &str, base: &Url) -> Option<String> {
    let bytes = html.as_bytes();
    if memchr2(b'\r', b'\0', bytes).is_some() || matches!(legal(html), std::borrow::Cow::Owned(_)) {
        return None;
    }
    let mut out = String::with_capacity(html.len() + html.len() / 16);
    let mut open: Vec<&str> = Vec::new();
    let mut references = 0;
    let mut at = 0;
    while let Some(length) = memchr3(b'<', b'&', b'>', &bytes[at..]) {
        push_plain(&mut out, &html[at..at + length]);
        at += length;
        at += match bytes[at] {
            b'<' => tag(&html[at..], &mut out, &mut open, base)?,
            b'&' => {
                references += 1;
                let (text, length) = reference(&html[at..])?;
                push_escaped(&mut out, text, false);
                length
            }
            _ => {
                out.push_str("&gt;");
                1
            }
        };
    }
    push_plain(&mut out, &html[at..]);
    (open.is_empty() && references <= MAX_REFERENCES).then_some(out)
}

/// Takes one tag; how long it is.
fn tag<'h>(html: &'h str, out: &mut String, open: &mut Vec<&'h str>, base: &Url) -> Option<usize> {
    let bytes = html.as_bytes();
    if let Some(rest) = html.strip_prefix("</") {
        let name = &rest[..memchr(b'>', rest.as_bytes())?];
        if open.pop() != Some(name) {
            return None;
        }
        out.push_str("</");
        out.push_str(name);
        out.push('>');
        return Some(name.len() + 3);
    }
    let end = bytes[1..].iter().position(|byte| matches!(byte, b' ' | b'>'))? + 1;
    let name = &html[1..end];
    let is_void = VOID.contains(&name);
    if !may_stand(name, is_void, open) {
        return None;
    }
    out.push('<');
    out.push_str(name);
    let mut end = attributes(html, end, name, out, base)?;
    if is_void && html[end..].starts_with(" /") {
        end += 2;
    }
    if bytes.get(end) != Some(&b'>') || (name == "pre" && bytes.get(end + 1) == Some(&b'\n')) {
        return None;
    }
    out.push('>');
    if !is_void {
        open.push(name);
    }
    Some(end + 1)
}

/// Whether a parser leaves an element that begins here where it is.
fn may_stand(name: &str, is_void: bool, open: &[&str]) -> bool {
    if INLINE.contains(&name) || matches!(name, "br" | "img") {
        return open.len() < DEEPEST && (name != "a" || !open.contains(&"a"));
    }
    let is_heading = |name: &str| name.len() == 2 && name.starts_with('h') && name != "hr";
    (BLOCKS.contains(&name) || is_void)
        && open.len() < DEEPEST
        && !open.contains(&"p")
        && (name != "li" || matches!(open.last(), Some(&("ul" | "ol"))))
        && !(is_heading(name) && open.last().is_some_and(|last| is_heading(last)))
}

/// Takes the attributes of a tag from `at` on; where they end.
fn attributes(
    html: &str,
    mut at: usize,
    element: &str,
    out: &mut String,
    base: &Url,
) -> Option<usize> {
    let mut seen: [&str; MOST_ATTRIBUTES] = [""; MOST_ATTRIBUTES];
    let mut count = 0;
    let mut refused = false;
    while let Some(rest) = html[at..].strip_prefix(' ').filter(|rest| !rest.starts_with('/')) {
        let name = &rest[..rest.find("=\"")?];
        let value = &rest[name.len() + 2..];
        let value = &value[..memchr(b'"', value.as_bytes())?];
        at += 1 + name.len() + 2 + value.len() + 1;
        if count == MOST_ATTRIBUTES || seen[..count].contains(&name) {
            return None;
        }
        seen[count] = name;
        count += 1;
        if DROPPED.contains(&name) {
            continue;
        }
        let known = match element {
            "a" => matches!(name, "href" | "title"),
            "img" => matches!(name, "src" | "alt" | "title"),
            "ol" => name == "start",
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => name == "id",
            _ => false,
        };
        // Where one is refused, the parser's way changes the order of those behind it.
        if !known || refused {
            return None;
        }
        let value = decoded(value)?;
        let Some(kept) = filtered(element, name, &value, base) else {
            refused = true;
            continue;
        };
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        push_escaped(out, &kept, true);
        out.push('"');
    }
    Some(at)
}

/// The value of an attribute, if all of its references are known.
fn decoded(value: &str) -> Option<std::borrow::Cow<'_, str>> {
    if memchr(b'&', value.as_bytes()).is_none() {
        return Some(value.into());
    }
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let (meant, length) = reference(&rest[at..])?;
        text.push_str(meant);
        rest = &rest[at + length..];
    }
    text.push_str(rest);
    Some(text.into())
}

/// What the character reference stands for with which `html` begins, and its length.
fn reference(html: &str) -> Option<(&'static str, usize)> {
    const KNOWN: [(&str, &str); 7] = [
        ("&amp;", "&"),
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&nbsp;", "\u{A0}"),
    ];
    let found = KNOWN.iter().find(|(written, _)| html.starts_with(written));
    found.map(|(written, meant)| (*meant, written.len()))
}

/// A text without `<`, `>` and `&`, as it is serialized.
fn push_plain(out: &mut String, text: &str) {
    let mut rest = text;
    // A space that doesn't break is C2 A0 in UTF-8.
    while let Some(at) = memchr(0xC2, rest.as_bytes()) {
        let (before, behind) = rest.split_at(at);
        out.push_str(before);
        let mut letters = behind.chars();
        match letters.next() {
            Some('\u{A0}') => out.push_str("&nbsp;"),
            letter => out.extend(letter),
        }
        rest = letters.as_str();
    }
    out.push_str(rest);
}

/// A text as it is serialized (HTML §13.3, "escaping a string").
fn push_escaped(out: &mut String, text: &str, in_attribute: bool) {
    let special = |byte: &u8| matches!(byte, b'&' | b'<' | b'>' | b'"' | 0xC2);
    if !text.bytes().any(|byte| special(&byte)) {
        out.push_str(text);
        return;
    }
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if in_attribute => out.push_str("&quot;"),
            '\u{A0}' => out.push_str("&nbsp;"),
            letter => out.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::{clean::clean_parsed, markdown_to_html};

    fn base() -> Url {
        Url::parse("https://news.example/latam/flood/").expect("a base")
    }

    fn agrees(html: &str) -> bool {
        let Some(clean) = clean_regular(html, &base()) else { return false };
        assert_eq!(clean, clean_parsed(html, &base()), "{html:?}");
        true
    }

    #[test]
    fn what_markdown_makes_is_regular() {
        for text in [
            "River *rises* **fast**, ~~slowly~~.  \nA `code < b` & “quotes” \"straight\" it's\n\n---\n",
            "## Head {#fn-x .y}\n\n- one\n- two\n\n  three\n\n3. four\n4. five\n\n> quoted\n>\n> — *Ana*",
            "![An alt & \"title\"](a.jpg \"t < u\") [link *x*](/b?c=d&e=f#g \"it's\") <https://a.example/?a=1&b=2>",
            "```rust\nfn a() -> &'static str { \"<b>\" }\n```\n\n    indented\n",
            "a\u{A0}b ¿qué? «sí» <ana@news.example>",
        ] {
            assert!(agrees(&markdown_to_html(text)), "{text}");
        }
    }

    #[test]
    fn what_is_not_regular_is_left_to_the_parser() {
        for html in [
            "<p>a<p>b</p>",
            "<p>a",
            "</p>",
            "<P>a</P>",
            "<p><ul><li>a</li></ul></p>",
            "<li>a</li>",
            "<ul><p>a</p><div>b</div></ul>",
            "<a href=\"/x\"><a href=\"/y\">b</a></a>",
            "<h2><h3>a</h3></h2>",
            "<pre>\na</pre>",
            "<p onclick=\"f()\">a</p>",
            "<p>a &copy; b & c</p>",
            "<p>a\u{1}b</p>",
            "<p>a\rb</p>",
            "<script>a</script>",
            "<!-- c -->",
            "<p >a</p>",
            "<a href='x'>a</a>",
            "<img src=x>",
            "<br/>",
            "<img src=\"\" alt=\"b\" title=\"c\">",
            "<img src=\"a\" src=\"b\">",
            "<em><p>a</em></p>",
            "a < b",
            "<table><tr><td>a</td></tr></table>",
        ] {
            assert_eq!(clean_regular(html, &base()), None, "{html}");
        }
        let deep = format!("{}x{}", "<em>".repeat(65), "</em>".repeat(65));
        assert_eq!(clean_regular(&deep, &base()), None);
    }

    const PIECES: [&str; 68] = [
        "<p>",
        "</p>",
        "<em>",
        "</em>",
        "<strong>",
        "</strong>",
        "<a href=\"/x?a=b&amp;c\">",
        "</a>",
        "<a href=\"javascript:x\">",
        "<a href=\"mailto:a@b.example\" title=\"t\">",
        "<ul>",
        "</ul>",
        "<ol start=\"3\">",
        "</ol>",
        "<ol>",
        "<li>",
        "</li>",
        "<blockquote>",
        "</blockquote>",
        "<pre>",
        "</pre>",
        "<code>",
        "</code>",
        "<code class=\"language-x\">",
        "<br />",
        "<br>",
        "<hr />",
        "<img src=\"a.jpg\" alt=\"b\" />",
        "<img src=\"#\" alt=\"b\">",
        "<img alt=\"b\" src=\"data:x\">",
        "<h2>",
        "</h2>",
        "<h3 id=\"fn-a\">",
        "</h3>",
        "<h2 id=\"x\">",
        "\n",
        " ",
        "a",
        "¿é?",
        "\u{A0}",
        "&nbsp;",
        "&amp;",
        "&lt;",
        "&gt;",
        "&quot;",
        "&#x27;",
        ">",
        "\"",
        "'",
        "<",
        "&",
        "&am",
        "<span>",
        "</span>",
        "<sup>",
        "</sup>",
        "<p class=\"x\">",
        "<a title=\"a &lt; b > c\">",
        "<del>",
        "</del>",
        "<b>",
        "</b>",
        "<small>",
        "</small>",
        "<u>",
        "</u>",
        "<a href=\"http://[x\">",
        "<img src=\"//cdn.example/ñ b\" title=\"\u{A0}\">",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn any_pieces_come_out_as_from_the_parser(
            places in prop::collection::vec(0..PIECES.len(), 0..14)
        ) {
            let html: String = places.iter().map(|place| PIECES[*place]).collect();
            agrees(&html);
        }

        /// Elements that are closed as they were opened, whatever stands in what.
        #[test]
        fn nested_pieces_come_out_as_from_the_parser(
            places in prop::collection::vec((0..PIECES.len(), 0_usize..3), 0..16)
        ) {
            let mut html = String::new();
            let mut open = Vec::new();
            for (place, closes) in places {
                let piece = PIECES[place];
                let name = piece.strip_prefix('<').map(|rest| rest.split([' ', '>', '/']).next());
                if piece.starts_with("</") {
                    continue;
                }
                html.push_str(piece);
                if let Some(Some(name)) = name && !name.is_empty() && !VOID.contains(&name) {
                    open.push(name);
                }
                for name in (0..closes).filter_map(|_| open.pop()) {
                    html.push_str(&format!("</{name}>"));
                }
            }
            for name in open.into_iter().rev() {
                html.push_str(&format!("</{name}>"));
            }
            agrees(&html);
        }

        #[test]
        fn any_markdown_comes_out_as_from_the_parser(
            text in "([a-cñ¿\u{A0} *_`~\\[\\]()<>!#\"'&;\\n\\\\0-3.+-]|https://a.b/|\\n\\n|\\n- |\\n> |\\n    |&amp;|![a](b)|[a](b \"c\")|```\\n|\\*\\*){0,40}"
        ) {
            agrees(&markdown_to_html(&text));
        }
    }
}
