//! Settles which feeds there are: those of the configuration, and those that stories name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Newsroom, PassError, Report, choose, languages};
use crate::{
    source::{StoryFault, folder::Index},
    store::{FeedRecord, Store},
    story::{FeedPath, FeedSpec, Language, Move, SectionPath, Story, Title, Where},
};

/// What feeds of a section in one language are called.
pub(super) const LANGUAGE: &str = "language";
/// What made a feed that is for partners.
pub(super) const PARTNER: &str = "partner";

/// The feeds of this pass.
pub(super) struct Plan {
    /// The site-wide feed first, then by path.
    pub(super) feeds: Vec<PlannedFeed>,
    /// Feeds that were published and are not planned any more.
    pub(super) others: BTreeMap<FeedPath, FeedRecord>,
    pub(super) titles: SectionTitles,
    /// Feeds of one section, by that section.
    by_section: HashMap<SectionPath, usize>,
    /// Feeds of one section, or of the site, in one language.
    by_language: BTreeMap<Language, HashMap<Option<SectionPath>, usize>>,
    /// The languages that the newsroom names, if each has feeds of its own.
    split: Option<Vec<Language>>,
    /// Feeds whose rule must be tried on each story.
    by_rule: Vec<usize>,
    by_row: HashMap<i64, usize>,
}

pub(super) struct PlannedFeed {
    pub(super) spec: FeedSpec,
    /// What was decided about it.
    pub(super) record: FeedRecord,
    /// Page of the same stories on the site, or the twin.
    pub(super) page: String,
    /// Whether the rule differs from the one that its members were settled by.
    pub(super) has_new_rule: bool,
}

/// Titles of sections: the configuration's, else those of `_index` files, else made of the path.
#[derive(Debug, Default)]
pub(super) struct SectionTitles(BTreeMap<SectionPath, Title>);

impl SectionTitles {
    pub(super) fn of(&self, section: &SectionPath, language: &Language) -> String {
        let title = self.0.get(section).map(|title| title.in_language(language).to_owned());
        title.filter(|title| !title.is_empty()).unwrap_or_else(|| section.humanized())
    }

    /// The title that somebody wrote for a section.
    pub(super) fn written_for(&self, section: &SectionPath) -> Option<&Title> {
        self.0.get(section)
    }

    /// Each title as a text that differs when it does.
    pub(super) fn written(&self) -> BTreeMap<String, String> {
        let titles = self.0.iter();
        titles.map(|(section, title)| (section.to_string(), format!("{title:?}"))).collect()
    }
}

impl Plan {
    /// One feed alone, of which nothing was decided yet.
    pub(super) fn of_one(newsroom: &Newsroom<'_>, spec: FeedSpec) -> Self {
        let record = FeedRecord::new(spec.path.clone(), atom_id(newsroom, &spec.path), "rule");
        Self {
            feeds: vec![planned(newsroom, spec, record, "rule")],
            others: BTreeMap::new(),
            titles: section_titles(newsroom, &[]),
            by_section: HashMap::new(),
            by_language: BTreeMap::new(),
            split: newsroom.split_languages.clone(),
            by_rule: Vec::new(),
            by_row: HashMap::new(),
        }
    }

    /// The feeds that want a public story, by place.
    pub(super) fn wanting(&self, story: &Story) -> Vec<usize> {
        let sections = story.facts.sections.iter().flat_map(SectionPath::lineage);
        let mut wanting: Vec<usize> =
            sections.filter_map(|section| self.by_section.get(&section).copied()).collect();
        let language = self.split.as_deref();
        let language = language.and_then(|named| languages::feed_language(named, &story.language));
        if let Some(places) = language.and_then(|language| self.by_language.get(&language)) {
            let sections = story.facts.sections.iter().flat_map(SectionPath::lineage);
            let sections = sections.map(Some).chain([None]);
            wanting.extend(sections.filter_map(|section| places.get(&section).copied()));
        }
        let by_rule = self.by_rule.iter().copied();
        wanting.extend(by_rule.filter(|place| choose::holds(&self.feeds[*place].spec.rule, story)));
        wanting.sort_unstable();
        wanting.dedup();
        wanting
    }

    /// The place of the feed of a section.
    pub(super) fn of_section(&self, section: &SectionPath) -> Option<usize> {
        self.by_section.get(section).copied()
    }

    /// The feed with this row.
    pub(super) fn place_of(&self, feed: i64) -> Option<usize> {
        self.by_row.get(&feed).copied()
    }

    /// Adds the feed of a section that a story names, and those that the section had in single
    /// languages.
    pub(super) async fn add_found(
        &mut self,
        newsroom: &Newsroom<'_>,
        store: &mut Store,
        section: &SectionPath,
    ) -> Result<(), PassError> {
        let path = FeedPath::from(section);
        if self.is_taken(newsroom, &path) {
            return Ok(());
        }
        let title = self.index_title(newsroom, section);
        let spec = (newsroom.section_feed)(section, title.as_deref());
        let place = self.add(newsroom, store, spec, "found").await?;
        self.by_section.insert(section.clone(), place);
        if self.split.is_none() {
            return Ok(());
        }
        let known = self.others.values().filter(|record| record.kind == LANGUAGE);
        let known = known.filter_map(|record| languages::named_by(&record.path));
        let own = known.filter(|(of, _)| of.as_ref() == Some(section));
        let own: Vec<Language> = own.map(|(_, language)| language).collect();
        for language in own {
            self.add_language(newsroom, store, Some(section), &language).await?;
        }
        Ok(())
    }

    /// Adds the feed of a section (none: of the site) in a language.
    pub(super) async fn add_language(
        &mut self,
        newsroom: &Newsroom<'_>,
        store: &mut Store,
        section: Option<&SectionPath>,
        language: &Language,
    ) -> Result<(), PassError> {
        let known = self.by_language.get(language);
        let section = section.cloned();
        if known.is_some_and(|known| known.contains_key(&section)) {
            return Ok(());
        }
        let base = match &section {
            Some(section) => self.of_section(section),
            None => self.feeds.iter().position(|feed| feed.spec.path.is_root()),
        };
        let Some(base) = base.map(|place| &self.feeds[place].spec) else { return Ok(()) };
        let spec = languages::feed(newsroom, &self.titles, base, language);
        let Some(spec) = spec.filter(|spec| !self.is_taken(newsroom, &spec.path)) else {
            return Ok(());
        };
        let place = self.add(newsroom, store, spec, LANGUAGE).await?;
        self.by_language.entry(language.clone()).or_default().insert(section, place);
        Ok(())
    }

    fn is_taken(&self, newsroom: &Newsroom<'_>, path: &FeedPath) -> bool {
        newsroom.moves.iter().any(|moved| moved.from_feed().as_ref() == Some(path))
            || self.feeds.iter().any(|feed| feed.spec.path == *path)
    }

    /// Adds a feed that is new, or comes back; gives its place.
    async fn add(
        &mut self,
        newsroom: &Newsroom<'_>,
        store: &mut Store,
        spec: FeedSpec,
        kind: &str,
    ) -> Result<usize, PassError> {
        let record = match self.others.remove(&spec.path) {
            Some(record) => record,
            None => FeedRecord::new(spec.path.clone(), atom_id(newsroom, &spec.path), kind),
        };
        let mut feed = planned(newsroom, spec, record, kind);
        feed.has_new_rule = false;
        feed.record.rule = rule_digest(&feed.spec.rule, &newsroom.moves);
        store.keep_feed(&mut feed.record).await?;
        store.soil_pages(feed.record.id).await?;
        let place = self.feeds.len();
        self.by_row.insert(feed.record.id, place);
        self.feeds.push(feed);
        Ok(place)
    }

    fn index_title(&self, newsroom: &Newsroom<'_>, section: &SectionPath) -> Option<String> {
        let title = self.titles.0.get(section)?;
        Some(title.in_language(&newsroom.site.language).to_owned())
    }

    /// Brings the feeds into their order, after some were added.
    pub(super) fn sort(&mut self) {
        self.feeds.sort_by(|a, b| a.spec.path.cmp(&b.spec.path));
        self.index();
    }

    fn index(&mut self) {
        self.by_section.clear();
        self.by_language.clear();
        for (place, feed) in self.feeds.iter().enumerate() {
            if feed.record.kind == LANGUAGE {
                let of_language = self.by_language.entry(feed.spec.language.clone()).or_default();
                of_language.insert(feed.spec.section.clone(), place);
            }
            // Any other feed that carries one section alone leaves that section its own.
            if let (Some(own), Where::Section(sections)) = (&feed.spec.section, &feed.spec.rule)
                && sections.as_slice() == std::slice::from_ref(own)
            {
                self.by_section.insert(own.clone(), place);
            }
        }
        let rows = self.feeds.iter().enumerate();
        self.by_row = rows.map(|(place, feed)| (feed.record.id, place)).collect();
        let by_language = self.by_language.values().flat_map(HashMap::values);
        let kept: BTreeSet<usize> = self.by_section.values().chain(by_language).copied().collect();
        self.by_rule = (0..self.feeds.len()).filter(|place| !kept.contains(place)).collect();
    }
}

/// Puts together the feeds of the configuration, and those found before.
pub(super) async fn plan(
    newsroom: &Newsroom<'_>,
    store: &mut Store,
    indexes: &[Index],
) -> Result<Plan, PassError> {
    let mut others = moved_records(newsroom, store).await?;
    let titles = section_titles(newsroom, indexes);
    let index_title = |section: &SectionPath| {
        let title = titles.0.get(section)?.in_language(&newsroom.site.language);
        Some(title.to_owned())
    };
    let mut specs: BTreeMap<FeedPath, (FeedSpec, &'static str)> = BTreeMap::new();
    for spec in &newsroom.feeds {
        let spec = match &spec.section {
            Some(section) if !newsroom.section_titles.contains_key(section) => {
                (newsroom.section_feed)(section, index_title(section).as_deref())
            }
            _ => spec.clone(),
        };
        let kind = match (&spec.section, spec.path.is_root()) {
            _ if !spec.is_public() => PARTNER,
            (Some(_), _) => "section",
            (None, true) => "site",
            (None, false) => "rule",
        };
        specs.insert(spec.path.clone(), (spec, kind));
    }
    if newsroom.sections_are_found {
        let moved: BTreeSet<FeedPath> = newsroom.moves.iter().filter_map(Move::from_feed).collect();
        let found = others.values().filter(|record| record.kind == "found");
        let found: Vec<SectionPath> = found.filter_map(|record| record.path.section()).collect();
        for section in found {
            let path = FeedPath::from(&section);
            if moved.contains(&path) || specs.contains_key(&path) {
                continue;
            }
            let spec = (newsroom.section_feed)(&section, index_title(&section).as_deref());
            specs.insert(path, (spec, "found"));
        }
    }
    if newsroom.split_languages.is_some() {
        let moved: BTreeSet<FeedPath> = newsroom.moves.iter().filter_map(Move::from_feed).collect();
        let known = others.values().filter(|record| record.kind == LANGUAGE);
        for path in known.map(|record| &record.path) {
            let named = languages::named_by(path).filter(|_| !moved.contains(path));
            let Some((section, language)) = named else { continue };
            let base = section.as_ref().map_or_else(FeedPath::root, FeedPath::from);
            // A feed by another rule may stand where the section's own would.
            let is_its_own = |spec: &FeedSpec| spec.section == section && spec.is_public();
            let base = specs.get(&base).filter(|(base, _)| is_its_own(base));
            let Some((base, _)) = base.filter(|_| !specs.contains_key(path)) else {
                continue;
            };
            let spec = languages::feed(newsroom, &titles, base, &language);
            specs.extend(spec.map(|spec| (path.clone(), (spec, LANGUAGE))));
        }
    }
    let mut feeds = Vec::with_capacity(specs.len());
    for (path, (spec, kind)) in specs {
        let record = match others.remove(&path) {
            Some(record) => record,
            None => FeedRecord::new(path.clone(), atom_id(newsroom, &path), kind),
        };
        let before = record.clone();
        let mut feed = planned(newsroom, spec, record, kind);
        if feed.record != before || feed.record.id == 0 {
            store.keep_feed(&mut feed.record).await?;
        }
        feeds.push(feed);
    }
    // A feed without a place in the configuration isn't followed. It begins anew if it comes back.
    for record in others.values_mut().filter(|record| !record.rule.is_empty()) {
        record.rule.clear();
        store.keep_feed(record).await?;
        store.empty_feed(record.id).await?;
    }
    let mut plan = Plan {
        feeds,
        others,
        titles,
        by_section: HashMap::new(),
        by_language: BTreeMap::new(),
        split: newsroom.split_languages.clone(),
        by_rule: Vec::new(),
        by_row: HashMap::new(),
    };
    plan.index();
    Ok(plan)
}

fn planned(
    newsroom: &Newsroom<'_>,
    spec: FeedSpec,
    mut record: FeedRecord,
    kind: &str,
) -> PlannedFeed {
    let page = spec.page.clone().unwrap_or_else(|| match spec.is_public() {
        true => newsroom.site.address(&spec.path.folder()),
        false => newsroom.site.url.to_string(), // A partner feed has no twin.
    });
    kind.clone_into(&mut record.kind);
    record.retired = None;
    let has_new_rule = record.rule != rule_digest(&spec.rule, &newsroom.moves);
    PlannedFeed { spec, record, page, has_new_rule }
}

/// What was decided about feeds; one whose feed moved goes along, so that identity, members and
/// archive pages go on at the new place.
async fn moved_records(
    newsroom: &Newsroom<'_>,
    store: &mut Store,
) -> Result<BTreeMap<FeedPath, FeedRecord>, PassError> {
    let mut records = store.feeds().await?;
    for moved in &newsroom.moves {
        let (Some(from), Some(to)) = (moved.from_feed(), &moved.to) else { continue };
        if records.contains_key(to) {
            continue;
        }
        if let Some(mut record) = records.remove(&from) {
            record.path = to.clone();
            record.dirty = true;
            store.keep_feed(&mut record).await?;
            store.soil_pages(record.id).await?;
            records.insert(to.clone(), record);
        }
    }
    Ok(records)
}

/// Digest of everything by which a feed's members are chosen.
pub(super) fn rule_digest(rule: &Where, moves: &[Move]) -> String {
    let mut sections = Vec::new();
    named_in(rule, &mut sections);
    let touching: Vec<_> = choose::section_moves(moves)
        .filter(|(from, to)| {
            let near = |a: &SectionPath, b: &SectionPath| a.contains(b) || b.contains(a);
            sections.iter().any(|section| near(section, from) || near(section, to))
        })
        .collect();
    let digest = blake3::hash(format!("{rule:?} {touching:?}").as_bytes());
    digest.to_hex()[..32].to_owned()
}

fn named_in(rule: &Where, sections: &mut Vec<SectionPath>) {
    match rule {
        Where::Section(named) => sections.extend(named.iter().cloned()),
        Where::All(rules) | Where::Any(rules) => {
            for rule in rules {
                named_in(rule, sections);
            }
        }
        Where::Not(rule) => named_in(rule, sections),
        _ => {}
    }
}

/// Where sections are declared, a story in another one is a fault (and stays in the site feed).
pub(super) async fn report_undeclared(
    newsroom: &Newsroom<'_>,
    store: &mut Store,
    report: &mut Report,
) -> Result<(), PassError> {
    if newsroom.sections_are_found {
        return Ok(());
    }
    let declared: Vec<&SectionPath> =
        newsroom.feeds.iter().filter_map(|spec| spec.section.as_ref()).collect();
    for (section, source, path) in store.undeclared().await? {
        let nearest = declared
            .iter()
            .map(|known| (strsim::damerau_levenshtein(known.as_str(), &section), known.as_str()));
        let meant = nearest.min().filter(|(distance, _)| *distance <= 3);
        let fix = match meant {
            Some((_, name)) => format!("did you mean `{name}`? Else declare it as a [[section]]"),
            None => "declare it as a [[section]], or set `sections = \"found\"`".to_owned(),
        };
        let root = newsroom.sources.iter().find(|known| known.name == source);
        report.faults.push(StoryFault {
            file: root
                .map_or_else(|| format!("the {source} story {path}"), |known| known.shown(&path)),
            line: None,
            what: format!(
                "the section `{section}` isn't declared: no feed of its own carries the story"
            ),
            fix,
        });
    }
    Ok(())
}

/// The sections that a story names and that have no feed, where sections are declared.
pub(super) fn undeclared_sections<'s>(
    newsroom: &Newsroom<'_>,
    story: &'s Story,
) -> impl Iterator<Item = &'s SectionPath> {
    story.facts.sections.iter().filter(|section| {
        let declared = newsroom.feeds.iter().any(|spec| spec.section.as_ref() == Some(*section));
        let retired = newsroom.moves.iter().any(|moved| {
            let from = moved.from_feed().and_then(|path| path.section());
            moved.to.is_none() && from.is_some_and(|from| from.contains(section))
        });
        !declared && !retired
    })
}

pub(super) fn section_titles(newsroom: &Newsroom<'_>, indexes: &[Index]) -> SectionTitles {
    let mut titles: BTreeMap<SectionPath, BTreeMap<Language, String>> = BTreeMap::new();
    for index in indexes {
        if let Some(section) = &index.section {
            let language = index.language.clone().unwrap_or(newsroom.site.language.clone());
            titles.entry(section.clone()).or_default().insert(language, index.title.clone());
        }
    }
    let mut titles: BTreeMap<SectionPath, Title> =
        titles.into_iter().map(|(section, texts)| (section, Title::ByLanguage(texts))).collect();
    titles.extend(newsroom.section_titles.clone());
    SectionTitles(titles)
}

/// The Atom id of a new feed: its address, or that of the feed which moved to it.
fn atom_id(newsroom: &Newsroom<'_>, path: &FeedPath) -> String {
    let mut to_here = newsroom.moves.iter().filter(|moved| moved.to.as_ref() == Some(path));
    let first = to_here.find_map(Move::from_feed);
    newsroom.site.address(&first.as_ref().unwrap_or(path).folder())
}
