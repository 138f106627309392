//! The event stream of an intake: `GET /intakes/{id}/events`, server-sent events.
//!
//! Each message has an id to come back with (`Last-Event-ID`, or `?after=` for the first connect)
//! and one [`StreamFrame`] as JSON in `data`.

use super::{
    intakes::FieldView,
    json::{Fields, Unreadable},
};
use domain::{
    Timestamp,
    event::{LiveEvent, RecordEvent},
    session::SessionState,
};
use serde::{Deserialize, Serialize};

/// One message of the stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "frame", rename_all = "snake_case")]
pub enum StreamFrame {
    /// Something that is on record.
    Record {
        /// When.
        at: Timestamp,
        /// What.
        event: RecordEvent,
        /// The field as the person may see it now, when the event is about one.
        field: Option<Box<FieldView>>,
    },
    /// Something that is only shown while it happens.
    Live {
        /// What.
        event: LiveEvent,
    },
    /// Captions from before cannot be shown: they were lost with the process, or too many were missed.
    Gap,
    /// The stream is over for this person: signed out, or no access any more.
    Closed {
        /// Whether signing in again helps.
        signed_out: bool,
    },
}

impl StreamFrame {
    /// Reads one from JSON text, as the page does.
    ///
    /// # Errors
    /// When it is not one.
    pub(crate) fn read(text: &str) -> Result<Self, Unreadable> {
        let mut frame = Fields::read(text)?;
        Ok(match frame.text("frame")?.as_str() {
            "record" => Self::Record {
                at: frame.take("at")?,
                event: recorded(frame.fields("event")?)?,
                field: frame.take("field")?,
            },
            "live" => Self::Live {
                event: live(frame.fields("event")?)?,
            },
            "gap" => Self::Gap,
            "closed" => Self::Closed {
                signed_out: frame.take("signed_out")?,
            },
            _ => return Err(Unreadable),
        })
    }
}

fn recorded(mut event: Fields) -> Result<RecordEvent, Unreadable> {
    Ok(match event.text("kind")?.as_str() {
        "session" => RecordEvent::Session {
            session: event.take("session")?,
            state: session_state(&mut event)?,
            deadline_at: event.take("deadline_at")?,
        },
        "field" => RecordEvent::Field {
            key: event.take("key")?,
            state: event.take("state")?,
            evidence: event.take("evidence")?,
            readiness: event.take("readiness")?,
        },
        "waived" => RecordEvent::Waived {
            key: event.take("key")?,
            waived: event.take("waived")?,
            readiness: event.take("readiness")?,
        },
        "turn" => RecordEvent::Turn {
            session: event.take("session")?,
            item: event.take("item")?,
            speaker: event.take("speaker")?,
            origin: event.take("origin")?,
            start_ms: event.take("start_ms")?,
            end_ms: event.take("end_ms")?,
        },
        "tool" => RecordEvent::Tool {
            session: event.take("session")?,
            name: event.take("name")?,
            field: event.take("field")?,
            ok: event.take("ok")?,
        },
        "outcome" => RecordEvent::Outcome {
            outcome: event.take("outcome")?,
        },
        _ => return Err(Unreadable),
    })
}

fn live(mut event: Fields) -> Result<LiveEvent, Unreadable> {
    Ok(match event.text("kind")?.as_str() {
        "caption" => LiveEvent::Caption {
            session: event.take("session")?,
            item: event.take("item")?,
            after: event.take("after")?,
            speaker: event.take("speaker")?,
            origin: event.take("origin")?,
            text: event.take("text")?,
            done: event.take("done")?,
            interrupted: event.take("interrupted")?,
        },
        "speaking" => LiveEvent::Speaking {
            session: event.take("session")?,
            speaker: event.take("speaker")?,
            speaking: event.take("speaking")?,
        },
        "tool_running" => LiveEvent::ToolRunning {
            session: event.take("session")?,
            name: event.take("name")?,
            field: event.take("field")?,
        },
        "paused" => LiveEvent::Paused {
            session: event.take("session")?,
            paused: event.take("paused")?,
        },
        "password_wanted" => LiveEvent::PasswordWanted {
            session: event.take("session")?,
            until: event.take("until")?,
        },
        "control" => LiveEvent::Control {
            session: event.take("session")?,
            attached: event.take("attached")?,
        },
        _ => return Err(Unreadable),
    })
}

/// A session's state stands among the fields beside it: its word, and the reason of one that ended.
pub(super) fn session_state(fields: &mut Fields) -> Result<SessionState, Unreadable> {
    let (word, reason) = (
        fields.text("state")?,
        fields.take::<Option<String>>("reason")?,
    );
    SessionState::parse(&word, reason.as_deref()).ok_or(Unreadable)
}

#[cfg(test)]
mod tests;
