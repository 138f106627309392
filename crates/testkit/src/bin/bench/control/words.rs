//! Words with a number in them, by which a page can tell how long they were on their way.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// What stands before the number. No digit, so that a word cut in two is none.
const MARK: &str = "word-";

/// When each word was sent.
#[derive(Debug, Default)]
pub(crate) struct Words(Mutex<Vec<Option<Instant>>>);

impl Words {
    /// A word that is like no other.
    pub(crate) fn next(&self) -> usize {
        let mut sent = self.sent();
        sent.push(None);
        sent.len() - 1
    }

    /// It is on its way.
    pub(crate) fn send(&self, number: usize) {
        if let Some(at) = self.sent().get_mut(number) {
            *at = Some(Instant::now());
        }
    }

    /// When it was sent.
    pub(crate) fn sent_at(&self, number: usize) -> Option<Instant> {
        self.sent().get(number).copied().flatten()
    }

    fn sent(&self) -> MutexGuard<'_, Vec<Option<Instant>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Words as they are said.
pub(crate) fn spoken(numbers: &[usize]) -> String {
    let words: Vec<String> = numbers
        .iter()
        .map(|number| format!("{MARK}{number}"))
        .collect();
    words.join(" ")
}

/// The numbers in what was said.
pub(crate) fn heard(text: &str) -> impl Iterator<Item = usize> {
    text.split_whitespace()
        .filter_map(|word| word.strip_prefix(MARK)?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_heard() {
        let said = format!("Well, {} and so on", spoken(&[3, 14]));
        assert_eq!(heard(&said).collect::<Vec<_>>(), [3, 14]);
    }

    #[test]
    fn a_word_knows_when_it_was_sent() {
        let words = Words::default();
        let (first, second) = (words.next(), words.next());
        words.send(second);
        assert!(words.sent_at(first).is_none());
        assert!(words.sent_at(second).is_some());
    }
}
