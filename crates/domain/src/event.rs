//! What happens on an intake, as told to the pages that watch it. Rows hold everything but spoken
//! words; captions live only in memory (product: spoken words at rest).

use crate::{
    FieldKey, ItemId, SessionId, Timestamp,
    intake::{Evidence, FieldState, Outcome, Readiness, TurnOrigin},
    session::SessionState,
};
use serde::{Deserialize, Serialize};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The person on the call.
    Person,
    /// The assistant.
    Assistant,
}

/// An event that is stored as a row, in order, and replayed to a page that comes back.
/// It names fields; the page's copy of a value is joined when the event is sent, for the one who may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecordEvent {
    /// A session changed its state.
    Session {
        /// The session.
        session: SessionId,
        /// Its state now.
        #[serde(flatten)]
        state: SessionState,
        /// When it must be over.
        deadline_at: Timestamp,
    },
    /// A field changed.
    Field {
        /// The field.
        key: FieldKey,
        /// Its state now; none when it was cleared.
        state: Option<FieldState>,
        /// From which utterance.
        evidence: Option<Evidence>,
        /// What still stands between the intake and completion.
        readiness: Readiness,
    },
    /// A field was waived, or no longer is.
    Waived {
        /// The field.
        key: FieldKey,
        /// Whether it is waived now.
        waived: bool,
        /// What still stands between the intake and completion.
        readiness: Readiness,
    },
    /// A turn was committed: who and when, not what.
    Turn {
        /// The session.
        session: SessionId,
        /// The conversation item.
        item: ItemId,
        /// Who.
        speaker: Speaker,
        /// Spoken or typed.
        origin: TurnOrigin,
        /// Start in the call's audio, in milliseconds.
        start_ms: Option<u64>,
        /// End in the call's audio, in milliseconds.
        end_ms: Option<u64>,
    },
    /// A tool ran or was refused.
    Tool {
        /// The session.
        session: SessionId,
        /// The tool's name, as far as we know it; `unknown` otherwise.
        name: String,
        /// The field it was about.
        field: Option<FieldKey>,
        /// Whether it did what was asked.
        ok: bool,
    },
    /// The intake got an outcome, or was opened again.
    Outcome {
        /// The outcome; none when it is open again.
        outcome: Option<Outcome>,
    },
}

/// What is said and shown while a call is live: kept in memory only and lost with the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LiveEvent {
    /// Words of a turn, all of them so far.
    Caption {
        /// The session.
        session: SessionId,
        /// The conversation item: captions of one item replace each other.
        item: ItemId,
        /// The item before it in the conversation, for speech order.
        after: Option<ItemId>,
        /// Who.
        speaker: Speaker,
        /// Spoken or typed.
        origin: TurnOrigin,
        /// The words so far.
        text: String,
        /// Whether they are final.
        done: bool,
        /// Whether the person cut it short by speaking.
        interrupted: bool,
    },
    /// Somebody started or stopped speaking.
    Speaking {
        /// The session.
        session: SessionId,
        /// Who.
        speaker: Speaker,
        /// Whether they speak now.
        speaking: bool,
    },
    /// A tool is running.
    ToolRunning {
        /// The session.
        session: SessionId,
        /// Its name.
        name: String,
        /// The field it is about.
        field: Option<FieldKey>,
    },
    /// Staff silenced both sides, or the conversation goes on.
    Paused {
        /// The session.
        session: SessionId,
        /// Whether both sides are silent.
        paused: bool,
    },
    /// After much talking the password is wanted again; the conversation waits.
    PasswordWanted {
        /// The session.
        session: SessionId,
        /// Until when it waits; none when it was given.
        until: Option<Timestamp>,
    },
    /// The control link was lost or found again.
    Control {
        /// The session.
        session: SessionId,
        /// Whether we have it.
        attached: bool,
    },
}
