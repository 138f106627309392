//! One call: its connection, its engine, its control links, and its life from the offer to the end.

use super::peer::{Happening, Peer};
use super::sockets::MediaSockets;
use super::{Admission, LinkEnd, LinkFrame};
use crate::dialogue::Heard;
use crate::engine::{self, Audience, Effect, Engine, Job, Pace};
use crate::faults::SharedFaults;
use crate::keys::Right;
use crate::ledger::{CallEnd, Ledger};
use runtime::Clock;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use str0m::Input;
use tokio::sync::mpsc;

/// Events that wait for a control link at most; a link that reads none of them is closed.
const LINK_BACKLOG: usize = 4_096;
/// How long the goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);
/// How long the last error has to reach the peers.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// What a call needs from its surroundings.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) ledger: Ledger,
    pub(super) clock: Clock,
    pub(super) faults: SharedFaults,
    pub(super) pace: Pace,
    pub(super) connect_timeout: Duration,
    pub(super) caller_patience: Duration,
}

/// Speech work for somebody with a voice and ears.
pub(super) enum SpeechJob {
    Speak(Job, String),
    Transcribe(Job, Vec<i16>),
}

enum Stage {
    /// The caller has not come yet.
    Awaited {
        until: Instant,
    },
    Live {
        until: Instant,
    },
    /// The longest time is over, and both sides are being told.
    Expiring {
        until: Instant,
    },
    Leaving {
        until: Instant,
    },
}

pub(super) struct Call {
    pub(super) id: String,
    made_with: Right,
    peer: Peer,
    engine: Engine,
    links: Vec<(u64, mpsc::Sender<LinkFrame>)>,
    links_ever: u64,
    stage: Stage,
    /// When the caller sent anything at all.
    last_sign: Instant,
    longest: Duration,
    expires: Instant,
    /// What the next turns will have said, when a test wants to say it.
    words: VecDeque<String>,
    around: Surroundings,
}

impl Call {
    pub(super) fn new(admission: Admission, around: Surroundings, now: Instant) -> Option<Self> {
        let Admission {
            id,
            rtc,
            session,
            made_with,
            expires_at,
            longest,
        } = admission;
        let peer = Peer::new(rtc, now)
            .inspect_err(|error| tracing::error!(%error, "no codec for a call"))
            .ok()?;
        let engine = Engine::new(session, expires_at, around.pace, around.faults.clone());
        let until = now + around.connect_timeout.min(longest);
        Some(Self {
            id,
            made_with,
            peer,
            engine,
            links: Vec::new(),
            links_ever: 0,
            stage: Stage::Awaited { until },
            last_sign: now,
            longest,
            expires: now + longest,
            words: VecDeque::new(),
            around,
        })
    }

    pub(super) fn accepts(&self, input: &Input<'_>) -> bool {
        self.peer.accepts(input)
    }

    /// A datagram from the caller. It must be followed by [`Call::drive`] before the next one: the
    /// connection is to be polled between two inputs.
    pub(super) fn receive(&mut self, input: Input<'_>, now: Instant) {
        self.last_sign = now;
        self.peer.input(input);
    }

    /// Whether it has not ended.
    pub(super) fn is_running(&self) -> bool {
        !matches!(self.stage, Stage::Leaving { .. })
    }

    /// Whether nothing of it is left.
    pub(super) fn is_gone(&self, now: Instant) -> bool {
        matches!(self.stage, Stage::Leaving { until } if until <= now || !self.peer.is_alive())
    }

    /// Does everything that is due, and says what is to be spoken or understood, and when to come
    /// back.
    pub(super) fn drive(
        &mut self,
        sockets: &MediaSockets,
        now: Instant,
        jobs: &mut Vec<SpeechJob>,
    ) -> Instant {
        self.watch_the_time(now);
        let mut happenings = Vec::new();
        let mut due;
        loop {
            due = self.peer.poll(sockets, &mut happenings);
            if due.is_some_and(|due| due <= now) {
                self.peer.input(Input::Timeout(now));
                due = self.peer.poll(sockets, &mut happenings);
            }
            for happening in std::mem::take(&mut happenings) {
                self.on_happening(happening, now);
            }
            while self.is_running() && self.peer.takes_frame(now) {
                let frame = self.engine.next_frame(now);
                self.peer.send_sound(&frame, now);
            }
            if self.is_running() && self.engine.due().is_some_and(|due| due <= now) {
                self.engine.tick(now);
            }
            if self.peer.has_unsent() {
                self.peer.flush();
            }
            if !self.apply_effects(jobs) {
                break;
            }
        }
        // Frames and events that were just written are still inside the connection.
        due = self.peer.poll(sockets, &mut happenings).or(due);
        for happening in happenings {
            self.on_happening(happening, now);
        }
        let stage = match self.stage {
            Stage::Awaited { until }
            | Stage::Live { until }
            | Stage::Expiring { until }
            | Stage::Leaving { until } => until,
        };
        [
            due,
            self.peer.frame_due().filter(|_| self.is_running()),
            self.engine.due().filter(|_| self.is_running()),
        ]
        .into_iter()
        .flatten()
        .fold(stage, Instant::min)
    }

    fn watch_the_time(&mut self, now: Instant) {
        let is_lost = self.last_sign + self.around.caller_patience <= now;
        match self.stage {
            Stage::Live { .. } if is_lost => self.end(CallEnd::PeerLost, now),
            Stage::Awaited { until } if until <= now => self.end(CallEnd::NeverConnected, now),
            Stage::Live { until } if until <= now => {
                self.engine.expired(self.longest);
                self.stage = Stage::Expiring {
                    until: now + LAST_WORDS,
                };
            }
            Stage::Expiring { until } if until <= now => self.end(CallEnd::SessionExpired, now),
            Stage::Awaited { .. }
            | Stage::Live { .. }
            | Stage::Expiring { .. }
            | Stage::Leaving { .. } => {}
        }
    }

    fn on_happening(&mut self, happening: Happening, now: Instant) {
        if !self.is_running() {
            return;
        }
        match happening {
            Happening::Connected => {
                self.stage = Stage::Live {
                    until: self.expires,
                };
                let at = self.now_ms();
                self.around
                    .ledger
                    .note(&self.id, |call| call.connected_at_ms = Some(at));
            }
            Happening::ChannelOpened => self.engine.channel_opened(),
            Happening::Event(text) => self.on_client_event(engine::Peer::Channel, &text, now),
            Happening::Sound(pcm) => self.engine.hear(&pcm, now),
            Happening::Closed => self.end(CallEnd::PeerClosed, now),
            Happening::Lost => self.end(CallEnd::PeerLost, now),
        }
    }

    /// An event from one of the peers.
    pub(super) fn on_client_event(&mut self, from: engine::Peer, text: &str, now: Instant) {
        if !self.is_running() {
            return;
        }
        let kind = self
            .engine
            .client_event(from, text, now)
            .unwrap_or_else(|| "unreadable".to_owned());
        let session = (kind == "session.update").then(|| self.engine.session_echo());
        self.around.ledger.note(&self.id, |call| {
            *call.events_received.entry(kind).or_default() += 1;
            if let Some(session) = session {
                call.session_now = session;
            }
        });
    }

    /// A control link. Only a live call has any, and only for who has the right.
    pub(super) fn attach(&mut self, right: &Right) -> Option<LinkEnd> {
        let Stage::Live { .. } = self.stage else {
            return None;
        };
        let may = match (right, &self.made_with) {
            (Right::Key, Right::Secret(_)) => !self.around.faults.now().secret_calls_refuse_key,
            (Right::Key, Right::Key) => true,
            (Right::Secret(_), made_with) => right == made_with,
        };
        if !may {
            return None;
        }
        let (sender, frames) = mpsc::channel(LINK_BACKLOG);
        self.links_ever += 1;
        let link = self.links_ever;
        self.links.push((link, sender));
        self.around
            .ledger
            .note(&self.id, |call| call.links_attached = link);
        Some(LinkEnd { link, frames })
    }

    pub(super) fn detach(&mut self, link: u64) {
        self.links.retain(|(id, _)| *id != link);
    }

    pub(super) fn spoken(&mut self, job: Job, sound: Option<&[i16]>, now: Instant) {
        self.engine.spoken(job, sound, now);
    }

    pub(super) fn heard(&mut self, job: Job, heard: Result<Heard, String>, now: Instant) {
        self.engine.heard(job, heard, now);
    }

    /// What the next turns will have said.
    pub(super) fn put_words(&mut self, words: Vec<String>) {
        self.words.extend(words);
    }

    pub(super) fn next_words(&mut self) -> Option<String> {
        self.words.pop_front()
    }

    /// Ends the call: written down first, then told to everybody.
    pub(super) fn end(&mut self, why: CallEnd, now: Instant) {
        if !self.is_running() {
            return;
        }
        self.stage = Stage::Leaving {
            until: now + GOODBYE,
        };
        let at = self.now_ms();
        self.around.ledger.note(&self.id, |call| {
            call.ended_at_ms = Some(at);
            call.ended_why = Some(why);
            call.running = false;
        });
        tracing::info!(call.id = %self.id, ?why, "a rehearsal call ended");
        let (code, reason) = match why {
            CallEnd::SessionExpired => (1001, "Your session hit its maximum duration.".to_owned()),
            _ => (1000, String::new()),
        };
        for (_, link) in self.links.drain(..) {
            let _ = link.try_send(LinkFrame::Close {
                code,
                reason: reason.clone(),
            });
        }
        self.peer.close();
    }

    /// Sends what the engine has to say and collects its speech jobs. False when there was nothing.
    fn apply_effects(&mut self, jobs: &mut Vec<SpeechJob>) -> bool {
        let effects = self.engine.take_effects();
        let any = !effects.is_empty();
        let running = self.is_running();
        for effect in effects.into_iter().filter(|_| running) {
            match effect {
                Effect::Send(audience, event) => self.send(audience, &event),
                Effect::Speak(job, text) => jobs.push(SpeechJob::Speak(job, text)),
                Effect::Transcribe(job, pcm) => jobs.push(SpeechJob::Transcribe(job, pcm)),
            }
        }
        for usage in self.engine.take_usage() {
            self.around.ledger.note(&self.id, |call| {
                call.usage.responses += 1;
                call.usage.input_tokens += usage.input.total();
                call.usage.cached_tokens += usage.cached.total();
                call.usage.output_tokens += usage.output.total();
            });
        }
        any
    }

    fn send(&mut self, audience: Audience, event: &Value) {
        let text: Arc<str> = event.to_string().into();
        if let Some(kind) = event.get("type").and_then(Value::as_str) {
            self.around.ledger.note(&self.id, |call| {
                *call.events_sent.entry(kind.to_owned()).or_default() += 1
            });
        }
        let to_channel = matches!(
            audience,
            Audience::Everyone | Audience::Only(engine::Peer::Channel)
        );
        if to_channel {
            self.peer.send_event(&text);
        }
        let is_meant = |link: u64| match audience {
            Audience::Everyone => true,
            Audience::Only(peer) => peer == engine::Peer::Link(link),
        };
        // A link that does not keep up is dropped; its pump then closes the socket.
        self.links.retain(|(link, sender)| {
            !is_meant(*link) || sender.try_send(LinkFrame::Event(Arc::clone(&text))).is_ok()
        });
    }

    fn now_ms(&self) -> i64 {
        self.around.clock.now().as_micros() / 1_000
    }
}
