//! Which addresses may be asked: schemes, ports, names, and the networks behind them.
//!
//! Pure. What a stranger writes into a feed or a subscription must not lead to a machine that only
//! we can reach: a router, a database, the metadata of a cloud.
//!
//! # Promises
//! - For [`Reach::Public`] an IPv6 address is refused unless it lies in the one block that is given
//!   out (`2000::/3`) and in none of its special parts; an IPv4 address unless it lies in none of the
//!   special blocks. What is given out later is refused until it is written here.
//! - Where keys of a cloud machine can be had is refused to everybody, in every spelling.
//!
//! # Limits
//! - A network with IPv6 alone reaches IPv4 hosts through `64:ff9b::/96`, which is refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

/// How far a request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Reach {
    /// The public network alone.
    #[default]
    Public,
    /// Private networks and this machine too: for intranets, and where a person allows it.
    PrivateToo,
}

/// Why an address may not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Neither `http` nor `https`.
    #[error("the scheme `{0}` is neither http nor https")]
    Scheme(String),
    /// A name or password stands in the address.
    #[error("the address holds a user name or password")]
    UserInfo,
    /// A port at which something else than HTTP answers (WHATWG Fetch §2.9).
    #[error("port {0} is not one for HTTP")]
    Port(u16),
    /// No host.
    #[error("the address names no host")]
    NoHost,
    /// A name that only this machine or network knows.
    #[error("the name `{0}` is not a public one")]
    Name(String),
    /// An address of a private or special network.
    #[error("`{0}` is not a public address")]
    Private(IpAddr),
    /// Where machines in a cloud get their keys.
    #[error("`{0}` is where a cloud gives out keys")]
    Metadata(IpAddr),
}

impl Refusal {
    /// Whether `allow_private` would make a difference.
    pub fn is_private(&self) -> bool {
        matches!(self, Self::Name(_) | Self::Private(_))
    }
}

/// Ports of other services, which must not be spoken to in HTTP (WHATWG Fetch §2.9, "port
/// blocking"), in order.
const BAD_PORTS: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
    102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427,
    465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990,
    993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667,
    6668, 6669, 6679, 6697, 10080,
];

/// Ends of names that the public network doesn't know (RFC 6761, RFC 6762, RFC 8375, RFC 7686; the
/// rest by custom).
const LOCAL_ENDS: [&str; 11] = [
    "localhost",
    "local",
    "internal",
    "localdomain",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "onion",
];

/// IPv4 networks that are not public (the special-purpose registry of RFC 6890).
const SPECIAL_V4: [(Ipv4Addr, u32); 17] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(192, 175, 48, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, reserved, broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// Parts of `2000::/3` that are not public.
const SPECIAL_V6: [(Ipv6Addr, u32); 5] = [
    // Teredo, benchmarks, ORCHID and others of the IETF.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4: an IPv4 address in disguise.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    // 6bone, given back.
    (Ipv6Addr::new(0x3ffe, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Where clouds give out keys: AWS (its containers too), GCP, Azure, Alibaba, Oracle.
const METADATA_V4: [Ipv4Addr; 6] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
];
const METADATA_V6: [Ipv6Addr; 3] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

impl Reach {
    /// Whether this address may be asked, as far as that can be told before its name is resolved.
    pub fn check(self, url: &Url) -> Result<(), Refusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::UserInfo);
        }
        if let Some(port) = url.port()
            && BAD_PORTS.binary_search(&port).is_ok()
        {
            return Err(Refusal::Port(port));
        }
        match url.host() {
            None => Err(Refusal::NoHost),
            Some(Host::Ipv4(address)) => self.check_ip(address.into()),
            Some(Host::Ipv6(address)) => self.check_ip(address.into()),
            Some(Host::Domain(name)) => self.check_name(name),
        }
    }

    /// Whether a connection to this address may be made.
    pub fn check_socket(self, address: SocketAddr) -> Result<(), Refusal> {
        match address {
            SocketAddr::V6(scoped) if scoped.scope_id() != 0 && self == Self::Public => {
                Err(Refusal::Private(address.ip()))
            }
            _ => self.check_ip(address.ip()),
        }
    }

    fn check_ip(self, address: IpAddr) -> Result<(), Refusal> {
        if is_metadata(address) {
            return Err(Refusal::Metadata(address));
        }
        match self {
            Self::Public if !is_public(address) => Err(Refusal::Private(address)),
            Self::Public | Self::PrivateToo => Ok(()),
        }
    }

    fn check_name(self, name: &str) -> Result<(), Refusal> {
        let ends_with = |end: &&str| {
            let rest = name.len().checked_sub(end.len());
            rest.is_some_and(|rest| {
                name.is_char_boundary(rest)
                    && name[rest..].eq_ignore_ascii_case(end)
                    && (rest == 0 || name[..rest].ends_with('.'))
            })
        };
        // A name without a dot is looked up in the domains of this machine.
        let is_local =
            name.ends_with('.') || !name.contains('.') || LOCAL_ENDS.iter().any(ends_with);
        match self {
            Self::Public if is_local => Err(Refusal::Name(name.to_owned())),
            Self::Public | Self::PrivateToo => Ok(()),
        }
    }
}

/// Whether a host is written as an address of a private network, or as this machine.
pub(super) fn is_private_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => !is_public(address.into()),
        Some(Host::Ipv6(address)) => !is_public(address.into()),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let bits = address.to_bits();
            let within = |(network, length): &(Ipv4Addr, u32)| {
                (bits ^ network.to_bits()) >> (32 - length) == 0
            };
            !SPECIAL_V4.iter().any(within)
        }
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            let within = |(network, length): &(Ipv6Addr, u32)| {
                (bits ^ network.to_bits()) >> (128 - length) == 0
            };
            bits >> 125 == 1 && !SPECIAL_V6.iter().any(within)
        }
    }
}

fn is_metadata(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => METADATA_V4.contains(&address),
        IpAddr::V6(address) => {
            METADATA_V6.contains(&address)
                || embedded(address).is_some_and(|inner| METADATA_V4.contains(&inner))
        }
    }
}

/// The IPv4 address to which a gateway or the system would take an IPv6 one.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = address.to_bits();
    #[expect(clippy::cast_possible_truncation, reason = "the last 32 bits are meant")]
    let (low, after_16) = (bits as u32, (bits >> 80) as u32);
    match address.segments() {
        // Compatible, mapped, translated (RFC 4291 §2.5.5, RFC 2765), NAT64 (RFC 6052, RFC 8215).
        [0, 0, 0, 0, 0, 0 | 0xffff, _, _]
        | [0, 0, 0, 0, 0xffff, 0, _, _]
        | [0x64, 0xff9b, 0 | 1, ..] => Some(low.into()),
        // 6to4 (RFC 3056).
        [0x2002, ..] => Some(after_16.into()),
        // Teredo hides it (RFC 4380 §4).
        [0x2001, 0, ..] => Some((!low).into()),
        _ => None,
    }
}
