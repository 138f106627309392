//! Editing a value in place: what was typed is checked, saved, and laid against what came meanwhile.

use super::control::{Control, check, control_id};
use crate::{
    api::{
        ApiError,
        intakes::{EditFieldRequest, FieldView, edit_field},
    },
    boxed::{effect, press, view},
    components::{Task, sentence},
    pages::intake::{state::IntakeState, value::in_words},
};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

#[component]
pub(super) fn Editor(
    state: IntakeState,
    field: RwSignal<FieldView>,
    editing: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
) -> impl IntoView {
    let view = field.get_untracked();
    let text = RwSignal::new(view.value.clone().unwrap_or_default());
    // The revision the person saw: if the assistant writes meanwhile, the server says so.
    let seen = StoredValue::new(view.revision);
    let id = control_id(&view);
    let saving = Task::new();
    let save = move |value: String| {
        saving.run(async move {
            let (intake, key) = (state.id(), field.read_untracked().key.clone());
            match edit_field(EditFieldRequest {
                intake,
                key,
                value,
                revision: seen.get_value(),
            })
            .await
            {
                Ok(new) => {
                    state.take_field(new);
                    problem.set(None);
                    leave(field, editing);
                }
                Err(ApiError::Conflict { message, .. }) => {
                    let now = field.with_untracked(|field| {
                        field
                            .value
                            .as_deref()
                            .map(|value| in_words(field.kind, value))
                    });
                    seen.set_value(field.read_untracked().revision);
                    problem.set(Some(match now {
                        Some(now) => format!("It changed while you were editing. It is now “{now}”. Save again to replace it."),
                        None => message,
                    }));
                }
                Err(error) => problem.set(Some(error.to_string())),
            }
            Ok(())
        });
    };
    let on_save = Callback::new(move |()| {
        match field.with_untracked(|field| check(field, &text.get_untracked())) {
            Ok(value) => {
                problem.set(None);
                save(value);
            }
            Err(wrong) => problem.set(Some(sentence(&wrong.to_string()))),
        }
    });
    let on_cancel = Callback::new(move |()| {
        problem.set(None);
        leave(field, editing);
    });
    {
        let id = id.clone();
        effect(move || focus(&id));
    }
    view! {
        <form
            class="editor"
            id=format!("{id}-form")
            on:submit=move |event: ev::SubmitEvent| {
                event.prevent_default();
                on_save.run(());
            }
        >
            <Control field=view text on_save on_cancel />
            <button type="submit" class="button button-main button-small" disabled=move || saving.is_running()>
                {move || if saving.is_running() { "Saving…" } else { "Save" }}
            </button>
            <button type="button" class="button button-plain button-small" on:click=press(move || on_cancel.run(()))>"Cancel"</button>
        </form>
    }
}

/// Back to the value, with the focus where it was.
fn leave(field: RwSignal<FieldView>, editing: RwSignal<bool>) {
    editing.set(false);
    let within = field.with_untracked(|field| format!("field-{}", field.key));
    request_animation_frame(move || {
        let value = document()
            .get_element_by_id(&within)
            .and_then(|within| within.query_selector(".value-button").ok()?);
        if let Some(value) = value.and_then(|value| value.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = value.focus();
        }
    });
}

fn focus(id: &str) {
    if let Some(control) = document()
        .get_element_by_id(id)
        .and_then(|control| control.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = control.focus();
        if let Some(input) = control.dyn_ref::<web_sys::HtmlInputElement>() {
            input.select();
        }
    }
}
