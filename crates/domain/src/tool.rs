//! Tools: what the model may ask for, and how it is answered.

use crate::{FieldKey, ItemId, Private, ResponseId, ToolCallId};
use serde::{Deserialize, Serialize};

/// The tools of an intake. Business tools join as workspace tools later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolName {
    /// Puts a value into a field.
    SetField,
    /// Ends the intake as complete.
    FinishIntake,
    /// Hands the intake to a person.
    Escalate,
    /// Hangs up after the goodbye was heard.
    EndCall,
}

impl ToolName {
    /// Every tool.
    pub const ALL: [Self; 4] = [
        Self::SetField,
        Self::FinishIntake,
        Self::Escalate,
        Self::EndCall,
    ];

    /// The name the model sees.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SetField => "set_field",
            Self::FinishIntake => "finish_intake",
            Self::Escalate => "escalate",
            Self::EndCall => "end_call",
        }
    }

    /// The tool of that name, if there is one: an unknown tool is denied (requirement A43).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.as_str() == name)
    }
}

/// A tool call as our own control link saw the model finish it (promise 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// The provider's id of this request: the key that makes a repeat harmless.
    pub id: ToolCallId,
    /// The response it belongs to.
    pub response: ResponseId,
    /// The conversation item it is.
    pub item: ItemId,
    /// The name as the model wrote it.
    pub name: String,
    /// The arguments as the model wrote them: any text.
    pub arguments: Private<String>,
}

/// What a tool answers the model. Serialised as the `output` text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ToolOutput {
    /// `set_field` took the value.
    FieldSet {
        /// Always true.
        ok: True,
        /// The field.
        field: FieldKey,
        /// The value as stored, so that the model reads back what we have.
        value: String,
        /// `proposed` or `confirmed`.
        state: String,
        /// Required fields that have no value.
        missing: Vec<FieldKey>,
        /// Fields with a value that still has to be confirmed.
        unconfirmed: Vec<FieldKey>,
    },
    /// Done; nothing more to say.
    Done {
        /// Always true.
        ok: True,
    },
    /// Refused or failed.
    Refused {
        /// Always false.
        ok: False,
        /// Why, in a form the model can act on.
        error: ToolError,
    },
}

/// `true`, as a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
pub struct True;

impl From<True> for bool {
    fn from(_: True) -> Self {
        true
    }
}
impl TryFrom<bool> for True {
    type Error = &'static str;
    fn try_from(value: bool) -> Result<Self, &'static str> {
        if value { Ok(Self) } else { Err("not true") }
    }
}

/// `false`, as a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
pub struct False;

impl From<False> for bool {
    fn from(_: False) -> Self {
        false
    }
}
impl TryFrom<bool> for False {
    type Error = &'static str;
    fn try_from(value: bool) -> Result<Self, &'static str> {
        if value { Err("not false") } else { Ok(Self) }
    }
}

/// Why a tool call was refused or failed (requirement A44).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToolError {
    /// The person or the session may not do this.
    AuthorizationError {
        /// A sentence for the model.
        message: String,
    },
    /// The arguments do not fit.
    ValidationError {
        /// A sentence for the model.
        message: String,
    },
    /// A member of staff set another value by hand.
    Conflict {
        /// A sentence for the model.
        message: String,
    },
    /// `finish_intake` came too early.
    NotReady {
        /// Required fields without a value.
        missing: Vec<FieldKey>,
        /// Fields still to be confirmed.
        unconfirmed: Vec<FieldKey>,
    },
    /// It failed on our side.
    ExecutionError {
        /// A sentence for the model.
        message: String,
    },
}

impl ToolOutput {
    /// The plain yes.
    #[must_use]
    pub const fn done() -> Self {
        Self::Done { ok: True }
    }

    /// A refusal.
    #[must_use]
    pub const fn refused(error: ToolError) -> Self {
        Self::Refused { ok: False, error }
    }

    /// Whether the tool did what was asked.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }
}
