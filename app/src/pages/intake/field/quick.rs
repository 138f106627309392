//! What can be done with one click: confirm, not needed, and which of two values counts.

use crate::{
    api::{
        ApiError,
        intakes::{EditFieldRequest, FieldView, WaiveFieldRequest, edit_field, waive_field},
    },
    components::Icon,
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
    let waive = Action::new_local(move |waived: &bool| {
        let waived = *waived;
        async move {
            let request = WaiveFieldRequest {
                intake: state.id(),
                key: field.with_untracked(|field| field.key.clone()),
                waived,
            };
            take(state, problem, waive_field(request).await);
        }
    });
    let confirm = Action::new_local(move |(): &()| async move {
        let Some(value) = field.with_untracked(|field| field.value.clone()) else {
            return;
        };
        save(state, field, problem, value).await;
    });
    let busy = move || waive.pending().get() || confirm.pending().get();
    let label = field.with_untracked(|field| field.label.clone());
    move || {
        let (waived, field_state, empty) =
            field.with(|field| (field.waived, field.state, field.value.is_none()));
        let named = label.clone();
        match (waived, field_state, empty) {
            (true, ..) => Some(
                view! {
                    <button type="button" class="button button-plain button-small" aria-label=format!("Needed after all: {named}") disabled=busy on:click=move |_| drop(waive.dispatch(false))>
                        "Needed after all"
                    </button>
                }
                .into_any(),
            ),
            (false, Some(FieldState::Proposed), _) => Some(
                view! {
                    <button type="button" class="button button-small" aria-label=format!("Confirm: {named}") disabled=busy on:click=move |_| drop(confirm.dispatch(()))>
                        {Icon::Check.svg()} "Confirm"
                    </button>
                }
                .into_any(),
            ),
            (false, None, true) => Some(
                view! {
                    <button type="button" class="button button-plain button-small" aria-label=format!("Not needed: {named}") disabled=busy on:click=move |_| drop(waive.dispatch(true))>
                        "Not needed"
                    </button>
                }
                .into_any(),
            ),
            _ => None,
        }
    }
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
    let choose = Action::new_local(move |value: &String| {
        let value = value.clone();
        async move { save(state, field, problem, value).await }
    });
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
                            <button type="button" class="button button-small" disabled=move || choose.pending().get() on:click=move |_| drop(choose.dispatch(heard.clone()))>
                                "Use that"
                            </button>
                            <button
                                type="button"
                                class="button button-plain button-small"
                                disabled=move || choose.pending().get()
                                on:click=move |_| {
                                    if let Some(value) = field.with_untracked(|field| field.value.clone()) {
                                        choose.dispatch(value);
                                    }
                                }
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
) {
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
