//! Making a call: one attempt, and whatever comes of it is known.

mod error;

pub use error::CreateCallError;

use super::{Inner, Provider, mint::bearer};
use crate::{
    configuration::session_json,
    profile::{Creation, ProviderKind},
    wire::{ProviderError, log_unreachable, read_text},
};
use domain::{Private, ProviderCallId, Timestamp, call::CallConfiguration, sdp::SdpOffer};
use http::{HeaderMap, HeaderName, header};
use reqwest::{RequestBuilder, Response, StatusCode, multipart};
use std::{fmt, time::Duration};

/// How long making a call may take, all its requests together.
pub(crate) const CREATE_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a secret lives that is minted for the very next request. It can be used more than once,
/// so not longer than needed; it never leaves this process.
const MINTED_LIFE: Duration = Duration::from_secs(30);
/// The longest wait we believe in.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// A keyed hash of the person, so that the provider can act against abuse without knowing who it is.
const SAFETY_IDENTIFIER: HeaderName = HeaderName::from_static("openai-safety-identifier");

/// A call that was made.
#[derive(Clone, PartialEq, Eq)]
pub struct CreatedCall {
    /// Its id, to attach and to hang up by.
    pub call: ProviderCallId,
    /// The provider's SDP answer, for the browser.
    pub answer: String,
    /// What the provider calls the model of this call, where it said so: a deployment may be named
    /// otherwise than its model.
    pub model: Option<String>,
    /// In which form the provider said its id.
    pub location: LocationForm,
}

/// In which form `Location` says the id of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocationForm {
    /// A path, as is documented.
    Relative,
    /// A whole URL, of which nothing but the id is used.
    Absolute,
}

/// SDP carries network addresses, so it is never printed.
impl fmt::Debug for CreatedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedCall")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

impl Provider {
    /// Makes a call with the whole configuration in place before any media flows. One attempt.
    ///
    /// Run it to its end: dropped half-way, a call may exist that nobody knows of.
    ///
    /// # Errors
    /// When there is no call, or one that cannot be used.
    pub async fn create_call(
        &self,
        offer: &SdpOffer,
        configuration: &CallConfiguration,
        safety_id: &str,
    ) -> Result<CreatedCall, CreateCallError> {
        let deadline = self.0.clock.now() + CREATE_TIMEOUT;
        match self.0.profile.kind.creation() {
            Creation::Whole => {
                let request = self
                    .post("calls", safety_id)
                    .header(header::ACCEPT, "application/sdp")
                    .multipart(form(offer, configuration).ok_or(CreateCallError::Unreachable)?);
                let response = self.answer(request, deadline).await?;
                self.call_in(response, deadline).await
            }
            Creation::Minted => {
                let minted = self
                    .mint_by(deadline, configuration, MINTED_LIFE, safety_id)
                    .await?;
                let created = self.offer_by(deadline, offer, &minted.secret).await?;
                Ok(CreatedCall {
                    model: minted.model,
                    ..created
                })
            }
        }
    }

    /// Makes a call with the offer alone: the secret stands in place of the key and carries the
    /// configuration (realtime reference 2.1 and 3.6).
    pub(crate) async fn offer_by(
        &self,
        deadline: Timestamp,
        offer: &SdpOffer,
        secret: &Private<String>,
    ) -> Result<CreatedCall, CreateCallError> {
        let request = self
            .0
            .client
            .post(self.calls_url())
            .header(
                header::AUTHORIZATION,
                bearer(secret).ok_or(CreateCallError::BadAnswer)?,
            )
            .header(header::ACCEPT, "application/sdp")
            .header(header::CONTENT_TYPE, "application/sdp")
            .body(offer.as_str().to_owned());
        let response = self.answer(request, deadline).await?;
        self.call_in(response, deadline).await
    }

    /// A request with the key, for a person.
    pub(super) fn post(&self, what: &str, safety_id: &str) -> RequestBuilder {
        let Inner {
            profile, client, ..
        } = &*self.0;
        self.authorized(client.post(profile.url(&["realtime", what])))
            .header(SAFETY_IDENTIFIER, safety_id)
    }

    /// Sends a request, once.
    pub(super) async fn answer(
        &self,
        request: RequestBuilder,
        deadline: Timestamp,
    ) -> Result<Response, CreateCallError> {
        self.within(deadline, request.send())
            .await?
            .map_err(|error| {
                log_unreachable(&self.0.profile.name, error);
                CreateCallError::Unreachable
            })
    }

    pub(super) async fn within<T>(
        &self,
        deadline: Timestamp,
        work: impl Future<Output = T>,
    ) -> Result<T, CreateCallError> {
        let clock = &self.0.clock;
        clock
            .timeout(deadline.since(clock.now()), work)
            .await
            .ok_or(CreateCallError::Timeout)
    }

    /// The call in an answer. One whose answer cannot be used is hung up: nobody will ever join it.
    pub(super) async fn call_in(
        &self,
        response: Response,
        deadline: Timestamp,
    ) -> Result<CreatedCall, CreateCallError> {
        if !matches!(response.status(), StatusCode::CREATED | StatusCode::OK) {
            return Err(self.refusal(response, deadline).await);
        }
        let (call, location) = call_of(response.headers(), self.0.profile.kind)
            .ok_or(CreateCallError::Uncontrollable)?;
        let problem = match self.within(deadline, read_text(response)).await {
            Ok(Some(answer)) if answer.starts_with("v=0") => {
                return Ok(CreatedCall {
                    call,
                    answer,
                    model: None,
                    location,
                });
            }
            Ok(_) => CreateCallError::BadAnswer,
            Err(error) => error,
        };
        if let Err(error) = self.hangup(&call).await {
            tracing::warn!(call.id = %call, %error, "a call without a usable answer could not be hung up");
        }
        Err(problem)
    }

    pub(super) async fn refusal(&self, response: Response, deadline: Timestamp) -> CreateCallError {
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers());
        // The status is enough when the body does not come.
        let error = self.within(deadline, ProviderError::of(response)).await;
        let code = error.ok().and_then(|error| error.code);
        CreateCallError::of(status, code, retry_after)
    }
}

/// Two parts and no file names (realtime reference 2.2).
fn form(offer: &SdpOffer, configuration: &CallConfiguration) -> Option<multipart::Form> {
    let sdp = multipart::Part::text(offer.as_str().to_owned())
        .mime_str("application/sdp")
        .ok()?;
    let session = multipart::Part::text(session_json(configuration).to_string())
        .mime_str("application/json")
        .ok()?;
    Some(
        multipart::Form::new()
            .part("sdp", sdp)
            .part("session", session),
    )
}

/// The id in `Location`, which may be relative, absolute or a query. Nothing else of it is used: a
/// URL is never taken from an answer.
fn call_of(headers: &HeaderMap, kind: ProviderKind) -> Option<(ProviderCallId, LocationForm)> {
    let location = headers.get(header::LOCATION)?.to_str().ok()?;
    let form = match location.contains("://") {
        true => LocationForm::Absolute,
        false => LocationForm::Relative,
    };
    let location = location.split('#').next()?;
    let (path, query) = location.split_once('?').unwrap_or((location, ""));
    let id = match query
        .split('&')
        .find_map(|pair| pair.strip_prefix("call_id="))
    {
        Some(id) => id,
        // The segment after `calls`, or a provider's own path: the last one that is not empty.
        None => path
            .rsplit('/')
            .find(|segment| !segment.is_empty())
            .filter(|segment| *segment != "calls")?,
    };
    let known = id.starts_with(kind.call_prefix());
    let call = ProviderCallId::parse(id).ok().filter(|_| known)?;
    Some((call, form))
}

/// The seconds form only; a date would need us to trust the provider's clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse::<u64>()
        .ok()?;
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}
