//! One provider as the operator configures it: a key belongs to exactly one base URL.

use domain::Private;
use http::{HeaderName, HeaderValue, header};
use std::fmt;
use url::{Host, Url};

/// A provider.
#[derive(Clone)]
pub struct ProviderProfile {
    /// The name workspaces choose it by.
    pub name: String,
    /// Where its API begins, such as `https://api.openai.com/v1`. Every URL is built from it.
    pub base_url: Url,
    /// The long-lived key. It never leaves this process but in requests to `base_url`.
    pub key: Private<String>,
    /// How the key is sent.
    pub auth: Auth,
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
            .field("host", &self.base_url.host_str())
            .field("model", &self.model)
            .field("sealed", &self.sealed)
            .field("rehearsal", &self.rehearsal)
            .finish_non_exhaustive()
    }
}

/// How the key is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// `Authorization: Bearer <key>`.
    Bearer,
    /// In a header of that name, such as `api-key`.
    Header(String),
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
    /// The key is empty or holds what no header may hold.
    #[error("the provider's key is empty or holds characters that cannot be sent")]
    Key,
    /// Not a name of a header, or one that means something else.
    #[error("the name of the provider's key header cannot be used")]
    HeaderName,
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
        if plain {
            Ok(())
        } else {
            Err(ProfileError::NotPlain)
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
        let (name, text) = match &self.auth {
            Auth::Bearer => (header::AUTHORIZATION, format!("Bearer {key}")),
            Auth::Header(name) => {
                let name = HeaderName::from_bytes(name.as_bytes())
                    .map_err(|_| ProfileError::HeaderName)?;
                if is_reserved(&name) {
                    return Err(ProfileError::HeaderName);
                }
                (name, key.clone())
            }
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

/// Headers that steer the request itself.
fn is_reserved(name: &HeaderName) -> bool {
    [
        header::HOST,
        header::CONNECTION,
        header::UPGRADE,
        header::CONTENT_LENGTH,
        header::CONTENT_TYPE,
        header::TRANSFER_ENCODING,
        header::ACCEPT,
        header::EXPECT,
        header::TE,
        header::TRAILER,
    ]
    .contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(url: &str) -> ProviderProfile {
        ProviderProfile {
            name: "main".into(),
            base_url: Url::parse(url).unwrap(),
            key: "sk-canary-4711".into(),
            auth: Auth::Bearer,
            model: "m".into(),
            transcription_model: "t".into(),
            sealed: false,
            rehearsal: false,
        }
    }

    #[test]
    fn plain_http_is_refused_outside_this_machine() {
        for good in [
            "https://api.openai.com/v1",
            "http://127.0.0.1:9/v1",
            "http://[::1]/v1",
            "http://localhost:80",
            "https://10.0.0.1/",
        ] {
            assert_eq!(profile(good).check_url(), Ok(()), "{good}");
        }
        let bad = [
            "http://api.openai.com/v1",
            "http://10.0.0.1/v1",
            "http://localhost.example.org/",
            "http://0.0.0.0/",
            "ws://127.0.0.1/",
            "ftp://127.0.0.1/",
            "file:///etc",
            "data:text/plain,x",
        ];
        for bad in bad {
            assert_eq!(
                profile(bad).check_url(),
                Err(ProfileError::Insecure),
                "{bad}"
            );
        }
        for bad in [
            "https://u@h/",
            "https://u:p@h/",
            "https://:p@h/",
            "https://h/?a=b",
            "https://h/#f",
        ] {
            assert_eq!(
                profile(bad).check_url(),
                Err(ProfileError::NotPlain),
                "{bad}"
            );
        }
    }

    #[test]
    fn no_id_leads_out_of_the_base() {
        for (base, id, expected) in [
            (
                "https://h/v1",
                "rtc_1",
                "https://h/v1/realtime/calls/rtc_1/hangup",
            ),
            (
                "https://h/v1/",
                "rtc_1",
                "https://h/v1/realtime/calls/rtc_1/hangup",
            ),
            (
                "https://h",
                "a/b?c#d",
                "https://h/realtime/calls/a%2Fb%3Fc%23d/hangup",
            ),
        ] {
            assert_eq!(
                profile(base)
                    .url(&["realtime", "calls", id, "hangup"])
                    .as_str(),
                expected
            );
        }
    }

    #[test]
    fn a_key_that_cannot_be_sent_is_refused() {
        for key in ["", "a\nb", "ä\u{0}"] {
            let profile = ProviderProfile {
                key: key.into(),
                ..profile("https://h/")
            };
            assert_eq!(
                profile.key_header().unwrap_err(),
                ProfileError::Key,
                "{key:?}"
            );
        }
        for name in ["", "a b", "host", "Content-Type", "ä"] {
            let profile = ProviderProfile {
                auth: Auth::Header(name.into()),
                ..profile("https://h/")
            };
            assert_eq!(
                profile.key_header().unwrap_err(),
                ProfileError::HeaderName,
                "{name:?}"
            );
        }
        let (name, value) = ProviderProfile {
            auth: Auth::Header("Api-Key".into()),
            ..profile("https://h/")
        }
        .key_header()
        .unwrap();
        assert_eq!(
            (name.as_str(), value.as_bytes()),
            ("api-key", b"sk-canary-4711".as_slice())
        );
    }

    #[test]
    fn the_key_is_never_shown() {
        let profile = ProviderProfile {
            base_url: Url::parse("https://u:canary-4711@h/").unwrap(),
            ..profile("https://h/")
        };
        let shown = format!(
            "{profile:?} {:?} {:?}",
            profile.key_header(),
            profile.check_url()
        );
        assert!(!shown.contains("4711"), "{shown}");
    }
}
