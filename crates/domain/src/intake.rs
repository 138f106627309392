//! Intakes: the record being filled, its fields and its outcome.

use crate::{
    FieldKey, IntakeId, ItemId, Private, SessionId, Timestamp, ToolCallId, UserId, VersionId,
    WorkflowId, WorkspaceId,
    workflow::{FieldDefinition, WorkflowDefinition},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How an intake ended. It has at most one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything needed was captured.
    Complete,
    /// A person has to take over.
    Escalated,
    /// Nobody came back to it. Can be opened again.
    Abandoned,
}

impl Outcome {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Escalated => "escalated",
            Self::Abandoned => "abandoned",
        }
    }

    /// The outcome of that stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Complete, Self::Escalated, Self::Abandoned]
            .into_iter()
            .find(|outcome| outcome.as_str() == word)
    }
}

/// How sure a field's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldState {
    /// Heard, not yet confirmed.
    Proposed,
    /// Confirmed in the conversation, or needing no confirmation.
    Confirmed,
    /// Set by hand by a member of staff.
    Edited,
}

impl FieldState {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Confirmed => "confirmed",
            Self::Edited => "edited",
        }
    }

    /// The state of that stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Proposed, Self::Confirmed, Self::Edited]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// Who set a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SetBy {
    /// The model, by a tool call in a session.
    Model {
        /// The session.
        session: SessionId,
        /// The tool call.
        tool_call: ToolCallId,
    },
    /// A member of staff, by hand.
    User {
        /// The user.
        user: UserId,
    },
}

/// Which utterance a value came from: an item and a time span, never the words (product: spoken words at rest).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The item of the user's turn.
    pub item: ItemId,
    /// Whether the turn was spoken or typed. `heard` is claimed only for committed audio.
    pub origin: TurnOrigin,
    /// Start of the speech in the call's audio, in milliseconds.
    pub start_ms: Option<u64>,
    /// End of the speech in the call's audio, in milliseconds.
    pub end_ms: Option<u64>,
}

/// How a turn came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnOrigin {
    /// Audio was committed for it.
    Spoken,
    /// It was typed.
    Typed,
}

/// The value of one field, now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldEntry {
    /// The field.
    pub key: FieldKey,
    /// Its value in normal form.
    pub value: Private<String>,
    /// How sure it is.
    pub state: FieldState,
    /// Who set it.
    pub set_by: SetBy,
    /// From which utterance, when the model set it after one.
    pub evidence: Option<Evidence>,
    /// Another value the model heard after a person had edited this one; shown as conflicting.
    pub heard_instead: Option<Private<String>>,
    /// 1, 2, 3, … within this field.
    pub revision: u32,
    /// When it was set.
    pub at: Timestamp,
}

/// An intake, without its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// Its id.
    pub id: IntakeId,
    /// Where it belongs.
    pub workspace: WorkspaceId,
    /// What it asks.
    pub workflow: WorkflowId,
    /// The version it asks by.
    pub version: VersionId,
    /// Who opened it.
    pub opened_by: UserId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Its outcome; none while it is open.
    pub outcome: Option<Closed>,
    /// Fields a person said are not needed.
    pub waived: BTreeSet<FieldKey>,
    /// Whether it is demo data.
    pub demo: bool,
}

/// An outcome with its circumstances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The outcome.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
    /// Why, for an escalation: personal data, sealed at rest.
    pub reason: Option<Private<String>>,
}

impl Intake {
    /// Whether it can still be filled.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.outcome.is_none()
    }
}

/// Which fields stand between an intake and completion.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Readiness {
    /// Required fields without a value.
    pub missing: Vec<FieldKey>,
    /// Fields with a value that must be read back and has not been confirmed.
    pub unconfirmed: Vec<FieldKey>,
}

impl Readiness {
    /// What is missing or unconfirmed and not waived.
    #[must_use]
    pub fn of(
        definition: &WorkflowDefinition,
        entries: &BTreeMap<FieldKey, FieldEntry>,
        waived: &BTreeSet<FieldKey>,
    ) -> Self {
        let mut readiness = Self::default();
        for field in definition
            .fields()
            .filter(|field| !waived.contains(&field.key))
        {
            match entries.get(&field.key) {
                None if field.required => readiness.missing.push(field.key.clone()),
                Some(entry) if entry.state == FieldState::Proposed => {
                    readiness.unconfirmed.push(field.key.clone())
                }
                _ => {}
            }
        }
        readiness
    }

    /// Whether the intake can be complete.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.missing.is_empty() && self.unconfirmed.is_empty()
    }
}

/// What a proposed value does to the value that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proposal {
    /// It becomes the value, in this state.
    Accept(FieldState),
    /// A person edited the field; the new value is kept beside it as conflicting.
    Conflict,
    /// It is the value already there, and nothing changes.
    Same,
}

/// Decides what a value from the model does: a hand-made edit is never overwritten by the model.
#[must_use]
pub fn weigh_proposal(
    field: &FieldDefinition,
    current: Option<&FieldEntry>,
    value: &Private<String>,
    confirmed: bool,
) -> Proposal {
    let state = if confirmed || !field.read_back {
        FieldState::Confirmed
    } else {
        FieldState::Proposed
    };
    match current {
        Some(entry) if entry.state == FieldState::Edited && &entry.value != value => {
            Proposal::Conflict
        }
        Some(entry) if entry.state == FieldState::Edited => Proposal::Same,
        Some(entry)
            if &entry.value == value
                && (entry.state == state || entry.state == FieldState::Confirmed) =>
        {
            Proposal::Same
        }
        _ => Proposal::Accept(state),
    }
}
