//! The one place where HTML is cleaned.
//!
//! Regular HTML in one scan; any other by guard, then embeds and lazy images (only where there are
//! any), then ammonia with a list of what may stay. Then one scan over what is regular now.
//!
//! # Promises
//! - No script, handler, form, style, class, frame or comment comes out, whatever went in.
//! - Every address is an absolute ASCII URI: http or https, in links `mailto` and `tel` too.
//! - Cleaning what is clean changes nothing, so a parser finds no error in it.
//! - Every character is legal in XML.
//!
//! # Limits
//! - Embeds become links; SVG and `MathML` lose all but their text.

use std::{borrow::Cow, cell::RefCell, sync::LazyLock};

use ammonia::{Builder, UrlRelative};
use url::Url;

use super::{
    address::{absolute_address, absolute_link, absolute_srcset},
    embeds::replace_embeds,
    error::TextError,
    guard::{guard_html, guard_length},
    legal::legal,
    regular::clean_regular,
    tidy::{is_settled, tidy},
};
use crate::story::Image;

/// HTML that may be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaned {
    /// A fragment without parse errors; empty where nothing was left.
    pub html: String,
    /// The first picture, with the caption of its figure.
    pub first_image: Option<Image>,
}

/// Parses of the same text, until no element stands where a parser would move it.
const PARSES: usize = 4;

/// Cleans a fragment of HTML and makes its addresses absolute against `base`.
pub fn clean_html(html: &str, base: &Url) -> Result<Cleaned, TextError> {
    guard_length(html)?;
    if let Some(clean) = clean_regular(html, base) {
        let (html, first_image) = tidy(&clean);
        return Ok(Cleaned { html, first_image });
    }
    guard_html(html)?;
    let html = legal(html);
    let html = replace_embeds(&html, base);
    if let Cow::Owned(replaced) = &html {
        guard_html(replaced)?;
    }
    let (clean, first_image) = tidy(&clean_parsed(&html, base));
    let html = match legal(&clean) {
        Cow::Borrowed(_) => clean,
        Cow::Owned(legal) => legal,
    };
    Ok(Cleaned { html, first_image })
}

/// Cleans whatever HTML there is, by a parser.
pub(super) fn clean_parsed(html: &str, base: &Url) -> String {
    let _base = BaseInUse::set(base);
    let mut clean = CLEANER.clean(html).to_string();
    for _ in 1..PARSES {
        if is_settled(&clean) {
            break;
        }
        clean = CLEANER.clean(&clean).to_string();
    }
    clean
}

thread_local! {
    /// What `CLEANER`'s filter reads: a builder per call would cost more than the cleaning.
    static BASE: RefCell<Option<Url>> = const { RefCell::new(None) };
}

/// Takes the base away again when a call ends, however it ends.
struct BaseInUse;

impl BaseInUse {
    fn set(base: &Url) -> Self {
        BASE.with_borrow_mut(|slot| *slot = Some(base.clone()));
        Self
    }
}

impl Drop for BaseInUse {
    fn drop(&mut self) {
        BASE.with_borrow_mut(|slot| *slot = None);
    }
}

const TAGS: [&str; 78] = [
    "a",
    "abbr",
    "acronym",
    "article",
    "aside",
    "audio",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
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
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "ol",
    "p",
    "picture",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "track",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
    "hgroup",
    "address",
];

/// Elements that go with what is in them.
const REMOVED: [&str; 15] = [
    "script",
    "style",
    "template",
    "textarea",
    "select",
    "title",
    "iframe",
    "noembed",
    "noframes",
    "xmp",
    "plaintext",
    "canvas",
    "dialog",
    "head",
    "noscript",
];

const ATTRIBUTES: [(&str, &[&str]); 18] = [
    ("a", &["href", "hreflang"]),
    ("audio", &["src", "controls"]),
    ("bdo", &["dir"]),
    ("blockquote", &["cite"]),
    ("col", &["span"]),
    ("colgroup", &["span"]),
    ("del", &["cite", "datetime"]),
    ("img", &["src", "srcset", "sizes", "alt", "width", "height"]),
    ("ins", &["cite", "datetime"]),
    ("li", &["value"]),
    ("ol", &["start", "type", "reversed"]),
    ("q", &["cite"]),
    ("source", &["src", "srcset", "sizes", "type", "media", "width", "height"]),
    ("td", &["colspan", "rowspan"]),
    ("th", &["colspan", "rowspan", "scope"]),
    ("time", &["datetime"]),
    ("track", &["src", "kind", "srclang", "label"]),
    ("video", &["src", "poster", "controls", "width", "height"]),
];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.into())
        .clean_content_tags(REMOVED.into())
        .generic_attributes(["title", "lang", "dir", "id"].into())
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .strip_comments(true)
        .attribute_filter(|element, attribute, value| {
            BASE.with_borrow(|base| filtered(element, attribute, value, base.as_ref()?))
        });
    for (element, attributes) in ATTRIBUTES {
        builder.add_tag_attributes(element, attributes);
    }
    builder
});

/// What an attribute may say.
pub(super) fn filtered<'v>(
    element: &str,
    attribute: &str,
    value: &'v str,
    base: &Url,
) -> Option<Cow<'v, str>> {
    let whole = |length: usize| {
        let fits = (1..=length).contains(&value.len());
        (fits && value.bytes().all(|byte| byte.is_ascii_digit())).then_some(Cow::Borrowed(value))
    };
    match attribute {
        "href" => absolute_link(value, base).map(Cow::Owned),
        "src" | "poster" | "cite" => {
            // Nothing, or the page itself, is no picture.
            if value.trim().is_empty() || (element != "q" && value.trim().starts_with('#')) {
                return None;
            }
            absolute_address(value, base).map(Cow::Owned)
        }
        "srcset" => absolute_srcset(value, base).map(Cow::Owned),
        "id" => {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
            (value.starts_with("fn") && value.bytes().all(plain)).then_some(Cow::Borrowed(value))
        }
        "width" | "height" => pixels(value).map(Cow::Borrowed),
        "colspan" | "rowspan" | "span" => whole(3),
        "start" | "value" => {
            let digits = value.strip_prefix('-').unwrap_or(value);
            let fits =
                (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            fits.then_some(Cow::Borrowed(value))
        }
        "type" if element == "ol" => {
            matches!(value, "1" | "a" | "A" | "i" | "I").then_some(Cow::Borrowed(value))
        }
        "dir" => matches!(value, "ltr" | "rtl" | "auto").then_some(Cow::Borrowed(value)),
        "scope" => {
            matches!(value, "row" | "col" | "rowgroup" | "colgroup").then_some(Cow::Borrowed(value))
        }
        "lang" | "hreflang" | "srclang" => {
            let tag = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            let fits = (1..=35).contains(&value.len()) && value.bytes().all(tag);
            fits.then_some(Cow::Borrowed(value))
        }
        "controls" | "reversed" => Some(Cow::Borrowed("")),
        _ => Some(Cow::Borrowed(value)),
    }
}

/// `300` and `300px`, not `100%` or `auto`.
fn pixels(value: &str) -> Option<&str> {
    let value = value.trim();
    let digits = value.strip_suffix("px").unwrap_or(value);
    let fits = (1..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://news.example/latam/flood/").expect("a base")
    }

    fn clean(html: &str) -> String {
        clean_html(html, &base()).expect("clean").html
    }

    #[test]
    fn what_a_story_needs_stays() {
        for html in [
            "<h2>Head</h2>\n<p>One <em>two</em> <a href=\"https://a.example/\">three</a></p>",
            "<table><caption>c</caption><tbody><tr><th scope=\"col\">a</th><td colspan=\"2\" \
             rowspan=\"3\">b</td></tr></tbody></table>",
            "<figure><img src=\"https://a.example/b.jpg\" alt=\"c\" width=\"3\" height=\"4\">\
             <figcaption>d</figcaption></figure>",
            "<pre><code>fn main() {\n    x &lt; y\n}</code></pre>",
            "<dl><dt>a</dt><dd>b</dd></dl><blockquote cite=\"https://a.example/\"><p>q</p>\
             </blockquote>",
            "<details><summary>s</summary><p>t</p></details><p>H<sub>2</sub>O <mark>m</mark> \
             <abbr title=\"t\">a</abbr> <del>d</del><ins>i</ins> <time datetime=\"2026\">t</time> \
             <ruby>r<rt>t</rt></ruby></p><hr>",
            "<video controls=\"\" poster=\"https://a.example/p.jpg\"><source \
             src=\"https://a.example/v.mp4\" type=\"video/mp4\"><track kind=\"captions\" \
             src=\"https://a.example/t.vtt\" srclang=\"es\"></video>",
            "<sup id=\"fnref-1\"><a href=\"https://news.example/latam/flood/#fn-1\">1</a></sup>",
            "<ol start=\"3\" reversed=\"\"><li id=\"fn-1\">a</li></ol>",
        ] {
            assert_eq!(clean(html), html);
        }
    }

    #[test]
    fn what_serves_the_page_alone_goes() {
        for (html, wanted) in [
            (
                "<p class=\"x\" style=\"color:red\" id=\"y\" data-z onclick=\"f()\">a</p>",
                "<p>a</p>",
            ),
            ("<form action=\"/x\"><input name=a><button>Go</button>t</form>", "Got"),
            ("a<!-- c --><!--more-->b", "ab"),
            ("<p>a</p><p></p><p> &nbsp; </p><p>b</p>", "<p>a</p><p>b</p>"),
            ("<p><img src=\"/p.gif\" width=\"1\" height=\"1\">a</p>", "<p>a</p>"),
            ("<img alt=\"x\">b<img src=\"\">", "b"),
            ("<a href=\"ftp://x.example/\">t</a>", "<a>t</a>"),
            (
                "<img src=\"/a.jpg\" width=\"100%\" height=\"30px\" loading=\"lazy\">",
                "<img src=\"https://news.example/a.jpg\" height=\"30\">",
            ),
        ] {
            assert_eq!(clean(html), wanted, "{html}");
        }
    }

    #[test]
    fn every_address_becomes_absolute() {
        let html = clean(
            "<a href=\"/a?b=1&c=ñ\">x</a><a href=\"#top\">y</a><a href=\"mailto:a@b.example\">z</a>\
             <img src=\"i.jpg\" srcset=\"i.jpg 1x, /j,k.jpg 2x\"><video poster=\"p.jpg\">\
             <source src=\"v.mp4\"></video><q cite=\"../c\">q</q>",
        );
        for wanted in [
            "href=\"https://news.example/a?b=1&amp;c=%C3%B1\"",
            "href=\"https://news.example/latam/flood/#top\"",
            "href=\"mailto:a@b.example\"",
            "src=\"https://news.example/latam/flood/i.jpg\"",
            "srcset=\"https://news.example/latam/flood/i.jpg 1x, https://news.example/j,k.jpg 2x\"",
            "poster=\"https://news.example/latam/flood/p.jpg\"",
            "src=\"https://news.example/latam/flood/v.mp4\"",
            "cite=\"https://news.example/latam/c\"",
        ] {
            assert!(html.contains(wanted), "{wanted}: {html}");
        }
    }

    #[test]
    fn the_first_picture_is_found_with_its_caption() {
        let html = "<p>x</p><figure><img src=\"/p.gif\" width=1 height=1><img src=\"/a.jpg\" \
                    alt=\"A &amp; b\" width=\"640\" height=\"480\"><figcaption>Cap <b>t</b> &lt;\
                    </figcaption></figure><img src=\"/z.jpg\">";
        let image = clean_html(html, &base()).expect("clean").first_image.expect("an image");
        assert_eq!(image.url, "https://news.example/a.jpg");
        assert_eq!(image.alt.as_deref(), Some("A & b"));
        assert_eq!((image.width, image.height), (Some(640), Some(480)));
        assert_eq!(image.caption.as_deref(), Some("Cap t <"));
    }

    #[test]
    fn unwrapped_elements_leave_no_parse_error() {
        for html in [
            "<p>a<object><p>b</p></object>c</p>",
            "<a href=/x><object><a href=/y>z</a></object></a>",
            "<p><button><div>a</div></button></p>",
            "<h2><marquee><h3>x</h3></marquee></h2>",
            "<p><svg><foreignObject><p>x</p></foreignObject></svg></p>",
            "<li><applet><li>x",
        ] {
            let once = clean(html);
            assert_eq!(clean(&once), once, "{html}");
        }
    }

    #[test]
    fn control_characters_do_not_come_back_as_references() {
        assert_eq!(clean("a&#1;b&#x80;c&#xFFFE;d&#0;e&#xFFFD;"), "ab€cde");
    }

    #[test]
    fn too_deep_html_is_refused() {
        let html = "<div>".repeat(20_000);
        assert!(matches!(clean_html(&html, &base()), Err(TextError::TooDeep { line: 1 })));
    }
}
