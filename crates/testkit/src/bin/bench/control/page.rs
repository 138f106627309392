//! What the pages do while somebody talks: say that they are there, and show the words.

use super::words::{Words, heard};
use crate::{http::Events, product::Person};
use anyhow::Context;
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

/// How often a page says that it is there.
const BEAT_EVERY: Duration = Duration::from_secs(5);

/// A page on which somebody talks.
pub(crate) struct Page {
    pub(crate) person: Person,
    pub(crate) intake: Value,
    /// Its session, once it was started.
    pub(crate) session: String,
    /// The provider's call, by number.
    pub(crate) call: usize,
}

/// How a session ended.
pub(crate) struct Ended {
    /// `ended`, unless it did not.
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    /// When it had to, in microseconds.
    pub(crate) deadline_at: i64,
}

impl Page {
    /// Opens an intake.
    pub(crate) async fn open(mut person: Person) -> anyhow::Result<Self> {
        let intake = person.open_intake().await?;
        Ok(Self {
            person,
            intake,
            session: String::new(),
            call: 0,
        })
    }

    /// Says that it is there until its session is over, or until that time. How long each answer took.
    pub(crate) async fn beat(&mut self, until: Instant) -> anyhow::Result<Vec<Duration>> {
        let mut times = Vec::new();
        let mut next = Instant::now() + BEAT_EVERY;
        while next < until {
            tokio::time::sleep_until(next.into()).await;
            let at = Instant::now();
            let runs = self.person.beat(&self.session).await?;
            times.push(at.elapsed());
            if !runs {
                break;
            }
            next += BEAT_EVERY;
        }
        Ok(times)
    }

    /// What became of its session, which must be the only one.
    pub(crate) async fn ended(&mut self) -> anyhow::Result<Ended> {
        let request = json!({ "intake": self.intake });
        let intake = self.person.call("intakes/read", &request).await?;
        let sessions = intake.get("sessions").and_then(Value::as_array);
        let Some([session]) = sessions.map(Vec::as_slice) else {
            anyhow::bail!("an intake without its one session")
        };
        let text = |name| session.get(name).and_then(Value::as_str);
        Ok(Ended {
            state: text("state").context("no state")?.to_owned(),
            reason: text("reason").map(str::to_owned),
            deadline_at: session
                .get("deadline_at")
                .and_then(Value::as_i64)
                .context("no deadline")?,
        })
    }
}

/// What came over one event stream.
#[derive(Default)]
pub(crate) struct Watched {
    /// When a word was sent, and how long until the page could show it.
    pub(crate) words: Vec<(Instant, Duration)>,
    /// How many messages there were.
    pub(crate) messages: usize,
    /// How often it was told that the session ended: once.
    pub(crate) ends: usize,
}

/// Reads an event stream until its session has ended and a little longer, but no longer than that.
pub(crate) async fn watch(
    mut events: Events,
    words: &Words,
    mut until: Instant,
    longer: Duration,
) -> anyhow::Result<Watched> {
    let mut watched = Watched::default();
    let mut seen = HashSet::new();
    while let Ok(data) = tokio::time::timeout_at(until.into(), events.next()).await {
        let Some(data) = data? else { break };
        let now = Instant::now();
        let frame: Value = serde_json::from_str(&data)?;
        watched.messages += 1;
        let part = |name| frame.pointer(name).and_then(Value::as_str);
        match part("/event/kind") {
            Some("caption") => {
                let text = part("/event/text").unwrap_or_default();
                let new = heard(text).filter(|word| seen.insert(*word));
                let sent = new.filter_map(|word| words.sent_at(word));
                watched.words.extend(sent.map(|at| (at, now - at)));
            }
            Some("session") if part("/event/state") == Some("ended") => {
                watched.ends += 1;
                until = until.min(now + longer);
            }
            _ => {}
        }
    }
    Ok(watched)
}
