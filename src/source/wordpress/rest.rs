//! Pages of posts, as the REST API of WordPress gives them
//! (<https://developer.wordpress.org/rest-api/reference/posts/>).
//!
//! # Promises
//! - A member of the wrong type that a story can do without is passed over; a post without what a
//!   story needs is a fault with its number.
//!
//! # Limits
//! - Without `_embed` in the request there are no names of authors, sections and pictures.
//! - Of several pictures the featured one counts, else the one that plugins name.

use std::fmt;

use chrono_tz::Tz;
use html_escape::decode_html_entities;
use serde_json::Value;
use url::Url;

use super::export::decoded_slug;
use crate::{
    source::{
        feed::{MAX_FEED_BYTES, ReadCategory, ReadEntry},
        json_bounds::{JsonBound, guard_json},
    },
    story::{Image, Person},
    text::{legal, plain_text, read_date},
};

/// The posts of one answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostPage {
    /// Those that are public, in the order of the answer.
    pub entries: Vec<ReadEntry>,
    /// Those that can't be read.
    pub faults: Vec<PostFault>,
    /// How many are no public posts, or stand behind a password.
    pub passed_over: usize,
}

/// A post that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostFault {
    /// Its number on the site, where it has one.
    pub id: Option<u64>,
    /// Its place in the answer, from 1.
    pub place: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for PostFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id {
            Some(id) => write!(f, "post `{id}`: {}", self.what),
            None => write!(f, "post {} of the answer: {}", self.place, self.what),
        }
    }
}

/// Why an answer is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestError {
    /// More bytes than any answer has.
    #[error("the answer has {bytes} bytes, more than {MAX_FEED_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// More values or nesting than any answer has.
    #[error("the answer can't be read: {0}")]
    Unbounded(JsonBound),
    /// Nothing but white space.
    #[error("the answer is empty")]
    Empty,
    /// WordPress says no.
    #[error("WordPress answers `{code}`: {message}")]
    Refused {
        /// Its name for what is wrong, such as `rest_no_route`.
        code: String,
        /// Its words for it.
        message: String,
    },
    /// A web page, as firewalls and sites without the API give it.
    #[error("the answer is a web page{}", titled(.title))]
    WebPage {
        /// Its title; empty where it has none.
        title: String,
    },
    /// Neither JSON nor HTML, or JSON that breaks off.
    #[error("the answer is no JSON: {reason}")]
    BadJson {
        /// What the parser says, with the place.
        reason: String,
    },
    /// JSON of another sort.
    #[error("the answer is no list of posts: it begins with `{found}`")]
    NotPosts {
        /// Its first letters.
        found: String,
    },
}

fn titled(title: &str) -> String {
    if title.is_empty() { String::new() } else { format!(" with the title `{title}`") }
}

impl RestError {
    /// Whether the page that was asked for lies behind the last one.
    pub fn is_past_the_end(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "rest_post_invalid_page_number")
    }

    /// Whether the API may stand in another place ([`RestApi::plain`](super::RestApi::plain)).
    pub fn is_wrong_place(&self) -> bool {
        match self {
            Self::Refused { code, .. } => code == "rest_no_route",
            Self::WebPage { .. } => true,
            _ => false,
        }
    }

    /// What to do about it.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } | Self::Unbounded(_) => "ask the site for fewer posts at once",
            Self::Refused { code, .. } if code == "rest_no_route" => {
                "give the address of a WordPress site, or read its feed instead"
            }
            Self::Refused { .. } => "ask who runs the site to open its REST API, or read its feed",
            Self::Empty | Self::WebPage { .. } | Self::NotPosts { .. } => {
                "see that the address is that of a WordPress site whose REST API is open"
            }
            Self::BadJson { .. } => "look at the answer: a plugin may write into it",
        }
    }
}

/// Reads an answer to [`RestApi::newest_posts`](super::RestApi::newest_posts) and its like;
/// `zone` is the site's, for posts without a date in UTC.
///
/// # Errors
/// What is no list of posts; a bad post is a fault of the page.
pub fn read_posts(bytes: &[u8], zone: Tz) -> Result<PostPage, RestError> {
    if bytes.len() > MAX_FEED_BYTES {
        return Err(RestError::TooLarge { bytes: bytes.len() });
    }
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{FEFF}').trim();
    match text.chars().next() {
        None => return Err(RestError::Empty),
        Some('<') => return Err(RestError::WebPage { title: page_title(text) }),
        Some(_) => {}
    }
    guard_json(text).map_err(RestError::Unbounded)?;
    let value = serde_json::from_str(text)
        .map_err(|error| RestError::BadJson { reason: error.to_string() })?;
    let posts = match value {
        Value::Array(posts) => posts,
        Value::Object(object) if object.contains_key("code") => {
            let said = |name: &str| object.get(name).and_then(text_of).unwrap_or_default();
            let (code, message) = (said("code"), plain_text(&said("message")));
            return Err(RestError::Refused { code, message });
        }
        _ => return Err(RestError::NotPosts { found: text.chars().take(20).collect() }),
    };
    let mut page = PostPage::default();
    for (index, post) in posts.iter().enumerate() {
        match read_post(post, zone) {
            Ok(Some(entry)) => page.entries.push(entry),
            Ok(None) => page.passed_over += 1,
            Err(what) => {
                let id = post.get("id").and_then(number);
                page.faults.push(PostFault { id, place: index + 1, what });
            }
        }
    }
    Ok(page)
}

/// The title of a web page, as far as it can be told without parsing it.
fn page_title(html: &str) -> String {
    let head = &html[..html.floor_char_boundary(16 * 1024)];
    let lower = head.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|start| {
        let from = start + head[start..].find('>')? + 1;
        let to = from + lower[from..].find("</title")?;
        Some(plain_text(&head[from..to]))
    });
    title.unwrap_or_default()
}

/// The entry of a post; none where it is not for everyone.
fn read_post(post: &Value, zone: Tz) -> Result<Option<ReadEntry>, String> {
    if !post.is_object() {
        return Err("it is no object".to_owned());
    }
    let status = post.get("status").and_then(Value::as_str);
    let is_protected = |name| post.pointer(name).and_then(Value::as_bool) == Some(true);
    if status.is_some_and(|status| status != "publish")
        || is_protected("/content/protected")
        || is_protected("/excerpt/protected")
    {
        return Ok(None);
    }
    let url = post.get("link").and_then(text_of);
    let guid = rendered(post, "guid")?.map(|guid| decode_html_entities(&guid).into_owned());
    let Some(guid) = guid.or_else(|| url.clone()) else {
        return Err("it has neither `guid` nor `link`".to_owned());
    };
    let date = |gmt, local| {
        let read = |name, zone| read_date(&post.get(name).and_then(text_of)?, zone).ok();
        read(gmt, Tz::UTC).or_else(|| read(local, zone))
    };
    Ok(Some(ReadEntry {
        guid,
        base: url.clone(),
        url,
        title: plain_text(&rendered(post, "title")?.unwrap_or_default()),
        published: date("date_gmt", "date"),
        updated: date("modified_gmt", "modified"),
        summary: rendered(post, "excerpt")?,
        content_html: rendered(post, "content")?,
        authors: authors(post),
        categories: categories(post),
        image: featured(post).or_else(|| image_of_plugins(post)),
        language: post.get("lang").and_then(text_of),
        ..ReadEntry::default()
    }))
}

/// The `rendered` form of a member, or the member itself where it is a text; none where it says
/// nothing.
fn rendered(post: &Value, name: &str) -> Result<Option<String>, String> {
    match post.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => match object.get("rendered") {
            None | Some(Value::Null) => Ok(None),
            Some(value) if value.is_string() => Ok(text_of(value)),
            Some(_) => Err(format!("`{name}.rendered` is no text")),
        },
        Some(value) if value.is_string() => Ok(text_of(value)),
        Some(_) => Err(format!("`{name}` is neither a text nor an object")),
    }
}

fn embedded<'p>(post: &'p Value, name: &str) -> impl Iterator<Item = &'p Value> + use<'p> {
    let list = post.get("_embedded").and_then(|embedded| embedded.get(name));
    list.and_then(Value::as_array).into_iter().flatten()
}

/// Those that the site tells of; where it keeps them to itself, the name that Yoast gives.
fn authors(post: &Value) -> Vec<Person> {
    let person = |author: &Value| {
        let name = author.get("name").and_then(text_of).map(|name| plain_text(&name))?;
        let url = author.get("url").and_then(text_of).or_else(|| text_of(author.get("link")?));
        (!name.is_empty()).then(|| Person { name, url, ..Person::default() })
    };
    let mut people: Vec<Person> = embedded(post, "author").filter_map(person).collect();
    if people.is_empty() {
        let name = post.pointer("/yoast_head_json/author").and_then(text_of);
        people.extend(name.map(|name| Person { name: plain_text(&name), ..Person::default() }));
    }
    people
}

fn categories(post: &Value) -> Vec<ReadCategory> {
    let terms = embedded(post, "wp:term").filter_map(Value::as_array).flatten();
    let read = |term: &Value| {
        let label = term.get("name").and_then(text_of).map(|name| plain_text(&name));
        let slug = term.get("slug").and_then(text_of).map(|slug| decoded_slug(&slug));
        let path = term.get("link").and_then(text_of).and_then(|link| path_of_term(&link));
        let scheme = term.get("taxonomy").and_then(text_of);
        let path = path.filter(|_| scheme.as_deref() == Some("category"));
        let term = path.or(slug).or_else(|| label.clone())?;
        Some(ReadCategory { term, label, scheme })
    };
    terms.filter_map(read).collect()
}

/// The place of a section among the others, as its address tells: `latam/security`.
fn path_of_term(link: &str) -> Option<String> {
    let url = Url::parse(link).ok()?;
    let (_, path) = url.path().split_once("/category/")?;
    let path = decoded_slug(path.trim_matches('/'));
    (!path.is_empty()).then_some(path)
}

fn featured(post: &Value) -> Option<Image> {
    let media = embedded(post, "wp:featuredmedia").next()?;
    let url = media.get("source_url").and_then(text_of)?;
    let kind = media.get("mime_type").and_then(Value::as_str).unwrap_or("image/");
    let plain = |pointer| {
        let text = media.pointer(pointer).and_then(text_of).map(|text| plain_text(&text));
        text.filter(|text| !text.is_empty())
    };
    kind.starts_with("image/").then(|| Image {
        url,
        alt: plain("/alt_text"),
        caption: plain("/caption/rendered"),
        width: media.pointer("/media_details/width").and_then(pixels),
        height: media.pointer("/media_details/height").and_then(pixels),
        ..Image::default()
    })
}

fn image_of_plugins(post: &Value) -> Option<Image> {
    if let Some(url) = post.get("jetpack_featured_media_url").and_then(text_of) {
        return Some(Image { url, ..Image::default() });
    }
    let image = post.pointer("/yoast_head_json/og_image/0")?;
    Some(Image {
        url: image.get("url").and_then(text_of)?,
        width: image.get("width").and_then(pixels),
        height: image.get("height").and_then(pixels),
        ..Image::default()
    })
}

/// A text that says something, without what XML forbids.
fn text_of(value: &Value) -> Option<String> {
    let text = legal(value.as_str()?).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// A number, or one that is written as a text.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn pixels(value: &Value) -> Option<u32> {
    number(value).and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    fn read(json: &str) -> PostPage {
        read_posts(json.as_bytes(), chrono_tz::America::Bogota).expect("posts")
    }

    const POST: &str = r#"{
        "id": 123, "status": "publish", "sticky": true, "lang": "es",
        "guid": {"rendered": "https://s.example/?post_type=post&#038;p=123"},
        "link": "https://s.example/flood/",
        "date": "2026-03-01T04:00:00", "date_gmt": "2026-03-01T09:00:00",
        "modified": "2026-03-01T05:30:00", "modified_gmt": "0000-00-00T00:00:00",
        "title": {"rendered": "The river&#8217;s <em>rise</em>"},
        "content": {"rendered": "<p>It rose.</p>\n", "protected": false},
        "excerpt": {"rendered": "<p>Rose &hellip;</p>", "protected": false},
        "_embedded": {
            "author": [{"code": "rest_user_invalid_id"},
                {"name": "Ana &amp; Co", "url": "", "link": "https://s.example/author/ana/"}],
            "wp:featuredmedia": [{"source_url": "https://s.example/dam.jpg", "alt_text": "A dam",
                "mime_type": "image/jpeg", "caption": {"rendered": "<p>The dam</p>"},
                "media_details": {"width": 1200, "height": "800"}}],
            "wp:term": [[{"name": "Security &amp; law", "slug": "security",
                "taxonomy": "category", "link": "https://s.example/category/latam/security/"}],
                [{"name": "R\u00edo", "slug": "r%c3%ado", "taxonomy": "post_tag"}]]
        }
    }"#;

    #[test]
    fn a_post_is_read_with_all_that_is_embedded() {
        let page = read(&format!("\u{FEFF}[{POST}]"));
        assert_eq!(page.faults, []);
        let [entry] = &page.entries[..] else { panic!("{page:?}") };
        assert_eq!(entry.guid, "https://s.example/?post_type=post&p=123");
        assert_eq!(entry.url.as_deref(), Some("https://s.example/flood/"));
        assert_eq!(entry.title, "The river’s rise");
        let date = |date: Option<DateTime<Utc>>| date.map(|date| date.to_rfc3339());
        assert_eq!(date(entry.published).as_deref(), Some("2026-03-01T09:00:00+00:00"));
        assert_eq!(date(entry.updated).as_deref(), Some("2026-03-01T10:30:00+00:00"));
        assert_eq!(entry.content_html.as_deref(), Some("<p>It rose.</p>"));
        assert_eq!(entry.summary.as_deref(), Some("<p>Rose &hellip;</p>"));
        assert_eq!(entry.authors.len(), 1);
        assert_eq!(entry.authors[0].name, "Ana & Co");
        assert_eq!(entry.authors[0].url.as_deref(), Some("https://s.example/author/ana/"));
        let terms: Vec<&str> = entry.categories.iter().map(|it| it.term.as_str()).collect();
        assert_eq!(terms, ["latam/security", "río"]);
        assert_eq!(entry.categories[0].label.as_deref(), Some("Security & law"));
        assert_eq!(entry.categories[1].scheme.as_deref(), Some("post_tag"));
        let image = entry.image.as_ref().expect("an image");
        assert_eq!((image.width, image.height), (Some(1200), Some(800)));
        assert_eq!(image.caption.as_deref(), Some("The dam"));
        assert_eq!(entry.language.as_deref(), Some("es"));
    }

    #[test]
    fn a_bad_post_does_not_stop_the_others() {
        let page = read(&format!(
            r#"[{{"id": 1, "link": 5}}, null, {POST}, {{"id": "7", "link": "https://s.example/7",
                "content": {{"rendered": 9}}}}, {{"id": 8, "link": "https://s.example/8",
                "date": 5, "title": "Plain", "_embedded": {{"author": {{}}, "wp:term": [1, [2]]}}}},
                []]"#
        ));
        let guids: Vec<&str> = page.entries.iter().map(|entry| entry.guid.as_str()).collect();
        assert_eq!(guids, ["https://s.example/?post_type=post&p=123", "https://s.example/8"]);
        let faults: Vec<String> = page.faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            [
                "post `1`: it has neither `guid` nor `link`",
                "post 2 of the answer: it is no object",
                "post `7`: `content.rendered` is no text",
                "post 6 of the answer: it is no object"
            ]
        );
    }

    #[test]
    fn what_is_not_for_everyone_is_passed_over() {
        let page = read(
            r#"[{"id": 1, "link": "https://s.example/1", "status": "private"},
                {"id": 2, "link": "https://s.example/2", "status": "publish",
                 "content": {"rendered": "", "protected": true}}]"#,
        );
        assert_eq!((page.entries.len(), page.faults.len(), page.passed_over), (0, 0, 2));
    }

    #[test]
    fn a_picture_or_a_name_that_only_plugins_know_is_taken() {
        let post = r#"[{"link": "https://s.example/1",
            "yoast_head_json": {"author": "Ana", "og_image": [{"url": "https://s.example/y.jpg",
            "width": 10}]}}, {"link": "https://s.example/2",
            "jetpack_featured_media_url": "https://s.example/j.jpg"}]"#;
        let page = read(post);
        let image = |at: usize| page.entries[at].image.clone().expect("an image");
        assert_eq!((image(0).url.as_str(), image(0).width), ("https://s.example/y.jpg", Some(10)));
        assert_eq!(image(1).url, "https://s.example/j.jpg");
        assert_eq!(page.entries[0].authors[0].name, "Ana");
    }

    #[test]
    fn what_is_no_list_of_posts_is_told_apart() {
        let error = |text: &str| read_posts(text.as_bytes(), Tz::UTC).expect_err("an error");
        let refused = error(r#"{"code":"rest_no_route","message":"No route","data":{}}"#);
        assert_eq!(refused.to_string(), "WordPress answers `rest_no_route`: No route");
        assert!(refused.is_wrong_place());
        assert!(error(r#"{"code":"rest_post_invalid_page_number"}"#).is_past_the_end());
        let page = error("<!DOCTYPE html><TITLE>Just a\nmoment…</TITLE>");
        assert_eq!(page.to_string(), "the answer is a web page with the title `Just a moment…`");
        assert_eq!(error(" \n"), RestError::Empty);
        assert!(matches!(error("[{\"id\": 1"), RestError::BadJson { .. }));
        assert!(matches!(error("{}"), RestError::NotPosts { .. }));
        assert!(matches!(error(&"[".repeat(100_000)), RestError::Unbounded(_)));
        assert!(matches!(error(&"[],".repeat(2_000_000)), RestError::Unbounded(_)));
    }
}
