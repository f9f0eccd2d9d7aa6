//! Who asks: the peer, or whom a proxy that is believed says it asks for.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use http::HeaderMap;
use ipnet::IpNet;

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    Address(IpAddr),
    Unix,
}

/// Which proxies are believed, and in which header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// Where proxies are.
    pub networks: Vec<IpNet>,
    /// Whether what comes over a Unix socket comes from one.
    pub unix: bool,
    /// The header that names clients, the last hop last.
    pub header: String,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Client {
    /// Somebody at this address.
    Known(IpAddr),
    /// Somebody on this machine: most likely a proxy that nobody named, with many behind it.
    Local,
}

impl Trust {
    /// Who asks through this peer.
    ///
    /// Only a peer that is a proxy is believed, and of the addresses in its header the last that is
    /// no proxy itself: those before it are the client's own words.
    pub(super) fn client(&self, peer: Peer, headers: &HeaderMap) -> Client {
        let is_trusted = match peer {
            Peer::Address(address) => self.is_proxy(address),
            Peer::Unix => self.unix,
        };
        let own = match peer {
            Peer::Address(address) if is_trusted || !address.is_loopback() => {
                Client::Known(address)
            }
            Peer::Address(_) | Peer::Unix => Client::Local,
        };
        if !is_trusted {
            return own;
        }
        let lines: Vec<&str> = headers
            .get_all(self.header.as_str())
            .iter()
            .filter_map(|line| line.to_str().ok())
            .collect();
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            match address(hop) {
                Some(address) if self.is_proxy(address) => {}
                Some(address) => return Client::Known(address),
                None => break,
            }
        }
        own
    }

    fn is_proxy(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }
}

/// An address as proxies write it: `192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]:4711`, or as in
/// `Forwarded` (RFC 7239): `for="[2001:db8::1]";proto=https`.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let pairs = || hop.split(';').filter_map(|pair| pair.split_once('='));
    let named = pairs().find(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    let text = named.map_or(hop, |(_, value)| value).trim().trim_matches('"');
    let parsed = text.parse().ok().or_else(|| {
        let bracketed = text.strip_prefix('[').and_then(|text| text.split(']').next());
        bracketed.or_else(|| text.rsplit_once(':').map(|(address, _)| address))?.parse().ok()
    });
    parsed.map(|address: IpAddr| address.to_canonical())
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(address) => address.fmt(f),
            Self::Local => f.write_str("local"),
        }
    }
}

impl Client {
    /// The same for all addresses that one subscriber has: of IPv6, the first 64 bits.
    pub(super) fn network(self) -> Option<IpAddr> {
        match self {
            Self::Known(IpAddr::V6(address)) => {
                let segments = address.segments();
                let [a, b, c, d, ..] = segments;
                Some(IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)))
            }
            Self::Known(address) => Some(address),
            Self::Local => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn trust(networks: &[&str], unix: bool) -> Trust {
        let networks = networks.iter().map(|text| text.parse().expect("a network")).collect();
        Trust { networks, unix, header: "x-forwarded-for".to_owned() }
    }

    fn asks(trust: &Trust, peer: &str, lines: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        let peer = match peer {
            "unix" => Peer::Unix,
            peer => Peer::Address(peer.parse().expect("an address")),
        };
        match trust.client(peer, &headers) {
            Client::Known(address) => Some(address.to_string()),
            Client::Local => None,
        }
    }

    #[test]
    fn a_header_is_believed_only_from_a_proxy() {
        let trusted = trust(&["10.0.0.0/8"], false);
        let known = |text: &str| Some(text.to_owned());
        assert_eq!(asks(&trusted, "192.0.2.9", &["198.51.100.1"]), known("192.0.2.9"));
        assert_eq!(asks(&trusted, "10.1.1.1", &["198.51.100.1"]), known("198.51.100.1"));
        assert_eq!(asks(&trusted, "127.0.0.1", &["198.51.100.1"]), None);
        assert_eq!(asks(&trusted, "unix", &["198.51.100.1"]), None);
        assert_eq!(asks(&trust(&[], true), "unix", &["198.51.100.1"]), known("198.51.100.1"));
    }

    #[test]
    fn of_several_hops_the_last_that_is_no_proxy_counts() {
        let trusted = trust(&["10.0.0.0/8", "127.0.0.1/32"], false);
        let known = |text: &str| Some(text.to_owned());
        let spoofed = &["6.6.6.6, 198.51.100.1, 10.0.0.2"];
        assert_eq!(asks(&trusted, "127.0.0.1", spoofed), known("198.51.100.1"));
        let lines = &["6.6.6.6", "198.51.100.1"];
        assert_eq!(asks(&trusted, "127.0.0.1", lines), known("198.51.100.1"));
        assert_eq!(asks(&trusted, "127.0.0.1", &["nonsense"]), known("127.0.0.1"));
        assert_eq!(asks(&trusted, "127.0.0.1", &[]), known("127.0.0.1"));
        assert_eq!(asks(&trusted, "127.0.0.1", &["::ffff:198.51.100.1"]), known("198.51.100.1"));
    }

    #[test]
    fn addresses_are_read_as_proxies_write_them() {
        let read = |text| address(text).map(|address| address.to_string());
        assert_eq!(read("192.0.2.1:4711").as_deref(), Some("192.0.2.1"));
        assert_eq!(read("[2001:db8::1]:4711").as_deref(), Some("2001:db8::1"));
        assert_eq!(read("for=\"[2001:db8::1]\";proto=https").as_deref(), Some("2001:db8::1"));
        assert_eq!(read("For=192.0.2.1").as_deref(), Some("192.0.2.1"));
        assert_eq!(read("unknown"), None);
    }
}
