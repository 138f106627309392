//! What somebody else does in a call over a channel of their own, and what it counts for: nothing.
//! Responses that may follow a configuration that is not ours, and answers to tool calls that we
//! did not give. Only a brokered call has such a channel.

use crate::{ItemId, Private, ResponseId, ToolCallId};
use std::collections::{BTreeMap, BTreeSet};

/// Whose configuration a response followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Following {
    /// Ours, as far as the control link can tell.
    Ours,
    /// Perhaps another's: nothing it asks for is done.
    Anothers,
}

/// Who answered a tool call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnsweredBy {
    Us,
    Stranger,
}

/// Who began a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BegunBy {
    /// We asked for it.
    Us,
    /// The provider, because the person's turn was over.
    Turn,
    /// Perhaps the provider, for a turn from before the link.
    Unknown,
    /// Nobody we know of.
    Stranger,
}

/// More turns than this do not wait for their answers at once: a late one is answered with the next.
const MOST_WAITING: u8 = 2;

/// What strangers did to one call.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    /// Another's configuration is in effect, as far as we know.
    rule: bool,
    /// Responses that may follow another's configuration, until they are done.
    responses: BTreeSet<ResponseId>,
    /// The answers that we gave.
    answers: BTreeMap<ToolCallId, (ItemId, Private<String>)>,
    /// Answers of ours that the provider has not shown in the conversation yet.
    unread: BTreeSet<ToolCallId>,
    /// An answer of theirs was seen before.
    answered: bool,
    /// Messages of ours that the provider has not shown in the conversation yet.
    notes: BTreeMap<ItemId, Private<String>>,
    /// Words typed on our page that the provider has not shown in the conversation yet.
    typed: BTreeSet<ItemId>,
    /// Turns that ended by themselves and are not in the conversation yet.
    ended_turns: BTreeSet<ItemId>,
    /// Turns in the conversation that the provider has not answered yet.
    turns_wait: u8,
    /// The provider says of responses that we asked for that we did: it did so once.
    says_who_asked: bool,
    /// What runs may have begun before the link: it belongs to nobody.
    unsure: bool,
}

impl Strangers {
    /// Whether another's configuration is in effect.
    pub(super) const fn rule(&self) -> bool {
        self.rule
    }

    /// Another's configuration was seen; what is being said may follow it.
    pub(super) fn begin_to_rule(&mut self, active: Option<&ResponseId>) {
        self.rule = true;
        self.responses.extend(active.cloned());
    }

    /// Ours was seen.
    pub(super) const fn end_to_rule(&mut self) {
        self.rule = false;
    }

    /// A response that is not to be followed.
    pub(super) fn distrust(&mut self, response: ResponseId) {
        self.responses.insert(response);
    }

    /// Whether a response is not to be followed.
    pub(super) fn distrusts(&self, response: &ResponseId) -> bool {
        self.responses.contains(response)
    }

    /// Whose configuration a response followed.
    pub(super) fn behind(&self, response: &ResponseId) -> Following {
        if self.rule || self.responses.contains(response) {
            Following::Anothers
        } else {
            Following::Ours
        }
    }

    /// A response is over, and asks for nothing more.
    pub(super) fn forget(&mut self, response: &ResponseId) {
        self.responses.remove(response);
    }

    /// We answer a tool call.
    pub(super) fn we_answer(&mut self, call: ToolCallId, item: ItemId, output: Private<String>) {
        self.unread.insert(call.clone());
        self.answers.insert(call, (item, output));
    }

    /// An answer of ours may still be on its way, so that a response may follow another's.
    pub(super) fn may_have_overtaken_us(&self) -> bool {
        !self.unread.is_empty()
    }

    /// The link is a new one: what happened before it is not known.
    pub(super) fn begin_anew(&mut self) {
        self.take_as_read();
        self.ended_turns.clear();
        self.turns_wait = 0;
        self.unsure = true;
    }

    /// We add a message.
    pub(super) fn we_note(&mut self, item: ItemId, text: Private<String>) {
        self.notes.insert(item, text);
    }

    /// Whether a message is one of ours. As with answers, the words do where the id is another.
    pub(super) fn is_note(&mut self, item: &ItemId, text: Option<&Private<String>>) -> bool {
        let by_words =
            |(id, ours): (&ItemId, &Private<String>)| (Some(ours) == text).then(|| id.clone());
        let known = if self.notes.contains_key(item) {
            Some(item.clone())
        } else {
            self.notes.iter().find_map(by_words)
        };
        known.is_some_and(|id| self.notes.remove(&id).is_some())
    }

    /// We add words that were typed on our page.
    pub(super) fn we_type(&mut self, item: ItemId) {
        self.typed.insert(item);
    }

    /// Whether words are those of our page.
    pub(super) fn is_typed(&mut self, item: &ItemId) -> bool {
        self.typed.remove(item)
    }

    /// The person's turn ended by itself: what a browser commits by hand has no such end.
    pub(super) fn turn_ended(&mut self, item: ItemId) {
        self.ended_turns.insert(item);
    }

    /// A turn is in the conversation; the provider answers it if it ended by itself.
    pub(super) fn turn_committed(&mut self, item: &ItemId) {
        if self.ended_turns.remove(item) {
            self.turns_wait = (self.turns_wait + 1).min(MOST_WAITING);
        }
    }

    /// Who began a response. `asked` is whether we wait for one; `marked` whether it carries the token
    /// of one we asked for.
    pub(super) fn begun_by(&mut self, asked: bool, marked: bool) -> BegunBy {
        self.says_who_asked |= marked;
        let unsure = std::mem::take(&mut self.unsure);
        // A provider that keeps no tokens cannot tell ours from others'.
        if marked || (asked && !self.says_who_asked) {
            BegunBy::Us
        } else if self.turns_wait > 0 {
            self.turns_wait -= 1;
            BegunBy::Turn
        } else if unsure {
            BegunBy::Unknown
        } else {
            BegunBy::Stranger
        }
    }

    /// What is on its way is taken as read: a response is over, or the link is a new one. So a
    /// provider that never shows our answers costs one response and not the conversation.
    pub(super) fn take_as_read(&mut self) {
        self.unread.clear();
    }

    /// Whose answer an item is. A provider that gives items ids of its own keeps at least the text,
    /// and the same words a second time do no harm.
    pub(super) fn who_answered(
        &mut self,
        item: &ItemId,
        call: Option<&ToolCallId>,
        output: Option<&Private<String>>,
    ) -> AnsweredBy {
        let ours = call
            .and_then(|call| self.answers.get(call))
            .is_some_and(|(our_item, our_output)| our_item == item || Some(our_output) == output);
        if ours {
            self.unread.retain(|answered| Some(answered) != call);
            AnsweredBy::Us
        } else {
            AnsweredBy::Stranger
        }
    }

    /// Notes an answer of theirs; whether it is the first.
    pub(super) const fn first_answer(&mut self) -> bool {
        !std::mem::replace(&mut self.answered, true)
    }
}
