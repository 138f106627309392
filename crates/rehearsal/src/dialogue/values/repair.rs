//! Self-corrections inside one answer: `five five, no, five six`, `Anna, sorry, Hanna`.

use crate::dialogue::{
    script::{Field, Kind},
    words::{located, plain},
};

/// How readily a word counts as the start of a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Numbers and dates hold no `no` of their own.
    Strict,
    /// In names and places a single word needs a pause around it.
    Free,
    /// Where the answer itself is yes or no.
    YesNo,
}

impl Style {
    pub(super) fn of(field: &Field) -> Self {
        match field.kind {
            Kind::YesNo => Self::YesNo,
            Kind::ShortText | Kind::LongText | Kind::Address | Kind::Choice => Self::Free,
            Kind::Number | Kind::Money | Kind::Date | Kind::Time | Kind::Phone | Kind::Email => {
                Self::Strict
            }
        }
    }
}

/// What announces a correction; longer phrases first.
const MARKERS: [&str; 19] = [
    "no wait sorry",
    "no i meant",
    "no i mean",
    "no wait",
    "no sorry",
    "no actually",
    "no make that",
    "scratch that",
    "make that",
    "correction",
    "or rather",
    "excuse me",
    "i mean",
    "i meant",
    "i said",
    "sorry",
    "wait",
    "actually",
    "oops",
];

/// The answer before and after its last correction; `None` when there is none.
pub(super) fn split(text: &str, style: &Style) -> Option<(String, String)> {
    let words = located(text);
    let plain_words: Vec<&str> = words.iter().map(|(word, _)| word.as_str()).collect();
    let starts_at = |at: usize, marker: &str| {
        let marker = plain(marker);
        plain_words
            .get(at..at + marker.len())
            .is_some_and(|found| found.iter().eq(marker.iter()))
            .then_some(marker.len())
    };
    let paused = |at: usize| {
        let gap = |from: usize, to: usize| {
            let (Some((_, from)), Some((_, to))) = (words.get(from), words.get(to)) else {
                return false;
            };
            text.get(from.end..to.start)
                .is_some_and(|gap| gap.contains([',', '.', ';', '-', '–', '—', '…', '?', '!']))
        };
        at > 0 && (gap(at - 1, at) || gap(at, at + 1))
    };
    let length_at = |at: usize| {
        let marker = MARKERS
            .iter()
            .find_map(|marker| starts_at(at, marker))
            .filter(|length| *length > 1 || *style != Style::Free || paused(at));
        marker.or_else(|| {
            (starts_at(at, "no").is_some()
                && match style {
                    Style::Strict => true,
                    Style::Free => paused(at),
                    Style::YesNo => false,
                })
            .then_some(1)
        })
    };
    // The last announcement with words on both sides of it.
    let (at, length) = (1..words.len())
        .rev()
        .filter_map(|at| length_at(at).map(|length| (at, length)))
        .find(|(at, length)| at + length < words.len())?;
    let start = words.get(at)?.1.start;
    let end = words.get(at + length - 1)?.1.end;
    let before = text.get(..start)?;
    let after = text
        .get(end..)?
        .trim_start_matches([',', '.', ' ', '-', '—', '–', '…']);
    // An announcement of two words ends in the middle of `no, wait`.
    let mut before = before.trim();
    while let Some(shorter) = ["no", "wait", "sorry", "um", "uh", "oh"]
        .iter()
        .find_map(|word| before_word(before, word))
    {
        before = shorter;
    }
    (!plain(before).is_empty() && !plain(after).is_empty())
        .then(|| (before.to_owned(), after.to_owned()))
}

/// The text before its last word, when that is the given one.
fn before_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let words = located(text);
    let (last, span) = words.last()?;
    (last == word)
        .then(|| text.get(..span.start))
        .flatten()
        .map(|text| text.trim_end_matches([',', '.', ' ', '-', '—', '–', '…']))
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Style, split};

    fn check(style: Style, text: &str, expected: Option<(&str, &str)>) {
        assert_eq!(
            split(text, &style)
                .as_ref()
                .map(|(before, after)| (before.as_str(), after.as_str())),
            expected,
            "{text:?}"
        );
    }

    #[test]
    fn a_correction_is_told_from_an_answer() {
        check(
            Style::Strict,
            "five five, no, five six",
            Some(("five five,", "five six")),
        );
        check(
            Style::Strict,
            "the third no the fourth",
            Some(("the third", "the fourth")),
        );
        check(Style::Free, "Anna, sorry, Hanna", Some(("Anna,", "Hanna")));
        check(Style::Free, "Tom, no wait, Tim", Some(("Tom", "Tim")));
        check(Style::Free, "there was no witness", None);
        check(Style::Free, "sorry, Anna", None);
        check(Style::YesNo, "Well, no", None);
        check(Style::YesNo, "No. Actually, yes.", Some(("No.", "yes.")));
        check(Style::YesNo, "yes, I mean no", Some(("yes,", "no")));
    }
}
