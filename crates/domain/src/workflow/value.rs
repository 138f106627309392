//! A field's value: one normal form per kind, checked the same way for the model, the page and the API.

use super::{FieldDefinition, FieldKind};
use crate::calendar::Day;

/// Why a value does not fit. A sentence for the person or the model; it does not repeat the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueProblem {
    /// Nothing in it.
    #[error("say or type a value")]
    Empty,
    /// Longer than allowed.
    #[error("use at most {0} characters")]
    TooLong(u32),
    /// A control character.
    #[error("leave out control characters")]
    ControlCharacter,
    /// Not a number.
    #[error("give a number, such as 12 or 12.5")]
    Number,
    /// Not an amount.
    #[error("give an amount, such as 1250 or 1250.50")]
    Money,
    /// Not a day of the calendar.
    #[error("give a date as year-month-day, such as 2026-11-21")]
    Date,
    /// Not a time of day.
    #[error("give a time as hours and minutes, such as 15:00")]
    Time,
    /// Not a telephone number.
    #[error("give a telephone number of 3 to 15 digits")]
    Phone,
    /// Not an email address.
    #[error("give an email address, such as name@example.org")]
    Email,
    /// Not one of the choices.
    #[error("choose one of: {0}")]
    Choice(String),
    /// Neither yes nor no.
    #[error("answer yes or no")]
    YesNo,
}

/// Brings a value into its normal form.
///
/// # Errors
/// When it does not fit the field.
pub fn normalise(field: &FieldDefinition, raw: &str) -> Result<String, ValueProblem> {
    normalise_by(field, raw, str::to_lowercase)
}

/// As [`normalise`], with another way to lower case: a browser knows it without the tables that
/// Rust's own would add to the page.
///
/// # Errors
/// As [`normalise`].
pub fn normalise_by(
    field: &FieldDefinition,
    raw: &str,
    lower_case: fn(&str) -> String,
) -> Result<String, ValueProblem> {
    let text = raw.trim();
    if text.is_empty() {
        return Err(ValueProblem::Empty);
    }
    let limit = field.max_length.unwrap_or(default_length(field.kind));
    if text.chars().count() > limit as usize {
        return Err(ValueProblem::TooLong(limit));
    }
    let multi_line = field.kind == FieldKind::LongText;
    if text
        .chars()
        .any(|c| c.is_control() && !(multi_line && matches!(c, '\n' | '\t')))
    {
        return Err(ValueProblem::ControlCharacter);
    }
    match field.kind {
        FieldKind::ShortText | FieldKind::LongText | FieldKind::Address => Ok(text.to_owned()),
        FieldKind::Number => decimal(text, false).ok_or(ValueProblem::Number),
        FieldKind::Money => decimal(text, true).ok_or(ValueProblem::Money),
        FieldKind::Date => Day::parse(text)
            .map(|day| day.to_string())
            .ok_or(ValueProblem::Date),
        FieldKind::Time => time(text).ok_or(ValueProblem::Time),
        FieldKind::Phone => phone(text).ok_or(ValueProblem::Phone),
        FieldKind::Email => email(text, lower_case).ok_or(ValueProblem::Email),
        FieldKind::Choice => field
            .choices
            .iter()
            .find(|choice| lower_case(choice) == lower_case(text))
            .cloned()
            .ok_or_else(|| ValueProblem::Choice(field.choices.join(", "))),
        FieldKind::YesNo => match text.to_ascii_lowercase().as_str() {
            "yes" | "true" | "y" => Ok("yes".into()),
            "no" | "false" | "n" => Ok("no".into()),
            _ => Err(ValueProblem::YesNo),
        },
    }
}

const fn default_length(kind: FieldKind) -> u32 {
    match kind {
        FieldKind::LongText => 4000,
        FieldKind::Address => 400,
        _ => 200,
    }
}

/// Digits with an optional sign and point. Amounts keep two decimals and drop a currency sign and
/// thousands commas.
fn decimal(text: &str, money: bool) -> Option<String> {
    let plain = if money {
        text.trim_start_matches(['$', '€', '£'])
            .trim()
            .replace(',', "")
    } else {
        text.to_owned()
    };
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", plain.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let numeric = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || whole.len() > 15
        || !numeric(whole)
        || !numeric(fraction)
        || digits.ends_with('.')
    {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    };
    match (money, fraction.len()) {
        (true, 0..=2) => Some(format!("{sign}{whole}.{fraction:0<2}")),
        (true, _) => None,
        (false, 0) => Some(format!("{sign}{whole}")),
        (false, 1..=9) => Some(format!("{sign}{whole}.{fraction}")),
        (false, _) => None,
    }
}

fn time(text: &str) -> Option<String> {
    let (hours, minutes) = text.split_once(':')?;
    let minutes = minutes.strip_suffix(":00").unwrap_or(minutes);
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (hours < 24 && minutes < 60).then(|| format!("{hours:02}:{minutes:02}"))
}

fn two_digits(text: &str) -> Option<u8> {
    if matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

fn phone(text: &str) -> Option<String> {
    let (plus, rest) = match text.strip_prefix('+') {
        Some(rest) => ("+", rest),
        None => ("", text),
    };
    let known = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '/');
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    (rest.chars().all(known) && (3..=15).contains(&digits.len())).then(|| format!("{plus}{digits}"))
}

fn email(text: &str, lower_case: fn(&str) -> String) -> Option<String> {
    let (name, host) = text.split_once('@')?;
    let whole = !name.is_empty() && !name.starts_with('.') && !name.ends_with('.');
    let labels = host.split('.').count() >= 2 && host.split('.').all(|label| !label.is_empty());
    let plain = !text
        .chars()
        .any(|c| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '"'))
        && !host.contains('@');
    (whole && labels && plain).then(|| format!("{name}@{}", lower_case(host)))
}

#[cfg(test)]
mod tests;
