//! The page says that it is still there. It keeps the session, and counts as activity of the sign-in.

use crate::{Error, Service, access};
use domain::{SessionId, person::Principal};
use policy::Action;

/// Notes that the page of a session is there. False when the session is over.
///
/// # Errors
/// `NotFound` when there is no such session here, `Refused` when somebody else started it.
pub async fn heartbeat(
    service: &Service,
    principal: &Principal,
    id: &SessionId,
) -> Result<bool, Error> {
    let workspace = &access::membership(principal)?.workspace;
    let session = service
        .store
        .session(workspace, id)
        .await?
        .ok_or(Error::NotFound)?;
    access::decide(
        principal,
        &Action::DriveSession {
            started_by: &session.user,
        },
    )?;
    let now = service.now();
    service.store.touch_login(&principal.login, now).await?;
    Ok(service
        .store
        .touch_session(workspace, id, &principal.user, now)
        .await?)
}
