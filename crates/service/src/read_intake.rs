//! Reading one intake, as the person may see it.

use crate::{
    Error, Service,
    access::{self, Found, Sight},
    watch_intake::Cursor,
};
use domain::{
    FieldKey, IntakeId, Private, UserId,
    intake::{FieldEntry, Intake, Outcome, Readiness},
    person::Principal,
    session::{ClientKind, Session},
    workflow::WorkflowVersion,
};
use policy::Action;
use std::collections::BTreeMap;

/// An intake with everything its page shows.
#[derive(Debug)]
pub struct IntakeRead {
    /// The intake.
    pub intake: Intake,
    /// The version it asks by.
    pub version: WorkflowVersion,
    /// The values, opened.
    pub fields: BTreeMap<FieldKey, FieldEntry>,
    /// What stands between it and completion.
    pub readiness: Readiness,
    /// Why it was escalated.
    pub reason: Option<Private<String>>,
    /// Its sessions, newest first.
    pub sessions: Vec<Session>,
    /// Names of the people on it.
    pub names: BTreeMap<UserId, String>,
    /// Whether the person sees values or dots.
    pub sight: Sight,
    /// What the person may do now.
    pub may: May,
    /// Why the person may not talk now, if so.
    pub talk_refusal: Option<policy::Refusal>,
    /// Where the event stream goes on.
    pub cursor: Cursor,
}

/// What a person may do with an intake.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "five independent answers to five independent questions"
)]
pub struct May {
    /// Edit and waive fields.
    pub edit: bool,
    /// Finish, escalate, abandon.
    pub close: bool,
    /// Open it again.
    pub reopen: bool,
    /// Start to talk.
    pub talk: bool,
    /// Copy it out.
    pub export: bool,
}

/// Reads an intake.
///
/// # Errors
/// `NotFound` when there is none in this workspace that the person may read.
pub async fn read_intake(
    service: &Service,
    principal: &Principal,
    id: &IntakeId,
) -> Result<IntakeRead, Error> {
    // The cursor is taken first: what happens while we read is told again by the stream, never lost.
    let workspace = access::membership(principal)?.workspace.clone();
    let cursor = Cursor::at(service, &workspace, id).await?;
    let found = service.find_intake(principal, id).await?;
    let stored = service.store.fields(&workspace, id).await?;
    let fields = service.open_fields(id, &found.version.definition, &stored)?;
    let mut sessions = service.store.sessions_of_intake(&workspace, id).await?;
    sessions.reverse();
    let talk = may_talk(service, principal, &found).await?;
    let names = service.names_in(&workspace).await?;
    let reason = found
        .stored
        .reason
        .as_ref()
        .map(|reason| service.open_reason(id, reason))
        .transpose()?;
    let abandoned = found
        .stored
        .intake
        .outcome
        .as_ref()
        .is_some_and(|closed| closed.outcome == Outcome::Abandoned);
    let may = May {
        edit: access::may(principal, &Action::EditIntake(found.facts())),
        close: access::may(principal, &Action::CloseIntake(found.facts())),
        reopen: abandoned && access::may(principal, &Action::ReopenIntake(found.facts())),
        talk: talk.is_none(),
        export: access::may(principal, &Action::ExportIntake(found.facts())),
    };
    Ok(IntakeRead {
        readiness: Readiness::of(
            &found.version.definition,
            &fields,
            &found.stored.intake.waived,
        ),
        reason: reason.filter(|_| found.sight == Sight::Full),
        sight: found.sight,
        intake: found.stored.intake,
        version: found.version,
        fields,
        sessions,
        names,
        may,
        talk_refusal: talk,
        cursor,
    })
}

/// Whether Start would be refused, so that the page can say so before anybody speaks.
async fn may_talk(
    service: &Service,
    principal: &Principal,
    found: &Found,
) -> Result<Option<policy::Refusal>, Error> {
    let workspace = service
        .store
        .workspace(&found.version.workspace)
        .await?
        .ok_or(Error::NotFound)?;
    let mut start = service.start_facts(
        &workspace,
        &found.version.definition,
        true,
        ClientKind::OurPage,
    );
    start.stopped = service.starts_are_stopped().await?;
    let intake = &found.stored.intake;
    let since = service.now().month_began();
    let talk = service
        .store
        .talk(access::spender(principal, intake), since)
        .await?;
    let limits = &service.settings.sessions;
    access::count_talk(&mut start, &talk, &found.version.definition, limits);
    match policy::decide(
        principal,
        &Action::StartSession {
            intake: found.facts(),
            state: found.version.state,
            start: &start,
        },
    ) {
        policy::Decision::Allow(_) => Ok(None),
        policy::Decision::Deny(refusal) => Ok(Some(refusal)),
    }
}
