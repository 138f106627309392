//! What happened on the intake, oldest first.

use super::state::IntakeState;
use crate::{
    api::{
        intakes::TimelineEntry,
        reading::{self, Reading},
    },
    boxed::{on_change, view, wait},
    components::{Moment, Skeleton},
};
use domain::IntakeId;
use leptos::prelude::*;

/// What the page reads for its timeline, and the way to have it read again.
#[derive(Clone, Copy)]
pub(super) struct Happenings {
    entries: Reading<Vec<TimelineEntry>>,
    changes: RwSignal<u32>,
}

impl Happenings {
    /// INVARIANT: called where the page begins, never below something that waits. What waits can be
    /// rendered several times on the server, and what is read within it then has another number in
    /// the browser than the one it was sent under.
    pub(super) fn of(intake: Memo<Option<IntakeId>>) -> Self {
        let changes = RwSignal::new(0);
        let entries = reading::timeline(move || intake.get(), move || changes.get());
        Self { entries, changes }
    }
}

#[component]
pub(super) fn Timeline(state: IntakeState, happenings: Happenings) -> impl IntoView {
    let Happenings { entries, changes } = happenings;
    // Read again when something of weight changed, not at every field.
    let weighty = move || {
        state.head.with(|head| {
            (
                head.status,
                head.sessions
                    .iter()
                    .map(|session| session.state.as_str())
                    .collect::<Vec<_>>(),
            )
        })
    };
    on_change(weighty, move || changes.update(|changes| *changes += 1));
    view! {
        <section class="timeline" aria-labelledby="timeline-title">
            <h2 id="timeline-title">"Timeline"</h2>
            <Transition fallback=|| view! { <Skeleton lines=3 /> }>
                {wait(move || async move {
                    match entries.known().await {
                        Ok(entries) if entries.is_empty() => view! { <p class="quiet">"Nothing has happened yet."</p> },
                        Ok(entries) => {
                            view! { <ol class="events">{entries.into_iter().map(|entry| view! { <Entry entry /> }).collect_view()}</ol> }
                        }
                        Err(error) => view! { <p class="quiet">{error.to_string()}</p> },
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Entry(entry: TimelineEntry) -> impl IntoView {
    view! {
        <li>
            <Moment at=entry.at />
            <span><strong>{entry.who}</strong> " " {entry.what}</span>
        </li>
    }
}
