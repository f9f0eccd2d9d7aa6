//! Texts that refer to other stories: they follow what they refer to, wherever they stand.

use crate::support::{Newsroom, postgres, story};

const SITE: &str = "https://www.gazette.example";

/// A newsroom whose feeds carry two stories and whose archive pages hold two. The newest story and
/// one of a closed page refer to `target` in Hugo's way.
fn referring_to(target: &str) -> Newsroom {
    let newsroom = Newsroom::new();
    newsroom.set_config("[publish]\nsections = \"found\"\nlimit = 2\nwindow = \"1h\"\n");
    for day in 1..=7 {
        let body = match day {
            1 | 7 => format!("See [the other]({{{{< ref \"{target}\" >}}}})."),
            _ => "Nothing to see.".to_owned(),
        };
        let text = story(&format!("Day {day}"), &format!("2026-01-0{day}T12:00:00Z"), "", &body);
        newsroom.story(&format!("days/day-{day}.md"), text);
    }
    newsroom
}

/// The story that is referred to: on an archive page, older than all that refer to it.
fn target(title: &str, more: &str) -> String {
    story(title, "2025-12-01T12:00:00Z", more, "A dam.")
}

/// Builds; then both stories lead to `address` in every feed and archive page, a second build has
/// nothing to do, and all at once comes to the same.
#[track_caller]
fn lead_to(newsroom: &Newsroom, address: &str) {
    newsroom.build();
    let address = format!("{SITE}/{address}");
    let link = format!("<a href=\"{address}\">the other</a>");
    let built = newsroom.files("feeds");
    let (mut feeds, mut pages) = (0, 0);
    for (name, file) in built.iter().filter(|(name, _)| name.contains("rss")) {
        let text = String::from_utf8_lossy(&file.bytes);
        assert_eq!(text.matches(&link).count(), text.matches(">the other</a>").count(), "{name}");
        let count = if name.contains("archive/") { &mut pages } else { &mut feeds };
        *count += usize::from(text.contains(&link));
    }
    assert!(feeds == 2 && pages >= 2, "the site's and the section's: {feeds}, {pages}");
    newsroom.build();
    assert_eq!(newsroom.changed_since(&built), [""; 0], "a second build writes");
    newsroom.run(["build", "--full"]).exits(0);
    assert_eq!(newsroom.changed_since(&built), [""; 0], "all at once differs");
}

#[test]
fn a_story_that_appears_after_those_that_refer_to_it_is_found() {
    let newsroom = referring_to("dam.md");
    lead_to(&newsroom, "dam");
    newsroom.story("news/dam.md", target("Dam", ""));
    lead_to(&newsroom, "news/dam/");
}

#[test]
fn jekylls_zolas_and_hugos_ways_all_lead_to_a_story_that_comes_later() {
    let newsroom = referring_to("x");
    for (place, way) in ["{% post_url 2026-01-01-dam %}", "@/_posts/2026-01-01-dam.md#top"]
        .into_iter()
        .chain(["{% link _posts/2026-01-01-dam.md %}", "{{< relref \"2026-01-01-dam\" >}}"])
        .enumerate()
    {
        let text = story("Way", "2026-01-08", "", &format!("See [way {place}]({way})."));
        newsroom.story(&format!("days/way-{place}.md"), text);
    }
    newsroom.set_config("[publish]\nsections = \"found\"\n");
    newsroom.build();
    newsroom.story("_posts/2026-01-01-dam.md", target("Dam", ""));
    newsroom.build();
    let feed = newsroom.published("rss.xml");
    for (place, fragment) in ["", "#top", "", ""].iter().enumerate() {
        let way = feed.split("href=\"").find(|link| link.contains(&format!(">way {place}<")));
        let way = way.expect("a link").split('"').next().expect("an address");
        let dam = newsroom.run(["show", "_posts/2026-01-01-dam.md", "--format", "json"]).json();
        let dam = dam["url"].as_str().expect("an address");
        assert_eq!(way, format!("{dam}{fragment}"));
    }
}

#[test]
fn a_story_with_another_address_is_found_there() {
    let newsroom = referring_to("dam.md");
    newsroom.story("news/dam.md", target("Dam", ""));
    lead_to(&newsroom, "news/dam/");
    newsroom.story("news/dam.md", target("Dam", "slug: wall"));
    lead_to(&newsroom, "news/wall/");
}

#[test]
fn a_story_whose_file_moves_to_another_folder_is_found_there() {
    let newsroom = referring_to("dam.md");
    newsroom.story("news/dam.md", target("Dam", ""));
    lead_to(&newsroom, "news/dam/");
    newsroom.rename_story("news/dam.md", "world/dam.md");
    lead_to(&newsroom, "world/dam/");
}

#[test]
fn a_story_whose_file_gets_another_name_is_not_found_under_the_old_one() {
    let newsroom = referring_to("@/news/dam.md");
    newsroom.story("news/dam.md", target("Dam", "slug: dam\nsection: news"));
    lead_to(&newsroom, "news/dam/");
    // The address stays, and with it everything that feeds show of the story.
    newsroom.rename_story("news/dam.md", "other/wall.md");
    lead_to(&newsroom, "news/dam");
    newsroom.rename_story("other/wall.md", "news/dam.md");
    lead_to(&newsroom, "news/dam/");
}

#[test]
fn a_story_that_is_withdrawn_is_led_to_no_more_until_it_comes_back() {
    let newsroom = referring_to("dam.md");
    newsroom.story("news/dam.md", target("Dam", ""));
    lead_to(&newsroom, "news/dam/");
    newsroom.remove_story("news/dam.md");
    lead_to(&newsroom, "dam");
    newsroom.story("news/dam.md", target("Dam", ""));
    lead_to(&newsroom, "news/dam/");
}

#[test]
fn a_story_that_is_retracted_is_led_to_no_more_until_it_is_restored() {
    for how in [&[][..], &["--notice", "Wrong."], &["--purge"]] {
        let newsroom = referring_to("dam.md");
        newsroom.story("news/dam.md", target("Dam", ""));
        lead_to(&newsroom, "news/dam/");
        let ran = newsroom.command().args(["retract", "news/dam.md"]).args(how).output();
        assert!(ran.expect("it runs").status.success(), "{how:?}");
        lead_to(&newsroom, "dam");
        newsroom.run(["restore", "news/dam.md"]).exits(0);
        lead_to(&newsroom, "news/dam/");
    }
}

#[test]
fn a_purge_gives_the_name_of_a_story_to_its_namesake() {
    let newsroom = referring_to("dam.md");
    newsroom.story("news/dam.md", target("Dam", ""));
    newsroom.story("world/dam.md", target("Another dam", ""));
    lead_to(&newsroom, "dam");
    newsroom.run(["retract", "world/dam.md", "--purge"]).exits(0);
    lead_to(&newsroom, "news/dam/");
}

#[test]
fn a_name_that_two_stories_share_means_neither_until_one_of_them_goes() {
    let newsroom = referring_to("dam.md");
    newsroom.story("news/dam.md", target("Dam", ""));
    lead_to(&newsroom, "news/dam/");
    newsroom.story("world/dam.md", target("Another dam", ""));
    lead_to(&newsroom, "dam");
    newsroom.remove_story("news/dam.md");
    lead_to(&newsroom, "world/dam/");
}

#[test]
fn a_name_that_two_stories_share_means_the_one_that_keeps_it() {
    let newsroom = referring_to("dam.md");
    newsroom.story("news/dam.md", target("Dam", ""));
    newsroom.story("world/dam.md", target("Another dam", "slug: dam"));
    lead_to(&newsroom, "dam");
    newsroom.rename_story("world/dam.md", "world/wall.md");
    lead_to(&newsroom, "news/dam/");
    newsroom.rename_story("world/wall.md", "world/dam.md");
    lead_to(&newsroom, "dam");
}

#[test]
fn a_story_that_refers_to_another_one_has_not_been_edited() {
    let newsroom = referring_to("dam.md");
    newsroom.build();
    let before = (newsroom.updated("Day 7"), newsroom.atom("").updated);
    newsroom.story("news/dam.md", target("Dam", ""));
    let plan = newsroom.run(["build", "--dry-run"]).exits(0);
    assert!(!plan.stdout.contains("Day 7"), "{}", plan.stdout);
    newsroom.build();
    assert!(newsroom.published("rss.xml").contains("/news/dam/\">the other"));
    assert_eq!((newsroom.updated("Day 7"), newsroom.atom("").updated), before);
}

#[test]
fn what_refers_to_a_story_is_left_alone_when_only_the_words_of_that_change() {
    let newsroom = referring_to("dam.md");
    newsroom.story("news/dam.md", target("Dam", ""));
    newsroom.build();
    let before = newsroom.files("feeds");
    newsroom.story("news/dam.md", target("The dam", ""));
    newsroom.build();
    let changed = newsroom.changed_since(&before);
    assert!(!changed.is_empty() && !changed.contains(&"days/rss.xml".to_owned()), "{changed:?}");
}

/// What made a store that knew of no references.
const AS_BEFORE: &str = "DROP TABLE reference; DROP INDEX story_name; DROP INDEX story_unnamed; \
    ALTER TABLE story DROP COLUMN name; DELETE FROM _sqlx_migrations WHERE version = 3";

#[test]
fn texts_of_an_older_store_follow_what_they_refer_to_from_the_next_build_on() {
    let newsroom = referring_to("dam.md");
    newsroom.story("news/wall.md", target("Wall", "slug: dam"));
    newsroom.build();
    newsroom.change_store(AS_BEFORE);
    lead_to(&newsroom, "dam");
    newsroom.rename_story("news/wall.md", "news/dam.md");
    lead_to(&newsroom, "news/dam/");
}

#[test]
fn texts_of_an_older_store_on_a_server_follow_what_they_refer_to_too() {
    let Some(database) = postgres::database() else { return };
    let newsroom = referring_to("dam.md").variable("FEEDWRIGHT_STORE_URL", &database.url());
    newsroom.story("news/wall.md", target("Wall", "slug: dam"));
    newsroom.build();
    database.run(AS_BEFORE);
    lead_to(&newsroom, "dam");
    newsroom.rename_story("news/wall.md", "news/dam.md");
    lead_to(&newsroom, "news/dam/");
}
