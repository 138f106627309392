//! The running sessions, one row each, and those who have several.

use super::{board::Board, stopping::Ask, words};
use crate::{
    api::sessions::RunningView,
    boxed::{follow, memo, press, view},
    components::{Icon, span_in_words, time_left_in_words},
};
use leptos::prelude::*;

#[component]
pub(super) fn Rows(board: Board) -> impl IntoView {
    view! {
        <Several board />
        <div class="table-frame">
            <table class="table running-table">
                <thead>
                    <tr>
                        <th scope="col">"Who"</th>
                        <th scope="col">"Intake"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Running for"</th>
                        <th scope="col">"Time left"</th>
                        <th scope="col">"Connection"</th>
                        <th scope="col"><span class="unseen">"Stop"</span></th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || board.seen.with(|seen| seen.running.clone()) key=|running| running.session.clone() let:running>
                        <Row board running />
                    </For>
                </tbody>
            </table>
        </div>
    }
}

/// A session's row. Who talks, and on what, does not change; the rest follows.
#[component]
fn Row(board: Board, running: RunningView) -> impl IntoView {
    let started_at = running.started_at;
    let last = running.clone();
    let row = memo(move || {
        let now = board.seen.with(|seen| {
            let mut rows = seen.running.iter();
            rows.find(|row| row.session == last.session).cloned()
        });
        // One on its way out stays as it was.
        now.unwrap_or_else(|| last.clone())
    });
    let now = move || board.seen.read().now;
    let (mode, why) = words::mode_in_words(running.mode);
    let name = format!("Stop {}, {}", running.user_name, running.workflow_name);
    let stop = move || {
        let row = row.read_untracked();
        board.ask(Ask::One {
            session: row.session.clone(),
            who: row.user_name.clone(),
            workflow: row.workflow_name.clone(),
        });
    };
    view! {
        <tr>
            <th scope="row" class="running-who">{running.user_name}</th>
            <td class="running-intake"><a href=format!("/intakes/{}", running.intake)>{running.workflow_name}</a></td>
            <td class="running-state">
                {move || {
                    let (class, icon, word) = row.with(|row| words::state_in_words(&row.state, row.paused));
                    view! { <span class=class>{icon.svg()} {word}</span> }
                }}
            </td>
            <td class="running-time"><span class="cell-label">"Running for "</span>{move || span_in_words(now().since(started_at).as_secs())}</td>
            <td class="running-time">{move || time_left_in_words(row.read().deadline_at.since(now()).as_secs())}</td>
            <td class="running-link">
                <span title=why>{mode}</span>
                {running.other_client.then(|| view! { <span class="badge badge-outline">{Icon::Link.svg()} "Another client"</span> })}
            </td>
            <td class="running-stop needs-scripts">
                <button type="button" class="button button-small button-end" aria-label=name disabled=move || !board.ready.get() on:click=press(stop)>
                    {Icon::Stop.svg()} "Stop"
                </button>
            </td>
        </tr>
    }
}

/// Whoever has more than one can be stopped in one go.
#[component]
fn Several(board: Board) -> impl IntoView {
    let several = memo(move || board.seen.with(|seen| words::with_several(&seen.running)));
    follow(move || {
        several
            .get()
            .into_iter()
            .map(|(user, who, count)| {
                let named = who.clone();
                let stop = move || {
                    board.ask(Ask::Person {
                        user: user.clone(),
                        who: named.clone(),
                    });
                };
                view! {
                    <p class="running-several">
                        <span>{who.clone()} " has " {count} " conversations."</span>
                        <button type="button" class="button button-small button-end needs-scripts" disabled=move || !board.ready.get() on:click=press(stop)>
                            {Icon::Stop.svg()} "Stop all of " {who}
                        </button>
                    </p>
                }
            })
            .collect_view()
    })
}
