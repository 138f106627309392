//! The microphone before the call: opening it, choosing one, hearing whether somebody speaks.

use super::{CallHandle, CallPhase, running::is_current};
use crate::rtc::{devices::devices, microphone::Microphone};
use leptos::{prelude::*, task::spawn_local};

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
}
