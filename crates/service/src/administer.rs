//! What the operator does at the command line: users, the runaway switch, how much may be talked, and
//! whether this database belongs to this key.

use crate::{Error, Service, access::STARTS_STOPPED, end_session, record::Line, sign_in};
use domain::{
    Private, UserId,
    audit::{Actor, AuditAction},
    limits::AllowanceScope,
    person::{Role, SignInAddress},
    session::EndReason,
};
use std::time::Duration;
use store::{NewUser, StoreError};

/// The shortest password a person may choose (NIST SP 800-63B asks for 15 without a second factor;
/// the strength check comes with the account pages).
pub const MIN_PASSWORD: usize = 12;

/// Why the key does not fit the database.
#[derive(Debug, thiserror::Error)]
pub enum KeyCheckError {
    /// The database's values were sealed with another key.
    #[error("this database was sealed with another key")]
    WrongKey,
    /// The database failed.
    #[error("the key could not be checked")]
    Failed(#[source] Error),
}

const KEY_CHECK: &str = "vault_key_check";

/// Binds the database to the key at first, and refuses another key ever after (requirement A67).
///
/// # Errors
/// `WrongKey` when the database's values were sealed with another key.
pub async fn check_key(service: &Service) -> Result<(), KeyCheckError> {
    let failed = |error: StoreError| KeyCheckError::Failed(Error::Store(error));
    let check = service.keys.check();
    match service.store.meta(KEY_CHECK).await.map_err(failed)? {
        Some(stored) if stored == check => Ok(()),
        Some(_) => Err(KeyCheckError::WrongKey),
        None => {
            let mut tx = service.store.begin().await.map_err(failed)?;
            tx.set_meta(KEY_CHECK, &check).await.map_err(failed)?;
            tx.commit().await.map_err(failed)
        }
    }
}

/// A user to make.
#[derive(Debug)]
pub struct CreateUser {
    /// Their address.
    pub address: SignInAddress,
    /// Their name.
    pub name: String,
    /// Their password.
    pub password: Private<String>,
    /// The workspace they join, by name, and what they are there.
    pub member_of: Option<(String, Role)>,
}

/// Makes a user.
///
/// # Errors
/// `Conflict` when the address is taken, `NotFound` when there is no such workspace, `Invalid` when
/// the name is empty or the password too short.
pub async fn create_user(service: &Service, request: CreateUser) -> Result<UserId, Error> {
    let name = request.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Error::invalid("Give a name of at most 100 characters."));
    }
    let password_hash = hash(service, request.password).await?;
    let workspace = match &request.member_of {
        Some((name, role)) => Some((
            service
                .store
                .workspace_by_name(name)
                .await?
                .ok_or(Error::NotFound)?
                .id,
            *role,
        )),
        None => None,
    };
    let now = service.now();
    let user = NewUser {
        id: service.ids.user(now),
        address: request.address,
        name,
        password_hash,
        at: now,
    };
    let mut tx = service.store.begin().await?;
    tx.create_user(&user).await.map_err(|error| match error {
        StoreError::Unique => Error::conflict(
            "address_taken",
            "There is already a user with this address.",
        ),
        other => Error::Store(other),
    })?;
    if let Some((workspace, role)) = &workspace {
        tx.put_member(workspace, &user.id, *role, now).await?;
    }
    let mut line =
        Line::new(AuditAction::UserCreated, Actor::Operator).with("user", user.id.as_str());
    if let Some((workspace, role)) = &workspace {
        line = line.workspace(workspace).with("role", role.as_str());
    }
    service.audit(&mut tx, line).await?;
    tx.commit().await?;
    Ok(user.id)
}

/// Sets a user's password. Their sign-ins end with it.
///
/// # Errors
/// `NotFound` when there is no such user, `Invalid` when the password is too short.
pub async fn reset_password(
    service: &Service,
    address: &SignInAddress,
    password: Private<String>,
) -> Result<(), Error> {
    let user = service
        .store
        .user_by_address(address)
        .await?
        .ok_or(Error::NotFound)?;
    let hash = hash(service, password).await?;
    let mut tx = service.store.begin().await?;
    tx.set_password(&user.id, &hash, service.now()).await?;
    tx.end_logins_of(&user.id, service.now()).await?;
    let line =
        Line::new(AuditAction::PasswordReset, Actor::Operator).with("user", user.id.as_str());
    service.audit(&mut tx, line).await?;
    Ok(tx.commit().await?)
}

/// Ends every session of the server, whichever process drives it, and lets none start until
/// [`allow_starts`]. Calls are hung up by the processes that run. How many there were.
///
/// # Errors
/// When the database fails: then nothing was done.
pub async fn stop_all(service: &Service) -> Result<usize, Error> {
    let mut tx = service.store.begin().await?;
    // Starts take this in turn: whoever comes after it sees that they are stopped.
    tx.lock_starts().await?;
    tx.set_meta(STARTS_STOPPED, &service.now().to_string())
        .await?;
    let mut ended = Vec::new();
    for session in tx.running_sessions().await? {
        let reason = EndReason::Revoked;
        if end_session::end_in(service, &mut tx, &session, reason, Actor::Operator).await? {
            ended.push(session);
        }
    }
    let line = Line::new(AuditAction::SessionsStopped, Actor::Operator)
        .with("what", "server")
        .with("count", ended.len().to_string());
    service.audit(&mut tx, line).await?;
    tx.commit().await?;
    for session in &ended {
        end_session::after(service, session);
    }
    Ok(ended.len())
}

/// Lets sessions start again.
///
/// # Errors
/// When the database fails.
pub async fn allow_starts(service: &Service) -> Result<(), Error> {
    let mut tx = service.store.begin().await?;
    tx.set_meta(STARTS_STOPPED, "").await?;
    let line = Line::new(AuditAction::StartsAllowed, Actor::Operator);
    service.audit(&mut tx, line).await?;
    Ok(tx.commit().await?)
}

/// Whose talking is bounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowanceOf {
    /// Everybody's in the workspace.
    Workspace,
    /// One member's, by their address.
    User(SignInAddress),
    /// That by one workflow, by its short name.
    Workflow(String),
}

/// Sets how much may be talked in a calendar month (UTC); none takes the bound away.
///
/// # Errors
/// `NotFound` when there is no such workspace, member or workflow.
pub async fn set_allowance(
    service: &Service,
    workspace: &str,
    of: &AllowanceOf,
    month: Option<Duration>,
) -> Result<(), Error> {
    let workspace = service
        .store
        .workspace_by_name(workspace)
        .await?
        .ok_or(Error::NotFound)?
        .id;
    let (scope, subject) = match of {
        AllowanceOf::Workspace => (AllowanceScope::Workspace, workspace.to_string()),
        AllowanceOf::User(address) => {
            let user = service.store.user_by_address(address).await?;
            let user = user.ok_or(Error::NotFound)?.id;
            let members = service.store.member_names(&workspace).await?;
            if members.iter().all(|(member, _, _)| *member != user) {
                return Err(Error::NotFound);
            }
            (AllowanceScope::User, user.to_string())
        }
        AllowanceOf::Workflow(slug) => {
            let workflow = service.store.workflow_by_slug(&workspace, slug).await?;
            let workflow = workflow.ok_or(Error::NotFound)?;
            (AllowanceScope::Workflow, workflow.to_string())
        }
    };
    let mut tx = service.store.begin().await?;
    tx.set_allowance(&workspace, scope, &subject, month).await?;
    let minutes = month.map_or_else(
        || "unbounded".to_owned(),
        |month| (month.as_secs() / 60).to_string(),
    );
    let line = Line::new(AuditAction::AllowanceSet, Actor::Operator)
        .workspace(&workspace)
        .with("scope", scope.as_str())
        .with("subject", &subject)
        .with("minutes", minutes);
    service.audit(&mut tx, line).await?;
    Ok(tx.commit().await?)
}

async fn hash(service: &Service, password: Private<String>) -> Result<String, Error> {
    #[expect(clippy::disallowed_methods, reason = "only its length")]
    let length = password.expose().chars().count();
    if length < MIN_PASSWORD {
        return Err(Error::invalid(format!(
            "Use a password of at least {MIN_PASSWORD} characters."
        )));
    }
    let cost = service.settings.password_cost;
    let hashed = sign_in::hashing(service, move || vault::hash_password(&password, cost)).await?;
    hashed.map_err(|_| Error::Inconsistent("a password that cannot be hashed"))
}
