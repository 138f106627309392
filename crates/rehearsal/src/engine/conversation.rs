//! The chain of items that both sides have added, in order.

use crate::wire::Tokens;
use serde_json::{Value, json};

/// The items of one conversation.
#[derive(Debug)]
pub(super) struct Conversation {
    pub(super) id: String,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    id: String,
    item: Value,
    tokens: Tokens,
}

/// Where a new item goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    First,
    After(String),
    Last,
}

/// A function call that the conversation knows of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KnownCall {
    pub(super) name: String,
    pub(super) arguments: String,
}

impl Conversation {
    pub(super) fn new(id: String) -> Self {
        Self {
            id,
            entries: Vec::new(),
        }
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.entries.iter().any(|entry| entry.id == id)
    }

    pub(super) fn item(&self, id: &str) -> Option<&Value> {
        self.entries
            .iter()
            .find(|entry| entry.id == id)
            .map(|entry| &entry.item)
    }

    /// The last item's id.
    pub(super) fn last_id(&self) -> Option<&str> {
        self.entries.last().map(|entry| entry.id.as_str())
    }

    /// The id of the item before this one.
    pub(super) fn before(&self, id: &str) -> Option<&str> {
        let at = self.entries.iter().position(|entry| entry.id == id)?;
        self.entries
            .get(at.checked_sub(1)?)
            .map(|entry| entry.id.as_str())
    }

    /// Adds an item. A place that is gone counts as the end.
    pub(super) fn add(&mut self, id: &str, item: Value, tokens: Tokens, place: &Place) {
        let at = match place {
            Place::First => 0,
            Place::Last => self.entries.len(),
            Place::After(id) => self
                .entries
                .iter()
                .position(|entry| &entry.id == id)
                .map_or(self.entries.len(), |at| at + 1),
        };
        self.entries.insert(
            at,
            Entry {
                id: id.to_owned(),
                item,
                tokens,
            },
        );
    }

    /// Replaces an item's body and what it costs to read it.
    pub(super) fn replace(&mut self, id: &str, item: Value, tokens: Tokens) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) {
            entry.item = item;
            entry.tokens = tokens;
        }
    }

    /// Puts the words into a user's audio item.
    pub(super) fn set_transcript(&mut self, id: &str, transcript: &str) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id)
            && let Some(part) = entry.item.pointer_mut("/content/0")
        {
            part["transcript"] = json!(transcript);
        }
    }

    /// Cuts an assistant's audio item: what was said is no longer known to the word.
    pub(super) fn truncate(&mut self, id: &str, audio: u64) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) {
            if let Some(part) = entry
                .item
                .pointer_mut("/content/0")
                .and_then(Value::as_object_mut)
            {
                part.remove("transcript");
            }
            entry.tokens = Tokens { text: 0, audio };
        }
    }

    /// Takes an item out. None when there is none.
    pub(super) fn remove(&mut self, id: &str) -> Option<Value> {
        let at = self.entries.iter().position(|entry| entry.id == id)?;
        Some(self.entries.remove(at).item)
    }

    /// The function call with this correlation id.
    pub(super) fn call(&self, call_id: &str) -> Option<KnownCall> {
        self.entries.iter().find_map(|entry| {
            let text = |name: &str| entry.item.get(name).and_then(Value::as_str);
            (text("type")? == "function_call" && text("call_id")? == call_id).then(|| KnownCall {
                name: text("name").unwrap_or_default().to_owned(),
                arguments: text("arguments").unwrap_or_default().to_owned(),
            })
        })
    }

    /// What it costs to read all of it.
    pub(super) fn tokens(&self) -> Tokens {
        self.entries
            .iter()
            .fold(Tokens::default(), |mut sum, entry| {
                sum += entry.tokens;
                sum
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_keep_the_order_they_were_placed_in() {
        let mut conversation = Conversation::new("conv_1".into());
        let mut add = |id: &str, place| conversation.add(id, json!({}), Tokens::default(), &place);
        add("b", Place::Last);
        add("d", Place::Last);
        add("a", Place::First);
        add("c", Place::After("b".into()));
        let chain: Vec<_> = ["a", "b", "c", "d"]
            .iter()
            .map(|id| conversation.before(id))
            .collect();
        assert_eq!(chain, [None, Some("a"), Some("b"), Some("c")]);
    }

    #[test]
    fn a_truncated_item_loses_its_words() {
        let mut conversation = Conversation::new("conv_1".into());
        let item =
            json!({"id": "a", "content": [{"type": "output_audio", "transcript": "All of it."}]});
        conversation.add("a", item, Tokens { text: 0, audio: 90 }, &Place::Last);
        conversation.truncate("a", 20);
        assert_eq!(
            conversation.item("a").expect("kept")["content"][0],
            json!({"type": "output_audio"})
        );
        assert_eq!(conversation.tokens(), Tokens { text: 0, audio: 20 });
    }
}
