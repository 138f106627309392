//! Signing out: the sign-in ends on the server, and with it what hangs on it.

use crate::{Error, Service, record::Line};
use domain::{
    audit::{Actor, AuditAction},
    person::Principal,
};

/// Ends the sign-in. Its unused secrets die with it: they are checked against it when used.
///
/// # Errors
/// When the database fails.
pub async fn sign_out(service: &Service, principal: &Principal) -> Result<(), Error> {
    if service
        .store
        .end_login(&principal.login, service.now())
        .await?
    {
        let line = Line::new(AuditAction::SignedOut, Actor::User(principal.user.clone()))
            .with("login", principal.login.as_str());
        service.audit_alone(line).await?;
    }
    Ok(())
}
