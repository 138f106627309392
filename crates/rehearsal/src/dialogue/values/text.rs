//! Values that stay text: names, codes and addresses, without what people say around them.

use super::{GO_ON, Trouble, code, first_hint, name};
use crate::dialogue::{
    numbers,
    script::{Field, Kind},
    words::{after, holds, located, plain, trimmed},
};

/// What people say before the answer itself; longer phrases first.
const LEAD_INS: [&str; 67] = [
    "um",
    "uh",
    "er",
    "hmm",
    "well",
    "so",
    "okay",
    "ok",
    "yes",
    "yeah",
    "right",
    "alright",
    "all right",
    "sure",
    "like",
    "you know",
    "let me see",
    "lets see",
    "i guess",
    "i believe",
    "i would say",
    "id say",
    "probably",
    "actually",
    "you can put down",
    "put down",
    "its for my son",
    "its for my daughter",
    "its for my wife",
    "its for my husband",
    "oh",
    "sorry",
    "hi",
    "hello",
    "i said",
    "i meant",
    "i mean",
    "i think",
    "the answer is",
    "that would be",
    "that will be",
    "it would be",
    "it should be",
    "it was on",
    "it was at",
    "it happened on",
    "it happened at",
    "it happened in",
    "it happened",
    "it is",
    "its",
    "it was",
    "my name is",
    "my names",
    "my full name is",
    "the name is",
    "his name is",
    "her name is",
    "their name is",
    "the patients name is",
    "name is",
    "this is",
    "i am called",
    "they are called",
    "call me",
    "please write",
    "please put",
];

/// Lead-ins that only a name drops: elsewhere they carry meaning (`I am allergic to nuts`).
const NAME_LEAD_INS: [&str; 6] = ["i am", "im", "thats", "that is", "he is", "she is"];

/// The answer without what people say before it: courtesy, `my name is`, and the field's own label (`my street is`).
pub(super) fn without_lead_in(field: &Field, text: &str) -> String {
    let is_name = is_name(field);
    let mut rest = trimmed(text);
    loop {
        let shorter = LEAD_INS
            .iter()
            .chain(NAME_LEAD_INS.iter().filter(|_| is_name))
            .filter_map(|lead| after(rest, lead))
            .chain(["my", "the", "our"].iter().flat_map(|own| {
                ["is", "was"]
                    .iter()
                    .filter_map(move |verb| after(rest, &format!("{own} {} {verb}", field.label)))
            }))
            .filter(|shorter| !shorter.is_empty())
            .min_by_key(|shorter| shorter.len());
        match shorter {
            Some(shorter) if shorter.len() < rest.len() => rest = shorter,
            _ => break,
        }
    }
    let polite = [" please", " thank you", " thanks"].iter().find_map(|end| {
        let cut = rest.len().checked_sub(end.len())?;
        let (head, tail) = rest.split_at_checked(cut)?;
        tail.eq_ignore_ascii_case(end).then_some(head)
    });
    trimmed(polite.unwrap_or(rest)).to_owned()
}

/// Whether a field holds a name.
pub(super) fn is_name(field: &Field) -> bool {
    holds(&field.label, "name") || holds(&field.label, "party")
}

/// Whether a field holds a code of letters and digits.
pub(super) fn is_code(field: &Field) -> bool {
    ["number", "code", "plate", "id"]
        .iter()
        .any(|word| holds(&field.label, word))
}

pub(super) fn short_text(field: &Field, text: &str) -> Result<String, Trouble> {
    let value = without_lead_in(field, text);
    if plain(&value).is_empty() {
        return Err(first_hint(Kind::ShortText).into());
    }
    if is_code(field)
        && let Some(code) = code::code(&value)
    {
        return match code::Shape::of(&field.question) {
            Some(shape) if shape.lacks(&code) => Err(Trouble::More(GO_ON)),
            Some(_) | None => Ok(code),
        };
    }
    if is_name(field) {
        return Ok(name::name(&value));
    }
    Ok(value)
}

/// An address on one line; a house number and a postal code spoken as words become digits.
pub(super) fn address(field: &Field, text: &str) -> String {
    let value = without_lead_in(field, text);
    let value = ["at", "in", "on"]
        .iter()
        .find_map(|lead| after(&value, lead))
        .filter(|rest| {
            rest.starts_with(|c: char| c.is_ascii_digit())
                || numbers::cardinal(&plain(rest)).is_some()
        })
        .map(str::to_owned)
        .unwrap_or(value);
    with_postal_code(&with_house_number(value))
}

/// `twelve forty five maple street` is number 1245: every leading number word belongs to it.
fn with_house_number(value: String) -> String {
    let words = plain(&value);
    let spoken = words
        .first()
        .is_some_and(|word| !word.starts_with(|c: char| c.is_ascii_digit()));
    let Some((_, used)) = numbers::cardinal(&words).filter(|_| spoken) else {
        return value;
    };
    let mut count = used;
    while let Some(more) = words.get(count..).and_then(|rest| {
        let first = rest.first()?;
        numbers::cardinal(rest)
            .map(|(_, used)| used)
            .or_else(|| numbers::digit(first).map(|_| 1))
    }) {
        count += more;
    }
    let digits = numbers::digits(words.get(..count).unwrap_or_default());
    let rest: Vec<String> = value
        .split([' ', '-'])
        .filter(|word| !word.is_empty())
        .skip(count)
        .map(name::capital)
        .collect();
    format!("{digits} {}", rest.join(" ")).trim().to_owned()
}

/// Three or more digits said one by one at the end are one number.
fn with_postal_code(value: &str) -> String {
    let words = located(value);
    let count = words
        .iter()
        .rev()
        .take_while(|(word, _)| numbers::digit(word).is_some())
        .count();
    let tail = words.get(words.len() - count..).unwrap_or_default();
    let (Some((_, span)), true) = (tail.first(), count >= 3) else {
        return value.to_owned();
    };
    let digits: String = tail
        .iter()
        .filter_map(|(word, _)| numbers::digit(word))
        .collect();
    format!("{}{digits}", value.get(..span.start).unwrap_or_default())
}
