//! Requests to our hub: answered at once, verified afterwards (WebSub §5.1 to §5.2).

use super::{Event, Refusal, WebSub, count, topics, verify::Verification, wish, wish::Mode};

/// Bytes that a request may have: a topic, a callback, a secret, escaped, and then some.
pub const LONGEST_FORM: usize = 16 << 10;

impl WebSub {
    /// Whether our hub answers.
    pub fn is_hub(&self) -> bool {
        self.settings.load().own_hub
    }

    /// What is said to one who only looks.
    pub fn about_hub(&self) -> String {
        let site = &self.settings.load().site;
        format!(
            "This is the WebSub hub of {}. Subscribe with a POST: hub.mode=subscribe, hub.topic=the \
             address of a feed, hub.callback=yours.\nAll feeds: {}\n",
            site.title,
            site.address("")
        )
    }

    /// Takes a request. What is taken is verified next, and stands from then on.
    ///
    /// # Errors
    /// If something about it can't be, or if too many wait.
    pub fn take_form(&self, body: &[u8]) -> Result<(), Refusal> {
        let taken = self.take(body);
        if taken.is_err() {
            count(&self.counts.refused);
        }
        taken
    }

    fn take(&self, body: &[u8]) -> Result<(), Refusal> {
        let settings = self.settings.load();
        let wish = match wish::read(body, settings.reach)? {
            wish::Form::Wish(wish) => *wish,
            wish::Form::Publish => {
                let why = "this hub publishes the feeds of its own newsroom, which tells it itself";
                return Err(Refusal::new(403, why));
            }
        };
        let found = topics::find(&wish.topic, &settings);
        // What isn't a topic any more can still be left.
        let is_left = wish.mode == Mode::Unsubscribe
            && wish.topic.starts_with(settings.site.feeds_url.as_str());
        if found.is_none() && !is_left {
            let why = format!(
                "`hub.topic` is no feed of this hub; it is the very address that a feed calls \
                 itself (rel=self). All feeds: {}",
                settings.site.address("")
            );
            return Err(Refusal::new(404, &why));
        }
        let host = wish.address.host_str().unwrap_or_default().to_ascii_lowercase();
        let waits = self.pending.enter(host, (&wish.topic, &wish.callback))?;
        let verification = Verification { wish, found, waits };
        self.events
            .try_send(Event::Verify(Box::new(verification)))
            .map_err(|_| Refusal::later("too many requests wait to be verified", 30))
    }
}
