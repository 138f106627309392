//! Values: what an answer means for a field of a kind.

use super::{
    contact, dates, numbers, reply,
    script::{Field, Kind},
    words::{after, holds, plain, trimmed},
};
use jiff::civil::Date;

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

/// The value of an answer, as text in the form `set_field` wants; or a hint for asking again.
pub(super) fn extract(
    field: &Field,
    text: &str,
    today: Option<Date>,
) -> Result<String, &'static str> {
    let words = plain(text);
    match field.kind {
        Kind::ShortText => short_text(field, text),
        Kind::LongText => {
            let text = text.trim();
            if words.is_empty() {
                Err("I did not hear an answer.")
            } else {
                Ok(text.to_owned())
            }
        }
        Kind::Address => Some(address(field, text))
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
            None if words.iter().any(|word| is_date_word(word)) => Ok(without_lead_in(field, text)),
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

fn short_text(field: &Field, text: &str) -> Result<String, &'static str> {
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
fn address(field: &Field, text: &str) -> String {
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
