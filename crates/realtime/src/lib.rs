//! The provider: its HTTP client, the control link to a call, and the codecs between its JSON and
//! our call events and commands. It decides nothing and stores nothing.

mod command;
mod configuration;
mod event;
mod link;
pub mod probe;
mod profile;
mod provider;
mod wire;

#[cfg(test)]
mod testing;

pub use command::encode;
pub use configuration::session_json;
pub use event::{DecodeError, decode, event_types};
pub use link::{AttachError, ControlLink};
pub use profile::{ProfileError, ProviderKind, ProviderProfile};
pub use provider::{
    CreateCallError, CreatedCall, HangupError, HungUp, LocationForm, Minted, Provider,
};
