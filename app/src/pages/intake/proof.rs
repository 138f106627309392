//! The password again: asked for after much talking, while the call waits or before one starts.

use super::state::IntakeState;
use crate::{
    api::{
        ApiError,
        account::Password,
        sessions::{ProveRequest, prove_again},
    },
    boxed::{effect, follow, memo, press, view, wait},
    components::{ActionProblem, Dialog, Icon, Task, span_in_words},
    rtc::CallHandle,
};
use leptos::{
    ev, html,
    prelude::*,
    wasm_split::{SplitLoaderError, wasm_split},
};
use send_wrapper::SendWrapper;
use std::time::Duration;

/// What waits for the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    /// The call of this page.
    Call,
    /// A start on this page.
    Start,
}

/// The dialog, and in the dock what leads back to it when it was closed.
///
/// It owns what is typed and how it goes, not the form: that one is taken away while its answer is
/// still being told.
#[derive(Clone, Copy)]
pub(super) struct Proof {
    call: CallHandle,
    for_call: Memo<bool>,
    for_start: Memo<bool>,
    open: RwSignal<bool>,
    password: RwSignal<String>,
    proving: Task,
    problem: Signal<Option<String>>,
}

impl Proof {
    pub(super) fn of(state: IntakeState, call: CallHandle, here: Memo<bool>) -> Self {
        let proving = Task::new();
        let proof = Self {
            call,
            for_call: memo(move || here.get() && call.waits_for_proof()),
            for_start: memo(move || call.start_wants_proof(&state.id())),
            open: RwSignal::new(false),
            password: RwSignal::new(String::new()),
            proving,
            problem: Signal::derive(move || proving.problem()),
        };
        effect(move || proof.open.set(proof.waits().is_some()));
        effect(move || {
            proof.open.track();
            proof.password.set(String::new());
            proof.proving.forget();
        });
        proof
    }

    fn waits(self) -> Option<Waits> {
        match (self.for_call.get(), self.for_start.get()) {
            (true, _) => Some(Waits::Call),
            (false, true) => Some(Waits::Start),
            (false, false) => None,
        }
    }
}

#[component]
pub(super) fn PasswordAgain(proof: Proof) -> impl IntoView {
    let Proof {
        call,
        for_start,
        open,
        ..
    } = proof;
    // A start that is not gone on with is given up; a call waits.
    effect(move || {
        if !open.get() && for_start.get_untracked() {
            call.forget_start();
        }
    });
    let asked = follow(move || {
        // Made anew each time it is opened: what was typed is not kept, and what did not load may now.
        let waits = proof.waits().filter(|_| open.get());
        waits.map(|waits| {
            let part = wait(move || {
                SendWrapper::new(async move {
                    password_part(proof, waits)
                        .await
                        .unwrap_or_else(|_| not_loaded())
                })
            });
            view! { <Suspense fallback=|| view! { <span class="spinner"></span> }>{part}</Suspense> }
        })
    });
    view! { <Dialog open title="Your password again">{asked}</Dialog> }
}

fn not_loaded() -> AnyView {
    let words = ApiError::Unreachable.to_string();
    view! { <p class="action-problem" role="alert">{Icon::Alert.svg()} <span>{words}</span></p> }
}

/// In a file of its own, for it is seldom asked for.
#[wasm_split(password_part, wasm_split_path = leptos::wasm_split, fallible)]
fn password_part(proof: Proof, waits: Waits) -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <Ask proof waits /> })
}

#[component]
fn Ask(proof: Proof, waits: Waits) -> impl IntoView {
    let Proof {
        call,
        open,
        password,
        proving,
        problem,
        ..
    } = proof;
    let field = NodeRef::<html::Input>::new();
    effect(move || {
        if let Some(field) = field.get() {
            // What was waited for is put into the document after it is made.
            set_timeout(move || drop(field.focus()), Duration::ZERO);
        }
    });
    let prove = move || {
        proving.run(async move {
            let password = Password::new(password.get_untracked());
            prove_again(ProveRequest { password })
                .await
                .map_err(|error| error.to_string())?;
            match waits {
                // The server says on the event stream that the call goes on.
                Waits::Call => open.set(false),
                Waits::Start => call.start_proved(),
            }
            Ok(())
        });
    };
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if !password.read_untracked().is_empty() {
            prove();
        }
    };
    let leave = move || match waits {
        Waits::Call => call.stop(),
        Waits::Start => open.set(false),
    };
    let (why, leave_words) = match waits {
        Waits::Call => (
            "You have talked for a long time. Give your password to go on; the conversation waits, and nothing is sent or heard.",
            "Stop talking",
        ),
        Waits::Start => (
            "You have talked for a long time. Give your password, and the conversation starts.",
            "Not now",
        ),
    };
    view! {
        <form class="stack" on:submit=on_submit>
            <p>{why}</p>
            {follow(move || {
                call.proof_seconds_left()
                    .map(|left| {
                        view! { <p class="quiet small" role="timer" aria-label="Time to give it">{Icon::Clock.svg()} " It waits another " {span_in_words(left)} "."</p> }
                    })
            })}
            <label class="labelled">
                <span>"Password"</span>
                <input
                    class="input"
                    type="password"
                    autocomplete="current-password"
                    required
                    autofocus
                    node_ref=field
                    aria-invalid=move || problem.get().is_some().to_string()
                    prop:value=move || password.get()
                    on:input=move |event| password.set(event_target_value(&event))
                />
            </label>
            <ActionProblem error=problem />
            <div class="row row-end">
                <button type="button" class="button" on:click=press(leave)>{leave_words}</button>
                <button type="submit" class="button button-main" disabled=move || proving.is_running()>
                    {move || if proving.is_running() { "Checking…" } else { "Go on" }}
                </button>
            </div>
        </form>
    }
}

/// In the dock: why nothing is heard, and the way back to the dialog.
#[component]
pub(super) fn PasswordWanted(proof: Proof) -> impl IntoView {
    follow(move || {
        proof.for_call.get().then(|| {
            view! {
                <div class="dock-alert">
                    {Icon::Pause.svg()}
                    <p>"The conversation waits for your password. Nothing is sent or heard."</p>
                    <button type="button" class="button button-main" on:click=press(move || proof.open.set(true))>"Give password"</button>
                </div>
            }
        })
    })
}
