//! Who speaks and who is silent: words of staff, pauses, silence, what is heard.

use super::*;

impl Call {
    /// What staff typed, changed or asked for. Nothing of it is lost while the configuration is not
    /// verified.
    pub(super) fn on_said(&mut self, input: CallInput, now: Timestamp) -> Vec<CallAction> {
        if self.phase == Phase::Verifying {
            if self.held_back.len() < MAX_HELD_BACK {
                self.held_back.push(input);
            }
            return Vec::new();
        }
        match input {
            CallInput::Typed { item, text } => {
                self.quiet.heard(now);
                self.on_typed(item, text)
            }
            CallInput::Note {
                item,
                text,
                go_on,
                by_staff,
            } => {
                if by_staff {
                    self.quiet.heard(now);
                }
                self.on_note(item, text, go_on)
            }
            CallInput::Pause { paused } => self.on_pause(paused, now),
            CallInput::Event(_) | CallInput::ToolDone { .. } | CallInput::Tick => Vec::new(),
        }
    }

    pub(super) fn on_note(
        &mut self,
        item: ItemId,
        text: Private<String>,
        go_on: bool,
    ) -> Vec<CallAction> {
        self.wanted |= go_on;
        self.strangers.we_note(item.clone(), text.clone());
        vec![CallAction::Send(CallCommand::Note { item, text })]
    }

    pub(super) fn on_typed(&mut self, item: ItemId, text: Private<String>) -> Vec<CallAction> {
        self.strangers.we_type(item.clone());
        let mut actions = self.hush();
        actions.push(CallAction::Send(CallCommand::PersonText { item, text }));
        self.wanted = true;
        actions
    }

    /// While paused nothing is said, and what the microphone had caught before is thrown away. What
    /// was cut short is said again when the conversation goes on.
    pub(super) fn on_pause(&mut self, paused: bool, now: Timestamp) -> Vec<CallAction> {
        // A goodbye is heard to its end.
        if self.phase != Phase::Live || self.closing.is_some() || self.paused == paused {
            return Vec::new();
        }
        self.paused = paused;
        self.quiet.pause(paused, now);
        let mut actions = vec![CallAction::Show(LiveEvent::Paused {
            session: self.session.clone(),
            paused,
        })];
        if paused {
            actions.extend(self.hush());
            actions.push(CallAction::Send(CallCommand::ClearInput));
            // Nobody tells us the end of a turn that was thrown away.
            if std::mem::take(&mut self.person_speaking) {
                self.wanted = true;
                actions.push(self.speaking(Speaker::Person, false));
            }
        }
        actions
    }

    /// What is done about silence.
    pub(super) fn on_silence(&mut self, now: Timestamp) -> Vec<CallAction> {
        if self.phase != Phase::Live || self.closing.is_some() {
            return Vec::new();
        }
        let busy = self.active.is_some()
            || self.asked
            || self.playing
            || self.person_speaking
            || !self.unanswered.is_empty();
        match self.quiet.due(busy, now) {
            Due::Nothing => Vec::new(),
            Due::Prompt => vec![CallAction::AskWhetherThere],
            Due::End => vec![CallAction::HangUp(EndReason::Idle)],
        }
    }

    /// The first sound of an answer may come after the answer was cut off, or after a pause began.
    pub(super) fn on_playback_started(&mut self, response: &ResponseId) -> Vec<CallAction> {
        self.playing = true;
        if self.paused || self.cut.as_ref() == Some(response) {
            self.wanted |= self.paused;
            return vec![CallAction::Send(CallCommand::ClearPlayback)];
        }
        if let Some(closing) = &mut self.closing {
            closing.until = closing.at_last;
        }
        vec![self.speaking(Speaker::Assistant, true)]
    }

    /// Stops what is being said; it is wanted again.
    pub(super) fn hush(&mut self) -> Vec<CallAction> {
        let mut actions = Vec::new();
        if self.active.is_some() {
            self.cut.clone_from(&self.active);
            actions.push(CallAction::Send(CallCommand::CancelResponse));
        }
        if self.playing {
            actions.push(CallAction::Send(CallCommand::ClearPlayback));
        }
        self.wanted |= !actions.is_empty();
        actions
    }

    pub(super) fn speaking(&self, speaker: Speaker, speaking: bool) -> CallAction {
        CallAction::Show(LiveEvent::Speaking {
            session: self.session.clone(),
            speaker,
            speaking,
        })
    }
}
