//! The whole process over HTTP, with the rehearsal provider on the wire.

mod stage;

mod access;
mod calls;
mod canary;
mod crash;
mod drift;
mod fields;
mod headers;
mod sessions;
mod sign_in;
mod stream;
