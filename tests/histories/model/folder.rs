//! A feeds folder as a reader sees it: entries, tombstones, archive pages, dates.

use std::{collections::BTreeMap, fs, os::unix::fs::MetadataExt, path::Path};

use serde_json::Value;

use super::room::FEEDS_URL;

/// A published file; a rewritten one has another inode even if its bytes are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) bytes: Vec<u8>,
    inode: u64,
    modified: (i64, i64),
}

/// Files by their places.
pub(crate) type Folder = BTreeMap<String, File>;

pub(crate) fn snapshot(folder: &Path) -> Folder {
    let mut files = Folder::new();
    collect(folder, "", &mut files);
    files
}

fn collect(folder: &Path, above: &str, files: &mut Folder) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("an entry").path();
        let name = format!("{above}{}", path.file_name().expect("a name").to_string_lossy());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files);
        } else {
            let metadata = path.metadata().expect("metadata");
            let file = File {
                bytes: fs::read(&path).expect("bytes"),
                inode: metadata.ino(),
                modified: (metadata.mtime(), metadata.mtime_nsec()),
            };
            files.insert(name, file);
        }
    }
}

/// The bytes alone.
pub(crate) fn bytes(folder: &Folder) -> BTreeMap<&str, &[u8]> {
    folder.iter().map(|(name, file)| (name.as_str(), file.bytes.as_slice())).collect()
}

/// Names of files that differ, or that only one has.
pub(crate) fn differing(a: &Folder, b: &Folder) -> Vec<String> {
    let (a, b) = (bytes(a), bytes(b));
    let names = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name)));
    names.filter(|name| a.get(*name) != b.get(*name)).map(|name| (*name).to_owned()).collect()
}

/// The file names of a feed: Atom, RSS, JSON.
pub(crate) const NAMES: [&str; 3] = ["atom.xml", "rss.xml", "feed.json"];

/// A document of any format.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Document {
    /// Guids, in order.
    pub(crate) entries: Vec<String>,
    pub(crate) tombstones: Vec<String>,
    pub(crate) updated: Option<String>,
    /// Where older stories are.
    pub(crate) older: Option<String>,
    pub(crate) newer: Option<String>,
}

pub(crate) fn document(folder: &Folder, file: &str) -> Option<Document> {
    let text = String::from_utf8(folder.get(file)?.bytes.clone()).expect("UTF-8");
    Some(match file {
        file if file.ends_with(".json") => json(&text),
        _ if text.contains("<rss") => rss(&text),
        _ => atom(&text),
    })
}

fn place(address: &str) -> String {
    address.strip_prefix(FEEDS_URL).expect("an address of a feed").to_owned()
}

fn json(text: &str) -> Document {
    let value: Value = serde_json::from_str(text).expect("JSON");
    let items = value["items"].as_array().expect("items").iter();
    Document {
        entries: items.map(|item| item["id"].as_str().expect("an id").to_owned()).collect(),
        older: value["next_url"].as_str().map(place),
        ..Document::default()
    }
}

fn atom(text: &str) -> Document {
    let head = text.split("<entry>").next().expect("a head");
    let entries = text.split("<entry>").skip(1);
    let buried = text.split("<at:deleted-entry").skip(1);
    Document {
        entries: entries.map(|entry| between(entry, "<id>", "</id>").expect("an id")).collect(),
        tombstones: buried.map(|it| between(it, "ref=\"", "\"").expect("a guid")).collect(),
        updated: between(head, "<updated>", "</updated>"),
        older: link(head, "prev-archive"),
        newer: link(head, "next-archive"),
    }
}

fn rss(text: &str) -> Document {
    let head = text.split("<item>").next().expect("a head");
    let items = text.split("<item>").skip(1);
    let id = |item| {
        let tag = between(item, "<guid", "</guid>").expect("a guid");
        tag.split_once('>').expect("a tag").1.to_owned()
    };
    // The links to other pages may follow the items.
    let rest: String =
        text.split("</item>").map(|part| part.split("<item>").next().unwrap_or("")).collect();
    Document {
        entries: items.map(id).collect(),
        tombstones: Vec::new(),
        updated: between(head, "<lastBuildDate>", "</lastBuildDate>"),
        older: link(&rest, "prev-archive"),
        newer: link(&rest, "next-archive"),
    }
}

fn between(text: &str, from: &str, to: &str) -> Option<String> {
    let rest = &text[text.find(from)? + from.len()..];
    Some(rest[..rest.find(to)?].to_owned())
}

fn link(text: &str, rel: &str) -> Option<String> {
    let at = text.find(&format!("rel=\"{rel}\""))?;
    let tag = &text[text[..at].rfind('<')?..];
    let tag = &tag[..tag.find('>')?];
    between(tag, "href=\"", "\"").map(|address| place(&address))
}

/// A feed and all archive pages that it leads to, the feed first.
pub(crate) fn walk(folder: &Folder, file: &str) -> Vec<(String, Document)> {
    let mut documents: Vec<(String, Document)> = Vec::new();
    let mut next = Some(file.to_owned());
    while let Some(file) = next.take() {
        assert!(documents.iter().all(|(seen, _)| *seen != file), "`{file}` leads to itself");
        let Some(document) = document(folder, &file) else {
            let from = documents.last().map(|(from, _)| from);
            unreadable(&format!("`{file}`, which {from:?} leads to, is missing"));
        };
        next.clone_from(&document.older);
        documents.push((file, document));
    }
    documents
}

#[expect(clippy::panic, reason = "ends a test")]
fn unreadable(what: &str) -> ! {
    panic!("{what}")
}
