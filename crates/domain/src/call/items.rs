//! What joins the conversation: turns, messages, answers to tool calls.

use super::*;

impl Call {
    pub(super) fn on_committed(&mut self, item: ItemId) -> Vec<CallAction> {
        self.strangers.turn_committed(&item);
        let (start_ms, end_ms) = self.captions.committed(&item);
        self.last_turn = Some(Evidence {
            item: item.clone(),
            origin: TurnOrigin::Spoken,
            start_ms,
            end_ms,
        });
        vec![CallAction::RecordTurn {
            item,
            speaker: Speaker::Person,
            origin: TurnOrigin::Spoken,
            start_ms,
            end_ms,
        }]
    }

    pub(super) fn on_item(
        &mut self,
        item: ItemId,
        after: Option<ItemId>,
        kind: ItemKind,
        text: Option<Private<String>>,
        answers: Option<&ToolCallId>,
        now: Timestamp,
    ) -> Vec<CallAction> {
        self.items += 1;
        // Words that were not typed on our page: a stock client's, or a flood.
        if kind == ItemKind::PersonText && !self.strangers.is_typed(&item) {
            self.burst.retain(|at| now.since(*at) <= BURST_WINDOW);
            self.burst.push_back(now);
        }
        if self.items > MAX_ITEMS || self.burst.len() > MAX_BURST {
            return vec![CallAction::HangUp(EndReason::Policy)];
        }
        match kind {
            ItemKind::PersonAudio => {
                self.captions
                    .added(item, after, Speaker::Person, TurnOrigin::Spoken);
                Vec::new()
            }
            ItemKind::PersonText => {
                self.captions
                    .added(item.clone(), after, Speaker::Person, TurnOrigin::Typed);
                self.last_turn = Some(Evidence {
                    item: item.clone(),
                    origin: TurnOrigin::Typed,
                    start_ms: None,
                    end_ms: None,
                });
                let turn = CallAction::RecordTurn {
                    item: item.clone(),
                    speaker: Speaker::Person,
                    origin: TurnOrigin::Typed,
                    start_ms: None,
                    end_ms: None,
                };
                let caption =
                    text.and_then(|text| self.captions.words_done(&item, Speaker::Person, &text));
                std::iter::once(turn)
                    .chain(caption.map(CallAction::Show))
                    .collect()
            }
            ItemKind::Assistant => {
                self.captions
                    .added(item.clone(), after, Speaker::Assistant, TurnOrigin::Spoken);
                vec![CallAction::RecordTurn {
                    item,
                    speaker: Speaker::Assistant,
                    origin: TurnOrigin::Spoken,
                    start_ms: None,
                    end_ms: None,
                }]
            }
            ItemKind::ToolOutput => {
                self.captions.passed(item.clone(), after);
                self.on_answer(item, answers, text.as_ref())
            }
            ItemKind::System => {
                let ours = self.strangers.is_note(&item, text.as_ref());
                self.captions.passed(item, after);
                // Nobody else has a system's say, whichever client it is.
                if ours || !self.others_can_send() {
                    Vec::new()
                } else {
                    self.tampered(Incident::ForeignItem)
                }
            }
            ItemKind::ToolCall | ItemKind::Other => {
                // Not shown, but the chain of `after` runs through it.
                self.captions.passed(item, after);
                Vec::new()
            }
        }
    }

    /// Only we answer tool calls. Our page never tries; a stock client does for tools that it does not
    /// have itself, so its answers are taken out before the model reads them.
    pub(super) fn on_answer(
        &mut self,
        item: ItemId,
        call: Option<&ToolCallId>,
        output: Option<&Private<String>>,
    ) -> Vec<CallAction> {
        match self.strangers.who_answered(&item, call, output) {
            AnsweredBy::Us => Vec::new(),
            AnsweredBy::Stranger
                if self.others_can_send() && self.terms.client == ClientKind::OurPage =>
            {
                self.tampered(Incident::ForeignAnswer)
            }
            AnsweredBy::Stranger => {
                let mut actions = vec![CallAction::Send(CallCommand::DeleteItem { item })];
                if self.strangers.first_answer() {
                    actions.push(CallAction::RecordForeignAnswer);
                }
                actions
            }
        }
    }
}
