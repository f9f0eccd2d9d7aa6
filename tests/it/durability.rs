//! A build that is killed, or that meets a full or failing disk, at each system call that changes
//! anything: readers see old feeds or new feeds, whole, and the next build makes it good.
//!
//! The calls are counted and struck with `strace`. A part of them is tried; all with
//! `FEEDWRIGHT_ALL_CALLS=1`.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::support::{Newsroom, parsed, skip, story};

/// Calls by which a build changes the disk.
const CALLS: [&str; 7] = ["write", "pwrite64", "fsync", "fdatasync", "rename", "unlink", "openat"];
/// How many of each are tried, spread over the build.
const TRIED: usize = 5;

type Files = BTreeMap<String, Vec<u8>>;

fn has_strace() -> bool {
    let found = Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_ok();
    if !found {
        assert!(std::env::var_os("CI").is_none(), "strace is missing: apt-get install strace");
        skip("strace is missing: what a killed build leaves was not looked at");
    }
    found
}

/// A newsroom with published feeds and archive pages, where a story was edited and three came in.
/// Every date is the story's own, so that each build makes the same bytes.
fn newsroom() -> Newsroom {
    edited(Newsroom::new())
}

fn edited(newsroom: Newsroom) -> Newsroom {
    newsroom.set_config("[publish]\nlimit = 2\nwindow = \"1h\"\nsections = \"found\"\n");
    for day in 1..=5 {
        let date = format!("2026-01-0{day}T09:00:00Z");
        newsroom.story(&format!("news/{day}.md"), story(&format!("Day {day}"), &date, "", "Text."));
    }
    newsroom.build();
    let own = "lastmod: 2026-01-06T09:00:00Z";
    newsroom.story("news/5.md", story("Day five", "2026-01-05T09:00:00Z", own, "Edited."));
    for day in 6..=8 {
        let date = format!("2026-01-0{day}T09:00:00Z");
        newsroom.story(&format!("news/{day}.md"), story(&format!("Day {day}"), &date, "", "Text."));
    }
    newsroom
}

fn feeds(newsroom: &Newsroom) -> Files {
    crate::support::files_below(&newsroom.path("feeds"))
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(copied.expect("cp starts").success());
}

/// The same newsroom in another folder.
fn twin(newsroom: &Newsroom) -> Newsroom {
    let twin = Newsroom::empty();
    copy(&newsroom.path("."), &twin.path("."));
    twin.copy_store_of(newsroom);
    twin
}

fn strace(newsroom: &Newsroom, options: &[&str], arguments: &[&str]) -> Option<i32> {
    // A wake-up that fails lets a thread wait for ever.
    let mut command = Command::new("timeout");
    command.args(["-s", "KILL", "20", "strace", "-f", "-qq", "-o", "calls"]).args(options);
    command.arg(env!("CARGO_BIN_EXE_feedwright")).args(arguments);
    command.current_dir(newsroom.path(".")).env_clear().stdin(Stdio::null());
    command.envs(newsroom.surroundings());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().expect("strace starts").code()
}

/// How often a build makes each call, in the process that makes it most often.
fn counts(newsroom: &Newsroom) -> BTreeMap<&'static str, usize> {
    let twin = twin(newsroom);
    let trace = format!("trace={}", CALLS.join(","));
    assert_eq!(strace(&twin, &["-e", &trace], &["build"]), Some(0));
    let calls = twin.read("calls");
    CALLS
        .into_iter()
        .map(|call| {
            let mut threads: BTreeMap<&str, usize> = BTreeMap::new();
            for line in calls.lines().filter(|line| line.contains(&format!(" {call}("))) {
                *threads.entry(line.split(' ').next().unwrap_or_default()).or_default() += 1;
            }
            (call, threads.into_values().max().unwrap_or_default())
        })
        .collect()
}

/// The calls to strike: all, or some that are spread over the build.
fn struck(count: usize) -> Vec<usize> {
    let all = std::env::var_os("FEEDWRIGHT_ALL_CALLS").is_some() || count <= TRIED;
    let tried = if all { count } else { TRIED };
    (0..tried).map(|place| 1 + place * count / tried).collect()
}

/// Every file is the old one or the new one; the XML is whole.
fn assert_whole(found: &Files, old: &Files, new: &Files, how: &str) {
    for (name, bytes) in found.iter().filter(|(name, _)| !name.contains(".feedwright-")) {
        let known = [old.get(name), new.get(name)];
        assert!(known.contains(&Some(bytes)), "{how}: {name} is neither old nor new");
        if name.ends_with(".xml") || name.ends_with(".json") {
            parsed(bytes);
        }
    }
    for name in old.keys() {
        assert!(found.contains_key(name), "{how}: {name} is gone");
    }
}

fn assert_all_parse(found: &Files, how: &str) {
    let published = found.iter().filter(|(name, _)| !name.contains(".feedwright-"));
    for (name, bytes) in published {
        assert!(!bytes.is_empty(), "{how}: {name} is empty");
        if name.ends_with("rss.xml") || name.ends_with("atom.xml") || name.ends_with(".json") {
            parsed(bytes);
        }
    }
}

/// Names of the files that differ.
fn differing(a: &Files, b: &Files) -> Vec<String> {
    let names = a.keys().chain(b.keys());
    names.filter(|name| a.get(*name) != b.get(*name)).cloned().collect()
}

fn strike_everywhere(what: &str, expected: &dyn Fn(&str, Option<i32>) -> bool) {
    if !has_strace() {
        return;
    }
    let before = newsroom();
    let old = feeds(&before);
    let done = twin(&before);
    done.build();
    let new = feeds(&done);
    assert!(old != new, "something is to be done");
    for (call, count) in counts(&before) {
        if call == "write" && what.starts_with("error") {
            // Threads wake one another by the same call; tests/bad_target.rs fills a disk.
            continue;
        }
        for at in struck(count) {
            let how = format!("{what} at {call} {at} of {count}");
            let newsroom = twin(&before);
            let inject = format!("inject={call}:{what}:when={at}");
            let trace = format!("trace={call}");
            let status = strace(&newsroom, &["-e", &trace, "-e", &inject], &["build"]);
            // Each thread counts for itself, and which of them makes a call is chance.
            let is_struck = newsroom.read("calls").contains("(INJECTED)");
            assert!(is_struck || at > 1 || what.starts_with("signal"), "{how}: nothing was struck");
            assert!(!is_struck || expected(call, status), "{how}: {status:?}");
            let found = feeds(&newsroom);
            if call == "openat" && status == Some(1) {
                // A story that can't be opened is a fault of its own: it comes in with the next
                // build, and stands on its archive page as one that came later.
                assert_all_parse(&found, &how);
                newsroom.run(["build"]).exits(0);
                let found = feeds(&newsroom);
                assert_all_parse(&found, &how);
                newsroom.run(["build", "--full"]).exits(0);
                assert!(feeds(&newsroom) == found, "{how}: all at once it comes to something else");
                continue;
            }
            assert_whole(&found, &old, &new, &how);
            if status == Some(0) {
                assert!(
                    found == new,
                    "{how}: a success that isn't one: {:?}",
                    differing(&found, &new)
                );
            }
            newsroom.run(["build"]).exits(0);
            let found = feeds(&newsroom);
            assert!(found == new, "{how}: the next build: {:?}", differing(&found, &new));
        }
    }
}

#[test]
fn a_build_that_is_killed_at_any_call_leaves_whole_feeds_and_the_next_one_ends_it() {
    strike_everywhere("signal=KILL", &|_, _| true);
}

#[test]
fn a_disk_that_fails_at_any_call_breaks_no_feed_and_is_no_success() {
    strike_everywhere("error=EIO", &|call, status| match call {
        "fsync" | "fdatasync" | "rename" => status == Some(3),
        "openat" => status.is_some(),
        _ => status != Some(2),
    });
}

#[test]
fn a_full_disk_at_any_call_breaks_no_feed() {
    strike_everywhere("error=ENOSPC", &|call, status| match call {
        "fsync" | "fdatasync" | "rename" => status == Some(3),
        // A configuration that can't be opened is a fault of use.
        "openat" => status.is_some(),
        _ => status != Some(2),
    });
}

#[test]
fn what_add_acknowledges_is_stored_and_what_it_could_not_store_it_does_not_acknowledge() {
    if !has_strace() {
        return;
    }
    let before = newsroom();
    before.build();
    before.write("new.md", story("Added", "2026-01-09T09:00:00Z", "id: added-1", "Text."));
    let stored = |newsroom: &Newsroom| newsroom.run(["list"]).exits(0).stdout.contains("Added");
    // To a file or to a server.
    for call in ["pwrite64", "fsync", "fdatasync", "sendto"] {
        for what in ["error=EIO", "error=ENOSPC", "signal=KILL"] {
            for at in 1..=6 {
                let newsroom = twin(&before);
                let inject = format!("inject={call}:{what}:when={at}");
                let trace = format!("trace={call}");
                let status = strace(&newsroom, &["-e", &trace, "-e", &inject], &["add", "new.md"]);
                if status == Some(0) {
                    assert!(stored(&newsroom), "{call} {what} {at}");
                    if !newsroom.read("calls").contains("(INJECTED)") {
                        break;
                    }
                }
                newsroom.run(["add", "new.md"]).exits(0);
                assert!(stored(&newsroom), "{call} {what} {at}: again");
            }
        }
    }
}

#[test]
fn a_damaged_store_is_named_and_the_feeds_stay() {
    let newsroom = edited(Newsroom::new().on_sqlite());
    newsroom.build();
    let before = newsroom.files("feeds");
    let store = newsroom.path("stories.db");
    let mut bytes = fs::read(&store).expect("a store");
    let end = bytes.len();
    bytes[100..end].iter_mut().for_each(|byte| *byte = 0xA5);
    fs::write(&store, &bytes).expect("damages it");
    newsroom.run(["build"]).exits(3).complains_of(["stories.db", "backup", "adopt", "fix:"]);
    assert_eq!(newsroom.changed_since(&before), Vec::<String>::new());

    fs::write(&store, "this is no database at all, but a text").expect("damages it");
    newsroom.run(["build"]).exits(3).complains_of(["can't be opened", "backup", "fix:"]);
    assert_eq!(newsroom.changed_since(&before), Vec::<String>::new());
}

#[test]
fn a_disk_that_doesnt_say_what_is_there_gives_no_new_store() {
    if !has_strace() {
        return;
    }
    let newsroom = edited(Newsroom::new().on_sqlite());
    newsroom.build();
    let before = newsroom.files("feeds");
    let bytes = fs::read(newsroom.path("stories.db")).expect("a store");
    let store = newsroom.path("stories.db");
    let place = store.to_str().expect("UTF-8");
    let fails = ["-P", place, "-e", "trace=statx", "-e", "inject=statx:error=EIO"];
    for command in [["build"], ["list"], ["status"]] {
        assert_eq!(strace(&newsroom, &fails, &command), Some(3), "{command:?}");
    }
    assert_eq!(newsroom.changed_since(&before), [""; 0]);
    assert_eq!(fs::read(store).expect("a store"), bytes);
}

#[test]
fn a_copy_that_cant_be_kept_isnt_there_and_can_be_made_again() {
    if !has_strace() {
        return;
    }
    let before = edited(Newsroom::new().on_sqlite());
    before.build();
    let copy = ["store", "copy", "sqlite:stories.db", "sqlite:copy.db"];
    for (file, call) in [("copy.db", "pread64"), ("copy.db", "openat"), (".", "fsync")] {
        let newsroom = twin(&before);
        let place = fs::canonicalize(newsroom.path(".")).expect("a folder").join(file);
        let place = place.to_str().expect("UTF-8").trim_end_matches("/.");
        let (trace, inject) = (format!("trace={call}"), format!("inject={call}:error=EIO"));
        let status = strace(&newsroom, &["-P", place, "-e", &trace, "-e", &inject], &copy);
        if status != Some(0) {
            assert!(!newsroom.exists("copy.db"), "{file} {call}");
            assert!(!newsroom.exists("copy.db.filling"), "{file} {call}");
            newsroom.run(copy).exits(0);
        }
    }
}
