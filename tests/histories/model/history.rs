//! What can happen in a newsroom, at random.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use proptest::prelude::*;

use super::{Hour, Model, Slot, State, lineage};

/// Stories that a history is about.
pub(crate) const SLOTS: usize = 12;
pub(crate) const SECTIONS: [&str; 5] = ["a", "a/b", "a/c", "d", "e/f"];
/// Names of files; stories in several folders may share one.
const NAMES: u8 = 6;
const LANGUAGES: [&str; 3] = ["en", "es", "pt"];
/// Feeds by a rule, and how many rules each may have.
/// One stands where a section may be.
pub(crate) const RULES: [&str; 2] = ["rule", "a/c"];
const KINDS_OF_RULE: usize = 5;

/// A story as its source has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    /// Which version of its title.
    pub(crate) title: u32,
    /// Which version of its text, and how long that is.
    pub(crate) body: (u32, usize),
    pub(crate) published: Hour,
    pub(crate) expires: Option<Hour>,
    /// Its own `lastmod`.
    pub(crate) updated: Option<Hour>,
    pub(crate) sections: Vec<&'static str>,
    pub(crate) tagged: bool,
    pub(crate) language: &'static str,
    /// The pair of translations that it is one of.
    pub(crate) pair: Option<u8>,
    /// Which version of its correction.
    pub(crate) corrected: Option<u32>,
    /// How its file is named.
    pub(crate) name: u8,
    /// What its text refers to.
    pub(crate) refers: Option<Refers>,
}

/// How a text refers to another story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refers {
    /// The story whose file stands there; none: only the name is given.
    pub(crate) slot: Option<Slot>,
    /// The name of the file.
    pub(crate) name: u8,
}

/// Where a section was, and where it is now; nowhere: it was retired.
pub(crate) type Moved = (&'static str, Option<&'static str>);

/// The configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setup {
    pub(crate) limit: usize,
    /// Hours.
    pub(crate) window: Hour,
    pub(crate) max_bytes: u64,
    pub(crate) found: bool,
    pub(crate) archives: bool,
    pub(crate) summaries: bool,
    /// Whether there are feeds by language, and one for an aggregator.
    pub(crate) split: bool,
    /// Declared sections, with the version of the title.
    pub(crate) declared: BTreeMap<&'static str, u32>,
    pub(crate) site_title: u32,
    /// The rules of the feeds in [`RULES`], where there are such feeds.
    pub(crate) rules: [Option<usize>; 2],
    pub(crate) guard: usize,
    /// A section that moved or was retired.
    pub(crate) moved: Option<Moved>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            limit: 2,
            window: 0,
            max_bytes: 1 << 20,
            found: true,
            archives: true,
            summaries: false,
            split: true,
            declared: BTreeMap::new(),
            site_title: 0,
            rules: [None; 2],
            guard: 1000,
            moved: None,
        }
    }
}

impl Setup {
    pub(crate) fn named_feeds(&self) -> BTreeSet<String> {
        let declared = self.declared.keys().map(|section| (*section).to_owned());
        let rules = RULES.iter().zip(&self.rules).filter(|(_, rule)| rule.is_some());
        let rules = rules.map(|(path, _)| (*path).to_owned());
        declared.chain(rules).chain([String::new()]).collect()
    }

    /// A section under the name that it has now.
    pub(crate) fn renamed(&self, section: &str) -> String {
        match self.moved {
            Some((from, Some(to))) if lineage(section).iter().any(|above| above == from) => {
                format!("{to}{}", &section[from.len()..])
            }
            _ => section.to_owned(),
        }
    }

    /// Whether a feed wants a public story.
    pub(crate) fn wants(&self, path: &str, draft: &Draft) -> bool {
        let inside = |wanted: &str| {
            let mut sections = draft.sections.iter();
            sections.any(|section| lineage(&self.renamed(section)).iter().any(|s| s == wanted))
        };
        match RULES.iter().position(|rule| *rule == path).and_then(|place| self.rules[place]) {
            _ if path.is_empty() => true,
            Some(0) => draft.language == "es",
            Some(1) => draft.tagged,
            Some(2) => !draft.tagged,
            Some(3) => inside("a/b") || draft.language == "pt",
            Some(_) => inside("a") && draft.language != "es",
            None => inside(path),
        }
    }
}

/// What a person does.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    /// Lays down a story, or another in its place.
    Write(Slot, Draft),
    Retitle(Slot),
    Rewrite(Slot, usize),
    /// Hours from now.
    Redate(Slot, Hour),
    Expire(Slot, Option<Hour>),
    Touch(Slot, Option<Hour>),
    Move(Slot, Vec<&'static str>),
    Tag(Slot),
    Translate(Slot, &'static str),
    Pair(Slot, Option<u8>),
    Correct(Slot),
    Uncorrect(Slot),
    /// Gives its file another name.
    Rename(Slot, u8),
    Refer(Slot, Option<Refers>),
    Withdraw(Slot),
    Return(Slot),
    Retract(Slot, Option<Hour>, bool),
    Restore(Slot),
    Limit(usize),
    Window(Hour),
    MaxBytes(u64),
    Found(bool),
    Archives(bool),
    Summaries(bool),
    Split(bool),
    Declare(&'static str),
    Undeclare(&'static str),
    SiteTitle,
    Rule(usize, Option<usize>),
    Guard(usize),
    MoveFeed(Option<Moved>),
}

/// What becomes of it in the store.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    TakeIn(Slot, Draft),
    Withdraw(Slot),
    Retract { slot: Slot, notice: Option<Hour>, purge: bool },
    Restore(Slot, bool),
}

impl Action {
    /// The story that it happens to.
    pub(crate) fn slot(&self) -> Slot {
        match self {
            Self::TakeIn(slot, _)
            | Self::Withdraw(slot)
            | Self::Retract { slot, .. }
            | Self::Restore(slot, _) => *slot,
        }
    }
}

/// How a pass is kept from publishing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// The file at this place (modulo how many there are) can't be replaced.
    Rename(usize),
    /// A file stands where this folder should.
    Folder(usize),
}

/// Some things happen, then a pass is made.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// Hours that the clock moves before.
    pub(crate) jump: Hour,
    pub(crate) ops: Vec<Op>,
    pub(crate) mishap: Option<Mishap>,
}

/// What the sources have, and the configuration.
#[derive(Debug, Clone, Default)]
pub(crate) struct Desk {
    drafts: BTreeMap<Slot, Draft>,
    present: BTreeSet<Slot>,
    version: u32,
    pub(crate) setup: Setup,
}

impl Desk {
    /// An operation that isn't done counts all the same.
    pub(crate) fn skip(&mut self) {
        self.version += 1;
    }

    /// What an operation does to the store, and to the stories of the desk.
    pub(crate) fn act(&mut self, op: &Op, model: &Model, now: Hour) -> Vec<Action> {
        self.version += 1;
        let version = self.version;
        let state = |slot: &Slot| model.stories.get(slot).map(|story| story.state);
        let edit = |desk: &mut Self, slot: &Slot, change: &dyn Fn(&mut Draft)| {
            let Some(draft) = desk.drafts.get_mut(slot) else { return Vec::new() };
            change(draft);
            match desk.present.contains(slot) {
                true => vec![Action::TakeIn(*slot, draft.clone())],
                false => Vec::new(),
            }
        };
        match op {
            Op::Write(slot, draft) => {
                let hours = |at: Option<Hour>| at.map(|at| now + at);
                let draft = Draft {
                    published: now + draft.published,
                    expires: hours(draft.expires),
                    updated: hours(draft.updated),
                    title: version,
                    body: (version, draft.body.1),
                    corrected: draft.corrected.map(|_| version),
                    ..draft.clone()
                };
                self.drafts.insert(*slot, draft.clone());
                self.present.insert(*slot);
                vec![Action::TakeIn(*slot, draft)]
            }
            Op::Retitle(slot) => edit(self, slot, &|draft| draft.title = version),
            Op::Rewrite(slot, size) => edit(self, slot, &|draft| draft.body = (version, *size)),
            Op::Redate(slot, at) => edit(self, slot, &|draft| draft.published = now + at),
            Op::Expire(slot, at) => {
                edit(self, slot, &|draft| draft.expires = at.map(|at| now + at))
            }
            Op::Touch(slot, at) => edit(self, slot, &|draft| draft.updated = at.map(|at| now + at)),
            Op::Move(slot, to) => edit(self, slot, &|draft| draft.sections.clone_from(to)),
            Op::Tag(slot) => edit(self, slot, &|draft| draft.tagged = !draft.tagged),
            Op::Translate(slot, to) => edit(self, slot, &|draft| draft.language = to),
            Op::Pair(slot, pair) => edit(self, slot, &|draft| draft.pair = *pair),
            Op::Correct(slot) => edit(self, slot, &|draft| draft.corrected = Some(version)),
            Op::Uncorrect(slot) => edit(self, slot, &|draft| draft.corrected = None),
            Op::Rename(slot, name) => edit(self, slot, &|draft| draft.name = *name),
            Op::Refer(slot, refers) => edit(self, slot, &|draft| {
                (draft.body.0, draft.refers) = (version, *refers);
            }),
            Op::Withdraw(slot) => {
                let was_there = self.present.remove(slot);
                match was_there && state(slot) == Some(State::Live) {
                    true => vec![Action::Withdraw(*slot)],
                    false => Vec::new(),
                }
            }
            Op::Return(slot) => match self.drafts.get(slot) {
                Some(draft) if self.present.insert(*slot) => {
                    vec![Action::TakeIn(*slot, draft.clone())]
                }
                _ => Vec::new(),
            },
            Op::Retract(slot, notice, purge) if state(slot).is_some() => {
                vec![Action::Retract { slot: *slot, notice: *notice, purge: *purge }]
            }
            Op::Restore(slot) if state(slot) == Some(State::Retracted) => {
                let is_there = self.present.contains(slot);
                let restore = Action::Restore(*slot, is_there);
                match self.drafts.get(slot) {
                    Some(draft) if is_there => vec![restore, Action::TakeIn(*slot, draft.clone())],
                    _ => vec![restore],
                }
            }
            Op::Retract(..) | Op::Restore(_) => Vec::new(),
            _ => {
                self.configure(op, version);
                Vec::new()
            }
        }
    }

    fn configure(&mut self, op: &Op, version: u32) {
        let setup = &mut self.setup;
        match op {
            Op::Limit(limit) => setup.limit = *limit,
            Op::Window(window) => setup.window = *window,
            Op::MaxBytes(bytes) => setup.max_bytes = *bytes,
            Op::Found(found) => setup.found = *found,
            Op::Archives(archives) => setup.archives = *archives,
            Op::Summaries(summaries) => setup.summaries = *summaries,
            Op::Split(split) => setup.split = *split,
            Op::Declare(section) => {
                let has_moved = setup.moved.is_some_and(|moved| moved.0 == *section);
                let is_taken = *section == RULES[1] && setup.rules[1].is_some();
                if !has_moved && !is_taken {
                    setup.declared.insert(section, version);
                }
            }
            Op::Undeclare(section) => {
                setup.declared.remove(section);
            }
            Op::SiteTitle => setup.site_title = version,
            Op::Guard(guard) => setup.guard = *guard,
            Op::Rule(place, rule) => {
                setup.rules[*place] = *rule;
                setup.declared.remove(RULES[*place]);
            }
            Op::MoveFeed(moved) => {
                setup.moved = *moved;
                if let Some((from, _)) = moved {
                    setup.declared.remove(from);
                }
            }
            _ => {}
        }
    }
}

/// The id of a story; the order of ids is not that of rows.
pub(crate) fn id(slot: Slot) -> String {
    format!("{:02}-{}", slot * 7 % 13, marker(slot))
}

/// A word that stands in everything that a story says, and nowhere else.
pub(crate) fn marker(slot: Slot) -> String {
    format!("zq{slot:02}zq")
}

/// Which operations a history is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Stories alone.
    Stories,
    /// Stories and the configuration.
    All,
    /// All, and feeds that are cut short by their size.
    Sized,
    /// All, and a guard that holds back.
    Guarded,
    /// Stories, and sections that move.
    Moved,
}

/// Steps; a failing one is printed a step a line.
#[derive(Clone)]
pub(crate) struct History(pub(crate) Vec<Step>);

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| writeln!(f, "{step:?}"))
    }
}

/// Histories of that kind: how the newsroom is set up, then steps.
pub(crate) fn histories(kind: Kind) -> impl Strategy<Value = History> {
    let first = prop::collection::vec(setting(kind), 3..6);
    let quiet = |ops| Step { jump: 0, ops, mishap: None };
    // A newsroom at work has more stories than its feeds show.
    let write = |(slot, draft)| Op::Write(slot, draft);
    let stock = prop::collection::vec((0..SLOTS, draft()).prop_map(write), 0..SLOTS + 4);
    let rest = prop::collection::vec(step(kind), 1..14);
    (first, stock, rest).prop_map(move |(first, stock, rest)| {
        History([quiet(first), quiet(stock)].into_iter().chain(rest).collect())
    })
}

fn step(kind: Kind) -> impl Strategy<Value = Step> {
    let jump = prop_oneof![
        6 => 0..8_i64,
        2 => 8..40_i64,
        1 => Just(800_i64),
        1 => -30..0_i64,
    ];
    let op = match kind {
        Kind::Stories => editing().boxed(),
        _ => prop_oneof![5 => editing(), 1 => setting(kind)].boxed(),
    };
    let mishap = prop_oneof![
        8 => Just(None),
        1 => any::<usize>().prop_map(|place| Some(Mishap::Rename(place))),
        1 => any::<usize>().prop_map(|place| Some(Mishap::Folder(place))),
    ];
    (jump, prop::collection::vec(op, 0..5), mishap).prop_map(|(jump, ops, mishap)| Step {
        jump,
        ops,
        mishap,
    })
}

/// Hours around now, few enough that some are equal.
fn hours() -> impl Strategy<Value = Hour> {
    prop_oneof![
        4 => Just(0_i64),
        6 => (-12..0_i64).prop_map(|step| step * 4),
        2 => (-40..-12_i64).prop_map(|step| step * 12),
        2 => (1..10_i64).prop_map(|step| step * 4),
    ]
}

fn sections() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![
        1 => Just(Vec::new()),
        8 => prop::sample::subsequence(SECTIONS.to_vec(), 1..=2).prop_shuffle(),
        1 => prop::sample::subsequence(SECTIONS.to_vec(), 3).prop_shuffle(),
    ]
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![4 => Just(20_usize), 1 => Just(3000), 1 => Just(9000)]
}

prop_compose! {
    fn draft()(
        published in hours(),
        expires in prop::option::weighted(0.15, (-3..12_i64).prop_map(|step| step * 5)),
        updated in prop::option::weighted(0.15, (-6..6_i64).prop_map(|step| step * 5)),
        sections in sections(),
        tagged in any::<bool>(),
        language in prop::sample::select(LANGUAGES.to_vec()),
        pair in prop::option::weighted(0.3, 0..3_u8),
        corrected in prop::option::weighted(0.1, Just(0)),
        size in size(),
        (name, refers) in (0..NAMES, refers()),
    ) -> Draft {
        let (title, body) = (0, (0, size));
        Draft {
            title, body, published, expires, updated, sections, tagged, language, pair, corrected, name,
            refers,
        }
    }
}

fn refers() -> impl Strategy<Value = Option<Refers>> {
    let refers = (prop::option::weighted(0.4, 0..SLOTS), 0..NAMES);
    prop::option::weighted(0.4, refers.prop_map(|(slot, name)| Refers { slot, name }))
}

fn editing() -> impl Strategy<Value = Op> {
    let slot = || 0..SLOTS;
    prop_oneof![
        12 => (slot(), draft()).prop_map(|(slot, draft)| Op::Write(slot, draft)),
        1 => slot().prop_map(Op::Retitle),
        2 => (slot(), size()).prop_map(|(slot, size)| Op::Rewrite(slot, size)),
        3 => (slot(), hours()).prop_map(|(slot, at)| Op::Redate(slot, at)),
        1 => (slot(), prop::option::of(-3..12_i64)).prop_map(|(slot, at)| Op::Expire(slot, at)),
        1 => (slot(), prop::option::of(-9..9_i64)).prop_map(|(slot, at)| Op::Touch(slot, at)),
        3 => (slot(), sections()).prop_map(|(slot, to)| Op::Move(slot, to)),
        1 => slot().prop_map(Op::Tag),
        1 => (slot(), prop::sample::select(LANGUAGES.to_vec()))
            .prop_map(|(slot, to)| Op::Translate(slot, to)),
        1 => (slot(), prop::option::of(0..3_u8)).prop_map(|(slot, pair)| Op::Pair(slot, pair)),
        1 => slot().prop_map(Op::Correct),
        1 => slot().prop_map(Op::Uncorrect),
        3 => (slot(), 0..NAMES).prop_map(|(slot, name)| Op::Rename(slot, name)),
        2 => (slot(), refers()).prop_map(|(slot, refers)| Op::Refer(slot, refers)),
        3 => slot().prop_map(Op::Withdraw),
        3 => slot().prop_map(Op::Return),
        3 => (slot(), prop::option::of(1..30_i64), prop::bool::weighted(0.2))
            .prop_map(|(slot, notice, purge)| Op::Retract(slot, notice, purge)),
        2 => slot().prop_map(Op::Restore),
    ]
}

fn moves() -> impl Strategy<Value = Op> {
    let moves: Vec<Moved> = vec![
        ("d", Some("g")),
        ("a/b", Some("h/i")),
        ("d", Some("a/c")),
        ("a", Some("j")),
        ("d", None),
    ];
    prop::option::weighted(0.7, prop::sample::select(moves)).prop_map(Op::MoveFeed)
}

fn setting(kind: Kind) -> BoxedStrategy<Op> {
    if kind == Kind::Moved {
        let limit = (1..4_usize).prop_map(Op::Limit);
        let rule = (0..KINDS_OF_RULE).prop_map(|rule| Op::Rule(0, Some(rule)));
        return prop_oneof![1 => limit, 1 => rule, 4 => moves()].boxed();
    }
    let section = || prop::sample::select(SECTIONS.to_vec());
    let bytes = match kind {
        Kind::Sized => prop::sample::select(vec![1 << 20, 9_000, 14_000, 20_000]).boxed(),
        _ => Just(1 << 20).boxed(),
    };
    let guard = match kind {
        Kind::Guarded => (0..3_usize).boxed(),
        _ => Just(1000).boxed(),
    };
    prop_oneof![
        3 => (1..5_usize).prop_map(Op::Limit),
        2 => prop::sample::select(vec![0, 5, 12, 48]).prop_map(Op::Window),
        2 => bytes.prop_map(Op::MaxBytes),
        2 => guard.prop_map(Op::Guard),
        1 => any::<bool>().prop_map(Op::Found),
        1 => any::<bool>().prop_map(Op::Archives),
        1 => any::<bool>().prop_map(Op::Summaries),
        1 => any::<bool>().prop_map(Op::Split),
        2 => section().prop_map(Op::Declare),
        1 => section().prop_map(Op::Undeclare),
        1 => Just(Op::SiteTitle),
        2 => (0..2_usize, prop::option::weighted(0.8, 0..KINDS_OF_RULE))
            .prop_map(|(place, rule)| Op::Rule(place, rule)),
    ]
    .boxed()
}
