//! Frames, players and lazy pictures, turned into what every reader shows.
//!
//! # Promises
//! - A text without any of them is borrowed, not copied.
//! - An embed becomes a paragraph with a link to the page of what it shows, where that is known.
//!
//! # Limits
//! - Nothing here is trusted: [`super::clean_html`] cleans what comes out.

use std::{borrow::Cow, cell::Cell};

use lol_html::{
    ElementContentHandlers, RewriteStrSettings, Selector, element,
    html_content::{ContentType, Element},
    rewrite_str,
};
use url::Url;

type Handler<'h> = (Cow<'h, Selector>, ElementContentHandlers<'h>);

/// How the names of elements begin for which the pass is needed.
const SIGNS: [&str; 6] = ["iframe", "embed", "object", "amp-", "lite-", "noscript"];

/// Whether the pass is needed: one look at each tag and each hyphen, since few texts need it.
fn has_sign(html: &str) -> bool {
    let html = html.as_bytes();
    html.iter().enumerate().any(|(at, byte)| match byte {
        b'<' => SIGNS.iter().any(|sign| {
            let name = html.get(at + 1..at + 1 + sign.len());
            name.is_some_and(|name| name.eq_ignore_ascii_case(sign.as_bytes()))
        }),
        // Lazy pictures keep their address in `data-src` and its like.
        b'-' => html[..at].last_chunk::<4>().is_some_and(|word| word.eq_ignore_ascii_case(b"data")),
        _ => false,
    })
}

/// `html` with links in place of embeds, and lazy pictures with their true addresses.
pub(super) fn replace_embeds<'h>(html: &'h str, base: &Url) -> Cow<'h, str> {
    if !has_sign(html) {
        return Cow::Borrowed(html);
    }
    let lazy_seen = Cell::new(false);
    let handlers: Vec<Handler<'_>> = vec![
        element!("iframe, embed, object, lite-youtube, lite-vimeo", |found| {
            replace(found, base);
            Ok(())
        }),
        element!(
            "amp-iframe, amp-youtube, amp-vimeo, amp-twitter, amp-instagram, amp-facebook, \
             amp-dailymotion, amp-brightcove, amp-soundcloud",
            |found| {
                replace(found, base);
                Ok(())
            }
        ),
        element!("amp-img, amp-anim, amp-video, amp-audio", |found| {
            let name = match found.tag_name().as_str() {
                "amp-video" => "video",
                "amp-audio" => "audio",
                _ => "img",
            };
            if name == "img" {
                // `img` has no content: what stands in it is a copy for browsers without AMP.
                found.set_inner_content("", ContentType::Html);
            } else {
                found.set_attribute("controls", "")?;
            }
            Ok(found.set_tag_name(name)?)
        }),
        element!("img, source", |found| {
            if true_address(found) {
                lazy_seen.set(true);
            }
            Ok(())
        }),
    ];
    let Ok(replaced) = rewrite_str(html, settings(handlers)) else {
        return Cow::Borrowed(html);
    };
    if !contains_ignoring_case(&replaced, "noscript") {
        return Cow::Owned(replaced);
    }
    // A lazy picture has its copy there, for browsers without scripts; all else is for readers.
    let handlers = vec![element!("noscript", |found| {
        if lazy_seen.get() {
            found.remove();
        } else {
            found.remove_and_keep_content();
        }
        Ok(())
    })];
    rewrite_str(&replaced, settings(handlers)).map_or(Cow::Owned(replaced), Cow::Owned)
}

fn settings<'h>(handlers: Vec<Handler<'h>>) -> RewriteStrSettings<'h, 'h> {
    let add = |settings: RewriteStrSettings<'h, 'h>, handler| {
        settings.append_element_content_handler(handler)
    };
    handlers.into_iter().fold(RewriteStrSettings::new(), add)
}

/// Whether `needle`, in lower case, occurs in `html`.
fn contains_ignoring_case(html: &str, needle: &str) -> bool {
    // Each sign has a letter pair that is rare enough; a plain search comes first.
    if html.contains(needle) {
        return true;
    }
    let first = needle.as_bytes()[0];
    let upper = first.to_ascii_uppercase();
    let mut rest = html.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte == upper) {
        rest = &rest[at..];
        let head = rest.get(..needle.len()).unwrap_or_default();
        if head.eq_ignore_ascii_case(needle.as_bytes()) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

fn replace(found: &mut Element<'_, '_>, base: &Url) {
    let Some(address) = address_of(found, base) else {
        if found.tag_name() == "object" {
            found.remove_and_keep_content();
        } else {
            found.remove();
        }
        return;
    };
    let title = ["title", "aria-label", "data-title"]
        .iter()
        .find_map(|name| found.get_attribute(name))
        .map(|title| super::plain_text(&html_escape::decode_html_entities(&title)))
        .filter(|title| !title.is_empty());
    let host = address.host_str().map(|host| host.trim_start_matches("www.").to_owned());
    let Some(text) = title.or(host) else {
        return found.remove();
    };
    found.replace(&link_paragraph(address.as_str(), &text), ContentType::Html);
}

/// A paragraph that is nothing but a link.
pub(super) fn link_paragraph(address: &str, text: &str) -> String {
    let address = html_escape::encode_double_quoted_attribute(address);
    let text = html_escape::encode_text(text);
    format!("<p><a href=\"{address}\">{text}</a></p>")
}

/// The page of what an embed shows.
fn address_of(found: &Element<'_, '_>, base: &Url) -> Option<Url> {
    let value = |names: &[&str]| {
        let value = names.iter().find_map(|name| found.get_attribute(name))?;
        Some(html_escape::decode_html_entities(value.trim()).into_owned())
    };
    let id = |names: &[&str]| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        value(names).filter(|id| !id.is_empty() && id.bytes().all(plain))
    };
    let text = match found.tag_name().as_str() {
        "amp-youtube" | "lite-youtube" => {
            format!("https://www.youtube.com/watch?v={}", id(&["data-videoid", "videoid"])?)
        }
        "amp-vimeo" | "lite-vimeo" => {
            format!("https://vimeo.com/{}", id(&["data-videoid", "videoid"])?)
        }
        "amp-dailymotion" => {
            format!("https://www.dailymotion.com/video/{}", id(&["data-videoid"])?)
        }
        "amp-twitter" => format!("https://x.com/i/status/{}", id(&["data-tweetid"])?),
        "amp-instagram" => format!("https://www.instagram.com/p/{}/", id(&["data-shortcode"])?),
        "amp-facebook" => value(&["data-href"])?,
        "object" => value(&["data"])?,
        _ => {
            let is_usable = |name: &&str| {
                found.get_attribute(name).is_some_and(|value| {
                    let value = value.trim();
                    !value.is_empty() && !value.starts_with("data:") && value != "about:blank"
                })
            };
            let names = ["src", "data-src", "data-lazy-src", "data-original"];
            value(&[*names.iter().find(|name| is_usable(name))?])?
        }
    };
    let url = base.join(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    Some(page_of_player(&url).unwrap_or(url))
}

/// The page that a player of a known service belongs to.
pub(super) fn page_of_player(url: &Url) -> Option<Url> {
    let host = url.host_str()?.trim_start_matches("www.");
    let mut parts = url.path_segments()?;
    let page = match (host, parts.next()?, parts.next()) {
        ("youtube.com" | "youtube-nocookie.com", "embed", Some("videoseries")) => return None,
        ("youtube.com" | "youtube-nocookie.com", "embed" | "v", Some(id)) => {
            format!("https://www.youtube.com/watch?v={id}")
        }
        ("player.vimeo.com", "video", Some(id)) => format!("https://vimeo.com/{id}"),
        ("dailymotion.com", "embed", Some("video")) => {
            format!("https://www.dailymotion.com/video/{}", parts.next()?)
        }
        _ => return None,
    };
    Url::parse(&page).ok()
}

/// Gives a picture that waits for a script its address; whether it did.
fn true_address(found: &mut Element<'_, '_>) -> bool {
    let mut changed = false;
    let lazy = [
        ("src", &["data-src", "data-lazy-src", "data-original", "data-orig-file"][..]),
        ("srcset", &["data-srcset", "data-lazy-srcset"][..]),
    ];
    for (name, stand_ins) in lazy {
        let present = found.get_attribute(name).unwrap_or_default();
        let present = present.trim();
        if !(present.is_empty() || starts_with_data(present)) {
            continue;
        }
        let waiting = stand_ins.iter().find_map(|name| found.get_attribute(name));
        let Some(waiting) = waiting.filter(|text| !text.trim().is_empty()) else {
            continue;
        };
        changed |= found.set_attribute(name, &waiting).is_ok();
    }
    changed
}

fn starts_with_data(address: &str) -> bool {
    address.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(html: &str) -> String {
        let base = Url::parse("https://news.example/a/").expect("a base");
        super::super::clean_html(html, &base).expect("clean").html
    }

    #[test]
    fn an_embed_becomes_a_link_to_its_page() {
        for (html, wanted) in [
            (
                "<p>a</p><iframe src=\"//www.youtube.com/embed/abc?x=1\" title=\"A &quot;b\">f</iframe>",
                "<p>a</p><p><a href=\"https://www.youtube.com/watch?v=abc\">A \"b</a></p>",
            ),
            (
                "<p>a <IFRAME src='/map?a=1&amp;b=2'></IFRAME></p>",
                "<p>a </p><p><a href=\"https://news.example/map?a=1&amp;b=2\">news.example</a></p>",
            ),
            (
                "<object data=\"/d.pdf\"><embed src=\"/e\"></object>",
                "<p><a href=\"https://news.example/d.pdf\">news.example</a></p>",
            ),
            ("<object><p>kept</p></object>", "<p>kept</p>"),
            (
                "<amp-youtube data-videoid=\"x_1\"></amp-youtube>",
                "<p><a href=\"https://www.youtube.com/watch?v=x_1\">youtube.com</a></p>",
            ),
            ("<iframe src=\"javascript:alert(1)\"></iframe><iframe srcdoc=\"<b>\"></iframe>x", "x"),
        ] {
            assert_eq!(replaced(html), wanted, "{html}");
        }
    }

    #[test]
    fn a_lazy_picture_gets_its_address_once() {
        let html = "<img src=\"data:image/gif;base64,R0\" data-src=\"/a.jpg\" alt=\"A\">\
                    <noscript><img src=\"/a.jpg\"></noscript>";
        assert_eq!(replaced(html), "<img src=\"https://news.example/a.jpg\" alt=\"A\">");
        let html = "<img src=\"/low.jpg\" data-src=\"/a.jpg\"><noscript><b>n</b></noscript>";
        assert_eq!(replaced(html), "<img src=\"https://news.example/low.jpg\"><b>n</b>");
        let html =
            "<amp-img src=\"/a.jpg\" width=\"3\"><noscript><img src=\"/b\"></noscript></amp-img>";
        assert_eq!(replaced(html), "<img src=\"https://news.example/a.jpg\" width=\"3\">");
    }
}
