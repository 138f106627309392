//! What can be done with one click: confirm, not needed, and which of two values counts.

use crate::{
    api::{
        ApiError,
        intakes::{EditFieldRequest, FieldView, WaiveFieldRequest, edit_field, waive_field},
    },
    boxed::{follow, press, view},
    components::{Icon, Task},
    pages::intake::{state::IntakeState, value::in_words},
};
use domain::intake::FieldState;
use leptos::prelude::*;

/// Confirm, not needed, needed after all: what fits the state the field is in.
#[component]
pub(super) fn Quick(
    state: IntakeState,
    field: RwSignal<FieldView>,
    problem: RwSignal<Option<String>>,
) -> impl IntoView {
    let task = Task::new();
    let waive = move |waived: bool| {
        task.run(async move {
            let request = WaiveFieldRequest {
                intake: state.id(),
                key: field.read_untracked().key.clone(),
                waived,
            };
            take(state, problem, waive_field(request).await);
            Ok(())
        });
    };
    let confirm = move || {
        if let Some(value) = field.with_untracked(|field| field.value.clone()) {
            task.run(save(state, field, problem, value));
        }
    };
    let busy = Signal::derive(move || task.is_running());
    let label = field.read_untracked().label.clone();
    follow(move || {
        let (waived, field_state, empty) =
            field.with(|field| (field.waived, field.state, field.value.is_none()));
        let named = label.clone();
        match (waived, field_state, empty) {
            (true, ..) => Some(view! {
                <button type="button" class="button button-plain button-small" aria-label=format!("Needed after all: {named}") disabled=busy on:click=press(move || waive(false))>
                    "Needed after all"
                </button>
            }),
            (false, Some(FieldState::Proposed), _) => Some(view! {
                <button type="button" class="button button-small" aria-label=format!("Confirm: {named}") disabled=busy on:click=press(confirm)>
                    {Icon::Check.svg()} "Confirm"
                </button>
            }),
            (false, None, true) => Some(view! {
                <button type="button" class="button button-plain button-small" aria-label=format!("Not needed: {named}") disabled=busy on:click=press(move || waive(true))>
                    "Not needed"
                </button>
            }),
            _ => None,
        }
    })
}

/// A person edited it, and then the assistant heard something else.
#[component]
pub(super) fn Conflict(
    state: IntakeState,
    field: RwSignal<FieldView>,
    problem: RwSignal<Option<String>>,
    may_edit: Signal<bool>,
    heard: String,
) -> impl IntoView {
    let task = Task::new();
    let choose = move |value: String| task.run(save(state, field, problem, value));
    let shown = field.with_untracked(|field| in_words(field.kind, &heard));
    view! {
        <p class="conflict">
            <span>"The assistant heard " <q>{shown}</q> " instead."</span>
            {move || {
                let heard = heard.clone();
                may_edit
                    .get()
                    .then(|| {
                        view! {
                            <button type="button" class="button button-small" disabled=move || task.is_running() on:click=press(move || choose(heard.clone()))>
                                "Use that"
                            </button>
                            <button
                                type="button"
                                class="button button-plain button-small"
                                disabled=move || task.is_running()
                                on:click=press(move || {
                                    if let Some(value) = field.with_untracked(|field| field.value.clone()) {
                                        choose(value);
                                    }
                                })
                            >
                                "Keep this"
                            </button>
                        }
                    })
            }}
        </p>
    }
}

/// Sets a value against the revision that is shown.
async fn save(
    state: IntakeState,
    field: RwSignal<FieldView>,
    problem: RwSignal<Option<String>>,
    value: String,
) -> Result<(), String> {
    let (key, revision) = field.with_untracked(|field| (field.key.clone(), field.revision));
    take(
        state,
        problem,
        edit_field(EditFieldRequest {
            intake: state.id(),
            key,
            value,
            revision,
        })
        .await,
    );
    Ok(())
}

fn take(
    state: IntakeState,
    problem: RwSignal<Option<String>>,
    answer: Result<FieldView, ApiError>,
) {
    match answer {
        Ok(new) => {
            problem.set(None);
            state.take_field(new);
        }
        Err(error) => problem.set(Some(error.to_string())),
    }
}
