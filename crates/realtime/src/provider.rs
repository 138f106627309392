//! Calls at the provider: made, hung up, attached to. One client, made once: no redirects, no proxy
//! from the environment, no retries, HTTPS except on this machine.

mod create;
mod mint;

pub(crate) use create::CREATE_TIMEOUT;
pub use create::{CreateCallError, CreatedCall, LocationForm};
pub use mint::Minted;

use crate::{
    link::{self, AttachError, ControlLink},
    profile::{ProfileError, ProviderProfile},
    wire::{ProviderError, log_unreachable},
};
use domain::{Private, ProviderCallId};
use http::{HeaderName, HeaderValue, header};
use reqwest::{Client, ClientBuilder, RequestBuilder};
use runtime::Clock;
use std::{fmt, sync::Arc, time::Duration};
use url::Url;

/// How long hanging up may take.
const HANGUP_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one attempt to attach may take.
const ATTACH_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may take, so that an unreachable address leaves time for the next one.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);
/// A provider we can make calls at.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    profile: ProviderProfile,
    client: Client,
    key: (HeaderName, HeaderValue),
    clock: Clock,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("profile", &self.0.profile)
            .finish_non_exhaustive()
    }
}

/// What hanging up came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HungUp {
    /// The provider hung up.
    Done,
    /// The provider knows no such call: it is over, or it is not up yet and may still come up (realtime
    /// reference 3.4).
    NoSuchCall,
}

/// Why a call was not hung up. Try again: it may still be running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HangupError {
    /// The provider said no.
    #[error("the provider refused to hang up with status {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// No answer in time.
    #[error("the provider did not answer in time")]
    Timeout,
    /// No connection, or it broke.
    #[error("the provider cannot be reached")]
    Unreachable,
}

impl Provider {
    /// Checks the profile and makes the client.
    ///
    /// # Errors
    /// When the base URL is not safe to send a key to, or the key cannot be sent.
    pub fn new(profile: ProviderProfile, clock: Clock) -> Result<Self, ProfileError> {
        profile.check_url()?;
        let key = profile.key_header()?;
        let client = client(&profile).build().map_err(|_| ProfileError::Client)?;
        Ok(Self(Arc::new(Inner {
            profile,
            client,
            key,
            clock,
        })))
    }

    /// The profile it was made from.
    #[must_use]
    pub fn profile(&self) -> &ProviderProfile {
        &self.0.profile
    }

    /// Where an offer is posted with a secret: by a browser in direct mode, by us where the provider
    /// wants it so. At Azure, what the browser receives on its data channel is filtered (realtime
    /// reference 3.6): our page takes nothing from there.
    #[must_use]
    pub fn calls_url(&self) -> Url {
        let mut url = self.0.profile.url(&["realtime", "calls"]);
        if self.0.profile.kind.filters_the_browser() {
            url.query_pairs_mut().append_pair("webrtcfilter", "on");
        }
        url
    }

    /// Hangs up. It can be repeated: a call that is over is one that the provider does not know.
    ///
    /// # Errors
    /// When the provider did not confirm that the call is over.
    pub async fn hangup(&self, call: &ProviderCallId) -> Result<HungUp, HangupError> {
        let Inner {
            profile,
            client,
            clock,
            ..
        } = &*self.0;
        let request = self.authorized(client.post(profile.url(&[
            "realtime",
            "calls",
            call.as_str(),
            "hangup",
        ])));
        let attempt = async {
            let response = request.send().await.map_err(|error| {
                log_unreachable(&profile.name, error);
                HangupError::Unreachable
            })?;
            if response.status().is_success() {
                return Ok(HungUp::Done);
            }
            let error = ProviderError::of(response).await;
            if error.is_no_such_call() {
                Ok(HungUp::NoSuchCall)
            } else {
                Err(HangupError::Refused {
                    status: error.status.as_u16(),
                })
            }
        };
        clock
            .timeout(HANGUP_TIMEOUT, attempt)
            .await
            .unwrap_or(Err(HangupError::Timeout))
    }

    /// Attaches the control link to a call. One attempt: a new call is often not found for a moment,
    /// so whoever calls this tries again.
    ///
    /// # Errors
    /// When there is no such call (yet), the provider refuses, or the attempt fails.
    pub async fn attach(&self, call: &ProviderCallId) -> Result<ControlLink, AttachError> {
        let request = self.0.client.get(self.control_url(call));
        self.attach_by(self.authorized(request), call).await
    }

    /// Attaches the control link with the secret that the call was made with, where the provider
    /// does not let the key control such a call (realtime reference 3.4). One attempt.
    ///
    /// # Errors
    /// When there is no such call (yet), the provider refuses, or the attempt fails.
    pub async fn attach_with_secret(
        &self,
        call: &ProviderCallId,
        secret: &Private<String>,
    ) -> Result<ControlLink, AttachError> {
        let bearer = mint::bearer(secret).ok_or(AttachError::Failed)?;
        let request = self.0.client.get(self.control_url(call));
        self.attach_by(request.header(header::AUTHORIZATION, bearer), call)
            .await
    }

    async fn attach_by(
        &self,
        request: RequestBuilder,
        call: &ProviderCallId,
    ) -> Result<ControlLink, AttachError> {
        let Inner { profile, clock, .. } = &*self.0;
        let attempt = link::attach(request, &profile.name, call);
        clock
            .timeout(ATTACH_TIMEOUT, attempt)
            .await
            .unwrap_or(Err(AttachError::Failed))
    }

    fn control_url(&self, call: &ProviderCallId) -> Url {
        let mut url = self.0.profile.url(&["realtime"]);
        url.query_pairs_mut().append_pair("call_id", call.as_str());
        url
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        let (name, value) = &self.0.key;
        request.header(name.clone(), value.clone())
    }
}

/// The one client, as strict as it gets.
fn client(profile: &ProviderProfile) -> ClientBuilder {
    Client::builder()
        .https_only(profile.base_url.scheme() == "https")
        // A redirect would carry the key and the conversation to another place.
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        // A repeated request can leave a second live call that nobody controls.
        .retry(reqwest::retry::never())
        // Each request gets a connection of its own: a kept one that died meanwhile would fail a
        // call, and requests are few.
        .pool_max_idle_per_host(0)
        // The control link is an upgrade, which HTTP/2 does not have.
        .http1_only()
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(concat!("vestibule/", env!("CARGO_PKG_VERSION")))
}

#[cfg(test)]
mod tests;
