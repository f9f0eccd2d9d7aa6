//! What users see: each file is one capability, run as a person or a reader would. One program, so
//! that what they share is linked once. What takes all cores for long stands in `tests/histories/`, what
//! is answered in time in `tests/service/`.

#![expect(clippy::disallowed_methods, reason = "tests lay files down and read them")]

mod add;
mod adopt;
mod architecture;
mod bad_input;
mod bad_target;
mod build;
mod check;
mod config;
mod diff;
mod durability;
mod engines;
mod explain;
mod fetch;
mod guard;
mod identity;
mod independent;
mod languages;
mod lost_store;
mod news;
mod ninjs;
mod partners;
mod plan;
mod profiles;
mod purge;
mod references;
mod retract;
mod rsl;
mod sample;
mod servers;
mod site_addresses;
mod sites;
mod status;
mod store_contract;
mod store_copy;
#[allow(dead_code, reason = "the other program of tests uses the rest")]
mod support;
mod webhooks;
