//! One call as the provider tells it: a greeting when it is asked for, then a person's turn and an
//! answer, over and over, event by event as a live conversation would (realtime reference 4.5).

use super::words::{Words, spoken};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

/// From one turn of the person to the next.
const TURN_EVERY: Duration = Duration::from_secs(5);
/// The greeting is heard by then.
const AFTER_GREETING: Duration = Duration::from_secs(3);
/// How long the person speaks.
const SPEAKING: Duration = Duration::from_millis(1200);
/// Until the answer begins, and between its words.
const THINKING: Duration = Duration::from_millis(300);
const WORD: Duration = Duration::from_millis(60);
/// How many words each of them says.
const PERSON_WORDS: usize = 3;
const ASSISTANT_WORDS: usize = 8;
/// Sound goes on after its words are there.
const SOUND: Duration = Duration::from_millis(1500);

/// An event, and when it is due.
struct Step {
    at: Instant,
    event: Value,
    /// The newest word in it.
    word: Option<usize>,
}

/// What the provider has to say in one call.
pub(crate) struct Conversation {
    /// The call's number, in all its ids.
    call: usize,
    words: Arc<Words>,
    /// The configuration that came with the call.
    session: Value,
    began: Instant,
    steps: VecDeque<Step>,
    next_turn: Option<Instant>,
    /// Items and responses so far: their ids.
    count: usize,
    /// The newest item.
    last: Option<String>,
}

impl Conversation {
    pub(crate) fn new(call: usize, words: Arc<Words>, session: Value, now: Instant) -> Self {
        Self {
            call,
            words,
            session,
            began: now,
            steps: VecDeque::new(),
            next_turn: None,
            count: 0,
            last: None,
        }
    }

    /// When there is something to say; none before anybody asked.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.steps.front().map(|step| step.at).or(self.next_turn)
    }

    /// The event that is due, on its way now.
    pub(crate) fn say(&mut self, now: Instant) -> Option<Value> {
        if self.steps.is_empty()
            && let Some(at) = self.next_turn.take_if(|at| *at <= now)
        {
            self.turn(at);
            self.next_turn = Some(at + TURN_EVERY);
        }
        if self.steps.front()?.at > now {
            return None;
        }
        let step = self.steps.pop_front()?;
        if let Some(word) = step.word {
            self.words.send(word);
        }
        Some(step.event)
    }

    /// What our side sends. Whether it asked for a response, which it does once the call is verified.
    pub(crate) fn hear(&mut self, command: &Value, now: Instant) -> bool {
        match command.get("type").and_then(Value::as_str) {
            Some("session.update") => {
                let event = json!({ "type": "session.updated", "session": self.session });
                self.plan(now, event);
                false
            }
            Some("response.create") => {
                let metadata = command.pointer("/response/metadata").cloned();
                self.answer(now + THINKING, &metadata.unwrap_or_default());
                self.next_turn.get_or_insert(now + AFTER_GREETING);
                true
            }
            _ => false,
        }
    }

    /// A turn of the person and what is said to it.
    fn turn(&mut self, at: Instant) {
        let item = self.id("item");
        let before = self.last.replace(item.clone());
        let heard = at + SPEAKING;
        let (start, end) = (self.sound_ms(at), self.sound_ms(heard));
        self.plan(
            at,
            json!({ "type": "input_audio_buffer.speech_started", "audio_start_ms": start, "item_id": item }),
        );
        self.plan(
            heard,
            json!({ "type": "input_audio_buffer.speech_stopped", "audio_end_ms": end, "item_id": item }),
        );
        self.plan(
            heard,
            json!({ "type": "input_audio_buffer.committed", "previous_item_id": before, "item_id": item }),
        );
        for kind in ["conversation.item.added", "conversation.item.done"] {
            self.plan(
                heard,
                json!({
                    "type": kind, "previous_item_id": before,
                    "item": {
                        "id": item, "type": "message", "status": "completed", "role": "user",
                        "content": [{ "type": "input_audio", "transcript": null }],
                    },
                }),
            );
        }
        self.answer(heard + THINKING, &Value::Null);
        self.transcribe(heard + WORD, &item);
    }

    fn transcribe(&mut self, at: Instant, item: &str) {
        const KIND: &str = "conversation.item.input_audio_transcription";
        let mut said = Vec::new();
        let mut at = at;
        for _ in 0..PERSON_WORDS {
            let word = self.word(&mut said);
            let event = json!({
                "type": format!("{KIND}.delta"), "item_id": item, "content_index": 0,
                "delta": format!("{} ", spoken(&[word])), "obfuscation": "sOu3zwViFH",
            });
            self.plan_word(at, event, word);
            at += WORD;
        }
        let word = self.word(&mut said);
        let event = json!({
            "type": format!("{KIND}.completed"), "item_id": item, "content_index": 0,
            "transcript": spoken(&said), "usage": { "type": "duration", "seconds": 1 },
        });
        self.plan_word(at, event, word);
    }

    fn answer(&mut self, at: Instant, metadata: &Value) {
        let (response, item) = (self.id("resp"), self.id("item"));
        let before = self.last.replace(item.clone());
        let place = json!({ "response_id": response, "item_id": item, "output_index": 0, "content_index": 0 });
        let event =
            |kind: &str, more: Value| merged(&[json!({ "type": kind }), place.clone(), more]);
        self.plan(
            at,
            json!({ "type": "response.created", "response": self.response(&response, metadata, "in_progress", &Value::Null) }),
        );
        self.plan(
            at,
            json!({
                "type": "response.output_item.added", "response_id": response, "output_index": 0,
                "item": message(&item, "in_progress", None),
            }),
        );
        self.plan(
            at,
            json!({
                "type": "conversation.item.added", "previous_item_id": before,
                "item": message(&item, "in_progress", None),
            }),
        );
        self.plan(
            at,
            event(
                "response.content_part.added",
                json!({ "part": { "type": "audio", "transcript": "" } }),
            ),
        );
        let mut said = Vec::new();
        let mut now = at + THINKING;
        self.plan(
            now,
            json!({ "type": "output_audio_buffer.started", "response_id": response }),
        );
        for _ in 0..ASSISTANT_WORDS {
            let word = self.word(&mut said);
            let delta =
                json!({ "delta": format!("{} ", spoken(&[word])), "obfuscation": "kX1yigxefJb" });
            self.plan_word(
                now,
                event("response.output_audio_transcript.delta", delta),
                word,
            );
            now += WORD;
        }
        self.plan(now, event("response.output_audio.done", json!({})));
        let word = self.word(&mut said);
        let text = spoken(&said);
        let done = event(
            "response.output_audio_transcript.done",
            json!({ "transcript": text }),
        );
        self.plan_word(now, done, word);
        self.plan(
            now,
            event(
                "response.content_part.done",
                json!({ "part": { "type": "audio", "transcript": text } }),
            ),
        );
        let output = message(&item, "completed", Some(&text));
        self.plan(
            now,
            json!({ "type": "conversation.item.done", "previous_item_id": before, "item": output }),
        );
        self.plan(
            now,
            json!({ "type": "response.output_item.done", "response_id": response, "output_index": 0, "item": output }),
        );
        self.plan(
            now,
            json!({ "type": "response.done", "response": self.response(&response, metadata, "completed", &output) }),
        );
        self.plan(
            now,
            json!({
                "type": "rate_limits.updated",
                "rate_limits": [{ "name": "tokens", "limit": 40_000, "remaining": 39_361, "reset_seconds": 0.96 }],
            }),
        );
        self.plan(
            now + SOUND,
            json!({ "type": "output_audio_buffer.stopped", "response_id": response }),
        );
    }

    fn response(&self, id: &str, metadata: &Value, status: &str, output: &Value) -> Value {
        let done = status == "completed";
        let usage = json!({
            "total_tokens": 200, "input_tokens": 139, "output_tokens": 61,
            "input_token_details": {
                "text_tokens": 43, "audio_tokens": 96, "image_tokens": 0, "cached_tokens": 64,
                "cached_tokens_details": { "text_tokens": 0, "audio_tokens": 64, "image_tokens": 0 },
            },
            "output_token_details": { "text_tokens": 18, "audio_tokens": 43 },
        });
        json!({
            "object": "realtime.response", "id": id, "status": status, "status_details": null,
            "output": if done { vec![output] } else { Vec::new() },
            "conversation_id": "conv_1", "output_modalities": ["audio"],
            "max_output_tokens": self.session.get("max_output_tokens"),
            "audio": { "output": self.session.pointer("/audio/output") },
            "usage": if done { usage } else { Value::Null },
            "metadata": metadata,
        })
    }

    fn id(&mut self, kind: &str) -> String {
        self.count += 1;
        format!("{kind}_{}_{}", self.call, self.count)
    }

    fn word(&self, said: &mut Vec<usize>) -> usize {
        let word = self.words.next();
        said.push(word);
        word
    }

    fn sound_ms(&self, at: Instant) -> u128 {
        (at - self.began).as_millis()
    }

    fn plan(&mut self, at: Instant, event: Value) {
        self.insert(Step {
            at,
            event,
            word: None,
        });
    }

    fn plan_word(&mut self, at: Instant, event: Value, word: usize) {
        self.insert(Step {
            at,
            event,
            word: Some(word),
        });
    }

    /// In the order of time, and of planning where the time is the same.
    fn insert(&mut self, mut step: Step) {
        let id = self.id("event");
        if let Some(event) = step.event.as_object_mut() {
            event.insert("event_id".to_owned(), Value::String(id));
        }
        let place = self.steps.partition_point(|other| other.at <= step.at);
        self.steps.insert(place, step);
    }
}

fn message(item: &str, status: &str, transcript: Option<&str>) -> Value {
    let content: Vec<Value> = transcript
        .map(|text| json!({ "type": "output_audio", "transcript": text }))
        .into_iter()
        .collect();
    json!({ "id": item, "type": "message", "status": status, "role": "assistant", "content": content })
}

fn merged(parts: &[Value]) -> Value {
    let fields = parts.iter().filter_map(Value::as_object).flatten();
    fields
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::words::heard;

    fn kinds(conversation: &mut Conversation, now: Instant) -> Vec<String> {
        std::iter::from_fn(|| conversation.say(now))
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn it_says_nothing_until_it_is_asked_and_then_takes_turns() {
        let now = Instant::now();
        let mut conversation =
            Conversation::new(7, Arc::default(), json!({ "type": "realtime" }), now);
        assert!(conversation.due().is_none());

        let ask = json!({ "type": "session.update", "session": { "type": "realtime" } });
        assert!(!conversation.hear(&ask, now));
        assert_eq!(kinds(&mut conversation, now), ["session.updated"]);
        assert!(conversation.due().is_none());

        assert!(conversation.hear(&json!({ "type": "response.create" }), now));
        let greeting = kinds(&mut conversation, now + Duration::from_millis(2900));
        assert_eq!(greeting.first().unwrap(), "response.created");
        assert_eq!(greeting.last().unwrap(), "output_audio_buffer.stopped");

        assert_eq!(conversation.due(), Some(now + AFTER_GREETING));
        let turn = kinds(
            &mut conversation,
            now + AFTER_GREETING + TURN_EVERY / 2 + SOUND,
        );
        assert_eq!(turn.first().unwrap(), "input_audio_buffer.speech_started");
        assert_eq!(turn.last().unwrap(), "output_audio_buffer.stopped");
        assert_eq!(conversation.due(), Some(now + AFTER_GREETING + TURN_EVERY));
    }

    #[test]
    fn a_response_carries_the_metadata_it_was_asked_with_and_every_word_at_its_end() {
        let now = Instant::now();
        let mut conversation = Conversation::new(7, Arc::default(), json!({}), now);
        let ask =
            json!({ "type": "response.create", "response": { "metadata": { "asked_by": "us" } } });
        assert!(conversation.hear(&ask, now));
        let events: Vec<Value> =
            std::iter::from_fn(|| conversation.say(now + Duration::from_millis(2900))).collect();
        let of = |kind: &str| events.iter().find(|event| event["type"] == kind).unwrap();
        for kind in ["response.created", "response.done"] {
            assert_eq!(of(kind)["response"]["metadata"]["asked_by"], "us");
        }
        let said = of("response.output_audio_transcript.done")["transcript"]
            .as_str()
            .unwrap();
        assert_eq!(heard(said).count(), ASSISTANT_WORDS + 1);
    }
}
