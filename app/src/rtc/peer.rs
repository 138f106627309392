//! The peer connection: the offer, its fingerprint, the answer, and whether it holds.

use super::{
    ledger::{self, Held},
    microphone::Microphone,
};
use crate::api::json::Fields;
use domain::workflow::ConnectionMode;
use js_sys::{JsString, Reflect};
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Headers, HtmlAudioElement, MediaStream, RequestCache, RequestCredentials, RequestInit,
    Response, RtcDataChannel, RtcPeerConnection, RtcPeerConnectionState, RtcRtpSender,
    RtcRtpTransceiverDirection, RtcRtpTransceiverInit, RtcSdpType, RtcSessionDescriptionInit,
    RtcTrackEvent,
};

/// Why no call came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PeerProblem {
    /// This browser cannot.
    Browser,
    /// The calls endpoint refused; its code.
    Refused(String),
    /// The calls endpoint could not be reached.
    Unreachable,
}

/// What one side of the connection says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Connected,
    /// It may come back.
    Interrupted,
    /// It will not come back.
    Lost,
}

/// A peer connection with its sound. Dropping it hangs up on this side.
pub(super) struct Peer {
    connection: RtcPeerConnection,
    channel: Option<RtcDataChannel>,
    sender: Option<RtcRtpSender>,
    sound: HtmlAudioElement,
    _on_track: Closure<dyn FnMut(RtcTrackEvent)>,
    on_state: Option<Closure<dyn FnMut()>>,
}

/// What is sent to be answered.
pub(super) struct Offer {
    pub(super) sdp: String,
    /// SHA-256 of the certificate this page will show in the DTLS handshake.
    pub(super) fingerprint: String,
}

impl Peer {
    /// Makes the connection and its offer. `on_silent` is called when the browser wants a click
    /// before it plays sound.
    pub(super) async fn offer(
        microphone: Option<&Microphone>,
        mode: ConnectionMode,
        on_silent: impl Fn() + Clone + 'static,
    ) -> Result<(Self, Offer), PeerProblem> {
        let connection = RtcPeerConnection::new().map_err(|_| PeerProblem::Browser)?;
        ledger::opened(Held::Peer);
        let sound = sound_element().ok_or(PeerProblem::Browser);
        let sound = match sound {
            Ok(sound) => sound,
            Err(problem) => {
                connection.close();
                ledger::closed(Held::Peer);
                return Err(problem);
            }
        };
        let speaker = sound.clone();
        let on_track = Closure::<dyn FnMut(RtcTrackEvent)>::new(move |event: RtcTrackEvent| {
            let stream = event
                .streams()
                .get(0)
                .dyn_into::<MediaStream>()
                .ok()
                .or_else(|| {
                    let stream = MediaStream::new().ok()?;
                    stream.add_track(&event.track());
                    Some(stream)
                });
            speaker.set_src_object(stream.as_ref());
            play(&speaker, Box::new(on_silent.clone()));
        });
        connection.set_ontrack(Some(on_track.as_ref().unchecked_ref()));
        // From here on a failure drops the peer, which closes everything.
        let mut peer = Self {
            connection,
            channel: None,
            sender: None,
            sound,
            _on_track: on_track,
            on_state: None,
        };
        peer.sender = Some(match microphone {
            Some(microphone) => peer
                .connection
                .add_track_0(microphone.track(), microphone.stream()),
            // Listening and typing: the line is there, nothing is sent on it.
            None => {
                let direction = RtcRtpTransceiverInit::new();
                direction.set_direction(RtcRtpTransceiverDirection::Sendrecv);
                peer.connection
                    .add_transceiver_with_str_and_init("audio", &direction)
                    .sender()
            }
        });
        match mode {
            ConnectionMode::Sealed => {}
            // The provider expects it. Nothing on the page listens to it: the page follows our own stream.
            ConnectionMode::Brokered | ConnectionMode::Direct => {
                peer.channel = Some(peer.connection.create_data_channel("oai-events"))
            }
        }
        let offer = JsFuture::from(peer.connection.create_offer())
            .await
            .map_err(|_| PeerProblem::Browser)?;
        JsFuture::from(peer.connection.set_local_description(offer.unchecked_ref()))
            .await
            .map_err(|_| PeerProblem::Browser)?;
        let sdp = Reflect::get(&offer, &"sdp".into())
            .ok()
            .and_then(|sdp| sdp.as_string())
            .ok_or(PeerProblem::Browser)?;
        let fingerprint = fingerprint(&sdp).ok_or(PeerProblem::Browser)?;
        Ok((peer, Offer { sdp, fingerprint }))
    }

    /// Tells what becomes of the connection.
    pub(super) fn watch(&mut self, mut callback: impl FnMut(Link) + 'static) {
        let connection = self.connection.clone();
        let on_state = Closure::<dyn FnMut()>::new(move || match connection.connection_state() {
            RtcPeerConnectionState::Connected => callback(Link::Connected),
            RtcPeerConnectionState::Disconnected => callback(Link::Interrupted),
            RtcPeerConnectionState::Failed | RtcPeerConnectionState::Closed => callback(Link::Lost),
            _ => {}
        });
        self.connection
            .set_onconnectionstatechange(Some(on_state.as_ref().unchecked_ref()));
        self.on_state = Some(on_state);
    }

    /// Takes the answer.
    pub(super) fn answer(&self, sdp: &str) -> JsFuture {
        let answer = RtcSessionDescriptionInit::new(RtcSdpType::Answer);
        answer.set_sdp(sdp);
        JsFuture::from(self.connection.set_remote_description(&answer))
    }

    /// Whether what comes is played.
    pub(super) fn set_silent(&self, silent: bool) {
        self.sound.set_muted(silent);
    }

    /// Sends another microphone instead of the one before; the call goes on. Fails when it is over.
    pub(super) fn replace(&self, microphone: &Microphone) -> Option<JsFuture> {
        let replaced = self
            .sender
            .as_ref()?
            .replace_track(Some(microphone.track()));
        Some(JsFuture::from(replaced))
    }

    /// Whether the browser has stopped what is to be heard.
    pub(super) fn is_stopped(&self) -> bool {
        self.sound.paused()
    }

    /// Plays again.
    pub(super) fn play(&self, on_silent: impl Fn() + 'static) {
        play(&self.sound, Box::new(on_silent));
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.connection.set_ontrack(None);
        self.connection.set_onconnectionstatechange(None);
        if let Some(channel) = &self.channel {
            channel.close();
        }
        self.connection.close();
        self.sound.set_src_object(None);
        self.sound.remove();
        ledger::closed(Held::Peer);
    }
}

fn sound_element() -> Option<HtmlAudioElement> {
    let sound: HtmlAudioElement = document().create_element("audio").ok()?.dyn_into().ok()?;
    sound.set_autoplay(true);
    let _ = sound.set_attribute("aria-hidden", "true");
    document().body()?.append_child(&sound).ok()?;
    Some(sound)
}

fn play(sound: &HtmlAudioElement, on_silent: Box<dyn Fn()>) {
    let Ok(playing) = sound.play() else {
        return on_silent();
    };
    leptos::task::spawn_local(async move {
        let refused = JsFuture::from(playing)
            .await
            .err()
            .and_then(|error| Reflect::get(&error, &"name".into()).ok());
        if refused.and_then(|name| name.as_string()).as_deref() == Some("NotAllowedError") {
            on_silent();
        }
    });
}

/// The value of the offer's first `a=fingerprint:sha-256` line.
fn fingerprint(sdp: &str) -> Option<String> {
    sdp.lines().find_map(|line| {
        let (algorithm, value) = line.strip_prefix("a=fingerprint:")?.split_once(' ')?;
        algorithm
            .eq_ignore_ascii_case("sha-256")
            .then(|| value.trim().to_ascii_uppercase())
    })
}

/// What came back for an offer.
#[derive(Debug)]
pub(super) struct Answered {
    /// The SDP answer.
    pub(super) sdp: String,
    /// The call's name: the last part of where it lies.
    pub(super) call: Option<String>,
}

/// Posts the offer with the secret and returns the answer.
pub(super) async fn exchange(
    calls_url: &str,
    secret: &str,
    offer: &str,
) -> Result<Answered, PeerProblem> {
    let headers = Headers::new().map_err(|_| PeerProblem::Browser)?;
    let _ = headers.set("Authorization", &format!("Bearer {secret}"));
    let _ = headers.set("Content-Type", "application/sdp");
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&JsValue::from_str(offer));
    request.set_credentials(RequestCredentials::Omit);
    request.set_cache(RequestCache::NoStore);
    let response: Response = JsFuture::from(window().fetch_with_str_and_init(calls_url, &request))
        .await
        .map_err(|_| PeerProblem::Unreachable)?
        .dyn_into()
        .map_err(|_| PeerProblem::Browser)?;
    let call = response.headers().get("Location").ok().flatten();
    let call = call.as_deref().and_then(call_in);
    let text = JsFuture::from(response.text().map_err(|_| PeerProblem::Unreachable)?)
        .await
        .map_err(|_| PeerProblem::Unreachable)?;
    let text = text
        .dyn_into::<JsString>()
        .map(String::from)
        .unwrap_or_default();
    if response.ok() {
        Ok(Answered { sdp: text, call })
    } else {
        Err(PeerProblem::Refused(refusal(&text)))
    }
}

/// The call that a `Location` names: in its query, or else as the last part of its path (realtime
/// reference 2.3).
fn call_in(location: &str) -> Option<String> {
    let (path, query) = location.split_once('?').unwrap_or((location, ""));
    let asked = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("call_id="));
    let last = path.rsplit('/').find(|part| !part.is_empty());
    asked.or(last).map(str::to_owned)
}

/// The code of an error body shaped like the provider's; empty when it is another body.
fn refusal(body: &str) -> String {
    let code = Fields::read(body).and_then(|mut body| body.fields("error")?.text("code"));
    code.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_is_found_and_other_algorithms_are_not_taken() {
        let sdp = "v=0\r\na=fingerprint:sha-1 11:22\r\na=fingerprint:sha-256 ab:CD\r\n";
        assert_eq!(fingerprint(sdp).as_deref(), Some("AB:CD"));
        assert_eq!(fingerprint("v=0\r\n"), None);
    }

    #[test]
    fn a_call_is_found_in_whatever_form_its_place_is_told() {
        for location in [
            "/v1/realtime/calls/rtc_1",
            "https://gateway.example/v1/realtime/calls/rtc_1/",
            "/v1/realtime/calls/rtc_1?x=y",
            "/v1/realtime?call_id=rtc_1",
        ] {
            assert_eq!(call_in(location).as_deref(), Some("rtc_1"), "{location}");
        }
    }

    #[test]
    fn a_refusal_is_known_by_its_code() {
        assert_eq!(
            refusal(r#"{"error":{"message":"The secret was used.","code":"secret_used"}}"#),
            "secret_used"
        );
        assert_eq!(refusal("<html>"), "");
    }
}
