//! HTML within feeds: what readers remove or can't resolve.
//!
//! # Promises
//! - Time is linear in the text.
//!
//! # Limits
//! - Tags are matched by their names alone: not every parse error of HTML is found.

use super::{
    address::may_stand,
    html_names::{ends_by_itself, is_dangerous, is_element, is_foreign, is_void},
    style,
};
use crate::check::rules::{self, Rule};

/// Elements that are open at once.
const MAX_OPEN: usize = 256;
/// Attributes of one tag.
const MAX_ATTRIBUTES: usize = 256;

/// A tag in HTML.
pub(in crate::check) struct Tag<'t> {
    /// In lower case.
    pub(in crate::check) name: String,
    pub(in crate::check) is_end: bool,
    pub(in crate::check) is_self_closing: bool,
    /// Names in lower case, values as written.
    pub(in crate::check) attributes: Vec<(String, &'t str)>,
    pub(in crate::check) at: usize,
    end: usize,
}

impl Tag<'_> {
    pub(in crate::check) fn value(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

/// The tags of a text, those within scripts, styles and comments left out.
pub(in crate::check) fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + html[at..].find('<')?;
            let rest = &html[start..];
            if rest.starts_with("<!--") {
                at = start + rest.find("-->").map_or(rest.len(), |end| end + 3);
                continue;
            }
            let named = rest[1..].trim_start_matches('/');
            if rest.len() - named.len() > 2
                || !named.starts_with(|it: char| it.is_ascii_alphabetic())
            {
                at = start + 1;
                continue;
            }
            let tag = read(html, start);
            at = tag.end;
            if !tag.is_end && matches!(tag.name.as_str(), "script" | "style") {
                let closing = format!("</{}", tag.name);
                at += find_ignoring_case(&html[at..], &closing).unwrap_or(html.len() - at);
            }
            return Some(tag);
        }
    })
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    let matches = |part: &[u8]| part.eq_ignore_ascii_case(wanted.as_bytes());
    text.as_bytes().windows(wanted.len()).position(matches)
}

fn read(html: &str, start: usize) -> Tag<'_> {
    let bytes = html.as_bytes();
    let is_end = bytes.get(start + 1) == Some(&b'/');
    let begins = start + 1 + usize::from(is_end);
    let is_space = |byte: u8| byte.is_ascii_whitespace();
    let ends_name = |byte: u8| is_space(byte) || matches!(byte, b'/' | b'>');
    let mut at = begins
        + bytes[begins..].iter().position(|it| ends_name(*it)).unwrap_or(bytes.len() - begins);
    let name = html[begins..at].to_ascii_lowercase();
    let (mut attributes, mut is_self_closing) = (Vec::new(), false);
    while at < bytes.len() {
        match bytes[at] {
            b'>' => {
                at += 1;
                break;
            }
            b'/' => {
                is_self_closing = bytes.get(at + 1) == Some(&b'>');
                at += 1;
            }
            byte if is_space(byte) => at += 1,
            _ => {
                let length = bytes[at..].iter().position(|it| ends_name(*it) || *it == b'=');
                let length = length.unwrap_or(bytes.len() - at).max(1);
                let length = html.ceil_char_boundary(at + length) - at;
                let known = html[at..at + length].to_ascii_lowercase();
                at += length;
                let (value, end) = value(html, at);
                at = end;
                if attributes.len() < MAX_ATTRIBUTES {
                    attributes.push((known, value));
                }
            }
        }
    }
    Tag { name, is_end, is_self_closing, attributes, at: start, end: at }
}

/// The value of an attribute whose name ended at a byte, and where it ends.
fn value(html: &str, after_name: usize) -> (&str, usize) {
    let rest = html[after_name..].trim_start();
    let Some(rest) = rest.strip_prefix('=') else { return ("", after_name) };
    let rest = rest.trim_start();
    let at = html.len() - rest.len();
    if let Some(quote @ ('"' | '\'')) = rest.chars().next() {
        let length = rest[1..].find(quote).unwrap_or(rest.len() - 1);
        return (&rest[1..=length], (at + length + 2).min(html.len()));
    }
    let length = rest.find(|it: char| it.is_whitespace() || it == '>').unwrap_or(rest.len());
    (&rest[..length], at + length)
}

/// Says what is wrong with a text of HTML: the rule, the byte, what exactly.
pub(in crate::check) fn judge(html: &str, say: &mut dyn FnMut(&'static Rule, usize, String)) {
    if !html.contains('<') {
        return;
    }
    if let Some(at) = find_ignoring_case(html, "<?import ") {
        say(&rules::HTML_ELEMENT, at, "`<?import`".to_owned());
    }
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut foreign = 0_usize;
    for tag in tags(html) {
        let named = format!("`<{}>`", tag.name);
        if is_foreign(&tag.name) {
            foreign = if tag.is_end { foreign.saturating_sub(1) } else { foreign + 1 };
            continue;
        }
        if foreign > 0 {
            continue;
        }
        if tag.is_end {
            close(&tag, &mut open, say);
            continue;
        }
        if !is_element(&tag.name) {
            say(&rules::HTML_BAD, tag.at, format!("{named} is no element of HTML"));
        } else if is_dangerous(&tag.name) {
            say(&rules::HTML_ELEMENT, tag.at, named.clone());
        }
        attributes(&tag, say);
        if is_void(&tag.name) {
            continue;
        }
        if tag.is_self_closing {
            say(&rules::HTML_BAD, tag.at, format!("{named} does not close itself in HTML"));
        }
        if open.len() < MAX_OPEN {
            open.push((tag.name, tag.at));
        }
    }
    if let Some((name, at)) = open.iter().find(|(name, _)| !ends_by_itself(name)) {
        say(&rules::HTML_BAD, *at, format!("`<{name}>` is never closed"));
    }
}

fn close(
    tag: &Tag<'_>,
    open: &mut Vec<(String, usize)>,
    say: &mut dyn FnMut(&'static Rule, usize, String),
) {
    match open.iter().rposition(|(name, _)| *name == tag.name) {
        Some(place) => {
            let left = open[place + 1..].iter().find(|(name, _)| !ends_by_itself(name));
            if let Some((name, at)) = left {
                say(&rules::HTML_BAD, *at, format!("`<{name}>` ends after what is around it"));
            }
            open.truncate(place);
        }
        None if open.len() < MAX_OPEN => {
            say(&rules::HTML_BAD, tag.at, format!("`</{}>` closes nothing", tag.name));
        }
        None => {}
    }
}

fn attributes(tag: &Tag<'_>, say: &mut dyn FnMut(&'static Rule, usize, String)) {
    for (name, value) in &tag.attributes {
        match name.as_str() {
            "style" => {
                if let Some(bad) = style::dangerous(&html_escape::decode_html_entities(value)) {
                    say(&rules::HTML_STYLE, tag.at, format!("`{bad}`"));
                }
            }
            name if name.starts_with("on") => {
                say(&rules::HTML_ATTRIBUTE, tag.at, format!("`{name}`"));
            }
            "href" if tag.name == "a" => address(value, tag.at, say),
            "src" if ["img", "audio", "video", "source"].contains(&tag.name.as_str()) => {
                address(value, tag.at, say);
            }
            _ => {}
        }
    }
}

fn address(value: &str, at: usize, say: &mut dyn FnMut(&'static Rule, usize, String)) {
    let decoded = html_escape::decode_html_entities(value);
    let decoded = decoded.trim();
    let scheme = decoded.split_once(':').map(|(scheme, _)| scheme);
    let is_word = |scheme: &str| {
        !scheme.is_empty() && scheme.chars().all(|it| it.is_alphanumeric() || "_+-.".contains(it))
    };
    if decoded.is_empty() || scheme.is_some_and(is_word) {
        if decoded.get(..11).is_some_and(|it| it.eq_ignore_ascii_case("javascript:")) {
            say(&rules::HTML_ATTRIBUTE, at, "`javascript:`".to_owned());
        }
        return;
    }
    match decoded.bytes().any(|byte| byte.is_ascii() && !may_stand(byte)) {
        true => say(&rules::ADDRESS_CHARACTER, at, crate::check::report::shown(decoded)),
        false => say(&rules::HTML_RELATIVE, at, crate::check::report::shown(decoded)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(html: &str) -> Vec<(&'static str, usize)> {
        let mut found = Vec::new();
        judge(html, &mut |rule, at, _| found.push((rule.id, at)));
        found
    }

    #[test]
    fn what_readers_remove_is_found() {
        let html = "<p onclick='x'>a<script>if (a < b) {'<b>'}</script></p>";
        assert_eq!(found(html), [("html/attribute-dangerous", 0), ("html/element-dangerous", 16)]);
        assert_eq!(found("<a href=\"javascript:x\">a</a>")[0].0, "html/attribute-dangerous");
        assert_eq!(found("<b style='position: absolute'>a</b>")[0].0, "html/style-dangerous");
        assert_eq!(
            found("<iframe src='https://a.example/'></iframe>")[0].0,
            "html/element-dangerous"
        );
    }

    #[test]
    fn addresses_that_are_not_whole_are_found() {
        for html in ["<a href='/a'>b</a>", "<img alt=\"\" src=a.png>", "<a href=#x>b</a>"] {
            assert_eq!(found(html), [("html/address-relative", 0)], "{html}");
        }
        assert_eq!(
            found("<a href='mailto:a@b.example'>b</a><img src=\"https://a.example/b\">"),
            []
        );
    }

    #[test]
    fn tags_that_do_not_match_are_found() {
        assert_eq!(found("<p>a<p>b<br>c<ul><li>d<li>e</ul>"), []);
        for html in ["<b>a", "a</b>", "<b><i>a</b></i>", "<div/>", "<blip>a</blip>"] {
            assert_eq!(found(html).first().map(|it| it.0), Some("html/not-html"), "{html}");
        }
        assert_eq!(found("1 < 2, <3, <!-- <b> -->"), []);
    }

    #[test]
    fn hostile_text_costs_no_more_than_its_length() {
        for html in ["<b ".repeat(50_000), "<a href='".repeat(50_000), "<script>".repeat(50_000)] {
            found(&html);
        }
        found(&"<b>".repeat(100_000));
    }
}
