//! Bytes that the system sends by itself, without copying them through us: large bodies as they
//! are, which would cost a copy for each reader.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    sync::Arc,
};

use bytes::Bytes;

/// A body is worth a file of its own from so many bytes.
pub(super) const WORTH: usize = 64 << 10;

/// Bytes with a copy in a file in memory that nobody can change.
#[derive(Debug, Clone)]
pub(super) struct Sealed {
    /// The same bytes, by whose addresses a part of them is recognised.
    bytes: Bytes,
    file: Arc<OwnedFd>,
}

impl Sealed {
    /// A sealed copy; none for small ones, and where the system has no such files.
    #[cfg(target_os = "linux")]
    pub(super) fn of(bytes: &Bytes) -> Option<Self> {
        use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
        if bytes.len() < WORTH {
            return None;
        }
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let file = memfd_create("feedwright", flags).ok()?;
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let written = rustix::io::write(&file, rest).ok()?;
            rest = &rest[written..];
        }
        let all = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
        fcntl_add_seals(&file, all).ok()?;
        Some(Self { bytes: bytes.clone(), file: Arc::new(file) })
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn of(_: &Bytes) -> Option<Self> {
        None
    }

    /// Where `part` stands, if it is a part of these very bytes.
    pub(super) fn place(&self, part: &[u8]) -> Option<usize> {
        let start = (part.as_ptr() as usize).checked_sub(self.bytes.as_ptr() as usize)?;
        (start + part.len() <= self.bytes.len()).then_some(start)
    }

    /// Has the system send so many bytes from `place` on; how many it took.
    #[cfg(target_os = "linux")]
    pub(super) fn send(&self, to: impl AsFd, place: usize, count: usize) -> io::Result<usize> {
        let mut offset = place as u64;
        Ok(rustix::fs::sendfile(to, &*self.file, Some(&mut offset), count)?)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn send(&self, _: impl AsFd, _: usize, _: usize) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn any_part_is_sent_as_it_is() {
        let bytes: Bytes = (0..=255_u8).cycle().take(WORTH).collect::<Vec<u8>>().into();
        let sealed = Sealed::of(&bytes).expect("sealed");
        assert!(Sealed::of(&bytes.slice(1..)).is_none(), "too small");
        let (to, mut from) = std::os::unix::net::UnixStream::pair().expect("a pair");
        let part = &bytes[300..700];
        let place = sealed.place(part).expect("a part");
        assert_eq!(sealed.send(&to, place, part.len()).expect("sent"), 400);
        let mut read = [0; 400];
        from.read_exact(&mut read).expect("received");
        assert_eq!(read, part);
        assert_eq!(sealed.place(&[1, 2, 3]), None, "other bytes");
    }
}
