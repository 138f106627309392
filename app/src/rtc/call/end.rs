//! Every way in which a call ends, and the one place where all of them are cleaned up.

use super::{
    CallEnd, CallHandle, CallPhase,
    running::{Running, running},
};
use crate::{
    api::sessions::{EndSessionRequest, Leaving, end_session},
    rtc::microphone::MicrophoneProblem,
};
use domain::{SessionId, Timestamp, session::EndReason};
use leptos::{prelude::*, task::spawn_local};

impl CallHandle {
    /// What the server says of a session. Others than this page's own are not its business.
    pub(crate) fn on_session(
        self,
        session: &SessionId,
        end: Option<EndReason>,
        deadline: Timestamp,
    ) {
        if self.session.get_untracked().as_ref() != Some(session) {
            return;
        }
        match end {
            None => self.deadline.set(Some(deadline)),
            // This page is still here, so it was the connection that the server lost.
            Some(EndReason::TabLost) => self.finish(CallEnd::Lost),
            Some(reason) => self.finish(CallEnd::Server(reason)),
        }
    }

    /// Stops talking. The intake stays as it is.
    pub(crate) fn stop(self) {
        if let Some(session) = self.session.get_untracked() {
            tell_end(session, Leaving::Stop);
        }
        self.finish(CallEnd::Stopped);
    }

    /// The call failed on this side: the server is told.
    pub(super) fn give_up(self, end: CallEnd) {
        if let Some(session) = self.session.get_untracked() {
            tell_end(session, Leaving::PageGone);
        }
        self.finish(end);
    }

    /// Every end comes through here. The first one counts.
    pub(super) fn finish(self, end: CallEnd) {
        self.clear();
        if self.phase.get_untracked().is_running() {
            self.phase.set(CallPhase::Ended(end));
        }
    }

    /// Closes everything that is open and makes callbacks of before ineffective.
    pub(super) fn clear(self) -> u64 {
        let (attempt, before) = running(|running| {
            let attempt = running.attempt + 1;
            // It waits for the password after its attempt is over.
            let unproved = running.unproved.take();
            (
                attempt,
                std::mem::replace(
                    running,
                    Running {
                        attempt,
                        unproved,
                        ..Running::default()
                    },
                ),
            )
        });
        for listener in before.listeners {
            listener.remove();
        }
        // The rest closes itself.
        drop((
            before.heartbeat,
            before.clock,
            before.patience,
            before.meter,
            before.microphone,
            before.peer,
            before.devices,
            before.screen,
        ));
        self.session.set(None);
        self.deadline.set(None);
        self.now.set(None);
        self.level.set(0);
        self.held.set(false);
        self.must_tap.set(false);
        self.has_microphone.set(false);
        self.going_on.set(false);
        self.proof_until.set(None);
        if self.microphone_problem.get_untracked() == Some(MicrophoneProblem::Silenced) {
            self.microphone_problem.set(None);
        }
        attempt
    }
}

/// Tells the server that a session is over for this page.
pub(super) fn tell_end(session: SessionId, leaving: Leaving) {
    spawn_local(async move {
        // If this does not arrive, the missing heartbeat ends the session.
        let _ = end_session(EndSessionRequest { session, leaving }).await;
    });
}
