//! HTML in texts that are plain.

use std::sync::LazyLock;

use regex::Regex;

use super::{address::regex, html_names::is_element};

static END_TAG: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"</(\w+)>"));
static REFERENCE: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"&(#?\w+)"));
static BEGINNING: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"&#[x0-9]|<[/a-zA-Z]"));

/// What of HTML stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) enum Html {
    /// The end tag of an element.
    Tag(usize),
    /// A character reference.
    Reference(usize),
    /// What looks like the beginning of either.
    Beginning(usize),
}

/// Where the first of it stands.
pub(in crate::check) fn find(text: &str) -> Option<Html> {
    if !text.contains(['<', '&']) {
        return None;
    }
    let tag = END_TAG.as_ref()?.captures_iter(text).find(|it| is_element(&it[1]));
    if let Some(tag) = tag.and_then(|it| it.get(0)) {
        return Some(Html::Tag(tag.start()));
    }
    let reference = REFERENCE.as_ref()?.captures_iter(text).find(|it| is_reference(&it[1]));
    if let Some(reference) = reference.and_then(|it| it.get(0)) {
        return Some(Html::Reference(reference.start()));
    }
    BEGINNING.as_ref()?.find(text).map(|it| Html::Beginning(it.start()))
}

fn is_reference(name: &str) -> bool {
    let written = format!("&{name};");
    !name.chars().all(char::is_alphabetic) || html_escape::decode_html_entities(&written) != written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_in_plain_text_is_found() {
        assert_eq!(find("a <b>c</b>"), Some(Html::Tag(6)));
        assert_eq!(find("AT&amp;T"), Some(Html::Reference(2)));
        assert_eq!(find("use the <blink tag"), Some(Html::Beginning(8)));
        assert_eq!(find("AT&T, 1 < 2, </nonsense>x"), Some(Html::Beginning(13)));
        assert_eq!(find("AT&T, 1 < 2"), None);
    }
}
