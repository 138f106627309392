//! From a sign-in to a principal, on every request.

use crate::{Error, Service};
use domain::{
    LoginId, Timestamp, WorkspaceId,
    person::{Membership, Principal},
};
use std::time::Duration;
use store::LoginFacts;

/// Activity is written down at most this often, so that reading a page is not a write.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// Who a sign-in belongs to, and that counts as activity. None when it ended, was idle for too long,
/// or the user is disabled.
///
/// # Errors
/// When the database fails.
pub async fn authenticate(service: &Service, login: &LoginId) -> Result<Option<Principal>, Error> {
    let Some((principal, seen_at)) = look_up(service, login).await? else {
        return Ok(None);
    };
    let now = service.now();
    if now.since(seen_at) >= TOUCH_EVERY {
        service.store.touch_login(login, now).await?;
    }
    Ok(Some(principal))
}

/// The same without counting as activity: for what goes on by itself, such as an event stream that
/// a page opens again after a break.
///
/// # Errors
/// When the database fails.
pub async fn recognise(service: &Service, login: &LoginId) -> Result<Option<Principal>, Error> {
    Ok(look_up(service, login)
        .await?
        .map(|(principal, _)| principal))
}

/// The person of a sign-in as a member of that workspace, whatever they work in on their page. None
/// when the sign-in is over or they are no member there.
///
/// # Errors
/// When the database fails.
pub(crate) async fn recognise_in(
    service: &Service,
    login: &LoginId,
    workspace: &WorkspaceId,
) -> Result<Option<Principal>, Error> {
    let Some((facts, memberships)) = alive(service, login).await? else {
        return Ok(None);
    };
    let membership = memberships
        .into_iter()
        .find(|membership| &membership.workspace == workspace);
    Ok(membership.map(|membership| principal(facts, Some(membership))))
}

async fn look_up(
    service: &Service,
    login: &LoginId,
) -> Result<Option<(Principal, Timestamp)>, Error> {
    let Some((facts, memberships)) = alive(service, login).await? else {
        return Ok(None);
    };
    let chosen = memberships
        .iter()
        .find(|membership| Some(&membership.workspace) == facts.workspace.as_ref())
        .or(memberships.first())
        .cloned();
    let seen_at = facts.seen_at;
    Ok(Some((principal(facts, chosen), seen_at)))
}

/// A sign-in that is not over, and where its person is a member.
async fn alive(
    service: &Service,
    login: &LoginId,
) -> Result<Option<(LoginFacts, Vec<Membership>)>, Error> {
    let now = service.now();
    let Some(facts) = service
        .store
        .login(login)
        .await?
        .filter(|facts| is_alive(service, facts, now))
    else {
        return Ok(None);
    };
    let memberships = service.store.memberships(&facts.user).await?;
    Ok(Some((facts, memberships)))
}

fn principal(facts: LoginFacts, membership: Option<Membership>) -> Principal {
    Principal {
        membership,
        user: facts.user,
        name: facts.name,
        login: facts.login,
        login_expires_at: facts.absolute_until,
    }
}

fn is_alive(service: &Service, facts: &LoginFacts, now: Timestamp) -> bool {
    let idle = now.since(facts.seen_at) >= service.settings.sign_in.idle;
    !facts.ended && !facts.disabled && !idle && now < facts.absolute_until
}
