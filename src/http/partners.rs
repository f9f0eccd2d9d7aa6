//! Feeds for partners: who may read them, by which token, and what they get.
//!
//! # Promises
//! - A token is compared in constant time, with every digest there is.
//! - Who has no right token learns of it alike whether or not there is such a feed; only an address
//!   without a token tells, by asking for one.
//! - No token gets into the access log, be it wrong, mangled or for something else.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{
    answer::{Answer, Found, not_found, plain, unavailable},
    documents::{Documents, Serving},
    kind::Kind,
};
use crate::story::{FeedPath, Format, TOKEN_PREFIX, Token, TokenDigest};

/// A token as it is known: never the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub partner: Arc<str>,
    /// What is kept of it.
    pub digest: TokenDigest,
    /// What it opens; none: every partner feed.
    pub feeds: Vec<FeedPath>,
    /// The second since 1970 at which it ends.
    pub expires: Option<i64>,
    /// Whether it was taken back.
    pub is_revoked: bool,
}

/// What a token opened since that was last asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// Its number.
    pub id: i64,
    /// How many requests.
    pub requests: u64,
    /// The second since 1970 of the last.
    pub last: i64,
}

/// All tokens, swapped in whole.
#[derive(Debug, Default)]
pub(super) struct Partners {
    /// None: they aren't known yet.
    keys: Option<Vec<(Key, Arc<Uses>)>>,
}

/// What one token opened.
#[derive(Debug, Default)]
pub(super) struct Uses {
    requests: AtomicU64,
    last: AtomicI64,
}

impl Uses {
    pub(super) fn count(&self, now: i64) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.last.fetch_max(now, Ordering::Relaxed);
    }
}

/// What comes of a token that somebody sent.
enum Judged {
    Right(Grant),
    Wrong,
    Expired(Arc<str>),
    Revoked(Arc<str>),
    /// Tokens aren't known yet.
    Unknown,
}

/// Who may read.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) partner: Arc<str>,
    pub(super) uses: Arc<Uses>,
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Grant").field(&self.partner).finish()
    }
}

impl Partners {
    /// These tokens; what those opened that were there before is still counted.
    pub(super) fn new(keys: Vec<Key>, before: &Self) -> Self {
        let before = before.keys.iter().flatten();
        let mut uses: HashMap<i64, Arc<Uses>> =
            before.map(|(key, uses)| (key.id, Arc::clone(uses))).collect();
        let counted = |key: Key| {
            let uses = uses.remove(&key.id).unwrap_or_default();
            (key, uses)
        };
        Self { keys: Some(keys.into_iter().map(counted).collect()) }
    }

    /// What was opened since this was last asked.
    pub(super) fn take_opened(&self) -> Vec<Opened> {
        let all = self.keys.iter().flatten();
        let opened = all.map(|(key, uses)| Opened {
            id: key.id,
            requests: uses.requests.swap(0, Ordering::Relaxed),
            last: uses.last.load(Ordering::Relaxed),
        });
        opened.filter(|opened| opened.requests > 0).collect()
    }

    /// Takes back what could not be kept.
    pub(super) fn give_back(&self, opened: &[Opened]) {
        for (key, uses) in self.keys.iter().flatten() {
            let own = opened.iter().filter(|opened| opened.id == key.id);
            uses.requests.fetch_add(own.map(|it| it.requests).sum(), Ordering::Relaxed);
        }
    }

    fn judge(&self, token: Option<&Token>, feed: Option<&FeedPath>, now: i64) -> Judged {
        let Some(keys) = &self.keys else { return Judged::Unknown };
        let Some(digest) = token.map(Token::digest) else { return Judged::Wrong };
        // All are looked at: how long it takes says nothing of where one stands.
        let found = keys
            .iter()
            .fold(None, |found, known| if known.0.digest == digest { Some(known) } else { found });
        let opens =
            |key: &Key| feed.is_some_and(|feed| key.feeds.is_empty() || key.feeds.contains(feed));
        match found {
            Some((key, _)) if !opens(key) => Judged::Wrong,
            Some((key, _)) if key.is_revoked => Judged::Revoked(Arc::clone(&key.partner)),
            Some((key, _)) if key.expires.is_some_and(|expires| expires <= now) => {
                Judged::Expired(Arc::clone(&key.partner))
            }
            Some((key, uses)) => {
                let (partner, uses) = (Arc::clone(&key.partner), Arc::clone(uses));
                Judged::Right(Grant { partner, uses })
            }
            None => Judged::Wrong,
        }
    }
}

/// A request for what only partners may read.
pub(super) struct Asked {
    /// The feed, where there is one.
    feed: Option<FeedPath>,
    format: Option<Format>,
    sent: Sent,
}

/// How a token was sent.
enum Sent {
    InPath(Option<Token>),
    AsBearer(Option<Token>),
    Not,
}

/// Reads a path that may be a partner's. `is_public`: something is there for everybody.
pub(super) fn asked(
    path: &str,
    headers: &HeaderMap,
    documents: &Documents,
    is_public: bool,
) -> Option<Asked> {
    let (folder, last) = path.rsplit_once('/').unwrap_or(("", path));
    let format = Format::ALL.into_iter().find(|format| format.file_name() == last);
    let partners = &documents.serving.partners;
    // No other way of writing a path is that of the feed.
    let named = |folder: &str| partners.iter().find(|path| path.as_str() == folder).cloned();
    let (above, segment) = folder.rsplit_once('/').unwrap_or(("", folder));
    if segment.starts_with(TOKEN_PREFIX) {
        return Some(Asked {
            feed: named(above),
            format,
            sent: Sent::InPath(Token::read(segment)),
        });
    }
    if is_public {
        return None;
    }
    let feed = named(folder);
    match bearer(headers) {
        // Where there is neither, nothing but what everybody reads is asked for.
        Sent::Not if feed.is_none() || format.is_none() => None,
        sent => Some(Asked { feed, format, sent }),
    }
}

/// The token of `Authorization: Bearer …` (RFC 6750 §2.1).
fn bearer(headers: &HeaderMap) -> Sent {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(first), second) = (all.next(), all.next()) else { return Sent::Not };
    let text = first.to_str().ok().filter(|_| second.is_none()).unwrap_or_default();
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    Sent::AsBearer(Token::read(token.trim()).filter(|_| scheme.eq_ignore_ascii_case("bearer")))
}

impl Asked {
    /// What is to be done about it.
    pub(super) fn find(self, documents: &Documents, partners: &Partners, now: i64) -> Found {
        let (Sent::InPath(token) | Sent::AsBearer(token)) = &self.sent else {
            return Found::Answer(unauthorized(None));
        };
        let is_in_path = matches!(self.sent, Sent::InPath(_));
        let site = &documents.serving.site;
        let wrong = |why: &'static str| match is_in_path {
            true => not_found(site),
            false => unauthorized(Some(why)),
        };
        let answer = match partners.judge(token.as_ref(), self.feed.as_ref(), now) {
            Judged::Right(grant) => {
                let feed = self.feed.unwrap_or_default();
                let file = self.format.map(|format| feed.file(format.file_name()));
                if let Some(document) = file.and_then(|file| documents.partner(&file)) {
                    return Found::Partner(Arc::clone(document), grant);
                }
                let answer = match documents.has_partner(&feed) {
                    true => not_found(site),
                    false => unavailable(),
                };
                answer.of_partner(grant.partner)
            }
            Judged::Wrong => wrong("It is no token for this feed."),
            Judged::Expired(partner) if is_in_path => {
                let text = "This token's time is over. Ask for another one.\n".to_owned();
                plain(StatusCode::NOT_FOUND, text).of_partner(partner)
            }
            Judged::Expired(partner) => {
                wrong("The token's time is over: ask for another one.").of_partner(partner)
            }
            Judged::Revoked(partner) => {
                let text = "This token was taken back.\n".to_owned();
                plain(StatusCode::GONE, text).of_partner(partner)
            }
            Judged::Unknown => unavailable(),
        };
        Found::Answer(answer)
    }
}

/// 401 (RFC 6750 §3): without a token, or why one that came isn't right.
fn unauthorized(why: Option<&'static str>) -> Answer {
    const ASKED: HeaderValue = HeaderValue::from_static("Bearer realm=\"partner feeds\"");
    const REFUSED: HeaderValue =
        HeaderValue::from_static("Bearer realm=\"partner feeds\", error=\"invalid_token\"");
    let text = why.unwrap_or("This feed is for partners: send your token as a Bearer.");
    let mut answer = plain(StatusCode::UNAUTHORIZED, format!("{text}\n"));
    let challenge = if why.is_some() { REFUSED } else { ASKED };
    answer.headers.insert(header::WWW_AUTHENTICATE, challenge);
    answer
}

/// Letters from which on a part of a path may be a token, or enough of one to be guarded.
const SHORTEST: usize = 24;

/// A path as it is logged, where it has to differ: what may be a token, or one that was mangled, is
/// left out.
pub(super) fn without_tokens(path: &str) -> Option<String> {
    let is_long = |part: &&str| part.len() >= SHORTEST;
    path.split('/').find(is_long)?;
    let shown = |part| if is_long(&part) && may_be_token(part) { "-" } else { part };
    let logged: Vec<&str> = path.split('/').map(shown).collect();
    let logged = logged.join("/");
    (logged != path).then_some(logged)
}

fn may_be_token(part: &str) -> bool {
    let decoded = percent_encoding::percent_decode_str(part).decode_utf8_lossy();
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    // Feeds' paths have no capital letters; of 24 letters of a token some are.
    decoded.contains(TOKEN_PREFIX)
        || decoded.split(|letter| !is_letter(letter)).any(|run| {
            run.len() >= SHORTEST && run.bytes().any(|letter| letter.is_ascii_uppercase())
        })
}

/// Whether a file of the folder is one that only partners may read by now.
pub(super) fn is_hidden(file: &str, feed: &str, serving: &Serving) -> bool {
    if serving.partners.is_empty() {
        return false;
    }
    let is_partner = |path: &FeedPath| serving.partners.contains(path);
    let moved = |path: &str| {
        let mut moves = serving.moves.iter().filter(|it| it.to.as_ref().is_some_and(is_partner));
        moves.any(|it| it.from == path)
    };
    let is_one = |path: &FeedPath| is_partner(path) || moved(path.as_str());
    feed.parse().is_ok_and(|feed| is_one(&feed))
        || Kind::of(file).is_some_and(|(_, feed)| !feed.is_root() && is_one(&feed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(seed: u8) -> Token {
        Token::of([seed; 32])
    }

    fn key(id: i64, seed: u8, feeds: &[&str]) -> Key {
        Key {
            id,
            partner: "flipboard".into(),
            digest: token(seed).digest(),
            feeds: feeds.iter().map(|path| path.parse().expect("a path")).collect(),
            expires: None,
            is_revoked: false,
        }
    }

    fn judged(partners: &Partners, seed: u8, feed: &str, now: i64) -> &'static str {
        let feed = feed.parse().expect("a path");
        match partners.judge(Some(&token(seed)), Some(&feed), now) {
            Judged::Right(_) => "right",
            Judged::Wrong => "wrong",
            Judged::Expired(_) => "expired",
            Judged::Revoked(_) => "revoked",
            Judged::Unknown => "unknown",
        }
    }

    #[test]
    fn a_token_opens_its_feeds_until_its_time_is_over_or_it_is_taken_back() {
        let none = Partners::default();
        assert_eq!(judged(&none, 1, "a", 0), "unknown");
        let all = key(1, 1, &[]);
        let of_a = Key { expires: Some(100), ..key(2, 2, &["a"]) };
        let old = Key { is_revoked: true, expires: Some(1), ..key(3, 3, &["a"]) };
        let partners = Partners::new(vec![all, of_a, old], &none);
        assert_eq!(judged(&partners, 1, "b", 100), "right");
        assert_eq!(judged(&partners, 2, "a", 99), "right");
        assert_eq!(judged(&partners, 2, "a", 100), "expired");
        assert_eq!(judged(&partners, 2, "b", 100), "wrong");
        assert_eq!(judged(&partners, 3, "a", 100), "revoked");
        assert_eq!(judged(&partners, 3, "b", 100), "wrong");
        assert_eq!(judged(&partners, 4, "a", 100), "wrong");
        assert!(matches!(partners.judge(Some(&token(1)), None, 0), Judged::Wrong));
        assert!(matches!(partners.judge(None, Some(&FeedPath::root()), 0), Judged::Wrong));
    }

    #[test]
    fn what_was_opened_is_counted_through_other_tokens_and_a_store_that_fails() {
        let first = Partners::new(vec![key(1, 1, &[]), key(2, 2, &[])], &Partners::default());
        let open = |partners: &Partners, now| {
            let feed = "a".parse().expect("a path");
            let Judged::Right(grant) = partners.judge(Some(&token(1)), Some(&feed), now) else {
                return;
            };
            grant.uses.count(now);
        };
        open(&first, 7);
        let second = Partners::new(vec![key(1, 1, &[])], &first);
        open(&second, 6);
        let opened = second.take_opened();
        assert_eq!(opened, [Opened { id: 1, requests: 2, last: 7 }]);
        assert_eq!(second.take_opened(), []);
        second.give_back(&opened);
        assert_eq!(second.take_opened(), opened);
    }

    #[test]
    fn a_bearer_is_read_whatever_the_case_of_its_name_and_two_are_none() {
        let with = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                let value = HeaderValue::from_str(value).expect("a value");
                headers.append(header::AUTHORIZATION, value);
            }
            match bearer(&headers) {
                Sent::AsBearer(token) => Some(token.is_some()),
                _ => None,
            }
        };
        let right = format!("Bearer {}", token(1).expose());
        assert_eq!(with(&[]), None);
        assert_eq!(with(&[&right]), Some(true));
        assert_eq!(with(&[&right.replace("Bearer ", "bearer   ")]), Some(true));
        assert_eq!(with(&[&right, &right]), Some(false));
        assert_eq!(with(&[&right.replace("Bearer", "Basic")]), Some(false));
        assert_eq!(with(&["Bearer"]), Some(false));
        assert_eq!(with(&["Bearer fwp_x"]), Some(false));
    }

    #[test]
    fn no_token_is_logged_however_it_is_written() {
        let chance = std::array::from_fn(|place| u8::try_from(place * 37 % 251).unwrap_or(0));
        let token = Token::of(chance);
        let (token, letters) = (token.expose(), &token.expose()[4..]);
        for (path, logged) in [
            (format!("/partners/x/{token}/rss.xml"), "/partners/x/-/rss.xml"),
            (format!("/feeds/{token}"), "/feeds/-"),
            (format!("/x/{}/rss.xml", token.replace("fwp_", "%66wp%5F")), "/x/-/rss.xml"),
            (format!("/x/{}/rss.xml", token.replace("fwp_", "%2566wp_")), "/x/-/rss.xml"),
            (format!("/x/{letters}/rss.xml"), "/x/-/rss.xml"),
            (format!("/x/token={token}&a/rss.xml"), "/x/-/rss.xml"),
            (format!("/x/{}/rss.xml", &token[..40]), "/x/-/rss.xml"),
        ] {
            assert_eq!(without_tokens(&path).as_deref(), Some(logged), "{path}");
        }
        for plain in ["/latam/security/rss.xml", "/a-section-with-a-rather-long-name/rss.xml", "/"]
        {
            assert_eq!(without_tokens(plain), None);
        }
    }
}
