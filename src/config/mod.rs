//! The configuration: `config.toml` and the environment, from what is written to what is meant.
//!
//! [`load`] takes the text of the file and the variables, and gives a [`Config`] or every fault
//! that it has, each with line and fix. It reads no file, no environment and no clock: what it
//! needs of the outside (a secret in a file, whether a folder is there) it asks of closures.
//!
//! # Promises
//! - All faults come in one run, in the order of the file, those of the environment last.
//! - An unknown key, a wrong type or a value out of range is never passed over.
//! - No password is in what [`show`], `Debug` or a fault prints.
//!
//! # Limits
//! - After a fault of TOML syntax nothing else is looked at.
//! - Folders are compared by name; symlinks are not followed.

mod amounts;
mod entries;
mod environment;
mod fault;
mod feeds;
mod load;
mod moves;
mod paths;
mod permalink;
mod profiles;
mod remote;
mod resolve;
mod resolved;
mod rsl;
mod rules;
mod schema;
mod server;
mod show;
mod sources;
mod spot;
mod store_url;
#[cfg(test)]
mod tests;
mod values;
mod webhooks;
mod written;

use std::{io, path::Path};

pub use entries::RepublishName as Republish;
pub use fault::{ConfigFault, ConfigFaults};
pub use paths::overlap;
pub use resolved::{
    Config, Fetch, FolderSource, GuidMode, Listen, Proxies, Publish, RemoteKind, RemoteSource,
    Schedule, SectionsMode, Server, WebSub, Webhook,
};
pub use schema::schema;
pub use server::LISTEN_FIX;
pub use show::{show, show_json};
pub use store_url::{StoreUrl, StoreUrlError};

use resolve::Outside;
use spot::{Faults, Spot};

/// A configuration file as its reader found it, and the reader's eyes.
#[derive(Clone, Copy)]
pub struct ConfigText<'a> {
    /// The text of the file.
    pub text: &'a str,
    /// The name that faults call it by.
    pub name: &'a str,
    /// The folder it lies in, absolute; relative paths are taken from here.
    pub folder: &'a Path,
    /// Reads a file that holds a secret.
    pub read_file: &'a dyn Fn(&Path) -> io::Result<String>,
    /// Whether a folder is there and can be read.
    pub folder_exists: &'a dyn Fn(&Path) -> bool,
}

/// Reads a configuration; of the environment, what begins with `FEEDWRIGHT_` counts.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(
    source: &ConfigText<'_>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, ConfigFaults> {
    let ours = environment.into_iter().filter(|(name, _)| name.starts_with(environment::PREFIX));
    let mut variables: Vec<(String, String)> = ours.collect();
    variables.sort();
    let names = variables.iter().map(|(name, _)| name.as_str()).collect();
    let mut faults = Faults::new(source.name, source.text, names);
    let Some(mut root) = load::parse(source.text, &mut faults) else {
        return Err(faults.into_faults());
    };
    environment::apply(&mut root, &variables, &mut faults);
    let written = load::read(&mut root, &mut faults);
    let outside = Outside {
        folder: source.folder,
        read_file: source.read_file,
        folder_exists: source.folder_exists,
    };
    let config = resolve::resolve(&written, &Spot::root(&root), &outside, &mut faults);
    faults.settle(config)
}
