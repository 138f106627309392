//! Closing an intake: finish, escalate with a reason, give up, and open again.

use super::state::IntakeState;
use crate::{
    api::{
        ApiError,
        intakes::{
            EscalateIntakeRequest, IntakeRequest, IntakeStatus, abandon_intake, escalate_intake,
            finish_intake, reopen_intake,
        },
    },
    components::{ActionProblem, Dialog, Icon},
};
use leptos::{ev, prelude::*};

/// Finish, escalate and abandon, as items of a menu or as buttons.
#[component]
pub(super) fn CloseActions(
    state: IntakeState,
    escalating: RwSignal<bool>,
    in_menu: bool,
) -> impl IntoView {
    let finish = Action::new_local(move |(): &()| async move {
        done(state, finish_intake(request(state)).await)
    });
    let abandon = Action::new_local(move |(): &()| async move {
        done(state, abandon_intake(request(state)).await)
    });
    let ready = move || state.readiness.with(domain::intake::Readiness::is_ready);
    let problem = Signal::derive(move || {
        finish
            .value()
            .get()
            .flatten()
            .or_else(|| abandon.value().get().flatten())
    });
    let on_finish = move |_| {
        // What is missing is shown where it can be answered, rather than refused.
        if ready() {
            finish.dispatch(());
        } else {
            state.reviewing.set(true);
        }
    };
    let busy = move || finish.pending().get() || abandon.pending().get();
    if in_menu {
        view! {
            <button type="button" class="menu-item" on:click=on_finish disabled=busy>
                {Icon::Check.svg()}
                <span>
                    <strong>"Finish"</strong>
                    <small>{move || if ready() { "Everything needed is there." } else { "Answers are missing; look at them first." }}</small>
                </span>
            </button>
            <button type="button" class="menu-item" on:click=move |_| escalating.set(true)>
                {Icon::Flag.svg()}
                <span><strong>"Escalate…"</strong> <small>"A person takes over; say why."</small></span>
            </button>
            <button type="button" class="menu-item" on:click=move |_| drop(abandon.dispatch(())) disabled=busy>
                {Icon::Dash.svg()}
                <span><strong>"Abandon"</strong> <small>"Close it without a result. It can be opened again."</small></span>
            </button>
        }
        .into_any()
    } else {
        view! {
            <div class="stack">
                <ActionProblem error=problem />
                <div class="row">
                    <button
                        type="button"
                        class="button button-main"
                        on:click=move |_| drop(finish.dispatch(()))
                        disabled=move || !ready() || busy()
                        aria-describedby="finish-why"
                    >
                        {Icon::Check.svg()} {move || if finish.pending().get() { "Finishing…" } else { "Finish" }}
                    </button>
                    <button type="button" class="button" on:click=move |_| escalating.set(true)>{Icon::Flag.svg()} "Escalate…"</button>
                    <button type="button" class="button button-plain" on:click=move |_| drop(abandon.dispatch(())) disabled=busy>
                        {move || if abandon.pending().get() { "Closing…" } else { "Abandon" }}
                    </button>
                </div>
                <p class="quiet small" id="finish-why">
                    {move || {
                        if ready() {
                            "Everything needed is there."
                        } else {
                            "Finish becomes possible when every required answer is there and confirmed, or marked as not needed."
                        }
                    }}
                </p>
            </div>
        }
        .into_any()
    }
}

/// Opens an abandoned intake again.
#[component]
pub(super) fn Reopen(state: IntakeState) -> impl IntoView {
    let reopen = Action::new_local(move |(): &()| async move {
        done(state, reopen_intake(request(state)).await)
    });
    let problem = Signal::derive(move || reopen.value().get().flatten());
    view! {
        <ActionProblem error=problem />
        <button type="button" class="button button-main" on:click=move |_| drop(reopen.dispatch(())) disabled=move || reopen.pending().get()>
            {Icon::Refresh.svg()} {move || if reopen.pending().get() { "Opening…" } else { "Open again" }}
        </button>
    }
}

/// The dialog that asks why a person has to take over.
#[component]
pub(super) fn Closing(state: IntakeState, open: RwSignal<bool>) -> impl IntoView {
    let reason = RwSignal::new(String::new());
    let escalate = Action::new_local(move |(): &()| async move {
        let request = EscalateIntakeRequest {
            intake: state.id(),
            reason: reason.get_untracked().trim().to_owned(),
        };
        let refused = done(state, escalate_intake(request).await);
        if refused.is_none() {
            open.set(false);
        }
        refused
    });
    let problem = Signal::derive(move || escalate.value().get().flatten());
    let empty = move || reason.with(|reason| reason.trim().is_empty());
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if !empty() {
            escalate.dispatch(());
        }
    };
    view! {
        <Dialog open title="Escalate this intake">
            <form class="stack" on:submit=on_submit>
                <p class="quiet">"It is closed as it is and shown under “Needs attention” to everyone who can take it over. A running call ends."</p>
                <label class="labelled">
                    <span>"Why does a person have to take over?"</span>
                    <textarea
                        class="input"
                        rows="3"
                        maxlength="500"
                        required
                        autofocus
                        prop:value=move || reason.get()
                        on:input=move |event| reason.set(event_target_value(&event))
                    ></textarea>
                </label>
                <ActionProblem error=problem />
                <div class="row row-end">
                    <button type="button" class="button" on:click=move |_| open.set(false)>"Cancel"</button>
                    <button type="submit" class="button button-main" disabled=move || empty() || escalate.pending().get()>
                        {Icon::Flag.svg()} {move || if escalate.pending().get() { "Escalating…" } else { "Escalate" }}
                    </button>
                </div>
            </form>
        </Dialog>
    }
}

fn request(state: IntakeState) -> IntakeRequest {
    IntakeRequest { intake: state.id() }
}

/// Reads anew what changed, and gives the refusal in words.
fn done(state: IntakeState, answer: Result<(), ApiError>) -> Option<String> {
    match answer {
        Ok(()) => {
            state.reviewing.set(false);
            state.refresh();
            None
        }
        Err(error) => Some(error.to_string()),
    }
}

/// What became of an intake, as a heading and a sentence.
pub(super) const fn outcome_in_words(status: IntakeStatus) -> (&'static str, &'static str) {
    match status {
        IntakeStatus::Open => ("Review", "What was captured so far."),
        IntakeStatus::Complete => ("Complete", "Everything needed was captured."),
        IntakeStatus::Escalated => ("Needs attention", "A person has to take over."),
        IntakeStatus::Abandoned => (
            "Abandoned",
            "It was closed without a result. The answers are kept.",
        ),
    }
}
