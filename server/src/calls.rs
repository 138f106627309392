//! `POST /v1/realtime/calls`: an SDP offer with our secret in, an SDP answer out, in the provider's
//! own shapes, so that a stock client works through it. No cookie is needed, and no CSRF layer
//! stands before it: the secret is the credential, and a page of another origin has none.

use crate::auth;
use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{Private, sdp::MAX_OFFER_BYTES, trouble::ProviderTrouble};
use realtime_error::Shape;
use service::{
    Service,
    connect_call::{self, Admitted, ConnectError, Connected},
};
use std::time::Duration;
use tower_sessions::Session;

/// An offer is a few kilobytes.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// The provider's error shape.
mod realtime_error {
    use serde::Serialize;

    #[derive(Serialize)]
    pub(super) struct Shape {
        pub(super) error: Inner,
    }

    #[derive(Serialize)]
    pub(super) struct Inner {
        pub(super) message: &'static str,
        #[serde(rename = "type")]
        pub(super) kind: &'static str,
        pub(super) param: Option<&'static str>,
        pub(super) code: &'static str,
    }
}

/// A refusal: its status, code and sentence.
struct Refused {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    retry_after: Option<Duration>,
}

impl Refused {
    const fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self {
            status,
            code,
            message,
            retry_after: None,
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self {
            status,
            code,
            message,
            retry_after,
        } = self;
        let kind = if status.is_server_error() {
            "server_error"
        } else {
            "invalid_request_error"
        };
        let body = Json(Shape {
            error: realtime_error::Inner {
                message,
                kind,
                param: None,
                code,
            },
        });
        let mut response = (status, body).into_response();
        if let Some(wait) = retry_after {
            let seconds = HeaderValue::from(wait.as_secs().max(1));
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

/// Connects a session's call.
pub(crate) async fn create(State(service): State<Service>, request: Request) -> Response {
    let session = request.extensions().get::<Session>().cloned();
    match answer(&service, session, request).await {
        Ok(connected) => created(&connected),
        Err(refused) => refused.into_response(),
    }
}

async fn answer(
    service: &Service,
    session: Option<Session>,
    request: Request,
) -> Result<Connected, Refused> {
    let from = auth::origin(&request);
    let (parts, body) = request.into_parts();
    // The secret first: nothing of the body is read for one that is not good.
    let secret = bearer(&parts.headers).ok_or(no_secret())?;
    let cookie = match &session {
        Some(session) => auth::login_of(session).await,
        None => None,
    };
    let admitted: Admitted = connect_call::admit(service, secret, cookie.as_ref(), from)
        .await
        .map_err(|error| refuse(&error))?;
    let sdp = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    if !sdp.is_some_and(|kind| {
        kind.split(';')
            .next()
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/sdp"))
    }) {
        return Err(Refused::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Send the SDP offer as application/sdp.",
        ));
    }
    let offer = read(body).await?;
    connect_call::connect_call(service, admitted, &offer)
        .await
        .map_err(|error| refuse(&error))
}

fn no_secret() -> Refused {
    Refused::new(
        StatusCode::UNAUTHORIZED,
        "invalid_api_key",
        "The secret is missing, used or no longer valid. Start again.",
    )
}

fn bearer(headers: &axum::http::HeaderMap) -> Option<Private<String>> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    let ours =
        scheme.eq_ignore_ascii_case("bearer") && secret.starts_with("ek_") && secret.len() < 200;
    ours.then(|| Private::new(secret.to_owned()))
}

async fn read(body: Body) -> Result<String, Refused> {
    let too_slow = |_| {
        Refused::new(
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "The SDP offer did not arrive in time.",
        )
    };
    let too_large = |_| {
        Refused::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "The SDP offer is too large.",
        )
    };
    let read = tokio::time::timeout(BODY_PATIENCE, axum::body::to_bytes(body, MAX_OFFER_BYTES));
    let bytes = read.await.map_err(too_slow)?.map_err(too_large)?;
    let not_text = |_| {
        Refused::new(
            StatusCode::BAD_REQUEST,
            "invalid_value",
            "The SDP offer is not text.",
        )
    };
    String::from_utf8(bytes.to_vec()).map_err(not_text)
}

fn created(connected: &Connected) -> Response {
    let location = HeaderValue::try_from(format!(
        "{}/{}",
        crate::state::CALLS_PATH,
        connected.session
    ));
    let Ok(location) = location else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/sdp"),
        ),
        (header::LOCATION, location),
    ];
    (StatusCode::CREATED, headers, connected.answer.clone()).into_response()
}

/// One sentence for each refusal, for the person; what is ours alone goes to the log.
fn refuse(error: &ConnectError) -> Refused {
    match error {
        ConnectError::Secret => no_secret(),
        ConnectError::Offer(problem) => {
            tracing::info!(problem = %problem, "an SDP offer was refused");
            Refused::new(
                StatusCode::BAD_REQUEST,
                "invalid_offer",
                "This browser's audio offer was refused. Reload the page and start again.",
            )
        }
        ConnectError::DataChannel => Refused::new(
            StatusCode::BAD_REQUEST,
            "data_channel_refused",
            "This workflow is sealed: the offer must hold audio only.",
        ),
        ConnectError::Ended => Refused::new(
            StatusCode::CONFLICT,
            "session_ended",
            "The session has ended. Your answers are safe; start again.",
        ),
        ConnectError::Provider(error) => {
            let trouble = error.trouble();
            let status = match trouble {
                // Not 429: it is not this client who asks too often.
                ProviderTrouble::Busy => StatusCode::SERVICE_UNAVAILABLE,
                ProviderTrouble::Silent => StatusCode::GATEWAY_TIMEOUT,
                ProviderTrouble::Quota
                | ProviderTrouble::Key
                | ProviderTrouble::Access
                | ProviderTrouble::Setup
                | ProviderTrouble::Failed
                | ProviderTrouble::Unreachable
                | ProviderTrouble::Unusable => StatusCode::BAD_GATEWAY,
            };
            Refused {
                retry_after: error.retry_after(),
                ..Refused::new(status, trouble.as_str(), trouble.sentence())
            }
        }
        ConnectError::Internal(error) => {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "a call could not be connected"
            );
            Refused::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                "Something went wrong on our side. Your answers are safe; try again.",
            )
        }
    }
}
