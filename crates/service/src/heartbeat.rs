//! The page says that it is still there. It keeps the session, and counts as activity of the sign-in.

use crate::{Error, Service};
use domain::{SessionId, person::Principal};

/// Notes that the page of a session is there. False when the session is over.
///
/// # Errors
/// `NotFound` when there is no such session here, `Refused` when somebody else started it.
pub async fn heartbeat(
    service: &Service,
    principal: &Principal,
    id: &SessionId,
) -> Result<bool, Error> {
    let session = service.find_own_session(principal, id).await?;
    let now = service.now();
    service.store.touch_login(&principal.login, now).await?;
    Ok(service
        .store
        .touch_session(&session.workspace, id, &principal.user, now)
        .await?)
}
