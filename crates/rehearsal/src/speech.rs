//! Voice out and voice in: text to PCM and PCM to text, by whatever this machine has. Neither pretends:
//! a text without a voice is `None`, and words that were not understood are [`Heard::Unintelligible`].

mod cache;
mod pack;
mod program;
mod resample;
mod wav;
#[cfg(feature = "hearing")]
mod whisper;

pub use pack::{PackError, PromptPack};
pub use program::ProgramError;

use crate::dialogue::Heard;
use cache::Cache;
use program::Program;
use std::{
    collections::VecDeque,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

/// Which voice the operator wants.
#[derive(Debug, Clone, Default)]
pub enum VoiceChoice {
    /// The best of what is installed, then the bundled prompts.
    #[default]
    Detect,
    /// The program `flite` with one of its voices, such as `rms`; without it the bundled prompts.
    Flite(String),
    /// The bundled prompts, whatever is installed.
    Bundled,
    /// No sound, captions only.
    CaptionsOnly,
}

/// Which voice speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoiceKind {
    /// The program `flite`.
    Flite,
    /// The program `espeak-ng`.
    EspeakNg,
    /// Prompts that were rendered beforehand.
    Bundled,
    /// No sound, captions only.
    CaptionsOnly,
}

impl fmt::Display for VoiceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flite => "speaks with flite",
            Self::EspeakNg => "speaks with espeak-ng",
            Self::Bundled => "speaks the bundled prompts of the demo workflows; other sentences are captions only (install flite to hear everything)",
            Self::CaptionsOnly => "does not speak, captions only",
        })
    }
}

/// Which ear the operator wants.
#[derive(Debug, Clone, Default)]
pub enum HearingChoice {
    /// Turns are detected, words are not.
    #[default]
    Deaf,
    /// These texts, one for each turn, then nothing is understood.
    Scripted(Vec<String>),
    /// Whisper, from a folder in the layout of the `openai/whisper-*` models.
    Whisper(PathBuf),
}

/// Which ear listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HearingKind {
    /// Turns are detected, words are not.
    Deaf,
    /// Texts from a list.
    Scripted,
    /// Whisper.
    Whisper,
}

impl fmt::Display for HearingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deaf => "notices when somebody speaks but can't hear words; answers can be typed",
            Self::Scripted => "takes the words from a list, not from the sound",
            Self::Whisper => "hears words with Whisper",
        })
    }
}

/// A voice or an ear failed. No variant repeats what was said.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// The voice program failed.
    #[error("the voice program failed")]
    Program(#[from] ProgramError),
    /// The bundled prompts are damaged.
    #[error("the bundled prompts can't be read")]
    Pack(#[from] PackError),
    /// Sound could not be brought to another sample rate.
    #[error("resampling failed: {0}")]
    Resample(String),
    /// This build has no recognition.
    #[error("this build can't hear: it was made without the feature `hearing`")]
    HearingNotBuilt,
    /// The model folder does not hold a usable model.
    #[error("the model folder `{folder}` can't be used: {problem}")]
    Model {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Recognition failed.
    #[error("recognition failed: {0}")]
    Recognition(String),
    /// More turns wait for recognition than this machine can follow.
    #[error("too many turns wait for recognition")]
    Busy,
}

/// Text to speech.
#[derive(Debug)]
pub struct Voice(Speaker);

#[derive(Debug)]
enum Speaker {
    Program(Program, Mutex<Cache>),
    Bundled(PromptPack),
    CaptionsOnly,
}

impl Voice {
    /// Looks for a voice that fits the choice. Programs are tried by letting them say a word.
    pub async fn detect(choice: VoiceChoice) -> Self {
        Self(match choice {
            VoiceChoice::CaptionsOnly => Speaker::CaptionsOnly,
            VoiceChoice::Bundled => Speaker::bundled(),
            VoiceChoice::Flite(voice) => match Program::flite(&voice).await {
                Some(program) => Speaker::Program(program, Mutex::default()),
                None => Speaker::bundled(),
            },
            VoiceChoice::Detect => match Program::installed().await {
                Some(program) => Speaker::Program(program, Mutex::default()),
                None => Speaker::bundled(),
            },
        })
    }

    /// Which voice it is.
    pub fn describe(&self) -> VoiceKind {
        match &self.0 {
            Speaker::Program(program, _) => program.kind(),
            Speaker::Bundled(_) => VoiceKind::Bundled,
            Speaker::CaptionsOnly => VoiceKind::CaptionsOnly,
        }
    }

    /// PCM16, 24 kHz, mono; `None` when this voice has no sound for the text. The bundled voice leaves
    /// out single sentences that it does not have.
    ///
    /// # Errors
    /// When the voice program fails or takes too long.
    pub async fn speak(&self, text: &str) -> Result<Option<Arc<[i16]>>, SpeechError> {
        match &self.0 {
            Speaker::CaptionsOnly => Ok(None),
            Speaker::Bundled(pack) => Ok(pack.speak(text)?),
            Speaker::Program(program, cache) => {
                if let Some(pcm) = cache
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .find(text)
                {
                    return Ok(Some(pcm));
                }
                let pcm: Arc<[i16]> = program.speak(text).await?.into();
                cache
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .keep(text, &pcm);
                Ok(Some(pcm))
            }
        }
    }
}

impl Speaker {
    fn bundled() -> Self {
        match PromptPack::bundled() {
            Ok(pack) => Self::Bundled(pack),
            Err(error) => {
                tracing::error!(%error, "the bundled prompts can't be read, so the rehearsal voice is captions only");
                Self::CaptionsOnly
            }
        }
    }
}

/// Speech to text.
#[derive(Debug)]
pub struct Hearing(Ear);

#[derive(Debug)]
enum Ear {
    Deaf,
    Scripted(Mutex<VecDeque<String>>),
    #[cfg(feature = "hearing")]
    Whisper(whisper::Whisper),
}

impl Hearing {
    /// Prepares the chosen ear. Loading a model takes a moment.
    ///
    /// # Errors
    /// When the model can't be used, or this build has no recognition.
    pub async fn prepare(choice: HearingChoice) -> Result<Self, SpeechError> {
        match choice {
            HearingChoice::Deaf => Ok(Self(Ear::Deaf)),
            HearingChoice::Scripted(texts) => Ok(Self(Ear::Scripted(Mutex::new(texts.into())))),
            #[cfg(feature = "hearing")]
            HearingChoice::Whisper(folder) => {
                Ok(Self(Ear::Whisper(whisper::Whisper::load(folder).await?)))
            }
            #[cfg(not(feature = "hearing"))]
            HearingChoice::Whisper(_) => Err(SpeechError::HearingNotBuilt),
        }
    }

    /// Which ear it is.
    #[must_use]
    pub fn describe(&self) -> HearingKind {
        match &self.0 {
            Ear::Deaf => HearingKind::Deaf,
            Ear::Scripted(_) => HearingKind::Scripted,
            #[cfg(feature = "hearing")]
            Ear::Whisper(_) => HearingKind::Whisper,
        }
    }

    /// Adds texts to the list of a scripted ear. False when this ear has no list.
    pub fn push(&self, texts: impl IntoIterator<Item = String>) -> bool {
        match &self.0 {
            Ear::Scripted(queue) => {
                queue
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend(texts);
                true
            }
            Ear::Deaf => false,
            #[cfg(feature = "hearing")]
            Ear::Whisper(_) => false,
        }
    }

    /// What was said in this audio (PCM16, 24 kHz, mono).
    ///
    /// # Errors
    /// When recognition fails or can't keep up.
    pub async fn transcribe(&self, pcm: &[i16]) -> Result<Heard, SpeechError> {
        // Only a real ear looks at the sound.
        #[cfg(not(feature = "hearing"))]
        let _ = pcm;
        match &self.0 {
            Ear::Deaf => Ok(Heard::Unintelligible),
            Ear::Scripted(queue) => {
                let next = queue
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .pop_front();
                Ok(next.map_or(Heard::Unintelligible, Heard::Speech))
            }
            #[cfg(feature = "hearing")]
            Ear::Whisper(whisper) => whisper.transcribe(pcm).await,
        }
    }
}

#[cfg(test)]
mod tests;
