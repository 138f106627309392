//! Values: what an answer means for a field of a kind.

mod text;

use super::{
    contact, dates, numbers, reply,
    script::{Field, Kind},
    words::{holds, plain, trimmed},
};
use jiff::civil::Date;

/// The value of an answer, as text in the form `set_field` wants; or a hint for asking again.
pub(super) fn extract(
    field: &Field,
    text: &str,
    today: Option<Date>,
) -> Result<String, &'static str> {
    let words = plain(text);
    match field.kind {
        Kind::ShortText => text::short_text(field, text),
        Kind::LongText => {
            let text = text.trim();
            if words.is_empty() {
                Err("I did not hear an answer.")
            } else {
                Ok(text.to_owned())
            }
        }
        Kind::Address => Some(text::address(field, text))
            .filter(|value| !value.is_empty())
            .ok_or("I need the street and the town."),
        Kind::Number => number(&words).ok_or("I need a number."),
        Kind::Money => money(text).ok_or("I need an amount."),
        Kind::Phone => contact::phone(text).ok_or("I need all the digits of the number."),
        Kind::Email => {
            contact::email(text).ok_or("I need an email address, such as name at example dot com.")
        }
        Kind::YesNo => match reply::parse(text) {
            reply::Reply::Yes => Ok("yes".into()),
            reply::Reply::No(_) => Ok("no".into()),
            reply::Reply::Other => Err("Please answer yes or no."),
        },
        Kind::Choice => choice(&field.choices, text).ok_or("I need one of the choices."),
        Kind::Time => match dates::time(text) {
            Some(time) => Ok(time),
            None => Err("I need a time of day."),
        },
        Kind::Date => match dates::date(text, today) {
            Some(date) => Ok(date.to_string()),
            // The server may understand more than this parser, and says so when it does not.
            None if words.iter().any(|word| is_date_word(word)) => {
                Ok(text::without_lead_in(field, text))
            }
            None => Err("I need a day, with the month and the year."),
        },
    }
}

fn is_date_word(word: &str) -> bool {
    const WORDS: [&str; 17] = [
        "yesterday",
        "today",
        "tomorrow",
        "tonight",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "week",
        "weeks",
        "month",
        "months",
        "ago",
        "night",
    ];
    WORDS.contains(&word)
}

fn number(words: &[String]) -> Option<String> {
    if let [only] = words
        && let Some(digit) = numbers::homophone(only)
    {
        return Some(digit.into());
    }
    (0..words.len())
        .find_map(|at| words.get(at..).and_then(numbers::decimal))
        .map(|(value, _)| value)
        .or_else(|| {
            words
                .iter()
                .any(|word| word == "none" || word == "nothing" || word == "no")
                .then(|| "0".into())
        })
}

/// An amount with a point and two decimals when there are cents: `twelve hundred dollars and fifty cents`, `$1,200.50`, `4k`.
fn money(text: &str) -> Option<String> {
    let words: Vec<String> = plain(text)
        .into_iter()
        .flat_map(|word| {
            match word
                .strip_suffix('k')
                .filter(|number| number.parse::<f64>().is_ok())
            {
                Some(number) => vec![number.to_owned(), "k".to_owned()],
                None => vec![word],
            }
        })
        .collect();
    let (at, (value, used)) = (0..words.len()).find_map(|at| {
        words
            .get(at..)
            .and_then(numbers::decimal)
            .map(|found| (at, found))
    })?;
    let next = at + used;
    let times = match words.get(next).map(String::as_str) {
        Some("thousand" | "grand" | "k") => Some(1_000_f64),
        Some("million") => Some(1_000_000_f64),
        _ => None,
    };
    if let Some(times) = times {
        return Some(format!("{:.0}", value.parse::<f64>().ok()? * times));
    }
    let is_unit = |word: &String| {
        matches!(
            word.as_str(),
            "dollar" | "dollars" | "euro" | "euros" | "pound" | "pounds" | "bucks"
        )
    };
    if words.get(next).is_some_and(is_unit) && !value.contains('.') {
        let cents = next + 1 + usize::from(words.get(next + 1).is_some_and(|word| word == "and"));
        if let Some((cents, _)) = words
            .get(cents..)
            .and_then(numbers::cardinal)
            .filter(|(cents, _)| *cents < 100)
        {
            return Some(format!("{value}.{cents:02}"));
        }
    }
    Some(value)
}

/// The choice a text means: said in full, by a word that only one choice has, or by its number.
fn choice(choices: &[String], text: &str) -> Option<String> {
    if let Some(exact) = choices
        .iter()
        .filter(|choice| holds(text, choice))
        .max_by_key(|choice| choice.len())
    {
        return Some(exact.clone());
    }
    let said = plain(text);
    let scores: Vec<(usize, &String)> = choices
        .iter()
        .map(|choice| {
            let score = plain(choice)
                .iter()
                .filter(|word| {
                    word.len() > 2 && *word != "and" && said.iter().any(|said| alike(said, word))
                })
                .count();
            (score, choice)
        })
        .collect();
    let best = scores
        .iter()
        .map(|(score, _)| *score)
        .max()
        .filter(|best| *best > 0);
    if let Some(best) = best {
        let mut winners = scores
            .iter()
            .filter(|(score, _)| *score == best)
            .map(|(_, choice)| *choice);
        return winners.next().filter(|_| winners.next().is_none()).cloned();
    }
    // `the second one`: only as a number of its own, so that a stray `one` in a sentence picks nothing.
    let numbered = said
        .iter()
        .any(|word| word == "one" || word == "number" || word == "option")
        && said.len() <= 4;
    let first = said.iter().position(|word| {
        numbers::day(std::slice::from_ref(word)).is_some() && (word != "one" || said.len() == 2)
    })?;
    let (place, _) = said.get(first..).and_then(numbers::day)?;
    if numbered {
        choices
            .get(usize::try_from(place).ok()?.checked_sub(1)?)
            .cloned()
    } else {
        None
    }
}

/// Whether two words are the same but for an ending (`theft` and `thefts`, `divorce` and `divorced`).
fn alike(said: &str, wanted: &str) -> bool {
    let stem = wanted.len().min(said.len()).max(4);
    said == wanted
        || (wanted.len() >= 4
            && said.len() >= 4
            && said.len().abs_diff(wanted.len()) <= 3
            && said.get(..stem) == wanted.get(..stem))
}

/// How a value sounds when it is read back.
pub(super) fn spoken(field: &Field, value: &str) -> String {
    match field.kind {
        Kind::Phone => spaced(value),
        Kind::Email => value
            .replace('@', " at ")
            .replace('.', " dot ")
            .replace('_', " underscore ")
            .replace('-', " dash "),
        Kind::Date => value.parse::<Date>().map_or_else(
            |_| value.to_owned(),
            |date| date.strftime("%B %-d, %Y").to_string(),
        ),
        Kind::Money => value.strip_suffix(".00").unwrap_or(value).to_owned(),
        Kind::ShortText
            if value.len() > 3
                && value.chars().filter(char::is_ascii_digit).count() * 2
                    >= value.chars().count()
                && !value.contains(' ') =>
        {
            spaced(value)
        }
        Kind::ShortText
        | Kind::LongText
        | Kind::Number
        | Kind::Time
        | Kind::Address
        | Kind::Choice
        | Kind::YesNo => trimmed(value).to_owned(),
    }
}

fn spaced(value: &str) -> String {
    value
        .chars()
        .map(|c| {
            if c == '+' {
                "plus".to_owned()
            } else {
                c.to_string()
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}
