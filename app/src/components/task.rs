//! Something that a person started and that takes a while.

use leptos::{prelude::*, task::spawn_local};
use std::pin::Pin;

/// Whether it runs, and how it went. One at a time: starting it again while it runs does nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task {
    running: RwSignal<bool>,
    done: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
}

impl Task {
    /// One that was not started.
    pub(crate) fn new() -> Self {
        Self {
            running: RwSignal::new(false),
            done: RwSignal::new(false),
            problem: RwSignal::new(None),
        }
    }

    /// Starts it. An error is the sentence to show.
    pub(crate) fn run(self, work: impl Future<Output = Result<(), String>> + 'static) {
        self.start(Box::pin(work));
    }

    fn start(self, work: Pin<Box<dyn Future<Output = Result<(), String>>>>) {
        if self.running.get_untracked() {
            return;
        }
        self.running.set(true);
        spawn_local(async move {
            let answer = work.await;
            // What started it may be gone from the page by now.
            let _ = self.running.try_set(false);
            let _ = self.done.try_set(answer.is_ok());
            let _ = self.problem.try_set(answer.err());
        });
    }

    /// Forgets how it went, before it is shown anew.
    pub(crate) fn forget(self) {
        self.done.set(false);
        self.problem.set(None);
    }

    /// Whether it runs.
    pub(crate) fn is_running(self) -> bool {
        self.running.get()
    }

    /// Whether it was done, the last time.
    pub(crate) fn is_done(self) -> bool {
        self.done.get()
    }

    /// Why it was not done, the last time.
    pub(crate) fn problem(self) -> Option<String> {
        self.problem.get()
    }
}
