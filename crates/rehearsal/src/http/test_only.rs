//! Endpoints for tests of others: order faults, read the ledger, decide what will be heard. They
//! exist only when asked for, and need the API key like everything else.

use super::{Provider, Refused};
use crate::faults::Faults;
use crate::ledger::LedgerReport;
use crate::wire::Refusal;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// One text, or one for each of the next turns.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    texts: Vec<String>,
}

impl Words {
    fn all(self) -> Vec<String> {
        self.text.into_iter().chain(self.texts).collect()
    }
}

pub(super) async fn set_faults(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refused> {
    provider.require_api_key("test", &headers)?;
    provider.faults.set(parse::<Faults>(&body)?);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn ledger(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
) -> Result<Json<LedgerReport>, Refused> {
    provider.require_api_key("test", &headers)?;
    Ok(Json(provider.ledger.report()))
}

pub(super) async fn put_words(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refused> {
    provider.require_api_key("test", &headers)?;
    provider
        .calls
        .put_words(None, parse::<Words>(&body)?.all())
        .await;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn put_words_of_call(
    State(provider): State<Arc<Provider>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refused> {
    provider.require_api_key("test", &headers)?;
    let words = parse::<Words>(&body)?.all();
    if provider.calls.put_words(Some(id), words).await {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Refused::no_call(StatusCode::NOT_FOUND))
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::new("invalid_json", error.to_string()))
}
