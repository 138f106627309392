//! Telling the server that the page is there, and that it goes.

use super::{
    CallEnd, CallHandle,
    running::{is_current, running},
};
use crate::{
    api::{
        ApiError,
        sessions::{EndSessionRequest, Leaving, SessionRequest, heartbeat},
    },
    components::browser_now,
    rtc::{peer::Peer, screen::ScreenLock, timer::Timer},
};
use domain::{SessionId, Timestamp};
use leptos::{ev, prelude::*, task::spawn_local};
use web_sys::{Blob, BlobPropertyBag, VisibilityState};

const HEARTBEAT_MILLIS: i32 = 5_000;
const SECOND_MILLIS: i32 = 1_000;

impl CallHandle {
    /// Tells the server every few seconds that the page is there, and at last that it goes.
    pub(super) fn keep_alive(self, session: SessionId) {
        self.beat(session.clone());
        self.show_the_time();
        self.hold_the_screen();
        let beating = session.clone();
        let heartbeat_timer = Timer::every(HEARTBEAT_MILLIS, move || self.beat(beating.clone()));
        let clock = Timer::every(SECOND_MILLIS, move || self.show_the_time());
        let shown = session.clone();
        let listeners = vec![
            window_event_listener(ev::pagehide, move |_| {
                beacon(&session);
                self.finish(CallEnd::Stopped);
            }),
            window_event_listener(ev::visibilitychange, move |_| {
                if document().visibility_state() == VisibilityState::Visible {
                    self.come_back(shown.clone());
                }
            }),
        ];
        running(|running| {
            running.heartbeat = heartbeat_timer;
            running.clock = clock;
            running.listeners = listeners;
        });
    }

    /// Once: the page is there. The answer sets the clock.
    fn beat(self, session: SessionId) {
        spawn_local(async move {
            let answer = heartbeat(SessionRequest {
                session: session.clone(),
            })
            .await;
            if self.session.get_untracked() != Some(session) {
                return;
            }
            match answer {
                Ok(Some(time)) => {
                    let ahead = time.as_micros() - browser_now().as_micros();
                    running(|running| running.clock_ahead = ahead);
                    self.show_the_time();
                }
                Ok(None) | Err(ApiError::SignedOut | ApiError::NotFound) => {
                    self.finish(CallEnd::Over);
                }
                // Missing beats are the server's to count.
                Err(_) => {}
            }
        });
    }

    /// By the server's clock, for it is the server that ends the session at the deadline.
    fn show_the_time(self) {
        let ahead = running(|running| running.clock_ahead);
        let now = browser_now().as_micros() + ahead;
        self.now.set(Some(Timestamp::from_micros(now)));
    }

    /// The page is shown again. Hidden, its timers were slow, and its sound may have been stopped.
    fn come_back(self, session: SessionId) {
        self.beat(session);
        self.show_the_time();
        self.hold_the_screen();
        self.look_at_microphone();
        let stopped = running(|running| {
            if let Some(meter) = &running.meter {
                meter.wake();
            }
            running.peer.as_ref().is_some_and(Peer::is_stopped)
        });
        if stopped {
            self.play();
        }
    }

    /// Keeps the screen on as long as the call lasts.
    fn hold_the_screen(self) {
        let attempt = running(|running| running.attempt);
        let held = running(|running| {
            running
                .screen
                .as_ref()
                .is_some_and(|lock| !lock.is_released())
        });
        if held {
            return;
        }
        spawn_local(async move {
            let lock = ScreenLock::acquire().await;
            if is_current(attempt) {
                running(|running| running.screen = lock);
            }
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
