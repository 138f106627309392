//! From one sample rate to another.

use super::SpeechError;
use rubato::{Fft, FixedSync, Resampler, audioadapter_buffers::direct::InterleavedSlice};

/// PCM in another sample rate. The result is as long in time as the input.
pub(super) fn resample(pcm: &[f32], from: u32, to: u32) -> Result<Vec<f32>, SpeechError> {
    if from == to || pcm.is_empty() {
        return Ok(pcm.to_vec());
    }
    let failed = |error: &dyn std::fmt::Display| SpeechError::Resample(error.to_string());
    let size = |rate: u32| usize::try_from(rate).map_err(|error| failed(&error));
    let mut resampler = Fft::<f32>::new(size(from)?, size(to)?, 1024, 1, FixedSync::Both)
        .map_err(|error| failed(&error))?;
    let input = InterleavedSlice::new(pcm, 1, pcm.len()).map_err(|error| failed(&error))?;
    let room = resampler.process_all_needed_output_len(pcm.len());
    let mut output = vec![0.0; room];
    let mut target =
        InterleavedSlice::new_mut(&mut output, 1, room).map_err(|error| failed(&error))?;
    let (_, written) = resampler
        .process_all_into_buffer(&input, &mut target, pcm.len(), None)
        .map_err(|error| failed(&error))?;
    output.truncate(written);
    Ok(output)
}

/// 16-bit samples as numbers from -1 to 1.
pub(super) fn to_float(pcm: &[i16]) -> Vec<f32> {
    pcm.iter()
        .map(|sample| f32::from(*sample) / 32_768.0)
        .collect()
}

/// Numbers from -1 to 1 as 16-bit samples.
pub(super) fn to_pcm16(pcm: &[f32]) -> Vec<i16> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "clamped to the range of i16 first"
    )]
    pcm.iter()
        .map(|sample| (sample * 32_767.0).clamp(-32_768.0, 32_767.0) as i16)
        .collect()
}
