//! Changing the workspace one works in.

use crate::{Error, Service};
use domain::{WorkspaceId, person::Principal};

/// Works in another workspace from now on.
///
/// # Errors
/// `NotFound` when the person is no member of it: an id must not tell that it exists.
pub async fn choose_workspace(
    service: &Service,
    principal: &Principal,
    workspace: &WorkspaceId,
) -> Result<(), Error> {
    let memberships = service.store.memberships(&principal.user).await?;
    if !memberships
        .iter()
        .any(|membership| &membership.workspace == workspace)
    {
        return Err(Error::NotFound);
    }
    Ok(service
        .store
        .choose_workspace(&principal.login, workspace)
        .await?)
}
