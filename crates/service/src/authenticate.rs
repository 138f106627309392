//! From a sign-in to a principal, on every request.

use crate::{Error, Service};
use domain::{LoginId, Timestamp, person::Principal};
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
    let Some(principal) = principal_of(service, login).await? else {
        return Ok(None);
    };
    Ok(Some(principal))
}

/// The same without a request behind it: for a call that runs, an event stream, a secret.
pub(crate) async fn principal_of(
    service: &Service,
    login: &LoginId,
) -> Result<Option<Principal>, Error> {
    let now = service.now();
    let Some(facts) = service
        .store
        .login(login)
        .await?
        .filter(|facts| is_alive(service, facts, now))
    else {
        return Ok(None);
    };
    if now.since(facts.seen_at) >= TOUCH_EVERY {
        service.store.touch_login(login, now).await?;
    }
    let memberships = service.store.memberships(&facts.user).await?;
    let chosen = memberships
        .iter()
        .find(|membership| Some(&membership.workspace) == facts.workspace.as_ref());
    Ok(Some(Principal {
        membership: chosen.or(memberships.first()).cloned(),
        user: facts.user,
        name: facts.name,
        login: facts.login,
        login_expires_at: facts.absolute_until,
    }))
}

fn is_alive(service: &Service, facts: &LoginFacts, now: Timestamp) -> bool {
    let idle = now.since(facts.seen_at) >= service.settings.sign_in.idle;
    !facts.ended && !facts.disabled && !idle && now < facts.absolute_until
}
