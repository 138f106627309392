//! Sentences of the page.

use super::stopping::Ask;
use crate::{api::sessions::RunningView, components::Icon};
use domain::{UserId, workflow::ConnectionMode};

/// How many run, as a sentence.
pub(super) fn how_many_run(count: usize) -> String {
    match count {
        0 => "No conversation is running.".to_owned(),
        1 => "1 conversation is running.".to_owned(),
        _ => format!("{count} conversations are running."),
    }
}

/// Where a session stands, as a badge: its class, icon and word. A word this page does not know, from
/// a newer server, is shown as it is.
pub(super) fn state_in_words(state: &str, paused: bool) -> (&'static str, Icon, String) {
    let (class, icon, word) = match (state, paused) {
        ("starting", _) => ("badge badge-open", Icon::Clock, "Waiting for the browser"),
        ("connecting", _) => ("badge badge-open", Icon::Link, "Connecting"),
        ("live", true) => ("badge", Icon::Pause, "Paused"),
        ("live", false) => ("badge badge-live", Icon::Sound, "Live"),
        (other, _) => ("badge", Icon::Clock, other),
    };
    (class, icon, word.to_owned())
}

/// How the browser reaches the provider: a word, and what it means.
pub(super) const fn mode_in_words(mode: ConnectionMode) -> (&'static str, &'static str) {
    match mode {
        ConnectionMode::Sealed => (
            "Sealed",
            "Only sound goes between the browser and the provider",
        ),
        ConnectionMode::Brokered => (
            "Brokered",
            "Beside the sound there may be a channel for data",
        ),
        ConnectionMode::Direct => (
            "Direct",
            "The browser makes the call itself and tells us which it is",
        ),
    }
}

/// Who has more than one session, with how many, in the order of their first.
pub(super) fn with_several(running: &[RunningView]) -> Vec<(UserId, String, usize)> {
    let mut people: Vec<(UserId, String, usize)> = Vec::new();
    for row in running {
        match people.iter_mut().find(|(user, ..)| *user == row.user) {
            Some((.., count)) => *count += 1,
            None => people.push((row.user.clone(), row.user_name.clone(), 1)),
        }
    }
    people.retain(|(.., count)| *count > 1);
    people
}

/// What will be stopped, what happens then, and the button's words.
pub(super) fn to_stop(ask: &Ask) -> (String, &'static str, String) {
    const ONE: &str = "The call is hung up at once. What was filled in stays.";
    const ALL: &str = "Their calls are hung up at once. What was filled in stays.";
    match ask {
        Ask::One { who, workflow, .. } => (format!("{who}, {workflow}"), ONE, "Stop".to_owned()),
        Ask::Person { who, .. } => (
            format!("All conversations of {who}"),
            ALL,
            format!("Stop all of {who}"),
        ),
        Ask::All => (
            "All conversations of this workspace".to_owned(),
            ALL,
            "Stop all".to_owned(),
        ),
    }
}

/// What came of it.
pub(super) fn stopped(ask: &Ask, count: u32) -> String {
    match (ask, count) {
        (Ask::One { who, .. }, 0) => format!("The conversation of {who} was over already."),
        (Ask::Person { who, .. }, 0) => format!("{who} had no conversation running any more."),
        (Ask::All, 0) => "No conversation was running any more.".to_owned(),
        (Ask::One { who, workflow, .. }, _) => {
            format!("1 conversation was stopped: {who}, {workflow}.")
        }
        (Ask::Person { who, .. }, 1) => format!("1 conversation of {who} was stopped."),
        (Ask::Person { who, .. }, _) => format!("{count} conversations of {who} were stopped."),
        (Ask::All, 1) => "1 conversation was stopped.".to_owned(),
        (Ask::All, _) => format!("{count} conversations were stopped."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{IntakeId, SessionId, Timestamp};

    fn running(session: &str, user: &str) -> RunningView {
        RunningView {
            session: SessionId::parse(session).unwrap(),
            intake: IntakeId::parse("intake").unwrap(),
            workflow_name: "New client".to_owned(),
            user: UserId::parse(user).unwrap(),
            user_name: format!("The {user}"),
            state: "live".to_owned(),
            mode: ConnectionMode::Sealed,
            other_client: false,
            paused: false,
            started_at: Timestamp::from_micros(0),
            deadline_at: Timestamp::from_micros(0),
        }
    }

    #[test]
    fn only_who_has_several_is_named_for_stopping_all_of_theirs() {
        let rows = ["a", "b", "a", "c", "b"]
            .iter()
            .enumerate()
            .map(|(number, user)| running(&format!("s{number}"), user))
            .collect::<Vec<_>>();
        let named: Vec<_> = with_several(&rows)
            .into_iter()
            .map(|(_, who, count)| (who, count))
            .collect();
        assert_eq!(named, [("The a".to_owned(), 2), ("The b".to_owned(), 2)]);
        assert!(with_several(&[]).is_empty());
    }

    #[test]
    fn a_stop_is_told_with_its_count() {
        let one = Ask::One {
            session: SessionId::parse("s").unwrap(),
            who: "Ann Lee".to_owned(),
            workflow: "New client".to_owned(),
        };
        let person = Ask::Person {
            user: UserId::parse("u").unwrap(),
            who: "Ann Lee".to_owned(),
        };
        for (ask, count, words) in [
            (&one, 1, "1 conversation was stopped: Ann Lee, New client."),
            (&one, 0, "The conversation of Ann Lee was over already."),
            (&person, 1, "1 conversation of Ann Lee was stopped."),
            (&person, 2, "2 conversations of Ann Lee were stopped."),
            (&Ask::All, 1, "1 conversation was stopped."),
            (&Ask::All, 3, "3 conversations were stopped."),
            (&Ask::All, 0, "No conversation was running any more."),
        ] {
            assert_eq!(stopped(ask, count), words);
        }
    }

    #[test]
    fn before_a_stop_it_is_said_that_answers_stay() {
        assert!(to_stop(&Ask::All).1.contains("What was filled in stays."));
    }
}
