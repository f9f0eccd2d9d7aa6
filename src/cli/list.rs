//! `feedwright list` and `feedwright show`: what is stored.

use comfy_table::{ContentArrangement, Table, presets};

use super::{
    args::{Args, ListArgs, ShowArgs},
    failure::{Exit, Failure},
    find, newsroom,
    output::Output,
};
use crate::{
    config::Config,
    pass::{self, Report},
    store::Store,
    story::{SectionPath, State, Story},
};

/// Stories that are read from the store together.
const PAGE: usize = 256;

pub(super) async fn list(list: &ListArgs, args: &Args, output: &Output) -> Result<Exit, Failure> {
    let config = newsroom::load(args)?;
    let section = list.section.as_deref().map(str::parse::<SectionPath>).transpose();
    let section = section.map_err(|error| Failure::usage(error.to_string(), "name a section"))?;
    let Some(mut store) = newsroom::existing_store(&config).await? else {
        Printer { config: &config, output, printed: 0 }.finish()?;
        return Ok(Exit::Done);
    };
    let wanted = |story: &Story| {
        section
            .as_ref()
            .is_none_or(|section| story.facts.sections.iter().any(|has| section.contains(has)))
    };
    let mut left = list.limit.unwrap_or(usize::MAX);
    let mut printer = Printer { config: &config, output, printed: 0 };
    let mut before = None;
    while left > 0 {
        let page = store.listed(before.as_ref(), PAGE).await?;
        let Some(last) = page.last().cloned() else { break };
        let mut stories: Vec<Story> = page.into_iter().filter(wanted).collect();
        stories.truncate(left);
        left -= stories.len();
        printer.print(stories, &mut store).await?;
        before = Some(last);
    }
    printer.finish()?;
    store.close().await?;
    Ok(Exit::Done)
}

struct Printer<'a> {
    config: &'a Config,
    output: &'a Output,
    printed: usize,
}

impl Printer<'_> {
    async fn print(&mut self, stories: Vec<Story>, store: &mut Store) -> Result<(), Failure> {
        if !self.output.json {
            self.printed += stories.len();
            return match stories.is_empty() {
                true => Ok(()),
                false => self.output.line(&rows(&stories)),
            };
        }
        // A withdrawn story is not to come back by being added again.
        let live = stories.into_iter().filter(|story| story.state == State::Live).collect();
        let forms = json_forms(self.config, live, store, self.output).await?;
        for form in forms {
            let start = if self.printed == 0 { "[\n" } else { ",\n" };
            self.output.data(format!("{start}{form}").as_bytes())?;
            self.printed += 1;
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Failure> {
        match (self.output.json, self.printed) {
            (true, 0) => self.output.line("[]"),
            (true, _) => self.output.line("\n]"),
            (false, 0) => {
                self.output
                    .say("nothing is stored yet: run `feedwright build` or `feedwright add`");
                Ok(())
            }
            (false, _) => Ok(()),
        }
    }
}

async fn json_forms(
    config: &Config,
    stories: Vec<Story>,
    store: &mut Store,
    output: &Output,
) -> Result<Vec<String>, Failure> {
    let mut report = Report::default();
    let forms = pass::json_form(&config.site, store, stories, &mut report).await?;
    for fault in &report.faults {
        output.error(&fault.to_string());
    }
    let texts = forms.iter().map(serde_json::to_string);
    texts.collect::<Result<_, _>>().map_err(|error| Failure::Content(error.to_string()))
}

fn rows(stories: &[Story]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for story in stories {
        let state = match story.state {
            State::Live => "",
            State::Withdrawn => "withdrawn",
            State::Retracted => "retracted",
        };
        let section = story.facts.sections.first().map_or("/", SectionPath::as_str);
        table.add_row([
            story.published.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            section.to_owned(),
            story.language.to_string(),
            state.to_owned(),
            shortened(&story.title),
            story.guid.to_string(),
        ]);
    }
    table.trim_fmt()
}

fn shortened(title: &str) -> String {
    const WIDTH: usize = 60;
    match title.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", title[..end].trim_end()),
        None => title.to_owned(),
    }
}

pub(super) async fn show(show: &ShowArgs, args: &Args, output: &Output) -> Result<Exit, Failure> {
    let config = newsroom::load(args)?;
    let mut store = newsroom::existing_store(&config).await?;
    let story = find::story(&config, store.as_mut(), &show.story).await?;
    let state = story.state;
    // A file name must not steer the terminal.
    let origin = format!("{} ({})", story.path, story.source).replace(char::is_control, "\u{fffd}");
    let mut forms = Vec::new();
    if let Some(mut store) = store {
        forms = json_forms(&config, vec![story.clone()], &mut store, output).await?;
        store.close().await?;
    }
    let form = forms.pop().unwrap_or_default();
    if output.json {
        output.line(&form)?;
    } else {
        output.line(&for_people(&story, state, &origin, &form))?;
    }
    Ok(Exit::Done)
}

fn for_people(story: &Story, state: State, origin: &str, form: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(form).unwrap_or_default();
    let mut lines = vec![
        format!("title      {}", story.title),
        format!("guid       {}", story.guid),
        format!("address    {}", story.url),
        format!("from       {origin}"),
        format!("state      {}", format!("{state:?}").to_lowercase()),
        format!("published  {}", story.published.format("%Y-%m-%dT%H:%M:%SZ")),
        format!("updated    {}", story.updated.format("%Y-%m-%dT%H:%M:%SZ")),
    ];
    let mut field = |name: &str, text: String| {
        if !text.is_empty() {
            lines.push(format!("{name:<11}{text}"));
        }
    };
    let expires = story.expires.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    let sections: Vec<&str> = story.facts.sections.iter().map(SectionPath::as_str).collect();
    let authors: Vec<&str> = story.facts.authors.iter().map(|a| a.name.as_str()).collect();
    field("expires", expires.unwrap_or_default());
    field("sections", sections.join(", "));
    field("language", story.language.to_string());
    field("authors", authors.join(", "));
    field("tags", story.facts.tags.join(", "));
    field("summary", story.facts.summary.clone().unwrap_or_default());
    field("image", story.facts.image.as_ref().map(|i| i.url.clone()).unwrap_or_default());
    let html = value["content_html"].as_str().unwrap_or_default();
    format!("{}\n\n{html}", lines.join("\n"))
}
