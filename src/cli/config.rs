//! `feedwright config` and `feedwright man`.

#![expect(clippy::disallowed_methods, reason = "writes the manual pages where it is told to")]

use std::{fs, path::Path};

use clap::CommandFactory;

use super::{
    args::{Args, ConfigCommand},
    failure::{Exit, Failure},
    newsroom,
    output::Output,
};
use crate::config;

pub(super) fn run(command: &ConfigCommand, args: &Args, output: &Output) -> Result<Exit, Failure> {
    match command {
        ConfigCommand::Schema => output.data(config::schema().as_bytes()),
        ConfigCommand::Show => {
            let config = newsroom::load(args)?;
            let text = match output.json {
                true => format!("{:#}\n", config::show_json(&config)),
                false => config::show(&config),
            };
            output.data(text.as_bytes())
        }
        ConfigCommand::Check => {
            let config = newsroom::load(args)?;
            for notice in &config.notices {
                output.note(notice);
            }
            newsroom::newsroom(&config)?;
            if output.is_terminal() {
                output.line(&format!("{}: no faults", args.config.display()))?;
            }
            Ok(Exit::Done)
        }
    }
}

/// The manual page of the program, or one per command in `folder`.
pub(super) fn man(folder: Option<&Path>, output: &Output) -> Result<Exit, Failure> {
    let command = Args::command();
    match folder {
        None => {
            let mut bytes = Vec::new();
            let made = clap_mangen::Man::new(command).render(&mut bytes);
            made.map_err(|error| Failure::file(Path::new("manual page"), error))?;
            output.data(&bytes)
        }
        Some(folder) => {
            fs::create_dir_all(folder).map_err(|error| Failure::file(folder, error))?;
            clap_mangen::generate_to(command, folder)
                .map_err(|error| Failure::file(folder, error))?;
            Ok(Exit::Done)
        }
    }
}
