//! The log-mel picture of a sound, as Whisper was trained on it: 25 ms windows every 10 ms at 16 kHz,
//! Slaney-style filters up to 8 kHz.

use std::f64::consts::TAU;

/// Frames in a window of 30 s.
pub(super) const FRAMES: usize = 3_000;
const HOP: usize = 160;
const SIZE: usize = 400;
/// Frequencies of a window: 0, 40, …, 8000 Hz.
const FREQUENCIES: usize = SIZE / 2 + 1;

/// The tables for a number of mel bins (80, or 128 in the largest models).
pub(super) struct Mel {
    hann: Vec<f32>,
    /// For each frequency, cosine and sine of each sample of a window.
    waves: Vec<(Vec<f32>, Vec<f32>)>,
    /// For each bin, its first frequency and its weights from there.
    filters: Vec<(usize, Vec<f32>)>,
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "small table indices, and f32 is what the network computes in"
)]
impl Mel {
    pub(super) fn new(bins: usize) -> Self {
        let turn = |k: usize, n: usize| TAU * ((k * n) % SIZE) as f64 / SIZE as f64;
        let wave = |k: usize| {
            (
                (0..SIZE).map(|n| turn(k, n).cos() as f32).collect(),
                (0..SIZE).map(|n| turn(k, n).sin() as f32).collect(),
            )
        };
        Self {
            hann: (0..SIZE)
                .map(|n| (0.5 - 0.5 * turn(1, n).cos()) as f32)
                .collect(),
            waves: (0..FREQUENCIES).map(wave).collect(),
            filters: (0..bins).map(|bin| filter(bin, bins)).collect(),
        }
    }

    pub(super) fn bins(&self) -> usize {
        self.filters.len()
    }

    /// The picture of up to 30 s of samples, bin after bin, padded with silence.
    pub(super) fn of(&self, samples: &[f32]) -> Vec<f32> {
        let silence = 1e-10_f32.log10();
        let mut columns: Vec<Vec<f32>> = Vec::with_capacity(FRAMES);
        // A window is centred on its frame, and the sound is mirrored at its start.
        let padded: Vec<f32> = (1..=SIZE / 2)
            .rev()
            .map(|at| samples.get(at).copied().unwrap_or(0.0))
            .chain(samples.iter().copied())
            .collect();
        for frame in 0..FRAMES {
            let Some(window) = padded
                .get(frame * HOP..)
                .filter(|window| !window.is_empty())
            else {
                break;
            };
            columns.push(self.column(window));
        }
        let top = columns.iter().flatten().copied().fold(silence, f32::max);
        let scaled = |value: f32| (value.max(top - 8.0) + 4.0) / 4.0;
        (0..self.bins())
            .flat_map(|bin| (0..FRAMES).map(move |frame| (bin, frame)))
            .map(|(bin, frame)| {
                scaled(
                    columns
                        .get(frame)
                        .and_then(|column| column.get(bin))
                        .copied()
                        .unwrap_or(silence),
                )
            })
            .collect()
    }

    /// The logarithm of each bin's energy in the window at the start of the samples.
    fn column(&self, samples: &[f32]) -> Vec<f32> {
        let window: Vec<f32> = samples
            .iter()
            .zip(&self.hann)
            .map(|(sample, weight)| sample * weight)
            .collect();
        let dot = |wave: &[f32]| {
            window
                .iter()
                .zip(wave)
                .map(|(sample, value)| sample * value)
                .sum::<f32>()
        };
        let power: Vec<f32> = self
            .waves
            .iter()
            .map(|(cosine, sine)| dot(cosine).powi(2) + dot(sine).powi(2))
            .collect();
        self.filters
            .iter()
            .map(|(first, weights)| {
                power
                    .iter()
                    .skip(*first)
                    .zip(weights)
                    .map(|(power, weight)| power * weight)
                    .sum::<f32>()
                    .max(1e-10)
                    .log10()
            })
            .collect()
    }
}

/// Slaney's mel scale: linear up to 1 kHz, logarithmic above.
fn mel_to_hertz(mel: f64) -> f64 {
    if mel < 15.0 {
        mel * 200.0 / 3.0
    } else {
        1_000.0 * ((mel - 15.0) * 6.4_f64.ln() / 27.0).exp()
    }
}

/// One triangular filter of unit area.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "small table indices, and f32 is what the network computes in"
)]
fn filter(bin: usize, bins: usize) -> (usize, Vec<f32>) {
    let highest = 15.0 + 27.0 * 8.0_f64.ln() / 6.4_f64.ln();
    let edge = |at: usize| mel_to_hertz(highest * at as f64 / (bins + 1) as f64);
    let (low, middle, high) = (edge(bin), edge(bin + 1), edge(bin + 2));
    let weight = |k: usize| {
        let frequency = 40.0 * k as f64;
        let slope = ((frequency - low) / (middle - low)).min((high - frequency) / (high - middle));
        (slope.max(0.0) * 2.0 / (high - low)) as f32
    };
    let first = (0..FREQUENCIES).find(|k| weight(*k) > 0.0).unwrap_or(0);
    (
        first,
        (first..FREQUENCIES)
            .map(weight)
            .take_while(|weight| *weight > 0.0)
            .collect(),
    )
}
