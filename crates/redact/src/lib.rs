//! What may be stored, logged and shown: takes keys, secrets, tokens, addresses and numbers of people
//! out of a text and leaves a word in their place. Whole texts only; it knows no streams, no names
//! of people and no meaning.

mod pattern;
mod patterns;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use pattern::{Needs, Rule};
use std::{borrow::Cow, ops::Range, sync::LazyLock};

/// Takes out what must not be kept. Its result does not change when it is redacted again.
#[derive(Debug, Clone)]
pub struct Redactor {
    /// The rules, the widest first. None when one of them cannot be used.
    rules: Option<Vec<Rule>>,
    /// Finds in one pass which rules can match at all.
    words: Option<AhoCorasick>,
    /// Which rule each of those words belongs to.
    owners: Vec<usize>,
}

/// What is left of a text when the rules cannot be used: then nothing is known to be harmless.
const EVERYTHING: &str = "[redacted]";

impl Default for Redactor {
    fn default() -> Self {
        Self::new()
    }
}

impl Redactor {
    /// Prepares the rules. Takes some milliseconds: keep it, or use [`Redactor::global`].
    #[must_use]
    pub fn new() -> Self {
        let rules: Option<Vec<Rule>> = patterns::all().map(Rule::new).collect();
        let mut words: Vec<&str> = Vec::new();
        let mut owners = Vec::new();
        for (owner, rule) in rules.iter().flatten().enumerate() {
            if let Needs::AnyOf(list) = rule.needs() {
                words.extend(list);
                owners.extend(list.iter().map(|_| owner));
            }
        }
        let words = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .build(words)
            .ok();
        Self {
            rules,
            words,
            owners,
        }
    }

    /// The one every log line goes through.
    #[must_use]
    pub fn global() -> &'static Self {
        static GLOBAL: LazyLock<Redactor> = LazyLock::new(Redactor::new);
        &GLOBAL
    }

    /// The text without what must not be kept; the same text when there was nothing.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let (Some(rules), Some(words)) = (&self.rules, &self.words) else {
            return Cow::Borrowed(EVERYTHING);
        };
        let mut result = Cow::Borrowed(text);
        // Until nothing is found: what is left beside a placeholder may be a match of its own.
        // Each pass takes characters and adds only placeholders, so it ends.
        while let Some(next) = self.pass(rules, words, &result) {
            result = Cow::Owned(next);
        }
        result
    }

    fn pass(&self, rules: &[Rule], words: &AhoCorasick, text: &str) -> Option<String> {
        let possible = self.possible(rules, words, text);
        let mut found: Vec<(Range<usize>, &'static str)> = Vec::new();
        for (rule, _) in rules.iter().zip(possible).filter(|(_, possible)| *possible) {
            for range in rule.find(text) {
                // A wider rule has taken a part of it already.
                if found
                    .iter()
                    .all(|(taken, _)| range.end <= taken.start || taken.end <= range.start)
                {
                    found.push((range, rule.placeholder()));
                }
            }
        }
        if found.is_empty() {
            return None;
        }
        found.sort_by_key(|(range, _)| range.start);
        let mut result = String::with_capacity(text.len());
        let mut kept_from = 0;
        for (range, placeholder) in found {
            result.push_str(text.get(kept_from..range.start).unwrap_or_default());
            result.push_str(placeholder);
            kept_from = range.end;
        }
        result.push_str(text.get(kept_from..).unwrap_or_default());
        Some(result)
    }

    /// Which rules can match at all: most texts hold none of their words.
    fn possible(&self, rules: &[Rule], words: &AhoCorasick, text: &str) -> Vec<bool> {
        let has_digit = text.bytes().any(|b| b.is_ascii_digit());
        let mut possible: Vec<bool> = rules
            .iter()
            .map(|rule| matches!(rule.needs(), Needs::Digit) && has_digit)
            .collect();
        for word in words.find_overlapping_iter(text) {
            let owner = self
                .owners
                .get(word.pattern().as_usize())
                .and_then(|owner| possible.get_mut(*owner));
            if let Some(possible) = owner {
                *possible = true;
            }
        }
        possible
    }
}

#[cfg(test)]
mod tests;
