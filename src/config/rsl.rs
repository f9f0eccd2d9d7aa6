//! What programs may do with stories: `rsl` of the site and of sections.

use super::{
    fault::did_you_mean,
    spot::{Faults, Spot},
    values,
    written::{PaymentName, RslWritten},
};
use crate::story::{Allowance, Amount, Payment, Terms};

/// The keys of which a licence is made; `terms` and `server` are said beside one.
const LICENCE: [&str; 6] = ["permits", "prohibits", "payment", "standard", "custom", "amount"];

/// Reads the terms; none where nothing is written.
pub(super) fn terms(
    written: Option<&RslWritten>,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Option<Terms> {
    let written = written?;
    let is_spoiled = |key: &str, faults: &Faults<'_>| faults.is_spoiled(&at.inner(key));
    let is_odd = faults.is_spoiled(at) || LICENCE.iter().any(|key| is_spoiled(key, faults));
    if written.says_nothing() && !is_odd {
        let fix = "say what is allowed, such as `permits = [\"search\"]`, or remove the table";
        faults.add_key(at, "says nothing", fix);
    }
    let permits = tokens(written.permits.as_deref(), &at.inner("permits"), faults);
    let prohibits = tokens(written.prohibits.as_deref(), &at.inner("prohibits"), faults);
    for (index, token) in permits.iter().enumerate() {
        let Some(wide) = prohibits.iter().find(|wide| wide.covers(*token)) else { continue };
        let (at, name) = (at.inner("permits").item(index), token.name());
        let what = format!("names `{name}`, which `prohibits` takes back by `{}`", wide.name());
        faults.add_key(&at, &what, format!("keep `{name}` in one of the two"));
    }
    let mut address = |value: &Option<String>, key: &str| {
        let url = value.as_deref().and_then(|it| values::address(it, &at.inner(key), faults));
        url.map(String::from)
    };
    let standard = address(&written.standard, "standard");
    let custom = address(&written.custom, "custom");
    let terms = address(&written.terms, "terms");
    let server = address(&written.server, "server");
    Some(Terms {
        permits,
        prohibits,
        payment: written.payment.map(Payment::from),
        standard,
        custom,
        amount: amount(written, &at.inner("amount"), is_odd, faults),
        terms,
        server,
    })
}

/// The tokens named, each once.
fn tokens(names: Option<&[String]>, at: &Spot<'_>, faults: &mut Faults<'_>) -> Vec<Allowance> {
    let Some(names) = names else { return Vec::new() };
    if names.is_empty() {
        faults.add_key(at, "is empty", "name what is meant, or remove the key");
    }
    let mut tokens = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match Allowance::named(name.trim()) {
            Some(token) if !tokens.contains(&token) => tokens.push(token),
            Some(_) => {}
            None => {
                let what = format!("cannot name `{name}`");
                faults.add_key(&at.item(index), &what, meant(name.trim()));
            }
        }
    }
    tokens
}

fn meant(name: &str) -> String {
    let capitals = name.to_ascii_uppercase();
    match Allowance::named(&capitals).or_else(|| Allowance::named(&name.to_ascii_lowercase())) {
        Some(token) => format!("did you mean `{}`?", token.name()),
        None if name.len() == 2 => {
            "write a country as ISO 3166-1 has it, such as `BR`, or `EU`".to_owned()
        }
        None => did_you_mean(name, Allowance::words()),
    }
}

/// How much; it wants something that is paid for.
fn amount(
    written: &RslWritten,
    at: &Spot<'_>,
    is_odd: bool,
    faults: &mut Faults<'_>,
) -> Option<Amount> {
    let text = written.amount.as_deref()?;
    let amount = Amount::parse(text);
    if amount.is_none() {
        let fix = "write a number and a currency of ISO 4217, such as `0.015 USD`";
        faults.add_key(at, &format!("`{text}` is no sum of money"), fix);
    }
    match written.payment {
        None if !is_odd => {
            let fix = "say what is paid for, such as `payment = \"crawl\"`";
            faults.add_key(at, "stands without `payment`", fix);
        }
        Some(PaymentName::Free) => {
            faults.add_key(at, "stands beside `payment = \"free\"`", "remove one of them");
        }
        _ => {}
    }
    amount
}

/// The terms in the form of the file.
pub(super) fn written(terms: &Terms) -> RslWritten {
    let names = |tokens: &[Allowance]| {
        let names = tokens.iter().map(|token| token.name().to_owned());
        (!tokens.is_empty()).then(|| names.collect())
    };
    RslWritten {
        permits: names(&terms.permits),
        prohibits: names(&terms.prohibits),
        payment: terms.payment.map(PaymentName::from),
        standard: terms.standard.clone(),
        custom: terms.custom.clone(),
        amount: terms.amount.as_ref().map(|it| format!("{} {}", it.value, it.currency)),
        terms: terms.terms.clone(),
        server: terms.server.clone(),
    }
}

impl RslWritten {
    /// Whether there is nothing to make a licence of.
    fn says_nothing(&self) -> bool {
        self.permits.is_none()
            && self.prohibits.is_none()
            && self.payment.is_none()
            && self.standard.is_none()
            && self.custom.is_none()
            && self.amount.is_none()
    }
}

impl From<PaymentName> for Payment {
    fn from(name: PaymentName) -> Self {
        match name {
            PaymentName::Purchase => Self::Purchase,
            PaymentName::Subscription => Self::Subscription,
            PaymentName::Training => Self::Training,
            PaymentName::Crawl => Self::Crawl,
            PaymentName::Use => Self::Use,
            PaymentName::Contribution => Self::Contribution,
            PaymentName::Attribution => Self::Attribution,
            PaymentName::Free => Self::Free,
        }
    }
}

impl From<Payment> for PaymentName {
    fn from(payment: Payment) -> Self {
        match payment {
            Payment::Purchase => Self::Purchase,
            Payment::Subscription => Self::Subscription,
            Payment::Training => Self::Training,
            Payment::Crawl => Self::Crawl,
            Payment::Use => Self::Use,
            Payment::Contribution => Self::Contribution,
            Payment::Attribution => Self::Attribution,
            Payment::Free => Self::Free,
        }
    }
}
