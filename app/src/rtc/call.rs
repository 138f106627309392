//! The one call that this page may have: starting it, watching it, and cleaning up after it on every path.
//!
//! It lives beside the pages, not in one: a call goes on while one looks at another page. What the
//! pages see is [`CallHandle`], plain signals; what the browser holds is in a thread-local that only
//! the files below this one open.

mod check;
mod end;
mod heartbeat;
mod input;
mod pause;
mod phase;
mod problem;
mod proof;
mod running;
mod start;

pub(crate) use phase::{CallEnd, CallPhase};
pub(crate) use start::StartTalking;

use super::{devices::Device, ledger, microphone::MicrophoneProblem};
use crate::boxed::effect;
use domain::{IntakeId, SessionId, Timestamp};
use leptos::prelude::*;
use running::running;

/// How many loud moments of the meter mean that somebody spoke.
const HEARD_AFTER: u8 = 4;

/// The call as the pages see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallHandle {
    phase: RwSignal<CallPhase>,
    place: RwSignal<Option<Place>>,
    session: RwSignal<Option<SessionId>>,
    deadline: RwSignal<Option<Timestamp>>,
    now: RwSignal<Option<Timestamp>>,
    level: RwSignal<u8>,
    loud: RwSignal<u8>,
    muted: RwSignal<bool>,
    held: RwSignal<bool>,
    paused: RwSignal<bool>,
    going_on: RwSignal<bool>,
    pause_problem: RwSignal<Option<String>>,
    proof_until: RwSignal<Option<Timestamp>>,
    unproved: RwSignal<bool>,
    must_tap: RwSignal<bool>,
    has_microphone: RwSignal<bool>,
    microphone_problem: RwSignal<Option<MicrophoneProblem>>,
    devices: RwSignal<Vec<Device>>,
    device: RwSignal<String>,
    problem: RwSignal<Option<String>>,
}

impl CallHandle {
    pub(crate) fn new() -> Self {
        let handle = Self {
            phase: RwSignal::default(),
            place: RwSignal::default(),
            session: RwSignal::default(),
            deadline: RwSignal::default(),
            now: RwSignal::default(),
            level: RwSignal::default(),
            loud: RwSignal::default(),
            muted: RwSignal::default(),
            held: RwSignal::default(),
            paused: RwSignal::default(),
            going_on: RwSignal::default(),
            pause_problem: RwSignal::default(),
            proof_until: RwSignal::default(),
            unproved: RwSignal::default(),
            must_tap: RwSignal::default(),
            has_microphone: RwSignal::default(),
            microphone_problem: RwSignal::default(),
            devices: RwSignal::default(),
            device: RwSignal::default(),
            problem: RwSignal::default(),
        };
        effect(move || {
            let (silent, paused) = (handle.is_silent(), handle.is_held_back());
            ledger::phase(handle.phase.get().word());
            running(|running| {
                if let Some(microphone) = &running.microphone {
                    microphone.set_muted(silent);
                }
                if let Some(peer) = &running.peer {
                    peer.set_silent(paused);
                }
            });
        });
        handle
    }

    /// Where it stands.
    pub(crate) fn phase(self) -> CallPhase {
        self.phase.get()
    }

    /// Whether the call, running or being made, belongs to this intake.
    pub(crate) fn is_on(self, intake: &IntakeId) -> bool {
        self.phase.get().is_running()
            && self
                .place
                .with(|place| place.as_ref().is_some_and(|place| &place.intake == intake))
    }

    /// How the last call ended, if it was on this intake.
    pub(crate) fn end_on(self, intake: &IntakeId) -> Option<CallEnd> {
        match self.phase.get() {
            CallPhase::Ended(end)
                if self
                    .place
                    .with(|place| place.as_ref().is_some_and(|place| &place.intake == intake)) =>
            {
                Some(end)
            }
            _ => None,
        }
    }

    /// What the running call belongs to.
    pub(crate) fn place(self) -> Option<Place> {
        self.phase
            .get()
            .is_running()
            .then(|| self.place.get())
            .flatten()
    }

    /// The session of the running call.
    pub(crate) fn session(self) -> Option<SessionId> {
        self.session.get()
    }

    /// Seconds until the session must be over.
    pub(crate) fn seconds_left(self) -> Option<u64> {
        Some(self.deadline.get()?.since(self.now.get()?).as_secs())
    }

    /// How loud the microphone is.
    pub(crate) fn level(self) -> Signal<u8> {
        self.level.into()
    }

    /// Whether somebody was heard during the check.
    pub(crate) fn heard(self) -> bool {
        self.loud.get() >= HEARD_AFTER
    }

    /// Whether it was muted, held or not.
    pub(crate) fn is_muted(self) -> bool {
        self.muted.get()
    }

    /// Whether nothing is sent now.
    pub(crate) fn is_silent(self) -> bool {
        self.is_held_back() || (self.muted.get() && !self.held.get())
    }

    /// Whether the browser wants a click before it plays sound.
    pub(crate) fn must_tap(self) -> bool {
        self.must_tap.get()
    }

    /// Whether there is a microphone in it.
    pub(crate) fn has_microphone(self) -> bool {
        self.has_microphone.get()
    }

    /// Why there is no microphone.
    pub(crate) fn microphone_problem(self) -> Option<MicrophoneProblem> {
        self.microphone_problem.get()
    }

    /// The microphones to choose from.
    pub(crate) fn devices(self) -> Vec<Device> {
        self.devices.get()
    }

    /// The id of the chosen microphone; empty for the browser's choice.
    pub(crate) fn device(self) -> String {
        self.device.get()
    }

    /// Why the last start did not work, if it was on this intake.
    pub(crate) fn problem_on(self, intake: &IntakeId) -> Option<String> {
        self.end_on(intake).and(self.problem.get())
    }

    /// Mutes or unmutes.
    pub(crate) fn toggle_mute(self) {
        self.muted.update(|muted| *muted = !*muted);
    }

    /// While muted: talks as long as it is held.
    pub(crate) fn hold(self, held: bool) {
        if self.held.get_untracked() != held {
            self.held.set(held);
        }
    }

    /// Plays the sound, after a click.
    pub(crate) fn play(self) {
        self.must_tap.set(false);
        running(|running| {
            if let Some(peer) = &running.peer {
                peer.play(move || self.must_tap.set(true));
            }
        });
    }
}

/// What the call belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) intake: IntakeId,
    pub(crate) workflow_name: String,
}
