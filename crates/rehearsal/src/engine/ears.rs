//! What the caller says: the audio buffer, and where speech begins and ends in it.

use super::mouth::SAMPLES_PER_MS;
use crate::session::AutomaticTurns;
use std::collections::VecDeque;
use std::time::Duration;

/// Samples of one look of the detector, at 16 kHz: 16 ms.
const LOOK: usize = 256;
const LOOK_TIME: Duration = Duration::from_millis(16);
/// So many looks in a row must be speech before a turn begins, so that a click is none.
const LOOKS_TO_START: u32 = 3;
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
    /// Samples at 24 kHz that do not yet fill a group of three.
    ungrouped: Vec<i16>,
    /// Samples at 16 kHz that do not yet fill a look.
    unseen: Vec<i16>,
    /// What was heard and is not yet committed, at 24 kHz.
    buffer: VecDeque<i16>,
    /// All samples ever heard.
    heard: u64,
    speech_looks: u32,
    quiet: Duration,
    speaking: bool,
}

impl Ears {
    pub(super) fn new() -> Self {
        Self {
            detector: earshot::Detector::default_boxed(),
            ungrouped: Vec::new(),
            unseen: Vec::new(),
            buffer: VecDeque::new(),
            heard: 0,
            speech_looks: 0,
            quiet: Duration::ZERO,
            speaking: false,
        }
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
        self.downsample(pcm);
        let mut changes = Vec::new();
        while self.unseen.len() >= LOOK {
            let look: Vec<i16> = self.unseen.drain(..LOOK).collect();
            let is_speech = self.detector.predict_i16(&look) >= turns.threshold;
            self.speech_looks = if is_speech { self.speech_looks + 1 } else { 0 };
            self.quiet = if is_speech {
                Duration::ZERO
            } else {
                self.quiet + LOOK_TIME
            };
            if !self.speaking && self.speech_looks >= LOOKS_TO_START {
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
            self.keep_at_most(turns.prefix + LOOK_TIME * LOOKS_TO_START);
        }
        changes
    }

    /// 24 kHz to 16 kHz, three samples to two, by linear interpolation. The detector needs no more.
    fn downsample(&mut self, pcm: &[i16]) {
        self.ungrouped.extend_from_slice(pcm);
        let mut groups = self.ungrouped.chunks_exact(3);
        for group in &mut groups {
            if let [first, second, third] = *group {
                self.unseen.push(first);
                self.unseen.push(i16::midpoint(second, third));
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

fn millis(span: Duration) -> u64 {
    span.as_millis() as u64
}

/// The length of sound in milliseconds.
pub(super) fn length_ms(pcm: &[i16]) -> u64 {
    pcm.len() as u64 / SAMPLES_PER_MS
}
