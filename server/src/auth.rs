//! From a request to a principal: the cookie's record names a sign-in, and the service says whose.

use crate::listener::Peer;
use app::{
    api::ApiError,
    ssr::{BoxFuture, BrowserSession, RequestContext},
};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use domain::{LoginId, person::Principal};
use service::{Origin, Service};
use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};
use tower_http::request_id::RequestId;
use tower_sessions::Session;

/// The one thing the browser's session remembers.
const LOGIN: &str = "login";

struct Cookie {
    session: Session,
    request_id: String,
}

impl Cookie {
    #[expect(clippy::needless_pass_by_value, reason = "an error ends here")]
    fn failed(&self, error: tower_sessions::session::Error) -> ApiError {
        tracing::error!(request.id = %self.request_id, error = &error as &dyn std::error::Error, "a browser's session could not be changed");
        ApiError::Internal {
            request_id: self.request_id.clone(),
        }
    }
}

impl BrowserSession for Cookie {
    fn remember<'a>(&'a self, login: &'a LoginId) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            // A new id, so that one planted before signing in is worth nothing.
            self.session
                .cycle_id()
                .await
                .map_err(|error| self.failed(error))?;
            self.session
                .insert(LOGIN, login)
                .await
                .map_err(|error| self.failed(error))
        })
    }

    fn forget(&self) -> BoxFuture<'_, Result<(), ApiError>> {
        Box::pin(async move {
            self.session
                .flush()
                .await
                .map_err(|error| self.failed(error))
        })
    }
}

/// The sign-in that a request's cookie names, if any; not yet asked whether it is alive.
pub(crate) async fn login_of(session: &Session) -> Option<LoginId> {
    session.get::<LoginId>(LOGIN).await.ok().flatten()
}

/// The same for an event stream: a page that opens it again after a break is no person's activity.
pub(crate) async fn attach_quietly(
    State(service): State<Service>,
    session: Session,
    request: Request,
    next: Next,
) -> Response {
    attach_as(service, session, request, next, Activity::None).await
}

/// What the page of those who supervise asks by itself, again and again: nobody need sit before it.
const LOOKS_BY_ITSELF: &str = "/api/sessions/supervise";

/// Whether a request counts as activity of its sign-in.
#[derive(Clone, Copy)]
enum Activity {
    Counts,
    None,
}

/// Puts the request's context where pages and server functions find it.
pub(crate) async fn attach(
    State(service): State<Service>,
    session: Session,
    request: Request,
    next: Next,
) -> Response {
    let activity = if request.uri().path() == LOOKS_BY_ITSELF {
        Activity::None
    } else {
        Activity::Counts
    };
    attach_as(service, session, request, next, activity).await
}

async fn attach_as(
    service: Service,
    session: Session,
    mut request: Request,
    next: Next,
    activity: Activity,
) -> Response {
    let request_id = request_id(&request);
    let login = login_of(&session).await;
    let principal = match &login {
        Some(login) => match known(&service, login, activity).await {
            Ok(principal) => principal,
            Err(error) => {
                tracing::error!(request.id = %request_id, error = &error as &dyn std::error::Error, "a sign-in could not be read");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        },
        None => None,
    };
    let context = RequestContext {
        service,
        principal,
        browser: Arc::new(Cookie {
            session,
            request_id: request_id.clone(),
        }),
        request_id,
        address: address(&request),
        user_agent: text(request.headers(), header::USER_AGENT),
    };
    request.extensions_mut().insert(context);
    next.run(request).await
}

async fn known(
    service: &Service,
    login: &LoginId,
    activity: Activity,
) -> Result<Option<Principal>, service::Error> {
    match activity {
        Activity::Counts => service::authenticate::authenticate(service, login).await,
        Activity::None => service::authenticate::recognise(service, login).await,
    }
}

/// Sends a browser that wants a page, and is not signed in, to sign in.
pub(crate) async fn require_sign_in(request: Request, next: Next) -> Response {
    let signed_in = request
        .extensions()
        .get::<RequestContext>()
        .is_some_and(|context| context.principal.is_some());
    let path = request.uri().path();
    let open = path == "/sign-in" || path.starts_with("/api/");
    if signed_in || open {
        return next.run(request).await;
    }
    let wanted = request
        .uri()
        .path_and_query()
        .map_or("/", |wanted| wanted.as_str());
    let next_page: String = url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
    let to = if wanted == "/" {
        "/sign-in".to_owned()
    } else {
        format!("/sign-in?next={next_page}")
    };
    Redirect::to(&to).into_response()
}

fn request_id(request: &Request) -> String {
    let id = request.extensions().get::<RequestId>();
    id.and_then(|id| id.header_value().to_str().ok())
        .unwrap_or("none")
        .to_owned()
}

/// Where a request came from, for the audit trail.
pub(crate) fn origin(request: &Request) -> Origin {
    Origin {
        address: address(request),
        user_agent: text(request.headers(), header::USER_AGENT),
    }
}

/// The peer's network, which throttles count by. Behind a proxy that is the proxy's, until a trusted one
/// can be configured.
fn address(request: &Request) -> String {
    request
        .extensions()
        .get::<ConnectInfo<Peer>>()
        .map_or_else(|| "unknown".to_owned(), |peer| network(peer.0.0.ip()))
}

/// An IPv4 address, or the /64 of an IPv6 one: a customer is given at least that much, and could
/// otherwise come from a new address each time.
fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let prefix = Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64));
            format!("{prefix}/64")
        }
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use std::net::SocketAddr;

    fn key_of(ip: &str) -> String {
        let mut request = Request::new(Body::empty());
        let peer = SocketAddr::new(ip.parse().unwrap(), 4711);
        request.extensions_mut().insert(ConnectInfo(Peer(peer)));
        address(&request)
    }

    #[test]
    fn a_household_with_a_whole_ipv6_network_is_one_address() {
        assert_eq!(key_of("2001:db8:1:2::1"), "2001:db8:1:2::/64");
        assert_eq!(
            key_of("2001:db8:1:2:ffff:ffff:ffff:ffff"),
            "2001:db8:1:2::/64"
        );
        assert_eq!(key_of("2001:db8:1:3::1"), "2001:db8:1:3::/64");
    }

    #[test]
    fn ipv4_addresses_are_told_apart_however_they_are_written() {
        assert_eq!(key_of("192.0.2.7"), "192.0.2.7");
        // What a socket that listens on both kinds calls an IPv4 peer.
        assert_eq!(key_of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(key_of("::ffff:192.0.2.8"), "192.0.2.8");
    }
}
