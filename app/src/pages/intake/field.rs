//! One field of the form: label, value, state, where it comes from, and editing in place.

use super::{
    state::IntakeState,
    value::{Control, check, control_id, in_words},
    words,
};
use crate::{
    api::{
        ApiError,
        intakes::{EditFieldRequest, FieldView, WaiveFieldRequest, edit_field, waive_field},
    },
    components::{Icon, Moment, MomentStyle, sentence},
};
use domain::{
    FieldKey,
    intake::{FieldState, TurnOrigin},
};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

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

#[component]
pub(super) fn Field(
    state: IntakeState,
    field: RwSignal<FieldView>,
    next: Memo<Option<FieldKey>>,
    here: Memo<bool>,
) -> impl IntoView {
    let key = field.with_untracked(|field| field.key.clone());
    let editing = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let may_edit = move || state.is_open() && state.may().edit && !field.with(|field| field.masked);
    let is_next = {
        let key = key.clone();
        Memo::new(move |_| next.with(|next| next.as_ref() == Some(&key)))
    };
    // The flash alternates between two names, so that each change starts it anew. It is taken away
    // when it is over, or it would run again whenever the form comes back on a narrow screen.
    let flash = RwSignal::new(None::<&str>);
    Effect::new(move |before: Option<(u32, bool, Option<FieldState>)>| {
        let now = field.with(|field| (field.revision, field.waived, field.state));
        if before.is_some_and(|before| before != now) {
            flash.update(|flash| *flash = Some(if *flash == Some("a") { "b" } else { "a" }));
        }
        now
    });
    {
        let key = key.clone();
        Effect::new(move |_| {
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
                        view! { <Editor state field editing problem /> }.into_any()
                    } else {
                        view! { <Shown state field editing problem may_edit=Signal::derive(may_edit) help=help.clone() /> }.into_any()
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

#[component]
fn Shown(
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
    let label = field.with_untracked(|field| field.label.clone());
    view! {
        <div class="value-line">
            {move || match (value(), may_edit.get()) {
                (Some((_, true)), _) => view! { <p class="value value-masked"><span aria-hidden="true">"••••••"</span><span class="unseen">"Hidden for your role"</span></p> }.into_any(),
                (Some((value, false)), true) => {
                    view! {
                        <button type="button" class="value value-button" on:click=move |_| edit()>
                            {value} <span class="unseen">", edit"</span>
                        </button>
                    }
                        .into_any()
                }
                (Some((value, false)), false) => view! { <p class="value">{value}</p> }.into_any(),
                (None, true) => {
                    view! {
                        <button type="button" class="value value-button value-none" on:click=move |_| edit()>
                            "Add" <span class="unseen">" " {label.clone()}</span>
                        </button>
                    }
                        .into_any()
                }
                (None, false) => view! { <p class="value value-none"><span aria-hidden="true">"—"</span><span class="unseen">"No answer"</span></p> }.into_any(),
            }}
            {move || may_edit.get().then(|| view! { <Quick state field problem /> })}
        </div>
        {move || field.with(|field| field.heard_instead.clone()).map(|heard| view! { <Conflict state field problem heard /> })}
        <Origin state field help />
    }
}

/// What can be done with one click.
#[component]
fn Quick(
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
fn Conflict(
    state: IntakeState,
    field: RwSignal<FieldView>,
    problem: RwSignal<Option<String>>,
    heard: String,
) -> impl IntoView {
    let choose = Action::new_local(move |value: &String| {
        let value = value.clone();
        async move { save(state, field, problem, value).await }
    });
    let shown = field.with_untracked(|field| in_words(field.kind, &heard));
    let other = heard.clone();
    view! {
        <p class="conflict">
            <span>"The assistant heard " <q>{shown}</q> " instead."</span>
            <button type="button" class="button button-small" disabled=move || choose.pending().get() on:click=move |_| drop(choose.dispatch(other.clone()))>
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
        </p>
    }
}

/// Where the value comes from: always a line; the words too, on hover or focus, as long as the page has them.
#[component]
fn Origin(state: IntakeState, field: RwSignal<FieldView>, help: String) -> impl IntoView {
    move || {
        let (value, set_by, evidence, at, field_state) = field.with(|field| {
            (
                field.value.is_some(),
                field.set_by.clone(),
                field.evidence.clone(),
                field.at,
                field.state,
            )
        });
        if !value {
            return (!help.is_empty() && state.is_open())
                .then(|| view! { <p class="origin">{help.clone()}</p> }.into_any());
        }
        let evidence = evidence.filter(|_| field_state != Some(FieldState::Edited));
        let line = match (&evidence, set_by) {
            (Some(evidence), _) => match (evidence.origin, evidence.start_ms) {
                (TurnOrigin::Spoken, Some(start)) => words::heard_at(start),
                (TurnOrigin::Spoken, None) => "Heard in the conversation".to_owned(),
                (TurnOrigin::Typed, _) => "From a typed answer".to_owned(),
            },
            (None, Some(who)) => format!("Set by {who}"),
            (None, None) => "Set by hand".to_owned(),
        };
        let bubble = evidence.map(|evidence| {
            let item = evidence.item;
            view! {
                <span class="evidence" role="note">
                    {move || match state.transcript.with(|transcript| transcript.words_of(&item).map(str::to_owned)).filter(|words| !words.is_empty()) {
                        Some(words) => view! { <q>{words}</q> }.into_any(),
                        None => "The words can be seen only while the call is live; they are not kept.".into_any(),
                    }}
                </span>
            }
        });
        let has_bubble = bubble.is_some();
        Some(
            view! {
                <p class="origin" tabindex=has_bubble.then_some("0") class:origin-evidence=has_bubble>
                    <span>{line}</span>
                    {(!has_bubble).then_some(at).flatten().map(|at| view! { " · " <Moment at style=MomentStyle::Age /> })}
                    {bubble}
                </p>
            }
            .into_any(),
        )
    }
}

#[component]
fn Editor(
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
    let saving = Action::new_local(move |value: &String| {
        let value = value.clone();
        async move {
            let (intake, key) = (state.id(), field.with_untracked(|field| field.key.clone()));
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
                    seen.set_value(field.with_untracked(|field| field.revision));
                    problem.set(Some(match now {
                        Some(now) => format!("It changed while you were editing. It is now “{now}”. Save again to replace it."),
                        None => message,
                    }));
                }
                Err(error) => problem.set(Some(error.to_string())),
            }
        }
    });
    let on_save = Callback::new(move |()| {
        if saving.pending().get_untracked() {
            return;
        }
        match field.with_untracked(|field| check(field, &text.get_untracked())) {
            Ok(value) => {
                problem.set(None);
                saving.dispatch(value);
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
        Effect::new(move |_| focus(&id));
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
            <button type="submit" class="button button-main button-small" disabled=move || saving.pending().get()>
                {move || if saving.pending().get() { "Saving…" } else { "Save" }}
            </button>
            <button type="button" class="button button-plain button-small" on:click=move |_| on_cancel.run(())>"Cancel"</button>
        </form>
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
