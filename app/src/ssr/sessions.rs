//! Sessions.

use super::{caller, shown};
use crate::api::{
    ApiError,
    account::Password,
    sessions::{
        Consent, EndSessionRequest, Leaving, PauseSessionRequest, SessionRequest, SessionStarted,
        StartSessionRequest, TypeTurnRequest,
    },
};
use domain::{Private, Timestamp, sdp::DtlsFingerprint, session::EndReason};
use service::start_session::Start;

pub(crate) async fn start(request: StartSessionRequest) -> Result<SessionStarted, ApiError> {
    let caller = caller()?;
    let fingerprint = request
        .fingerprint
        .map(|fingerprint| DtlsFingerprint::parse(&fingerprint))
        .transpose()
        .map_err(|_| ApiError::Malformed)?;
    let start = Start {
        intake: request.intake,
        fingerprint,
        consent: match request.consent {
            Consent::ReadOnScreen => "read_on_screen",
            Consent::ReadAloud => "read_aloud",
        },
        idempotency: request.idempotency_key,
        from: caller.context.address.clone(),
    };
    let started =
        service::start_session::start_session(caller.service(), &caller.principal, &start)
            .await
            .map_err(|error| caller.refuse(error))?;
    Ok(SessionStarted {
        session_id: started.session,
        client_secret: Password::new(shown(&started.secret)),
        expires_at: started.expires_at,
        calls_url: started.calls_path,
    })
}

pub(crate) async fn heartbeat(request: SessionRequest) -> Result<Option<Timestamp>, ApiError> {
    let caller = caller()?;
    service::heartbeat::heartbeat(caller.service(), &caller.principal, &request.session)
        .await
        .map_err(|error| caller.refuse(error))
}

pub(crate) async fn type_turn(request: TypeTurnRequest) -> Result<(), ApiError> {
    let caller = caller()?;
    service::type_turn::type_turn(
        caller.service(),
        &caller.principal,
        &request.session,
        &Private::new(request.text),
    )
    .await
    .map_err(|error| caller.refuse(error))
}

pub(crate) async fn pause(request: PauseSessionRequest) -> Result<(), ApiError> {
    let caller = caller()?;
    service::pause_session::pause_session(
        caller.service(),
        &caller.principal,
        &request.session,
        request.paused,
    )
    .await
    .map_err(|error| caller.refuse(error))
}

pub(crate) async fn end(request: EndSessionRequest) -> Result<(), ApiError> {
    let caller = caller()?;
    let reason = match request.leaving {
        Leaving::Stop => EndReason::StaffEnded,
        Leaving::PageGone => EndReason::TabLost,
    };
    service::end_session::end_session(
        caller.service(),
        &caller.principal,
        &request.session,
        reason,
    )
    .await
    .map_err(|error| caller.refuse(error))
}
