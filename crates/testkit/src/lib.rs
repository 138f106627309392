//! What tests of several crates share, and in `bin/bench` what measures a running server. A
//! development dependency only.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

pub mod babble;
pub mod caller;
pub mod database;

pub use caller::{Caller, CallerOptions, LiveCaller};
