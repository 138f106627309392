//! Intakes: opening, reading, editing and closing them.

#![expect(
    missing_docs,
    reason = "the server macro makes a field of each argument and cannot pass its doc on"
)]

use super::{
    ApiError,
    events::session_state,
    json::{Fields, Unreadable},
    wire::Wire,
};
use domain::{
    FieldKey, IntakeId, SessionId, Timestamp, WorkflowId,
    intake::{Evidence, FieldState, Outcome, Readiness},
    session::SessionState,
    workflow::{ConnectionMode, FieldKind},
};
use leptos::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, de::Error};

/// Where an intake stands, as shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntakeStatus {
    /// Can still be filled.
    Open,
    /// Everything needed was captured.
    Complete,
    /// A person has to take over.
    Escalated,
    /// Nobody came back to it.
    Abandoned,
}

impl From<Option<Outcome>> for IntakeStatus {
    fn from(outcome: Option<Outcome>) -> Self {
        match outcome {
            None => Self::Open,
            Some(Outcome::Complete) => Self::Complete,
            Some(Outcome::Escalated) => Self::Escalated,
            Some(Outcome::Abandoned) => Self::Abandoned,
        }
    }
}

/// An intake in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntakeCard {
    /// Its id.
    pub id: IntakeId,
    /// The workflow's name.
    pub workflow_name: String,
    /// The version it asks by.
    pub version: u32,
    /// Who opened it.
    pub opened_by: String,
    /// Whether that is the person asking.
    pub mine: bool,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Where it stands.
    pub status: IntakeStatus,
    /// Fields with a value.
    pub filled: u32,
    /// Fields it asks.
    pub total: u32,
    /// Whether somebody is talking on it now.
    pub running: bool,
    /// Whether it is demo data.
    pub demo: bool,
}

/// Which intakes to list. Everything in it may stand in an address; words to search for may not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListIntakesRequest {
    /// Only this workflow.
    #[serde(default)]
    pub workflow: Option<WorkflowId>,
    /// Only this status.
    #[serde(default)]
    pub status: Option<IntakeStatus>,
    /// Only one's own.
    #[serde(default)]
    pub mine: bool,
    /// Opened on this day or later, `2026-11-21`, UTC.
    #[serde(default)]
    pub from: Option<String>,
    /// Opened on this day or earlier, UTC.
    #[serde(default)]
    pub to: Option<String>,
    /// Where the next page begins, as given by the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// Words to look for in values that are not sensitive and in workflow names.
    #[serde(default)]
    pub words: Option<String>,
}

/// A page of intakes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntakePage {
    /// The intakes, newest first.
    pub rows: Vec<IntakeCard>,
    /// What to pass as `after` for the next page; none on the last one.
    pub next: Option<String>,
    /// Whether the person sees everybody's intakes of some workflow, so that "mine" is a choice.
    pub sees_all: bool,
}

/// A field with its value, as the person may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldView {
    /// Its key.
    pub key: FieldKey,
    /// The label.
    pub label: String,
    /// The question as asked aloud.
    pub question: String,
    /// A hint.
    pub help: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether the intake needs it.
    pub required: bool,
    /// Whether it is sensitive.
    pub sensitive: bool,
    /// Whether it is read back.
    pub read_back: bool,
    /// The choices of a choice field.
    pub choices: Vec<String>,
    /// The longest value.
    pub max_length: Option<u32>,
    /// Its value; none when there is none.
    pub value: Option<String>,
    /// Whether the value is shown as dots because the person may not see it.
    pub masked: bool,
    /// How sure it is; none when there is no value.
    pub state: Option<FieldState>,
    /// Whether a person said it is not needed.
    pub waived: bool,
    /// Who set it: a name, or "Assistant".
    pub set_by: Option<String>,
    /// From which utterance.
    pub evidence: Option<Evidence>,
    /// Another value the assistant heard after a hand edit.
    pub heard_instead: Option<String>,
    /// 0 when there is no value.
    pub revision: u32,
    /// When it was set.
    pub at: Option<Timestamp>,
}

/// A section of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionView {
    /// Its heading.
    pub title: String,
    /// Its fields.
    pub fields: Vec<FieldView>,
}

/// A session as shown on an intake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// Where it stands.
    #[serde(flatten)]
    pub state: SessionState,
    /// Who started it.
    pub started_by: String,
    /// Whether that is the person asking.
    pub mine: bool,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it went live.
    pub live_at: Option<Timestamp>,
    /// When it must be over.
    pub deadline_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

// Derived, the state among its fields would have everything buffered first, which is much code.
impl<'de> Deserialize<'de> for SessionView {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::of(Fields::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl SessionView {
    fn of(mut fields: Fields) -> Result<Self, Unreadable> {
        Ok(Self {
            id: fields.take("id")?,
            state: session_state(&mut fields)?,
            started_by: fields.take("started_by")?,
            mine: fields.take("mine")?,
            started_at: fields.take("started_at")?,
            live_at: fields.take("live_at")?,
            deadline_at: fields.take("deadline_at")?,
            ended_at: fields.take("ended_at")?,
        })
    }
}

/// What the person may do with an intake now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct May {
    /// Edit and waive fields.
    pub edit: bool,
    /// Finish, escalate, abandon.
    pub close: bool,
    /// Open it again.
    pub reopen: bool,
    /// Start to talk.
    pub talk: bool,
    /// Start to talk, once the password was given again.
    pub prove: bool,
    /// Copy, print, JSON.
    pub export: bool,
}

/// A whole intake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntakeView {
    /// Its id.
    pub id: IntakeId,
    /// The workflow's name.
    pub workflow_name: String,
    /// The version's number.
    pub version: u32,
    /// What the person must be told before talking.
    pub disclosure: String,
    /// The longest a conversation may be, in minutes.
    pub max_minutes: u16,
    /// How the browser reaches the provider.
    pub connection: ConnectionMode,
    /// Who opened it.
    pub opened_by: String,
    /// When.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Where it stands.
    pub status: IntakeStatus,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Why it was escalated.
    pub reason: Option<String>,
    /// The form.
    pub sections: Vec<SectionView>,
    /// What stands between it and completion.
    pub readiness: Readiness,
    /// Its sessions, newest first.
    pub sessions: Vec<SessionView>,
    /// What the person may do.
    pub may: May,
    /// Why talking is not possible now, if it is not.
    pub talk_refusal: Option<String>,
    /// Whether values are masked for this person.
    pub masked: bool,
    /// Whether it is demo data.
    pub demo: bool,
    /// Where its event stream goes on after this view: the `Last-Event-ID` to begin with.
    pub cursor: String,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// Who: a name, "Assistant", "Vestibule".
    pub who: String,
    /// What, as a sentence without values.
    pub what: String,
}

/// Names one intake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntakeRequest {
    /// The intake.
    pub intake: IntakeId,
}

/// What `open_intake` takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenIntakeRequest {
    /// The workflow to ask by.
    pub workflow: WorkflowId,
}

/// Opens a new intake. Works as a plain form too: it then leads to the intake's page.
#[server(endpoint = "intakes/open")]
pub async fn open_intake(request: OpenIntakeRequest) -> Result<IntakeId, ApiError> {
    crate::ssr::intakes::open(request).await
}

/// Lists intakes.
#[server(endpoint = "intakes/list", protocol = Wire)]
pub async fn list_intakes(request: ListIntakesRequest) -> Result<IntakePage, ApiError> {
    crate::ssr::intakes::list(request).await
}

/// Reads one intake.
#[server(endpoint = "intakes/read", protocol = Wire)]
pub async fn read_intake(request: IntakeRequest) -> Result<IntakeView, ApiError> {
    crate::ssr::intakes::read(request).await
}

/// What happened on an intake, oldest first.
#[server(endpoint = "intakes/timeline", protocol = Wire)]
pub async fn intake_timeline(request: IntakeRequest) -> Result<Vec<TimelineEntry>, ApiError> {
    crate::ssr::intakes::timeline(request).await
}

/// What `edit_field` takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditFieldRequest {
    /// The intake.
    pub intake: IntakeId,
    /// The field.
    pub key: FieldKey,
    /// The new value.
    pub value: String,
    /// The revision the person saw; a conflict when it changed since.
    pub revision: u32,
}

/// Sets a field by hand; a running call is told.
#[server(endpoint = "intakes/edit_field", protocol = Wire)]
pub async fn edit_field(request: EditFieldRequest) -> Result<FieldView, ApiError> {
    crate::ssr::intakes::edit_field(request).await
}

/// What `waive_field` takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaiveFieldRequest {
    /// The intake.
    pub intake: IntakeId,
    /// The field.
    pub key: FieldKey,
    /// Whether it is not needed.
    pub waived: bool,
}

/// Says that a field is not needed, or is again.
#[server(endpoint = "intakes/waive_field", protocol = Wire)]
pub async fn waive_field(request: WaiveFieldRequest) -> Result<FieldView, ApiError> {
    crate::ssr::intakes::waive_field(request).await
}

/// Closes an intake as complete. Refused while something is missing or unconfirmed and not waived.
#[server(endpoint = "intakes/finish", protocol = Wire)]
pub async fn finish_intake(request: IntakeRequest) -> Result<(), ApiError> {
    crate::ssr::intakes::finish(request).await
}

/// What `escalate_intake` takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscalateIntakeRequest {
    /// The intake.
    pub intake: IntakeId,
    /// Why a person has to take over.
    pub reason: String,
}

/// Hands an intake to a person.
#[server(endpoint = "intakes/escalate", protocol = Wire)]
pub async fn escalate_intake(request: EscalateIntakeRequest) -> Result<(), ApiError> {
    crate::ssr::intakes::escalate(request).await
}

/// Gives an intake up. It can be opened again.
#[server(endpoint = "intakes/abandon", protocol = Wire)]
pub async fn abandon_intake(request: IntakeRequest) -> Result<(), ApiError> {
    crate::ssr::intakes::abandon(request).await
}

/// Opens an abandoned intake again.
#[server(endpoint = "intakes/reopen", protocol = Wire)]
pub async fn reopen_intake(request: IntakeRequest) -> Result<(), ApiError> {
    crate::ssr::intakes::reopen(request).await
}

/// The intake as JSON text, to copy or save. Recorded in the audit trail.
#[server(endpoint = "intakes/export", protocol = Wire)]
pub async fn export_intake(request: IntakeRequest) -> Result<String, ApiError> {
    crate::ssr::intakes::export(request).await
}
