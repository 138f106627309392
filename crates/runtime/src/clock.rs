//! The clock: the machine's, or one that a test moves by hand.

use domain::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::watch;

/// What time it is, and waiting until a time.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    System,
    Manual(Arc<Manual>),
    /// The machine's clock, ahead by what a test moved it.
    Shifted(Arc<Manual>),
}

#[derive(Debug)]
struct Manual {
    micros: AtomicI64,
    moved: watch::Sender<i64>,
}

/// The hand that moves a test's clock. Tokio's own time keeps running, so sockets and databases
/// behave (never `tokio::time::pause` beside them).
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Manual>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that stands still until it is moved.
    #[must_use]
    pub fn manual(start: Timestamp) -> (Self, ManualClock) {
        let (moved, _) = watch::channel(start.as_micros());
        let manual = Arc::new(Manual {
            micros: AtomicI64::new(start.as_micros()),
            moved,
        });
        (Self(Kind::Manual(Arc::clone(&manual))), ManualClock(manual))
    }

    /// The machine's clock, which a test can move ahead: for whole processes, whose sockets go on
    /// while an hour passes.
    #[must_use]
    pub fn shifted() -> (Self, ManualClock) {
        let (moved, _) = watch::channel(0);
        let shift = Arc::new(Manual {
            micros: AtomicI64::new(0),
            moved,
        });
        (Self(Kind::Shifted(Arc::clone(&shift))), ManualClock(shift))
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::System => machine(),
            Kind::Manual(manual) => Timestamp::from_micros(manual.micros.load(Ordering::SeqCst)),
            Kind::Shifted(shift) => {
                let ahead = shift.micros.load(Ordering::SeqCst);
                Timestamp::from_micros(machine().as_micros().saturating_add(ahead))
            }
        }
    }

    /// Waits until the clock shows `at` or later.
    pub async fn sleep_until(&self, at: Timestamp) {
        match &self.0 {
            // In steps, so that a machine that slept or whose clock was set still wakes on time.
            Kind::System => loop {
                let left = at.since(self.now());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(Duration::from_secs(1))).await;
            },
            Kind::Manual(manual) => {
                let mut moved = manual.moved.subscribe();
                while self.now() < at {
                    if moved.changed().await.is_err() {
                        return;
                    }
                }
            }
            Kind::Shifted(shift) => {
                let mut moved = shift.moved.subscribe();
                loop {
                    let left = at.since(self.now());
                    if left.is_zero() {
                        return;
                    }
                    tokio::select! {
                        () = tokio::time::sleep(left.min(Duration::from_secs(1))) => {}
                        _ = moved.changed() => {}
                    }
                }
            }
        }
    }

    /// Waits for a span.
    pub async fn sleep(&self, span: Duration) {
        match &self.0 {
            // A span is a span, also when somebody sets the machine's clock back meanwhile.
            Kind::System => tokio::time::sleep(span).await,
            Kind::Manual(_) | Kind::Shifted(_) => self.sleep_until(self.now() + span).await,
        }
    }

    /// The future's answer, or none when the span passed first.
    pub async fn timeout<F: Future>(&self, span: Duration, future: F) -> Option<F::Output> {
        tokio::select! {
            answer = future => Some(answer),
            () = self.sleep(span) => None,
        }
    }
}

/// What the machine's clock shows.
fn machine() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

impl ManualClock {
    /// Moves the clock forward and wakes who waits for that.
    pub fn advance(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        let now = self
            .0
            .micros
            .fetch_add(micros, Ordering::SeqCst)
            .saturating_add(micros);
        self.0.moved.send_replace(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_its_time_has_come_and_not_before() {
        let (clock, hand) = Clock::manual(Timestamp::from_micros(0));
        let sleeper = {
            let clock = clock.clone();
            async move {
                clock.sleep(Duration::from_secs(60)).await;
                clock.now()
            }
        };
        tokio::pin!(sleeper);
        assert!(futures_poll(sleeper.as_mut()).await.is_none());
        hand.advance(Duration::from_secs(59));
        assert!(futures_poll(sleeper.as_mut()).await.is_none());
        hand.advance(Duration::from_secs(1));
        assert_eq!(sleeper.await, Timestamp::from_micros(60_000_000));
    }

    /// Polls once.
    async fn futures_poll<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(match std::pin::Pin::new(&mut future).poll(context) {
                std::task::Poll::Ready(value) => Some(value),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
