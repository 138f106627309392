//! Tokens and their text. Whisper's vocabulary writes bytes as printable characters; the special tokens
//! are found by name, because their numbers differ between English-only and multilingual models.

use serde_json::Value;
use std::{collections::HashMap, io::ErrorKind, path::Path};

/// Multilingual models have at least this many tokens.
const MULTILINGUAL: usize = 51_865;

/// The vocabulary of a model.
pub(super) struct Vocabulary {
    tokens: HashMap<u32, String>,
    bytes: HashMap<char, u8>,
    prompt: Vec<u32>,
    end: u32,
    no_speech: Option<u32>,
    suppressed: Vec<u32>,
    suppressed_first: Vec<u32>,
}

impl Vocabulary {
    /// Reads `tokenizer.json`, or `vocab.json` with `added_tokens.json`, and `generation_config.json` when it is there.
    pub(super) fn load(folder: &Path, size: usize) -> Result<Self, String> {
        let ids = ids(folder)?;
        let named = |name: &str| ids.get(name).copied();
        let needed =
            |name: &str| named(name).ok_or_else(|| format!("its vocabulary has no `{name}`"));
        let mut prompt = vec![needed("<|startoftranscript|>")?];
        if size >= MULTILINGUAL {
            prompt.extend([needed("<|en|>")?, needed("<|transcribe|>")?]);
        }
        prompt.push(needed("<|notimestamps|>")?);
        let end = needed("<|endoftext|>")?;

        let generation = read_json(&folder.join("generation_config.json"))?.unwrap_or(Value::Null);
        let list = |name: &str| -> Vec<u32> {
            generation
                .get(name)
                .and_then(Value::as_array)
                .map(|ids| {
                    ids.iter()
                        .filter_map(Value::as_u64)
                        .filter_map(|id| u32::try_from(id).ok())
                        .collect()
                })
                .unwrap_or_default()
        };
        // Every special token but the end is out of place in a transcript; they come after the text tokens.
        let last = u32::try_from(size).map_err(|error| error.to_string())?;
        let specials = ids
            .iter()
            .filter(|(name, id)| name.starts_with("<|") && **id != end)
            .map(|(_, id)| *id)
            .min()
            .unwrap_or(last)..last;
        let suppressed = list("suppress_tokens")
            .into_iter()
            .chain(specials)
            .filter(|id| *id != end)
            .collect();
        let blank = ids.get("Ġ").copied();
        let suppressed_first = list("begin_suppress_tokens")
            .into_iter()
            .chain(blank)
            .chain([end])
            .collect();
        Ok(Self {
            prompt,
            end,
            no_speech: named("<|nospeech|>").or_else(|| named("<|nocaptions|>")),
            suppressed,
            suppressed_first,
            tokens: ids.into_iter().map(|(token, id)| (id, token)).collect(),
            bytes: byte_of_char(),
        })
    }

    /// The tokens a transcript without time stamps begins with.
    pub(super) fn prompt(&self) -> &[u32] {
        &self.prompt
    }

    pub(super) fn end(&self) -> u32 {
        self.end
    }

    pub(super) fn no_speech(&self) -> Option<u32> {
        self.no_speech
    }

    /// Rules out what can't come next.
    pub(super) fn suppress(&self, logits: &mut [f32], first: bool) {
        let more: &[u32] = if first { &self.suppressed_first } else { &[] };
        for id in self.suppressed.iter().chain(more) {
            if let Some(logit) = usize::try_from(*id).ok().and_then(|at| logits.get_mut(at)) {
                *logit = f32::NEG_INFINITY;
            }
        }
    }

    /// The text of tokens.
    pub(super) fn text(&self, tokens: &[u32]) -> String {
        let chars = tokens
            .iter()
            .filter_map(|token| self.tokens.get(token))
            .flat_map(|token| token.chars());
        let bytes: Vec<u8> = chars.filter_map(|c| self.bytes.get(&c).copied()).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Token to number, from whichever files the folder has.
fn ids(folder: &Path) -> Result<HashMap<String, u32>, String> {
    let id = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    let object = |value: &Value| -> Vec<(String, u32)> {
        value
            .as_object()
            .map(|map| {
                map.iter()
                    .filter_map(|(token, value)| Some((token.clone(), id(value)?)))
                    .collect()
            })
            .unwrap_or_default()
    };
    if let Some(tokenizer) = read_json(&folder.join("tokenizer.json"))? {
        let base = tokenizer
            .pointer("/model/vocab")
            .map(object)
            .unwrap_or_default();
        let added = tokenizer
            .get("added_tokens")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let added = added.iter().filter_map(|token| {
            Some((
                token.get("content")?.as_str()?.to_owned(),
                id(token.get("id")?)?,
            ))
        });
        return Ok(base.into_iter().chain(added).collect());
    }
    let vocabulary = read_json(&folder.join("vocab.json"))?
        .ok_or("it has neither `tokenizer.json` nor `vocab.json`")?;
    let added = read_json(&folder.join("added_tokens.json"))?.unwrap_or(Value::Null);
    Ok(object(&vocabulary)
        .into_iter()
        .chain(object(&added))
        .collect())
}

/// A JSON file; `None` when there is no such file.
pub(super) fn read_json(path: &Path) -> Result<Option<Value>, String> {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| format!("`{name}`: {error}")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("`{name}`: {error}")),
    }
}

/// GPT-2's way to write bytes: printable ones as themselves, the others from U+0100 on, in order.
fn byte_of_char() -> HashMap<char, u8> {
    let printable = |byte: &u8| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let shown = (0..=255)
        .filter(printable)
        .map(|byte| (char::from(byte), byte));
    let hidden = (0..=255)
        .filter(|byte| !printable(byte))
        .zip('\u{100}'..)
        .map(|(byte, c)| (c, byte));
    shown.chain(hidden).collect()
}
