//! The API key and the short-lived secrets: who may do what here.

use crate::random::random_id;
use crate::session::SessionConfig;
use domain::Private;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Secrets that are kept at most; the oldest to expire make room.
const MOST_SECRETS: usize = 10_000;

/// What a request showed.
#[derive(Debug, Clone)]
pub(crate) enum Authorization {
    /// The API key.
    ApiKey,
    /// A live secret.
    Secret(Box<Secret>),
    /// A bearer that is neither.
    Wrong,
    /// Nothing.
    Absent,
}

impl Authorization {
    /// The word for the ledger.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::Secret(_) => "secret",
            Self::Wrong => "wrong",
            Self::Absent => "none",
        }
    }
}

/// Tells secrets apart without being one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecretId(String);

impl SecretId {
    pub(crate) fn random() -> Self {
        Self(random_id("secret_", 16))
    }
}

/// By what right somebody wants to control a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Right {
    /// They have the API key.
    Key,
    /// They have that secret.
    Secret(SecretId),
}

/// What a short-lived secret stands for.
#[derive(Debug, Clone)]
pub(crate) struct Secret {
    pub(crate) id: SecretId,
    pub(crate) expires_at: i64,
    pub(crate) session: SessionConfig,
    /// The configuration as it was given.
    pub(crate) given: Value,
    pub(crate) safety_identifier: Option<String>,
}

/// All keys of one provider.
#[derive(Debug)]
pub(crate) struct Keys {
    api_key: Private<String>,
    secrets: Mutex<HashMap<String, Secret>>,
}

impl Keys {
    pub(crate) fn new(api_key: Private<String>) -> Self {
        Self {
            api_key,
            secrets: Mutex::default(),
        }
    }

    /// Remembers a secret under its value.
    pub(crate) fn keep(&self, value: &str, secret: Secret, now: i64) {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.retain(|_, kept| kept.expires_at > now);
        if secrets.len() >= MOST_SECRETS
            && let Some(first) = secrets
                .iter()
                .min_by_key(|(_, kept)| kept.expires_at)
                .map(|(key, _)| key.clone())
        {
            secrets.remove(&first);
        }
        secrets.insert(value.to_owned(), secret);
    }

    /// What the request's bearer is worth.
    pub(crate) fn judge(&self, headers: &HeaderMap, now: i64) -> Authorization {
        let Some(bearer) = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, bearer)| bearer.trim())
        else {
            return Authorization::Absent;
        };
        if self.is_api_key(bearer) {
            return Authorization::ApiKey;
        }
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        match secrets.get(bearer) {
            Some(secret) if secret.expires_at > now => {
                Authorization::Secret(Box::new(secret.clone()))
            }
            _ => Authorization::Wrong,
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the key is compared with what a request shows"
    )]
    fn is_api_key(&self, bearer: &str) -> bool {
        let (key, bearer) = (self.api_key.expose().as_bytes(), bearer.as_bytes());
        // Every byte is looked at, so that the time says nothing about where they differ.
        key.len() == bearer.len()
            && key
                .iter()
                .zip(bearer)
                .fold(0, |seen, (a, b)| seen | (a ^ b))
                == 0
    }
}
