//! Silence: after a while the person is asked whether they are still there, and after as long again
//! the call ends as idle. While somebody talks, or the conversation is over, nothing is counted.

use crate::Timestamp;
use std::time::Duration;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    /// Ask whether they are still there.
    Prompt,
    /// End it.
    End,
}

/// Counts the silence of one call.
#[derive(Debug)]
pub(super) struct Quiet {
    idle: Duration,
    longest_pause: Duration,
    /// Since when nothing was heard; none before the call is live.
    since: Option<Timestamp>,
    prompted: bool,
    paused_since: Option<Timestamp>,
}

impl Quiet {
    pub(super) const fn new(idle: Duration, longest_pause: Duration) -> Self {
        Self {
            idle,
            longest_pause,
            since: None,
            prompted: false,
            paused_since: None,
        }
    }

    /// The person, or staff on the page, gave a sign of life.
    pub(super) const fn heard(&mut self, now: Timestamp) {
        self.since = Some(now);
        self.prompted = false;
    }

    /// The assistant ended, so that it is the person's turn.
    pub(super) const fn asked(&mut self, now: Timestamp) {
        if self.since.is_some() {
            self.since = Some(now);
        }
    }

    pub(super) const fn pause(&mut self, paused: bool, now: Timestamp) {
        self.paused_since = if paused { Some(now) } else { None };
        self.heard(now);
    }

    /// When to look again.
    pub(super) fn wake_at(&self) -> Option<Timestamp> {
        match self.paused_since {
            Some(since) => Some(since + self.longest_pause),
            None => self.since.map(|since| since + self.idle),
        }
    }

    /// What is due. `busy` is whether somebody talks or is about to.
    pub(super) fn due(&mut self, busy: bool, now: Timestamp) -> Due {
        if self.wake_at().is_none_or(|at| now < at) {
            return Due::Nothing;
        }
        if self.paused_since.is_some() {
            return Due::End;
        }
        // It is nobody's silence. Looked at again when it may be one.
        self.since = Some(now);
        if busy {
            return Due::Nothing;
        }
        if std::mem::replace(&mut self.prompted, true) {
            Due::End
        } else {
            Due::Prompt
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn quiet() -> Quiet {
        let mut quiet = Quiet::new(Duration::from_secs(60), Duration::from_secs(600));
        quiet.heard(at(0));
        quiet
    }

    #[test]
    fn one_is_asked_first_and_let_go_after_as_long_again() {
        let mut quiet = quiet();
        assert_eq!(quiet.due(false, at(59)), Due::Nothing);
        assert_eq!(quiet.due(false, at(60)), Due::Prompt);
        // The question takes until 65.
        quiet.asked(at(65));
        assert_eq!(quiet.wake_at(), Some(at(125)));
        assert_eq!(quiet.due(false, at(124)), Due::Nothing);
        assert_eq!(quiet.due(false, at(125)), Due::End);
    }

    #[test]
    fn a_sign_of_life_begins_anew_and_is_asked_about_anew() {
        let mut quiet = quiet();
        assert_eq!(quiet.due(false, at(60)), Due::Prompt);
        quiet.heard(at(70));
        assert_eq!(quiet.due(false, at(130)), Due::Prompt);
    }

    #[test]
    fn what_the_assistant_says_is_no_silence() {
        let mut quiet = quiet();
        assert_eq!(quiet.due(true, at(60)), Due::Nothing);
        assert_eq!(quiet.wake_at(), Some(at(120)));
        assert_eq!(quiet.due(false, at(120)), Due::Prompt);
    }

    #[test]
    fn a_pause_has_an_end_of_its_own() {
        let mut quiet = quiet();
        quiet.pause(true, at(10));
        assert_eq!(quiet.due(false, at(609)), Due::Nothing);
        assert_eq!(quiet.due(false, at(610)), Due::End);
        quiet.pause(false, at(300));
        assert_eq!(quiet.wake_at(), Some(at(360)));
    }

    #[test]
    fn nothing_is_counted_before_the_call_is_live() {
        let mut quiet = Quiet::new(Duration::from_secs(60), Duration::from_secs(600));
        quiet.asked(at(5));
        assert_eq!(quiet.wake_at(), None);
        assert_eq!(quiet.due(false, at(1000)), Due::Nothing);
    }
}
