//! Pausing: nothing is sent and nothing is heard, at once on this side, and at the provider when the
//! server has said so.

use super::CallHandle;
use crate::api::sessions::{PauseSessionRequest, pause_session};
use leptos::{prelude::*, task::spawn_local};

impl CallHandle {
    /// Whether both sides are silent.
    pub(crate) fn is_paused(self) -> bool {
        self.paused.get()
    }

    /// Whether the conversation is about to go on after a pause.
    pub(crate) fn is_going_on(self) -> bool {
        self.going_on.get()
    }

    /// What went wrong with the last pause, or with going on.
    pub(crate) fn pause_problem(self) -> Option<String> {
        self.pause_problem.get()
    }

    /// Silences both sides, or lets the conversation go on, if there is one. A pause holds on this side
    /// whatever the server answers; going on waits for the server.
    pub(crate) fn toggle_pause(self) {
        let may = self.phase.get_untracked().is_made()
            && !self.going_on.get_untracked()
            && self.proof_until.get_untracked().is_none();
        let Some(session) = self.session.get_untracked().filter(|_| may) else {
            return;
        };
        let paused = !self.paused.get_untracked();
        if paused {
            self.paused.set(true);
        }
        self.going_on.set(!paused);
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
            if !paused {
                self.going_on.set(false);
            }
            self.pause_problem
                .set(answer.err().map(|error| error.to_string()));
        });
    }
}
