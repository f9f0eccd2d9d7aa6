//! Existing Hugo, Zola and Jekyll sites: `init --from` and `build`, without an edit between.

use crate::support::{Newsroom, Ran};
use serde_json::Value;

/// Lays a site down in `site/`, makes a newsroom from it and builds.
fn built_from(files: &[(&str, &str)]) -> (Newsroom, Ran) {
    let newsroom = Newsroom::empty();
    for (name, text) in files {
        newsroom.write(&format!("site/{name}"), text);
    }
    let told = newsroom.run(["init", "newsroom", "--from", "site"]).exits(0);
    newsroom.run(["build", "--config", "newsroom/config.toml"]).exits(0);
    for (name, file) in newsroom.files("newsroom/feeds") {
        let text = String::from_utf8(file.bytes).expect("UTF-8");
        for raw in ["{{", "{%", "%}", "}}", "{{<", "&#123;"] {
            assert!(!text.contains(raw), "{name} has a raw `{raw}`");
        }
    }
    (newsroom, told)
}

fn items(newsroom: &Newsroom, feed: &str) -> Vec<Value> {
    let file = format!("newsroom/feeds/{feed}/feed.json").replace("//", "/");
    let feed: Value = serde_json::from_str(&newsroom.read(&file)).expect("JSON");
    feed["items"].as_array().expect("items").clone()
}

fn titles(newsroom: &Newsroom, feed: &str) -> Vec<String> {
    let titles = items(newsroom, feed).into_iter();
    titles.map(|item| item["title"].as_str().expect("a title").to_owned()).collect()
}

/// The entry with this title in the site-wide feed.
fn item(newsroom: &Newsroom, title: &str) -> Value {
    let found = items(newsroom, "").into_iter().find(|item| item["title"] == title);
    assert!(found.is_some(), "`{title}` is not in {:?}", titles(newsroom, ""));
    found.unwrap_or_default()
}

#[track_caller]
fn assert_item(newsroom: &Newsroom, title: &str, url: &str, date: &str) -> Value {
    let item = item(newsroom, title);
    assert_eq!(item["url"], url, "{title}");
    assert_eq!(item["date_published"], date, "{title}");
    item
}

const HUGO: [(&str, &str); 13] = [
    (
        "hugo.toml",
        "baseURL = 'https://hugo.example/paper/'\ntitle = 'The Paper'\n\
         defaultContentLanguage = 'en'\ntimeZone = 'America/Bogota'\ncopyright = '© The Paper'\n\
         [permalinks]\nposts = '/:year/:month/:slug/'\n\
         [languages.en]\nlanguageName = 'English'\nweight = 1\n\
         [languages.pt]\nlanguageName = 'Português'\nweight = 2\n\
         [params]\ndescription = 'News on paper.'\n",
    ),
    ("content/_index.md", "---\ntitle: Home\n---\nWelcome.\n"),
    ("content/about.md", "---\ntitle: About the paper\n---\nA page without a date.\n"),
    ("content/posts/_index.md", "---\ntitle: All posts\n---\n"),
    (
        "content/posts/first.md",
        "+++\ntitle = 'First'\ndate = 2026-01-05\ntags = ['one']\n+++\n\nSee [the report]({{< ref \"story.md\" >}}).\n\n\
         {{< figure src=\"/pic.jpg\" caption=\"A picture\" >}}\n\n{{< youtube abc123DEF45 >}}\n\n\
         {{% notice warning %}}Mind the *gap*.{{% /notice %}}\n\n\
         {{< highlight go >}}\nfmt.Println(\"x\")\n{{< /highlight >}}\n\n<!--more-->\n\nThe end.\n",
    ),
    (
        "content/posts/story.md",
        "---\ntitle: Story\ndate: 2026-01-06T10:00:00\nslug: the-story\n---\n\nIn English.\n",
    ),
    (
        "content/posts/story.pt.md",
        "---\ntitle: História\ndate: 2026-01-06T10:00:00\n---\n\nEm português.\n",
    ),
    (
        "content/posts/draft.md",
        "---\ntitle: Not yet\ndate: 2026-01-07\ndraft: true\n---\n\nDraft.\n",
    ),
    ("content/posts/future.md", "---\ntitle: Tomorrow\ndate: 2099-01-07\n---\n\nLater.\n"),
    ("content/latam/security/_index.md", "---\ntitle: Security in Latin America\n---\n"),
    (
        "content/latam/security/bundle/index.md",
        "---\ntitle: Bundle\ndate: 2026-07-01T09:00:00\nlastmod: 2026-07-02\n---\n\n![A map](map.png)\n\nText.\n",
    ),
    ("content/latam/security/bundle/notes.md", "---\ntitle: Notes of the bundle\n---\nNo story.\n"),
    ("static/pic.jpg", "not really a picture"),
];

#[test]
fn a_hugo_site_builds_through_init_without_an_edit() {
    let (newsroom, told) = built_from(&HUGO);
    assert!(told.stdout.contains("Hugo") || told.stderr.contains("Hugo"), "{told:?}");

    let first = assert_item(
        &newsroom,
        "First",
        "https://hugo.example/paper/2026/01/first/",
        "2026-01-05T05:00:00Z",
    );
    let html = first["content_html"].as_str().expect("HTML");
    for shown in [
        "https://hugo.example/paper/2026/01/the-story/",
        "A picture",
        "youtube.com/watch?v=abc123DEF45",
        "Mind the <em>gap</em>.",
        "fmt.Println",
        "The end.",
    ] {
        assert!(html.contains(shown), "{shown} is not in {html}");
    }
    assert_eq!(first["id"], first["url"], "what readers of Hugo's feed know");

    assert_item(
        &newsroom,
        "Story",
        "https://hugo.example/paper/2026/01/the-story/",
        "2026-01-06T15:00:00Z",
    );
    let translated = assert_item(
        &newsroom,
        "História",
        "https://hugo.example/paper/pt/2026/01/hist%C3%B3ria/",
        "2026-01-06T15:00:00Z",
    );
    assert_eq!(translated["language"], "pt");
    let bundle = assert_item(
        &newsroom,
        "Bundle",
        "https://hugo.example/paper/latam/security/bundle/",
        "2026-07-01T14:00:00Z",
    );
    let html = bundle["content_html"].as_str().expect("HTML");
    let picture = "https://hugo.example/paper/latam/security/bundle/map.png";
    assert!(html.contains(picture), "{html}");
}

#[test]
fn of_a_hugo_site_pages_drafts_and_tomorrows_stories_are_not_published() {
    let (newsroom, _) = built_from(&HUGO);
    assert_eq!(titles(&newsroom, ""), ["Bundle", "Story", "História", "First"]);
    assert_eq!(titles(&newsroom, "posts").len(), 3);
    assert_eq!(titles(&newsroom, "latam"), ["Bundle"]);
    assert_eq!(titles(&newsroom, "latam/security"), ["Bundle"]);
    for (name, file) in newsroom.files("newsroom/feeds") {
        let text = String::from_utf8(file.bytes).expect("UTF-8");
        for hidden in ["About the paper", "Not yet", "Tomorrow", "Notes of the bundle"] {
            assert!(!text.contains(hidden), "{name}: {hidden}");
        }
    }
    let feed = newsroom.read("newsroom/feeds/latam/security/feed.json");
    assert!(feed.contains("Security in Latin America"), "`_index.md` names its section");
    let site = newsroom.read("newsroom/feeds/rss.xml");
    for known in ["<title>The Paper</title>", "News on paper.", "© The Paper"] {
        assert!(site.contains(known), "{known}");
    }
}

#[test]
fn a_zola_site_builds_through_init_without_an_edit() {
    let (newsroom, told) = built_from(&[
        (
            "config.toml",
            "base_url = \"https://zola.example\"\ntitle = \"The Leaf\"\ndescription = \"Leaves.\"\n\
             default_language = \"en\"\ngenerate_feeds = true\n[languages.es]\ntitle = \"La hoja\"\n\
             [markdown]\nhighlight_code = true\n",
        ),
        ("content/_index.md", "+++\nsort_by = \"date\"\n+++\n"),
        ("content/blog/_index.md", "+++\ntitle = \"The blog\"\nsort_by = \"date\"\n+++\n"),
        (
            "content/blog/first.md",
            "+++\ntitle = \"First\"\ndate = 2026-01-05\nupdated = 2026-01-08\n[taxonomies]\n\
             tags = [\"one\", \"two\"]\n[extra]\nx = 1\n+++\n\nHello, see [it](@/blog/2026-01-06-second.md).\n\n\
             {{ youtube(id=\"abc123DEF45\") }}\n\n{% note(kind=\"x\") %}Mind the *gap*.{% end %}\n",
        ),
        (
            "content/blog/2026-01-06-second.md",
            "+++\ntitle = \"Second\"\nauthors = [\"Ana Ruiz\"]\n+++\n\nDated by its name.\n",
        ),
        ("content/blog/first.es.md", "+++\ntitle = \"Primero\"\ndate = 2026-01-05\n+++\n\nHola.\n"),
        (
            "content/blog/bundle/index.md",
            "+++\ntitle = \"Bundle\"\ndate = 2026-01-07T10:00:00Z\nslug = \"packed\"\n+++\n\n![x](x.png)\n",
        ),
        ("content/about.md", "+++\ntitle = \"About\"\n+++\n\nA page.\n"),
        (
            "content/blog/draft.md",
            "+++\ntitle = \"Draft\"\ndate = 2026-01-09\ndraft = true\n+++\n\nNo.\n",
        ),
    ]);
    assert!(told.stdout.contains("Zola") || told.stderr.contains("Zola"), "{told:?}");
    assert_eq!(titles(&newsroom, "blog"), ["Bundle", "Second", "First", "Primero"]);
    let first =
        assert_item(&newsroom, "First", "https://zola.example/blog/first/", "2026-01-05T00:00:00Z");
    assert_eq!(first["date_modified"], "2026-01-08T00:00:00Z");
    let html = first["content_html"].as_str().expect("HTML");
    for shown in ["https://zola.example/blog/second/", "abc123DEF45", "Mind the <em>gap</em>."] {
        assert!(html.contains(shown), "{shown} is not in {html}");
    }
    assert_item(&newsroom, "Second", "https://zola.example/blog/second/", "2026-01-06T00:00:00Z");
    let spanish = assert_item(
        &newsroom,
        "Primero",
        "https://zola.example/es/blog/first/",
        "2026-01-05T00:00:00Z",
    );
    assert_eq!(spanish["language"], "es");
    assert_item(&newsroom, "Bundle", "https://zola.example/blog/packed/", "2026-01-07T10:00:00Z");
}

#[test]
fn a_jekyll_site_builds_through_init_without_an_edit() {
    let (newsroom, told) = built_from(&[
        (
            "_config.yml",
            "title: The Dispatch\nurl: \"https://jekyll.example\"\nbaseurl: \"/d\"\n\
             timezone: America/Mexico_City\nlang: es-MX\ndescription: >-\n  Despachos.\n\
             permalink: pretty\nplugins:\n  - jekyll-feed\n",
        ),
        (
            "_posts/2026-01-05-first.md",
            "---\nlayout: post\ntitle:  \"First\"\ncategories: [latam, security]\ntags: ports ships\n---\n\n\
             Text, see [it]({% post_url 2026-07-06-second %}) and ![x]({{ site.baseurl }}/x.png).\n\n\
             {% highlight ruby %}\nputs 1\n{% endhighlight %}\n\n{% include note.html text=\"x\" %}\n\n\
             {% raw %}Kept words.{% endraw %}\n",
        ),
        (
            "_posts/2026-07-06-second.markdown",
            "---\nlayout: post\ntitle: Second\ndate: 2026-07-06 09:30:00\ncategory: sport\nauthor: Ana Ruiz\n---\n\nText.\n",
        ),
        (
            "_posts/2026-01-04-html.html",
            "---\ntitle: Third\ndate: 2026-01-04 09:30:00 +0200\nlang: en\n---\n<p>HTML.</p>\n",
        ),
        ("_posts/2026-01-03-hidden.md", "---\ntitle: Hidden\npublished: false\n---\nNo.\n"),
        ("_drafts/idea.md", "---\ntitle: Idea\ndate: 2026-01-01\n---\nNo.\n"),
        ("about.md", "---\nlayout: page\ntitle: About\n---\nA page.\n"),
        ("index.md", "---\nlayout: home\n---\n"),
        ("_includes/note.html", "<b>{{ include.text }}</b>\n"),
    ]);
    assert!(told.stdout.contains("Jekyll") || told.stderr.contains("Jekyll"), "{told:?}");
    assert_eq!(titles(&newsroom, ""), ["Second", "First", "Third"]);
    let first = assert_item(
        &newsroom,
        "First",
        "https://jekyll.example/d/latam/security/2026/01/05/first/",
        "2026-01-05T06:00:00Z",
    );
    let html = first["content_html"].as_str().expect("HTML");
    let second = "https://jekyll.example/d/sport/2026/07/06/second/";
    for shown in [second, "puts 1", "Kept words."] {
        assert!(html.contains(shown), "{shown} is not in {html}");
    }
    assert_item(&newsroom, "Second", second, "2026-07-06T15:30:00Z");
    let third = item(&newsroom, "Third");
    assert_eq!(
        (&third["date_published"], &third["language"]),
        (&"2026-01-04T07:30:00Z".into(), &"en".into())
    );
    assert_eq!(titles(&newsroom, "sport"), ["Second"]);
    assert!(titles(&newsroom, "latam").contains(&"First".to_owned()));
}

#[test]
fn a_folder_that_is_no_site_is_named_with_what_to_do() {
    let newsroom = Newsroom::empty();
    newsroom.write("site/readme.md", "Nothing here.\n");
    newsroom.run(["init", "newsroom", "--from", "site"]).exits(2).complains_of(["site", "fix:"]);
    assert!(!newsroom.exists("newsroom/config.toml"));
}

/// As the themes that bring a folder of settings lay it out.
#[test]
fn a_hugo_site_may_keep_its_settings_in_many_files() {
    let (newsroom, told) = built_from(&[
        (
            "config/_default/hugo.toml",
            "baseURL = 'http://localhost:1313/'\ndefaultContentLanguage = 'en'\n\
             copyright = '© The Sheet'\n[uglyURLs]\nnotes = true\n",
        ),
        ("config/_default/languages.en.toml", "title = 'The Sheet'\nlocale = 'en-GB'\n"),
        ("config/_default/languages.es.toml", "title = 'La Hoja'\n"),
        ("config/_default/params.toml", "description = 'News on one sheet.'\n"),
        ("config/_default/permalinks.yaml", "posts: /:year/:slug/\n"),
        ("config/_default/menus.en.toml", "[[main]]\nname = 'Posts'\n"),
        ("config/production/config.toml", "baseurl = 'https://sheet.example/'\n"),
        ("config/development/config.toml", "baseURL = 'https://wrong.example/'\n"),
        ("content/posts/a.md", "---\ntitle: First\ndate: 2026-02-01\n---\n\nText.\n"),
        ("content/posts/a.es.md", "---\ntitle: Primero\ndate: 2026-02-01\n---\n\nTexto.\n"),
        ("content/notes/b.md", "---\ntitle: Note\ndate: 2026-02-02\n---\n\nText.\n"),
    ]);
    assert!(told.stdout.contains("The Sheet"), "{}", told.stdout);
    let url = |title| item(&newsroom, title)["url"].as_str().expect("an address").to_owned();
    assert_eq!(url("First"), "https://sheet.example/2026/first/");
    assert_eq!(url("Primero"), "https://sheet.example/es/2026/primero/");
    assert_eq!(url("Note"), "https://sheet.example/notes/b.html");
    let config = newsroom.read("newsroom/config.toml");
    for line in ["language = \"en-GB\"", "© The Sheet", "News on one sheet."] {
        assert!(config.contains(line), "{line}: {config}");
    }
}

#[test]
fn a_hugo_site_of_one_language_keeps_its_sections_its_days_and_its_slashes() {
    let (newsroom, _) = built_from(&[
        (
            "hugo.toml",
            "baseURL = 'https://hugo.example/'\ntitle = 'One'\nlanguageCode = 'en'\n\
             [permalinks]\nen = '/:sections/:year/:month/:slug/'\nnews = '/:year/:month/:day/:slug/'\n",
        ),
        (
            "content/en/2026-05-11-a.md",
            "---\ntitle: A day\nslug: a\ndate: 2026-05-11\n---\nText.\n",
        ),
        (
            "content/news/night.md",
            "---\ntitle: Late\nslug: night\ndate: 2024-02-08 19:07:00 -0500\n---\nText.\n",
        ),
        (
            "content/news/cn.md",
            "---\ntitle: Recipe\nslug: cn/A Recipe\ndate: 2024-03-01\n---\nText.\n",
        ),
    ]);
    let url = |title: &str| item(&newsroom, title)["url"].as_str().expect("a URL").to_owned();
    assert_eq!(url("A day"), "https://hugo.example/en/2026/05/a/");
    assert_eq!(url("Late"), "https://hugo.example/2024/02/08/night/");
    assert_eq!(item(&newsroom, "Late")["date_published"], "2024-02-09T00:07:00Z");
    assert_eq!(url("Recipe"), "https://hugo.example/2024/03/01/cn/a-recipe/");
    assert_eq!(titles(&newsroom, "en"), ["A day"]);
}

#[test]
fn hugos_section_in_a_pattern_is_the_first_folder_alone() {
    let (newsroom, _) = built_from(&[
        (
            "hugo.toml",
            "baseURL = 'https://hugo.example/'\ntitle = 'P'\n\
             [permalinks]\nlatam = '/:section/:year/:slug/'\n",
        ),
        ("content/latam/_index.md", "---\ntitle: Latin America\n---\n"),
        (
            "content/latam/security/flood.md",
            "---\ntitle: Flood\ndate: 2026-01-05T10:00:00Z\n---\nThe river rose.\n",
        ),
    ]);
    let url = "https://hugo.example/latam/2026/flood/";
    assert_item(&newsroom, "Flood", url, "2026-01-05T10:00:00Z");
}

#[test]
fn a_pattern_of_hugo_that_cannot_be_followed_is_said_and_left_out() {
    let (newsroom, told) = built_from(&[
        (
            "hugo.toml",
            "baseURL = 'https://hugo.example/'\ntitle = 'P'\n[permalinks]\n\
             latam = '/:year/:yearday/:weekday/:sections[1:]/:title/'\n",
        ),
        (
            "content/latam/flood.md",
            "---\ntitle: Flood\ndate: 2026-01-05T10:00:00Z\n---\nThe river rose.\n",
        ),
    ]);
    let told = told.complains_of(["`latam`", "`:sections[1:]`", "fix:", "`url`"]);
    assert!(!told.stdout.contains("sections[1:]"), "{}", told.stdout);
    let url = "https://hugo.example/latam/flood/";
    assert_item(&newsroom, "Flood", url, "2026-01-05T10:00:00Z");
}
