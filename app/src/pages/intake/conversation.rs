//! The conversation: captions by speaker in speech order, and what the assistant did between them.

use super::{
    state::IntakeState,
    transcript::{Line, LineKey, Progress, Turn},
};
use crate::boxed::{effect, follow, memo, view};
use crate::components::Icon;
use domain::{event::Speaker, intake::TurnOrigin};
use leptos::{html, prelude::*};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::ResizeObserver;

/// Closer to the end than this, in CSS pixels, the view follows what is said.
const NEAR_THE_END: i32 = 120;

type Place = NodeRef<html::Div>;

#[component]
pub(super) fn Conversation(state: IntakeState) -> impl IntoView {
    let (log, lines) = (Place::new(), Place::new());
    let on_scroll = stay_at_end(log, lines);
    let keys = memo(move || {
        state
            .transcript
            .with(|transcript| transcript.lines().iter().map(Line::key).collect::<Vec<_>>())
    });
    view! {
        <section class="panel conversation" aria-label="Conversation">
            <div class="log" role="log" aria-label="Captions" aria-relevant="additions" tabindex="0" node_ref=log on:scroll=move |_| on_scroll()>
                <div class="log-lines" node_ref=lines>
                    {move || {
                        keys.with(Vec::is_empty)
                            .then(|| view! { <p class="log-empty">"The words appear here as they are said."</p> })
                    }}
                    <For each=move || keys.get() key=Clone::clone let:key>
                        <Shown state key />
                    </For>
                </div>
            </div>
            <Speaking state />
        </section>
    }
}

/// Keeps the view at the end as lines come and as its own size changes, unless somebody scrolled up
/// to read. What it returns is to be called at every scroll.
fn stay_at_end(log: Place, lines: Place) -> impl Fn() + Copy + 'static {
    // Whether it is at the end, and how far down it was at the last scroll.
    let last = StoredValue::new((true, 0));
    effect(move || {
        let (Some(log), Some(lines)) = (log.get(), lines.get()) else {
            return;
        };
        let view = log.clone();
        let stay = Closure::<dyn FnMut()>::new(move || {
            if last.get_value().0 {
                view.set_scroll_top(view.scroll_height());
            }
        });
        let Ok(observer) = ResizeObserver::new(stay.as_ref().unchecked_ref()) else {
            return;
        };
        observer.observe(&log);
        observer.observe(&lines);
        let held = SendWrapper::new((observer, stay));
        on_cleanup(move || held.take().0.disconnect());
    });
    move || {
        if let Some(log) = log.get_untracked() {
            let top = log.scroll_top();
            let near = log.scroll_height() - top - log.client_height() < NEAR_THE_END;
            // Lines that came meanwhile can put the end far away: only going up leaves it.
            last.update_value(|(at_end, before)| {
                *at_end = near || (*at_end && top >= *before);
                *before = top;
            });
        }
    }
}

#[component]
fn Shown(state: IntakeState, key: LineKey) -> impl IntoView {
    let line = memo(move || {
        state
            .transcript
            .with(|transcript| transcript.line(&key).cloned())
    });
    follow(move || match line.get() {
        Some(Line::Turn(turn)) => view! { <Said turn /> },
        Some(Line::Deed(_, deed)) => {
            let label = deed.field.as_ref().map(|field| state.label(field));
            let (icon, class) = match deed.progress {
                Progress::Running => (Icon::Pencil, "deed deed-running"),
                Progress::Done => (Icon::Check, "deed"),
                Progress::Kept => (Icon::Swap, "deed deed-refused"),
                Progress::Refused => (Icon::Alert, "deed deed-refused"),
            };
            view! { <p class=class>{icon.svg()} <span>{deed_in_words(&deed.tool, label, deed.progress)}</span></p> }
        }
        Some(Line::Gap(_)) => {
            view! { <p class="divider"><span>"Earlier captions are not kept"</span></p> }
        }
        Some(Line::Resumed(_)) => {
            view! { <p class="divider"><span>"The conversation goes on"</span></p> }
        }
        None => ().into_any(),
    })
}

#[component]
fn Said(turn: Turn) -> impl IntoView {
    let (class, who) = match turn.speaker {
        Speaker::Person => ("said said-person", "Caller"),
        Speaker::Assistant => ("said said-assistant", "Assistant"),
    };
    let typed = turn.origin == TurnOrigin::Typed;
    let wordless = turn.text.is_empty();
    if wordless && turn.speaker == Speaker::Assistant && (turn.done || turn.interrupted) {
        return ().into_any();
    }
    view! {
        <article class=class class:said-now=!turn.done && !wordless aria-busy=(!turn.done && !wordless).to_string()>
            <p class="said-who">{who} {typed.then_some(" (typed)")}</p>
            {if wordless {
                view! { <p class="said-text quiet">{without_words(turn.speaker, turn.done)}</p> }
            } else {
                view! { <p class="said-text">{turn.text}</p> }
            }}
            {turn.interrupted.then(|| view! { <p class="said-mark">{Icon::Dash.svg()} "Interrupted"</p> })}
        </article>
    }
}

/// A turn of which no words are known.
const fn without_words(speaker: Speaker, done: bool) -> &'static str {
    match (speaker, done) {
        (Speaker::Person, true) => "The words were not understood.",
        (Speaker::Person, false) => "Spoke; no words yet.",
        (Speaker::Assistant, _) => "…",
    }
}

/// Who speaks now, before there are words.
#[component]
fn Speaking(state: IntakeState) -> impl IntoView {
    follow(move || {
        let words = match (state.person_speaks.get(), state.assistant_speaks.get()) {
            (true, _) => "The caller is speaking",
            (false, true) => "The assistant is speaking",
            (false, false) => return None,
        };
        Some(
            view! { <p class="speaking" aria-hidden="true"><i></i><i></i><i></i> <span>{words}</span></p> },
        )
    })
}

/// A tool call in a person's words.
fn deed_in_words(tool: &str, field: Option<String>, progress: Progress) -> String {
    let what = field.unwrap_or_else(|| "an answer".to_owned());
    match (tool, progress) {
        ("set_field", Progress::Running) => format!("Writing down {what}…"),
        ("set_field", Progress::Done) => format!("Wrote down {what}"),
        ("set_field", Progress::Kept) => {
            format!("{what} stays as entered by hand; something else was heard")
        }
        ("set_field", Progress::Refused) => format!("{what} did not fit; the assistant asks again"),
        ("finish_intake", Progress::Running) => "Finishing the intake…".to_owned(),
        ("finish_intake", Progress::Done) => "Finished the intake".to_owned(),
        ("finish_intake", Progress::Kept | Progress::Refused) => {
            "Not finished: answers are missing or unconfirmed".to_owned()
        }
        ("escalate", Progress::Running) => "Handing over to a person…".to_owned(),
        ("escalate", Progress::Done) => "Handed over to a person".to_owned(),
        ("end_call", Progress::Running | Progress::Done) => "Ending the call".to_owned(),
        (_, Progress::Running) => "Working…".to_owned(),
        (_, Progress::Done) => "Done".to_owned(),
        (_, Progress::Kept | Progress::Refused) => {
            "The assistant tried something that is not allowed".to_owned()
        }
    }
}
