//! The documents that are served: read once per pass, prepared in every coding, swapped in whole.
//!
//! # Promises
//! - Validators come from the bytes and from the manifest alone: a restart and every replica give
//!   the same.
//! - What was prepared before and is the same isn't prepared again.
//! - Documents in memory stay below a number of bytes; what doesn't fit is read from the folder.

#![expect(clippy::disallowed_methods, reason = "reads what was published")]

use std::{
    collections::{BTreeMap, HashMap},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, header};
use rayon::prelude::*;

use super::{
    coding::{CODINGS, Coding},
    conditional,
    kind::{Kind, TWIN},
    metrics::{DocumentCounts, Metrics},
    partners, readers,
    sealed::Sealed,
};
use crate::{
    feed::{self, Living},
    store::{PartnerDocument, Published},
    story::{Access, FeedPath, Format, Licensing, Move, Site},
};

/// How documents are served: what their headers say beside what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serving {
    /// The publication.
    pub site: Site,
    /// Feeds that moved or were retired.
    pub moves: Vec<Move>,
    /// Feeds that only partners may read: nothing of them is served to others.
    pub partners: Vec<FeedPath>,
    /// Every format in use, the preferred one first.
    pub formats: Vec<Format>,
    /// How long a reader may take a feed for fresh.
    pub max_age_seconds: u64,
    /// The folder that is published.
    pub folder: PathBuf,
    /// Bytes that documents may take in memory.
    pub cache_bytes: u64,
}

/// All that is served between two passes.
#[derive(Debug)]
pub struct Documents {
    pub(super) serving: Arc<Serving>,
    places: HashMap<String, Place>,
    /// Documents of partner feeds.
    partners: HashMap<String, Arc<Document>>,
    /// Files that found no room, by the digest of their bytes.
    too_many: HashMap<String, String>,
    count: usize,
    /// Bytes in memory.
    bytes: u64,
}

/// What is found at a path.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// In memory.
    Document(Arc<Document>),
    /// In the folder.
    Stored(Kind, FeedPath),
    /// Published, and not there as it was: the next pass mends it.
    Broken,
    /// Elsewhere, for good.
    Moved(HeaderValue),
    /// Retired.
    Gone,
}

/// A document in memory.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) feed: FeedPath,
    pub(super) kind: Kind,
    /// Of the bytes as they are, as the manifest has it.
    digest: String,
    /// Second since 1970 at which its bytes changed.
    pub(super) changed: i64,
    /// Where a person's browser is sent, who came for the feed.
    pub(super) twin: Option<HeaderValue>,
    /// By coding; the first is always there.
    pub(super) bodies: [Option<Body>; CODINGS.len()],
    pub(super) counts: DocumentCounts,
    /// The document, as the allowance knows it.
    pub(super) key: u64,
}

/// A document in one coding.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Bytes,
    /// The same for the system to send.
    pub(super) sealed: Option<Sealed>,
    /// The entity tag with its quotes.
    pub(super) tag: String,
    /// The headers of a 200.
    pub(super) whole: HeaderMap,
    /// The headers of a 304.
    pub(super) not_modified: HeaderMap,
}

impl Body {
    /// Bytes of memory.
    fn size(&self) -> u64 {
        self.bytes.len() as u64 * if self.sealed.is_some() { 2 } else { 1 }
    }
}

/// Documents up to which each large one may have a file of its own.
const MOST_SEALED: usize = 1000;

/// A document that can't be served as the manifest has it, and why.
pub type Trouble = (String, String);

impl Documents {
    /// Before anything is published.
    pub fn none(serving: Arc<Serving>) -> Self {
        Self {
            serving,
            places: HashMap::new(),
            partners: HashMap::new(),
            too_many: HashMap::new(),
            count: 0,
            bytes: 0,
        }
    }

    /// Reads what the manifest lists. Of `before`, what is still the same is taken over; where a
    /// file isn't what was published, its last good bytes are.
    pub fn load(
        serving: &Arc<Serving>,
        manifest: &BTreeMap<String, Published>,
        before: &Self,
        metrics: &Metrics,
    ) -> (Self, Vec<Trouble>) {
        let same_headers = *before.serving == **serving;
        let same_room = before.serving.cache_bytes == serving.cache_bytes;
        let found_no_room = |file: &Published| {
            same_room && before.too_many.get(&file.file).is_some_and(|known| *known == file.digest)
        };
        let known: Vec<_> = public(manifest, serving)
            .filter_map(|file| Some((file, Kind::of(&file.file)?)))
            .collect();
        let may_seal = known.len() <= MOST_SEALED;
        let made: Vec<_> = known
            .par_iter()
            .map(|(file, (kind, feed))| {
                if found_no_room(file) {
                    return Ok(None);
                }
                let old = before.document(&file.file);
                let same = old.filter(|old| old.digest == file.digest);
                let changed = file.changed.timestamp();
                match same {
                    Some(old) if same_headers && old.changed == changed => {
                        Ok(Some(Arc::clone(old)))
                    }
                    _ => {
                        let bodies = match same {
                            Some(old) => Ok(old.coded()),
                            None => coded(serving, file, may_seal),
                        };
                        let (kind, name, access) = (*kind, file.file.as_str(), Access::Public);
                        let what = Described { serving, kind, feed, name, access };
                        let document = |bodies| {
                            let made = Document::new(&what, &file.digest, changed, bodies);
                            Some(Arc::new(made.counted_by(metrics)))
                        };
                        bodies.map(document).map_err(|why| (why, old.cloned()))
                    }
                }
            })
            .collect();
        let mut documents = Self::none(Arc::clone(serving));
        let mut troubles = Vec::new();
        for ((file, (kind, feed)), made) in known.into_iter().zip(made) {
            let document = made.or_else(|(why, old)| {
                troubles.push((file.file.clone(), why));
                old.map(Some).ok_or(())
            });
            let is_broken = document.is_err();
            let fitting = document
                .ok()
                .flatten()
                .filter(|document| documents.bytes + document.size() <= serving.cache_bytes);
            let place = if is_broken {
                Place::Broken
            } else if let Some(document) = fitting {
                documents.bytes += document.size();
                Place::Document(document)
            } else {
                documents.too_many.insert(file.file.clone(), file.digest.clone());
                Place::Stored(kind, feed)
            };
            documents.count += usize::from(!is_broken);
            if let Some(folder) = file.file.strip_suffix(TWIN) {
                documents.places.insert(folder.to_owned(), place.clone());
            }
            documents.places.insert(file.file.clone(), place);
        }
        documents.add_moves(manifest);
        (documents, troubles)
    }

    /// With these documents of partner feeds; those without bytes are as `before` has them. They
    /// stay in memory whatever room there is: they lie in no folder.
    #[must_use]
    pub fn with_partners(
        mut self,
        kept: Vec<(PartnerDocument, Option<Vec<u8>>)>,
        before: &Self,
        metrics: &Metrics,
    ) -> Self {
        let serving = Arc::clone(&self.serving);
        for (document, bytes) in kept {
            let Some((kind @ Kind::Feed(_), feed)) = Kind::of(&document.file) else { continue };
            let old = before.partners.get(&document.file);
            let old = old.filter(|old| old.digest == document.digest);
            let coded = match (bytes, old) {
                (Some(bytes), _) => code(&Bytes::from(bytes), false),
                (None, Some(old)) => old.coded(),
                (None, None) => continue,
            };
            let (feed, name, access) = (&feed, document.file.as_str(), Access::Token);
            let what = Described { serving: &serving, kind, feed, name, access };
            let changed = document.changed.timestamp();
            let made = Document::new(&what, &document.digest, changed, coded).counted_by(metrics);
            self.bytes += made.size();
            self.partners.insert(document.file, Arc::new(made));
        }
        self
    }

    /// Whether these are the bytes of a partner feed's document that are served.
    pub fn has_bytes(&self, document: &PartnerDocument) -> bool {
        self.partners.get(&document.file).is_some_and(|own| own.digest == document.digest)
    }

    /// A document of a partner feed.
    pub(super) fn partner(&self, file: &str) -> Option<&Arc<Document>> {
        self.partners.get(file)
    }

    /// Whether any document of a partner feed is there.
    pub(super) fn has_partner(&self, feed: &FeedPath) -> bool {
        self.partners.values().any(|document| document.feed == *feed)
    }

    fn add_moves(&mut self, manifest: &BTreeMap<String, Published>) {
        if self.serving.moves.is_empty() {
            return;
        }
        let serving = Arc::clone(&self.serving);
        let living = Manifest::new(manifest, &serving);
        let base = serving.site.feeds_url.path();
        for old in feed::old_addresses(&serving.site, &serving.moves, &living) {
            let name = old.path.strip_prefix(base).or_else(|| old.path.strip_prefix('/'));
            let place = match old.to.map(|to| HeaderValue::from_str(&to)) {
                Some(Ok(to)) => Place::Moved(to),
                Some(Err(_)) => continue,
                None => Place::Gone,
            };
            // What can be written with and without a slash at its end was linked both ways.
            let name = name.unwrap_or(&old.path);
            self.places.insert(name.trim_end_matches('/').to_owned(), place.clone());
            self.places.insert(name.to_owned(), place);
        }
    }

    fn document(&self, name: &str) -> Option<&Arc<Document>> {
        match self.places.get(name)? {
            Place::Document(document) => Some(document),
            _ => None,
        }
    }

    /// What is found at a path below where the feeds are served.
    pub(super) fn find(&self, path: &str) -> Option<Place> {
        if let Some(place) = self.places.get(path) {
            return Some(place.clone());
        }
        if let Some((kind @ Kind::Archive(_), feed)) = Kind::of(path) {
            if partners::is_hidden(path, feed.as_str(), &self.serving) {
                return None;
            }
            return Some(self.moved_archive(path, &feed).unwrap_or(Place::Stored(kind, feed)));
        }
        // A folder without its slash.
        let folder = format!("{path}/");
        let is_folder = !path.is_empty() && self.places.contains_key(&folder);
        let to = is_folder.then(|| self.serving.site.address(&folder))?;
        Some(Place::Moved(HeaderValue::from_str(&to).ok()?))
    }

    /// The archive pages of a feed that moved went along with it.
    fn moved_archive(&self, path: &str, feed: &FeedPath) -> Option<Place> {
        let moves = &self.serving.moves;
        let moved = moves.iter().find(|moved| moved.from_feed().as_ref() == Some(feed))?;
        let Some(to) = &moved.to else { return Some(Place::Gone) };
        let page = path.rsplit('/').next().unwrap_or_default();
        let to = self.serving.site.address(&to.file(&format!("archive/{page}")));
        Some(Place::Moved(HeaderValue::from_str(&to).ok()?))
    }

    /// How they are served.
    pub fn serving(&self) -> &Arc<Serving> {
        &self.serving
    }

    /// How many documents there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Bytes in memory, all codings together.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// What the manifest says of feeds that are published.
struct Manifest {
    formats: HashMap<FeedPath, Vec<Format>>,
}

impl Manifest {
    fn new(manifest: &BTreeMap<String, Published>, serving: &Serving) -> Self {
        let mut formats: HashMap<FeedPath, Vec<Format>> = HashMap::new();
        for format in &serving.formats {
            for file in public(manifest, serving) {
                if let Some((Kind::Feed(of), feed)) = Kind::of(&file.file)
                    && of == *format
                {
                    formats.entry(feed).or_default().push(of);
                }
            }
        }
        Self { formats }
    }
}

impl Living for Manifest {
    fn formats(&self, feed: &FeedPath) -> Option<&[Format]> {
        self.formats.get(feed).map(Vec::as_slice)
    }

    fn says_farewell(&self, feed: &FeedPath) -> bool {
        self.formats.contains_key(feed)
    }
}

/// The files that everybody may read.
fn public<'m>(
    manifest: &'m BTreeMap<String, Published>,
    serving: &'m Serving,
) -> impl Iterator<Item = &'m Published> {
    manifest.values().filter(|file| !partners::is_hidden(&file.file, &file.feed, serving))
}

type Coded = [Option<(Bytes, Option<Sealed>, String)>; CODINGS.len()];

/// Reads a file and makes its codings and their entity tags.
fn coded(serving: &Serving, file: &Published, may_seal: bool) -> Result<Coded, String> {
    let bytes = fs::read(serving.folder.join(&file.file)).map_err(|error| error.to_string())?;
    let digest = blake3::hash(&bytes).to_hex();
    if !digest.starts_with(&file.digest) {
        return Err("it was changed by something else since it was published".to_owned());
    }
    Ok(code(&Bytes::from(bytes), may_seal))
}

/// Bytes in every coding, with their entity tags.
fn code(bytes: &Bytes, may_seal: bool) -> Coded {
    CODINGS.map(|coding| {
        let coded = coding.encode(bytes)?;
        // What is coded is small, and copied sooner than a file is asked for.
        let sealed = (coding == Coding::Identity && may_seal).then(|| Sealed::of(&coded)).flatten();
        let tag = tag(&coded, coding);
        Some((coded, sealed, tag))
    })
}

/// The bytes of a file, and the second at which they changed.
pub(super) fn read(file: &Path) -> io::Result<(Bytes, i64)> {
    let changed = DateTime::<Utc>::from(fs::metadata(file)?.modified()?);
    Ok((Bytes::from(fs::read(file)?), changed.timestamp()))
}

/// The entity tag of coded bytes, with its quotes: no tag names two bodies.
pub(super) fn tag(bytes: &[u8], coding: Coding) -> String {
    let digest = blake3::hash(bytes).to_hex();
    match coding {
        Coding::Identity => format!("\"{}\"", &digest[..16]),
        _ => format!("\"{}-{}\"", &digest[..16], coding.name()),
    }
}

impl Document {
    fn new(what: &Described<'_>, digest: &str, changed: i64, coded: Coded) -> Self {
        let Described { serving, kind, feed, name, access } = *what;
        let twin = match (kind, access) {
            (Kind::Feed(_), Access::Public) => {
                HeaderValue::from_str(&serving.site.address(&feed.folder())).ok()
            }
            _ => None,
        };
        let mut place = 0..CODINGS.len();
        let bodies = coded.map(|coded| {
            let coding = CODINGS[place.next().unwrap_or_default()];
            let (bytes, sealed, tag) = coded?;
            let whole = what.headers(&tag, changed, coding);
            let not_modified = not_modified(&whole);
            Some(Body { bytes, sealed, tag, whole, not_modified })
        });
        Self {
            feed: feed.clone(),
            kind,
            digest: digest.to_owned(),
            changed,
            twin,
            bodies,
            counts: DocumentCounts::default(),
            key: readers::key(name),
        }
    }

    /// Bytes of memory, all codings together.
    fn size(&self) -> u64 {
        self.bodies.iter().flatten().map(Body::size).sum()
    }

    fn counted_by(mut self, metrics: &Metrics) -> Self {
        self.counts = metrics.document(&self.feed, self.kind.name());
        self
    }

    fn coded(&self) -> Coded {
        let coded = |body: &Body| (body.bytes.clone(), body.sealed.clone(), body.tag.clone());
        std::array::from_fn(|place| self.bodies[place].as_ref().map(coded))
    }

    /// The bytes in a coding that was found to be there.
    pub(super) fn body(&self, coding: Coding) -> Option<(&Body, Coding)> {
        let found = self.bodies[coding as usize].as_ref().map(|body| (body, coding));
        found.or_else(|| self.bodies[0].as_ref().map(|body| (body, Coding::Identity)))
    }

    pub(super) fn sizes(&self) -> [Option<usize>; CODINGS.len()] {
        std::array::from_fn(|place| self.bodies[place].as_ref().map(|body| body.bytes.len()))
    }
}

/// A document whose headers are to be written.
pub(super) struct Described<'a> {
    pub(super) serving: &'a Serving,
    pub(super) kind: Kind,
    pub(super) feed: &'a FeedPath,
    /// Its file.
    pub(super) name: &'a str,
    /// Who may read it.
    pub(super) access: Access,
}

const ARCHIVE_SECONDS: u64 = 3600;
const PARTNER_SECONDS: u64 = 900;
const PARTNER_VARY: HeaderValue = HeaderValue::from_static("Authorization, Accept-Encoding");
pub(super) const FEED_VARY: HeaderValue =
    HeaderValue::from_static("Accept-Encoding, Sec-Fetch-Dest, Sec-Fetch-Site");
pub(super) const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
/// The pages have no script, no frame, no form; a picture is the site's icon.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src https: data:; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);

impl Described<'_> {
    /// The headers of a 200 (without `Date` and `Content-Length`).
    pub(super) fn headers(&self, tag: &str, changed: i64, coding: Coding) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(10);
        let mut set = |name: header::HeaderName, value: &str| {
            // Addresses are ASCII; what isn't is left out rather than sent wrong.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        set(header::CONTENT_TYPE, self.kind.media_type());
        if coding != Coding::Identity {
            set(header::CONTENT_ENCODING, coding.name());
        }
        set(header::ETAG, tag);
        set(header::LAST_MODIFIED, &conditional::date(changed));
        set(header::CACHE_CONTROL, &self.cache_control());
        if let Some(links) = self.links() {
            set(header::LINK, &links);
        }
        let is_feed = matches!(self.kind, Kind::Feed(_) | Kind::Archive(_));
        let accept_encoding = || HeaderValue::from_static("Accept-Encoding");
        headers.insert(header::VARY, if is_feed { FEED_VARY } else { accept_encoding() });
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        if self.access == Access::Token {
            // No page of another site may read it; a token in its address is passed on to nobody.
            headers.insert(header::VARY, PARTNER_VARY);
            headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
            headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            return headers;
        }
        if self.kind == Kind::Twin {
            headers.insert(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
        } else {
            let any = HeaderValue::from_static("*");
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
        }
        if matches!(self.kind, Kind::Archive(_)) {
            headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        }
        headers
    }

    fn cache_control(&self) -> String {
        match self.kind {
            _ if self.access == Access::Token => format!("private, max-age={PARTNER_SECONDS}"),
            Kind::Archive(_) => format!("public, max-age={ARCHIVE_SECONDS}"),
            _ => format!(
                "public, max-age={}, stale-while-revalidate=60, stale-if-error=86400",
                self.serving.max_age_seconds
            ),
        }
    }

    fn links(&self) -> Option<String> {
        let site = &self.serving.site;
        let own = || format!("<{}>; rel=\"self\"", site.address(self.name));
        let mut links = match self.kind {
            Kind::Feed(_) if self.access == Access::Token => vec![own()],
            Kind::Feed(_) => {
                let hubs = site.hubs.iter().map(|hub| format!("<{}>; rel=\"hub\"", hub.0));
                std::iter::once(own()).chain(hubs).collect()
            }
            Kind::Archive(format) => {
                let current = site.address(&self.feed.file(format.file_name()));
                vec![own(), format!("<{current}>; rel=\"current\"")]
            }
            Kind::Twin => {
                let formats = self.serving.formats.iter().filter(|it| it.is_for_readers());
                let alternate = |format: &Format| {
                    let address = site.address(&self.feed.file(format.file_name()));
                    format!("<{address}>; rel=\"alternate\"; type=\"{}\"", format.media_type())
                };
                formats.map(alternate).collect()
            }
            Kind::Opml | Kind::NewsSitemap | Kind::License | Kind::Stylesheet => return None,
        };
        links.extend(site.rsl_url().map(|terms| {
            format!("<{terms}>; rel=\"license\"; type=\"{}\"", Licensing::MEDIA_TYPE)
        }));
        Some(links.join(", "))
    }
}

/// Of the headers of a 200, those of a 304 (RFC 9110 §15.4.5).
pub(super) fn not_modified(whole: &HeaderMap) -> HeaderMap {
    let kept =
        [header::ETAG, header::LAST_MODIFIED, header::CACHE_CONTROL, header::VARY, header::LINK];
    let mut headers = HeaderMap::with_capacity(kept.len());
    for name in kept {
        if let Some(value) = whole.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    headers
}
