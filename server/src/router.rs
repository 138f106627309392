//! Routes and layers.

use crate::{
    auth, calls, errors, events,
    headers::{self, Transport},
    login_store::LoginStore,
    origin::{self, Origin},
    state::CALLS_PATH,
};
use app::{App, shell};
use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode},
    middleware::{self, from_fn, from_fn_with_state},
    response::IntoResponse,
    routing::{get, post},
};
use leptos::config::LeptosOptions;
use leptos_axum::{LeptosRoutes, generate_route_list};
use runtime::Ids;
use service::Service;
use std::{fs, net::SocketAddr, path::Path, time::Duration};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    csrf::CsrfLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    timeout::TimeoutLayer,
    trace::TraceLayer,
};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite};

/// No form of ours is larger.
const MAX_BODY: usize = 256 * 1024;
/// No page or function takes longer; event streams are not under it.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the routes need to know.
#[derive(Debug, Clone)]
pub struct Site {
    /// The folder with the page.
    pub folder: std::path::PathBuf,
    /// The address we listen on.
    pub address: SocketAddr,
    /// Whether people reach us by https.
    pub tls: bool,
    /// Origins of other pages whose clients may post offers.
    pub calls_origins: Vec<Origin>,
}

/// Why the page cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("there is no page in `{0}`: build it with `cargo xtask build`")]
pub struct NoPage(String);

/// Builds the routes.
///
/// # Errors
/// When the site folder holds no page.
pub fn router(service: &Service, site: &Site) -> Result<Router, NoPage> {
    let transport = if site.tls {
        Transport::Tls
    } else {
        Transport::Plain
    };
    let options = options(site)?;
    let pages = pages(service, &options)
        .layer(from_fn(auth::require_sign_in))
        .layer(from_fn_with_state(service.clone(), auth::attach))
        .layer(from_fn(errors::status_of_errors))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            PATIENCE,
        ))
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(sessions(service, transport))
        .layer(CsrfLayer::new());
    let streams = Router::new()
        .route("/intakes/{id}/events", get(events::stream))
        .layer(from_fn_with_state(service.clone(), auth::attach_quietly))
        .layer(sessions(service, transport));
    // Outside the CSRF layer: the secret is the credential (product: brokered).
    let calls = Router::new()
        .route(CALLS_PATH, post(calls::create))
        .with_state(service.clone())
        .layer(sessions(service, transport))
        .layer(origin::allowed(&site.calls_origins));
    let health = Router::new()
        .route("/health/live", get(|| async { StatusCode::NO_CONTENT }))
        .route("/health/ready", get(ready))
        .with_state(service.clone());
    // What is no file is the page that says so, which is a page like any other.
    let known = service.clone();
    let direct = service.direct_origin();
    let context = move || {
        leptos::context::provide_context(known.clone());
        headers::set_page_policy(direct.as_deref());
    };
    let files = Router::new()
        .fallback(leptos_axum::file_and_error_handler_with_context::<
            LeptosOptions,
            _,
        >(context, shell))
        .with_state(options);

    Ok(Router::new()
        .merge(pages)
        .merge(streams)
        .merge(calls)
        .merge(health)
        .fallback_service(
            files
                .layer(from_fn_with_state(service.clone(), auth::attach))
                .layer(sessions(service, transport)),
        )
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(errors::panicked))
        .layer(middleware::from_fn_with_state(transport, headers::add))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(SetRequestIdLayer::x_request_id(OurIds)))
}

fn pages(service: &Service, options: &LeptosOptions) -> Router {
    let routes = generate_route_list(App);
    let shown = options.clone();
    let service = service.clone();
    let direct = service.direct_origin();
    Router::new()
        .leptos_routes_with_context(
            options,
            routes,
            move || {
                leptos::context::provide_context(service.clone());
                headers::set_page_policy(direct.as_deref());
            },
            move || shell(shown.clone()),
        )
        .with_state(options.clone())
}

fn options(site: &Site) -> Result<LeptosOptions, NoPage> {
    let folder = &site.folder;
    let missing = || NoPage(folder.display().to_string());
    let package =
        fs::read_to_string(folder.join("pkg").join("current.txt")).map_err(|_| missing())?;
    let root = folder.to_str().ok_or_else(missing)?.to_owned();
    Ok(LeptosOptions::builder()
        .output_name("vestibule")
        .site_root(root)
        .site_pkg_dir(Path::new("pkg").join(package.trim()).display().to_string())
        .site_addr(site.address)
        .build())
}

/// The browser's session: a strict cookie that JavaScript cannot read, and that ends with the sign-in.
fn sessions(service: &Service, transport: Transport) -> SessionManagerLayer<LoginStore> {
    let absolute = service.settings().sign_in.absolute.as_secs();
    let expiry = Expiry::OnInactivity(time::Duration::seconds(
        i64::try_from(absolute).unwrap_or(0),
    ));
    let layer = SessionManagerLayer::new(LoginStore(service.clone()))
        .with_http_only(true)
        .with_same_site(SameSite::Strict)
        .with_path("/")
        .with_expiry(expiry);
    match transport {
        Transport::Tls => layer.with_name("__Host-vestibule").with_secure(true),
        Transport::Plain => layer.with_name("vestibule").with_secure(false),
    }
}

async fn ready(State(service): State<Service>) -> impl IntoResponse {
    match service.check_health().await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Method and route of a request, never its query: addresses of ours hold ids, but a mistyped one
/// could hold anything.
fn span<B>(request: &axum::http::Request<B>) -> tracing::Span {
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or("none");
    tracing::info_span!("request", http.method = %request.method(), url.path = request.uri().path(), request.id = id)
}

/// Request ids of ours; what a client sends is not taken over.
#[derive(Debug, Clone, Copy)]
struct OurIds;

impl MakeRequestId for OurIds {
    fn make_request_id<B>(&mut self, _request: &axum::http::Request<B>) -> Option<RequestId> {
        let id = u64::from_be_bytes(Ids.bytes::<8>());
        HeaderValue::from_str(&format!("req-{id:016x}"))
            .ok()
            .map(RequestId::new)
    }
}
