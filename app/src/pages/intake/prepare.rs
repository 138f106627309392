//! Before talking: what happened before, the microphone, the disclosure, Start.

use super::{state::IntakeState, words};
use crate::{
    api::sessions::Consent,
    boxed::{effect, follow, memo, press, view},
    components::{Icon, Notice, Tone, sentence},
    rtc::{
        CallEnd, CallHandle, CallPhase, MicrophoneProblem, StartTalking, how_to_allow_microphone,
    },
};
use domain::session::SessionState;
use leptos::prelude::*;

#[component]
pub(super) fn Prepare(state: IntakeState, call: CallHandle, hears: bool) -> impl IntoView {
    let consent = state.consent;
    let refusal = memo(move || state.head.read().talk_refusal.clone());
    let may_talk = move || state.may_start();
    let before = memo(move || state.head.with(|head| !head.sessions.is_empty()));
    let ready = RwSignal::new(false);
    effect(move || ready.set(true));
    let checked = move || call.phase() == CallPhase::Preparing && call.has_microphone();

    let start = move |with_microphone: bool| {
        let Some(consent) = consent.get_untracked() else {
            return;
        };
        let request = state.head.with_untracked(|head| StartTalking {
            intake: head.id.clone(),
            workflow_name: head.workflow_name.clone(),
            mode: head.connection,
            consent,
            with_microphone,
        });
        call.start(request);
    };
    let (minutes, disclosure) = state
        .head
        .with_untracked(|head| (head.max_minutes, head.disclosure.clone()));
    view! {
        <section class="panel prepare" aria-labelledby="prepare-title">
            <header>
                <h2 id="prepare-title">{move || if before.get() { "Go on talking" } else { "Get ready to talk" }}</h2>
                <p class="quiet">"Up to " {minutes} " min. The form fills while you speak; you can correct it at any time."</p>
            </header>
            <LastEnd state call />
            <noscript>
                <Notice tone=Tone::Caution title="Talking needs scripts">
                    <p>"This page can be read as it is. To talk or to edit, allow scripts for this address and load it again."</p>
                </Notice>
            </noscript>
            {move || {
                refusal.get()
                    .map(|refusal| {
                        let (title, text) = if state.may().prove {
                            ("Your password is asked for first", "You have talked for a long time. Press Start and give your password.".to_owned())
                        } else {
                            ("Talking is not possible now", sentence(&refusal))
                        };
                        view! {
                            <Notice tone=Tone::Caution title=title>
                                <p>{text}</p>
                            </Notice>
                        }
                    })
            }}
            {move || {
                may_talk()
                    .then(|| {
                        view! {
                            <ol class="steps">
                                <li class="step" class:step-done=move || checked() && call.heard()>
                                    <h3>"Microphone"</h3>
                                    <MicrophoneCheck call ready />
                                </li>
                                <li class="step" class:step-done=move || consent.get().is_some()>
                                    <h3>"Disclosure"</h3>
                                    <Disclosure text=disclosure.clone() consent />
                                </li>
                            </ol>
                        }
                    })
            }}
            {move || {
                (may_talk() && !hears)
                    .then(|| {
                        view! {
                            <p class="quiet small">
                                {Icon::Info.svg()} " This provider notices when you speak but understands only what is typed. Use “Type instead” while talking."
                            </p>
                        }
                    })
            }}
            {move || {
                may_talk()
                    .then(|| {
                        view! {
                            <div class="prepare-start">
                                <div class="row">
                                    <button
                                        type="button"
                                        class="button button-main button-large prepare-go"
                                        disabled=move || !ready.get() || consent.get().is_none()
                                        aria-describedby="start-why"
                                        on:click=press(move || start(true))
                                    >
                                        {Icon::Microphone.svg()} {move || if before.get() { "Resume" } else { "Start talking" }}
                                    </button>
                                    <button
                                        type="button"
                                        class="button button-large"
                                        disabled=move || !ready.get() || consent.get().is_none()
                                        title="Listen and type, without a microphone"
                                        on:click=press(move || start(false))
                                    >
                                        {Icon::Keyboard.svg()} "Start typing"
                                    </button>
                                </div>
                                <p class="quiet small" id="start-why">
                                    {move || match consent.get() {
                                        None => "Choose above how the person agreed. Nothing starts without it.",
                                        Some(_) if checked() => "The assistant speaks first.",
                                        Some(_) => "The browser asks for the microphone; the assistant speaks first.",
                                    }}
                                </p>
                            </div>
                        }
                    })
            }}
            {move || {
                state
                    .may()
                    .edit
                    .then(|| {
                        view! {
                            <p class="quiet small prepare-by-hand">
                                {Icon::Form.svg()}
                                " You can also fill the form by hand, with or without a call. "
                                <button type="button" class="button-text" on:click=press(move || state.edit(untrack(|| state.next())))>
                                    "Fill in the next answer"
                                </button>
                            </p>
                        }
                    })
            }}
        </section>
    }
}

/// Why the conversation before ended, or did not begin. What this page saw counts more than what the
/// server was told.
#[component]
fn LastEnd(state: IntakeState, call: CallHandle) -> impl IntoView {
    let last = memo(move || {
        let seen = call.end_on(&state.id());
        // That a conversation is over says less than the reason on record.
        if let Some(end) = seen.filter(|end| *end != CallEnd::Over) {
            let wanted = match end {
                CallEnd::Server(reason) => words::is_wanted(reason),
                CallEnd::Stopped => true,
                CallEnd::Over | CallEnd::Lost | CallEnd::NotMade => false,
            };
            return Some((words::call_end_in_words(end), wanted));
        }
        state.head.with(
            |head| match head.sessions.first().map(|session| session.state) {
                Some(SessionState::Ended(reason)) => {
                    Some((words::end_in_words(reason), words::is_wanted(reason)))
                }
                Some(SessionState::Starting | SessionState::Connecting | SessionState::Live)
                | None => seen.map(|end| (words::call_end_in_words(end), false)),
            },
        )
    });
    follow(move || {
        let problem = call.problem_on(&state.id());
        last.get().map(|((what, next), wanted)| {
            view! {
                <Notice tone=if wanted { Tone::Plain } else { Tone::Caution } title=what>
                    {match problem {
                        Some(problem) => view! { <p role="alert">{sentence(&problem)}</p> },
                        None => view! { <p>{next}</p> },
                    }}
                </Notice>
            }
        })
    })
}

#[component]
fn MicrophoneCheck(call: CallHandle, ready: RwSignal<bool>) -> impl IntoView {
    let open = move || call.phase() == CallPhase::Preparing && call.has_microphone();
    let asking = move || {
        call.phase() == CallPhase::Preparing
            && !call.has_microphone()
            && call.microphone_problem().is_none()
    };
    // Why a start failed stands above; it is not said twice.
    let said_above = memo(move || call.phase() == CallPhase::Ended(CallEnd::NotMade));
    view! {
        {move || {
            call.microphone_problem()
                .filter(|problem| *problem == MicrophoneProblem::Blocked || !said_above.get())
                .map(|problem| {
                    let title = if said_above.get() { "How to allow it" } else { problem.sentence() };
                    view! {
                        <Notice tone=Tone::Bad title=title>
                            {(problem == MicrophoneProblem::Blocked)
                                .then(|| {
                                    view! {
                                        <ol class="how-to">
                                            {how_to_allow_microphone().into_iter().map(|step| view! { <li>{step}</li> }).collect_view()}
                                        </ol>
                                        <p>"Or type: start without a microphone, or fill in the form by hand."</p>
                                    }
                                })}
                        </Notice>
                    }
                })
        }}
        {move || {
            if open() {
                view! {
                    <div class="check">
                        <Meter call />
                        <p role="status">
                            {move || {
                                if call.heard() {
                                    view! { <span class="good">{Icon::Check.svg()} " We hear you."</span> }
                                } else {
                                    view! { <span>"Say something."</span> }
                                }
                            }}
                        </p>
                        <DeviceChoice call />
                    </div>
                }
            } else {
                view! {
                    <p class="row">
                        <button
                            type="button"
                            class="button"
                            disabled=move || !ready.get() || asking()
                            on:click=press(move || call.check_microphone(None))
                        >
                            {Icon::Microphone.svg()}
                            {move || if asking() { "Waiting for the browser…" } else { "Check microphone" }}
                        </button>
                    </p>
                }
            }
        }}
    }
}

/// A row of bars. How many are lit is an attribute, because styles in elements are forbidden here.
#[component]
fn Meter(call: CallHandle) -> impl IntoView {
    view! {
        <span class="meter" data-level=move || call.level().get().to_string() aria-hidden="true">
            {(0..12).map(|_| view! { <i></i> }).collect_view()}
        </span>
    }
}

#[component]
fn DeviceChoice(call: CallHandle) -> impl IntoView {
    follow(move || {
        let devices = call.devices();
        let chosen = call.device();
        (devices.len() > 1).then(|| {
            view! {
                <label class="labelled">
                    <span>"Microphone"</span>
                    <select class="input" on:change=move |event| call.check_microphone(Some(event_target_value(&event)))>
                        {devices
                            .into_iter()
                            .enumerate()
                            .map(|(number, (id, label))| {
                                let label = if label.is_empty() { format!("Microphone {}", number + 1) } else { label };
                                view! { <option selected=id == chosen value=id.clone()>{label}</option> }
                            })
                            .collect_view()}
                    </select>
                </label>
            }
        })
    })
}

#[component]
fn Disclosure(text: String, consent: RwSignal<Option<Consent>>) -> impl IntoView {
    let choice = move |value: Consent, label: &'static str| {
        view! {
            <label class="choice">
                <input type="radio" name="consent" prop:checked=move || consent.get() == Some(value) on:change=move |_| consent.set(Some(value)) />
                <span>{label}</span>
            </label>
        }
    };
    view! {
        <blockquote class="disclosure">{text}</blockquote>
        <fieldset class="choices">
            <legend class="unseen">"How the person agreed"</legend>
            {choice(Consent::ReadAloud, "I read it aloud and the person agreed")}
            {choice(Consent::ReadOnScreen, "They read it on this screen and agreed")}
        </fieldset>
    }
}
