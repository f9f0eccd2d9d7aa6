//! A pass looks at what changed: step by step must come to what all at once does, to what the
//! design says, and to what readers can walk.
//!
//! `FEEDWRIGHT_CASES=1000` tries as many other histories instead of the few that are always tried.

use crate::model::{
    Hour, Model, Reach, Slot, State, config,
    follow::Followed,
    history::{Desk, Draft, Kind, Op, Refers, Step, histories},
};
use proptest::prelude::*;

fn follow(kind: Kind, steps: &[Step]) {
    let mut newsroom = Followed::new(kind);
    for step in steps {
        newsroom.step(step);
    }
}

/// What the design decides holds together by itself, without a store or a file.
fn decide(steps: &[Step]) {
    let (mut model, mut desk, mut now) = (Model::default(), Desk::default(), 0);
    for step in steps {
        now += step.jump;
        for op in &step.ops {
            for act in desk.act(op, &model, now) {
                model.act(&act, now);
            }
        }
        let before = model.clone();
        model.pass(&desk.setup, now, Reach::Whole);
        let mut again = model.clone();
        again.pass(&desk.setup, now, Reach::Whole);
        for path in &model.planned {
            let live = |slot: &Slot| model.stories[slot].state == State::Live;
            let (feed, pages) = (&model.feeds[path], model.pages(path));
            assert_eq!(again.entries(path), model.entries(path), "decided twice");
            assert_eq!(again.pages(path), pages, "decided twice");
            if let Some(before) = before.feeds.get(path) {
                assert!(feed.pages.starts_with(&before.pages), "a closed page stays");
            }
            let entries = model.entries(path);
            for slot in feed.inside.iter().filter(|slot| live(slot) && desk.setup.archives) {
                let times = pages.iter().flatten().filter(|other| *other == slot).count();
                assert!(times <= 1 && (times == 1 || entries.contains(slot)), "{path}: {slot}");
            }
        }
    }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn what_a_pass_decides_is_decided_once_and_all_that_is_public_can_be_reached(
        steps in histories(Kind::All),
    ) {
        decide(&steps.0);
    }
}

proptest! {
    #![proptest_config(config(7))]

    #[test]
    fn stories_come_and_go_step_by_step_as_all_at_once(steps in histories(Kind::Stories)) {
        follow(Kind::Stories, &steps.0);
    }

    #[test]
    fn stories_and_the_configuration_change_step_by_step_as_all_at_once(
        steps in histories(Kind::All),
    ) {
        follow(Kind::All, &steps.0);
    }

    #[test]
    fn feeds_cut_short_by_their_size_change_step_by_step_as_all_at_once(
        steps in histories(Kind::Sized),
    ) {
        follow(Kind::Sized, &steps.0);
    }

    #[test]
    fn sections_move_step_by_step_as_all_at_once(steps in histories(Kind::Moved)) {
        follow(Kind::Moved, &steps.0);
    }

    #[test]
    fn what_the_guard_holds_back_is_held_step_by_step_as_all_at_once(
        steps in histories(Kind::Guarded),
    ) {
        follow(Kind::Guarded, &steps.0);
    }
}

#[test]
fn a_section_that_is_declared_no_more_keeps_the_feeds_of_its_languages() {
    let first = Draft { expires: Some(5), ..draft(0, &["d"]) };
    let in_spanish = Draft { language: "es", ..draft(0, &["d"]) };
    follow(
        Kind::All,
        &steps(vec![
            vec![Op::Declare("d"), Op::Write(0, first)],
            vec![Op::Write(0, in_spanish)],
            vec![Op::Undeclare("d")],
            vec![],
        ]),
    );
}

#[test]
fn a_text_leads_to_a_story_when_its_hour_has_come_and_until_it_is_over() {
    let refers = |slot| Some(Refers { slot, name: 0 });
    let comes = Draft { expires: Some(4), ..draft(2, &["a"]) };
    let later = Draft { name: 1, ..draft(-9, &[]) };
    follow(
        Kind::Stories,
        &steps(vec![
            vec![Op::Limit(1), Op::Write(0, Draft { refers: refers(None), ..draft(-5, &[]) })],
            vec![Op::Write(1, comes), Op::Write(2, Draft { refers: refers(Some(1)), ..later })],
            vec![Op::Write(3, Draft { refers: refers(None), name: 2, ..draft(-7, &["d"]) })],
            vec![],
            vec![Op::Rename(0, 3)], // It shared the name of the other one.
            vec![],
            vec![Op::Expire(1, None)],
        ]),
    );
}

/// A short story.
fn draft(published: Hour, sections: &[&'static str]) -> Draft {
    Draft {
        title: 0,
        body: (0, 20),
        published,
        expires: None,
        updated: None,
        sections: sections.to_vec(),
        tagged: false,
        language: "en",
        pair: None,
        corrected: None,
        name: 0,
        refers: None,
    }
}

fn steps(steps: Vec<Vec<Op>>) -> Vec<Step> {
    let step = |ops| Step { jump: 1, ops, mishap: None };
    steps.into_iter().map(step).collect()
}

#[test]
fn a_story_that_comes_back_below_what_its_feed_shows_leaves_no_tombstone_there() {
    follow(
        Kind::Stories,
        &steps(vec![
            vec![Op::Limit(1), Op::Write(0, draft(-10, &[])), Op::Write(1, draft(-5, &[]))],
            vec![Op::Write(2, draft(-3, &[]))],
            vec![Op::Withdraw(0)],
            vec![Op::Return(0)],
        ]),
    );
}

#[test]
fn a_story_that_comes_back_below_what_its_feed_shows_is_on_an_archive_page() {
    follow(
        Kind::Stories,
        &steps(vec![
            vec![Op::Limit(2), Op::Write(0, draft(-4, &[])), Op::Write(1, draft(-3, &[]))],
            vec![Op::Write(2, draft(-2, &[])), Op::Write(3, draft(-2, &[]))],
            vec![Op::Write(4, draft(-1, &[]))],
            vec![Op::Expire(4, Some(0))],
            vec![Op::Redate(4, -40), Op::Expire(4, None)],
        ]),
    );
}

#[test]
fn what_was_a_translation_of_a_purged_story_names_it_no_more() {
    let pair = |section| Draft { pair: Some(1), ..draft(-3, &[section]) };
    follow(
        Kind::Stories,
        &steps(vec![
            vec![Op::Write(0, pair("a")), Op::Write(1, pair("d"))],
            vec![Op::Retract(0, None, true)],
        ]),
    );
}

#[test]
fn a_text_that_becomes_short_makes_room_at_once() {
    let long = Draft { body: (0, 9000), ..draft(-20, &[]) };
    let first = vec![Op::Limit(8), Op::MaxBytes(14_000)];
    let writes = (0..8).map(|slot| Op::Write(slot, long.clone()));
    follow(
        Kind::Sized,
        &steps(vec![
            first.into_iter().chain(writes).collect(),
            (0..8).map(|slot| Op::Rewrite(slot, 20)).collect(),
        ]),
    );
}

#[test]
fn stories_of_one_instant_are_settled_on_pages_in_one_order() {
    let writes = (0..7).map(|slot| Op::Write(slot, Draft { language: "es", ..draft(-3, &["a"]) }));
    let first = std::iter::once(Op::Limit(2)).chain(writes).collect();
    follow(Kind::All, &steps(vec![first, vec![Op::Rule(0, Some(0))], vec![Op::Archives(false)]]));
}
