//! Stopping conversations of others: one, all of a person, all of a workspace.

use crate::{Error, Service, access, end_session, record::Line};
use domain::{
    SessionId, UserId, WorkflowId,
    audit::{Actor, AuditAction},
    person::Principal,
    session::{EndReason, Session},
    workflow::WorkflowAccess,
};
use policy::Action;
use std::collections::BTreeMap;

/// Which sessions to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// This one.
    Session(SessionId),
    /// All of a person.
    User(UserId),
    /// All of the workspace.
    Workspace,
}

/// Ends the sessions as revoked; their tools are refused from then on and their calls hung up. How many
/// there were: what ended by itself meanwhile does not count.
///
/// # Errors
/// `Refused` for those who supervise nothing here, `NotFound` for a session that is none of this
/// workspace, or that the person may not stop.
pub async fn stop_sessions(
    service: &Service,
    principal: &Principal,
    stop: &Stop,
) -> Result<usize, Error> {
    access::decide(principal, &Action::Supervise)?;
    let wanted = |session: &Session| match stop {
        Stop::Session(id) => &session.id == id,
        Stop::User(user) => &session.user == user,
        Stop::Workspace => true,
    };
    let mut sessions = stoppable(service, principal).await?;
    sessions.retain(wanted);
    if let Stop::Session(id) = stop
        && sessions.is_empty()
    {
        let workspace = &access::membership(principal)?.workspace;
        // One that is over needs no stopping; one that is not to be seen does not exist.
        let session = service.store.session(workspace, id).await?;
        return match session {
            Some(session) if !session.state.is_running() => Ok(0),
            _ => Err(Error::NotFound),
        };
    }
    let actor = || Actor::User(principal.user.clone());
    let mut tx = service.store.begin().await?;
    let mut ended = Vec::new();
    for session in &sessions {
        if end_session::end_in(service, &mut tx, session, EndReason::Revoked, actor()).await? {
            ended.push(session);
        }
    }
    if !ended.is_empty() {
        let what = match stop {
            Stop::Session(_) => "session",
            Stop::User(_) => "user",
            Stop::Workspace => "workspace",
        };
        let mut line = Line::new(AuditAction::SessionsStopped, actor())
            .workspace(&access::membership(principal)?.workspace)
            .with("what", what)
            .with("count", ended.len().to_string());
        if let Stop::User(user) = stop {
            line = line.with("user", user.as_str());
        }
        service.audit(&mut tx, line).await?;
    }
    tx.commit().await?;
    for session in &ended {
        end_session::after(service, session);
    }
    Ok(ended.len())
}

/// The running sessions of the workspace that the person may stop, the oldest first.
pub(crate) async fn stoppable(
    service: &Service,
    principal: &Principal,
) -> Result<Vec<Session>, Error> {
    let workspace = &access::membership(principal)?.workspace;
    let workflows: BTreeMap<WorkflowId, WorkflowAccess> = service
        .store
        .workflow_access(workspace)
        .await?
        .into_iter()
        .collect();
    let mut stoppable = service.store.running_in(workspace).await?;
    stoppable.retain(|session| {
        workflows.get(&session.workflow).is_some_and(|access| {
            let action = Action::StopSession {
                started_by: &session.user,
                access,
            };
            access::may(principal, &action)
        })
    });
    Ok(stoppable)
}
