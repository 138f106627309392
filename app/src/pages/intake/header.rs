//! The head of the page: what this is, how long there is, how the connection is, and ways to end.

use super::{
    closing::CloseActions,
    phase_in_words,
    state::{IntakeState, Stream},
};
use crate::{
    boxed::{effect, follow, memo, press, view},
    components::{Announcer, DemoBadge, Icon, SHORT_SECONDS, StatusBadge, time_left_in_words},
    rtc::CallHandle,
};
use leptos::{html, prelude::*};

#[component]
pub(super) fn Header(
    state: IntakeState,
    call: CallHandle,
    here: Memo<bool>,
    escalating: RwSignal<bool>,
) -> impl IntoView {
    let head = state.head;
    let (name, version, demo) =
        head.with_untracked(|head| (head.workflow_name.clone(), head.version, head.demo));
    let status = memo(move || {
        head.with(|head| {
            (
                head.status,
                head.sessions
                    .iter()
                    .any(|session| session.state.is_running()),
            )
        })
    });
    view! {
        <header class="intake-head">
            <a class="button button-plain button-icon" href="/intakes" aria-label="All intakes" title="All intakes">{Icon::Back.svg()}</a>
            <div class="intake-name">
                <h1>{name}</h1>
                <p>
                    <span class="quiet">"Version " {version}</span>
                    {move || {
                        let (status, running) = status.get();
                        view! { <StatusBadge status running /> }
                    }}
                    {demo.then(|| view! { <DemoBadge /> })}
                </p>
            </div>
            <div class="intake-state">
                <Connection state call />
                <TimeLeft call />
            </div>
            <div class="intake-actions">
                {move || {
                    (state.is_open() && (state.may().edit || state.may().close))
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="button"
                                    aria-pressed=move || state.reviewing.get().to_string()
                                    on:click=press(move || state.reviewing.update(|reviewing| *reviewing = !*reviewing))
                                >
                                    {move || if state.reviewing.get() { "Close review" } else { "Review" }}
                                </button>
                            }
                        })
                }}
                {move || here.get().then(|| view! { <EndMenu state call escalating /> })}
            </div>
        </header>
    }
}

/// The call's state in words, told to screen readers once each.
#[component]
fn Connection(state: IntakeState, call: CallHandle) -> impl IntoView {
    let announcer = expect_context::<Announcer>();
    let shown = memo(move || {
        match (
            phase_in_words(call.phase(), state.controlled.get(), silence(call)),
            state.stream.get(),
        ) {
            (Some(_), Stream::Broken) => Some(("link-waiting", "Updates are delayed…")),
            (None, Stream::Broken) => Some(("link-waiting", "Reconnecting…")),
            (shown, _) => shown,
        }
    });
    effect(move || {
        if let Some((_, words)) = shown.get() {
            announcer.urgently(words);
        }
    });
    follow(move || {
        shown.get().map(|(class, words)| {
            view! { <span class=format!("link {class}") id="connection"><span class="link-dot"></span> {words}</span> }
        })
    })
}

/// Why neither side is heard, if so.
fn silence(call: CallHandle) -> Option<&'static str> {
    match (call.waits_for_proof(), call.is_paused()) {
        (true, _) => Some("Waiting for your password"),
        (false, true) => Some("Paused"),
        (false, false) => None,
    }
}

#[component]
fn TimeLeft(call: CallHandle) -> impl IntoView {
    let left = memo(move || call.seconds_left());
    follow(move || {
        left.get().map(|left| {
            view! {
                <span class="time-left" class:time-short=left <= SHORT_SECONDS role="timer" aria-label="Time left">
                    {Icon::Clock.svg()} {time_left_in_words(left)}
                </span>
            }
        })
    })
}

/// The ways to end while talking.
#[component]
fn EndMenu(state: IntakeState, call: CallHandle, escalating: RwSignal<bool>) -> impl IntoView {
    let menu = NodeRef::<html::Div>::new();
    let close = move || {
        if let Some(menu) = menu.get_untracked() {
            let _ = menu.hide_popover();
        }
    };
    let may_close = move || state.may().close;
    view! {
        <button type="button" class="button button-end" popovertarget="end-menu">"End" {Icon::Chevron.svg()}</button>
        <div class="menu" id="end-menu" popover="auto" node_ref=menu on:click=press(close)>
            <button type="button" class="menu-item" on:click=press(move || call.stop())>
                {Icon::Stop.svg()}
                <span><strong>"Stop talking"</strong> <small>"The intake stays open; resume or type the rest."</small></span>
            </button>
            {move || may_close().then(|| view! { <CloseActions state escalating in_menu=true /> })}
        </div>
    }
}
