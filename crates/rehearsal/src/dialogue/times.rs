//! Times of day, as they are said and written. The provider's form has hours from 00 to 23, so an hour
//! that could be in either half of the day is asked for once more.

use super::{
    numbers,
    script::Kind,
    values::{Trouble, WHICH_HALF, first_hint},
    words::{is_filler, plain},
};

/// Which half of the day is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
    Night,
}

/// The time of day a text names, as `HH:MM`: `half past two in the afternoon`, `3 pm`, `14:30`, `noon`.
pub(super) fn time(text: &str) -> Result<String, Trouble> {
    let words = words(text);
    let has = |phrase: &str| format!(" {} ", words.join(" ")).contains(&format!(" {phrase} "));
    if has("noon") || has("midday") {
        return Ok("12:00".into());
    }
    if has("midnight") {
        return Ok("00:00".into());
    }
    let hint = || Trouble::from(first_hint(Kind::Time));
    if has("between") {
        return Err("I need one time of day.".into());
    }
    let half = if ["pm", "p m", "afternoon", "evening"].into_iter().any(has) {
        Some(Half::Afternoon)
    } else if ["am", "a m", "morning"].into_iter().any(has) {
        Some(Half::Morning)
    } else if ["night", "tonight"].into_iter().any(has) {
        Some(Half::Night)
    } else {
        None
    };
    let clock = clock(&words).ok_or_else(hint)?;
    let hour = match (clock.hour, half) {
        (12, Some(Half::Morning | Half::Night)) => 0,
        (1..=11, Some(Half::Afternoon)) | (5..=11, Some(Half::Night)) => clock.hour + 12,
        (1..=11, None) if !clock.written_out => return Err(Trouble::More(WHICH_HALF)),
        (hour, _) => hour,
    };
    if hour < 24 && clock.minute < 60 {
        Ok(format!("{hour:02}:{:02}", clock.minute))
    } else {
        Err(hint())
    }
}

/// Whether a text names a time beyond doubt, although something else was asked for: by `at`, a half of the
/// day, or a name.
pub(super) fn mentioned(text: &str) -> Option<String> {
    let words = words(text);
    let marks = ["am", "pm", "noon", "midnight", "oclock", "past", "quarter"];
    let marked = words.iter().any(|word| marks.contains(&word.as_str()));
    let placed = words.iter().enumerate().any(|(at, word)| {
        matches!(word.as_str(), "at" | "around" | "about")
            && words.get(at + 1..).is_some_and(|rest| {
                let rest = if rest
                    .first()
                    .is_some_and(|word| matches!(word.as_str(), "about" | "around"))
                {
                    rest.get(1..).unwrap_or_default()
                } else {
                    rest
                };
                numbers::cardinal(rest).is_some_and(|(hour, _)| hour < 25)
            })
    });
    (marked || placed).then(|| time(text).ok()).flatten()
}

/// The words of a time: `p.m.` stays together, `5pm` and `3.30` come apart, spans of days are left out.
fn words(text: &str) -> Vec<String> {
    let text = text
        .to_lowercase()
        .replace("p.m", " pm ")
        .replace("a.m", " am ")
        // As recognition writes `half past`.
        .replace("have past", "half past")
        .replace("have passed", "half past")
        .replace("half passed", "half past");
    let mut words: Vec<String> = Vec::new();
    for word in plain(&text) {
        let number = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = word.get(number.len()..).unwrap_or_default();
        if matches!(unit, "pm" | "am") && !number.is_empty() {
            words.extend(number.split('.').map(str::to_owned));
            words.push(unit.to_owned());
        } else if let Some((hour, minute)) = word.split_once('.') {
            words.extend([hour.to_owned(), minute.to_owned()]);
        } else if !is_filler(&word) {
            words.push(word);
        }
    }
    // `three days ago, in the evening` names no hour.
    while let Some(at) = words.windows(2).position(|pair| {
        matches!(pair, [_, unit] if matches!(unit.as_str(), "day" | "days" | "week" | "weeks" | "month" | "months"))
    }) {
        words.drain(at..(at + 2).min(words.len()));
    }
    words
}

/// An hour and a minute as they were said.
struct Clock {
    hour: u64,
    minute: u64,
    /// As on a clock with 24 hours: `09:30`.
    written_out: bool,
}

fn clock(words: &[String]) -> Option<Clock> {
    let number = |at: usize| words.get(at..).and_then(numbers::cardinal);
    let said = |hour: u64, minute: u64| Clock {
        hour,
        minute,
        written_out: false,
    };
    let before = |hour: u64| if hour > 1 { hour - 1 } else { 12 };
    for (at, word) in words.iter().enumerate() {
        match (word.as_str(), words.get(at + 1).map(String::as_str)) {
            ("half", Some("past")) => return number(at + 2).map(|(hour, _)| said(hour, 30)),
            ("quarter", Some("past" | "after")) => {
                return number(at + 2).map(|(hour, _)| said(hour, 15));
            }
            ("quarter", Some("to" | "before" | "of")) => {
                return number(at + 2).map(|(hour, _)| said(before(hour), 45));
            }
            _ => {}
        }
    }
    let from = (0..words.len())
        .find(|at| {
            words
                .get(*at)
                .is_some_and(|word| matches!(word.as_str(), "at" | "around" | "about"))
                && number(at + 1).is_some()
        })
        .map_or(0, |at| at + 1);
    let (at, (first, used)) =
        (from..words.len()).find_map(|at| number(at).map(|found| (at, found)))?;
    let next = at + used;
    let next = next
        + usize::from(
            words
                .get(next)
                .is_some_and(|word| word == "minutes" || word == "minute"),
        );
    Some(match words.get(next).map(String::as_str) {
        Some("past" | "after") => said(number(next + 1)?.0, first),
        Some("to" | "before") => said(before(number(next + 1)?.0), 60u64.saturating_sub(first)),
        Some("oh" | "o") if words.get(next + 1).is_some_and(|word| word != "clock") => {
            said(first, number(next + 1)?.0)
        }
        _ if (100..2400).contains(&first) => Clock {
            hour: first / 100,
            minute: first % 100,
            written_out: first >= 1300 || words.iter().any(|word| word == "hours"),
        },
        _ => Clock {
            hour: first,
            minute: number(next)
                .filter(|(minute, _)| *minute < 60)
                .map_or(0, |(minute, _)| minute),
            written_out: words
                .get(at)
                .is_some_and(|word| word.starts_with('0') && word.len() == 2),
        },
    })
}
