//! What happened on the intake, oldest first.

use super::state::IntakeState;
use crate::{
    api::intakes::{IntakeRequest, TimelineEntry, intake_timeline},
    components::{Moment, Skeleton},
};
use leptos::prelude::*;

#[component]
pub(super) fn Timeline(state: IntakeState) -> impl IntoView {
    // Read again when something of weight changed, not at every field.
    let changed = Memo::new(move |_| {
        state.head.with(|head| {
            (
                head.status,
                head.sessions
                    .iter()
                    .map(|session| session.state.as_str())
                    .collect::<Vec<_>>(),
            )
        })
    });
    let timeline = Resource::new(
        move || changed.get(),
        move |_| intake_timeline(IntakeRequest { intake: state.id() }),
    );
    view! {
        <section class="timeline" aria-labelledby="timeline-title">
            <h2 id="timeline-title">"Timeline"</h2>
            <Transition fallback=|| view! { <Skeleton lines=3 /> }>
                {move || Suspend::new(async move {
                    match timeline.await {
                        Ok(entries) if entries.is_empty() => view! { <p class="quiet">"Nothing has happened yet."</p> }.into_any(),
                        Ok(entries) => {
                            view! { <ol class="events">{entries.into_iter().map(|entry| view! { <Entry entry /> }).collect_view()}</ol> }.into_any()
                        }
                        Err(error) => view! { <p class="quiet">{error.to_string()}</p> }.into_any(),
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
