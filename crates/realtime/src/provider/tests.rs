//! Making and hanging up calls against a provider that behaves and one that does not.

mod create;
mod hangup;
mod privacy;
mod tls;

use super::{create::CREATE_TIMEOUT, *};
use crate::{
    configuration::{session_json, tests::configuration},
    testing::{KEY, offer, provider, serve},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    response::{IntoResponse, Response as Answer},
    routing::{any, post},
};
use http::HeaderMap;
use reqwest::StatusCode;
use std::sync::Mutex;

/// A request as it came.
#[derive(Debug, Clone)]
struct Seen {
    method: String,
    uri: String,
    headers: HeaderMap,
    body: String,
}

/// Everything a mock was asked.
type Log = Arc<Mutex<Vec<Seen>>>;

/// Answers every request alike and keeps what was asked.
fn mock(answer: impl Fn() -> Answer + Clone + Send + Sync + 'static) -> (Router, Log) {
    let log = Log::default();
    let seen = Arc::clone(&log);
    let handler = move |request: Request| {
        let (seen, answer) = (Arc::clone(&seen), answer.clone());
        async move {
            let (parts, body) = request.into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap();
            seen.lock().unwrap().push(Seen {
                method: parts.method.to_string(),
                uri: parts.uri.to_string(),
                headers: parts.headers,
                body: String::from_utf8(body.to_vec()).unwrap(),
            });
            answer()
        }
    };
    (Router::new().fallback(any(handler)), log)
}

/// An answer with a status, headers and a body.
fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut answer = (StatusCode::from_u16(status).unwrap(), body.to_owned()).into_response();
    answer.headers_mut().clear();
    for (name, value) in headers {
        answer.headers_mut().insert(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    answer
}

/// The body of a provider's error, with text that must go nowhere.
fn error_body(code: &str) -> String {
    format!(
        r#"{{"error":{{"message":"Incorrect API key provided: {KEY}","type":"invalid_request_error","param":null,"code":"{code}"}}}}"#
    )
}
