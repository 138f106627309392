//! The server's side of the wire: service and principal from context, conversions, errors out.
//! The only module behind the `ssr` feature.

pub mod account;
pub mod intakes;
pub mod sessions;
pub mod stream;
pub mod workflows;

use crate::api::ApiError;
use domain::{Private, person::Principal};
use leptos::prelude::use_context;

use service::{Error, Refusal, Service};
use std::{error::Error as StdError, pin::Pin, sync::Arc};

/// What the server puts into the extensions of each request.
#[derive(Clone)]
pub struct RequestContext {
    /// The service.
    pub service: Service,
    /// Who asks; none when nobody is signed in.
    pub principal: Option<Principal>,
    /// The browser's session.
    pub browser: Arc<dyn BrowserSession>,
    /// The request's id, as in the log.
    pub request_id: String,
    /// The network address it came from.
    pub address: String,
    /// The browser's name.
    pub user_agent: String,
}

/// A boxed future, so that [`BrowserSession`] can be an object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The browser's session cookie, as the server keeps it.
pub trait BrowserSession: Send + Sync {
    /// Remembers a sign-in, under a new id (session fixation).
    fn remember<'a>(&'a self, login: &'a domain::LoginId) -> BoxFuture<'a, Result<(), ApiError>>;
    /// Forgets everything.
    fn forget(&self) -> BoxFuture<'_, Result<(), ApiError>>;
}

/// The context of this request. A server function outside a request has none.
fn context() -> Result<RequestContext, ApiError> {
    let parts = use_context::<http::request::Parts>();
    parts
        .and_then(|parts| parts.extensions.get::<RequestContext>().cloned())
        .ok_or_else(|| {
            tracing::error!("a server function ran outside of a request");
            ApiError::Internal {
                request_id: "none".into(),
            }
        })
}

/// Who asks. The first line of every server function but signing in.
struct Caller {
    context: RequestContext,
    principal: Principal,
}

impl Caller {
    fn service(&self) -> &Service {
        &self.context.service
    }

    /// An error for the page; what is ours alone goes to the log, once.
    fn refuse(&self, error: Error) -> ApiError {
        refuse(&self.context, error)
    }
}

fn caller() -> Result<Caller, ApiError> {
    let context = context()?;
    let principal = context.principal.clone().ok_or(ApiError::SignedOut)?;
    Ok(Caller { context, principal })
}

/// A form without scripts cannot show an answer in place, so it is led back to its page with one
/// word of why. The page's address says no more: anybody can write one.
fn lead_back(page: &str, error: ApiError) -> ApiError {
    let without_scripts = use_context::<http::request::Parts>().is_some_and(|parts| {
        parts
            .headers
            .get(http::header::ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html"))
    });
    if without_scripts {
        let word = match &error {
            ApiError::SignedOut => "signed_out",
            ApiError::Refused { code, .. } | ApiError::Conflict { code, .. } => code,
            ApiError::NotFound => "not_found",
            ApiError::Malformed | ApiError::Invalid { .. } => "wrong",
            ApiError::TooMany { .. } => "too_many",
            ApiError::Internal { .. } | ApiError::Unreachable => "failed",
        };
        leptos_axum::redirect(&format!("{page}?problem={word}"));
    }
    error
}

/// Gives the page being rendered the status of the error it shows.
pub(crate) fn answer_with_status_of(error: &ApiError) {
    let response = use_context::<leptos_axum::ResponseOptions>();
    if let (Some(response), Ok(status)) = (response, http::StatusCode::from_u16(error.status())) {
        response.set_status(status);
    }
}

/// Turns a use case's error into the page's.
#[must_use]
pub fn refuse(context: &RequestContext, error: Error) -> ApiError {
    match error {
        Error::SignedOut => ApiError::SignedOut,
        Error::Refused(refusal) => refused(&refusal),
        Error::NotFound => ApiError::NotFound,
        Error::Conflict { code, message } => ApiError::Conflict {
            code: code.to_owned(),
            message,
        },
        Error::Invalid { field, message } => ApiError::Invalid {
            field: field.map(String::from),
            message,
        },
        Error::TooMany {
            retry_after,
            message,
        } => too_many(retry_after.as_secs().max(1), message),
        Error::Store(_) | Error::Sealing | Error::Inconsistent(_) => {
            tracing::error!(request.id = %context.request_id, error = &error as &dyn StdError, "a request failed");
            ApiError::Internal {
                request_id: context.request_id.clone(),
            }
        }
    }
}

/// A limit that was reached answers 429, as one over a rate does; every other refusal 403.
fn refused(refusal: &Refusal) -> ApiError {
    match refusal {
        Refusal::TooManyOfUser { .. }
        | Refusal::TooManyOfWorkspace { .. }
        | Refusal::TooManyOnServer => ApiError::TooMany {
            retry_after: 30,
            message: refusal.to_string(),
        },
        _ => ApiError::Refused {
            code: refusal.code().to_owned(),
            message: refusal.to_string(),
        },
    }
}

fn too_many(seconds: u64, message: &str) -> ApiError {
    let wait = match seconds {
        0..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    };
    ApiError::TooMany {
        retry_after: seconds,
        message: format!("{message} Try again in {wait}."),
    }
}

/// A value for the person who may see it.
fn shown(value: &Private<String>) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "shown to a person whom policy lets see it"
    )]
    value.expose().clone()
}
