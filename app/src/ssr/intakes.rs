//! Intakes: from what the service reads to what the page shows.

use super::{Caller, caller, lead_back, shown};
use crate::api::{
    ApiError,
    intakes::{
        EditFieldRequest, EscalateIntakeRequest, FieldView, IntakeCard, IntakePage, IntakeRequest,
        IntakeStatus, IntakeView, ListIntakesRequest, May, OpenIntakeRequest, SectionView,
        SessionView, TimelineEntry, WaiveFieldRequest,
    },
};
use domain::{
    FieldKey, IntakeId, Private, Timestamp, UserId,
    audit::{Actor, AuditAction, AuditEntry},
    incident::Incident,
    intake::{FieldEntry, SetBy},
    workflow::FieldDefinition,
};
use service::{
    Refusal, Sight,
    close_intake::Closing,
    edit_field::Edit,
    list_intakes::{Row, Wanted},
    read_intake::IntakeRead,
};
use std::collections::BTreeMap;

/// What stands where a value is that the person may not see.
const DOTS: &str = "••••••";

pub(crate) async fn open(request: OpenIntakeRequest) -> Result<IntakeId, ApiError> {
    let caller = caller().map_err(|error| lead_back("/sign-in", error))?;
    let opened =
        service::open_intake::open_intake(caller.service(), &caller.principal, &request.workflow)
            .await;
    let id = opened.map_err(|error| lead_back("/", caller.refuse(error)))?;
    leptos_axum::redirect(&format!("/intakes/{id}"));
    Ok(id)
}

pub(crate) async fn list(request: ListIntakesRequest) -> Result<IntakePage, ApiError> {
    let caller = caller()?;
    let wanted = Wanted {
        workflow: request.workflow,
        status: request.status.map(|status| match status {
            IntakeStatus::Open => service::list_intakes::Status::Open,
            IntakeStatus::Complete => service::list_intakes::Status::Complete,
            IntakeStatus::Escalated => service::list_intakes::Status::Escalated,
            IntakeStatus::Abandoned => service::list_intakes::Status::Abandoned,
        }),
        mine: request.mine,
        from: request
            .from
            .as_deref()
            .map(|day| start_of(day, 0))
            .transpose()?,
        to: request
            .to
            .as_deref()
            .map(|day| start_of(day, 1))
            .transpose()?,
        after: request.after.as_deref().map(page_cursor).transpose()?,
        words: request.words,
    };
    let page = service::list_intakes::list_intakes(caller.service(), &caller.principal, wanted)
        .await
        .map_err(|error| caller.refuse(error))?;
    Ok(IntakePage {
        rows: page.rows.into_iter().map(card).collect(),
        next: page.next.map(|(at, id)| format!("{}.{id}", at.as_micros())),
        sees_all: page.sees_all,
    })
}

/// Midnight UTC of a day, or of so many days after it.
fn start_of(day: &str, days_after: i64) -> Result<Timestamp, ApiError> {
    let invalid = || ApiError::Invalid {
        field: None,
        message: "Give days as year-month-day, such as 2026-11-21.".into(),
    };
    service::list_intakes::start_of_day(day, days_after).ok_or_else(invalid)
}

fn page_cursor(text: &str) -> Result<(Timestamp, IntakeId), ApiError> {
    let (at, id) = text.split_once('.').ok_or(ApiError::Malformed)?;
    let at = at
        .parse()
        .map(Timestamp::from_micros)
        .map_err(|_| ApiError::Malformed)?;
    Ok((at, IntakeId::parse(id).map_err(|_| ApiError::Malformed)?))
}

fn card(row: Row) -> IntakeCard {
    let Row { row, total, mine } = row;
    IntakeCard {
        id: row.id,
        workflow_name: row.workflow_name,
        version: row.version_number,
        opened_by: row.opened_by_name,
        mine,
        opened_at: row.opened_at,
        changed_at: row.changed_at,
        closed_at: row.closed_at,
        status: row.outcome.into(),
        filled: row.filled,
        total,
        running: row.running,
        demo: row.demo,
    }
}

pub(crate) async fn read(request: IntakeRequest) -> Result<IntakeView, ApiError> {
    let caller = caller()?;
    Ok(view(&caller, read_for(&caller, &request.intake).await?))
}

async fn read_for(caller: &Caller, intake: &IntakeId) -> Result<IntakeRead, ApiError> {
    service::read_intake::read_intake(caller.service(), &caller.principal, intake)
        .await
        .map_err(|error| caller.refuse(error))
}

fn view(caller: &Caller, read: IntakeRead) -> IntakeView {
    let name = |user: &UserId| {
        read.names
            .get(user)
            .cloned()
            .unwrap_or_else(|| "A former member".to_owned())
    };
    let definition = &read.version.definition;
    let sections = definition.sections.iter().map(|section| SectionView {
        title: section.title.clone(),
        fields: section
            .fields
            .iter()
            .map(|field| {
                let entry = read.fields.get(&field.key);
                let set_by = entry.map(|entry| match &entry.set_by {
                    SetBy::Model { .. } => "Assistant".to_owned(),
                    SetBy::User { user } => name(user),
                });
                field_view(
                    field,
                    entry,
                    read.intake.waived.contains(&field.key),
                    set_by,
                    read.sight,
                )
            })
            .collect(),
    });
    let sessions = read.sessions.iter().map(|session| SessionView {
        id: session.id.clone(),
        state: session.state,
        started_by: name(&session.user),
        mine: session.user == caller.principal.user,
        started_at: session.started_at,
        live_at: session.live_at,
        deadline_at: session.deadline_at,
        ended_at: session.ended_at,
    });
    IntakeView {
        sections: sections.collect(),
        sessions: sessions.collect(),
        id: read.intake.id,
        workflow_name: definition.name.clone(),
        version: read.version.number,
        disclosure: definition.disclosure.clone(),
        max_minutes: definition.max_minutes,
        connection: definition.connection,
        opened_by: name(&read.intake.opened_by),
        opened_at: read.intake.opened_at,
        changed_at: read.intake.changed_at,
        status: read
            .intake
            .outcome
            .as_ref()
            .map(|closed| closed.outcome)
            .into(),
        closed_at: read.intake.outcome.as_ref().map(|closed| closed.at),
        reason: read.reason.as_ref().map(shown),
        readiness: read.readiness,
        may: May {
            edit: read.may.edit,
            close: read.may.close,
            reopen: read.may.reopen,
            talk: read.may.talk,
            prove: matches!(read.talk_refusal, Some(Refusal::ProveAgain)),
            export: read.may.export,
        },
        talk_refusal: read.talk_refusal.map(|refusal| refusal.to_string()),
        masked: read.sight == Sight::Masked,
        demo: read.intake.demo,
        cursor: read.cursor.to_string(),
    }
}

/// A field as a person may see it.
pub(super) fn field_view(
    field: &FieldDefinition,
    entry: Option<&FieldEntry>,
    waived: bool,
    set_by: Option<String>,
    sight: Sight,
) -> FieldView {
    let see = |value: &Private<String>| {
        if sight == Sight::Masked {
            DOTS.to_owned()
        } else {
            shown(value)
        }
    };
    FieldView {
        key: field.key.clone(),
        label: field.label.clone(),
        question: field.question.clone(),
        help: field.help.clone(),
        kind: field.kind,
        required: field.required,
        sensitive: field.sensitive,
        read_back: field.read_back,
        choices: field.choices.clone(),
        max_length: field.max_length,
        value: entry.map(|entry| see(&entry.value)),
        masked: sight == Sight::Masked && entry.is_some(),
        state: entry.map(|entry| entry.state),
        waived,
        set_by,
        evidence: entry.and_then(|entry| entry.evidence.clone()),
        heard_instead: entry
            .and_then(|entry| entry.heard_instead.as_ref())
            .map(see),
        revision: entry.map_or(0, |entry| entry.revision),
        at: entry.map(|entry| entry.at),
    }
}

pub(crate) async fn timeline(request: IntakeRequest) -> Result<Vec<TimelineEntry>, ApiError> {
    let caller = caller()?;
    let timeline = service::intake_timeline::intake_timeline(
        caller.service(),
        &caller.principal,
        &request.intake,
    )
    .await
    .map_err(|error| caller.refuse(error))?;
    Ok(timeline
        .entries
        .iter()
        .map(|entry| timeline_entry(entry, &timeline.names))
        .collect())
}

fn timeline_entry(entry: &AuditEntry, names: &BTreeMap<UserId, String>) -> TimelineEntry {
    let who = match &entry.actor {
        Actor::User(user) => names
            .get(user)
            .cloned()
            .unwrap_or_else(|| "A former member".to_owned()),
        Actor::Model => "Assistant".to_owned(),
        Actor::Server => "Vestibule".to_owned(),
        Actor::Operator => "Operator".to_owned(),
        Actor::Unknown => "Unknown".to_owned(),
    };
    TimelineEntry {
        at: entry.at,
        who,
        what: sentence(entry),
    }
}

fn sentence(entry: &AuditEntry) -> String {
    let detail = |name: &str| entry.details.get(name).map_or("", String::as_str);
    let spoken = |word: &str| word.replace('_', " ");
    match entry.action {
        AuditAction::IntakeOpened => "opened the intake".to_owned(),
        AuditAction::ConsentRecorded => match detail("how") {
            "read_aloud" => "recorded consent: the disclosure was read aloud".to_owned(),
            _ => "recorded consent: the disclosure was read on screen".to_owned(),
        },
        AuditAction::SessionStarted => match detail("client") {
            "other" => format!("started a {} session for another client", detail("mode")),
            _ => format!("started a {} session", detail("mode")),
        },
        AuditAction::SessionRefused => {
            format!("could not start a session: {}", spoken(detail("why")))
        }
        AuditAction::SecretUsed => "used the session's secret to connect".to_owned(),
        AuditAction::SecretRefused => format!("was refused a secret: {}", spoken(detail("why"))),
        AuditAction::SecretExpired => "let the unused secret expire".to_owned(),
        AuditAction::SecretRevoked => "revoked the unused secret".to_owned(),
        AuditAction::CallTakenOver => "took the call over from a process that was gone".to_owned(),
        AuditAction::IncidentFound => match Incident::parse(detail("what")) {
            Some(incident) => format!("worked against the session: {}", incident.sentence()),
            None => "worked against the session".to_owned(),
        },
        AuditAction::CallConnected => "connected the call".to_owned(),
        AuditAction::CallLive => {
            "verified the call's configuration; the conversation is live".to_owned()
        }
        AuditAction::ProviderFailed => format!(
            "had trouble with the voice service: {}{}",
            spoken(detail("why").trim_start_matches("provider_")),
            match detail("code") {
                "" => String::new(),
                code => format!(" ({code})"),
            }
        ),
        AuditAction::DriftFound if detail("kind") == "on_connect" => format!(
            "put back the settings that another client sent as it connected: {}",
            detail("parts")
        ),
        AuditAction::DriftFound => format!(
            "found the call's configuration changed: {}",
            detail("parts")
        ),
        AuditAction::AnswerRemoved => {
            "answered a tool call from outside; such answers are taken out".to_owned()
        }
        AuditAction::ToolRan => format!("ran {}{}", spoken(detail("tool")), about(detail("field"))),
        AuditAction::ToolRefused => format!(
            "was refused {}{}: {}",
            spoken(detail("tool")),
            about(detail("field")),
            spoken(detail("outcome"))
        ),
        AuditAction::FieldEdited => format!("edited {}", spoken(detail("field"))),
        AuditAction::FieldWaived if detail("waived") == "no" => {
            format!("marked {} as needed again", spoken(detail("field")))
        }
        AuditAction::FieldWaived => format!("marked {} as not needed", spoken(detail("field"))),
        AuditAction::SessionPaused => "paused the conversation".to_owned(),
        AuditAction::SessionResumed => "let the conversation go on".to_owned(),
        AuditAction::SessionEnded => format!("ended the session: {}", spoken(detail("reason"))),
        AuditAction::CallHungUp => "hung up the call".to_owned(),
        AuditAction::IntakeClosed => format!("closed the intake as {}", detail("outcome")),
        AuditAction::IntakeReopened => "opened the intake again".to_owned(),
        AuditAction::IntakeExported => "took the intake out as JSON".to_owned(),
        AuditAction::SignedIn
        | AuditAction::SignInRefused
        | AuditAction::SignedOut
        | AuditAction::UserCreated
        | AuditAction::PasswordProved
        | AuditAction::SessionsStopped
        | AuditAction::StartsAllowed
        | AuditAction::AllowanceSet
        | AuditAction::PasswordReset
        | AuditAction::ProviderChecked => spoken(&entry.action.as_str()),
    }
}

fn about(field: &str) -> String {
    if field.is_empty() {
        String::new()
    } else {
        format!(" for {}", field.replace('_', " "))
    }
}

pub(crate) async fn edit_field(request: EditFieldRequest) -> Result<FieldView, ApiError> {
    let caller = caller()?;
    let edit = Edit {
        intake: request.intake,
        key: request.key,
        value: Private::new(request.value),
        revision: request.revision,
    };
    service::edit_field::edit_field(caller.service(), &caller.principal, &edit)
        .await
        .map_err(|error| caller.refuse(error))?;
    field_now(&caller, &edit.intake, &edit.key).await
}

pub(crate) async fn waive_field(request: WaiveFieldRequest) -> Result<FieldView, ApiError> {
    let caller = caller()?;
    service::waive_field::waive_field(
        caller.service(),
        &caller.principal,
        &request.intake,
        &request.key,
        request.waived,
    )
    .await
    .map_err(|error| caller.refuse(error))?;
    field_now(&caller, &request.intake, &request.key).await
}

async fn field_now(
    caller: &Caller,
    intake: &IntakeId,
    key: &FieldKey,
) -> Result<FieldView, ApiError> {
    let view = view(caller, read_for(caller, intake).await?);
    view.sections
        .into_iter()
        .flat_map(|section| section.fields)
        .find(|field| &field.key == key)
        .ok_or(ApiError::NotFound)
}

pub(crate) async fn finish(request: IntakeRequest) -> Result<(), ApiError> {
    close(&request.intake, &Closing::Finish).await
}

pub(crate) async fn escalate(request: EscalateIntakeRequest) -> Result<(), ApiError> {
    close(
        &request.intake,
        &Closing::Escalate(Private::new(request.reason)),
    )
    .await
}

pub(crate) async fn abandon(request: IntakeRequest) -> Result<(), ApiError> {
    close(&request.intake, &Closing::Abandon).await
}

async fn close(intake: &IntakeId, closing: &Closing) -> Result<(), ApiError> {
    let caller = caller()?;
    service::close_intake::close_intake(caller.service(), &caller.principal, intake, closing)
        .await
        .map_err(|error| caller.refuse(error))
}

pub(crate) async fn reopen(request: IntakeRequest) -> Result<(), ApiError> {
    let caller = caller()?;
    service::reopen_intake::reopen_intake(caller.service(), &caller.principal, &request.intake)
        .await
        .map_err(|error| caller.refuse(error))
}

pub(crate) async fn export(request: IntakeRequest) -> Result<String, ApiError> {
    let caller = caller()?;
    service::export_intake::export_intake(caller.service(), &caller.principal, &request.intake)
        .await
        .map_err(|error| caller.refuse(error))
}
