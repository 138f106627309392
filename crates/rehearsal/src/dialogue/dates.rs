//! Days, as they are said and written.

mod parts;
mod relative;

use super::{
    script::Field,
    values::{Trouble, WHICH_YEAR},
    words::{content, holds},
};
use jiff::civil::Date;
use parts::Parts;

/// Where a day without a year or month is looked for, as the words of a question tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaning {
    Past,
    Future,
    Nearest,
}

/// What a question tells about the day it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sense {
    pub(super) leaning: Leaning,
    /// A day of birth is never without its year, and never ahead.
    pub(super) birth: bool,
}

impl Sense {
    pub(super) fn of(field: &Field) -> Self {
        let has = |words: &[&str]| {
            words
                .iter()
                .any(|word| holds(&field.question, word) || holds(&field.label, word))
        };
        let birth = has(&["birth", "born", "birthday"]);
        let leaning = if birth || has(&["did", "happened", "began", "was", "were", "since"]) {
            Leaning::Past
        } else if has(&[
            "deadline",
            "appointment",
            "court",
            "due",
            "next",
            "will",
            "until",
        ]) {
            Leaning::Future
        } else {
            Leaning::Nearest
        };
        Self { leaning, birth }
    }
}

/// The day a text names.
pub(super) fn date(text: &str, sense: &Sense, today: Option<Date>) -> Result<Date, Trouble> {
    let words = content(text);
    let parts = Parts::read(&words);
    let relative = || today.and_then(|today| relative::relative(&words, today, sense.leaning));
    let found = match parts {
        // `Tuesday` and `a week ago` say more than a stray number beside them.
        Parts { month: None, .. } => relative().or_else(|| resolved(parts, sense, today)),
        _ => resolved(parts, sense, today),
    };
    match found {
        Some(date) if sense.birth && today.is_some_and(|today| date > today) => {
            Err(super::values::first_hint(super::script::Kind::Date).into())
        }
        Some(date) => Ok(date),
        None if parts.month.is_some() && parts.day.is_some() && parts.year.is_none() => {
            Err(Trouble::More(WHICH_YEAR))
        }
        None if parts.is_begun(&words) => Err(Trouble::More(super::values::GO_ON)),
        None => Err(super::values::first_hint(super::script::Kind::Date).into()),
    }
}

/// The day of an answer whose second part corrects the first.
pub(super) fn merged(
    before: &str,
    after: &str,
    sense: &Sense,
    today: Option<Date>,
) -> Option<Date> {
    let (before, after) = (
        Parts::read(&content(before)),
        Parts::read_loosely(&content(after)),
    );
    if after == Parts::default() {
        return None;
    }
    resolved(before.overlaid(after), sense, today)
}

/// A day in which the person replaces some parts.
pub(super) fn overlaid(known: Date, said: &str, today: Option<Date>) -> Option<Date> {
    let words = content(said);
    if today.is_some_and(|today| relative::relative(&words, today, Leaning::Nearest).is_some()) {
        return None;
    }
    let said = Parts::read_loosely(&words);
    if said == Parts::default() {
        return None;
    }
    let parts = Parts::from(known).overlaid(said);
    Date::new(parts.year?, parts.month?, parts.day?).ok()
}

fn resolved(parts: Parts, sense: &Sense, today: Option<Date>) -> Option<Date> {
    match (parts.year, parts.month, parts.day) {
        (Some(year), Some(month), Some(day)) => Date::new(year, month, day).ok(),
        (None, Some(month), Some(day)) if !sense.birth => {
            let today = today?;
            let years = [today.year() - 1, today.year(), today.year() + 1];
            leaned(
                years
                    .into_iter()
                    .filter_map(|year| Date::new(year, month, day).ok()),
                today,
                sense.leaning,
            )
        }
        (None, None, Some(day)) if !sense.birth => {
            let today = today?;
            let this = today.first_of_month();
            let months = [
                this.yesterday().ok()?.first_of_month(),
                this,
                this.last_of_month().tomorrow().ok()?,
            ];
            leaned(
                months
                    .into_iter()
                    .filter_map(|month| Date::new(month.year(), month.month(), day).ok()),
                today,
                sense.leaning,
            )
        }
        _ => None,
    }
}

/// The candidate nearest to today on the side that a question leans to.
fn leaned(candidates: impl Iterator<Item = Date>, today: Date, leaning: Leaning) -> Option<Date> {
    candidates
        .filter(|date| match leaning {
            Leaning::Past => *date <= today,
            Leaning::Future => *date >= today,
            Leaning::Nearest => true,
        })
        .min_by_key(|date| (*date - today).get_days().abs())
}
