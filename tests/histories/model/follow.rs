//! A newsroom that is followed step by step, with everything that must hold after each step.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;

use super::{
    Hour, Model, Phase, Reach, Slot, State,
    folder::{Document, Folder, NAMES, differing, document, walk},
    history::{Action, Desk, Kind, Mishap, Step, marker},
    room::{Room, at, guid, order, slots_of},
};

/// A newsroom that is followed step by step.
pub(crate) struct Followed {
    kind: Kind,
    room: Room,
    model: Model,
    desk: Desk,
    now: Hour,
    latest: Hour,
    dates: BTreeMap<String, String>,
    before: Folder,
    /// Stories that something happened to since the last whole pass.
    touched: BTreeSet<Slot>,
    /// Pairs of translations that they are or were in.
    pairs: BTreeSet<u8>,
    /// Names that their files have or had.
    names: BTreeSet<u8>,
    /// Whether the configuration changed since.
    configured: bool,
    /// The feeds that there were then.
    planned: BTreeSet<String>,
}

impl Followed {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            room: Room::new(),
            model: Model::default(),
            desk: Desk::default(),
            now: 0,
            latest: 0,
            dates: BTreeMap::new(),
            before: Folder::new(),
            touched: BTreeSet::new(),
            pairs: BTreeSet::new(),
            names: BTreeSet::new(),
            configured: false,
            planned: BTreeSet::new(),
        }
    }

    pub(crate) fn step(&mut self, step: &Step) {
        self.now += step.jump;
        self.latest = self.latest.max(self.now);
        let (now, setup) = (self.now, self.desk.setup.clone());
        let mut acts: Vec<(Hour, Action)> = Vec::new();
        for op in &step.ops {
            for act in self.desk.act(op, &self.model, now) {
                self.touch(act.slot());
                self.model.act(&act, now);
                self.touch(act.slot());
                acts.push((now, act));
            }
        }
        for slot in self.model.due(now) {
            self.touch(slot);
        }
        self.configured |= setup != self.desk.setup;
        if setup.moved != self.desk.setup.moved {
            self.dates.clear(); // Another feed may stand at an address now.
        }
        let setup = self.desk.setup.clone();
        if let Some(mishap) = step.mishap {
            let result = self.room.failing_pass(&setup, &acts, &order(now, false), mishap);
            let reach = match (&result, mishap) {
                (Ok(_), _) | (Err(_), Mishap::Rename(_)) => Reach::Whole,
                (Err(_), Mishap::Folder(_)) => Reach::Decided,
            };
            self.model.pass(&setup, now, reach);
            acts.clear();
        }
        let all_at_once = self.room.copy(true);
        self.room.pass(&setup, &acts, &order(now, false)).expect("a pass");
        all_at_once.pass(&setup, &acts, &order(now, true)).expect("a full pass");
        let (step, all) = (self.room.published(), all_at_once.published());
        assert_eq!(differing(&step, &all), Vec::<String>::new(), "--full instead differs");
        self.model.pass(&setup, now, Reach::Whole);
        self.check();
    }

    fn touch(&mut self, slot: Slot) {
        self.touched.insert(slot);
        let story = self.model.stories.get(&slot);
        self.pairs.extend(story.and_then(|story| story.draft.pair));
        self.names.extend(story.map(|story| story.draft.name));
    }

    fn check(&mut self) {
        let folder = self.room.published();
        if self.kind != Kind::Guarded {
            self.nothing_leaks(&folder);
            for path in self.model.planned.clone() {
                self.feed(&folder, &path);
            }
            self.archives_keep_still(&folder);
        }
        self.others_come_to_the_same(&folder);
        self.before = folder;
        self.planned.clone_from(&self.model.planned);
        self.touched.clear();
        self.pairs.clear();
        self.names.clear();
        self.configured = false;
    }

    fn feed(&mut self, folder: &Folder, path: &str) {
        let exact = !matches!(self.kind, Kind::Sized | Kind::Moved);
        let entries = self.model.entries(path);
        let pages = self.model.pages(path);
        for name in NAMES {
            let file = file_of(path, name);
            let documents = walk(folder, &file);
            let (feed, older) = (&documents[0].1, &documents[1..]);
            let carried = slots_of(&feed.entries);
            if exact {
                assert_eq!(carried, entries, "what `{file}` carries");
            }
            if name == "atom.xml" {
                let tombstones: BTreeSet<Slot> = slots_of(&feed.tombstones).into_iter().collect();
                if exact {
                    let expected = self.model.tombstones(path);
                    assert_eq!(tombstones, expected, "tombstones of `{file}`");
                }
            }
            for (file, document) in &documents {
                self.date(file, document);
            }
            if !self.desk.setup.archives {
                assert!(older.is_empty(), "`{file}` leads to archives that are off");
                continue;
            }
            let shown: Vec<Vec<Slot>> =
                older.iter().rev().map(|(_, page)| slots_of(&page.entries)).collect();
            if exact {
                assert_eq!(shown, pages, "the archive pages of `{file}`");
            }
            let newer = older.iter().rev().skip(1).map(|(file, _)| file.clone()).map(Some);
            for ((file, page), newer) in older.iter().rev().zip(newer.chain([None])) {
                if name != "feed.json" {
                    assert_eq!(page.newer, newer, "what follows `{file}`");
                }
            }
            let mut met: BTreeMap<Slot, usize> = BTreeMap::new();
            let live = |slot: &&Slot| self.model.stories[slot].state == State::Live;
            for slot in carried.iter().filter(live).chain(shown.iter().flatten()) {
                *met.entry(*slot).or_default() += 1;
            }
            let inside = self.model.feeds[path].inside.iter().filter(live);
            for slot in inside {
                let times = met.remove(slot).unwrap_or_default();
                let most = if carried.contains(slot) { 2 } else { 1 };
                assert!((1..=most).contains(&times), "`{file}` shows {slot} {times} times");
            }
            assert_eq!(met, BTreeMap::new(), "`{file}` shows what is not in it");
        }
    }

    fn date(&mut self, file: &str, document: &Document) {
        let Some(date) = &document.updated else { return };
        let latest = at(self.latest);
        let instant = |date: &str| {
            DateTime::parse_from_rfc3339(date)
                .or_else(|_| DateTime::parse_from_rfc2822(date))
                .expect("a date")
        };
        assert!(instant(date) <= latest, "`{file}` is dated {date}, after {latest}");
        let before = self.dates.insert(file.to_owned(), date.clone());
        if let Some(before) = before {
            assert!(instant(date) >= instant(&before), "`{file}` fell from {before} to {date}");
        }
    }

    fn archives_keep_still(&self, folder: &Folder) {
        if self.configured {
            return;
        }
        for path in self.planned.intersection(&self.model.planned) {
            let feed = &self.model.feeds[path];
            for name in NAMES {
                let file = file_of(path, name);
                for (file, document) in walk(folder, &file).into_iter().skip(1) {
                    let Some(old) = self.before.get(&file) else { continue };
                    if old.bytes == folder[&file].bytes {
                        continue;
                    }
                    let before = self::document(&self.before, &file).expect("a page");
                    let number: usize = file
                        .rsplit_once('-')
                        .and_then(|(_, rest)| rest.split_once('.')?.0.parse().ok())
                        .expect("a number");
                    let gained = before.newer.is_none() && document.newer.is_some();
                    let own =
                        if self.kind == Kind::Sized { None } else { feed.pages.get(number - 1) };
                    let own = own.is_none_or(|page| {
                        page.iter().any(|slot| {
                            let draft = &self.model.stories[slot].draft;
                            self.touched.contains(slot)
                                || draft.pair.is_some_and(|pair| self.pairs.contains(&pair))
                                || draft.refers.is_some_and(|to| self.names.contains(&to.name))
                        })
                    });
                    assert!(gained || own, "`{file}` changed without cause");
                }
            }
        }
    }

    /// What is embargoed is nowhere; what is gone is only in tombstones.
    fn nothing_leaks(&self, folder: &Folder) {
        let planned = &self.model.planned;
        for (slot, story) in &self.model.stories {
            let word = marker(*slot);
            let buried = guid(*slot);
            if story.phase == Phase::Public && story.state == State::Live {
                continue;
            }
            for (name, file) in folder {
                let (feed, is_page) = feed_of(name);
                if !planned.contains(feed) {
                    continue; // The configuration doesn't explain it any more.
                }
                let text = String::from_utf8_lossy(&file.bytes);
                // Readers know that it was taken back, even if it is to come out another time.
                let was_buried = self.model.feeds[feed].buried.contains_key(slot);
                let mut text =
                    if was_buried { text.replace(&buried, "") } else { text.into_owned() };
                if story.phase == Phase::Public && !is_page {
                    // A notice stands under the title and the address of what was taken back.
                    text = text.replace(&format!("/{word}/"), "");
                    text = text.replace(&format!("of {word}"), "");
                }
                assert!(!text.contains(&word), "`{name}` mentions {slot}, {story:?}");
            }
        }
    }

    fn others_come_to_the_same(&self, folder: &Folder) {
        let (setup, now) = (self.desk.setup.clone(), self.now);
        // The same pass again, after a look ahead of which nothing is kept.
        self.room.look_ahead(&setup, now, now + 50);
        self.room.pass(&setup, &[], &order(now, false)).expect("a pass");
        let again = self.room.published();
        let wrote = again.iter().filter(|(name, file)| folder.get(*name) != Some(file));
        let wrote: Vec<&String> = wrote.map(|(name, _)| name).collect();
        assert_eq!(wrote, Vec::<&String>::new(), "a second pass writes");
        assert_eq!(again.len(), folder.len(), "a second pass removes");
        // Everything again, over what is there.
        let copy = self.room.copy(true);
        copy.pass(&setup, &[], &order(now, true)).expect("a full pass");
        assert_eq!(differing(folder, &copy.published()), Vec::<String>::new(), "--full differs");
        // Everything again, into an empty folder.
        let copy = self.room.copy(false);
        copy.pass(&setup, &[], &order(now, true)).expect("a full pass");
        let fresh = copy.published();
        let mut differing = differing(folder, &fresh);
        // What the configuration doesn't explain any more stays where it is.
        differing.retain(|name| {
            self.model.planned.contains(feed_of(name).0) && name != "nginx-moved.map"
        });
        assert_eq!(differing, Vec::<String>::new(), "--full into an empty folder differs");
    }
}

/// The place of a feed's file.
fn file_of(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

/// The feed that a file belongs to, and whether it is an archive page.
fn feed_of(file: &str) -> (&str, bool) {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    match folder.strip_suffix("archive") {
        Some(feed) => (feed.trim_end_matches('/'), true),
        None => (folder, false),
    }
}
