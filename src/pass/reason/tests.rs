//! One test per reason.

use super::*;
use crate::story::{Access, ContentMode, Facts, FeedPath, Limits, Where};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn day(day: u32) -> DateTime<Utc> {
    at(&format!("2026-01-{day:02}T12:00:00Z"))
}

fn section(text: &str) -> SectionPath {
    text.parse().expect("a section")
}

/// A public story of the third of January, in `latam/security`.
fn story() -> Story {
    Story {
        id: 3,
        guid: Guid::kept("tag:x,2026:3"),
        source: "desk".to_owned(),
        key: "path:latam/3.md".to_owned(),
        path: "latam/3.md".to_owned(),
        revision: 1,
        url: "https://www.gazette.example/3/".to_owned(),
        title: "Day 3".to_owned(),
        language: "en".parse().expect("a language"),
        published: day(3),
        updated: day(3),
        expires: None,
        state: State::Live,
        phase: Phase::Public,
        changed: day(3),
        leaves: None,
        notice: None,
        raised: None,
        size: 10,
        facts: Facts { sections: vec![section("latam/security")], ..Facts::default() },
    }
}

fn spec(section: Option<SectionPath>, rule: Where) -> FeedSpec {
    FeedSpec {
        path: section.as_ref().map_or_else(FeedPath::root, FeedPath::from),
        title: "Feed".to_owned(),
        description: String::new(),
        language: "en".parse().expect("a language"),
        page: None,
        image: None,
        section,
        rule,
        limits: Limits { entries: 2, window: Duration::from_hours(48), max_bytes: 20_000 },
        formats: vec![Format::Rss, Format::Atom],
        content: ContentMode::Full,
        ttl_minutes: 15,
        profile: None,
        logo: None,
        access: Access::Public,
    }
}

fn latam() -> FeedSpec {
    spec(Some(section("latam")), Where::Section(vec![section("latam")]))
}

fn order(number: u32) -> OrderKey {
    OrderKey { published: day(number), guid: Guid::kept(format!("tag:x,2026:{number}")) }
}

/// A case: the feed carries the stories of `carried`, and stops before that of `floor`.
struct Case {
    story: Story,
    spec: FeedSpec,
    carried: Vec<u32>,
    floor: Option<u32>,
    rank: usize,
    page: Option<u32>,
    inside: Option<bool>,
    open_page: Option<u32>,
    held: bool,
    due: Option<&'static str>,
    choice: Choice,
    fault: Option<&'static str>,
}

fn case() -> Case {
    Case {
        story: story(),
        spec: latam(),
        carried: vec![4, 3],
        floor: None,
        rank: 1,
        page: None,
        inside: Some(true),
        open_page: Some(1),
        held: false,
        due: None,
        choice: Choice::Carried,
        fault: None,
    }
}

impl Case {
    #[track_caller]
    fn expect(self, inside: bool, reason: Reason, text: &str) -> Explanation {
        let member = self.inside.map(|inside| Member {
            story: self.story.id,
            feed: 1,
            published: self.story.published,
            guid: self.story.guid.clone(),
            inside,
            page: self.page,
            raised: self.story.raised,
        });
        let carried: Vec<Carried> = self
            .carried
            .iter()
            .map(|number| Carried { key: order(*number), title: format!("Day {number}") })
            .collect();
        let floor = self.floor.map(order);
        let evidence = Evidence {
            story: &self.story,
            spec: &self.spec,
            now: day(20),
            due: self.due,
            held: self.held,
            member: member.as_ref(),
            carried: &carried,
            rank: self.rank,
            floor: floor.as_ref(),
            open_page: self.open_page,
            choice: self.choice,
            fault: self.fault.map(str::to_owned),
            violation: None,
        };
        let explanation = evidence.explanation();
        assert_eq!(explanation.text, text);
        assert_eq!((explanation.inside, explanation.reason), (inside, reason));
        explanation
    }
}

#[test]
fn it_is_among_the_newest() {
    case().expect(true, Reason::Limit, "in, place 2 of 2: it is among the newest 2");
}

#[test]
fn it_is_within_the_window_beyond_the_newest() {
    let case = Case { carried: vec![5, 4, 3], rank: 2, ..case() };
    let text = "in, place 3 of 3: beyond the newest 2, it is less than 2d older than the newest";
    case.expect(true, Reason::Window, text);
}

#[test]
fn a_correction_lifts_it() {
    let story = Story { raised: Some(day(9)), ..story() };
    let case = Case { story, carried: vec![9, 8, 3], floor: Some(7), rank: 6, ..case() };
    let text = "in, place 3 of 3: a correction of 2026-01-09 12:00:00 UTC lifts it, until the \
        feed's newest entry is later than 2026-01-11 12:00:00 UTC";
    case.expect(true, Reason::Correction, text);
}

#[test]
fn its_text_is_too_large() {
    let case = Case { choice: Choice::SummaryOnly, ..case() };
    let text = "in, place 2 of 2: with its summary only, since its text is larger than a feed of \
        20000 bytes (`max_bytes`) can hold";
    case.expect(true, Reason::Size, text);
}

#[test]
fn a_notice_stands_in_its_place() {
    let taken_back = || Story {
        state: State::Retracted,
        changed: day(10),
        notice: Some("Taken back.".to_owned()),
        leaves: Some(at("2026-02-09T12:00:00Z")),
        ..story()
    };
    let text = "in, place 2 of 2: a notice stands in its place until 2026-02-09 12:00:00 UTC; it \
        was retracted on 2026-01-10 12:00:00 UTC";
    let said = Case { story: taken_back(), ..case() }.expect(true, Reason::Notice, text);
    assert_eq!(said.details, ["notice: Taken back."]);

    let story = Story { url: String::new(), title: String::new(), ..taken_back() };
    let case = Case { story, spec: spec(None, Where::everything()), ..case() };
    case.expect(true, Reason::Notice, &format!("{text}, and its text was purged"));
}

#[test]
fn it_was_retracted() {
    let story = Story { state: State::Retracted, phase: Phase::Gone, changed: day(10), ..story() };
    let text = "it was retracted on 2026-01-10 12:00:00 UTC";
    let gone = || Case { story: story.clone(), carried: vec![4], inside: Some(false), ..case() };
    gone().expect(false, Reason::Retracted, &format!("not in: {text}"));
    let purged = Story { url: String::new(), ..story.clone() };
    let text_of_purged = format!("not in: {text}, and its text was purged");
    Case { story: purged, ..gone() }.expect(false, Reason::Retracted, &text_of_purged);

    let due = Some("the story was changed after the last one");
    let said = Case { story: story.clone(), due, ..case() }.expect(
        true,
        Reason::Retracted,
        &format!("in, place 2 of 2: {text}; it leaves at the next build"),
    );
    assert_eq!(said.details, ["a build is due: the story was changed after the last one"]);
}

#[test]
fn it_was_withdrawn() {
    let story = Story { state: State::Withdrawn, phase: Phase::Gone, changed: day(10), ..story() };
    let text = "not in: it was withdrawn on 2026-01-10 12:00:00 UTC, since `latam/3.md` was gone \
        or no story any more";
    Case { story, carried: vec![4], ..case() }.expect(false, Reason::Withdrawn, text);
}

#[test]
fn its_hour_lies_ahead() {
    let story = Story { phase: Phase::Pending, published: day(25), ..story() };
    let text = "not in: it is published on 2026-01-25 12:00:00 UTC, which lies ahead";
    let case = Case { story, carried: vec![4], inside: None, ..case() };
    case.expect(false, Reason::Embargo, text);

    let story = Story { phase: Phase::Pending, published: day(19), ..self::story() };
    let text = "not in: its hour came on 2026-01-19 12:00:00 UTC, and no build has been made since";
    let due = Some("the story's hour has come");
    let case = Case { story, due, carried: vec![4], inside: None, ..self::case() };
    let said = case.expect(false, Reason::Build, text);
    assert_eq!(said.details, [""; 0], "said once");
}

#[test]
fn it_expired() {
    let story = Story { phase: Phase::Gone, expires: Some(day(5)), ..story() };
    let text = "not in: it expired on 2026-01-05 12:00:00 UTC";
    Case { story, carried: vec![4], ..case() }.expect(false, Reason::Expiry, text);

    let story = Story { expires: Some(day(5)), ..self::story() };
    let text =
        "in, place 2 of 2: it expired on 2026-01-05 12:00:00 UTC; it leaves at the next build";
    Case { story, due: Some("the story's hour has come"), ..self::case() }.expect(
        true,
        Reason::Expiry,
        text,
    );
}

#[test]
fn it_is_in_another_section() {
    let sport = || spec(Some(section("sport")), Where::Section(vec![section("sport")]));
    let out = || Case { spec: sport(), carried: vec![4], inside: None, ..case() };
    let text = "not in: its sections are `latam/security`, and the feed carries `sport`";
    out().expect(false, Reason::Section, text);

    let story = Story { facts: Facts::default(), ..story() };
    let text = "not in: it names no section, and the feed carries `sport`";
    Case { story, ..out() }.expect(false, Reason::Section, text);
}

#[test]
fn the_rule_does_not_want_it() {
    let rule = Where::Language(vec!["es".parse().expect("a language")]);
    let case = Case { spec: spec(None, rule), carried: vec![4], inside: None, ..case() };
    let text = "not in: the feed's rule doesn't want it: `language = \"es\"`: the story is `en`";
    case.expect(false, Reason::Rule, text);
}

#[test]
fn the_guard_keeps_it() {
    let rule = Where::Tag(vec!["ports".to_owned()]);
    let case = Case { spec: spec(None, rule), held: true, ..case() };
    let text = "in, place 2 of 2: the guard keeps it though the feed's rule doesn't want it: `tag = \
        \"ports\"`: the story has no tag; `feedwright build --accept` lets it go";
    case.expect(true, Reason::Held, text);
}

#[test]
fn it_is_older_than_what_the_feed_carries() {
    let old = || Case { carried: vec![9, 8], floor: Some(6), rank: 5, ..case() };
    let text = "not in: it ends with `Day 8` of 2026-01-08 12:00:00 UTC: it carries the newest 2, and \
        what is less than 2d older than the newest";
    let said = Case { open_page: None, ..old() }.expect(false, Reason::Limit, text);
    assert_eq!(said.details, ["no archive pages are kept"]);
    assert_eq!(said.page, None);

    let said = Case { page: Some(3), open_page: Some(3), ..old() };
    let said = said.expect(false, Reason::Limit, text);
    assert_eq!(said.details, ["its archive page is still being filled, and has no file yet"]);

    let with_page = format!("{text}; it is on archive page 2 (`latam/archive/atom-0002.xml`)");
    let said = Case { page: Some(2), open_page: Some(3), ..old() };
    let said = said.expect(false, Reason::Limit, &with_page);
    assert_eq!(said.page.as_deref(), Some("latam/archive/atom-0002.xml"));
}

#[test]
fn what_is_lifted_is_not_where_the_feed_ends() {
    // A correction of the second is carried beyond the floor.
    let case = Case { carried: vec![9, 8, 2], floor: Some(6), rank: 5, open_page: None, ..case() };
    let text = "not in: it ends with `Day 8` of 2026-01-08 12:00:00 UTC: it carries the newest 2, and \
        what is less than 2d older than the newest";
    case.expect(false, Reason::Limit, text);
}

#[test]
fn there_is_no_room_for_it() {
    let text = "not in: it ends with `Day 4` of 2026-01-04 12:00:00 UTC: its 20000 bytes \
        (`max_bytes`) are full";
    let case = Case { carried: vec![4], floor: Some(3), open_page: None, ..case() };
    case.expect(false, Reason::Size, text);
    // Beyond the limit too, but within the window.
    let case = Case { carried: vec![4], floor: Some(3), rank: 2, open_page: None, ..self::case() };
    case.expect(false, Reason::Size, text);
}

#[test]
fn its_text_cannot_be_rendered() {
    let out = || Case { carried: vec![4], ..case() };
    let text = "not in: its text can't be rendered";
    out().expect(false, Reason::Fault, text);
    let fault = Some("nested too deep");
    Case { fault, ..out() }.expect(false, Reason::Fault, &format!("{text}: nested too deep"));
}

#[test]
fn the_next_build_has_to_decide() {
    let due = Some("the feed's rule was changed after the last one");
    let text =
        "not in: the next build brings it in: the feed's rule was changed after the last one";
    let new = || Case { due, carried: vec![4], ..case() };
    Case { inside: None, ..new() }.expect(false, Reason::Build, text);
    Case { inside: Some(false), ..new() }.expect(false, Reason::Build, text);
    new().expect(false, Reason::Build, text);
}
