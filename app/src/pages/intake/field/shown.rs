//! A field's value as it is read, and the way into editing it.

use super::{
    origin::Origin,
    quick::{Conflict, Quick},
};
use crate::{
    api::intakes::FieldView,
    boxed::{press, view},
    pages::intake::{state::IntakeState, value::in_words},
};
use leptos::prelude::*;

#[component]
pub(super) fn Shown(
    state: IntakeState,
    field: RwSignal<FieldView>,
    editing: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
    may_edit: Signal<bool>,
    help: String,
) -> impl IntoView {
    let edit = move || {
        problem.set(None);
        editing.set(true);
    };
    let value = move || {
        field.with(|field| {
            field
                .value
                .as_deref()
                .map(|value| (in_words(field.kind, value), field.masked))
        })
    };
    let label = field.read_untracked().label.clone();
    view! {
        <div class="value-line">
            {move || match (value(), may_edit.get()) {
                (Some((_, true)), _) => view! { <p class="value value-masked"><span aria-hidden="true">"••••••"</span><span class="unseen">"Hidden for your role"</span></p> },
                (Some((value, false)), true) => {
                    view! {
                        <button type="button" class="value value-button" on:click=press(edit)>
                            {value} <span class="unseen">", edit"</span>
                        </button>
                    }
                }
                (Some((value, false)), false) => view! { <p class="value">{value}</p> },
                (None, true) => {
                    view! {
                        <button type="button" class="value value-button value-none" on:click=press(edit)>
                            "Add" <span class="unseen">" " {label.clone()}</span>
                        </button>
                    }
                }
                (None, false) => view! { <p class="value value-none"><span aria-hidden="true">"—"</span><span class="unseen">"No answer"</span></p> },
            }}
            {move || may_edit.get().then(|| view! { <Quick state field problem /> })}
        </div>
        {move || field.with(|field| field.heard_instead.clone()).map(|heard| view! { <Conflict state field problem may_edit heard /> })}
        <Origin state field help />
    }
}
