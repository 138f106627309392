//! What the browser holds for the call, in a thread-local that only the files beside this one open.

use super::StartTalking;
use crate::rtc::{
    devices::DeviceWatch, meter::Meter, microphone::Microphone, peer::Peer, screen::ScreenLock,
    timer::Timer,
};
use leptos::prelude::WindowListenerHandle;
use std::cell::RefCell;

/// What the browser holds for the call. Each part closes itself when it is dropped, but for the listeners.
#[derive(Default)]
pub(super) struct Running {
    /// Grows with each start and each end, so that a start that was overtaken stops.
    pub(super) attempt: u64,
    pub(super) peer: Option<Peer>,
    pub(super) microphone: Option<Microphone>,
    pub(super) meter: Option<Meter>,
    pub(super) heartbeat: Option<Timer>,
    pub(super) clock: Option<Timer>,
    pub(super) patience: Option<Timer>,
    pub(super) devices: Option<DeviceWatch>,
    /// The name of the microphone that went away, to know it when it comes back.
    pub(super) lost_microphone: Option<String>,
    pub(super) screen: Option<ScreenLock>,
    pub(super) listeners: Vec<WindowListenerHandle>,
    /// How far the server's clock is ahead of the browser's, in microseconds.
    pub(super) clock_ahead: i64,
    /// A start that wants the password first.
    pub(super) unproved: Option<StartTalking>,
}

thread_local! {
    static RUNNING: RefCell<Running> = RefCell::default();
}

pub(super) fn running<T>(with: impl FnOnce(&mut Running) -> T) -> T {
    RUNNING.with_borrow_mut(with)
}

/// Whether no later start or end overtook this attempt.
pub(super) fn is_current(attempt: u64) -> bool {
    running(|running| running.attempt == attempt)
}
