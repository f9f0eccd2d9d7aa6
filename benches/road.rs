//! What each stretch of the road costs: `cargo bench`.
#![expect(clippy::disallowed_methods, reason = "makes the newsrooms that are measured")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use chrono::{DateTime, TimeDelta, Utc};
use divan::{Bencher, black_box, counter::ItemsCount};
use feedwright::{
    feed::{Choice, Entry, FeedDocument, History, Selection},
    format,
    source::{
        Desk, GuidMode, Permalink,
        folder::{Findings, FolderSource},
    },
    story::{FeedPath, Format, Guid, Licensing, Limits, Markup, Person, RawText, Site},
    text::{self, ShortcodeContext},
};

fn main() {
    divan::main();
}

/// A story of about 5 KB, as a newsroom writes it.
fn story_text() -> String {
    let paragraph = "La directora del puerto señaló que **cuatro** grúas volverán a trabajar el \
        lunes, según un [informe](/informes/puerto?v=2&lang=es) que publicó la autoridad. “No hay \
        más demora”, dijo, y añadió que el costo no cambia para los exportadores de la región.\n\n";
    let mut body = String::from("![Grúas](/img/gruas.jpg)\n\n");
    for part in 0..4 {
        body.push_str(&paragraph.repeat(4));
        body.push_str(&format!("## Parte {part}\n\n- uno\n- dos\n\n> Una cita breve.\n\n"));
    }
    body
}

fn render(raw: &RawText) -> text::Rendered {
    let base = "https://www.latamreports.example/latam/puerto/".parse().expect("an address");
    let context = ShortcodeContext {
        site_url: "https://www.latamreports.example/",
        page_url: "https://www.latamreports.example/latam/puerto/",
        page_title: "Puerto",
        resolve: &|_| None,
    };
    text::render(raw, &base, &context).expect("renders")
}

#[divan::bench]
fn markdown_and_cleaning_of_a_story(bencher: Bencher<'_, '_>) {
    let raw = RawText { markup: Markup::Markdown, text: story_text() };
    bencher.bench(|| render(black_box(&raw)));
}

#[divan::bench]
fn selection_from_10_000_candidates(bencher: Bencher<'_, '_>) {
    let limits = Limits { entries: 10_000, window: std::time::Duration::ZERO, max_bytes: u64::MAX };
    let newest = instant();
    bencher.counter(ItemsCount::new(10_000_usize)).bench(|| {
        let mut selection = Selection::new(limits);
        (0..10_000)
            .filter(|age| {
                let published = newest - TimeDelta::minutes(*age);
                selection.offer(black_box(published), 5_000) != Choice::Done
            })
            .count()
    });
}

#[divan::bench(args = [Format::Rss, Format::Atom, Format::Json])]
fn writing_50_entries(bencher: Bencher<'_, '_>, format: Format) {
    let site = site();
    let document = document(&site);
    bencher.bench(|| format::write(black_box(&document), format));
}

#[divan::bench]
fn writing_the_page_of_50_entries(bencher: Bencher<'_, '_>) {
    let site = site();
    let document = document(&site);
    bencher.bench(|| format::page(black_box(&document), &[]));
}

/// The walk of a folder in which nothing changed.
#[divan::bench]
fn walking_10_000_files(bencher: Bencher<'_, '_>) {
    let newsroom = newsroom(10_000);
    let source = FolderSource { root: newsroom.path().join("stories"), ..source() };
    let nothing = BTreeMap::new();
    let rows = source.walk(&nothing).listings(&Findings::default());
    let known = rows.into_iter().filter_map(|(folder, row)| Some((folder, row?))).collect();
    bencher.counter(ItemsCount::new(10_000_usize)).bench(|| source.walk(black_box(&known)).same);
}

/// The whole program on 10,000 stories in 50 sections, with an empty store.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn cold_pass_over_10_000_stories(bencher: Bencher<'_, '_>) {
    let newsroom = newsroom(10_000);
    bencher
        .with_inputs(|| {
            for store in ["stories.db", "stories.db-wal", "stories.db-shm"] {
                let _ = fs::remove_file(newsroom.path().join(store));
            }
            let _ = fs::remove_dir_all(newsroom.path().join("feeds"));
        })
        .bench_values(|()| build(newsroom.path()));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn pass_over_10_000_stories_with_nothing_changed(bencher: Bencher<'_, '_>) {
    let newsroom = newsroom(10_000);
    build(newsroom.path());
    bencher.bench(|| build(newsroom.path()));
}

fn build(folder: &Path) {
    let mut build = Command::new(env!("CARGO_BIN_EXE_feedwright"));
    let status = build.arg("build").current_dir(folder).status().expect("runs");
    assert!(status.success(), "the build failed");
}

fn newsroom(stories: usize) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let config = "[site]\ntitle = \"Bench\"\nurl = \"https://www.latamreports.example/\"\n\
        [publish]\nformats = [\"rss\"]\n[[source]]\nname = \"bench\"\npath = \"stories\"\n";
    fs::write(dir.path().join("config.toml"), config).expect("writes");
    let body = story_text();
    for number in 0..stories {
        let section = number % 50;
        let folder = dir.path().join(format!("stories/section-{section}"));
        fs::create_dir_all(&folder).expect("makes");
        let date = instant() - TimeDelta::hours(i64::try_from(number).expect("small"));
        let story = format!(
            "---\ntitle: Puerto {number}\ndate: {}\nauthor: Ana Ruiz\ntags: [\"puerto\"]\n---\n{body}",
            date.format("%Y-%m-%dT%H:%M:%SZ")
        );
        fs::write(folder.join(format!("puerto-{number}.md")), story).expect("writes");
    }
    dir
}

fn instant() -> DateTime<Utc> {
    "2026-01-14T12:00:00Z".parse().expect("an instant")
}

fn source() -> FolderSource {
    let site = site();
    FolderSource {
        name: "bench".into(),
        root: PathBuf::new(),
        desk: Desk {
            site_url: site.url,
            main_language: site.language.clone(),
            language: site.language,
            zone: site.time_zone,
            permalink: Permalink::by_folder(),
            permalinks: Vec::new(),
            language_permalinks: Vec::new(),
            slugs: feedwright::story::Slugs::default(),
            guid: GuidMode::Minted,
            map: BTreeMap::new(),
            section: None,
            tags: Vec::new(),
        },
        languages: Vec::new(),
        guesses_languages: true,
        declared: Vec::new(),
        static_folder: None,
        settings: String::new(),
    }
}

fn site() -> Site {
    Site {
        title: "LatAm Reports".into(),
        description: "News from Latin America.".into(),
        url: "https://www.latamreports.example/".parse().expect("an address"),
        feeds_url: "https://feeds.latamreports.example/".parse().expect("an address"),
        language: "es".parse().expect("a language"),
        time_zone: chrono_tz::UTC,
        copyright: None,
        editor: None,
        webmaster: None,
        icon: None,
        favicon: None,
        logo: None,
        cover: None,
        accent_color: None,
        image: None,
        license: None,
        usage_terms: None,
        rsl: Licensing::default(),
        hubs: Vec::new(),
    }
}

fn document(site: &Site) -> FeedDocument<'_> {
    let html = render(&RawText { markup: Markup::Markdown, text: story_text() }).html;
    let entry = |number: i64| Entry {
        guid: Guid::kept(format!("tag:www.latamreports.example,2026:{number}")),
        url: format!("https://www.latamreports.example/{number}/"),
        title: format!("Puerto {number}"),
        short_title: None,
        language: None,
        summary: "Cuatro grúas volverán a trabajar el lunes.".into(),
        content_html: Some(html.clone()),
        published: instant() - TimeDelta::hours(number),
        modified: None,
        corrected: false,
        withdrawn: None,
        authors: vec![Person { name: "Ana Ruiz".into(), ..Person::default() }],
        categories: Vec::new(),
        image: None,
        enclosures: Vec::new(),
        origin: None,
        rights: None,
        translations: Vec::new(),
    };
    FeedDocument {
        site,
        path: FeedPath::root(),
        address: FeedPath::root(),
        id: site.feeds_url.to_string(),
        title: site.title.clone(),
        description: site.description.clone(),
        language: site.language.clone(),
        page: site.url.to_string(),
        image: None,
        logo: site.logo.clone(),
        profile: None,
        category: None,
        ttl_minutes: 15,
        formats: vec![Format::Rss, Format::Atom, Format::Json],
        updated: Some(instant()),
        alternates: Vec::new(),
        entries: (0..50).map(entry).collect(),
        tombstones: Vec::new(),
        hubs: &site.hubs,
        history: History::default(),
    }
}
