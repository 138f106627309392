//! One intake: preparing to talk, talking, looking the answers over, and what became of it, all at one address.

mod closing;
mod conversation;
mod dock;
mod field;
mod form;
mod header;
mod prepare;
mod proof;
mod review;
mod state;
mod stream;
mod timeline;
mod transcript;
mod value;
mod words;

use crate::{
    api::{intakes::IntakeView, reading},
    boxed::{effect, follow, memo, press, view, wait},
    components::{Notice, Person, Problem, Skeleton, Tone, is_for_the_page},
    rtc::{CallHandle, CallPhase},
};
use closing::Closing;
use conversation::Conversation;
use dock::Dock;
use domain::IntakeId;
use form::IntakeForm;
use header::Header;
use leptos::{ev, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use prepare::Prepare;
use proof::{PasswordAgain, Proof};
use review::Review;
use state::{IntakeState, Stream};
use timeline::{Happenings, Timeline};

#[component]
pub(crate) fn IntakePage() -> impl IntoView {
    let params = use_params_map();
    let id = memo(move || {
        params
            .with(|params| params.get("id"))
            .and_then(|id| IntakeId::parse(&id).ok())
    });
    let intake = reading::intake(move || id.get());
    let happenings = Happenings::of(id);
    let person = expect_context::<Person>();
    view! {
        <Suspense fallback=|| view! { <Skeleton lines=8 /> }>
            {wait(move || async move {
                let hears = person.known().await.is_none_or(|me| me.provider.hears);
                match intake.known().await {
                    Ok(view) => view! { <Screen view happenings hears /> },
                    Err(error) => {
                        view! {
                            <Title text="Nothing here" />
                            <Problem error />
                        }
                    }
                }
            })}
        </Suspense>
    }
}

/// What the left side shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Panel {
    /// It can be talked.
    Prepare,
    /// This page talks.
    Talk,
    /// Another page talks.
    Watch,
    /// The answers are looked over, or it is closed, or it can only be read.
    Review,
}

impl Panel {
    /// What the style sheet calls it.
    const fn word(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Talk => "talk",
            Self::Watch => "watch",
            Self::Review => "review",
        }
    }
}

#[component]
fn Screen(view: IntakeView, happenings: Happenings, hears: bool) -> impl IntoView {
    let state = IntakeState::new(view);
    let call = expect_context::<CallHandle>();
    let id = state.id();
    let here = memo(move || call.is_on(&id));
    let take_over = RwSignal::new(false);
    let escalating = RwSignal::new(false);
    let running = memo(move || {
        state.head.with(|head| {
            head.sessions
                .iter()
                .any(|session| session.state.is_running())
        })
    });
    let panel = memo(move || {
        let reads_only = !state.may().edit && !state.may_start();
        match (here.get(), state.reviewing.get(), state.is_open()) {
            (_, true, _) | (false, _, false) => Panel::Review,
            (true, false, _) => Panel::Talk,
            (false, false, true) if running.get() && !take_over.get() => Panel::Watch,
            (false, false, true) if reads_only => Panel::Review,
            (false, false, true) => Panel::Prepare,
        }
    });

    let proof = Proof::of(state, call, here);
    stream::follow(state);
    keys(state, call, here);
    effect(move || {
        if here.get() {
            take_over.set(false);
        }
    });
    // The microphone of a check is given back when one leaves the page; a call goes on.
    on_cleanup(move || call.leave_check());

    let name = state.head.read_untracked().workflow_name.clone();
    // What scrolls and has nothing to press in it must take the focus itself, to be scrolled by keys.
    let focusable = move || (!state.is_open() || !state.may().edit).then_some("0");
    view! {
        <Title text=name />
        <div class="intake" data-panel=move || panel.get().word() data-live=move || here.get().then_some("") class:intake-form-tab=move || state.on_form.get()>
            <Header state call here escalating />
            {move || {
                (state.stream.get() == Stream::Closed)
                    .then(|| {
                        view! {
                            <Notice tone=Tone::Bad title="You no longer have access to this intake">
                                <p>"What was entered is safe. Ask an admin or supervisor of the workspace if you still need it."</p>
                            </Notice>
                        }
                    })
            }}
            <Tabs state />
            <div class="talk" tabindex=focusable>
                {move || match panel.get() {
                    Panel::Prepare => {
                        view! {
                            <Prepare state call hears />
                            {move || (!state.transcript.with(transcript::Transcript::is_empty)).then(|| view! { <Conversation state /> })}
                        }
                    }
                    Panel::Talk => view! { <Conversation state /> },
                    Panel::Watch => {
                        view! {
                            <Watching state take_over />
                            <Conversation state />
                        }
                    }
                    Panel::Review => view! { <Review state here escalating /> },
                }}
                {move || here.get().then(|| view! { <Dock state call proof /> })}
            </div>
            <div class="record" tabindex=focusable>
                <IntakeForm state here />
                <Timeline state happenings />
            </div>
        </div>
        <Closing state open=escalating />
        <PasswordAgain proof />
    }
}

/// On a narrow screen the conversation and the form take turns.
#[component]
fn Tabs(state: IntakeState) -> impl IntoView {
    let on_form = state.on_form;
    // Of a closed intake nothing is wanted any more.
    let to_do = memo(move || {
        if state.is_open() {
            state
                .readiness
                .with(|readiness| readiness.missing.len() + readiness.unconfirmed.len())
        } else {
            0
        }
    });
    view! {
        <div class="tabs" role="group" aria-label="Show">
            <button type="button" class="tab" aria-pressed=move || (!on_form.get()).to_string() on:click=press(move || on_form.set(false))>
                {crate::components::Icon::Chat.svg()} "Conversation"
            </button>
            <button type="button" class="tab" aria-pressed=move || on_form.get().to_string() on:click=press(move || on_form.set(true))>
                {crate::components::Icon::Form.svg()} "Form"
                {move || (to_do.get() > 0).then(|| view! { <span class="count">{to_do.get()} <span class="unseen">" to do"</span></span> })}
            </button>
        </div>
    }
}

/// Somebody talks on this intake, but not on this page.
#[component]
fn Watching(state: IntakeState, take_over: RwSignal<bool>) -> impl IntoView {
    let running = memo(move || {
        state.head.with(|head| {
            head.sessions
                .iter()
                .find(|session| session.state.is_running())
                .map(|session| (session.mine, session.started_by.clone()))
        })
    });
    follow(move || {
        running.get().map(|(mine, who)| {
            let may_talk = state.may_start();
            view! {
                <Notice
                    tone=Tone::Caution
                    title=if mine { "You are talking in another window".to_owned() } else { format!("{who} is talking on this intake") }
                >
                    <p>
                        {if mine {
                            "The form fills here too. If that window is gone, go on here: the old call is ended, and your answers are safe."
                        } else {
                            "The form fills here while they talk."
                        }}
                        {move || if state.paused.get() { " The conversation is paused now." } else { "" }}
                    </p>
                    {(mine && may_talk)
                        .then(|| {
                            view! {
                                <p><button type="button" class="button" on:click=press(move || take_over.set(true))>"Go on here"</button></p>
                            }
                        })}
                </Notice>
            }
        })
    })
}

/// The keys of the page: M, P, Space, E and Ctrl+Enter.
fn keys(state: IntakeState, call: CallHandle, here: Memo<bool>) {
    effect(move || {
        let down = window_event_listener(ev::keydown, move |event| {
            if event.key() == "Enter" && event.ctrl_key() {
                event.prevent_default();
                return state.reviewing.update(|reviewing| *reviewing = !*reviewing);
            }
            if !is_for_the_page(&event) {
                return;
            }
            match event.key().as_str() {
                "m" | "M" if here.get_untracked() && !event.repeat() => call.toggle_mute(),
                "p" | "P" if here.get_untracked() && !event.repeat() => call.toggle_pause(),
                // A focused button takes Space for itself.
                " " if here.get_untracked() && !on_a_control(&event) => {
                    event.prevent_default();
                    call.hold(true);
                }
                "e" | "E" if state.head.read_untracked().may.edit => {
                    event.prevent_default();
                    state.edit(untrack(|| state.next()));
                }
                _ => {}
            }
        });
        let up = window_event_listener(ev::keyup, move |event| {
            if event.key() == " " {
                call.hold(false);
            }
        });
        let away = window_event_listener(ev::blur, move |_| call.hold(false));
        on_cleanup(move || {
            down.remove();
            up.remove();
            away.remove();
        });
    });
}

fn on_a_control(event: &ev::KeyboardEvent) -> bool {
    use wasm_bindgen::JsCast;
    event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|target| matches!(target.closest("button, a, summary, label"), Ok(Some(_))))
}

/// The state of the call, in a word for the page's header.
fn phase_in_words(
    phase: CallPhase,
    controlled: bool,
    silence: Option<&'static str>,
) -> Option<(&'static str, &'static str)> {
    match phase {
        CallPhase::Connecting => Some(("link-waiting", "Connecting…")),
        CallPhase::Live if controlled => {
            Some(silence.map_or(("link-good", "Connected"), |why| ("link-waiting", why)))
        }
        CallPhase::Live => Some(("link-waiting", "Waiting for the server…")),
        CallPhase::Unsteady => Some(("link-waiting", "Reconnecting…")),
        CallPhase::Interrupted => Some(("link-bad", "Connection lost")),
        CallPhase::Idle | CallPhase::Preparing | CallPhase::Ended(_) => None,
    }
}
