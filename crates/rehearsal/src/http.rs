//! The provider's HTTP: who may come in, and which endpoint is where.

mod calls;
mod mint;
mod refused;
mod test_only;

use crate::faults::SharedFaults;
use crate::keys::{Authorization, Keys};
use crate::ledger::Ledger;
use crate::media::Calls;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use refused::Refused;
use runtime::{Clock, Tasks};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Larger requests are not read.
const LARGEST_REQUEST: usize = 1 << 20;

/// What every request can reach.
pub(crate) struct Provider {
    pub(crate) keys: Keys,
    pub(crate) faults: SharedFaults,
    pub(crate) ledger: Ledger,
    pub(crate) calls: Calls,
    pub(crate) clock: Clock,
    pub(crate) tasks: Tasks,
    pub(crate) hosts: Vec<String>,
    pub(crate) cors_origins: Vec<HeaderValue>,
    pub(crate) candidates: Vec<SocketAddr>,
    pub(crate) max_session: Duration,
    pub(crate) test_endpoints: bool,
    /// How this provider is reached, for an absolute `Location`.
    pub(crate) base: String,
}

impl Provider {
    fn unix_now(&self) -> i64 {
        self.clock.now().as_micros() / 1_000_000
    }

    /// Judges the request's bearer and writes it down.
    fn judge(&self, endpoint: &str, headers: &HeaderMap) -> Authorization {
        let authorization = self.keys.judge(headers, self.unix_now());
        self.ledger.request(endpoint, authorization.kind());
        authorization
    }

    /// Lets only the API key through.
    fn require_api_key(&self, endpoint: &str, headers: &HeaderMap) -> Result<(), Refused> {
        match self.judge(endpoint, headers) {
            Authorization::ApiKey => Ok(()),
            other => Err(Refused::unauthorized(&other)),
        }
    }
}

/// All endpoints.
pub(crate) fn router(provider: Arc<Provider>) -> Router {
    let mut router = Router::new()
        .route("/v1/realtime/client_secrets", post(mint::mint))
        .route("/v1/realtime/calls", post(calls::create))
        .route("/v1/realtime/calls/{id}/hangup", post(calls::hang_up))
        .route("/v1/realtime", get(calls::control_link));
    if provider.test_endpoints {
        router = router
            .route("/test/faults", post(test_only::set_faults))
            .route("/test/ledger", get(test_only::ledger))
            .route("/test/heard", post(test_only::put_words))
            .route("/test/calls/{id}/heard", post(test_only::put_words_of_call));
    }
    router
        .fallback(|| async { Refused::not_found() })
        .method_not_allowed_fallback(|| async { Refused::method_not_allowed() })
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .layer(cors(&provider.cors_origins))
        .layer(from_fn_with_state(Arc::clone(&provider), only_known_hosts))
        .with_state(provider)
}

/// Pages of other origins may call only when they are listed. Then they may read what a stock
/// client reads.
fn cors(origins: &[HeaderValue]) -> CorsLayer {
    if origins.is_empty() {
        return CorsLayer::new();
    }
    let headers = [
        AUTHORIZATION,
        CONTENT_TYPE,
        HeaderName::from_static("x-openai-agents-sdk"),
        HeaderName::from_static("openai-safety-identifier"),
    ];
    let allowed = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().cloned())
    };
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::POST, Method::OPTIONS])
        .allow_headers(headers)
        .expose_headers([LOCATION, RETRY_AFTER])
}

/// A page that rebinds its own name to loopback shows that name here, and is refused.
async fn only_known_hosts(
    State(provider): State<Arc<Provider>>,
    request: Request,
    next: Next,
) -> Response {
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    match host {
        Some(host)
            if provider
                .hosts
                .iter()
                .any(|known| known.eq_ignore_ascii_case(host)) =>
        {
            next.run(request).await
        }
        _ => Refused::plain(
            StatusCode::MISDIRECTED_REQUEST,
            "host_not_allowed",
            "This host is not served here.",
        )
        .into_response(),
    }
}
