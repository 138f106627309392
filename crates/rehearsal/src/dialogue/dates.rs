//! Spoken and written days and times of day.

use super::{numbers, words::plain};
use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

/// The day a text names. Relative days (`yesterday`, `next tuesday`, a day without a year) need to know today.
pub(super) fn date(text: &str, today: Option<Date>) -> Option<Date> {
    let words = plain(text);
    numeric(&words)
        .or_else(|| with_month(&words, today))
        .or_else(|| relative(&words, today?))
}

/// `2026-11-21`, `11/21/2026` (month first, unless only day first makes sense).
fn numeric(words: &[String]) -> Option<Date> {
    words.windows(3).find_map(|three| {
        let [a, b, c] = three else { return None };
        let number = |word: &String| word.parse::<i16>().ok();
        let (first, second, third) = (number(a)?, number(b)?, number(c)?);
        let small = |value: i16| i8::try_from(value).ok();
        if a.len() == 4 {
            return Date::new(first, small(second)?, small(third)?).ok();
        }
        let year = if c.len() == 4 {
            third
        } else {
            short_year(third)?
        };
        let (month, day) = if first > 12 {
            (second, first)
        } else {
            (first, second)
        };
        Date::new(year, small(month)?, small(day)?).ok()
    })
}

/// `80` is 1980, `26` is 2026.
fn short_year(value: i16) -> Option<i16> {
    match value {
        0..=35 => Some(2000 + value),
        36..=99 => Some(1900 + value),
        _ => None,
    }
}

fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let is = |name: &&str| {
        *name == word
            || (word.len() >= 3 && word.len() <= 4 && name.starts_with(word))
            || (word == "sept" && *name == "september")
    };
    MONTHS
        .iter()
        .position(is)
        .and_then(|at| i8::try_from(at + 1).ok())
}

/// `march third nineteen eighty`, `the 3rd of March, 1980`, `3 March`.
fn with_month(words: &[String], today: Option<Date>) -> Option<Date> {
    let (at, month) = words
        .iter()
        .enumerate()
        .find_map(|(at, word)| month(word).map(|month| (at, month)))?;
    let year_from = |from: usize| {
        let fillers = words
            .iter()
            .skip(from)
            .take_while(|word| ["of", "in", "the", "year"].contains(&word.as_str()))
            .count();
        words.get(from + fillers..).and_then(year)
    };
    // The day comes after the month or before it, in one or two words. `March twenty twenty twenty six` is
    // the 20th, so every reading is tried and the first that leaves a whole year wins.
    let after_month = at + 1 + usize::from(words.get(at + 1).is_some_and(|word| word == "the"));
    let before = words.get(..at)?;
    let end = before.len()
        - before
            .iter()
            .rev()
            .take_while(|word| *word == "of" || *word == "the")
            .count();
    let day = |from: usize, to: usize| {
        words
            .get(from..to)
            .and_then(numbers::day)
            .filter(|(_, used)| *used == to - from)
            .map(|(day, _)| day)
    };
    let readings: Vec<(i8, usize)> = [2, 1]
        .into_iter()
        .filter_map(|length| {
            day(after_month, after_month + length).map(|day| (day, after_month + length))
        })
        .chain(
            [2, 1]
                .into_iter()
                .filter_map(|length| day(end.checked_sub(length)?, end).map(|day| (day, at + 1))),
        )
        .collect();
    if let Some((day, year)) = readings
        .iter()
        .find_map(|(day, rest)| year_from(*rest).map(|year| (*day, year)))
    {
        return Date::new(year, month, day).ok();
    }
    let (day, _) = readings.first()?;
    nearest(month, *day, today?)
}

/// A year at the start of the words: `1980`, `nineteen eighty five`, `two thousand and five`, `twenty oh six`.
fn year(words: &[String]) -> Option<i16> {
    let first = words.first()?;
    if first.len() == 4
        && let Ok(year) = first.parse::<i16>()
    {
        return Some(year);
    }
    let whole = |value: u64| {
        i16::try_from(value)
            .ok()
            .filter(|year| (1900..=2100).contains(year))
    };
    if let Some((value, _)) = numbers::cardinal(words)
        && let Some(year) = whole(value)
    {
        return Some(year);
    }
    let century = match first.as_str() {
        "nineteen" => 1900,
        "twenty" => 2000,
        _ => return None,
    };
    let rest = words.get(1..)?;
    if rest.first().is_some_and(|word| word == "oh" || word == "o") {
        return whole(century + numbers::small(rest.get(1)?)?);
    }
    if rest.first().is_some_and(|word| word == "hundred") {
        return whole(century);
    }
    let (value, _) = numbers::cardinal(rest)?;
    (10..100)
        .contains(&value)
        .then(|| whole(century + value))
        .flatten()
}

/// The day of that name nearest to today.
fn nearest(month: i8, day: i8, today: Date) -> Option<Date> {
    [today.year() - 1, today.year(), today.year() + 1]
        .into_iter()
        .filter_map(|year| Date::new(year, month, day).ok())
        .min_by_key(|date| (*date - today).get_days().abs())
}

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

fn relative(words: &[String], today: Date) -> Option<Date> {
    let text = format!(" {} ", words.join(" "));
    let has = |phrase: &str| text.contains(&format!(" {phrase} "));
    if has("the day before yesterday") {
        return today.checked_sub(2.days()).ok();
    }
    if has("the day after tomorrow") {
        return today.checked_add(2.days()).ok();
    }
    if has("yesterday") || has("last night") {
        return today.checked_sub(1.day()).ok();
    }
    if has("tomorrow") {
        return today.checked_add(1.day()).ok();
    }
    if [
        "today",
        "this morning",
        "this afternoon",
        "this evening",
        "tonight",
        "just now",
    ]
    .into_iter()
    .any(has)
    {
        return Some(today);
    }
    if let Some((at, day)) = words
        .iter()
        .enumerate()
        .find_map(|(at, word)| weekday(word).map(|day| (at, day)))
    {
        let before = at
            .checked_sub(1)
            .and_then(|at| words.get(at))
            .map(String::as_str);
        // A weekday alone is the coming one, as in an appointment, unless it is said to be past.
        return today
            .nth_weekday(
                if before == Some("last") || has("was") || has("ago") {
                    -1
                } else {
                    1
                },
                day,
            )
            .ok();
    }
    words.iter().enumerate().find_map(|(at, _)| {
        let (count, used) = match words.get(at).map(String::as_str) {
            Some("a" | "an") => (1, 1),
            _ => numbers::cardinal(words.get(at..)?)?,
        };
        let count = i64::try_from(count).ok().filter(|count| *count < 5000)?;
        let span = match words.get(at + used)?.trim_end_matches('s') {
            "day" => count.days(),
            "week" => count.weeks(),
            "month" => count.months(),
            "year" => count.years(),
            _ => return None,
        };
        if words.get(at + used + 1).is_some_and(|word| word == "ago") {
            today.checked_sub(span).ok()
        } else if at
            .checked_sub(1)
            .and_then(|at| words.get(at))
            .is_some_and(|word| word == "in")
        {
            today.checked_add(span).ok()
        } else {
            None
        }
    })
}

/// The time of day a text names, as `HH:MM`: `half past two in the afternoon`, `3 pm`, `14:30`, `noon`.
pub(super) fn time(text: &str) -> Option<String> {
    // `p.m.` and `a.m.` would otherwise fall apart into letters.
    let text = text
        .to_lowercase()
        .replace("p.m", " pm ")
        .replace("a.m", " am ");
    let mut words = plain(&text);
    if let Some(glued) = words.iter().position(|word| {
        word.len() > 2
            && (word.ends_with("pm") || word.ends_with("am"))
            && word.starts_with(|c: char| c.is_ascii_digit())
    }) && let Some((digits, half)) = words
        .get(glued)
        .and_then(|word| word.split_at_checked(word.len() - 2))
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
    {
        words.splice(glued..=glued, [digits, half]);
    }
    let has = |phrase: &str| format!(" {} ", words.join(" ")).contains(&format!(" {phrase} "));
    if has("noon") || has("midday") {
        return Some("12:00".into());
    }
    if has("midnight") {
        return Some("00:00".into());
    }
    let afternoon = has("pm")
        || has("p m")
        || has("afternoon")
        || has("evening")
        || has("night")
        || has("tonight");
    let morning = has("am") || has("a m") || has("morning");
    let (hour, minute) = clock(&words)?;
    let hour = match hour {
        12 if morning => 0,
        1..=11 if afternoon => hour + 12,
        _ => hour,
    };
    (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
}

fn clock(words: &[String]) -> Option<(u64, u64)> {
    let number = |at: usize| words.get(at..).and_then(numbers::cardinal);
    for (at, word) in words.iter().enumerate() {
        match (word.as_str(), words.get(at + 1).map(String::as_str)) {
            ("half", Some("past")) => return number(at + 2).map(|(hour, _)| (hour, 30)),
            ("quarter", Some("past" | "after")) => {
                return number(at + 2).map(|(hour, _)| (hour, 15));
            }
            ("quarter", Some("to" | "before" | "of")) => {
                return number(at + 2)
                    .map(|(hour, _)| (hour.checked_sub(1).filter(|h| *h > 0).unwrap_or(12), 45));
            }
            _ => {}
        }
    }
    let (at, (first, used)) =
        (0..words.len()).find_map(|at| number(at).map(|found| (at, found)))?;
    let next = at + used;
    match words.get(next).map(String::as_str) {
        Some("past" | "after") => number(next + 1).map(|(hour, _)| (hour, first)),
        Some("to" | "before") => number(next + 1).map(|(hour, _)| {
            (
                if hour > 1 { hour - 1 } else { 12 },
                60u64.saturating_sub(first),
            )
        }),
        Some("oh" | "o") if words.get(next + 1).is_some_and(|word| word != "clock") => {
            number(next + 1).map(|(minute, _)| (first, minute))
        }
        _ if (100..2400).contains(&first) => Some((first / 100, first % 100)),
        _ => Some((
            first,
            number(next)
                .filter(|(minute, _)| *minute < 60)
                .map_or(0, |(minute, _)| minute),
        )),
    }
}
