//! The password that is asked for after much talking: in a call, which waits for it in silence, or at a
//! start, which is tried again when it was given.

use super::{
    CallHandle, StartTalking,
    running::{is_current, running},
};
use crate::api::ApiError;
use domain::{IntakeId, SessionId, Timestamp};
use leptos::prelude::*;

/// What the server calls a start that wants the password first.
const PROVE_AGAIN: &str = "prove_again";

impl CallHandle {
    /// Whether nothing is sent and nothing played: the person paused, or the password is waited for.
    pub(super) fn is_held_back(self) -> bool {
        // Both are read, so that whoever follows this follows both.
        let (paused, waits) = (self.paused.get(), self.waits_for_proof());
        paused || waits
    }

    /// Whether the call waits for the password.
    pub(crate) fn waits_for_proof(self) -> bool {
        self.proof_until.with(Option::is_some)
    }

    /// How many seconds the call still waits for the password, by the server's clock.
    pub(crate) fn proof_seconds_left(self) -> Option<u64> {
        Some(self.proof_until.get()?.since(self.now.get()?).as_secs())
    }

    /// The server wants the password, or has it. Of other sessions than this page's it is not its business.
    pub(crate) fn on_password_wanted(self, session: &SessionId, until: Option<Timestamp>) {
        if self.session.get_untracked().as_ref() == Some(session) {
            self.proof_until.set(until);
        }
    }

    /// Whether the last start on this intake wants the password first.
    pub(crate) fn start_wants_proof(self, intake: &IntakeId) -> bool {
        self.unproved.get() && self.end_on(intake).is_some()
    }

    /// The password was given: what was started goes on, with the consent it was started with.
    pub(crate) fn start_proved(self) {
        if let Some(start) = running(|running| running.unproved.take()) {
            self.start(start);
        }
    }

    /// The person does not give the password now.
    pub(crate) fn forget_start(self) {
        self.unproved.set(false);
        running(|running| running.unproved.take());
    }

    /// The server refused a start: the sentence to show. One that wants the password is kept.
    pub(super) fn refused(self, attempt: u64, start: StartTalking, error: &ApiError) -> String {
        let wants_proof = matches!(error, ApiError::Refused { code, .. } if code == PROVE_AGAIN);
        if wants_proof && is_current(attempt) {
            running(|running| running.unproved = Some(start));
            self.unproved.set(true);
        }
        error.to_string()
    }
}
