//! A form that goes to a server function: a plain one without scripts, answered in place with them.

use super::Task;
use crate::api::ApiError;
use crate::boxed::view;
use js_sys::JsString;
use leptos::{ev, prelude::*};
use leptos_router::hooks::use_query_map;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement, UrlSearchParams};

/// What becomes of the answer's text: nothing, or the sentence to show.
pub(crate) type Take = Arc<dyn Fn(Result<String, ApiError>) -> Result<(), String> + Send + Sync>;

/// The form. Without scripts the server answers with the page to go to.
#[component]
pub(crate) fn PostForm(
    /// The server function's path.
    path: &'static str,
    /// Its class.
    #[prop(optional)]
    class: Option<&'static str>,
    /// How it goes.
    task: Task,
    /// Takes the answer.
    take: Take,
    /// The controls.
    children: Children,
) -> impl IntoView {
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send(path, &event, task, take.clone());
    };
    view! {
        <form method="post" action=path class=class on:submit=on_submit>
            {children()}
        </form>
    }
}

/// Why the form was refused: what was answered in place, or what the word in the address means that
/// a form without scripts is led back with.
pub(crate) fn refusal(task: Task, in_words: fn(&str) -> &'static str) -> Signal<Option<String>> {
    let query = use_query_map();
    Signal::derive(move || {
        if task.is_done() {
            return None;
        }
        task.problem().or_else(|| {
            query
                .with(|query| query.get("problem"))
                .map(|word| in_words(&word).to_owned())
        })
    })
}

/// Ignores what the answer says: the server leads on to another page, or refuses in a sentence.
pub(crate) fn led_on() -> Take {
    Arc::new(|answer| answer.map(drop).map_err(|error| error.to_string()))
}

#[cfg(feature = "ssr")]
fn send(_: &'static str, _: &ev::SubmitEvent, _: Task, _: Take) {}

#[cfg(not(feature = "ssr"))]
fn send(path: &'static str, event: &ev::SubmitEvent, task: Task, take: Take) {
    use crate::api::wire::{FORM, post};

    let body = answers(event);
    task.run(async move {
        let body = body.ok_or("The form could not be sent. Load the page again.")?;
        take(post(path, FORM, body.into()).await)
    });
}

/// What is in the form, as the browser itself would send it.
pub(crate) fn answers(event: &ev::SubmitEvent) -> Option<JsString> {
    let form = event.target()?.dyn_into::<HtmlFormElement>().ok()?;
    let data = FormData::new_with_form(&form).ok()?;
    let pairs = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
    Some(pairs.to_string())
}
