//! Feeds that are written for an aggregator: each passes its own profile, and what violates one is
//! left out of that feed alone, with the reason.

use chrono::{SecondsFormat, TimeDelta, Utc};

use crate::support::{Newsroom, story};

const CONFIG: &str = r#"
[publish]
sections = "found"

[[feed]]
path = "partners/msn"
title = "Harbour news"
where = { section = "harbour" }
profile = "msn"

[[feed]]
path = "partners/flipboard"
title = "Harbour news"
where = { section = "harbour" }
profile = "flipboard"

[[feed]]
path = "partners/smartnews"
title = "Harbour news of the week, by the pilots"
where = { section = "harbour" }
profile = "smartnews"
logo = "https://www.gazette.example/logo-700x100.png"

[[feed]]
path = "partners/feedly"
title = "Harbour news"
where = { section = "harbour" }
profile = "feedly"
"#;

const PROFILES: [&str; 4] = ["msn", "flipboard", "smartnews", "feedly"];

fn hours_ago(hours: i64) -> String {
    (Utc::now() - TimeDelta::hours(hours)).to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn text() -> String {
    let words = "The pilots went out before dawn and came back with the tide. ".repeat(12);
    format!(
        "{words}\n\n###### The small print\n\n~~Five~~ four tugs, `one` crane.\n\n\
         ![Two tugs](https://media.gazette.example/tugs.jpg)\n"
    )
}

fn newsroom() -> Newsroom {
    let newsroom = Newsroom::new().config(CONFIG);
    let image = "image: { url: https://media.gazette.example/crane.jpg, width: 1200, height: 800 }\n\
                 author: Ana Ruiz\nlinkTitle: Crane returns";
    for number in 1..=32 {
        let title = format!("The crane returns to quay number {number}");
        let file = format!("harbour/crane-{number}.md");
        newsroom.story(&file, story(&title, &hours_ago(number), image, &text()));
    }
    newsroom
}

fn rss(newsroom: &Newsroom, profile: &str) -> String {
    newsroom.published(&format!("partners/{profile}/rss.xml"))
}

#[test]
fn a_section_under_each_profile_passes_that_profile_without_a_warning() {
    let site = [
        ("ICON", "https://www.gazette.example/icon.svg"),
        ("LOGO", "https://www.gazette.example/logo.svg"),
        ("COVER", "https://www.gazette.example/cover.jpg"),
        ("ACCENT_COLOR", "#0b5fa5"),
    ];
    let newsroom = site.iter().fold(newsroom(), |newsroom, (name, value)| {
        newsroom.variable(&format!("FEEDWRIGHT_SITE_{name}"), value)
    });
    newsroom.build();
    for profile in PROFILES {
        let file = newsroom.path(&format!("feeds/partners/{profile}/rss.xml"));
        let file = file.to_str().expect("UTF-8");
        newsroom.run(["check", "--profile", profile, "--deny", "warnings", file]).exits(0);
        assert!(!newsroom.exists(&format!("feeds/partners/{profile}/atom.xml")));
        assert!(!newsroom.exists(&format!("feeds/partners/{profile}/archive")));
    }
    let msn = rss(&newsroom, "msn");
    assert!(msn.contains("<mi:shortTitle>Crane returns</mi:shortTitle>"));
    assert!(msn.contains("<h5>The small print</h5>\n<p> four tugs, one crane.</p>"), "{msn}");
    let flipboard = rss(&newsroom, "flipboard");
    let enclosure = "<enclosure url=\"https://media.gazette.example/crane.jpg\" length=\"0\" \
                     type=\"image/jpeg\"/>";
    assert_eq!(flipboard.matches(enclosure).count(), 32);
    let smartnews = rss(&newsroom, "smartnews");
    assert!(smartnews.contains("<description>Harbour news of the week, by</description>"));
    assert!(smartnews.contains(
        "<snf:logo>\n      <url>https://www.gazette.example/logo-700x100.png</url>\n    </snf:logo>"
    ) || smartnews.contains("<snf:logo><url>https://www.gazette.example/logo-700x100.png</url></snf:logo>"));
    assert_eq!(
        smartnews
            .matches("<media:thumbnail url=\"https://media.gazette.example/crane.jpg\">")
            .count(),
        32
    );
    let feedly = rss(&newsroom, "feedly");
    for part in [
        "<webfeeds:accentColor>0B5FA5</webfeeds:accentColor>",
        "<webfeeds:cover image=\"https://www.gazette.example/cover.jpg\">",
        "<webfeeds:icon>https://www.gazette.example/icon.svg</webfeeds:icon>",
        "<webfeeds:logo>https://www.gazette.example/logo.svg</webfeeds:logo>",
        "<webfeeds:related layout=\"card\" target=\"browser\">",
    ] {
        assert!(feedly.contains(part), "{part}: {feedly}");
    }
    let opml = newsroom.published("feeds.opml");
    assert!(opml.contains("partners/feedly/") && !opml.contains("partners/msn/"), "{opml}");
}

#[test]
fn what_violates_a_profile_is_left_out_of_that_feed_alone_and_said() {
    let newsroom = newsroom();
    let planted = [
        ("short", "Too short", "", "msn/title-length"),
        (
            "plain",
            "A picture that comes over plain http",
            "image: http://a.example/x.jpg",
            "msn/https",
        ),
        (
            "elsewhere",
            "A story that lives on a plain http site",
            "url: http://a.example/x/",
            "msn/https",
        ),
        ("empty", "Nothing but a title here, not a word", "", "msn/body-missing"),
        ("struck", "Nothing is left of what was written here", "", "msn/body-missing"),
        ("old", "A story of more than a year ago, kept", "", "msn/date"),
    ];
    for (name, title, extra, _) in planted {
        let date = hours_ago(if name == "old" { 24 * 366 } else { 1 });
        let body = match name {
            "empty" => String::new(),
            "struck" => "~~all of it~~\n\n&nbsp;".to_owned(),
            _ => text(),
        };
        newsroom.story(&format!("harbour/{name}.md"), story(title, &date, extra, &body));
    }
    newsroom.story(
        "harbour/es.md",
        story("Una grúa vuelve al muelle norte", &hours_ago(1), "language: es", &text()),
    );
    newsroom.story(
        "harbour/frame.md",
        story(
            "A frame of a map, which becomes a link",
            &hours_ago(1),
            "",
            "<iframe src=\"https://maps.example/x\"></iframe>",
        ),
    );
    let build = newsroom.run(["build"]).exits(1);
    let msn = rss(&newsroom, "msn");
    for (name, title, _, rule) in planted {
        let line = format!("harbour/{name}.md: the feed `partners/msn` leaves it out: ");
        let said = build.stderr.lines().find(|text| text.contains(&line)).unwrap_or_default();
        // Age is no fault that anybody could mend.
        let expected = if name == "old" { String::new() } else { format!("({rule})") };
        assert!(said.contains(&expected) && said.is_empty() == (name == "old"), "{name}: {said}");
        assert!(!msn.contains(title), "{title}");
        assert!(newsroom.published("harbour/rss.xml").contains(title), "{title}");
        let why = newsroom.run([
            "explain",
            &format!("stories/harbour/{name}.md"),
            "partners/msn",
            "--format",
            "json",
        ]);
        let why = why.exits(0).json();
        assert_eq!((&why["in"], &why["reason"]), (&false.into(), &"profile".into()), "{why}");
        assert!(why["text"].as_str().expect("a text").contains(rule), "{why}");
    }
    assert!(!msn.contains("Una grúa") && msn.contains("A frame of a map"));
    assert_eq!(msn.matches("<item>").count(), 33);
    assert!(!build.stderr.contains("partners/feedly"), "{}", build.stderr);
    let file = newsroom.path("feeds/partners/msn/rss.xml");
    newsroom.run(["check", "--profile", "msn", file.to_str().expect("UTF-8")]).exits(0);
    // Mended, it comes in; a pass that changes nothing says nothing.
    newsroom.story(
        "harbour/short.md",
        story("Not too short any more, so it is in", &hours_ago(1), "", &text()),
    );
    newsroom.run(["build"]).exits(1);
    assert!(rss(&newsroom, "msn").contains("Not too short any more"));
    let before = newsroom.files("feeds");
    newsroom.run(["build"]).exits(0);
    newsroom.run(["build", "--full"]).exits(1);
    assert_eq!(newsroom.changed_since(&before), [""; 0]);
}

#[test]
fn the_oldest_story_leaves_the_feed_for_msn_when_its_year_is_over() {
    let newsroom = Newsroom::new().config(CONFIG);
    let date = hours_ago(24 * 364);
    newsroom
        .story("harbour/old.md", story("A story of nearly a year ago, kept", &date, "", &text()));
    newsroom.story(
        "harbour/new.md",
        story("A story of this very morning, new", &hours_ago(1), "", &text()),
    );
    newsroom.build();
    assert!(rss(&newsroom, "msn").contains("nearly a year"));
    let status = newsroom.run(["status", "--next-due", "--format", "json"]).exits(0).json();
    let at = status["next_due"]["at"].as_str().expect("an instant").to_owned();
    let due: chrono::DateTime<Utc> = at.parse().expect("an instant");
    let left = due - Utc::now();
    assert!(left > TimeDelta::hours(23) && left < TimeDelta::hours(25), "{left}");
    let later = (Utc::now() + TimeDelta::hours(30)).to_rfc3339();
    newsroom.run(["build", "--at", &later, "--out", "preview"]).exits(0);
    let preview = newsroom.read("preview/partners/msn/rss.xml");
    assert!(!preview.contains("nearly a year") && preview.contains("this very morning"));
    assert!(newsroom.read("preview/partners/flipboard/rss.xml").contains("nearly a year"));
}

#[test]
fn a_story_that_was_taken_back_is_ended_at_msn_by_name() {
    let newsroom = newsroom();
    newsroom.build();
    newsroom.run(["retract", "stories/harbour/crane-2.md"]).exits(0);
    newsroom
        .run(["retract", "stories/harbour/crane-3.md", "--notice", "It was another crane."])
        .exits(0);
    newsroom.build();
    let msn = rss(&newsroom, "msn");
    assert!(
        !msn.contains("number 2<") && msn.contains("<title>This story has been withdrawn.</title>")
    );
    assert_eq!(msn.matches("<dcterms:valid>start=").count(), 2, "{msn}");
    assert!(msn.contains("It was another crane."));
    assert!(!rss(&newsroom, "flipboard").contains("withdrawn"));
    let file = newsroom.path("feeds/partners/msn/rss.xml");
    newsroom.run(["check", "--profile", "msn", file.to_str().expect("UTF-8")]).exits(0);
}

#[test]
fn a_story_that_comes_back_for_a_later_hour_gives_msn_nothing_of_itself() {
    let newsroom = newsroom();
    newsroom.build();
    newsroom.remove_story("harbour/crane-2.md");
    newsroom.build();
    assert!(rss(&newsroom, "msn").contains("has been withdrawn"));
    let title = "The crane that nobody may know of yet";
    newsroom.story("harbour/crane-2.md", story(title, "2999-01-01", "slug: secret", &text()));
    newsroom.story(
        "harbour/new.md",
        story("Another story of this morning", &hours_ago(0), "", &text()),
    );
    newsroom.build();
    let msn = rss(&newsroom, "msn");
    assert!(msn.contains("Another story of this morning"));
    assert!(!msn.contains("secret") && !msn.contains("2999"), "{msn}");
}

#[test]
fn a_purged_story_is_ended_at_msn_too() {
    let newsroom = newsroom();
    newsroom.build();
    newsroom.run(["retract", "stories/harbour/crane-2.md", "--purge"]).exits(0);
    newsroom.build();
    let msn = rss(&newsroom, "msn");
    assert_eq!(msn.matches("<dcterms:valid>start=").count(), 1, "{msn}");
    assert!(msn.contains("harbour/crane-2</guid>"));
    let file = newsroom.path("feeds/partners/msn/rss.xml");
    newsroom.run(["check", "--profile", "msn", file.to_str().expect("UTF-8")]).exits(0);
}

#[test]
fn where_all_stories_violate_a_profile_it_is_said_of_some_and_of_all() {
    let newsroom = Newsroom::new().config(CONFIG);
    for number in 0..230 {
        let title = format!("Short {number}");
        newsroom
            .story(&format!("harbour/{number}.md"), story(&title, &hours_ago(number), "", "T."));
    }
    let build = newsroom.run(["build"]).exits(1);
    assert_eq!(build.stderr.matches("msn/title-length").count(), 200);
    assert!(build.stderr.contains("200 stories violate its profile"), "{}", build.stderr);
}

#[test]
fn an_edit_that_keeps_its_date_is_said_for_msn() {
    let newsroom = newsroom();
    let edit = |title: &str| {
        let more = "updated: 2026-01-02T10:00:00Z\nid: tag:a.example,2026:crane";
        newsroom.story("harbour/own.md", story(title, "2026-01-02T09:00:00Z", more, &text()));
        newsroom.run(["build"]).exits(0)
    };
    edit("A story that has its own date, at first");
    let build = edit("A story that has its own date, edited");
    assert!(build.stderr.contains("tag:a.example,2026:crane changed"), "{}", build.stderr);
    assert!(!edit("A story that has its own date, edited").stderr.contains("changed"));
}

#[test]
fn settings_that_no_aggregator_takes_are_faults() {
    let faulty = CONFIG
        .replace(
            "profile = \"msn\"",
            "profile = \"msn\"\nformats = [\"rss\", \"atom\"]\ncontent = \"summary\"",
        )
        .replace(
            "profile = \"smartnews\"",
            "profile = \"smartnews\"\ndescription = \"More than thirty letters of description\"",
        );
    let newsroom = Newsroom::new().config(&faulty);
    let build = newsroom.run(["build"]).exits(2);
    for part in ["asks for RSS alone", "MSN takes whole texts alone", "SmartNews takes 30"] {
        assert!(build.stderr.contains(part), "{part}: {}", build.stderr);
    }
}
