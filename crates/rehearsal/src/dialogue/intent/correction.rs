//! Corrections of a field at any time: `actually the street is …`, `change my name to …`.

use super::Intent;
use crate::dialogue::{
    script::{Field, Kind, Script},
    words::{after, plain, trimmed},
};

/// A correction of a field: `actually the street is …`, `change my name to …`, `the phone number is wrong`.
pub(super) fn correction(text: &str, script: &Script, asked: Option<&Field>) -> Option<Intent> {
    const OPENINGS: [&str; 14] = [
        "actually",
        "wait",
        "sorry",
        "no",
        "correction",
        "i made a mistake",
        "oh",
        "um",
        "one moment",
        "hold on",
        "i meant",
        "yes but",
        "but",
        "i need to correct something",
    ];
    let mut rest = trimmed(text);
    let mut announced = false;
    while let Some(shorter) = OPENINGS
        .iter()
        .filter_map(|opening| after(rest, opening))
        .find(|shorter| !shorter.is_empty() && shorter.len() < rest.len())
    {
        rest = shorter;
        announced = true;
    }
    let change = [
        "please change",
        "can you change",
        "could you change",
        "change",
        "please correct",
        "correct",
        "i want to change",
        "i need to change",
        "update",
    ]
    .iter()
    .find_map(|verb| after(rest, verb))
    .filter(|tail| !tail.is_empty());
    if let Some(tail) = change {
        let (name, value) = split_value(tail, &["to", "into"])
            .map_or((tail, None), |(name, value)| (name, Some(value)));
        let field = named_field(script, name, None)?;
        return Some(Intent::Correct {
            key: field.key.clone(),
            value,
        });
    }
    let (name, value) = split_value(rest, &["should be", "is", "was", "are"])?;
    // Only `my …` and `the …` name a field; anything else is the answer to what was asked.
    let own = ["my", "the", "our"]
        .iter()
        .find_map(|own| after(name, own))?;
    let field = named_field(script, own, asked)?;
    let wrong = ["wrong", "not right", "incorrect", "not correct"]
        .iter()
        .any(|word| plain(&value) == plain(word));
    let answers_question = asked.is_some_and(|asked| asked.key == field.key);
    let story = asked.is_some_and(|asked| matches!(asked.kind, Kind::LongText)) && !announced;
    if answers_question && !wrong || story {
        return None;
    }
    Some(Intent::Correct {
        key: field.key.clone(),
        value: (!wrong).then_some(value),
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
        .min_by_key(|(at, _)| *at)?;
    let (name, value) = (text.get(..at)?, trimmed(text.get(at + length..)?));
    (plain(name).len() <= 6 && !value.is_empty()).then(|| (name, value.to_owned()))
}

/// The field that a few words name: all of them must be in its label or key, or in the last word of
/// the question that was asked, which wins a tie.
fn named_field<'s>(script: &'s Script, name: &str, asked: Option<&Field>) -> Option<&'s Field> {
    const SMALL: [&str; 9] = ["my", "the", "our", "a", "of", "from", "on", "field", "that"];
    let wanted: Vec<String> = plain(name)
        .into_iter()
        .filter(|word| !SMALL.contains(&word.as_str()))
        .collect();
    if wanted.is_empty() {
        return None;
    }
    let score = |field: &Field| {
        let has: Vec<String> = plain(&field.label)
            .into_iter()
            .chain(plain(&field.key.replace('_', " ")))
            .collect();
        let same = |word: &String| {
            has.iter().any(|own| {
                own == word
                    || own.strip_suffix('s') == Some(word)
                    || word.strip_suffix('s') == Some(own.as_str())
            })
        };
        wanted.iter().all(same).then(|| {
            (100 * wanted.len()).saturating_sub(has.len())
                + usize::from(asked.is_some_and(|asked| asked.key == field.key)) * 50
        })
    };
    script
        .fields
        .iter()
        .filter_map(|field| score(field).map(|score| (score, field)))
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, field)| field)
}
