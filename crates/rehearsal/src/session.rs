//! The session configuration: what may be given, what holds when nothing is given, and how an
//! update is merged in. It knows nothing of calls or connections.

mod rules;
#[cfg(test)]
mod tests;

pub(crate) use rules::check_response;

use crate::wire::Refusal;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// The model that is claimed when a client names none.
pub(crate) const DEFAULT_MODEL: &str = "gpt-realtime-2.1";

/// What the real provider puts in place of instructions that were not given.
const DEFAULT_INSTRUCTIONS: &str = "Your knowledge cutoff is 2023-10. You are a helpful, witty, and friendly AI. \
    Act like a human, but remember that you aren't a human and that you can't do human things in the real world. \
    Your voice and personality should be warm and engaging, with a lively and playful tone.";

/// The objects that an update is merged into; every other value is replaced as a whole.
const MERGED: [&str; 3] = ["audio", "audio.input", "audio.output"];

/// An effective configuration: valid and complete.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SessionConfig(Map<String, Value>);

/// How turns are found in the caller's audio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum TurnDetection {
    /// The client commits turns itself.
    Manual,
    /// Speech and pauses decide.
    Automatic(AutomaticTurns),
}

/// The settings of automatic turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AutomaticTurns {
    pub(crate) threshold: f32,
    pub(crate) prefix: Duration,
    pub(crate) silence: Duration,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) create_response: bool,
    pub(crate) interrupt_response: bool,
}

impl SessionConfig {
    /// The configuration of a new session.
    pub(crate) fn create(given: &Value) -> Result<Self, Refusal> {
        let mut config = Self(defaults());
        rules::check_session(given, "session")?;
        if let Some(model) = given.get("model") {
            config.0.insert("model".to_owned(), model.clone());
        }
        config.merge(given)?;
        Ok(config)
    }

    /// Applies an update as a whole, or refuses it as a whole.
    pub(crate) fn update(
        &mut self,
        given: &Value,
        audio_was_produced: bool,
    ) -> Result<(), Refusal> {
        rules::check_session(given, "session")?;
        if let Some(model) = given.get("model").and_then(Value::as_str)
            && model != self.model()
        {
            return Err(Refusal::of(
                "invalid_value",
                "session.model",
                "The model of a session cannot be changed.",
            ));
        }
        if let Some(tracing) = given.get("tracing")
            && self
                .0
                .get("tracing")
                .is_some_and(|current| !current.is_null() && current != tracing)
        {
            return Err(Refusal::of(
                "invalid_value",
                "session.tracing",
                "Tracing cannot be changed once it is set.",
            ));
        }
        if let Some(voice) = given.pointer("/audio/output/voice")
            && audio_was_produced
            && Some(voice) != self.at("/audio/output/voice")
        {
            return Err(Refusal::of(
                "cannot_update_voice",
                "session.audio.output.voice",
                "Cannot update a conversation's voice if assistant audio is present.",
            ));
        }
        self.merge(given)
    }

    fn merge(&mut self, given: &Value) -> Result<(), Refusal> {
        let mut merged = self.clone();
        if let Some(given) = given.as_object() {
            merge_into(&mut merged.0, given, "");
        }
        merged.complete();
        rules::check_model_options(&merged)?;
        *self = merged;
        Ok(())
    }

    /// Fills the parts that were replaced as wholes with their own defaults.
    fn complete(&mut self) {
        if let Some(transcription) = self.at_mut("/audio/input/transcription") {
            fill(transcription, &json!({ "language": null, "prompt": null }));
        }
        if let Some(detection) = self.at_mut("/audio/input/turn_detection") {
            let rest = if detection.get("type").and_then(Value::as_str) == Some("semantic_vad") {
                json!({ "eagerness": "auto", "create_response": true, "interrupt_response": true })
            } else {
                default_turn_detection()
            };
            fill(detection, &rest);
        }
        for format in ["/audio/input/format", "/audio/output/format"] {
            if let Some(format) = self.at_mut(format)
                && format.get("type").and_then(Value::as_str) == Some("audio/pcm")
            {
                fill(format, &json!({ "rate": 24_000 }));
            }
        }
    }

    /// The whole session, as it is echoed to clients.
    pub(crate) fn echo(&self, id: &str, expires_at: i64) -> Value {
        let mut session = self.0.clone();
        session.insert("object".to_owned(), json!("realtime.session"));
        session.insert("id".to_owned(), json!(id));
        session.insert("expires_at".to_owned(), json!(expires_at));
        Value::Object(session)
    }

    /// The model.
    pub(crate) fn model(&self) -> &str {
        self.0
            .get("model")
            .and_then(Value::as_str)
            .unwrap_or(DEFAULT_MODEL)
    }

    /// The instructions.
    pub(crate) fn instructions(&self) -> &str {
        self.0
            .get("instructions")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The tools.
    pub(crate) fn tools(&self) -> &[Value] {
        self.0
            .get("tools")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// One of the top-level values; `null` when there is none.
    pub(crate) fn value(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or(Value::Null)
    }

    /// Where the assistant's format and voice are.
    pub(crate) fn audio_output(&self) -> Value {
        self.at("/audio/output").cloned().unwrap_or(Value::Null)
    }

    /// Whether answers are spoken. Otherwise they are text.
    pub(crate) fn speaks(&self) -> bool {
        self.0
            .get("output_modalities")
            .is_none_or(|modalities| modalities != &json!(["text"]))
    }

    /// The model that writes down what the caller says, when that is wanted.
    pub(crate) fn transcription_model(&self) -> Option<&str> {
        self.at("/audio/input/transcription/model")
            .and_then(Value::as_str)
    }

    /// How turns are found.
    pub(crate) fn turn_detection(&self) -> TurnDetection {
        let Some(settings) = self
            .at("/audio/input/turn_detection")
            .filter(|settings| !settings.is_null())
        else {
            return TurnDetection::Manual;
        };
        let flag = |name| settings.get(name).and_then(Value::as_bool).unwrap_or(true);
        let millis = |name| {
            settings
                .get(name)
                .and_then(Value::as_u64)
                .map(Duration::from_millis)
        };
        let silence = match settings.get("eagerness").and_then(Value::as_str) {
            // The real one waits for the end of a thought. A pause is the part of that which can be
            // had without a model, longer where it should be patient.
            Some("low") => Duration::from_millis(1200),
            Some("high") => Duration::from_millis(400),
            Some(_) => Duration::from_millis(700),
            None => millis("silence_duration_ms").unwrap_or(Duration::from_millis(200)),
        };
        TurnDetection::Automatic(AutomaticTurns {
            threshold: settings
                .get("threshold")
                .and_then(Value::as_f64)
                .unwrap_or(0.5) as f32,
            prefix: millis("prefix_padding_ms").unwrap_or(Duration::from_millis(300)),
            silence,
            idle_timeout: millis("idle_timeout_ms"),
            create_response: flag("create_response"),
            interrupt_response: flag("interrupt_response"),
        })
    }

    fn at(&self, pointer: &str) -> Option<&Value> {
        let (first, rest) = split_pointer(pointer);
        self.0.get(first)?.pointer(rest)
    }

    fn at_mut(&mut self, pointer: &str) -> Option<&mut Value> {
        let (first, rest) = split_pointer(pointer);
        self.0.get_mut(first)?.pointer_mut(rest)
    }
}

/// `/audio/input` into `audio` and `/input`.
fn split_pointer(pointer: &str) -> (&str, &str) {
    let path = pointer.trim_start_matches('/');
    path.find('/').map_or((path, ""), |at| path.split_at(at))
}

fn merge_into(target: &mut Map<String, Value>, given: &Map<String, Value>, path: &str) {
    for (name, value) in given {
        let here = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        match (target.get_mut(name), value) {
            (Some(Value::Object(old)), Value::Object(new)) if MERGED.contains(&here.as_str()) => {
                merge_into(old, new, &here);
            }
            _ => {
                target.insert(name.clone(), value.clone());
            }
        }
    }
}

/// Adds what is missing; leaves `null` and everything that is not an object as it is.
fn fill(target: &mut Value, defaults: &Value) {
    if let (Some(target), Some(defaults)) = (target.as_object_mut(), defaults.as_object()) {
        for (name, value) in defaults {
            target.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// 200 ms of silence, as the real provider echoes, though its documents say 500.
fn default_turn_detection() -> Value {
    json!({
        "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 200,
        "idle_timeout_ms": null, "create_response": true, "interrupt_response": true,
    })
}

fn defaults() -> Map<String, Value> {
    let session = json!({
        "type": "realtime",
        "model": DEFAULT_MODEL,
        "output_modalities": ["audio"],
        "instructions": DEFAULT_INSTRUCTIONS,
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": null,
        "truncation": "auto",
        "prompt": null,
        "audio": {
            "input": {
                "format": { "type": "audio/pcm", "rate": 24_000 },
                "transcription": null,
                "noise_reduction": null,
                "turn_detection": default_turn_detection(),
            },
            "output": { "format": { "type": "audio/pcm", "rate": 24_000 }, "voice": "alloy", "speed": 1.0 },
        },
        "include": null,
    });
    match session {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
