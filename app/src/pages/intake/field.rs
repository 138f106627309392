//! One field of the form: label, value, state, where it comes from, and editing in place.

mod control;
mod editor;
mod origin;
mod quick;
mod shown;

use super::state::IntakeState;
use crate::boxed::{effect, memo, on_change, view};
use crate::{api::intakes::FieldView, components::Icon};
use domain::{FieldKey, intake::FieldState};
use editor::Editor;
use leptos::prelude::*;
use shown::Shown;

#[component]
pub(super) fn Field(
    state: IntakeState,
    field: RwSignal<FieldView>,
    next: Memo<Option<FieldKey>>,
    here: Memo<bool>,
) -> impl IntoView {
    let key = field.read_untracked().key.clone();
    let editing = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let may_edit = move || state.is_open() && state.may().edit && !field.read().masked;
    let is_next = {
        let key = key.clone();
        memo(move || next.with(|next| next.as_ref() == Some(&key)))
    };
    // The flash alternates between two names, so that each change starts it anew. It is taken away
    // when it is over, or it would run again whenever the form comes back on a narrow screen.
    let flash = RwSignal::new(None::<&str>);
    on_change(
        move || field.with(|field| (field.revision, field.waived, field.state)),
        move || flash.update(|flash| *flash = Some(if *flash == Some("a") { "b" } else { "a" })),
    );
    {
        let key = key.clone();
        effect(move || {
            if state.to_edit.with(|to_edit| to_edit.as_ref() == Some(&key)) {
                state.to_edit.set(None);
                if untrack(may_edit) {
                    editing.set(true);
                }
            }
        });
    }
    let (label, help) = field.with_untracked(|field| (field.label.clone(), field.help.clone()));
    let name = label.clone();
    view! {
        <div
            class="field"
            id=format!("field-{key}")
            class:field-next=move || is_next.get()
            class:field-editing=move || editing.get()
            data-flash=move || flash.get()
            on:animationend=move |_| flash.set(None)
            role="group"
            aria-label=name
        >
            <div class="field-label">
                <span>{label}</span>
                {move || {
                    is_next
                        .get()
                        .then(|| view! { <span class="next">{Icon::Arrow.svg()} {if here.get() { "Asking now" } else { "Next" }}</span> })
                }}
            </div>
            <div class="field-main">
                {move || {
                    if editing.get() {
                        view! { <Editor state field editing problem /> }
                    } else {
                        view! { <Shown state field editing problem may_edit=Signal::derive(may_edit) help=help.clone() /> }
                    }
                }}
                {move || {
                    problem
                        .get()
                        .map(|message| view! { <p class="action-problem" role="alert">{Icon::Alert.svg()} <span>{message}</span></p> })
                }}
            </div>
            <div class="field-chip">
                {move || {
                    let open = state.is_open();
                    let (class, icon, word) = field.with(|field| chip(field, open));
                    view! { <span class=class>{icon.svg()} {word}</span> }
                }}
            </div>
        </div>
    }
}

/// The state of a field: a colour, an icon and a word.
fn chip(field: &FieldView, open: bool) -> (&'static str, Icon, &'static str) {
    match (field.waived, field.heard_instead.is_some(), field.state) {
        (true, ..) => ("chip chip-quiet", Icon::Dash, "Not needed"),
        (_, true, _) => ("chip chip-bad", Icon::Swap, "Conflicting"),
        (.., None) if field.required && open => ("chip chip-waiting", Icon::Clock, "Waiting"),
        (.., None) if field.required => ("chip chip-caution", Icon::Alert, "Missing"),
        (.., None) => ("chip chip-quiet", Icon::Dash, "Optional"),
        (.., Some(FieldState::Proposed)) => ("chip chip-caution", Icon::Ear, "Heard"),
        (.., Some(FieldState::Confirmed)) => ("chip chip-good", Icon::Check, "Confirmed"),
        (.., Some(FieldState::Edited)) => ("chip chip-edited", Icon::Pencil, "Edited"),
    }
}
