//! Articles as pages have them, and pages that mean harm.

use super::*;

const TEXT: &str = "The river rose over night, and with it the worries of those who live along its \
    banks, as it had done in the years before, when nobody had come to help them, they said.";

fn page(head: &str, body: &str) -> String {
    let text = format!("<p>{TEXT}</p>").repeat(6);
    format!(
        "<!DOCTYPE html><html lang=\"es-CO\"><head>{head}</head><body><nav><a href=/>Home</a></nav>\
         <article><h1>The river rises</h1>{body}{text}</article><footer>Imprint</footer></body></html>"
    )
}

fn read(html: &str, rules: ArticleRules<'_>) -> Result<Article, PageError> {
    let address = Url::parse("https://s.example/flood?utm_source=x#top").expect("an address");
    read_article(html.as_bytes(), &address, None, rules)
}

fn article(html: &str) -> Article {
    read(html, ArticleRules::default()).expect("an article")
}

#[test]
fn what_the_article_says_of_itself_comes_before_what_the_page_says() {
    let head = "<title>River | S</title><link rel=\"canonical nofollow\" href=\"/flood\">
        <meta property=\"og:title\" content=\"OG\"><meta name=author content=\"Meta\">
        <meta property=\"og:image\" content=\"/dam.jpg\"><meta property=\"og:image:width\" content=\"900\">
        <meta property=\"article:tag\" content=\"flood\"><meta property=\"article:tag\" content=\"rain\">
        <script type=\"application/ld+json\">{\"@type\": \"NewsArticle\", \"headline\": \"The river rises\",
        \"author\": \"Ana Ruiz\", \"datePublished\": \"2026-03-01T10:00:00+01:00\",
        \"dateModified\": \"2026-03-02T10:00:00Z\", \"image\": \"https://s.example/dam.jpg\",
        \"articleSection\": \"LatAm\", \"isAccessibleForFree\": false}</script>";
    let Article { entry, paywalled } = article(&page(head, ""));
    assert!(paywalled);
    assert_eq!(entry.guid, "https://s.example/flood");
    assert_eq!(entry.url.as_deref(), Some("https://s.example/flood"));
    assert_eq!(entry.title, "The river rises");
    assert_eq!(entry.authors[0].name, "Ana Ruiz");
    assert_eq!(
        entry.published.map(|it| it.to_rfc3339()).as_deref(),
        Some("2026-03-01T09:00:00+00:00")
    );
    assert_eq!(
        entry.updated.map(|it| it.to_rfc3339()).as_deref(),
        Some("2026-03-02T10:00:00+00:00")
    );
    let image = entry.image.expect("an image");
    assert_eq!((image.url.as_str(), image.width), ("https://s.example/dam.jpg", Some(900)));
    let terms: Vec<(&str, Option<&str>)> =
        entry.categories.iter().map(|it| (it.term.as_str(), it.scheme.as_deref())).collect();
    assert_eq!(
        terms,
        [
            ("LatAm", Some("articleSection")),
            ("flood", Some("keywords")),
            ("rain", Some("keywords"))
        ]
    );
    assert_eq!(entry.language.as_deref(), Some("es-CO"));
    let html = entry.content_html.expect("a text");
    assert!(html.contains(TEXT) && !html.contains("Imprint") && !html.contains("Home"), "{html}");
}

#[test]
fn open_graph_and_what_the_page_shows_serve_where_there_is_nothing_better() {
    let head = "<meta property=\"og:title\" content=\"The river rises - The Daily\">
        <meta property=\"og:site_name\" content=\"The Daily\">
        <meta property=\"og:description\" content=\"A &lt;b&gt; &amp;amp; more\">
        <meta property=\"article:author\" content=\"https://f.example/ana\">
        <meta property=\"article:section\" content=\"Water\">";
    let body =
        "<p class=\"byline\">By Ana Ruiz</p><time datetime=\"2026-03-01T08:00:00Z\">x</time>";
    let Article { entry, paywalled } = article(&page(head, body));
    assert!(!paywalled);
    assert_eq!(entry.title, "The river rises");
    assert_eq!(
        entry.published.map(|it| it.to_rfc3339()).as_deref(),
        Some("2026-03-01T08:00:00+00:00")
    );
    assert_eq!(entry.authors.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Ana Ruiz"]);
    assert_eq!(entry.categories[0].term, "Water");
    assert_eq!(entry.guid, "https://s.example/flood?utm_source=x");
}

#[test]
fn a_canonical_address_elsewhere_or_of_the_front_page_is_not_believed() {
    for (link, wanted) in [
        ("https://evil.example/flood", "https://s.example/flood?utm_source=x"),
        ("/", "https://s.example/flood?utm_source=x"),
        ("javascript:x", "https://s.example/flood?utm_source=x"),
        ("https://www.s.example/a", "https://www.s.example/a"),
    ] {
        let head = format!("<link rel=canonical href=\"{link}\">");
        assert_eq!(article(&page(&head, "")).entry.guid, wanted, "{link}");
    }
}

#[test]
fn selectors_choose_the_text_and_what_is_left_out() {
    let html = page(
        "",
        "<div class=a><div class=a>In</div><p class=ad>Ad</p></div><div class=a>Out</div>",
    );
    let remove = [".ad".to_owned()];
    let rules = ArticleRules { content: Some(".a"), remove: &remove };
    let entry = read(&html, rules).expect("an article").entry;
    assert_eq!(entry.content_html.as_deref(), Some("<div class=\"a\">In</div>\nOut\n"));
    assert_eq!(entry.title, "The river rises");
    let rules = ArticleRules { content: Some(".none"), remove: &[] };
    assert_eq!(read(&html, rules), Err(PageError::NoMatch { selector: ".none".to_owned() }));
    let remove = ["][".to_owned()];
    let rules = ArticleRules { content: None, remove: &remove };
    assert_eq!(read(&html, rules), Err(PageError::BadSelector { selector: "][".to_owned() }));
}

#[test]
fn a_date_that_can_not_be_read_is_kept_for_a_message() {
    let entry = article(&page("<meta property='article:published_time' content='soon'>", "")).entry;
    assert_eq!((entry.published, entry.undated.as_deref()), (None, Some("soon")));
}

#[test]
fn hostile_pages_are_errors_or_texts_and_nothing_worse() {
    let refused = read(&"<div>".repeat(20_000), ArticleRules::default());
    assert!(matches!(refused, Err(PageError::Refused(_))));
    assert_eq!(read("<p>", ArticleRules::default()), Err(PageError::NoArticle));
    for piece in
        ["<br>", "<p>x</p>", "<img>", "<a href=x>y</a>", "<table><tr><td>x</table>", "x, y. "]
    {
        let _ = read(&piece.repeat(5_000), ArticleRules::default());
    }
}

#[test]
fn the_feed_keeps_what_it_says_and_the_page_fills_in_the_rest() {
    let entry = ReadEntry {
        guid: "tag:1".to_owned(),
        title: "Feed".to_owned(),
        content_html: Some("<p>Short</p>".to_owned()),
        base: Some("https://feed.example/".to_owned()),
        ..ReadEntry::default()
    };
    let page = article(&page("<meta name=author content=Ana>", "")).entry;
    let both = with_article(entry.clone(), page.clone());
    assert_eq!((both.guid.as_str(), both.title.as_str()), ("tag:1", "Feed"));
    assert_eq!((both.content_html, both.base), (page.content_html, page.base));
    assert_eq!(both.authors[0].name, "Ana");
    let without = with_article(entry.clone(), ReadEntry::default());
    assert_eq!((without.content_html, without.base), (entry.content_html, entry.base));
}
