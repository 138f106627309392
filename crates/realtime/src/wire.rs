//! What every request shares: reading an answer without letting it grow, and what its error says.

use reqwest::{Response, StatusCode};
use serde_json::Value;
use std::error::Error as _;

/// The largest body we read, in bytes. An answer is about 3 KB.
const MAX_BODY: usize = 256 * 1024;

/// The whole body, if it is text of a sane length.
pub(crate) async fn read_text(mut response: Response) -> Option<String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > MAX_BODY {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).ok()
}

/// A refusal as we keep it: the status and the code, never the provider's sentence, which may repeat
/// a part of the key or of the offer.
pub(crate) struct ProviderError {
    pub(crate) status: StatusCode,
    pub(crate) code: Option<String>,
}

impl ProviderError {
    /// Reads it from an answer.
    pub(crate) async fn of(response: Response) -> Self {
        let status = response.status();
        let body = read_text(response)
            .await
            .and_then(|text| serde_json::from_str::<Value>(&text).ok());
        let code = body
            .as_ref()
            .and_then(|body| body.pointer("/error/code"))
            .and_then(Value::as_str);
        Self {
            status,
            code: code.and_then(crate::event::word),
        }
    }

    /// Whether the provider knows no such call.
    pub(crate) fn is_no_such_call(&self) -> bool {
        matches!(self.status, StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND)
            && self.code.as_deref() == Some("call_id_not_found")
    }
}

/// Logs why a request did not get an answer; the error type of the caller keeps only that it did not.
pub(crate) fn log_unreachable(profile: &str, error: reqwest::Error) {
    let error = error.without_url();
    let mut reasons = vec![error.to_string()];
    let mut source = error.source();
    while let Some(inner) = source {
        reasons.push(inner.to_string());
        source = inner.source();
    }
    tracing::warn!(
        profile.name = profile,
        reason = reasons.join(": "),
        "the provider could not be reached"
    );
}
