//! The manifest: which files were published, and of which bytes.
