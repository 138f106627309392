//! Sessions: starting to talk, staying, typing and stopping.

#![expect(
    missing_docs,
    reason = "the server macro makes a field of each argument and cannot pass its doc on"
)]

use super::{ApiError, wire::Wire};
use domain::{IdempotencyKey, IntakeId, SessionId, Timestamp, UserId, workflow::ConnectionMode};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Who agreed to the disclosure, and how it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// The person read the disclosure on this screen.
    ReadOnScreen,
    /// Staff read it to the person, who agreed.
    ReadAloud,
}

/// What `start_session` takes. The browser chooses neither instructions, tools, model nor voice.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartSessionRequest {
    /// The intake to fill.
    pub intake: IntakeId,
    /// The SHA-256 fingerprint of the page's DTLS certificate, `AB:CD:…`. Absent for another client,
    /// where the workflow is open to such.
    pub fingerprint: Option<String>,
    /// How the person agreed.
    pub consent: Consent,
    /// Chosen by the page for this click.
    pub idempotency_key: IdempotencyKey,
}

/// All that the browser receives (promise 3).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionStarted {
    /// The session.
    pub session_id: SessionId,
    /// The short-lived secret: ours, for one use, or the provider's in a direct session.
    pub client_secret: super::account::Password,
    /// When the secret dies.
    pub expires_at: Timestamp,
    /// Where to post the SDP offer, with the secret as bearer: a path of ours, or the provider's
    /// address in a direct session.
    pub calls_url: String,
}

/// Starts a session.
#[server(endpoint = "sessions/start", protocol = Wire)]
pub async fn start_session(request: StartSessionRequest) -> Result<SessionStarted, ApiError> {
    crate::ssr::sessions::start(request).await
}

/// Names one session.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionRequest {
    /// The session.
    pub session: SessionId,
}

/// The page is still there. Sent every 5 s; 20 s of silence end the session as `tab_lost`.
/// The server's time, by which deadlines are shown; none when the session is over.
#[server(endpoint = "sessions/heartbeat", protocol = Wire)]
pub async fn heartbeat(request: SessionRequest) -> Result<Option<Timestamp>, ApiError> {
    crate::ssr::sessions::heartbeat(request).await
}

/// What `report_call` takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportCallRequest {
    /// The session.
    pub session: SessionId,
    /// The provider's call, as its answer to the offer named it: `rtc_…`.
    pub call: String,
}

/// Names the call that the page made itself, in a direct session. Until then nobody controls it.
#[server(endpoint = "sessions/report_call", protocol = Wire)]
pub async fn report_call(request: ReportCallRequest) -> Result<(), ApiError> {
    crate::ssr::sessions::report_call(request).await
}

/// What `type_turn` takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeTurnRequest {
    /// The session.
    pub session: SessionId,
    /// What was typed.
    pub text: String,
}

/// Says something by typing, in a live session.
#[server(endpoint = "sessions/type_turn", protocol = Wire)]
pub async fn type_turn(request: TypeTurnRequest) -> Result<(), ApiError> {
    crate::ssr::sessions::type_turn(request).await
}

/// What `pause_session` takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PauseSessionRequest {
    /// The session.
    pub session: SessionId,
    /// Whether both sides are to be silent.
    pub paused: bool,
}

/// Silences both sides of a live conversation, or lets it go on.
#[server(endpoint = "sessions/pause", protocol = Wire)]
pub async fn pause_session(request: PauseSessionRequest) -> Result<(), ApiError> {
    crate::ssr::sessions::pause(request).await
}

/// Why the page ends its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaving {
    /// The person pressed Stop.
    Stop,
    /// The page is going away, or could not connect.
    PageGone,
}

/// What `end_session` takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndSessionRequest {
    /// The session.
    pub session: SessionId,
    /// Why.
    pub leaving: Leaving,
}

/// Stops talking; the intake stays open. Also sent as a beacon when the page goes away
/// (`POST /api/sessions/end`, JSON body `{"request":{…}}`).
#[server(endpoint = "sessions/end", protocol = Wire)]
pub async fn end_session(request: EndSessionRequest) -> Result<(), ApiError> {
    crate::ssr::sessions::end(request).await
}

/// What `prove_again` takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProveRequest {
    /// The password of the one who is signed in.
    pub password: super::account::Password,
}

/// Gives the password again, which is asked for after an hour of talking. A conversation that waits for
/// it goes on.
#[server(endpoint = "sessions/prove_again", protocol = Wire)]
pub async fn prove_again(request: ProveRequest) -> Result<(), ApiError> {
    crate::ssr::sessions::prove(request).await
}

/// A running session, for those who supervise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningView {
    /// The session.
    pub session: SessionId,
    /// The intake it fills.
    pub intake: IntakeId,
    /// The workflow's name.
    pub workflow_name: String,
    /// Who talks.
    pub user: UserId,
    /// Their name.
    pub user_name: String,
    /// `starting`, `connecting` or `live`.
    pub state: String,
    /// How the browser reaches the provider.
    pub mode: ConnectionMode,
    /// Whether it is another client than our page.
    pub other_client: bool,
    /// Whether staff silenced both sides.
    pub paused: bool,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it must be over.
    pub deadline_at: Timestamp,
}

/// Somebody worked against a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentView {
    /// When.
    pub at: Timestamp,
    /// What they did, and what became of it.
    pub what: String,
    /// On which intake.
    pub intake: IntakeId,
}

/// What a connection mode cannot promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModeRisks {
    /// The mode.
    pub mode: ConnectionMode,
    /// What remains possible in it, a sentence each.
    pub risks: Vec<String>,
}

/// What the connection to the provider cannot promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnforcementView {
    /// When the provider was last checked, if it was.
    pub checked_at: Option<Timestamp>,
    /// The modes that the workspace's workflows use.
    pub modes: Vec<ModeRisks>,
}

/// What runs now and what went wrong lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupervisionView {
    /// The running sessions, the oldest first.
    pub running: Vec<RunningView>,
    /// The latest incidents, the newest first.
    pub incidents: Vec<IncidentView>,
    /// Whether the operator has stopped all starts.
    pub stopped: bool,
    /// What the connection cannot promise; for admins.
    pub enforcement: Option<EnforcementView>,
    /// The server's time.
    pub now: Timestamp,
}

/// What runs now in the workspace, and what went wrong lately.
#[server(endpoint = "sessions/supervise", protocol = Wire)]
pub async fn supervise() -> Result<SupervisionView, ApiError> {
    crate::ssr::sessions::supervise().await
}

/// What `stop_session` takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopRequest {
    /// The session.
    pub session: SessionId,
}

/// Stops somebody's session at once. How many were stopped: one, or none when it was over already.
#[server(endpoint = "sessions/stop", protocol = Wire)]
pub async fn stop_session(request: StopRequest) -> Result<u32, ApiError> {
    crate::ssr::sessions::stop(request).await
}

/// What `stop_user` takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopUserRequest {
    /// The person.
    pub user: UserId,
}

/// Stops all sessions of a person in this workspace. How many there were.
#[server(endpoint = "sessions/stop_user", protocol = Wire)]
pub async fn stop_user(request: StopUserRequest) -> Result<u32, ApiError> {
    crate::ssr::sessions::stop_user(request).await
}

/// Stops all sessions of this workspace. How many there were.
#[server(endpoint = "sessions/stop_all", protocol = Wire)]
pub async fn stop_all() -> Result<u32, ApiError> {
    crate::ssr::sessions::stop_all().await
}
