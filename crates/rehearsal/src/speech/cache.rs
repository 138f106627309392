//! The last sentences spoken, so that a repeated prompt costs nothing. Only in memory, and bounded.

use std::{collections::VecDeque, sync::Arc};

/// Two minutes of speech at 24 kHz.
const MOST_SAMPLES: usize = 24_000 * 120;

/// Sounds by text; the least recently used go first.
#[derive(Debug, Default)]
pub(super) struct Cache {
    /// The most recently used is last.
    sounds: VecDeque<(String, Arc<[i16]>)>,
    samples: usize,
}

impl Cache {
    /// The sound of a text, which thereby becomes the most recently used.
    pub(super) fn find(&mut self, text: &str) -> Option<Arc<[i16]>> {
        let at = self.sounds.iter().position(|(kept, _)| kept == text)?;
        let entry = self.sounds.remove(at)?;
        let pcm = Arc::clone(&entry.1);
        self.sounds.push_back(entry);
        Some(pcm)
    }

    /// Keeps a sound and lets go of old ones.
    pub(super) fn keep(&mut self, text: &str, pcm: &Arc<[i16]>) {
        if pcm.len() > MOST_SAMPLES || self.find(text).is_some() {
            return;
        }
        self.samples += pcm.len();
        self.sounds.push_back((text.to_owned(), Arc::clone(pcm)));
        while self.samples > MOST_SAMPLES {
            let Some((_, old)) = self.sounds.pop_front() else {
                break;
            };
            self.samples -= old.len();
        }
    }
}
