//! The rehearsal provider from outside: over HTTP, WebRTC and the control link, as a client has it.

#[cfg(test)]
mod call;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod http;
#[cfg(test)]
mod stage;
