//! `feedwright hub`: who subscribed to our feeds, and what each last answered.

use chrono::{DateTime, SecondsFormat, Utc};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};
use url::Url;

use super::{
    args::{Args, HubCommand},
    failure::{Exit, Failure},
    newsroom,
    output::Output,
    sources,
};
use crate::{store::Subscription, websub};

/// What a subscriber that is sent away is told.
const WHY: &str = "the newsroom ended this subscription";

pub(super) async fn run(
    command: &HubCommand,
    args: &Args,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let config = newsroom::load(args)?;
    let Some(mut store) = newsroom::existing_store(&config).await? else {
        return match command {
            HubCommand::List => list(&[], output),
            HubCommand::Remove { callback, .. } => Err(nobody(callback)),
        };
    };
    let all = store.subscriptions(now).await?;
    let done = match command {
        HubCommand::List => list(&all, output),
        HubCommand::Remove { callback, topic } => {
            let is_it = |it: &&Subscription| {
                let subscribed = &it.subscribed;
                subscribed.callback == *callback
                    && topic.as_ref().is_none_or(|topic| subscribed.topic == *topic)
            };
            let gone: Vec<&Subscription> = all.iter().filter(is_it).collect();
            if gone.is_empty() {
                return Err(nobody(callback));
            }
            store.unsubscribe(topic.as_deref(), callback).await?;
            let settings = sources::websub(&config)?;
            for it in &gone {
                if let Ok(address) = Url::parse(callback) {
                    websub::deny(&settings, &address, &it.subscribed.topic, WHY).await;
                }
                output.say(&format!("{callback} is told no more of {}", it.subscribed.topic));
            }
            Ok(Exit::Done)
        }
    };
    store.close().await?;
    done
}

fn nobody(callback: &str) -> Failure {
    Failure::Content(format!(
        "`{callback}` has not subscribed\n  fix: `feedwright hub list` shows who has"
    ))
}

fn list(all: &[Subscription], output: &Output) -> Result<Exit, Failure> {
    if output.json {
        let form: Vec<Value> = all.iter().map(form).collect();
        output.line(&format!("{:#}", Value::from(form)))?;
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        output.say("nobody has subscribed");
        return Ok(Exit::Done);
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["topic", "callback", "until", "last answer", ""]);
    for it in all {
        let answer =
            it.said_at.map_or_else(String::new, |at| format!("{} {}", it.said, instant(at)));
        table.add_row([
            it.subscribed.topic.clone(),
            it.subscribed.callback.clone(),
            instant(it.subscribed.expires),
            answer,
            owed(it),
        ]);
    }
    for line in table.lines() {
        output.line(line.trim_end())?;
    }
    Ok(Exit::Done)
}

/// What is still to be delivered, and when.
fn owed(it: &Subscription) -> String {
    match (it.is_behind, it.next_due) {
        (false, _) => String::new(),
        (true, None) => "a change is to be delivered".to_owned(),
        (true, Some(at)) => {
            format!("failed {} times; tried again at {}", it.failures, instant(at))
        }
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn form(it: &Subscription) -> Value {
    let rfc3339 = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    json!({
        "topic": it.subscribed.topic, "callback": it.subscribed.callback,
        "expires": rfc3339(it.subscribed.expires), "behind": it.is_behind, "said": it.said,
        "said_at": it.said_at.map(rfc3339), "failures": it.failures,
        "next": it.next_due.filter(|_| it.is_behind).map(rfc3339),
    })
}
