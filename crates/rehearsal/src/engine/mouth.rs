//! What the assistant is saying aloud: sound that is queued, and how much of it was really played.

use std::collections::{HashMap, VecDeque};

/// Samples in 20 ms at 24 kHz.
pub(crate) const FRAME: usize = 480;
/// Samples in one millisecond.
pub(super) const SAMPLES_PER_MS: u64 = 24;

/// Something began or ceased to be heard.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Playback {
    Started(String),
    Stopped(String),
}

/// An item that was cut off while it was played.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) item: String,
    pub(super) played_ms: u64,
}

/// What was thrown away.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cleared {
    pub(super) response: String,
    pub(super) cuts: Vec<Cut>,
}

#[derive(Debug)]
struct Piece {
    response: String,
    item: String,
    samples: VecDeque<i16>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Progress {
    made: u64,
    played: u64,
}

/// Queued sound.
#[derive(Debug, Default)]
pub(super) struct Mouth {
    queue: VecDeque<Piece>,
    /// The response that is being heard.
    playing: Option<String>,
    /// The response that is still being made, so that a gap is not its end.
    making: Option<String>,
    progress: HashMap<String, Progress>,
}

impl Mouth {
    /// A response begins to make sound: until [`Mouth::made`], silence is only a gap.
    pub(super) fn making(&mut self, response: &str) {
        self.making = Some(response.to_owned());
    }

    /// A response makes no more sound.
    pub(super) fn made(&mut self, response: &str) {
        self.making.take_if(|making| making == response);
    }

    /// Queues sound of an item.
    pub(super) fn say(&mut self, response: &str, item: &str, samples: &[i16]) {
        if samples.is_empty() {
            return;
        }
        self.progress.entry(item.to_owned()).or_default().made += samples.len() as u64;
        match self.queue.back_mut() {
            Some(last) if last.item == item => last.samples.extend(samples),
            _ => self.queue.push_back(Piece {
                response: response.to_owned(),
                item: item.to_owned(),
                samples: samples.iter().copied().collect(),
            }),
        }
    }

    /// How much sound an item has had so far, in milliseconds.
    pub(super) fn made_ms(&self, item: &str) -> u64 {
        self.progress
            .get(item)
            .map_or(0, |progress| progress.made / SAMPLES_PER_MS)
    }

    /// Whether the assistant has made any sound in this call.
    pub(super) fn has_spoken(&self) -> bool {
        self.progress.values().any(|progress| progress.made > 0)
    }

    /// The next frame: sound, or silence when there is none.
    pub(super) fn next_frame(&mut self) -> ([i16; FRAME], Vec<Playback>) {
        let mut frame = [0; FRAME];
        let mut changes = Vec::new();
        for slot in &mut frame {
            while self
                .queue
                .front()
                .is_some_and(|piece| piece.samples.is_empty())
            {
                self.queue.pop_front();
            }
            let Some(piece) = self.queue.front_mut() else {
                break;
            };
            if self.playing.as_ref() != Some(&piece.response) {
                changes.extend(
                    self.playing
                        .replace(piece.response.clone())
                        .map(Playback::Stopped),
                );
                changes.push(Playback::Started(piece.response.clone()));
            }
            *slot = piece.samples.pop_front().unwrap_or_default();
            if let Some(progress) = self.progress.get_mut(&piece.item) {
                progress.played += 1;
            }
        }
        let over = self.queue.iter().all(|piece| piece.samples.is_empty());
        if over && self.playing.is_some() && self.playing != self.making {
            self.queue.clear();
            changes.extend(self.playing.take().map(Playback::Stopped));
        }
        (frame, changes)
    }

    /// Throws away everything that is queued. `None` when nothing was playing or waiting to play.
    pub(super) fn clear(&mut self) -> Option<Cleared> {
        let queued = std::mem::take(&mut self.queue);
        let response = self
            .playing
            .take()
            .or_else(|| queued.front().map(|piece| piece.response.clone()))?;
        let cuts = queued
            .iter()
            .filter(|piece| !piece.samples.is_empty())
            .map(|piece| {
                let progress = self.progress.entry(piece.item.clone()).or_default();
                progress.made = progress.played;
                Cut {
                    item: piece.item.clone(),
                    played_ms: progress.played / SAMPLES_PER_MS,
                }
            })
            .collect();
        Some(Cleared { response, cuts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(mouth: &mut Mouth, count: usize) -> Vec<Playback> {
        (0..count).flat_map(|_| mouth.next_frame().1).collect()
    }

    #[test]
    fn a_gap_while_a_response_is_made_is_not_its_end() {
        let mut mouth = Mouth::default();
        mouth.making("r1");
        mouth.say("r1", "a", &[1; FRAME]);
        assert_eq!(frames(&mut mouth, 3), [Playback::Started("r1".into())]);
        mouth.say("r1", "a", &[1; FRAME]);
        mouth.made("r1");
        assert_eq!(frames(&mut mouth, 3), [Playback::Stopped("r1".into())]);
    }

    #[test]
    fn clearing_tells_how_much_was_heard() {
        let mut mouth = Mouth::default();
        mouth.say("r1", "a", &[1; FRAME * 50]);
        frames(&mut mouth, 10);
        let cleared = mouth.clear().expect("was playing");
        assert_eq!(cleared.response, "r1");
        assert_eq!(
            cleared.cuts,
            [Cut {
                item: "a".into(),
                played_ms: 200
            }]
        );
        assert_eq!(mouth.next_frame().0, [0; FRAME]);
        assert!(mouth.clear().is_none());
    }

    #[test]
    fn two_responses_are_heard_one_after_the_other() {
        let mut mouth = Mouth::default();
        mouth.say("r1", "a", &[1; FRAME]);
        mouth.say("r2", "b", &[1; FRAME]);
        let heard = frames(&mut mouth, 3);
        let expected = [
            Playback::Started("r1".into()),
            Playback::Stopped("r1".into()),
            Playback::Started("r2".into()),
            Playback::Stopped("r2".into()),
        ];
        assert_eq!(heard, expected);
    }
}
