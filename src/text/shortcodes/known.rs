//! The shortcodes that are known, and what each of them shows.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{Args, ShortcodeContext, lex::Family};
use crate::text::{
    embeds::{link_paragraph, page_of_player},
    markdown_to_html, plain_text,
};

/// What takes the place of a shortcode.
pub(super) enum Shown {
    /// A block of HTML without line ends.
    Block(String),
    /// Text in the line.
    Inline(String),
    /// What stands between start and end.
    Inner,
    /// The same; the name is reported.
    Unknown(String),
}

/// Those whose inner text is code.
pub(super) fn is_code(name: &str) -> bool {
    matches!(name, "highlight" | "code" | "sourcecode" | "prettify" | "codeblock")
}

/// Languages by which WordPress's plugins name samples of code.
pub(super) fn is_language(name: &str) -> bool {
    const LANGUAGES: [&str; 36] = [
        "as3",
        "bash",
        "shell",
        "coldfusion",
        "cpp",
        "csharp",
        "css",
        "delphi",
        "pascal",
        "diff",
        "erlang",
        "fsharp",
        "golang",
        "groovy",
        "html",
        "xhtml",
        "xml",
        "java",
        "javafx",
        "javascript",
        "js",
        "matlab",
        "objc",
        "perl",
        "php",
        "plain",
        "powershell",
        "python",
        "rails",
        "ruby",
        "scala",
        "sql",
        "vb",
        "vbnet",
        "cc",
        "cce",
    ];
    LANGUAGES.contains(&name) || name.starts_with("cc_") || name.starts_with("ccn")
}

/// Those that show their inner text in a place of its own.
pub(super) fn wraps(name: &str) -> bool {
    matches!(
        name,
        "caption" | "wp_caption" | "embed" | "figure" | "youtube" | "video" | "audio" | "gallery"
    )
}

pub(super) fn show(
    family: Family,
    args: &Args,
    inner: Option<&str>,
    context: &ShortcodeContext<'_>,
) -> Shown {
    let name = match (family, args.name.as_str()) {
        (Family::Liquid, "include" | "include_relative" | "include_cached") => {
            // The name of the template; its own folder says nothing.
            let file = args.at(0).unwrap_or_default();
            let stem = file.rsplit('/').next().unwrap_or_default();
            stem.split('.').next().unwrap_or_default().to_lowercase()
        }
        (_, name) => name.to_owned(),
    };
    let place = usize::from(args.name.starts_with("include"));
    let id = |names: &[&str]| args.get(names, place).map(str::to_owned);
    let link = |address: Option<String>| {
        let title = args.named(&["title", "caption", "label"]);
        Shown::Block(address.and_then(|address| link(&address, title)).unwrap_or_default())
    };
    let page =
        |start: &str, end: &str, id: Option<String>| {
            link(id.map(|id| {
                if id.contains("://") { id } else { format!("{start}{}{end}", segment(&id)) }
            }))
        };
    match name.as_str() {
        "figure" | "image" | "img" | "picture" | "responsive-image" | "imgproc" => {
            figure(args, place, inner).map_or(Shown::Inner, Shown::Block)
        }
        "youtube" | "youtube-lite" | "yt" => {
            let id = inner
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
                .or(id(&["id", "v", "url", "videoid", "video_id"]));
            page("https://www.youtube.com/watch?v=", "", id)
        }
        "vimeo" => page("https://vimeo.com/", "", id(&["id", "url"])),
        "tweet" | "twitter" | "x" | "twitter_simple" | "x_simple" | "tweet_simple" => {
            let user = args.named(&["user"]).unwrap_or("i");
            let start = format!("https://x.com/{}/status/", segment(user));
            page(&start, "", id(&["id", "url"]))
        }
        "instagram" | "instagram_simple" => {
            page("https://www.instagram.com/p/", "/", id(&["id", "url"]))
        }
        "tiktok" | "soundcloud" | "spotify" | "facebook" | "iframe" | "bluesky" | "mastodon"
        | "oembed" => {
            let address =
                id(&["url", "src", "href", "link"]).filter(|address| address.contains("//"));
            if address.is_some() { link(address) } else { Shown::Unknown(name) }
        }
        "gist" => {
            let id = match (args.at(0), args.at(1)) {
                (Some(user), Some(id)) if family == Family::Hugo => {
                    format!("{}/{}", segment(user), segment(id))
                }
                (first, _) => first.or(args.named(&["id", "url"])).unwrap_or_default().to_owned(),
            };
            let whole = id.contains("://") || id.is_empty();
            link(Some(if whole { id } else { format!("https://gist.github.com/{id}") }))
        }
        "embed" => {
            let text = inner.map(plain_text).filter(|text| !text.is_empty());
            // Where nothing else is known of a page, its address says most.
            let address = text.or(id(&["src", "url"]));
            address.map_or(Shown::Inner, |address| {
                self::link(&address, Some(&address)).map_or(Shown::Inner, Shown::Block)
            })
        }
        "ref" | "relref" | "link" | "post_url" => {
            let Some(path) = args.get(&["path"], 0) else {
                return Shown::Inline(String::new());
            };
            Shown::Inline(address_of(path, context))
        }
        "caption" | "wp_caption" => Shown::Block(captioned(args, inner.unwrap_or_default())),
        "gallery" => Shown::Block(inner.map(one_block).unwrap_or_default()),
        "audio" | "video" | "html5video" | "video_tag" => player(&name, args, place, inner),
        name if is_code(name) || family == Family::Bracket && is_language(name) => match inner {
            Some(code) => Shown::Block(code_block(code)),
            None => Shown::Inner,
        },
        "details" | "notice" | "admonition" | "note" | "tip" | "warning" | "alert" | "callout"
        | "hint" | "info" | "danger" | "caution" | "important" | "quote" | "blockquote"
        | "center" | "rawhtml" | "raw" | "expand" | "lead" | "box"
            if family != Family::Bracket =>
        {
            Shown::Inner
        }
        "toc" | "more" | "param" | "playlist" => Shown::Inner,
        _ if name.is_empty() => Shown::Inner,
        _ => Shown::Unknown(name),
    }
}

/// The address of another story: `dam.md#x`, `@/posts/dam.md`.
pub(super) fn address_of(path: &str, context: &ShortcodeContext<'_>) -> String {
    let (path, fragment) = path.split_once('#').map_or((path, None), |(path, id)| (path, Some(id)));
    let bare = path.strip_prefix("@/").unwrap_or(path);
    let address = match (context.resolve)(path).or_else(|| (context.resolve)(bare)) {
        Some(address) => address,
        None if path.is_empty() => context.page_url.to_owned(),
        None => {
            // Not known: where it would stand if folders made the addresses.
            let stem = bare.trim_start_matches('/').trim_end_matches(".md");
            let stem = stem.strip_suffix("_index").or(stem.strip_suffix("index")).unwrap_or(stem);
            format!("{}/{stem}", context.site_url.trim_end_matches('/'))
        }
    };
    let fragment = fragment.map(|id| format!("#{id}")).unwrap_or_default();
    let address: String = format!("{address}{fragment}").split_whitespace().collect();
    // It may stand in a link of Markdown or in an attribute of HTML.
    address
        .replace('<', "%3C")
        .replace('>', "%3E")
        .replace('"', "%22")
        .replace('(', "%28")
        .replace(')', "%29")
}

/// Code in one line, so that neither lists nor blank lines of Markdown cut it.
pub(super) fn code_block(code: &str) -> String {
    let code = code.strip_prefix('\r').unwrap_or(code);
    let code = code.strip_prefix('\n').unwrap_or(code).trim_end();
    let code = html_escape::encode_text(code).replace('\r', "").replace('\n', "&#10;");
    format!("<pre><code>{code}</code></pre>")
}

fn link(address: &str, title: Option<&str>) -> Option<String> {
    let url = Url::parse(address.trim()).ok();
    let host = url.as_ref().and_then(Url::host_str).map(|host| host.trim_start_matches("www."));
    let title = title.map(plain_text).filter(|title| !title.is_empty());
    let page = url.as_ref().and_then(page_of_player);
    let address = page.as_ref().or(url.as_ref()).map_or(address.trim(), Url::as_str);
    if address.is_empty() {
        return None;
    }
    Some(link_paragraph(address, title.as_deref().or(host).unwrap_or(address)))
}

/// What stays as it is in a part of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// A part of a path that cannot leave its place.
fn segment(text: &str) -> String {
    utf8_percent_encode(text.trim(), SEGMENT).to_string()
}

fn attribute(name: &str, text: Option<&str>) -> String {
    let Some(text) = text else {
        return String::new();
    };
    let text = text.replace(['\n', '\r'], " ");
    format!(" {name}=\"{}\"", html_escape::encode_double_quoted_attribute(&text))
}

/// A caption may be written in Markdown.
fn caption_html(text: &str) -> String {
    let html = markdown_to_html(text.trim());
    one_block(html.trim().trim_start_matches("<p>").trim_end_matches("</p>"))
}

fn one_block(html: &str) -> String {
    html.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn figure(args: &Args, place: usize, inner: Option<&str>) -> Option<String> {
    let names = ["src", "image_path", "url", "path", "image", "file", "img"];
    let source = args.get(&names, place)?;
    let size = |name| attribute(name, args.named(&[name]));
    let mut html = format!(
        "<img{}{}{}{}>",
        attribute("src", Some(source)),
        attribute("alt", args.named(&["alt"])),
        size("width"),
        size("height")
    );
    if let Some(address) = args.named(&["link", "href"]) {
        html = format!("<a{}>{html}</a>", attribute("href", Some(address)));
    }
    let title =
        args.named(&["title"]).map(|title| format!("<strong>{}</strong>", caption_html(title)));
    let caption =
        args.named(&["caption"]).or(inner).map(caption_html).filter(|text| !text.is_empty());
    let credit = args.named(&["attr", "credit"]).map(|text| match args.named(&["attrlink"]) {
        Some(address) => {
            format!("<a{}>{}</a>", attribute("href", Some(address)), caption_html(text))
        }
        None => caption_html(text),
    });
    let below: Vec<String> = [title, caption, credit].into_iter().flatten().collect();
    if !below.is_empty() {
        html = format!("{html}<figcaption>{}</figcaption>", below.join(" "));
    }
    Some(format!("<figure>{html}</figure>"))
}

/// WordPress: the picture, perhaps in a link, then the caption.
fn captioned(args: &Args, inner: &str) -> String {
    let inner = one_block(inner);
    let end = inner.rfind("<img").map_or(0, |at| {
        let end = inner[at..].find('>').map_or(inner.len(), |length| at + length + 1);
        let rest = inner[end..].trim_start();
        if rest.starts_with("</a>") { inner.len() - rest.len() + 4 } else { end }
    });
    let (picture, text) = inner.split_at(end);
    let caption = Some(text.trim()).filter(|text| !text.is_empty());
    let caption = caption.map(str::to_owned).or(args.named(&["caption"]).map(caption_html));
    let caption =
        caption.map(|text| format!("<figcaption>{text}</figcaption>")).unwrap_or_default();
    format!("<figure>{picture}{caption}</figure>")
}

fn player(name: &str, args: &Args, place: usize, inner: Option<&str>) -> Shown {
    let element = if name == "audio" { "audio" } else { "video" };
    let names = ["src", "mp4", "m4v", "webm", "ogv", "mp3", "m4a", "ogg", "wav", "url", "file"];
    let Some(source) = args.get(&names, place) else {
        let inner = inner.map(one_block).filter(|text| !text.is_empty());
        return Shown::Block(
            inner.and_then(|text| link(&plain_text(&text), None)).unwrap_or_default(),
        );
    };
    if element == "video" && place == 1 && !source.contains(['/', '.']) {
        return Shown::Inner;
    }
    let poster = if element == "video" {
        attribute("poster", args.named(&["poster"]))
    } else {
        String::new()
    };
    let source = attribute("src", Some(source));
    let caption = args.named(&["caption"]).map(caption_html);
    let caption =
        caption.map(|text| format!("<figcaption>{text}</figcaption>")).unwrap_or_default();
    Shown::Block(format!(
        "<figure><{element} controls{source}{poster}></{element}>{caption}</figure>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caption_keeps_the_link_around_its_picture() {
        let html =
            captioned(&Args::default(), "<a href=\"b\"><img src=\"a\"></a>\n\nText <b>c</b>");
        assert_eq!(
            html,
            "<figure><a href=\"b\"><img src=\"a\"></a><figcaption>Text <b>c</b></figcaption></figure>"
        );
    }

    #[test]
    fn code_stands_in_one_line_and_is_escaped() {
        assert_eq!(code_block("\na\n\n<b>\n"), "<pre><code>a&#10;&#10;&lt;b&gt;</code></pre>");
    }
}
