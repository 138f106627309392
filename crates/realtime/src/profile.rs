//! One provider as the operator configures it: a key belongs to exactly one base URL.

use domain::Private;
use http::{HeaderName, HeaderValue, header};
use std::fmt;
use url::{Host, Url};

/// Where Azure takes the key.
const API_KEY: HeaderName = HeaderName::from_static("api-key");

/// A provider.
#[derive(Clone)]
pub struct ProviderProfile {
    /// The name workspaces choose it by.
    pub name: String,
    /// Where its API begins, such as `https://api.openai.com/v1`. Every URL is built from it.
    pub base_url: Url,
    /// The long-lived key. It never leaves this process but in requests to `base_url`.
    pub key: Private<String>,
    /// How its API differs from others.
    pub kind: ProviderKind,
    /// The model used where a workflow names none.
    pub model: String,
    /// The model that transcribes the person's words.
    pub transcription_model: String,
    /// Whether it accepts offers without a data channel.
    pub sealed: bool,
    /// Whether it is the embedded rehearsal, and to be marked as such.
    pub rehearsal: bool,
}

/// A base URL may hold a password until it is checked, so only its host is shown.
impl fmt::Debug for ProviderProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderProfile")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("host", &self.base_url.host_str())
            .field("model", &self.model)
            .field("sealed", &self.sealed)
            .field("rehearsal", &self.rehearsal)
            .finish_non_exhaustive()
    }
}

/// A kind of provider: where it is, how the key is sent and how a call is made (realtime reference
/// 2.6, 3.6 and 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// OpenAI: bearer key, one request with offer and configuration.
    OpenAi,
    /// OpenAI's host in Europe, for projects made there: the same at another address, and everything
    /// of a call at that address.
    OpenAiEu,
    /// Azure OpenAI: the key in `api-key`; a call is made with a short-lived secret that is minted
    /// first; models are named by their deployments.
    Azure,
    /// Any other server that speaks as OpenAI does.
    Compatible,
}

impl ProviderKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::OpenAi, Self::OpenAiEu, Self::Azure, Self::Compatible];

    /// The word for it, as operators choose it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::OpenAiEu => "openai-eu",
            Self::Azure => "azure",
            Self::Compatible => "compatible",
        }
    }

    /// Where its API begins, when it has one place only.
    #[must_use]
    pub const fn usual_url(self) -> Option<&'static str> {
        match self {
            Self::OpenAi => Some("https://api.openai.com/v1"),
            Self::OpenAiEu => Some("https://eu.api.openai.com/v1"),
            Self::Azure | Self::Compatible => None,
        }
    }

    /// The kind that a host is known to be. A key of one kind is never sent to a host of another.
    #[must_use]
    pub fn of_host(host: &str) -> Option<Self> {
        match host.trim_end_matches('.') {
            "api.openai.com" => Some(Self::OpenAi),
            "eu.api.openai.com" => Some(Self::OpenAiEu),
            host if host.ends_with(".openai.azure.com") => Some(Self::Azure),
            _ => None,
        }
    }

    /// Whether a model's name is the operator's own: a deployment, which no default can know.
    #[must_use]
    pub const fn names_deployments(self) -> bool {
        matches!(self, Self::Azure)
    }

    /// How a call is made.
    pub(crate) const fn creation(self) -> Creation {
        match self {
            Self::OpenAi | Self::OpenAiEu | Self::Compatible => Creation::Whole,
            Self::Azure => Creation::Minted,
        }
    }

    /// Whether what the browser receives on its data channel can be, and is, filtered.
    pub(crate) const fn filters_the_browser(self) -> bool {
        matches!(self, Self::Azure)
    }

    /// What every call id begins with, where that is known.
    pub(crate) const fn call_prefix(self) -> &'static str {
        match self {
            Self::OpenAi | Self::OpenAiEu | Self::Azure => "rtc_",
            Self::Compatible => "",
        }
    }

    /// How a base URL's path ends, where that is known.
    const fn path(self) -> &'static str {
        match self {
            Self::OpenAi | Self::OpenAiEu => "/v1",
            Self::Azure => "/openai/v1",
            Self::Compatible => "",
        }
    }
}

/// How a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Creation {
    /// Offer and configuration in one request, with the key.
    Whole,
    /// A secret is minted for the configuration with the key, and the offer is sent with the secret.
    Minted,
}

/// Why a profile cannot be used. It repeats neither the URL nor the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// Not `https`, and not `http` to this machine (requirement A18).
    #[error("the provider's base URL must begin with https, except on this machine")]
    Insecure,
    /// A user, password, query or fragment.
    #[error("the provider's base URL must be scheme, host and path, nothing more")]
    NotPlain,
    /// The host is another kind of provider, so the key would go to the wrong one.
    #[error("the provider's base URL is of another kind of provider than the one chosen")]
    OtherKind,
    /// The path is not the one that kind has.
    #[error("the provider's base URL must end in {0}")]
    Path(&'static str),
    /// The key is empty or holds what no header may hold.
    #[error("the provider's key is empty or holds characters that cannot be sent")]
    Key,
    /// The machine's trusted certificates cannot be used.
    #[error("the HTTPS client could not be made")]
    Client,
}

impl ProviderProfile {
    /// Whether the base URL is safe to send a key to.
    pub(crate) fn check_url(&self) -> Result<(), ProfileError> {
        let url = &self.base_url;
        match url.scheme() {
            "https" if url.host().is_some() => {}
            "http" if url.host().is_some_and(|host| is_loopback(&host)) => {}
            _ => return Err(ProfileError::Insecure),
        }
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !plain {
            return Err(ProfileError::NotPlain);
        }
        let known = url.host_str().and_then(ProviderKind::of_host);
        if known.is_some_and(|known| known != self.kind) {
            return Err(ProfileError::OtherKind);
        }
        let path = self.kind.path();
        if url.path().trim_end_matches('/').ends_with(path) {
            Ok(())
        } else {
            Err(ProfileError::Path(path))
        }
    }

    /// The header that carries the key, marked so that no library prints it.
    pub(crate) fn key_header(&self) -> Result<(HeaderName, HeaderValue), ProfileError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "sent to the provider whose key it is"
        )]
        let key = self.key.expose();
        if key.is_empty() {
            return Err(ProfileError::Key);
        }
        let (name, text) = match self.kind {
            ProviderKind::OpenAi | ProviderKind::OpenAiEu | ProviderKind::Compatible => {
                (header::AUTHORIZATION, format!("Bearer {key}"))
            }
            ProviderKind::Azure => (API_KEY, key.clone()),
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_| ProfileError::Key)?;
        value.set_sensitive(true);
        Ok((name, value))
    }

    /// A URL below the base. Each part is percent-encoded as a whole, so that no id can lead
    /// anywhere else (realtime reference 7.2).
    pub(crate) fn url(&self, parts: &[&str]) -> Url {
        let mut url = self.base_url.clone();
        // An http(s) URL always has a path to append to.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }
}

/// Only what names this machine by itself: another name may be resolved to anywhere.
fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests;
