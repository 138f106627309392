//! Whisper through candle: any `openai/whisper-*` folder with `config.json`, `model.safetensors` and a
//! vocabulary. Greedy decoding, one turn at a time, in a blocking thread.

mod mel;
mod vocabulary;

use super::{
    SpeechError,
    resample::{resample, to_float},
};
use crate::dialogue::Heard;
use candle_core::{DType, Device, IndexOp, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::whisper::{Config, model::Whisper as Network};
use mel::Mel;
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::Semaphore;
use vocabulary::Vocabulary;

/// The provider's sample rate and Whisper's.
const RATES: (u32, u32) = (24_000, 16_000);
/// The network hears 30 seconds at a time. A shorter context makes it repeat itself, so silence is added.
const WINDOW: usize = 30 * 16_000;
/// Less than this (a fifth of a second) holds no word.
const SHORTEST: usize = 24_000 / 5;
/// Longer turns are cut: two minutes.
const LONGEST: usize = 24_000 * 120;
/// Turns that may wait, besides the one being recognised.
const WAITING: usize = 8;
/// The most tokens in a window.
const MOST_TOKENS: usize = 200;
/// Above this nobody speaks, however sure the network is of the words it makes up (`you`, `thank you`);
/// clear speech stays below 0.1.
const SILENT: f32 = 0.8;
/// Whisper's own rule for silence: the probability of no speech, when the words are unlikely as well.
const NO_SPEECH: f32 = 0.6;
const UNLIKELY: f32 = -1.0;
/// Below this the words are a guess, whatever the network says about silence.
const GUESSED: f32 = -1.7;
/// Below this the words may be wrong, and what they change is read back first.
const DOUBTED: f32 = -0.7;

/// A loaded model.
pub(super) struct Whisper {
    model: Arc<Mutex<Model>>,
    waiting: Arc<Semaphore>,
    turn: Arc<Semaphore>,
}

impl fmt::Debug for Whisper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Whisper").finish_non_exhaustive()
    }
}

impl Whisper {
    /// Loads the model in a folder.
    pub(super) async fn load(folder: PathBuf) -> Result<Self, SpeechError> {
        let model = tokio::task::spawn_blocking(move || {
            Model::load(&folder).map_err(|problem| SpeechError::Model { folder, problem })
        })
        .await
        .map_err(|error| SpeechError::Recognition(error.to_string()))??;
        Ok(Self {
            model: Arc::new(Mutex::new(model)),
            waiting: Arc::new(Semaphore::new(1 + WAITING)),
            turn: Arc::new(Semaphore::new(1)),
        })
    }

    /// What was said in PCM16, 24 kHz, mono.
    pub(super) async fn transcribe(&self, pcm: &[i16]) -> Result<Heard, SpeechError> {
        if pcm.len() < SHORTEST {
            return Ok(Heard::Unintelligible);
        }
        let Ok(_waiting) = self.waiting.try_acquire() else {
            return Err(SpeechError::Busy);
        };
        let turn = Arc::clone(&self.turn)
            .acquire_owned()
            .await
            .map_err(|error| SpeechError::Recognition(error.to_string()))?;
        let samples = to_float(pcm.get(..LONGEST).unwrap_or(pcm));
        let model = Arc::clone(&self.model);
        tokio::task::spawn_blocking(move || {
            // Held until the work is done, also when nobody waits for the result any more.
            let _turn = turn;
            let samples = resample(&samples, RATES.0, RATES.1)?;
            model
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .transcribe(&samples)
        })
        .await
        .map_err(|error| SpeechError::Recognition(error.to_string()))?
    }
}

struct Model {
    network: Network,
    mel: Mel,
    vocabulary: Vocabulary,
}

impl Model {
    fn load(folder: &Path) -> Result<Self, String> {
        let config = read_config(folder)?;
        let vocabulary = Vocabulary::load(folder, config.vocab_size)?;
        let weights = folder.join("model.safetensors");
        let weights = std::fs::read(&weights).map_err(|error| {
            format!("`model.safetensors`: {error} (a model in several files is not supported)")
        })?;
        let variables = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu)
            .map_err(|error| error.to_string())?;
        let mel = Mel::new(config.num_mel_bins);
        let network = Network::load(&variables, config).map_err(|error| error.to_string())?;
        Ok(Self {
            network,
            mel,
            vocabulary,
        })
    }

    /// The words in 16 kHz samples.
    fn transcribe(&mut self, samples: &[f32]) -> Result<Heard, SpeechError> {
        let mut text = String::new();
        let mut likelihood = 0.0_f32;
        for window in samples.chunks(WINDOW) {
            if let Some((words, average)) = self
                .window(window)
                .map_err(|error| SpeechError::Recognition(error.to_string()))?
            {
                text.push_str(&words);
                likelihood = likelihood.min(average);
            }
        }
        let text = text.trim();
        // The network writes sounds that are no words in brackets.
        let sound =
            text.starts_with(['[', '(', '♪', '*']) || !text.chars().any(char::is_alphanumeric);
        tracing::trace!(likelihood, "words were recognised");
        Ok(if sound {
            Heard::Unintelligible
        } else if likelihood < DOUBTED {
            Heard::Doubtful(text.to_owned())
        } else {
            Heard::Speech(text.to_owned())
        })
    }

    /// The words in one window and the average logarithm of their probability; `None` when nobody speaks in
    /// it or they can't be made out.
    fn window(&mut self, samples: &[f32]) -> candle_core::Result<Option<(String, f32)>> {
        let bins = self.mel.bins();
        let mel = Tensor::from_vec(self.mel.of(samples), (1, bins, mel::FRAMES), &Device::Cpu)?;
        let sound = self.network.encoder.forward(&mel, true)?;
        let mut tokens = self.vocabulary.prompt().to_vec();
        let mut said: Vec<u32> = Vec::new();
        let mut sum = 0.0;
        let mut no_speech = 0.0;
        while said.len() < MOST_TOKENS {
            let first = said.is_empty();
            let input = Tensor::new(tokens.as_slice(), &Device::Cpu)?.unsqueeze(0)?;
            let states = self.network.decoder.forward(&input, &sound, first)?;
            let (_, length, _) = states.dims3()?;
            let logits_at = |at: usize| -> candle_core::Result<Vec<f32>> {
                self.network
                    .decoder
                    .final_linear(&states.i((..1, at..=at))?)?
                    .i(0)?
                    .i(0)?
                    .to_vec1()
            };
            if first && let Some(token) = self.vocabulary.no_speech() {
                // The probability stands where the transcript starts, before the other prompt tokens.
                no_speech = probability(&logits_at(0)?, token);
            }
            let mut logits = logits_at(length.saturating_sub(1))?;
            self.vocabulary.suppress(&mut logits, first);
            let Some((best, likelihood)) = most_likely(&logits) else {
                break;
            };
            sum += likelihood;
            if best == self.vocabulary.end() {
                break;
            }
            tokens.push(best);
            said.push(best);
            if is_loop(&said) {
                return Ok(None);
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "at most a few hundred tokens")]
        let average = sum / (said.len() + 1) as f32;
        let silent = no_speech > SILENT || no_speech > NO_SPEECH && average < UNLIKELY;
        Ok((!silent && average > GUESSED).then(|| (self.vocabulary.text(&said), average)))
    }
}

/// The network's shape. Some folders carry `null` where candle wants a list.
fn read_config(folder: &Path) -> Result<Config, String> {
    let mut config =
        vocabulary::read_json(&folder.join("config.json"))?.ok_or("it has no `config.json`")?;
    if let Some(object) = config.as_object_mut() {
        object.remove("suppress_tokens");
    }
    serde_json::from_value(config).map_err(|error| format!("`config.json`: {error}"))
}

/// The token with the highest logit and the logarithm of its probability.
fn most_likely(logits: &[f32]) -> Option<(u32, f32)> {
    let (best, top) = logits
        .iter()
        .copied()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    let total: f32 = logits.iter().map(|logit| (logit - top).exp()).sum();
    Some((u32::try_from(best).ok()?, -total.ln()))
}

fn probability(logits: &[f32], token: u32) -> f32 {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f32 = logits.iter().map(|logit| (logit - top).exp()).sum();
    usize::try_from(token)
        .ok()
        .and_then(|at| logits.get(at))
        .map_or(0.0, |logit| (logit - top).exp() / total)
}

/// Whether the end repeats itself as a stuck network does. A few equal digits are no loop.
fn is_loop(tokens: &[u32]) -> bool {
    (1..=12).any(|length| {
        let times = if length == 1 { 8 } else { 4 };
        let Some(tail) = tokens
            .len()
            .checked_sub(length * times)
            .and_then(|start| tokens.get(start..))
        else {
            return false;
        };
        let mut pieces = tail.chunks(length);
        let first = pieces.next();
        pieces.all(|piece| Some(piece) == first)
    })
}

#[cfg(test)]
mod tests;
