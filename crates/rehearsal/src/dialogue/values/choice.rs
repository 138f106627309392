//! One of several choices: said in full, by a word that only one choice has, or by its number.

use crate::dialogue::{
    numbers,
    words::{holds, plain},
};

/// The choice a text means.
pub(super) fn choice(choices: &[String], text: &str) -> Option<String> {
    let said_in_full: Vec<&String> = choices
        .iter()
        .filter(|choice| holds(text, choice))
        .collect();
    // One choice may hold another's words; two that stand side by side are no answer.
    if let Some(longest) = said_in_full.iter().max_by_key(|choice| choice.len()) {
        return said_in_full
            .iter()
            .all(|choice| holds(longest, choice))
            .then(|| (*longest).clone());
    }
    let said = plain(text);
    by_a_word(choices, &said)
        .or_else(|| by_number(choices, &said))
        .or_else(|| none_of_them(choices, text))
}

/// The one choice that shares most words with what was said.
fn by_a_word(choices: &[String], said: &[String]) -> Option<String> {
    let score = |choice: &String| {
        plain(choice)
            .iter()
            .filter(|word| {
                word.len() > 2 && *word != "and" && said.iter().any(|said| alike(said, word))
            })
            .count()
    };
    let best = choices.iter().map(score).max().filter(|best| *best > 0)?;
    let mut winners = choices.iter().filter(|choice| score(choice) == best);
    winners.next().filter(|_| winners.next().is_none()).cloned()
}

/// `the second one`: only as a number of its own, so that a stray `one` in a sentence picks nothing.
fn by_number(choices: &[String], said: &[String]) -> Option<String> {
    let numbered = said.len() <= 4
        && said
            .iter()
            .any(|word| word == "one" || word == "number" || word == "option");
    if !numbered {
        return None;
    }
    if said.iter().any(|word| word == "last") {
        return choices.last().cloned();
    }
    let first = said.iter().position(|word| {
        numbers::day(std::slice::from_ref(word)).is_some() && (word != "one" || said.len() == 2)
    })?;
    let (place, _) = said.get(first..).and_then(numbers::day)?;
    choices
        .get(usize::try_from(place).ok()?.checked_sub(1)?)
        .cloned()
}

/// `something else`, where there is a choice for that.
fn none_of_them(choices: &[String], text: &str) -> Option<String> {
    const ELSE: [&str; 8] = [
        "something else",
        "none of those",
        "none of these",
        "none of them",
        "none of the above",
        "neither",
        "anything else",
        "another one",
    ];
    let other = choices
        .iter()
        .find(|choice| choice.eq_ignore_ascii_case("other"))?;
    ELSE.iter()
        .any(|phrase| holds(text, phrase))
        .then(|| other.clone())
}

/// Whether two words are the same but for an ending (`theft` and `thefts`, `injured` and `injury`).
pub(super) fn alike(said: &str, wanted: &str) -> bool {
    let common = said
        .chars()
        .zip(wanted.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let shorter = said.chars().count().min(wanted.chars().count());
    said == wanted
        || shorter >= 4
            && said.len().abs_diff(wanted.len()) <= 3
            && (common >= 5 || common == shorter)
}
