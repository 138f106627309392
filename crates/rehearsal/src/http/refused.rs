//! Refused requests: status and body as the real provider answers them.

use crate::faults::HttpFault;
use crate::keys::Authorization;
use crate::wire::Refusal;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

/// A refusal with its status.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    refusal: Refusal,
    retry_after: Option<u32>,
}

impl Refused {
    pub(super) fn plain(status: StatusCode, code: &'static str, message: &str) -> Self {
        Self {
            status,
            refusal: Refusal::new(code, message),
            retry_after: None,
        }
    }

    /// 401. The key itself is never repeated.
    pub(super) fn unauthorized(shown: &Authorization) -> Self {
        let message = match shown {
            Authorization::Absent => {
                "Missing bearer authentication in header. You need to provide your API key in an Authorization header."
            }
            Authorization::Secret(_) => "This operation requires an API key.",
            Authorization::Wrong | Authorization::ApiKey => {
                "Incorrect API key provided, or ephemeral token expired."
            }
        };
        Self::plain(StatusCode::UNAUTHORIZED, "invalid_api_key", message)
    }

    pub(super) fn bad_request(refusal: Refusal) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            refusal,
            retry_after: None,
        }
    }

    /// The call does not exist, or not any more, or not yet.
    pub(super) fn no_call(status: StatusCode) -> Self {
        let refusal = Refusal::of(
            "call_id_not_found",
            "",
            "No session found for the provided call_id",
        );
        Self {
            status,
            refusal,
            retry_after: None,
        }
    }

    pub(super) fn not_found() -> Self {
        Self::plain(StatusCode::NOT_FOUND, "unknown_url", "Invalid URL.")
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::plain(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_supported",
            "Not allowed on this URL.",
        )
    }

    pub(super) fn content_type(expected: &str) -> Self {
        let message =
            format!("Unsupported content type. This API method only accepts {expected} here.");
        Self::plain(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_content_type",
            &message,
        )
    }

    /// A refusal that was ordered by a test.
    pub(super) fn ordered(fault: &HttpFault) -> Self {
        let status =
            StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let usual = match fault.status {
            401 => "invalid_api_key",
            429 => "rate_limit_exceeded",
            _ => "server_error",
        };
        let code = match fault.code.as_deref() {
            Some("insufficient_quota") => "insufficient_quota",
            Some("model_not_found") => "model_not_found",
            Some("rate_limit_exceeded") => "rate_limit_exceeded",
            _ => usual,
        };
        Self {
            retry_after: fault.retry_after,
            ..Self::plain(status, code, "This refusal was ordered by a test.")
        }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::bad_request(refusal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let kind = if self.status.is_server_error() {
            "server_error"
        } else {
            "invalid_request_error"
        };
        let mut response = (self.status, Json(self.refusal.body(kind))).into_response();
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
