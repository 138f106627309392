//! The product's face: views, and the wire contract they share with the server.

#![expect(
    unreachable_pub,
    reason = "the component macro makes public items beside components of any visibility"
)]

pub mod api;
mod boxed;
mod components;
mod pages;
mod rtc;
mod shell;
#[cfg(feature = "ssr")]
pub mod ssr;

#[cfg(feature = "hydrate")]
pub use shell::take_over;
pub use shell::{App, shell};
