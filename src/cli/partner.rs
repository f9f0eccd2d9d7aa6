//! `feedwright partner`: tokens by which partners read their feeds.

use chrono::{DateTime, SecondsFormat, TimeDelta, TimeZone, Utc};
use comfy_table::{ContentArrangement, Table, presets};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};

use super::{
    args::{Args, PartnerAddArgs, PartnerCommand},
    failure::{Exit, Failure},
    newsroom,
    output::Output,
};
use crate::{
    config::Config,
    store::{KeptToken, LIVE_TOKENS, NewToken, Store, TokenState},
    story::{FeedPath, FeedSpec, Token},
    text,
};

/// Letters that a name may have.
const LONGEST_NAME: usize = 64;

pub(super) async fn run(
    command: &PartnerCommand,
    args: &Args,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let config = newsroom::load(args)?;
    match command {
        PartnerCommand::Add(add) => self::add(add, &config, output, now).await,
        PartnerCommand::List => {
            let tokens = match newsroom::existing_store(&config).await? {
                Some(mut store) => {
                    let tokens = store.partner_tokens().await?;
                    store.close().await?;
                    tokens
                }
                None => Vec::new(),
            };
            list(&tokens, output, now)
        }
        PartnerCommand::Revoke { name, token } => revoke(name, *token, &config, output, now).await,
    }
}

async fn add(
    add: &PartnerAddArgs,
    config: &Config,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let partners: Vec<&FeedSpec> = config.feeds.iter().filter(|it| !it.is_public()).collect();
    if partners.is_empty() {
        let fix = "give a [[feed]] `access = \"token\"` first";
        return Err(Failure::usage("no feed is for partners", fix));
    }
    check_name(&add.name)?;
    let named = feeds(&add.feed, &partners)?;
    let expires =
        add.expires.as_deref().map(|text| self::expires(text, config, now)).transpose()?;
    // Who adds a token doesn't wait for a build; who makes the store does.
    let existing = newsroom::existing_store(config).await?;
    let (mut store, _lock) = if let Some(store) = existing {
        (store, None)
    } else {
        let held = newsroom::hold_store(config, output).await?;
        (held.store, held.lock)
    };
    let feeds = match named.is_empty() {
        true => feeds_before(&mut store, &add.name, now).await?,
        false => named,
    };
    let mut chance = [0; 32];
    if SystemRandom::new().fill(&mut chance).is_err() {
        return Err(Failure::Network("the system has no random numbers".to_owned()));
    }
    let token = Token::of(chance);
    let digest = token.digest();
    let new =
        NewToken { partner: &add.name, digest: &digest, feeds: &feeds, created: now, expires };
    let id = store.add_token(&new).await?;
    store.close().await?;
    let Some(id) = id else {
        return Err(Failure::usage(
            format!("`{}` has {LIVE_TOKENS} tokens that are live", add.name),
            format!(
                "take one back first: `feedwright partner list` shows them, `feedwright partner \
                 revoke {} --token ID` ends one",
                add.name
            ),
        ));
    };
    let opened = partners.iter().filter(|it| feeds.is_empty() || feeds.contains(&it.path));
    let addresses =
        opened.flat_map(|spec| spec.formats.iter().map(|it| spec.path.file(it.file_name())));
    let addresses: Vec<String> = addresses.map(|file| config.site.address(&file)).collect();
    if output.json {
        let shown = json!({
            "partner": add.name, "id": id, "token": token.expose(),
            "feeds": feeds, "expires": expires.map(rfc3339), "addresses": addresses,
        });
        output.line(&format!("{shown:#}"))?;
        return Ok(Exit::Done);
    }
    output.line(token.expose())?;
    output.say(&format!("token {id} of {}; it is shown this once", add.name));
    output.say("as a header (`Authorization: Bearer TOKEN`):");
    for address in &addresses {
        output.say(&format!("  {address}"));
    }
    output.say("for who can't send headers, as a part of the address:");
    for address in &addresses {
        let (folder, file) = address.rsplit_once('/').unwrap_or_default();
        output.say(&format!("  {folder}/TOKEN/{file}"));
    }
    Ok(Exit::Done)
}

/// It stands in logs and metrics.
fn check_name(name: &str) -> Result<(), Failure> {
    let is_letter = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let is_right = name.len() <= LONGEST_NAME
        && name.bytes().next().is_some_and(is_letter)
        && name.bytes().all(|letter| is_letter(letter) || b"-_.".contains(&letter));
    if is_right {
        return Ok(());
    }
    let fix = "write one of `a` to `z`, digits, `-`, `_` and `.`, such as `flipboard`";
    Err(Failure::usage(format!("`{}` is no name for a partner", name.escape_debug()), fix))
}

/// The feeds that are named.
fn feeds(named: &[String], partners: &[&FeedSpec]) -> Result<Vec<FeedPath>, Failure> {
    let mut feeds = Vec::new();
    for name in named {
        let path = name.parse::<FeedPath>().ok();
        let path = path.filter(|path| partners.iter().any(|spec| spec.path == *path));
        let Some(path) = path else {
            let known: Vec<String> =
                partners.iter().map(|spec| format!("`{}`", spec.path)).collect();
            let fix = format!("name one of {}", known.join(", "));
            return Err(Failure::usage(format!("`{name}` is no feed for partners"), fix));
        };
        if !feeds.contains(&path) {
            feeds.push(path);
        }
    }
    feeds.sort();
    Ok(feeds)
}

/// What the newest token of a partner opens, or opened: another one, which takes its place, opens
/// the same.
async fn feeds_before(
    store: &mut Store,
    partner: &str,
    now: DateTime<Utc>,
) -> Result<Vec<FeedPath>, Failure> {
    let mut tokens = store.partner_tokens().await?;
    tokens.retain(|it| it.partner == partner);
    tokens.sort_by_key(|it| it.state(now) == TokenState::Live);
    Ok(tokens.pop().map(|token| token.feeds).unwrap_or_default())
}

/// When a token ends: after a span such as `90d`, `12w` or `1y`, with a day, or at an instant.
fn expires(written: &str, config: &Config, now: DateTime<Utc>) -> Result<DateTime<Utc>, Failure> {
    let text = written.trim();
    let fault = |why: &str| {
        let fix = "write a span such as `90d`, `12w` or `1y`, or a day such as `2027-01-31`";
        Failure::usage(format!("--expires `{written}` {why}"), fix)
    };
    let zone = config.site.time_zone;
    let at = if let Some(span) = span(text) {
        now.checked_add_signed(span).ok_or_else(|| fault("is too far away"))?
    } else if let Ok(day) = text.parse::<chrono::NaiveDate>() {
        // The day itself still counts.
        let next = day.succ_opt().and_then(|next| next.and_hms_opt(0, 0, 0));
        let next = next.and_then(|next| zone.from_local_datetime(&next).earliest());
        next.ok_or_else(|| fault("is too far away"))?.to_utc()
    } else {
        text::read_date(text, zone).map_err(|_| fault("is neither a span nor a date"))?
    };
    if at <= now { Err(fault("is over already")) } else { Ok(at) }
}

fn span(text: &str) -> Option<TimeDelta> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
    let number: i64 = text[..digits].parse().ok()?;
    let days = match &text[digits..] {
        "d" => 1,
        "w" => 7,
        "y" => 365,
        _ => return None,
    };
    TimeDelta::try_days(number.checked_mul(days)?)
}

async fn revoke(
    name: &str,
    token: Option<i64>,
    config: &Config,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let ended = match newsroom::existing_store(config).await? {
        Some(mut store) => {
            let ended = store.revoke_tokens(name, token, now).await?;
            store.close().await?;
            ended
        }
        None => Vec::new(),
    };
    if ended.is_empty() {
        let what = match token {
            Some(id) => format!("`{name}` has no token {id} that could be taken back"),
            None => format!("`{name}` has no token that could be taken back"),
        };
        return Err(Failure::Content(format!(
            "{what}\n  fix: `feedwright partner list` shows who has which"
        )));
    }
    for id in ended {
        output.say(&format!("token {id} of {name} opens nothing any more"));
    }
    Ok(Exit::Done)
}

fn list(tokens: &[KeptToken], output: &Output, now: DateTime<Utc>) -> Result<Exit, Failure> {
    if output.json {
        let form: Vec<Value> = tokens.iter().map(|token| form(token, now)).collect();
        output.line(&format!("{:#}", Value::from(form)))?;
        return Ok(Exit::Done);
    }
    if tokens.is_empty() {
        output.say("there are no partners");
        return Ok(Exit::Done);
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header([
        "partner",
        "token",
        "state",
        "feeds",
        "created",
        "expires",
        "last used",
        "requests",
    ]);
    for token in tokens {
        let feeds: Vec<&str> = token.feeds.iter().map(FeedPath::as_str).collect();
        table.add_row([
            token.partner.clone(),
            token.id.to_string(),
            token.state(now).name().to_owned(),
            if feeds.is_empty() { "all".to_owned() } else { feeds.join(", ") },
            instant(Some(token.created)),
            instant(token.expires),
            instant(token.last_used),
            token.requests.to_string(),
        ]);
    }
    for line in table.lines() {
        output.line(line.trim_end())?;
    }
    Ok(Exit::Done)
}

fn instant(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn form(token: &KeptToken, now: DateTime<Utc>) -> Value {
    json!({
        "partner": token.partner, "id": token.id, "state": token.state(now).name(),
        "feeds": token.feeds, "created": rfc3339(token.created),
        "expires": token.expires.map(rfc3339), "revoked": token.revoked.map(rfc3339),
        "last_used": token.last_used.map(rfc3339), "requests": token.requests,
    })
}
