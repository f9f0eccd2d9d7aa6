//! Bytes that nobody meant: never a panic, and no cost beyond their length.

use super::{channel, entry, feed, item, now, outlines, sitemap};
use crate::check::{Hints, Profile, check};

const PROFILES: [Profile; 5] =
    [Profile::Msn, Profile::Flipboard, Profile::SmartNews, Profile::Feedly, Profile::GoogleNews];

/// A generator of numbers (xorshift), the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (most.max(1) as u64)).expect("small")
    }
}

fn look(bytes: &[u8]) {
    let hints = Hints { now: Some(now()), profiles: &PROFILES, ..Hints::default() };
    check(bytes, &hints);
}

#[test]
fn mutilated_documents_do_no_harm() {
    let html = "<description>&lt;p style='color: red' onclick=x>a &amp;amp; b&lt;/p> é</description>\
        <media:content url=\"https://a.example/a.png\" medium=\"image\"/><pubDate>Sat, 31 Jan 2026 \
        10:00:00 GMT</pubDate><content:encoded><![CDATA[<a href='x'>y</a><!-- z -->]]></content:encoded>";
    let xhtml = "<content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">ñ<b>x</b></div></content>";
    let json = "{\"version\": \"https://jsonfeed.org/version/1.1\", \"title\": \"\\u00e9 ñ\", \"items\": \
        [{\"id\": \"1\", \"content_html\": \"<p>a</p>\", \"tags\": [\"b\"], \"authors\": [{\"name\": \"c\"}]}]}";
    let documents = [
        channel("<!-- a --><skipHours><hour>1</hour></skipHours><itunes:author>a</itunes:author>"),
        item(html),
        feed("<link rel=\"next\" href=\"https://a.example/2\"/>"),
        entry(xhtml),
        outlines("<outline text=\"&lt;b>a\" type=\"rss\"/>"),
        sitemap("<url><loc>https://a.example/</loc></url>"),
        json.to_owned(),
        "<!DOCTYPE a [<!ENTITY b \"c\"><!-- d -->]><rss version='2.0'>&b;&#x41;&#0;</rss>"
            .to_owned(),
    ];
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let bits =
        [b'<', b'>', b'&', b'"', b'\'', b'/', b'!', b'[', b']', 0, 0xC3, 0xFF, b'-', b'{', b'\\'];
    for round in 0..600 {
        let mut bytes = documents[round % documents.len()].clone().into_bytes();
        for _ in 0..=numbers.below(6) {
            let at = numbers.below(bytes.len());
            match numbers.below(5) {
                0 => bytes.truncate(at + 1),
                1 => bytes[at] = bits[numbers.below(bits.len())],
                2 => bytes.insert(at, bits[numbers.below(bits.len())]),
                3 => {
                    let end = (at + numbers.below(40)).min(bytes.len());
                    bytes.drain(at..end);
                }
                _ => {
                    let other = documents[numbers.below(documents.len())].as_bytes();
                    let from = numbers.below(other.len());
                    bytes.splice(at..at, other[from..].iter().copied());
                }
            }
            if bytes.is_empty() {
                bytes.push(b'<');
            }
        }
        look(&bytes);
    }
}

#[test]
fn bytes_that_repeat_do_no_harm() {
    let parts = [
        "<a>",
        "<a ",
        "<",
        "&",
        "&#",
        "&#x41;",
        "<!--",
        "<![CDATA[",
        "<!DOCTYPE ",
        "<?",
        "]]>",
        "\"",
        "{\"a\":",
        "[",
        "{",
        "\u{0}",
        "é",
        "xmlns:a='b' ",
        "<rss><channel><item>",
        "\u{FEFF}",
    ];
    for part in parts {
        look(part.repeat(20_000).as_bytes());
        look(format!("<rss version='2.0'><channel>{}", part.repeat(5_000)).as_bytes());
        look(item(&format!("<description><![CDATA[{}", part.repeat(5_000))).as_bytes());
        look(entry(&format!("<content type='html'>{}", part.repeat(5_000))).as_bytes());
    }
    look(&[]);
    for byte in 0..=u8::MAX {
        look(&[byte]);
        look(&[byte; 7]);
    }
}
