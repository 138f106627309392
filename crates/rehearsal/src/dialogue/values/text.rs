//! Values that stay text: names, codes and addresses, without what people say around them.

use crate::dialogue::{
    numbers,
    script::Field,
    words::{after, holds, plain, trimmed},
};

/// What people say before the answer itself; longer phrases first.
const LEAD_INS: [&str; 44] = [
    "um",
    "uh",
    "well",
    "so",
    "okay",
    "ok",
    "yes",
    "yeah",
    "sure",
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
    let is_name = holds(&field.label, "name") || holds(&field.label, "party");
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

pub(super) fn short_text(field: &Field, text: &str) -> Result<String, &'static str> {
    let value = without_lead_in(field, text);
    if plain(&value).is_empty() {
        return Err("I did not hear an answer.");
    }
    if ["number", "code", "plate", "id"]
        .iter()
        .any(|word| holds(&field.label, word))
        && let Some(code) = code(&value)
    {
        return Ok(code);
    }
    if holds(&field.label, "name") {
        return Ok(name(&value));
    }
    Ok(value)
}

/// A spoken code such as a policy number: single letters and digits become one upper-case word.
fn code(text: &str) -> Option<String> {
    let words = plain(text);
    let letters: String = words
        .iter()
        .take_while(|word| {
            word.chars().all(char::is_alphabetic)
                && word.chars().count() <= 3
                && numbers::digit(word).is_none()
        })
        .map(String::as_str)
        .collect();
    let count = words
        .iter()
        .take_while(|word| {
            word.chars().all(char::is_alphabetic)
                && word.chars().count() <= 3
                && numbers::digit(word).is_none()
        })
        .count();
    let rest = words.get(count..)?;
    if let [only] = rest
        && only.chars().any(|c| c.is_ascii_digit())
        && only.chars().any(char::is_alphabetic)
    {
        return Some(format!("{letters}{only}").to_uppercase());
    }
    let digits = numbers::digits(rest);
    (!digits.is_empty()).then(|| format!("{letters}{digits}").to_uppercase())
}

/// A name: spelled letters are joined, and a name heard without capitals gets them.
fn name(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    // `Keller, K-E-L-L-E-R` or `Anna Keller spelled K E L L E R`: the spelling is how the last word is written.
    let spelled = |word: &str| {
        let letters: Vec<&str> = word
            .split(['-', '.', ','])
            .filter(|piece| !piece.is_empty())
            .collect();
        (!letters.is_empty() && letters.iter().all(|piece| piece.chars().count() == 1))
            .then(|| letters.concat())
    };
    let tail = words
        .iter()
        .rev()
        .take_while(|word| spelled(word).is_some())
        .count();
    let (said, spelling) = words
        .split_at_checked(words.len() - tail)
        .unwrap_or((&words, &[]));
    let spelling: String = spelling.iter().filter_map(|word| spelled(word)).collect();
    let mut said: Vec<String> = said
        .iter()
        .map(|word| word.trim_matches(',').to_owned())
        .filter(|word| !matches!(word.as_str(), "spelled" | "spelt"))
        .collect();
    if spelling.chars().count() > 2 {
        let spelling = spelling.to_lowercase();
        if said
            .last()
            .is_some_and(|last| last.to_lowercase().chars().next() == spelling.chars().next())
        {
            said.pop();
        }
        said.push(spelling);
    } else if !spelling.is_empty() {
        return text.to_owned();
    }
    let joined = said.join(" ");
    if joined.chars().any(char::is_uppercase) && spelling.is_empty() {
        joined
    } else {
        said.iter()
            .map(|word| capital(word))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

/// An address on one line; a house number spoken as words becomes digits.
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
    let words = plain(&value);
    let Some((_, used)) = numbers::cardinal(&words).filter(|_| {
        words
            .first()
            .is_some_and(|word| !word.starts_with(|c: char| c.is_ascii_digit()))
    }) else {
        return value;
    };
    // `twelve forty five maple street` is number 1245: every leading number word belongs to it.
    let mut count = used;
    while let Some((_, more)) = words.get(count..).and_then(numbers::cardinal) {
        count += more;
    }
    let digits = numbers::digits(words.get(..count).unwrap_or_default());
    let rest: Vec<String> = value
        .split([' ', '-'])
        .filter(|word| !word.is_empty())
        .skip(count)
        .map(capital)
        .collect();
    format!("{digits} {}", rest.join(" ")).trim().to_owned()
}
