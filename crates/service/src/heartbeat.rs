//! The page says that it is still there. It keeps the session, and counts as activity of the sign-in.

use crate::{Error, Service};
use domain::{SessionId, Timestamp, person::Principal};

/// Notes that the page of a session is there. The time on this server's clock; none when the session
/// is over.
///
/// # Errors
/// `NotFound` when there is no such session here, `Refused` when somebody else started it, `TooMany`
/// over the session's rate.
pub async fn heartbeat(
    service: &Service,
    principal: &Principal,
    id: &SessionId,
) -> Result<Option<Timestamp>, Error> {
    let session = service.find_own_session(principal, id).await?;
    service.take_a_request(id).await?;
    let now = service.now();
    service.store.touch_login(&principal.login, now).await?;
    let runs = service
        .store
        .touch_session(&session.workspace, id, &principal.user, now)
        .await?;
    Ok(runs.then_some(now))
}
