//! Names → addresses that may be asked.
//!
//! # Promises
//! - The connector is given permitted addresses alone, so that the address that was checked is the
//!   one that is dialled: a name that stands for another address a moment later gains nothing.
//! - However many names hang, no more than [`AT_ONCE`] threads wait for the system.

use std::{
    fmt, io,
    net::{SocketAddr, ToSocketAddrs},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::Reach;

/// Names that are looked up at a time.
const AT_ONCE: usize = 32;

/// Something that knows the addresses of names. It may block.
pub(super) trait Names: Send + Sync + fmt::Debug + 'static {
    fn addresses(&self, name: &str) -> io::Result<Vec<SocketAddr>>;
}

/// The names that the system knows.
#[derive(Debug)]
pub(super) struct SystemNames;

impl Names for SystemNames {
    fn addresses(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        Ok((name, 0).to_socket_addrs()?.collect())
    }
}

/// Resolves names for requests that go so far.
#[derive(Debug)]
pub(super) struct Resolver {
    pub(super) reach: Reach,
    pub(super) names: Arc<dyn Names>,
    pub(super) room: Arc<Semaphore>,
}

/// The room in which all resolvers look up names.
pub(super) fn room() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(AT_ONCE))
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, names, room) = (self.reach, Arc::clone(&self.names), Arc::clone(&self.room));
        Box::pin(async move {
            let place = room.acquire_owned().await?;
            let found = spawn_blocking(move || {
                // Held by the thread, which outlives a request that gave up.
                let _place = place;
                names.addresses(name.as_str())
            });
            permitted(reach, &found.await??)
        })
    }
}

/// Those that may be asked; if there are none, why the first may not.
fn permitted(
    reach: Reach,
    found: &[SocketAddr],
) -> Result<Addrs, Box<dyn std::error::Error + Send + Sync>> {
    let mut refusal = None;
    let mut kept = Vec::with_capacity(found.len());
    for address in found {
        match reach.check_socket(*address) {
            Ok(()) => kept.push(*address),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    match refusal {
        Some(refusal) if kept.is_empty() => Err(refusal.into()),
        None if kept.is_empty() => Err("it has no address".into()),
        _ => Ok(Box::new(kept.into_iter())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(found: &[&str]) -> Result<usize, String> {
        let found: Vec<_> = found.iter().map(|text| text.parse().expect("an address")).collect();
        let kept = permitted(Reach::Public, &found);
        kept.map(Iterator::count).map_err(|error| error.to_string())
    }

    #[test]
    fn forbidden_addresses_of_a_name_are_left_out_and_the_others_used() {
        assert_eq!(kept(&["10.0.0.1:0", "93.184.216.34:0", "[::1]:0"]), Ok(1));
        assert_eq!(kept(&["93.184.216.34:0", "[2606:2800:220:1::]:0"]), Ok(2));
    }

    #[test]
    fn a_name_with_forbidden_addresses_alone_names_the_first() {
        assert_eq!(
            kept(&["10.0.0.1:0", "[::1]:0"]),
            Err("`10.0.0.1` is not a public address".to_owned())
        );
        assert_eq!(kept(&[]), Err("it has no address".to_owned()));
        assert!(kept(&["[2606:2800::1%3]:0"]).is_err(), "a scope");
    }
}
