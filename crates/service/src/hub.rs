//! Wake-ups and live words of this process. Nothing correctness needs lives here: rows are the
//! truth, and captions are meant to be lost with the process (product: spoken words at rest).

use crate::{Service, control::Command};
use domain::{IntakeId, ItemId, LoginId, SessionId, Timestamp, event::LiveEvent};
use runtime::Ids;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{mpsc, watch};

/// The most live events kept for an intake.
const RING: usize = 2000;
/// Event streams at once per sign-in: a person has a few pages open, not hundreds.
const STREAMS_PER_LOGIN: usize = 12;
/// Event streams at once in this process.
const STREAMS: usize = 2000;

/// What woke a reader: rows, or live words only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Woken {
    pub(crate) rows: u64,
    pub(crate) live: u64,
}

/// One live event with its number in this process.
#[derive(Debug, Clone)]
pub(crate) struct Numbered {
    pub(crate) number: u64,
    pub(crate) event: LiveEvent,
}

#[derive(Debug)]
struct Channel {
    wake: watch::Sender<Woken>,
    ring: VecDeque<Numbered>,
    /// The number of the newest event that was dropped for room.
    dropped: u64,
    next: u64,
    touched: Timestamp,
}

/// The process's switchboard.
#[derive(Debug)]
pub(crate) struct Hub {
    /// Tells the numbers of this process from those of the one before.
    epoch: String,
    intakes: Mutex<HashMap<IntakeId, Channel>>,
    loops: Mutex<HashMap<SessionId, mpsc::Sender<Command>>>,
    /// Sessions whose call is being hung up by a task of this process.
    hangups: Mutex<HashSet<SessionId>>,
    /// Open event streams per sign-in.
    streams: Mutex<HashMap<LoginId, usize>>,
}

/// A place among the event streams, given back when dropped.
#[derive(Debug)]
pub(crate) struct StreamPlace {
    service: Service,
    login: LoginId,
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        let mut streams = self.service.hub.streams();
        if let Some(count) = streams.get_mut(&self.login) {
            *count -= 1;
            if *count == 0 {
                streams.remove(&self.login);
            }
        }
    }
}

/// Live events since a number, and whether some were missed.
pub(crate) struct Since {
    pub(crate) events: Vec<Numbered>,
    pub(crate) gap: bool,
    pub(crate) last: u64,
}

impl Hub {
    pub(crate) fn new(ids: Ids) -> Self {
        let epoch = u64::from_be_bytes(ids.bytes::<8>());
        Self {
            epoch: format!("{epoch:x}"),
            intakes: Mutex::default(),
            loops: Mutex::default(),
            hangups: Mutex::default(),
            streams: Mutex::default(),
        }
    }

    pub(crate) fn epoch(&self) -> &str {
        &self.epoch
    }

    /// A panic while the lock was held leaves a map that is still whole.
    fn intakes(&self) -> MutexGuard<'_, HashMap<IntakeId, Channel>> {
        self.intakes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn loops(&self) -> MutexGuard<'_, HashMap<SessionId, mpsc::Sender<Command>>> {
        self.loops.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hangups(&self) -> MutexGuard<'_, HashSet<SessionId>> {
        self.hangups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn streams(&self) -> MutexGuard<'_, HashMap<LoginId, usize>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for an event stream. None when the sign-in, or everybody together, has too many.
    pub(crate) fn take_stream(&self, service: &Service, login: &LoginId) -> Option<StreamPlace> {
        let mut streams = self.streams();
        let all: usize = streams.values().sum();
        let mine = streams.entry(login.clone()).or_default();
        if *mine >= STREAMS_PER_LOGIN || all >= STREAMS {
            return None;
        }
        *mine += 1;
        Some(StreamPlace {
            service: service.clone(),
            login: login.clone(),
        })
    }

    /// Whether a task should begin to hang up; false when one is at it.
    pub(crate) fn begin_hangup(&self, session: &SessionId) -> bool {
        self.hangups().insert(session.clone())
    }

    /// The task is over.
    pub(crate) fn end_hangup(&self, session: &SessionId) {
        self.hangups().remove(session);
    }

    /// Tells the pages that watch an intake to look again.
    pub(crate) fn wake(&self, intake: &IntakeId) {
        if let Some(channel) = self.intakes().get(intake) {
            channel.wake.send_modify(|woken| woken.rows += 1);
        }
    }

    /// Shows a live event. Words of the same item, and states of the same kind, replace each other.
    pub(crate) fn show(&self, intake: &IntakeId, event: LiveEvent, now: Timestamp) {
        let mut intakes = self.intakes();
        let channel = intakes
            .entry(intake.clone())
            .or_insert_with(|| Channel::new(now));
        channel.touched = now;
        channel.ring.retain(|old| !replaces(&event, &old.event));
        if channel.ring.len() >= RING
            && let Some(oldest) = channel.ring.pop_front()
        {
            channel.dropped = oldest.number;
        }
        let number = channel.next;
        channel.next += 1;
        channel.ring.push_back(Numbered { number, event });
        channel.wake.send_modify(|woken| woken.live += 1);
    }

    /// Watches an intake.
    pub(crate) fn watch(&self, intake: &IntakeId, now: Timestamp) -> watch::Receiver<Woken> {
        self.intakes()
            .entry(intake.clone())
            .or_insert_with(|| Channel::new(now))
            .wake
            .subscribe()
    }

    /// Live events after a number.
    pub(crate) fn since(&self, intake: &IntakeId, after: u64) -> Since {
        let intakes = self.intakes();
        let Some(channel) = intakes.get(intake) else {
            return Since {
                events: Vec::new(),
                gap: false,
                last: after,
            };
        };
        let events = channel
            .ring
            .iter()
            .filter(|event| event.number > after)
            .cloned()
            .collect();
        Since {
            events,
            gap: after < channel.dropped,
            last: channel.next - 1,
        }
    }

    /// Forgets the words of an intake.
    pub(crate) fn forget_words(&self, intake: &IntakeId) {
        if let Some(channel) = self.intakes().get_mut(intake) {
            channel.ring.clear();
        }
    }

    /// Forgets intakes that nobody watches and nothing happened on for this long.
    pub(crate) fn sweep(&self, now: Timestamp, age: Duration) {
        self.intakes().retain(|_, channel| {
            channel.wake.receiver_count() > 0 || now.since(channel.touched) < age
        });
    }

    /// Registers a control loop.
    pub(crate) fn register(&self, session: &SessionId, commands: mpsc::Sender<Command>) {
        self.loops().insert(session.clone(), commands);
    }

    /// Removes a control loop.
    pub(crate) fn unregister(&self, session: &SessionId) {
        self.loops().remove(session);
    }

    /// Whether this process drives a session's call.
    pub(crate) fn is_driven(&self, session: &SessionId) -> bool {
        self.loops().contains_key(session)
    }

    /// Sends a command to a control loop. False when this process does not drive that call, or the
    /// loop is too busy to take more.
    pub(crate) fn command(&self, session: &SessionId, command: Command) -> bool {
        let sender = self.loops().get(session).cloned();
        sender.is_some_and(|sender| sender.try_send(command).is_ok())
    }
}

impl Channel {
    fn new(now: Timestamp) -> Self {
        Self {
            wake: watch::Sender::new(Woken::default()),
            ring: VecDeque::new(),
            dropped: 0,
            next: 1,
            touched: now,
        }
    }
}

fn replaces(new: &LiveEvent, old: &LiveEvent) -> bool {
    fn caption(event: &LiveEvent) -> Option<&ItemId> {
        match event {
            LiveEvent::Caption { item, .. } => Some(item),
            _ => None,
        }
    }
    match (new, old) {
        (LiveEvent::Caption { .. }, LiveEvent::Caption { .. }) => caption(new) == caption(old),
        (LiveEvent::Speaking { speaker: new, .. }, LiveEvent::Speaking { speaker: old, .. }) => {
            new == old
        }
        (LiveEvent::Control { .. }, LiveEvent::Control { .. })
        | (LiveEvent::Paused { .. }, LiveEvent::Paused { .. })
        | (LiveEvent::PasswordWanted { .. }, LiveEvent::PasswordWanted { .. })
        | (LiveEvent::ToolRunning { .. }, LiveEvent::ToolRunning { .. }) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
