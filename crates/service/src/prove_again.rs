//! Giving the password again: after much talking in one sign-in it is asked for, so that a browser that
//! was left open does not talk on for somebody else.

use crate::{Error, Service, control::Command, record::Line, sign_in};
use domain::{
    Private,
    audit::{Actor, AuditAction},
    person::{Principal, SignInAddress},
};

/// Takes the password of the one who is signed in. A conversation that waits for it goes on.
///
/// # Errors
/// `TooMany` when the account or the network address tried too often, `Invalid` when it is not the
/// password, `SignedOut` when the sign-in ended meanwhile.
pub async fn prove_again(
    service: &Service,
    principal: &Principal,
    password: &Private<String>,
    from: &str,
) -> Result<(), Error> {
    let user = service
        .store
        .user(&principal.user)
        .await?
        .ok_or(Error::SignedOut)?;
    let address = SignInAddress::parse(&user.address).ok();
    sign_in::throttle(service, address.as_ref(), from).await?;
    if !sign_in::password_fits(service, password, Some(&user)).await? {
        let line = Line::new(
            AuditAction::SignInRefused,
            Actor::User(principal.user.clone()),
        )
        .with("why", "proof")
        .with("login", principal.login.as_str());
        service.audit_alone(line).await?;
        return Err(Error::invalid("The password is not right."));
    }
    let mut tx = service.store.begin().await?;
    if !tx.prove_login(&principal.login, service.now()).await? {
        return Err(Error::SignedOut);
    }
    let line = Line::new(
        AuditAction::PasswordProved,
        Actor::User(principal.user.clone()),
    )
    .with("login", principal.login.as_str());
    service.audit(&mut tx, line).await?;
    tx.commit().await?;
    for session in service
        .store
        .running_of_login(&principal.user, &principal.login)
        .await?
    {
        service.hub.command(&session.id, Command::Proved);
    }
    Ok(())
}
