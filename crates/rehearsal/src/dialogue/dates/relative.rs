//! Days told from today: `yesterday`, `next Tuesday`, `two weeks ago`.

use super::Leaning;
use crate::dialogue::numbers;
use jiff::{
    Span, ToSpan,
    civil::{Date, Weekday},
};

fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

/// The day that words tell from today.
pub(super) fn relative(words: &[String], today: Date, leaning: Leaning) -> Option<Date> {
    let text = format!(" {} ", words.join(" "));
    let has = |phrase: &str| text.contains(&format!(" {phrase} "));
    let any = |phrases: &[&str]| phrases.iter().any(|phrase| has(phrase));
    counted(words, today, leaning)
        .or_else(|| {
            if has("the day before yesterday") {
                today.checked_sub(2.days()).ok()
            } else if has("the day after tomorrow") {
                today.checked_add(2.days()).ok()
            } else if any(&["yesterday", "last night"]) {
                today.yesterday().ok()
            } else if has("tomorrow") {
                today.tomorrow().ok()
            } else if any(&[
                "today",
                "this morning",
                "this afternoon",
                "this evening",
                "tonight",
                "just now",
            ]) {
                Some(today)
            } else if has("end of the month") {
                Some(today.last_of_month())
            } else if has("christmas eve") {
                Date::new(today.year(), 12, 24).ok()
            } else if any(&["christmas day", "on christmas"]) {
                Date::new(today.year(), 12, 25).ok()
            } else if any(&["new years eve"]) {
                Date::new(today.year(), 12, 31).ok()
            } else {
                None
            }
        })
        .or_else(|| on_weekday(words, today, leaning))
}

/// A day of the week: the one that the words, else the question, point to. With a number beside it
/// (`Monday the thirtieth`) the number decides.
fn on_weekday(words: &[String], today: Date, leaning: Leaning) -> Option<Date> {
    let (at, day) = words
        .iter()
        .enumerate()
        .find_map(|(at, word)| weekday(word).map(|day| (at, day)))?;
    if words.get(at + 1).is_some_and(|word| word == "the")
        && words.get(at + 2..).and_then(numbers::day).is_some()
    {
        return None;
    }
    let text = format!(" {} ", words.join(" "));
    let before = at
        .checked_sub(1)
        .and_then(|at| words.get(at))
        .map(String::as_str);
    if text.contains(" next week ") {
        let monday = today.nth_weekday(1, Weekday::Monday).ok()?;
        return if day == Weekday::Monday {
            Some(monday)
        } else {
            monday.nth_weekday(1, day).ok()
        };
    }
    let past = match before {
        Some("last") => true,
        Some("next" | "coming") => false,
        _ => leaning == Leaning::Past || text.contains(" was "),
    };
    today.nth_weekday(if past { -1 } else { 1 }, day).ok()
}

/// `two weeks ago`, `in ten days`, `a week from Tuesday`, `a week ago Monday`.
fn counted(words: &[String], today: Date, leaning: Leaning) -> Option<Date> {
    (0..words.len()).find_map(|at| {
        let (count, used) = match words.get(at).map(String::as_str) {
            Some("a" | "an") => match words.get(at + 1).map(String::as_str) {
                Some("couple") => (
                    2,
                    2 + usize::from(words.get(at + 2).is_some_and(|word| word == "of")),
                ),
                _ => (1, 1),
            },
            _ => numbers::cardinal(words.get(at..)?)?,
        };
        let count = i64::try_from(count).ok().filter(|count| *count < 5000)?;
        let span = span(count, words.get(at + used)?)?;
        let rest = words.get(at + used + 1..).unwrap_or_default();
        let before = at
            .checked_sub(1)
            .and_then(|at| words.get(at))
            .map(String::as_str);
        let next = rest.get(1).map(String::as_str);
        match (rest.first().map(String::as_str), next) {
            (Some("ago"), on) => {
                let named = match on {
                    Some("on") => rest.get(2).and_then(|word| weekday(word)),
                    Some(word) => weekday(word),
                    None => None,
                };
                let from = match named {
                    Some(day) => today.nth_weekday(-1, day).ok()?,
                    None => today,
                };
                from.checked_sub(span).ok()
            }
            (Some("from"), Some("today" | "now")) => today.checked_add(span).ok(),
            (Some("from"), Some("tomorrow")) => today.tomorrow().ok()?.checked_add(span).ok(),
            (Some("from"), Some(word)) => today
                .nth_weekday(1, weekday(word)?)
                .ok()?
                .checked_add(span)
                .ok(),
            _ if before == Some("in") && leaning != Leaning::Past => today.checked_add(span).ok(),
            _ => None,
        }
    })
}

fn span(count: i64, unit: &str) -> Option<Span> {
    Some(match unit.trim_end_matches('s') {
        "day" => count.days(),
        "week" => count.weeks(),
        "month" => count.months(),
        "year" => count.years(),
        _ => return None,
    })
}
