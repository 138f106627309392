//! Making a call: one attempt, and whatever comes of it is known.

use super::{Inner, Provider};
use crate::{
    configuration::session_json,
    wire::{ProviderError, log_unreachable, read_text},
};
use domain::{ProviderCallId, Timestamp, call::CallConfiguration, sdp::SdpOffer};
use http::{HeaderMap, HeaderName, header};
use reqwest::{Response, StatusCode, multipart};
use std::{fmt, time::Duration};

/// How long making a call may take.
pub(super) const CREATE_TIMEOUT: Duration = Duration::from_secs(15);
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
}

/// SDP carries network addresses, so it is never printed.
impl fmt::Debug for CreatedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedCall")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

/// Why a call was not made. It never repeats the provider's text, the key or the offer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreateCallError {
    /// The provider said no: a configuration or a key to look at.
    #[error("the provider refused the call with status {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The provider's code, such as `invalid_api_key`.
        code: Option<String>,
    },
    /// Too many requests; later it may work.
    #[error("the provider is rate limiting us")]
    RateLimited {
        /// When to try again, if told.
        retry_after: Option<Duration>,
    },
    /// The account is out of money; trying again does not help.
    #[error("the provider's account is out of quota")]
    Quota,
    /// There is a call, but the provider did not say which: it cannot be hung up or controlled.
    #[error("the provider made a call without saying which")]
    Uncontrollable,
    /// The answer is not SDP. The call was hung up.
    #[error("the provider's answer is not SDP")]
    BadAnswer,
    /// No answer in time. Whether there is a call is not known.
    #[error("the provider did not answer in time")]
    Timeout,
    /// No connection, or it broke.
    #[error("the provider cannot be reached")]
    Unreachable,
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
        let Inner {
            profile,
            client,
            clock,
            ..
        } = &*self.0;
        let deadline = clock.now() + CREATE_TIMEOUT;
        let request = client
            .post(profile.url(&["realtime", "calls"]))
            .header(header::ACCEPT, "application/sdp")
            .header(SAFETY_IDENTIFIER, safety_id)
            .multipart(form(offer, configuration).ok_or(CreateCallError::Unreachable)?);
        let response = match clock
            .timeout(CREATE_TIMEOUT, self.authorized(request).send())
            .await
        {
            None => return Err(CreateCallError::Timeout),
            Some(Err(error)) => {
                log_unreachable(&profile.name, error);
                return Err(CreateCallError::Unreachable);
            }
            Some(Ok(response)) => response,
        };
        self.call_in(response, deadline).await
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
        let call = call_of(response.headers()).ok_or(CreateCallError::Uncontrollable)?;
        let clock = &self.0.clock;
        let answer = clock
            .timeout(deadline.since(clock.now()), read_text(response))
            .await;
        let problem = match answer {
            Some(Some(answer)) if answer.starts_with("v=0") => {
                return Ok(CreatedCall { call, answer });
            }
            Some(_) => CreateCallError::BadAnswer,
            None => CreateCallError::Timeout,
        };
        if let Err(error) = self.hangup(&call).await {
            tracing::warn!(call.id = %call, %error, "a call without a usable answer could not be hung up");
        }
        Err(problem)
    }

    async fn refusal(&self, response: Response, deadline: Timestamp) -> CreateCallError {
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers());
        let clock = &self.0.clock;
        // The status is enough when the body does not come.
        let error = clock
            .timeout(deadline.since(clock.now()), ProviderError::of(response))
            .await;
        let code = error.and_then(|error| error.code);
        match (status, code) {
            (_, Some(code)) if code == "insufficient_quota" => CreateCallError::Quota,
            (429, _) => CreateCallError::RateLimited { retry_after },
            (status, code) => CreateCallError::Refused { status, code },
        }
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
fn call_of(headers: &HeaderMap) -> Option<ProviderCallId> {
    let location = headers.get(header::LOCATION)?.to_str().ok()?;
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
    ProviderCallId::parse(id).ok()
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
