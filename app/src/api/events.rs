//! The event stream of an intake: `GET /intakes/{id}/events`, server-sent events.
//!
//! Each message has an id to come back with (`Last-Event-ID`, or `?after=` for the first connect)
//! and one [`StreamFrame`] as JSON in `data`.

use super::intakes::FieldView;
use domain::{
    Timestamp,
    event::{LiveEvent, RecordEvent},
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
