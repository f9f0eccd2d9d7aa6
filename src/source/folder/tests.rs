//! What a walk finds, on real folders.

#![expect(clippy::disallowed_methods, reason = "makes the folders that are walked")]

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs::{self, File, FileTimes},
    path::PathBuf,
    time::{Duration, SystemTime},
};

use proptest::prelude::*;
use tempfile::TempDir;

use super::{Findings, FolderSource, Found, Read, Walk, file, walk};

type Rows = BTreeMap<String, Vec<u8>>;

/// A folder of stories, and what is remembered of it.
struct Stories {
    dir: TempDir,
    source: FolderSource,
    rows: Rows,
}

/// What a walk found.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    read: Vec<String>,
    gone: Vec<String>,
}

impl Stories {
    fn new(files: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let source = FolderSource { root: dir.path().to_owned(), ..file::tests::source() };
        let stories = Self { dir, source, rows: Rows::new() };
        for path in files {
            stories.write(path, path);
        }
        stories
    }

    /// The same, walked once.
    fn known(files: &[&str]) -> Self {
        let mut stories = Self::new(files);
        let seen = stories.walk();
        assert_eq!(seen.gone, [""; 0]);
        assert_eq!(stories.walk(), Seen::default(), "nothing changed");
        stories
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.path(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("makes");
        fs::write(file, text).expect("writes");
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).expect("renames");
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).expect("removes");
    }

    /// Walks when all changes are long ago, and remembers what it found.
    fn walk(&mut self) -> Seen {
        self.walk_with(&Findings::default())
    }

    fn walk_with(&mut self, findings: &Findings<'_>) -> Seen {
        self.walk_at(SystemTime::now() + Duration::from_mins(1), findings)
    }

    fn walk_at(&mut self, now: SystemTime, findings: &Findings<'_>) -> Seen {
        let walk = walk::walk(&self.source, &self.rows, now);
        let seen = seen(&walk);
        let listings = walk.listings(findings);
        remember(&mut self.rows, listings);
        seen
    }

    fn keys(&self) -> BTreeMap<String, Option<String>> {
        let none = Rows::new();
        let walk = self.source.walk(&none);
        walk.to_read.into_iter().map(|found| (found.path, found.translation_key)).collect()
    }
}

fn seen(walk: &Walk<'_>) -> Seen {
    let read = walk.to_read.iter().map(|found| found.path.clone()).collect();
    Seen { read, gone: walk.gone.clone() }
}

fn remember(rows: &mut Rows, listings: Vec<(String, Option<Vec<u8>>)>) {
    for (folder, row) in listings {
        match row {
            Some(row) => rows.insert(folder, row),
            None => rows.remove(&folder),
        };
    }
}

fn read(paths: &[&str]) -> Seen {
    Seen { read: paths.iter().map(|path| (*path).to_owned()).collect(), gone: Vec::new() }
}

fn gone(paths: &[&str]) -> Seen {
    Seen { read: Vec::new(), gone: paths.iter().map(|path| (*path).to_owned()).collect() }
}

#[test]
fn the_files_come_in_the_order_of_their_paths() {
    let mut stories = Stories::new(&["b.md", "a/z.md", "a-b/x.md", "a/b/c.MD", "x.png", ".h.md"]);
    stories.write("_drafts/no.md", "");
    stories.write("_index.md", "---\ntitle: Home\n---\n");
    assert_eq!(stories.walk(), read(&["a-b/x.md", "a/b/c.MD", "a/z.md", "b.md"]));
}

#[test]
fn nothing_is_read_and_nothing_kept_where_nothing_changed() {
    let stories = Stories::known(&["a.md", "latam/b.md", "latam/security/c.txt"]);
    let walk = walk::walk(&stories.source, &stories.rows, SystemTime::now());
    assert_eq!((walk.count, walk.same, walk.forgetful), (3, 3, false));
    assert!(walk.listings(&Findings::default()).is_empty());
    assert!(walk.has("a.md") && walk.has("latam/b.md") && !walk.has("latam/c.txt"));
}

#[test]
fn a_file_is_read_again_when_it_was_touched() {
    let mut stories = Stories::known(&["a.md", "b.md"]);
    let times = FileTimes::new().set_modified(SystemTime::now() - Duration::from_hours(1));
    let file = File::options().write(true).open(stories.path("a.md")).expect("opens");
    file.set_times(times).expect("sets");
    assert_eq!(stories.walk(), read(&["a.md"]));
    assert_eq!(stories.walk(), Seen::default());
}

#[test]
fn a_file_of_equal_size_and_time_in_the_place_of_another_is_read() {
    let mut stories = Stories::known(&["a.md"]);
    let before = fs::metadata(stories.path("a.md")).expect("is there");
    stories.write("new", "b.md");
    let times = FileTimes::new().set_modified(before.modified().expect("a time"));
    File::options()
        .write(true)
        .open(stories.path("new"))
        .expect("opens")
        .set_times(times)
        .expect("sets");
    stories.rename("new", "a.md");
    let after = fs::metadata(stories.path("a.md")).expect("is there");
    assert_eq!((before.len(), before.modified().ok()), (after.len(), after.modified().ok()));
    assert_eq!(stories.walk(), read(&["a.md"]));
}

#[test]
fn a_file_that_changed_lately_is_read_once_more() {
    let mut stories = Stories::new(&["a.md", "b.md"]);
    let now = fs::metadata(stories.path("b.md")).and_then(|file| file.modified()).expect("a time");
    let later = now + Duration::from_secs(3);
    let findings = Findings::default();
    assert_eq!(stories.walk_at(now + Duration::from_secs(1), &findings), read(&["a.md", "b.md"]));
    assert_eq!(stories.walk_at(later, &findings), read(&["a.md", "b.md"]), "too recent to tell");
    assert_eq!(stories.walk_at(later, &findings), Seen::default());
}

#[test]
fn a_file_dated_ahead_is_read_at_every_walk() {
    let mut stories = Stories::known(&["a.md", "b.md"]);
    let times = FileTimes::new().set_modified(SystemTime::now() + Duration::from_secs(9999));
    File::options()
        .write(true)
        .open(stories.path("a.md"))
        .expect("opens")
        .set_times(times)
        .expect("sets");
    assert_eq!(stories.walk(), read(&["a.md"]));
    assert_eq!(stories.walk(), read(&["a.md"]));
}

#[test]
fn an_unsettled_file_is_read_at_every_walk() {
    let mut stories = Stories::known(&["a.md", "b.md"]);
    stories.write("a.md", "broken");
    let findings = Findings { unsettled: HashSet::from(["a.md"]), ..Findings::default() };
    assert_eq!(stories.walk_with(&findings), read(&["a.md"]));
    assert_eq!(stories.walk_with(&findings), read(&["a.md"]));
    assert_eq!(stories.walk(), read(&["a.md"]));
    assert_eq!(stories.walk(), Seen::default());
}

#[test]
fn a_page_is_counted_among_the_files_and_not_among_the_stories() {
    let mut stories = Stories::new(&["about.md", "a.md"]);
    let findings = Findings { no_story: HashSet::from(["about.md"]), ..Findings::default() };
    assert_eq!(stories.walk_with(&findings), read(&["a.md", "about.md"]));
    let walk = stories.source.walk(&stories.rows);
    assert_eq!((walk.count, walk.same), (2, 1));
}

#[test]
fn a_removed_file_and_a_removed_folder_are_gone_once() {
    let mut stories = Stories::known(&["a.md", "b.md", "x/c.md", "x/y/d.md"]);
    stories.remove("a.md");
    fs::remove_dir_all(stories.path("x")).expect("removes");
    assert_eq!(stories.walk(), gone(&["a.md", "x/c.md", "x/y/d.md"]));
    assert_eq!(stories.rows.keys().collect::<Vec<_>>(), [""]);
    assert_eq!(stories.walk(), Seen::default());
}

#[test]
fn a_renamed_folder_is_gone_and_read_at_its_new_place() {
    let mut stories = Stories::known(&["x/c.md", "y/d.md"]);
    stories.rename("x", "z");
    let expected = Seen { read: vec!["z/c.md".into()], gone: vec!["x/c.md".into()] };
    assert_eq!(stories.walk(), expected);
}

#[test]
fn what_is_held_back_is_gone_again_until_it_is_let_go_or_comes_back() {
    let mut stories = Stories::known(&["a.md", "x/c.md", "x/d.md"]);
    fs::create_dir(stories.path(".away")).expect("makes");
    stories.rename("x", ".away/x");
    let held = Findings { held: BTreeSet::from(["x/c.md"]), ..Findings::default() };
    assert_eq!(stories.walk_with(&held), gone(&["x/c.md", "x/d.md"]));
    assert_eq!(stories.walk_with(&held), gone(&["x/c.md"]));
    let back = stories.rows.clone();
    assert_eq!(stories.walk(), gone(&["x/c.md"]));
    assert_eq!(stories.walk(), Seen::default());
    stories.rows = back;
    stories.rename(".away/x", "x");
    assert_eq!(stories.walk(), read(&["x/d.md"]), "x/c.md is as it was");
}

#[test]
fn a_draft_that_is_held_back_is_read_again() {
    let mut stories = Stories::known(&["a.md", "b.md"]);
    stories.write("a.md", "a draft now");
    let paths = ["a.md"];
    let held = Findings {
        held: BTreeSet::from(paths),
        no_story: HashSet::from(paths),
        ..Findings::default()
    };
    assert_eq!(stories.walk_with(&held), read(&["a.md"]));
    assert_eq!(stories.walk_with(&held), read(&["a.md"]));
}

#[test]
fn held_paths_that_no_row_knew_are_gone_at_the_next_walk() {
    let mut stories = Stories::new(&["a.md"]);
    let held = Findings { held: BTreeSet::from(["b.md", "x/c.md"]), ..Findings::default() };
    assert_eq!(stories.walk_with(&held), read(&["a.md"]));
    assert_eq!(stories.walk(), gone(&["b.md", "x/c.md"]));
}

#[test]
fn a_bundle_that_appears_swallows_the_texts_in_it_and_below_it() {
    let mut stories = Stories::known(&["x/a.md", "x/y/b.md", "x.md", "index.md"]);
    stories.write("x/index.md", "");
    let expected =
        Seen { read: vec!["x/index.md".into()], gone: vec!["x/a.md".into(), "x/y/b.md".into()] };
    assert_eq!(stories.walk(), expected);
    assert_eq!(stories.walk(), Seen::default());
    stories.write("x/a.md", "another text");
    stories.write("x/y/c.md", "");
    assert_eq!(stories.walk(), Seen::default(), "it is no story");
    stories.remove("x/index.md");
    let expected = Seen {
        read: vec!["x/a.md".into(), "x/y/b.md".into(), "x/y/c.md".into()],
        gone: vec!["x/index.md".into()],
    };
    assert_eq!(stories.walk(), expected);
}

#[test]
fn a_swallowed_story_that_is_held_back_is_gone_again() {
    let mut stories = Stories::known(&["x/a.md", "x/b.md"]);
    stories.write("x/index.md", "");
    let held = Findings { held: BTreeSet::from(["x/a.md"]), ..Findings::default() };
    let first = stories.walk_with(&held);
    assert_eq!(first.gone, ["x/a.md", "x/b.md"]);
    assert_eq!(stories.walk_with(&held), gone(&["x/a.md"]));
    assert_eq!(stories.walk(), gone(&["x/a.md"]));
    assert_eq!(stories.walk(), Seen::default());
}

#[test]
fn of_a_jekyll_site_the_posts_are_the_stories() {
    let mut stories = Stories::known(&["about.md", "_posts/2026-01-01-a.md"]);
    stories.write("_config.yml", "");
    let expected =
        Seen { read: vec!["_posts/2026-01-01-a.md".into()], gone: vec!["about.md".into()] };
    assert_eq!(stories.walk(), expected);
    assert_eq!(stories.walk(), Seen::default());
    stories.remove("_config.yml");
    assert_eq!(stories.walk(), read(&["_posts/2026-01-01-a.md", "about.md"]));
}

#[test]
fn other_settings_read_everything_again() {
    let mut stories = Stories::known(&["a.md", "x/b.md", "es/c.md"]);
    stories.source.settings = "others".into();
    assert_eq!(stories.walk(), read(&["a.md", "es/c.md", "x/b.md"]));
    assert_eq!(stories.walk(), Seen::default());
    stories.source.declared = vec!["latam".parse().expect("a section")];
    assert_eq!(stories.walk(), Seen::default(), "it reads as no language");
    stories.source.declared.push("es/noticias".parse().expect("a section"));
    assert_eq!(stories.walk().read.len(), 3);
}

#[test]
fn a_translation_that_comes_or_goes_makes_its_sibling_read_again() {
    let mut stories = Stories::known(&["latam/a.md", "latam/b.md", "x/a.md"]);
    stories.write("pt/latam/a.md", "");
    assert_eq!(stories.walk(), read(&["latam/a.md", "pt/latam/a.md"]));
    let keys = stories.keys();
    assert_eq!(keys["latam/a.md"].as_deref(), Some("newsroom:latam/a"));
    assert_eq!(keys["latam/a.md"], keys["pt/latam/a.md"]);
    assert_eq!(keys["latam/b.md"], None);
    stories.write("latam/a.md", "changed");
    let walk = stories.source.walk(&stories.rows);
    assert_eq!(walk.to_read[0].translation_key, keys["latam/a.md"]);
    assert_eq!(stories.walk(), read(&["latam/a.md"]));
    stories.remove("pt/latam/a.md");
    let expected = Seen { read: vec!["latam/a.md".into()], gone: vec!["pt/latam/a.md".into()] };
    assert_eq!(stories.walk(), expected);
    assert_eq!(stories.walk(), Seen::default());
}

#[test]
fn the_title_of_a_section_is_read_when_its_file_changed() {
    let mut stories = Stories::known(&["latam/a.md"]);
    stories.write("latam/_index.md", "---\ntitle: Latin America\n---\n");
    let titles = |stories: &Stories| -> Vec<String> {
        let walk = stories.source.walk(&stories.rows);
        walk.indexes.into_iter().map(|index| index.title).collect()
    };
    assert_eq!(titles(&stories), ["Latin America"]);
    assert_eq!(stories.walk(), Seen::default(), "an index is no story");
    assert_eq!(titles(&stories), ["Latin America"]);
    stories.write("latam/_index.md", "---\ntitle: América Latina\n---\n");
    assert_eq!(titles(&stories), ["América Latina"]);
    stories.walk();
    stories.write("latam/_index.md", "---\ntitle: [\n---\n");
    stories.walk();
    assert_eq!(titles(&stories), [""; 0]);
}

#[test]
fn a_row_that_is_lost_reads_its_folder_again_and_says_that_more_may_be_gone() {
    let mut stories = Stories::known(&["a.md", "x/b.md", "y/c.md"]);
    stories.rows.insert("x".into(), Vec::new());
    fs::remove_dir_all(stories.path("y")).expect("removes");
    stories.rows.insert("y".into(), b"what is this".to_vec());
    let walk = stories.source.walk(&stories.rows);
    assert!(walk.forgetful);
    assert_eq!(seen(&walk), read(&["x/b.md"]));
    stories.walk();
    assert_eq!(stories.rows.keys().collect::<Vec<_>>(), ["", "x"]);
    assert!(!stories.source.walk(&stories.rows).forgetful);
}

#[cfg(unix)]
mod links {
    use std::{
        ffi::OsStr, os::unix::ffi::OsStrExt, os::unix::fs::PermissionsExt, os::unix::fs::symlink,
    };

    use super::*;

    #[test]
    fn a_folder_out_of_reach_keeps_its_stories() {
        let mut stories = Stories::known(&["a.md", "x/b.md", "x/y/c.md", "z/d.md"]);
        let rows = stories.rows.clone();
        let closed = |mode| {
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(stories.dir.path().join("x"), permissions).expect("sets");
        };
        closed(0o000);
        if fs::read_dir(stories.path("x")).is_ok() {
            closed(0o755);
            eprintln!("skipped: this user reads every folder");
            return;
        }
        let walk = stories.source.walk(&stories.rows);
        assert_eq!((seen(&walk), walk.count), (Seen::default(), 2));
        assert_eq!((walk.unreachable.clone(), walk.faults.len()), (vec!["x".to_owned()], 1));
        assert!(walk.has("x/b.md") && walk.has("x/y/c.md"));
        assert!(walk.listings(&Findings::default()).is_empty());
        closed(0o755);
        assert_eq!(stories.walk(), Seen::default());
        assert_eq!(stories.rows, rows);
    }

    #[test]
    fn a_link_whose_target_is_out_of_reach_keeps_what_was_behind_it() {
        let outside = Stories::new(&["b.md", "c/d.md", "e.md"]);
        let mut stories = Stories::new(&["a.md"]);
        symlink(outside.path("."), stories.path("x")).expect("links");
        symlink(outside.path("e.md"), stories.path("e.md")).expect("links");
        let all = ["a.md", "e.md", "x/b.md", "x/c/d.md", "x/e.md"];
        assert_eq!(stories.walk(), read(&all));
        assert_eq!(stories.walk(), Seen::default());
        let away = outside.dir.path().with_extension("away");
        fs::rename(outside.dir.path(), &away).expect("renames");
        stories.write("new.md", "");
        let walk = stories.source.walk(&stories.rows);
        assert_eq!(
            (walk.faults.len(), walk.unreachable.clone()),
            (2, vec!["e.md".into(), "x".into()])
        );
        assert!(walk.has("e.md") && walk.has("x/c/d.md"));
        assert_eq!(stories.walk(), read(&["new.md"]));
        fs::rename(&away, outside.dir.path()).expect("renames");
        assert_eq!(stories.walk(), Seen::default(), "all is as it was");
    }

    #[test]
    fn a_root_out_of_reach_keeps_everything() {
        let mut stories = Stories::known(&["a.md", "x/b.md"]);
        let rows = stories.rows.clone();
        stories.source.root = stories.path("not-there");
        assert_eq!(stories.walk(), Seen::default());
        assert_eq!(stories.rows, rows);
        let walk = stories.source.walk(&stories.rows);
        assert_eq!((walk.unreachable.clone(), walk.count), (vec![String::new()], 0));
    }

    #[test]
    fn a_link_back_is_a_fault_and_hides_nothing() {
        let mut stories = Stories::known(&["x/y/a.md"]);
        symlink(stories.path("x"), stories.path("x/y/back")).expect("links");
        let walk = stories.source.walk(&stories.rows);
        assert_eq!((walk.faults.len(), walk.unreachable.len()), (1, 0));
        assert!(walk.faults[0].what.contains("leads back"), "{}", walk.faults[0]);
        stories.remove("x/y/a.md");
        assert_eq!(stories.walk(), gone(&["x/y/a.md"]));
    }

    #[test]
    fn a_name_that_is_no_text_is_a_fault_at_every_walk() {
        let mut stories = Stories::known(&["a.md"]);
        let name = OsStr::from_bytes(b"caf\xE9.md");
        if fs::write(stories.dir.path().join(name), "").is_err() {
            return; // Some file systems take no such name.
        }
        let folder = stories.dir.path().join(OsStr::from_bytes(b"\xE9"));
        fs::create_dir(&folder).expect("makes");
        fs::write(folder.join("b.md"), "").expect("writes");
        for _ in 0..2 {
            assert_eq!(stories.source.walk(&stories.rows).faults.len(), 2);
            assert_eq!(stories.walk(), Seen::default());
        }
    }
}

/// Files whose names meddle with each other.
fn some_files() -> impl Strategy<Value = BTreeMap<String, u8>> {
    let path = (
        prop::sample::select(vec!["", "x/", "x/y/", "pt/", "pt/x/", "_posts/"]),
        prop::sample::select(vec![
            "a.md",
            "a.pt.md",
            "a.es.md",
            "a.txt",
            "b.md",
            "index.md",
            "index.pt.md",
            "x.md",
            "x.es.md",
            "_index.md",
        ]),
    );
    let path = path.prop_map(|(folder, name)| format!("{folder}{name}"));
    proptest::collection::btree_map(path, any::<u8>(), 0..9)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// However the files came there, what is known of them is what one walk over all would find.
    #[test]
    fn step_by_step_it_comes_out_as_at_once(
        steps in proptest::collection::vec((some_files(), any::<bool>()), 1..6),
    ) {
        let mut stories = Stories::new(&[]);
        let mut known: BTreeMap<String, Option<String>> = BTreeMap::new();
        let mut texts: BTreeMap<String, u8> = BTreeMap::new();
        for (files, jekyll) in steps {
            for path in texts.keys().filter(|path| !files.contains_key(*path)) {
                stories.remove(path);
            }
            for (path, text) in files.iter().filter(|(path, text)| texts.get(*path) != Some(*text)) {
                stories.write(path, &text.to_string().repeat(usize::from(*text)));
            }
            let _ = fs::remove_file(stories.path("_config.yml"));
            if jekyll {
                stories.write("_config.yml", "");
            }
            let later = SystemTime::now() + Duration::from_mins(1);
            let walk = walk::walk(&stories.source, &stories.rows, later);
            for path in &walk.gone {
                prop_assert!(known.remove(path).is_some(), "{} was a story", path);
                prop_assert!(!walk.has(path));
            }
            for found in &walk.to_read {
                known.insert(found.path.clone(), found.translation_key.clone());
            }
            prop_assert!(known.keys().all(|path| walk.has(path)));
            prop_assert_eq!(walk.count, known.len());
            prop_assert_eq!(walk.same, known.len() - walk.to_read.len());
            let listings = walk.listings(&Findings::default());
            remember(&mut stories.rows, listings);
            prop_assert_eq!(&known, &stories.keys());
            prop_assert_eq!(stories.walk(), Seen::default());
            texts = files;
        }
    }
}

#[test]
fn files_that_are_read_in_turn_come_in_their_order_until_nobody_takes_them() {
    let names: Vec<String> = (0..1300).map(|number| format!("s{number:04}.txt")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let stories = Stories::new(&names);
    let found = |path: &&str| Found { path: (*path).to_owned(), translation_key: None };
    let files: Vec<Found> = names.iter().map(found).collect();
    let now = "2026-03-01T00:00:00Z".parse().expect("an instant");
    let path = |read: &Read| match read {
        Read::Story(story) => story.path.clone(),
        other => format!("{other:?}"),
    };
    let mut read = Vec::new();
    stories.source.read_in_turn(&files, &|_| None, now, |reads| {
        read.extend(reads.iter().map(path));
        true
    });
    assert_eq!(read, names);
    let mut times = 0;
    stories.source.read_in_turn(&files, &|_| None, now, |_| {
        times += 1;
        times < 2
    });
    assert_eq!(times, 2);
}

#[test]
fn a_file_that_is_asked_of_the_disk_is_read_as_any_other_and_one_that_is_missing_is_a_fault() {
    let stories = Stories::new(&["a.txt"]);
    let now = "2026-03-01T00:00:00Z".parse().expect("an instant");
    let reader = file::Reader::new(&stories.source, now);
    assert!(!reader.waits(), "nothing was read");
    for (path, is_there) in [("a.txt", true), ("b.txt", false)] {
        let found = Found { path: path.to_owned(), translation_key: None };
        reader.fetch(&found);
        let read = reader.read(&found, None, &mut Vec::new());
        assert_eq!(matches!(read, Read::Story(_)), is_there, "{read:?}");
    }
}
