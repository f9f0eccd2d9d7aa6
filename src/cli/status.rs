//! `feedwright status`: how much is stored and published, what falls due next, and how the service
//! is, if it runs.
//!
//! # Promises
//! - No title is printed: what lies ahead is nobody's business.
//! - An instant is given in whole seconds and rounded up, so that a build at that second finds it
//!   due.
//! - `--next-due` costs the same however much is stored.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    args::{Args, StatusArgs},
    failure::{Exit, Failure},
    newsroom,
    output::Output,
    running,
};
use crate::{
    config::Config,
    store::{
        Callback, CallbackState, Remote, RemoteState, Store, StoryCounts, SubscriptionCounts,
        WebhookState,
    },
};

pub(super) async fn run(
    status: &StatusArgs,
    args: &Args,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let config = newsroom::load(args)?;
    let mut store = newsroom::existing_store(&config).await?;
    if status.next_due {
        let due = match &mut store {
            Some(store) => next_due(store, now).await?,
            None => None,
        };
        if let Some(store) = store {
            store.close().await?;
        }
        return match (output.json, due) {
            (true, due) => output.data(format!("{:#}\n", next_due_form(due)).as_bytes()),
            (false, Some(due)) => output.data(format!("{}\n", for_timers(due)).as_bytes()),
            (false, None) => Ok(Exit::Done),
        };
    }
    let numbers = match &mut store {
        Some(store) => Numbers::of(&config, store, now).await?,
        None => Numbers::nothing(&config),
    };
    if let Some(store) = store {
        store.close().await?;
    }
    let service = running::service(&config);
    match (output.json, service) {
        (true, service) => {
            let mut form = numbers.form();
            form["service"] = service.unwrap_or_default();
            output.data(format!("{form:#}\n").as_bytes())
        }
        (false, Some(service)) => {
            let text = format!("{}\n\n{}\n", numbers.text(), running::text(&service));
            output.data(text.as_bytes())
        }
        (false, None) => output.data(format!("{}\n", numbers.text()).as_bytes()),
    }
}

/// When something falls due next: what has fallen due since the last build is due now.
async fn next_due(store: &mut Store, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Failure> {
    let due = store.next_due().await?;
    Ok(due.map(|due| whole_second(due.max(now))))
}

/// The first whole second that isn't before `at`.
fn whole_second(at: DateTime<Utc>) -> DateTime<Utc> {
    let down = DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at);
    if down < at { down + TimeDelta::seconds(1) } else { down }
}

/// As `OnCalendar=` and `systemd-run --on-calendar=` take it.
fn for_timers(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn next_due_form(due: Option<DateTime<Utc>>) -> Value {
    let due = due.map(|due| json!({ "at": rfc3339(due), "epoch_seconds": due.timestamp() }));
    json!({ "next_due": due })
}

/// What there is to tell.
struct Numbers {
    stories: StoryCounts,
    sources: BTreeMap<String, StoryCounts>,
    feeds: usize,
    newest: Option<DateTime<Utc>>,
    held: usize,
    next_due: Option<DateTime<Utc>>,
    /// How each source that is fetched is.
    remotes: BTreeMap<String, Remote>,
    /// Hubs of sources that we subscribed to.
    hubs: BTreeMap<String, Callback>,
    /// Subscriptions at our hub.
    subscribers: SubscriptionCounts,
    /// How each webhook is.
    webhooks: Vec<WebhookState>,
    /// Why a build is due now, if one is.
    build_due: Option<&'static str>,
}

impl Numbers {
    fn nothing(config: &Config) -> Self {
        let folders = config.sources.iter().map(|source| &source.name);
        let sources = folders.chain(config.remote.iter().map(|source| &source.name));
        Self {
            stories: StoryCounts::default(),
            sources: sources.map(|name| (name.clone(), StoryCounts::default())).collect(),
            remotes: config
                .remote
                .iter()
                .map(|source| (source.name.clone(), Remote::default()))
                .collect(),
            feeds: 0,
            newest: None,
            held: 0,
            next_due: None,
            hubs: BTreeMap::new(),
            subscribers: SubscriptionCounts::default(),
            webhooks: Vec::new(),
            build_due: Some("nothing was built yet"),
        }
    }

    async fn of(config: &Config, store: &mut Store, now: DateTime<Utc>) -> Result<Self, Failure> {
        let mut numbers = Self::nothing(config);
        for tally in store.tally().await? {
            numbers.stories.add(&tally);
            numbers.sources.entry(tally.source.clone()).or_default().add(&tally);
        }
        let feeds = store.feeds().await?;
        let feeds: Vec<_> = feeds.values().filter(|feed| feed.retired.is_none()).collect();
        numbers.feeds = feeds.len();
        numbers.newest = feeds.iter().filter_map(|feed| feed.updated).max();
        let mut held = BTreeSet::new();
        // Nobody waits for those of a source that is none any more; it may come back.
        for source in &config.sources {
            held.extend(store.guarded(Some(&source.name)).await?);
        }
        held.extend(store.held().await?.into_iter().map(|(_, story)| story));
        numbers.held = held.len();
        numbers.next_due = next_due(store, now).await?;
        for (name, remote) in store.remotes().await? {
            if let Some(known) = numbers.remotes.get_mut(&name) {
                *known = remote;
            }
        }
        for callback in store.callbacks().await? {
            numbers.hubs.insert(callback.source.clone(), callback);
        }
        numbers.subscribers = store.count_subscriptions().await?;
        numbers.webhooks = store.webhooks().await?;
        numbers.webhooks.retain(|it| config.webhooks.iter().any(|known| known.name == it.name));
        let (revision, settled) = store.revisions().await?;
        let is_due = store.next_due().await?.is_some_and(|due| due <= now);
        numbers.build_due = match (revision > settled, is_due) {
            (true, _) => Some("stories were changed after the last one"),
            (_, true) => Some("a story's hour has come"),
            _ => None,
        };
        Ok(numbers)
    }

    fn form(&self) -> Value {
        let sources = self.sources.iter().map(|(name, counts)| {
            let mut form = json!({ "source": name });
            if let (Value::Object(form), Ok(Value::Object(counts))) =
                (&mut form, serde_json::to_value(counts))
            {
                form.extend(counts);
            }
            form
        });
        let mut form = json!({
            "stories": self.stories,
            "feeds": { "count": self.feeds, "newest": self.newest.map(rfc3339) },
            "sources": sources.collect::<Vec<_>>(),
            "held": self.held,
            "build_due": self.build_due.is_some(),
        });
        let remote = |(name, it)| remote_form(name, it, self.hubs.get(name));
        form["remote"] = self.remotes.iter().map(remote).collect();
        form["subscriptions"] =
            json!({ "count": self.subscribers.all, "behind": self.subscribers.behind });
        form["webhooks"] = self.webhooks.iter().map(webhook_form).collect();
        form["next_due"] = next_due_form(self.next_due)["next_due"].take();
        form
    }

    fn text(&self) -> String {
        const NAMES: usize = 14;
        let line = |name: &str, cells: [String; 5]| {
            let cells = cells.map(|cell| format!("  {cell:>9}")).concat();
            format!("{name:<NAMES$}{cells}")
        };
        let row = |name: &str, counts: &StoryCounts| {
            line(name, counts.named().map(|(_, number)| number.to_string()))
        };
        let mut lines = vec![
            line("", StoryCounts::default().named().map(|(name, _)| name.to_owned())),
            row("stories", &self.stories),
        ];
        lines.extend(self.sources.iter().map(|(name, counts)| row(&format!("  {name}"), counts)));
        lines.push(String::new());
        let newest = self.newest.map_or(String::new(), |at| {
            format!(", the newest of {}", at.format("%Y-%m-%d %H:%M:%S UTC"))
        });
        lines.push(format!("feeds           {}{newest}", self.feeds));
        if self.held > 0 {
            lines.push(format!(
                "held back       {} stories, by the guard: see `feedwright build`, let them go with \
                 `feedwright build --accept`",
                self.held
            ));
        }
        if !self.remotes.is_empty() {
            lines.push(String::new());
            let line = |(name, remote)| remote_line(name, remote, self.hubs.get(name));
            lines.extend(self.remotes.iter().map(line));
            lines.push(String::new());
        }
        if self.subscribers.all > 0 {
            let SubscriptionCounts { all, behind } = self.subscribers;
            lines.push(format!("subscriptions   {all}, a change is owed to {behind}"));
        }
        lines.extend(self.webhooks.iter().map(webhook_line));
        let next = self.next_due.map_or("nothing".to_owned(), for_timers);
        lines.push(format!("next due        {next}"));
        if let Some(why) = self.build_due {
            lines.push(format!("a build is due now: {why}"));
        }
        lines.join("\n")
    }
}

fn webhook_form(webhook: &WebhookState) -> Value {
    json!({
        "name": webhook.name, "waiting": webhook.waiting, "missed": webhook.missed,
        "failures": webhook.failures, "said": webhook.said,
        "said_at": webhook.said_at.map(rfc3339),
    })
}

fn webhook_line(webhook: &WebhookState) -> String {
    let answer = webhook.said_at.map_or("not told of anything yet".to_owned(), |at| {
        format!("{}, {}", webhook.said, at.format("%Y-%m-%d %H:%M:%S UTC"))
    });
    let mut line = format!("webhook         {}: {answer}", webhook.name);
    if webhook.waiting > 0 {
        line.push_str(&format!("; {} wait", webhook.waiting));
    }
    if webhook.missed > 0 {
        line.push_str(&format!("; {} missed", webhook.missed));
    }
    line
}

fn remote_form(name: &String, remote: &Remote, hub: Option<&Callback>) -> Value {
    let hub = hub.map(|hub| {
        json!({
            "address": hub.hub, "topic": hub.topic, "state": hub.state.name(), "said": hub.said,
            "expires": hub.expires.map(rfc3339), "told": hub.told.map(rfc3339),
        })
    });
    json!({
        "source": name, "state": remote.state.name(), "outcome": remote.outcome,
        "said": remote.said, "asked": remote.asked.map(rfc3339),
        "answered": remote.answered.map(rfc3339), "brought": remote.brought.map(rfc3339),
        "failures": remote.failures, "failing_since": remote.failing_since.map(rfc3339),
        "next": next_fetch(remote).map(rfc3339), "moved_to": remote.address,
        "hub": hub,
    })
}

fn next_fetch(remote: &Remote) -> Option<DateTime<Utc>> {
    remote.next_due.filter(|_| remote.state != RemoteState::Stopped)
}

/// How a source that is fetched is: what came of the last time, and when the next is.
fn remote_line(name: &String, remote: &Remote, hub: Option<&Callback>) -> String {
    let at = |at: Option<DateTime<Utc>>| at.map_or("never".to_owned(), for_timers);
    if remote.asked.is_none() {
        return format!("{name}: not fetched yet");
    }
    let mut line = format!("{name}: ");
    if remote.failures == 0 {
        line.push_str(&format!("{}, answered {}", remote.outcome, at(remote.answered)));
    } else {
        line.push_str(&format!(
            "{} ({} times since {}), answered last {}",
            remote.outcome,
            remote.failures,
            at(remote.failing_since),
            at(remote.answered)
        ));
    }
    line.push_str(&format!(", next {}", at(next_fetch(remote))));
    match hub {
        Some(Callback { state: CallbackState::Active, told, .. }) => {
            line.push_str(&format!("; its hub tells us, last {}", at(*told)));
        }
        Some(Callback { said: Some(said), .. }) => {
            line.push_str(&format!("; its hub doesn't tell us: {said}"));
        }
        _ => {}
    }
    match remote.state {
        RemoteState::Active => {}
        RemoteState::Paused => line.push_str("; PAUSED: asked once a day"),
        RemoteState::Stopped => line.push_str("; STOPPED: it is gone for good"),
    }
    if let Some(said) = &remote.said {
        line.push_str(&format!("\n  {}", said.replace('\n', "\n  ")));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_rounded_up_to_a_whole_second() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        let shown = |text: &str| for_timers(whole_second(at(text)));
        assert_eq!(shown("2026-03-01T09:00:00Z"), "2026-03-01 09:00:00 UTC");
        assert_eq!(shown("2026-03-01T09:00:00.001Z"), "2026-03-01 09:00:01 UTC");
        assert_eq!(shown("2026-12-31T23:59:59.999Z"), "2027-01-01 00:00:00 UTC");
        assert_eq!(shown("1969-12-31T23:59:58.500Z"), "1969-12-31 23:59:59 UTC");
    }
}
