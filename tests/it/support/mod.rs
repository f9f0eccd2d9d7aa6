//! A newsroom in a folder of its own, and the command run in it as a user would.
//!
//! Nothing of the machine gets in: the environment is cleared, time zone and language are set.

pub(crate) mod origin;
pub(crate) mod postgres;
pub(crate) mod service;
mod store;

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// What every test newsroom begins with.
pub(crate) const SITE: &str = "[site]\n\
    title = \"The Gazette\"\n\
    url = \"https://www.gazette.example/\"\n\
    feeds_url = \"https://feeds.gazette.example/\"\n\
    language = \"en\"\n\
    time_zone = \"America/Mexico_City\"\n";
/// Where its stories lie.
pub(crate) const SOURCE: &str = "\n[[source]]\nname = \"desk\"\npath = \"stories\"\n";

/// A newsroom whose folder goes with it.
pub(crate) struct Newsroom {
    folder: TempDir,
    variables: Vec<(String, String)>,
    kept: store::Kept,
}

impl Newsroom {
    /// One with an empty `stories/` and a feed for each section that stories name.
    pub(crate) fn new() -> Self {
        let newsroom = Self::empty();
        fs::create_dir(newsroom.path("stories")).expect("a new folder");
        newsroom.config("[publish]\nsections = \"found\"\n")
    }

    /// A folder with nothing in it.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder, variables: Vec::new(), kept: store::Kept::as_asked() }
    }

    /// Adds tables to the site and the source.
    pub(crate) fn config(self, tables: &str) -> Self {
        self.set_config(tables);
        self
    }

    /// The same, for a newsroom at work.
    pub(crate) fn set_config(&self, tables: &str) {
        self.write("config.toml", format!("{SITE}\n{tables}{SOURCE}"));
    }

    /// Sets a variable for what runs here.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Lays a story down, or another version of it.
    pub(crate) fn story(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        self.write(&format!("stories/{path}"), text)
    }

    pub(crate) fn remove_story(&self, path: &str) {
        fs::remove_file(self.path("stories").join(path)).expect("a story to remove");
    }

    pub(crate) fn rename_story(&self, from: &str, to: &str) {
        let to = self.path("stories").join(to);
        fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
        fs::rename(self.path("stories").join(from), to).expect("a story to rename");
    }

    /// Writes a file and the folders above it.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let file = self.path(name);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        fs::write(file, text).expect("a file that can be written");
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let file = self.path(name);
        let bytes = fs::read(&file);
        let bytes = bytes.unwrap_or_else(|error| unreadable(&file, &error));
        String::from_utf8(bytes).expect("UTF-8")
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    /// The command, to be run in the newsroom's folder.
    pub(crate) fn command(&self) -> Command {
        let mut command = feedwright();
        command.current_dir(self.folder.path()).envs(self.surroundings());
        command
    }

    pub(crate) fn run<const N: usize>(&self, arguments: [&str; N]) -> Ran {
        Ran::of(self.command().args(arguments).output().expect("the command starts"))
    }

    pub(crate) fn run_with_input<const N: usize>(
        &self,
        arguments: [&str; N],
        input: impl AsRef<[u8]>,
    ) -> Ran {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the command starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // A command that reads no input closes the pipe.
        let _ = stdin.write_all(input.as_ref());
        drop(stdin);
        Ran::of(child.wait_with_output().expect("the command ends"))
    }

    /// `build`, which must exit 0.
    pub(crate) fn build(&self) -> Ran {
        self.run(["build"]).exits(0)
    }

    /// A file below `feeds/`.
    pub(crate) fn published(&self, file: &str) -> String {
        self.read(&format!("feeds/{file}"))
    }

    /// A feed as JSON Feed; the site-wide one is named by the empty text.
    pub(crate) fn json(&self, feed: &str) -> Value {
        let file = format!("{feed}/feed.json");
        serde_json::from_str(&self.published(file.trim_start_matches('/'))).expect("JSON")
    }

    /// The entries' titles, in order.
    pub(crate) fn titles(&self, feed: &str) -> Vec<String> {
        self.column(feed, "title")
    }

    /// The entries' guids, in order.
    pub(crate) fn ids(&self, feed: &str) -> Vec<String> {
        self.column(feed, "id")
    }

    /// The guid of the story with this title.
    pub(crate) fn id_of(&self, title: &str) -> String {
        let place = self.titles("").iter().position(|other| other == title);
        self.ids("")[place.unwrap_or_else(|| not_published(title))].clone()
    }

    fn column(&self, feed: &str, name: &str) -> Vec<String> {
        let feed = self.json(feed);
        let items = feed["items"].as_array().expect("items").iter();
        items.map(|item| item[name].as_str().expect("a text").to_owned()).collect()
    }

    /// A feed as Atom, read by another's parser.
    pub(crate) fn atom(&self, feed: &str) -> feed_rs::model::Feed {
        let file = format!("{feed}/atom.xml");
        parsed(self.published(file.trim_start_matches('/')).as_bytes())
    }

    /// The `updated` instant of the story with this title.
    pub(crate) fn updated(&self, title: &str) -> String {
        let feed = self.atom("");
        let entry = feed
            .entries
            .into_iter()
            .find(|entry| entry.title.as_ref().is_some_and(|known| known.content == title));
        entry.and_then(|entry| entry.updated).expect("an entry with a date").to_rfc3339()
    }

    /// Every file below `folder`, with its bytes and what changes when it is written.
    pub(crate) fn files(&self, folder: &str) -> BTreeMap<String, File> {
        let mut files = BTreeMap::new();
        collect(&self.path(folder), "", &mut files);
        files
    }

    /// Names of the files below `feeds/` that differ from `before`, or are new.
    pub(crate) fn changed_since(&self, before: &BTreeMap<String, File>) -> Vec<String> {
        let files = self.files("feeds").into_iter();
        files.filter(|(name, file)| before.get(name) != Some(file)).map(|(name, _)| name).collect()
    }
}

/// A file; a rewritten one has another inode even if its bytes are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) bytes: Vec<u8>,
    inode: u64,
    modified: (i64, i64),
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on standard output"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
        }
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.status, Some(code), "{self:#?}");
        self
    }

    /// Standard error holds all of these.
    #[track_caller]
    pub(crate) fn complains_of<const N: usize>(self, words: [&str; N]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is not in\n{}", self.stderr);
        }
        self
    }

    /// Nothing on standard output or standard error.
    #[track_caller]
    pub(crate) fn says_nothing(self) -> Self {
        assert_eq!((self.stdout.as_str(), self.stderr.as_str()), ("", ""));
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("JSON on standard output")
    }
}

/// The command with nothing of this machine's environment but its time zone and language.
pub(crate) fn feedwright() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_feedwright"));
    command.env_clear().env("TZ", "Asia/Tokyo").env("LANG", "C.UTF-8").stdin(Stdio::null());
    command
}

/// Markdown with YAML front matter.
pub(crate) fn story(title: &str, date: &str, more: &str, body: &str) -> String {
    let more = if more.is_empty() { String::new() } else { format!("{}\n", more.trim_end()) };
    format!("---\ntitle: \"{title}\"\ndate: {date}\n{more}---\n\n{body}\n")
}

/// A feed of any form.
pub(crate) fn parsed(bytes: &[u8]) -> feed_rs::model::Feed {
    feed_rs::parser::parse(bytes).expect("a feed")
}

/// Says why a test shows nothing here, past the harness, which keeps quiet about tests that pass.
pub(crate) fn skip(reason: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {reason}");
}

/// The root of the repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder`, by its path below it.
pub(crate) fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(folder, "", &mut files);
    files.into_iter().map(|(name, file)| (name, file.bytes)).collect()
}

fn collect(folder: &Path, above: &str, files: &mut BTreeMap<String, File>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_str().expect("UTF-8");
        let name = format!("{above}{name}");
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files);
        } else {
            let metadata = path.metadata().expect("metadata");
            let file = File {
                bytes: fs::read(&path).expect("bytes"),
                inode: metadata.ino(),
                modified: (metadata.mtime(), metadata.mtime_nsec()),
            };
            files.insert(name, file);
        }
    }
}

#[expect(clippy::panic, reason = "ends a test")]
fn unreadable(file: &Path, error: &std::io::Error) -> Vec<u8> {
    panic!("{}: {error}", file.display())
}

#[expect(clippy::panic, reason = "ends a test")]
fn not_published(title: &str) -> usize {
    panic!("`{title}` is not published")
}
