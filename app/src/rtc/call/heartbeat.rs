//! Telling the server that the page is there, and that it goes.

use super::{CallEnd, CallHandle, running::running};
use crate::{
    api::{
        ApiError,
        sessions::{EndSessionRequest, Leaving, SessionRequest, heartbeat},
    },
    components::browser_now,
    rtc::timer::Timer,
};
use domain::SessionId;
use leptos::{ev, prelude::*, task::spawn_local};
use web_sys::{Blob, BlobPropertyBag};

const HEARTBEAT_MILLIS: i32 = 5_000;
const SECOND_MILLIS: i32 = 1_000;

impl CallHandle {
    /// Tells the server every few seconds that the page is there, and at last that it goes.
    pub(super) fn keep_alive(self, session: SessionId) {
        let beating = session.clone();
        let heartbeat_timer = Timer::every(HEARTBEAT_MILLIS, move || {
            let session = beating.clone();
            spawn_local(async move {
                let answer = heartbeat(SessionRequest {
                    session: session.clone(),
                })
                .await;
                let over = matches!(
                    answer,
                    Ok(false) | Err(ApiError::SignedOut | ApiError::NotFound)
                );
                if over && self.session.get_untracked() == Some(session) {
                    self.finish(CallEnd::Over);
                }
            });
        });
        self.now.set(Some(browser_now()));
        let clock = Timer::every(SECOND_MILLIS, move || self.now.set(Some(browser_now())));
        let leaving = window_event_listener(ev::pagehide, move |_| {
            beacon(&session);
            self.finish(CallEnd::Stopped);
        });
        running(|running| {
            running.heartbeat = heartbeat_timer;
            running.clock = clock;
            running.leaving = Some(leaving);
        });
    }
}

/// A page that goes away can only leave a note.
fn beacon(session: &SessionId) {
    #[derive(serde::Serialize)]
    struct Body {
        request: EndSessionRequest,
    }
    let body = Body {
        request: EndSessionRequest {
            session: session.clone(),
            leaving: Leaving::PageGone,
        },
    };
    let Ok(text) = serde_json::to_string(&body) else {
        return;
    };
    let kind = BlobPropertyBag::new();
    kind.set_type("application/json");
    if let Ok(blob) =
        Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &kind)
    {
        let _ = window()
            .navigator()
            .send_beacon_with_opt_blob("/api/sessions/end", Some(&blob));
    }
}
