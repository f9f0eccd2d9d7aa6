//! Stories whose hour is yet to come, and stories that come in with an hour long past.
//!
//! `FEEDWRIGHT_CASES=1000` tries as many other schedules instead of the few that are always tried.

use std::collections::BTreeSet;

use crate::model::{
    Hour, Model, Reach, Slot, config,
    folder::{Folder, differing, walk},
    history::{Action, Desk, Draft, Kind, Op, SLOTS, Setup, Step, histories},
    room::{Room, order, slots_of},
};
use proptest::prelude::*;

/// Later than any history ends.
const FAR: Hour = 100_000;

/// One of two newsrooms that differ in embargoed stories alone.
#[derive(Default)]
struct Twin {
    model: Model,
    desk: Desk,
}

impl Twin {
    fn pass(&mut self, room: &Room, ops: &[Option<Op>], now: Hour) -> Folder {
        let mut acts = Vec::new();
        for op in ops {
            let Some(op) = op else {
                self.desk.skip();
                continue;
            };
            for act in self.desk.act(op, &self.model, now) {
                self.model.act(&act, now);
                acts.push((now, act));
            }
        }
        let setup = self.desk.setup.clone();
        room.pass(&setup, &acts, &order(now, false)).expect("a pass");
        self.model.pass(&setup, now, Reach::Whole);
        room.published()
    }
}

/// What happens to a story under embargo: the same, but for its hour.
fn embargoed(op: &Op, now: Hour) -> Op {
    match op {
        Op::Write(slot, draft) => {
            let published = FAR - now + draft.published;
            Op::Write(*slot, Draft { published, ..draft.clone() })
        }
        Op::Redate(slot, at) => Op::Redate(*slot, FAR - now + at),
        op => op.clone(),
    }
}

fn slot_of(op: &Op) -> Option<Slot> {
    match op {
        Op::Write(slot, _)
        | Op::Retitle(slot)
        | Op::Rewrite(slot, _)
        | Op::Redate(slot, _)
        | Op::Expire(slot, _)
        | Op::Touch(slot, _)
        | Op::Move(slot, _)
        | Op::Tag(slot)
        | Op::Translate(slot, _)
        | Op::Pair(slot, _)
        | Op::Correct(slot)
        | Op::Uncorrect(slot)
        | Op::Rename(slot, _)
        | Op::Refer(slot, _)
        | Op::Withdraw(slot)
        | Op::Return(slot)
        | Op::Retract(slot, ..)
        | Op::Restore(slot) => Some(*slot),
        _ => None,
    }
}

fn no_byte_differs(steps: &[Step], secret: &BTreeSet<Slot>) {
    let (knowing, plain) = (Room::new(), Room::new());
    let (mut one, mut other, mut now) = (Twin::default(), Twin::default(), 0);
    for step in steps {
        now += step.jump;
        let is_secret = |op: &&Op| slot_of(op).is_some_and(|slot| secret.contains(&slot));
        let ops = step.ops.iter();
        let all =
            ops.clone().map(|op| if is_secret(&op) { embargoed(op, now) } else { op.clone() });
        let public = ops.map(|op| (!is_secret(&op)).then(|| op.clone()));
        let with = one.pass(&knowing, &all.map(Some).collect::<Vec<_>>(), now);
        let without = other.pass(&plain, &public.collect::<Vec<_>>(), now);
        assert_eq!(differing(&with, &without), Vec::<String>::new(), "an embargo shows");
    }
}

proptest! {
    #![proptest_config(config(20))]

    #[test]
    fn no_byte_differs_because_of_a_story_whose_hour_lies_ahead(
        steps in histories(Kind::All),
        secret in prop::collection::btree_set(0..SLOTS, 1..5),
    ) {
        no_byte_differs(&steps.0, &secret);
    }

    #[test]
    fn no_byte_of_a_feed_cut_short_by_its_size_differs_because_of_an_embargo(
        steps in histories(Kind::Sized),
        secret in prop::collection::btree_set(0..SLOTS, 1..5),
    ) {
        no_byte_differs(&steps.0, &secret);
    }
}

/// A newsroom at work, into which old stories come.
struct Import {
    room: Room,
    setup: Setup,
    now: Hour,
}

impl Import {
    /// Forty recent stories, a feed of ten.
    fn at_work() -> (Self, Folder) {
        let setup = Setup { limit: 10, ..Setup::default() };
        let import = Self { room: Room::new(), setup, now: 0 };
        let recent: Vec<_> = (0..40).zip(-40..0).collect();
        for few in recent.chunks(7) {
            import.take_in(few);
        }
        let folder = import.room.published();
        (import, folder)
    }

    fn take_in(&self, stories: &[(Slot, Hour)]) {
        let draft = |slot: Slot, published: Hour| Draft {
            title: 0,
            body: (0, 20),
            published,
            expires: None,
            updated: None,
            sections: if slot.is_multiple_of(2) { vec!["a"] } else { vec!["a/b", "d"] },
            tagged: false,
            language: "en",
            pair: None,
            corrected: None,
            name: 0,
            refers: None,
        };
        let acts =
            stories.iter().map(|(slot, at)| (self.now, Action::TakeIn(*slot, draft(*slot, *at))));
        let acts: Vec<_> = acts.collect();
        self.room.pass(&self.setup, &acts, &order(self.now, false)).expect("a pass");
    }
}

#[test]
fn a_thousand_backdated_stories_are_in_the_archives_and_in_no_feed() {
    for together in [1000, 130] {
        let (import, before) = Import::at_work();
        let old: Vec<_> = (40..1040).zip((0..).map(|count| -5000 - count * 7919 % 3000)).collect();
        for some in old.chunks(together) {
            import.take_in(some);
        }
        let after = import.room.published();
        for feed in ["", "a/", "a/b/", "d/"] {
            for name in ["atom.xml", "rss.xml", "feed.json"] {
                let file = format!("{feed}{name}");
                let (then, now) = (walk(&before, &file), walk(&after, &file));
                assert_eq!(then[0].1.entries, now[0].1.entries, "the entries of `{file}`");
                let met: Vec<Slot> =
                    now[1..].iter().flat_map(|(_, page)| slots_of(&page.entries)).collect();
                let each: BTreeSet<Slot> = met.iter().copied().collect();
                assert_eq!(met.len(), each.len(), "`{file}` shows a story on two pages");
                let wanted = |slot: &Slot| match feed {
                    "" | "a/" => true,
                    _ => !slot.is_multiple_of(2),
                };
                let old = (40..1040).filter(wanted);
                assert!(old.clone().all(|slot| each.contains(&slot)), "`{file}` leads to all");
                // The newest of the pages that were there is followed by others now.
                for (page, _) in then.iter().skip(2) {
                    assert_eq!(before[page], after[page], "`{page}` was full");
                }
            }
        }
    }
}
