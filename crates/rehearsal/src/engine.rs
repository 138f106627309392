//! The engine of one call: its session, its conversation, its responses and its ears and mouth.
//! Events, audio and time go in; events to send and speech jobs come out. It does no I/O.

mod client;
mod conversation;
mod ears;
mod echo;
mod items;
mod mouth;
mod responding;
#[cfg(test)]
mod tests;
mod turns;

pub(crate) use mouth::FRAME;

use crate::dialogue::Dialogue;
use crate::faults::SharedFaults;
use crate::random::random_id;
use crate::session::{SessionConfig, TurnDetection};
use crate::wire::{Refusal, Tokens, Usage};
use conversation::Conversation;
use ears::Ears;
use mouth::{Mouth, Playback};
use responding::Response;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use turns::Listening;

/// Who sent an event, and so who gets the `error` that answers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// The caller, over the data channel.
    Channel,
    /// A control link.
    Link(u64),
}

/// Who an event is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The data channel and every control link.
    Everyone,
    /// One of them.
    Only(Peer),
}

/// One piece of work that was handed out and whose result is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Job(u64);

/// What the engine wants done.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Send an event.
    Send(Audience, Value),
    /// Turn text into sound and call [`Engine::spoken`].
    Speak(Job, String),
    /// Turn sound into text and call [`Engine::heard`].
    Transcribe(Job, Vec<i16>),
}

/// How fast the model is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Before each thing it does.
    pub(crate) step: Duration,
    /// For each word.
    pub(crate) word: Duration,
}

/// The state of one call that both its peers share.
pub(crate) struct Engine {
    session: SessionConfig,
    session_id: String,
    expires_at: i64,
    conversation: Conversation,
    dialogue: Dialogue,
    ears: Ears,
    mouth: Mouth,
    listening: Listening,
    /// The response that belongs to the conversation, and any out-of-band ones beside it.
    responses: Vec<Response>,
    /// A turn ended while a response was running that speech does not interrupt.
    answer_owed: bool,
    /// Since when neither side has said anything.
    quiet_since: Option<Instant>,
    /// What the last response read, by which the next one's cached share is known.
    read_before: Option<ReadBefore>,
    tokens_left: u64,
    used: Vec<Usage>,
    jobs: u64,
    pace: Pace,
    faults: SharedFaults,
    effects: Vec<Effect>,
}

struct ReadBefore {
    instructions: String,
    tools: Vec<Value>,
    input: Tokens,
}

/// The token budget of a minute, as `rate_limits.updated` tells it.
const TOKENS_PER_MINUTE: u64 = 40_000;

impl Engine {
    pub(crate) fn new(
        session: SessionConfig,
        expires_at: i64,
        pace: Pace,
        faults: SharedFaults,
    ) -> Self {
        Self {
            session,
            session_id: random_id("sess_", 21),
            expires_at,
            conversation: Conversation::new(random_id("conv_", 21)),
            dialogue: Dialogue::new(),
            ears: Ears::new(),
            mouth: Mouth::default(),
            listening: Listening::default(),
            responses: Vec::new(),
            answer_owed: false,
            quiet_since: None,
            read_before: None,
            tokens_left: TOKENS_PER_MINUTE,
            used: Vec::new(),
            jobs: 0,
            pace,
            faults,
            effects: Vec::new(),
        }
    }

    /// What is to be done now.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// What the responses cost that ended since the last time this was asked.
    pub(crate) fn take_usage(&mut self) -> Vec<Usage> {
        std::mem::take(&mut self.used)
    }

    /// The effective session, as it is echoed.
    pub(crate) fn session_echo(&self) -> Value {
        self.session.echo(&self.session_id, self.expires_at)
    }

    /// The caller's data channel opened.
    pub(crate) fn channel_opened(&mut self) {
        let created = json!({ "type": "session.created", "session": self.session_echo() });
        self.send(Audience::Only(Peer::Channel), created);
    }

    /// The call has reached its longest time.
    pub(crate) fn expired(&mut self, limit: Duration) {
        let minutes = limit.as_secs().div_ceil(60);
        let refusal = Refusal::new(
            "session_expired",
            format!("Your session hit the maximum duration of {minutes} minutes."),
        );
        self.send_all(refusal.event(None));
    }

    /// The next 20 ms of sound. Says what began and ended playing.
    pub(crate) fn next_frame(&mut self, now: Instant) -> [i16; FRAME] {
        let (frame, changes) = self.mouth.next_frame();
        self.ears.play(&frame);
        for change in changes {
            match change {
                Playback::Started(response) => {
                    self.quiet_since = None;
                    self.send_all(
                        json!({ "type": "output_audio_buffer.started", "response_id": response }),
                    );
                }
                Playback::Stopped(response) => {
                    self.quiet_since = Some(now);
                    self.send_all(
                        json!({ "type": "output_audio_buffer.stopped", "response_id": response }),
                    );
                }
            }
        }
        frame
    }

    /// When [`Engine::tick`] is wanted next.
    pub(crate) fn due(&self) -> Option<Instant> {
        let responses = self.responses.iter().filter_map(Response::due);
        responses.chain(self.idle_due()).min()
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, now: Instant) {
        self.advance_responses(now);
        if self.idle_due().is_some_and(|due| due <= now) {
            self.idle_passed(now);
        }
    }

    fn idle_due(&self) -> Option<Instant> {
        let TurnDetection::Automatic(turns) = self.session.turn_detection() else {
            return None;
        };
        if self.main_response().is_some() || self.listening.is_speaking() {
            return None;
        }
        Some(self.quiet_since? + turns.idle_timeout?)
    }

    /// The running response of the conversation.
    fn main_response(&self) -> Option<&Response> {
        self.responses
            .iter()
            .find(|response| response.is_of_conversation())
    }

    fn next_job(&mut self) -> Job {
        self.jobs += 1;
        Job(self.jobs)
    }

    fn send_all(&mut self, event: Value) {
        self.send(Audience::Everyone, event);
    }

    /// Every event gets its id here, and its oddities when they are asked for.
    fn send(&mut self, audience: Audience, mut event: Value) {
        let strange = self.faults.now().strange_events;
        if let Some(fields) = event.as_object_mut() {
            fields.insert("event_id".to_owned(), json!(random_id("event_", 16)));
            if strange {
                fields.insert("x_rehearsal".to_owned(), json!({ "of": "a later version" }));
            }
        }
        if strange && event.get("type").and_then(Value::as_str) == Some("response.created") {
            let unknown = json!({ "type": "rehearsal.unheard_of", "event_id": random_id("event_", 16), "depth": [1, 2] });
            self.effects.push(Effect::Send(audience, unknown));
        }
        self.effects.push(Effect::Send(audience, event));
    }
}
