//! WAV as voice programs write it: 16-bit PCM whose lengths may be nonsense, because a program that
//! writes to a pipe does not know them yet.

use super::resample::to_float;

/// Mono sound from a WAV file.
#[derive(Debug)]
pub(super) struct Sound {
    pub(super) rate: u32,
    pub(super) samples: Vec<f32>,
}

/// Reads a WAV file; several channels become one. `None` when it is not 16-bit PCM.
pub(super) fn parse(bytes: &[u8]) -> Option<Sound> {
    let rest = bytes
        .strip_prefix(b"RIFF")?
        .get(4..)?
        .strip_prefix(b"WAVE")?;
    let mut rest = rest;
    let mut format = None;
    loop {
        let (name, tail) = rest.split_first_chunk::<4>()?;
        let (length, tail) = tail.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        if name == b"data" {
            let (rate, channels) = format?;
            // A length beyond the file means `until the end`.
            let data = tail.get(..length).unwrap_or(tail);
            let pcm: Vec<i16> = data
                .as_chunks::<2>()
                .0
                .iter()
                .map(|pair| i16::from_le_bytes(*pair))
                .collect();
            let samples = to_float(&pcm);
            let samples = if channels == 1 {
                samples
            } else {
                samples
                    .chunks_exact(channels)
                    .map(|frame| frame.iter().sum::<f32>() / frame.len() as f32)
                    .collect()
            };
            return Some(Sound { rate, samples });
        }
        let chunk = tail.get(..length)?;
        if name == b"fmt " {
            format = Some(format_of(chunk)?);
        }
        // Chunks are padded to even lengths.
        rest = tail.get(length + length % 2..)?;
    }
}

/// Rate and channels of a format chunk with plain 16-bit samples.
fn format_of(chunk: &[u8]) -> Option<(u32, usize)> {
    let two = |at: usize| Some(u16::from_le_bytes(chunk.get(at..at + 2)?.try_into().ok()?));
    let rate = u32::from_le_bytes(chunk.get(4..8)?.try_into().ok()?);
    let channels = usize::from(two(2)?);
    (two(0)? == 1
        && two(14)? == 16
        && (1..=2).contains(&channels)
        && (8_000..=48_000).contains(&rate))
    .then_some((rate, channels))
}
