//! Telephone numbers, as people say and type them.

use super::{
    numbers,
    script::Kind,
    values::{GO_ON, Trouble, first_hint},
    words::{content, holds, is_filler},
};

/// The fewest and the most digits of a number that is taken.
const LENGTHS: std::ops::RangeInclusive<usize> = 7..=15;

/// The telephone number in a text: digits with an optional leading `+`; an extension is not part of it.
pub(super) fn phone(text: &str) -> Result<String, Trouble> {
    let words = words(text);
    let alternatives: Vec<String> = words
        .split(|word| word == "or")
        .map(numbers::digits)
        .filter(|digits| LENGTHS.contains(&digits.len()))
        .collect();
    if alternatives.len() > 1 {
        return Err("I need one number.".into());
    }
    let digits = numbers::digits(&words);
    let plus = if text.contains('+') || words.iter().any(|word| word == "plus") {
        "+"
    } else {
        ""
    };
    if LENGTHS.contains(&digits.len()) {
        return Ok(format!("{plus}{digits}"));
    }
    let begun = !digits.is_empty()
        && digits.len() < *LENGTHS.start()
        && words.iter().all(|word| belongs(word));
    Err(if begun {
        Trouble::More(GO_ON)
    } else {
        first_hint(Kind::Phone).into()
    })
}

fn words(text: &str) -> Vec<String> {
    let words = content(&text.replace('.', " "));
    let end = words
        .iter()
        .position(|word| word == "extension" || word == "ext")
        .unwrap_or(words.len());
    words.into_iter().take(end).collect()
}

/// Whether a word is part of a number that is being said, or of what leads up to it.
fn belongs(word: &str) -> bool {
    numbers::digit(word).is_some()
        || numbers::small(word).is_some()
        || numbers::tens(word).is_some()
        || numbers::homophone(word).is_some()
        || word.bytes().all(|b| b.is_ascii_digit())
        || matches!(
            word,
            "double"
                | "triple"
                | "hundred"
                | "thousand"
                | "plus"
                | "dash"
                | "then"
                | "and"
                | "area"
                | "code"
                | "its"
                | "it"
                | "is"
                | "my"
                | "the"
                | "number"
                | "phone"
                | "cell"
                | "sure"
                | "so"
                | "yes"
                | "no"
                | "wait"
        )
}

/// The number when its second part corrects the first: whole by itself, or the end of the first.
pub(super) fn repaired(before: &str, after: &str) -> Option<String> {
    let read = |text: &str| numbers::digits(&words(text));
    let (first, second) = (read(before), read(after));
    if second.is_empty() {
        return None;
    }
    if LENGTHS.contains(&second.len()) {
        return phone(after).ok();
    }
    // People take up again where they went wrong, so as much is replaced as makes a usual length.
    (1..=first.len().min(second.len()))
        .filter_map(|replaced| {
            let kept = first.get(..first.len() - replaced)?;
            let again = first.get(first.len() - replaced..)?;
            let whole = format!("{kept}{second}");
            let usual = matches!(whole.len(), 7 | 10 | 11);
            let same_start = again.chars().next() == second.chars().next();
            LENGTHS
                .contains(&whole.len())
                .then_some(((usual, same_start, replaced), whole))
        })
        .max()
        .map(|(_, whole)| whole)
}

/// What is meant when a number was begun in one turn and something came in the next: both together, or
/// the second alone when it starts again or is whole.
pub(super) fn continued(begun: &str, text: &str) -> String {
    let read = |text: &str| numbers::digits(&words(text));
    let (first, second) = (read(begun), read(text));
    let starts_again = second.len() > first.len()
        && second.starts_with(&first)
        && second.len() >= *LENGTHS.start();
    let too_long = first.len() + second.len() > 11 && second.len() >= *LENGTHS.start();
    let anew = [
        "no wait",
        "no sorry",
        "start over",
        "start again",
        "let me start",
    ]
    .iter()
    .any(|phrase| holds(text, phrase))
        && second.len() >= *LENGTHS.start();
    if starts_again || too_long || anew {
        text.to_owned()
    } else {
        let kept: Vec<&str> = text
            .split_whitespace()
            .filter(|word| !is_filler(word.trim_matches(|c: char| !c.is_alphanumeric())))
            .collect();
        format!("{begun} {}", kept.join(" "))
    }
}
