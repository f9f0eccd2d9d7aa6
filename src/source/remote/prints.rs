//! By what an article is known again that comes from another source: its address, its title, and
//! some of the groups of words that it is made of.
//!
//! # Limits
//! - Two texts are one article if most of the shorter one stands in the longer one. What an editor
//!   wrote anew is another article.

use chrono::{DateTime, TimeDelta, Utc};

use crate::story::{RawText, address_key};

/// Words of a text that are looked at.
const WORDS: usize = 400;
/// Words of a group.
const GROUP: usize = 5;
/// Groups that a print is kept of.
const KEPT: usize = 4;
/// Words of a title that says enough to be looked up by.
const TITLE: usize = 4;
/// Groups that are enough to compare texts by.
const ENOUGH: usize = 12;
/// How much of the shorter text stands in the longer one, in hundredths.
const SHARED: usize = 80;
/// Texts too short to be compared are one article if they have one title and came together.
const TOGETHER: TimeDelta = TimeDelta::hours(6);

/// What one article is known by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prints {
    /// Of its address: whoever has it is the same article.
    pub address: Option<i64>,
    /// Of its title and words: whoever has one may be.
    pub words: Vec<i64>,
}

impl Prints {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = i64> + '_ {
        self.address.into_iter().chain(self.words.iter().copied())
    }
}

/// What an article is known by.
pub fn prints(url: &str, title: &str, text: &RawText) -> Prints {
    let title = words(title);
    let mut found = Vec::new();
    if title.len() >= TITLE {
        found.push(print("title", &title.join(" ")));
    }
    found.extend(first_groups(text).into_iter().map(u64::cast_signed));
    Prints { address: address_print(url), words: found }
}

/// The print of an address.
pub fn address_print(url: &str) -> Option<i64> {
    let key = address_key(url);
    // The front page of a site, or no page at all, is the address of many articles.
    let is_page = key.contains('/') || key.contains('?');
    is_page.then(|| print("address", &key))
}

/// Whether two texts are one article, given that some print is the same.
pub fn is_same_article(
    a: (&str, DateTime<Utc>, &RawText),
    b: (&str, DateTime<Utc>, &RawText),
) -> bool {
    let (ours, theirs) = (groups(a.2), groups(b.2));
    let shorter = ours.len().min(theirs.len());
    if shorter < ENOUGH {
        return words(a.0) == words(b.0) && (a.1 - b.1).abs() <= TOGETHER;
    }
    let shared = ours.iter().filter(|group| theirs.binary_search(group).is_ok()).count();
    shared * 100 >= shorter * SHARED
}

/// The words of a text, without letter case and marks.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Hashes of all groups of words that follow one another, in order, each once.
fn groups(text: &RawText) -> Vec<u64> {
    let mut groups = all_groups(text);
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// The first of [`groups`]; none where they aren't enough to compare texts by.
fn first_groups(text: &RawText) -> Vec<u64> {
    let mut groups = all_groups(text);
    // Most are there once: so many are enough to find the first without sorting all.
    let some = ENOUGH * 2;
    if groups.len() > some {
        groups.select_nth_unstable(some);
        let mut first = groups[..some].to_vec();
        first.sort_unstable();
        first.dedup();
        if first.len() >= ENOUGH {
            first.truncate(KEPT);
            return first;
        }
    }
    groups.sort_unstable();
    groups.dedup();
    let kept = if groups.len() >= ENOUGH { KEPT } else { 0 };
    groups.truncate(kept);
    groups
}

fn all_groups(text: &RawText) -> Vec<u64> {
    let group = |words: &[u64]| {
        words
            .iter()
            .fold(FNV_BASIS, |hash, word| (hash ^ word).wrapping_mul(FNV_PRIME).rotate_left(23))
    };
    first_words(&text.text).windows(GROUP).map(group).collect()
}

/// Hashes of the first words of a text but for its tags and character references, whatever it is
/// written in.
fn first_words(text: &str) -> Vec<u64> {
    let mut hashes = Vec::with_capacity(WORDS);
    let mut rest = text;
    while hashes.len() < WORDS {
        let run = Run::of(rest);
        match run.hash {
            Some(hash) if run.length > 0 => hashes.push(hash),
            Some(_) => {}
            None => {
                let words = rest[..run.length].split(|letter: char| !letter.is_alphanumeric());
                hashes.extend(words.filter(|word| !word.is_empty()).map(word_hash));
            }
        }
        let edge = &rest[run.length..];
        rest = match edge.as_bytes() {
            [] => break,
            // What follows a `<` that ends nowhere is text.
            [b'<', after @ ..] => match memchr::memchr2(b'<', b'>', after) {
                Some(at) if after[at] == b'>' => &edge[at + 2..],
                _ => &edge[1..],
            },
            // The name of a character reference is no word.
            [b'&', ..] => {
                edge.trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '&')
            }
            _ => &edge[1..],
        };
    }
    hashes.truncate(WORDS);
    hashes
}

/// Letters and digits up to the next ASCII character that is neither.
struct Run {
    length: usize,
    /// Its hash as one word; none: not all of it is ASCII.
    hash: Option<u64>,
}

impl Run {
    /// The run that a text begins with.
    fn of(text: &str) -> Self {
        let (mut hash, mut ascii) = (FNV_BASIS, true);
        let mut length = 0;
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() {
                hash = add(hash, byte.to_ascii_lowercase().into());
            } else if byte.is_ascii() {
                break;
            } else {
                ascii = false;
            }
            length += 1;
        }
        Self { length, hash: ascii.then_some(hash) }
    }
}

// Hashes are kept in the store: they must not change with a library.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// FNV-1a of a word, letter case aside.
fn word_hash(word: &str) -> u64 {
    word.chars().flat_map(char::to_lowercase).fold(FNV_BASIS, add)
}

fn add(hash: u64, letter: char) -> u64 {
    (hash ^ u64::from(letter)).wrapping_mul(FNV_PRIME)
}

fn print(kind: &str, text: &str) -> i64 {
    let mut digest = blake3::Hasher::new();
    digest.update(kind.as_bytes()).update(&[0]).update(text.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest.finalize().as_bytes()[..8]);
    i64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::Markup;

    fn html(text: &str) -> RawText {
        RawText { markup: Markup::Html, text: text.to_owned() }
    }

    fn noon() -> DateTime<Utc> {
        "2026-03-01T12:00:00Z".parse().expect("an instant")
    }

    const FLOOD: &str = "<p>The river rose by two metres overnight, and the ferry at Puerto Norte \
        stopped at dawn. The mayor asked families on the lower bank to leave their houses before \
        noon, while soldiers carried sandbags to the school and to the market hall.</p>";

    #[test]
    fn a_text_with_another_frame_is_the_same_article_and_is_found_by_its_words() {
        let framed = format!("<div>PUERTO NORTE —</div>{FLOOD}<p>Read more at the Gazette.</p>");
        let (ours, theirs) = (
            prints("https://a.example/flood", "River rises", &html(FLOOD)),
            prints("https://b.example/x/91", "The river is rising", &html(&framed)),
        );
        let shared: Vec<_> = ours.words.iter().filter(|it| theirs.words.contains(it)).collect();
        assert!(!shared.is_empty(), "{ours:?} {theirs:?}");
        let (a, b) = (html(FLOOD), html(&framed));
        assert!(is_same_article(("River rises", noon(), &a), ("Else", noon(), &b)));
    }

    #[test]
    fn texts_that_share_a_title_alone_are_two_articles() {
        let other = html(
            "<p>Schools stay closed on Monday, the ministry said, because teachers in four states \
             are on strike over pay and over the number of pupils that each of them has to teach \
             in classrooms built for half as many.</p>",
        );
        let flood = html(FLOOD);
        let title = "What we know this morning";
        assert!(!is_same_article((title, noon(), &flood), (title, noon(), &other)));
        assert_eq!(
            prints("https://a.example/1", title, &flood).words[0],
            prints("https://b.example/2", title, &other).words[0]
        );
    }

    #[test]
    fn short_texts_are_one_article_by_title_and_hour() {
        let (a, b) = (html("<p>Short.</p>"), html(""));
        let day_later = noon() + TimeDelta::days(1);
        assert!(is_same_article(("River rises", noon(), &a), ("River rises!", noon(), &b)));
        assert!(!is_same_article(("River rises", noon(), &a), ("River rises", day_later, &b)));
        assert!(!is_same_article(("River rises", noon(), &a), ("River falls", noon(), &b)));
    }

    /// They are kept in stores: another version must find them again.
    #[test]
    fn prints_stay_what_they_are() {
        let odd = format!(
            "{FLOOD}<p>Ümläut ΣΊΣΥΦΟΣ &amp; AT&T &lt;b&gt; a<b 3<4 <em>été</em> ﬁn x&y;z &"
        );
        assert_eq!(
            prints("https://a.example/flood?x=1", "The river rises again", &html(&odd)),
            Prints {
                address: Some(-8_096_620_372_145_251_224),
                words: vec![
                    1_985_129_368_799_978_214,
                    232_987_809_487_536_410,
                    2_033_284_119_369_062_260,
                    2_904_818_904_697_672_874,
                    3_432_966_655_540_944_533,
                ],
            }
        );
        let groups = prints(
            "",
            "",
            &html(
                "één twee drie vier vijf zes zeven acht negen tien elf \
            twaalf dertien veertien vijftien zestien &euro; 17 18 <b>19</b>x20",
            ),
        );
        assert_eq!(
            groups,
            Prints {
                address: None,
                words: vec![
                    1_050_972_984_230_794_285,
                    1_523_120_339_536_267_386,
                    2_500_541_808_406_729_713,
                    3_020_514_080_477_930_380,
                ],
            }
        );
    }

    #[test]
    fn the_first_groups_are_found_without_sorting_all() {
        let words = |number: usize, of: usize| -> String {
            (0..number).map(|at| format!("w{} ", at * at % of)).collect()
        };
        for text in [words(10, 99), words(15, 99), words(16, 99), words(200, 7), words(500, 331)] {
            let groups = groups(&html(&text));
            let first = if groups.len() < ENOUGH { &[] } else { &groups[..KEPT] };
            assert_eq!(first_groups(&html(&text)), first, "{text}");
        }
    }

    #[test]
    fn words_are_what_stands_between_tags_and_references() {
        let plain = |text: &str| text.split(' ').map(word_hash).collect::<Vec<_>>();
        let same = |text: &str, words: &str| assert_eq!(first_words(text), plain(words), "{text}");
        same("<p class=\"a b\">One<br>two&nbsp;three</p>", "one two three");
        same("a < b <c x> d<e <f>g", "a b d e g");
        same("AT&T&x—ÉTÉ\u{2019}s &", "at été s");
        same("été&eacute;s&<i>&é</i>n", "été s n");
        assert!(first_words("< & ;").is_empty());
    }

    #[test]
    fn one_address_however_it_is_written_has_one_print_and_a_front_page_none() {
        let print = |url| prints(url, "", &html("")).address;
        assert_eq!(print("https://A.example/x/?utm_source=rss"), print("http://a.example/x"));
        assert_ne!(print("https://a.example/x"), print("https://a.example/y"));
        assert_eq!(print("https://a.example/"), None);
    }
}
