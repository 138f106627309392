//! How loud the microphone is, on a scale of 0 to [`LOUDEST`].

use super::{microphone::Microphone, timer::Timer};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AnalyserNode, AudioContext, AudioContextState, MediaStreamAudioSourceNode};

/// The top of the scale. Steps rather than fractions: each has its own rule in the style sheet,
/// because the content security policy forbids inline styles.
pub(crate) const LOUDEST: u8 = 12;

const EVERY_MILLIS: i32 = 60;
const SAMPLES: u32 = 1024;
/// What the quietest step is, in decibels below full scale.
const FLOOR_DB: f32 = -54.0;

/// A running meter. Dropping it stops it.
pub(super) struct Meter {
    context: AudioContext,
    source: MediaStreamAudioSourceNode,
    _timer: Option<Timer>,
}

impl Meter {
    /// Calls back with the level a good dozen times a second.
    pub(super) fn start(
        microphone: &Microphone,
        mut callback: impl FnMut(u8) + 'static,
    ) -> Option<Self> {
        let context = AudioContext::new().ok()?;
        let analyser = context.create_analyser().ok()?;
        analyser.set_fft_size(SAMPLES);
        let source = context
            .create_media_stream_source(microphone.stream())
            .ok()?;
        source.connect_with_audio_node(&analyser).ok()?;
        wake(&context);
        let mut samples = vec![0.0_f32; SAMPLES as usize];
        let timer = Timer::every(EVERY_MILLIS, move || {
            callback(level(&analyser, &mut samples))
        });
        Some(Self {
            context,
            source,
            _timer: timer,
        })
    }

    /// Goes on after the browser stopped it.
    pub(super) fn wake(&self) {
        wake(&self.context);
    }
}

/// A context that was made without a click, or was stopped with a hidden page, measures nothing.
fn wake(context: &AudioContext) {
    if context.state() == AudioContextState::Running {
        return;
    }
    if let Ok(waking) = context.resume() {
        // Refused when it is closed meanwhile, which is nobody's concern.
        leptos::task::spawn_local(async move { drop(JsFuture::from(waking).await) });
    }
}

fn level(analyser: &AnalyserNode, samples: &mut [f32]) -> u8 {
    analyser.get_float_time_domain_data(samples);
    steps(samples)
}

fn steps(samples: &[f32]) -> u8 {
    #[expect(clippy::cast_precision_loss, reason = "a thousand samples")]
    let mean =
        samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32;
    let decibels = 10.0 * mean.max(1e-9).log10();
    let part = ((decibels - FLOOR_DB) / -FLOOR_DB * 1.4).clamp(0.0, 1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 12"
    )]
    let step = (part * f32::from(LOUDEST)).round() as u8;
    step
}

impl Drop for Meter {
    fn drop(&mut self) {
        let _ = self.source.disconnect();
        let _ = self.context.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_nothing_and_speech_is_well_up_the_scale() {
        assert_eq!(steps(&[0.0; 64]), 0);
        assert_eq!(steps(&[1.0; 64]), LOUDEST);
        assert!((5..LOUDEST).contains(&steps(&[0.05; 64])));
    }
}
