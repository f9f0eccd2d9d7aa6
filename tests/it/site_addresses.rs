//! The addresses of existing sites: what `init --from` makes of them is what the site has.
//!
//! Those of Hugo are what Hugo 0.111.3 prints for the same files (`hugo list all`).

use crate::support::Newsroom;

/// The address of each story, by its title as `list` shows it, of a newsroom made from `files`.
fn addresses(files: &[(&str, &str)]) -> Vec<(String, String)> {
    let newsroom = Newsroom::empty();
    for (name, text) in files {
        newsroom.write(&format!("site/{name}"), text);
    }
    newsroom.run(["init", "newsroom", "--from", "site"]).exits(0);
    newsroom.run(["build", "--config", "newsroom/config.toml"]).exits(0);
    let list = ["list", "-n", "1000", "--format", "json", "--config", "newsroom/config.toml"];
    let list = newsroom.run(list).exits(0).stdout;
    let stories: Vec<serde_json::Value> = serde_json::from_str(&list).expect("JSON");
    let text =
        |story: &serde_json::Value, name: &str| story[name].as_str().expect("a text").to_owned();
    stories.iter().map(|story| (text(story, "title"), text(story, "url"))).collect()
}

#[track_caller]
fn assert_addresses(files: &[(&str, &str)], expected: &[(&str, &str)]) {
    let found = addresses(files);
    for (title, url) in expected {
        let own = found.iter().find(|(own, _)| own == title);
        assert_eq!(own.map(|(_, url)| url.as_str()), Some(*url), "{title}: {found:?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:?}");
}

/// A title or file name → as `:title` of a permalink, as a file name without permalinks, the same
/// with `disablePathToLower`, the same with `removePathAccents`.
const NAMES: &[(&str, [&str; 4])] = &[
    ("1,000 ships", ["1000-ships", "1000-ships", "1000-ships", "1000-ships"]),
    ("AT&T", ["att", "att", "ATT", "att"]),
    ("Port(s)", ["ports", "ports", "Ports", "ports"]),
    ("\"Quoted\" words", ["quoted-words", "quoted-words", "Quoted-words", "quoted-words"]),
    ("Stop!", ["stop", "stop", "Stop", "stop"]),
    ("Really?", ["really", "really", "Really", "really"]),
    ("It's late", ["its-late", "its-late", "Its-late", "its-late"]),
    ("It’s later", ["its-later", "its-later", "Its-later", "its-later"]),
    ("C++", ["c-", "c++", "C++", "c++"]),
    ("C# notes", ["c#-notes", "c#-notes", "C#-notes", "c#-notes"]),
    ("100% sure", ["100-sure", "100-sure", "100-sure", "100-sure"]),
    ("50%41 odd", ["50a-odd", "50%41-odd", "50%41-odd", "50%41-odd"]),
    ("user@home", ["user@home", "user@home", "user@home", "user@home"]),
    ("One — two", ["one-two", "one-two", "One-two", "one-two"]),
    ("A2 – b", ["a2-b", "a2-b", "A2-b", "a2-b"]),
    (
        "Río São Älva",
        [
            "r%C3%ADo-s%C3%A3o-%C3%A4lva",
            "r%C3%ADo-s%C3%A3o-%C3%A4lva",
            "R%C3%ADo-S%C3%A3o-%C3%84lva",
            "rio-sao-alva",
        ],
    ),
    (
        "Ωμέγα σίγμας",
        [
            "%CF%89%CE%BC%CE%AD%CE%B3%CE%B1-%CF%83%CE%AF%CE%B3%CE%BC%CE%B1%CF%82",
            "%CF%89%CE%BC%CE%AD%CE%B3%CE%B1-%CF%83%CE%AF%CE%B3%CE%BC%CE%B1%CF%82",
            "%CE%A9%CE%BC%CE%AD%CE%B3%CE%B1-%CF%83%CE%AF%CE%B3%CE%BC%CE%B1%CF%82",
            "%CF%89%CE%BC%CE%B5%CE%B3%CE%B1-%CF%83%CE%B9%CE%B3%CE%BC%CE%B1%CF%82",
        ],
    ),
    (
        "Привет мир",
        [
            "%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82-%D0%BC%D0%B8%D1%80",
            "%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82-%D0%BC%D0%B8%D1%80",
            "%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82-%D0%BC%D0%B8%D1%80",
            "%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82-%D0%BC%D0%B8%D1%80",
        ],
    ),
    (
        "日本語の題",
        [
            "%E6%97%A5%E6%9C%AC%E8%AA%9E%E3%81%AE%E9%A1%8C",
            "%E6%97%A5%E6%9C%AC%E8%AA%9E%E3%81%AE%E9%A1%8C",
            "%E6%97%A5%E6%9C%AC%E8%AA%9E%E3%81%AE%E9%A1%8C",
            "%E6%97%A5%E6%9C%AC%E8%AA%9E%E3%81%AE%E9%A1%8C",
        ],
    ),
    ("İstanbul Ş", ["istanbul-%C5%9F", "istanbul-%C5%9F", "%C4%B0stanbul-%C5%9E", "istanbul-s"]),
    ("UPPER Case", ["upper-case", "upper-case", "UPPER-Case", "upper-case"]),
    ("v1.2.3 dots", ["v1.2.3-dots", "v1.2.3-dots", "v1.2.3-dots", "v1.2.3-dots"]),
    ("double--hyphen", ["double--hyphen", "double--hyphen", "double--hyphen", "double--hyphen"]),
    ("two  spaces", ["two-spaces", "two-spaces", "two-spaces", "two-spaces"]),
    (" - lead hyphen", ["-lead-hyphen", "-lead-hyphen", "-lead-hyphen", "-lead-hyphen"]),
    ("trail -", ["trail-", "trail-", "trail-", "trail-"]),
    ("back\\slash", ["back%5Cslash", "back%5Cslash", "back%5Cslash", "back%5Cslash"]),
    ("tilde~x", ["tilde~x", "tilde~x", "tilde~x", "tilde~x"]),
    ("under_score", ["under_score", "under_score", "under_score", "under_score"]),
    ("plus + plus", ["plus--plus", "plus-+-plus", "plus-+-plus", "plus-+-plus"]),
    ("semi;colon: x", ["semicolon-x", "semicolon-x", "semicolon-x", "semicolon-x"]),
    ("a=b & c", ["ab-c", "ab-c", "ab-c", "ab-c"]),
    ("[brackets] {x}", ["brackets-x", "brackets-x", "brackets-x", "brackets-x"]),
    ("&amp; entity", ["amp-entity", "amp-entity", "amp-entity", "amp-entity"]),
    ("emoji 🚢 ship", ["emoji-ship", "emoji-ship", "emoji-ship", "emoji-ship"]),
    ("½ price ²", ["price", "-price-", "-price-", "-price-"]),
    ("Ⅳ roman", ["roman", "-roman", "-roman", "-roman"]),
    (
        "हिन्दी समाचार",
        [
            "%E0%A4%B9%E0%A4%BF%E0%A4%A8%E0%A5%8D%E0%A4%A6%E0%A5%80-%E0%A4%B8%E0%A4%AE%E0%A4%BE%E0%A4%9A%E0%A4%BE%E0%A4%B0",
            "%E0%A4%B9%E0%A4%BF%E0%A4%A8%E0%A5%8D%E0%A4%A6%E0%A5%80-%E0%A4%B8%E0%A4%AE%E0%A4%BE%E0%A4%9A%E0%A4%BE%E0%A4%B0",
            "%E0%A4%B9%E0%A4%BF%E0%A4%A8%E0%A5%8D%E0%A4%A6%E0%A5%80-%E0%A4%B8%E0%A4%AE%E0%A4%BE%E0%A4%9A%E0%A4%BE%E0%A4%B0",
            "%E0%A4%B9%E0%A4%BF%E0%A4%A8%E0%A4%A6%E0%A5%80-%E0%A4%B8%E0%A4%AE%E0%A4%BE%E0%A4%9A%E0%A4%BE%E0%A4%B0",
        ],
    ),
    (
        "العربية",
        [
            "%D8%A7%D9%84%D8%B9%D8%B1%D8%A8%D9%8A%D8%A9",
            "%D8%A7%D9%84%D8%B9%D8%B1%D8%A8%D9%8A%D8%A9",
            "%D8%A7%D9%84%D8%B9%D8%B1%D8%A8%D9%8A%D8%A9",
            "%D8%A7%D9%84%D8%B9%D8%B1%D8%A8%D9%8A%D8%A9",
        ],
    ),
    (
        "e\u{301}te\u{301} NFD",
        ["e%CC%81te%CC%81-nfd", "e%CC%81te%CC%81-nfd", "e%CC%81te%CC%81-NFD", "ete-nfd"],
    ),
    ("x*y^z|w", ["xyzw", "xyzw", "xyzw", "xyzw"]),
    ("$5 `code`", ["5-code", "5-code", "5-code", "5-code"]),
    ("nbsp\u{a0}here", ["nbsp-here", "nbsp-here", "nbsp-here", "nbsp-here"]),
    ("a - b", ["a-b", "a-b", "a-b", "a-b"]),
    ("-x-", ["-x-", "-x-", "-x-", "-x-"]),
    ("co-op  --  x", ["co-op--x", "co-op--x", "co-op--x", "co-op--x"]),
    (
        "Straße ẞ",
        ["stra%C3%9Fe-%C3%9F", "stra%C3%9Fe-%C3%9F", "Stra%C3%9Fe-%E1%BA%9E", "stra%C3%9Fe-%C3%9F"],
    ),
    (
        "ﬁne ligature",
        [
            "%EF%AC%81ne-ligature",
            "%EF%AC%81ne-ligature",
            "%EF%AC%81ne-ligature",
            "%EF%AC%81ne-ligature",
        ],
    ),
    ("it.is", ["it.is", "it.is", "it.is", "it.is"]),
    ("2024", ["2024", "2024", "2024", "2024"]),
    ("a\u{200b}zero", ["azero", "azero", "azero", "azero"]),
];

fn hugo_names(
    settings: &str,
    title: impl Fn(&str) -> String,
    name: impl Fn(usize) -> String,
) -> Vec<(String, String)> {
    let mut files =
        vec![("hugo.toml".to_owned(), format!("baseURL = 'https://h.example/Blog/'\n{settings}"))];
    for (index, (text, _)) in NAMES.iter().enumerate() {
        let quoted = serde_json::to_string(&title(text)).expect("JSON");
        files.push((
            format!("content/{}", name(index)),
            format!("---\ntitle: {quoted}\ndate: 2026-01-05\n---\nText.\n"),
        ));
    }
    files
}

#[track_caller]
fn assert_hugo_names(files: &[(String, String)], folder: &str, column: usize) {
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let mut found: Vec<_> = addresses(&files).into_iter().map(|(_, url)| url).collect();
    let mut expected: Vec<_> = NAMES
        .iter()
        .map(|(_, forms)| format!("https://h.example/Blog/{folder}{}/", forms[column]))
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn titles_in_hugos_permalinks_are_written_as_hugo_writes_them() {
    let settings = "[permalinks]\nposts = '/p/:year/:title/'\n";
    let files = hugo_names(settings, str::to_owned, |index| format!("posts/{index}.md"));
    assert_hugo_names(&files, "p/2026/", 0);
}

#[test]
fn file_names_are_written_as_hugo_writes_them() {
    let name = |index: usize| format!("posts/{}.md", NAMES[index].0.trim());
    let title = |_: &str| "A title".to_owned();
    assert_hugo_names(&hugo_names("", title, name), "posts/", 1);
    assert_hugo_names(&hugo_names("disablePathToLower = true\n", title, name), "posts/", 2);
    assert_hugo_names(&hugo_names("removePathAccents = true\n", title, name), "posts/", 3);
}

#[test]
fn hugos_languages_may_have_permalinks_and_folders_of_their_own() {
    let post = |title: &str| format!("---\ntitle: {title}\ndate: 2026-01-05\n---\nText.\n");
    let (english, portuguese) = (post("Port(s)"), post("Porto(s)"));
    let url = "---\ntitle: U\nurl: Own/Place\ndate: 2026-01-05\n---\nText.\n";
    let fixed = "---\ntitle: V\nurl: /Own/fixed.html\ndate: 2026-01-05\n---\nText.\n";
    let files = |settings: &str| {
        let settings = format!(
            "baseURL = 'https://h.example/Blog/'\ndefaultContentLanguage = 'en'\n{settings}"
        );
        [
            ("hugo.toml", settings),
            ("content/posts/a.md", english.clone()),
            ("content/posts/a.pt.md", portuguese.clone()),
            ("content/posts/u.pt.md", url.to_owned()),
            ("content/posts/v.pt.md", fixed.to_owned()),
        ]
    };
    let check = |settings: &str, expected: [&str; 4]| {
        let files = files(settings);
        let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let titles = ["Port(s)", "Porto(s)", "U", "V"];
        assert_addresses(&files, &titles.iter().copied().zip(expected).collect::<Vec<_>>());
    };
    check(
        "[permalinks]\nposts = '/p/:title/'\n[languages.en]\n[languages.pt.permalinks]\n\
         posts = '/artigos/:title/'\n",
        [
            "https://h.example/Blog/p/ports/",
            "https://h.example/Blog/pt/artigos/portos/",
            "https://h.example/Blog/pt/Own/Place/",
            "https://h.example/Blog/Own/fixed.html",
        ],
    );
    check(
        "defaultContentLanguageInSubdir = true\n[languages.en]\nlanguageCode = 'en-GB'\n\
         [languages.pt]\n",
        [
            "https://h.example/Blog/en/posts/a/",
            "https://h.example/Blog/pt/posts/a/",
            "https://h.example/Blog/pt/Own/Place/",
            "https://h.example/Blog/Own/fixed.html",
        ],
    );
    check(
        "[languages.en]\nbaseURL = 'https://en.example/'\n[languages.pt]\n\
         baseURL = 'https://pt.example/Sub/'\n",
        [
            "https://en.example/posts/a/",
            "https://pt.example/Sub/posts/a/",
            "https://pt.example/Sub/Own/Place/",
            "https://pt.example/Sub/Own/fixed.html",
        ],
    );
}

#[test]
fn hugos_sections_end_where_no_index_makes_one() {
    let post = |title: &str| format!("---\ntitle: {title}\npublishDate: 2026-01-05\n---\nText.\n");
    let (flat, deep) = (post("Flat"), post("Deep"));
    assert_addresses(
        &[
            (
                "config/_default/hugo.yaml",
                "baseURL: https://h.example/\nuglyURLs: true\npermalinks:\n  \
                 latam: /:sections/:monthname/:filename/\n",
            ),
            ("content/latam/security/_index.md", "---\ntitle: S\n---\n"),
            ("content/latam/security/ports/x.md", &deep),
            ("content/latam/trade/ports/y/index.md", &flat),
        ],
        &[
            ("Deep", "https://h.example/latam/security/january/x.html"),
            ("Flat", "https://h.example/latam/january/y.html"),
        ],
    );
}

/// By Jekyll's `Utils.slugify`, `UrlDrop` and `URL.escape_path`.
#[test]
fn jekylls_tokens_are_filled_as_jekyll_fills_them() {
    let site = |permalink: &str| format!("url: https://j.example\npermalink: {permalink}\n");
    let files = |permalink: &str| {
        [
            ("_config.yml", site(permalink)),
            (
                "es/Mar y Costa/_posts/2026-01-05-It's_a (Test), no.md",
                "---\ntitle: A\ncategories: [Ação, Ação]\n---\nText.\n".to_owned(),
            ),
            (
                "_posts/2026-01-05-b.md",
                "---\ntitle: B\ncategory: Latin America\nslug: C# & Co\n---\nText.\n".to_owned(),
            ),
        ]
    };
    let check = |permalink: &str, first: &str, second: &str| {
        let files = files(permalink);
        let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let address = |path: &str| format!("https://j.example{path}");
        assert_addresses(&files, &[("A", &address(first)), ("B", &address(second))]);
    };
    check(
        "date",
        "/es/mar%20y%20costa/a%C3%A7%C3%A3o/2026/01/05/It's_a-(Test),-no.html",
        "/latin%20america/2026/01/05/C-&-Co.html",
    );
    check(
        "ordinal",
        "/es/mar%20y%20costa/a%C3%A7%C3%A3o/2026/005/It's_a-(Test),-no.html",
        "/latin%20america/2026/005/C-&-Co.html",
    );
    check(
        "/:slugified_categories/:short_year/:i_month/:i_day/:slug/",
        "/es/mar-y-costa/a%C3%A7%C3%A3o/26/1/5/it-s-a-test-no/",
        "/latin-america/26/1/5/c-co/",
    );
}

/// By Zola's `slugify_paths`.
#[test]
fn zolas_slugify_is_followed() {
    let files = |slugify: &str| {
        [
            ("config.toml", format!("base_url = 'https://z.example'\n{slugify}")),
            (
                "content/blog/2026-01-05-It is_a Tést.x.md",
                "+++\ntitle = 'A'\n+++\nText.\n".to_owned(),
            ),
            (
                "content/blog/b.md",
                "+++\ntitle = 'B'\ndate = 2026-01-05\npath = 'Own/Place'\n+++\nText.\n".to_owned(),
            ),
        ]
    };
    let check = |slugify: &str, first: &str| {
        let files = files(slugify);
        let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let first = format!("https://z.example/blog/{first}/");
        assert_addresses(&files, &[("A", &first), ("B", "https://z.example/Own/Place/")]);
    };
    check("", "it-is-a-test-x");
    check("[slugify]\npaths = 'safe'\n", "It%20is_a%20T%C3%A9st.x");
    check("[slugify]\npaths_keep_dates = true\n", "2026-01-05-it-is-a-test-x");
}
