//! Says which program holds a locked file.
//!
//! # Limits
//! - Known on Linux alone (`/proc/locks`), and only for programs in the same process namespace.

#![expect(clippy::disallowed_methods, reason = "reads what the system says about locks")]

use std::path::Path;

/// The program that holds a lock on `file` or on what belongs to it: `process 4711 (sqlite3)`.
#[cfg(target_os = "linux")]
pub(super) fn of(file: &Path) -> Option<String> {
    use std::{fs, os::unix::fs::MetadataExt};

    let beside = |ending: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        name
    };
    let inodes: Vec<u64> = ["", "-wal", "-shm", "-journal"]
        .iter()
        .filter_map(|ending| Some(fs::metadata(beside(ending)).ok()?.ino()))
        .collect();
    let locks = fs::read_to_string("/proc/locks").ok()?;
    let own = std::process::id();
    let mut holders = locks.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let place = fields.iter().position(|field| field.matches(':').count() == 2)?;
        let inode: u64 = fields[place].rsplit(':').next()?.parse().ok()?;
        let process: u32 = fields.get(place.checked_sub(1)?)?.parse().ok()?;
        (inodes.contains(&inode) && process != own).then_some(process)
    });
    let process = holders.next_back()?;
    let name = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    Some(format!("process {process} ({})", name.trim()))
}

/// Not known on this system.
#[cfg(not(target_os = "linux"))]
pub(super) fn of(_file: &Path) -> Option<String> {
    None
}
