//! Inline styles that readers filter.

use std::sync::LazyLock;

use regex::Regex;

use super::address::{matches, regex};

const PROPERTIES: &str = " azimuth background background-color border border-bottom \
    border-bottom-color border-bottom-style border-bottom-width border-collapse border-color \
    border-left border-left-color border-left-style border-left-width border-right \
    border-right-color border-right-style border-right-width border-spacing border-style border-top \
    border-top-color border-top-style border-top-width border-width clear color cursor direction \
    display elevation float font font-family font-size font-style font-variant font-weight height \
    letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right \
    margin-top overflow padding padding-bottom padding-left padding-right padding-top pause \
    pause-after pause-before pitch pitch-range richness speak speak-header speak-numeral \
    speak-punctuation speech-rate stress text-align text-decoration text-indent unicode-bidi \
    vertical-align voice-family volume white-space width ";
const WORDS: &str = " aqua auto black block blue bold both bottom brown center collapse dashed dotted \
    fuchsia gray green !important italic left lime maroon medium none navy normal nowrap olive \
    pointer purple red right solid silver teal top transparent underline white yellow ";
/// Properties whose values are looked at too.
const WITH_VALUES: [&str; 4] = ["background", "border", "margin", "padding"];

static LETTERS: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r#"^([:,;#%.\sa-zA-Z0-9!]|\w-\w|'[\s\w]+'|"[\s\w]+"|\([\d,\s]+\))*$"#));
static SHAPE: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"^(\s*[-\w]+\s*:\s*[^:;]*(;|$))*$"));
static DECLARATION: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"([-\w]+)\s*:\s*([^:;]*)"));
static VALUE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"^(#[0-9a-f]+|rgb\(\d+%?,\d*%?,?\d*%?\)?|\d?\.?\d?\d(cm|em|ex|in|mm|pc|pt|px|%|,|\))?)$")
});

fn lists(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == word)
}

/// The first thing in a style that readers filter.
pub(in crate::check) fn dangerous(style: &str) -> Option<String> {
    if !matches(&LETTERS, style) || !matches(&SHAPE, style) {
        return Some(style.chars().take(60).collect());
    }
    let style = style.to_lowercase();
    for declaration in DECLARATION.as_ref()?.captures_iter(&style) {
        let (property, value) = (&declaration[1], &declaration[2]);
        if !lists(PROPERTIES, property) {
            return Some(property.to_owned());
        }
        let family = property.split('-').next().unwrap_or_default();
        if !WITH_VALUES.contains(&family) {
            continue;
        }
        let bad = |word: &&str| !lists(WORDS, word) && !matches(&VALUE, word);
        if let Some(word) = value.split_whitespace().find(bad) {
            return Some(word.to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_styles_pass_and_others_do_not() {
        for good in ["color: red", "margin: 0 auto; border: 1px solid #ccc", "", "float:left;"] {
            assert_eq!(dangerous(good), None, "{good}");
        }
        for bad in [
            "position: absolute",
            "background: url(http://a.example/)",
            "width: expression(x)",
            "margin: -1px",
        ] {
            assert!(dangerous(bad).is_some(), "{bad}");
        }
    }
}
