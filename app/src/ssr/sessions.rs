//! Sessions.

use super::{caller, shown};
use crate::api::{
    ApiError,
    account::Password,
    sessions::{
        Consent, EndSessionRequest, EnforcementView, IncidentView, Leaving, ModeRisks,
        PauseSessionRequest, ProveRequest, ReportCallRequest, RunningView, SessionRequest,
        SessionStarted, StartSessionRequest, StopRequest, StopUserRequest, SupervisionView,
        TypeTurnRequest,
    },
};
use domain::{
    Private, Timestamp,
    sdp::DtlsFingerprint,
    session::{ClientKind, EndReason},
};
use service::{
    Origin,
    start_session::Start,
    stop_sessions::{Stop, stop_sessions},
};

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
        from: Origin {
            address: caller.context.address.clone(),
            user_agent: caller.context.user_agent.clone(),
        },
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

pub(crate) async fn report_call(request: ReportCallRequest) -> Result<(), ApiError> {
    let caller = caller()?;
    let call = service::report_call::parse_call(&request.call).ok_or(ApiError::Malformed)?;
    let from = Origin {
        address: caller.context.address.clone(),
        user_agent: caller.context.user_agent.clone(),
    };
    service::report_call::report_call(
        caller.service(),
        &caller.principal,
        &request.session,
        &call,
        &from,
    )
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

pub(crate) async fn prove(request: ProveRequest) -> Result<(), ApiError> {
    let caller = caller()?;
    service::prove_again::prove_again(
        caller.service(),
        &caller.principal,
        &request.password.into_private(),
        &caller.context.address,
    )
    .await
    .map_err(|error| caller.refuse(error))
}

pub(crate) async fn supervise() -> Result<SupervisionView, ApiError> {
    let caller = caller()?;
    let seen = service::supervise::supervise(caller.service(), &caller.principal)
        .await
        .map_err(|error| caller.refuse(error))?;
    let running = seen.running.into_iter().map(|running| RunningView {
        session: running.session,
        intake: running.intake,
        workflow_name: running.workflow_name,
        user: running.user,
        user_name: running.user_name,
        state: running.state.as_str().to_owned(),
        mode: running.mode,
        other_client: running.client == ClientKind::Other,
        paused: running.paused,
        started_at: running.started_at,
        deadline_at: running.deadline_at,
    });
    let incidents = seen.incidents.into_iter().map(|found| IncidentView {
        at: found.at,
        what: found.incident.sentence().to_owned(),
        intake: found.intake,
    });
    Ok(SupervisionView {
        running: running.collect(),
        incidents: incidents.collect(),
        stopped: seen.stopped,
        enforcement: seen.enforcement.map(|enforcement| EnforcementView {
            checked_at: enforcement.checked_at,
            modes: enforcement
                .modes
                .into_iter()
                .map(|(mode, risks)| ModeRisks {
                    mode,
                    risks: risks.into_iter().map(str::to_owned).collect(),
                })
                .collect(),
        }),
        now: seen.now,
    })
}

pub(crate) async fn stop(stop: StopRequest) -> Result<u32, ApiError> {
    stopped(&Stop::Session(stop.session)).await
}

pub(crate) async fn stop_user(stop: StopUserRequest) -> Result<u32, ApiError> {
    stopped(&Stop::User(stop.user)).await
}

pub(crate) async fn stop_all() -> Result<u32, ApiError> {
    stopped(&Stop::Workspace).await
}

async fn stopped(stop: &Stop) -> Result<u32, ApiError> {
    let caller = caller()?;
    let count = stop_sessions(caller.service(), &caller.principal, stop)
        .await
        .map_err(|error| caller.refuse(error))?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
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
