//! Who claims work, in a word that other processes understand.

#![expect(clippy::disallowed_methods, reason = "asks the system which machine this is")]

use std::fs;

/// Who we are to other processes, for one kind of work: this machine, the work, this process.
pub fn own_lease(work: &str) -> String {
    format!("{} {work} {}", machine(), std::process::id())
}

/// This machine since it started, and the part of it in which numbers of processes mean something: a
/// container has numbers of its own, and clones of a machine share its name.
fn machine() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().replace(' ', "-");
    let started = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let numbers = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{name}/{}/{}", started.trim(), numbers.display())
}

/// Whether a claim is that of a process of this machine which has ended.
pub fn is_lease_gone(lease: &str) -> bool {
    let mut parts = lease.rsplitn(3, ' ');
    let (process, _work, host) = (parts.next(), parts.next(), parts.next());
    if host != Some(machine().as_str()) {
        return false;
    }
    let Some(process) = process.and_then(|process| process.parse::<i32>().ok()) else {
        return false;
    };
    let Some(process) = rustix::process::Pid::from_raw(process) else { return true };
    rustix::process::test_kill_process(process) == Err(rustix::io::Errno::SRCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_of_this_machine_is_known_to_be_gone() {
        assert!(!is_lease_gone(&own_lease("fetch")));
        assert!(is_lease_gone(&format!("{} fetch {}", machine(), i32::MAX)));
        assert!(!is_lease_gone(&format!("elsewhere fetch {}", i32::MAX)));
        assert!(!is_lease_gone("rubbish"));
    }
}
