//! What the page knows, and how it keeps knowing it: it asks the server again every two seconds while
//! it is shown.

use super::stopping::Ask;
use crate::{
    api::{
        ApiError,
        sessions::{SupervisionView, supervise},
    },
    boxed::effect,
    components::{Person, sentence},
    rtc::Timer,
};
use leptos::{ev, html, prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;
use std::time::Duration;
use web_sys::VisibilityState;

const AGAIN_MILLIS: i32 = 2_000;

/// Questions are numbered: an answer from before a stop would show what was stopped once more.
#[derive(Debug, Clone, Copy, Default)]
struct Turn {
    number: u32,
    waiting: bool,
}

/// What the page knows.
#[derive(Clone, Copy)]
pub(super) struct Board {
    pub(super) seen: RwSignal<SupervisionView>,
    /// Why the page could not look again, if it could not.
    pub(super) trouble: RwSignal<Option<String>>,
    /// Why one may no longer look.
    pub(super) refused: RwSignal<Option<ApiError>>,
    /// What came of the last stop.
    pub(super) done: RwSignal<Option<String>>,
    /// What somebody asked to stop, until they are sure.
    pub(super) asked: RwSignal<Option<Ask>>,
    pub(super) asking: RwSignal<bool>,
    /// Whether the page answers to clicks.
    pub(super) ready: RwSignal<bool>,
    pub(super) place: NodeRef<html::Div>,
    pub(super) heading: NodeRef<html::H1>,
    turn: StoredValue<Turn>,
    person: Person,
}

impl Board {
    pub(super) fn new(seen: SupervisionView) -> Self {
        Self {
            seen: RwSignal::new(seen),
            trouble: RwSignal::default(),
            refused: RwSignal::default(),
            done: RwSignal::default(),
            asked: RwSignal::default(),
            asking: RwSignal::default(),
            ready: RwSignal::default(),
            place: NodeRef::new(),
            heading: NodeRef::new(),
            turn: StoredValue::default(),
            person: expect_context(),
        }
    }

    /// Asks whether to stop.
    pub(super) fn ask(self, what: Ask) {
        self.asked.set(Some(what));
        self.asking.set(true);
    }

    /// Looks again every two seconds while the page is shown, and at once when it is shown again.
    pub(super) fn keep_looking(self) {
        effect(move || {
            self.ready.set(true);
            let timer = Timer::every(AGAIN_MILLIS, move || self.look_if_shown());
            let shown = window_event_listener(ev::visibilitychange, move |_| self.look_if_shown());
            let held = SendWrapper::new((timer, shown));
            on_cleanup(move || {
                let (timer, shown) = held.take();
                drop(timer);
                shown.remove();
            });
        });
    }

    fn look_if_shown(self) {
        let shown = document().visibility_state() == VisibilityState::Visible;
        let waiting = self.turn.try_with_value(|turn| turn.waiting);
        if shown && waiting == Some(false) {
            self.look();
        }
    }

    /// Looks again now.
    pub(super) fn look(self) {
        let asked = self.turn.try_update_value(|turn| {
            turn.number = turn.number.wrapping_add(1);
            turn.waiting = true;
            turn.number
        });
        let Some(asked) = asked else { return };
        spawn_local(async move {
            let answer = supervise().await;
            let newest = self.turn.try_update_value(|turn| {
                let newest = turn.number == asked;
                turn.waiting &= !newest;
                newest
            });
            // The page may be gone by now.
            if newest == Some(true) {
                self.take(answer);
            }
        });
    }

    fn take(self, answer: Result<SupervisionView, ApiError>) {
        match answer {
            Ok(seen) => {
                self.trouble.set(None);
                self.keep_the_focus();
                self.seen.set(seen);
            }
            Err(ApiError::SignedOut) => self.person.refresh(),
            Err(error @ (ApiError::Refused { .. } | ApiError::NotFound)) => {
                self.refused.set(Some(error));
            }
            Err(ApiError::Unreachable) => {
                let words = "The server cannot be reached.";
                self.trouble.set(Some(words.to_owned()));
            }
            Err(error) => self.trouble.set(Some(sentence(&error.to_string()))),
        }
    }

    /// What has the focus may be gone after the next change; then the heading takes it, so that the
    /// next key does not begin at the top of the document.
    fn keep_the_focus(self) {
        let focused = document().active_element();
        let within = self
            .place
            .get_untracked()
            .is_some_and(|place| place.contains(focused.as_deref()));
        if within {
            set_timeout(
                move || {
                    let lost = document()
                        .active_element()
                        .is_none_or(|focused| focused.tag_name() == "BODY");
                    if let (true, Some(Some(heading))) = (lost, self.heading.try_get_untracked()) {
                        let _ = heading.focus();
                    }
                },
                Duration::ZERO,
            );
        }
    }
}
