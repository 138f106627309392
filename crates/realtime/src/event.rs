//! The provider's server events as our call events (realtime reference 4.2 to 4.8), in two steps:
//! the type first, then only the fields that type needs. Unknown types, fields and values pass.

mod configuration;
mod item;
mod response;

use domain::{Private, call::CallEvent, event::Speaker};
use serde_json::{Map, Value};
use std::str::FromStr;

/// Why a frame is no event. It never repeats what the frame held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not a JSON object.
    #[error("the frame is not a JSON object")]
    NotAnObject,
    /// No type.
    #[error("the event has no type")]
    NoType,
    /// A field that a known event cannot do without is missing or of another kind.
    #[error("the event has no usable `{0}`")]
    Field(&'static str),
}

/// Reads the fields of an event of one type; the type itself comes along for its name.
type Reader = fn(Fields<'_>, &str) -> Result<CallEvent, DecodeError>;

/// Every type of event that is read. All others are kept by their name.
const READERS: &[(&str, Reader)] = &[
    ("session.created", session),
    ("session.updated", session),
    ("input_audio_buffer.speech_started", |fields, _| {
        Ok(CallEvent::SpeechStarted {
            item: fields.id("item_id")?,
            at_ms: fields.number("audio_start_ms")?,
        })
    }),
    ("input_audio_buffer.speech_stopped", |fields, _| {
        Ok(CallEvent::SpeechStopped {
            item: fields.id("item_id")?,
            at_ms: fields.number("audio_end_ms")?,
        })
    }),
    ("input_audio_buffer.committed", |fields, _| {
        Ok(CallEvent::AudioCommitted {
            item: fields.id("item_id")?,
        })
    }),
    ("conversation.item.added", |fields, _| item::added(fields)),
    // The old name of the one above; some providers still send it.
    ("conversation.item.created", |fields, _| item::added(fields)),
    ("conversation.item.truncated", |fields, _| {
        Ok(CallEvent::ItemTruncated {
            item: fields.id("item_id")?,
        })
    }),
    (
        "conversation.item.input_audio_transcription.delta",
        |fields, kind| words(fields, Speaker::Person, kind),
    ),
    ("response.output_audio_transcript.delta", |fields, kind| {
        words(fields, Speaker::Assistant, kind)
    }),
    ("response.output_text.delta", |fields, kind| {
        words(fields, Speaker::Assistant, kind)
    }),
    (
        "conversation.item.input_audio_transcription.completed",
        |fields, _| words_done(fields, Speaker::Person, "transcript"),
    ),
    ("response.output_audio_transcript.done", |fields, _| {
        words_done(fields, Speaker::Assistant, "transcript")
    }),
    ("response.output_text.done", |fields, _| {
        words_done(fields, Speaker::Assistant, "text")
    }),
    (
        "conversation.item.input_audio_transcription.failed",
        |fields, _| {
            Ok(CallEvent::WordsFailed {
                item: fields.id("item_id")?,
            })
        },
    ),
    ("response.created", |fields, _| {
        response::started(fields.object("response")?)
    }),
    ("response.done", |fields, _| {
        response::done(fields.object("response")?)
    }),
    // Never from `response.function_call_arguments.done`: that is also sent when the response was
    // cancelled before the model had finished.
    ("response.output_item.done", |fields, kind| {
        Ok(match item::finished_tool_call(fields)? {
            Some(call) => CallEvent::ToolCall(call),
            None => other(kind),
        })
    }),
    ("output_audio_buffer.started", |fields, _| {
        Ok(CallEvent::PlaybackStarted {
            response: fields.id("response_id")?,
        })
    }),
    ("output_audio_buffer.stopped", |fields, _| {
        Ok(CallEvent::PlaybackStopped {
            response: fields.id("response_id")?,
        })
    }),
    ("output_audio_buffer.cleared", |fields, _| {
        Ok(CallEvent::PlaybackCleared {
            response: fields.id("response_id").ok(),
        })
    }),
    ("error", |fields, _| Ok(error(fields))),
];

/// The types of events that are read.
pub fn event_types() -> impl Iterator<Item = &'static str> {
    READERS.iter().map(|(kind, _)| *kind)
}

/// Reads one text frame.
///
/// # Errors
/// When it is no event, or a known one without a field it cannot do without.
pub fn decode(frame: &str) -> Result<CallEvent, DecodeError> {
    let Ok(Value::Object(event)) = serde_json::from_str::<Value>(frame) else {
        return Err(DecodeError::NotAnObject);
    };
    let kind = event
        .get("type")
        .and_then(Value::as_str)
        .ok_or(DecodeError::NoType)?;
    match READERS.iter().find(|(known, _)| *known == kind) {
        Some((_, read)) => read(Fields(&event), kind),
        None => Ok(other(kind)),
    }
}

fn session(fields: Fields<'_>, _: &str) -> Result<CallEvent, DecodeError> {
    let effective = configuration::effective(fields.object("session")?);
    Ok(CallEvent::Configuration(Box::new(effective)))
}

fn words(fields: Fields<'_>, speaker: Speaker, kind: &str) -> Result<CallEvent, DecodeError> {
    let Some(delta) = fields.text("delta") else {
        return Ok(other(kind));
    };
    Ok(CallEvent::Words {
        item: fields.id("item_id")?,
        speaker,
        delta: delta.into(),
    })
}

fn words_done(
    fields: Fields<'_>,
    speaker: Speaker,
    name: &'static str,
) -> Result<CallEvent, DecodeError> {
    let text = Private::from(fields.text(name).ok_or(DecodeError::Field(name))?);
    Ok(CallEvent::WordsDone {
        item: fields.id("item_id")?,
        speaker,
        text,
    })
}

fn error(fields: Fields<'_>) -> CallEvent {
    let error = fields.object("error").ok();
    let text = |name| error.and_then(|error| error.text(name));
    // A fault of the provider's own may say so by its type only.
    let by_type = text("type").filter(|kind| *kind == "server_error");
    let code = text("code").or(by_type).and_then(word);
    if code.as_deref() == Some("session_expired") {
        return CallEvent::Expired;
    }
    CallEvent::Error {
        code,
        command: text("event_id")
            .filter(|id| id.len() <= MAX_EVENT_ID)
            .map(str::to_owned),
    }
}

/// Longer ids than we send are not ours.
const MAX_EVENT_ID: usize = 256;

fn other(kind: &str) -> CallEvent {
    CallEvent::Other {
        kind: word(kind).unwrap_or_else(|| "unnamed".to_owned()),
    }
}

/// A word of the provider's that may be logged and stored: short and plain, or nothing.
pub(crate) fn word(text: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    (!text.is_empty() && text.len() <= 100 && text.bytes().all(plain)).then(|| text.to_owned())
}

/// The fields of one JSON object, read leniently.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// The value, unless it is absent or null.
    pub(crate) fn value(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        self.value(name).and_then(Value::as_str)
    }

    pub(crate) fn list(self, name: &str) -> &'a [Value] {
        self.value(name)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    pub(crate) fn object(self, name: &'static str) -> Result<Self, DecodeError> {
        self.value(name)
            .and_then(Value::as_object)
            .map(Fields)
            .ok_or(DecodeError::Field(name))
    }

    pub(crate) fn id<T: FromStr>(self, name: &'static str) -> Result<T, DecodeError> {
        self.text(name)
            .and_then(|text| text.parse().ok())
            .ok_or(DecodeError::Field(name))
    }

    /// A whole number of zero or more; some providers send it with a fraction.
    pub(crate) fn number(self, name: &'static str) -> Result<u64, DecodeError> {
        self.value(name)
            .and_then(whole)
            .ok_or(DecodeError::Field(name))
    }
}

pub(crate) fn whole(value: &Value) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be within range"
    )]
    let from_fraction = || {
        value
            .as_f64()
            .filter(|number| (0.0..1e15).contains(number))
            .map(|number| number as u64)
    };
    value.as_u64().or_else(from_fraction)
}

#[cfg(test)]
mod tests;
