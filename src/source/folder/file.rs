//! One file becomes one story, or the reason why not.

#![expect(clippy::disallowed_methods, reason = "this is the adapter that reads story files")]

use std::{
    borrow::Cow,
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{FolderSource, Found, Read, names};
use crate::{
    source::{
        Measured, Spot, StoryFault,
        fields::{FieldFault, FieldReader, Fields, Undated},
    },
    story::{Markup, RawText},
    text,
};

/// Reads files of one source.
pub(super) struct Reader<'s> {
    source: &'s FolderSource,
    /// Settings that aren't in the digest of them.
    declared: String,
    now: DateTime<Utc>,
    /// Files that were read, and how many of them were waited for.
    came: AtomicUsize,
    late: AtomicUsize,
}

/// A file that takes longer doesn't come from memory, where it takes a tenth.
const LATE: Duration = Duration::from_micros(100);

impl<'s> Reader<'s> {
    pub(super) fn new(source: &'s FolderSource, now: DateTime<Utc>) -> Self {
        let declared = names::declared_languages(source);
        Self { source, declared, now, came: AtomicUsize::new(0), late: AtomicUsize::new(0) }
    }

    /// Whether the disk is waited for: a thread may be late for other reasons, now and then.
    pub(super) fn waits(&self) -> bool {
        self.late.load(Ordering::Relaxed) * 4 > self.came.load(Ordering::Relaxed)
    }

    /// Lets the system fetch a file that is read soon. One that can't be fetched is said when it is
    /// read.
    pub(super) fn fetch(&self, found: &Found) {
        if let Ok(file) = File::open(self.source.root.join(&found.path)) {
            let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::WillNeed);
        }
    }

    fn append(&self, file: &Path, buffer: &mut Vec<u8>) -> io::Result<Result<(), u64>> {
        let begun = Instant::now();
        let appended = append(file, buffer);
        self.late.fetch_add(usize::from(begun.elapsed() > LATE), Ordering::Relaxed);
        self.came.fetch_add(1, Ordering::Relaxed);
        appended
    }

    /// Reads one file; `stored` is the digest under which the store has it. `buffer` may hold
    /// anything.
    pub(super) fn read(&self, found: &Found, stored: Option<&str>, buffer: &mut Vec<u8>) -> Read {
        read(self, found, stored, buffer)
    }
}

fn read(reader: &Reader<'_>, found: &Found, stored: Option<&str>, buffer: &mut Vec<u8>) -> Read {
    let Reader { source, now, .. } = *reader;
    let fault = |line: Option<usize>, what: String, fix: &str| {
        let file = source.shown(&found.path);
        Read::Faulty(StoryFault { file, line, what, fix: fix.into() })
    };
    settings(reader, found, buffer);
    let start = buffer.len();
    match reader.append(&source.root.join(&found.path), buffer) {
        Ok(Ok(())) => {}
        Ok(Err(size)) => {
            let most = text::MAX_TEXT_BYTES >> 20;
            let what = format!("{} MiB is too large for a story (at most {most} MiB)", size >> 20);
            return fault(None, what, "split it, or move attachments into files of their own");
        }
        Err(error) => {
            return fault(None, error.to_string(), "check that this user may read the file");
        }
    }
    // All in one piece: its parts are digested side by side.
    let digest = blake3::hash(buffer).to_hex()[..32].to_owned();
    if stored == Some(digest.as_str()) {
        return Read::Same;
    }
    let raw = match decode(&buffer[start..]) {
        Ok(text) => text,
        Err((line, what, fix)) => return fault(Some(line), what, fix),
    };
    match parse(source, found, &raw, digest, now) {
        Ok(read) => read,
        Err(Broken { line, what, fix }) => fault(line, what, &fix),
    }
}

/// Appends the bytes of a file, or gives its size where that is too large to be read.
fn append(file: &Path, buffer: &mut Vec<u8>) -> io::Result<Result<(), u64>> {
    let file = File::open(file)?;
    let size = file.metadata()?.len();
    if size > text::MAX_TEXT_BYTES as u64 {
        return Ok(Err(size));
    }
    buffer.reserve(usize::try_from(size).unwrap_or_default());
    // What is written behind it meanwhile is read by the next pass: the file is younger then.
    file.take(size).read_to_end(buffer)?;
    Ok(Ok(()))
}

/// The title that the front matter of an `_index` file gives; a broken one gives none.
pub(super) fn title(source: &FolderSource, path: &str) -> String {
    let bytes = fs::read(source.root.join(path)).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let fields = text::split_front_matter(&text).ok().and_then(|split| split.fields);
    let title = fields.as_ref().and_then(|fields| fields.get("title")?.as_str());
    title.map(text::plain_text).unwrap_or_default()
}

struct Broken {
    line: Option<usize>,
    what: String,
    fix: String,
}

impl From<text::TextError> for Broken {
    fn from(error: text::TextError) -> Self {
        Self { line: error.line(), what: error.to_string(), fix: error.fix().to_owned() }
    }
}

/// What the story is made from beside its bytes: the settings, its translations.
fn settings(reader: &Reader<'_>, found: &Found, buffer: &mut Vec<u8>) {
    let key = found.translation_key.as_deref().unwrap_or_default();
    buffer.clear();
    for part in [&reader.source.settings, key] {
        buffer.extend_from_slice(part.as_bytes());
        buffer.push(0);
    }
    if !reader.declared.is_empty() {
        buffer.extend_from_slice(reader.declared.as_bytes());
        buffer.push(0);
    }
}

fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, (usize, String, &'static str)> {
    let line_at = |place: usize| 1 + bytes[..place].iter().filter(|byte| **byte == b'\n').count();
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err((1, "the file is UTF-16".into(), "save it as UTF-8"));
    }
    if let Some(place) = memchr::memchr(0, bytes) {
        let what = "a NUL byte: this is no text".to_owned();
        return Err((line_at(place), what, "save it as plain UTF-8 text"));
    }
    match simdutf8::compat::from_utf8(bytes) {
        Ok(text) => Ok(text::legal(text)),
        Err(error) => {
            let byte = bytes[error.valid_up_to()];
            let what = format!("the byte 0x{byte:02X} is not UTF-8");
            Err((line_at(error.valid_up_to()), what, "save the file as UTF-8"))
        }
    }
}

fn parse(
    source: &FolderSource,
    found: &Found,
    raw: &str,
    digest: String,
    now: DateTime<Utc>,
) -> Result<Read, Broken> {
    let mut spot = names::spot(source, &found.path);
    spot.translation_key.clone_from(&found.translation_key);
    if source.desk.slugs.is_hugo() {
        spot.branch = branch(source, &spot);
    }
    let ending = found.path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let markup = match ending.as_str() {
        "txt" => Markup::Plain,
        "html" | "htm" => Markup::Html,
        _ => Markup::Markdown,
    };
    let split = text::split_front_matter(raw)?;
    let body_line = if split.fields.is_some() { split.body_line } else { 1 };
    let (fields, body, undated) = match split.fields {
        Some(fields) => (fields, split.body.to_owned(), Undated::IsAPage),
        None if markup == Markup::Plain => {
            let (fields, body) = pasted_fields(raw)?;
            (fields, body, Undated::TakesFirstSeen)
        }
        None => (Map::new(), raw.to_owned(), Undated::IsAPage),
    };
    let (fields, body) = with_title(fields, body, markup);
    let text = RawText { markup, text: body };
    // The guard counts from the first line of the body.
    text::guard(&text).map_err(|error| Broken {
        line: error.line().map(|line| line + body_line - 1),
        ..Broken::from(error)
    })?;
    let measure = |address: &str| measure(source, &found.path, address);
    let reader = FieldReader { desk: &source.desk, spot: &spot, now, undated, measure: &measure };
    match reader.read(&fields, text, digest) {
        Ok(Fields::Story(story)) => Ok(Read::Story(story)),
        Ok(Fields::Draft) => Ok(Read::Draft),
        Ok(Fields::Undated) => Ok(Read::Page),
        Err(FieldFault { field, what, fix }) => {
            Err(Broken { line: Some(line_of(raw, &field)), what, fix })
        }
    }
}

/// The folder of a story as far as Hugo takes it for sections: the first, and each that has an
/// `_index` file in the story's language.
fn branch(source: &FolderSource, spot: &Spot) -> String {
    let language = spot.language.as_ref().unwrap_or(&source.desk.language);
    let is_main = *language == source.desk.language;
    let tag = language.as_str().to_ascii_lowercase();
    let has_index = |folder: &str| {
        super::ENDINGS.iter().any(|ending| {
            let there = |name: String| source.root.join(folder).join(name).is_file();
            (is_main && there(format!("_index.{ending}")))
                || there(format!("_index.{tag}.{ending}"))
        })
    };
    let mut folder = spot.folder.as_str();
    while let Some((parent, _)) = folder.rsplit_once('/') {
        if has_index(folder) {
            break;
        }
        folder = parent;
    }
    folder.to_owned()
}

/// A text pasted from a web page: its first line is the title, a `By …` line the byline.
pub(crate) fn pasted_fields(raw: &str) -> Result<(Map<String, Value>, String), text::TextError> {
    let pasted = text::read_pasted(raw)?;
    let mut fields = Map::new();
    fields.insert("title".into(), pasted.title.into());
    if !pasted.authors.is_empty() {
        fields.insert("authors".into(), pasted.authors.into());
    }
    Ok((fields, pasted.body))
}

/// Takes the title from a first heading where the front matter has none.
pub(crate) fn with_title(
    mut fields: Map<String, Value>,
    body: String,
    markup: Markup,
) -> (Map<String, Value>, String) {
    let titled = ["title", "headline"].iter().any(|name| fields.contains_key(*name));
    if titled || markup != Markup::Markdown {
        return (fields, body);
    }
    let start = body.trim_start();
    let Some(rest) = start.strip_prefix("# ") else { return (fields, body) };
    let (title, rest) = rest.split_once('\n').unwrap_or((rest, ""));
    fields.insert("title".into(), title.trim().trim_end_matches('#').trim_end().into());
    let rest = rest.to_owned();
    (fields, rest)
}

/// The line on which a front matter field stands, by its name.
pub(crate) fn line_of(raw: &str, field: &str) -> usize {
    let name = field.rsplit('.').next().unwrap_or(field);
    let names_it = |line: &str| {
        let line = line.trim_start().trim_start_matches(['"', '\'']);
        line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
            && line[name.len()..].trim_start_matches(['"', '\'', ' ']).starts_with([':', '='])
    };
    raw.lines().position(names_it).map_or(1, |place| place + 1)
}

/// Measures the local file that `address` means, beside the story or below the site's root.
fn measure(source: &FolderSource, story: &str, address: &str) -> Option<Measured> {
    let site = source.desk.site_url.as_str();
    let local = address.strip_prefix(site).or_else(|| address.strip_prefix('/'));
    if local.is_none() && (address.contains("://") || address.starts_with("data:")) {
        return None;
    }
    let plain = local.unwrap_or(address).split(['?', '#']).next()?;
    let decoded = percent_encoding::percent_decode_str(plain).decode_utf8().ok()?;
    if decoded.split('/').any(|part| part == "..") {
        return None;
    }
    let folder = Path::new(story).parent().unwrap_or(Path::new(""));
    let beside = (local.is_none()).then(|| source.root.join(folder).join(decoded.as_ref()));
    let below = source.static_folder.as_ref().map(|root| root.join(decoded.as_ref()));
    let candidates = [(beside, true), (below, false)];
    candidates.into_iter().find_map(|(file, beside_story)| {
        let file = file?;
        let metadata = fs::metadata(&file).ok().filter(fs::Metadata::is_file)?;
        let size = imagesize::size(&file).ok();
        let pixels = |side: usize| u32::try_from(side).ok();
        let size = size.and_then(|size| Some((pixels(size.width)?, pixels(size.height)?)));
        Some(Measured { length: metadata.len(), size, beside_story })
    })
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        source::{Desk, GuidMode, Permalink},
        story::{Incoming, Language, Slugs},
    };

    pub(crate) fn source() -> FolderSource {
        let english: Language = "en".parse().expect("a language");
        FolderSource {
            name: "newsroom".into(),
            root: "stories".into(),
            desk: Desk {
                site_url: "https://www.latamreports.example/".parse().expect("an address"),
                main_language: english.clone(),
                language: english,
                zone: chrono_tz::America::Mexico_City,
                permalink: Permalink::by_folder(),
                permalinks: Vec::new(),
                language_permalinks: Vec::new(),
                slugs: Slugs::Feedwright,
                guid: GuidMode::Minted,
                map: BTreeMap::new(),
                section: None,
                tags: Vec::new(),
            },
            languages: Vec::new(),
            guesses_languages: true,
            declared: Vec::new(),
            static_folder: None,
            settings: String::new(),
        }
    }

    fn read_text(path: &str, raw: &str) -> Result<Read, (Option<usize>, String)> {
        let found = Found { path: path.into(), translation_key: None };
        let now = "2026-03-01T00:00:00Z".parse().expect("an instant");
        parse(&source(), &found, raw, String::new(), now)
            .map_err(|broken| (broken.line, broken.what))
    }

    fn story(path: &str, raw: &str) -> Incoming {
        match read_text(path, raw) {
            Ok(Read::Story(story)) => *story,
            other => panic!("no story: {other:?}"),
        }
    }

    #[test]
    fn hugo_zola_and_jekyll_fields_mean_the_same() {
        let hugo = "---\ntitle: River rises\ndate: 2026-01-13T15:00:00-06:00\nauthor: Ana Ruiz\n\
            lastmod: 2026-01-14\ntags: [a, b]\ndescription: Short.\nlang: es\n---\nText.\n";
        let zola = "+++\ntitle = \"River rises\"\ndate = 2026-01-13T15:00:00-06:00\n\
            authors = [\"Ana Ruiz\"]\nupdated = 2026-01-14\ndescription = \"Short.\"\n\
            [taxonomies]\ntags = [\"a\", \"b\"]\n[extra]\nlang = \"es\"\n+++\nText.\n";
        let jekyll = "---\ntitle: River rises\ndate: 2026-01-13 15:00:00 -0600\nauthor: Ana Ruiz\n\
            last_modified_at: 2026-01-14\ntags: a, b\nexcerpt: Short.\nlang: es\npublished: true\n\
            ---\nText.\n";
        let read = [hugo, zola, jekyll].map(|raw| {
            let story = story("latam/river.md", raw);
            (story.title, story.published, story.updated, story.language, story.facts)
        });
        assert_eq!(read[0], read[1]);
        assert_eq!(read[0], read[2]);
        assert_eq!(read[0].1.expect("a date").to_rfc3339(), "2026-01-13T21:00:00+00:00");
        assert_eq!(read[0].4.sections[0].as_str(), "latam");
    }

    #[test]
    fn a_file_without_a_date_is_a_page_and_a_draft_no_story() {
        let page = read_text("about.md", "---\ntitle: About us\n---\nWe.\n");
        assert!(matches!(page, Ok(Read::Page)));
        assert!(matches!(read_text("README.md", "# Read me\n"), Ok(Read::Page)));
        let draft = "---\ntitle: X\ndate: 2026-01-01\ndraft: true\n---\n";
        assert!(matches!(read_text("x.md", draft), Ok(Read::Draft)));
        let unpublished = "---\ntitle: X\ndate: 2026-01-01\npublished: false\n---\n";
        assert!(matches!(read_text("x.md", unpublished), Ok(Read::Draft)));
    }

    #[test]
    fn faults_name_the_line() {
        let (line, what) =
            read_text("x.md", "---\ntitle: X\ndate: soon\n---\n").expect_err("a fault");
        assert_eq!(line, Some(3), "{what}");
        let future = "---\ntitle: X\ndate: 2026-01-01\nlastmod: 2027-01-01\n---\n";
        let (line, what) = read_text("x.md", future).expect_err("a fault");
        assert_eq!(line, Some(4));
        assert!(what.contains("future"), "{what}");
    }

    #[test]
    fn bytes_that_are_no_text_are_named_with_their_line() {
        assert_eq!(decode(b"a\nb\xE9").map_err(|fault| fault.0), Err(2));
        assert_eq!(decode(b"a\n\n\0").map_err(|fault| fault.0), Err(3));
        assert_eq!(decode("a\u{1}ñ".as_bytes()).ok().as_deref(), Some("añ"));
    }

    #[test]
    fn a_pasted_text_takes_the_instant_at_which_it_is_first_seen() {
        let story = story("latam/flood.txt", "River rises\n\nBy Ana Ruiz\n\nThe river rose.\n");
        assert_eq!(story.published, None);
        assert_eq!(story.title, "River rises");
        assert_eq!(story.facts.authors[0].name, "Ana Ruiz");
    }

    #[test]
    fn the_sections_of_a_jekyll_post_are_its_categories() {
        let raw = "---\ntitle: X\ncategories: latam-security press\n---\n";
        let story = story("_posts/2026-01-31-x.md", raw);
        let sections: Vec<_> = story.facts.sections.iter().map(|s| s.as_str().to_owned()).collect();
        assert_eq!(sections, ["latam-security", "press"]);
        assert_eq!(story.published.expect("a date").to_rfc3339(), "2026-01-31T06:00:00+00:00");
    }
}
