//! The real thing: a store, a feeds folder, and passes at any instant.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use feedwright::{
    pass::{self, Aim, Newsroom, Order, PassError, Report},
    store::{Address, Outcome, Purge, Retraction, Store, SyncContext, Whereabouts},
    story::{
        Access, ContentMode, Correction, Facts, FeedPath, FeedSpec, Format, Guid, Incoming,
        Language, Licensing, Limits, Markup, Move, Profile, RawText, SectionPath, Site, Title,
        Where,
    },
};
use tempfile::TempDir;

use super::{
    Hour, Slot,
    folder::{Folder, snapshot},
    history::{Action, Draft, Mishap, RULES, Setup, id, marker},
};

pub(crate) const FEEDS_URL: &str = "https://feeds.gazette.example/";
const HOST: &str = "www.gazette.example";
const SOURCE: &str = "desk";
/// 2026-03-01T00:00:00Z.
const BEGINNING: i64 = 1_772_323_200;

pub(crate) struct Room {
    folder: TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Room {
    pub(crate) fn new() -> Self {
        // Nothing here is to outlive a power cut: memory spares the disk thousands of fsyncs.
        let memory = Path::new("/dev/shm");
        let folder = match memory.is_dir() {
            true => tempfile::tempdir_in(memory),
            false => tempfile::tempdir(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Self { folder: folder.expect("a folder"), runtime: runtime.expect("a runtime") }
    }

    /// Another one with the same store, and with the same feeds folder where that is wanted.
    pub(crate) fn copy(&self, with_feeds: bool) -> Self {
        let copy = Self::new();
        for entry in fs::read_dir(self.folder.path()).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let name = path.file_name().expect("a name");
                fs::copy(&path, copy.folder.path().join(name)).expect("a copy");
            }
        }
        for (name, file) in self.published().iter().filter(|_| with_feeds) {
            let to = copy.feeds().join(name);
            fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
            fs::write(to, &file.bytes).expect("a copy");
        }
        copy
    }

    pub(crate) fn feeds(&self) -> PathBuf {
        self.folder.path().join("feeds")
    }

    pub(crate) fn published(&self) -> Folder {
        snapshot(&self.feeds())
    }

    /// Looks ahead: at the plan of a pass, and at everything as it would be at another hour.
    pub(crate) fn look_ahead(&self, setup: &Setup, now: Hour, then: Hour) {
        let plan = Order { aim: Aim::Plan, ..order(now, false) };
        self.pass(setup, &[], &plan).expect("a plan");
        let aim = Aim::Preview(self.folder.path().join("preview"));
        self.pass(setup, &[], &Order { aim, ..order(then, false) }).expect("a preview");
    }

    pub(crate) fn store(&self) -> Store {
        let address = Address::File(self.folder.path().join("stories.db"));
        self.runtime.block_on(Store::open(&address)).expect("a store")
    }

    /// Does these things to the store, then makes a pass.
    pub(crate) fn pass(
        &self,
        setup: &Setup,
        acts: &[(Hour, Action)],
        order: &Order,
    ) -> Result<Report, PassError> {
        let mut store = self.store();
        self.runtime.block_on(async {
            for (now, act) in acts {
                self.act(&mut store, act, *now).await;
            }
            let newsroom = newsroom(setup, &self.feeds());
            pass::run(&newsroom, store, order, &|_, _, _| {}).await
        })
    }

    async fn act(&self, store: &mut Store, act: &Action, now: Hour) {
        let now = at(now);
        match act {
            Action::TakeIn(slot, draft) => {
                let mut known = store.known(SOURCE).await.expect("stories");
                let same_text = |old: &RawText, new: &RawText, _: &str| old == new;
                let context = SyncContext {
                    source: SOURCE,
                    host: HOST,
                    now,
                    keeps_public: false,
                    same_text: &same_text,
                };
                let mut batch = [incoming(*slot, draft)];
                let taken = store.take_in(&mut batch, &mut known, &|_| false, context).await;
                let taken = taken.expect("a store that works");
                assert!(!matches!(taken[0], Outcome::Refused { .. }), "{taken:?}");
            }
            Action::Withdraw(slot) => {
                let story = find(store, *slot).await;
                store.withdraw(&[story.id], now).await.expect("a withdrawal");
            }
            Action::Retract { slot, notice, purge } => {
                let story = find(store, *slot).await;
                let notice = notice
                    .map(|hours| ("We took this back.".to_owned(), now + TimeDelta::hours(hours)));
                let retraction = Retraction { notice, purge: purge.then_some(Purge::All) };
                store.retract(&story, &retraction, now).await.expect("a retraction");
            }
            Action::Restore(slot, is_there) => {
                let story = find(store, *slot).await;
                let whereabouts = if *is_there { Whereabouts::Stored } else { Whereabouts::Gone };
                store.restore(&story, whereabouts, now).await.expect("a story given back");
            }
        }
    }

    /// Makes a pass that is kept from publishing, and clears the way again.
    pub(crate) fn failing_pass(
        &self,
        setup: &Setup,
        acts: &[(Hour, Action)],
        order: &Order,
        mishap: Mishap,
    ) -> Result<Report, PassError> {
        let files: Vec<String> = self.published().into_keys().collect();
        let files: Vec<&String> = match mishap {
            Mishap::Rename(_) => files.iter().filter(|name| name.contains('.')).collect(),
            Mishap::Folder(_) => files.iter().filter(|name| name.contains('/')).collect(),
        };
        if files.is_empty() {
            return self.pass(setup, acts, order);
        }
        let aside = self.folder.path().join("aside");
        let blocked = match mishap {
            Mishap::Rename(place) => {
                let file = self.feeds().join(files[place % files.len()]);
                fs::rename(&file, &aside).expect("a file set aside");
                fs::create_dir_all(file.join("in the way")).expect("a folder");
                file
            }
            Mishap::Folder(place) => {
                let file = self.feeds().join(files[place % files.len()]);
                let folder = file.parent().expect("a parent").to_owned();
                fs::rename(&folder, &aside).expect("a folder set aside");
                fs::write(&folder, "in the way").expect("a file");
                folder
            }
        };
        let result = self.pass(setup, acts, order);
        match mishap {
            Mishap::Rename(_) => fs::remove_dir_all(&blocked),
            Mishap::Folder(_) => fs::remove_file(&blocked),
        }
        .expect("the way is clear");
        fs::rename(&aside, &blocked).expect("what was set aside");
        // The connection of a pass that failed is closed in its own time; the last one to go takes
        // the log along.
        let log = self.folder.path().join("stories.db-wal");
        while log.exists() {
            self.runtime.block_on(self.store().close()).expect("a store that closes");
        }
        result
    }
}

async fn find(store: &mut Store, slot: Slot) -> feedwright::story::Story {
    let guid = Guid::kept(guid(slot));
    store.by_guid(&[guid]).await.expect("stories").into_iter().next().expect("a stored story")
}

pub(crate) fn at(hour: Hour) -> DateTime<Utc> {
    DateTime::from_timestamp(BEGINNING + hour * 3600, 0).expect("an instant")
}

pub(crate) fn order(now: Hour, full: bool) -> Order {
    Order { full, ..Order::at(at(now)) }
}

pub(crate) fn guid(slot: Slot) -> String {
    Incoming::own_guid(HOST, &id(slot)).to_string()
}

fn language(tag: &str) -> Language {
    tag.parse().expect("a language")
}

pub(crate) fn incoming(slot: Slot, draft: &Draft) -> Incoming {
    let word = marker(slot);
    let (version, size) = draft.body;
    let filling = format!("{word} and so on. ").repeat(size / 20);
    let target = draft.refers.map(|refers| match refers.slot {
        Some(slot) => path_of(slot, refers.name),
        None => format!("name-{}", refers.name),
    });
    let link = target.map(|target| format!(" [See]({{{{< ref \"{target}\" >}}}})."));
    let link = link.unwrap_or_default();
    let corrected = draft.corrected.map(|version| Correction {
        text: format!("An earlier version ({version}) of {word} was wrong."),
        date: None,
    });
    Incoming {
        key: format!("id:{}", id(slot)),
        path: path_of(slot, draft.name),
        guid: Some(Guid::kept(guid(slot))),
        mint_path: word.clone(),
        digest: format!("{draft:?}"),
        url: format!("https://{HOST}/{word}/"),
        title: format!("Title {} of {word}", draft.title),
        language: language(draft.language),
        published: Some(at(draft.published)),
        updated: draft.updated.map(at),
        expires: draft.expires.map(at),
        facts: Facts {
            sections: draft.sections.iter().map(|section| path(section)).collect(),
            tags: if draft.tagged { vec!["special".into()] } else { Vec::new() },
            translation_key: draft.pair.map(|pair| format!("pair-{pair}")),
            correction: corrected,
            ..Facts::default()
        },
        text: RawText {
            markup: Markup::Markdown,
            text: format!("Text {version} of {word}.{link}\n\n{filling}\n"),
        },
    }
}

/// Where the file of a story stands; the folder is its own.
fn path_of(slot: Slot, name: u8) -> String {
    format!("folder-{slot}/name-{name}.md")
}

fn path(section: &str) -> SectionPath {
    section.parse().expect("a section")
}

/// What a configuration comes to.
pub(crate) fn newsroom(setup: &Setup, folder: &Path) -> Newsroom<'static> {
    let spec = |at: &str, title: String, section: Option<SectionPath>, rule: Where| FeedSpec {
        path: at.parse::<FeedPath>().expect("a path"),
        description: format!("About {title}"),
        title,
        language: language("en"),
        page: None,
        image: None,
        section,
        rule,
        limits: Limits {
            entries: setup.limit,
            window: Duration::from_secs(u64::try_from(setup.window * 3600).expect("hours")),
            max_bytes: setup.max_bytes,
        },
        formats: vec![Format::Rss, Format::Atom, Format::Json],
        content: if setup.summaries { ContentMode::Summary } else { ContentMode::Full },
        ttl_minutes: 15,
        profile: None,
        logo: None,
        access: Access::Public,
    };
    let of_section = move |setup: &Setup, at: &SectionPath| {
        let title = match setup.declared.get(at.as_str()) {
            Some(version) => format!("Section {at} {version}"),
            None => at.humanized(),
        };
        (title, Some(at.clone()), Where::Section(vec![at.clone()]))
    };
    let mut feeds =
        vec![spec("", format!("Gazette {}", setup.site_title), None, Where::everything())];
    for section in setup.declared.keys() {
        let (title, of, rule) = of_section(setup, &path(section));
        feeds.push(spec(section, title, of, rule));
    }
    for (place, rule) in setup.rules.iter().enumerate() {
        if let Some(kind) = rule {
            feeds.push(spec(RULES[place], format!("Rule {place}"), None, rule_of(*kind)));
        }
    }
    if setup.split {
        feeds.push(FeedSpec {
            profile: Some(Profile::Msn),
            formats: vec![Format::Rss],
            content: ContentMode::Full,
            ..spec("partner", "For MSN".to_owned(), None, Where::everything())
        });
    }
    let declared = |(section, version): (&&str, &u32)| {
        (path(section), Title::Plain(format!("Section {section} {version}")))
    };
    let section_titles: BTreeMap<_, _> = setup.declared.iter().map(declared).collect();
    let moved = setup.moved.iter().map(|(from, to)| Move {
        from: (*from).to_owned(),
        to: to.map(|to| to.parse().expect("a path")),
    });
    let (moves, archives) = (moved.collect(), setup.archives);
    let found = setup.clone();
    let template = feeds[0].clone();
    Newsroom {
        site: site(setup),
        feeds,
        section_feed: Box::new(move |at, _| {
            let (title, section, rule) = of_section(&found, at);
            let description = format!("About {title}");
            let path = FeedPath::from(at);
            FeedSpec { path, title, description, section, rule, ..template.clone() }
        }),
        sections_are_found: setup.found,
        section_titles,
        section_descriptions: BTreeMap::new(),
        split_languages: setup.split.then(Vec::new),
        moves,
        sources: Vec::new(),
        folder: folder.to_owned(),
        archives,
        guard: setup.guard,
        news_sitemap: false,
        edits_every: chrono::TimeDelta::zero(),
        webhooks: Vec::new(),
    }
}

fn rule_of(kind: usize) -> Where {
    let spanish = || Where::Language(vec![language("es")]);
    let special = || Where::Tag(vec!["special".into()]);
    match kind {
        0 => spanish(),
        1 => special(),
        2 => Where::Not(Box::new(special())),
        3 => Where::Any(vec![
            Where::Section(vec![path("a/b")]),
            Where::Language(vec![language("pt")]),
        ]),
        _ => Where::All(vec![Where::Section(vec![path("a")]), Where::Not(Box::new(spanish()))]),
    }
}

fn site(setup: &Setup) -> Site {
    Site {
        title: format!("The Gazette {}", setup.site_title),
        description: "News".into(),
        url: format!("https://{HOST}/").parse().expect("an address"),
        feeds_url: FEEDS_URL.parse().expect("an address"),
        language: language("en"),
        time_zone: "UTC".parse().expect("a zone"),
        copyright: None,
        editor: None,
        webmaster: None,
        icon: None,
        favicon: None,
        logo: None,
        cover: None,
        accent_color: None,
        image: None,
        license: None,
        usage_terms: None,
        rsl: Licensing::default(),
        hubs: Vec::new(),
    }
}

/// The slots of these guids.
pub(crate) fn slots_of(guids: &[String]) -> Vec<Slot> {
    let slot = |guid: &String| guid.split("zq").nth(1)?.parse().ok();
    guids.iter().map(|guid| slot(guid).expect("a story's guid")).collect()
}
