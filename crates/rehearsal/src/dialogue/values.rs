//! Values: what an answer means for a field of a kind.

mod amend;
mod amount;
mod choice;
mod code;
mod name;
mod repair;
mod text;

pub(super) use amend::{amended, is_fragment};

use super::{
    contact, dates, email, reply,
    script::{Field, Kind},
    times,
    words::{plain, trimmed},
};
use jiff::civil::Date;
use std::borrow::Cow;

/// Why an answer gave no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is the beginning of one. What to say so that the rest comes.
    More(&'static str),
    /// It can't be used. What to say before the question comes again.
    Again(Cow<'static, str>),
}

impl From<&'static str> for Trouble {
    fn from(hint: &'static str) -> Self {
        Self::Again(hint.into())
    }
}

/// Said when an answer stopped half way.
pub(super) const GO_ON: &str = "Go on.";
pub(super) const WHICH_YEAR: &str = "Which year?";
pub(super) const WHICH_HALF: &str = "In the morning or in the afternoon?";

/// The value of an answer, as text in the form `set_field` wants. When the person corrected themselves
/// within it, what they meant in the end.
pub(super) fn extract(field: &Field, text: &str, today: Option<Date>) -> Result<String, Trouble> {
    if let Some((before, after)) = repair::split(text, &repair::Style::of(field))
        && let Some(value) = corrected(field, &before, &after, today)
    {
        return Ok(value);
    }
    once(field, text, today)
}

/// The value of an answer whose second part corrects the first.
fn corrected(field: &Field, before: &str, after: &str, today: Option<Date>) -> Option<String> {
    let alone = || once(field, after, today).ok();
    match field.kind {
        Kind::Phone => contact::repaired(before, after),
        Kind::Date => dates::merged(before, after, &dates::Sense::of(field), today)
            .map(|date| date.to_string())
            .or_else(alone),
        // A story is kept as it was told.
        Kind::LongText => None,
        Kind::ShortText
        | Kind::Number
        | Kind::Money
        | Kind::Time
        | Kind::Email
        | Kind::Address
        | Kind::Choice
        | Kind::YesNo => alone(),
    }
}

fn once(field: &Field, text: &str, today: Option<Date>) -> Result<String, Trouble> {
    match field.kind {
        Kind::ShortText => text::short_text(field, text),
        Kind::LongText => {
            let text = text.trim();
            if plain(text).is_empty() {
                Err("I did not hear an answer.".into())
            } else {
                Ok(text.to_owned())
            }
        }
        Kind::Address => Some(text::address(field, text))
            .filter(|value| !plain(value).is_empty())
            .ok_or(first_hint(Kind::Address).into()),
        Kind::Number => amount::number(text, &field.question),
        Kind::Money => amount::money(text),
        Kind::Phone => contact::phone(text),
        Kind::Email => email::email(text),
        Kind::YesNo => match reply::parse(text) {
            reply::Reply::Yes => Ok("yes".into()),
            reply::Reply::No(_) => Ok("no".into()),
            reply::Reply::Other => Err(first_hint(Kind::YesNo).into()),
        },
        Kind::Choice => choice::choice(&field.choices, text).ok_or(first_hint(Kind::Choice).into()),
        Kind::Time => times::time(text),
        Kind::Date => {
            dates::date(text, &dates::Sense::of(field), today).map(|date| date.to_string())
        }
    }
}

/// What is said after an answer of the wrong kind.
pub(super) fn first_hint(kind: Kind) -> &'static str {
    match kind {
        Kind::ShortText | Kind::LongText => "I did not hear an answer.",
        Kind::Address => "I need the street and the town.",
        Kind::Number => "I need a number.",
        Kind::Money => "I need an amount.",
        Kind::Phone => "I need all the digits of the number.",
        Kind::Email => "I need an email address, such as name at example dot com.",
        Kind::YesNo => "Please answer yes or no.",
        Kind::Choice => "I need one of the choices.",
        Kind::Time => "I need a time of day.",
        Kind::Date => "I need a day, with the month and the year.",
    }
}

/// What is said after a second one: the same wish in other words.
pub(super) fn second_hint(kind: Kind) -> &'static str {
    match kind {
        Kind::ShortText | Kind::LongText => "A few words are enough.",
        Kind::Address => "Please say the house number, the street and the town.",
        Kind::Number => "Please say just one number, such as five.",
        Kind::Money => "Please say just one amount, such as two hundred dollars.",
        Kind::Phone => "Please say the number slowly, digit by digit.",
        Kind::Email => "Please spell it slowly, and say at and dot where they belong.",
        Kind::YesNo => "Just yes or no is enough.",
        Kind::Choice => "Please say one of these, word for word.",
        Kind::Time => {
            "Please say the hour, and morning or afternoon, such as three in the afternoon."
        }
        Kind::Date => "Please say the day like this: March third, nineteen eighty.",
    }
}

/// The hints that name no value, so that a voice can be rendered beforehand.
pub(super) fn hints(kind: Kind) -> impl Iterator<Item = &'static str> {
    let more: &[&'static str] = match kind {
        Kind::ShortText | Kind::Phone | Kind::Email => &[GO_ON],
        Kind::Date => &[GO_ON, WHICH_YEAR],
        Kind::Time => &[WHICH_HALF],
        Kind::LongText
        | Kind::Number
        | Kind::Money
        | Kind::Address
        | Kind::Choice
        | Kind::YesNo => &[],
    };
    [first_hint(kind), second_hint(kind)]
        .into_iter()
        .chain(more.iter().copied())
}

/// How a value sounds when it is read back.
pub(super) fn spoken(field: &Field, value: &str) -> String {
    match field.kind {
        Kind::Phone => spaced(value),
        Kind::Money => value.strip_suffix(".00").unwrap_or(value).to_owned(),
        Kind::ShortText
            if value.len() > 3
                && value.chars().filter(char::is_ascii_digit).count() * 2
                    >= value.chars().count()
                && !value.contains(' ') =>
        {
            spaced(value)
        }
        Kind::Email => value
            .replace('@', " at ")
            .replace('.', " dot ")
            .replace('_', " underscore ")
            .replace('-', " dash "),
        Kind::Date => value.parse::<Date>().map_or_else(
            |_| value.to_owned(),
            |date| date.strftime("%B %-d, %Y").to_string(),
        ),
        Kind::LongText
        | Kind::ShortText
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
