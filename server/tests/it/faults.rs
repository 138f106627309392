//! The fault table: each thing that can go wrong at the provider, on the way and in the machine. In
//! every row the session has one end reason, and the true one; nothing is lost; and the provider's
//! ledger shows no call that still runs.

use crate::stage::{Person, Stage, end_reason, sealed};
use domain::{IntakeId, session::EndReason};
use rehearsal::{Faults, HttpFault, LocationFault, ToolCallFault, TranscriptionFault};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

/// What becomes of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Becomes {
    /// It goes on: what is said fills the form, and it ends when it is stopped.
    GoesOn,
    /// It never connects.
    NotMade(EndReason),
    /// It ends by itself.
    Ends(EndReason),
    /// It ends once so much time has passed.
    EndsAfter(EndReason, Duration),
}

struct Row {
    what: &'static str,
    faults: Faults,
    becomes: Becomes,
}

fn row(what: &'static str, becomes: Becomes, faults: Faults) -> Row {
    Row {
        what,
        faults,
        becomes,
    }
}

fn refusing(status: u16) -> Option<HttpFault> {
    Some(HttpFault {
        status,
        times: 1,
        code: None,
        retry_after: None,
    })
}

fn rows() -> Vec<Row> {
    use Becomes::{Ends, EndsAfter, GoesOn, NotMade};
    let none = Faults::default;
    let grace = Duration::from_secs(16);
    vec![
        row("nothing", GoesOn, none()),
        row(
            "the control link is not found at first",
            GoesOn,
            Faults {
                link_not_found: 3,
                ..none()
            },
        ),
        row(
            "the control link is never found",
            EndsAfter(EndReason::ControlLost, grace),
            Faults {
                link_not_found: 10_000,
                ..none()
            },
        ),
        row(
            "the control link is closed while the call lives",
            GoesOn,
            Faults {
                link_closes: 1,
                link_close_after_ms: 200,
                ..none()
            },
        ),
        row(
            "the configuration is refused",
            Ends(EndReason::ProviderFailed),
            Faults {
                refuse_session_updates: 1,
                ..none()
            },
        ),
        row(
            "the quota is used up",
            Ends(EndReason::ProviderFailed),
            Faults {
                quota_failures: 9,
                ..none()
            },
        ),
        row(
            "the transcription is late",
            GoesOn,
            Faults {
                transcription: Some(TranscriptionFault::Late),
                ..none()
            },
        ),
        row(
            "the transcription fails",
            GoesOn,
            Faults {
                transcription: Some(TranscriptionFault::Failed),
                ..none()
            },
        ),
        row(
            "the transcriptions change places",
            GoesOn,
            Faults {
                transcription: Some(TranscriptionFault::OutOfOrder),
                ..none()
            },
        ),
        row(
            "a tool call is cancelled",
            GoesOn,
            Faults {
                tool_call: Some(ToolCallFault::Cancelled),
                tool_calls: Some(1),
                ..none()
            },
        ),
        row(
            "a tool call's arguments are no JSON",
            GoesOn,
            Faults {
                tool_call: Some(ToolCallFault::InvalidJson),
                tool_calls: Some(1),
                ..none()
            },
        ),
        row(
            "a tool call is made twice at once",
            GoesOn,
            Faults {
                tool_call: Some(ToolCallFault::Parallel),
                tool_calls: Some(1),
                ..none()
            },
        ),
        row(
            "unknown events and fields",
            GoesOn,
            Faults {
                strange_events: true,
                ..none()
            },
        ),
        row(
            "the call's place is a whole address",
            GoesOn,
            Faults {
                location: Some(LocationFault::Absolute),
                ..none()
            },
        ),
        row(
            "the call's place has a query",
            GoesOn,
            Faults {
                location: Some(LocationFault::WithQuery),
                ..none()
            },
        ),
        row(
            "the call's place is missing",
            NotMade(EndReason::ProviderFailed),
            Faults {
                location: Some(LocationFault::Missing),
                ..none()
            },
        ),
        row(
            "the answer is plain text",
            GoesOn,
            Faults {
                plain_text_answer: true,
                ..none()
            },
        ),
        row(
            "401 for the call",
            NotMade(EndReason::ProviderFailed),
            Faults {
                create: refusing(401),
                ..none()
            },
        ),
        row(
            "429 for the call",
            NotMade(EndReason::ProviderFailed),
            Faults {
                create: refusing(429),
                ..none()
            },
        ),
        row(
            "503 for the call",
            NotMade(EndReason::ProviderFailed),
            Faults {
                create: refusing(503),
                ..none()
            },
        ),
        row(
            "the provider is slow",
            GoesOn,
            Faults {
                create_delay_ms: 1500,
                ..none()
            },
        ),
        row(
            "a hang-up is lost",
            GoesOn,
            Faults {
                hangups_lost: 1,
                ..none()
            },
        ),
        row(
            "the provider's own longest time is short",
            Ends(EndReason::Deadline),
            Faults {
                max_session_ms: Some(1500),
                ..none()
            },
        ),
        row(
            "the network is gone and the page with it",
            EndsAfter(EndReason::TabLost, Duration::from_secs(21)),
            Faults {
                media_lost: false,
                ..none()
            },
        ),
    ]
}

#[tokio::test]
async fn every_fault_leaves_one_true_end_and_no_call() {
    let flags = ["--starts-per-user=100", "--rehearsal-connect-seconds=2"];
    let stage = Stage::with(&flags).await;
    let staff = stage.person("staff").await;
    for row in rows() {
        let before = stage.ledger().calls.len();
        stage.rehearsal.set_faults(row.faults.clone());
        let intake = staff.open("legal").await;
        let reason = one(&stage, &staff, &intake, &row).await;
        stage.rehearsal.set_faults(Faults::default());
        let calls = stage.ledger().calls.len() - before;
        eprintln!("| {} | {:?} | {reason} | {calls} |", row.what, row.becomes);
        // Time for what is tried again, and for what never connected.
        stage.hand.advance(Duration::from_secs(12));
        let over = async {
            while stage.ledger().running().count() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), over)
            .await
            .unwrap_or_else(|_| panic!("{}: a call still runs", row.what));
        let timeline = staff
            .ok("intakes/timeline", &json!({ "intake": intake }))
            .await;
        let ended = |entry: &&Value| {
            entry["what"]
                .as_str()
                .unwrap()
                .starts_with("ended the session")
        };
        let ends = timeline.as_array().unwrap().iter().filter(ended).count();
        assert_eq!(ends, 1, "{}: {timeline}", row.what);
        assert_eq!(staff.read(&intake).await["status"], "open", "{}", row.what);
        assert_eq!(staff.incidents(&intake).await, 0, "{}", row.what);
    }
    stage.close().await;
}

/// One session under one fault; why it ended.
async fn one(stage: &Stage, staff: &Person, intake: &IntakeId, row: &Row) -> String {
    let caller = sealed().await;
    let started = staff.start(intake, &caller).await;
    let answer = staff.post_offer(&started.secret, caller.offer()).await;
    let over = async |reason: EndReason| {
        let view = staff
            .until(intake, row.what, |view| end_reason(view).is_some())
            .await;
        let ended = end_reason(&view).unwrap().to_owned();
        assert_eq!(ended, reason.as_str(), "{}", row.what);
        ended
    };
    if let Becomes::NotMade(reason) = row.becomes {
        assert_ne!(answer.status(), StatusCode::CREATED, "{}", row.what);
        return over(reason).await;
    }
    assert_eq!(answer.status(), StatusCode::CREATED, "{}", row.what);
    let live = caller.connect(&answer.text().await.unwrap());
    match row.becomes {
        Becomes::NotMade(reason) | Becomes::Ends(reason) => {
            let ended = over(reason).await;
            drop(live);
            ended
        }
        Becomes::EndsAfter(reason, span) => {
            if reason == EndReason::TabLost {
                staff.is_live(intake, row.what).await;
                live.vanish().await;
            }
            stage.hand.advance(span);
            over(reason).await
        }
        Becomes::GoesOn => {
            staff.is_live(intake, row.what).await;
            staff.fills(intake, &started.session, row.what).await;
            let stop = json!({ "session": started.session, "leaving": "stop" });
            staff.ok("sessions/end", &stop).await;
            over(EndReason::StaffEnded).await
        }
    }
}

impl Person {
    async fn is_live(&self, intake: &IntakeId, what: &str) {
        self.until(intake, what, |view| view["sessions"][0]["state"] == "live")
            .await;
    }

    /// Answers the first question until the form holds it, as a person does who is asked again.
    async fn fills(&self, intake: &IntakeId, session: &domain::SessionId, what: &str) {
        for _ in 0..8 {
            let typed = json!({ "session": session, "text": "Ada Lovelace" });
            // A link that is on its way back takes words all the same.
            self.ok("sessions/type_turn", &typed).await;
            for _ in 0..60 {
                if self.field(intake, "full_name").await["value"] == "Ada Lovelace" {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        }
        panic!("{what}: nothing is filled");
    }
}

#[tokio::test]
async fn a_provider_that_never_answers_is_given_up_on() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let intake = staff.open("legal").await;
    stage.rehearsal.set_faults(Faults {
        create_hangs: true,
        ..Faults::default()
    });
    let caller = sealed().await;
    let started = staff.start(&intake, &caller).await;
    let posted = staff.post_offer(&started.secret, caller.offer());
    let patience = async {
        staff
            .until(&intake, "connecting", |view| {
                view["sessions"][0]["state"] == "connecting"
            })
            .await;
        stage.hand.advance(Duration::from_secs(16));
    };
    let (answer, ()) = tokio::join!(posted, patience);
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(
        end_reason(&staff.read(&intake).await),
        Some("provider_failed")
    );
    stage.close().await;
}

#[tokio::test]
async fn a_clock_that_jumps_an_hour_ends_what_is_late_once() {
    let stage = Stage::new().await;
    let staff = stage.person("staff").await;
    let mut talk = staff.talk("legal").await;
    // As when a machine slept, or its clock was set.
    stage.hand.advance(Duration::from_secs(3600));
    talk.caller.until("hung up", |state| state.closed).await;
    let again = stage.person("staff").await;
    let view = again
        .until(&talk.intake, "over", |view| end_reason(view).is_some())
        .await;
    let reason = end_reason(&view).unwrap();
    assert!(["deadline", "revoked"].contains(&reason), "{reason}");
    stage.close().await;
}

#[tokio::test]
async fn a_database_that_goes_away_for_a_moment_costs_nothing() {
    let Some(database) = testkit::database::TestDatabase::postgres().await else {
        return;
    };
    let url = format!("--database-url={}", database.url());
    let stage = Stage::with(&[&url]).await;
    let staff = stage.person("staff").await;
    let mut talk = staff.talk("legal").await;
    database.away_for(Duration::from_secs(3)).await;
    staff
        .fills(&talk.intake, &talk.session, "the database")
        .await;
    let stop = json!({ "session": talk.session, "leaving": "stop" });
    staff.ok("sessions/end", &stop).await;
    let view = staff
        .until(&talk.intake, "over", |view| end_reason(view).is_some())
        .await;
    assert_eq!(end_reason(&view), Some("staff_ended"));
    talk.caller.until("hung up", |state| state.closed).await;
    stage.close().await;
}
