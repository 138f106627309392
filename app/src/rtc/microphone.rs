//! The microphone: asking for it, muting it, what becomes of it, and why it cannot be had.

use super::{
    devices::media_devices,
    ledger::{self, Held},
};
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaStream, MediaStreamConstraints, MediaStreamTrack, MediaStreamTrackState};

/// Why there is no microphone, so that the page can say what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MicrophoneProblem {
    /// Blocked by the person, the browser or a policy.
    Blocked,
    /// None is connected.
    None,
    /// Another program holds it.
    Busy,
    /// The chosen one is gone: unplugged, switched off, or taken away by a setting.
    Gone,
    /// It is open and gives nothing: another program or a switch has silenced it.
    Silenced,
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
            Self::Gone => "The microphone was disconnected or switched off.",
            Self::Silenced => "Another program or a switch has silenced the microphone.",
            Self::Insecure => {
                "Browsers allow the microphone only over HTTPS. Ask your operator for the secure address."
            }
            Self::Other => "The microphone could not be opened. Check again.",
        }
    }
}

/// What an open microphone gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// Sound.
    Sound,
    /// Nothing, until whoever silenced it lets it go.
    Silence,
    /// Nothing ever again.
    End,
}

/// An open microphone. Dropping it closes it.
pub(crate) struct Microphone {
    stream: MediaStream,
    track: MediaStreamTrack,
    on_sign: Option<Closure<dyn FnMut()>>,
}

impl Microphone {
    /// Asks the browser, and thereby maybe the person.
    pub(crate) async fn open(device: Option<&str>) -> Result<Self, MicrophoneProblem> {
        let devices = media_devices().ok_or(MicrophoneProblem::Insecure)?;
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
            on_sign: None,
        })
    }

    /// Calls back when what it gives may have changed.
    pub(super) fn watch(&mut self, callback: impl FnMut() + 'static) {
        let callback = Closure::<dyn FnMut()>::new(callback);
        self.listen(Some(callback.as_ref().unchecked_ref()));
        self.on_sign = Some(callback);
    }

    fn listen(&self, callback: Option<&Function>) {
        self.track.set_onended(callback);
        self.track.set_onmute(callback);
        self.track.set_onunmute(callback);
    }

    /// What it gives now.
    pub(super) fn sign(&self) -> Sign {
        if self.track.ready_state() == MediaStreamTrackState::Ended {
            Sign::End
        } else if self.track.muted() {
            Sign::Silence
        } else {
            Sign::Sound
        }
    }

    /// The device's name, by which it is known again.
    pub(super) fn name(&self) -> String {
        self.track.label()
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
        self.listen(None);
        self.track.stop();
        ledger::closed(Held::Track);
    }
}

#[cfg(test)]
mod tests {
    use super::MicrophoneProblem;

    #[test]
    fn every_problem_is_told_without_blame_or_jargon() {
        for problem in [
            MicrophoneProblem::Blocked,
            MicrophoneProblem::None,
            MicrophoneProblem::Busy,
            MicrophoneProblem::Gone,
            MicrophoneProblem::Silenced,
            MicrophoneProblem::Insecure,
            MicrophoneProblem::Other,
        ] {
            let words = problem.sentence();
            assert!(
                words.contains("microphone") && words.ends_with('.'),
                "{words}"
            );
            for wrong in ["Error", "error", "track", "stream", "device", "you did"] {
                assert!(!words.contains(wrong), "{words} says {wrong}");
            }
        }
    }
}
