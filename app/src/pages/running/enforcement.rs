//! What the connection to the provider cannot promise, for admins: per mode that workflows use.

use super::{board::Board, words::mode_in_words};
use crate::{
    boxed::{follow, memo, view},
    components::Moment,
};
use leptos::prelude::*;

#[component]
pub(super) fn Enforcement(board: Board) -> impl IntoView {
    let known = memo(move || board.seen.with(|seen| seen.enforcement.clone()));
    follow(move || {
        let Some(known) = known.get() else {
            return ().into_any();
        };
        let checked = match known.checked_at {
            Some(at) => view! { "The provider was checked: " <Moment at=at /> "." },
            None => {
                view! {
                    "The provider was not checked yet. The operator finds out what it enforces with "
                    <code>"vestibule provider check"</code>
                    "."
                }
            }
        };
        let modes = known.modes.into_iter().map(|known| {
            let (word, meaning) = mode_in_words(known.mode);
            let risks = known
                .risks
                .into_iter()
                .map(|risk| view! { <li>{risk}</li> })
                .collect_view();
            view! {
                <h3>{word}</h3>
                <p class="quiet small">{meaning} "."</p>
                <ul class="risks">{risks}</ul>
            }
        });
        view! {
            <section class="stack" aria-labelledby="enforcement-title">
                <header class="section-head">
                    <h2 id="enforcement-title">"What the connection cannot promise"</h2>
                </header>
                <p class="quiet">{checked}</p>
                {modes.collect_view()}
            </section>
        }
    })
}
