//! Points in time: the server writes them in UTC, the browser in its own zone.

use crate::boxed::{effect, view};
use domain::Timestamp;
use js_sys::{Date, Intl, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// How a point in time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Style {
    /// "21 Nov 2026, 03:10".
    #[default]
    Full,
    /// "12 min ago", the rest on hover.
    Age,
}

/// A point in time. Before hydration it stands in UTC, for both sides must write the same.
#[component]
pub(crate) fn Moment(
    /// When.
    #[prop(into)]
    at: Signal<Timestamp>,
    /// How.
    #[prop(optional)]
    style: Style,
) -> impl IntoView {
    let local = RwSignal::new(None::<(String, String)>);
    effect(move || {
        let at = at.get();
        let text = match style {
            Style::Full => in_browser_zone(at, "medium", "short"),
            Style::Age => age(at),
        };
        local.set(Some((
            text,
            format!("{} ({})", in_browser_zone(at, "full", "medium"), zone()),
        )));
    });
    view! {
        <time datetime=move || at.get().to_string() title=move || local.get().map_or_else(|| in_utc(at.get()), |(_, full)| full)>
            {move || local.get().map_or_else(|| in_utc(at.get()), |(text, _)| text)}
        </time>
    }
}

/// "21 Nov 2026, 03:10 UTC".
fn in_utc(at: Timestamp) -> String {
    let text = at.to_string();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let month = part(5, 7)
        .parse::<usize>()
        .ok()
        .and_then(|month| MONTHS.get(month.wrapping_sub(1)))
        .unwrap_or(&"");
    format!(
        "{} {month} {}, {} UTC",
        part(8, 10).trim_start_matches('0'),
        part(0, 4),
        part(11, 16)
    )
}

fn date(at: Timestamp) -> Date {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of this millennium fit in 53 bits"
    )]
    let millis = at.as_millis() as f64;
    Date::new(&JsValue::from_f64(millis))
}

fn in_browser_zone(at: Timestamp, date_style: &str, time_style: &str) -> String {
    let options = Object::new();
    for (name, style) in [("dateStyle", date_style), ("timeStyle", time_style)] {
        if !style.is_empty() {
            let _ = Reflect::set(&options, &name.into(), &style.into());
        }
    }
    // The page is written in English, so its dates are too; only the zone is the browser's.
    String::from(date(at).to_locale_string("en-GB", &options))
}

fn zone() -> String {
    let options =
        Intl::DateTimeFormat::new(&js_sys::Array::new(), &Object::new()).resolved_options();
    Reflect::get(&options, &"timeZone".into())
        .ok()
        .and_then(|zone| zone.as_string())
        .unwrap_or_default()
}

/// Now, as the browser's clock says. Only for showing spans; the server keeps the time that counts.
pub(crate) fn browser_now() -> Timestamp {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the clock's microseconds fit"
    )]
    Timestamp::from_micros((Date::now() * 1000.0) as i64)
}

fn age(at: Timestamp) -> String {
    let minutes = browser_now().since(at).as_secs() / 60;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..1440 => format!("{} h ago", minutes / 60),
        1440..2880 => "yesterday".to_owned(),
        2880..20160 => format!("{} days ago", minutes / 1440),
        _ => in_browser_zone(at, "medium", ""),
    }
}

/// "1 h 5 min", "3 min 20 s", "20 s".
pub(crate) fn span_in_words(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, _) => format!("{rest} s"),
        (0, _, 0) => format!("{minutes} min"),
        (0, _, _) => format!("{minutes} min {rest} s"),
        (_, 0, _) => format!("{hours} h"),
        _ => format!("{hours} h {minutes} min"),
    }
}

/// From here on the seconds of the time left are shown. Before it they would only be restless.
pub(crate) const SHORT_SECONDS: u64 = 120;

/// "12 min left", "1 min 20 s left".
pub(crate) fn time_left_in_words(seconds: u64) -> String {
    if seconds > SHORT_SECONDS {
        format!("{} min left", seconds.div_ceil(60))
    } else {
        format!("{} left", span_in_words(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_in_two_units_at_most() {
        for (seconds, words) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (200, "3 min 20 s"),
            (3600, "1 h"),
            (3905, "1 h 5 min"),
        ] {
            assert_eq!(span_in_words(seconds), words);
        }
    }

    #[test]
    fn a_moment_is_written_in_utc_first() {
        assert_eq!(
            in_utc(Timestamp::from_micros(1_795_230_600_999_999)),
            "21 Nov 2026, 03:10 UTC"
        );
    }
}
