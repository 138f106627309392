//! A provider on loopback that says what a test wants it to say.

use crate::{Provider, ProviderKind, ProviderProfile};
use axum::Router;
use domain::sdp::SdpOffer;
use runtime::{Clock, Tasks};
use url::Url;

/// A key that must be seen nowhere.
pub(crate) const KEY: &str = "sk-canary-0123456789";

/// Serves until the test ends. Gives the base URL.
pub(crate) async fn serve(app: Router) -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    Tasks::new().spawn("mock provider", async move {
        axum::serve(listener, app).await.unwrap();
    });
    Url::parse(&format!("http://{address}/v1")).unwrap()
}

pub(crate) fn profile(base_url: Url) -> ProviderProfile {
    ProviderProfile {
        name: "mock".into(),
        base_url,
        key: KEY.into(),
        kind: ProviderKind::Compatible,
        model: "gpt-realtime-2.1".into(),
        transcription_model: "gpt-realtime-whisper".into(),
        sealed: true,
        rehearsal: true,
    }
}

pub(crate) async fn provider(app: Router) -> Provider {
    Provider::new(profile(serve(app).await), Clock::system()).unwrap()
}

/// A small valid offer, with line ends as a browser makes them.
pub(crate) fn offer() -> SdpOffer {
    let fingerprint = vec!["AB"; 32].join(":");
    SdpOffer::parse(&format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 {fingerprint}\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n"
    ))
    .unwrap()
}
