//! Numbers and amounts of money.

use super::{Trouble, first_hint};
use crate::dialogue::{
    numbers,
    script::Kind,
    words::{content, plain, position},
};

/// A number, within the bounds that the question names (`from zero to ten`).
pub(super) fn number(text: &str, question: &str) -> Result<String, Trouble> {
    let words = content(text);
    if let [only] = words.as_slice()
        && let Some(digit) = numbers::homophone(only)
    {
        return Ok(digit.into());
    }
    // `three out of ten` and `7/10` name the scale as well.
    let scale = position(&words, "out of").or_else(|| {
        text.split_once('/')
            .map(|(before, _)| content(before).len())
    });
    let words = words
        .get(..scale.unwrap_or(words.len()))
        .unwrap_or_default();
    let value = match distinct(words, numbers::decimal).as_slice() {
        [] if words
            .iter()
            .any(|word| matches!(word.as_str(), "none" | "nothing" | "no")) =>
        {
            "0".to_owned()
        }
        [] => return Err(first_hint(Kind::Number).into()),
        [value] => value.clone(),
        _ => return Err("I need one number.".into()),
    };
    match bounds(question) {
        Some((low, high))
            if value
                .parse::<f64>()
                .is_ok_and(|value| !(low..=high).contains(&value)) =>
        {
            Err(Trouble::Again(
                format!("I need a number from {low} to {high}.").into(),
            ))
        }
        _ => Ok(value),
    }
}

/// The bounds that a question names.
fn bounds(question: &str) -> Option<(f64, f64)> {
    let words = plain(question);
    let after = |phrase: &str| {
        position(&words, phrase).and_then(|at| {
            let rest = words.get(at + 1..)?;
            let (low, used) = numbers::cardinal(rest)?;
            let joint = rest.get(used)?;
            let (high, _) = numbers::cardinal(rest.get(used + 1..)?)?;
            #[expect(
                clippy::cast_precision_loss,
                reason = "bounds that people name are small"
            )]
            let found = (low as f64, high as f64);
            (matches!(joint.as_str(), "to" | "and") && low < high).then_some(found)
        })
    };
    after("from").or_else(|| after("between"))
}

/// An amount with a point and two decimals when there are cents: `twelve hundred dollars and fifty cents`,
/// `$1,200.50`, `4k`.
pub(super) fn money(text: &str) -> Result<String, Trouble> {
    let words: Vec<String> = content(text).into_iter().flat_map(without_k).collect();
    match distinct(&words, amount).as_slice() {
        [] => Err(first_hint(Kind::Money).into()),
        [value] => Ok(value.clone()),
        _ => Err("I need one amount.".into()),
    }
}

/// `4k` as two words.
fn without_k(word: String) -> Vec<String> {
    match word
        .strip_suffix('k')
        .filter(|number| number.parse::<f64>().is_ok())
    {
        Some(number) => vec![number.to_owned(), "k".to_owned()],
        None => vec![word],
    }
}

/// One amount at the start of the words.
fn amount(words: &[String]) -> Option<(String, usize)> {
    let word = |at: usize| words.get(at).map(String::as_str);
    let (value, next) = match (word(0), word(1), word(2)) {
        (Some("a"), Some("couple"), of) => ("2".to_owned(), 2 + usize::from(of == Some("of"))),
        (Some("couple"), of, _) => ("2".to_owned(), 1 + usize::from(of == Some("of"))),
        (Some("half"), Some("a"), _) => ("0.5".to_owned(), 2),
        _ => numbers::decimal(words)?,
    };
    let times = match word(next) {
        Some("hundred") => Some(100_f64),
        Some("thousand" | "grand" | "k") => Some(1_000_f64),
        Some("million") => Some(1_000_000_f64),
        _ => None,
    };
    if let Some(times) = times {
        return Some((
            format!("{:.0}", value.parse::<f64>().ok()? * times),
            next + 1,
        ));
    }
    let is_unit = |word: &str| {
        matches!(
            word,
            "dollar" | "dollars" | "euro" | "euros" | "pound" | "pounds" | "bucks"
        )
    };
    if word(next).is_some_and(is_unit) && !value.contains('.') {
        let cents = next + 1 + usize::from(word(next + 1) == Some("and"));
        if let Some((amount, used)) = words
            .get(cents..)
            .and_then(numbers::cardinal)
            .filter(|(amount, _)| *amount < 100)
        {
            return Some((format!("{value}.{amount:02}"), cents + used));
        }
    }
    Some((value, next))
}

/// The different values in the words, in order. `one` among others is no number (`a bad one, an eight`).
fn distinct(words: &[String], read: impl Fn(&[String]) -> Option<(String, usize)>) -> Vec<String> {
    let mut all: Vec<(String, bool)> = Vec::new();
    let mut at = 0;
    while let Some(rest) = words.get(at..).filter(|rest| !rest.is_empty()) {
        let Some((value, used)) = read(rest) else {
            at += 1;
            continue;
        };
        let is_one = used == 1 && rest.first().is_some_and(|word| word == "one");
        if all.iter().all(|(known, _)| *known != value) {
            all.push((value, is_one));
        }
        at += used.max(1);
    }
    let several = all.len() > 1;
    all.into_iter()
        .filter(|(_, is_one)| !(several && *is_one))
        .map(|(value, _)| value)
        .collect()
}
