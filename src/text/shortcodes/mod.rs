//! Shortcodes of Hugo, Zola, Jekyll (Liquid) and WordPress, made HTML before the markup is read.
//!
//! # Promises
//! - No shortcode comes out raw, except in code, where those of Zola, Liquid and WordPress are
//!   samples (Hugo's are read there too, as Hugo does).
//! - Of a shortcode that is not known the inner text stays; its name is reported once.
//! - Links of Markdown, `[1]`, `[sic]` and footnotes are no shortcodes.
//! - Linear in the size of the text.
//!
//! # Limits
//! - Templates are not run: conditions and loops of Liquid leave what is in them, once.
//! - What comes out is not clean; [`super::clean_html`] comes after.

mod args;
mod code;
mod known;
mod lex;
mod liquid;

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use memchr::memmem;

use self::{
    args::Args,
    lex::{Family, Kind, Token, tokens},
};
use crate::story::Markup;

/// What shortcodes may ask about the story and its site.
#[derive(Clone, Copy)]
pub struct ShortcodeContext<'a> {
    /// Absolute address of the site.
    pub site_url: &'a str,
    /// Absolute address of the story.
    pub page_url: &'a str,
    /// Plain text.
    pub page_title: &'a str,
    /// The address of another story, from the path by which a text refers to it.
    pub resolve: &'a dyn Fn(&str) -> Option<String>,
}

/// A text without shortcodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expanded<'t> {
    /// In the same markup as before, borrowed where there were none.
    pub text: Cow<'t, str>,
    /// Names of those that are not known, each once, in the order of the text.
    pub unknown: Vec<String>,
}

/// Shortcodes within each other that are rendered; of deeper ones the inner text stays.
const MAX_NESTED: usize = 8;

/// Renders the shortcodes of `text`. Plain text and finished HTML have none.
pub fn expand<'t>(text: &'t str, markup: Markup, context: &ShortcodeContext<'_>) -> Expanded<'t> {
    let has = |mark: &str| memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    let has_any = (has("[") && has("]")) || has("{{") || has("{%");
    let untouched = || Expanded { text: Cow::Borrowed(text), unknown: Vec::new() };
    if matches!(markup, Markup::Plain | Markup::Finished) || !has_any {
        return untouched();
    }
    let tokens = tokens(text, markup);
    if tokens.iter().all(|token| matches!(token.kind, Kind::Text(_))) {
        return untouched();
    }
    let partners = partners(&tokens);
    let mut expansion = Expansion {
        text,
        markup,
        context,
        tokens: &tokens,
        partners,
        unknown: Vec::new(),
        named: HashSet::new(),
    };
    let mut out = String::with_capacity(text.len());
    expansion.write(0, tokens.len(), 0, &mut out);
    Expanded { text: Cow::Owned(out), unknown: expansion.unknown }
}

/// For each start its end. What is opened in between and not closed stands alone.
fn partners(tokens: &[Token<'_>]) -> Vec<Option<usize>> {
    let mut partners = vec![None; tokens.len()];
    let mut open: Vec<usize> = Vec::new();
    // Per name, the places in `open`; those beyond its end or of another start are stale.
    let mut places: HashMap<(Family, &str), Vec<usize>> = HashMap::new();
    let mut zola = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match &token.kind {
            Kind::Open(family, args) => {
                places.entry((*family, args.name.as_str())).or_default().push(open.len());
                if *family == Family::Zola {
                    zola.push(open.len());
                }
                open.push(index);
            }
            Kind::Close(family, name) => {
                let stack = if *family == Family::Zola && name.is_empty() {
                    Some(&mut zola)
                } else {
                    places.get_mut(&(*family, name.as_str()))
                };
                let Some(stack) = stack else { continue };
                while let Some(place) = stack.pop() {
                    let start = open.get(place).copied();
                    let fits = start.is_some_and(|start| match &tokens[start].kind {
                        Kind::Open(of, args) => {
                            of == family && (name.is_empty() || args.name == *name)
                        }
                        _ => false,
                    });
                    if let Some(start) = start.filter(|_| fits) {
                        partners[start] = Some(index);
                        open.truncate(place);
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    partners
}

/// One text on its way.
struct Expansion<'e, 't> {
    text: &'t str,
    markup: Markup,
    context: &'e ShortcodeContext<'e>,
    tokens: &'e [Token<'t>],
    partners: Vec<Option<usize>>,
    unknown: Vec<String>,
    named: HashSet<String>,
}

impl Expansion<'_, '_> {
    /// Writes the tokens `from..to`.
    fn write(&mut self, from: usize, to: usize, depth: usize, out: &mut String) {
        let tokens = self.tokens;
        let mut index = from;
        while index < to {
            let token = &tokens[index];
            index = match &token.kind {
                Kind::Open(family, args) => self.open(index, *family, args, depth, out),
                other => {
                    self.single(other, token, out);
                    index + 1
                }
            };
        }
    }

    fn single(&self, kind: &Kind<'_>, token: &Token<'_>, out: &mut String) {
        match kind {
            Kind::Text(text) => out.push_str(text),
            Kind::Literal(text) if token.in_code && self.markup == Markup::Markdown => {
                out.push_str(text);
            }
            Kind::Literal(text) => out.push_str(&html_escape::encode_text(text)),
            Kind::Output(expression) => out.push_str(&liquid::output(expression, self.context)),
            Kind::Code(code) => self.place(&known::code_block(code), token.start, token.end, out),
            Kind::Address(path) => {
                out.push_str("](");
                out.push_str(&known::address_of(path, self.context));
            }
            Kind::Open(..) | Kind::Close(..) | Kind::Dropped => {}
        }
    }

    /// Writes a shortcode; gives the index of what follows it.
    fn open(
        &mut self,
        index: usize,
        family: Family,
        args: &Args,
        depth: usize,
        out: &mut String,
    ) -> usize {
        let token = &self.tokens[index];
        let partner = self.partners[index];
        if depth >= MAX_NESTED {
            return index + 1;
        }
        let (next, end) =
            partner.map_or((index + 1, token.end), |close| (close + 1, self.tokens[close].end));
        if family == Family::Liquid && liquid::is_control(&args.name) {
            return index + 1;
        }
        let source = partner.map(|close| &self.text[token.end..self.tokens[close].start]);
        if token.in_code {
            if let known::Shown::Inline(text) = known::show(family, args, None, self.context) {
                out.push_str(&text);
            } else if let Some(close) = partner {
                self.write(index + 1, close, depth + 1, out);
            }
            return next;
        }
        // The inner text is worked out only for what shows it in a place of its own.
        let inner = match (source, partner) {
            (Some(source), _)
                if known::is_code(&args.name)
                    || family == Family::Bracket && known::is_language(&args.name) =>
            {
                Some(source.to_owned())
            }
            (Some(_), Some(close)) if known::wraps(&args.name) => {
                let mut inner = String::new();
                self.write(index + 1, close, depth + 1, &mut inner);
                Some(inner)
            }
            _ => None,
        };
        match known::show(family, args, inner.as_deref(), self.context) {
            known::Shown::Block(html) => self.place(&html, token.start, end, out),
            known::Shown::Inline(text) => out.push_str(&text),
            known::Shown::Inner => {
                if let Some(close) = partner {
                    self.write(index + 1, close, depth + 1, out);
                }
            }
            known::Shown::Unknown(name) => {
                if self.named.insert(name.clone()) {
                    self.unknown.push(name);
                }
                if let Some(close) = partner {
                    self.write(index + 1, close, depth + 1, out);
                }
            }
        }
        next
    }

    /// Writes a block of HTML, which has no line ends; a blank line follows one that stands alone
    /// on its line, so that Markdown goes on behind it.
    fn place(&self, html: &str, start: usize, end: usize, out: &mut String) {
        // What is longer is no indentation.
        let near = &self.text[self.text.floor_char_boundary(start.saturating_sub(64))..start];
        let indentation = near.trim_end_matches([' ', '\t', '>']);
        let alone_before =
            indentation.ends_with('\n') || near.len() == start && indentation.is_empty();
        let behind = self.text[end..].chars().take(64).find(|c| !matches!(c, ' ' | '\t' | '\r'));
        out.push_str(html);
        if self.markup == Markup::Markdown && alone_before {
            // What follows on the line would be read as HTML, not as Markdown.
            out.push_str(if matches!(behind, None | Some('\n')) { "\n" } else { "\n\n" });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> ShortcodeContext<'static> {
        ShortcodeContext {
            site_url: "https://news.example/blog/",
            page_url: "https://news.example/blog/flood/",
            page_title: "Flood & after",
            resolve: &|path| {
                path.contains("dam").then(|| "https://news.example/blog/dam/".to_owned())
            },
        }
    }

    fn expanded(text: &str) -> String {
        expand(text, Markup::Markdown, &context()).text.into_owned()
    }

    #[test]
    fn shortcodes_of_every_kind_are_rendered() {
        for (text, wanted) in [
            ("{{< ref \"dam.md\" >}}", "https://news.example/blog/dam/"),
            ("[d]({{< relref \"dam.md#x\" >}})", "[d](https://news.example/blog/dam/#x)"),
            ("[d](@/posts/dam.md#x)", "[d](https://news.example/blog/dam/#x)"),
            ("[d]({% link _posts/dam.md %})", "[d](https://news.example/blog/dam/)"),
            ("{% post_url 2026-01-01-dam %}", "https://news.example/blog/dam/"),
            (
                "{{< youtube abc >}}",
                "<p><a href=\"https://www.youtube.com/watch?v=abc\">youtube.com</a></p>\n",
            ),
            (
                "{{< youtube abc >}} *b*",
                "<p><a href=\"https://www.youtube.com/watch?v=abc\">youtube.com</a></p>\n\n *b*",
            ),
            ("{{ vimeo(id=\"12\") }}", "<p><a href=\"https://vimeo.com/12\">vimeo.com</a></p>\n"),
            (
                "[embed]https://x.example/y[/embed]",
                "<p><a href=\"https://x.example/y\">https://x.example/y</a></p>\n",
            ),
            (
                "{{< figure src=\"a.jpg\" alt=\"A\" caption=\"B *c*\" attr=\"D\" >}}",
                "<figure><img src=\"a.jpg\" alt=\"A\"><figcaption>B <em>c</em> D</figcaption></figure>\n",
            ),
            (
                "{% include figure.html image_path=\"/a.jpg\" caption=\"C\" %}",
                "<figure><img src=\"/a.jpg\"><figcaption>C</figcaption></figure>\n",
            ),
            (
                "[caption id=\"x\" width=\"3\"]<img src=\"a.jpg\" /> The text[/caption]",
                "<figure><img src=\"a.jpg\" /><figcaption>The text</figcaption></figure>\n",
            ),
            ("[audio src=\"a.mp3\"]", "<figure><audio controls src=\"a.mp3\"></audio></figure>\n"),
            (
                "{% highlight rust %}\na < {{ b }}\n{% endhighlight %}",
                "<pre><code>a &lt; {{ b }}</code></pre>\n",
            ),
            ("{{ site.url }}{{ site.baseurl }}/x", "https://news.example/blog/x"),
            (
                "{{ \"/x\" | relative_url }} {{ '/x' | absolute_url }}",
                "/blog/x https://news.example/blog/x",
            ),
            ("{{ page.title }}{{ other.thing }}", "Flood &amp; after"),
            ("{% if a > 1 %}b{% else %}c{% endif %}{% comment %}d{% endcomment %}", "bc"),
            ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
            ("{{< details \"S\" >}}in{{< /details >}}", "in"),
            ("{{</* figure */>}} {{%/* x */%}}", "{{&lt; figure &gt;}} {{% x %}}"),
            ("{% quote(a=1) %}in{% end %}", "in"),
        ] {
            assert_eq!(expanded(text), wanted, "{text}");
        }
    }

    #[test]
    fn of_what_is_not_known_the_inner_text_stays_and_the_name_is_given_once() {
        let text = "{{< a >}}x{{< b k=\"v\" />}}{{< /a >}} [box]y[/box] [vc_row w=\"1\"]z[/vc_row] {{< a >}} {% wow %}";
        let expanded = expand(text, Markup::Markdown, &context());
        assert_eq!(expanded.text, "x y z  ");
        assert_eq!(expanded.unknown, ["a", "b", "box", "vc_row", "wow"]);
    }

    #[test]
    fn text_in_brackets_is_no_shortcode_because_it_holds_an_element() {
        for text in [
            "One [see our <a href=\"https://x.example/\">earlier report</a>] two.",
            "[via <a href='x'>The Times</a>]",
            "[correction by <em class=\"ed\">the editor</em>: it was 5]",
            "[video <a href=\"https://v.example/\">here</a>]",
            "[caption <em>by Ann</em>]",
            "[video of the fire]",
            "[gallery of photos]",
        ] {
            assert_eq!(expanded(text), text);
        }
    }

    #[test]
    fn wordpress_has_its_own_shortcodes_alone_and_finished_html_none() {
        let text = "[embed]https://x.example/[/embed] {{ name }} {% if x %}y{% endif %} {{< z >}}";
        let wordpress = expand(text, Markup::WordPress, &context()).text;
        let wanted = "<p><a href=\"https://x.example/\">https://x.example/</a></p> {{ name }} \
            {% if x %}y{% endif %} {{< z >}}";
        assert_eq!(wordpress, wanted);
        assert_eq!(expand(text, Markup::Finished, &context()).text, text);
        let code = "[php]<?php echo \"<b>x</b>\"; ?>[/php]";
        let shown = expand(code, Markup::WordPress, &context()).text;
        let wanted = "<pre><code>&lt;?php echo \"&lt;b&gt;x&lt;/b&gt;\"; ?&gt;</code></pre>";
        assert_eq!(shown, wanted);
    }

    #[test]
    fn samples_in_code_stay() {
        for text in [
            "`{{ page.url }}` and `{% if %}` and `[gallery ids=\"1\"]`",
            "```liquid\n{% raw %}\n{{ x }} [audio src=\"a\"]\n```\n",
            "[1] [sic] [a](b) [^1] [x]: y [video](z) ![i](j)",
        ] {
            assert_eq!(expanded(text), text);
        }
        assert_eq!(
            expanded("`{{</* x */>}}` `{{< ref \"dam\" >}}`"),
            "`{{< x >}}` `https://news.example/blog/dam/`"
        );
    }

    #[test]
    fn unfinished_shortcodes_lose_their_delimiters_alone() {
        assert_eq!(expanded("a {{< b"), "a  b");
        assert_eq!(expanded("a {{ b"), "a  b");
        assert_eq!(expanded("a {% b {% raw %}c"), "a  b c");
        assert_eq!(expanded("{{< highlight go >}}x"), "x");
        assert_eq!(expanded("x{{< /figure >}}y[/caption]"), "xy");
    }

    #[test]
    fn what_is_rendered_cannot_break_out_of_its_place() {
        let text = "{{< figure src=\"a\\\" onerror=\\\"x\" alt=\"<script>\" >}}\n\n{{< youtube \"\\\"><script>\" >}}";
        let html = expanded(text);
        assert!(!html.contains("<script") && !html.contains("\" onerror"), "{html}");
        let text = "{{< highlight go >}}\na\n\n</pre><script>\n{{< /highlight >}}";
        assert_eq!(
            expanded(text),
            "<pre><code>a&#10;&#10;&lt;/pre&gt;&lt;script&gt;</code></pre>\n"
        );
    }

    #[test]
    fn nested_and_hostile_shortcodes_end() {
        for piece in [
            "{{<",
            "{{< a >}}",
            "{% raw %}",
            "{{< \"",
            "[a b=\"",
            "[/a]",
            "[a]",
            "{% x() %}",
            "{{ '",
            "`",
            "{% highlight %}",
            "endraw ",
            "{{< a >}}{{< /b >}}",
            "](@/",
            "[caption]",
            "<pre>",
            "{%",
        ] {
            let text = piece.repeat(100_000);
            for markup in [Markup::Markdown, Markup::Html] {
                let _ = expand(&text, markup, &context());
            }
        }
        let deep = format!("{}x{}", "{{< a >}}".repeat(5000), "{{< /a >}}".repeat(5000));
        assert_eq!(expanded(&deep), "x");
    }
}
