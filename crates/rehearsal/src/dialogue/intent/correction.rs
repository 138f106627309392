//! Corrections of a field at any time: `actually the street is …`, `change my name to …`, `I made a mistake
//! with the date, it was …`.

use super::Intent;
use crate::dialogue::{
    script::{Field, Kind, Script},
    words::{after, plain, trimmed},
};

/// What may come before a correction.
const OPENINGS: [&str; 21] = [
    "actually",
    "wait",
    "sorry",
    "no",
    "correction",
    "oh",
    "um",
    "uh",
    "one moment",
    "hold on",
    "i meant",
    "yes but",
    "yes and",
    "yes",
    "but",
    "and",
    "also",
    "by the way",
    "i need to correct something",
    "i made a mistake",
    "excuse me",
];
/// What asks for a change and then names the field.
const CHANGES: [&str; 22] = [
    "please change",
    "can you change",
    "could you change",
    "can we change",
    "change",
    "please correct",
    "can you correct",
    "correct",
    "i want to change",
    "i need to change",
    "i want to correct",
    "i need to correct",
    "id like to change",
    "update",
    "i made a mistake with",
    "i made a mistake in",
    "i gave you the wrong",
    "i told you the wrong",
    "i said the wrong",
    "you have the wrong",
    "you got the wrong",
    "thats the wrong",
];
const WRONG: [&str; 5] = [
    "wrong",
    "not right",
    "incorrect",
    "not correct",
    "not quite right",
];

/// A correction of a field, in the text or in a later sentence of one that announces it.
pub(super) fn correction(text: &str, script: &Script, asked: Option<&Field>) -> Option<Intent> {
    in_sentence(text, script, asked, false).or_else(|| {
        let mut sentences = crate::dialogue::sentences(text);
        let announced = sentences.next().is_some_and(|first| {
            OPENINGS
                .iter()
                .any(|opening| after(first, opening).is_some())
        });
        sentences.find_map(|sentence| {
            announced
                .then(|| in_sentence(sentence, script, asked, true))
                .flatten()
        })
    })
}

fn in_sentence(
    text: &str,
    script: &Script,
    asked: Option<&Field>,
    mut announced: bool,
) -> Option<Intent> {
    let mut rest = trimmed(text);
    loop {
        if let Some(found) = change(rest, script) {
            return Some(found);
        }
        let shorter = OPENINGS
            .iter()
            .filter_map(|opening| after(rest, opening))
            .filter(|shorter| !shorter.is_empty() && shorter.len() < rest.len())
            .min_by_key(|shorter| shorter.len());
        let Some(shorter) = shorter else { break };
        rest = shorter;
        announced = true;
    }
    let (name, value) = split_value(rest, &["should be", "is", "was", "are"])?;
    // Only `my …` and `the …` name a field; anything else is the answer to what was asked.
    let own = ["my", "the", "our"]
        .iter()
        .find_map(|own| after(name, own))?;
    let field = named_field(script, own, asked)?;
    let (wrong, value) = without_wrong(value);
    let answers_question = asked.is_some_and(|asked| asked.key == field.key);
    let story = asked.is_some_and(|asked| matches!(asked.kind, Kind::LongText)) && !announced;
    if answers_question && !wrong || story {
        return None;
    }
    Some(Intent::Correct {
        key: field.key.clone(),
        value,
    })
}

/// `wrong, it's 555 0199` is wrong, and tells the right value.
fn without_wrong(value: String) -> (bool, Option<String>) {
    match WRONG.iter().find_map(|wrong| after(&value, wrong)) {
        Some("") => (true, None),
        Some(rest) => (true, Some(rest.to_owned())),
        None => (false, Some(value)),
    }
}

/// `change my name to …`, `I made a mistake with the date, it was …`, `I gave you the wrong number`.
fn change(text: &str, script: &Script) -> Option<Intent> {
    let tail = CHANGES
        .iter()
        .filter_map(|verb| after(text, verb))
        .filter(|tail| !tail.is_empty())
        .min_by_key(|tail| tail.len())?;
    let (name, value) = split_value(
        tail,
        &[
            "to",
            "into",
            "its",
            "it's",
            "it is",
            "it was",
            "it should be",
        ],
    )
    .map_or((tail, None), |(name, value)| (name, Some(value)));
    let field = named_field(script, name, None)?;
    Some(Intent::Correct {
        key: field.key.clone(),
        value,
    })
}

/// Splits at the first of the verbs that stands as a word: name before, value after.
fn split_value<'t>(text: &'t str, verbs: &[&str]) -> Option<(&'t str, String)> {
    let lower = text.to_ascii_lowercase();
    let (at, length) = verbs
        .iter()
        .filter_map(|verb| {
            lower
                .find(&format!(" {verb} "))
                .map(|at| (at, verb.len() + 2))
        })
        .min_by_key(|(at, length)| (*at, usize::MAX - length))?;
    let (name, value) = (text.get(..at)?, trimmed(text.get(at + length..)?));
    (plain(name).len() <= 6 && !value.is_empty()).then(|| (name, value.to_owned()))
}

/// The field that a few words name: all of them must be in its label or key, or be what such a value is
/// commonly called, or stand in its question. The field that was asked for wins a tie.
pub(in crate::dialogue) fn named_field<'s>(
    script: &'s Script,
    name: &str,
    asked: Option<&Field>,
) -> Option<&'s Field> {
    const SMALL: [&str; 12] = [
        "my", "the", "our", "a", "of", "from", "on", "field", "that", "i", "gave", "you",
    ];
    let wanted: Vec<String> = plain(name)
        .into_iter()
        .filter(|word| !SMALL.contains(&word.as_str()))
        .collect();
    if wanted.is_empty() || wanted.len() > 4 {
        return None;
    }
    let same = |own: &String, word: &String| {
        own == word
            || own.strip_suffix('s') == Some(word)
            || word.strip_suffix('s') == Some(own.as_str())
    };
    let score = |field: &Field| {
        let label = plain(&field.label);
        let key = plain(&field.key.replace('_', " "));
        let question: Vec<String> = plain(&field.question)
            .into_iter()
            .filter(|word| word.len() > 3)
            .collect();
        let common: Vec<String> = synonyms(field.kind)
            .iter()
            .map(|&word| word.to_owned())
            .collect();
        let within = |lists: &[&Vec<String>]| {
            wanted.iter().all(|word| {
                lists
                    .iter()
                    .any(|list| list.iter().any(|own| same(own, word)))
            })
        };
        // The more of the words come from one place, and the less else is there, the better.
        let worth = if within(&[&label]) {
            100
        } else if within(&[&key]) {
            95
        } else if within(&[&common]) || within(&[&question]) {
            60
        } else if within(&[&label, &key, &common, &question]) {
            45
        } else {
            return None;
        };
        Some(
            (worth * wanted.len()).saturating_sub(label.len() + key.len())
                + usize::from(asked.is_some_and(|asked| asked.key == field.key)) * 50,
        )
    };
    script
        .fields
        .iter()
        .filter_map(|field| score(field).map(|score| (score, field)))
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, field)| field)
}

/// What people call a value of a kind.
fn synonyms(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Phone => &["phone", "telephone", "cell", "mobile", "number"],
        Kind::Email => &["email", "mail", "address"],
        Kind::Date => &["date", "day"],
        Kind::Time => &["time", "hour"],
        Kind::Address => &["address", "street", "place", "location"],
        Kind::Money => &["amount", "sum"],
        Kind::ShortText | Kind::LongText | Kind::Number | Kind::Choice | Kind::YesNo => &[],
    }
}
