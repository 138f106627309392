//! Several answers in one breath: `My name is Anna Keller and my phone number is 555 0142.`

use super::{
    intent::named_field,
    script::{Field, Kind, Script},
    times, values,
    words::{located, plain},
};
use jiff::civil::Date;
use std::ops::Range;

/// An answer taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answers {
    /// What answers the question.
    pub(super) own: String,
    /// What answers others: key and words.
    pub(super) others: Vec<(String, String)>,
}

/// Takes an answer apart. `open` are the fields that have no value yet and may get one.
pub(super) fn split(
    text: &str,
    script: &Script,
    asked: &Field,
    open: &[&Field],
    today: Option<Date>,
) -> Answers {
    let whole = Answers {
        own: text.to_owned(),
        others: Vec::new(),
    };
    // A story is kept as it was told.
    if asked.kind == Kind::LongText {
        return whole;
    }
    let mut answers = named(text, script, asked, open, today).unwrap_or(whole);
    by_kind(&mut answers, asked, open, today);
    time_of_day(&mut answers, asked, open);
    answers
}

/// Clauses that name their field: `my phone number is …`, `born …`, `you can reach me at …`.
fn named(
    text: &str,
    script: &Script,
    asked: &Field,
    open: &[&Field],
    today: Option<Date>,
) -> Option<Answers> {
    let words = located(text);
    let clauses: Vec<(usize, &Field, usize)> = (0..words.len())
        .filter(|at| starts_clause(text, &words, *at))
        .filter_map(|at| {
            let (field, value) = clause(&words, at, script, open)?;
            (field.key != asked.key).then_some((at, field, value))
        })
        .collect();
    let mut others = Vec::new();
    let mut own_end = None;
    for (index, (at, field, value)) in clauses.iter().enumerate() {
        let start = words.get(*at)?.1.start;
        let from = words.get(*value)?.1.start;
        let to = clauses
            .get(index + 1)
            .and_then(|(next, _, _)| words.get(*next))
            .map_or(text.len(), |(_, span)| span.start);
        let said = tidy(text.get(from..to)?);
        if from < to && values::extract(field, said, today).is_ok() {
            own_end = own_end.or(Some(start));
            others.push((field.key.clone(), said.to_owned()));
        }
    }
    let own = tidy(text.get(..own_end?)?);
    (!plain(own).is_empty()).then(|| Answers {
        own: own.to_owned(),
        others,
    })
}

/// Whether a clause can start at a word: at a pause or an `and`.
fn starts_clause(text: &str, words: &[(String, Range<usize>)], at: usize) -> bool {
    let Some(((before, end), (_, start))) = at
        .checked_sub(1)
        .and_then(|before| Some((words.get(before)?, words.get(at)?)))
    else {
        return false;
    };
    matches!(before.as_str(), "and" | "also" | "but")
        || text
            .get(end.end..start.start)
            .is_some_and(|gap| gap.contains([',', '.', ';', '!', '?']))
}

/// The open field that a clause names, and the word at which its value starts.
fn clause<'s>(
    words: &[(String, Range<usize>)],
    at: usize,
    script: &Script,
    open: &[&'s Field],
) -> Option<(&'s Field, usize)> {
    let word = |at: usize| words.get(at).map(|(word, _)| word.as_str());
    let is_open = |key: &str| open.iter().find(|field| field.key == key).copied();
    let only = |kind: Kind| {
        let mut fields = open.iter().filter(|field| field.kind == kind);
        fields.next().filter(|_| fields.next().is_none()).copied()
    };
    let starts_with = |phrase: &str| {
        let phrase = plain(phrase);
        (0..phrase.len())
            .all(|i| word(at + i) == phrase.get(i).map(String::as_str))
            .then_some(at + phrase.len())
    };
    for phrase in [
        "you can reach me at",
        "you can reach me on",
        "reach me at",
        "you can call me at",
        "call me at",
    ] {
        if let Some(value) = starts_with(phrase) {
            return only(Kind::Phone).map(|field| (field, value));
        }
    }
    if let Some(value) = starts_with("email me at") {
        return only(Kind::Email).map(|field| (field, value));
    }
    if word(at) == Some("born") {
        let value = at + 1 + usize::from(word(at + 1) == Some("on"));
        return open
            .iter()
            .find(|field| {
                field.kind == Kind::Date && plain(&field.label).iter().any(|word| word == "birth")
            })
            .map(|field| (*field, value));
    }
    let start = at + usize::from(matches!(word(at), Some("my" | "the" | "our")));
    (1..=4).rev().find_map(|length| {
        let name: Vec<&str> = (start..start + length).map(word).collect::<Option<_>>()?;
        let name = name.join(" ");
        let field = is_open(&named_field(script, &name, None)?.key)?;
        let verb = matches!(word(start + length), Some("is" | "was" | "are"));
        if verb {
            return (start > at).then_some((field, start + length + 1));
        }
        // `policy number HM …`: without a verb only the field's own name, or the kind's.
        let label = plain(&field.label).join(" ");
        let named = name == label || length == 1 && field.kind == Kind::Phone && name == "phone";
        named.then_some((field, start + length))
    })
}

/// The text without the signs and joints at its ends.
fn tidy(text: &str) -> &str {
    let mut text = text.trim().trim_end_matches([',', ';', ' ']);
    for joint in [" and", " also", " but"] {
        text = text.strip_suffix(joint).unwrap_or(text);
    }
    text.trim_end_matches([',', ';', ' '])
}

/// Parts that can only be a value of another kind: a telephone number after a name, a day after a choice.
fn by_kind(answers: &mut Answers, asked: &Field, open: &[&Field], today: Option<Date>) {
    for kind in [Kind::Phone, Kind::Email, Kind::Date] {
        let mut fields = open.iter().filter(|field| {
            field.kind == kind
                && field.key != asked.key
                && field.read_back
                && answers.others.iter().all(|(key, _)| *key != field.key)
        });
        let (Some(field), None) = (fields.next(), fields.next()) else {
            continue;
        };
        if matches!(
            asked.kind,
            Kind::Phone | Kind::Email | Kind::Date | Kind::Address | Kind::Number | Kind::Money
        ) || asked.kind == Kind::ShortText && kind == Kind::Date
        {
            continue;
        }
        let all = answers.own.trim_end_matches(['.', ' ', ',']);
        let parted = all
            .rsplit_once([',', '.'].as_slice())
            .or_else(|| all.rsplit_once(" and "));
        let Some((own, part)) = parted else {
            continue;
        };
        let part = tidy(part.trim());
        let small = plain(part).len() <= if kind == Kind::Date { 3 } else { 14 };
        let sure = kind != Kind::Phone || !part.chars().any(char::is_alphabetic);
        if small && sure && !plain(own).is_empty() && values::extract(field, part, today).is_ok() {
            let (own, part) = (tidy(own).to_owned(), part.to_owned());
            answers.own = own;
            answers.others.push((field.key.clone(), part));
        }
    }
}

/// A time of day said with the day.
fn time_of_day(answers: &mut Answers, asked: &Field, open: &[&Field]) {
    if asked.kind != Kind::Date {
        return;
    }
    let Some(field) = open
        .iter()
        .find(|field| field.kind == Kind::Time)
        .filter(|field| answers.others.iter().all(|(key, _)| *key != field.key))
    else {
        return;
    };
    if let Some(time) = times::mentioned(&answers.own) {
        answers.others.push((field.key.clone(), time));
    }
}
