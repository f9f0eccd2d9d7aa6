//! Clean HTML in fewer elements, for those who take only some.
//!
//! Takes what [`super::clean_html`] gives: tags are closed, names are in lower case, values stand in
//! double quotes.
//!
//! # Promises
//! - Only elements of [`FEW`] stay; text stays, but for what was struck out.
//! - What was clean before is clean after.
//!
//! # Limits
//! - Sound and film become links to their files.

/// The elements that stay: those of Microsoft's HTML guidelines.
const FEW: [&str; 32] = [
    "a",
    "b",
    "blockquote",
    "br",
    "caption",
    "col",
    "colgroup",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
];

/// What an element becomes.
enum Becomes {
    Itself,
    Other(&'static str),
    /// Its inner text and elements stay.
    Nothing,
    /// All of it goes: it was struck out.
    Struck,
    /// A link to the file that it plays.
    Link,
}

fn becomes(name: &str) -> Becomes {
    match name {
        "h6" => Becomes::Other("h5"),
        "pre" => Becomes::Other("p"),
        "dl" => Becomes::Other("ul"),
        "dt" | "dd" => Becomes::Other("li"),
        "article" | "aside" | "details" | "figcaption" | "figure" | "footer" | "header"
        | "main" | "section" | "nav" | "summary" => Becomes::Other("div"),
        "del" | "s" | "strike" => Becomes::Struck,
        "audio" | "video" => Becomes::Link,
        name if FEW.contains(&name) => Becomes::Itself,
        _ => Becomes::Nothing,
    }
}

/// The same text in few elements; several line breaks in a row become one.
pub fn narrow(html: &str) -> String {
    let mut narrow = String::with_capacity(html.len());
    let mut rest = html;
    // How many struck elements are open: nothing within them is kept.
    let mut struck = 0_usize;
    // Whether a link is open, and whether sound or film is that has no link yet.
    let (mut in_link, mut plays) = (false, false);
    let mut in_lines = false;
    while let Some(start) = rest.find('<') {
        if struck == 0 {
            push_text(&rest[..start], in_lines, &mut narrow);
        }
        let end = end_of_tag(&rest[start..]) + start;
        let tag = &rest[start..end];
        rest = &rest[end..];
        let inner = tag.trim_start_matches('<').trim_end_matches('>').trim_end_matches('/');
        let (closes, inner) = match inner.strip_prefix('/') {
            Some(inner) => (true, inner),
            None => (false, inner),
        };
        let (name, values) = inner.split_once(' ').unwrap_or((inner, ""));
        in_lines = if name == "pre" { !closes } else { in_lines };
        match becomes(name.trim()) {
            Becomes::Struck if closes => struck = struck.saturating_sub(1),
            Becomes::Struck => struck += 1,
            _ if struck > 0 => {}
            Becomes::Itself if name == "br" && is_at_break(&narrow) => {}
            Becomes::Itself => {
                in_link = if name == "a" { !closes } else { in_link };
                match name {
                    "img" => push_picture(tag, &mut narrow),
                    _ => narrow.push_str(tag),
                }
            }
            Becomes::Other(other) => {
                narrow.push_str(if closes { "</" } else { "<" });
                narrow.push_str(other);
                narrow.push('>');
            }
            Becomes::Link if closes => plays = false,
            Becomes::Link => {
                plays = true;
                push_link(values, in_link, &mut plays, &mut narrow);
            }
            Becomes::Nothing if name == "source" && plays => {
                push_link(values, in_link, &mut plays, &mut narrow);
            }
            Becomes::Nothing => {}
        }
    }
    if struck == 0 {
        narrow.push_str(rest);
    }
    narrow
}

/// Whether a line was just broken: nothing is seen after a `<br>`.
fn is_at_break(narrow: &str) -> bool {
    const INLINE: [&str; 8] = ["b", "em", "i", "small", "span", "strong", "sub", "sup"];
    let mut rest = narrow;
    loop {
        rest = rest.trim_end();
        if let Some(before) = rest.strip_suffix("&nbsp;") {
            rest = before;
            continue;
        }
        let Some(start) = rest.rfind('<').filter(|_| rest.ends_with('>')) else { return false };
        let tag = rest[start..].trim_matches(['<', '/', '>']);
        match tag.split(' ').next().unwrap_or_default() {
            "br" => return true,
            name if INLINE.contains(&name) => rest = &rest[..start],
            _ => return false,
        }
    }
}

/// A text; its lines stay apart where they count.
fn push_text(text: &str, in_lines: bool, narrow: &mut String) {
    if !in_lines {
        return narrow.push_str(text);
    }
    for (place, line) in text.split('\n').enumerate() {
        if place > 0 && !narrow.trim_end().ends_with("<br>") && !narrow.ends_with("<p>") {
            narrow.push_str("<br>");
        }
        narrow.push_str(line);
    }
}

/// A picture, of which one file is shown.
fn push_picture(tag: &str, narrow: &mut String) {
    let mut rest = tag;
    for name in [" srcset=\"", " sizes=\""] {
        if let Some((before, after)) = rest.split_once(name)
            && let Some((_, after)) = after.split_once('"')
            && before.matches('"').count().is_multiple_of(2)
        {
            narrow.push_str(before);
            rest = after;
        }
    }
    narrow.push_str(rest);
}

/// A link to what is played, where the tag names it; within a link its address alone.
fn push_link(values: &str, in_link: bool, plays: &mut bool, narrow: &mut String) {
    let Some(address) = source_of(values) else { return };
    *plays = false;
    match in_link {
        true => narrow.push_str(address),
        false => {
            for part in ["<a href=\"", address, "\">", address, "</a>"] {
                narrow.push_str(part);
            }
        }
    }
}

/// Behind the `>` of the tag at the start; one within quotes is part of a value.
fn end_of_tag(html: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in html.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at + 1,
            _ => {}
        }
    }
    html.len()
}

/// The value of `src`, as it is written.
fn source_of(values: &str) -> Option<&str> {
    let after = values.strip_prefix("src=\"").or_else(|| Some(values.split_once(" src=\"")?.1))?;
    after.split_once('"').map(|(address, _)| address)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::narrow;
    use crate::text::{clean_html, plain_text};

    fn cleaned(html: &str) -> String {
        let base = Url::parse("https://www.harbour.example/").expect("an address");
        clean_html(html, &base).expect("clean HTML").html
    }

    #[test]
    fn what_is_taken_stays_as_it_is() {
        let html = cleaned(
            "<h2>One</h2><p>A <a href=\"/x?a=1&amp;b=%3E\">plan</a> &amp; <b>more</b><br>then.</p>\
             <p><img src=\"/a.jpg\" alt=\"a > b\"></p>\
             <table><thead><tr><th>M</th></tr></thead><tbody><tr><td>4</td></tr></tbody></table>",
        );
        assert_eq!(narrow(&html), html);
    }

    #[test]
    fn other_elements_become_their_nearest_or_leave_their_text() {
        for (from, to) in [
            ("<h6>x</h6>", "<h5>x</h5>"),
            ("<dl><dt>a</dt><dd>b</dd></dl>", "<ul><li>a</li><li>b</li></ul>"),
            ("<pre><code>a\nb\n\nc</code></pre>", "<p>a<br>b<br>c</p>"),
            (
                "<p><img src=\"https://a.example/a.jpg\" srcset=\"http://a.example/b.jpg 2x\" alt=\"x\"></p>",
                "<p><img src=\"https://a.example/a.jpg\" alt=\"x\"></p>",
            ),
            ("<section><p>a</p><hr><p>b</p></section>", "<div><p>a</p><p>b</p></div>"),
            ("<p><mark>a</mark> <abbr title=\"b\">c</abbr></p>", "<p>a c</p>"),
            ("<p>Four <del>five <b>six</b></del>gates</p>", "<p>Four gates</p>"),
            ("<p>a<br><br> <br>b</p>", "<p>a<br> b</p>"),
            (
                "<p>a<b>x<br></b>&nbsp;\u{a0}<i><br>y</i></p>",
                "<p>a<b>x<br></b>&nbsp;\u{a0}<i>y</i></p>",
            ),
            (
                "<p>a<br><img src=\"https://a.example/a.jpg\"><br>b</p>",
                "<p>a<br><img src=\"https://a.example/a.jpg\"><br>b</p>",
            ),
            (
                "<figure><img src=\"https://a.example/a.jpg\"><figcaption><p>C</p></figcaption></figure>",
                "<div><img src=\"https://a.example/a.jpg\"><div><p>C</p></div></div>",
            ),
            (
                "<video controls=\"\" src=\"https://m.example/a.mp4?x=1&amp;y=2\"></video>",
                "<a href=\"https://m.example/a.mp4?x=1&amp;y=2\">https://m.example/a.mp4?x=1&amp;y=2</a>",
            ),
            (
                "<video><source src=\"https://m.example/a.webm\"><source src=\"https://m.example/a.mp4\"></video>",
                "<a href=\"https://m.example/a.webm\">https://m.example/a.webm</a>",
            ),
            (
                "<a href=\"https://m.example/\"><audio src=\"https://m.example/a.mp3\"></audio></a>",
                "<a href=\"https://m.example/\">https://m.example/a.mp3</a>",
            ),
        ] {
            assert_eq!(narrow(from), to);
        }
    }

    #[test]
    fn what_comes_out_is_clean_again() {
        let html = cleaned(
            "<div><pre>a\n\nb</pre><dl><dt>t<dd>d</dl><details><summary>s</summary><p>p</p></details>\
             <p><s>gone</s> <q>kept</q> <ruby>r<rt>t</rt></ruby></p><audio src=\"/a.mp3\"></audio></div>",
        );
        let narrow = narrow(&html);
        assert_eq!(cleaned(&narrow), narrow);
        assert!(!plain_text(&narrow).contains("gone") && plain_text(&narrow).contains("kept"));
    }
}
