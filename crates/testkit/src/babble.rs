//! Speech-like sound without words, for tests of turn detection: vowels of a synthetic voice.

use std::f32::consts::TAU;
use std::time::Duration;

const RATE: f32 = 24_000.0;
/// The first three resonances of five vowels.
const VOWELS: [[f32; 3]; 5] = [
    [730.0, 1090.0, 2440.0],
    [530.0, 1840.0, 2480.0],
    [270.0, 2290.0, 3010.0],
    [570.0, 840.0, 2410.0],
    [300.0, 870.0, 2240.0],
];
/// Four syllables a second, as people speak.
const SYLLABLE: f32 = 0.25;

/// Babbling, as PCM16 at 24 kHz mono.
pub fn babble(length: Duration) -> Vec<i16> {
    let count = (length.as_secs_f32() * RATE) as usize;
    let mut resonators = [Resonator::default(); 3];
    let mut phase = 0.0f32;
    (0..count)
        .map(|at| {
            let time = at as f32 / RATE;
            let pitch = 120.0 + 20.0 * (TAU * 1.3 * time).sin();
            phase += pitch / RATE;
            let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
            phase -= phase.floor();
            let syllable = (time / SYLLABLE) as usize;
            let vowel = VOWELS
                .get(syllable % VOWELS.len())
                .copied()
                .unwrap_or_default();
            let within = (time / SYLLABLE).fract();
            let loudness = (within * std::f32::consts::PI).sin().powf(0.5);
            let sound = resonators
                .iter_mut()
                .zip(vowel)
                .fold(0.0, |sum, (resonator, frequency)| {
                    sum + resonator.ring(pulse, frequency)
                });
            (sound * loudness * 9_000.0).clamp(-30_000.0, 30_000.0) as i16
        })
        .collect()
}

/// A damped resonance.
#[derive(Debug, Clone, Copy, Default)]
struct Resonator {
    last: f32,
    before: f32,
}

impl Resonator {
    fn ring(&mut self, input: f32, frequency: f32) -> f32 {
        let damping = (-std::f32::consts::PI * 90.0 / RATE).exp();
        let out = input + 2.0 * damping * (TAU * frequency / RATE).cos() * self.last
            - damping * damping * self.before;
        (self.before, self.last) = (self.last, out);
        out
    }
}
