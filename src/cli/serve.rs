//! `feedwright serve`: passes on a schedule, and HTTP.

#![expect(clippy::disallowed_methods, reason = "takes away the socket of a service that is gone")]

use std::{
    fs,
    io::{self, IsTerminal},
    net::TcpListener,
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::Arc,
};

use tracing_subscriber::EnvFilter;

use super::{
    args::{Args, ServeArgs},
    failure::{Exit, Failure},
    newsroom, now,
    output::Output,
    sources,
};
use crate::{
    config::{Config, LISTEN_FIX, Listen},
    http::{Deadlines, Serving, Socket, Trust},
    service::{self, Settings, Start},
    story::Format,
};

/// Connections that may wait to be taken.
const QUEUE: i32 = 4096;

pub(super) async fn run(serve: &ServeArgs, args: &Args, output: &Output) -> Result<Exit, Failure> {
    log_to_standard_error(output);
    let config = Arc::new(newsroom::load(args)?);
    let listen = chosen(serve.listen.as_deref(), "--listen", &config.server.listen)?;
    let ops = chosen(serve.ops.as_deref(), "--ops", &config.server.ops)?;
    let settings = settings_of(&config)?;
    let (readers, operators) = (bind(&listen)?, bind(&ops)?);
    for notice in &config.notices {
        tracing::warn!(notice);
    }
    tracing::info!(
        readers = %shown(&listen, &readers),
        operations = %shown(&ops, &operators),
        feeds_url = %config.site.feeds_url,
        "serving"
    );
    let start = Start {
        readers,
        operators,
        settings,
        logs_access: !output.quiet,
        deadlines: Deadlines::default(),
        clock: now,
    };
    let bound = (config.server.listen.clone(), config.server.ops.clone());
    let reload = || -> Result<Settings, String> {
        let read = || -> Result<_, Failure> {
            let config = Arc::new(newsroom::load(args)?);
            if bound != (config.server.listen.clone(), config.server.ops.clone()) {
                tracing::warn!("other addresses to listen on are taken at the next start");
            }
            settings_of(&config)
        };
        read().map_err(|failure| failure.to_string())
    };
    let ran = service::run(start, &reload).await;
    for socket in [&listen, &ops] {
        if let Listen::Unix(file) = socket {
            let _ = fs::remove_file(file);
        }
    }
    ran.map_err(|error| Failure::file(Path::new("serve"), error))?;
    Ok(Exit::Done)
}

/// The settings that a configuration comes to.
fn settings_of(config: &Arc<Config>) -> Result<Settings, Failure> {
    let proxies = &config.server.proxies;
    let mut formats = config.publish.formats.clone();
    formats.extend(Format::ALL);
    let mut seen = Vec::new();
    formats.retain(|format| {
        !seen.contains(format) && {
            seen.push(*format);
            true
        }
    });
    let partners = config.feeds.iter().filter(|spec| !spec.is_public());
    Ok(Settings {
        newsroom: newsroom::lasting_newsroom(config)?,
        store: newsroom::address(&config.store),
        serving: Serving {
            site: config.site.clone(),
            moves: config.moves.clone(),
            partners: partners.map(|spec| spec.path.clone()).collect(),
            formats,
            max_age_seconds: u64::from(config.ttl_minutes()) * 60,
            folder: config.publish.folder.clone(),
            cache_bytes: config.server.cache_bytes,
        },
        trust: Trust {
            networks: proxies.networks.clone(),
            unix: proxies.unix,
            header: proxies.header.clone(),
        },
        burst: config.server.allowance,
        every: config.schedule.every,
        poll: match config.remote.is_empty() {
            true => None,
            false => Some(Arc::new(sources::poll(config)?)),
        },
        websub: sources::websub(config)?,
    })
}

/// The address of the command line, or else that of the configuration.
fn chosen(written: Option<&str>, name: &str, configured: &Listen) -> Result<Listen, Failure> {
    let Some(written) = written else { return Ok(configured.clone()) };
    let what = || format!("{name} `{written}` is no address to listen on");
    Listen::read(written).ok_or_else(|| Failure::usage(what(), LISTEN_FIX))
}

fn bind(listen: &Listen) -> Result<Socket, Failure> {
    let bound = match listen {
        Listen::Tcp(address) => TcpListener::bind(address).and_then(|listener| {
            rustix::net::listen(&listener, QUEUE)?;
            listener.set_nonblocking(true)?;
            Ok(Socket::Tcp(listener))
        }),
        Listen::Unix(file) => bind_file(file),
    };
    bound.map_err(|error| {
        let fix = match error.kind() {
            io::ErrorKind::AddrInUse => {
                "another program listens there: stop it, or choose another address with \
                 `server.listen` and `server.ops`, or --listen and --ops"
            }
            io::ErrorKind::PermissionDenied => {
                "choose a port above 1023 or a folder that this user may write to"
            }
            _ => "choose an address of this machine",
        };
        Failure::Listen { address: listen.to_string(), source: error, fix }
    })
}

fn bind_file(file: &Path) -> io::Result<Socket> {
    let bound = UnixListener::bind(file).or_else(|error| {
        // The socket of a service that was killed is still there, and nobody answers.
        let is_dead = error.kind() == io::ErrorKind::AddrInUse
            && UnixStream::connect(file)
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
        if !is_dead {
            return Err(error);
        }
        fs::remove_file(file)?;
        UnixListener::bind(file)
    })?;
    rustix::net::listen(&bound, QUEUE)?;
    bound.set_nonblocking(true)?;
    Ok(Socket::Unix(bound))
}

/// Where it listens indeed: port 0 takes any.
fn shown(listen: &Listen, socket: &Socket) -> String {
    match socket {
        Socket::Tcp(listener) => {
            listener.local_addr().map_or_else(|_| listen.to_string(), |address| address.to_string())
        }
        Socket::Unix(_) => listen.to_string(),
    }
}

/// JSON, a line for each event; for a person at a terminal, text.
fn log_to_standard_error(output: &Output) {
    let least = match (output.quiet, output.verbose) {
        (true, _) => "warn",
        (_, true) => "debug",
        _ => "info",
    };
    let filter = EnvFilter::builder()
        .with_default_directive(least.parse().unwrap_or_default())
        .with_env_var("FEEDWRIGHT_LOG")
        .from_env_lossy();
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    if io::stderr().is_terminal() {
        subscriber.compact().with_target(false).init();
    } else {
        subscriber.json().flatten_event(true).with_target(false).init();
    }
}
