//! Demo data: a workspace, one sign-in per role, workflows and a handful of finished intakes, all
//! marked as demo. Installed once; a second time does nothing.

use crate::{Error, Service, record::Line, sign_in};
use domain::{
    FieldKey, Private, UserId, WorkspaceId,
    audit::{Actor, AuditAction},
    intake::{FieldState, Intake, Outcome, SetBy},
    person::{Role, SignInAddress},
    workflow::{WorkflowAccess, WorkflowDefinition, WorkflowVersion, normalise},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use store::{NewUser, NewWorkflow, StoredField};

/// The demo, as the operator's files say it.
#[derive(Debug)]
pub struct Demo {
    /// The workspace's name.
    pub workspace: String,
    /// The people.
    pub people: Vec<DemoPerson>,
    /// The workflows: a short name for addresses, and what each asks.
    pub workflows: Vec<(String, WorkflowDefinition)>,
    /// The finished intakes.
    pub intakes: Vec<DemoIntake>,
}

/// A person of the demo.
#[derive(Debug)]
pub struct DemoPerson {
    /// Their address.
    pub address: SignInAddress,
    /// Their name.
    pub name: String,
    /// What they are.
    pub role: Role,
}

/// A finished intake of the demo.
#[derive(Debug)]
pub struct DemoIntake {
    /// The workflow's short name.
    pub workflow: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was escalated.
    pub reason: Option<String>,
    /// How long ago it was opened.
    pub age: Duration,
    /// Its values.
    pub values: BTreeMap<FieldKey, String>,
}

/// A sign-in that was made.
#[derive(Debug)]
pub struct DemoSignIn {
    /// The address.
    pub address: String,
    /// What the person is.
    pub role: Role,
    /// The random password, shown once.
    pub password: Private<String>,
}

/// Installs the demo. None when the workspace is there already.
///
/// # Errors
/// `Invalid` when a definition or value of the demo does not fit.
pub async fn install_demo(service: &Service, demo: Demo) -> Result<Option<Vec<DemoSignIn>>, Error> {
    if service
        .store
        .workspace_by_name(&demo.workspace)
        .await?
        .is_some()
    {
        return Ok(None);
    }
    let mut people = Vec::new();
    for person in demo.people {
        let password = service.ids.password();
        let (plain, cost) = (password.clone(), service.settings.password_cost);
        let hash = sign_in::hashing(service, move || vault::hash_password(&plain, cost)).await?;
        people.push((
            person,
            password,
            hash.map_err(|_| Error::Inconsistent("a password that cannot be hashed"))?,
        ));
    }
    for (_, definition) in &demo.workflows {
        definition
            .check()
            .map_err(|problem| Error::invalid(format!("{}: {problem}", definition.name)))?;
    }

    let now = service.now();
    let workspace = service.ids.workspace(now);
    let mut tx = service.store.begin().await?;
    tx.create_workspace(&workspace, &demo.workspace, now)
        .await?;
    tx.set_voice(&workspace, true).await?;
    let (mut made, mut staff) = (Vec::new(), None);
    for (person, password, password_hash) in people {
        let id = service.ids.user(now);
        let address = person.address.as_str().to_owned();
        tx.create_user(&NewUser {
            id: id.clone(),
            address: person.address,
            name: person.name,
            password_hash,
            at: now,
        })
        .await?;
        tx.put_member(&workspace, &id, person.role, now).await?;
        let line = Line::new(AuditAction::UserCreated, Actor::Operator)
            .workspace(&workspace)
            .with("user", id.as_str());
        service.audit(&mut tx, line).await?;
        if person.role == Role::Staff {
            staff = Some(id);
        }
        made.push(DemoSignIn {
            address,
            role: person.role,
            password,
        });
    }
    let mut versions = BTreeMap::new();
    for (slug, definition) in demo.workflows {
        let (workflow, version) = (service.ids.workflow(now), service.ids.version(now));
        let access = WorkflowAccess::default();
        tx.create_workflow(&NewWorkflow {
            id: workflow.clone(),
            workspace: workspace.clone(),
            slug: slug.clone(),
            access: access.clone(),
            at: now,
        })
        .await?;
        let number = tx
            .publish_version(&workspace, &workflow, &version, &definition, now)
            .await?;
        let state = domain::workflow::VersionState::Published;
        versions.insert(
            slug,
            WorkflowVersion {
                id: version,
                workflow,
                workspace: workspace.clone(),
                number,
                state,
                access,
                definition,
                published_at: Some(now),
            },
        );
    }
    let staff = staff.ok_or(Error::Inconsistent("a demo without staff"))?;
    for intake in &demo.intakes {
        let version = versions
            .get(&intake.workflow)
            .ok_or(Error::Inconsistent("a demo intake of no workflow"))?;
        put_intake(service, &mut tx, &workspace, &staff, version, intake).await?;
    }
    tx.commit().await?;
    Ok(Some(made))
}

async fn put_intake(
    service: &Service,
    tx: &mut store::Tx,
    workspace: &WorkspaceId,
    staff: &UserId,
    version: &WorkflowVersion,
    demo: &DemoIntake,
) -> Result<(), Error> {
    let opened_at = service.now().before(demo.age);
    let closed_at = opened_at + Duration::from_secs(7 * 60);
    let intake = Intake {
        id: service.ids.intake(opened_at),
        workspace: workspace.clone(),
        workflow: version.workflow.clone(),
        version: version.id.clone(),
        opened_by: staff.clone(),
        opened_at,
        changed_at: closed_at,
        outcome: None,
        waived: BTreeSet::new(),
        demo: true,
    };
    tx.create_intake(&intake).await?;
    for (key, raw) in &demo.values {
        let field = version
            .definition
            .field(key)
            .ok_or_else(|| Error::invalid(format!("demo: no field {key}")))?;
        let value = normalise(field, raw)
            .map_err(|problem| Error::invalid(format!("demo: {key}: {problem}")))?;
        let stored = StoredField {
            key: key.clone(),
            value: service.field_at_rest(&intake.id, field, &Private::new(value))?,
            state: FieldState::Edited,
            set_by: SetBy::User {
                user: staff.clone(),
            },
            evidence: None,
            heard_instead: None,
            revision: 1,
            at: closed_at,
        };
        tx.put_field(workspace, &intake.id, &stored).await?;
    }
    let reason = demo
        .reason
        .as_ref()
        .map(|reason| service.reason_at_rest(&intake.id, &Private::new(reason.clone())))
        .transpose()?;
    tx.close_intake(
        workspace,
        &intake.id,
        demo.outcome,
        closed_at,
        reason.as_ref(),
    )
    .await?;
    let line = Line::new(AuditAction::IntakeClosed, Actor::Operator)
        .intake(workspace, &intake.id)
        .with("outcome", demo.outcome.as_str())
        .with("demo", "yes");
    service.audit(tx, line).await
}
