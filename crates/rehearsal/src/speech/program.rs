//! A voice as a separate process: `flite`, else `espeak-ng`. Text goes in through standard input, never
//! through a shell; length, time, output and the number of processes are bounded.

use super::{
    SpeechError, VoiceKind,
    resample::{resample, to_pcm16},
    wav,
};
use std::{path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::Command,
    sync::Semaphore,
};

/// The clearest of the voices that flite brings.
const DEFAULT_VOICE: &str = "slt";
/// The longest text spoken at once, in bytes.
const LONGEST_TEXT: usize = 2_000;
/// The longest a program may take; both are many times faster than speech.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest WAV taken: four minutes at 22 kHz.
const LARGEST_WAV: u64 = 11_000_000;
/// Processes at once.
const AT_ONCE: usize = 2;
/// The provider's sample rate.
const RATE: u32 = 24_000;

/// A voice program failed.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// The text is too long to be spoken at once.
    #[error("a text of more than {LONGEST_TEXT} bytes is not spoken")]
    TooLong,
    /// It could not be run.
    #[error("it can't be run")]
    Run(#[from] std::io::Error),
    /// It was stopped because it took too long.
    #[error("it took longer than {} s", PATIENCE.as_secs())]
    TooSlow,
    /// It ended with an error.
    #[error("it ended with an error")]
    Failed,
    /// It wrote something that is no sound.
    #[error("its output is not a 16-bit WAV file")]
    NotSound,
}

/// An installed voice program.
#[derive(Debug)]
pub(super) struct Program {
    kind: VoiceKind,
    /// The voice of flite.
    voice: String,
    places: Semaphore,
}

impl Program {
    /// The best voice program that is installed and works.
    pub(super) async fn installed() -> Option<Self> {
        for kind in [VoiceKind::Flite, VoiceKind::EspeakNg] {
            if let Some(program) = Self::working(kind, DEFAULT_VOICE).await {
                return Some(program);
            }
        }
        None
    }

    /// flite with one of its voices, when that works. It takes an unknown name for its own default.
    pub(super) async fn flite(voice: &str) -> Option<Self> {
        Self::working(VoiceKind::Flite, voice).await
    }

    async fn working(kind: VoiceKind, voice: &str) -> Option<Self> {
        let program = Self {
            kind,
            voice: voice.to_owned(),
            places: Semaphore::new(AT_ONCE),
        };
        match program.speak("Hello.").await {
            Ok(pcm) if !pcm.is_empty() => return Some(program),
            Ok(_) => tracing::debug!(voice = ?kind, "the voice program made no sound"),
            Err(error) => {
                tracing::debug!(voice = ?kind, error = &error as &dyn std::error::Error, "the voice program can't be used")
            }
        }
        None
    }

    pub(super) fn kind(&self) -> VoiceKind {
        self.kind
    }

    /// The text as PCM16, 24 kHz, mono.
    pub(super) async fn speak(&self, text: &str) -> Result<Vec<i16>, SpeechError> {
        if text.len() > LONGEST_TEXT {
            return Err(ProgramError::TooLong.into());
        }
        // Control characters mean nothing to a listener, and a line break would end a sentence.
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let Ok(_place) = self.places.acquire().await else {
            return Err(ProgramError::Failed.into());
        };
        let wav = tokio::time::timeout(PATIENCE, self.run(&text))
            .await
            .map_err(|_| ProgramError::TooSlow)??;
        let sound = wav::parse(&wav).ok_or(ProgramError::NotSound)?;
        Ok(to_pcm16(&resample(&sound.samples, sound.rate, RATE)?))
    }

    /// Runs the program and returns what it wrote. Dropping the future kills the process.
    async fn run(&self, text: &str) -> Result<Vec<u8>, ProgramError> {
        match self.kind {
            VoiceKind::EspeakNg => {
                let mut command = Command::new("espeak-ng");
                command.args(["-v", "en-us", "-s", "155", "--stdin", "--stdout"]);
                feed(command, text).await
            }
            // flite can't write a WAV to a pipe, so it gets a file that only we can read.
            VoiceKind::Flite | VoiceKind::Bundled | VoiceKind::CaptionsOnly => {
                let file = tempfile::Builder::new()
                    .prefix("rehearsal-voice-")
                    .suffix(".wav")
                    .tempfile()?;
                let mut command = Command::new("flite");
                command.args(["-voice", &self.voice, "-o"]).arg(file.path());
                feed(command, text).await?;
                read(file.path()).await
            }
        }
    }
}

/// Gives a process its text and collects what it writes.
async fn feed(mut command: Command, text: &str) -> Result<Vec<u8>, ProgramError> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let write = async {
        if let Some(mut input) = input {
            input.write_all(text.as_bytes()).await?;
            input.write_all(b"\n").await?;
        }
        std::io::Result::Ok(())
    };
    let collect = async {
        let mut bytes = Vec::new();
        if let Some(output) = output {
            output.take(LARGEST_WAV).read_to_end(&mut bytes).await?;
        }
        std::io::Result::Ok(bytes)
    };
    let (written, bytes) = tokio::join!(write, collect);
    let status = child.wait().await?;
    written?;
    if status.success() {
        Ok(bytes?)
    } else {
        Err(ProgramError::Failed)
    }
}

async fn read(path: &Path) -> Result<Vec<u8>, ProgramError> {
    let mut bytes = Vec::new();
    tokio::fs::File::open(path)
        .await?
        .take(LARGEST_WAV)
        .read_to_end(&mut bytes)
        .await?;
    Ok(bytes)
}
