//! Corrections of a part of a value that was read back: `the last digit is a three`, `no, Kellner`,
//! `no, nineteen eighty one`; and the rest of a value that was read back too early.

use super::{name, text};
use crate::dialogue::{
    dates, numbers, reply,
    script::{Field, Kind},
    spelling,
    words::{content, differs_by, located, plain, position, trimmed},
};
use jiff::civil::Date;

/// The value as the person wants it, when they corrected a part of it.
pub(in crate::dialogue) fn amended(
    field: &Field,
    value: &str,
    said: &str,
    today: Option<Date>,
) -> Option<String> {
    let (denied, rest) = match reply::parse(said) {
        reply::Reply::No(Some(rest)) => (true, rest),
        reply::Reply::Other => (false, trimmed(said).to_owned()),
        reply::Reply::Yes | reply::Reply::No(None) => return None,
    };
    match field.kind {
        Kind::Phone => tail(value, &rest, denied, 7),
        Kind::ShortText if text::is_code(field) => tail(value, &rest, denied, value.len()),
        Kind::ShortText if text::is_name(field) => named(field, value, &rest),
        Kind::Date => {
            let known: Date = value.parse().ok()?;
            dates::overlaid(known, &rest, today).map(|date| date.to_string())
        }
        Kind::Email => host(value, &rest),
        Kind::ShortText
        | Kind::LongText
        | Kind::Number
        | Kind::Money
        | Kind::Time
        | Kind::Address
        | Kind::Choice
        | Kind::YesNo => None,
    }
}

/// `the last two digits are four three`, `it ends in 43`, and after a `no` just the digits, when they are
/// fewer than a whole number has.
fn tail(value: &str, said: &str, denied: bool, whole: usize) -> Option<String> {
    let words = content(said);
    let after = ["ends in", "ends with", "ending in", "at the end"]
        .iter()
        .find_map(|phrase| position(&words, phrase))
        .map(|at| {
            if at == 0 || at < words.len() / 2 {
                at + 2
            } else {
                0
            }
        })
        .or_else(|| {
            let last = position(&words, "last")
                .filter(|_| words.iter().any(|word| word == "digit" || word == "digits"))?;
            let verb = words
                .iter()
                .skip(last)
                .position(|word| matches!(word.as_str(), "is" | "are" | "should" | "be" | "as"))?;
            Some(last + verb + 1)
        });
    let only_digits = words
        .iter()
        .all(|word| is_digit_word(word) || matches!(word.as_str(), "its" | "it" | "is"));
    let digits = match after {
        Some(at) => numbers::digits(words.get(at..)?),
        None if denied && only_digits => numbers::digits(&words),
        None => return None,
    };
    let kept = value.len().checked_sub(digits.len())?;
    (!digits.is_empty() && digits.len() < whole).then(|| {
        let head: String = value.chars().take(kept).collect();
        format!("{head}{digits}")
    })
}

fn is_digit_word(word: &str) -> bool {
    numbers::digit(word).is_some()
        || numbers::tens(word).is_some()
        || numbers::small(word).is_some()
        || matches!(word, "double" | "triple")
        || word.bytes().all(|b| b.is_ascii_digit())
}

/// A name in which one word is replaced.
fn named(field: &Field, value: &str, said: &str) -> Option<String> {
    let current: Vec<&str> = value.split_whitespace().collect();
    let replaced = |at: usize, new: &str| {
        let mut words = current.clone();
        *words.get_mut(at)? = new;
        Some(words.join(" "))
    };
    // `Hanna, not Anna`
    let words = located(said);
    if let Some(not) = words.iter().position(|(word, _)| word == "not")
        && let Some((_, span)) = words.get(not)
        && let (Some(new), Some(old)) = (said.get(..span.start), said.get(span.end..))
        && let [old] = plain(old).as_slice()
        && let Some(at) = current.iter().position(|word| plain(word).concat() == *old)
    {
        return replaced(at, &name::name(&text::without_lead_in(field, new)));
    }
    let ends = |phrases: [&str; 3]| {
        phrases
            .iter()
            .any(|phrase| position(&plain(said), phrase).is_some())
    };
    let new = name::name(&text::without_lead_in(field, said));
    if ends(["last name", "surname", "family name"]) {
        return replaced(current.len().checked_sub(1)?, &new);
    }
    if ends(["first name", "given name", "forename"]) {
        return replaced(0, &new);
    }
    // A single word that resembles one of several takes its place.
    if new.contains(' ') || current.len() < 2 {
        return None;
    }
    let lower = new.to_lowercase();
    let (at, _) = current
        .iter()
        .enumerate()
        .filter_map(|(at, word)| {
            let word = word.to_lowercase();
            let near = differs_by(&word, &lower, 3)?;
            (near <= 2 || word.chars().next() == lower.chars().next()).then_some((at, near))
        })
        .min_by_key(|(_, near)| *near)?;
    replaced(at, &new)
}

/// `dot org` instead of the last part of a host.
fn host(value: &str, said: &str) -> Option<String> {
    let words = content(said);
    let [.., dot, label] = words.as_slice() else {
        return None;
    };
    let small = words.len() == 2
        || words
            .iter()
            .take(words.len() - 2)
            .all(|word| matches!(word.as_str(), "its" | "it" | "is" | "thats"));
    let (head, _) = value.rsplit_once('.')?;
    (dot == "dot" && small).then(|| format!("{head}.{label}"))
}

/// Whether what was said can only be the rest of a value: digits, letters, or the end of an address.
pub(in crate::dialogue) fn is_fragment(field: &Field, value: &str, said: &str) -> bool {
    let words = content(said);
    let digits_only = !words.is_empty() && words.iter().all(|word| is_digit_word(word));
    match field.kind {
        Kind::Phone => digits_only && numbers::digits(&words).len() < 7,
        Kind::ShortText if text::is_code(field) => {
            digits_only && numbers::digits(&words).len() < value.len()
        }
        Kind::ShortText if text::is_name(field) => spelling::run(&words)
            .is_some_and(|run| run.used == words.len() && run.certain * 2 >= run.said),
        Kind::Email => words
            .first()
            .is_some_and(|word| matches!(word.as_str(), "dot" | "at")),
        Kind::ShortText
        | Kind::LongText
        | Kind::Number
        | Kind::Money
        | Kind::Date
        | Kind::Time
        | Kind::Address
        | Kind::Choice
        | Kind::YesNo => false,
    }
}
