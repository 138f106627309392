//! `POST /v1/realtime/client_secrets`: a short-lived secret with a session configuration.

use super::{Provider, Refused};
use crate::keys::{Secret, SecretId};
use crate::random::{random_hex, random_id};
use crate::session::SessionConfig;
use crate::wire::Refusal;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

/// Seconds that a secret lives when none are given, and the bounds.
const DEFAULT_LIFE: i64 = 600;
const SHORTEST_LIFE: i64 = 10;
const LONGEST_LIFE: i64 = 7_200;

pub(super) async fn mint(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<impl IntoResponse, Refused> {
    provider.require_api_key("client_secrets", &headers)?;
    if let Some(fault) = provider.faults.take_http(|faults| &mut faults.mint) {
        return Err(Refused::ordered(&fault));
    }
    let request = parse(&body)?;
    let life = life(request.get("expires_after"))?;
    let given = request
        .get("session")
        .cloned()
        .unwrap_or_else(|| json!({ "type": "realtime" }));
    let session = SessionConfig::create(&given)?;

    let now = provider.unix_now();
    let value = random_hex("ek_", 16);
    let expires_at = now + life;
    let answer = json!({
        "value": value, "expires_at": expires_at, "session": session.echo(&random_id("sess_", 21), 0),
    });
    let safety_identifier = safety_identifier(&headers);
    provider.keys.keep(
        &value,
        Secret {
            id: SecretId::random(),
            expires_at,
            session,
            given,
            safety_identifier,
        },
        now,
    );
    Ok((StatusCode::OK, [(CACHE_CONTROL, "no-store")], Json(answer)))
}

/// The end user as the client names them.
pub(super) fn safety_identifier(headers: &HeaderMap) -> Option<String> {
    headers
        .get("openai-safety-identifier")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

fn parse(body: &[u8]) -> Result<Value, Refusal> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    let request: Value = serde_json::from_slice(body).map_err(|_| {
        Refusal::new(
            "invalid_json",
            "We could not parse the JSON body of your request.",
        )
    })?;
    let Some(fields) = request.as_object() else {
        return Err(Refusal::new(
            "invalid_type",
            "The body of this request must be a JSON object.",
        ));
    };
    match fields
        .keys()
        .find(|name| !["expires_after", "session"].contains(&name.as_str()))
    {
        Some(name) => Err(Refusal::unknown_parameter(name)),
        None => Ok(request),
    }
}

fn life(given: Option<&Value>) -> Result<i64, Refusal> {
    let Some(given) = given.filter(|given| !given.is_null()) else {
        return Ok(DEFAULT_LIFE);
    };
    let Some(fields) = given.as_object() else {
        return Err(Refusal::wrong_type("expires_after", "an object", given));
    };
    for (name, value) in fields {
        match (name.as_str(), value.as_str()) {
            ("seconds", _) | ("anchor", Some("created_at")) => {}
            ("anchor", _) => {
                let path = "expires_after.anchor";
                return Err(Refusal::unsupported_value(
                    path,
                    &value.to_string(),
                    &["created_at"],
                ));
            }
            (other, _) => {
                return Err(Refusal::unknown_parameter(&format!(
                    "expires_after.{other}"
                )));
            }
        }
    }
    let Some(seconds) = fields.get("seconds") else {
        return Ok(DEFAULT_LIFE);
    };
    let path = "expires_after.seconds";
    match seconds.as_i64() {
        None => Err(Refusal::wrong_type(path, "an integer", seconds)),
        Some(seconds) if (SHORTEST_LIFE..=LONGEST_LIFE).contains(&seconds) => Ok(seconds),
        Some(seconds) => Err(Refusal::of(
            "invalid_value",
            path,
            format!(
                "Invalid '{path}': {seconds} is not between {SHORTEST_LIFE} and {LONGEST_LIFE}."
            ),
        )),
    }
}
