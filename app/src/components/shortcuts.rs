//! The list of keys, opened by `?`.

use super::Dialog;
use crate::boxed::{effect, view};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

const KEYS: [(&str, &str); 8] = [
    ("M", "Mute or unmute the microphone"),
    ("P", "Pause both sides, or go on"),
    ("Space", "While muted: hold to talk"),
    ("E", "Edit the field that is next"),
    ("Ctrl + Enter", "Review the answers"),
    ("Enter", "Save the field being edited"),
    ("Esc", "Leave a field, a menu or a dialog"),
    ("?", "Show this list"),
];

/// Whether a key belongs to the page: nothing that takes keys itself has the focus.
pub(crate) fn is_for_the_page(event: &ev::KeyboardEvent) -> bool {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented() {
        return false;
    }
    let Some(target) = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
    else {
        return true;
    };
    !matches!(
        target.closest("input, textarea, select, dialog[open], [contenteditable]"),
        Ok(Some(_))
    )
}

/// The dialog with the keys.
#[component]
pub(crate) fn Shortcuts(
    /// Whether it is shown.
    open: RwSignal<bool>,
) -> impl IntoView {
    effect(move || {
        let handle = window_event_listener(ev::keydown, move |event| {
            if event.key() == "?" && is_for_the_page(&event) {
                event.prevent_default();
                open.set(true);
            }
        });
        on_cleanup(move || handle.remove());
    });
    view! {
        <Dialog open title="Keyboard shortcuts">
            <dl class="keys">
                {KEYS
                    .into_iter()
                    .map(|(key, what)| {
                        view! {
                            <div>
                                <dt><kbd>{key}</kbd></dt>
                                <dd>{what}</dd>
                            </div>
                        }
                    })
                    .collect_view()}
            </dl>
        </Dialog>
    }
}
