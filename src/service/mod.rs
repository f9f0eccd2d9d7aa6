//! The service: passes on a schedule, readers answered meanwhile, an orderly end.
//!
//! # Promises
//! - A pass that fails leaves the last good documents where they are, and is told of.
//! - A configuration that is faulty changes nothing.
//! - Passes run at the lowest priority: answering comes first.

mod fetches;
mod partners;
mod passes;
mod priority;
mod standing;
mod watch;
mod websub;

use std::{
    io,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use chrono::{DateTime, Utc};
use sd_notify::NotifyState;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{oneshot, watch as told},
    time,
};

use crate::{
    http::{
        self, AccessLog, Answering, Common, Deadlines, Documents, Door, Metrics, Operations,
        Readers, Serving, Socket, Trust,
    },
    pass::Newsroom,
    poll::Poll,
    store::Address,
    websub::WebSub,
};
use fetches::Order;
use partners::Follow;
use passes::{Ask, Passes};

/// What the configuration says of a service; it can be read again while it runs.
pub struct Settings {
    /// What passes are made for.
    pub newsroom: Newsroom<'static>,
    /// Where stories are kept.
    pub store: Address,
    /// How documents are served.
    pub serving: Serving,
    /// Which proxies are believed.
    pub trust: Trust,
    /// Full answers of one feed that a client gets at once.
    pub burst: Option<u32>,
    /// Time between passes.
    pub every: Duration,
    /// What is fetched; none: nothing is.
    pub poll: Option<Arc<Poll>>,
    /// Who is told of changes, and who tells us.
    pub websub: crate::websub::Settings,
}

/// Reads the settings again; the error says what is wrong with them.
pub type Reload<'a> = dyn Fn() -> Result<Settings, String> + 'a;

/// What a service starts with.
pub struct Start {
    /// Where readers ask.
    pub readers: Socket,
    /// Where those ask who run it.
    pub operators: Socket,
    /// What it begins with.
    pub settings: Settings,
    /// Whether requests are logged, to standard output.
    pub logs_access: bool,
    /// How long connections may take.
    pub deadlines: Deadlines,
    /// The present instant.
    pub clock: fn() -> DateTime<Utc>,
}

/// Threads that answer, at most: more cores are of no use, one answers what a gigabit carries.
const MOST_WORKERS: usize = 8;
/// File descriptors that are left for stories, the store, subscribers and what else there is; half of
/// them at most.
const SPARE_FILES: u64 = 1024;
/// How long a pass under way may take to its end before it is left behind, as a crash would; the
/// next one makes it good.
const LAST_PASS: Duration = Duration::from_secs(10);
/// How long it may take to store what hubs told.
const LAST_TELLINGS: Duration = Duration::from_secs(5);
/// How long the last lines of the access log may take to be taken.
const LAST_LINES: Duration = Duration::from_secs(2);

/// Runs until SIGTERM or SIGINT. On SIGHUP, settings are read again.
///
/// # Errors
/// If there are no threads, sockets or signals to be had.
pub async fn run(start: Start, reload: &Reload<'_>) -> io::Result<()> {
    let Start { readers: socket, operators, settings, logs_access, deadlines, clock } = start;
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut hup = signal(SignalKind::hangup())?;
    let metrics = Metrics::new();
    let (log, log_writer) = match logs_access {
        true => {
            AccessLog::to(io::stdout(), Arc::clone(&metrics)).map(|(log, it)| (log, Some(it)))?
        }
        false => (AccessLog::none(Arc::clone(&metrics)), None),
    };
    let documents = Documents::none(Arc::new(settings.serving.clone()));
    let (trust, burst) = (settings.trust.clone(), settings.burst);
    let (hub, tellings) = WebSub::new(settings.websub.clone(), clock);
    let door: Arc<dyn Door> = Arc::clone(&hub) as _;
    let readers = Arc::new(Readers::new(documents, trust, burst, Arc::clone(&metrics), Some(door)));
    let operations = Arc::new(Operations::new(Arc::clone(&metrics), clock));
    let (ends, ending) = told::channel(false);

    let mut answering = vec![answer_operators(operators, &operations, deadlines, clock, &ending)?];

    let (asks, asked) = mpsc::channel();
    let (loaded, is_loaded) = oneshot::channel();
    let (first, first_is_over) = oneshot::channel();
    let (fetches, orders) = told::channel(Order::of(settings.poll.as_ref()));
    let (follows, following) = told::channel(Follow::of(&settings));
    let passes = Passes::new(settings, &readers, &operations, &metrics, &hub, clock, asks.clone());
    let passes = thread::Builder::new()
        .name("passes".to_owned())
        .spawn(move || passes.run(&asked, loaded, first))?;

    let fetched = asks.clone();
    let fetching = thread::Builder::new().name("fetches".to_owned()).spawn({
        let hub = Arc::clone(&hub);
        move || fetches::run(orders, tellings, &fetched, &hub)
    })?;
    let (admitted, is_admitted) = oneshot::channel();
    let admitting = thread::Builder::new().name("partners".to_owned()).spawn({
        let (readers, ending) = (Arc::clone(&readers), ending.clone());
        move || partners::run(following, ending, &readers, admitted)
    })?;
    let telling = thread::Builder::new().name("websub".to_owned()).spawn({
        let (hub, ending) = (Arc::clone(&hub), ending.clone());
        move || websub::run(&hub, ending)
    })?;

    // What is published already is there within moments; until then connections wait in the queue.
    let has_documents = is_loaded.await.unwrap_or(false);
    // Who has a token isn't sent away because tokens aren't known yet.
    let _ = is_admitted.await;
    let common = Arc::new(Common {
        metrics: Arc::clone(&metrics),
        log,
        deadlines,
        most_connections: most_connections(),
        clock,
    });
    let workers = thread::available_parallelism().map_or(1, usize::from).min(MOST_WORKERS);
    answering.extend(http::answer_readers(&socket, &common, &readers, workers, &ending)?);
    drop((socket, common));
    let ready = async {
        if !has_documents {
            let _ = first_is_over.await;
        }
        say(&[NotifyState::Ready]);
    };
    tokio::pin!(ready);
    let mut is_told = false;
    let mut counts = time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            () = &mut ready, if !is_told => is_told = true,
            _ = term.recv() => break,
            _ = int.recv() => break,
            _ = hup.recv() => {
                let others = Others { readers: &readers, hub: &hub, asks: &asks, fetches: &fetches, follows: &follows };
                read_again(reload, &metrics, &others);
            },
            _ = counts.tick() => websub::tell_counts(&hub, &metrics),
            () = any_ended(&answering) => {
                return Err(io::Error::other("a thread that answers ended; see the log"));
            }
        }
    }
    tracing::info!("ending: answers under way go out");
    say(&[NotifyState::Stopping]);
    let _ = ends.send(true);
    let _ = asks.send(Ask::End);
    let _ = fetches.send(Order::End);
    tokio::select! {
        _ = until(|| answering.iter().all(Answering::is_finished), deadlines.drain + deadlines.grace * 2) => {}
        // Who asks twice doesn't want to wait.
        _ = term.recv() => return Ok(()),
        _ = int.recv() => return Ok(()),
    }
    if let Some(log_writer) = log_writer {
        // Unless nobody takes it, the log has every line.
        until(|| log_writer.is_finished(), LAST_LINES).await;
    }
    // What is being fetched is asked for again; what is being stored is whole or not there.
    let are_over = || fetching.is_finished() && telling.is_finished() && admitting.is_finished();
    until(are_over, LAST_TELLINGS).await;
    if !until(|| passes.is_finished(), LAST_PASS).await {
        tracing::warn!("a pass under way is left behind; the next one makes it good");
    }
    tracing::info!("ended");
    Ok(())
}

/// Those who watch are answered from the beginning, and not counted among readers.
fn answer_operators(
    socket: Socket,
    operations: &Arc<Operations>,
    deadlines: Deadlines,
    clock: fn() -> DateTime<Utc>,
    ending: &told::Receiver<bool>,
) -> io::Result<Answering> {
    let quiet = Metrics::new();
    let own = Common {
        log: AccessLog::none(Arc::clone(&quiet)),
        metrics: quiet,
        deadlines,
        most_connections: 256,
        clock,
    };
    http::answer_operators(socket, &Arc::new(own), operations, ending)
}

/// Tells the service manager, if there is one.
fn say(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager can't be told");
    }
}

/// Who is handed other settings.
struct Others<'a> {
    readers: &'a Readers,
    hub: &'a WebSub,
    asks: &'a mpsc::Sender<Ask>,
    fetches: &'a told::Sender<Order>,
    follows: &'a told::Sender<Follow>,
}

fn read_again(reload: &Reload<'_>, metrics: &Metrics, others: &Others<'_>) {
    let Others { readers, hub, asks, fetches, follows } = others;
    if let Ok(since) = NotifyState::monotonic_usec_now() {
        say(&[NotifyState::Reloading, since]);
    }
    let read = reload();
    metrics.reloaded(read.is_ok());
    match read {
        Ok(settings) => {
            readers.treat(settings.trust.clone(), settings.burst);
            hub.settle(settings.websub.clone());
            let _ = fetches.send(Order::of(settings.poll.as_ref()));
            let _ = follows.send(Follow::of(&settings));
            let _ = asks.send(Ask::Settings(Box::new(settings)));
            tracing::info!("the configuration was read again");
        }
        Err(error) => {
            tracing::error!(%error, "the configuration is refused; the one before goes on");
            let _ = asks.send(Ask::Refused(error));
        }
    }
    say(&[NotifyState::Ready]);
}

/// Waits until something holds, but not for ever; whether it does.
async fn until(holds: impl Fn() -> bool, at_most: Duration) -> bool {
    let all = async {
        while !holds() {
            time::sleep(Duration::from_millis(5)).await;
        }
    };
    time::timeout(at_most, all).await.is_ok()
}

/// Waits until a thread that should answer doesn't any more.
async fn any_ended(answering: &[Answering]) {
    while !answering.iter().any(Answering::is_finished) {
        time::sleep(Duration::from_secs(1)).await;
    }
}

/// As many as there are files for: the limit of files is raised as far as the system lets it be.
fn most_connections() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(files - SPARE_FILES.min(files / 2)).unwrap_or(usize::MAX).clamp(16, 100_000)
}
