//! What a subscriber asks of the hub: a form, read strictly (WebSub §5.1). Pure.

use url::{Url, form_urlencoded};

use super::Refusal;
use crate::{fetch::Reach, story::Secret};

/// Bytes of a topic or a callback.
const LONGEST_ADDRESS: usize = 2048;
/// Bytes of a secret: fewer than so many (WebSub §5.1).
const LONGEST_SECRET: usize = 200;
/// Seconds of a lease, where the subscriber names none, and at most.
const LEASE: i64 = 10 * 86_400;
const LONGEST_LEASE: i64 = 30 * 86_400;

/// Whether a subscription is to begin or to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Subscribe,
    Unsubscribe,
}

impl Mode {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
        }
    }
}

/// A request for a subscription, or for its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) mode: Mode,
    /// The topic as it was written.
    pub(super) topic: String,
    /// The callback as it was written.
    pub(super) callback: String,
    /// The same, read.
    pub(super) address: Url,
    /// Seconds.
    pub(super) lease: i64,
    pub(super) secret: Option<Secret>,
}

/// What a form asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    Wish(Box<Wish>),
    /// Somebody says that a topic changed.
    Publish,
}

/// Reads a form. Parameters that nobody knows are passed over, of several of one name the first is
/// taken.
pub(super) fn read(body: &[u8], reach: Reach) -> Result<Form, Refusal> {
    let (mut mode, mut topic, mut callback, mut lease, mut secret) = (None, None, None, None, None);
    for (name, value) in form_urlencoded::parse(body) {
        let place = match name.as_ref() {
            "hub.mode" => &mut mode,
            "hub.topic" => &mut topic,
            "hub.callback" => &mut callback,
            "hub.lease_seconds" => &mut lease,
            "hub.secret" => &mut secret,
            _ => continue,
        };
        place.get_or_insert(value.into_owned());
    }
    let mode = match mode.as_deref() {
        Some("subscribe") => Mode::Subscribe,
        Some("unsubscribe") => Mode::Unsubscribe,
        Some("publish") => return Ok(Form::Publish),
        Some(_) => return Err(Refusal::bad("`hub.mode` is neither subscribe nor unsubscribe")),
        None => return Err(Refusal::bad("`hub.mode` is missing: it is subscribe or unsubscribe")),
    };
    let topic = required(topic, "hub.topic")?;
    let callback = required(callback, "hub.callback")?;
    let address =
        Url::parse(&callback).map_err(|_| Refusal::bad("`hub.callback` is no absolute address"))?;
    reach
        .check(&address)
        .map_err(|refusal| Refusal::bad(&format!("`hub.callback` may not be asked: {refusal}")))?;
    if address.fragment().is_some() {
        return Err(Refusal::bad("`hub.callback` has a fragment, which no server sees"));
    }
    let lease = match lease.as_deref().map(str::trim).filter(|lease| !lease.is_empty()) {
        None => LEASE,
        Some(lease) => match lease.parse::<i64>() {
            Ok(0) => LEASE,
            Ok(seconds) if seconds > 0 => seconds.min(LONGEST_LEASE),
            _ if lease.bytes().all(|byte| byte.is_ascii_digit()) => LONGEST_LEASE,
            _ => return Err(Refusal::bad("`hub.lease_seconds` is no positive number")),
        },
    };
    let secret = secret.filter(|secret| !secret.is_empty());
    if secret.as_ref().is_some_and(|secret| secret.len() >= LONGEST_SECRET) {
        return Err(Refusal::bad("`hub.secret` has 200 bytes or more"));
    }
    let secret = secret.map(Secret::new);
    Ok(Form::Wish(Box::new(Wish { mode, topic, callback, address, lease, secret })))
}

fn required(value: Option<String>, name: &str) -> Result<String, Refusal> {
    let value = value.filter(|value| !value.is_empty());
    let value = value.ok_or_else(|| Refusal::bad(&format!("`{name}` is missing")))?;
    match value.len() {
        length if length > LONGEST_ADDRESS => {
            Err(Refusal::bad(&format!("`{name}` has more than {LONGEST_ADDRESS} bytes")))
        }
        _ if !value.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err(Refusal::bad(&format!("`{name}` holds what no address does: escape it")))
        }
        _ => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WISH: &str = "hub.mode=subscribe&hub.topic=https%3A%2F%2Ff.example%2Frss.xml&\
        hub.callback=https%3A%2F%2Fr.example%2Fcb%3Fx%3D1";

    fn wish(form: &str) -> Wish {
        match read(form.as_bytes(), Reach::Public) {
            Ok(Form::Wish(wish)) => *wish,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_wish_is_read_and_what_is_not_known_is_passed_over() {
        let read = wish(&format!("{WISH}&hub.secret=s&hub.lease_seconds=60&hub.verify=async&x"));
        assert_eq!(read.topic, "https://f.example/rss.xml");
        assert_eq!(read.callback, "https://r.example/cb?x=1");
        assert_eq!((read.mode, read.lease), (Mode::Subscribe, 60));
        assert_eq!(read.secret, Some(Secret::new("s".to_owned())));
        let plain = wish(WISH);
        assert_eq!((plain.lease, plain.secret), (LEASE, None));
        for long in ["99999999", "99999999999999999999999"] {
            assert_eq!(wish(&format!("{WISH}&hub.lease_seconds={long}")).lease, LONGEST_LEASE);
        }
        assert_eq!(wish(&format!("{WISH}&hub.secret={}", "x".repeat(199))).mode, Mode::Subscribe);
        assert_eq!(wish(&WISH.replace("subscribe", "unsubscribe")).mode, Mode::Unsubscribe);
    }

    #[test]
    fn what_is_missing_or_may_not_be_is_refused_with_a_reason() {
        let long = "x".repeat(200);
        for (form, words) in [
            (String::new(), "`hub.mode` is missing"),
            (WISH.replace("subscribe", "sing"), "neither subscribe nor unsubscribe"),
            ("hub.mode=subscribe".to_owned(), "`hub.topic` is missing"),
            (
                "hub.mode=subscribe&hub.topic=x&hub.callback=".to_owned(),
                "`hub.callback` is missing",
            ),
            (WISH.replace("https%3A%2F%2Fr.example", ""), "no absolute address"),
            (WISH.replace("https%3A%2F%2Fr", "ftp%3A%2F%2Fr"), "neither http nor https"),
            (WISH.replace("r.example", "127.0.0.1"), "is not a public address"),
            (WISH.replace("r.example", "[::ffff:10.0.0.1]"), "is not a public address"),
            (WISH.replace("r.example", "a:b@r.example"), "user name"),
            (WISH.replace("r.example", "r.example:25"), "port 25"),
            (format!("{WISH}%23part"), "fragment"),
            (format!("{WISH}%1B%5B31m"), "what no address does"),
            (format!("{WISH}%0d%0aX: 1"), "what no address does"),
            (format!("{WISH}%E9"), "what no address does"),
            (format!("{WISH}&hub.lease_seconds=-1"), "no positive number"),
            (format!("{WISH}&hub.lease_seconds=soon"), "no positive number"),
            (format!("{WISH}&hub.secret={long}"), "200 bytes"),
            (format!("{WISH}{}", "x".repeat(LONGEST_ADDRESS)), "more than"),
        ] {
            let refusal = read(form.as_bytes(), Reach::Public).expect_err(words);
            assert!(refusal.why.contains(words), "{}: {form}", refusal.why);
            assert_eq!(refusal.status, 400);
        }
        assert!(read(WISH.replace("r.example", "127.0.0.1").as_bytes(), Reach::PrivateToo).is_ok());
        assert_eq!(read(b"hub.mode=publish&hub.url=x", Reach::Public), Ok(Form::Publish));
    }
}
