//! Passes give way: the thread that makes them, and all threads that it starts, come last.

/// Gives this thread, and those that it will start, the lowest priority.
#[cfg(target_os = "linux")]
pub(super) fn yield_to_others() {
    const LOWEST: i32 = 19;
    // On Linux this is of the thread, not of the process.
    if let Err(error) = rustix::process::setpriority_process(None, LOWEST) {
        tracing::warn!(%error, "passes run at the priority of answers");
    }
}

/// Elsewhere a priority is of the whole process.
#[cfg(not(target_os = "linux"))]
pub(super) fn yield_to_others() {}
