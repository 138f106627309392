//! What the caller says: the audio buffer, and where speech begins and ends in it.

use super::echo::Echo;
use super::mouth::SAMPLES_PER_MS;
use crate::session::AutomaticTurns;
use std::collections::VecDeque;
use std::time::Duration;

/// Samples of one look of the detector, at 16 kHz: 16 ms.
const LOOK: usize = 256;
const LOOK_TIME: Duration = Duration::from_millis(16);
/// So many looks, in a row of speech, must be speech beyond doubt before a turn begins, so that a click or
/// hiss is none. The shortest words have four or more, also in noise or 12 dB below a usual level.
const LOOKS_TO_START: u32 = 3;
/// Where speech begins and where it is beyond doubt, from the session's threshold (0) to certainty (1). At
/// the usual threshold of 0.5 these are 0.6, which no hiss or click reached for more than two looks in a row,
/// and 0.7, which none reached at all.
const SPEECH: f32 = 0.2;
const BEYOND_DOUBT: f32 = 0.4;
/// So many while the assistant can be heard, so that its echo is known as one.
const LOOKS_TO_INTERRUPT: u32 = 12;
/// The longest beginning that is kept while it is not clear whether it is an echo: as much as is compared.
const LONGEST_DOUBT: u32 = 25;
/// A turn that goes on for longer is ended, to bound what is kept.
const LONGEST_TURN: Duration = Duration::from_secs(120);

/// A change of who is speaking.
#[derive(Debug, PartialEq)]
pub(super) enum Speech {
    Started {
        at_ms: u64,
    },
    Stopped {
        at_ms: u64,
        /// The turn, with the padding before it.
        pcm: Vec<i16>,
    },
}

pub(super) struct Ears {
    detector: Box<earshot::Detector>,
    echo: Echo,
    /// Samples at 24 kHz that do not yet fill a group of three.
    ungrouped: Vec<i16>,
    /// Samples at 16 kHz that do not yet fill a look.
    unseen: Vec<i16>,
    /// What was heard and is not yet committed, at 24 kHz.
    buffer: VecDeque<i16>,
    /// All samples ever heard.
    heard: u64,
    /// Looks in a row that are speech, and how many of them are beyond doubt.
    speech_looks: u32,
    sure_looks: u32,
    /// Takes away what is lower than a voice.
    filter: [HighPass; 2],
    quiet: Duration,
    speaking: bool,
}

impl Ears {
    pub(super) fn new() -> Self {
        Self {
            detector: earshot::Detector::default_boxed(),
            echo: Echo::default(),
            ungrouped: Vec::new(),
            unseen: Vec::new(),
            buffer: VecDeque::new(),
            heard: 0,
            speech_looks: 0,
            sure_looks: 0,
            filter: [HighPass::default(); 2],
            quiet: Duration::ZERO,
            speaking: false,
        }
    }

    /// Sound that is being played to the caller, and may come back.
    pub(super) fn play(&mut self, pcm: &[i16]) {
        self.echo.play(pcm);
    }

    /// How long the caller has been heard, speaking or not.
    pub(super) fn heard_ms(&self) -> u64 {
        self.heard / SAMPLES_PER_MS
    }

    /// How much is in the buffer.
    pub(super) fn buffered_ms(&self) -> u64 {
        self.buffer.len() as u64 / SAMPLES_PER_MS
    }

    /// Empties the buffer and forgets about speech in progress.
    pub(super) fn take(&mut self) -> Vec<i16> {
        self.speaking = false;
        self.speech_looks = 0;
        self.sure_looks = 0;
        std::mem::take(&mut self.buffer).into()
    }

    /// Hears sound for a client that commits turns itself.
    pub(super) fn collect(&mut self, pcm: &[i16]) {
        self.heard += pcm.len() as u64;
        self.buffer.extend(pcm);
        self.keep_at_most(LONGEST_TURN);
    }

    /// Hears sound and finds turns in it.
    pub(super) fn detect(&mut self, pcm: &[i16], turns: &AutomaticTurns) -> Vec<Speech> {
        self.collect(pcm);
        self.echo.hear(pcm);
        self.downsample(pcm);
        let mut changes = Vec::new();
        while self.unseen.len() >= LOOK {
            let look: Vec<i16> = self.unseen.drain(..LOOK).collect();
            let score = self.detector.predict_i16(&look);
            let above = |share: f32| score >= turns.threshold + share * (1.0 - turns.threshold);
            if above(SPEECH) {
                self.speech_looks += 1;
                self.sure_looks += u32::from(above(BEYOND_DOUBT));
                self.quiet = Duration::ZERO;
            } else {
                self.speech_looks = 0;
                self.sure_looks = 0;
                self.quiet += LOOK_TIME;
            }
            if !self.speaking && self.is_beginning() {
                self.speaking = true;
                let start = self.heard - self.buffer.len() as u64;
                changes.push(Speech::Started {
                    at_ms: start / SAMPLES_PER_MS,
                });
            } else if self.speaking
                && (self.quiet >= turns.silence || self.buffered_ms() >= millis(LONGEST_TURN))
            {
                changes.push(Speech::Stopped {
                    at_ms: self.heard_ms(),
                    pcm: self.take(),
                });
            }
        }
        if !self.speaking {
            let beginning = self.speech_looks.clamp(LOOKS_TO_START, LONGEST_DOUBT);
            self.keep_at_most(turns.prefix + LOOK_TIME * beginning);
        }
        changes
    }

    /// Whether the looks so far are the beginning of a turn, and not a click or an echo.
    fn is_beginning(&self) -> bool {
        if !self.echo.is_possible() {
            return self.sure_looks >= LOOKS_TO_START;
        }
        let blocks = self.speech_looks as usize * 16 / 20;
        self.speech_looks >= LOOKS_TO_INTERRUPT
            && self.sure_looks >= LOOKS_TO_START
            && !self.echo.is_likely(blocks)
    }

    /// 24 kHz to 16 kHz, three samples to two, by linear interpolation. The detector needs no more.
    fn downsample(&mut self, pcm: &[i16]) {
        self.ungrouped.extend_from_slice(pcm);
        let mut groups = self.ungrouped.chunks_exact(3);
        for group in &mut groups {
            if let [first, second, third] = *group {
                for sample in [first, i16::midpoint(second, third)] {
                    let [once, twice] = &mut self.filter;
                    let high = twice.pass(once.pass(f32::from(sample)));
                    self.unseen.push(high as i16);
                }
            }
        }
        self.ungrouped = groups.remainder().to_vec();
    }

    fn keep_at_most(&mut self, span: Duration) {
        let most = (millis(span) * SAMPLES_PER_MS) as usize;
        let excess = self.buffer.len().saturating_sub(most);
        self.buffer.drain(..excess);
    }
}

/// A filter of the first order that lets pass what is above 120 Hz, at 16 kHz: rooms and cars rumble
/// below, and a voice is told by what is above.
#[derive(Debug, Clone, Copy, Default)]
struct HighPass {
    input: f32,
    output: f32,
}

impl HighPass {
    /// 1 / (1 + 2π · 120 / 16000).
    const KEPT: f32 = 0.955;

    fn pass(&mut self, sample: f32) -> f32 {
        self.output = Self::KEPT * (self.output + sample - self.input);
        self.input = sample;
        self.output
    }
}

fn millis(span: Duration) -> u64 {
    span.as_millis() as u64
}

/// The length of sound in milliseconds.
pub(super) fn length_ms(pcm: &[i16]) -> u64 {
    pcm.len() as u64 / SAMPLES_PER_MS
}

#[cfg(test)]
mod tests;
