//! Minting a secret: short-lived, and good for calls of one configuration only.

use super::{CreateCallError, Provider, create::CREATE_TIMEOUT};
use crate::{configuration::session_json, wire::read_text};
use domain::{Private, Timestamp, call::CallConfiguration};
use http::HeaderValue;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

/// A secret for calls of one configuration. Whoever has it can make any number of them until it
/// expires, and can change the configuration of each (realtime reference 1.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minted {
    /// The secret, `ek_…`: a bearer for the URL that takes offers.
    pub secret: Private<String>,
    /// When it can no longer be used, as the provider's clock says. Calls that run go on.
    pub expires_at: Timestamp,
    /// What the provider calls the model, where it said so: a deployment may be named otherwise than
    /// its model.
    pub model: Option<String>,
}

impl Provider {
    /// Mints a secret that carries the whole configuration (realtime reference 1.1 and 1.5). One
    /// attempt. `life` is in whole seconds; the provider refuses one that it finds too short or too
    /// long (documented are 10 to 7200 s). `safety_id` is a keyed hash of the person.
    ///
    /// # Errors
    /// As making a call: it is the first half of it.
    pub async fn mint(
        &self,
        configuration: &CallConfiguration,
        life: Duration,
        safety_id: &str,
    ) -> Result<Minted, CreateCallError> {
        let deadline = self.0.clock.now() + CREATE_TIMEOUT;
        self.mint_by(deadline, configuration, life, safety_id).await
    }

    /// Mints as the first of two requests that share a deadline.
    pub(super) async fn mint_by(
        &self,
        deadline: Timestamp,
        configuration: &CallConfiguration,
        life: Duration,
        safety_id: &str,
    ) -> Result<Minted, CreateCallError> {
        let wish = json!({
            "expires_after": { "anchor": "created_at", "seconds": life.as_secs() },
            "session": session_json(configuration),
        });
        // Before the request, so that where the provider says no end, ours is not too late.
        let expected = self.0.clock.now() + life;
        let request = self.post("client_secrets", safety_id).json(&wish);
        let response = self.answer(request, deadline).await?;
        if response.status() != StatusCode::OK {
            return Err(self.refusal(response, deadline).await);
        }
        let body = self
            .within(deadline, read_text(response))
            .await?
            .and_then(|text| serde_json::from_str::<Value>(&text).ok())
            .ok_or(CreateCallError::BadAnswer)?;
        minted(&body, expected).ok_or(CreateCallError::BadAnswer)
    }
}

/// The secret in an answer, and what the provider made of the configuration.
fn minted(body: &Value, expected: Timestamp) -> Option<Minted> {
    let text = body.get("value")?.as_str()?;
    let secret = Private::new(text.to_owned());
    // One that no header can hold is of no use to anybody.
    if !text.starts_with("ek_") || bearer(&secret).is_none() {
        return None;
    }
    let expires_at = body
        .get("expires_at")
        .and_then(Value::as_i64)
        .and_then(|seconds| seconds.checked_mul(1_000_000))
        .map_or(expected, Timestamp::from_micros);
    let model = body.pointer("/session/model").and_then(Value::as_str);
    Some(Minted {
        secret,
        expires_at,
        model: model.and_then(crate::event::word),
    })
}

/// The header that carries a secret, marked so that no library prints it.
pub(super) fn bearer(secret: &Private<String>) -> Option<HeaderValue> {
    #[expect(
        clippy::disallowed_methods,
        reason = "sent to the provider whose secret it is"
    )]
    let secret = secret.expose();
    let mut bearer = HeaderValue::try_from(format!("Bearer {secret}")).ok()?;
    bearer.set_sensitive(true);
    Some(bearer)
}
