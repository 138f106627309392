//! The words of Vestibule as types: ids, values and state machines. Pure: no I/O, no clock, no
//! randomness; `now` and ids are arguments. Also compiled into the browser page.

pub mod audit;
mod calendar;
pub mod call;
pub mod event;
pub mod id;
pub mod incident;
pub mod intake;
pub mod limits;
pub mod person;
pub mod private;
pub mod provider_check;
pub mod sdp;
pub mod session;
pub mod time;
pub mod tool;
pub mod trouble;
pub mod workflow;

pub use id::*;
pub use private::Private;
pub use time::Timestamp;
