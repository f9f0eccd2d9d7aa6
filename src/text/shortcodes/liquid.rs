//! The little of Liquid that texts of stories use: addresses of the site and of the page.

use url::{Position, Url};

use super::ShortcodeContext;

/// Tags that steer a template; what they enclose stays, once.
const CONTROL: [&str; 29] = [
    "if",
    "elsif",
    "else",
    "unless",
    "case",
    "when",
    "for",
    "break",
    "continue",
    "tablerow",
    "cycle",
    "assign",
    "capture",
    "increment",
    "decrement",
    "liquid",
    "render",
    "echo",
    "set",
    "with",
    "block",
    "extends",
    "macro",
    "import",
    "toc",
    "filter",
    "endif",
    "layout",
    "seo",
];

pub(super) fn is_control(name: &str) -> bool {
    CONTROL.contains(&name) || name.starts_with('#')
}

/// What `{{ expression }}` shows; nothing where it isn't known.
pub(super) fn output(expression: &str, context: &ShortcodeContext<'_>) -> String {
    let mut filters = expression.split('|').map(str::trim);
    let subject = filters.next().unwrap_or_default();
    let Ok(site) = Url::parse(context.site_url) else {
        return String::new();
    };
    let origin = site[..Position::BeforePath].to_owned();
    let folder = site.path().trim_end_matches('/');
    let quoted =
        ['"', '\''].iter().find_map(|quote| subject.strip_prefix(*quote)?.strip_suffix(*quote));
    let mut text = match (quoted, subject) {
        (Some(text), _) => text.to_owned(),
        (None, "site.url") => origin.clone(),
        (None, "site.baseurl") => folder.to_owned(),
        (None, "page.url") => {
            let path = Url::parse(context.page_url).map(|url| url.path().to_owned());
            let path = path.unwrap_or_default();
            path.strip_prefix(folder).map(str::to_owned).unwrap_or(path)
        }
        (None, "page.title" | "title") => context.page_title.to_owned(),
        (None, "page.permalink" | "page.absolute_url") => context.page_url.to_owned(),
        _ => return String::new(),
    };
    for filter in filters {
        let (name, argument) = filter.split_once(':').unwrap_or((filter, ""));
        let below = |text: &str| {
            if text.contains("://") {
                text.to_owned()
            } else {
                format!("{folder}/{}", text.trim_start_matches('/'))
            }
        };
        text = match (name.trim(), argument.trim()) {
            ("relative_url", _) | ("prepend", "site.baseurl") => below(&text),
            ("absolute_url", _) if text.contains("://") => text,
            ("absolute_url", _) => format!("{origin}{}", below(&text)),
            ("prepend", "site.url") => format!("{origin}{text}"),
            _ => text,
        };
    }
    html_escape::encode_double_quoted_attribute(&text).into_owned().replace('\n', " ")
}
