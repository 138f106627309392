//! The control a value is edited with, and the check of what was typed.

use crate::api::intakes::FieldView;
use crate::boxed::view;
use domain::workflow::{FieldDefinition, FieldKind, ValueProblem, normalise_by};
use js_sys::JsString;
use leptos::{ev, prelude::*};

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
    normalise_by(&definition, raw, |text| {
        JsString::from(text).to_lower_case().into()
    })
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
        };
    }
    if kind == FieldKind::LongText {
        return view! {
            <textarea class="input" id=id rows="4" aria-label=label prop:value=move || text.get() on:input=on_input on:keydown=on_key></textarea>
        };
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
}

/// The id of the control in the page.
pub(super) fn control_id(field: &FieldView) -> String {
    format!("edit-{}", field.key)
}
