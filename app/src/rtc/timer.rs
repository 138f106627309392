//! A timer that is cleared when it is dropped, and counted while it exists.

use super::ledger::{self, Held};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, closure::Closure};

enum Kind {
    Once,
    Repeating,
}

/// A running timer.
pub(crate) struct Timer {
    id: i32,
    kind: Kind,
    _callback: Closure<dyn FnMut()>,
}

impl Timer {
    /// Calls back every so many milliseconds.
    pub(crate) fn every(millis: i32, callback: impl FnMut() + 'static) -> Option<Self> {
        let callback = Closure::<dyn FnMut()>::new(callback);
        let id = window()
            .set_interval_with_callback_and_timeout_and_arguments_0(
                callback.as_ref().unchecked_ref(),
                millis,
            )
            .ok()?;
        ledger::opened(Held::Timer);
        Some(Self {
            id,
            kind: Kind::Repeating,
            _callback: callback,
        })
    }

    /// Calls back once after so many milliseconds. It counts until it is dropped.
    pub(crate) fn once(millis: i32, callback: impl FnMut() + 'static) -> Option<Self> {
        let callback = Closure::<dyn FnMut()>::new(callback);
        let id = window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(
                callback.as_ref().unchecked_ref(),
                millis,
            )
            .ok()?;
        ledger::opened(Held::Timer);
        Some(Self {
            id,
            kind: Kind::Once,
            _callback: callback,
        })
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        match self.kind {
            Kind::Once => window().clear_timeout_with_handle(self.id),
            Kind::Repeating => window().clear_interval_with_handle(self.id),
        }
        ledger::closed(Held::Timer);
    }
}
