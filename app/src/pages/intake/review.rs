//! Looking the answers over: what is there, what is missing, who set it; closing it; taking it along.

use super::{
    closing::{CloseActions, Reopen, outcome_in_words},
    state::IntakeState,
    value::in_words,
};
use crate::{
    api::intakes::{IntakeRequest, IntakeStatus, export_intake},
    boxed::{follow, memo, press, view},
    components::{ActionProblem, Icon, Moment, Notice, Task, Tone},
};
use domain::{FieldKey, intake::FieldState, workflow::FieldKind};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

#[component]
pub(super) fn Review(
    state: IntakeState,
    here: Memo<bool>,
    escalating: RwSignal<bool>,
) -> impl IntoView {
    let head = state.head;
    let status = state.status;
    let reason = memo(move || head.read().reason.clone());
    let closed_at = memo(move || head.read().closed_at);
    let masked = memo(move || head.read().masked);
    view! {
        <section class="panel review" aria-labelledby="review-title">
            <header>
                <h2 id="review-title">{move || outcome_in_words(status.get()).0}</h2>
                <p class="quiet">{move || outcome_in_words(status.get()).1}</p>
            </header>
            {move || {
                here.get()
                    .then(|| view! { <p class="quiet small">{Icon::Sound.svg()} " The call goes on while you look."</p> })
            }}
            {move || {
                reason.get()
                    .map(|reason| {
                        view! {
                            <Notice tone=Tone::Caution title="Why it was escalated">
                                <p>{reason}</p>
                            </Notice>
                        }
                    })
            }}
            <Counts state />
            {move || (status.get() == IntakeStatus::Open).then(|| view! { <ToDo state /> })}
            {move || {
                (status.get() == IntakeStatus::Open && state.may().close)
                    .then(|| view! { <CloseActions state escalating in_menu=false /> })
            }}
            {move || {
                state.may().reopen
                    .then(|| view! { <div class="stack-tight"><Reopen state /></div> })
            }}
            {move || state.may().export.then(|| view! { <TakeAlong state /> })}
            {move || {
                masked.get()
                    .then(|| view! { <p class="quiet small">{Icon::Info.svg()} " Your role sees that sensitive answers exist, not what they say."</p> })
            }}
            <dl class="facts">
                <div><dt>"Opened by"</dt><dd>{head.read_untracked().opened_by.clone()}</dd></div>
                <div><dt>"Opened"</dt><dd><Moment at=head.read_untracked().opened_at /></dd></div>
                <div><dt>"Changed"</dt><dd><Moment at=Signal::derive(move || head.read().changed_at) /></dd></div>
                {move || {
                    closed_at.get()
                        .map(|at| view! { <div><dt>"Closed"</dt><dd><Moment at /></dd></div> })
                }}
                <div><dt>"Conversations"</dt><dd>{move || head.read().sessions.len()}</dd></div>
            </dl>
        </section>
    }
}

/// Four numbers.
#[component]
fn Counts(state: IntakeState) -> impl IntoView {
    let count = move |of: fn(&crate::api::intakes::FieldView) -> bool| {
        state
            .sections()
            .iter()
            .flat_map(|section| section.fields.clone())
            .filter(|field| field.with(of))
            .count()
    };
    view! {
        <dl class="counts">
            <div><dt>"Answered"</dt><dd>{move || count(|field| field.value.is_some())}</dd></div>
            <div><dt>"Missing"</dt><dd>{move || state.readiness.read().missing.len()}</dd></div>
            <div><dt>"To confirm"</dt><dd>{move || state.readiness.read().unconfirmed.len()}</dd></div>
            <div><dt>"By hand"</dt><dd>{move || count(|field| field.state == Some(FieldState::Edited))}</dd></div>
        </dl>
    }
}

/// What stands between the intake and completion, each a way to it.
#[component]
fn ToDo(state: IntakeState) -> impl IntoView {
    let list = move |title: &'static str, keys: Vec<FieldKey>| {
        (!keys.is_empty()).then(|| {
            view! {
                <section class="to-do">
                    <h3>{title}</h3>
                    <ul>
                        {keys
                            .into_iter()
                            .map(|key| {
                                let label = state.label(&key);
                                view! {
                                    <li>
                                        <a href=format!("#field-{key}") on:click=press(move || state.edit(Some(key.clone())))>{label}</a>
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ul>
                </section>
            }
        })
    };
    follow(move || {
        let readiness = state.readiness.get();
        if readiness.is_ready() {
            return view! {
                <Notice tone=Tone::Good title="Ready to finish">
                    <p>"Every required answer is there and confirmed."</p>
                </Notice>
            };
        }
        view! {
            {list("Missing", readiness.missing)}
            {list("To confirm", readiness.unconfirmed)}
        }
    })
}

/// Copy, print, JSON. What leaves the product is recorded on the server first.
#[component]
fn TakeAlong(state: IntakeState) -> impl IntoView {
    let (copying, saving) = (Task::new(), Task::new());
    let copy = move |_| {
        copying.run(async move {
            export_intake(IntakeRequest { intake: state.id() })
                .await
                .map_err(|error| error.to_string())?;
            let written = window().navigator().clipboard().write_text(&as_text(state));
            JsFuture::from(written)
                .await
                .map(drop)
                .map_err(|_| "The browser did not allow copying. Use Print or JSON.".to_owned())
        });
    };
    let save = move |_| {
        saving.run(async move {
            let json = export_intake(IntakeRequest { intake: state.id() })
                .await
                .map_err(|error| error.to_string())?;
            download(&json, &format!("intake-{}.json", state.id()))
                .ok_or_else(|| "The browser could not save the file.".to_owned())
        });
    };
    let problem = Signal::derive(move || copying.problem().or_else(|| saving.problem()));
    view! {
        <div class="stack-tight">
            <div class="row">
                <button type="button" class="button" on:click=copy disabled=move || copying.is_running()>
                    {Icon::Copy.svg()} {move || if copying.is_done() { "Copied" } else { "Copy" }}
                </button>
                <button type="button" class="button" on:click=press(move || drop(window().print()))>{Icon::Print.svg()} "Print"</button>
                <button type="button" class="button" on:click=save disabled=move || saving.is_running()>
                    {Icon::Download.svg()} {move || if saving.is_running() { "Preparing…" } else { "JSON" }}
                </button>
            </div>
            <ActionProblem error=problem />
        </div>
    }
}

/// The answers as lines of text.
fn as_text(state: IntakeState) -> String {
    let mut text = state
        .head
        .with_untracked(|head| format!("{} (version {})\n", head.workflow_name, head.version));
    for section in state.sections() {
        text.push_str(&format!("\n{}\n", section.title));
        for field in section.fields {
            field.with_untracked(|field| {
                let value = match (&field.value, field.waived) {
                    // To be dialled or pasted, not to be read.
                    (Some(value), _) if field.kind == FieldKind::Phone => value.clone(),
                    (Some(value), _) => in_words(field.kind, value),
                    (None, true) => "not needed".to_owned(),
                    (None, false) => "—".to_owned(),
                };
                text.push_str(&format!("{}: {value}\n", field.label));
            });
        }
    }
    text
}

fn download(text: &str, name: &str) -> Option<()> {
    let kind = web_sys::BlobPropertyBag::new();
    kind.set_type("application/json");
    let blob =
        web_sys::Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &kind)
            .ok()?;
    let address = web_sys::Url::create_object_url_with_blob(&blob).ok()?;
    let link: web_sys::HtmlAnchorElement = document().create_element("a").ok()?.dyn_into().ok()?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    web_sys::Url::revoke_object_url(&address).ok()
}
