//! `feedwright init`: a newsroom that builds at once, new or from an existing site.

#![expect(clippy::disallowed_methods, reason = "writes the new newsroom's first files")]

mod hugo;
mod hugo_addresses;
mod jekyll;
mod site;
mod zola;

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Days, Utc};

use super::{
    args::{Args, InitArgs},
    failure::{Exit, Failure},
    newsroom,
    output::Output,
};
use site::{ExistingSite, Settings};

const IGNORED: &str = "stories.db*\n";

pub(super) fn run(
    init: &InitArgs,
    args: &Args,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let config = init.dir.join("config.toml");
    if config.exists() {
        return Err(Failure::usage(
            format!("`{}` is there already", config.display()),
            "name another folder for the newsroom: `feedwright init FOLDER`",
        ));
    }
    let understood = match &init.from {
        None => {
            write(&init.dir, "config.toml", &new_config())?;
            for (file, text) in first_stories(now) {
                if !init.dir.join("stories").join(file).exists() {
                    write(&init.dir.join("stories"), file, &text)?;
                }
            }
            None
        }
        Some(site) => {
            let site = ExistingSite::read(site)?;
            write(&init.dir, "config.toml", &site.config(&init.dir, &[])?)?;
            // The sections are those that the stories name: they are read as a build reads them.
            let sections = site.sections(&load(&init.dir, args)?, now)?;
            write(&init.dir, "config.toml", &site.config(&init.dir, &sections)?)?;
            Some((site, sections))
        }
    };
    if !init.dir.join(".gitignore").exists() {
        write(&init.dir, ".gitignore", IGNORED)?;
    }
    // What was written must be good.
    load(&init.dir, args)?;
    if output.is_terminal() || output.verbose || understood.is_some() {
        if let Some((site, sections)) = understood {
            output.line(&site.understood(&sections))?;
            for remark in &site.remarks {
                output.note(remark);
            }
        }
        let there = init.dir.display();
        output.line(&format!(
            "A newsroom stands in {there}. Next:\n  cd {there}\n  feedwright build"
        ))?;
    }
    Ok(Exit::Done)
}

fn load(dir: &Path, args: &Args) -> Result<crate::config::Config, Failure> {
    newsroom::load(&Args { config: dir.join("config.toml"), ..args.for_config() })
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let file: PathBuf = folder.join(name);
    let made = file.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(&file, text)).map_err(|error| Failure::file(&file, error))
}

fn new_config() -> String {
    let settings = Settings {
        title: "My Newsroom".into(),
        url: "https://www.example.org/".into(),
        feeds_url: Some("https://feeds.example.org/".into()),
        language: "en".into(),
        time_zone: "UTC".into(),
        ..Settings::default()
    };
    format!(
        "# A newsroom of feedwright. `feedwright config schema` describes every key.\n\n\
         {}\n\
         [publish]\n\
         folder = \"feeds\"\n\
         sections = \"declared\" # a typo in a story then makes no public feed\n\n\
         [[section]]\n\
         path = \"news\"\n\
         title = \"News\"\n\
         description = \"What happened, and when.\"\n\n\
         [[section]]\n\
         path = \"news/city\"\n\
         title = \"City News\"\n\
         description = \"Streets, schools and the council.\"\n\n\
         [[source]]\n\
         name = \"newsroom\"\n\
         path = \"stories\"\n\
         permalink = \"/{{language_prefix}}{{section}}/{{year}}/{{month}}/{{slug}}/\"\n",
        settings.table()
    )
}

/// Two stories to begin with, dated before `now`.
fn first_stories(now: DateTime<Utc>) -> [(&'static str, String); 2] {
    let day = |ago: u64| {
        let day = now.date_naive().checked_sub_days(Days::new(ago)).unwrap_or(now.date_naive());
        day.to_string()
    };
    let welcome = format!(
        "---\ntitle: The first story\ndate: {}\nauthor: The Desk\ntags: [welcome]\n---\n\n\
         This file is a story: its folder is its section, the lines above are its front matter.\n\n\
         ## What to do with it\n\n\
         Change it, or delete it and write your own. Then run `feedwright build` again: the feeds \
         that carry it are written anew, the others are left as they are.\n",
        day(1)
    );
    let city = format!(
        "---\ntitle: Library opens on Sundays\ndate: {}\nauthor: The Desk\n\
         summary: The city library will open on Sundays from the first of the month.\n---\n\n\
         The city library will open on Sundays from the first of the month, the council said.\n\n\
         > “People asked for it,” said the librarian.\n",
        day(2)
    );
    [("news/the-first-story.md", welcome), ("news/city/library-sundays.md", city)]
}
