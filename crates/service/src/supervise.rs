//! What runs now and what went wrong lately, for those who supervise.

use crate::{Error, Service, access, check_provider, stop_sessions};
use domain::{
    IntakeId, SessionId, Timestamp, UserId,
    audit::AuditAction,
    incident::Incident,
    person::{Principal, Role},
    provider_check::residual_risks,
    session::{ClientKind, SessionState},
    workflow::ConnectionMode,
};
use policy::Action;
use std::collections::BTreeMap;

/// Incidents shown: the newest ones.
const INCIDENTS: u32 = 20;

/// A running session.
#[derive(Debug)]
pub struct RunningSession {
    /// The session.
    pub session: SessionId,
    /// The intake it fills.
    pub intake: IntakeId,
    /// The workflow's name.
    pub workflow_name: String,
    /// Who talks.
    pub user: UserId,
    /// Their name.
    pub user_name: String,
    /// Where it stands.
    pub state: SessionState,
    /// How the browser reaches the provider.
    pub mode: ConnectionMode,
    /// Which kind of client talks.
    pub client: ClientKind,
    /// Whether staff silenced both sides.
    pub paused: bool,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it must be over.
    pub deadline_at: Timestamp,
}

/// Somebody worked against a session.
#[derive(Debug)]
pub struct FoundIncident {
    /// When.
    pub at: Timestamp,
    /// What they did.
    pub incident: Incident,
    /// In which session.
    pub session: SessionId,
    /// On which intake.
    pub intake: IntakeId,
}

/// What the connection to the provider cannot promise, as far as a check of it told (promise 9).
#[derive(Debug)]
pub struct Enforcement {
    /// When the provider was last checked, if it was.
    pub checked_at: Option<Timestamp>,
    /// The modes that the workspace's workflows use, each with what remains possible in it.
    pub modes: Vec<(ConnectionMode, Vec<&'static str>)>,
}

/// What those who supervise see.
#[derive(Debug)]
pub struct Supervision {
    /// What runs now, the oldest first.
    pub running: Vec<RunningSession>,
    /// What was found lately, the newest first.
    pub incidents: Vec<FoundIncident>,
    /// Whether the operator has stopped all starts.
    pub stopped: bool,
    /// What the connection cannot promise; for admins.
    pub enforcement: Option<Enforcement>,
    /// The server's time.
    pub now: Timestamp,
}

/// The running sessions that the person may stop, and the latest incidents of the workspace.
///
/// # Errors
/// `Refused` for those who supervise nothing.
pub async fn supervise(service: &Service, principal: &Principal) -> Result<Supervision, Error> {
    access::decide(principal, &Action::Supervise)?;
    let workspace = &access::membership(principal)?.workspace;
    let names = service.names_in(workspace).await?;
    let mut workflows = BTreeMap::new();
    let mut running = Vec::new();
    for session in stop_sessions::stoppable(service, principal).await? {
        let name = match workflows.get(&session.version) {
            Some(name) => String::clone(name),
            None => {
                let version = service.store.version(workspace, &session.version).await?;
                let name = version.map_or_else(String::new, |version| version.definition.name);
                workflows.insert(session.version.clone(), name.clone());
                name
            }
        };
        running.push(RunningSession {
            workflow_name: name,
            user_name: names
                .get(&session.user)
                .cloned()
                .unwrap_or_else(|| "A former member".to_owned()),
            session: session.id,
            intake: session.intake,
            user: session.user,
            state: session.state,
            mode: session.mode,
            client: session.client,
            paused: session.paused_at.is_some(),
            started_at: session.started_at,
            deadline_at: session.deadline_at,
        });
    }
    let found = service
        .store
        .audit_of_action(workspace, AuditAction::IncidentFound, INCIDENTS)
        .await?;
    let incidents = found.into_iter().filter_map(|entry| {
        Some(FoundIncident {
            at: entry.at,
            incident: Incident::parse(entry.details.get("what")?)?,
            session: entry.session?,
            intake: entry.intake?,
        })
    });
    Ok(Supervision {
        running,
        incidents: incidents.collect(),
        stopped: service.starts_are_stopped().await?,
        enforcement: enforcement(service, principal).await?,
        now: service.now(),
    })
}

async fn enforcement(
    service: &Service,
    principal: &Principal,
) -> Result<Option<Enforcement>, Error> {
    let membership = access::membership(principal)?;
    if membership.role != Role::Admin {
        return Ok(None);
    }
    let check = check_provider::last_check(&service.store, service.provider.profile()).await?;
    let published = service.store.published(&membership.workspace).await?;
    let modes = ConnectionMode::ALL
        .into_iter()
        .filter(|mode| {
            published
                .iter()
                .any(|version| version.definition.connection == *mode)
        })
        .map(|mode| (mode, residual_risks(mode, check.as_ref())));
    Ok(Some(Enforcement {
        modes: modes.collect(),
        checked_at: check.map(|check| check.at),
    }))
}
