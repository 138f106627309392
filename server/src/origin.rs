//! Other pages that may post offers to the calls endpoint: the operator's list, and what their
//! browsers are told (realtime reference 9.1). It opens that one endpoint and no other, and never to
//! cookies: the secret is the credential.

use http::{
    HeaderValue, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, LOCATION},
};
use std::{fmt, str::FromStr};
use tower_http::cors::{AllowOrigin, CorsLayer};
use url::{Origin as Parsed, Url};

/// The origin of a page, as browsers write it: `https://desk.example` or `http://localhost:5173`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// Why a text is no origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an origin is http or https, a host and perhaps a port, such as https://desk.example")]
pub struct InvalidOrigin;

impl FromStr for Origin {
    type Err = InvalidOrigin;
    /// A wildcard is no origin: whoever may post is named.
    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let url = Url::parse(text).map_err(|_| InvalidOrigin)?;
        let origin = url.origin();
        let written = origin.ascii_serialization();
        let is_web = matches!(&origin, Parsed::Tuple(scheme, _, _) if matches!(scheme.as_str(), "http" | "https"));
        // Nothing but an origin: no path, no user, and not written in another way than browsers do.
        if !is_web || written != text || text.contains('*') {
            return Err(InvalidOrigin);
        }
        HeaderValue::try_from(written)
            .map(Self)
            .map_err(|_| InvalidOrigin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// What browsers are told about pages of those origins. With none, nothing: they refuse by themselves.
pub(crate) fn allowed(origins: &[Origin]) -> CorsLayer {
    if origins.is_empty() {
        return CorsLayer::new();
    }
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(
            origins.iter().map(|Origin(value)| value.clone()),
        ))
        .allow_methods([Method::POST, Method::OPTIONS])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            HeaderName::from_static("x-openai-agents-sdk"),
            HeaderName::from_static("openai-safety-identifier"),
        ])
        // A client reads its call's id there.
        .expose_headers([LOCATION])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for good in [
            "https://desk.example",
            "http://localhost:5173",
            "http://127.0.0.1:3000",
            "https://[::1]:8443",
        ] {
            assert_eq!(good.parse::<Origin>().unwrap().to_string(), good);
        }
        for bad in [
            "*",
            "null",
            "",
            "desk.example",
            "https://desk.example/",
            "https://desk.example/page",
            "https://Desk.example",
            "https://desk.example:443",
            "https://user@desk.example",
            "https://*.desk.example",
            "file:///page.html",
            "ftp://desk.example",
        ] {
            assert_eq!(bad.parse::<Origin>().unwrap_err(), InvalidOrigin, "{bad}");
        }
    }
}
