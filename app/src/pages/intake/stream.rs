//! The page's end of the event stream: opens it, opens it again where it broke off, closes it.

use super::state::{IntakeState, Stream};
use crate::api::{
    ApiError,
    events::StreamFrame,
    intakes::{IntakeRequest, read_intake},
};
use crate::boxed::effect;
use leptos::{prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;
use std::{cell::RefCell, rc::Rc, time::Duration};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, EventSource, MessageEvent};

/// The browser comes back by itself after a network error, but not after an answer that is no stream.
const AGAIN: Duration = Duration::from_secs(2);

struct Open {
    source: EventSource,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.source.set_onopen(None);
        self.source.set_onmessage(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}

type Slot = Rc<RefCell<Option<Open>>>;

/// Follows the intake as long as its page is there.
pub(super) fn follow(state: IntakeState) {
    effect(move || {
        let slot: Slot = Rc::default();
        let cursor = state.head.read_untracked().cursor.clone();
        open(&slot, state, cursor);
        let slot = SendWrapper::new(slot);
        on_cleanup(move || drop(slot.borrow_mut().take()));
    });
}

fn open(slot: &Slot, state: IntakeState, cursor: String) {
    let address = format!(
        "/intakes/{}/events?after={}",
        state.id(),
        String::from(js_sys::encode_uri_component(&cursor))
    );
    let Ok(source) = EventSource::new(&address) else {
        return state.stream.set(Stream::Closed);
    };
    let reached = Rc::new(RefCell::new(cursor));

    let on_open = Closure::<dyn FnMut()>::new(move || {
        let before = state.stream.try_get_untracked();
        let _ = state.stream.try_set(Stream::Open);
        if before == Some(Stream::Broken) {
            state.came_back();
        }
    });
    let on_message = {
        let reached = reached.clone();
        let slot = Rc::downgrade(slot);
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let id = event.last_event_id();
            if !id.is_empty() {
                *reached.borrow_mut() = id;
            }
            let Some(frame) = event
                .data()
                .as_string()
                .and_then(|text| StreamFrame::read(&text).ok())
            else {
                return;
            };
            let closed = matches!(frame, StreamFrame::Closed { .. });
            state.take(frame);
            if closed && let Some(slot) = slot.upgrade() {
                // Not from within its own callback.
                set_timeout(move || drop(slot.borrow_mut().take()), Duration::ZERO);
            }
        })
    };
    let on_error = {
        let slot = Rc::downgrade(slot);
        Closure::<dyn FnMut(Event)>::new(move |_| {
            let Some(slot) = slot.upgrade() else { return };
            let gone = slot
                .borrow()
                .as_ref()
                .is_none_or(|open| open.source.ready_state() == EventSource::CLOSED);
            if state.stream.try_get_untracked() == Some(Stream::Closed) {
                return;
            }
            let _ = state.stream.try_set(Stream::Broken);
            if gone {
                let cursor = reached.borrow().clone();
                set_timeout(move || again(slot, state, cursor), AGAIN);
            }
        })
    };
    source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
    source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    *slot.borrow_mut() = Some(Open {
        source,
        _on_open: on_open,
        _on_message: on_message,
        _on_error: on_error,
    });
}

/// Asks first whether one may still read it, for the stream itself cannot say why it was refused.
fn again(slot: Slot, state: IntakeState, cursor: String) {
    // Taken away meanwhile: the page is gone.
    if slot.borrow().is_none() {
        return;
    }
    spawn_local(async move {
        let Some(head) = state.head.try_get_untracked() else {
            return;
        };
        let answer = read_intake(IntakeRequest {
            intake: head.id.clone(),
        })
        .await;
        if slot.borrow().is_none() {
            return;
        }
        match answer {
            Ok(_) => open(&slot, state, cursor),
            Err(ApiError::SignedOut) => state.take(StreamFrame::Closed { signed_out: true }),
            Err(ApiError::Refused { .. } | ApiError::NotFound) => {
                state.take(StreamFrame::Closed { signed_out: false })
            }
            Err(_) => set_timeout(move || again(slot, state, cursor), AGAIN),
        }
    });
}
