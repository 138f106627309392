//! A modal dialog on the browser's own `<dialog>`: it traps focus and gives it back.

use super::Icon;
use crate::boxed::{effect, press, view};
use leptos::{ev, html, prelude::*};

/// A dialog that follows `open`.
#[component]
pub(crate) fn Dialog(
    /// Whether it is open. The dialog sets it to false when it was closed.
    open: RwSignal<bool>,
    /// Its heading.
    #[prop(into)]
    title: String,
    /// Its content.
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    effect(move || {
        let Some(dialog) = dialog.get() else { return };
        match (open.get(), dialog.open()) {
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            (true, true) | (false, false) => {}
        }
    });
    // A click on the backdrop lands on the dialog itself.
    let on_click = move |event: ev::MouseEvent| {
        let on_backdrop = dialog
            .get_untracked()
            .is_some_and(|dialog| event.target().as_ref() == Some(dialog.as_ref()));
        if on_backdrop {
            open.set(false);
        }
    };
    let name = title.clone();
    view! {
        <dialog class="dialog" node_ref=dialog aria-label=name on:close=move |_| open.set(false) on:click=on_click>
            <div class="dialog-body">
                <header class="dialog-head">
                    <h2>{title}</h2>
                    <button type="button" class="button button-plain button-icon" aria-label="Close" on:click=press(move || open.set(false))>
                        {Icon::Cross.svg()}
                    </button>
                </header>
                {children()}
            </div>
        </dialog>
    }
}
