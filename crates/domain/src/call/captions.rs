//! Captions of a call: the words of each turn put together, in the conversation's own order.

use crate::{
    ItemId, Private, SessionId,
    event::{LiveEvent, Speaker},
    intake::TurnOrigin,
};
use std::collections::BTreeMap;

/// A turn's words are cut here: nobody says more in one breath, and memory is bounded.
const MAX_TURN_BYTES: usize = 8 * 1024;

#[derive(Debug)]
struct Turn {
    after: Option<ItemId>,
    speaker: Speaker,
    origin: TurnOrigin,
    text: String,
    done: bool,
    interrupted: bool,
}

#[derive(Debug)]
pub(super) struct Captions {
    session: SessionId,
    turns: BTreeMap<ItemId, Turn>,
    /// Items that are not shown, and what comes before them.
    passed: BTreeMap<ItemId, Option<ItemId>>,
    speech: BTreeMap<ItemId, (u64, Option<u64>)>,
}

impl Captions {
    pub(super) const fn new(session: SessionId) -> Self {
        Self {
            session,
            turns: BTreeMap::new(),
            passed: BTreeMap::new(),
            speech: BTreeMap::new(),
        }
    }

    pub(super) fn speech_started(&mut self, item: ItemId, at_ms: u64) {
        self.speech.insert(item, (at_ms, None));
    }

    pub(super) fn speech_stopped(&mut self, item: &ItemId, at_ms: u64) {
        if let Some((_, end)) = self.speech.get_mut(item) {
            *end = Some(at_ms);
        }
    }

    /// The span of a committed turn, as far as it was told.
    pub(super) fn committed(&mut self, item: &ItemId) -> (Option<u64>, Option<u64>) {
        self.speech
            .remove(item)
            .map_or((None, None), |(start, end)| (Some(start), end))
    }

    pub(super) fn added(
        &mut self,
        item: ItemId,
        after: Option<ItemId>,
        speaker: Speaker,
        origin: TurnOrigin,
    ) {
        let after = self.last_shown(after);
        match self.turns.get_mut(&item) {
            // The words came first (transcription may begin while the person speaks).
            Some(turn) => turn.after = after,
            None => {
                self.turns.insert(
                    item,
                    Turn {
                        after,
                        speaker,
                        origin,
                        text: String::new(),
                        done: false,
                        interrupted: false,
                    },
                );
            }
        }
    }

    pub(super) fn passed(&mut self, item: ItemId, after: Option<ItemId>) {
        // The first word on an item stands: a browser may delete and make it again.
        self.passed.entry(item).or_insert(after);
    }

    /// The nearest item before that a page knows.
    fn last_shown(&self, mut after: Option<ItemId>) -> Option<ItemId> {
        // Ids and their order may be a browser's choice, and go round in a circle.
        for _ in 0..self.passed.len() {
            let Some(before) = after.as_ref().and_then(|item| self.passed.get(item)) else {
                return after;
            };
            after.clone_from(before);
        }
        after.filter(|item| !self.passed.contains_key(item))
    }

    pub(super) fn words(
        &mut self,
        item: &ItemId,
        speaker: Speaker,
        delta: &Private<String>,
    ) -> Option<LiveEvent> {
        #[expect(
            clippy::disallowed_methods,
            reason = "shown to those who may watch this intake"
        )]
        let delta = delta.expose();
        let turn = self.turn(item, speaker);
        if turn.done || turn.text.len() + delta.len() > MAX_TURN_BYTES {
            return None;
        }
        turn.text.push_str(delta);
        self.shown(item)
    }

    pub(super) fn words_done(
        &mut self,
        item: &ItemId,
        speaker: Speaker,
        text: &Private<String>,
    ) -> Option<LiveEvent> {
        #[expect(
            clippy::disallowed_methods,
            reason = "shown to those who may watch this intake"
        )]
        let text = text.expose();
        let turn = self.turn(item, speaker);
        turn.text = text.chars().take(MAX_TURN_BYTES / 4).collect();
        turn.done = true;
        self.shown(item)
    }

    pub(super) fn words_failed(&mut self, item: &ItemId) -> Option<LiveEvent> {
        let turn = self.turns.get_mut(item)?;
        turn.done = true;
        self.shown(item)
    }

    pub(super) fn truncated(&mut self, item: &ItemId) -> Option<LiveEvent> {
        let turn = self.turns.get_mut(item)?;
        turn.interrupted = true;
        self.shown(item)
    }

    fn turn(&mut self, item: &ItemId, speaker: Speaker) -> &mut Turn {
        self.turns.entry(item.clone()).or_insert_with(|| Turn {
            after: None,
            speaker,
            origin: TurnOrigin::Spoken,
            text: String::new(),
            done: false,
            interrupted: false,
        })
    }

    fn shown(&self, item: &ItemId) -> Option<LiveEvent> {
        let turn = self.turns.get(item)?;
        Some(LiveEvent::Caption {
            session: self.session.clone(),
            item: item.clone(),
            after: turn.after.clone(),
            speaker: turn.speaker,
            origin: turn.origin,
            text: turn.text.clone(),
            done: turn.done,
            interrupted: turn.interrupted,
        })
    }
}
