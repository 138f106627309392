//! The call in the browser: microphone, peer connection, sound and clean-up. The only place that
//! names the browser's media types. It decides nothing: the server does.

mod browser;
mod call;
mod devices;
mod ledger;
mod meter;
mod microphone;
mod peer;
mod screen;
mod timer;

pub(crate) use browser::how_to_allow_microphone;
pub(crate) use call::{CallEnd, CallHandle, CallPhase, StartTalking};
pub(crate) use microphone::MicrophoneProblem;
pub(crate) use timer::Timer;
