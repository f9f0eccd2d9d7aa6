//! Where `serve` listens, whom it believes, how much it gives.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use ipnet::IpNet;

use super::{
    amounts,
    resolved::{Listen, Proxies, Server},
    spot::{Faults, Spot},
    written::ServerWritten,
};

/// Full answers that a client gets of one feed at once.
const ALLOWANCE: u32 = 60;
/// Bytes that documents may take in memory.
const CACHE: u64 = 256 << 20;

/// `[server]`
pub(super) fn resolve(written: &ServerWritten, at: &Spot<'_>, faults: &mut Faults<'_>) -> Server {
    let mut listen = |value: &Option<String>, key: &str, port: u16| {
        let read = value.as_deref().and_then(|value| listen(value, &at.key(key), faults));
        read.unwrap_or(Listen::Tcp(SocketAddr::from(([127, 0, 0, 1], port))))
    };
    let (readers, ops) =
        (listen(&written.listen, "listen", 8080), listen(&written.ops, "ops", 8081));
    if readers == ops {
        let at = if written.ops.is_some() { at.key("ops") } else { at.key("listen") };
        let what = format!("`{ops}` is the address of both listeners");
        faults.add_key(&at, &what, "give `listen` and `ops` addresses of their own");
    }
    let cache = written.cache.as_ref();
    Server {
        listen: readers,
        ops,
        proxies: proxies(written, at, faults),
        allowance: allowance(written.allowance, &at.key("allowance"), faults),
        cache_bytes: cache
            .and_then(|size| amounts::size(size, &at.key("cache"), faults))
            .unwrap_or(CACHE),
    }
}

/// An address to listen on.
pub(super) fn listen(written: &str, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<Listen> {
    let parsed = Listen::read(written);
    if parsed.is_none() {
        let what = format!("`{}` is no address to listen on", written.trim());
        faults.add_key(at, &what, LISTEN_FIX);
    }
    parsed
}

/// How an address to listen on is written.
pub const LISTEN_FIX: &str = "write one such as `127.0.0.1:8080` or `unix:/run/feedwright.sock`";

impl Listen {
    /// Reads `127.0.0.1:8080`, `[::]:8080`, `localhost:8080` or `unix:/run/feedwright.sock`.
    pub fn read(written: &str) -> Option<Self> {
        let written = written.trim();
        if let Some(path) = written.strip_prefix("unix:") {
            return path.starts_with('/').then(|| Self::Unix(PathBuf::from(path)));
        }
        let literal = written.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
        literal.as_deref().unwrap_or(written).parse().ok().map(Self::Tcp)
    }
}

fn proxies(written: &ServerWritten, at: &Spot<'_>, faults: &mut Faults<'_>) -> Proxies {
    let mut proxies =
        Proxies { networks: Vec::new(), unix: false, header: "x-forwarded-for".to_owned() };
    for (index, proxy) in written.proxies.iter().flatten().enumerate() {
        let network = proxy.parse::<IpNet>().ok();
        match network.or_else(|| proxy.parse::<IpAddr>().ok().map(IpNet::from)) {
            Some(network) => proxies.networks.push(network.trunc()),
            None if proxy == "unix" => proxies.unix = true,
            None => {
                let what = format!("`{proxy}` is no address and no network");
                let fix = "write one such as `127.0.0.1`, `10.0.0.0/8` or `unix`";
                faults.add_key(&at.key("proxies").item(index), &what, fix);
            }
        }
    }
    if let Some(header) = &written.client_header {
        if let Ok(name) = http::HeaderName::from_bytes(header.trim().as_bytes()) {
            name.as_str().clone_into(&mut proxies.header);
        } else {
            let what = format!("`{header}` is no name of a header");
            faults.add_key(&at.key("client_header"), &what, "write `X-Forwarded-For`");
        }
    }
    proxies
}

fn allowance(written: Option<i64>, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<u32> {
    match written {
        None => Some(ALLOWANCE),
        Some(0) => None,
        Some(number) => {
            let read = u32::try_from(number).ok().filter(|number| *number <= 100_000);
            if read.is_none() {
                let what = format!("`{number}` is out of range");
                faults.add_key(at, &what, "write a number such as 60, or 0 for no limit");
            }
            read
        }
    }
}
