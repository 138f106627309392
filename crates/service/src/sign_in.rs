//! Signing in: the same answer, in the same time, for an unknown address and a wrong password.

use crate::{
    Error, Parts, Service,
    record::{Line, shortened},
};
use domain::{
    LoginId, Private, Timestamp,
    audit::{Actor, AuditAction},
    limits::Rate,
    person::SignInAddress,
};
use std::time::Duration;
use store::{NewLogin, Taken, UserRow};

/// The longest password we hash: a bound on the work, far above what people type.
const MAX_PASSWORD_BYTES: usize = 1024;

/// Who tries to sign in.
#[derive(Debug)]
pub struct Attempt {
    /// The address as typed.
    pub email: String,
    /// The password as typed.
    pub password: Private<String>,
    /// The network address it came from, for the throttle.
    pub from: String,
    /// The browser, for the audit trail.
    pub user_agent: String,
}

/// A new sign-in.
#[derive(Debug)]
pub struct SignedIn {
    /// Its id, to be kept in the browser's session.
    pub login: LoginId,
    /// When it ends whatever happens.
    pub absolute_until: Timestamp,
}

/// Signs in.
///
/// # Errors
/// `TooMany` when the account or the network address tried too often; `Invalid` for everything
/// else that is the person's, so that nothing tells which part was wrong.
pub async fn sign_in(service: &Service, attempt: Attempt) -> Result<SignedIn, Error> {
    let address = SignInAddress::parse(&attempt.email).ok();
    throttle(service, address.as_ref(), &attempt.from).await?;

    let user = match &address {
        Some(address) => service
            .store
            .user_by_address(address)
            .await?
            .filter(|user| !user.disabled),
        None => None,
    };
    let fits = password_fits(service, &attempt.password, user.as_ref()).await?;
    match user.filter(|_| fits) {
        Some(user) => open_login(service, &user, &attempt).await,
        None => refuse(service, address.as_ref(), &attempt).await,
    }
}

/// The account's throttle and the network address's, whether or not the account exists.
pub(crate) async fn throttle(
    service: &Service,
    address: Option<&SignInAddress>,
    from: &str,
) -> Result<(), Error> {
    let limits = service.settings.sign_in;
    let account = address.map_or("", SignInAddress::as_str);
    let keys = [
        (
            format!(
                "sign-in/address/{}",
                service.keys.pseudonym("address", from)
            ),
            limits.per_address,
        ),
        (
            format!(
                "sign-in/account/{}",
                service.keys.pseudonym("account", account)
            ),
            limits.per_account,
        ),
    ];
    for (key, rate) in keys {
        if let Taken::Denied { retry_after } = service.store.take(&key, rate).await? {
            note_throttled(service, &key).await?;
            return Err(Error::TooMany {
                retry_after,
                message: "Too many attempts to sign in.",
            });
        }
    }
    Ok(())
}

/// One line per minute and key: a flood must not fill the trail.
async fn note_throttled(service: &Service, key: &str) -> Result<(), Error> {
    let once_a_minute = Rate {
        burst: 1,
        per: Duration::from_secs(60),
    };
    if let Taken::Allowed = service
        .store
        .take(&format!("noted/{key}"), once_a_minute)
        .await?
    {
        let line = Line::new(AuditAction::SignInRefused, Actor::Unknown)
            .with("why", "throttled")
            .with("key", key);
        service.audit_alone(line).await?;
    }
    Ok(())
}

pub(crate) async fn password_fits(
    service: &Service,
    password: &Private<String>,
    user: Option<&UserRow>,
) -> Result<bool, Error> {
    #[expect(
        clippy::disallowed_methods,
        reason = "only its length, to bound the work"
    )]
    if password.expose().len() > MAX_PASSWORD_BYTES {
        return Ok(false);
    }
    let (password, stored) = (
        password.clone(),
        user.map(|user| user.password_hash.clone()),
    );
    let cost = service.settings.password_cost;
    hashing(service, move || {
        vault::verify_password(&password, stored.as_deref(), cost)
    })
    .await
}

/// Runs a hashing on the blocking pool, a bounded number at once. The place is given back when the
/// hashing is over, not when whoever waited for it went away.
pub(crate) async fn hashing<T: Send + 'static>(
    service: &Parts,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let place = std::sync::Arc::clone(&service.hashing)
        .acquire_owned()
        .await;
    let place = place.map_err(|_| Error::Inconsistent("the hashing pool is closed"))?;
    let hashed = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(place);
        done
    });
    hashed
        .await
        .map_err(|_| Error::Inconsistent("hashing a password panicked"))
}

async fn open_login(
    service: &Service,
    user: &UserRow,
    attempt: &Attempt,
) -> Result<SignedIn, Error> {
    let now = service.now();
    let login = service.ids.login(now);
    let absolute_until = now + service.settings.sign_in.absolute;
    let mut tx = service.store.begin().await?;
    tx.create_login(&NewLogin {
        id: login.clone(),
        user: user.id.clone(),
        at: now,
        absolute_until,
    })
    .await?;
    let line = Line::new(AuditAction::SignedIn, Actor::User(user.id.clone()))
        .with("login", login.as_str())
        .with("from", service.keys.pseudonym("address", &attempt.from))
        .with("user_agent", shortened(&attempt.user_agent));
    service.audit(&mut tx, line).await?;
    tx.commit().await?;
    Ok(SignedIn {
        login,
        absolute_until,
    })
}

async fn refuse(
    service: &Service,
    address: Option<&SignInAddress>,
    attempt: &Attempt,
) -> Result<SignedIn, Error> {
    let account = address.map_or("malformed".to_owned(), |address| {
        service.keys.pseudonym("account", address.as_str())
    });
    let line = Line::new(AuditAction::SignInRefused, Actor::Unknown)
        .with("account", account)
        .with("from", service.keys.pseudonym("address", &attempt.from))
        .with("user_agent", shortened(&attempt.user_agent));
    service.audit_alone(line).await?;
    Err(Error::invalid(
        "The email address or the password is not right.",
    ))
}
