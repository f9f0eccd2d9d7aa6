//! What can only be seen once HTML is clean: pictures that are none, paragraphs without text, the
//! first picture, elements that a parser would move.
//!
//! Reads what ammonia writes (lower-case names, every value in double quotes), in one scan.

use super::{address::candidates, legal::one_line, plain::decoded};
use crate::story::Image;

/// Drops pictures without an address, tracking pixels, sources and tracks without an address, and
/// empty paragraphs; finds the first picture.
pub(super) fn tidy(html: &str) -> (String, Option<Image>) {
    let mut out = String::with_capacity(html.len());
    let mut pictures = Pictures::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let end = at + tag_length(&rest[at..]);
        let tag = &rest[at..end];
        rest = &rest[end..];
        match name_of(tag) {
            "img" => {
                if let Some(tag) = picture(tag) {
                    pictures.see(&tag);
                    out.push_str(&tag);
                }
            }
            "source" if value(tag, "src").or(value(tag, "srcset")).is_none() => {}
            "track" if value(tag, "src").is_none() => {}
            "/p" if drop_if_empty(&mut out, "<p>") => {}
            "/figure" => {
                pictures.leave_figure();
                if !drop_if_empty(&mut out, "<figure>") {
                    out.push_str(tag);
                }
            }
            "figure" => {
                pictures.enter_figure();
                out.push_str(tag);
            }
            "figcaption" => {
                out.push_str(tag);
                pictures.caption_from = Some(out.len());
            }
            "/figcaption" => {
                pictures.take_caption(&out);
                out.push_str(tag);
            }
            _ => out.push_str(tag),
        }
    }
    out.push_str(rest);
    (out, pictures.first)
}

/// Whether a parser would leave every element where it stands: no block in a paragraph, no link in
/// a link, no item outside of its list.
pub(super) fn is_settled(html: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let end = at + tag_length(&rest[at..]);
        let name = name_of(&rest[at..end]);
        rest = &rest[end..];
        if let Some(name) = name.strip_prefix('/') {
            if open.pop() != Some(name) {
                return false;
            }
            continue;
        }
        let within = |name: &str, ends: &[&str]| {
            open.iter().rev().take_while(|open| !ends.contains(open)).any(|open| *open == name)
        };
        let moved = match name {
            "a" => within("a", &["td", "th", "caption"]),
            "li" => within("li", &["ul", "ol"]) || in_paragraph(&open),
            "dt" | "dd" => within("dt", &["dl"]) || within("dd", &["dl"]) || in_paragraph(&open),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                matches!(open.last(), Some(&("h1" | "h2" | "h3" | "h4" | "h5" | "h6")))
                    || in_paragraph(&open)
            }
            _ => BLOCKS.contains(&name) && in_paragraph(&open),
        };
        if moved {
            return false;
        }
        if !matches!(name, "br" | "hr" | "img" | "source" | "track" | "wbr" | "col") {
            open.push(name);
        }
    }
    open.is_empty()
}

/// Elements that end a paragraph they stand in (HTML §13.2.6.4.7).
const BLOCKS: [&str; 23] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "details",
    "div",
    "dl",
    "figcaption",
    "figure",
    "footer",
    "header",
    "hgroup",
    "hr",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "ul",
    "nav",
    "center",
];

fn in_paragraph(open: &[&str]) -> bool {
    let scope = open.iter().rev().take_while(|open| !matches!(**open, "td" | "th" | "caption"));
    scope.into_iter().any(|open| *open == "p")
}

/// Bytes of the tag that `text` starts with.
pub(super) fn tag_length(text: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `p` of `<p id="x">`, `/p` of `</p>`.
fn name_of(tag: &str) -> &str {
    let name = tag.trim_start_matches('<');
    &name[..name.find([' ', '>']).unwrap_or(name.len())]
}

/// The value of an attribute as it is written, entities and all.
fn value<'t>(tag: &'t str, attribute: &str) -> Option<&'t str> {
    let mut rest = tag;
    while let Some(at) = rest.find("=\"") {
        let name = rest[..at].rsplit(' ').next().unwrap_or_default();
        let body = &rest[at + 2..];
        let (value, after) = body.split_once('"')?;
        if name == attribute {
            return Some(value);
        }
        rest = after;
    }
    None
}

/// The tag of a picture that can be shown; its first candidate stands in for an absent address.
fn picture(tag: &str) -> Option<std::borrow::Cow<'_, str>> {
    let tiny = |name| value(tag, name).is_some_and(|size| matches!(size, "0" | "1"));
    if tiny("width") && tiny("height") {
        return None;
    }
    if value(tag, "src").is_some() {
        return Some(tag.into());
    }
    let (address, _) = candidates(value(tag, "srcset")?).next()?;
    Some(format!("<img src=\"{address}\"{}", tag.strip_prefix("<img")?).into())
}

/// Takes back an element that `out` ends with if nothing but white space is in it.
fn drop_if_empty(out: &mut String, start_tag: &str) -> bool {
    let mut body = out.as_str();
    loop {
        let trimmed = body.trim_end();
        let trimmed = trimmed.strip_suffix("&nbsp;").unwrap_or(trimmed);
        if trimmed.len() == body.len() {
            break;
        }
        body = trimmed;
    }
    let Some(before) = body.strip_suffix(start_tag) else {
        return false;
    };
    out.truncate(before.len());
    true
}

/// What is known of the first picture, and whether its figure is still open.
#[derive(Default)]
struct Pictures {
    first: Option<Image>,
    figures: usize,
    /// The figure that the first picture stands in, counted from the outermost.
    figure_of_first: Option<usize>,
    caption_from: Option<usize>,
    early_caption: Option<String>,
}

impl Pictures {
    fn see(&mut self, tag: &str) {
        if self.first.is_some() {
            return;
        }
        let text = |name| value(tag, name).map(decoded).map(|text| one_line(&text));
        let size = |name| value(tag, name).and_then(|size| size.parse().ok());
        self.first = Some(Image {
            url: text("src").unwrap_or_default(),
            alt: text("alt").filter(|alt| !alt.is_empty()),
            title: text("title").filter(|title| !title.is_empty()),
            width: size("width"),
            height: size("height"),
            caption: self.early_caption.take(),
            ..Image::default()
        });
        self.figure_of_first = (self.figures > 0).then_some(self.figures);
    }

    fn enter_figure(&mut self) {
        self.figures += 1;
        self.early_caption = None;
    }

    fn leave_figure(&mut self) {
        if self.figure_of_first == Some(self.figures) {
            self.figure_of_first = None;
        }
        self.figures = self.figures.saturating_sub(1);
        self.early_caption = None;
    }

    fn take_caption(&mut self, out: &str) {
        let Some(from) = self.caption_from.take() else {
            return;
        };
        let Some(html) = out.get(from..) else { return };
        let caption = super::plain::plain_text(html);
        if caption.is_empty() {
            return;
        }
        match &mut self.first {
            None => self.early_caption = Some(caption),
            Some(image) if self.figure_of_first.is_some() => {
                image.caption.get_or_insert(caption);
            }
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_paragraphs_are_dropped_with_what_emptied_them() {
        let html = "<p><img alt=\"a > b\"></p><p> &nbsp; </p><figure><p></p></figure><p>x</p>";
        assert_eq!(tidy(html).0, "<p>x</p>");
    }

    #[test]
    fn a_picture_with_candidates_alone_gets_an_address() {
        let (html, image) = tidy("<img srcset=\"https://a.example/1 1x, https://a.example/2 2x\">");
        assert!(html.starts_with("<img src=\"https://a.example/1\" srcset="), "{html}");
        assert_eq!(image.expect("an image").url, "https://a.example/1");
    }

    #[test]
    fn elements_that_a_parser_would_move_are_noticed() {
        for html in ["<p><p>a</p></p>", "<a><b><a>x</a></b></a>", "<p><b><ul></ul></b></p>", "</p>"]
        {
            assert!(!is_settled(html), "{html}");
        }
        for html in ["<p>a</p><p>b<br></p>", "<ul><li><ul><li>x</li></ul></li></ul>"] {
            assert!(is_settled(html), "{html}");
        }
    }

    #[test]
    fn a_caption_belongs_to_the_picture_of_its_own_figure() {
        let (_, image) =
            tidy("<img src=\"a\"><figure><img src=\"b\"><figcaption>c</figcaption></figure>");
        assert_eq!(image.expect("an image").caption, None);
        let (_, image) = tidy("<figure><figcaption>c</figcaption><img src=\"b\"></figure>");
        assert_eq!(image.expect("an image").caption.as_deref(), Some("c"));
    }
}
