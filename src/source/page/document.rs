//! The bytes of a web page as a tree, within bounds.
//!
//! # Promises
//! - Scripts but those of JSON-LD, styles, comments and drawings are gone.
//!
//! # Limits
//! - A page that is UTF-8 is read as UTF-8, whatever it or HTTP says.

use std::borrow::Cow;

use dom_query::{Document, Matcher};
use encoding_rs::{Encoding, ISO_2022_JP, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use url::Url;

use crate::{
    source::{
        feed::encoding::is_mostly_utf8,
        tags::{Tags, tag_name},
    },
    text::{TextError, guard_html, legal},
};

/// Elements beyond which a page is refused.
pub(super) const MAX_ELEMENTS: usize = 50_000;
/// Within so many bytes a page names its encoding (HTML §4.2.5.4 asks for 1024).
const HEAD: usize = 4096;

/// Why a page is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// Nothing but white space.
    #[error("the page is empty")]
    Empty,
    /// Too long, too deep, or otherwise beyond what a parser is given.
    #[error("the page can't be read: {0}")]
    Refused(TextError),
    /// More elements than a page has.
    #[error("the page has more than {MAX_ELEMENTS} elements")]
    TooManyElements,
    /// No CSS selector.
    #[error("`{selector}` is no CSS selector")]
    BadSelector {
        /// As it is written.
        selector: String,
    },
    /// A selector that the page has nothing for.
    #[error("nothing on the page matches `{selector}`")]
    NoMatch {
        /// As it is written.
        selector: String,
    },
    /// A page without a text that is worth reading.
    #[error("no article was found on the page")]
    NoArticle,
}

impl PageError {
    /// What to do about it.
    pub fn fix(&self) -> &str {
        match self {
            Self::Empty | Self::NoArticle => {
                "open the page in a browser without scripts; name the text's element by `content`"
            }
            Self::Refused(error) => error.fix(),
            Self::TooManyElements => "read the site by another page, a feed or a sitemap",
            Self::BadSelector { .. } => "write a CSS selector such as `.article-body` or `main h2`",
            Self::NoMatch { .. } => "look up the element on the page, and name it anew",
        }
    }
}

/// A page, and what its relative addresses start from.
pub(super) struct Page {
    pub(super) document: Document,
    pub(super) base: Url,
}

/// Reads the page at `address`; `charset` is the one that HTTP names.
pub(super) fn open(bytes: &[u8], address: &Url, charset: Option<&str>) -> Result<Page, PageError> {
    let text = decoded(bytes, charset);
    let text = legal(&text);
    if text.trim().is_empty() {
        return Err(PageError::Empty);
    }
    let text = without_ballast(&text);
    guard_html(&text).map_err(PageError::Refused)?;
    let opens = |pair: &&[u8]| pair[0] == b'<' && pair[1].is_ascii_alphabetic();
    if text.as_bytes().windows(2).filter(opens).count() > MAX_ELEMENTS {
        return Err(PageError::TooManyElements);
    }
    let document = Document::from(&*text);
    let own = document.base_uri().and_then(|base| address.join(base.trim()).ok());
    let base = own.filter(|base| matches!(base.scheme(), "http" | "https"));
    Ok(Page { document, base: base.unwrap_or_else(|| address.clone()) })
}

/// The matcher of a selector that somebody wrote.
pub(super) fn matcher(selector: &str) -> Result<Matcher, PageError> {
    Matcher::new(selector).map_err(|_| PageError::BadSelector { selector: selector.to_owned() })
}

/// Whether two hosts belong to one site, as far as can be told by their names: one is the other,
/// or a part of it.
pub(super) fn same_site(one: &Url, other: &Url) -> bool {
    let bare = |url: &Url| {
        let host = url.host_str().unwrap_or_default();
        ["www.", "m.", "amp."]
            .iter()
            .find_map(|it| host.strip_prefix(it))
            .unwrap_or(host)
            .to_owned()
    };
    let (one, other) = (bare(one), bare(other));
    let is_part = |part: &str, whole: &str| {
        // A single label (`com`) is no site.
        whole.contains('.') && part.strip_suffix(whole).is_some_and(|rest| rest.ends_with('.'))
    };
    one == other || is_part(&one, &other) || is_part(&other, &one)
}

/// A page without comments, scripts, styles and drawings, which are no part of a text and may look
/// like elements that are never closed; JSON-LD stays.
fn without_ballast(html: &str) -> String {
    const BALLAST: [&str; 4] = ["script", "style", "svg", "template"];
    let mut tags = Tags::new(html);
    let mut out = String::with_capacity(html.len());
    let (mut kept, mut at) = (0, 0);
    while let Some(found) = memchr::memchr(b'<', &html.as_bytes()[at..]) {
        let start = at + found;
        let rest = &html[start..];
        let name = tag_name(&rest[1..]);
        let end = if rest.starts_with("<!--") {
            // `<!-->` and `<!--->` are whole comments (HTML §13.2.5.43).
            tags.behind(start + 2, "-->")
        } else if name.is_empty() {
            at = start + 1;
            continue;
        } else {
            let Some(end) = tags.end_of_tag(start) else { break };
            at = end;
            let Some(name) = BALLAST.iter().find(|it| name.eq_ignore_ascii_case(it)) else {
                continue;
            };
            if html[start..end].to_ascii_lowercase().contains("ld+json") {
                at = tags.behind(end, "</script>").unwrap_or(end);
                continue;
            }
            tags.behind(end, &format!("</{name}>"))
        };
        // Without an end it stays: the parser decides.
        let Some(end) = end else {
            at = start + 1;
            continue;
        };
        out.push_str(&html[kept..start]);
        kept = end;
        at = end;
    }
    out.push_str(&html[kept..]);
    out
}

/// `bytes` as text: by byte order mark, else as UTF-8 if they are, else as HTTP or the page says.
fn decoded<'b>(bytes: &'b [u8], charset: Option<&str>) -> Cow<'b, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0;
    }
    let named = charset.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
    // What can't be as it says, as ASCII letters stand there.
    let possible = |it: &&Encoding| ![UTF_16LE, UTF_16BE, REPLACEMENT].contains(it);
    let named = named.or_else(|| declared(bytes)).filter(possible);
    if named != Some(ISO_2022_JP)
        && let Ok(text) = simdutf8::basic::from_utf8(bytes)
    {
        return Cow::Borrowed(text);
    }
    let encoding = match named {
        Some(other) if other != UTF_8 => other,
        _ if is_mostly_utf8(bytes) => UTF_8,
        _ => WINDOWS_1252,
    };
    encoding.decode_without_bom_handling(bytes).0
}

/// The encoding that a `meta` element or an XML declaration names.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(HEAD)];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let labels = head.split("charset").skip(1).chain(head.split("encoding").skip(1).take(1));
    labels.into_iter().find_map(|rest| {
        let rest =
            rest.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c)))?;
        Encoding::for_label(&rest.as_bytes()[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    #[test]
    fn the_encoding_is_found_by_http_or_the_page_or_the_bytes() {
        for (bytes, charset, wanted) in [
            (&b"<p>Caf\xE9"[..], None, "<p>Café"),
            (b"<p>\xF2\xD5\xD3", Some("koi8-r"), "<p>Рус"),
            (b"<meta charset=koi8-r><p>\xF2\xD5\xD3", None, "<meta charset=koi8-r><p>Рус"),
            (
                "<meta charset='iso-8859-1'>é".as_bytes(),
                Some("latin1"),
                "<meta charset='iso-8859-1'>é",
            ),
            (b"\xEF\xBB\xBF<p>\xC3\xA9", Some("latin1"), "<p>é"),
            (b"<p>\xE9", Some("utf-16"), "<p>é"),
            (b"<p>\xE9", Some("nonsense"), "<p>é"),
        ] {
            assert_eq!(decoded(bytes, charset), wanted, "{charset:?}");
        }
        let bytes =
            b"<meta http-equiv='Content-Type' content='text/html; charset=Shift_JIS'>\x93\xFA";
        assert!(decoded(bytes, None).ends_with('日'));
    }

    #[test]
    fn hostile_pages_are_refused_before_they_are_parsed() {
        let error = |html: &str| open(html.as_bytes(), &url("https://s.example/"), None).err();
        assert!(matches!(error(&"<div>".repeat(20_000)), Some(PageError::Refused(_))));
        assert_eq!(error(&"<p>x".repeat(60_000)), Some(PageError::TooManyElements));
        assert_eq!(error(" \n"), Some(PageError::Empty));
    }

    #[test]
    fn scripts_and_drawings_go_before_anything_is_counted() {
        for (html, wanted) in [
            ("a<script>'<div>'</SCRIPT>b", "ab"),
            ("<svg><path d='>'/></svg ><svg><g></svg>b", "b"),
            (
                "<script type=\"application/ld+json\">{\"a\": \"<!--\"}</script>b<!-- c -->d",
                "<script type=\"application/ld+json\">{\"a\": \"<!--\"}</script>bd",
            ),
            ("<p title='<script>'>x</p><style>y", "<p title='<script>'>x</p><style>y"),
            ("a<!--><b>c<", "a<b>c<"),
        ] {
            assert_eq!(without_ballast(html), wanted, "{html}");
        }
    }

    #[test]
    fn the_hosts_of_one_site_are_told_from_others() {
        for (one, other, is) in [
            ("https://s.example/a", "http://www.s.example/b", true),
            ("https://amp.s.example/", "https://s.example/", true),
            ("https://news.s.example/", "https://s.example/", true),
            ("https://s.example/", "https://s.example.evil.test/", false),
            ("https://s.example/", "https://bads.example/", false),
            ("https://s.example/", "https://example/", false),
        ] {
            assert_eq!(same_site(&url(one), &url(other)), is, "{one} {other}");
            assert_eq!(same_site(&url(other), &url(one)), is, "{other} {one}");
        }
    }
}
