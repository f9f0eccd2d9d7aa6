//! Topics: the addresses of our feeds' documents, and the documents themselves.

#![expect(clippy::disallowed_methods, reason = "reads what was published")]

use std::{collections::HashMap, fs, path::Path};

use bytes::Bytes;

use super::Settings;
use crate::story::{FeedPath, Format, Move};

/// Bytes of documents that are kept for the next delivery.
const ROOM: usize = 32 << 20;

/// A topic that is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Topic {
    pub(super) path: FeedPath,
    pub(super) format: Format,
}

/// What an address is the topic of: exactly the address that a feed gives itself, or one that it had
/// before it moved.
pub(super) fn find(topic: &str, settings: &Settings) -> Option<Topic> {
    let file = topic.strip_prefix(settings.site.feeds_url.as_str())?;
    let (path, format) = read(file)?;
    let path = moved(&path, &settings.moves).cloned().unwrap_or(path);
    let is_there = fs::metadata(settings.folder.join(path.file(format.file_name()))).is_ok();
    is_there.then_some(Topic { path, format })
}

fn read(file: &str) -> Option<(FeedPath, Format)> {
    let (folder, last) = file.rsplit_once('/').unwrap_or(("", file));
    let format = Format::ALL.into_iter().find(|format| format.file_name() == last)?;
    let path = if folder.is_empty() { FeedPath::root() } else { folder.parse().ok()? };
    // No other way of writing the path is the topic.
    (path.file(last) == file).then_some((path, format))
}

fn moved<'a>(path: &FeedPath, moves: &'a [Move]) -> Option<&'a FeedPath> {
    moves.iter().find(|it| it.from_feed().as_ref() == Some(path))?.to.as_ref()
}

/// The addresses of all documents of a feed.
pub(super) fn of_feed(settings: &Settings, path: &FeedPath) -> Vec<String> {
    let files = Format::ALL.map(|format| path.file(format.file_name()));
    let there = files.iter().filter(|file| fs::metadata(settings.folder.join(file)).is_ok());
    there.map(|file| settings.site.address(file)).collect()
}

/// A document that is delivered.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) bytes: Bytes,
    pub(super) content_type: &'static str,
    /// The value of `Link`: the hubs, and the document itself.
    pub(super) link: String,
}

/// Documents that were read lately.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    documents: HashMap<(i64, Format), (i64, Document)>,
}

impl Shelf {
    /// The document of a feed, at least as new as a version of it.
    pub(super) fn get(
        &mut self,
        (feed, version): (i64, i64),
        (path, format): (&FeedPath, Format),
        settings: &Settings,
    ) -> std::io::Result<Document> {
        if let Some((kept, document)) = self.documents.get(&(feed, format))
            && *kept >= version
        {
            return Ok(document.clone());
        }
        let file = path.file(format.file_name());
        let bytes = read_file(&settings.folder.join(&file))?;
        let site = &settings.site;
        let hubs = site.hubs.iter().map(|hub| format!("<{}>; rel=\"hub\"", hub.0));
        let own = format!("<{}>; rel=\"self\"", site.address(&file));
        let link = hubs.chain([own]).collect::<Vec<_>>().join(", ");
        let document = Document { bytes, content_type: content_type(format), link };
        let held: usize = self.documents.values().map(|(_, held)| held.bytes.len()).sum();
        if held + document.bytes.len() > ROOM {
            self.documents.clear();
        }
        self.documents.insert((feed, format), (version, document.clone()));
        Ok(document)
    }

    /// Reads everything anew.
    pub(super) fn clear(&mut self) {
        self.documents.clear();
    }
}

fn read_file(file: &Path) -> std::io::Result<Bytes> {
    fs::read(file).map(Bytes::from)
}

/// As the service answers with it.
const fn content_type(format: Format) -> &'static str {
    match format {
        Format::Rss => "application/rss+xml; charset=utf-8",
        Format::Atom => "application/atom+xml; charset=utf-8",
        Format::Json => "application/feed+json",
        Format::Ninjs => "application/json",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_name_of_a_document_is_one() {
        let path = |text: &str| text.parse::<FeedPath>().expect("a path");
        assert_eq!(read("rss.xml"), Some((FeedPath::root(), Format::Rss)));
        assert_eq!(read("latam/security/feed.json"), Some((path("latam/security"), Format::Json)));
        for odd in [
            "",
            "latam/",
            "latam/index.html",
            "latam//rss.xml",
            "/rss.xml",
            "latam/rss.xml?x=1",
            "latam/../rss.xml",
            "latam/archive/rss-0001.xml",
            "news-sitemap.xml",
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
