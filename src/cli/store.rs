//! `feedwright store copy`: a newsroom's store moves to another file, or between engines.

use std::path::Path;

use serde_json::json;

use super::{
    args::{Args, CopyArgs, StoreCommand},
    failure::{Exit, Failure},
    newsroom,
    output::Output,
};
use crate::{
    config::{self, StoreUrl, StoreUrlError},
    publish::Held,
    store::{Address, Copied},
};

pub(super) async fn run(
    args: &Args,
    command: &StoreCommand,
    output: &Output,
) -> Result<Exit, Failure> {
    let StoreCommand::Copy(copy) = command;
    let (from, to) = (address("FROM", &copy.from)?, address("TO", &copy.to)?);
    if from == to {
        let what = format!("FROM and TO are both `{from}`");
        return Err(Failure::usage(what, "name another store as TO"));
    }
    // A copy needs no configuration: a faulty one is no obstacle.
    if let (Address::File(file), Ok(config)) = (&to, newsroom::load(args))
        && config::overlap(file, &config.publish.folder)
    {
        let folder = config.publish.folder.display();
        let what = format!("TO would lie in the published folder `{folder}`");
        return Err(Failure::usage(
            what,
            "name a place out of it: the store holds embargoed texts",
        ));
    }
    let copied = copy_all(&from, &to, output).await?;
    say(copy, &from, &to, &copied, output)
}

/// The address that an argument gives; files are taken from the folder we stand in.
fn address(name: &str, written: &str) -> Result<Address, Failure> {
    let here = std::path::absolute(".").map_err(|error| Failure::file(Path::new("."), error))?;
    let url = StoreUrl::parse(written, &here)
        .map_err(|StoreUrlError { what, fix }| Failure::usage(format!("{name} {what}"), fix))?;
    Ok(newsroom::address(&url))
}

async fn copy_all(from: &Address, to: &Address, output: &Output) -> Result<Vec<Copied>, Failure> {
    let Some(Held { store: mut source, lock: _lock }) =
        newsroom::hold_if_there(from, output).await?
    else {
        let fix = "name the store as `store.url` does; files are taken from the folder you are in";
        return Err(Failure::usage(format!("there is no store `{from}`"), fix));
    };
    let Held { store: mut target, lock: _other } = newsroom::hold(to, output).await?;
    let progress = |done, all| output.progress("copying tables", done, all);
    let copied = target.copy_from(&mut source, &progress).await;
    output.finish_progress();
    match copied {
        Ok(copied) => {
            target.close().await?;
            // It was only read: if it can't be closed well, the copy is there all the same.
            let _ = source.close().await;
            Ok(copied)
        }
        Err(error) => {
            // What went wrong is said; that nothing is left behind is tried.
            let _ = target.give_up().await;
            let _ = source.give_up().await;
            Err(error.into())
        }
    }
}

fn say(
    copy: &CopyArgs,
    from: &Address,
    to: &Address,
    copied: &[Copied],
    output: &Output,
) -> Result<Exit, Failure> {
    if output.json {
        let tables: serde_json::Map<_, _> =
            copied.iter().map(|copied| (copied.table.to_owned(), copied.rows.into())).collect();
        let form = json!({ "from": from.to_string(), "to": to.to_string(), "rows": tables });
        return output.data(format!("{form:#}\n").as_bytes());
    }
    let width = copied.iter().map(|copied| copied.table.len()).max().unwrap_or_default();
    for Copied { table, rows } in copied {
        output.line(&format!("{table:width$}  {rows}"))?;
    }
    let shown = match to {
        Address::File(_) => copy.to.trim().to_owned(),
        Address::Server { shown, .. } => shown.clone(),
    };
    output.say(&format!("copied and read back; now set `store.url` to `{shown}`"));
    Ok(Exit::Done)
}
