//! Pausing: nothing is sent and nothing is heard, at once on this side, and at the provider when the
//! server has said so.

use super::{CallHandle, CallPhase};
use crate::api::sessions::{PauseSessionRequest, pause_session};
use leptos::{prelude::*, task::spawn_local};

impl CallHandle {
    /// Whether both sides are silent.
    pub(crate) fn is_paused(self) -> bool {
        self.paused.get()
    }

    /// What went wrong with the last pause, or with going on.
    pub(crate) fn pause_problem(self) -> Option<String> {
        self.pause_problem.get()
    }

    /// Silences both sides, or lets the conversation go on, if there is one. A pause holds on this side
    /// whatever the server answers; going on waits for the server.
    pub(crate) fn toggle_pause(self) {
        let session = self.session.get_untracked();
        let Some(session) = session.filter(|_| self.phase.get_untracked() == CallPhase::Live)
        else {
            return;
        };
        let paused = !self.paused.get_untracked();
        if paused {
            self.paused.set(true);
        }
        spawn_local(async move {
            let request = PauseSessionRequest {
                session: session.clone(),
                paused,
            };
            let answer = pause_session(request).await;
            if self.session.get_untracked().as_ref() != Some(&session) {
                return;
            }
            if answer.is_ok() {
                self.paused.set(paused);
            }
            self.pause_problem
                .set(answer.err().map(|error| error.to_string()));
        });
    }
}
