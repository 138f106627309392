//! The one call that this page may have: starting it, watching it, and cleaning up after it on every path.
//!
//! It lives beside the pages, not in one: a call goes on while one looks at another page. What the
//! pages see is [`CallHandle`], plain signals; what the browser holds is in a thread-local that only
//! this file opens.

use super::{
    ledger,
    meter::Meter,
    microphone::{Device, Microphone, MicrophoneProblem, devices},
    peer::{Link, Peer, PeerProblem, exchange},
    timer::Timer,
};
use crate::{
    api::{
        ApiError,
        sessions::{
            Consent, EndSessionRequest, Leaving, SessionRequest, StartSessionRequest, end_session,
            heartbeat, start_session,
        },
    },
    components::browser_now,
};
use domain::{
    IdempotencyKey, IntakeId, SessionId, Timestamp, session::EndReason, workflow::ConnectionMode,
};
use leptos::{ev, prelude::*, task::spawn_local};
use std::{cell::RefCell, time::Duration};
use web_sys::{Blob, BlobPropertyBag};

const HEARTBEAT_MILLIS: i32 = 5_000;
const CONNECT_MILLIS: i32 = 15_000;
/// An interruption shorter than this is not worth a word.
const INTERRUPTED_MILLIS: i32 = 5_000;
const SECOND_MILLIS: i32 = 1_000;
/// How many loud moments of the meter mean that somebody spoke.
const HEARD_AFTER: u8 = 4;
const HEARD_LEVEL: u8 = 4;

/// Where the call stands on this page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum CallPhase {
    /// There is none.
    #[default]
    Idle,
    /// The microphone is being tried.
    Preparing,
    /// It is being made.
    Connecting,
    /// Sound goes both ways.
    Live,
    /// Sound is interrupted and may come back.
    Interrupted,
    /// It is over.
    Ended(CallEnd),
}

impl CallPhase {
    const fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Preparing => "preparing",
            Self::Connecting => "connecting",
            Self::Live | Self::Interrupted => "live",
            Self::Ended(_) => "ended",
        }
    }

    /// Whether there is a call, or one is being made.
    pub(crate) const fn is_running(self) -> bool {
        matches!(self, Self::Connecting | Self::Live | Self::Interrupted)
    }
}

/// Why the call is over, as far as this page knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallEnd {
    /// The server said why.
    Server(EndReason),
    /// The server only said that it is over.
    Over,
    /// The person pressed Stop.
    Stopped,
    /// The connection broke.
    Lost,
    /// It never came about; the sentence is in [`CallHandle::problem_on`].
    NotMade,
}

/// What the call belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) intake: IntakeId,
    pub(crate) workflow_name: String,
}

/// What it takes to start.
#[derive(Debug, Clone)]
pub(crate) struct StartTalking {
    pub(crate) intake: IntakeId,
    pub(crate) workflow_name: String,
    pub(crate) mode: ConnectionMode,
    pub(crate) consent: Consent,
    pub(crate) with_microphone: bool,
}

/// What the browser holds for the call.
#[derive(Default)]
struct Running {
    /// Grows with each start and each end, so that a start that was overtaken stops.
    attempt: u64,
    peer: Option<Peer>,
    microphone: Option<Microphone>,
    meter: Option<Meter>,
    heartbeat: Option<Timer>,
    clock: Option<Timer>,
    patience: Option<Timer>,
    leaving: Option<WindowListenerHandle>,
}

thread_local! {
    static RUNNING: RefCell<Running> = RefCell::default();
}

fn running<T>(with: impl FnOnce(&mut Running) -> T) -> T {
    RUNNING.with_borrow_mut(with)
}

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
            must_tap: RwSignal::default(),
            has_microphone: RwSignal::default(),
            microphone_problem: RwSignal::default(),
            devices: RwSignal::default(),
            device: RwSignal::default(),
            problem: RwSignal::default(),
        };
        Effect::new(move |_| {
            let silent = handle.is_silent();
            ledger::phase(handle.phase.get().word());
            running(|running| {
                if let Some(microphone) = &running.microphone {
                    microphone.set_muted(silent);
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
        self.muted.get() && !self.held.get()
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

    fn take(self, mut microphone: Microphone) {
        microphone.on_ended(move || {
            self.microphone_problem.set(Some(MicrophoneProblem::Gone));
            self.has_microphone.set(false);
            let gone = running(|running| (running.meter.take(), running.microphone.take()));
            drop(gone);
            self.level.set(0);
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

    /// Starts to talk. An earlier call of this page ends.
    pub(crate) fn start(self, request: StartTalking) {
        let attempt = running(|running| {
            running.attempt += 1;
            running.attempt
        });
        self.problem.set(None);
        self.session.set(None);
        self.deadline.set(None);
        self.muted.set(false);
        self.held.set(false);
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
        if !request.with_microphone {
            self.microphone_problem.set(None);
            let unused = running(|running| (running.meter.take(), running.microphone.take()));
            drop(unused);
            self.has_microphone.set(false);
            self.level.set(0);
        } else if running(|running| running.microphone.is_none()) {
            let chosen = self.device.get_untracked();
            let opened = Microphone::open(Some(chosen.as_str()).filter(|id| !id.is_empty())).await;
            if !is_current(attempt) {
                return Ok(());
            }
            match opened {
                Ok(microphone) => self.take(microphone),
                Err(problem) => {
                    self.microphone_problem.set(Some(problem));
                    return Err(problem.sentence().to_owned());
                }
            }
        }

        // The offer comes first, because the secret is bound to its certificate.
        let microphone = running(|running| running.microphone.take());
        let offered = Peer::offer(microphone.as_ref(), request.mode, move || {
            self.must_tap.set(true)
        })
        .await;
        if !is_current(attempt) {
            return Ok(());
        }
        running(|running| running.microphone = microphone);
        let (mut peer, offer) = offered.map_err(|problem| sentence(&problem))?;
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

        let key = format!(
            "{:x}-{:x}",
            js_sys::Date::now().to_bits(),
            js_sys::Math::random().to_bits()
        );
        let key = IdempotencyKey::parse(&key).map_err(|_| NOT_MADE.to_owned())?;
        let started = start_session(StartSessionRequest {
            intake: request.intake,
            fingerprint: offer.fingerprint,
            consent: request.consent,
            idempotency_key: key,
        })
        .await
        .map_err(|error| error.to_string())?;
        if !is_current(attempt) {
            tell_end(started.session_id, Leaving::Stop);
            return Ok(());
        }
        self.session.set(Some(started.session_id.clone()));
        self.keep_alive(started.session_id.clone());

        let secret = started.client_secret.into_private();
        #[expect(
            clippy::disallowed_methods,
            reason = "sent to the calls endpoint, the one place it is for; dropped right after"
        )]
        let answered = exchange(&started.calls_url, secret.expose(), &offer.sdp).await;
        drop(secret);
        if !is_current(attempt) {
            return Ok(());
        }
        let answer = answered.map_err(|problem| sentence(&problem))?;
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
            Link::Interrupted => self.wait(INTERRUPTED_MILLIS, move || {
                if self.phase.get_untracked() == CallPhase::Live {
                    self.phase.set(CallPhase::Interrupted);
                }
            }),
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

    /// Tells the server every few seconds that the page is there, and at last that it goes.
    fn keep_alive(self, session: SessionId) {
        let beating = session.clone();
        let heartbeat_timer = Timer::every(HEARTBEAT_MILLIS, move || {
            let session = beating.clone();
            spawn_local(async move {
                let answer = heartbeat(SessionRequest {
                    session: session.clone(),
                })
                .await;
                let over = matches!(
                    answer,
                    Ok(false) | Err(ApiError::SignedOut | ApiError::NotFound)
                );
                if over && self.session.get_untracked() == Some(session) {
                    self.finish(CallEnd::Over);
                }
            });
        });
        self.now.set(Some(browser_now()));
        let clock = Timer::every(SECOND_MILLIS, move || self.now.set(Some(browser_now())));
        let leaving = window_event_listener(ev::pagehide, move |_| {
            beacon(&session);
            self.finish(CallEnd::Stopped);
        });
        running(|running| {
            running.heartbeat = heartbeat_timer;
            running.clock = clock;
            running.leaving = Some(leaving);
        });
    }

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
    fn give_up(self, end: CallEnd) {
        if let Some(session) = self.session.get_untracked() {
            tell_end(session, Leaving::PageGone);
        }
        self.finish(end);
    }

    /// Every end comes through here. The first one counts.
    fn finish(self, end: CallEnd) {
        self.clear();
        if self.phase.get_untracked().is_running() {
            self.phase.set(CallPhase::Ended(end));
        }
    }

    /// Closes everything that is open and makes callbacks of before ineffective.
    fn clear(self) -> u64 {
        let (attempt, before) = running(|running| {
            let attempt = running.attempt + 1;
            (
                attempt,
                std::mem::replace(
                    running,
                    Running {
                        attempt,
                        ..Running::default()
                    },
                ),
            )
        });
        if let Some(leaving) = before.leaving {
            leaving.remove();
        }
        // Timers, meter, microphone and peer close themselves.
        drop((
            before.heartbeat,
            before.clock,
            before.patience,
            before.meter,
            before.microphone,
            before.peer,
        ));
        self.session.set(None);
        self.deadline.set(None);
        self.now.set(None);
        self.level.set(0);
        self.held.set(false);
        self.must_tap.set(false);
        self.has_microphone.set(false);
        attempt
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

const NOT_MADE: &str = "The call could not be made. Try again, or type the answers.";

fn is_current(attempt: u64) -> bool {
    running(|running| running.attempt == attempt)
}

fn sentence(problem: &PeerProblem) -> String {
    match problem {
        PeerProblem::Browser => "This browser could not make the call. Use a current Chrome, Edge, Firefox or Safari, or type the answers.".to_owned(),
        PeerProblem::Refused(sentence) => sentence.clone(),
        PeerProblem::Unreachable => "The server cannot be reached. Your answers are safe. Check your connection, then try again.".to_owned(),
    }
}

fn tell_end(session: SessionId, leaving: Leaving) {
    spawn_local(async move {
        // If this does not arrive, the missing heartbeat ends the session.
        let _ = end_session(EndSessionRequest { session, leaving }).await;
    });
}

/// A page that goes away can only leave a note.
fn beacon(session: &SessionId) {
    #[derive(serde::Serialize)]
    struct Body {
        request: EndSessionRequest,
    }
    let body = Body {
        request: EndSessionRequest {
            session: session.clone(),
            leaving: Leaving::PageGone,
        },
    };
    let Ok(text) = serde_json::to_string(&body) else {
        return;
    };
    let kind = BlobPropertyBag::new();
    kind.set_type("application/json");
    if let Ok(blob) =
        Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &kind)
    {
        let _ = window()
            .navigator()
            .send_beacon_with_opt_blob("/api/sessions/end", Some(&blob));
    }
}
