//! From the tables as written to the [`Config`], finding every fault of meaning in one run.
//!
//! What cannot be used is replaced by a default, so that the rest is still looked at; with a fault
//! on the list the result is thrown away.

use std::{io, path::Path, time::Duration};

use chrono_tz::Tz;
use url::Url;

use super::{
    StoreUrl, amounts, feeds, moves, paths, remote,
    resolved::{Config, Publish, Schedule, WebSub},
    rsl, server, show, sources,
    spot::{Faults, Spot},
    values, webhooks,
    written::{
        CodingName, ContentName, FormatName, ImageWritten, SizedImage, StoreWritten, Written,
    },
};
use crate::story::{ContentMode, Format, Hub, Language, Licensing, Limits, Site, SiteImage};

/// Readers take RSS pictures up to this size (RSS 2.0, `image`).
const LARGEST_IMAGE: (u32, u32) = (144, 400);

/// How the outside is looked at.
pub(super) struct Outside<'a> {
    /// The configuration's folder.
    pub(super) folder: &'a Path,
    pub(super) read_file: &'a dyn Fn(&Path) -> io::Result<String>,
    pub(super) folder_exists: &'a dyn Fn(&Path) -> bool,
}

/// Resolves `written`, whose keys stand at `root`.
pub(super) fn resolve(
    written: &Written,
    root: &Spot<'_>,
    outside: &Outside<'_>,
    faults: &mut Faults<'_>,
) -> Config {
    let mut site = site(written, &root.key("site"), faults);
    let store = store(&written.store, &root.key("store"), outside, faults);
    let publish = publish(written, &root.key("publish"), outside, faults);
    let server = server::resolve(&written.server, &root.key("server"), faults);
    let schedule = schedule(written, &root.key("schedule"), faults);
    let websub = websub(written, &root.key("websub"), &mut site, faults);
    let languages = values::languages(
        written.site.languages.as_ref(),
        &root.key("site").key("languages"),
        faults,
    );
    let site_url = site.url.clone();
    let mut config = Config {
        site,
        store,
        publish,
        sections: written.publish.sections.unwrap_or_default(),
        feeds: Vec::new(),
        section_titles: std::collections::BTreeMap::new(),
        section_descriptions: std::collections::BTreeMap::new(),
        languages: Vec::new(),
        moves: Vec::new(),
        sources: Vec::new(),
        remote: Vec::new(),
        fetch: remote::fetch(written, &root.key("fetch"), &site_url, faults),
        server,
        schedule,
        websub,
        webhooks: webhooks::resolve(written, root, outside, faults),
        notices: Vec::new(),
        shown: Written::default(),
    };
    let names = sources::names(&written.source);
    feeds::resolve(&mut config, written, names.as_ref(), root, faults);
    let languages = languages.unwrap_or_default();
    config.languages = [&config.site.language].into_iter().chain(&languages).cloned().collect();
    let source_spots = sources::resolve(&mut config, written, &languages, root, outside, faults);
    moves::resolve(&mut config, written, root, faults);
    if config.publish.split_by_language {
        let moves = moves::in_languages(&config.moves, &config.languages);
        config.moves.extend(moves);
    }
    paths::check(&config, outside.folder, &source_spots, root, faults);
    config.shown = show::fill(written, &config, &languages);
    config
}

fn site(written: &Written, at: &Spot<'_>, faults: &mut Faults<'_>) -> Site {
    let written = &written.site;
    if written.title.is_none() {
        faults.add_missing(&at.key("title"), "name the publication: `title = \"…\"` in [site]");
    }
    if written.url.is_none() {
        let fix = "say where stories live: `url = \"https://…/\"` in [site]";
        faults.add_missing(&at.key("url"), fix);
    }
    let mut text = |value: &Option<String>, key: &str| {
        value.as_deref().and_then(|value| values::text(value, &at.key(key), faults))
    };
    let title = text(&written.title, "title").unwrap_or_default();
    let description = text(&written.description, "description");
    let copyright = text(&written.copyright, "copyright");
    let usage_terms = text(&written.usage_terms, "usage_terms");
    let mut mailbox = |value: &Option<String>, key: &str| {
        value.as_deref().and_then(|value| values::mailbox(value, &at.key(key), faults))
    };
    let editor = mailbox(&written.editor, "editor");
    let webmaster = mailbox(&written.webmaster, "webmaster");
    let mut address = |value: &Option<String>, key: &str| {
        let url = value.as_deref().and_then(|value| values::address(value, &at.key(key), faults));
        url.map(String::from)
    };
    let icon = address(&written.icon, "icon");
    let favicon = address(&written.favicon, "favicon");
    let logo = address(&written.logo, "logo");
    let cover = address(&written.cover, "cover");
    let license = address(&written.license, "license");
    let color = written.accent_color.as_deref();
    let accent_color = color.and_then(|it| values::color(it, &at.key("accent_color"), faults));
    let mut base = |value: &Option<String>, key: &str| {
        value.as_deref().and_then(|value| values::base_address(value, &at.key(key), faults))
    };
    let url = base(&written.url, "url").unwrap_or_else(somewhere);
    let feeds_url = base(&written.feeds_url, "feeds_url").unwrap_or_else(|| url.clone());
    let zone = written.time_zone.as_deref();
    Site {
        description: description
            .unwrap_or_else(|| format!("Everything {title} publishes, newest first.")),
        title,
        url,
        feeds_url,
        language: written
            .language
            .as_deref()
            .and_then(|tag| values::language(tag, &at.key("language"), faults))
            .unwrap_or_else(english),
        time_zone: zone
            .and_then(|zone| values::time_zone(zone, &at.key("time_zone"), faults))
            .unwrap_or(Tz::UTC),
        copyright,
        editor,
        webmaster,
        icon,
        favicon,
        logo,
        cover,
        accent_color,
        image: image(written.image.as_ref(), &at.key("image"), faults),
        license,
        usage_terms,
        rsl: Licensing {
            site: rsl::terms(written.rsl.as_ref(), &at.key("rsl"), faults),
            ..Licensing::default()
        },
        hubs: Vec::new(),
    }
}

#[expect(clippy::expect_used, reason = "the invariant is the message")]
fn somewhere() -> Url {
    Url::parse("https://invalid.example/").expect("a constant address parses")
}

#[expect(clippy::expect_used, reason = "the invariant is the message")]
fn english() -> Language {
    "en".parse().expect("a constant tag parses")
}

/// A picture; a size that RSS readers don't take is left out.
pub(super) fn image(
    written: Option<&ImageWritten>,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Option<SiteImage> {
    let (url, size) = match written? {
        ImageWritten::Address(url) => (url, None),
        ImageWritten::Sized(SizedImage { url, width, height }) => (url, width.zip(*height)),
    };
    let url = values::address(url, at, faults)?.into();
    let size = size.filter(|(width, height)| {
        (1..=LARGEST_IMAGE.0).contains(width) && (1..=LARGEST_IMAGE.1).contains(height)
    });
    let (width, height) = size.unzip();
    Some(SiteImage { url, width, height })
}

fn store(
    written: &StoreWritten,
    at: &Spot<'_>,
    outside: &Outside<'_>,
    faults: &mut Faults<'_>,
) -> StoreUrl {
    let default = || StoreUrl::sqlite(outside.folder.join("stories.db"));
    let read = match (&written.url, &written.url_file) {
        (Some(_), Some(_)) => {
            let fix = "keep one of `url` and `url_file`";
            faults.add_key(&at.key("url_file"), "stands beside `url`", fix);
            None
        }
        (Some(url), None) => StoreUrl::read(url, outside.folder, &at.key("url"), faults),
        (None, Some(file)) => {
            let at = at.key("url_file");
            let path = paths::joined(outside.folder, file);
            match (outside.read_file)(&path) {
                Ok(url) => StoreUrl::read(&url, outside.folder, &at, faults),
                Err(error) => {
                    let what = format!("`{}` cannot be read: {error}", path.display());
                    faults.add_key(&at, &what, "name a file that holds the store's address");
                    None
                }
            }
        }
        (None, None) => None,
    };
    read.unwrap_or_else(default)
}

fn publish(
    written: &Written,
    at: &Spot<'_>,
    outside: &Outside<'_>,
    faults: &mut Faults<'_>,
) -> Publish {
    let written = &written.publish;
    let folder = written.folder.as_deref().unwrap_or("feeds");
    if folder.trim().is_empty() {
        faults.add_key(&at.key("folder"), "is empty", "name a folder, such as `feeds`");
    } else if folder.contains("://") {
        let what = format!("`{folder}`: this version publishes to a folder only");
        faults.add_key(&at.key("folder"), &what, "name a folder, such as `feeds`");
    }
    let codings = written.precompress.as_deref().unwrap_or_default();
    if let Some(coding) = codings.first() {
        let name = match coding {
            CodingName::Gzip => "gzip",
            CodingName::Br => "br",
        };
        let what = format!("`{name}`: this version does not precompress");
        faults.add_key(&at.key("precompress"), &what, "write `precompress = []`");
    }
    let guard = written.guard.unwrap_or(20);
    if guard < 0 {
        let what = format!("`{guard}` is out of range");
        faults.add_key(&at.key("guard"), &what, "write a number of stories, such as 20");
    }
    let formats = written.formats.as_deref();
    let formats = formats.and_then(|names| self::formats(names, &at.key("formats"), faults));
    let formats = formats.unwrap_or_else(|| vec![Format::Rss, Format::Atom, Format::Json]);
    if !formats.iter().any(|format| format.is_for_readers()) {
        let fix = "name `rss`, `atom` or `json` too; a single [[feed]] can be for partners alone";
        faults.add_key(&at.key("formats"), "has none that readers know", fix);
    }
    Publish {
        folder: paths::joined(outside.folder, folder),
        formats,
        limits: Limits {
            entries: written
                .limit
                .and_then(|limit| amounts::limit(limit, &at.key("limit"), faults))
                .unwrap_or(50),
            window: written
                .window
                .as_deref()
                .and_then(|span| amounts::span(span, &at.key("window"), faults))
                .unwrap_or(Duration::from_hours(48)),
            max_bytes: written
                .max_bytes
                .as_ref()
                .and_then(|size| amounts::size(size, &at.key("max_bytes"), faults))
                .unwrap_or(1 << 20),
        },
        content: content(written.content.unwrap_or(ContentName::Full)),
        guard: usize::try_from(guard).unwrap_or(20),
        archives: written.archives.unwrap_or(true),
        news_sitemap: written.news_sitemap.unwrap_or(false),
        split_by_language: written.split_by_language.unwrap_or(false),
    }
}

/// The formats named, each once.
pub(super) fn formats(
    names: &[FormatName],
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Option<Vec<Format>> {
    let mut formats = Vec::new();
    for name in names {
        let format = match name {
            FormatName::Rss => Format::Rss,
            FormatName::Atom => Format::Atom,
            FormatName::Json => Format::Json,
            FormatName::Ninjs => Format::Ninjs,
        };
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    if formats.is_empty() {
        if !faults.is_spoiled(at) {
            faults.add_key(
                at,
                "is empty",
                "name one of `rss`, `atom`, `json`, `ninjs`, or remove the key",
            );
        }
        return None;
    }
    Some(formats)
}

pub(super) fn content(name: ContentName) -> ContentMode {
    match name {
        ContentName::Full => ContentMode::Full,
        ContentName::Summary => ContentMode::Summary,
    }
}

fn schedule(written: &Written, at: &Spot<'_>, faults: &mut Faults<'_>) -> Schedule {
    let at = at.key("every");
    let read = written.schedule.every.as_deref().and_then(|span| amounts::span(span, &at, faults));
    let every = read.unwrap_or(Duration::from_mins(5));
    if every.is_zero() {
        faults.add_key(&at, "is no time at all", "write a span such as `5m`");
    }
    Schedule { every }
}

/// The hubs go into `site`.
fn websub(written: &Written, at: &Spot<'_>, site: &mut Site, faults: &mut Faults<'_>) -> WebSub {
    let edits_every = written.websub.edits_every.as_deref();
    let edits_every =
        edits_every.and_then(|span| amounts::span(span, &at.key("edits_every"), faults));
    let at = at.key("hub");
    let mut own_hub = false;
    for hub in
        written.websub.hub.as_ref().map(super::written::OneOrMany::as_slice).unwrap_or_default()
    {
        let hub = if hub == "own" {
            own_hub = true;
            site.address("hub")
        } else {
            match values::address(hub, &at, faults) {
                Some(url) => url.into(),
                None => continue,
            }
        };
        if !site.hubs.iter().any(|known| known.0 == hub) {
            site.hubs.push(Hub(hub));
        }
    }
    WebSub {
        own_hub,
        allow_private: written.websub.allow_private.unwrap_or(false),
        edits_every: edits_every.unwrap_or_default(),
    }
}
