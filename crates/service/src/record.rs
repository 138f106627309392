//! Writing to the record: audit lines, and events for the pages that watch.

use crate::{Error, Parts, Service};
use domain::{
    IntakeId, SessionId, Timestamp, WorkspaceId,
    audit::{Actor, AuditAction, AuditEntry},
    event::RecordEvent,
    incident::Incident,
    session::{Session, SessionState},
    trouble::ProviderTrouble,
};
use store::Tx;

/// Where a request came from, for the trail (requirement A64).
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The network address; the trail gets a pseudonym of it.
    pub address: String,
    /// The browser, as it calls itself.
    pub user_agent: String,
}

/// A browser's name for itself, as much of it as the trail keeps.
pub(crate) fn shortened(user_agent: &str) -> String {
    user_agent
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect()
}

/// One audit line in the making.
pub(crate) struct Line {
    action: AuditAction,
    actor: Actor,
    workspace: Option<WorkspaceId>,
    intake: Option<IntakeId>,
    session: Option<SessionId>,
    details: std::collections::BTreeMap<String, String>,
}

impl Line {
    pub(crate) const fn new(action: AuditAction, actor: Actor) -> Self {
        Self {
            action,
            actor,
            workspace: None,
            intake: None,
            session: None,
            details: std::collections::BTreeMap::new(),
        }
    }

    pub(crate) fn workspace(mut self, workspace: &WorkspaceId) -> Self {
        self.workspace = Some(workspace.clone());
        self
    }

    pub(crate) fn intake(mut self, workspace: &WorkspaceId, intake: &IntakeId) -> Self {
        self.intake = Some(intake.clone());
        self.workspace(workspace)
    }

    pub(crate) fn session(mut self, session: &Session) -> Self {
        self.session = Some(session.id.clone());
        self.intake(&session.workspace, &session.intake)
    }

    /// Adds where the request came from.
    pub(crate) fn coming_from(self, parts: &Parts, origin: &Origin) -> Self {
        self.with("from", parts.keys.pseudonym("address", &origin.address))
            .with("user_agent", shortened(&origin.user_agent))
    }

    /// Adds a short fact of ours. Whatever it holds, nothing sensitive passes the redactor.
    pub(crate) fn with(mut self, name: &str, value: impl AsRef<str>) -> Self {
        let value = redact::Redactor::global()
            .redact(value.as_ref())
            .into_owned();
        self.details.insert(name.to_owned(), value);
        self
    }
}

impl Parts {
    /// Appends an audit line within a transaction: what it records and the record stand or fall together.
    pub(crate) async fn audit(&self, tx: &mut Tx, line: Line) -> Result<(), Error> {
        let now = self.clock.now();
        let entry = AuditEntry {
            id: self.ids.audit(now),
            at: now,
            workspace: line.workspace,
            actor: line.actor,
            action: line.action,
            intake: line.intake,
            session: line.session,
            details: line.details,
        };
        Ok(tx.append_audit(&entry).await?)
    }

    /// Appends an audit line of its own, for what changes nothing else, such as a refusal.
    pub(crate) async fn audit_alone(&self, line: Line) -> Result<(), Error> {
        let mut tx = self.store.begin().await?;
        self.audit(&mut tx, line).await?;
        Ok(tx.commit().await?)
    }
}

/// Writes to the record that a session came to a state, for the pages that watch its intake.
pub(crate) async fn record_state(
    tx: &mut Tx,
    session: &Session,
    state: SessionState,
    at: Timestamp,
) -> Result<(), Error> {
    let event = RecordEvent::Session {
        session: session.id.clone(),
        state,
        deadline_at: session.deadline_at,
    };
    tx.append_event(
        &session.workspace,
        &session.intake,
        Some(&session.id),
        &event,
        at,
    )
    .await?;
    Ok(())
}

/// Writes down that somebody works against a session, for supervisors.
pub(crate) async fn record_incident(
    service: &Service,
    session: &Session,
    incident: Incident,
) -> Result<(), Error> {
    tracing::warn!(session.id = %session.id, what = incident.as_str(), "somebody works against a session");
    let line = Line::new(AuditAction::IncidentFound, Actor::Unknown)
        .session(session)
        .with("what", incident.as_str());
    service.audit_alone(line).await
}

/// Writes down why the provider let a session down, with its own word for it: for whoever pays for it
/// and has to do something about it.
pub(crate) async fn record_trouble(
    service: &Service,
    session: &Session,
    trouble: ProviderTrouble,
    code: Option<String>,
) -> Result<(), Error> {
    let mut line = Line::new(AuditAction::ProviderFailed, Actor::Server)
        .session(session)
        .with("why", trouble.as_str());
    if let Some(code) = code {
        line = line.with("code", code);
    }
    service.audit_alone(line).await
}
