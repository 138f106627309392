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
    boxed::{press, view},
    components::{ActionProblem, Dialog, Icon, Task},
};
use leptos::{ev, prelude::*};

/// Finish, escalate and abandon, as items of a menu or as buttons.
#[component]
pub(super) fn CloseActions(
    state: IntakeState,
    escalating: RwSignal<bool>,
    in_menu: bool,
) -> impl IntoView {
    let (finishing, abandoning) = (Task::new(), Task::new());
    let finish =
        move || finishing.run(async move { done(state, finish_intake(request(state)).await) });
    let abandon =
        move || abandoning.run(async move { done(state, abandon_intake(request(state)).await) });
    let ready = move || state.readiness.with(domain::intake::Readiness::is_ready);
    let problem = Signal::derive(move || finishing.problem().or_else(|| abandoning.problem()));
    let on_finish = move |_| {
        // What is missing is shown where it can be answered, rather than refused.
        if ready() {
            finish();
        } else {
            state.reviewing.set(true);
        }
    };
    let busy = Signal::derive(move || finishing.is_running() || abandoning.is_running());
    if in_menu {
        view! {
            <button type="button" class="menu-item" on:click=on_finish disabled=busy>
                {Icon::Check.svg()}
                <span>
                    <strong>"Finish"</strong>
                    <small>{move || if ready() { "Everything needed is there." } else { "Answers are missing; look at them first." }}</small>
                </span>
            </button>
            <button type="button" class="menu-item" on:click=press(move || escalating.set(true))>
                {Icon::Flag.svg()}
                <span><strong>"Escalate…"</strong> <small>"A person takes over; say why."</small></span>
            </button>
            <button type="button" class="menu-item" on:click=press(abandon) disabled=busy>
                {Icon::Dash.svg()}
                <span><strong>"Abandon"</strong> <small>"Close it without a result. It can be opened again."</small></span>
            </button>
        }
    } else {
        view! {
            <div class="stack">
                <ActionProblem error=problem />
                <div class="row">
                    <button
                        type="button"
                        class="button button-main"
                        on:click=press(finish)
                        disabled=move || !ready() || busy.get()
                        aria-describedby="finish-why"
                    >
                        {Icon::Check.svg()} {move || if finishing.is_running() { "Finishing…" } else { "Finish" }}
                    </button>
                    <button type="button" class="button" on:click=press(move || escalating.set(true))>{Icon::Flag.svg()} "Escalate…"</button>
                    <button type="button" class="button button-plain" on:click=press(abandon) disabled=busy>
                        {move || if abandoning.is_running() { "Closing…" } else { "Abandon" }}
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
    }
}

/// Opens an abandoned intake again.
#[component]
pub(super) fn Reopen(state: IntakeState) -> impl IntoView {
    let reopening = Task::new();
    let problem = Signal::derive(move || reopening.problem());
    let reopen =
        move |_| reopening.run(async move { done(state, reopen_intake(request(state)).await) });
    view! {
        <ActionProblem error=problem />
        <button type="button" class="button button-main" on:click=reopen disabled=move || reopening.is_running()>
            {Icon::Refresh.svg()} {move || if reopening.is_running() { "Opening…" } else { "Open again" }}
        </button>
    }
}

/// The dialog that asks why a person has to take over.
#[component]
pub(super) fn Closing(state: IntakeState, open: RwSignal<bool>) -> impl IntoView {
    let reason = RwSignal::new(String::new());
    let escalating = Task::new();
    let escalate = move || {
        let request = EscalateIntakeRequest {
            intake: state.id(),
            reason: reason.get_untracked().trim().to_owned(),
        };
        escalating.run(async move {
            done(state, escalate_intake(request).await)?;
            open.set(false);
            Ok(())
        });
    };
    let problem = Signal::derive(move || escalating.problem());
    let empty = move || reason.read().trim().is_empty();
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if !empty() {
            escalate();
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
                    <button type="button" class="button" on:click=press(move || open.set(false))>"Cancel"</button>
                    <button type="submit" class="button button-main" disabled=move || empty() || escalating.is_running()>
                        {Icon::Flag.svg()} {move || if escalating.is_running() { "Escalating…" } else { "Escalate" }}
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
fn done(state: IntakeState, answer: Result<(), ApiError>) -> Result<(), String> {
    answer.map_err(|error| error.to_string())?;
    state.reviewing.set(false);
    state.refresh();
    Ok(())
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
