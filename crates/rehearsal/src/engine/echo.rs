//! Whether what the caller's microphone hears is the assistant's own voice, come back through the room.
//! Browsers cancel most of it; what is left is quieter than what was played, late, and rises and falls
//! with it. A caller's own words do not.

use std::collections::VecDeque;

/// Samples of one block, at 24 kHz: 20 ms.
const BLOCK: usize = 480;
/// An echo comes at most so many blocks late: playing, the way through the network twice, and buffers.
const LATEST: usize = 50;
/// Blocks of the microphone that are compared, at least and at most.
const FEWEST: usize = 9;
const MOST: usize = 20;
/// Blocks of playback that are kept.
const KEPT: usize = LATEST + MOST;
/// Below this level a block holds no voice, in decibels over one step of a sample.
const QUIET: f32 = 30.0;
/// How alike the two curves of loudness must be for an echo.
const ALIKE: f32 = 0.6;
/// How much quieter than what was played an echo is at least, in decibels.
const QUIETER: f32 = 6.0;

/// The loudness of both sides over the last seconds.
#[derive(Debug, Default)]
pub(super) struct Echo {
    played: Loudness,
    heard: Loudness,
}

impl Echo {
    /// The next sound that is played to the caller.
    pub(super) fn play(&mut self, pcm: &[i16]) {
        self.played.add(pcm);
    }

    /// The next sound from the microphone.
    pub(super) fn hear(&mut self, pcm: &[i16]) {
        self.heard.add(pcm);
    }

    /// Whether something was played so recently that its echo may still come.
    pub(super) fn is_possible(&self) -> bool {
        self.played
            .blocks
            .iter()
            .rev()
            .take(LATEST)
            .any(|level| *level > QUIET)
    }

    /// Whether the microphone's last blocks are an echo of what was played. `blocks` says how many hold
    /// what sounds like speech.
    pub(super) fn is_likely(&self, blocks: usize) -> bool {
        let count = blocks.clamp(FEWEST, MOST);
        let heard: Vec<f32> = self.heard.last(count, 0);
        if heard.len() < count {
            return true;
        }
        (0..LATEST).any(|late| {
            let played = self.played.last(count, late);
            played.len() == count
                && mean(&played) - mean(&heard) >= QUIETER
                && likeness(&heard, &played) >= ALIKE
        })
    }
}

/// The loudness of each block, in decibels over one step of a sample.
#[derive(Debug, Default)]
struct Loudness {
    rest: Vec<i16>,
    blocks: VecDeque<f32>,
}

impl Loudness {
    fn add(&mut self, pcm: &[i16]) {
        self.rest.extend_from_slice(pcm);
        let mut blocks = self.rest.chunks_exact(BLOCK);
        for block in &mut blocks {
            #[expect(clippy::cast_precision_loss, reason = "a block has 480 samples")]
            let energy = block
                .iter()
                .map(|sample| f32::from(*sample).powi(2))
                .sum::<f32>()
                / BLOCK as f32;
            self.blocks.push_back(10.0 * (energy + 1.0).log10());
        }
        self.rest = blocks.remainder().to_vec();
        while self.blocks.len() > KEPT {
            self.blocks.pop_front();
        }
    }

    /// The last blocks before a point `late` blocks ago, in order of time.
    fn last(&self, count: usize, late: usize) -> Vec<f32> {
        let mut last: Vec<f32> = self
            .blocks
            .iter()
            .rev()
            .skip(late)
            .take(count)
            .copied()
            .collect();
        last.reverse();
        last
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most a few dozen blocks")]
fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

/// How alike two curves are, from -1 to 1 (Pearson's coefficient); flat ones are not.
fn likeness(one: &[f32], other: &[f32]) -> f32 {
    let (a, b) = (mean(one), mean(other));
    let pairs = || one.iter().zip(other).map(|(x, y)| (x - a, y - b));
    let both: f32 = pairs().map(|(x, y)| x * y).sum();
    let spread =
        pairs().map(|(x, _)| x * x).sum::<f32>() * pairs().map(|(_, y)| y * y).sum::<f32>();
    if spread < 1.0 {
        0.0
    } else {
        both / spread.sqrt()
    }
}
