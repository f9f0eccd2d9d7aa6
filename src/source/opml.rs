//! Subscription lists in OPML 1.0 and 2.0 (<http://opml.org/spec2.opml>), as feed readers export
//! them.
//!
//! Takes bytes, gives subscriptions. Reads no clock, file or socket.
//!
//! # Promises
//! - Forgiven: a missing version, head or body, bare `&`, attributes in odd letter case, other
//!   encodings, a document that breaks off.
//! - Each feed once, whatever folders it is in: the first counts.
//!
//! # Limits
//! - Folders beyond the sixteenth in each other, and subscriptions beyond
//!   [`MAX_SUBSCRIPTIONS`], are passed over.
//! - Lists that are included by their address are not fetched.

use std::{collections::HashSet, fmt};

use html_escape::decode_html_entities;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use url::Url;

use super::feed::{MAX_FEED_BYTES, encoding};
use crate::{
    story::address_key,
    text::{absolute_address, legal, plain_text},
};

/// Nobody reads more feeds.
pub const MAX_SUBSCRIPTIONS: usize = 10_000;
const MAX_FOLDERS: usize = 16;
const MAX_FAULTS: usize = 100;

/// A list as its document has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriptionList {
    /// In the order of the document.
    pub subscriptions: Vec<Subscription>,
    /// Outlines that look like feeds and are none; the first hundred.
    pub faults: Vec<OutlineFault>,
    /// The line, from 1, after which nothing could be read; none: the document is whole.
    pub cut: Option<usize>,
}

/// A feed that somebody reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subscription {
    /// Plain text; its address where it has no title.
    pub title: String,
    /// Absolute address of the feed.
    pub feed_url: String,
    /// Absolute address of its site.
    pub site_url: Option<String>,
    /// The folders that it is in, the outermost first.
    pub folders: Vec<String>,
}

/// An outline that can't be subscribed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlineFault {
    /// The line, from 1, on which it ends.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for OutlineFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// Why a list is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpmlError {
    /// More bytes than a list has.
    #[error("it has {bytes} bytes, more than {MAX_FEED_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// Another sort of document.
    #[error("it is no OPML: it begins with `{found}`")]
    NotOpml {
        /// Its root element, or its first letters.
        found: String,
    },
}

impl OpmlError {
    /// What to do about it.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "split the list",
            Self::Empty | Self::NotOpml { .. } => {
                "give the OPML file that a feed reader exports its subscriptions to"
            }
        }
    }
}

/// Reads a subscription list.
///
/// # Errors
/// What is no OPML; a list that merely breaks off is read so far.
pub fn read_opml(bytes: &[u8]) -> Result<SubscriptionList, OpmlError> {
    if bytes.len() > MAX_FEED_BYTES {
        return Err(OpmlError::TooLarge { bytes: bytes.len() });
    }
    let text = encoding::decoded(bytes, None);
    let text = legal(&text);
    if text.trim().is_empty() {
        return Err(OpmlError::Empty);
    }
    let mut reader = Reader::from_str(&text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    let mut list = Reading::default();
    let mut lines = Lines { text: &text, at: 0, line: 1 };
    let mut root = None;
    let mut ended = false;
    loop {
        let event = match reader.read_event() {
            Ok(Event::Eof) | Err(_) => break,
            Ok(event) => event,
        };
        let tag = match &event {
            Event::Start(tag) | Event::Empty(tag) => tag,
            Event::End(tag) => {
                let name = tag.name();
                if is(name.as_ref(), "outline") {
                    list.close();
                } else {
                    ended |= is(name.as_ref(), "opml");
                }
                continue;
            }
            _ => continue,
        };
        let name = tag.name().as_ref().to_owned();
        if root.is_none() {
            // Some lists are outlines without anything around them.
            if !["opml", "outline", "body"].iter().any(|known| is(&name, known)) {
                return Err(OpmlError::NotOpml { found: format!("<{name}>") });
            }
            ended = !is(&name, "opml");
            root = Some(name.clone());
        }
        if is(&name, "outline") {
            let line =
                lines.line_of(usize::try_from(reader.buffer_position()).unwrap_or(text.len()));
            list.open(tag, line, matches!(event, Event::Start(_)));
        }
    }
    if root.is_none() {
        return Err(OpmlError::NotOpml { found: text.trim_start().chars().take(20).collect() });
    }
    let at = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
    let cut = (!ended).then(|| lines.line_of(at));
    Ok(SubscriptionList { subscriptions: list.subscriptions, faults: list.faults, cut })
}

fn is(name: &str, wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted)
}

/// Counts lines as reading goes on.
struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn line_of(&mut self, at: usize) -> usize {
        let at = at.min(self.text.len());
        let passed = self.text.as_bytes().get(self.at..at).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', passed).count();
        self.at = self.at.max(at);
        self.line
    }
}

#[derive(Default)]
struct Reading {
    subscriptions: Vec<Subscription>,
    faults: Vec<OutlineFault>,
    seen: HashSet<String>,
    /// The open outlines; what is no folder has no name.
    open: Vec<Option<String>>,
}

impl Reading {
    fn open(&mut self, tag: &BytesStart<'_>, line: usize, has_content: bool) {
        let mut outline = Outline::default();
        for attribute in tag.html_attributes().with_checks(false).flatten().take(64) {
            let value = decode_html_entities(&attribute.value);
            let value = value.trim();
            let place = match attribute.key.as_ref().to_ascii_lowercase().as_str() {
                "text" => &mut outline.text,
                "title" => &mut outline.title,
                "xmlurl" => &mut outline.feed,
                "htmlurl" => &mut outline.site,
                "type" => &mut outline.kind,
                _ => continue,
            };
            value.clone_into(place);
        }
        let title = if outline.title.is_empty() { &outline.text } else { &outline.title };
        let title = plain_text(title);
        let says_feed = ["rss", "atom", "feed"].iter().any(|kind| is(&outline.kind, kind));
        if !outline.feed.is_empty() {
            self.subscribe(&outline, &title, line);
        } else if says_feed {
            self.fault(line, format!("the feed `{title}` has no `xmlUrl`"));
        }
        if has_content {
            let is_folder = outline.feed.is_empty() && !title.is_empty();
            self.open.push(is_folder.then_some(title));
        }
    }

    fn close(&mut self) {
        self.open.pop();
    }

    fn subscribe(&mut self, outline: &Outline, title: &str, line: usize) {
        // `feed:` is how some readers mark addresses of feeds.
        let address = outline.feed.strip_prefix("feed:").unwrap_or(&outline.feed);
        let address = match address.strip_prefix("//") {
            Some(rest) => format!("http://{rest}"),
            None => address.to_owned(),
        };
        let absolute = |text: &str| absolute_address(text, &Url::parse(text).ok()?);
        let Some(feed_url) = absolute(&address) else {
            self.fault(line, format!("`{}` is no http or https address", shown(&outline.feed)));
            return;
        };
        if self.subscriptions.len() >= MAX_SUBSCRIPTIONS {
            self.fault(line, format!("it lists more than {MAX_SUBSCRIPTIONS} feeds"));
            return;
        }
        if !self.seen.insert(address_key(&feed_url)) {
            return;
        }
        let folders = self.open.iter().flatten().take(MAX_FOLDERS).cloned().collect();
        let title = if title.is_empty() { feed_url.clone() } else { title.to_owned() };
        self.subscriptions.push(Subscription {
            title,
            feed_url,
            site_url: absolute(&outline.site),
            folders,
        });
    }

    fn fault(&mut self, line: usize, what: String) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(OutlineFault { line, what });
        }
    }
}

/// The attributes of an outline that matter; empty where they are missing.
#[derive(Default)]
struct Outline {
    text: String,
    title: String,
    feed: String,
    site: String,
    kind: String,
}

fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> SubscriptionList {
        read_opml(text.as_bytes()).expect("a list")
    }

    #[test]
    fn subscriptions_come_with_their_folders() {
        let list = read(
            "<?xml version='1.0'?><opml version='2.0'><head><title>Mine</title></head><body>
            <outline text='News &amp; more'><outline text='LatAm'>
            <outline type='rss' text='Daily' title='The <b>Daily</b>' xmlUrl='https://d.example/f?a=1&b=2'
              htmlUrl='https://d.example/'/></outline>
            <outline TEXT='Up' XMLURL='feed:https://u.example/atom'></outline></outline>
            <outline xmlUrl='http://d.example/f?a=1&amp;b=2' text='Again'/>
            <outline type=rss xmlUrl=feed://x.example/f></outline></body></opml>",
        );
        let named = |title: &str, feed: &str, folders: &[&str]| Subscription {
            title: title.to_owned(),
            feed_url: feed.to_owned(),
            site_url: None,
            folders: folders.iter().map(ToString::to_string).collect(),
        };
        let mut daily =
            named("The Daily", "https://d.example/f?a=1&b=2", &["News & more", "LatAm"]);
        daily.site_url = Some("https://d.example/".to_owned());
        let wanted = [
            daily,
            named("Up", "https://u.example/atom", &["News & more"]),
            named("http://x.example/f", "http://x.example/f", &[]),
        ];
        assert_eq!(list.subscriptions, wanted);
        assert_eq!((list.faults, list.cut), (vec![], None));
    }

    #[test]
    fn lists_without_version_head_or_end_are_read() {
        assert_eq!(read("<opml><body/></opml>").subscriptions, []);
        assert_eq!(read("<opml></opml>").cut, None);
        let list = read("<opml><body>\n<outline xmlUrl='https://a.example/f'/>\n<outline text='x");
        assert_eq!((list.subscriptions.len(), list.cut), (1, Some(3)));
        let list = read("<outline xmlUrl='https://a.example/f'/>");
        assert_eq!((list.subscriptions.len(), list.cut), (1, None));
    }

    #[test]
    fn outlines_that_are_no_feeds_are_named_with_their_line() {
        let list = read(
            "<opml><body>\n<outline type='rss' text='A'/>\n<outline xmlUrl='ftp://a/b' text='B'/>
            <outline type='link' text='C' url='https://c.example'/></body></opml>",
        );
        let faults: Vec<String> = list.faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            [
                "line 2: the feed `A` has no `xmlUrl`",
                "line 3: `ftp://a/b` is no http or https address"
            ]
        );
    }

    #[test]
    fn what_is_no_list_is_an_error_and_depth_is_bounded() {
        let error = |text: &str| read_opml(text.as_bytes()).expect_err("an error").to_string();
        assert_eq!(error("<rss/>"), "it is no OPML: it begins with `<rss>`");
        assert_eq!(error("hello"), "it is no OPML: it begins with `hello`");
        assert_eq!(error(" "), "it is empty");
        let deep = "<outline text='a'>".repeat(50_000);
        let list = read(&format!("<opml>{deep}<outline xmlUrl='https://a.example/f'/>"));
        assert_eq!(list.subscriptions[0].folders.len(), MAX_FOLDERS);
    }
}
