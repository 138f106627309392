//! The dock: microphone with its level, mute, hold to talk, pause, type instead.

mod alerts;

use super::{
    proof::{PasswordWanted, Proof},
    state::IntakeState,
};
use crate::{
    api::sessions::{TypeTurnRequest, type_turn},
    boxed::{effect, memo, press, view},
    components::{ActionProblem, Icon, Task},
    rtc::{CallHandle, CallPhase},
};
use alerts::Alerts;
use leptos::{ev, html, prelude::*};

#[component]
pub(super) fn Dock(state: IntakeState, call: CallHandle, proof: Proof) -> impl IntoView {
    let connecting = move || call.phase() == CallPhase::Connecting;
    let paused = memo(move || call.is_paused());
    view! {
        <section class="dock" aria-label="Microphone and typing">
            <Alerts call />
            <PasswordWanted proof />
            <ActionProblem error=Signal::derive(move || call.pause_problem()) />
            <div class="dock-row">
                {move || {
                    if paused.get() {
                        view! { <Paused call /> }
                    } else if connecting() {
                        view! { <p class="dock-state" role="status"><span class="spinner"></span> "Connecting…"</p> }
                    } else if call.has_microphone() {
                        view! { <MicrophoneButton call /> }
                    } else {
                        view! { <p class="dock-state">{Icon::MicrophoneOff.svg()} "No microphone"</p> }
                    }
                }}
                {move || {
                    (!paused.get())
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="button button-icon"
                                    aria-label="Pause"
                                    title="Pause: both sides are silent (P)"
                                    disabled=move || !call.phase().is_made() || call.waits_for_proof()
                                    on:click=press(move || call.toggle_pause())
                                >
                                    {Icon::Pause.svg()}
                                </button>
                                <TypeInstead state call />
                            }
                        })
                }}
            </div>
        </section>
    }
}

/// Something was sent and is not answered yet.
fn waiting() -> AnyView {
    view! { <span class="spinner"></span> }
}

/// Instead of the microphone while both sides are silent.
#[component]
fn Paused(call: CallHandle) -> impl IntoView {
    let button = NodeRef::<html::Button>::new();
    effect(move || {
        if let Some(button) = button.get() {
            let _ = button.focus();
        }
    });
    view! {
        <p class="dock-private">
            <strong>{Icon::Pause.svg()} " Paused"</strong>
            <span>"Talk in private: nothing is sent, heard or recorded. The time goes on."</span>
        </p>
        <button type="button" class="button button-main" node_ref=button on:click=press(move || call.toggle_pause())>
            {move || if call.is_going_on() { waiting() } else { Icon::Play.svg() }}
            {move || if call.is_going_on() { "Going on…" } else { "Go on" }}
        </button>
    }
}

#[component]
fn MicrophoneButton(call: CallHandle) -> impl IntoView {
    // What is not sent is not shown as heard.
    let unheard =
        memo(move || call.microphone_problem().is_some() || call.phase() != CallPhase::Live);
    let off = memo(move || call.is_silent() || unheard.get());
    let level = call.level();
    view! {
        <div class="mic-group">
            <button
                type="button"
                class="mic"
                class:mic-off=move || call.is_silent()
                class:mic-unheard=unheard
                data-level=move || if off.get() { 0 } else { level.get() }.to_string()
                aria-pressed=move || call.is_silent().to_string()
                aria-label="Mute"
                title="Mute or unmute (M)"
                on:click=press(move || call.toggle_mute())
            >
                <span class="mic-ring" aria-hidden="true"></span>
                {move || if off.get() { Icon::MicrophoneOff.svg() } else { Icon::Microphone.svg() }}
            </button>
            {move || {
                // Stays while held, so that the pointer is let go on the same button.
                call.is_muted()
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="button hold"
                                title="Hold to talk (Space)"
                                on:pointerdown=move |event: ev::PointerEvent| {
                                    event.prevent_default();
                                    call.hold(true);
                                }
                                on:pointerup=move |_| call.hold(false)
                                on:pointercancel=move |_| call.hold(false)
                                on:pointerleave=move |_| call.hold(false)
                                on:keydown=move |event: ev::KeyboardEvent| if matches!(event.key().as_str(), " " | "Enter") { call.hold(true) }
                                on:keyup=move |_| call.hold(false)
                            >
                                {move || if call.is_silent() { "Hold to talk" } else { "Talking…" }}
                            </button>
                        }
                    })
            }}
            <span class="mic-words" role="status">
                {move || match (call.is_silent(), unheard.get()) {
                    (true, _) => "Muted",
                    (false, true) => "Not heard",
                    (false, false) => "Listening",
                }}
            </span>
        </div>
    }
}

#[component]
fn TypeInstead(state: IntakeState, call: CallHandle) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let sending = Task::new();
    let send = move || {
        let session = call.session();
        let typed = text.get_untracked().trim().to_owned();
        sending.run(async move {
            let session = session.ok_or("The call is not there yet.")?;
            let request = TypeTurnRequest {
                session,
                text: typed,
            };
            type_turn(request)
                .await
                .map_err(|error| error.to_string())?;
            text.set(String::new());
            Ok(())
        });
    };
    let problem = Signal::derive(move || sending.problem());
    let may_send = move || {
        !text.read().trim().is_empty()
            && !sending.is_running()
            && call.phase().is_made()
            && !call.waits_for_proof()
    };
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if may_send() {
            send();
        }
    };
    view! {
        <form class="type" on:submit=on_submit>
            <input
                class="input"
                type="text"
                aria-label="Type instead of speaking"
                placeholder="Type instead…"
                autocomplete="off"
                maxlength="2000"
                enterkeyhint="send"
                prop:value=move || text.get()
                on:input=move |event| text.set(event_target_value(&event))
            />
            <button type="submit" class="button button-main button-icon" aria-label="Send" disabled=move || !may_send()>
                {move || if sending.is_running() { waiting() } else { Icon::Send.svg() }}
            </button>
            <ActionProblem error=problem />
        </form>
        {move || (!state.is_open()).then(|| view! { <span class="unseen" role="status">"The intake is closed; the assistant says goodbye."</span> })}
    }
}
