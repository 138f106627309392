//! Starting to talk: microphone, offer, session, answer; then waiting until sound goes both ways.

use super::{
    CallEnd, CallHandle, CallPhase, Place,
    end::tell_end,
    problem::{self, NOT_MADE},
    running::{is_current, running},
};
use crate::{
    api::sessions::{
        Consent, Leaving, ReportCallRequest, SessionStarted, StartSessionRequest, report_call,
        start_session,
    },
    rtc::{
        microphone::{Microphone, MicrophoneProblem},
        peer::{Link, Offer, Peer, exchange},
        timer::Timer,
    },
};
use domain::{IdempotencyKey, IntakeId, workflow::ConnectionMode};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;

const CONNECT_MILLIS: i32 = 15_000;
/// An interruption shorter than this is no reason to do anything.
const INTERRUPTED_MILLIS: i32 = 5_000;

/// What it takes to start.
#[derive(Debug, Clone)]
pub(crate) struct StartTalking {
    pub(crate) intake: IntakeId,
    pub(crate) workflow_name: String,
    pub(crate) mode: ConnectionMode,
    pub(crate) consent: Consent,
    pub(crate) with_microphone: bool,
}

impl CallHandle {
    /// Starts to talk. An earlier call of this page ends.
    pub(crate) fn start(self, request: StartTalking) {
        let attempt = running(|running| {
            running.attempt += 1;
            running.unproved = None;
            running.attempt
        });
        self.problem.set(None);
        self.session.set(None);
        self.deadline.set(None);
        self.muted.set(false);
        self.held.set(false);
        self.paused.set(false);
        self.going_on.set(false);
        self.pause_problem.set(None);
        self.unproved.set(false);
        self.must_tap.set(false);
        self.place.set(Some(Place {
            intake: request.intake.clone(),
            workflow_name: request.workflow_name.clone(),
        }));
        self.phase.set(CallPhase::Connecting);
        spawn_local(async move {
            if let Err(problem) = self.connect(attempt, request).await
                && is_current(attempt)
            {
                self.problem.set(Some(problem));
                self.give_up(CallEnd::NotMade);
            }
        });
    }

    async fn connect(self, attempt: u64, request: StartTalking) -> Result<(), String> {
        self.bring_microphone(attempt, request.with_microphone)
            .await?;
        if !is_current(attempt) {
            return Ok(());
        }
        // The offer comes first, because the secret is bound to its certificate.
        let Some(offer) = self.offer(attempt, request.mode).await? else {
            return Ok(());
        };
        let mode = request.mode;
        let started = start_session(StartSessionRequest {
            intake: request.intake.clone(),
            fingerprint: Some(offer.fingerprint.clone()),
            consent: request.consent,
            idempotency_key: fresh_key()?,
        })
        .await
        .map_err(|error| self.refused(attempt, request, &error))?;
        if !is_current(attempt) {
            tell_end(started.session_id, Leaving::Stop);
            return Ok(());
        }
        self.session.set(Some(started.session_id.clone()));
        self.keep_alive(started.session_id.clone());
        self.answer(attempt, started, &offer, mode).await
    }

    /// The microphone of the check, or a new one, or none.
    async fn bring_microphone(self, attempt: u64, wanted: bool) -> Result<(), String> {
        if !wanted {
            self.microphone_problem.set(None);
            self.drop_microphone();
            self.forget_microphones();
            return Ok(());
        }
        if running(|running| running.microphone.is_some()) {
            return Ok(());
        }
        let chosen = self.device.get_untracked();
        let opened = Microphone::open(Some(chosen.as_str()).filter(|id| !id.is_empty())).await;
        if !is_current(attempt) {
            return Ok(());
        }
        match opened {
            Ok(microphone) => {
                self.take(microphone);
                Ok(())
            }
            Err(problem) => {
                if problem == MicrophoneProblem::Gone {
                    self.device.set(String::new());
                }
                self.microphone_problem.set(Some(problem));
                Err(problem.sentence().to_owned())
            }
        }
    }

    /// Makes the connection and its offer. None when the attempt was overtaken.
    async fn offer(self, attempt: u64, mode: ConnectionMode) -> Result<Option<Offer>, String> {
        let microphone = running(|running| running.microphone.take());
        let offered = Peer::offer(microphone.as_ref(), mode, move || self.must_tap.set(true)).await;
        if !is_current(attempt) {
            return Ok(None);
        }
        running(|running| running.microphone = microphone);
        // It may have been pulled out meanwhile, while nobody held it.
        self.look_at_microphone();
        let (mut peer, offer) =
            offered.map_err(|problem| problem::in_words(&problem).to_owned())?;
        peer.watch(move |link| {
            // The browser calls back from within its own work; what follows may drop the peer.
            set_timeout(
                move || {
                    if is_current(attempt) {
                        self.on_link(link);
                    }
                },
                Duration::ZERO,
            );
        });
        running(|running| running.peer = Some(peer));
        Ok(Some(offer))
    }

    /// Has the offer answered, and waits for the sound.
    async fn answer(
        self,
        attempt: u64,
        started: SessionStarted,
        offer: &Offer,
        mode: ConnectionMode,
    ) -> Result<(), String> {
        let secret = started.client_secret.clone().into_private();
        #[expect(
            clippy::disallowed_methods,
            reason = "sent to the calls endpoint, the one place it is for; dropped right after"
        )]
        let answered = exchange(&started.calls_url, secret.expose(), &offer.sdp).await;
        drop(secret);
        if !is_current(attempt) {
            return Ok(());
        }
        let answered = answered.map_err(|problem| problem::in_words(&problem).to_owned())?;
        if mode == ConnectionMode::Direct {
            // Before anything else: until the server knows the call, nobody controls it.
            report_call(ReportCallRequest {
                session: started.session_id.clone(),
                call: answered.call.ok_or(NOT_MADE)?,
            })
            .await
            .map_err(|error| error.to_string())?;
            if !is_current(attempt) {
                return Ok(());
            }
        }
        let answer = answered.sdp;
        let Some(taken) = running(|running| running.peer.as_ref().map(|peer| peer.answer(&answer)))
        else {
            return Ok(());
        };
        taken.await.map_err(|_| NOT_MADE.to_owned())?;
        if is_current(attempt) && self.phase.get_untracked() == CallPhase::Connecting {
            self.wait(CONNECT_MILLIS, move || {
                if self.phase.get_untracked() == CallPhase::Connecting {
                    self.problem.set(Some("The call did not connect within 15 s. A firewall may block it. Try again, or type the answers.".to_owned()));
                    self.give_up(CallEnd::NotMade);
                }
            });
        }
        Ok(())
    }

    fn on_link(self, link: Link) {
        match link {
            Link::Connected => {
                running(|running| running.patience.take());
                self.phase.set(CallPhase::Live);
            }
            Link::Interrupted => {
                if self.phase.get_untracked() == CallPhase::Live {
                    self.phase.set(CallPhase::Unsteady);
                }
                self.wait(INTERRUPTED_MILLIS, move || {
                    if self.phase.get_untracked() == CallPhase::Unsteady {
                        self.phase.set(CallPhase::Interrupted);
                    }
                });
            }
            Link::Lost => self.give_up(CallEnd::Lost),
        }
    }

    fn wait(self, millis: i32, then: impl Fn() + 'static) {
        let attempt = running(|running| running.attempt);
        // What follows may drop the timer that runs it, so it is taken out of the timer's own call.
        let then = std::rc::Rc::new(then);
        let timer = Timer::once(millis, move || {
            let then = then.clone();
            set_timeout(
                move || {
                    if is_current(attempt) {
                        then();
                    }
                },
                Duration::ZERO,
            );
        });
        running(|running| running.patience = timer);
    }
}

/// Tells one click from another, as the server wants it.
fn fresh_key() -> Result<IdempotencyKey, String> {
    let key = format!(
        "{:x}-{:x}",
        js_sys::Date::now().to_bits(),
        js_sys::Math::random().to_bits()
    );
    IdempotencyKey::parse(&key).map_err(|_| NOT_MADE.to_owned())
}
