//! What screen readers are told of changes elsewhere on the page: call state at once, everything
//! else politely and in batches.

use crate::boxed::view;
use leptos::prelude::*;
use std::time::Duration;

/// Changes that come within this span are told together.
const BATCH: Duration = Duration::from_millis(1500);

/// Says things to screen readers. One for the whole page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Announcer {
    urgent: RwSignal<String>,
    polite: RwSignal<String>,
    waiting: StoredValue<Vec<String>>,
}

impl Announcer {
    pub(crate) fn new() -> Self {
        Self {
            urgent: RwSignal::new(String::new()),
            polite: RwSignal::new(String::new()),
            waiting: StoredValue::new(Vec::new()),
        }
    }

    /// Interrupts: the state of the call.
    pub(crate) fn urgently(self, text: &str) {
        if self.urgent.with_untracked(|now| now != text) {
            self.urgent.set(text.to_owned());
        }
    }

    /// Waits for its turn: a field changed.
    pub(crate) fn politely(self, text: String) {
        let first = self.waiting.with_value(Vec::is_empty);
        self.waiting.update_value(|waiting| waiting.push(text));
        if first {
            set_timeout(
                move || {
                    let Some(all) = self.waiting.try_update_value(std::mem::take) else {
                        return;
                    };
                    let hidden = all.len().saturating_sub(3);
                    let mut text = all.into_iter().take(3).collect::<Vec<_>>().join(". ");
                    if hidden > 0 {
                        text.push_str(&format!(". {hidden} more changes"));
                    }
                    self.polite.set(text);
                },
                BATCH,
            );
        }
    }
}

/// The two regions that screen readers listen to.
#[component]
pub(crate) fn Announcements() -> impl IntoView {
    let announcer = expect_context::<Announcer>();
    view! {
        <p class="unseen" aria-live="assertive" role="alert" id="call-state-spoken">{move || announcer.urgent.get()}</p>
        <p class="unseen" aria-live="polite" role="status" id="changes-spoken">{move || announcer.polite.get()}</p>
    }
}
