//! What comes to our own callbacks: a hub asks back, refuses, or tells (WebSub §5.3, §7).

use chrono::TimeDelta;
use url::form_urlencoded;

use super::{Event, Refusal, Telling, WebSub, count, sign};
use crate::store::CallbackState;

/// Bytes of what a hub tells; what is longer is fetched.
pub const LONGEST_TELLING: usize = 4 << 20;
/// The lease of a hub that names none.
const LEASE: i64 = 10 * 86_400;
const LONGEST_LEASE: i64 = 90 * 86_400;

impl WebSub {
    /// Whether there is such a callback.
    pub fn is_callback(&self, token: &str) -> bool {
        self.callbacks().contains_key(token)
    }

    /// A hub asks back, by a query: what is answered with 200.
    ///
    /// # Errors
    /// If it asks for what we didn't: 404.
    pub fn confirm(&self, token: &str, query: &str) -> Result<String, Refusal> {
        let read = |name: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let no = || Refusal::new(404, "nothing of the kind was asked for");
        let now = (self.clock)();
        let mut callbacks = self.callbacks();
        let callback = callbacks.get_mut(token).ok_or_else(no)?;
        if read("hub.topic").as_deref() != Some(callback.topic.as_str()) {
            return Err(no());
        }
        match read("hub.mode").as_deref() {
            Some("subscribe")
                if matches!(callback.state, CallbackState::Asked | CallbackState::Active) =>
            {
                let challenge = read("hub.challenge").ok_or_else(no)?;
                let lease = read("hub.lease_seconds").and_then(|it| it.parse::<i64>().ok());
                let lease = lease.filter(|it| *it > 0).unwrap_or(LEASE).min(LONGEST_LEASE);
                let expires = now + TimeDelta::seconds(lease);
                callback.confirmed(expires, now);
                drop(callbacks);
                let token = token.to_owned();
                let _ = self.events.try_send(Event::Confirmed { token, expires });
                Ok(challenge)
            }
            Some("denied") => {
                let why = read("hub.reason").unwrap_or_else(|| "it gave no reason".to_owned());
                let why: String = why.chars().take(200).collect();
                callback.denied(why.clone(), now);
                drop(callbacks);
                let token = token.to_owned();
                let _ = self.events.try_send(Event::Denied { token, why });
                Ok(String::new())
            }
            _ => Err(no()),
        }
    }

    /// A hub tells. What isn't signed as it should be is answered in the same way, and not used.
    ///
    /// # Errors
    /// 410 where there is no such callback any more, 503 where too much waits to be read.
    pub fn tell(
        &self,
        token: &str,
        body: bytes::Bytes,
        content_type: Option<String>,
        signature: Option<&str>,
    ) -> Result<(), Refusal> {
        let gone = || Refusal::new(410, "this subscription has ended");
        let (source, topic) = {
            let callbacks = self.callbacks();
            let callback = callbacks.get(token).ok_or_else(gone)?;
            let is_right =
                signature.is_some_and(|value| sign::is_signed(value, &callback.secret, &body));
            if !is_right {
                tracing::warn!(source = callback.source, "what a hub told is not signed rightly");
                return Ok(());
            }
            (callback.source.clone(), callback.topic.clone())
        };
        let telling = Telling { source, topic, body, content_type };
        let full = |_| Refusal::later("too much waits to be read", 30);
        self.tellings.try_send(telling).map_err(full)?;
        count(&self.counts.told);
        let told = Event::Told { token: token.to_owned(), at: (self.clock)() };
        let _ = self.events.try_send(told);
        Ok(())
    }
}
