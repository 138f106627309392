//! The process: configuration, telemetry, wiring, HTTP and subcommands. It knows no SQL and no
//! provider's JSON.

pub mod auth;
mod calls;
pub mod commands;
pub mod config;
mod errors;
mod events;
mod headers;
pub mod listener;
mod login_store;
pub mod memory;
pub mod origin;
pub mod router;
pub mod state;
pub mod telemetry;
