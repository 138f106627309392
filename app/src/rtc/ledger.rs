//! Counts what a call holds open and writes it on `<html>`, so that a test (or a person with the
//! inspector) sees that nothing is left after it: `data-tracks`, `data-peers`, `data-timers`.

use leptos::prelude::document;
use std::cell::Cell;

/// Something that must be closed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    Track,
    Peer,
    Timer,
}

thread_local! {
    static COUNTS: Cell<[i32; 3]> = const { Cell::new([0; 3]) };
}

/// It was opened.
pub(super) fn opened(held: Held) {
    change(held, 1);
}

/// It was closed.
pub(super) fn closed(held: Held) {
    change(held, -1);
}

fn change(held: Held, by: i32) {
    let [mut tracks, mut peers, mut timers] = COUNTS.get();
    let (count, name) = match held {
        Held::Track => (&mut tracks, "data-tracks"),
        Held::Peer => (&mut peers, "data-peers"),
        Held::Timer => (&mut timers, "data-timers"),
    };
    *count += by;
    write(name, &count.to_string());
    COUNTS.set([tracks, peers, timers]);
}

/// Where the call stands, as one word in `data-call`.
pub(super) fn phase(word: &str) {
    write("data-call", word);
}

fn write(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute(name, value);
    }
}
