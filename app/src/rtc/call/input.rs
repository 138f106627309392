//! The open microphone: its level, and what happens when it falls silent, goes away or comes back.

use super::{
    CallHandle,
    running::{is_current, running},
};
use crate::rtc::{
    devices::{Device, DeviceWatch, devices},
    meter::Meter,
    microphone::{Microphone, MicrophoneProblem, Sign},
};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;

/// As loud as a voice, on the scale of the meter.
const HEARD_LEVEL: u8 = 4;
/// What Chromium calls its own choices, which are listed beside the devices they stand for.
const CHOICES: [&str; 2] = ["default", "communications"];

impl CallHandle {
    /// What can be used instead of a microphone that is gone.
    pub(crate) fn other_microphones(self) -> Vec<Device> {
        let mut devices = self.devices.get();
        devices.retain(|(id, label)| !CHOICES.contains(&id.as_str()) && !label.is_empty());
        devices
    }

    /// Keeps an open microphone and shows how loud it is.
    pub(super) fn take(self, mut microphone: Microphone) {
        // The browser calls back from within its own work; what follows may drop the microphone.
        microphone.watch(move || set_timeout(move || self.look_at_microphone(), Duration::ZERO));
        microphone.set_muted(untrack(|| self.is_silent()));
        let meter = Meter::start(&microphone, move |level| {
            self.level.set(level);
            if level >= HEARD_LEVEL {
                self.loud.update(|loud| *loud = loud.saturating_add(1));
            }
        });
        let before = running(|running| {
            running.devices = running
                .devices
                .take()
                .or_else(|| DeviceWatch::start(move || self.look_for_microphones()));
            running.lost_microphone = None;
            (
                std::mem::replace(&mut running.meter, meter),
                running.microphone.replace(microphone),
            )
        });
        drop(before);
        self.has_microphone.set(true);
        self.look_at_microphone();
    }

    /// Closes the microphone and its meter.
    pub(super) fn drop_microphone(self) {
        let gone = running(|running| (running.meter.take(), running.microphone.take()));
        drop(gone);
        self.has_microphone.set(false);
        self.level.set(0);
    }

    /// Opens a microphone in the middle of a call, which goes on with it.
    pub(crate) async fn reopen_microphone(self, device: Option<String>) {
        let attempt = running(|running| running.attempt);
        let opened = Microphone::open(device.as_deref()).await;
        if !is_current(attempt) {
            return;
        }
        let microphone = match opened {
            Ok(microphone) => microphone,
            Err(problem) => return self.microphone_problem.set(Some(problem)),
        };
        // What is muted or paused must not be heard through another microphone either.
        microphone.set_muted(untrack(|| self.is_silent()));
        let replaced = running(|running| running.peer.as_ref()?.replace(&microphone));
        let sent = match replaced {
            Some(replaced) => replaced.await.is_ok(),
            None => false,
        };
        if !is_current(attempt) {
            return;
        }
        if sent {
            self.device.set(device.unwrap_or_default());
            self.take(microphone);
        } else {
            self.microphone_problem.set(Some(MicrophoneProblem::Other));
        }
    }

    /// Whoever types and listens is not heard later because a microphone comes back.
    pub(super) fn forget_microphones(self) {
        let watch = running(|running| {
            running.lost_microphone = None;
            running.devices.take()
        });
        drop(watch);
    }

    /// Says what the microphone gives now.
    pub(super) fn look_at_microphone(self) {
        let seen = running(|running| {
            let microphone = running.microphone.as_ref()?;
            Some((microphone.sign(), microphone.name()))
        });
        match seen {
            Some((Sign::End, name)) => {
                running(|running| running.lost_microphone = Some(name));
                self.drop_microphone();
                self.device.set(String::new());
                self.microphone_problem.set(Some(MicrophoneProblem::Gone));
                self.look_for_microphones();
            }
            Some((Sign::Silence, _)) => self
                .microphone_problem
                .set(Some(MicrophoneProblem::Silenced)),
            Some((Sign::Sound, _)) => self.microphone_problem.set(None),
            None => {}
        }
    }

    /// Lists what is connected now, and goes on with the microphone that was lost if it is back.
    /// With another one only when somebody says so: it may stand in another room.
    fn look_for_microphones(self) {
        let attempt = running(|running| running.attempt);
        spawn_local(async move {
            let found = devices().await;
            if !is_current(attempt) {
                return;
            }
            let back = running(|running| {
                let lost = running.lost_microphone.as_ref()?;
                let (id, _) = found.iter().find(|(_, label)| label == lost)?;
                Some(id.clone())
            });
            self.devices.set(found);
            let in_a_call = self.phase.get_untracked().is_made();
            if let Some(id) = back.filter(|_| in_a_call) {
                self.reopen_microphone(Some(id)).await;
            }
        });
    }
}
