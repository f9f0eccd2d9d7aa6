//! What the arguments of `check` name: files, feeds of the newsroom, standard input, addresses.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use url::Url;

use super::shown;
use crate::{
    check::{Exchange, MAX_CHECK_BYTES, Profile, Repeated},
    cli::{
        args::CheckArgs,
        failure::{Exit, Failure},
        newsroom, sources,
    },
    config::Config,
    fetch::{Answer, Client, Fetched, Limits, Manner, Reach, Request},
    story::{FeedSpec, Move},
};

/// Names of documents in the feeds folder.
const NAMES: [&str; 5] = ["rss.xml", "atom.xml", "feed.json", "feeds.opml", "news-sitemap.xml"];
/// Ends of the names of documents in any folder.
const ENDINGS: [&str; 5] = [".xml", ".rss", ".atom", ".json", ".opml"];
/// Folders within each other in the feeds folder.
const MAX_DEPTH: usize = 64;
const ACCEPT: &str = "application/rss+xml, application/atom+xml, application/feed+json, \
    application/xml;q=0.9, text/xml;q=0.8, */*;q=0.5";

/// A document to be checked.
pub(super) struct Document {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    /// Whether it was found in a folder rather than named: what isn't for it is not asked of it.
    pub(super) is_found: bool,
    /// The aggregator that it is published for.
    pub(super) profile: Option<Profile>,
    /// Where it is served, where that is known.
    pub(super) address: Option<Url>,
    /// How its address answered.
    pub(super) exchange: Option<Exchange>,
    /// What it gave when it was asked once more, if that was another document.
    pub(super) later: Option<Vec<u8>>,
}

impl Document {
    fn new(name: String, bytes: Vec<u8>) -> Self {
        let (profile, is_found) = (None, false);
        Self { name, bytes, is_found, profile, address: None, exchange: None, later: None }
    }

    /// The profiles that it is held to, of those that are asked for, and its own.
    pub(super) fn profiles(&self, asked: &[Profile]) -> Vec<Profile> {
        let is_sitemap = self.name.ends_with("sitemap.xml");
        let is_feed = !is_sitemap && ![".json", ".opml"].iter().any(|it| self.name.ends_with(it));
        let is_for = |profile: &Profile| match profile {
            Profile::GoogleNews => is_sitemap,
            _ => is_feed,
        };
        let asked = asked.iter().copied().filter(|it| !self.is_found || is_for(it));
        let own = self.profile.filter(|own| !asked.clone().any(|it| it == *own));
        asked.chain(own).collect()
    }
}

/// All documents, and why others can't be had.
pub(super) async fn documents(
    check: &CheckArgs,
    config: Option<&Config>,
) -> Result<(Vec<Document>, Vec<Failure>), Failure> {
    let (mut documents, mut missing) = (Vec::new(), Vec::new());
    if check.documents.is_empty() {
        let Some(config) = config else {
            let fix = "name a file or an address, or run in a newsroom (feedwright init)";
            return Err(Failure::usage("there is nothing to check", fix));
        };
        published(config, &config.publish.folder, &mut documents)?;
        partners(config, None, &mut documents).await?;
        if documents.is_empty() {
            let folder = config.publish.folder.display();
            let what = format!("nothing is published in `{folder}`");
            return Err(Failure::usage(what, "feedwright build"));
        }
    }
    for named in &check.documents {
        let found = match named.as_str() {
            "-" => standard_input().map(|it| documents.push(it)),
            _ => match Url::parse(named) {
                Ok(url) if matches!(url.scheme(), "http" | "https") => {
                    asked(&url, check, config).await.map(|it| documents.push(it))
                }
                _ => {
                    let partner = config.and_then(|config| partner(config, named));
                    match config.zip(partner) {
                        Some((config, feed)) => partners(config, Some(feed), &mut documents).await,
                        None => file_or_feed(named, config, &mut documents),
                    }
                }
            },
        };
        match found {
            Err(failure) if failure.exit() == Exit::InputOutput => missing.push(failure),
            found => found?,
        }
    }
    Ok((documents, missing))
}

fn standard_input() -> Result<Document, Failure> {
    let mut bytes = Vec::new();
    let most = MAX_CHECK_BYTES as u64 + 1;
    let read = io::stdin().lock().take(most).read_to_end(&mut bytes);
    read.map_err(|source| Failure::File { file: "standard input".into(), source })?;
    Ok(Document::new("standard input".into(), bytes))
}

/// The partner feed with this path.
fn partner<'c>(config: &'c Config, named: &str) -> Option<&'c FeedSpec> {
    let path = named.trim_matches('/');
    config.feeds.iter().find(|spec| !spec.is_public() && spec.path.as_str() == path)
}

/// A partner feed, or all of them: they are in the store alone.
async fn partners(
    config: &Config,
    feed: Option<&FeedSpec>,
    documents: &mut Vec<Document>,
) -> Result<(), Failure> {
    if config.feeds.iter().all(FeedSpec::is_public) {
        return Ok(());
    }
    let before = documents.len();
    if let Some(mut store) = newsroom::existing_store(config).await? {
        for name in store.partner_documents().await?.into_keys() {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            let is_checked = NAMES.iter().any(|known| name.ends_with(known));
            if !is_checked || feed.is_some_and(|feed| feed.path.as_str() != folder) {
                continue;
            }
            let Some(bytes) = store.partner_bytes(&name).await? else { continue };
            let address = config.site.feeds_url.join(&name).ok();
            let profile = profile_of(config, folder);
            let document = Document::new(name, bytes);
            documents.push(Document { is_found: true, profile, address, ..document });
        }
        store.close().await?;
    }
    match feed {
        Some(feed) if documents.len() == before => {
            let what = format!("the partner feed `{}` was not made yet", feed.path);
            Err(Failure::usage(what, "feedwright build"))
        }
        _ => Ok(()),
    }
}

/// A file, a folder of feeds, or a feed of the newsroom by its path.
fn file_or_feed(
    named: &str,
    config: Option<&Config>,
    documents: &mut Vec<Document>,
) -> Result<(), Failure> {
    let path = Path::new(named);
    if path.is_file() {
        documents.push(file(path, None)?);
        return Ok(());
    }
    if let Some(config) = config {
        let folder = config.publish.folder.join(named.trim_matches('/'));
        let before = documents.len();
        if folder.is_dir() && folder.starts_with(&config.publish.folder) {
            feed(config, &folder, documents)?;
        }
        if documents.len() > before {
            return Ok(());
        }
    }
    if path.is_dir() {
        let all = files(path, |name| ENDINGS.iter().any(|ending| name.ends_with(ending)))?;
        if all.is_empty() {
            let fix = "name the files one by one, or their address";
            return Err(Failure::usage(format!("`{named}` holds nothing to check"), fix));
        }
        for file in all {
            documents.push(Document { is_found: true, ..self::file(&file, None)? });
        }
        return Ok(());
    }
    Err(Failure::file(path, io::Error::from(io::ErrorKind::NotFound)))
}

/// Everything that is published in a folder and in those within it.
fn published(config: &Config, folder: &Path, documents: &mut Vec<Document>) -> Result<(), Failure> {
    for path in files(folder, is_published)? {
        documents.push(file(&path, Some(config))?);
    }
    Ok(())
}

/// A feed in all of its formats, with its archive pages.
fn feed(config: &Config, folder: &Path, documents: &mut Vec<Document>) -> Result<(), Failure> {
    for path in files(folder, is_published)? {
        let parent = path.parent().unwrap_or(folder);
        if parent == folder || parent == folder.join("archive") {
            documents.push(file(&path, Some(config))?);
        }
    }
    Ok(())
}

/// Whether a file of the feeds folder, named from there, is a feed or a list.
fn is_published(name: &str) -> bool {
    let (folder, last) = name.rsplit_once('/').unwrap_or(("", name));
    let in_archive = folder == "archive" || folder.ends_with("/archive");
    NAMES.contains(&last) || in_archive && (last.ends_with(".xml") || last.ends_with(".json"))
}

/// Files in a folder and in those within it, in order, whose names from there are wanted.
fn files(folder: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(folder).max_depth(MAX_DEPTH).sort_by_file_name() {
        let entry = entry.map_err(|error| Failure::file(folder, error.into()))?;
        let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        if entry.file_type().is_file() && is_wanted(&below.to_string_lossy()) {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// A file; below the feeds folder its address is known.
fn file(path: &Path, config: Option<&Config>) -> Result<Document, Failure> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // One byte more tells that the file is too large.
        File::open(path)?.take(MAX_CHECK_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|source| Failure::file(path, source))?;
    let address = config.and_then(|config| served_at(path, config));
    let profile = config.and_then(|config| published_for(path, config));
    let is_found = config.is_some();
    Ok(Document { is_found, profile, address, ..Document::new(named(path), bytes) })
}

/// The aggregator that a file of the feeds folder is for.
fn published_for(path: &Path, config: &Config) -> Option<Profile> {
    profile_of(config, &shown(path.strip_prefix(&config.publish.folder).ok()?.parent()?))
}

fn profile_of(config: &Config, feed: &str) -> Option<Profile> {
    let spec = config.feeds.iter().find(|spec| spec.path.as_str() == feed)?;
    spec.profile.map(Profile::from)
}

/// Where a file of the feeds folder is served. The copy of a moved feed names its new place, so
/// that readers move: that is its address.
fn served_at(path: &Path, config: &Config) -> Option<Url> {
    let below = path.strip_prefix(&config.publish.folder).ok()?;
    let (folder, name) = (shown(below.parent()?), below.file_name()?.to_string_lossy());
    let is_there = |it: &&Move| it.from_feed().is_some_and(|from| from.to_string() == folder);
    let moved = config.moves.iter().find(is_there).and_then(|it| it.to.as_ref());
    let address = match moved {
        Some(to) => to.file(&name),
        None => shown(below),
    };
    config.site.feeds_url.join(address.trim_start_matches('/')).ok()
}

/// A path as seen from where the command runs.
fn named(path: &Path) -> String {
    let here = fs::canonicalize(".").ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    shown(&below.unwrap_or_else(|| path.to_owned()))
}

/// Asks an address twice: for the document, and for what changed since.
async fn asked(url: &Url, check: &CheckArgs, config: Option<&Config>) -> Result<Document, Failure> {
    let bare;
    let config = if let Some(config) = config {
        config
    } else {
        bare = newsroom::bare()?;
        &bare
    };
    let client = sources::client(config)?;
    let reach = if check.allow_private { Reach::PrivateToo } else { Reach::Public };
    let limits = Limits { max_bytes: MAX_CHECK_BYTES as u64, ..Limits::default() };
    let manner = Manner { reach, pace: sources::pace(config), limits };
    let request = Request { url, accept: ACCEPT, validators: None, manner };
    let fetched = match client.get(&request).await {
        Ok(Answer::Full(fetched)) => fetched,
        Ok(Answer::NotModified(_)) => {
            return Err(Failure::Network(format!("`{url}`: not modified, and nobody asked")));
        }
        Err(failure) => return Err(sources::unfetched(&failure)),
    };
    let (repeated, later) = again(&client, &request, &fetched).await;
    let exchange = exchange(&fetched, repeated);
    // What moved for good is at home where it moved to; else the address that was given counts.
    let address = fetched.trail.moved.clone().unwrap_or_else(|| url.clone());
    let address = Some(address);
    let bytes = fetched.body.to_vec();
    let exchange = Some(exchange);
    Ok(Document { address, exchange, later, ..Document::new(url.to_string(), bytes) })
}

/// What a second request comes to: a conditional one, where there is anything to go by; and the
/// document, if it is another one.
async fn again(
    client: &Client,
    request: &Request<'_>,
    fetched: &Fetched,
) -> (Option<Repeated>, Option<Vec<u8>>) {
    let validators = Some(&fetched.validators).filter(|validators| !validators.is_empty());
    let request = Request { url: &fetched.trail.url, validators, ..*request };
    let repeated = |repeated: Repeated| validators.map(|_| repeated);
    match client.get(&request).await {
        Ok(Answer::NotModified(_)) => (repeated(Repeated::NotModified), None),
        Ok(Answer::Full(second)) if *second.body == *fetched.body => {
            (repeated(Repeated::Same), None)
        }
        Ok(Answer::Full(second)) => (repeated(Repeated::Changed), Some(second.body.to_vec())),
        Err(_) => (None, None),
    }
}

fn exchange(fetched: &Fetched, repeated: Option<Repeated>) -> Exchange {
    let (trail, freshness) = (&fetched.trail, &fetched.freshness);
    let lives = freshness.max_age.is_some() || freshness.expires.is_some() || freshness.no_cache;
    let names = |rel: &str| fetched.links.iter().any(|link| link.rel == rel);
    Exchange {
        names_hub: names("hub"),
        names_self: names("self"),
        is_encrypted: trail.url.scheme() == "https",
        is_downgraded: trail.downgraded,
        redirects: trail.hops(),
        moved: trail.moved.as_ref().map(ToString::to_string),
        content_type: fetched.content_type.clone(),
        charset: fetched.charset.clone(),
        has_validator: !fetched.validators.is_empty(),
        repeated,
        has_lifetime: lives,
        is_no_store: freshness.no_store,
        is_compressed: fetched.wire_bytes < fetched.body.len() as u64 || fetched.body.len() < 1024,
    }
}
