//! Settles which feeds there are: those of the configuration, and those that stories name.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{Newsroom, PassError, Report};
use crate::{
    source::{StoryFault, folder::Index},
    store::{FeedRecord, Store},
    story::{FeedPath, FeedSpec, Language, SectionPath, Title},
};

/// The feeds of this pass.
pub(super) struct Plan {
    /// The site-wide feed first, then by path.
    pub(super) feeds: Vec<PlannedFeed>,
    /// What was decided and published before.
    pub(super) records: BTreeMap<FeedPath, FeedRecord>,
    pub(super) titles: SectionTitles,
}

pub(super) struct PlannedFeed {
    pub(super) spec: FeedSpec,
    pub(super) kind: &'static str,
    pub(super) atom_id: String,
    /// Page of the same stories on the site, or the twin.
    pub(super) page: String,
}

/// Titles of sections: the configuration's, else those of `_index` files, else made of the path.
#[derive(Debug, Default)]
pub(super) struct SectionTitles(BTreeMap<SectionPath, Title>);

impl SectionTitles {
    pub(super) fn of(&self, section: &SectionPath, language: &Language) -> String {
        let title = self.0.get(section).map(|title| title.in_language(language).to_owned());
        title.filter(|title| !title.is_empty()).unwrap_or_else(|| section.humanized())
    }
}

pub(super) async fn settle(
    newsroom: &Newsroom<'_>,
    store: &mut Store,
    indexes: &[Index],
    now: DateTime<Utc>,
    report: &mut Report,
) -> Result<Plan, PassError> {
    let records = store.feeds().await?;
    let titles = section_titles(newsroom, indexes);
    let mut specs: BTreeMap<FeedPath, (FeedSpec, &'static str)> = BTreeMap::new();
    let index_title = |section: &SectionPath| {
        let title = titles.0.get(section)?.in_language(&newsroom.site.language);
        Some(title.to_owned())
    };
    for spec in &newsroom.feeds {
        let spec = match &spec.section {
            Some(section) if !newsroom.section_titles.contains_key(section) => {
                (newsroom.section_feed)(section, index_title(section).as_deref())
            }
            _ => spec.clone(),
        };
        let kind = match (&spec.section, spec.path.is_root()) {
            (Some(_), _) => "section",
            (None, true) => "site",
            (None, false) => "rule",
        };
        specs.insert(spec.path.clone(), (spec, kind));
    }
    let moved: BTreeSet<FeedPath> =
        newsroom.moves.iter().filter_map(crate::story::Move::from_feed).collect();
    let named = named_sections(newsroom, store, now).await?;
    match newsroom.sections_are_found {
        true => {
            let before = records.values().filter(|record| record.kind == "found");
            let before = before.filter_map(|record| record.path.section());
            let found: BTreeSet<SectionPath> =
                named.iter().flat_map(|(section, _)| section.lineage()).chain(before).collect();
            for section in found {
                let path = FeedPath::from(&section);
                if moved.contains(&path) || specs.contains_key(&path) {
                    continue;
                }
                let title = index_title(&section);
                let spec = (newsroom.section_feed)(&section, title.as_deref());
                specs.insert(path, (spec, "found"));
            }
        }
        false => undeclared(newsroom, store, &named, report).await?,
    }
    let feeds = specs.into_values().map(|(spec, kind)| {
        let atom_id = atom_id(newsroom, &records, &spec.path);
        let twin = || newsroom.site.address(&spec.path.folder());
        let page = spec.page.clone().unwrap_or_else(twin);
        PlannedFeed { spec, kind, atom_id, page }
    });
    Ok(Plan { feeds: feeds.collect(), records, titles })
}

/// Sections that public stories name, under their present names; whether they name it themselves.
async fn named_sections(
    newsroom: &Newsroom<'_>,
    store: &mut Store,
    now: DateTime<Utc>,
) -> Result<Vec<(SectionPath, bool)>, PassError> {
    let mut sections = store.sections(now).await?;
    for moved in &newsroom.moves {
        let from = moved.from_feed().and_then(|path| path.section());
        if let Some((from, to)) = from.zip(moved.to.as_ref().and_then(FeedPath::section)) {
            for (section, _) in &mut sections {
                *section = section.moved(&from, &to);
            }
        }
    }
    Ok(sections)
}

/// Where sections are declared, a story in another one is a fault (and stays in the site feed).
async fn undeclared(
    newsroom: &Newsroom<'_>,
    store: &mut Store,
    named: &[(SectionPath, bool)],
    report: &mut Report,
) -> Result<(), PassError> {
    let declared: Vec<&SectionPath> =
        newsroom.feeds.iter().filter_map(|spec| spec.section.as_ref()).collect();
    for (section, own) in named {
        let retired = newsroom.moves.iter().any(|moved| {
            let from = moved.from_feed().and_then(|path| path.section());
            moved.to.is_none() && from.is_some_and(|from| from.contains(section))
        });
        if !own || retired || declared.contains(&section) {
            continue;
        }
        let nearest = declared.iter().map(|known| {
            (strsim::damerau_levenshtein(known.as_str(), section.as_str()), known.as_str())
        });
        let meant = nearest.min().filter(|(distance, _)| *distance <= 3);
        let fix = match meant {
            Some((_, name)) => format!("did you mean `{name}`? Else declare it as a [[section]]"),
            None => "declare it as a [[section]], or set `sections = \"found\"`".to_owned(),
        };
        for (source, path) in store.named_in(section).await? {
            let root = newsroom.sources.iter().find(|known| known.name == source);
            report.faults.push(StoryFault {
                file: root.map_or_else(
                    || format!("the {source} story {path}"),
                    |known| known.shown(&path),
                ),
                line: None,
                what: format!(
                    "the section `{section}` isn't declared: no feed of its own carries the story"
                ),
                fix: fix.clone(),
            });
        }
    }
    Ok(())
}

fn section_titles(newsroom: &Newsroom<'_>, indexes: &[Index]) -> SectionTitles {
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

/// A feed keeps its Atom id, and takes that of the feed which moved to it.
fn atom_id(
    newsroom: &Newsroom<'_>,
    records: &BTreeMap<FeedPath, FeedRecord>,
    path: &FeedPath,
) -> String {
    if let Some(record) = records.get(path) {
        return record.atom_id.clone();
    }
    let sources = || {
        let to_here = newsroom.moves.iter().filter(|moved| moved.to.as_ref() == Some(path));
        to_here.filter_map(crate::story::Move::from_feed)
    };
    let kept = sources().find_map(|from| records.get(&from)).map(|record| record.atom_id.clone());
    kept.unwrap_or_else(|| {
        let first = sources().next();
        newsroom.site.address(&first.as_ref().unwrap_or(path).folder())
    })
}
