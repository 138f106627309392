//! Calls: created from an offer, steered by a control link, ended by `hangup`.

use super::mint::safety_identifier;
use super::{Provider, Refused};
use crate::faults::LocationFault;
use crate::keys::{Authorization, Right};
use crate::ledger::CallRecord;
use crate::link;
use crate::media::{Admission, Answered, answer_offer, for_the_ledger};
use crate::random::random_id;
use crate::session::SessionConfig;
use crate::wire::Refusal;
use axum::body::Bytes;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequest, Multipart, Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// An event that is larger is not read from a control link.
const LARGEST_EVENT: usize = 1 << 20;

/// What a call is to be, from either form of the request.
struct Wanted {
    offer: String,
    session: SessionConfig,
    given: Value,
    safety_identifier: Option<String>,
    made_with: Right,
}

pub(super) async fn create(
    State(provider): State<Arc<Provider>>,
    request: Request,
) -> Result<Response, Refused> {
    let headers = request.headers().clone();
    let authorization = provider.judge("calls", &headers);
    if let Authorization::Wrong | Authorization::Absent = authorization {
        return Err(Refused::unauthorized(&authorization));
    }
    let faults = provider.faults.now();
    if faults.create_hangs {
        // Until the client gives up, or the provider is stopped.
        provider.tasks.stopping().await;
    }
    tokio::time::sleep(Duration::from_millis(faults.create_delay_ms)).await;
    if let Some(fault) = provider.faults.take_http(|faults| &mut faults.create) {
        return Err(Refused::ordered(&fault));
    }
    let wanted = read(request, &headers, authorization).await?;
    let answered = answer_offer(&wanted.offer, &provider.candidates)
        .map_err(|error| Refusal::of("invalid_value", "sdp", error.to_string()))?;
    if faults.sealed_offers_refused && !answered.data_channel {
        let message = "The SDP offer has no data channel.";
        return Err(Refusal::of("invalid_value", "sdp", message).into());
    }

    let id = random_id("rtc_", 24);
    let sdp = admit(&provider, &id, wanted, answered).await?;
    tracing::info!(call.id = %id, "a rehearsal call was created");

    let content_type = if faults.plain_text_answer {
        "text/plain; charset=utf-8"
    } else {
        "application/sdp"
    };
    let path = format!("/v1/realtime/calls/{id}");
    let location = match faults.location {
        None => Some(path),
        Some(LocationFault::Absolute) => Some(format!("{}{path}", provider.base)),
        Some(LocationFault::WithQuery) => Some(format!("{path}?api-version=preview")),
        Some(LocationFault::Missing) => None,
    };
    let mut response = (StatusCode::CREATED, [(CONTENT_TYPE, content_type)], sdp).into_response();
    if let Some(location) = location.and_then(|location| location.parse().ok()) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// Hands the call over before the answer leaves, so that the caller's first check finds it.
async fn admit(
    provider: &Provider,
    id: &str,
    wanted: Wanted,
    answered: Answered,
) -> Result<String, Refused> {
    let now = provider.clock.now();
    let longest = provider
        .faults
        .now()
        .max_session_ms
        .map_or(provider.max_session, Duration::from_millis);
    let expires_at = (now + longest).as_micros() / 1_000_000;
    provider.ledger.open(CallRecord {
        id: id.to_owned(),
        created_at_ms: now.as_micros() / 1_000,
        connected_at_ms: None,
        ended_at_ms: None,
        ended_why: None,
        running: true,
        events_sent: BTreeMap::new(),
        events_received: BTreeMap::new(),
        links_attached: 0,
        data_channel: answered.data_channel,
        usage: Default::default(),
        safety_identifier: wanted.safety_identifier,
        authorization: match wanted.made_with {
            Right::Key => "api_key",
            Right::Secret(_) => "secret",
        },
        session_now: for_the_ledger(&wanted.session),
        session_given: wanted.given,
    });
    let admission = Admission {
        id: id.to_owned(),
        rtc: answered.rtc,
        session: wanted.session,
        made_with: wanted.made_with,
        expires_at,
        longest,
    };
    if provider.calls.admit(admission).await {
        return Ok(answered.sdp);
    }
    provider.ledger.strike(id);
    let code = "session_limit_reached";
    Err(Refused::plain(
        StatusCode::SERVICE_UNAVAILABLE,
        code,
        "There are too many calls at the moment.",
    ))
}

/// Reads the offer and the configuration: raw SDP with a secret, or both parts with the API key.
async fn read(
    request: Request,
    headers: &HeaderMap,
    authorization: Authorization,
) -> Result<Wanted, Refused> {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match (authorization, kind.as_str()) {
        (Authorization::Secret(secret), "application/sdp") => Ok(Wanted {
            offer: text(
                Bytes::from_request(request, &())
                    .await
                    .map_err(|_| unreadable())?,
            )?,
            session: secret.session,
            given: secret.given,
            safety_identifier: secret.safety_identifier,
            made_with: Right::Secret(secret.id),
        }),
        (Authorization::ApiKey, "multipart/form-data") => {
            let form = Multipart::from_request(request, &())
                .await
                .map_err(|_| unreadable())?;
            let (offer, given) = read_form(form).await?;
            Ok(Wanted {
                offer,
                session: SessionConfig::create(&given)?,
                given,
                safety_identifier: safety_identifier(headers),
                made_with: Right::Key,
            })
        }
        (Authorization::Secret(_), _) => Err(Refused::content_type("'application/sdp'")),
        (_, _) => Err(Refused::content_type("'multipart/form-data'")),
    }
}

async fn read_form(mut form: Multipart) -> Result<(String, Value), Refused> {
    let (mut offer, mut session) = (None, None);
    while let Some(field) = form.next_field().await.map_err(|_| unreadable())? {
        let name = field.name().unwrap_or_default().to_owned();
        let content = text(field.bytes().await.map_err(|_| unreadable())?)?;
        match name.as_str() {
            "sdp" => offer = Some(content),
            "session" => {
                let refusal =
                    || Refusal::of("invalid_value", "session", "The session is not valid JSON.");
                session = Some(serde_json::from_str(&content).map_err(|_| refusal())?);
            }
            other => return Err(Refusal::unknown_parameter(other).into()),
        }
    }
    let offer = offer.ok_or_else(|| Refusal::missing_parameter("sdp"))?;
    let session = session.ok_or_else(|| Refusal::missing_parameter("session"))?;
    Ok((offer, session))
}

fn text(bytes: Bytes) -> Result<String, Refused> {
    String::from_utf8(bytes.into()).map_err(|_| unreadable())
}

fn unreadable() -> Refused {
    Refused::bad_request(Refusal::new(
        "invalid_request",
        "The body of the request could not be read.",
    ))
}

pub(super) async fn hang_up(
    State(provider): State<Arc<Provider>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Refused> {
    provider.require_api_key("hangup", &headers)?;
    if provider.faults.take(|faults| &mut faults.hangups_lost) {
        // Until the client gives up, or the provider is stopped.
        provider.tasks.stopping().await;
        return Err(Refused::no_call(StatusCode::BAD_REQUEST));
    }
    if provider.faults.now().hangups_ignored || provider.calls.hang_up(&id).await {
        Ok(StatusCode::OK)
    } else {
        Err(Refused::no_call(StatusCode::BAD_REQUEST))
    }
}

pub(super) async fn control_link(
    State(provider): State<Arc<Provider>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, Refused> {
    // As at the real one, a secret controls the calls that were made with it, and no others.
    let right = match provider.judge("control_link", &headers) {
        Authorization::ApiKey => Right::Key,
        Authorization::Secret(secret) => Right::Secret(secret.id),
        other @ (Authorization::Wrong | Authorization::Absent) => {
            return Err(Refused::unauthorized(&other));
        }
    };
    let Some(id) = query.get("call_id") else {
        return Err(Refusal::missing_parameter("call_id").into());
    };
    let Ok(upgrade) = upgrade else {
        return Err(
            Refusal::new("invalid_request", "This URL is for WebSocket connections.").into(),
        );
    };
    if provider.faults.take(|faults| &mut faults.link_not_found) {
        return Err(Refused::no_call(StatusCode::NOT_FOUND));
    }
    let end = provider
        .calls
        .attach(id, right)
        .await
        .ok_or_else(|| Refused::no_call(StatusCode::NOT_FOUND))?;
    let (id, calls) = (id.clone(), provider.calls.clone());
    let (faults, tasks) = (provider.faults.clone(), provider.tasks.clone());
    Ok(upgrade
        .max_message_size(LARGEST_EVENT)
        .on_upgrade(move |socket| link::carry(socket, id, end, calls, faults, tasks)))
}
