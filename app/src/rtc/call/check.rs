//! The microphone before the call: opening it, choosing one, hearing whether somebody speaks.

use super::{
    CallHandle, CallPhase,
    running::{is_current, running},
};
use crate::rtc::{
    meter::Meter,
    microphone::{Microphone, MicrophoneProblem, devices},
};
use leptos::{prelude::*, task::spawn_local};

/// As loud as a voice, on the scale of the meter.
const HEARD_LEVEL: u8 = 4;

impl CallHandle {
    /// Opens the microphone and its meter.
    pub(crate) fn check_microphone(self, device: Option<String>) {
        if self.phase.get_untracked().is_running() {
            return;
        }
        let attempt = self.clear();
        self.phase.set(CallPhase::Preparing);
        self.microphone_problem.set(None);
        self.loud.set(0);
        spawn_local(async move {
            let opened = Microphone::open(device.as_deref()).await;
            if !is_current(attempt) {
                return;
            }
            match opened {
                Ok(microphone) => {
                    self.take(microphone);
                    self.device.set(device.unwrap_or_default());
                    self.devices.set(devices().await);
                }
                Err(problem) => {
                    self.microphone_problem.set(Some(problem));
                    self.phase.set(CallPhase::Idle);
                }
            }
        });
    }

    /// Gives the microphone back without a call.
    pub(crate) fn leave_check(self) {
        if !self.phase.get_untracked().is_running() {
            self.clear();
            if self.phase.get_untracked() == CallPhase::Preparing {
                self.phase.set(CallPhase::Idle);
            }
        }
    }

    /// Keeps an open microphone and shows how loud it is.
    pub(super) fn take(self, mut microphone: Microphone) {
        microphone.on_ended(move || {
            self.microphone_problem.set(Some(MicrophoneProblem::Gone));
            self.drop_microphone();
        });
        let meter = Meter::start(&microphone, move |level| {
            self.level.set(level);
            if level >= HEARD_LEVEL {
                self.loud.update(|loud| *loud = loud.saturating_add(1));
            }
        });
        running(|running| {
            running.microphone = Some(microphone);
            running.meter = meter;
        });
        self.has_microphone.set(true);
    }

    /// Closes the microphone and its meter.
    pub(super) fn drop_microphone(self) {
        let gone = running(|running| (running.meter.take(), running.microphone.take()));
        drop(gone);
        self.has_microphone.set(false);
        self.level.set(0);
    }
}
