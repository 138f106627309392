//! How a server function is called: over HTTP with JSON both ways.
//!
//! On the server these are server_fn's own protocols. In the browser its client would be compiled
//! anew for every function; here one request serves all of them, with thin typed ends.

#[cfg(not(feature = "ssr"))]
mod browser;

#[cfg(not(feature = "ssr"))]
pub use browser::{Bare, Wire};
#[cfg(not(feature = "ssr"))]
pub(crate) use browser::{FORM, call, post};

/// A function with a request, sent as JSON.
#[cfg(feature = "ssr")]
pub type Wire =
    leptos::server_fn::Http<leptos::server_fn::codec::Json, leptos::server_fn::codec::Json>;

/// A function without a request.
#[cfg(feature = "ssr")]
pub type Bare =
    leptos::server_fn::Http<leptos::server_fn::codec::PostUrl, leptos::server_fn::codec::Json>;
