//! The name and the arguments of a shortcode.

/// What stands between the delimiters: a name, named values and positional ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Args {
    pub(super) name: String,
    named: Vec<(String, String)>,
    positional: Vec<String>,
}

/// More arguments than any shortcode has; the rest is not read.
const MOST: usize = 64;

impl Args {
    /// Reads `name a="b" c`, `name(a="b", c=1)`; parts are parted by space or commas.
    pub(super) fn read(text: &str) -> Self {
        let text = text.trim().trim_end_matches('/').trim_end();
        let ends = |c: char| c.is_whitespace() || matches!(c, '(' | '=' | '"' | ',');
        let end = text.find(ends).unwrap_or(text.len());
        let mut args = Self { name: text[..end].to_lowercase(), ..Self::default() };
        let rest = text[end..].trim();
        let rest =
            rest.strip_prefix('(').map_or(rest, |rest| rest.strip_suffix(')').unwrap_or(rest));
        args.read_values(rest);
        args
    }

    fn read_values(&mut self, text: &str) {
        let mut rest = text;
        while self.named.len() + self.positional.len() < MOST {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            if rest.is_empty() {
                return;
            }
            let (word, after) = value(rest, true);
            let tail = after.trim_start();
            if let Some(behind) =
                tail.strip_prefix('=').filter(|_| !rest.starts_with(['"', '`', '\'']))
            {
                let (text, after) = value(behind.trim_start(), false);
                self.named.push((word.to_lowercase(), text));
                rest = after;
            } else {
                self.positional.push(word);
                rest = after;
            }
        }
    }

    /// The first of these names that has a value.
    pub(super) fn named(&self, names: &[&str]) -> Option<&str> {
        let of = |name: &&str| {
            self.named
                .iter()
                .find(|(key, text)| key == name && !text.is_empty())
                .map(|(_, text)| text.as_str())
        };
        names.iter().find_map(of)
    }

    pub(super) fn at(&self, index: usize) -> Option<&str> {
        self.positional.get(index).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// The first of these names, else the value at `index`.
    pub(super) fn get(&self, names: &[&str], index: usize) -> Option<&str> {
        self.named(names).or_else(|| self.at(index))
    }

    pub(super) fn has_named(&self) -> bool {
        !self.named.is_empty()
    }
}

/// A quoted or bare value, and what follows it.
fn value(text: &str, is_name: bool) -> (String, &str) {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`' | '“' | '”' | '″'));
    if let Some(quote) = quote {
        let body = &text[quote.len_utf8()..];
        let mut out = String::new();
        let mut letters = body.char_indices();
        while let Some((at, letter)) = letters.next() {
            let closes = letter == quote
                || (matches!(quote, '“' | '”' | '″') && matches!(letter, '”' | '″'));
            if closes {
                return (out, &body[at + letter.len_utf8()..]);
            }
            if letter == '\\' && quote == '"' && body[at + 1..].starts_with(['"', '\\']) {
                out.extend(letters.next().map(|(_, next)| next));
            } else {
                out.push(letter);
            }
        }
        return (out, "");
    }
    let ends = |c: char| c.is_whitespace() || c == ',' || (is_name && c == '=');
    // An equals sign in front is no name: one letter is taken at least.
    let first = text.chars().next().map_or(0, char::len_utf8);
    let end = text[first..].find(ends).map_or(text.len(), |at| at + first);
    (text[..end].to_owned(), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_in_every_way_of_quoting() {
        let args = Args::read("Figure src=\"a \\\"b\\\".jpg\" alt=`c \"d\"` width=300 'e f' g");
        assert_eq!(args.name, "figure");
        assert_eq!(args.named(&["src"]), Some("a \"b\".jpg"));
        assert_eq!(args.named(&["x", "alt"]), Some("c \"d\""));
        assert_eq!(args.get(&["width"], 0), Some("300"));
        assert_eq!((args.at(0), args.at(1), args.at(2)), (Some("e f"), Some("g"), None));
        let args = Args::read("youtube(id=\"x\", autoplay=true)");
        assert_eq!((args.named(&["id"]), args.named(&["autoplay"])), (Some("x"), Some("true")));
    }

    #[test]
    fn unfinished_arguments_end_with_the_text() {
        for text in ["", "=", "a=", "a=\"", "a \"b", "a(", "a = = =", "a,,,", "é=ü “x"] {
            let _ = Args::read(text);
        }
    }
}
