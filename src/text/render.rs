//! From a story's raw text to what feeds carry.

use url::Url;

use super::{
    Cleaned, ShortcodeContext, TextError, clean_html, excerpt, expand,
    guard::{guard_html, guard_length, guard_markdown},
    markdown_to_html, plain_text, plain_to_html,
};
use crate::story::{Image, Markup, RawText};

/// Raised whenever the output of this floor changes for any input, so that stored renderings are
/// made again.
pub const RULES_VERSION: u32 = 1;

/// Length of an excerpt, in characters.
const EXCERPT_CHARS: usize = 300;

/// A story's text, ready for a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Clean HTML with absolute addresses.
    pub html: String,
    /// Its first sentences, plain, at most 300 characters.
    pub excerpt: String,
    /// The first picture in it.
    pub first_image: Option<Image>,
    /// Shortcodes whose inner text alone was kept, each named once, in the order of the text.
    pub unknown_shortcodes: Vec<String>,
}

/// Renders `raw`: shortcodes, then markup, then cleaning against `base`, then the excerpt.
pub fn render(
    raw: &RawText,
    base: &Url,
    context: &ShortcodeContext<'_>,
) -> Result<Rendered, TextError> {
    guard_length(&raw.text)?;
    let expanded = expand(&raw.text, raw.markup, context);
    let Cleaned { html, first_image } = match raw.markup {
        Markup::Markdown => {
            guard_markdown(&expanded.text)?;
            clean_html(&markdown_to_html(&expanded.text), base)?
        }
        Markup::Html | Markup::WordPress | Markup::Finished => clean_html(&expanded.text, base)?,
        Markup::Plain => clean_html(&plain_to_html(&expanded.text), base)?,
    };
    // A sample of code in the text must not read as markup where a reader takes plain text for HTML.
    let excerpt = plain_text(&excerpt(&html, EXCERPT_CHARS));
    Ok(Rendered { html, excerpt, first_image, unknown_shortcodes: expanded.unknown })
}

/// Refuses a text that [`render`] would refuse, without rendering it unless it looks suspicious.
pub fn guard(raw: &RawText) -> Result<(), TextError> {
    guard_length(&raw.text)?;
    if raw.markup == Markup::Markdown {
        guard_markdown(&raw.text)?;
    }
    if raw.markup == Markup::Plain || guard_html(&raw.text).is_ok() {
        return Ok(());
    }
    // Code samples may look like elements that are never closed: only the outcome tells.
    let base = Url::parse("https://guard.invalid/").map_err(|_| TextError::Empty)?;
    let context = ShortcodeContext {
        site_url: base.as_str(),
        page_url: base.as_str(),
        page_title: "",
        resolve: &|_| None,
    };
    render(raw, &base, &context).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(markup: Markup, text: &str) -> Result<Rendered, TextError> {
        let base = Url::parse("https://news.example/latam/flood/").expect("a base");
        let context = ShortcodeContext {
            site_url: "https://news.example/",
            page_url: base.as_str(),
            page_title: "Flood",
            resolve: &|_| None,
        };
        render(&RawText { markup, text: text.to_owned() }, &base, &context)
    }

    #[test]
    fn a_markdown_story_takes_the_whole_road() {
        let text = "The *river* rose.<!--more-->\n\n![A dam](dam.jpg)\n\n{{< mystery >}}in{{< /mystery >}}";
        let rendered = rendered(Markup::Markdown, text).expect("rendered");
        assert_eq!(
            rendered.html,
            "<p>The <em>river</em> rose.</p>\n<p><img src=\"https://news.example/latam/flood/dam.jpg\" \
             alt=\"A dam\"></p>\n<p>in</p>\n"
        );
        assert_eq!(rendered.excerpt, "The river rose. in");
        assert_eq!(rendered.first_image.expect("an image").alt.as_deref(), Some("A dam"));
        assert_eq!(rendered.unknown_shortcodes, ["mystery"]);
    }

    #[test]
    fn footnotes_and_code_are_intact_after_cleaning() {
        let rendered = rendered(Markup::Markdown, "A[^x].\n\n[^x]: Note.\n\n```rust\na < b\n```\n");
        let html = rendered.expect("rendered").html;
        let page = "https://news.example/latam/flood/";
        assert!(
            html.contains(&format!("<sup id=\"fnref-x\"><a href=\"{page}#fn-x\">1</a></sup>")),
            "{html}"
        );
        assert!(html.contains("<li id=\"fn-x\">"), "{html}");
        assert!(html.contains(&format!("<a href=\"{page}#fnref-x\">")), "{html}");
        assert!(html.contains("<pre><code>a &lt; b\n</code></pre>"), "{html}");
    }

    #[test]
    fn html_and_plain_text_are_rendered_by_their_own_rules() {
        let html = rendered(Markup::Html, "<p>*a*</p>").expect("rendered").html;
        assert_eq!(html, "<p>*a*</p>");
        let html = rendered(Markup::Plain, "<p>*a*</p>").expect("rendered").html;
        assert_eq!(html, "<p>&lt;p&gt;*a*&lt;/p&gt;</p>\n");
    }

    #[test]
    fn hostile_nesting_is_an_error_and_not_a_crash() {
        for text in ["> ".repeat(20_000), "<div>".repeat(20_000), "- ".repeat(20_000)] {
            assert!(rendered(Markup::Markdown, &text).is_err());
        }
        for text in [
            "[",
            "*a ",
            "![",
            "`",
            "<",
            "[](",
            "**_",
            "a**b",
            "~~",
            "[^1]",
            "&",
            "\\",
            "|a|\n|-|\n",
            "{{<",
            "{{% ",
            "{%",
            "{{ \"",
            "[a b=\"",
            "[/x]",
            "[x]",
            "{: ",
            "``` \n",
            "<!--",
            "[^a]: ",
        ] {
            let text = text.repeat(20_000);
            let _ = rendered(Markup::Markdown, &text);
            let _ = rendered(Markup::Html, &text);
            let _ = rendered(Markup::Plain, &text);
        }
    }
}
