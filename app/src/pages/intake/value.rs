//! A field's value: how it is shown, and the control it is edited with.

use crate::api::intakes::FieldView;
use domain::workflow::{FieldDefinition, FieldKind, ValueProblem, normalise};
use leptos::{ev, prelude::*};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The value as a person writes it. The same on server and browser.
pub(super) fn in_words(kind: FieldKind, value: &str) -> String {
    match kind {
        FieldKind::YesNo => match value {
            "yes" => "Yes".to_owned(),
            "no" => "No".to_owned(),
            other => other.to_owned(),
        },
        FieldKind::Date => date(value).unwrap_or_else(|| value.to_owned()),
        FieldKind::Money => money(value),
        FieldKind::ShortText
        | FieldKind::LongText
        | FieldKind::Number
        | FieldKind::Time
        | FieldKind::Phone
        | FieldKind::Email
        | FieldKind::Address
        | FieldKind::Choice => value.to_owned(),
    }
}

fn date(value: &str) -> Option<String> {
    let mut parts = value.split('-');
    let (year, month, day) = (
        parts.next()?,
        parts.next()?.parse::<usize>().ok()?,
        parts.next()?.parse::<u8>().ok()?,
    );
    let month = MONTHS.get(month.checked_sub(1)?)?;
    Some(format!("{day} {month} {year}"))
}

/// Groups the thousands: the workflow does not say which currency it is.
fn money(value: &str) -> String {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "00"));
    let (sign, digits) = whole
        .strip_prefix('-')
        .map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}.{fraction}")
}

/// Checks what was typed as the server will.
pub(super) fn check(field: &FieldView, raw: &str) -> Result<String, ValueProblem> {
    let definition = FieldDefinition {
        key: field.key.clone(),
        label: field.label.clone(),
        question: field.question.clone(),
        help: field.help.clone(),
        kind: field.kind,
        required: field.required,
        sensitive: field.sensitive,
        read_back: field.read_back,
        choices: field.choices.clone(),
        max_length: field.max_length,
    };
    normalise(&definition, raw)
}

/// The control for editing a value. Enter saves, also in long texts (Shift+Enter breaks the line); Esc leaves.
#[component]
pub(super) fn Control(
    /// The field.
    field: FieldView,
    /// What is typed.
    text: RwSignal<String>,
    /// Saves.
    on_save: Callback<()>,
    /// Leaves.
    on_cancel: Callback<()>,
) -> impl IntoView {
    let id = control_id(&field);
    let FieldView {
        kind,
        label,
        choices,
        ..
    } = field;
    let on_key = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Enter" if !event.shift_key() && !event.ctrl_key() && !event.is_composing() => {
            event.prevent_default();
            on_save.run(());
        }
        "Escape" => {
            event.stop_propagation();
            on_cancel.run(());
        }
        _ => {}
    };
    let on_input = move |event: ev::Event| text.set(event_target_value(&event));
    let options = match kind {
        FieldKind::Choice => Some(
            choices
                .into_iter()
                .map(|choice| (choice.clone(), choice))
                .collect::<Vec<_>>(),
        ),
        FieldKind::YesNo => Some(vec![
            ("yes".to_owned(), "Yes".to_owned()),
            ("no".to_owned(), "No".to_owned()),
        ]),
        _ => None,
    };
    if let Some(options) = options {
        let now = text.get_untracked();
        return view! {
            <select class="input" id=id aria-label=label on:keydown=on_key on:change=on_input>
                <option value="" selected=now.is_empty()>"Choose…"</option>
                {options
                    .into_iter()
                    .map(|(value, word)| view! { <option selected=value == now value=value.clone()>{word}</option> })
                    .collect_view()}
            </select>
        }
        .into_any();
    }
    if kind == FieldKind::LongText {
        return view! {
            <textarea class="input" id=id rows="4" aria-label=label prop:value=move || text.get() on:input=on_input on:keydown=on_key></textarea>
        }
        .into_any();
    }
    let (kind, mode) = match kind {
        FieldKind::Date => ("date", "numeric"),
        FieldKind::Time => ("time", "numeric"),
        FieldKind::Phone => ("tel", "tel"),
        FieldKind::Email => ("email", "email"),
        FieldKind::Number | FieldKind::Money => ("text", "decimal"),
        _ => ("text", "text"),
    };
    view! {
        <input class="input" id=id type=kind inputmode=mode autocomplete="off" aria-label=label prop:value=move || text.get() on:input=on_input on:keydown=on_key />
    }
    .into_any()
}

/// The id of the control in the page.
pub(super) fn control_id(field: &FieldView) -> String {
    format!("edit-{}", field.key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_a_person_writes_them() {
        for (kind, value, shown) in [
            (FieldKind::YesNo, "yes", "Yes"),
            (FieldKind::Date, "2026-02-03", "3 February 2026"),
            (FieldKind::Date, "soon", "soon"),
            (FieldKind::Money, "1250.00", "1,250.00"),
            (FieldKind::Money, "-1234567.50", "-1,234,567.50"),
            (FieldKind::Money, "12.00", "12.00"),
            (FieldKind::ShortText, "yes", "yes"),
        ] {
            assert_eq!(in_words(kind, value), shown);
        }
    }
}
