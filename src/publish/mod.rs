//! Puts finished bytes where readers fetch them, whole or not at all.

mod folder;
mod held;
mod lock;
mod sync;

pub use folder::{Committed, Folder, Laid, PublishError, Stamp};
pub use held::{Held, HoldError, LeftOpen};
pub use lock::{BuildLock, LockError};
