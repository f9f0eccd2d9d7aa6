//! Documents, bytes, files: what is to be made again is made, all files appear together.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use super::{
    Aim, FeedReport, Newsroom, PassError, Progress, Report,
    bulletin::Bulletin,
    choose::{Choice, rename_sections},
    document::{self, Parts},
    feeds::{LANGUAGE, Plan, PlannedFeed},
    files::Pressed,
    line::Line,
    moved, news,
    pager::Pager,
    partners::{self, Shelf},
    profiles::{self, Ages},
    render::Renderer,
    settle::Hour,
    stale,
};
use crate::{
    feed::{History, Translation},
    format::{self, FeedLink},
    publish::Folder,
    store::{Candidate, FeedRecord, Page, PartnerDocument, Published, Store},
    story::{FeedPath, FeedSpec, Format, Licensing, State},
};

/// Archive pages whose entries are in memory at once.
const PAGES_TOGETHER: usize = 16;
/// Under this name the store remembers that files are on their way.
pub(super) const UNDER_WAY: &str = "publishing";

/// Makes what is to be made again and publishes it; for [`Aim::Plan`], says what would change.
pub(super) async fn publish(
    newsroom: &Newsroom<'_>,
    mut store: Store,
    plan: &Plan,
    aim: &Aim,
    at: Hour,
    report: &mut Report,
    progress: &Progress<'_>,
) -> Result<Store, PassError> {
    let folder = match aim {
        Aim::Publish => Some(Folder::open(&newsroom.folder)?),
        Aim::Preview(folder) => Some(Folder::open(folder)?),
        Aim::Plan => None,
    };
    let manifest = match aim {
        Aim::Preview(_) => BTreeMap::new(),
        _ => store.current_files().await?,
    };
    let mut press = Press {
        manifest,
        folder,
        alternates: alternates(newsroom, plan),
        bulletin: Bulletin::begin(newsroom, &mut store, aim).await?,
        shelf: match aim {
            Aim::Preview(_) => Shelf::default(),
            _ => Shelf::open(&mut store).await?,
        },
        all: at.full || matches!(aim, Aim::Preview(_)),
        ages: profiles::ages(&mut store).await?,
        ..Press::bare(newsroom, plan, at.now)
    };
    let ages = press.ages.clone();
    press.sweep(&mut store).await?;
    press.settings(&mut store).await?;
    let mut renderer = Renderer::new(&newsroom.site, at.full);
    let mut pager = Pager::default();
    let places: Vec<usize> = (0..plan.feeds.len()).filter(|place| press.is_due(*place)).collect();
    let has_work = !places.is_empty() || !store.dirty_pages((0, 0), 1).await?.is_empty();
    if has_work && *aim == Aim::Publish && !store.is_filling() {
        // Outside of the transaction: a pass that is killed while it stages leaves this behind.
        store.remember(UNDER_WAY, "yes").await?;
    }
    store.begin().await?;
    let line = Line {
        press: &mut press,
        store: &mut store,
        renderer: &mut renderer,
        pager: &mut pager,
        is_plan: *aim == Aim::Plan,
    };
    line.run(&places, report, progress).await?;
    pager.finish(&mut store).await?;
    press.unchanged(report);
    if *aim == Aim::Plan {
        return Ok(store);
    }
    press.pages(&mut store, &mut renderer, report, progress).await?;
    press.furniture()?;
    news::publish(&mut press, &mut store).await?;
    profiles::keep_ages(&mut store, &ages, &press.ages, &press.records).await?;
    let mut retired = moved::publish(&mut press, &mut store, report).await?;
    if newsroom.site.rsl.is_empty() && press.was_published(Licensing::FILE) {
        // Terms that hold no more would go on being read.
        retired.files.push(Licensing::FILE.to_owned());
    }
    retired.files.extend(partners::keep(&mut press, &mut store).await?);
    if *aim == Aim::Publish {
        let stale = stale::reached(&press, &mut store, &retired.files, report).await?;
        retired.files.extend(stale);
    }
    if let Some(bulletin) = &press.bulletin {
        bulletin.stage(&mut store, at.now).await?;
    }
    for record in &mut press.records {
        if plan.place_of(record.id).is_none_or(|place| plan.feeds[place].record != *record) {
            store.keep_feed(record).await?;
        }
    }
    store.commit().await?;
    progress("publishing", 0, 0);
    // A new store is put in place first: what is published is known to it.
    let mut store = match aim {
        Aim::Publish => store.settle().await?,
        _ => store,
    };
    press.finish(&mut store, retired, report).await?;
    Ok(store)
}

/// A pass's files in the making.
pub(super) struct Press<'a> {
    pub(super) newsroom: &'a Newsroom<'a>,
    pub(super) plan: &'a Plan,
    /// The files of the feeds themselves, as they were published.
    pub(super) manifest: BTreeMap<String, Published>,
    /// Where files go; none: nothing is published.
    pub(super) folder: Option<Folder>,
    /// The documents of partner feeds.
    pub(super) shelf: Shelf,
    pub(super) alternates: HashMap<FeedPath, Vec<Translation>>,
    /// Files that were made, or are known to be as they should.
    pub(super) files: BTreeMap<String, Pressed>,
    /// What is decided about each feed, in the order of the plan.
    pub(super) records: Vec<FeedRecord>,
    /// Rows of feeds and pages that were made again.
    pub(super) done_feeds: Vec<i64>,
    pub(super) done_pages: Vec<(i64, u32)>,
    /// What webhooks are told; none: there are none.
    pub(super) bulletin: Option<Bulletin>,
    pub(super) now: DateTime<Utc>,
    /// Whether everything is made again.
    pub(super) all: bool,
    /// When feeds lose a story by its age alone.
    pub(super) ages: Ages,
}

/// A file that was made.
pub(super) struct Laid {
    /// Place of the line of the report that it belongs to.
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) bytes: u64,
    /// None: nothing is published.
    pub(super) pressed: Option<Pressed>,
    /// A document of a partner feed that differs.
    pub(super) kept: Option<(PartnerDocument, Vec<u8>)>,
}

impl Laid {
    pub(super) fn new(
        press: &Press<'_>,
        line: usize,
        (feed, page): (&FeedPath, u32),
        name: &str,
        bytes: &[u8],
    ) -> Result<Self, PassError> {
        let pressed = press.lay(feed, page, name, bytes)?;
        let (name, bytes) = (name.to_owned(), bytes.len() as u64);
        Ok(Self { line, name, bytes, pressed, kept: None })
    }

    /// The same for a document of a partner feed.
    pub(super) fn kept(
        press: &Press<'_>,
        line: usize,
        spec: &FeedSpec,
        name: String,
        bytes: Vec<u8>,
    ) -> Self {
        let size = bytes.len() as u64;
        let kept = press.shelf.lay(spec, &name, bytes, press.now);
        Self { line, name, bytes: size, pressed: None, kept }
    }
}

impl<'a> Press<'a> {
    /// Before anything was published, and for nowhere.
    pub(super) fn bare(newsroom: &'a Newsroom<'a>, plan: &'a Plan, now: DateTime<Utc>) -> Self {
        Self {
            newsroom,
            plan,
            manifest: BTreeMap::new(),
            folder: None,
            alternates: HashMap::new(),
            files: BTreeMap::new(),
            records: plan.feeds.iter().map(|feed| feed.record.clone()).collect(),
            done_feeds: Vec::new(),
            done_pages: Vec::new(),
            bulletin: None,
            shelf: Shelf::default(),
            now,
            all: false,
            ages: Ages::new(),
        }
    }

    /// Removes temporary files of a build that was killed.
    async fn sweep(&self, store: &mut Store) -> Result<(), PassError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let killed = store.remembered(UNDER_WAY).await?.is_some_and(|text| text == "yes");
        if !killed && !self.manifest.is_empty() {
            return Ok(());
        }
        let mut names: Vec<String> = self.manifest.keys().cloned().collect();
        for feed in &self.plan.feeds {
            names.extend(
                moved::files(&feed.spec, &self.newsroom.moves).into_iter().map(|(name, _)| name),
            );
            names.push(feed.spec.path.file(&Format::Rss.archive_name(1)));
        }
        folder.sweep(names.iter().map(String::as_str))?;
        Ok(())
    }

    /// Feeds whose settings differ are made again, with their pages.
    async fn settings(&mut self, store: &mut Store) -> Result<(), PassError> {
        for (place, feed) in self.plan.feeds.iter().enumerate() {
            let (own, pages) = document::settings(self, feed);
            let record = &mut self.records[place];
            record.dirty |= record.settings != own;
            // Where a feed is lost, so are its pages: the folder is another one, or empty.
            let is_lost = feed
                .spec
                .formats
                .first()
                .is_some_and(|format| self.is_lost(&feed.spec.path.file(format.file_name())));
            let record = &mut self.records[place];
            if record.page_settings != pages || self.all || is_lost {
                store.soil_pages(record.id).await?;
            }
            record.settings = own;
            record.page_settings = pages;
        }
        Ok(())
    }

    /// Whether a feed is to be made again.
    fn is_due(&mut self, place: usize) -> bool {
        let feed = &self.plan.feeds[place];
        let record = &self.records[place];
        let lose_one = self.ages.get(&record.id).is_some_and(|due| *due <= self.now);
        if record.dirty || self.all || lose_one {
            return true;
        }
        if !feed.spec.is_public() {
            return !self.shelf.is_whole(&feed.spec);
        }
        let files = moved::files(&feed.spec, &self.newsroom.moves);
        !self.keep_files(&feed.spec.path, &files)
    }

    /// Says of feeds that were left alone what they carry, and brings all into their order.
    fn unchanged(&self, report: &mut Report) {
        let made: HashSet<&str> = report.feeds.iter().map(|line| line.feed.as_str()).collect();
        let left = self.plan.feeds.iter().zip(&self.records);
        let left = left.filter(|(feed, _)| !made.contains(feed.spec.path.as_str()));
        let lines: Vec<FeedReport> = left
            .map(|(feed, record)| {
                let of_feed = self.files.values().filter(|file| file.feed == feed.spec.path);
                FeedReport {
                    feed: feed.spec.path.to_string(),
                    entries: record.entries,
                    bytes: match feed.spec.is_public() {
                        true => of_feed.map(|file| file.size).max().unwrap_or_default(),
                        false => self.shelf.largest(&feed.spec),
                    },
                    ..FeedReport::default()
                }
            })
            .collect();
        report.feeds.extend(lines);
        report.feeds.sort_by(|a, b| a.feed.cmp(&b.feed));
    }

    /// Makes the archive pages that are to be made again.
    async fn pages(
        &mut self,
        store: &mut Store,
        renderer: &mut Renderer<'_>,
        report: &mut Report,
        progress: &Progress<'_>,
    ) -> Result<(), PassError> {
        let mut after = (0, 0);
        loop {
            let pages = store.dirty_pages(after, PAGES_TOGETHER).await?;
            let Some(last) = pages.last() else { return Ok(()) };
            after = (last.feed, last.number);
            progress("building archives", self.done_pages.len(), 0);
            let mut parts = Vec::with_capacity(pages.len());
            for page in &pages {
                let Some(place) = self.plan.place_of(page.feed) else { continue };
                let record = &self.records[place];
                self.done_pages.push((page.feed, page.number));
                // Closed pages stay true where archives are off now: they are out in the world.
                // Partner feeds have none, whatever they had before.
                if page.number >= record.open_page || !self.plan.feeds[place].spec.is_public() {
                    continue;
                }
                let candidates = self.on_page(store, page).await?;
                parts.push((place, page, candidates));
            }
            let wanted = parts.iter().flat_map(|(_, _, candidates)| candidates);
            renderer.freshen(store, wanted, report).await?;
            let mut documents = Vec::with_capacity(parts.len());
            for (place, page, candidates) in parts {
                let chosen = renderer.measured(candidates).into_iter();
                let chosen: Vec<_> = chosen.map(|c| (c, Choice::Carried)).collect();
                let record = &self.records[place];
                let follower = page.number + 1;
                let updated = document::newest_change(&chosen).max(page.left_at);
                if updated > page.left_at {
                    store.soil_page(page.feed, page.number, updated).await?;
                }
                let parts = Parts {
                    siblings: document::siblings(store, &chosen).await?,
                    updated,
                    buried: Vec::new(),
                    history: History {
                        page: Some(page.number),
                        prev: (page.number > 1).then(|| page.number - 1),
                        next: (follower < record.open_page).then_some(follower),
                    },
                    chosen,
                };
                let ids: Vec<i64> = parts.chosen.iter().map(|(c, _)| c.story.id).collect();
                let words = renderer.words(store, &ids).await?;
                let feed = &self.plan.feeds[place];
                let document = document::document(self, feed, parts, words);
                documents.push((place, page.number, document));
            }
            renderer.forget();
            let press = &*self;
            let laid: Result<Vec<Laid>, PassError> = documents
                .par_iter()
                .flat_map(|(place, number, document)| {
                    let path = &press.plan.feeds[*place].spec.path;
                    let formats = document.formats.par_iter().filter(|it| it.has_archive());
                    formats.map(move |format| {
                        let name = path.file(&format.archive_name(*number));
                        let bytes = format::write(document, *format);
                        Laid::new(press, 0, (path, *number), &name, &bytes)
                    })
                })
                .collect();
            for Laid { name, pressed, .. } in laid? {
                self.files.extend(pressed.map(|pressed| (name, pressed)));
            }
        }
    }

    /// The stories that a page shows, newest first.
    async fn on_page(&self, store: &mut Store, page: &Page) -> Result<Vec<Candidate>, PassError> {
        let mut candidates = store.on_page(page).await?;
        candidates.retain(|candidate| candidate.story.state == State::Live);
        for candidate in &mut candidates {
            rename_sections(&mut candidate.story, &self.newsroom.moves);
        }
        candidates.sort_by(|a, b| {
            let newest_first = b.story.published.cmp(&a.story.published);
            newest_first.then_with(|| a.story.guid.cmp(&b.story.guid))
        });
        Ok(candidates)
    }

    /// The files of every feed together: stylesheets, the list of feeds, the licence terms.
    fn furniture(&mut self) -> Result<(), PassError> {
        let newest = self.records.iter().filter_map(|record| record.updated).max();
        let opml = format::opml(&self.newsroom.site, &self.links(), newest);
        let root = FeedPath::root();
        self.stage(&root, 0, "feeds.opml", &opml)?;
        self.stage(&root, 0, "feed.css", format::FEED_CSS.as_bytes())?;
        self.stage(&root, 0, "page.css", format::PAGE_CSS.as_bytes())?;
        if let Some(terms) = format::license(&self.newsroom.site) {
            self.stage(&root, 0, Licensing::FILE, &terms)?;
        }
        Ok(())
    }

    /// The feeds that everybody may know of.
    pub(super) fn links(&self) -> Vec<FeedLink<'a>> {
        let link = |feed: &'a PlannedFeed| {
            let spec = &feed.spec;
            FeedLink {
                path: &spec.path,
                title: &spec.title,
                description: &spec.description,
                language: &spec.language,
                page: &feed.page,
                formats: &spec.formats,
                section: spec.section.as_ref(),
            }
        };
        self.plan.feeds.iter().filter(|feed| feed.spec.is_listed()).map(link).collect()
    }

    /// The same feed in other languages: `es/latam` is `latam` in Spanish.
    pub(super) fn alternates(&self, path: &FeedPath) -> Vec<Translation> {
        self.alternates.get(path).cloned().unwrap_or_default()
    }
}

/// Feeds that are the same in several languages, each with all of them.
fn alternates(newsroom: &Newsroom<'_>, plan: &Plan) -> HashMap<FeedPath, Vec<Translation>> {
    let mut by_base: BTreeMap<&str, Vec<&PlannedFeed>> = BTreeMap::new();
    for feed in plan.feeds.iter().filter(|feed| feed.spec.is_listed()) {
        let path = feed.spec.path.as_str();
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let is_language = first.eq_ignore_ascii_case(feed.spec.language.as_str());
        by_base.entry(if is_language { rest } else { path }).or_default().push(feed);
    }
    let mut alternates = HashMap::new();
    for feeds in by_base.into_values().filter(|feeds| feeds.len() > 1) {
        // A feed in all languages leaves its main one to the feed in that language alone.
        let has_own = |feed: &PlannedFeed| {
            let mut others = feeds.iter().filter(|other| other.record.kind == LANGUAGE);
            feed.record.kind != LANGUAGE
                && others.any(|it| it.spec.language.primary() == feed.spec.language.primary())
        };
        let same: Vec<_> = feeds
            .iter()
            .filter(|feed| !has_own(feed))
            .map(|feed| Translation {
                language: feed.spec.language.clone(),
                url: newsroom.site.address(&feed.spec.path.folder()),
            })
            .collect();
        alternates.extend(feeds.iter().map(|feed| (feed.spec.path.clone(), same.clone())));
    }
    alternates
}
