//! What goes wrong while one talks, and what to do: sound held back, no connection, no microphone.

use crate::{
    boxed::{effect, follow, memo, press, view},
    components::{Announcer, Icon, Task},
    rtc::{CallHandle, CallPhase, MicrophoneProblem, how_to_allow_microphone},
};
use leptos::prelude::*;

#[component]
pub(super) fn Alerts(call: CallHandle) -> impl IntoView {
    view! {
        <SoundHeldBack call />
        <NoConnection call />
        <NoMicrophone call />
    }
}

/// The browser plays nothing before a click.
#[component]
fn SoundHeldBack(call: CallHandle) -> impl IntoView {
    const WORDS: &str = "The browser holds back the sound.";
    let held = memo(move || call.must_tap());
    let announcer = expect_context::<Announcer>();
    effect(move || {
        if held.get() {
            // Not at once: that the call is live is told in the same moment, and would cut it off.
            announcer.politely(WORDS.to_owned());
        }
    });
    follow(move || {
        held.get().then(|| {
            view! {
                <div class="dock-alert">
                    {Icon::Sound.svg()}
                    <p>{WORDS}</p>
                    <button type="button" class="button button-main" on:click=press(move || call.play())>
                        "Let me hear the assistant"
                    </button>
                </div>
            }
        })
    })
}

/// Long enough to say what can be done. The header tells it to screen readers.
#[component]
fn NoConnection(call: CallHandle) -> impl IntoView {
    let lost = memo(move || call.phase() == CallPhase::Interrupted);
    follow(move || {
        lost.get().then(|| {
            view! {
                <div class="dock-alert">
                    {Icon::Alert.svg()}
                    <p>"Connection lost. We keep trying. Your answers are safe."</p>
                    <button type="button" class="button" on:click=press(move || call.stop())>"Stop and type"</button>
                </div>
            }
        })
    })
}

/// The assistant does not hear the person. Whoever chose to type is told nothing.
#[component]
fn NoMicrophone(call: CallHandle) -> impl IntoView {
    // Why a call did not come about is said where it is started.
    let made = memo(move || call.phase().is_made());
    let problem = move || call.microphone_problem().filter(|_| made.get());
    let announcer = expect_context::<Announcer>();
    effect(move || {
        if let Some(problem) = problem() {
            announcer.urgently(problem.sentence());
        }
    });
    let opening = Task::new();
    let open = move |device: Option<String>| {
        opening.run(async move {
            call.reopen_microphone(device).await;
            Ok(())
        });
    };
    follow(move || {
        let problem = problem()?;
        let others = match problem {
            MicrophoneProblem::Gone | MicrophoneProblem::None => call.other_microphones(),
            MicrophoneProblem::Blocked
            | MicrophoneProblem::Busy
            | MicrophoneProblem::Silenced
            | MicrophoneProblem::Insecure
            | MicrophoneProblem::Other => Vec::new(),
        };
        let button = move |words: String, device: Option<String>| {
            view! {
                <button type="button" class="button" disabled=move || opening.is_running() on:click=press(move || open(device.clone()))>
                    {words}
                </button>
            }
        };
        let ways: Vec<AnyView> = if others.is_empty() {
            vec![button("Check microphone".to_owned(), None)]
        } else {
            others
                .into_iter()
                .map(|(id, label)| button(format!("Use {label}"), Some(id)))
                .collect()
        };
        Some(view! {
            <div class="dock-alert">
                {Icon::MicrophoneOff.svg()}
                <p>{problem.sentence()} " The assistant cannot hear you. " {what_helps(problem)}</p>
                {(problem == MicrophoneProblem::Blocked)
                    .then(|| {
                        view! {
                            <ol class="how-to">
                                {how_to_allow_microphone().into_iter().map(|step| view! { <li>{step}</li> }).collect_view()}
                            </ol>
                        }
                    })}
                <div class="row">{ways}</div>
            </div>
        })
    })
}

/// What the person can do beside pressing the button.
const fn what_helps(problem: MicrophoneProblem) -> &'static str {
    match problem {
        MicrophoneProblem::Gone => "Connect it again, use another one, or type.",
        MicrophoneProblem::Silenced => "It comes back by itself when it is free; you can type.",
        MicrophoneProblem::Blocked
        | MicrophoneProblem::None
        | MicrophoneProblem::Busy
        | MicrophoneProblem::Insecure
        | MicrophoneProblem::Other => "You can type.",
    }
}
