//! The facts that most decisions need, and asking policy. An intake is only ever handed out together
//! with the decision that allowed it.

use crate::{Error, Parts};
use domain::{
    IntakeId, SessionId, UserId, WorkflowId, WorkspaceId,
    intake::Intake,
    limits::SessionLimits,
    person::{Membership, Principal},
    session::{ClientKind, Session},
    workflow::{WorkflowDefinition, WorkflowVersion},
};
pub use policy::Sight;
use policy::{Action, Decision, IntakeFacts, Reach, StartFacts};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use store::{Readable, Spender, StoredIntake, Taken, Talk, Workspace};

/// The fact about the database that says that the operator has stopped all starts, and when.
pub(crate) const STARTS_STOPPED: &str = "starts_stopped";

/// Whether the value of [`STARTS_STOPPED`] says so.
pub(crate) fn is_stop(value: Option<String>) -> bool {
    value.is_some_and(|value| !value.is_empty())
}

/// Whose talking a session of that person on that intake would be.
pub(crate) fn spender<'a>(principal: &'a Principal, intake: &'a Intake) -> Spender<'a> {
    Spender {
        workspace: &intake.workspace,
        user: &principal.user,
        login: &principal.login,
        workflow: &intake.workflow,
        intake: &intake.id,
    }
}

/// Adds to what a start is decided by what was talked already.
pub(crate) fn count_talk(
    facts: &mut StartFacts,
    talk: &Talk,
    definition: &WorkflowDefinition,
    limits: &SessionLimits,
) {
    let whole = Duration::from_secs(u64::from(definition.max_minutes) * 60);
    facts.intake_left = whole.saturating_sub(talk.on_intake);
    facts.proof_left = limits.prove_again.saturating_sub(talk.in_login);
    facts.allowance = talk
        .allowances
        .iter()
        .copied()
        .min_by_key(|allowance| allowance.left);
}

/// The workspace a principal works in.
pub(crate) fn membership(principal: &Principal) -> Result<&Membership, Error> {
    principal
        .membership
        .as_ref()
        .ok_or(Error::Refused(policy::Refusal::NoWorkspace))
}

/// Asks policy.
pub(crate) fn decide(principal: &Principal, action: &Action<'_>) -> Result<Sight, Error> {
    match policy::decide(principal, action) {
        Decision::Allow(sight) => Ok(sight),
        Decision::Deny(refusal) => Err(Error::Refused(refusal)),
    }
}

/// Whether policy would allow it.
pub(crate) fn may(principal: &Principal, action: &Action<'_>) -> bool {
    matches!(policy::decide(principal, action), Decision::Allow(_))
}

/// An intake with its version, readable by the principal who asked for it.
pub(crate) struct Found {
    pub(crate) stored: StoredIntake,
    pub(crate) version: WorkflowVersion,
    pub(crate) sight: Sight,
}

impl Found {
    pub(crate) fn facts(&self) -> IntakeFacts<'_> {
        facts(&self.stored.intake, &self.version)
    }
}

/// What policy wants to know of an intake.
pub(crate) fn facts<'a>(intake: &'a Intake, version: &'a WorkflowVersion) -> IntakeFacts<'a> {
    IntakeFacts {
        access: &version.access,
        opened_by: &intake.opened_by,
        open: intake.is_open(),
    }
}

/// What a person may list, and in which of its workflows the values are masked.
pub(crate) struct Reading {
    pub(crate) readable: Readable,
    pub(crate) masked: BTreeSet<WorkflowId>,
}

impl Parts {
    /// What a person may list where they work; of archived workflows too.
    pub(crate) async fn reading(&self, principal: &Principal) -> Result<Reading, Error> {
        let workspace = &membership(principal)?.workspace;
        let mut masked = BTreeSet::new();
        let mut readable = Readable {
            all_of: Vec::new(),
            mine_of: Vec::new(),
            reader: principal.user.clone(),
        };
        for (workflow, access) in self.store.workflow_access(workspace).await? {
            match policy::reach(principal, &access) {
                Reach::All => readable.all_of.push(workflow),
                Reach::AllMasked => {
                    masked.insert(workflow.clone());
                    readable.all_of.push(workflow);
                }
                Reach::Mine => readable.mine_of.push(workflow),
                Reach::None => {}
            }
        }
        Ok(Reading { readable, masked })
    }

    /// Finds an intake in the principal's workspace. One that they may not read is not found:
    /// an id must not tell that it exists.
    pub(crate) async fn find_intake(
        &self,
        principal: &Principal,
        id: &IntakeId,
    ) -> Result<Found, Error> {
        let workspace = &membership(principal)?.workspace;
        let stored = self
            .store
            .intake(workspace, id)
            .await?
            .ok_or(Error::NotFound)?;
        let version = self.version_of(workspace, &stored.intake).await?;
        let sight = match policy::decide(
            principal,
            &Action::ReadIntake(facts(&stored.intake, &version)),
        ) {
            Decision::Allow(sight) => sight,
            Decision::Deny(_) => return Err(Error::NotFound),
        };
        Ok(Found {
            stored,
            version,
            sight,
        })
    }

    /// Finds a session that the principal drives: one that they started, in their workspace.
    pub(crate) async fn find_own_session(
        &self,
        principal: &Principal,
        id: &SessionId,
    ) -> Result<Session, Error> {
        let workspace = &membership(principal)?.workspace;
        let session = self
            .store
            .session(workspace, id)
            .await?
            .ok_or(Error::NotFound)?;
        decide(
            principal,
            &Action::DriveSession {
                started_by: &session.user,
            },
        )?;
        Ok(session)
    }

    /// Takes one request of a session's rate (requirement A36).
    pub(crate) async fn take_a_request(&self, session: &SessionId) -> Result<(), Error> {
        let key = format!("session-requests/{session}");
        match self
            .store
            .take(&key, self.settings.sessions.requests)
            .await?
        {
            Taken::Allowed => Ok(()),
            Taken::Denied { retry_after } => Err(Error::TooMany {
                retry_after,
                message: "This conversation asked for much in a short time.",
            }),
        }
    }

    /// The names of a workspace's members.
    pub(crate) async fn names_in(
        &self,
        workspace: &WorkspaceId,
    ) -> Result<BTreeMap<UserId, String>, Error> {
        let members = self.store.member_names(workspace).await?;
        Ok(members
            .into_iter()
            .map(|(user, name, _)| (user, name))
            .collect())
    }

    /// What a start is decided by, before anything is counted.
    pub(crate) fn start_facts(
        &self,
        workspace: &Workspace,
        definition: &WorkflowDefinition,
        consent: bool,
        client: ClientKind,
    ) -> StartFacts {
        StartFacts {
            voice_enabled: workspace.voice_enabled,
            consent,
            running_of_user: 0,
            running_of_workspace: 0,
            running_on_server: 0,
            stopped: false,
            intake_left: Duration::MAX,
            allowance: None,
            proof_left: Duration::MAX,
            limits: self.settings.sessions,
            sealed_supported: self.provider.profile().sealed,
            direct_allowed: self.settings.direct_allowed,
            mode: definition.connection,
            client,
            open_to_other_clients: definition.open_to_other_clients,
        }
    }

    /// Whether the operator has stopped all starts.
    pub(crate) async fn starts_are_stopped(&self) -> Result<bool, Error> {
        Ok(is_stop(self.store.meta(STARTS_STOPPED).await?))
    }

    /// The version an intake asks by.
    pub(crate) async fn version_of(
        &self,
        workspace: &WorkspaceId,
        intake: &Intake,
    ) -> Result<WorkflowVersion, Error> {
        self.store
            .version(workspace, &intake.version)
            .await?
            .ok_or(Error::Inconsistent("an intake without its version"))
    }
}
