//! The text of a workflow: its words, fields and rules, as written in a file or an editor.

use crate::FieldKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How the browser reaches the provider (product: connection modes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionMode {
    /// Brokered, and the offer holds audio only: the browser has no data channel.
    Sealed,
    /// Our secret and our calls endpoint; the browser may have a data channel.
    Brokered,
    /// A secret of the provider's: the browser makes the call there and tells us which it is.
    Direct,
}

impl ConnectionMode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Sealed, Self::Brokered, Self::Direct];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Brokered => "brokered",
            Self::Direct => "direct",
        }
    }

    /// The mode of that stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == word)
    }
}

/// A text that names no connection mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection mode is sealed, brokered or direct")]
pub struct UnknownConnectionMode;

impl std::str::FromStr for ConnectionMode {
    type Err = UnknownConnectionMode;
    fn from_str(text: &str) -> Result<Self, UnknownConnectionMode> {
        Self::parse(text).ok_or(UnknownConnectionMode)
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// A line of text.
    ShortText,
    /// Several lines of text.
    LongText,
    /// A number, `12` or `12.5`.
    Number,
    /// An amount with two decimals, `1250.00`.
    Money,
    /// A day, `2026-11-21`.
    Date,
    /// A time of day, `15:00`.
    Time,
    /// A telephone number: digits with an optional leading `+`.
    Phone,
    /// An email address.
    Email,
    /// A postal address, one line.
    Address,
    /// One of the field's choices.
    Choice,
    /// `yes` or `no`.
    YesNo,
}

impl FieldKind {
    /// The word used in files, tools and the page.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ShortText => "short_text",
            Self::LongText => "long_text",
            Self::Number => "number",
            Self::Money => "money",
            Self::Date => "date",
            Self::Time => "time",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Address => "address",
            Self::Choice => "choice",
            Self::YesNo => "yes_no",
        }
    }
}

/// One question of the intake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldDefinition {
    /// Its key, unique within the workflow.
    pub key: FieldKey,
    /// The label on the form.
    pub label: String,
    /// The question as it should be asked aloud.
    pub question: String,
    /// A hint under the field on the form.
    #[serde(default)]
    pub help: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldKind,
    /// Whether an intake may be complete without it.
    #[serde(default)]
    pub required: bool,
    /// Whether its value is sealed at rest and masked for analysts.
    #[serde(default)]
    pub sensitive: bool,
    /// Whether the value must be read back and confirmed.
    #[serde(default)]
    pub read_back: bool,
    /// The choices of a `choice` field.
    #[serde(default)]
    pub choices: Vec<String>,
    /// The longest value, in characters; the kind's own limit when absent.
    #[serde(default)]
    pub max_length: Option<u32>,
}

/// A group of fields on the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// Its fields, in the order they are asked.
    pub fields: Vec<FieldDefinition>,
}

/// What is said, and when, if the conversation turns out to be an emergency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmergencyExit {
    /// What to say at once.
    pub say: String,
    /// Words that mean an emergency.
    pub words: Vec<String>,
}

/// Everything a version says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkflowDefinition {
    /// The name staff pick it by.
    pub name: String,
    /// One line on what it is for.
    pub description: String,
    /// The purpose, told to the model.
    pub purpose: String,
    /// The rules, told to the model.
    pub rules: String,
    /// The first thing said.
    pub opening_line: String,
    /// What the person is told and must agree to before a session starts.
    pub disclosure: String,
    /// Language, ISO 639-1.
    pub language: String,
    /// The provider's voice.
    pub voice: String,
    /// The provider's model; the profile's default when absent.
    #[serde(default)]
    pub model: Option<String>,
    /// The longest a session may be, in minutes (1 to 55).
    pub max_minutes: u16,
    /// How the browser reaches the provider.
    pub connection: ConnectionMode,
    /// Whether other clients than our page may use it through our calls endpoint: brokered ones only,
    /// because they bring a data channel.
    #[serde(default)]
    pub open_to_other_clients: bool,
    /// The emergency exit, where the trade needs one.
    #[serde(default)]
    pub emergency: Option<EmergencyExit>,
    /// The form.
    pub sections: Vec<Section>,
}

/// Why a definition cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionProblem {
    /// A text that must be there is empty.
    #[error("`{0}` is empty")]
    Empty(&'static str),
    /// No field at all.
    #[error("a workflow needs at least one field")]
    NoFields,
    /// More fields than a person would answer.
    #[error("a workflow has at most {MAX_FIELDS} fields")]
    TooManyFields,
    /// Two fields with one key.
    #[error("the key `{0}` is used twice")]
    RepeatedKey(FieldKey),
    /// A choice field without choices, or choices on another kind.
    #[error("the field `{0}` needs choices if and only if it is a choice")]
    Choices(FieldKey),
    /// A label, question or choice holds a character that would change the form's grammar.
    #[error("the field `{0}` has a line break, `|` or `;` in its label, question or choices")]
    Grammar(FieldKey),
    /// Open to other clients, but sealed: they bring a data channel, which a sealed call refuses.
    #[error("a workflow that is open to other clients must be brokered")]
    OpenButNotBrokered,
    /// The maximum duration is out of bounds.
    #[error("the maximum duration is 1 to 55 minutes")]
    Duration,
}

/// The most fields a workflow may have.
pub const MAX_FIELDS: usize = 100;

impl WorkflowDefinition {
    /// All fields in asking order.
    pub fn fields(&self) -> impl Iterator<Item = &FieldDefinition> {
        self.sections.iter().flat_map(|section| &section.fields)
    }

    /// The field of that key.
    #[must_use]
    pub fn field(&self, key: &FieldKey) -> Option<&FieldDefinition> {
        self.fields().find(|field| &field.key == key)
    }

    /// Whether the definition can be published.
    ///
    /// # Errors
    /// The first problem found.
    pub fn check(&self) -> Result<(), DefinitionProblem> {
        let texts = [
            ("name", &self.name),
            ("purpose", &self.purpose),
            ("opening_line", &self.opening_line),
            ("disclosure", &self.disclosure),
            ("language", &self.language),
            ("voice", &self.voice),
        ];
        if let Some((name, _)) = texts.into_iter().find(|(_, text)| text.trim().is_empty()) {
            return Err(DefinitionProblem::Empty(name));
        }
        if !(1..=55).contains(&self.max_minutes) {
            return Err(DefinitionProblem::Duration);
        }
        if self.open_to_other_clients && self.connection != ConnectionMode::Brokered {
            return Err(DefinitionProblem::OpenButNotBrokered);
        }
        match self.fields().count() {
            0 => return Err(DefinitionProblem::NoFields),
            n if n > MAX_FIELDS => return Err(DefinitionProblem::TooManyFields),
            _ => {}
        }
        let mut keys = BTreeSet::new();
        for field in self.fields() {
            field.check()?;
            if !keys.insert(&field.key) {
                return Err(DefinitionProblem::RepeatedKey(field.key.clone()));
            }
        }
        Ok(())
    }
}

impl FieldDefinition {
    fn check(&self) -> Result<(), DefinitionProblem> {
        if self.label.trim().is_empty() || self.question.trim().is_empty() {
            return Err(DefinitionProblem::Empty("label or question"));
        }
        if (self.kind == FieldKind::Choice) == self.choices.is_empty() {
            return Err(DefinitionProblem::Choices(self.key.clone()));
        }
        let breaks = |text: &String| text.contains(['\n', '|', ';']);
        if breaks(&self.label) || breaks(&self.question) || self.choices.iter().any(breaks) {
            return Err(DefinitionProblem::Grammar(self.key.clone()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
