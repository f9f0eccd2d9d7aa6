//! Webhooks: who is told what each pass published.

use super::{
    entries::WebhookWritten,
    paths,
    resolve::Outside,
    resolved::Webhook,
    spot::{Faults, Spot},
    values,
    written::Written,
};
use crate::story::Secret;

/// Bytes of a secret that is worth the name, at least.
const SHORTEST: usize = 16;

pub(super) fn resolve(
    written: &Written,
    root: &Spot<'_>,
    outside: &Outside<'_>,
    faults: &mut Faults<'_>,
) -> Vec<Webhook> {
    let mut webhooks: Vec<Webhook> = Vec::new();
    for (index, it) in written.webhook.iter().enumerate() {
        let at = root.key("webhook").item(index);
        let Some(webhook) = webhook(it, &at, outside, faults) else { continue };
        if webhooks.iter().any(|known| known.name == webhook.name) {
            let what = format!("`{}` is the name of another webhook", webhook.name);
            faults.add_key(&at.key("name"), &what, "give each a `name` of its own");
            continue;
        }
        webhooks.push(webhook);
    }
    webhooks
}

fn webhook(
    written: &WebhookWritten,
    at: &Spot<'_>,
    outside: &Outside<'_>,
    faults: &mut Faults<'_>,
) -> Option<Webhook> {
    let secret = secret(written, at, outside, faults);
    let Some(url) = written.url.as_deref() else {
        faults.add_missing(&at.key("url"), "say who is told: `url = \"https://…\"`");
        return None;
    };
    let url = values::address(url, &at.key("url"), faults)?;
    let name = match written.name.as_deref() {
        Some(name) => values::text(name, &at.key("name"), faults)?,
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    let allow_private = written.allow_private.unwrap_or(false);
    Some(Webhook { name, url, secret: secret?, allow_private })
}

fn secret(
    written: &WebhookWritten,
    at: &Spot<'_>,
    outside: &Outside<'_>,
    faults: &mut Faults<'_>,
) -> Option<Secret> {
    let (text, at) = match (&written.secret, &written.secret_file) {
        (Some(_), Some(_)) => {
            let fix = "keep one of `secret` and `secret_file`";
            faults.add_key(&at.key("secret_file"), "stands beside `secret`", fix);
            return None;
        }
        (Some(secret), None) => (secret.clone(), at.key("secret")),
        (None, Some(file)) => {
            let at = at.key("secret_file");
            let path = paths::joined(outside.folder, file);
            match (outside.read_file)(&path) {
                Ok(text) => (text, at),
                Err(error) => {
                    let what = format!("`{}` cannot be read: {error}", path.display());
                    faults.add_key(&at, &what, "name a file that holds what is signed with");
                    return None;
                }
            }
        }
        (None, None) => {
            let fix = "say what is signed with: `secret_file = \"…\"`, of `openssl rand -hex 32`";
            faults.add_missing(&at.key("secret"), fix);
            return None;
        }
    };
    let text = text.trim();
    if text.len() < SHORTEST {
        let what = format!("is shorter than {SHORTEST} characters");
        faults.add_key(&at, &what, "make one with `openssl rand -hex 32`");
        return None;
    }
    Some(Secret::new(text.to_owned()))
}
