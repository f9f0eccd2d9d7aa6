//! The configuration as everything else uses it: complete, checked, in the words of the story.

use std::{collections::BTreeMap, fmt, net::SocketAddr, path::PathBuf, time::Duration};

use chrono_tz::Tz;
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{StoreUrl, entries::RepublishName, feeds, written::Written};
use crate::story::{
    ContentMode, FeedSpec, Format, Language, Limits, Move, Secret, SectionPath, Site, Slugs, Title,
    Where,
};

/// A newsroom's configuration, with every default filled in.
#[derive(Clone)]
pub struct Config {
    /// The publication.
    pub site: Site,
    /// Where stories are kept.
    pub store: StoreUrl,
    /// What holds for all feeds, and where they go.
    pub publish: Publish,
    /// Which sections have feeds.
    pub sections: SectionsMode,
    /// The site-wide feed first, then declared sections by path, then other rules as written.
    /// Feeds that must not be public are left out.
    pub feeds: Vec<FeedSpec>,
    /// Titles that the file gives to sections.
    pub section_titles: BTreeMap<SectionPath, Title>,
    /// What the file says of sections by language.
    pub section_descriptions: BTreeMap<SectionPath, Title>,
    /// The main language, and further ones that the file names.
    pub languages: Vec<Language>,
    /// Moved and retired feeds; `to` is where a chain of moves ends.
    pub moves: Vec<Move>,
    /// Folders that stories come from.
    pub sources: Vec<FolderSource>,
    /// Sources that are fetched.
    pub remote: Vec<RemoteSource>,
    /// How they are asked.
    pub fetch: Fetch,
    /// Where `serve` listens.
    pub server: Server,
    /// When `serve` makes a pass.
    pub schedule: Schedule,
    /// Push to subscribers.
    pub websub: WebSub,
    /// Who is told what each pass published.
    pub webhooks: Vec<Webhook>,
    /// What was accepted and has no effect in this version, each in a sentence.
    pub notices: Vec<String>,
    /// The same in the form of the file, without secrets.
    pub(super) shown: Written,
}

/// `[publish]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publish {
    /// Where feeds are written, absolute.
    pub folder: PathBuf,
    /// In which forms, the preferred one first.
    pub formats: Vec<Format>,
    /// How many stories a feed carries.
    pub limits: Limits,
    /// How much of each.
    pub content: ContentMode,
    /// How many published stories a pass may drop or rename without being asked.
    pub guard: usize,
    /// Whether older stories are kept in archive pages (RFC 5005).
    pub archives: bool,
    /// Whether there is a sitemap for Google News.
    pub news_sitemap: bool,
    /// Whether each language of a section has a feed of its own.
    pub split_by_language: bool,
}

/// Which sections have feeds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SectionsMode {
    /// Every one that a story names.
    #[default]
    Found,
    /// Those in the file; a story in another is a fault.
    Declared,
}

/// Where the guid of a story comes from that brings none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GuidMode {
    /// Made once, of the site's host, the first date and the path.
    #[default]
    Minted,
    /// The story's first address, as Hugo and Zola have it.
    Permalink,
    /// The same without its ending, as Jekyll has it.
    Jekyll,
}

/// A folder that stories come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderSource {
    /// Stories are kept under it.
    pub name: String,
    /// Absolute.
    pub folder: PathBuf,
    /// Pattern of a story's address: absolute, with tokens such as `{slug}`.
    pub permalink: Option<String>,
    /// Patterns for single sections and what lies in them.
    pub permalinks: Vec<(SectionPath, String)>,
    /// Patterns for languages, by section; none: all that have no other.
    pub language_permalinks: Vec<(Language, Option<SectionPath>, String)>,
    /// By whose rules names and titles become parts of an address.
    pub slugs: Slugs,
    /// Where guids come from.
    pub guid: GuidMode,
    /// For a field of a story, the names under which front matter may have it.
    pub map: BTreeMap<String, Vec<String>>,
    /// The section of stories that name none and lie in no folder.
    pub section: Option<SectionPath>,
    /// The language of stories that name none.
    pub language: Language,
    /// Languages whose folders and file names are recognised, `language` left out.
    pub languages: Vec<Language>,
    /// Whether others are recognised too, by their usual names: not where the configuration says that
    /// there are none.
    pub guesses_languages: bool,
    /// For dates without a zone.
    pub time_zone: Tz,
    /// Tags that all of its stories get.
    pub tags: Vec<String>,
    /// The folder whose files are served at the site's root, absolute.
    pub static_folder: Option<PathBuf>,
}

/// A source that is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteSource {
    /// Stories are kept under it.
    pub name: String,
    /// What is asked, and how.
    pub kind: RemoteKind,
    /// The section of its stories; none: the site-wide feed, or what the stories name.
    pub section: Option<SectionPath>,
    /// Tags that all of its stories get.
    pub tags: Vec<String>,
    /// The language of stories that name none.
    pub language: Language,
    /// For dates without a zone.
    pub time_zone: Tz,
    /// Their names for the fields of a story, of a database.
    pub map: BTreeMap<String, Vec<String>>,
    /// Which stories are taken.
    pub rule: Where,
    /// Time between fetches; none: as the source says.
    pub every: Option<Duration>,
    /// Bytes of one document, decoded.
    pub max_bytes: u64,
    /// Entries that are taken of one document.
    pub max_entries: usize,
    /// Time that one answer may take.
    pub patience: Duration,
    /// Whether the article behind each entry is fetched.
    pub full_text: bool,
    /// How much may be republished.
    pub republish: RepublishName,
    /// Whose stories they are, as readers see it.
    pub attribution: Option<String>,
    /// How many stories the first fetch takes; none: all.
    pub backfill: Option<usize>,
    /// Whether stories that are deleted there are withdrawn.
    pub follows_deletes: bool,
    /// Which source wins where several bring one story: the lowest.
    pub priority: i64,
    /// Whether it may lie on a private address.
    pub allow_private: bool,
}

/// What a remote source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteKind {
    /// A feed.
    Feed {
        /// Its address.
        url: Url,
    },
    /// A site whose posts are asked by WordPress's REST interface.
    WordPress {
        /// The site's address.
        url: Url,
    },
    /// A page that lists articles, or a sitemap.
    Page {
        /// Its address.
        url: Url,
        /// Finds the links to articles.
        links: Option<String>,
        /// Finds the text of an article.
        content: Option<String>,
        /// Finds what is left out of it.
        remove: Vec<String>,
    },
    /// A database.
    Sql {
        /// Where it is.
        database: StoreUrl,
        /// What is asked.
        query: String,
        /// The column that `$1` goes by.
        cursor: String,
    },
}

/// `[fetch]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// How many sources are asked at once.
    pub at_once: usize,
    /// Time between two requests to one host.
    pub pace: Duration,
    /// Told in `User-Agent`.
    pub contact: String,
}

/// `[server]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// For readers.
    pub listen: Listen,
    /// For health and metrics.
    pub ops: Listen,
    /// Whose word is taken for who asks.
    pub proxies: Proxies,
    /// Full answers that a client gets of one feed at once, before it is one a minute; none: as
    /// many as it likes.
    pub allowance: Option<u32>,
    /// Bytes that documents may take in memory.
    pub cache_bytes: u64,
}

/// Proxies that say in a header for whom they ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxies {
    /// Where they are.
    pub networks: Vec<IpNet>,
    /// Whether what comes over a Unix socket comes from one.
    pub unix: bool,
    /// The header's name, in lower case.
    pub header: String,
}

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// `127.0.0.1:8080`
    Tcp(SocketAddr),
    /// `unix:/run/feedwright.sock`
    Unix(PathBuf),
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// `[schedule]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Time between passes.
    pub every: Duration,
}

/// `[[webhook]]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// A name of its own.
    pub name: String,
    /// The address.
    pub url: Url,
    /// What is signed with.
    pub secret: Secret,
    /// Whether it may lie on a private address.
    pub allow_private: bool,
}

/// `[websub]`; the hubs' addresses are in [`Site`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebSub {
    /// Whether our own hub is one of them.
    pub own_hub: bool,
    /// Whether callbacks may lie on private addresses.
    pub allow_private: bool,
    /// Time between two tellings of edits to one feed.
    pub edits_every: Duration,
}

impl Config {
    /// The feed of a section that stories name: the declared one, else one made of the defaults.
    ///
    /// `title_from_index` is the title in the section's `_index.md`; a title in the file wins.
    pub fn found_section(&self, path: &SectionPath, title_from_index: Option<&str>) -> FeedSpec {
        let declared = self.feeds.iter().find(|spec| spec.section.as_ref() == Some(path));
        let mut spec = declared.cloned().unwrap_or_else(|| {
            feeds::section_defaults(path, &self.site, &self.publish, self.ttl_minutes())
        });
        if let Some(title) = title_from_index.map(str::trim).filter(|title| !title.is_empty())
            && !self.section_titles.contains_key(path)
        {
            if spec.description == feeds::section_description(&spec.title) {
                spec.description = feeds::section_description(title);
            }
            title.clone_into(&mut spec.title);
        }
        spec
    }

    /// How long a reader may wait before it asks again: the time between passes, 15 minutes at
    /// least.
    pub fn ttl_minutes(&self) -> u32 {
        let minutes = self.schedule.every.as_secs().div_ceil(60);
        u32::try_from(minutes).unwrap_or(u32::MAX).max(15)
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("shown", &self.shown).finish_non_exhaustive()
    }
}
