//! What the rules are for.
