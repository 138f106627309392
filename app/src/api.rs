//! Everything a person can do, as server functions and their types: the wire contract.
//! Each function takes one `request` that refuses unknown fields, and is a few lines: who asks,
//! which use case, how the answer is shown.

pub mod account;
pub mod error;
pub mod events;
pub mod intakes;
pub(crate) mod json;
pub(crate) mod reading;
pub mod sessions;
pub(crate) mod wire;
pub mod workflows;

pub use error::ApiError;
