//! What runs now and what went wrong lately, for those who supervise. The page looks again by itself.

mod board;
mod enforcement;
mod incidents;
mod rows;
mod stopping;
mod words;

use super::apart::apart;
use crate::{
    api::{reading, sessions::SupervisionView},
    boxed::{follow, memo, press, view, wait},
    components::{Icon, Notice, Problem, Skeleton, Tone},
};
use board::Board;
use enforcement::Enforcement;
use incidents::Incidents;
use leptos::prelude::*;
use leptos_meta::Title;
use rows::Rows;
use stopping::{Ask, Stopping};

apart!(RunningPage as RunningRoute in running_page);

#[component]
fn RunningPage() -> impl IntoView {
    let seen = reading::supervision();
    view! {
        <Title text="Running" />
        <Suspense fallback=|| view! { <Skeleton lines=6 /> }>
            {wait(move || async move {
                match seen.known().await {
                    Ok(seen) => view! { <Supervised seen /> },
                    Err(error) => view! { <Problem error /> },
                }
            })}
        </Suspense>
    }
}

/// The page as long as one may see it: a role can be taken away meanwhile.
#[component]
fn Supervised(seen: SupervisionView) -> impl IntoView {
    let board = Board::new(seen);
    board.keep_looking();
    follow(move || match board.refused.get() {
        Some(error) => view! { <Problem error /> },
        None => view! { <Screen board /> },
    })
}

#[component]
fn Screen(board: Board) -> impl IntoView {
    let count = memo(move || board.seen.with(|seen| seen.running.len()));
    let any = memo(move || count.get() > 0);
    let stopped = memo(move || board.seen.with(|seen| seen.stopped));
    view! {
        <div class="stack-wide running" node_ref=board.place>
            <div class="stack">
                <header class="running-head">
                    <div>
                        <h1 tabindex="-1" node_ref=board.heading>"Running"</h1>
                        <p class="quiet">{move || words::how_many_run(count.get())}</p>
                    </div>
                    {move || {
                        any.get()
                            .then(|| {
                                view! {
                                    <button
                                        type="button"
                                        class="button button-end needs-scripts"
                                        disabled=move || !board.ready.get()
                                        on:click=press(move || board.ask(Ask::All))
                                    >
                                        {Icon::Stop.svg()} "Stop all"
                                    </button>
                                }
                            })
                    }}
                </header>
                {move || stopped.get().then(starts_stopped)}
                <OutOfDate board />
                <Done board />
                {move || if any.get() { view! { <Rows board /> } } else { nobody() }}
            </div>
            <Incidents board />
            <Enforcement board />
        </div>
        <Stopping board />
    }
}

fn starts_stopped() -> AnyView {
    view! {
        <Notice tone=Tone::Caution title="The operator has stopped all starts">
            <p>"No conversation can begin until the operator allows it again. Those that run go on, and every intake can be filled by hand."</p>
        </Notice>
    }
}

fn nobody() -> AnyView {
    view! {
        <div class="empty">
            <h2>"Nobody is talking now"</h2>
            <p>"A conversation appears here by itself as soon as somebody starts one. You can then follow its intake, or stop it."</p>
        </div>
    }
}

/// Says that what is shown may no longer be so.
#[component]
fn OutOfDate(board: Board) -> impl IntoView {
    view! {
        <div role="status">
            {move || {
                board
                    .trouble
                    .get()
                    .map(|trouble| {
                        view! {
                            <Notice tone=Tone::Bad title=trouble>
                                <p>"What is shown may be out of date. This page keeps trying."</p>
                            </Notice>
                        }
                    })
            }}
        </div>
    }
}

/// What came of the last stop.
#[component]
fn Done(board: Board) -> impl IntoView {
    view! {
        <div role="status">
            {move || {
                board
                    .done
                    .get()
                    .map(|done| view! { <Notice tone=Tone::Good><p>{done}</p></Notice> })
            }}
        </div>
    }
}
