//! Arguments as written.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Turns stored stories into RSS, Atom and JSON feeds by section.
#[derive(Debug, Parser)]
#[command(name = "feedwright", version, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 done, 1 faults in content, 2 usage or configuration, \
    3 input, output or network.")]
pub(super) struct Args {
    /// The newsroom's configuration.
    #[arg(
        long,
        short = 'c',
        global = true,
        value_name = "FILE",
        env = "FEEDWRIGHT_CONFIG",
        default_value = "config.toml"
    )]
    pub(super) config: PathBuf,
    /// How results are printed.
    #[arg(long, global = true, value_enum, default_value_t = OutputFormat::Text)]
    pub(super) format: OutputFormat,
    /// Say more.
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    pub(super) verbose: bool,
    /// Say only what is wrong.
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

impl Args {
    /// These arguments with no more to do than to read a configuration.
    pub(super) fn for_config(&self) -> Self {
        Self {
            config: self.config.clone(),
            format: self.format,
            verbose: self.verbose,
            quiet: self.quiet,
            command: Command::Config(ConfigCommand::Check),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For code hosts and editors: SARIF 2.1.0, of `check` alone.
    Sarif,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a newsroom that builds at once.
    Init(InitArgs),
    /// Take over guids and dates from feeds that readers already have.
    Adopt(AdoptArgs),
    /// Store stories from files or standard input.
    Add(AddArgs),
    /// List what is stored, the newest first.
    List(ListArgs),
    /// Show one story.
    Show(ShowArgs),
    /// Take a story back: it leaves every feed at the next build.
    Retract(RetractArgs),
    /// Give a retracted story back.
    Restore(RestoreArgs),
    /// Bring the feeds up to date: one pass.
    Build(BuildArgs),
    /// Keep the feeds up to date and serve them: passes on a schedule, and HTTP.
    Serve(ServeArgs),
    /// Fetch remote sources now and store what they bring; the next build publishes it.
    Fetch(FetchArgs),
    /// Look at sources.
    #[command(subcommand)]
    Source(SourceCommand),
    /// Take in what other programs export.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Look at who subscribed to our feeds (`WebSub`).
    #[command(subcommand)]
    Hub(HubCommand),
    /// Give partners tokens for their feeds (`access = "token"`), and take them back.
    #[command(subcommand)]
    Partner(PartnerCommand),
    /// Say why a story is in a feed, or isn't.
    Explain(ExplainArgs),
    /// Show how much is stored and published, and what falls due next.
    Status(StatusArgs),
    /// Check feeds as they are published: ours, any file, any address.
    Check(CheckArgs),
    /// Show what a reader would see change between two feeds.
    Diff(DiffArgs),
    /// Check or show the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Work on stores as a whole.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page, or write one per command into a folder.
    Man {
        /// Where the pages go.
        folder: Option<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct InitArgs {
    /// The newsroom's folder.
    #[arg(default_value = ".")]
    pub(super) dir: PathBuf,
    /// An existing Hugo, Zola or Jekyll site whose stories are to be published.
    #[arg(long, value_name = "SITE")]
    pub(super) from: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct AdoptArgs {
    /// Feeds of any format, by address or in files, or folders of them (`feeds/`, after a lost
    /// store).
    #[arg(required = true, value_name = "FEED")]
    pub(super) feeds: Vec<PathBuf>,
    /// Addresses may be private ones.
    #[arg(long)]
    pub(super) allow_private: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct AddArgs {
    /// Markdown, HTML, plain text or JSON; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Section such as `latam/security`; the first one given is the main one.
    #[arg(long, value_name = "PATH")]
    pub(super) section: Vec<String>,
    /// When it is published; without a zone, in the site's time zone. Else: now.
    #[arg(long, value_name = "TIME")]
    pub(super) published: Option<String>,
    /// Language tag such as `pt-BR`.
    #[arg(long, value_name = "TAG")]
    pub(super) language: Option<String>,
    /// Tag; may be given more than once.
    #[arg(long, value_name = "TAG")]
    pub(super) tag: Vec<String>,
    /// Author; may be given more than once.
    #[arg(long, value_name = "NAME")]
    pub(super) author: Vec<String>,
    /// The story's id: the same id again changes the story.
    #[arg(long, value_name = "ID")]
    pub(super) id: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// Only stories in this section.
    #[arg(long, value_name = "PATH")]
    pub(super) section: Option<String>,
    /// At most so many.
    #[arg(long, short = 'n', value_name = "COUNT")]
    pub(super) limit: Option<usize>,
}

#[derive(Debug, clap::Args)]
pub(super) struct ShowArgs {
    /// A guid, an address, an id, or a file of a source.
    pub(super) story: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct RetractArgs {
    /// A guid, an address, an id, or a file of a source.
    pub(super) story: String,
    /// What readers are told in its place, for 30 days.
    #[arg(long, value_name = "TEXT")]
    pub(super) notice: Option<String>,
    /// Delete its text from the store; the guid is kept.
    #[arg(long)]
    pub(super) purge: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct RestoreArgs {
    /// A guid, an address, an id, or a file of a source.
    pub(super) story: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// A guid, an address, an id, or a file of a source.
    pub(super) story: String,
    /// A feed's path such as `latam/security`, its address, or `/` for the site-wide feed.
    pub(super) feed: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct StatusArgs {
    /// Print only when something falls due next (an embargo, an expiry, the end of a notice), as
    /// systemd timers take it; nothing where nothing does.
    #[arg(long)]
    pub(super) next_due: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct BuildArgs {
    /// Say what readers would see change, and publish nothing.
    #[arg(long, conflicts_with_all = ["at", "out"])]
    pub(super) dry_run: bool,
    /// Build as if it were that instant, into the folder of --out; nothing is published or kept.
    #[arg(long, value_name = "TIME", requires = "out")]
    pub(super) at: Option<String>,
    /// The folder of --at.
    #[arg(long, value_name = "DIR", requires = "at")]
    pub(super) out: Option<PathBuf>,
    /// Make everything again that was not decided once.
    #[arg(long)]
    pub(super) full: bool,
    /// Let the pass withdraw what the guard holds back.
    #[arg(long)]
    pub(super) accept: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    /// Where readers are answered, such as `0.0.0.0:8080` or `unix:/run/feedwright.sock`; instead
    /// of `server.listen`.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<String>,
    /// Where health and metrics are answered; instead of `server.ops`.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) ops: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct FetchArgs {
    /// Sources by name; none: all that didn't end.
    #[arg(value_name = "SOURCE")]
    pub(super) sources: Vec<String>,
    /// Only those that are due, as `serve` does it: for cron.
    #[arg(long, conflicts_with = "sources")]
    pub(super) due: bool,
    /// Say what would come in, and keep nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum SourceCommand {
    /// Show what a source would bring, and store nothing.
    Test(TestArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct TestArgs {
    /// An address, a file, or the name of a source in the configuration.
    #[arg(value_name = "URL|FILE|SOURCE")]
    pub(super) source: String,
    /// What it is; absent: a feed, or what the configuration says of the source.
    #[arg(long, value_enum)]
    pub(super) kind: Option<TestKind>,
    /// It may lie on a private address.
    #[arg(long)]
    pub(super) allow_private: bool,
    /// A CSS selector for the links to articles on a page.
    #[arg(long, value_name = "SELECTOR")]
    pub(super) links: Option<String>,
    /// At most so many stories.
    #[arg(long, short = 'n', value_name = "COUNT")]
    pub(super) limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TestKind {
    /// RSS, Atom or JSON Feed.
    Feed,
    /// A WordPress site.
    Wordpress,
    /// A page that lists articles, or a sitemap.
    Page,
    /// One article.
    Article,
}

#[derive(Debug, Subcommand)]
pub(super) enum ImportCommand {
    /// Store the posts of a WordPress export (Tools → Export: a file in WXR).
    Wordpress(ImportWordPressArgs),
    /// Make feed sources of a list of subscriptions, at the end of the configuration.
    Opml(ImportOpmlArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct ImportWordPressArgs {
    /// The export.
    pub(super) file: PathBuf,
    /// The section of all posts; absent: their categories.
    #[arg(long, value_name = "PATH")]
    pub(super) section: Option<String>,
    /// Say what would come in, and keep nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ImportOpmlArgs {
    /// The list.
    pub(super) file: PathBuf,
    /// The section of all sources; absent: none.
    #[arg(long, value_name = "PATH")]
    pub(super) section: Option<String>,
    /// Print the sources, and change nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// A feed's path such as `latam/security`, a file, a folder of feeds, an address, or `-` for
    /// standard input; none: all feeds of the newsroom as they are published.
    #[arg(value_name = "FEED|FILE|URL")]
    pub(super) documents: Vec<String>,
    /// Check what an aggregator demands too; may be given more than once.
    #[arg(long, value_enum, value_name = "NAME")]
    pub(super) profile: Vec<ProfileName>,
    /// What ends with exit code 1 beside errors.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) deny: Option<DenyWhat>,
    /// Where the one document is served, or will be: its self link must name it.
    #[arg(long, value_name = "URL")]
    pub(super) served_at: Option<String>,
    /// Addresses may be private ones.
    #[arg(long)]
    pub(super) allow_private: bool,
    /// List all rules, and check nothing.
    #[arg(long, conflicts_with = "documents")]
    pub(super) rules: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DenyWhat {
    /// Warnings.
    Warnings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ProfileName {
    /// Microsoft Start.
    Msn,
    /// Flipboard.
    Flipboard,
    #[value(help = "SmartNews")]
    Smartnews,
    /// Feedly.
    Feedly,
    /// Google News: news sitemaps.
    GoogleNews,
}

#[derive(Debug, clap::Args)]
pub(super) struct DiffArgs {
    /// The feed as it was: a file in RSS, Atom or JSON Feed.
    pub(super) old: PathBuf,
    /// The feed as it would be; the formats may differ.
    pub(super) new: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Report everything that is wrong.
    Check,
    /// Print the configuration as resolved, secrets hidden.
    Show,
    /// Print the JSON Schema of config.toml.
    Schema,
}

#[derive(Debug, Subcommand)]
pub(super) enum HubCommand {
    /// List subscriptions: topic, callback, until when, what it last answered.
    List,
    /// End the subscriptions of a callback, and tell it so.
    Remove {
        /// The callback, as `hub list` shows it.
        callback: String,
        /// Only that to this topic.
        #[arg(long)]
        topic: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum PartnerCommand {
    /// Make a token and print it, this once.
    Add(PartnerAddArgs),
    /// List tokens: whose, for which feeds, until when, how they were used.
    List,
    /// Take tokens back: a running service refuses them within moments.
    Revoke {
        /// The partner.
        name: String,
        /// Only that token, by its number in `partner list`; absent: all of them.
        #[arg(long, value_name = "ID")]
        token: Option<i64>,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct PartnerAddArgs {
    /// The partner, such as `flipboard`: logs and metrics show the name.
    pub(super) name: String,
    /// A partner feed that the token opens; may be given more than once. Absent: what the partner's
    /// newest live token opens, or every partner feed.
    #[arg(long, value_name = "PATH")]
    pub(super) feed: Vec<String>,
    /// When it ends: `90d`, `12w`, `1y`, a day (which still counts) or an instant. Absent: never.
    #[arg(long, value_name = "SPAN|DATE")]
    pub(super) expires: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// Copy everything from one store into another, which must be empty or not be there yet.
    ///
    /// Guids, dates and what was published stay as they are: a build on the copy writes nothing.
    Copy(CopyArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct CopyArgs {
    /// The store, as in `store.url`: `sqlite:stories.db`, `postgres://user@host/database`. A
    /// password that isn't in it is taken from PGPASSWORD or ~/.pgpass.
    pub(super) from: String,
    /// The new store.
    pub(super) to: String,
}
