//! Prompts rendered beforehand, for a machine without a voice program: Opus packets by sentence, in one
//! small file (`assets/README.md` says how it is made and under which licence).
//!
//! The file is the magic, then for each prompt: the text's length (u16) and the text, the number of
//! samples (u32), the number of packets (u16), and for each packet its length (u16) and bytes. All numbers
//! are little-endian.

use crate::dialogue::sentences;
use ropus::{Application, Bitrate, Channels, DecodeMode, Decoder, Encoder};
use std::{collections::HashMap, sync::Arc};

const MAGIC: &[u8; 8] = b"VPROMPT1";
const RATE: u32 = 24_000;
/// 20 ms.
const FRAME: usize = 480;
/// Silence between two sentences.
const PAUSE: usize = 24_000 / 4;

/// A pack can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It is not a pack, or it is cut short.
    #[error("it is damaged")]
    Damaged,
    /// A prompt is too long for the format.
    #[error("a prompt is too long")]
    TooLong,
    /// The codec failed.
    #[error("opus: {0}")]
    Codec(String),
}

/// Pre-rendered prompts by sentence.
#[derive(Debug, Default)]
pub struct PromptPack(HashMap<String, Prompt>);

#[derive(Debug)]
struct Prompt {
    samples: usize,
    packets: Vec<Vec<u8>>,
}

impl PromptPack {
    /// The pack that comes with this crate.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn bundled() -> Result<Self, PackError> {
        Self::parse(include_bytes!("../../assets/prompts.bin"))
    }

    /// Reads a pack.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn parse(bytes: &[u8]) -> Result<Self, PackError> {
        let mut rest = Reader(bytes.strip_prefix(MAGIC).ok_or(PackError::Damaged)?);
        let mut prompts = HashMap::new();
        while !rest.0.is_empty() {
            let length = rest.u16()?;
            let text = std::str::from_utf8(rest.take(length)?)
                .map_err(|_| PackError::Damaged)?
                .to_owned();
            let samples = rest.u32()?;
            let count = rest.u16()?;
            let packets = (0..count)
                .map(|_| {
                    let length = rest.u16()?;
                    rest.take(length).map(<[u8]>::to_vec)
                })
                .collect::<Result<_, _>>()?;
            prompts.insert(text, Prompt { samples, packets });
        }
        Ok(Self(prompts))
    }

    /// Writes a pack of sentences with their sounds (PCM16, 24 kHz, mono).
    ///
    /// # Errors
    /// When the codec fails or a prompt is too long.
    pub fn write(prompts: &[(String, Arc<[i16]>)]) -> Result<Vec<u8>, PackError> {
        let mut bytes = MAGIC.to_vec();
        let short = |length: usize| {
            u16::try_from(length)
                .map(u16::to_le_bytes)
                .map_err(|_| PackError::TooLong)
        };
        for (text, pcm) in prompts {
            let packets = encode(pcm)?;
            bytes.extend(short(text.len())?);
            bytes.extend(text.as_bytes());
            bytes.extend(
                u32::try_from(pcm.len())
                    .map_err(|_| PackError::TooLong)?
                    .to_le_bytes(),
            );
            bytes.extend(short(packets.len())?);
            for packet in packets {
                bytes.extend(short(packet.len())?);
                bytes.extend(packet);
            }
        }
        Ok(bytes)
    }

    /// Whether it has a sentence.
    #[must_use]
    pub fn has(&self, sentence: &str) -> bool {
        self.0.contains_key(sentence)
    }

    /// The sentences of a text that it has, one after the other; `None` when it has none of them.
    ///
    /// # Errors
    /// When the codec fails.
    pub fn speak(&self, text: &str) -> Result<Option<Arc<[i16]>>, PackError> {
        let mut pcm: Vec<i16> = Vec::new();
        for prompt in sentences(text).filter_map(|sentence| self.0.get(sentence)) {
            if !pcm.is_empty() {
                pcm.resize(pcm.len() + PAUSE, 0);
            }
            decode(prompt, &mut pcm)?;
        }
        Ok((!pcm.is_empty()).then(|| pcm.into()))
    }
}

fn codec(error: &dyn std::fmt::Display) -> PackError {
    PackError::Codec(error.to_string())
}

fn encode(pcm: &[i16]) -> Result<Vec<Vec<u8>>, PackError> {
    let bitrate = Bitrate::try_bits(16_000).map_err(|error| codec(&error))?;
    let mut encoder = Encoder::builder(RATE, Channels::Mono, Application::Voip)
        .bitrate(bitrate)
        .complexity(10)
        .build()
        .map_err(|error| codec(&error))?;
    // The codec delays the sound, so a frame of silence lets the end out.
    let padded = (pcm.len() / FRAME + 2) * FRAME;
    let mut samples = pcm.to_vec();
    samples.resize(padded, 0);
    let mut packet = [0; 1275];
    samples
        .chunks_exact(FRAME)
        .map(|frame| {
            let length = encoder
                .encode(frame, &mut packet)
                .map_err(|error| codec(&error))?;
            packet
                .get(..length)
                .map(<[u8]>::to_vec)
                .ok_or(PackError::Damaged)
        })
        .collect()
}

fn decode(prompt: &Prompt, pcm: &mut Vec<i16>) -> Result<(), PackError> {
    let mut decoder = Decoder::new(RATE, Channels::Mono).map_err(|error| codec(&error))?;
    let start = pcm.len();
    let mut frame = [0; FRAME];
    for packet in &prompt.packets {
        let length = decoder
            .decode(packet, &mut frame, DecodeMode::Normal)
            .map_err(|error| codec(&error))?;
        pcm.extend(frame.iter().take(length));
    }
    // The delay frame stays, the padding goes.
    pcm.truncate(start + prompt.samples + FRAME);
    Ok(())
}

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, length: usize) -> Result<&'b [u8], PackError> {
        let (head, tail) = self.0.split_at_checked(length).ok_or(PackError::Damaged)?;
        self.0 = tail;
        Ok(head)
    }

    fn u16(&mut self) -> Result<usize, PackError> {
        let bytes = self.take(2)?.try_into().map_err(|_| PackError::Damaged)?;
        Ok(usize::from(u16::from_le_bytes(bytes)))
    }

    fn u32(&mut self) -> Result<usize, PackError> {
        let bytes = self.take(4)?.try_into().map_err(|_| PackError::Damaged)?;
        usize::try_from(u32::from_le_bytes(bytes)).map_err(|_| PackError::Damaged)
    }
}
