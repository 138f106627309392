//! The parts of a day that words name: year, month and day of the month, in whatever order.

use crate::dialogue::numbers;
use jiff::civil::Date;

/// What is known of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) year: Option<i16>,
    pub(super) month: Option<i8>,
    pub(super) day: Option<i8>,
}

impl From<Date> for Parts {
    fn from(date: Date) -> Self {
        Self {
            year: Some(date.year()),
            month: Some(date.month()),
            day: Some(date.day()),
        }
    }
}

impl Parts {
    /// The parts that words name.
    pub(super) fn read(words: &[String]) -> Self {
        // A month by its name, with a day and a year, is surer than three numbers in a row: a recogniser
        // writes `twenty twenty six` as `20, 26`.
        with_month(words)
            .filter(|parts| parts.year.is_some() && parts.day.is_some())
            .or_else(|| numeric(words))
            .or_else(|| spoken_numeric(words))
            .or_else(|| with_month(words))
            .or_else(|| ordinal_alone(words))
            .unwrap_or_default()
    }

    /// As [`Parts::read`], and also a month, a year or a number by itself, which means something only as
    /// a correction.
    pub(super) fn read_loosely(words: &[String]) -> Self {
        let parts = Self::read(words);
        if parts != Self::default() {
            return parts;
        }
        let rest = words.iter().position(|word| {
            month(word).is_some()
                || year(std::slice::from_ref(word)).is_some()
                || numbers::day(std::slice::from_ref(word)).is_some()
                || numbers::tens(word).is_some()
        });
        let rest = rest.and_then(|at| words.get(at..)).unwrap_or_default();
        if let Some(month) = rest.first().and_then(|word| month(word)) {
            return Self {
                month: Some(month),
                ..Self::default()
            };
        }
        if let Some(year) = year(rest).or_else(|| bare_year(rest)) {
            return Self {
                year: Some(year),
                ..Self::default()
            };
        }
        match numbers::day(rest) {
            Some((day, used)) if used == rest.len() => Self {
                day: Some(day),
                ..Self::default()
            },
            _ => Self::default(),
        }
    }

    /// These parts, with those of a correction in their place.
    pub(super) fn overlaid(self, with: Self) -> Self {
        Self {
            year: with.year.or(self.year),
            month: with.month.or(self.month),
            day: with.day.or(self.day),
        }
    }

    /// Whether words that name no day can be the beginning of one: `the second of`.
    pub(super) fn is_begun(self, words: &[String]) -> bool {
        self.year.is_none()
            && (self.month.is_some() || self.day.is_some())
            && (words.len() <= 4 || words.last().is_some_and(|word| word == "of"))
    }
}

/// `2026-11-21`, `11/21/2026` (month first, unless only day first makes sense), `11/3`.
fn numeric(words: &[String]) -> Option<Parts> {
    let number = |word: &String| word.parse::<i16>().ok();
    let small = |value: i16| i8::try_from(value).ok();
    let ordered = |first: i16, second: i16| {
        if first > 12 {
            (small(second), small(first))
        } else {
            (small(first), small(second))
        }
    };
    let whole = words.windows(3).find_map(|three| {
        let [a, b, c] = three else { return None };
        let (first, second, third) = (number(a)?, number(b)?, number(c)?);
        if a.len() == 4 {
            return Some((Some(first), small(second), small(third)));
        }
        let year = if c.len() == 4 {
            third
        } else {
            short_year(third)?
        };
        let (month, day) = ordered(first, second);
        Some((Some(year), month, day))
    });
    let short = || {
        let [a, b] = words else { return None };
        let (month, day) = ordered(number(a)?, number(b)?);
        (a.len() <= 2 && b.len() <= 2 && month? <= 12 && day? <= 31).then_some((None, month, day))
    };
    let (year, month, day) = whole.or_else(short)?;
    Some(Parts { year, month, day })
}

/// `nine seventeen ninety one`: month, day and year, said as numbers and nothing else.
fn spoken_numeric(words: &[String]) -> Option<Parts> {
    let is_number = |word: &String| {
        numbers::small(word).is_some()
            || numbers::tens(word).is_some()
            || word.bytes().all(|b| b.is_ascii_digit())
    };
    let start = words.iter().position(is_number)?;
    let words = words.get(start..)?;
    let month = numbers::small(words.first()?)
        .or_else(|| words.first()?.parse().ok())
        .and_then(|month| i8::try_from(month).ok())
        .filter(|month| (1..=12).contains(month))?;
    [2, 1].into_iter().find_map(|length| {
        let (day, used) = numbers::day(words.get(1..=length)?)?;
        let rest = words.get(length + 1..)?;
        let year = year(rest).or_else(|| bare_year(rest))?;
        (used == length && is_number(rest.first()?)).then_some(Parts {
            year: Some(year),
            month: Some(month),
            day: Some(day),
        })
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
fn with_month(words: &[String]) -> Option<Parts> {
    let (at, month) = words
        .iter()
        .enumerate()
        .find_map(|(at, word)| month(word).map(|month| (at, month)))?;
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
    let after = [2, 1].into_iter().filter_map(|length| {
        day(after_month, after_month + length).map(|day| (day, after_month + length))
    });
    let ahead = [2, 1]
        .into_iter()
        .filter_map(|length| day(end.checked_sub(length)?, end).map(|day| (day, at + 1)));
    let readings: Vec<(i8, usize)> = if end < before.len() {
        ahead.chain(after).collect()
    } else {
        after.chain(ahead).collect()
    };
    let with = |year_at: fn(&[String]) -> Option<i16>| {
        readings
            .iter()
            .find_map(|(day, rest)| year_from(words, *rest, year_at).map(|year| (*day, year)))
    };
    // A whole year is surer than one without its century.
    let dated = with(year).or_else(|| with(bare_year));
    Some(Parts {
        year: dated.map(|(_, year)| year),
        month: Some(month),
        day: dated
            .map(|(day, _)| day)
            .or_else(|| readings.first().map(|(day, _)| *day)),
    })
}

/// `the eighteenth`, `on the 18th`: only an ordinal, so that a plain number is no day.
fn ordinal_alone(words: &[String]) -> Option<Parts> {
    let (at, used, day) = (0..words.len()).find_map(|at| {
        let rest = words.get(at..)?;
        let (day, used) = numbers::day(rest)?;
        let last = rest.get(used - 1)?;
        let ordinal = numbers::small(last).is_none()
            && numbers::tens(last).is_none()
            && !last.bytes().all(|b| b.is_ascii_digit());
        ordinal.then_some((at, used, day))
    })?;
    let followed = words.get(at + used).is_some_and(|word| {
        !matches!(
            word.as_str(),
            "of" | "at" | "in" | "this" | "i" | "around" | "about"
        ) && year(words.get(at + used..).unwrap_or_default()).is_none()
    });
    (!followed).then(|| Parts {
        day: Some(day),
        year: year_from(words, at + used, year),
        month: None,
    })
}

/// The year after a day, with what people put between.
fn year_from(words: &[String], from: usize, year_at: fn(&[String]) -> Option<i16>) -> Option<i16> {
    let fillers = words
        .iter()
        .skip(from)
        .take_while(|word| ["of", "in", "the", "year"].contains(&word.as_str()))
        .count();
    year_at(words.get(from + fillers..)?)
}

/// A year without its century: `ninety one`, `80`, `oh four`.
fn bare_year(words: &[String]) -> Option<i16> {
    let first = words.first()?;
    if first == "oh" || first == "o" {
        return numbers::small(words.get(1)?)
            .and_then(|year| i16::try_from(year).ok())
            .map(|year| 2000 + year);
    }
    let (value, _) = numbers::cardinal(words)?;
    i16::try_from(value)
        .ok()
        .filter(|value| (32..=99).contains(value))
        .and_then(short_year)
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
        "nineteen" | "19" => 1900,
        "twenty" | "20" => 2000,
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
