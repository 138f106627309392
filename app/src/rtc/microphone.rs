//! The microphone: asking for it, choosing one, muting it, and why it cannot be had.

use super::ledger::{self, Held};
use js_sys::{Array, Object, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MediaDeviceInfo, MediaDeviceKind, MediaStream, MediaStreamConstraints, MediaStreamTrack,
};

/// Why there is no microphone, so that the page can say what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MicrophoneProblem {
    /// Blocked by the person, the browser or a policy.
    Blocked,
    /// None is connected.
    None,
    /// Another program holds it.
    Busy,
    /// The chosen one is gone.
    Gone,
    /// Browsers give it only to pages that came over HTTPS or from this machine.
    Insecure,
    /// Something else.
    Other,
}

impl MicrophoneProblem {
    fn of(error: &JsValue) -> Self {
        let name = Reflect::get(error, &"name".into())
            .ok()
            .and_then(|name| name.as_string());
        match name.as_deref() {
            Some("NotAllowedError" | "SecurityError") => Self::Blocked,
            Some("NotFoundError") => Self::None,
            Some("NotReadableError" | "AbortError") => Self::Busy,
            Some("OverconstrainedError") => Self::Gone,
            _ => Self::Other,
        }
    }

    /// What happened and what to do.
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::Blocked => "The microphone is blocked for this page.",
            Self::None => "No microphone was found. Connect one, then check again.",
            Self::Busy => "Another program is using the microphone. Close it, then check again.",
            Self::Gone => "That microphone is no longer connected. Choose another one.",
            Self::Insecure => {
                "Browsers allow the microphone only over HTTPS. Ask your operator for the secure address."
            }
            Self::Other => "The microphone could not be opened. Check again, or type instead.",
        }
    }
}

/// A microphone to choose: its id for the browser and its name for the person.
pub(crate) type Device = (String, String);

/// An open microphone. Dropping it closes it.
pub(crate) struct Microphone {
    stream: MediaStream,
    track: MediaStreamTrack,
    on_ended: Option<Closure<dyn FnMut()>>,
}

impl Microphone {
    /// Asks the browser, and thereby maybe the person.
    pub(crate) async fn open(device: Option<&str>) -> Result<Self, MicrophoneProblem> {
        let devices = window()
            .navigator()
            .media_devices()
            .ok()
            .filter(|devices| !devices.is_undefined())
            .ok_or(MicrophoneProblem::Insecure)?;
        let audio = Object::new();
        let set = |name: &str, value: &JsValue| drop(Reflect::set(&audio, &name.into(), value));
        for name in ["echoCancellation", "noiseSuppression", "autoGainControl"] {
            set(name, &JsValue::TRUE);
        }
        if let Some(device) = device {
            let exact = Object::new();
            let _ = Reflect::set(&exact, &"exact".into(), &device.into());
            set("deviceId", &exact);
        }
        let constraints = MediaStreamConstraints::new();
        constraints.set_audio(&audio);
        let asked = devices
            .get_user_media_with_constraints(&constraints)
            .map_err(|error| MicrophoneProblem::of(&error))?;
        let stream: MediaStream = JsFuture::from(asked)
            .await
            .map_err(|error| MicrophoneProblem::of(&error))?
            .dyn_into()
            .map_err(|_| MicrophoneProblem::Other)?;
        let track: MediaStreamTrack = stream
            .get_audio_tracks()
            .get(0)
            .dyn_into()
            .map_err(|_| MicrophoneProblem::None)?;
        ledger::opened(Held::Track);
        Ok(Self {
            stream,
            track,
            on_ended: None,
        })
    }

    /// Calls back when the device goes away.
    pub(crate) fn on_ended(&mut self, callback: impl FnMut() + 'static) {
        let callback = Closure::<dyn FnMut()>::new(callback);
        self.track
            .set_onended(Some(callback.as_ref().unchecked_ref()));
        self.on_ended = Some(callback);
    }

    /// Sends silence, or sound again.
    pub(crate) fn set_muted(&self, muted: bool) {
        self.track.set_enabled(!muted);
    }

    pub(super) fn stream(&self) -> &MediaStream {
        &self.stream
    }

    pub(super) fn track(&self) -> &MediaStreamTrack {
        &self.track
    }
}

impl Drop for Microphone {
    fn drop(&mut self) {
        self.track.set_onended(None);
        self.track.stop();
        ledger::closed(Held::Track);
    }
}

/// The microphones there are. Their names are known only after one was allowed.
pub(crate) async fn devices() -> Vec<Device> {
    let Ok(devices) = window().navigator().media_devices() else {
        return Vec::new();
    };
    let Ok(asked) = devices.enumerate_devices() else {
        return Vec::new();
    };
    let Ok(found) = JsFuture::from(asked).await else {
        return Vec::new();
    };
    Array::from(&found)
        .iter()
        .filter_map(|device| device.dyn_into::<MediaDeviceInfo>().ok())
        .filter(|device| {
            device.kind() == MediaDeviceKind::Audioinput && !device.device_id().is_empty()
        })
        .map(|device| (device.device_id(), device.label()))
        .collect()
}
