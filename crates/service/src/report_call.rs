//! Naming a call: in a direct session the browser makes the call itself and says which it is. Nothing
//! is believed before the call shows this session's tag (promise 4).

use crate::{
    Error, Origin, Service,
    control::{self, Driven},
    end_session,
    record::{Line, record_incident, record_state},
};
use domain::{
    ProviderCallId, SessionId,
    audit::{Actor, AuditAction},
    incident::Incident,
    person::Principal,
    session::{EndReason, Session, SessionState},
    workflow::ConnectionMode,
};
use store::StoreError;

/// What every call id begins with.
const PREFIX: &str = "rtc_";
/// The longest there is, without what it begins with.
const LONGEST: usize = 128;

/// A call's id as a browser says it; none when it cannot be one (product: direct).
#[must_use]
pub fn parse_call(text: &str) -> Option<ProviderCallId> {
    let rest = text.strip_prefix(PREFIX)?;
    if rest.is_empty() || rest.len() > LONGEST {
        return None;
    }
    ProviderCallId::parse(text).ok()
}

/// Takes the call that the page made. Naming the same call twice does nothing; naming another, or one
/// that is somebody else's, ends the session as tampered.
///
/// # Errors
/// `NotFound` and `Refused` as for everything that drives a session, `TooMany` over its rate, `Conflict`
/// when it waits for no call.
pub async fn report_call(
    service: &Service,
    principal: &Principal,
    id: &SessionId,
    call: &ProviderCallId,
    from: &Origin,
) -> Result<(), Error> {
    let session = service.find_own_session(principal, id).await?;
    service.take_a_request(id).await?;
    if session.mode != ConnectionMode::Direct || !session.state.is_running() {
        return Err(no_call_wanted());
    }
    if let Some(known) = &session.call {
        return if known == call {
            Ok(())
        } else {
            foreign(service, &session, call).await
        };
    }
    match take(service, session.clone(), call, from).await {
        Ok(Some(driven)) => {
            service.hub.wake(&session.intake);
            control::drive(service, driven);
            Ok(())
        }
        Ok(None) => Err(no_call_wanted()),
        Err(Error::Store(StoreError::Unique)) => foreign(service, &session, call).await,
        Err(error) => Err(error),
    }
}

fn no_call_wanted() -> Error {
    Error::conflict("no_call_wanted", "This session waits for no call.")
}

async fn take(
    service: &Service,
    session: Session,
    call: &ProviderCallId,
    from: &Origin,
) -> Result<Option<Driven>, Error> {
    let now = service.now();
    let mut tx = service.store.begin().await?;
    if !tx.take_call(&session.id, call, now).await? {
        return Ok(None);
    }
    let taken = tx
        .take_lease(
            &session.id,
            &service.process,
            service.settings.sessions.lease,
        )
        .await?
        .ok_or(Error::Inconsistent("a session that is new and driven"))?;
    let pinned = taken.pinned.ok_or(Error::Inconsistent(
        "a direct session without its configuration",
    ))?;
    let pinned = service.open_pinned(&session.id, &pinned)?;
    let used = Line::new(AuditAction::SecretUsed, Actor::User(session.user.clone()))
        .session(&session)
        .coming_from(service, from);
    service.audit(&mut tx, used).await?;
    let connected = Line::new(
        AuditAction::CallConnected,
        Actor::User(session.user.clone()),
    )
    .session(&session)
    .with("call", call.as_str())
    .with("by", "browser");
    service.audit(&mut tx, connected).await?;
    record_state(&mut tx, &session, SessionState::Connecting, now).await?;
    tx.commit().await?;
    Ok(Some(Driven {
        session: Session {
            state: SessionState::Connecting,
            call: Some(call.clone()),
            connected_at: Some(now),
            spoken_at: Some(now),
            ..session
        },
        lease: taken.lease,
        configuration: pinned.configuration,
        minted: pinned.minted,
        takeover: None,
    }))
}

/// A second call, or somebody else's: the session ends. A call that another session of ours has is
/// left to that one; any other was made with this session's secret, and is hung up too.
async fn foreign(service: &Service, session: &Session, call: &ProviderCallId) -> Result<(), Error> {
    record_incident(service, session, Incident::ForeignCall).await?;
    end_session::end(service, session, EndReason::Tampered, Actor::Server).await?;
    if !service.store.has_call(&session.profile, call).await? {
        let (service, call) = (service.clone(), call.clone());
        service.clone().tasks.spawn("hang up", async move {
            if let Err(error) = service.provider.hangup(&call).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a second call could not be hung up"
                );
            }
        });
    }
    Err(Error::conflict(
        "foreign_call",
        "This is not this session's call. The session has ended; your answers are safe.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_a_call_is_taken_for_one() {
        assert!(parse_call("rtc_u2_E4xw9V7Wm6BbwNyTjXvsL").is_some());
        assert!(parse_call(&format!("rtc_{}", "a".repeat(128))).is_some());
        for bad in [
            "",
            "rtc_",
            "sess_1",
            "RTC_1",
            "rtc_a/hangup",
            "rtc_a?b",
            "rtc_ä",
            "rtc_a b",
            "rtc_../x",
            &format!("rtc_{}", "a".repeat(129)),
        ] {
            assert!(parse_call(bad).is_none(), "{bad}");
        }
    }
}
